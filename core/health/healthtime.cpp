// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// How the wall clock and the steady one come apart, and what is told then.
#include "health/healthmonitor.h"

#include <algorithm>
#include <utility>

namespace retryscope {

/// What the wall clock passed over, as a machine sleeps or somebody sets it forward, nobody watched.
void HealthMonitor::follow(SteadyTime at, WallTime wall)
{
    const std::chrono::milliseconds step = m_series.sync(at, wall);
    if (step < 0s)
        setBack(step, wall);
    else if (step > 0s && !m_lostSince)
        m_missed.push_back({wall - step, wall});
    m_wall = wall;
}

/// What stands goes on standing, and began as long ago as it did: no state is told as of the future.
void HealthMonitor::setBack(std::chrono::milliseconds step, WallTime wall)
{
    std::erase_if(m_changes, [wall](const auto &change) { return change.second.at > wall; });
    const auto shift = [step](std::optional<WallTime> *time) {
        if (*time)
            **time += step;
    };
    for (Watched &w : m_providers) {
        w.since += step;
        w.circuits.shift(step);
        shift(&w.closedUntil);
        shift(&w.report.lastAsked);
        m_changes.push_back({w.report.id, {wall, w.told, w.toldReason}});
    }
    shift(&m_failingSince);
    shift(&m_lastFailedCall);
    const qint64 last = TimeSeries::keyOf(0, wall);
    auto pieces = std::exchange(m_pieces, {});
    for (const auto &[key, bin] : pieces)
        m_pieces[{key.first, std::min(key.second, last)}].merge(bin); // counted, in the newest second that there is
    m_changed = true;
}

} // namespace retryscope
