// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/eventspage.h"

#include "delegates/eventdelegate.h"
#include "pages/filterbar.h"
#include "pages/storypane.h"
#include "widgets/placeholder.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QScrollBar>
#include <QScopedValueRollback>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int olderBatch = 5'000;
constexpr int sideBySideWidth = 1250;  ///< from here the story stands beside the table

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

QString number(qint64 n) { return QLocale().toString(n); }

} // namespace

EventsPage::EventsPage(const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_model(new EventModel(this)), m_delegate(new EventDelegate(theme, this)), m_filters(new FilterBar), m_table(new QTableView), m_story(new StoryPane(theme)),
      m_split(new QSplitter(Qt::Vertical)), m_stack(new QStackedWidget), m_find(new QLineEdit), m_findResult(new QLabel), m_count(new QLabel), m_message(new QLabel), m_emptyText(new QLabel),
      m_finder(new EventFinder(*m_model, this)), m_export(new ExportJob(this))
{
    buildTable();
    m_stack->addWidget(m_table);
    m_stack->addWidget(buildEmpty());
    m_split->setObjectName(QStringLiteral("eventsSplitter"));
    m_split->addWidget(m_stack);
    m_split->addWidget(m_story);
    m_split->setStretchFactor(0, 3);
    m_split->setStretchFactor(1, 2);
    m_split->setChildrenCollapsible(false);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 8);
    column->setSpacing(8);
    column->addLayout(buildTools());
    column->addWidget(m_filters);
    column->addWidget(m_split, 1);
    column->addLayout(buildFooter());
    connect(&theme, &Theme::changed, this, &EventsPage::refreshFooter);
    connect(m_finder, &EventFinder::found, this, [this](int row) {
        m_findResult->setText(tr("row %1 of %2").arg(number(row + 1), number(m_model->rowCount())));
        select(m_model->keyOfRow(row));
    });
    connect(m_finder, &EventFinder::missed, this, [this] { m_findResult->setText(tr("not found")); });
    connect(m_filters, &FilterBar::filterChanged, this, &EventsPage::applyFilter);
    connect(m_story, &StoryPane::callRequested, this, [this](CallId call) {
        EventFilter filter = m_filters->filter();
        filter.call = call;
        setFilter(filter);
    });
    connect(m_export, &ExportJob::progressed, this, [this](int percent) { say(tr("Saving … %1 %").arg(percent)); });
    connect(m_export, &ExportJob::finished, this, [this](bool, const QString &sentence) {
        m_stop->hide();
        say(sentence);
    });
    refreshFooter();
}

