// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mainwindow.h"

#include "base/systemclock.h"
#include "pages/eventspage.h"
#include "pages/healthheader.h"
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
                               QT_TRANSLATE_NOOP("retryscope::MainWindow", "Tune"), QT_TRANSLATE_NOOP("retryscope::MainWindow", "Events")};
}

MainWindow::MainWindow(EngineClient &engine, FaultControl faults, Theme &theme, QWidget *parent)
    : QMainWindow(parent), m_engine(engine), m_theme(theme), m_pages(new QStackedWidget), m_dashboard(new DashboardPage(m_state, theme)), m_test(new TestPage(engine)),
      m_tune(new TunePage(theme)), m_events(new EventsPage), m_health(new HealthHeader(theme)), m_notice(new QLabel), m_status(new QLabel), m_navigation(new QActionGroup(this)), m_timer(new QTimer(this))
{
    setWindowTitle(QStringLiteral("Retryscope"));
    resize(1280, 800);
    const auto scrolled = [](QWidget *page) { // a small window scrolls rather than squeezes a page
        auto *scroll = new QScrollArea;
        scroll->setWidget(page);
        scroll->setWidgetResizable(true);
        scroll->setFrameShape(QFrame::NoFrame);
        scroll->setFocusPolicy(Qt::NoFocus);
        return scroll;
    };
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
    column->addWidget(m_pages, 1);
    setCentralWidget(central);
    statusBar()->addWidget(m_status);
    statusBar()->setSizeGripEnabled(false);
    buildNavigation();
    buildMenus();

    connect(&engine, &EngineClient::eventsArrived, this, [this](const Events &events) {
        m_state.onEvents(events);
        m_test->onEvents(events);
        m_events->onEvents(events);
    });
    connect(m_dashboard, &DashboardPage::faultRequested, this, faults);
    connect(m_dashboard, &DashboardPage::isolateRequested, this, [this](const QString &id) { m_engine.isolate(id); });
    connect(m_dashboard, &DashboardPage::releaseRequested, this, [this](const QString &id) { m_engine.release(id); });
    connect(m_dashboard, &DashboardPage::probeRequested, this, [this](const QString &id) { m_engine.probe(id); });
    connect(m_dashboard, &DashboardPage::eventsRequested, this, &MainWindow::showEvents);
    connect(m_dashboard, &DashboardPage::addProviderRequested, this, [this] { showPage(Tune); });
    connect(m_dashboard, &DashboardPage::wallModeRequested, this, [this] { setWallMode(true); });
    connect(m_health, &HealthHeader::activated, this, [this] {
        const auto *trouble = m_state.firstTrouble(SystemClock().now());
        showEvents({trouble ? trouble->id : QString(), {}, {}, {}, {}});
    });
    connect(m_tune, &TunePage::applyRequested, this, [this](const Configuration &configuration) {
        m_engine.apply(configuration);
        setConfiguration(configuration);
        emit configurationApplied(configuration);
    });
    connect(&theme, &Theme::changed, this, &MainWindow::restyle);
    m_timer->setInterval(100); // countdowns; the charts keep a slower pace of their own
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

void MainWindow::showPage(int page)
{
    m_pages->setCurrentIndex(page);
    m_navigation->actions()[page]->setChecked(true);
    refreshNow();
}

void MainWindow::showEvents(const ChartSelection &selection)
{
    setWallMode(false);
    showPage(EventLog);
    emit eventsRequested(selection);
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
        "QHeaderView::section{background:%5;border:0;border-bottom:1px solid %2;padding:4px 6px;font-weight:normal}")
        .arg(m_theme.surface().name(), m_theme.border().name(), m_theme.accent().name(), m_theme.onAccent().name(), m_theme.window().name(), m_theme.strongBorder().name(), m_theme.stateText(ProviderState::Degraded).name());
    setStyleSheet(css);
    refreshNow();
}

void MainWindow::setConfiguration(const Configuration &configuration)
{
    m_state.setProviders(configuration.providers);
    m_dashboard->rebuildCards();
    m_test->setProviders(configuration.providers);
    m_tune->setConfiguration(configuration);
    m_events->setProviders(configuration.providers);
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
