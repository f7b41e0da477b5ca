// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/eventspage.h"

#include "delegates/calldelegate.h"
#include "pages/filterbar.h"
#include "pages/storypane.h"
#include "widgets/placeholder.h"
#include "words/labels.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QScrollBar>
#include <QScopedValueRollback>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int olderBatch = 5'000;

QString number(qint64 n) { return QLocale().toString(n); }

/// What older calls are asked for with: they come whole, and the rest of a filter is looked at here.
EventFilter askedOfHistory(const EventFilter &filter)
{
    EventFilter asked;
    asked.from = filter.from;
    asked.simulated = filter.simulated;
    asked.call = filter.call;
    return asked;
}

/// Older calls that came under the first filter are also all that there are under the second.
bool holdsFor(const EventFilter &before, const EventFilter &filter)
{
    const EventFilter asked = askedOfHistory(before);
    return asked.isEmpty() || asked == askedOfHistory(filter);
}

} // namespace

EventsPage::EventsPage(const Theme &theme, CallModel *calls, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_model(calls ? calls : new CallModel), m_delegate(new CallDelegate(theme, this)),
      m_filters(new FilterBar), m_table(new QTreeView), m_story(new StoryPane(theme)),
      m_split(new QSplitter(Qt::Vertical)), m_stack(new QStackedWidget), m_find(new QLineEdit),
      m_findResult(new QLabel), m_count(new QLabel), m_message(new QLabel), m_emptyText(new QLabel),
      m_finder(new EventFinder(*m_model, this)), m_export(new ExportJob(this))
{
    m_model->setParent(this);
    buildTable();
    m_stack->addWidget(m_table);
    m_stack->addWidget(buildEmpty());
    m_split->setObjectName(QStringLiteral("eventsSplitter"));
    m_split->setProperty("cards", true);
    m_split->addWidget(m_stack);
    m_split->addWidget(m_story);
    m_split->setStretchFactor(0, 3);
    m_split->setStretchFactor(1, 2);
    m_split->setChildrenCollapsible(false);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::page, 12, Theme::page, 8);
    column->setSpacing(8);
    column->addLayout(buildTools());
    column->addWidget(m_filters);
    column->addWidget(m_split, 1);
    column->addLayout(buildFooter());
    connect(&theme, &Theme::changed, this, &EventsPage::refreshFooter);
    connect(m_finder, &EventFinder::found, this, [this](int row) {
        m_findResult->setText(tr("%1 of %2").arg(number(row + 1), number(m_model->rowCount())));
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
    auto *newest = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_End), this, nullptr, nullptr,
                                 Qt::WidgetWithChildrenShortcut); // before the table takes it
    connect(newest, &QShortcut::activated, this, &EventsPage::jumpToNewest);
    if (const auto last = m_model->newest())
        m_filters->setNow(last->wall);
    refreshFooter();
}

bool EventsPage::atNewest() const
{
    return m_table->verticalScrollBar()->value() == m_table->verticalScrollBar()->maximum()
           && !m_table->selectionModel()->hasSelection();
}

/// The table's parts speak on while they are taken apart, and nobody is there to listen.
EventsPage::~EventsPage()
{
    for (QObject *part :
         {static_cast<QObject *>(m_table->header()), static_cast<QObject *>(m_table->verticalScrollBar()),
          static_cast<QObject *>(m_table), static_cast<QObject *>(m_table->selectionModel())})
        part->disconnect(this);
}

void EventsPage::setProviders(const ProviderConfigs &providers)
{
    m_providers = providers;
    m_filters->setProviders(providers);
    ProviderNames names = m_model->names();
    learnNames(names, providers);
    setNames(names);
}

void EventsPage::setNames(const ProviderNames &names)
{
    m_model->setNames(names);
    showStory();
}

