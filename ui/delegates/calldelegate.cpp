// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "delegates/calldelegate.h"

#include <QApplication>
#include <QPainter>

#include <algorithm>
#include <numeric>

namespace retryscope {
namespace {

constexpr int chipPadding = 7, chipGap = 16, chipApart = 2;
constexpr int leastChip = 52; ///< below which a name says nothing

QString chipGlyph(RouteStep::Kind kind)
{
    switch (kind) {
    case RouteStep::Kind::Skipped: return {};
    case RouteStep::Kind::Asked: return QStringLiteral("… ");
    case RouteStep::Kind::Failed: return QStringLiteral("✗ ");
    case RouteStep::Kind::Answered: return QStringLiteral("✓ ");
    }
    return {};
}

/// Beside the texts.
int roundChips(qsizetype count) { return int(count) * (2 * chipPadding + chipApart) + int(count - 1) * chipGap; }

/// Those from `first` on become one that counts them.
void mergeChips(QVector<RouteChip> *chips, qsizetype first, qsizetype count, const QString &text)
{
    RouteChip merged = chips->at(first);
    merged.text = text;
    merged.isName = false;
    chips->remove(first, count - 1);
    (*chips)[first] = merged;
}

} // namespace

int routeWidth(const QVector<RouteChip> &chips, const QFontMetrics &metrics)
{
    return std::accumulate(chips.begin(), chips.end(), roundChips(chips.size()),
                           [&](int sum, const RouteChip &chip) { return sum + metrics.horizontalAdvance(chip.text); });
}

QVector<RouteChip> routeChips(const QVector<RouteStep> &route, const QHash<ProviderId, QString> &names,
                              const QFontMetrics &metrics, int width)
{
    QVector<RouteChip> chips;
    for (const RouteStep &step : route) {
        const QString times = step.times > 1 ? QStringLiteral(" ×%1").arg(step.times) : QString();
        chips.append(
            {chipGlyph(step.kind) + names.value(step.provider, step.provider) + times, step.kind, step.reason});
    }
    const auto fits = [&] { return routeWidth(chips, metrics) <= width; };
    for (qsizetype i = 0; i < chips.size() && !fits(); ++i) {
        qsizetype run = 0;
        while (i + run < chips.size() && chips[i + run].kind == RouteStep::Kind::Skipped)
            ++run;
        if (run > 1)
            mergeChips(&chips, i, run, CallDelegate::tr("%1 skipped").arg(run));
    }
    if (fits() || chips.isEmpty())
        return chips;
    const int whole = std::min(metrics.horizontalAdvance(chips.last().text), width / 2);
    if (chips.size() > 2 && width - roundChips(chips.size()) - leastChip * int(chips.size() - 1) < whole)
        mergeChips(&chips, 0, chips.size() - 1, CallDelegate::tr("%1 before").arg(route.size() - 1));
    const int room = width - roundChips(chips.size());
    const int last = std::min(metrics.horizontalAdvance(chips.last().text),
                              std::max(room - leastChip * int(chips.size() - 1), room / int(chips.size())));
    const auto fitted = [&](const QString &text, int most) { // a text that fits to the pixel is elided by elidedText
        return metrics.horizontalAdvance(text) <= most ? text : metrics.elidedText(text, Qt::ElideRight, most);
    };
    chips.last().text = fitted(chips.last().text, last);
    int left = room - last;
    for (qsizetype i = 0; i + 1 < chips.size(); ++i) {
        const int share = left / int(chips.size() - 1 - i);
        chips[i].text = fitted(chips[i].text, share);
        left -= metrics.horizontalAdvance(chips[i].text);
    }
    return chips;
}

CallDelegate::CallDelegate(const Theme &theme, QObject *parent) : QStyledItemDelegate(parent), m_theme(theme) {}

QSize CallDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    return {QStyledItemDelegate::sizeHint(option, index).width(), int(option.fontMetrics.height() * 1.8)};
}

QColor CallDelegate::outcomeColor(const CallRow &row) const
{
    switch (row.outcome) {
    case CallOutcome::None:
    case CallOutcome::Cancelled: return m_theme.muted();
    case CallOutcome::FirstTry:
        return row.finish == QStringLiteral("length") ? m_theme.stateText(ProviderState::Slow)
                                                      : m_theme.stateText(ProviderState::Well);
    case CallOutcome::SecondChoice:
    case CallOutcome::RecoveredByRetry:
    case CallOutcome::RecoveredByFailover: return m_theme.stateText(ProviderState::Slow);
    case CallOutcome::Failed: return m_theme.stateText(ProviderState::Down);
    }
    return m_theme.text();
}

