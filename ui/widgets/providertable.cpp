// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/providertable.h"
#include "widgets/dresstable.h"

#include <QDropEvent>
#include <QHeaderView>

namespace retryscope {

ProviderTable::ProviderTable(QWidget *parent) : QTableView(parent)
{
    dressTable(*this);
    setOneLineRows(*this, 14);
    setDragDropMode(QAbstractItemView::InternalMove);
    setDragDropOverwriteMode(false);
    setDropIndicatorShown(true);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    horizontalHeader()->setMinimumSectionSize(fontMetrics().averageCharWidth() * 4);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff); // columns give way instead
    setMinimumWidth(280);
}

/// Says where to; whoever owns the order moves it. The view's own way would take the row out of the model.
void ProviderTable::dropEvent(QDropEvent *event)
{
    const QModelIndex over = indexAt(event->position().toPoint());
    int place = over.isValid() ? over.row() : model()->rowCount();
    if (over.isValid() && event->position().y() > visualRect(over).center().y())
        ++place;
    const int row = currentIndex().row();
    event->setDropAction(Qt::IgnoreAction);
    event->accept();
    setState(NoState);
    viewport()->update();
    if (event->source() == this && row >= 0)
        emit rowDropped(row, place > row ? place - 1 : place);
}

void ProviderTable::resizeEvent(QResizeEvent *event)
{
    QTableView::resizeEvent(event);
    if (m_narrow)
        m_narrow(viewport()->width());
}

} // namespace retryscope