void EventsPage::onEvents(const Events &events)
{
    if (events.isEmpty())
        return;
    const QScopedValueRollback moving(m_moving, true);
    const int before = m_model->rowCount();
    int left = 0;
    const auto counter =
        connect(m_model, &QAbstractItemModel::rowsRemoved, this, [&](const QModelIndex &parent, int first, int last) {
            left += parent.isValid() ? 0 : last - first + 1;
        });
    m_filters->setNow(events.last().wall);
    m_model->append(events);
    disconnect(counter);
    if (isFollowing()) {
        if (isVisible())
            m_table->scrollToBottom();
    } else {
        m_missed += m_model->rowCount() + left - before;
    }
    if (const QModelIndex current = m_table->currentIndex();
        current.isValid() && m_table->selectionModel()->hasSelection()
        && qsizetype(m_model->rowOf(current).events.size()) != m_told)
        showStory(); // it went on, or ended
    refreshFooter();
}

void EventsPage::setFilter(const EventFilter &filter) { m_filters->setFilter(filter); }

void EventsPage::applyFilter(const EventFilter &filter)
{
    const qint64 selected = m_selected;
    {
        const QScopedValueRollback moving(m_moving, true);
        const bool holds = holdsFor(m_model->filter(), filter);
        if (!holds)
            m_model->releaseOlder();
        m_model->setFilter(filter);
        if (!holds) {
            m_held.clear();
            m_noMore = m_pastAsked = false;
            say({});
        }
        m_missed = 0;
        m_finder->stop();
        m_findResult->clear();
        if (m_model->rowOfKey(selected) >= 0)
            select(selected);
        if (isFollowing())
            m_table->scrollToBottom();
        fitColumns();
    }
    refreshFooter();
    showPast();
}

void EventsPage::select(qint64 key)
{
    const int row = m_model->rowOfKey(key);
    if (row < 0)
        return;
    m_table->selectionModel()->setCurrentIndex(m_model->index(row, 0),
                                               QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_table->scrollTo(m_model->index(row, 0));
}

void EventsPage::showStory()
{
    const QModelIndex index = m_table->currentIndex();
    if (!index.isValid() || !m_table->selectionModel()->hasSelection())
        return; // getting the focus makes a row current, but nobody chose it
    const CallRow &row = m_model->rowOf(index);
    m_selected = row.key;
    m_told = qsizetype(row.events.size());
    setFollowing(false);
    if (row.isCall())
        m_story->show(row.simulated ? tr("Call %1 · simulated").arg(row.call.value) : tr("Call %1").arg(row.call.value),
                      m_model->eventsOf(row), m_model->names());
    else
        m_story->show(row.simulated ? tr("Outside any call · simulated") : tr("Outside any call"),
                      m_model->eventsOf(row), m_model->names());
}

void EventsPage::onRowsLeft(const QModelIndex &parent, int first, int last)
{
    // What is read must not slide away under the eyes when old rows leave in front of it.
    QScrollBar *bar = m_table->verticalScrollBar();
    if (!parent.isValid() && first == 0 && !isFollowing()) {
        const QScopedValueRollback moving(m_moving, true);
        m_table->doItemsLayout();
        bar->setValue(std::max(0, bar->value() - (last - first + 1)));
    }
}

void EventsPage::onHover(bool over)
{
    if (m_hovered == over)
        return;
    m_hovered = over;
    if (!over && m_following) { // nothing is aimed at any more
        m_missed = 0;
        const QScopedValueRollback moving(m_moving, true);
        m_table->scrollToBottom();
    }
    refreshFooter();
}

bool EventsPage::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_table->viewport()) {
        if (event->type() == QEvent::Enter || event->type() == QEvent::MouseMove)
            onHover(true);
        else if (event->type() == QEvent::Leave)
            onHover(false);
    }
    return QWidget::eventFilter(watched, event);
}

void EventsPage::setFollowing(bool on)
{
    if (m_following == on)
        return;
    m_following = on;
    if (on)
        m_missed = 0;
    refreshFooter();
}

