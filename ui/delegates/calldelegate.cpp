// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "delegates/eventdelegate.h"

#include "models/eventmodel.h"

#include <QFontDatabase>
#include <QPainter>

namespace retryscope {

EventDelegate::EventDelegate(const Theme &theme, QObject *parent)
    : QStyledItemDelegate(parent), m_theme(theme), m_fixed(QFontDatabase::systemFont(QFontDatabase::FixedFont)) {}

void EventDelegate::initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    const auto *model = static_cast<const EventModel *>(index.model());
    const Event &e = model->at(index.row());
    const int column = index.column();
    option->state &= ~QStyle::State_HasFocus; // the row is marked, not the cell
    if (column == EventModel::Time || column == EventModel::Took || column == EventModel::Status || column == EventModel::Call || column == EventModel::AttemptNumber) {
        option->font.setFamily(m_fixed.family());
        if (column != EventModel::Time)
            option->displayAlignment = Qt::AlignRight | Qt::AlignVCenter;
    }
    const bool quiet = column == EventModel::Time || column == EventModel::Call || column == EventModel::AttemptNumber || e.kind == EventKind::AttemptQueued || e.kind == EventKind::FirstToken || e.kind == EventKind::AttemptStarted;
    if (quiet)
        option->palette.setColor(QPalette::Text, m_theme.muted());
    if (column == EventModel::Reason && e.reason != RetryReason::None) {
        option->features |= QStyleOptionViewItem::HasDecoration;
        option->decorationSize = QSize(option->fontMetrics.height(), option->fontMetrics.height());
        QPixmap swatch(option->decorationSize * 2);
        swatch.setDevicePixelRatio(2.0);
        swatch.fill(Qt::transparent);
        QPainter p(&swatch);
        const double side = option->fontMetrics.height() * 0.6, gap = (option->fontMetrics.height() - side) / 2;
        p.setPen(QPen(m_theme.strongBorder(), 1.0));
        p.setBrush(m_theme.reason(e.reason));
        p.drawRect(QRectF(gap, gap, side, side));
        option->icon = QIcon(swatch);
    }
}

void EventDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QStyledItemDelegate::paint(painter, option, index);
    if (m_needle.isEmpty() || !index.data().toString().contains(m_needle, Qt::CaseInsensitive))
        return;
    painter->save(); // shape too, not colour alone: a line under the cell
    painter->fillRect(QRect(option.rect.left() + 3, option.rect.bottom() - 1, option.rect.width() - 6, 2), option.state & QStyle::State_Selected ? m_theme.onAccent() : m_theme.accent());
    painter->restore();
}

} // namespace retryscope
