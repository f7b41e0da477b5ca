// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/chartmodel.h"
#include "models/chartselection.h"
#include "sandbox/sandbox.h"
#include "theme/theme.h"
#include "transport/faulttransport.h"

#include <QWidget>

class QButtonGroup;
class QGridLayout;
class QLabel;
class QPushButton;
class QToolButton;

namespace retryscope {

class FlowView;
class LimitsStrip;
class ProviderCard;
class StartChoice;
class TimeChart;

/// Watch: where calls go, a card per provider, and the charts over one window with one cursor. Countdowns ten times a
/// second, charts at most four times, and nothing while it cannot be seen.
class DashboardPage : public QWidget
{
    Q_OBJECT
public:
    DashboardPage(DashboardState &state, const Theme &theme, QWidget *parent = nullptr);
    /// After the providers changed.
    void rebuildCards();
    void refresh(SteadyTime now);
    /// Where the time before the start comes from; not owned.
    void setPast(DashboardPast *past);
    /// Cards and bars alone, larger, for a screen across the room.
    void setWallMode(bool on);
    bool isWallMode() const { return m_wall; }
    /// Nobody here can play faults: none are offered. Before the first cards.
    void offerNoFaults() { m_offersFaults = false; }
    /// Faults can be played before providers that are no simulated ones. Before the first cards.
    void offerPlayedFaults() { m_offersPlayed = true; }
    /// What is played there, shown on their cards.
    void setPlayedFaults(const StandingFaults &faults);
    /// The fault that is being played on a simulated provider, shown on its card.
    void setFault(const ProviderId &provider, Fault fault);
    /// What is known against the models of providers, shown on their cards.
    void setModelWarnings(const std::map<ProviderId, QString> &warnings);
    /// No provider is configured at all: what to do about it is offered in place of an empty page. Before rebuildCards().
    void offerStart(bool offered) { m_offersStart = offered; }
    ChartModel &model() { return m_model; }
    FlowView *flow() const { return m_flow; }
    const QVector<TimeChart *> &charts() const { return m_charts; }

signals:
    void faultRequested(const QString &provider, retryscope::Fault fault);
    void playRequested(const QString &provider, const retryscope::FaultPlan &plan);
    void stopFaultsRequested();
    void isolateRequested(const QString &provider);
    void releaseRequested(const QString &provider);
    void probeRequested(const QString &provider);
    /// A click on a bar, a band, a beat or a card: show what is behind it.
    void eventsRequested(const retryscope::ChartSelection &selection);
    void addProviderRequested();
    /// From the choice that offerStart() offers; an empty key: let me choose.
    void presetRequested(const QString &presetKey);
    void simulationRequested();
    void wallModeRequested();

protected:
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    QWidget *buildBar();
    QWidget *buildSimulatedStrip();
    QWidget *buildWindows();
    QWidget *buildEmpty();
    void showEmpty(bool none);
    void arrange();
    void arrangeCharts();
    bool isShown(int chart) const;
    QFont partFont() const;
    void refreshChips();
    void refreshCharts();
    void refreshPaused();
    void connectCard(ProviderCard *card);

    DashboardState &m_state;
    const Theme &m_theme;
    ChartModel m_model;
    QWidget *m_bar, *m_strip, *m_empty, *m_windows;
    StartChoice *m_start = nullptr; ///< once it is offered
    QLabel *m_paused;
    QToolButton *m_pause, *m_dropped;
    QPushButton *m_outage;
    QButtonGroup *m_spans;
    QGridLayout *m_grid, *m_chartGrid;
    QVector<ProviderCard *> m_cards;
    FlowView *m_flow;
    QVector<TimeChart *> m_charts; ///< in the order of chartTable
    LimitsStrip *m_limits;
    int m_columns = 0, m_chartColumns = 0;
    bool m_wall = false, m_built = false;
    bool m_offersFaults = true, m_offersStart = false, m_offersPlayed = false;
    SteadyTime m_now{}, m_chartsAt{};
    std::map<ProviderId, Fault> m_faults;
    StandingFaults m_played;
    std::map<ProviderId, QString> m_modelWarnings;
};

} // namespace retryscope