void EventsPage::jumpToNewest()
{
    {
        const QScopedValueRollback moving(m_moving, true);
        m_table->selectionModel()->clear();
        m_selected = -1;
        m_story->show({}, {});
        m_model->releaseOlder();
        m_held.clear();
        m_noMore = m_pastAsked = false;
        m_table->scrollToBottom();
        m_table->selectionModel()->setCurrentIndex(m_model->index(m_model->rowCount() - 1, 0),
                                                   QItemSelectionModel::NoUpdate); // the arrow keys begin here
    }
    m_missed = 0;
    setFollowing(true);
    m_table->setFocus();
    refreshFooter();
    showPast();
}

void EventsPage::copyStory()
{
    if (m_story->text().isEmpty())
        return say(tr("Select a call first: its story is copied."));
    m_story->copy();
    say(tr("The story is on the clipboard."));
}

void EventsPage::refreshFooter()
{
    const int shown = m_model->rowCount(), total = m_model->calls(), events = m_model->events();
    const QString calls = callsText(quint64(total));
    QString text = m_model->filter().isEmpty()
                       ? tr("%1, %2").arg(calls, counted(quint64(events), tr("1 event"), tr("%1 events")))
                       : tr("%1 · %2 in all") // rows that are no calls may make more than those
                             .arg(counted(quint64(shown), tr("1 row matches"), tr("%1 rows match")), calls);
    if (const quint64 gone = m_model->dropped())
        text += QStringLiteral(" · ") + counted(gone, tr("1 older event left memory"), tr("%1 older events left memory"));
    m_count->setText(text);
    m_jump->setText(m_missed ? tr("%1 new ↓").arg(number(m_missed)) : tr("Jump to newest ↓"));
    m_jump->setAccessibleName(m_missed ? tr("%1 new, jump to the newest").arg(number(m_missed)) : tr("Jump to newest"));
    m_jump->setToolTip(tr("Jump to the newest and follow (Ctrl+End)"));
    m_jump->setVisible(m_missed > 0 || !m_following);
    m_older->setVisible(m_source && !m_noMore);
    m_stack->setCurrentIndex(shown ? 0 : 1);
    m_emptyText->setText(emptyText());
    m_clear->setVisible(!m_model->filter().isEmpty());
}

/// Why no row is shown.
QString EventsPage::emptyText() const
{
    if (m_source && !m_older->isEnabled())
        return placeholder(m_theme, tr("Loading earlier calls …"), tr("They are read from the history."));
    if (m_model->events() == 0)
        return placeholder(m_theme, tr("Nothing yet"),
                           tr("Every call appears here with its way through the providers. Send a prompt on the Test "
                              "page, or send traffic here."));
    return placeholder(m_theme, tr("0 of %1 match").arg(callsText(quint64(m_model->calls()))),
                       m_source && !m_noMore
                           ? tr("The filters leave nothing to show. Older calls may match: load them below.")
                           : tr("The filters leave nothing to show."));
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
    const QModelIndex current = m_table->currentIndex();
    m_finder->find(m_find->text(), current.isValid() ? m_model->rowOfKey(m_model->rowOf(current).key) : -1, direction);
}

void EventsPage::save(EventFormat format)
{
    if (m_export->isRunning())
        return say(tr("A file is being saved already. Stop it first, or wait."));
    const std::array filters{tr("JSON Lines (*.jsonl)"), tr("CSV (*.csv)"), tr("HTTP archive (*.har)")};
    EventStore::Snapshot events = m_model->shownEvents();
    const bool simulated =
        std::any_of(events.events.begin(), events.events.end(), [](const PackedEvent &e) { return e.simulated; });
    const QString name =
        (simulated ? QStringLiteral("retryscope-simulated-calls.") : QStringLiteral("retryscope-calls."))
        + suffixOf(format);
    const QString path = m_choose(this, name, filters[std::size_t(format)]);
    if (path.isEmpty())
        return;
    ExportOptions options;
    options.version = QStringLiteral(RETRYSCOPE_VERSION);
    for (const ProviderConfig &p : std::as_const(m_providers))
        options.endpoints.insert(p.id, p.baseUrl);
    say(tr("Saving …"));
    m_stop->show();
    m_export->start(path, ExportJob::saveEvents(std::move(events), format, path, options));
}

