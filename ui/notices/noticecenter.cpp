// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "notices/noticecenter.h"

#include <QAbstractButton>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QComboBox>
#include <QEvent>
#include <QLabel>
#include <QLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QScrollBar>

#include <limits>

namespace retryscope {
namespace {

constexpr int edge = 18;     // from the corner; leaves a scroll bar free
constexpr int gapBetween = 8;
constexpr int near = 48;     // pixels from a control: it is being aimed at
constexpr qsizetype most = 20;
constexpr qsizetype mostShown = 2; // the newest; the others are counted
constexpr double share = 0.4; // of the height that the stack may take: the page stays usable in the worst hour
constexpr Duration grace = 3s; // after the pointer left

bool isControl(const QWidget *w)
{
    if (const auto *edit = qobject_cast<const QPlainTextEdit *>(w))
        return !edit->isReadOnly();
    if (qobject_cast<const QScrollBar *>(w))
        return false;
    return qobject_cast<const QAbstractButton *>(w) || qobject_cast<const QLineEdit *>(w)
           || qobject_cast<const QComboBox *>(w) || qobject_cast<const QAbstractSpinBox *>(w)
           || qobject_cast<const QAbstractSlider *>(w);
}

} // namespace

NoticeCenter::NoticeCenter(const Theme &theme, QWidget *over)
    : QObject(over), m_theme(theme), m_over(over), m_more(new QLabel(over))
{
    m_more->setObjectName(QStringLiteral("noticeMore"));
    m_more->setFont(Theme::font(TextRole::Axis));
    m_more->setProperty("muted", true);
    m_more->hide();
    over->installEventFilter(this);
}

NoticeCard *NoticeCenter::cardOf(const QString &key) const
{
    const auto it =
        std::find_if(m_cards.begin(), m_cards.end(), [&](const NoticeCard *card) { return card->notice().key == key; });
    return it == m_cards.end() ? nullptr : *it;
}

const WindowNotice *NoticeCenter::find(const QString &key) const
{
    const NoticeCard *card = cardOf(key);
    return card ? &card->notice() : nullptr;
}

void NoticeCenter::post(const WindowNotice &notice)
{
    NoticeCard *card = cardOf(notice.key);
    const bool fresh = !card;
    if (fresh) {
        if (m_cards.size() == most)
            remove(m_cards.first());
        card = new NoticeCard(m_theme, m_over);
        connect(card, &NoticeCard::closeRequested, this, [this, card] {
            const QString key = card->notice().key;
            remove(card);
            emit closed(key, true);
        });
        connect(card, &NoticeCard::actionTaken, card, &NoticeCard::closeRequested);
        m_cards.append(card);
    }
    const bool louder = fresh || card->notice().kind != notice.kind;
    card->closing = card->closing && card->notice().timeout == notice.timeout;
    const bool words = fresh || card->notice().title != notice.title || card->notice().text != notice.text;
    card->show(notice);
    if (words)
        place();
    if (louder) {
        QAccessibleEvent alert(card, QAccessible::Alert);
        QAccessible::updateAccessibility(&alert);
    }
    if (fresh)
        emit countChanged(count());
}

void NoticeCenter::close(const QString &key)
{
    if (NoticeCard *card = cardOf(key))
        remove(card);
}

void NoticeCenter::remove(NoticeCard *card)
{
    const QWidget *focus = QApplication::focusWidget();
    const bool focused = focus && (focus == card || card->isAncestorOf(focus));
    m_cards.removeOne(card);
    m_shown.removeOne(card);
    card->disconnect(this);
    card->hide();
    card->deleteLater();
    place();
    if (focused && !m_shown.isEmpty())
        m_shown.last()->setFocus(Qt::OtherFocusReason);
    else if (focused && m_before)
        m_before->setFocus(Qt::OtherFocusReason);
    emit countChanged(count());
}

void NoticeCenter::focusNewest()
{
    QWidget *focus = QApplication::focusWidget();
    const bool inside = std::any_of(m_cards.begin(), m_cards.end(), [focus](const NoticeCard *card) {
        return focus == card || card->isAncestorOf(focus);
    });
    if (inside && m_before)
        return m_before->setFocus(Qt::OtherFocusReason);
    if (m_shown.isEmpty())
        return;
    m_before = focus;
    m_shown.last()->setFocus(Qt::ShortcutFocusReason);
}

void NoticeCenter::advance(SteadyTime now, const QPoint &pointer)
{
    const auto cards = m_cards;
    for (NoticeCard *card : cards) {
        if (card->notice().timeout == Duration::zero())
            continue;
        if (!card->closing) {
            card->closing = true;
            card->closesAt = now + card->notice().timeout;
        } else if (card->isHeld()) {
            card->closesAt = std::max(card->closesAt, now + grace);
        } else if (now >= card->closesAt) {
            const QString key = card->notice().key;
            remove(card);
            emit closed(key, false);
        }
    }
    const QPoint at = m_over->mapFromGlobal(pointer);
    const bool due = ++m_ticks % 10 == 0; // the page may have changed below
    if (m_shown.isEmpty() || (at == m_pointer && !due))
        return;
    m_pointer = at;
    place();
}

int NoticeCenter::stack(int width)
{
    int height = 0;
    bool full = false;
    m_shown.clear();
    for (qsizetype i = m_cards.size(); i-- > 0;) {
        NoticeCard *card = m_cards[i];
        card->ensurePolished();
        if (card->isVisible())
            card->layout()->activate(); // what is inside it may still count with the words before
        const int high = card->layout()->hasHeightForWidth() ? card->layout()->totalHeightForWidth(width)
                                                             : card->sizeHint().height();
        full = full || m_shown.size() == mostShown
               || (!m_shown.isEmpty() && height + gapBetween + high > m_over->height() * share);
        if (full) {
            card->hide();
            continue;
        }
        card->resize(width, high);
        height += high + (m_shown.isEmpty() ? 0 : gapBetween);
        m_shown.prepend(card);
    }
    return height;
}

/// Where in `over` the controls are that somebody may aim at. Hidden pages, which hold most widgets, are not walked through.
QVector<QRect> NoticeCenter::controlsBelow() const
{
    QVector<QRect> found;
    QVector<const QWidget *> open{m_over};
    while (!open.isEmpty()) {
        for (const QObject *child : open.takeLast()->children()) {
            const auto *w = child->isWidgetType() ? static_cast<const QWidget *>(child) : nullptr;
            if (!w || !w->isVisible() || w->isWindow() || m_cards.contains(w))
                continue;
            open.append(w);
            if (!w->isEnabled() || !isControl(w))
                continue;
            if (const QRect seen = w->visibleRegion().boundingRect(); !seen.isEmpty())
                found.append(QRect(w->mapTo(m_over, seen.topLeft()), seen.size()));
        }
    }
    return found;
}

/// The lower right corner, above what stands there, and the other corners.
QVector<QRect> NoticeCenter::candidates(const QSize &size, const QVector<QRect> &controls) const
{
    const int right = m_over->width() - edge - size.width(), bottom = m_over->height() - edge - size.height();
    QVector<QRect> all{QRect(QPoint(right, bottom), size)};
    QRect raised = all.first();
    for (int i = 0; i < 8; ++i) {
        int top = std::numeric_limits<int>::max();
        for (const QRect &control : controls) {
            if (control.intersects(raised))
                top = std::min(top, control.top());
        }
        if (top == std::numeric_limits<int>::max())
            break;
        raised.moveBottom(top - gapBetween);
        if (raised.top() < edge)
            break;
        all.append(raised);
    }
    all.append(QRect(QPoint(edge, bottom), size));
    all.append(QRect(QPoint(right, edge), size));
    return all;
}

void NoticeCenter::place()
{
    const int em = QFontMetrics(Theme::font(TextRole::Body)).averageCharWidth();
    const int width = std::min(em * 54, m_over->width() - 2 * edge);
    const bool held = std::any_of(m_cards.begin(), m_cards.end(),
                                  [](const NoticeCard *card) { return card->isVisible() && card->isHeld(); });
    const QRect before = m_shown.isEmpty()
                             ? QRect()
                             : QRect(m_shown.first()->geometry().topLeft(), m_shown.last()->geometry().bottomRight());
    const int height = m_cards.isEmpty() ? 0 : stack(std::max(width, 120));
    m_more->setText(tr("%1 more").arg(m_cards.size() - m_shown.size()));
    m_more->setVisible(m_shown.size() < m_cards.size());
    if (m_cards.isEmpty())
        return;
    m_more->adjustSize();
    const QVector<QRect> controls = controlsBelow();
    const int above = m_more->isVisibleTo(m_over) ? m_more->height() + gapBetween : 0; // it covers no control either
    const QSize size(std::max(width, 120), height + above);
    if (held && before.isValid()) { // it does not run away from the hand that is on it
        QRect block(QPoint(before.left(), before.bottom() + 1 - size.height()), size);
        return moveTo(block);
    }
    const QRect hand = QRect(m_pointer, QSize(1, 1)).adjusted(-near, -near, near, near);
    QRect best;
    int least = std::numeric_limits<int>::max();
    for (const QRect &place : candidates(size, controls)) {
        int cost = 0;
        for (const QRect &control : controls) {
            if (control.intersects(place))
                cost += control.intersects(hand) ? 100 : 1;
        }
        if (cost < least) {
            least = cost;
            best = place;
        }
    }
    moveTo(best);
}

void NoticeCenter::moveTo(const QRect &block)
{
    int y = block.bottom() + 1;
    for (qsizetype i = m_shown.size(); i-- > 0;) {
        y -= m_shown[i]->height();
        m_shown[i]->move(block.left(), y);
        if (!m_shown[i]->isVisible() && m_over->isVisible())
            m_shown[i]->raise();
        m_shown[i]->QWidget::show();
        y -= gapBetween;
    }
    if (m_more->isVisibleTo(m_over)) {
        m_more->move(block.right() - m_more->width(), y - m_more->height());
        m_more->raise();
    }
}

bool NoticeCenter::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_over && (event->type() == QEvent::Resize || event->type() == QEvent::LayoutRequest)
        && !m_cards.isEmpty())
        place();
    return QObject::eventFilter(watched, event);
}

} // namespace retryscope
