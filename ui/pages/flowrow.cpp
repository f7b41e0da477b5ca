// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/flowrow.h"

#include <QWidget>

namespace retryscope {

FlowRow::~FlowRow() { qDeleteAll(m_items); }

QSize FlowRow::minimumSize() const
{
    QSize size;
    for (const QLayoutItem *item : m_items)
        size = size.expandedTo(item->minimumSize());
    const QMargins m = contentsMargins();
    return size + QSize(m.left() + m.right(), m.top() + m.bottom());
}

void FlowRow::setGeometry(const QRect &rect)
{
    QLayout::setGeometry(rect);
    place(rect, true);
}

int FlowRow::place(const QRect &rect, bool apply) const
{
    const QRect inside = rect.marginsRemoved(contentsMargins());
    const int gap = std::max(0, spacing());
    int x = inside.left(), y = inside.top(), line = 0;
    for (int i = 0; i < int(m_items.size()); ++i) {
        QLayoutItem *item = m_items[i];
        if (item->isEmpty())
            continue;
        const QSize size = item->sizeHint().boundedTo(QSize(inside.width(), QWIDGETSIZE_MAX));
        if (x > inside.left() && x + size.width() > inside.right() + 1) {
            x = inside.left();
            y += line + gap;
            line = 0;
        }
        const int left = i + 1 == int(m_items.size()) ? std::max(x, inside.right() + 1 - size.width()) : x;
        if (apply)
            item->setGeometry({QPoint(left, y), size});
        x = left + size.width() + gap;
        line = std::max(line, size.height());
    }
    return y + line - rect.top() + contentsMargins().bottom();
}

} // namespace retryscope
