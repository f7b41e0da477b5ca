// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "health/healthsnapshot.h"
#include "pricing/pricelist.h"
#include "telemetry/event.h"

#include <QObject>

#include <functional>
#include <thread>

namespace retryscope {

constexpr Duration rehearsalLength = 2min; ///< what the dashboard of the simulation starts with

/// Under what is played: what the engine that goes on is given, too.
struct RehearsalPlan
{
    Configuration configuration;
    PriceList prices;
};

/// The minutes before the first frame, so that the dashboard of the simulation is not empty: the engine itself, under this
/// plan, played on virtual time against the simulated providers, one call each half second. Its events end at `now` and
/// have a run of their own; calls are numbered from 1. Empty unless every enabled provider is simulated.
Events rehearse(const RehearsalPlan &plan, Duration length, SteadyTime now, WallTime wall, quint64 seed);

struct Rehearsed
{
    RehearsalPlan plan;
    Events events;
    HealthUpdate health;         ///< what they mean
};

/// Rehearses on a thread of its own, so that a window can be built meanwhile; may be made before the application is.
class Rehearsal final : public QObject
{
    Q_OBJECT
public:
    /// Begins at once. `plan` is called on the thread, too, and may read files.
    Rehearsal(std::function<RehearsalPlan()> plan, Duration length, quint64 seed);
    /// Waits until it has been played.
    ~Rehearsal() override;

signals:
    /// On the thread of whoever made it.
    void played(const retryscope::Rehearsed &rehearsed);

private:
    std::thread m_thread;
};

} // namespace retryscope
