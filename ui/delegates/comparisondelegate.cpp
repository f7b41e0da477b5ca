// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "delegates/comparisondelegate.h"

#include "models/comparisonmodel.h"
#include "theme/theme.h"
#include "widgets/textwidth.h"

#include <QApplication>
#include <QPainter>

namespace retryscope {
namespace {

constexpr double faded = 0.35;
constexpr int side = 8, above = 5, valueWidth = 132; ///< pixels

} // namespace

ComparisonDelegate::ComparisonDelegate(const Theme &theme, QObject *parent)
    : QStyledItemDelegate(parent), m_theme(theme)
{}

void ComparisonDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QStyleOptionViewItem ground = option;
    initStyleOption(&ground, index);
    ground.text.clear();
    const QStyle *style = option.widget ? option.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &ground, painter, option.widget);
    painter->save();
    if (m_stale)
        painter->setOpacity(faded);
    const bool best = index.data(ComparisonModel::BestRole).toBool();
    QFont font = Theme::counting(option.font);
    if (best || index.column() == 0)
        font.setWeight(QFont::DemiBold);
    const QString difference = index.data(ComparisonModel::DifferenceRole).toString();
    const bool oneLine = option.rect.height() < rowHeight(option.font, 2);
    QRect line = option.rect.adjusted(side, above, -side, -above);
    line.setHeight(QFontMetrics(font).height());
    painter->setFont(font);
    painter->setPen(index.column() == 0 ? m_theme.muted() : m_theme.text());
    const QString text = index.data().toString();
    painter->drawText(line, Qt::AlignLeft | Qt::AlignVCenter, elidedText(font, text, line.width()));
    if (best) {
        const QFont small = Theme::font(TextRole::Axis);
        painter->setFont(small);
        painter->setPen(m_theme.stateText(ProviderState::Well));
        painter->drawText(line.adjusted(textWidth(font, text) + 8, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                          tr("best"));
    }
    if (!difference.isEmpty())
        paintDifference(painter, index, line, oneLine);
    painter->restore();
}

/// Beside the value where the row has one line, else below it.
void ComparisonDelegate::paintDifference(QPainter *painter, const QModelIndex &index, QRect line, bool beside) const
{
    const int verdict = index.data(ComparisonModel::VerdictRole).toInt();
    const QFont small = Theme::counting(Theme::font(TextRole::Secondary));
    painter->setFont(small);
    painter->setPen(verdict > 0   ? m_theme.stateText(ProviderState::Well)
                    : verdict < 0 ? m_theme.stateText(ProviderState::Down)
                                  : m_theme.muted());
    if (beside)
        line.setLeft(line.left() + valueWidth);
    else
        line.translate(0, line.height() + 1);
    painter->drawText(line, Qt::AlignLeft | Qt::AlignVCenter, elidedText(small, toldDifference(index), line.width()));
}

QString ComparisonDelegate::toldDifference(const QModelIndex &index)
{
    const QString difference = index.data(ComparisonModel::DifferenceRole).toString();
    const int verdict = index.data(ComparisonModel::VerdictRole).toInt();
    return difference.isEmpty() || verdict == 0 ? difference
           : verdict > 0                        ? tr("better: %1").arg(difference)
                                                : tr("worse: %1").arg(difference);
}

int ComparisonDelegate::oneLineWidth(const QModelIndex &index)
{
    const QString told = toldDifference(index);
    return 2 * side + (told.isEmpty() ? 0 : valueWidth + textWidth(Theme::font(TextRole::Secondary), told) + 4);
}

int ComparisonDelegate::rowHeight(const QFont &font, int lines)
{
    return 2 * above + lines * QFontMetrics(font).height() + lines - 1;
}

QSize ComparisonDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const int wide = std::max(textWidth(option.font, index.data().toString()) + 40,
                              textWidth(Theme::font(TextRole::Secondary), toldDifference(index)) + 16);
    return {wide + 2 * side, rowHeight(option.font, 2)};
}

} // namespace retryscope
