// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mainwindow.h"

#include "base/systemclock.h"
#include "config/configurationdraft.h"
#include "engine/credentials.h"
#include "keys/keyring.h"
#include "models/answerkeeper.h"
#include "models/callmodel.h"
#include "models/incidentkeeper.h"
#include "notices/desktopnotifier.h"
#include "notices/incidentnotices.h"
#include "notices/noticecenter.h"
#include "notices/statustray.h"
#include "notices/windownotifier.h"
#include "pages/batchpage.h"
#include "pages/benchshare.h"
#include "pages/eventspage.h"
#include "pages/explaindialog.h"
#include "pages/healthheader.h"
#include "pages/incidentspage.h"
#include "pages/providerspage.h"
#include "pages/testpage.h"
#include "pages/tunepage.h"
#include "theme/icons.h"
#include "theme/stylesheet.h"
#include "widgets/captionstrip.h"
#include "widgets/faultbanner.h"
#include "widgets/pagestack.h"
#include "widgets/rememberedstate.h"
#include "widgets/sidebar.h"
#include "widgets/simulatedmark.h"
#include "words/healthwords.h"
#include "words/labels.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QCursor>
#include <QLabel>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QStatusBar>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr qsizetype mostNamesKept = 200; ///< of providers, over a restart

/// Tab goes on to the next control on every page: none keeps it for itself.
void letTabThrough(QWidget *page)
{
    for (QPlainTextEdit *edit : page->findChildren<QPlainTextEdit *>())
        edit->setTabChangesFocus(true);
    for (QTextEdit *edit : page->findChildren<QTextEdit *>())
        edit->setTabChangesFocus(true);
    for (QAbstractItemView *view : page->findChildren<QAbstractItemView *>())
        view->setTabKeyNavigation(false);
}

} // namespace

MainWindow::MainWindow(EngineClient &engine, FaultControl faults, Theme &theme, QWidget *parent)
    : QMainWindow(parent), m_engine(engine), m_faults(std::move(faults)), m_theme(theme),
      m_draft(new ConfigurationDraft(this)), m_pages(new PageStack), m_dashboard(new DashboardPage(m_state, theme)),
      m_calls(new CallModel(this)), m_health(new HealthHeader(theme)), m_simulated(new SimulatedMark),
      m_faultBanner(new FaultBanner(theme)), m_caption(new CaptionStrip(theme)), m_headline(new QVBoxLayout),
      m_status(new QLabel), m_following(new QLabel), m_historyStatus(new QLabel), m_muted(new QLabel),
      m_navigation(new QActionGroup(this)), m_sidebar(new Sidebar(theme)), m_timer(new QTimer(this)),
      m_incidents(new IncidentModel(this)), m_keeper(std::make_unique<IncidentKeeper>(engine, *m_incidents)),
      m_center(nullptr)
{
    setWindowTitle(QStringLiteral("Retryscope"));
    setWindowIcon(applicationIcon());
    resize(1280, 800);
    auto *central = new QWidget;
    m_center = new NoticeCenter(theme, central);
    m_inWindow = std::make_unique<WindowNotifier>(*m_center);
    m_notices = new IncidentNotices(*m_incidents, *m_inWindow, this);
    buildPages();
    auto *top = new QHBoxLayout;
    top->setContentsMargins(0, 8, Theme::page, 0); // the header has its own on the left
    m_headline->setContentsMargins(0, 0, 0, 0);
    m_headline->addWidget(m_health);
    top->addLayout(m_headline, 1);
    top->addWidget(m_simulated, 0, Qt::AlignVCenter);
    m_center->keepClear(m_health); // the first line is read whatever happens
    connect(m_pages, &QStackedWidget::currentChanged, m_center, [this](int page) {
        m_center->foldIncidents(page == Incidents);
        QMetaObject::invokeMethod(m_center, &NoticeCenter::place, Qt::QueuedConnection);
    });
    connect(m_pages, &QStackedWidget::currentChanged, m_caption, &CaptionStrip::onPageChanged);
    auto *column = new QVBoxLayout;
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(top);
    auto *banner = new QVBoxLayout;
    banner->setContentsMargins(Theme::page, 0, Theme::page, 0);
    banner->setSpacing(4);
    banner->addWidget(m_faultBanner);
    banner->addWidget(m_caption);
    column->addLayout(banner);
    column->addWidget(m_pages, 1);
    auto *row = new QHBoxLayout(central);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_sidebar);
    row->addLayout(column, 1);
    setCentralWidget(central);
    m_palette = new CommandPalette(theme, [this] { return commands(); }, central);
    buildStatusBar();
    buildNavigation();
    buildMenus();
    connectDashboard();
    connectPlayedFaults();
    connectIncidents();
    connect(&engine, &EngineClient::eventsArrived, this, [this](const Events &events) {
        m_state.onEvents(events);
        if (m_test) // its calls begin with it
            m_test->onEvents(events);
        showCalls(events);
        if (m_olderEvents)
            m_olderEvents->heard(events);
    });
    connect(&engine, &EngineClient::healthUpdated, this,
            [this](const HealthUpdate &update) {
                m_state.onHealth(update);
                tellRepeats(update.now.calls);
            });
    connect(m_draft, &ConfigurationDraft::applied, this, [this](const Configuration &configuration) {
        m_engine.apply(configuration);
        setConfiguration(configuration);
        emit configurationApplied(configuration);
    });
    connect(m_draft, &ConfigurationDraft::problemChanged, this, &MainWindow::updateNotice);
    connect(&theme, &Theme::changed, this, &MainWindow::restyle);
    m_timer->setInterval(100); // countdowns; the charts keep a slower pace of their own
    connect(m_timer, &QTimer::timeout, this, &MainWindow::watchIncidents);
    connect(m_timer, &QTimer::timeout, this, [this] { if (isVisible() && !isMinimized()) refreshNow(); });
    m_timer->start();
    restyle();
    showPage(Dashboard);
}

