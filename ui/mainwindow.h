// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engineclient.h"
#include "models/dashboardstate.h"
#include "pages/dashboardpage.h"

#include <QMainWindow>

class QActionGroup;
class QLabel;
class QStackedWidget;
class QTimer;
class QToolBar;

namespace retryscope {

class EventsPage;
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
    enum Page { Dashboard, Test, Tune, EventLog, PageCount };
    MainWindow(EngineClient &engine, FaultControl faults, Theme &theme, QWidget *parent = nullptr);

    /// Shows what is applied; the engine is told by whoever calls.
    void setConfiguration(const Configuration &configuration);
    void showPage(int page);
    /// A line above the pages, until closed.
    void showNotice(const QString &text);
    const DashboardState &state() const { return m_state; }
    void refreshNow();
    /// Where the dashboard's time before the start comes from; not owned, null takes it away.
    void setPast(DashboardPast *past) { m_dashboard->setPast(past); }
    /// The dashboard alone on the full screen.
    void setWallMode(bool on);

signals:
    /// Something on the dashboard was clicked: the Events page, which is shown now, should show this.
    void eventsRequested(const retryscope::ChartSelection &selection);
    void configurationApplied(const retryscope::Configuration &configuration);

private:
    void buildNavigation();
    void buildMenus();
    void restyle();
    void toggleTheme();
    void showEvents(const ChartSelection &selection);

    EngineClient &m_engine;
    Theme &m_theme;
    DashboardState m_state;
    QStackedWidget *m_pages;
    DashboardPage *m_dashboard;
    TestPage *m_test;
    TunePage *m_tune;
    EventsPage *m_events;
    HealthHeader *m_health;
    QLabel *m_notice, *m_status;
    QActionGroup *m_navigation;
    QToolBar *m_rail = nullptr;
    QAction *m_leaveWall = nullptr;
    QTimer *m_timer;
};

} // namespace retryscope