void EventsPage::setOlderEvents(OlderEventsSource *source)
{
    if (m_source)
        disconnect(m_source, nullptr, this, nullptr);
    m_source = source;
    m_pastAsked = false;
    m_older->setEnabled(true);
    if (source) {
        connect(source, &OlderEventsSource::arrived, this, &EventsPage::onOlder);
        connect(source, &OlderEventsSource::failed, this, [this](const QString &problem) {
            m_older->setEnabled(true);
            say(problem);
            refreshFooter();
        });
    }
    refreshFooter();
    showPast();
}

/// Calls come whole: what began before the loaded part waits for the next one.
void EventsPage::onOlder(const Events &events, bool more)
{
    m_older->setEnabled(true);
    if (!holdsFor(m_asked, m_model->filter())) { // another filter was set meanwhile
        say({});
        refreshFooter();
        return showPast();
    }
    Events all = events + std::exchange(m_held, {});
    if (more) {
        QSet<std::pair<qint64, quint64>> begun;
        for (const Event &e : std::as_const(all)) {
            if (e.kind == EventKind::CallSubmitted)
                begun.insert({e.run, e.call.value});
        }
        const auto whole = std::stable_partition(all.begin(), all.end(), [&](const Event &e) {
            return !e.call || begun.contains({e.run, e.call.value});
        });
        m_held = Events(whole, all.end());
        all.erase(whole, all.end());
    }
    m_noMore = !more || m_model->olderLoaded() + all.size() >= CallModel::olderCapacity;
    const QScopedValueRollback moving(m_moving, true);
    const QModelIndex top = m_table->indexAt(QPoint(4, 4));
    const qint64 key = top.isValid() ? m_model->rowOf(top).key : -1;
    const int before = m_model->calls();
    m_model->prepend(all);
    m_following = m_following && (all.isEmpty() || before == 0); // where nothing was, the newest of them is the newest
    m_table->doItemsLayout(); // the scroll bar learns of the new rows
    if (key >= 0 && !m_following)
        m_table->scrollTo(m_model->index(m_model->rowOfKey(key), 0), QAbstractItemView::PositionAtTop);
    else if (m_following)
        m_table->scrollToBottom();
    refreshFooter();
    say(events.isEmpty() ? tr("There are no older calls.")
                         : counted(quint64(m_model->calls() - before), tr("1 older call loaded."),
                                   tr("%1 older calls loaded.")));
}

/// Where the window has no calls of its own, as after a start, the last ones of before are what there is to see.
void EventsPage::showPast()
{
    if (!m_source || !isVisible() || m_pastAsked || m_model->calls() > 0)
        return;
    if (!m_older->isEnabled())
        return; // its answer comes here again
    m_pastAsked = true;
    loadOlder();
}

void EventsPage::loadOlder()
{
    std::optional<Event> oldest = m_model->oldest();
    if (!m_held.isEmpty()
        && (!oldest || m_held.first().wall < oldest->wall
            || (m_held.first().wall == oldest->wall && m_held.first().seq < oldest->seq)))
        oldest = m_held.first();
    m_asked = m_model->filter();
    m_older->setEnabled(false);
    say(tr("Loading older calls …"));
    refreshFooter();
    m_source->request(askedOfHistory(m_asked), oldest ? oldest->wall : WallTime::max(),
                      oldest ? oldest->seq : 0, olderBatch);
}

void EventsPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    const QScopedValueRollback moving(m_moving, true);
    if (isFollowing())
        m_table->scrollToBottom();
    showPast();
}

void EventsPage::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && !m_find->text().isEmpty()) {
        m_find->clear();
        m_table->setFocus();
        return;
    }
    if (event->key() == Qt::Key_Escape && m_table->selectionModel()->hasSelection())
        return jumpToNewest();
    QWidget::keyPressEvent(event);
}

} // namespace retryscope