MainWindow::~MainWindow() = default;

void MainWindow::buildStatusBar()
{
    for (QLabel *label : {m_status, m_following, m_historyStatus, m_muted})
        label->setFont(Theme::font(TextRole::Axis));
    m_following->setObjectName(QStringLiteral("followingStatus"));
    m_following->setTextFormat(Qt::PlainText);
    m_following->hide();
    m_historyStatus->setObjectName(QStringLiteral("historyStatus"));
    m_muted->setObjectName(QStringLiteral("muteStatus"));
    m_muted->setTextFormat(Qt::RichText);
    m_muted->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
    m_muted->hide();
    statusBar()->addWidget(m_following);
    statusBar()->addWidget(m_status);
    statusBar()->addPermanentWidget(m_center->line());
    m_center->line()->hide(); // the status bar shows what it takes
    statusBar()->addPermanentWidget(m_historyStatus);
    statusBar()->addPermanentWidget(m_muted);
    statusBar()->setSizeGripEnabled(false);
}

void MainWindow::connectDashboard()
{
    if (m_faults)
        connect(m_dashboard, &DashboardPage::faultRequested, this, m_faults);
    else
        m_dashboard->offerNoFaults();
    connect(m_dashboard, &DashboardPage::isolateRequested, this, [this](const QString &id) { m_engine.isolate(id); });
    connect(m_dashboard, &DashboardPage::releaseRequested, this, [this](const QString &id) { m_engine.release(id); });
    connect(m_dashboard, &DashboardPage::probeRequested, this, [this](const QString &id) { m_engine.probe(id); });
    connect(m_dashboard, &DashboardPage::eventsRequested, this, &MainWindow::showSelection);
    connect(m_dashboard, &DashboardPage::addProviderRequested, this, [this] { showPage(Providers); });
    connect(m_dashboard, &DashboardPage::simulationRequested, this, &MainWindow::simulationRequested);
    connect(m_dashboard, &DashboardPage::presetRequested, this, [this](const QString &preset) {
        showPage(Providers);
        if (ProvidersPage *page = providersPage())
            page->addProvider(preset);
    });
    connect(m_dashboard, &DashboardPage::wallModeRequested, this, [this] { setWallMode(true); });
    connect(m_health, &HealthHeader::activated, this, [this] {
        EventFilter filter;
        filter.provider = m_state.troubled();
        showEvents(filter);
    });
}

