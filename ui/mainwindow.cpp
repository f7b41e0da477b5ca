// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mainwindow.h"

#include "base/systemclock.h"
#include "models/incidentkeeper.h"
#include "notices/desktopnotifier.h"
#include "notices/incidentnotices.h"
#include "notices/noticebar.h"
#include "notices/statustray.h"
#include "pages/eventspage.h"
#include "pages/healthheader.h"
#include "pages/incidentspage.h"
#include "pages/testpage.h"
#include "pages/tunepage.h"

#include <QActionGroup>
#include <QApplication>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QScrollArea>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {
constexpr std::array pageNames{QT_TRANSLATE_NOOP("retryscope::MainWindow", "Dashboard"), QT_TRANSLATE_NOOP("retryscope::MainWindow", "Test"),
                               QT_TRANSLATE_NOOP("retryscope::MainWindow", "Tune"), QT_TRANSLATE_NOOP("retryscope::MainWindow", "Calls"),
                               QT_TRANSLATE_NOOP("retryscope::MainWindow", "Incidents")};

/// A small window scrolls rather than squeezes the page.
QScrollArea *scrolled(QWidget *page)
{
    auto *scroll = new QScrollArea;
    scroll->setWidget(page);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    return scroll;
}
} // namespace

MainWindow::MainWindow(EngineClient &engine, FaultControl faults, Theme &theme, QWidget *parent)
    : QMainWindow(parent), m_engine(engine), m_theme(theme), m_pages(new QStackedWidget), m_dashboard(new DashboardPage(m_state, theme)), m_test(new TestPage(engine)),
      m_tune(new TunePage(theme)), m_events(new EventsPage(theme)), m_health(new HealthHeader(theme)), m_notice(new QLabel), m_status(new QLabel), m_historyStatus(new QLabel), m_navigation(new QActionGroup(this)), m_timer(new QTimer(this)),
      m_incidents(new IncidentModel(this)), m_keeper(std::make_unique<IncidentKeeper>(engine, *m_incidents)), m_noticeBar(new NoticeBar(theme)), m_notices(new IncidentNotices(*m_incidents, *m_noticeBar, this)), m_muted(new QLabel)
{
    setWindowTitle(QStringLiteral("Retryscope"));
    resize(1280, 800);
    m_pages->addWidget(scrolled(m_dashboard));
    m_pages->addWidget(scrolled(m_test));
    m_pages->addWidget(scrolled(m_tune));
    m_pages->addWidget(m_events);
    m_notice->setObjectName(QStringLiteral("notice"));
    m_notice->setWordWrap(true);
    m_notice->setVisible(false);
    auto *central = new QWidget;
    auto *column = new QVBoxLayout(central);
    column->setContentsMargins(0, 6, 0, 0);
    column->setSpacing(4);
    m_notice->setContentsMargins(16, 0, 16, 0);
    column->addWidget(m_health);
    column->addWidget(m_notice);
    buildIncidents(column);
    column->addWidget(m_pages, 1);
    setCentralWidget(central);
    statusBar()->addWidget(m_status);
    m_historyStatus->setObjectName(QStringLiteral("historyStatus"));
    statusBar()->addPermanentWidget(m_historyStatus);
    statusBar()->setSizeGripEnabled(false);
    buildNavigation();
    buildMenus();

    connect(&engine, &EngineClient::eventsArrived, this, [this](const Events &events) {
        m_state.onEvents(events);
        m_test->onEvents(events);
        m_events->onEvents(events);
    });
    connect(&engine, &EngineClient::healthUpdated, this, [this](const HealthUpdate &update) { m_state.onHealth(update); });
    connect(m_dashboard, &DashboardPage::faultRequested, this, faults);
    connect(m_dashboard, &DashboardPage::isolateRequested, this, [this](const QString &id) { m_engine.isolate(id); });
    connect(m_dashboard, &DashboardPage::releaseRequested, this, [this](const QString &id) { m_engine.release(id); });
    connect(m_dashboard, &DashboardPage::probeRequested, this, [this](const QString &id) { m_engine.probe(id); });
    connect(m_dashboard, &DashboardPage::eventsRequested, this, &MainWindow::showSelection);
    connect(m_dashboard, &DashboardPage::addProviderRequested, this, [this] { showPage(Tune); });
    connect(m_dashboard, &DashboardPage::wallModeRequested, this, [this] { setWallMode(true); });
    connect(m_health, &HealthHeader::activated, this, [this] {
        const auto *trouble = m_state.health().firstTrouble();
        EventFilter filter;
        filter.provider = trouble ? trouble->id : QString();
        showEvents(filter);
    });
    connect(m_tune, &TunePage::applyRequested, this, [this](const Configuration &configuration) {
        m_engine.apply(configuration);
        setConfiguration(configuration);
        emit configurationApplied(configuration);
    });
    connect(&theme, &Theme::changed, this, &MainWindow::restyle);
    m_timer->setInterval(100); // countdowns; the charts keep a slower pace of their own
    connect(m_timer, &QTimer::timeout, this, &MainWindow::watchIncidents);
    connect(m_timer, &QTimer::timeout, this, [this] { if (isVisible() && !isMinimized()) refreshNow(); });
    m_timer->start();
    restyle();
}

