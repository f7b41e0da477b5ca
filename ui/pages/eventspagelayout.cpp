// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// How the Calls page is built and laid out; what it does stands in eventspage.cpp.
#include "pages/eventspage.h"

#include "delegates/calldelegate.h"
#include "pages/filterbar.h"
#include "theme/theme.h"

#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QSettings>
#include <QSplitter>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int sideBySideWidth = 1000; ///< from here the story stands beside the calls
const QString columnsKey = QStringLiteral("calls/columns");

QToolButton *tool(const char *name, const QString &text, const QString &description = {})
{
    auto *button = new QToolButton;
    button->setObjectName(QLatin1String(name));
    button->setText(text);
    if (!description.isEmpty()) {
        button->setAccessibleName(description);
        button->setToolTip(description);
    }
    return button;
}

} // namespace

void EventsPage::buildTable()
{
    m_table->setModel(m_model);
    m_table->setItemDelegate(m_delegate);
    m_table->setObjectName(QStringLiteral("callsTable"));
    m_table->setAccessibleName(tr("Calls"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setUniformRowHeights(true);
    m_table->setAllColumnsShowFocus(true);
    m_table->setIndentation(int(fontMetrics().height() * 0.9));
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerItem);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->viewport()->installEventFilter(this);
    QHeaderView *header = m_table->header();
    header->setStretchLastSection(false);
    header->setHighlightSections(false);
    header->setMinimumSectionSize(40);
    header->setSectionsMovable(false);
    header->setSectionResizeMode(CallModel::Route, QHeaderView::Stretch);
    restoreColumns();
    connect(header, &QHeaderView::sectionResized, this,
            [this](int section) { m_columnsMoved |= isVisible() && section != CallModel::Route && m_laidOut; });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &EventsPage::showStory);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &EventsPage::showStory); // a click makes a row current first
    connect(m_table, &QTreeView::expanded, m_model, &CallModel::open);
    connect(m_model, &QAbstractItemModel::rowsRemoved, this, &EventsPage::onRowsLeft);
    connect(m_table->verticalScrollBar(), &QScrollBar::valueChanged, this, [this] {
        if (!m_moving)
            setFollowing(atNewest());
    });
    connect(m_table->verticalScrollBar(), &QScrollBar::rangeChanged, this, [this](int, int last) {
        const QScopedValueRollback moving(m_moving, true);
        if (isFollowing())
            m_table->verticalScrollBar()->setValue(last);
    });
}

void EventsPage::restoreColumns()
{
    const std::array samples{"00 Mmm 0000 00:00",
                             "✓ second choice, 2 skipped", "", "__Malformed answer", "0,000 ms", "First token_",
                             "0000 → 0000_", "unknown__"};
    for (int i = 0; i < int(samples.size()); ++i) {
        if (i != CallModel::Route)
            m_table->setColumnWidth(i,
                                    fontMetrics().horizontalAdvance(QString::fromUtf8(samples[std::size_t(i)]))
                                        + Theme::cellMargins);
    }
    const QStringList widths = QSettings().value(columnsKey).toStringList();
    for (int i = 0; i < widths.size() && i < CallModel::ColumnCount; ++i) {
        if (const int width = widths[i].toInt(); i != CallModel::Route && width >= 40 && width <= 1'000)
            m_table->setColumnWidth(i, width);
    }
}

QWidget *EventsPage::buildEmpty()
{
    auto *empty = new QWidget;
    m_emptyText->setObjectName(QStringLiteral("eventsEmpty"));
    m_emptyText->setAlignment(Qt::AlignCenter);
    m_emptyText->setWordWrap(true);
    m_clear = tool("clearFilters", tr("Clear filters"));
    connect(m_clear, &QToolButton::clicked, this, [this] { setFilter({}); });
    auto *column = new QVBoxLayout(empty);
    column->addStretch();
    column->addWidget(m_emptyText);
    column->addWidget(m_clear, 0, Qt::AlignHCenter);
    column->addStretch();
    return empty;
}

QLayout *EventsPage::buildTools()
{
    m_find->setObjectName(QStringLiteral("findEdit"));
    m_find->setPlaceholderText(tr("Find in what is shown (Ctrl+F)"));
    m_find->setAccessibleName(tr("Find in calls"));
    m_find->setClearButtonEnabled(true);
    m_find->setMaximumWidth(360);
    m_findResult->setObjectName(QStringLiteral("findResult"));
    m_findResult->setForegroundRole(QPalette::PlaceholderText);
    auto *previous = tool("findPrevious", QStringLiteral("▲"), tr("Previous match (Shift+F3)"));
    auto *next = tool("findNext", QStringLiteral("▼"), tr("Next match (F3)"));
    auto *saveButton = tool("saveEvents", tr("Save ▾"), tr("Save what is shown to a file"));
    saveButton->setPopupMode(QToolButton::InstantPopup);
    auto *menu = new QMenu(saveButton);
    menu->addAction(tr("JSON Lines …"), this, [this] { save(EventFormat::JsonLines); })
        ->setObjectName(QStringLiteral("saveJsonLines"));
    menu->addAction(tr("CSV …"), this, [this] { save(EventFormat::Csv); })->setObjectName(QStringLiteral("saveCsv"));
    menu->addAction(tr("HAR 1.2 …"), this, [this] { save(EventFormat::Har); })
        ->setObjectName(QStringLiteral("saveHar"));
    saveButton->setMenu(menu);
    connect(previous, &QToolButton::clicked, this, &EventsPage::findPrevious);
    connect(next, &QToolButton::clicked, this, &EventsPage::findNext);
    connect(m_find, &QLineEdit::returnPressed, this, &EventsPage::findNext);
    connect(m_find, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_delegate->setNeedle(text);
        m_findResult->clear();
        m_table->viewport()->update();
    });
    auto *row = new QHBoxLayout;
    row->addWidget(m_filters->button());
    row->addWidget(m_find, 1);
    row->addWidget(previous);
    row->addWidget(next);
    row->addWidget(m_findResult);
    row->addStretch();
    row->addWidget(saveButton);
    return row;
}