void MainWindow::connectPlayedFaults()
{
    if (!m_engine.refusal(EngineClient::Request::Fault).isEmpty())
        return;
    m_dashboard->offerPlayedFaults();
    connect(m_dashboard, &DashboardPage::playRequested, this,
            [this](const QString &id, const FaultPlan &plan) { m_engine.playFault(id, plan); });
    connect(m_dashboard, &DashboardPage::stopFaultsRequested, this, [this] { m_engine.stopFaults(); });
    connect(m_faultBanner, &FaultBanner::stopRequested, this, [this] { m_engine.stopFaults(); });
    connect(&m_engine, &EngineClient::faultsChanged, this, [this](const StandingFaults &faults) {
        m_faultBanner->refresh(m_clock->wallNow());
        m_faultBanner->setFaults(faults);
        m_dashboard->setPlayedFaults(faults);
        m_center->place();
    });
}

void MainWindow::connectIncidents()
{
    connect(m_muted, &QLabel::linkActivated, m_notices, &IncidentNotices::unmute);
    connect(m_notices, &IncidentNotices::muteChanged, this, [this] {
        const QString text = m_notices->muteText();
        m_muted->setText(text.isEmpty() ? QString() : tr("%1 · <a href='unmute'>Unmute</a>").arg(text.toHtmlEscaped()));
        m_muted->setVisible(!text.isEmpty());
        if (m_tray)
            m_tray->setMuteText(text);
    });
    connect(m_inWindow.get(), &WindowNotifier::incidentRequested, this, [this](quint64 id) {
        setWallMode(false);
        showPage(Incidents);
        incidentsPage().select(id);
    });
    connect(m_incidents, &IncidentModel::incidentChanged, this, [this](const IncidentChange &change) {
        if (change.kind != IncidentChange::Kind::Updated)
            refreshBadge();
    });
    connect(m_incidents, &QAbstractItemModel::modelReset, this, &MainWindow::refreshBadge);
    connect(m_keeper.get(), &IncidentKeeper::storeProblem, this, [this](const QString &problem) {
        m_storeProblem = problem;
        if (m_incidentsPage)
            m_incidentsPage->say(problem);
    });
}

void MainWindow::refreshBadge()
{
    const int open = m_incidents->openCount();
    m_incidentsButton->setBadge(open, open == 1 ? tr("1 open") : tr("%1 open").arg(open));
}

void MainWindow::muteNotices(Duration length)
{
    if (length > 0s)
        m_notices->mute(length, m_clock->now(), m_clock->wallNow());
    else
        m_notices->muteUntilResolved();
}

void MainWindow::watchIncidents()
{
    m_notices->advance(m_clock->now());
    m_notices->update(m_clock->wallNow());
    if (isVisible())
        m_center->advance(m_clock->now(), QCursor::pos());
    if (isVisible() && m_pages->currentIndex() == Incidents)
        incidentsPage().refresh();
    if (!m_tray || !m_tray->isAvailable())
        return;
    const Headline headline = m_state.headline(m_clock->now());
    const ProviderState calls = lookOf(headline.service), worst = m_state.health().worst();
    m_tray->setStatus(gravity(calls) > gravity(worst) ? calls : worst, headline.sentence());
}

void MainWindow::showEvents(const EventFilter &filter)
{
    eventsPage().setFilter(filter);
    showPage(EventLog);
}

void MainWindow::keepIncidents(const QString &path) { m_keeper->open(path); }