QIcon CallDelegate::swatch(const QStyleOptionViewItem &option, RetryReason reason) const
{
    QPixmap pixmap(option.decorationSize * 2);
    pixmap.setDevicePixelRatio(2.0);
    pixmap.fill(Qt::transparent);
    QPainter p(&pixmap);
    const double side = option.fontMetrics.height() * 0.6, gap = (option.fontMetrics.height() - side) / 2;
    p.setPen(QPen(m_theme.strongBorder(), 1.0));
    p.setBrush(m_theme.reason(reason));
    p.drawRect(QRectF(gap, gap, side, side));
    return QIcon(pixmap);
}

void CallDelegate::initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    const auto *model = static_cast<const CallModel *>(index.model());
    const CallRow &row = model->rowOf(index);
    const bool child = index.parent().isValid();
    const int column = index.column();
    option->state &= ~QStyle::State_HasFocus; // the row is marked, not the cell
    if (column >= CallModel::Total)
        option->displayAlignment = Qt::AlignRight | Qt::AlignVCenter;
    const bool quiet = child || !row.isCall() || column == CallModel::When || column >= CallModel::FirstToken;
    if (quiet)
        option->palette.setColor(QPalette::Text, m_theme.muted());
    if (column == CallModel::Outcome && !child && row.isCall())
        option->palette.setColor(QPalette::Text, outcomeColor(row));
    const auto event = child || !row.isCall() ? model->eventOf(index) : std::nullopt;
    const RetryReason reason = event ? event->reason : row.reason;
    if (column == CallModel::Reason && reason != RetryReason::None) {
        option->features |= QStyleOptionViewItem::HasDecoration;
        option->decorationSize = QSize(option->fontMetrics.height(), option->fontMetrics.height());
        option->icon = swatch(*option, reason);
    }
}

void CallDelegate::paintRoute(QPainter *painter, const QStyleOptionViewItem &option, const CallModel &model,
                              const CallRow &row) const
{
    const QColor quiet = option.state & QStyle::State_Selected ? option.palette.color(QPalette::HighlightedText)
                                                               : m_theme.muted(); // on whatever the sheet makes of it
    const QFontMetrics metrics(option.font);
    const int height = metrics.height() + 4, top = option.rect.center().y() - height / 2;
    int x = option.rect.left() + 8; // below the first letter of the header
    painter->save();
    painter->setClipRect(option.rect);
    painter->setRenderHint(QPainter::Antialiasing);
    const QVector<RouteChip> chips = routeChips(row.route, model.names(), metrics, option.rect.right() - x);
    for (qsizetype i = 0; i < chips.size(); ++i) {
        const bool skipped = chips[i].kind == RouteStep::Kind::Skipped;
        if (i > 0) {
            painter->setPen(quiet);
            painter->drawText(QRect(x, top, chipGap, height), Qt::AlignCenter, QStringLiteral("→"));
            x += chipGap;
        }
        QFont font = option.font;
        font.setStrikeOut(skipped && chips[i].isName);
        painter->setFont(font);
        const QRect chip(x, top, metrics.horizontalAdvance(chips[i].text) + chipPadding * 2, height);
        const QColor line = chips[i].kind == RouteStep::Kind::Failed     ? m_theme.reason(chips[i].reason)
                            : chips[i].kind == RouteStep::Kind::Answered ? m_theme.stateText(ProviderState::Well)
                                                                         : m_theme.strongBorder();
        QPen pen(line, 1.0);
        if (skipped)
            pen.setDashPattern({3, 2});
        painter->setPen(pen);
        painter->setBrush(m_theme.surface());
        painter->drawRoundedRect(QRectF(chip).adjusted(0.5, 0.5, -0.5, -0.5), height / 2.0, height / 2.0);
        painter->setPen(skipped ? m_theme.muted() : m_theme.text());
        painter->drawText(chip, Qt::AlignCenter, chips[i].text);
        x += chip.width() + chipApart;
    }
    painter->restore();
}

void CallDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const auto *model = static_cast<const CallModel *>(index.model());
    const bool route =
        index.column() == CallModel::Route && !index.parent().isValid() && !model->rowOf(index).route.isEmpty();
    if (route) {
        QStyleOptionViewItem background = option;
        initStyleOption(&background, index);
        background.text.clear();
        const QWidget *widget = option.widget;
        (widget ? widget->style() : QApplication::style())
            ->drawControl(QStyle::CE_ItemViewItem, &background, painter, widget);
        paintRoute(painter, option, *model, model->rowOf(index));
    } else {
        QStyledItemDelegate::paint(painter, option, index);
    }
    if (m_needle.isEmpty() || !index.data().toString().contains(m_needle, Qt::CaseInsensitive))
        return;
    painter->save(); // shape too, not colour alone: a line under the cell
    painter->fillRect(QRect(option.rect.left() + 3, option.rect.bottom() - 1, option.rect.width() - 6, 2),
                      option.state & QStyle::State_Selected ? option.palette.color(QPalette::HighlightedText)
                                                            : m_theme.accent());
    painter->restore();
}

} // namespace retryscope
