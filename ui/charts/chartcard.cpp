// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/chartcard.h"

#include "widgets/elidedlabel.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QStackedLayout>
#include <QTableView>
#include <QToolButton>

namespace retryscope {

ChartCard::ChartCard(const QString &title, const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_name(title), m_column(new QVBoxLayout(this)), m_head(new QHBoxLayout),
      m_title(new ElidedLabel(this)), m_stat(new ElidedLabel(this)), m_tableButton(new QToolButton(this)),
      m_stack(new QStackedLayout), m_tableModel(new ChartTableModel(this)), m_legend(new ChartLegend(theme, this))
{
    setAttribute(Qt::WA_StyledBackground);
    setObjectName(QStringLiteral("card"));
    setAccessibleName(title);
    m_title->setText(title);
    m_stat->setForegroundRole(QPalette::PlaceholderText);
    m_stat->setAlignment(Qt::AlignRight);
    m_tableButton->setObjectName(QStringLiteral("tableButton"));
    m_tableButton->setText(tr("Table"));
    m_tableButton->setCheckable(true);
    m_tableButton->setAutoRaise(true);
    m_tableButton->setProperty("flat", true);
    m_tableButton->setAccessibleName(tr("%1 as table").arg(title));
    m_tableButton->setToolTip(tr("View as table (T)"));
    connect(m_tableButton, &QToolButton::toggled, this, &ChartCard::setTableVisible);
    m_head->setSpacing(10);
    m_head->addWidget(m_title, 1);
    m_head->addWidget(m_stat, 1);
    m_head->addWidget(m_tableButton);
    m_column->setContentsMargins(Theme::inset, 10, 12, 10);
    m_column->setSpacing(6);
    m_column->addLayout(m_head);
    m_column->addLayout(m_stack, 1);
    m_column->addWidget(m_legend);
    connect(&theme, &Theme::changed, this, &ChartCard::restyle);
}

void ChartCard::setPicture(QWidget *picture)
{
    m_picture = picture;
    m_stack->addWidget(picture);
    picture->setAccessibleName(m_name);
    picture->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(picture, &QWidget::customContextMenuRequested, this,
            [this](const QPoint &at) { showMenu(m_picture->mapToGlobal(at)); });
}

void ChartCard::restyle()
{
    QFont title = font();
    title.setWeight(QFont::DemiBold);
    m_title->setFont(title);
    for (QWidget *part : {m_picture, static_cast<QWidget *>(m_legend), static_cast<QWidget *>(m_stat)}) {
        if (part)
            part->setFont(font()); // below a style sheet fonts are not inherited
    }
    if (m_picture)
        m_picture->update();
}

void ChartCard::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange)
        restyle();
    QWidget::changeEvent(event);
}

void ChartCard::setStat(const QString &text)
{
    if (m_stat->text() != text)
        m_stat->setText(text);
}

void ChartCard::addToHead(QWidget *widget) { m_head->insertWidget(m_head->indexOf(m_tableButton), widget); }

void ChartCard::refreshTable()
{
    if (isTableVisible())
        m_tableModel->setTable(table());
}

bool ChartCard::isTableVisible() const { return m_tableView && m_stack->currentWidget() == m_tableView; }

void ChartCard::setTableVisible(bool visible)
{
    if (visible && !m_tableView) {
        m_tableView = new QTableView(this);
        m_tableView->setModel(m_tableModel);
        m_tableView->setFrameShape(QFrame::NoFrame);
        m_tableView->setShowGrid(false);
        m_tableView->setSelectionBehavior(QAbstractItemView::SelectRows);
        m_tableView->setTabKeyNavigation(false);
        m_tableView->setAccessibleName(tr("%1, table").arg(m_name));
        m_tableView->verticalHeader()->hide();
        m_tableView->verticalHeader()->setDefaultSectionSize(int(fontMetrics().height() * 1.5));
        m_tableView->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
        m_tableView->horizontalHeader()->setHighlightSections(false);
        m_stack->addWidget(m_tableView);
        connect(m_tableView, &QTableView::activated, this, [this](const QModelIndex &index) {
            if (const auto query = queryOfRow(index.row()))
                emit eventsRequested(*query);
        });
    }
    if (visible)
        m_tableModel->setTable(table());
    m_stack->setCurrentWidget(visible ? static_cast<QWidget *>(m_tableView) : m_picture);
    m_tableButton->setChecked(visible);
    m_legend->setVisible(!visible && !m_legend->entries().isEmpty());
}

void ChartCard::setQuiet(bool quiet)
{
    if (quiet)
        setTableVisible(false);
    m_tableButton->setVisible(!quiet);
}

void ChartCard::showMenu(const QPoint &at)
{
    QMenu menu(this);
    menu.addAction(isTableVisible() ? tr("View as chart") : tr("View as table"), this,
                   [this] { setTableVisible(!isTableVisible()); });
    menu.addAction(tr("Copy summary"), this, [this] { QApplication::clipboard()->setText(summary()); });
    menu.addAction(tr("Copy picture"), this, [this] { QApplication::clipboard()->setPixmap(grab()); });
    addToMenu(&menu);
    menu.exec(at);
}

} // namespace retryscope