void MainWindow::useDesktopNotices()
{
    m_tray = new StatusTray(m_theme, this);
    connect(m_tray, &StatusTray::windowRequested, this, [this] {
        show();
        raise();
        activateWindow();
    });
    connect(m_tray, &StatusTray::muteRequested, this, [this] { muteNotices(30min); });
    connect(m_tray, &StatusTray::unmuteRequested, m_notices, &IncidentNotices::unmute);
    if (m_incidentsPage)
        m_incidentsPage->setTrayAvailable(m_tray->isAvailable());
    m_desktop = makeDesktopNotifier(*m_inWindow);
    if (m_desktop)
        m_notices->setNotifier(*m_desktop);
    else if (m_tray->isAvailable())
        m_notices->setNotifier(*m_tray);
}

void MainWindow::showHistory(const HistoryStatus &status)
{
    using enum HistoryStatus::State;
    m_history = status;
    if (m_settings)
        m_settings->showHistory(status);
    const bool trouble = status.state == Degraded || status.unwritten > 0;
    const QString off = m_engine.refusal(EngineClient::Request::Apply).isEmpty() ? tr("History is off")
                                                                                 : tr("Its calls are not kept here");
    QString text = status.state == Off ? off : status.state == Opening ? tr("History opens")
        : status.state == Degraded ? tr("⚠ History cannot be written; calls go on") : tr("History is kept");
    if (status.unwritten > 0)
        text += QStringLiteral(" · ")
                + counted(quint64(status.unwritten), tr("1 event not written"), tr("%1 events not written"));
    m_historyStatus->setText(text + QLatin1Char(' '));
    m_historyStatus->setToolTip(QStringList{status.place, status.sentence}.join(QLatin1Char('\n')).trimmed());
    m_historyStatus->setAccessibleDescription(m_historyStatus->toolTip());
    m_historyStatus->setStyleSheet(
        trouble ? QStringLiteral("color:%1").arg(m_theme.stateText(ProviderState::Slow).name()) : QString());
}

void MainWindow::showFollowing(const FollowingView &view)
{
    m_followingView = view;
    setWindowTitle(tr("%1 – Retryscope").arg(view.url));
    m_following->setText(followingText(view.url, view.connected, view.since, m_clock->wallNow()) + QLatin1Char(' '));
    m_following->setToolTip(view.problem);
    m_following->setAccessibleDescription(view.problem);
    m_following->setStyleSheet(
        view.connected ? QString() : QStringLiteral("color:%1").arg(m_theme.stateText(ProviderState::Slow).name()));
    m_following->show();
    const QString key = QStringLiteral("following");
    if (view.connected || view.problem.isEmpty())
        m_center->close(key);
    else
        m_center->post({key, WindowNotice::Kind::Warning, tr("Not connected"),
                        tr("%1 It is tried again every few seconds.").arg(view.problem)});
}

/// Told once when it begins; a person who has closed it is not asked again until an hour without any has passed.
void MainWindow::tellRepeats(const CallReport &calls)
{
    if (calls.callerRepeats == m_repeats)
        return;
    const QString key = QStringLiteral("layers"), text = layeredRetriesText(calls);
    if (text.isEmpty())
        m_center->close(key);
    else if (m_repeats == 0 || m_center->find(key))
        m_center->post({key, WindowNotice::Kind::Warning, tr("Retries in two layers"), text});
    m_repeats = calls.callerRepeats;
    if (m_gateway)
        m_gateway->showAdvice(text);
}

void MainWindow::setOlderEvents(OlderEventsSource *source)
{
    if (m_olderEvents)
        disconnect(m_olderEvents, &OlderEventsSource::came, this, nullptr);
    m_olderEvents = source;
    m_state.forgetOthers();
    if (source) {
        connect(source, &OlderEventsSource::came, this, [this](const Events &events) {
            m_state.onOthers(events, m_clock->wallNow());
            if (events.isEmpty())
                return;
            showCalls(events);
            m_dashboard->model().expectMore();
        });
        if (const auto newest = m_calls->newest()) // where nobody calls, it is the last for long
            source->heard({*newest});
    }
    if (m_events)
        m_events->setOlderEvents(source);
}