void MainWindow::buildNavigation()
{
    auto *rail = m_rail = new QToolBar(tr("Pages"));
    rail->setMovable(false);
    rail->setOrientation(Qt::Vertical);
    rail->setToolButtonStyle(Qt::ToolButtonTextOnly);
    for (int i = 0; i < PageCount; ++i) {
        QAction *action = m_navigation->addAction(tr(pageNames[std::size_t(i)]));
        action->setCheckable(true);
        action->setShortcut(QKeySequence(Qt::CTRL | Qt::Key(Qt::Key_1 + i)));
        connect(action, &QAction::triggered, this, [this, i] { showPage(i); });
        rail->addAction(action);
        auto *button = qobject_cast<QToolButton *>(rail->widgetForAction(action));
        button->setMinimumWidth(104);
        button->setMinimumHeight(36);
    }
    addToolBar(Qt::LeftToolBarArea, rail);
    rail->setContextMenuPolicy(Qt::PreventContextMenu);
    m_navigation->actions().first()->setChecked(true);
}

void MainWindow::buildMenus()
{
    menuBar()->addMenu(tr("&File"))->addAction(tr("&Quit"), QKeySequence::Quit, qApp, &QApplication::quit);
    buildEditMenu();
    QMenu *view = menuBar()->addMenu(tr("&View"));
    view->addActions(m_navigation->actions());
    view->addSeparator();
    view->addAction(tr("Light or &dark"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L), this, &MainWindow::toggleTheme);
    QAction *wall = view->addAction(tr("&Full screen dashboard"), QKeySequence(Qt::Key_F11), this, [this] { setWallMode(!m_dashboard->isWallMode()); });
    addAction(wall); // also while the menu bar is hidden
    m_leaveWall = new QAction(tr("Leave full screen"), this);
    m_leaveWall->setShortcut(Qt::Key_Escape);
    m_leaveWall->setEnabled(false);
    connect(m_leaveWall, &QAction::triggered, this, [this] { setWallMode(false); });
    addAction(m_leaveWall);
    menuBar()->addMenu(tr("&Help"))->addAction(tr("&About Retryscope"), this, [this] {
        QMessageBox::about(this, tr("About Retryscope"), tr("Retryscope %1, on Qt %2.\nTune, test and watch the retries of LLM calls.").arg(QStringLiteral(RETRYSCOPE_VERSION), QString::fromLatin1(qVersion())));
    });
}

MainWindow::~MainWindow() = default;

void MainWindow::buildIncidents(QVBoxLayout *column)
{
    m_incidentsPage = new IncidentsPage(*m_incidents, *m_notices, m_theme);
    m_pages->addWidget(m_incidentsPage);
    column->addWidget(m_noticeBar);
    m_muted->setObjectName(QStringLiteral("muteStatus"));
    m_muted->setTextFormat(Qt::RichText);
    m_muted->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
    m_muted->hide();
    statusBar()->addPermanentWidget(m_muted);
    connect(m_muted, &QLabel::linkActivated, m_notices, &IncidentNotices::unmute);
    connect(m_notices, &IncidentNotices::muteChanged, this, [this] {
        const QString text = m_notices->muteText();
        m_muted->setText(text.isEmpty() ? QString() : tr("%1 · <a href='unmute'>Unmute</a>").arg(text.toHtmlEscaped()));
        m_muted->setVisible(!text.isEmpty());
        if (m_tray)
            m_tray->setMuteText(text);
    });
    connect(m_noticeBar, &NoticeBar::incidentRequested, this, [this](quint64 id) {
        showPage(Incidents);
        m_incidentsPage->select(id);
    });
    connect(m_incidentsPage, &IncidentsPage::eventsRequested, this, &MainWindow::showEvents);
    connect(m_incidentsPage, &IncidentsPage::muteRequested, this, &MainWindow::muteNotices);
    connect(m_incidentsPage, &IncidentsPage::noteWritten, m_keeper.get(), &IncidentKeeper::annotate);
    connect(m_keeper.get(), &IncidentKeeper::storeProblem, m_incidentsPage, &IncidentsPage::say);
}

