// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/systemclock.h"
#include "engine/engineclient.h"
#include "history/historyvalues.h"
#include "models/dashboardstate.h"
#include "pages/dashboardpage.h"
#include "pages/gatewaypage.h"
#include "pages/settingspage.h"
#include "pricing/pricelist.h"
#include "telemetry/eventfilter.h"
#include "widgets/commandpalette.h"

#include <QMainWindow>

class QActionGroup;
class QLabel;
class QTimer;
class QVBoxLayout;

namespace retryscope {

class AnswerKeeper;
class BatchPage;
class ConfigurationDraft;
class BenchShare;
class CallModel;
class CrashTestPage;
class EventsPage;
class ExplainDialog;
class IncidentKeeper;
class KeyRing;
class IncidentModel;
class IncidentNotices;
class IncidentsPage;
class NavigationButton;
class NoticeCenter;
class Notifier;
class OlderEventsSource;
class ProvidersPage;
class PageStack;
class RememberedState;
class Sidebar;
class SimulatedMark;
class StatusTray;
class CaptionStrip;
enum class CaptionPart : quint8;
class FaultBanner;
class HealthHeader;
class GatewayPage;
class TestPage;
class TunePage;
class WhatIfPage;
class WindowNotifier;

/// A gateway that the window follows, as it shows it.
struct FollowingView
{
    QString url;                ///< http://127.0.0.1:4180
    bool connected = false;
    WallTime since{};           ///< it is as it is
    QString problem;            ///< why it is not connected; a sentence, or empty
};

/// Switches a fault of a simulated provider; none where that cannot be done from here.
using FaultControl = std::function<void(const ProviderId &, Fault)>;

/// The window: sidebar, headline, pages, notices over them, and the commands. A page is made when it is first asked for, and
/// costs nothing before; what comes for it meanwhile is kept for it here.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    /// In the order of the sidebar. `Settings` stands at its foot.
    enum Page {
        Dashboard, EventLog, Incidents, Test, Tune, WhatIf, Gateway, CrashTest, Providers, Batch, Settings, PageCount
    };
    MainWindow(EngineClient &engine, FaultControl faults, Theme &theme, QWidget *parent = nullptr);
    ~MainWindow() override;