/// Also of other programs that record into the same history.
void MainWindow::showCalls(const Events &events)
{
    if (m_events)
        m_events->onEvents(events);
    else
        m_calls->append(events);
}

int MainWindow::currentPage() const { return m_pages->currentIndex(); }

void MainWindow::setPlaces(const QVector<KnownPlace> &places)
{
    m_places = places;
    if (m_settings)
        m_settings->setPlaces(places);
}

void MainWindow::showPage(int page)
{
    if (page < 0 || page >= PageCount)
        return;
    const bool leftProviders = m_pages->currentIndex() == Providers && page != Providers;
    m_health->setCompact(page != Dashboard);
    if (isVisible())
        centralWidget()->layout()->activate(); // now: a page is painted in its place at once
    m_pages->showPage(page);
    letTabThrough(m_pages->currentWidget());
    m_navigation->actions()[page]->setChecked(true);
    updateNotice();
    if (page == Providers || leftProviders)
        tellKeys();
    refreshNow();
    m_center->place();
}

void MainWindow::showSelection(const ChartSelection &selection)
{
    setWallMode(false);
    EventFilter filter;
    filter.provider = selection.provider;
    filter.reasons = {selection.reasons.begin(), selection.reasons.end()};
    filter.outcome = selection.outcome;
    if (selection.from < selection.until) {
        filter.from = selection.from;
        filter.to = selection.until - WallTime::duration(1); // inclusive there, exclusive here
    }
    showEvents(filter);
}

void MainWindow::setWallMode(bool on)
{
    if (on == m_dashboard->isWallMode())
        return;
    if (on)
        showPage(Dashboard);
    menuBar()->setVisible(!on);
    m_sidebar->setVisible(!on);
    statusBar()->setVisible(!on);
    m_health->setLarge(on);
    m_leaveWall->setEnabled(on);
    m_dashboard->setWallMode(on);
    setWindowState(windowState().setFlag(Qt::WindowFullScreen, on));
}

void MainWindow::restyle()
{
    setStyleSheet(retryscope::styleSheet(m_theme));
    if (m_history)
        showHistory(*m_history);
    if (m_followingView)
        showFollowing(*m_followingView);
    refreshNow();
}

void MainWindow::setConfiguration(const Configuration &configuration)
{
    m_configuration = configuration;
    m_state.setConfiguration(configuration);
    m_dashboard->offerStart(configuration.providers.isEmpty());
    m_dashboard->rebuildCards();
    m_draft->setInForce(configuration);
    if (m_test) {
        m_test->setConfiguration(configuration);
        m_benchShare->setConfiguration(configuration);
    }
    if (m_batch)
        m_batch->setConfiguration(configuration);
    if (m_events)
        m_events->setProviders(configuration.providers);
    tellNames();
    if (m_explain)
        m_explain->setConfiguration(configuration);
    if (m_keyRing)
        m_keyRing->want(keychainNames(configuration));
    tellKeys();
    refreshNow();
}

/// Providers come and go; what happened with them is told by the names that they had, also after a restart.
void MainWindow::tellNames()
{
    const ProviderNames &names = m_state.names();
    m_incidents->setNames(names);
    m_faultBanner->setNames(names);
    if (m_events)
        m_events->setNames(names);
    if (m_tune)
        m_tune->setNames(names);
    if (!m_remembered)
        return;
    QVariantMap kept;
    for (auto it = names.constBegin(); it != names.constEnd() && kept.size() < mostNamesKept; ++it)
        kept.insert(it.key(), it.value());
    m_remembered->setValue(QStringLiteral("providerNames"), kept);
}