void MainWindow::buildEditMenu()
{
    QMenu *edit = menuBar()->addMenu(tr("&Edit"));
    edit->addAction(tr("&Find in calls"), QKeySequence::Find, this, [this] {
        showPage(EventLog);
        m_events->focusFind();
    });
    edit->addAction(tr("Find &next"), QKeySequence(Qt::Key_F3), this, [this] { if (m_pages->currentIndex() == EventLog) m_events->findNext(); });
    edit->addAction(tr("Find &previous"), QKeySequence(Qt::SHIFT | Qt::Key_F3), this, [this] { if (m_pages->currentIndex() == EventLog) m_events->findPrevious(); });
    edit->addSeparator();
    edit->addAction(tr("&Copy incident as Markdown"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), this, [this] {
        if (m_pages->currentIndex() == EventLog)
            m_events->copyStory();
        else
            m_incidentsPage->copyMarkdown();
    });
    edit->addAction(tr("&Mute notices for 30 minutes"), QKeySequence(Qt::CTRL | Qt::Key_M), this, [this] { muteNotices(30min); });
}

void MainWindow::muteNotices(Duration length)
{
    const SystemClock clock;
    if (length > 0s)
        m_notices->mute(length, clock.now(), clock.wallNow());
    else
        m_notices->muteUntilResolved();
}

void MainWindow::watchIncidents()
{
    const SystemClock clock;
    m_notices->advance(clock.now());
    if (isVisible() && m_pages->currentIndex() == Incidents)
        m_incidentsPage->refresh();
    if (!m_tray || !m_tray->isAvailable())
        return;
    const SteadyTime now = clock.now();
    m_tray->setStatus(m_state.health().worst(), m_state.sentence(now));
}

void MainWindow::showEvents(const EventFilter &filter)
{
    m_events->setFilter(filter);
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
    m_incidentsPage->setTrayAvailable(m_tray->isAvailable());
    m_desktop = makeDesktopNotifier(*m_noticeBar);
    if (m_desktop)
        m_notices->setNotifier(*m_desktop);
    else if (m_tray->isAvailable())
        m_notices->setNotifier(*m_tray);
}

void MainWindow::showHistory(const HistoryStatus &status)
{
    using enum HistoryStatus::State;
    m_history = status;
    const bool trouble = status.state == Degraded || status.unwritten > 0;
    QString text = status.state == Off ? tr("History is off") : status.state == Opening ? tr("History opens")
        : status.state == Degraded ? tr("⚠ History cannot be written; calls go on") : tr("History is kept");
    if (status.unwritten > 0)
        text += tr(" · %L1 events not written").arg(status.unwritten);
    m_historyStatus->setText(text + QLatin1Char(' '));
    m_historyStatus->setToolTip(QStringList{status.place, status.sentence}.join(QLatin1Char('\n')).trimmed());
    m_historyStatus->setAccessibleDescription(m_historyStatus->toolTip());
    m_historyStatus->setStyleSheet(trouble ? QStringLiteral("color:%1").arg(m_theme.stateText(ProviderState::Slow).name()) : QString());
}

void MainWindow::setOlderEvents(OlderEventsSource *source) { m_events->setOlderEvents(source); }

void MainWindow::showPage(int page)
{
    m_pages->setCurrentIndex(page);
    m_health->setCompact(page != Dashboard);
    m_navigation->actions()[page]->setChecked(true);
    refreshNow();
}

void MainWindow::showSelection(const ChartSelection &selection)
{
    setWallMode(false);
    EventFilter filter;
    filter.provider = selection.provider;
    filter.reasons = selection.reasons;
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
    m_rail->setVisible(!on);
    statusBar()->setVisible(!on);
    m_health->setLarge(on);
    m_leaveWall->setEnabled(on);
    m_dashboard->setWallMode(on);
    setWindowState(windowState().setFlag(Qt::WindowFullScreen, on));
}