    /// Shows what is applied; the engine is told by whoever calls.
    void setConfiguration(const Configuration &configuration);
    /// What the Tune page edits. What it applies is put into the engine and the other pages.
    ConfigurationDraft &configurationDraft() { return *m_draft; }
    /// Where keys that the configuration names as keychain:NAME come from; must outlive the window. Without one there are none.
    void setKeyRing(KeyRing &ring);
    /// Keeps an unapplied draft in this file over restarts; one that stands there is back at once, and the Tune page says so.
    void keepDraftIn(const QString &path);
    TunePage &tunePage();
    /// Null where the window follows an engine elsewhere.
    CrashTestPage *crashTestPage();
    /// Null where the window follows an engine elsewhere.
    BatchPage *batchPage();
    WhatIfPage &whatIfPage();
    /// Null where the window follows an engine elsewhere.
    ProvidersPage *providersPage();
    /// Makes the pages that are not there yet; what looks for parts of a page that was never shown calls it first.
    void makePages();
    /// The time that is shown; not owned. Default: the system's.
    void setClock(const Clock &clock) { m_clock = &clock; }
    void showPage(int page);
    int currentPage() const;
    /// A warning over the page, until closed or said otherwise; empty takes it away. For more than one, or for another
    /// kind, post to `notices()`.
    void showNotice(const QString &text);
    /// Says on every page what is to be seen just now, in place of the one before.
    void showCaption(const QString &title, const QString &text, CaptionPart part);
    NoticeCenter &notices() { return *m_center; }
    /// Shows the events that match.
    void showEvents(const EventFilter &filter);
    /// Keeps incidents in this file; without it they live as long as the window.
    void keepIncidents(const QString &path);
    /// Keeps prompts and answers of the Test page for whoever switches that on. Before its pages are made.
    void keepAnswers(std::unique_ptr<AnswerKeeper> keeper);
    /// Tells of incidents outside the window where the desktop can: its notification service, else by the tray.
    void useDesktopNotices();
    /// Where "Load older" on the Events page asks. Must outlive the window.
    void setOlderEvents(OlderEventsSource *source);
    const DashboardState &state() const { return m_state; }
    /// See DashboardState::foresee.
    void foresee(const HealthUpdate &update) { m_state.foresee(update); }
    void refreshNow();
    void tellNames();
    /// Where the dashboard's time before the start comes from; not owned, null takes it away.
    void setPast(DashboardPast *past) { m_dashboard->setPast(past); }
    /// Shows the fault that is being played on a simulated provider.
    void setFault(const ProviderId &provider, Fault fault) { m_dashboard->setFault(provider, fault); }
    /// Shows on the cards what is known against the models of providers.
    void setModelWarnings(const std::map<ProviderId, QString> &warnings) { m_dashboard->setModelWarnings(warnings); }
    /// How the event store is doing, in the status bar and on the Settings page.
    void showHistory(const HistoryStatus &status);
    /// What the Batch page reckons with.
    void setPrices(const PriceList &prices);
    /// What the Settings page says is kept, and where.
    void setPlaces(const QVector<KnownPlace> &places);
    /// Says in the status bar and in the title what is watched, and how that goes; with an engine elsewhere only.
    void showFollowing(const FollowingView &view);
    /// What the Gateway page shows.
    void showGateway(const GatewayView &view);
    /// The dashboard alone on the full screen.
    void setWallMode(bool on);
    /// Comes back as it was left, and keeps how it is left: theme, place and size, sidebar, page, chart window, splitters,
    /// columns. `state` must outlive the window.
    void remember(RememberedState &state);
    /// Everything that the palette offers now.
    Commands commands();

signals:
    void configurationApplied(const retryscope::Configuration &configuration);
    /// No provider is configured, and the simulation was chosen.
    void simulationRequested();
    /// From the Gateway page.
    void gatewayStartRequested(quint16 port);
    void gatewayStopRequested();
    void gatewayTokenRequested();
    void gatewayFollowRequested(const QString &url, const QString &token);

protected:
    void closeEvent(QCloseEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void showCalls(const Events &events);
    void buildPages();
    EventsPage *makeEventsPage();
    IncidentsPage *makeIncidentsPage();
    TestPage *makeTestPage();
    TunePage *makeTunePage();
    SettingsPage *makeSettingsPage();
    GatewayPage *makeGatewayPage();
    QWidget *makeCrashTestPage();
    QWidget *makeProvidersPage();
    QWidget *makeBatchPage();
    EventsPage &eventsPage();
    IncidentsPage &incidentsPage();
    void buildStatusBar();
    void connectDashboard();
    void connectPlayedFaults();
    void buildNavigation();
    void buildMenus();
    void buildThemeMenu(QMenu *view);
    void buildFileMenu();
    void buildEditMenu();
    void buildHelpMenu();
    void connectIncidents();
    void restyle();
    void toggleTheme();
    void saveState();
    void refreshBadge();
    void tellRepeats(const CallReport &calls);
    void tellKeys();
    void onKeyChanged(const QString &name);
    QWidget *makeRefusal(const QString &title, const QString &sentence);
    void watchIncidents();
    void muteNotices(Duration length);
    void showSelection(const ChartSelection &selection);
    void showShortcuts();
    void showExplain();
    void showExport();
    void showImport();
    void addProviderCommands(Commands &commands);
    void updateNotice();

    EngineClient &m_engine;
    const SystemClock m_systemClock;
    const Clock *m_clock = &m_systemClock;
    FaultControl m_faults;
    Configuration m_configuration; ///< as applied
    Theme &m_theme;
    ConfigurationDraft *m_draft; ///< what the Tune page edits
    DashboardState m_state;
    PageStack *m_pages;
    DashboardPage *m_dashboard;
    std::unique_ptr<AnswerKeeper> m_answers;
    BenchShare *m_benchShare = nullptr; ///< with the Test page
    TestPage *m_test = nullptr; ///< null until it is made, as the other pages
    TunePage *m_tune = nullptr;
    WhatIfPage *m_whatIf = nullptr;
    CallModel *m_calls; ///< what the page shows that lists them, which it takes over
    EventsPage *m_events = nullptr;
    HealthHeader *m_health;
    SimulatedMark *m_simulated;
    FaultBanner *m_faultBanner;
    CaptionStrip *m_caption;
    QVBoxLayout *m_headline; ///< the slot above the pages
    QLabel *m_status, *m_following, *m_historyStatus, *m_muted;
    std::optional<FollowingView> m_followingView;
    quint64 m_repeats = 0; ///< calls that an SDK sent again, as last told
    std::optional<HistoryStatus> m_history;
    QActionGroup *m_navigation;
    Sidebar *m_sidebar;
    NavigationButton *m_incidentsButton = nullptr;
    QAction *m_leaveWall = nullptr, *m_collapse = nullptr;
    QTimer *m_timer;
    IncidentModel *m_incidents;
    std::unique_ptr<IncidentKeeper> m_keeper; ///< goes before the model that it saves
    NoticeCenter *m_center;
    std::unique_ptr<WindowNotifier> m_inWindow;
    IncidentNotices *m_notices;
    IncidentsPage *m_incidentsPage = nullptr;
    SettingsPage *m_settings = nullptr;
    GatewayPage *m_gateway = nullptr;
    GatewayView m_gatewayView;
    CrashTestPage *m_crashTest = nullptr;
    ProvidersPage *m_providers = nullptr;
    KeyRing *m_keyRing = nullptr;
    BatchPage *m_batch = nullptr;
    PriceList m_prices;
    OlderEventsSource *m_olderEvents = nullptr;
    QVector<KnownPlace> m_places;
    QString m_storeProblem;
    bool m_draftIsBack = false;
    CommandPalette *m_palette;
    ExplainDialog *m_explain = nullptr; ///< once it was asked for
    StatusTray *m_tray = nullptr;
    std::unique_ptr<Notifier> m_desktop;
    RememberedState *m_remembered = nullptr;
};

} // namespace retryscope
