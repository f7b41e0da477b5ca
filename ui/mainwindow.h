// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/historyvalues.h"
#include "engine/engineclient.h"
#include "models/dashboardstate.h"
#include "pages/dashboardpage.h"
#include "telemetry/eventfilter.h"

#include <QMainWindow>

class QActionGroup;
class QLabel;
class QStackedWidget;
class QTimer;
class QVBoxLayout;
class QToolBar;

namespace retryscope {

class EventsPage;
class IncidentKeeper;
class IncidentModel;
class IncidentNotices;
class IncidentsPage;
class NoticeBar;
class Notifier;
class OlderEventsSource;
class StatusTray;
class HealthHeader;
class TestPage;
class TunePage;

/// Switches a fault of a simulated provider.
using FaultControl = std::function<void(const ProviderId &, Fault)>;

/// The window: navigation, the health sentence, and the pages.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    enum Page { Dashboard, Test, Tune, EventLog, Incidents, PageCount };
    MainWindow(EngineClient &engine, FaultControl faults, Theme &theme, QWidget *parent = nullptr);
    ~MainWindow() override;

    /// Shows what is applied; the engine is told by whoever calls.
    void setConfiguration(const Configuration &configuration);
    void showPage(int page);
    /// A line above the pages, until closed.
    void showNotice(const QString &text);
    /// Shows the events that match.
    void showEvents(const EventFilter &filter);
    /// Keeps incidents in this file; without it they live as long as the window.
    void keepIncidents(const QString &path);
    /// Tells of incidents outside the window where the desktop can: its notification service, else by the tray.
    void useDesktopNotices();
    /// Where "Load older" on the Events page asks. Must outlive the window.
    void setOlderEvents(OlderEventsSource *source);
    const DashboardState &state() const { return m_state; }
    void refreshNow();
    /// Where the dashboard's time before the start comes from; not owned, null takes it away.
    void setPast(DashboardPast *past) { m_dashboard->setPast(past); }
    /// Shows the fault that is being played on a simulated provider.
    void setFault(const ProviderId &provider, Fault fault) { m_dashboard->setFault(provider, fault); }
    /// How the event store is doing, in the status bar.
    void showHistory(const HistoryStatus &status);
    /// The dashboard alone on the full screen.
    void setWallMode(bool on);

signals:
    void configurationApplied(const retryscope::Configuration &configuration);

private:
    void buildNavigation();
    void buildMenus();
    void restyle();
    void toggleTheme();
    void buildIncidents(QVBoxLayout *column);
    void buildEditMenu();
    void watchIncidents();
    void muteNotices(Duration length);
    void showSelection(const ChartSelection &selection);

    EngineClient &m_engine;
    Theme &m_theme;
    DashboardState m_state;
    QStackedWidget *m_pages;
    DashboardPage *m_dashboard;
    TestPage *m_test;
    TunePage *m_tune;
    EventsPage *m_events;
    HealthHeader *m_health;
    QLabel *m_notice, *m_status, *m_historyStatus;
    std::optional<HistoryStatus> m_history;
    QActionGroup *m_navigation;
    QToolBar *m_rail = nullptr;
    QAction *m_leaveWall = nullptr;
    QTimer *m_timer;
    IncidentModel *m_incidents;
    std::unique_ptr<IncidentKeeper> m_keeper; ///< goes before the model that it saves
    NoticeBar *m_noticeBar;
    IncidentNotices *m_notices;
    IncidentsPage *m_incidentsPage = nullptr;
    StatusTray *m_tray = nullptr;
    std::unique_ptr<Notifier> m_desktop;
    QLabel *m_muted;
};

} // namespace retryscope