void MainWindow::toggleTheme() { m_theme.setMode(m_theme.isDark() ? ThemeMode::Light : ThemeMode::Dark); }

void MainWindow::restyle()
{
    const QString css = QStringLiteral("QWidget#card{background:%1;border:1px solid %2;border-radius:6px}"
        "QToolBar{border:0;spacing:4px;padding:8px 6px} QToolBar QToolButton{text-align:left;padding:6px 12px;border:0;border-radius:4px}"
        "QToolBar QToolButton:checked{background:%3;color:%4} QToolBar QToolButton:focus{border:1px solid %3}"
        "retryscope--DashboardPage QToolButton{border:1px solid %2;border-radius:4px;padding:2px 8px;background:%1}"
        "retryscope--DashboardPage QToolButton:hover{border-color:%6} retryscope--DashboardPage QToolButton:disabled{color:%6}"
        "retryscope--DashboardPage QToolButton:checked{background:%3;color:%4;border-color:%3}"
        "retryscope--DashboardPage QToolButton:focus{border:2px solid %3;padding:1px 7px} retryscope--DashboardPage QToolButton:checked:focus{border-color:%6}"
        "retryscope--ProviderCard QToolButton{padding:2px 3px} retryscope--ProviderCard QToolButton:focus{padding:1px 2px}"
        "retryscope--DashboardPage QTableView{background:%1} retryscope--DashboardPage QToolButton#droppedChip{color:%7;border-color:%7}"
        "QToolButton::menu-indicator{width:0}QStatusBar::item{border:0} QSplitter::handle{background:%2;height:1px}"
        "retryscope--TestPage QLineEdit,retryscope--EventsPage QLineEdit,QPlainTextEdit,QListWidget{border:1px solid %6;border-radius:3px;padding:2px;background:%1}"
        "QPlainTextEdit:focus,QListWidget:focus,retryscope--TestPage QLineEdit:focus,retryscope--EventsPage QLineEdit:focus{border-color:%3}"
        "QCheckBox::indicator:unchecked{border:1px solid %6;border-radius:2px;width:12px;height:12px;background:%1}"
        "QFrame#noticeBar{background:%1;border-top:1px solid %2;border-bottom:1px solid %2}"
        "QToolButton[chip=\"true\"]{border:1px solid %6;border-radius:9px;padding:2px 8px;background:%1} QToolButton[chip=\"true\"]:hover,QToolButton[chip=\"true\"]:focus{border-color:%3}"
        "QHeaderView::section{background:%5;border:0;border-bottom:1px solid %2;padding:4px 6px;font-weight:normal}")
        .arg(m_theme.surface().name(), m_theme.border().name(), m_theme.accent().name(), m_theme.onAccent().name(), m_theme.window().name(), m_theme.strongBorder().name(), m_theme.stateText(ProviderState::Slow).name());
    setStyleSheet(css);
    if (m_history)
        showHistory(*m_history);
    refreshNow();
}

void MainWindow::setConfiguration(const Configuration &configuration)
{
    m_state.setProviders(configuration.providers);
    m_dashboard->rebuildCards();
    m_test->setProviders(configuration.providers);
    m_tune->setConfiguration(configuration);
    m_events->setProviders(configuration.providers);
    QHash<ProviderId, QString> enabled;
    for (const ProviderConfig &p : configuration.providers) {
        if (p.enabled)
            enabled.insert(p.id, p.name);
    }
    m_incidents->setNames(enabled);
    refreshNow();
}

void MainWindow::showNotice(const QString &text)
{
    m_notice->setText(text);
    m_notice->setVisible(!text.isEmpty());
}

void MainWindow::refreshNow()
{
    SystemClock clock;
    const SteadyTime now = clock.now();
    m_state.advance(now, clock.wallNow());
    m_health->refresh(m_state, now);
    const QString status = QStringLiteral(" ") + tr("%1%2 providers · %3 calls").arg(m_state.simulated() ? tr("SIMULATED · ") : QString()).arg(m_state.providers().size()).arg(m_state.calls());
    if (m_status->text() != status)
        m_status->setText(status);
    if (m_pages->currentIndex() == Dashboard)
        m_dashboard->refresh(now);
}

} // namespace retryscope
