// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLayout>

namespace retryscope {

/// Lays its items out in rows, as words in a text.
class FlowLayout : public QLayout
{
public:
    enum class LastItem { Follows, KeepsRight };

    /// `gap` in pixels between items and rows. KeepsRight: the last item stands at the right edge of its row.
    explicit FlowLayout(int gap, QWidget *parent = nullptr, LastItem last = LastItem::Follows)
        : QLayout(parent), m_gap(gap), m_last(last)
    {
        setContentsMargins(0, 0, 0, 0);
    }
    ~FlowLayout() override { qDeleteAll(m_items); }
    void addItem(QLayoutItem *item) override { m_items.append(item); }
    int count() const override { return int(m_items.size()); }
    QLayoutItem *itemAt(int index) const override { return m_items.value(index); }
    QLayoutItem *takeAt(int index) override
    {
        return index >= 0 && index < m_items.size() ? m_items.takeAt(index) : nullptr;
    }
    Qt::Orientations expandingDirections() const override { return {}; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override { return arrange(QRect(0, 0, width, 0), false); }
    QSize sizeHint() const override { return minimumSize(); }
    QSize minimumSize() const override
    {
        QSize size;
        for (const QLayoutItem *item : m_items)
            size = size.expandedTo(item->minimumSize());
        const QMargins m = contentsMargins();
        return size + QSize(m.left() + m.right(), m.top() + m.bottom());
    }
    void setGeometry(const QRect &rect) override
    {
        QLayout::setGeometry(rect);
        arrange(rect, true);
    }

private:
    int arrange(const QRect &rect, bool place) const
    {
        const QRect inside = rect.marginsRemoved(contentsMargins());
        int x = inside.left(), y = inside.top(), row = 0;
        for (QLayoutItem *item : m_items) {
            if (item->isEmpty())
                continue;
            const QSize size = item->sizeHint().boundedTo(QSize(std::max(1, inside.width()), QWIDGETSIZE_MAX));
            if (x > inside.left() && x + size.width() > inside.right() + 1) {
                x = inside.left();
                y += row + m_gap;
                row = 0;
            }
            if (m_last == LastItem::KeepsRight && item == m_items.last())
                x = std::max(x, inside.right() + 1 - size.width());
            if (place)
                item->setGeometry(QRect(QPoint(x, y), size));
            x += size.width() + m_gap;
            row = std::max(row, size.height());
        }
        return y + row - rect.y() + contentsMargins().bottom();
    }
    int m_gap;
    LastItem m_last;
    QList<QLayoutItem *> m_items;
};

} // namespace retryscope