void MainWindow::showNotice(const QString &text)
{
    const QString key = QStringLiteral("notice");
    if (text.isEmpty())
        m_center->close(key);
    else
        m_center->post({key, WindowNotice::Kind::Warning, {}, text});
}

void MainWindow::showCaption(const QString &title, const QString &text, CaptionPart part)
{
    m_caption->say(title, text, part);
}

/// The file's trouble stands on the Tune page itself.
void MainWindow::updateNotice()
{
    const QString key = QStringLiteral("configuration");
    const QString trouble = m_pages->currentIndex() == Tune || m_pages->currentIndex() == Providers
                                ? QString()
                                : m_draft->problem().sentence;
    if (trouble.isEmpty())
        m_center->close(key);
    else
        m_center->post({key, WindowNotice::Kind::Warning, {}, trouble});
}

void MainWindow::refreshNow()
{
    const SteadyTime now = m_clock->now();
    m_state.advance(now, m_clock->wallNow());
    m_health->refresh(m_state, now);
    m_faultBanner->refresh(m_clock->wallNow());
    const auto providers = m_state.providers().size();
    const CallReport &calls = m_state.health().calls;
    QStringList parts{providers == 1 ? tr("1 provider") : tr("%L1 providers").arg(quint64(providers)),
                      tr("%1 ended").arg(callsText(calls.ended))};
    if (calls.inFlight > 0)
        parts << tr("%L1 in flight").arg(calls.inFlight);
    const QString status = parts.join(QStringLiteral(" · "));
    if (m_status->text() != status)
        m_status->setText(status);
    m_calls->setMarkedSimulated(m_state.simulated());
    m_incidents->setMarkedSimulated(m_state.simulated());
    const int page = m_pages->currentIndex();
    const bool marked = m_state.simulated() && page != Settings && page != Tune && page != Gateway
                        && page != Providers; // those hold no data
    if (m_simulated->isHidden() == marked)
        m_simulated->setVisible(marked);
    if (page == Dashboard)
        m_dashboard->refresh(now);
}

void MainWindow::remember(RememberedState &state)
{
    m_remembered = &state;
    const QString mode = state.value(QStringLiteral("theme")).toString();
    m_theme.setMode(mode == QLatin1String("dark")    ? ThemeMode::Dark
                    : mode == QLatin1String("light") ? ThemeMode::Light
                                                     : ThemeMode::System);
    state.restoreWindow(this, QStringLiteral("window"));
    m_sidebar->setCollapsed(state.value(QStringLiteral("sidebarCollapsed")).toBool());
    const std::size_t span = state.value(QStringLiteral("chartSpan")).toUInt();
    if (span < seriesSpans.size())
        m_dashboard->model().setSpan(span);
    state.adopt(this);
    ProviderNames names;
    const QVariantMap kept = state.value(QStringLiteral("providerNames")).toMap();
    for (auto it = kept.constBegin(); it != kept.constEnd(); ++it)
        names.insert(it.key(), it.value().toString());
    m_state.rememberNames(names);
    tellNames();
    if (m_tune)
        m_tune->remember(state);
    showPage(std::clamp(state.value(QStringLiteral("page")).toInt(), 0, PageCount - 1));
    connect(qApp, &QApplication::aboutToQuit, this, &MainWindow::saveState);
}

void MainWindow::saveState()
{
    if (!m_remembered)
        return;
    static constexpr std::array modes{"system", "light", "dark"};
    m_remembered->setValue(QStringLiteral("theme"), QLatin1String(modes[std::size_t(m_theme.mode())]));
    m_remembered->setValue(QStringLiteral("sidebarCollapsed"), m_sidebar->isCollapsed());
    m_remembered->setValue(QStringLiteral("page"), m_pages->currentIndex());
    m_remembered->setValue(QStringLiteral("chartSpan"), uint(m_dashboard->model().span()));
    if (!m_dashboard->isWallMode())
        m_remembered->saveWindow(this, QStringLiteral("window"));
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    saveState();
    QMainWindow::closeEvent(event);
}

} // namespace retryscope
