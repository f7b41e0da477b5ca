// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/chartmodel.h"
#include "models/chartselection.h"
#include "sandbox/sandbox.h"
#include "theme/theme.h"
#include "transport/faulttransport.h"

#include <QFrame>

class QAction;
class QActionGroup;
class QGridLayout;
class QLabel;
class QToolButton;

namespace retryscope {

class ElidedLabel;
class HeartbeatStrip;

/// One provider at a glance: state by glyph, word and colour, why and until when, three numbers, the last beats.
class ProviderCard : public QFrame
{
    Q_OBJECT
public:
    ProviderCard(const ProviderReport &provider, const Theme &theme, QWidget *parent = nullptr);
    /// State, reason and countdown; cheap enough for ten times a second.
    void refreshState(const DashboardState &state, const ProviderReport &provider, SteadyTime now);
    const ProviderId &provider() const { return m_id; }
    /// Numbers and beats of the window. `known`: windowOf() the frame and the provider, where somebody has it; else null.
    void refreshNumbers(const ChartFrame &frame, const TrafficBin *known);
    /// The fault that is being played on it, on the card and in its menu.
    void setFault(Fault fault);
    /// Offers to answer calls to a provider that is no simulated one with a fault, for a time. Once, before it is shown.
    void offerPlayedFaults();
    /// The fault that is played on it, on the card and in its menu; none: nothing is.
    void setPlayedFault(const std::optional<FaultPlan> &plan);
    /// What is known against its model, such as a shutdown that is near; empty: nothing.
    void setModelWarning(const QString &warning);
    /// Without buttons, for a screen across the room.
    void setQuiet(bool quiet);
    /// Among many it takes little room while there is nothing to tell of it: nobody asked or skipped it, and no fault is on.
    void setAmongMany(bool many) { m_amongMany = many; }

signals:
    void faultRequested(const QString &provider, retryscope::Fault fault);
    void playRequested(const QString &provider, const retryscope::FaultPlan &plan);
    void stopFaultsRequested();
    void isolateRequested(const QString &provider);
    void releaseRequested(const QString &provider);
    void probeRequested(const QString &provider);
    void eventsRequested(const retryscope::ChartSelection &query);

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    QLabel *addNumber(QGridLayout *grid, int column, QLabel **caption);
    QToolButton *addButton(const char *name, const QString &text, const QString &help);
    void applyFonts();
    void addFaultMenu(const QString &name);
    void tellFault(const QString &what);
    void fitFault();
    QString m_id, m_provider;
    QString m_reason;      ///< of the state
    quint64 m_skipped = 0; ///< calls that passed it over, in the window
    const Theme &m_theme;
    ProviderState m_state = ProviderState::Unproven;
    void setFolded(bool folded);
    void showWhy();
    bool m_quiet = false, m_amongMany = false, m_folded = false;
    quint64 m_version = ~0ULL;
    qint64 m_key = 0;
    std::size_t m_span = 99;
    ElidedLabel *m_name, *m_why;
    QLabel *m_stateLabel, *m_fault, *m_modelBadge, *m_p95, *m_errors, *m_attempts, *m_captions[3];
    HeartbeatStrip *m_beats;
    QWidget *m_buttons;
    QToolButton *m_isolate, *m_probe;
    QActionGroup *m_faults = nullptr;
    QActionGroup *m_played = nullptr, *m_lasting = nullptr, *m_share = nullptr; ///< of faults that are played
    QAction *m_stopFaults = nullptr;
};

} // namespace retryscope