QLayout *EventsPage::buildFooter()
{
    m_count->setObjectName(QStringLiteral("eventsCount"));
    m_count->setForegroundRole(QPalette::PlaceholderText);
    m_message->setObjectName(QStringLiteral("eventsMessage"));
    m_message->setWordWrap(true);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_older = tool("loadOlder", tr("Load older"), tr("Load calls from before the first one in memory"));
    m_stop = tool("stopSaving", tr("Stop"), tr("Stop saving"));
    m_jump = tool("jumpToNewest", {});
    m_older->hide();
    m_stop->hide();
    m_jump->hide();
    connect(m_older, &QToolButton::clicked, this, &EventsPage::loadOlder);
    connect(m_stop, &QToolButton::clicked, m_export, &ExportJob::stop);
    connect(m_jump, &QToolButton::clicked, this, &EventsPage::jumpToNewest);
    auto *row = new QHBoxLayout;
    row->addWidget(m_count);
    row->addWidget(m_older);
    row->addWidget(m_message, 1);
    row->addWidget(m_stop);
    row->addWidget(m_jump);
    return row;
}

void EventsPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const Qt::Orientation orientation = width() >= sideBySideWidth ? Qt::Horizontal : Qt::Vertical;
    if (m_split->orientation() != orientation || !m_laidOut) {
        m_laidOut = true;
        m_split->setOrientation(orientation);
        const bool wide = orientation == Qt::Horizontal;
        const int all = wide ? width() : height(), table = wide ? tableWidth() : all * 6 / 10;
        m_split->setSizes({table, all - table});
    }
    fitColumns();
}

/// The story says these too; in a narrow table the route needs the room more.
void EventsPage::fitColumns()
{
    const int table = m_split->orientation() == Qt::Horizontal ? tableWidth() : width();
    const int unit = fontMetrics().averageCharWidth();
    m_table->setColumnHidden(CallModel::FirstToken, table < unit * 160);
    m_table->setColumnHidden(CallModel::Tokens, table < unit * 145);
    m_table->setColumnHidden(CallModel::Reason, table < unit * 120);
    m_table->setColumnHidden(CallModel::Cost, table < unit * 105);
}

void EventsPage::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    if (!std::exchange(m_columnsMoved, false))
        return;
    const QStringList before = QSettings().value(columnsKey).toStringList();
    QStringList widths;
    for (int i = 0; i < CallModel::ColumnCount; ++i)
        widths << (m_table->isColumnHidden(i) ? before.value(i) : QString::number(m_table->columnWidth(i)));
    QSettings().setValue(columnsKey, widths);
}

} // namespace retryscope