void EventsPage::buildTable()
{
    m_table->setModel(m_model);
    m_table->setItemDelegate(m_delegate);
    m_table->setObjectName(QStringLiteral("eventsTable"));
    m_table->setAccessibleName(tr("Events"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerItem);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(int(fontMetrics().height() * 1.7));
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    const std::array samples{"00:00:00.000 ", "attempt finished_", "0000000", "Attempt_", "anthropic · SIM_", "__Malformed answer", "Status_", "000 ms__"};
    for (int i = 0; i < int(samples.size()); ++i)
        m_table->setColumnWidth(i, int(fontMetrics().horizontalAdvance(QString::fromUtf8(samples[std::size_t(i)])) * 1.06) + 8);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &EventsPage::showStory);
    connect(m_model, &EventModel::rowsRemoved, this, [this](const QModelIndex &, int first, int last) { onRowsLeft(first, last); });
    connect(m_table->verticalScrollBar(), &QScrollBar::valueChanged, this, [this](int value) {
        if (!m_moving)
            setFollowing(value == m_table->verticalScrollBar()->maximum());
    });
    connect(m_table->verticalScrollBar(), &QScrollBar::rangeChanged, this, [this](int, int last) {
        const QScopedValueRollback moving(m_moving, true);
        if (m_following)
            m_table->verticalScrollBar()->setValue(last);
    });
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
    m_find->setAccessibleName(tr("Find in events"));
    m_find->setClearButtonEnabled(true);
    m_find->setMaximumWidth(360);
    m_findResult->setObjectName(QStringLiteral("findResult"));
    m_findResult->setForegroundRole(QPalette::PlaceholderText);
    auto *previous = tool("findPrevious", QStringLiteral("▲"), tr("Previous match (Shift+F3)"));
    auto *next = tool("findNext", QStringLiteral("▼"), tr("Next match (F3)"));
    auto *saveButton = tool("saveEvents", tr("Save ▾"), tr("Save what is shown to a file"));
    saveButton->setPopupMode(QToolButton::InstantPopup);
    auto *menu = new QMenu(saveButton);
    menu->addAction(tr("JSON Lines …"), this, [this] { save(EventFormat::JsonLines); })->setObjectName(QStringLiteral("saveJsonLines"));
    menu->addAction(tr("CSV …"), this, [this] { save(EventFormat::Csv); })->setObjectName(QStringLiteral("saveCsv"));
    menu->addAction(tr("HAR 1.2 …"), this, [this] { save(EventFormat::Har); })->setObjectName(QStringLiteral("saveHar"));
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
    m_older = tool("loadOlder", tr("Load older"), tr("Load events from before the first one in memory"));
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

void EventsPage::setProviders(const ProviderConfigs &providers)
{
    m_providers = providers;
    m_filters->setProviders(providers);
}

void EventsPage::onEvents(const Events &events)
{
    if (events.isEmpty())
        return;
    const QScopedValueRollback moving(m_moving, true);
    const qint64 before = m_model->rowCount() ? m_model->keyOfRow(m_model->rowCount() - 1) : -1;
    m_newest = events.last().wall;
    m_filters->setNow(m_newest);
    m_model->append(events);
    if (m_following) {
        if (isVisible())
            m_table->scrollToBottom();
    } else {
        for (int row = m_model->rowCount() - 1; row >= 0 && m_model->keyOfRow(row) > before; --row)
            ++m_missed;
    }
    refreshFooter();
}

void EventsPage::setFilter(const EventFilter &filter) { m_filters->setFilter(filter); }

void EventsPage::applyFilter(const EventFilter &filter)
{
    const qint64 selected = m_selected;
    {
        const QScopedValueRollback moving(m_moving, true);
        m_model->releaseOlder(); // they were asked for with the old filter
        m_model->setFilter(filter);
        m_noMore = false;
        m_missed = 0;
        m_finder->stop();
        m_findResult->clear();
        if (m_model->rowOfKey(selected) >= 0)
            select(selected);
        if (m_following)
            m_table->scrollToBottom();
    }
    refreshFooter();
}

void EventsPage::select(qint64 key)
{
    const int row = m_model->rowOfKey(key);
    if (row < 0)
        return;
    m_table->selectionModel()->setCurrentIndex(m_model->index(row, 0), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_table->scrollTo(m_model->index(row, 0));
}

void EventsPage::showStory()
{
    const QModelIndex index = m_table->currentIndex();
    if (!index.isValid())
        return;
    m_selected = m_model->keyOfRow(index.row());
    const Event &event = m_model->at(index.row());
    if (event.call)
        m_story->show(tr("Call %1").arg(event.call.value), m_model->ofCall(event.call));
    else
        m_story->show(tr("Outside any call"), {event});
}

void EventsPage::onRowsLeft(int first, int last)
{
    // What is read must not slide away under the eyes when old rows leave in front of it.
    QScrollBar *bar = m_table->verticalScrollBar();
    if (first == 0 && !m_following)
        bar->setValue(std::max(0, bar->value() - (last - first + 1)));
}

void EventsPage::setFollowing(bool on)
{
    if (m_following == on)
        return;
    m_following = on;
    m_missed = 0;
    refreshFooter();
}

void EventsPage::jumpToNewest()
{
    {
        const QScopedValueRollback moving(m_moving, true);
        m_model->releaseOlder();
        m_noMore = false;
        m_table->scrollToBottom();
    }
    setFollowing(true);
    m_table->setFocus();
}

void EventsPage::copyStory()
{
    if (m_story->text().isEmpty())
        return say(tr("Select an event first: its call's story is copied."));
    m_story->copy();
    say(tr("The story is on the clipboard."));
}

void EventsPage::refreshFooter()
{
    const int shown = m_model->rowCount(), total = m_model->total();
    QString text = shown == total ? tr("%1 events").arg(number(total)) : tr("%1 of %2 events match").arg(number(shown), number(total));
    if (m_model->dropped())
        text += tr(" · %1 older ones left memory").arg(number(qint64(m_model->dropped())));
    m_count->setText(text);
    m_jump->setText(m_missed ? tr("Jump to newest (%1 new)").arg(number(m_missed)) : tr("Jump to newest"));
    m_jump->setAccessibleName(m_jump->text());
    m_jump->setVisible(!m_following);
    m_older->setVisible(m_source && !m_noMore && total > 0);
    m_stack->setCurrentIndex(shown ? 0 : 1);
    m_emptyText->setText(total ? placeholder(m_theme, tr("0 of %1 events match").arg(number(total)), tr("The filters leave nothing to show."))
                               : placeholder(m_theme, tr("Nothing yet"), tr("Send a prompt on the Test page, or cause an outage on the dashboard.")));
    m_clear->setVisible(!m_model->filter().isEmpty());
}

void EventsPage::say(const QString &text) { m_message->setText(text); }

void EventsPage::focusFind()
{
    m_find->setFocus(Qt::ShortcutFocusReason);
    m_find->selectAll();
}

void EventsPage::find(EventFinder::Direction direction)
{
    if (m_find->text().isEmpty())
        return focusFind();
    if (!m_model->rowCount())
        return;
    m_findResult->setText(tr("searching …"));
    m_finder->find(m_find->text(), m_table->currentIndex().row(), direction);
}

void EventsPage::save(EventFormat format)
{
    if (m_export->isRunning())
        return say(tr("A file is being saved already. Stop it first, or wait."));
    const std::array filters{tr("JSON Lines (*.jsonl)"), tr("CSV (*.csv)"), tr("HTTP archive (*.har)")};
    const auto events = m_model->shown();
    const bool simulated = std::any_of(events.begin(), events.end(), [](const EventPtr &e) { return e->simulated; });
    const QString name = (simulated ? QStringLiteral("retryscope-simulated-events.") : QStringLiteral("retryscope-events.")) + suffixOf(format);
    const QString path = m_choose(this, name, filters[std::size_t(format)]);
    if (path.isEmpty())
        return;
    ExportOptions options;
    options.version = QStringLiteral(RETRYSCOPE_VERSION);
    for (const ProviderConfig &p : std::as_const(m_providers))
        options.endpoints.insert(p.id, p.baseUrl);
    say(tr("Saving …"));
    m_stop->show();
    m_export->start(path, ExportJob::saveEvents(events, format, path, options));
}

void EventsPage::setOlderEvents(OlderEventsSource *source)
{
    if (m_source)
        disconnect(m_source, nullptr, this, nullptr);
    m_source = source;
    if (source) {
        connect(source, &OlderEventsSource::arrived, this, &EventsPage::onOlder);
        connect(source, &OlderEventsSource::failed, this, [this](const QString &problem) {
            m_older->setEnabled(true);
            say(problem);
        });
    }
    refreshFooter();
}

void EventsPage::onOlder(const Events &events, bool more)
{
    m_older->setEnabled(true);
    m_noMore = !more || m_model->olderLoaded() + events.size() >= EventModel::olderCapacity;
    const QScopedValueRollback moving(m_moving, true);
    const int top = m_table->rowAt(0);
    const qint64 key = top >= 0 ? m_model->keyOfRow(top) : -1;
    m_model->prepend(events);
    m_following = m_following && events.isEmpty();
    m_table->doItemsLayout(); // the scroll bar learns of the new rows
    if (key >= 0 && !m_following)
        m_table->scrollTo(m_model->index(m_model->rowOfKey(key), 0), QAbstractItemView::PositionAtTop);
    refreshFooter();
    say(events.isEmpty() ? tr("There are no older events that match.") : tr("%1 older events loaded.").arg(number(events.size())));
}

void EventsPage::loadOlder()
{
    const Event *oldest = m_model->oldest();
    if (!oldest)
        return;
    m_older->setEnabled(false);
    say(tr("Loading older events …"));
    m_source->request(m_model->filter(), oldest->wall, oldest->seq, olderBatch);
}

void EventsPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const Qt::Orientation orientation = width() >= sideBySideWidth ? Qt::Horizontal : Qt::Vertical;
    if (m_split->orientation() != orientation || !m_laidOut) {
        m_laidOut = true;
        m_split->setOrientation(orientation);
        const int all = orientation == Qt::Horizontal ? width() : height();
        m_split->setSizes({all * 6 / 10, all * 4 / 10});
    }
    // The sentence says these too; in a narrow table it needs the room more.
    const int table = orientation == Qt::Horizontal ? width() * 6 / 10 : width();
    for (const int column : {EventModel::AttemptNumber, EventModel::Status, EventModel::Took})
        m_table->setColumnHidden(column, table < fontMetrics().averageCharWidth() * 140);
    m_table->setColumnHidden(EventModel::Kind, table < fontMetrics().averageCharWidth() * 120);
}

void EventsPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    const QScopedValueRollback moving(m_moving, true);
    if (m_following)
        m_table->scrollToBottom();
}

void EventsPage::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && !m_find->text().isEmpty()) {
        m_find->clear();
        m_table->setFocus();
        return;
    }
    if (event->key() == Qt::Key_End && event->modifiers() == Qt::ControlModifier)
        return jumpToNewest();
    QWidget::keyPressEvent(event);
}

} // namespace retryscope
