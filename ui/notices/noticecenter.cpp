// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "notices/noticecenter.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QComboBox>
#include <QEvent>
#include <QGraphicsView>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSet>
#include <QTabBar>
#include <QTextDocument>
#include <QTextEdit>
#include <QToolButton>

#include <algorithm>
#include <limits>

namespace retryscope {
namespace {

constexpr int edge = 18;     // from the corner; leaves a scroll bar free
constexpr int gapBetween = 8;
constexpr int near = 48;     // pixels from a control: it is being aimed at
constexpr qsizetype most = 20;
constexpr int mostShown = 2; // the newest; the others are counted
constexpr int lineEdge = 40, fewestInLine = 16; ///< pixels beside the line's words; characters that still say something
constexpr int usual = 54, slim = 40; // characters that a card is wide
constexpr double share = 0.4; // of the height that the stack may take: the page stays usable in the worst hour
constexpr Duration grace = 3s; // after the pointer left
constexpr Duration newsFor = 8s; // for the line to be read in

bool isControl(const QWidget *w)
{
    if (const auto *edit = qobject_cast<const QPlainTextEdit *>(w))
        return !edit->isReadOnly();
    if (qobject_cast<const QScrollBar *>(w))
        return false;
    return qobject_cast<const QAbstractButton *>(w) || qobject_cast<const QLineEdit *>(w)
           || qobject_cast<const QComboBox *>(w) || qobject_cast<const QAbstractSpinBox *>(w)
           || qobject_cast<const QAbstractSlider *>(w) || qobject_cast<const QTabBar *>(w)
           || w->property("drawnOn").toBool();
}

/// What is typed into, chosen or pressed, or a row of such. The words beside it are its names: who hides those hides it.
bool isField(const QObject *child)
{
    const auto *w = child->isWidgetType() ? static_cast<const QWidget *>(child) : nullptr;
    if (!w || !w->isVisible())
        return false;
    if (w->metaObject() != &QWidget::staticMetaObject)
        return isControl(w) && !qobject_cast<const QToolButton *>(w);
    return std::any_of(w->children().begin(), w->children().end(), isField);
}

/// Its rows are aimed at.
bool isChosenFrom(const QWidget *w)
{
    const auto *view = qobject_cast<const QAbstractItemView *>(w);
    return view && view->selectionMode() != QAbstractItemView::NoSelection;
}

/// The part of a widget, in its own coordinates, that is read: its text, its rows, or what it paints. Empty: it only holds others.
QRect wordsOf(const QWidget *w)
{
    if (const auto *label = qobject_cast<const QLabel *>(w))
        return label->text().isEmpty() && label->pixmap(Qt::ReturnByValue).isNull() ? QRect() : label->rect();
    if (qobject_cast<const QHeaderView *>(w) || qobject_cast<const QGraphicsView *>(w))
        return w->rect();
    if (const auto *view = qobject_cast<const QAbstractItemView *>(w)) {
        const QAbstractItemModel *model = view->model();
        const int rows = model ? model->rowCount(view->rootIndex()) : 0;
        const QRect all = view->viewport()->geometry();
        if (rows == 0)
            return {};
        if (view->indexAt(QPoint(4, all.height() - 4)).isValid())
            return all;
        const int bottom = view->visualRect(model->index(rows - 1, 0, view->rootIndex())).bottom();
        return QRect(all.topLeft(), QSize(all.width(), std::clamp(bottom, 0, all.height())));
    }
    const auto lines = [w](const QTextDocument *document, int scrolled) {
        const int high = document->isEmpty() ? 3 * w->fontMetrics().lineSpacing() // what stands there instead
                                             : int(document->size().height()) - scrolled;
        return QRect(0, 0, w->width(), std::clamp(high, 0, w->height()));
    };
    if (const auto *edit = qobject_cast<const QTextEdit *>(w))
        return lines(edit->document(), edit->verticalScrollBar()->value());
    if (const auto *edit = qobject_cast<const QPlainTextEdit *>(w)) // whose document counts lines
        return lines(edit->document(), 0) & edit->rect();
    static const QSet<QByteArray> holders{"QWidget", "QFrame", "QStackedWidget", "QSplitterHandle", "QScrollBar"};
    return w->findChild<QWidget *>() || holders.contains(w->metaObject()->className()) ? QRect() : w->rect();
}

/// Where nothing is covered: of all such places the nearest to the lower right corner, and none in the upper half,
/// where people read. Not valid: there is none.
QRect freePlace(const QSize &within, const QSize &size, const QVector<QRect> &controls)
{
    const int right = within.width() - edge - size.width(), bottom = within.height() - edge - size.height();
    QVector<int> xs{right, edge}, ys{bottom, edge};
    for (const QRect &control : controls) {
        xs << control.left() - gapBetween - size.width() << control.right() + 1 + gapBetween;
        ys << control.top() - gapBetween - size.height() << control.bottom() + 1 + gapBetween;
    }
    for (QVector<int> *places : {&xs, &ys}) {
        std::sort(places->begin(), places->end(), std::greater<>());
        places->erase(std::unique(places->begin(), places->end()), places->end());
    }
    QRect best;
    int nearest = std::numeric_limits<int>::max();
    for (int x : std::as_const(xs)) {
        if (x < edge || x > right || right - x >= nearest)
            continue;
        for (int y : std::as_const(ys)) {
            const QRect place(QPoint(x, y), size);
            if (y + size.height() / 2 < within.height() / 2 || y > bottom || right - x + bottom - y >= nearest
                || std::any_of(controls.begin(), controls.end(), [&](const QRect &c) { return c.intersects(place); }))
                continue;
            nearest = right - x + bottom - y;
            best = place;
            break;
        }
    }
    return best;
}

} // namespace

NoticeCenter::NoticeCenter(const Theme &theme, QWidget *over)
    : QObject(over), m_theme(theme), m_over(over), m_more(new QLabel(over)), m_line(new QLabel(over))
{
    m_more->setObjectName(QStringLiteral("noticeMore"));
    m_more->setFont(Theme::font(TextRole::Axis));
    m_more->setProperty("muted", true);
    m_more->hide();
    m_line->setObjectName(QStringLiteral("noticeLine"));
    m_line->setFont(Theme::font(TextRole::Axis));
    m_line->setTextFormat(Qt::RichText);
    m_line->setTextInteractionFlags(Qt::LinksAccessibleByMouse); // by keyboard a link takes Tab twice
    m_line->setFocusPolicy(Qt::TabFocus);
    m_line->installEventFilter(this);
    m_line->hide();
    connect(m_line, &QLabel::linkActivated, this, &NoticeCenter::focusNewest);
    const auto recolour = [this] { // a link keeps the colour that it was laid out with
        const QString text = m_line->text();
        m_line->clear();
        m_line->setText(text);
    };
    connect(&theme, &Theme::changed, this, recolour, Qt::QueuedConnection); // when the palette is the new one
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
    if (louder)
        card->readAt.reset();
    const bool words = fresh || card->notice().kind != notice.kind || card->notice().title != notice.title
                       || card->notice().text != notice.text;
    card->show(notice);
    if (words)
        arrange(fresh);
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
    if (inside && m_before == m_line) { // which stands there again when they are folded
        focus->clearFocus();
        m_open = false;
        arrange(true);
        return m_line->setFocus(Qt::OtherFocusReason);
    }
    if (inside && m_before)
        return m_before->setFocus(Qt::OtherFocusReason);
    if (m_shown.isEmpty() && !m_cards.isEmpty()) {
        m_open = true;
        place();
    }
    if (m_shown.isEmpty())
        return;
    m_before = focus;
    m_shown.last()->setFocus(Qt::ShortcutFocusReason);
}

void NoticeCenter::advance(SteadyTime now, const QPoint &pointer)
{
    m_now = now;
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
    const bool due = ++m_ticks % 3 == 0; // the page may have changed below
    const bool left = m_open && !isHeld();
    m_open = m_open && !left;
    if (m_cards.isEmpty() || (at == m_pointer && !due && !left))
        return;
    m_pointer = at;
    arrange(due && std::exchange(m_afresh, false));
}

int NoticeCenter::widthOf(int characters) const
{
    const int em = QFontMetrics(Theme::font(TextRole::Body)).averageCharWidth();
    return std::max(120, std::min(em * characters, m_over->width() - 2 * edge));
}

NoticeCenter::Stack NoticeCenter::stack(const QVector<NoticeCard *> &cards, int width, int most) const
{
    Stack stack{{}, {}, {width, 0}};
    for (qsizetype i = cards.size(); i-- > 0 && stack.cards.size() < most;) {
        NoticeCard *card = cards[i];
        card->ensurePolished();
        if (card->isVisible())
            card->layout()->activate(); // what is inside it may still count with the words before
        const int high = card->layout()->hasHeightForWidth() ? card->layout()->totalHeightForWidth(width)
                                                             : card->sizeHint().height();
        const int all = stack.size.height() + high + (stack.cards.isEmpty() ? 0 : gapBetween);
        if (!stack.cards.isEmpty() && all > m_over->height() * share)
            break;
        stack.size.setHeight(all);
        stack.cards.prepend(card);
        stack.heights.prepend(high);
    }
    if (stack.cards.size() < m_cards.size()) // what counts the others covers no control either
        stack.size.rheight() += m_more->fontMetrics().height() + gapBetween;
    return stack;
}

/// Where in `over` somebody may aim or read. Hidden pages, which hold most widgets, are not walked through.
NoticeCenter::Below NoticeCenter::lookBelow() const
{
    Below found;
    const int middle = m_over->height() / 3; // nothing stands higher
    QVector<const QWidget *> open{m_over};
    while (!open.isEmpty()) {
        const QObjectList &children = open.takeLast()->children();
        const bool form = std::any_of(children.begin(), children.end(), isField);
        for (const QObject *child : children) {
            const auto *w = child->isWidgetType() ? static_cast<const QWidget *>(child) : nullptr;
            if (!w || !w->isVisible() || w->isWindow() || m_cards.contains(w))
                continue;
            open.append(w);
            const bool control = isControl(w) || m_clear.contains(w);
            const QRect part = control ? w->rect() : wordsOf(w);
            const QRect seen = part.isEmpty() ? QRect() : part & w->visibleRegion().boundingRect();
            if (seen.isEmpty())
                continue;
            const QRect place(w->mapTo(m_over, seen.topLeft()), seen.size());
            if (control || isChosenFrom(w) || (form && qobject_cast<const QLabel *>(w)))
                found.controls.append(place);
            else if (place.bottom() > middle)
                found.words.append(place);
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

bool NoticeCenter::isHeld() const
{
    return std::any_of(m_cards.begin(), m_cards.end(),
                       [](const NoticeCard *card) { return card->isVisible() && card->isHeld(); });
}

void NoticeCenter::place()
{
    m_afresh = true;
    arrange(true);
}

void NoticeCenter::foldIncidents(bool on)
{
    if (std::exchange(m_foldIncidents, on) != on)
        place();
}

QVector<NoticeCard *> NoticeCenter::wanted() const
{
    QVector<NoticeCard *> cards = m_cards;
    if (m_open)
        return cards;
    cards.removeIf([this](const NoticeCard *card) {
        return isRead(card) || (m_foldIncidents && card->notice().kind == WindowNotice::Kind::Incident);
    });
    return cards;
}

/// With the words that it has now, and no control below.
bool NoticeCenter::staysWhereItIs(const QVector<QRect> &controls)
{
    const auto cards = wanted();
    if (m_shown.isEmpty() || m_open
        || std::any_of(m_shown.begin(), m_shown.end(), [&](NoticeCard *card) { return !cards.contains(card); }))
        return false;
    const int bottom = m_shown.last()->geometry().bottom(), left = m_shown.first()->x();
    const Stack same = stack(m_shown, m_shown.first()->width(), mostShown);
    const QRect block(QPoint(left, bottom + 1 - same.size.height()), same.size);
    if (!m_over->rect().adjusted(edge, edge, 1 - edge, 1 - edge).contains(block)
        || std::any_of(controls.begin(), controls.end(), [&](const QRect &c) { return c.intersects(block); }))
        return false;
    show(same, block);
    return true;
}

void NoticeCenter::arrange(bool afresh)
{
    if (m_cards.isEmpty()) {
        m_shown.clear();
        m_more->hide();
        m_line->hide();
        m_open = false;
        return;
    }
    const QRect before = m_shown.isEmpty()
                             ? QRect()
                             : QRect(m_shown.first()->geometry().topLeft(), m_shown.last()->geometry().bottomRight());
    if (isHeld() && before.isValid()) { // it does not run away from the hand that is on it; what is new waits
        const Stack same = stack(m_shown, before.width(), mostShown);
        return show(same, {QPoint(before.left(), before.bottom() + 1 - same.size.height()), same.size});
    }
    const Below below = lookBelow();
    if (!afresh && staysWhereItIs(below.controls))
        return;
    if (const auto cards = wanted(); cards.isEmpty())
        return fold();
    if (showWhereFree(below.controls + below.words))
        return;
    if (hasPlaceForLine() && !m_open)
        return fold();
    if (showWhereFree(below.controls))
        return;
    const Stack whole = stack(wanted(), widthOf(usual), mostShown);
    show(whole, leastBad(whole.size, below.controls));
}

bool NoticeCenter::hasPlaceForLine() const
{
    const QWidget *bar = m_line->parentWidget();
    return bar && bar != m_over && bar->isVisible();
}

/// Two cards or one, usual or slim: what comes nearest to the corner, each step down for some pixels more only.
bool NoticeCenter::showWhereFree(const QVector<QRect> &controls)
{
    struct Shape { int characters, most, handicap; };
    Stack best;
    QRect place;
    int least = std::numeric_limits<int>::max();
    for (const Shape &shape : {Shape{usual, mostShown, 0}, {slim, mostShown, 40}, {usual, 1, 80}, {slim, 1, 120}}) {
        const Stack those = stack(wanted(), widthOf(shape.characters), shape.most);
        const QRect free = freePlace(m_over->size(), those.size, controls);
        const int cost =
            shape.handicap + m_over->width() - edge - free.right() + m_over->height() - edge - free.bottom();
        if (free.isValid() && cost < least) {
            least = cost;
            best = those;
            place = free;
        }
    }
    if (place.isValid())
        show(best, place);
    return place.isValid();
}

QRect NoticeCenter::leastBad(const QSize &size, const QVector<QRect> &controls) const
{
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
    return best;
}

/// How many there are, and as much of the newest one's words as the bar has room for: the bar stays as wide as it is.
QString NoticeCenter::lineText(const NoticeCard &newest) const
{
    const QString count = m_cards.size() == 1 ? tr("1 notice") : tr("%1 notices").arg(m_cards.size());
    if (!hasPlaceForLine())
        return count;
    int room = m_line->parentWidget()->width() - lineEdge;
    for (const QObject *other : m_line->parentWidget()->children()) {
        const auto *w = other->isWidgetType() ? static_cast<const QWidget *>(other) : nullptr;
        if (w && w != m_line && w->isVisible())
            room -= w->sizeHint().width() + gapBetween;
    }
    const QFontMetrics metrics(m_line->font());
    room -= metrics.horizontalAdvance(count + QStringLiteral(": "));
    return room < fewestInLine * metrics.averageCharWidth()
               ? count
               : QStringLiteral("%1: %2").arg(count, metrics.elidedText(newest.sentence(), Qt::ElideRight, room));
}

void NoticeCenter::fold()
{
    for (NoticeCard *card : std::as_const(m_cards))
        card->hide();
    m_shown.clear();
    m_more->hide();
    for (NoticeCard *card : std::as_const(m_cards)) {
        if (!card->readAt)
            card->readAt = m_now + newsFor;
    }
    const NoticeCard &newest = *m_cards.last();
    const bool news = !isRead(&newest), loud = newest.notice().kind != WindowNotice::Kind::Info
                                               && newest.notice().kind != WindowNotice::Kind::Success;
    const QColor back = loud ? m_theme.alarm() : m_theme.accent(), fore = loud ? m_theme.onAlarm() : m_theme.onAccent();
    const QString colour = news ? QStringLiteral(" style='color:%1;text-decoration:none'").arg(fore.name()) : QString();
    const QString text = QStringLiteral("<a href='notices'%1>%2</a>").arg(colour, lineText(newest).toHtmlEscaped());
    if (text != m_line->text())
        m_line->setText(text);
    const QString style =
        news ? QStringLiteral("background:%1;border-radius:6px;padding:1px 8px").arg(back.name()) : QString();
    if (style != m_line->styleSheet())
        m_line->setStyleSheet(style);
    m_line->setToolTip(m_cards.last()->sentence().toHtmlEscaped());
    m_line->setAccessibleName(tr("Notices: %1").arg(m_cards.last()->sentence()));
    m_line->show();
}

void NoticeCenter::show(const Stack &stack, const QRect &block)
{
    m_line->hide();
    m_shown = stack.cards;
    for (NoticeCard *card : std::as_const(m_cards)) {
        if (!m_shown.contains(card))
            card->hide();
    }
    int y = block.bottom() + 1;
    for (qsizetype i = m_shown.size(); i-- > 0;) {
        y -= stack.heights[i];
        m_shown[i]->setGeometry(block.left(), y, stack.size.width(), stack.heights[i]);
        if (!m_shown[i]->isVisible() && m_over->isVisible())
            m_shown[i]->raise();
        m_shown[i]->QWidget::show();
        y -= gapBetween;
    }
    m_more->setVisible(m_shown.size() < m_cards.size());
    if (m_more->isVisibleTo(m_over)) {
        m_more->setText(tr("%1 more").arg(m_cards.size() - m_shown.size()));
        m_more->adjustSize();
        m_more->move(block.right() - m_more->width(), y - m_more->height());
        m_more->raise();
    }
}

bool NoticeCenter::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_line && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_Space) {
            focusNewest();
            return true;
        }
    }
    if (watched != m_over || m_cards.isEmpty())
        return QObject::eventFilter(watched, event);
    if (event->type() == QEvent::Resize)
        place();
    else if (event->type() == QEvent::LayoutRequest) // words changed somewhere: the next look says where
        m_afresh = true;
    return QObject::eventFilter(watched, event);
}

} // namespace retryscope
