// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "health/timeseries.h"
#include "protocols/provider.h"

#include <functional>

namespace retryscope {

/// Whose traffic belongs to the dashboard's past: simulated calls are no past of a real provider, whatever their ids.
struct PastTraffic
{
    std::map<ProviderId, bool> simulated; ///< the configured ones
    TrafficKinds kinds;                   ///< of others, and of calls that found nobody; neither: any
    bool holds(const ProviderId &provider, bool isSimulated) const
    {
        if (const auto known = simulated.find(provider); known != simulated.end())
            return known->second == isSimulated;
        return kinds == TrafficKinds{} || (isSimulated ? kinds.simulated : kinds.real);
    }
    bool operator==(const PastTraffic &) const = default;
};

/// What the dashboard asks of a history: one window, in the bins of that window.
struct PastRequest
{
    std::size_t span = 0;  ///< index into seriesSpans
    WallTime from{},
        until{}; ///< events with from <= wall < until; `until` is the first that the dashboard counted itself
    WallTime since{}, now{}; ///< and what other programs recorded with since <= wall <= now; empty: nothing of them
    PastTraffic traffic;
};

struct PastAnswer
{
    SeriesPieces pieces;                  ///< any order; an empty bin may be left out
    std::map<ProviderId, std::vector<StateChange>> changes;
    std::vector<WatchedSpan> watched;     ///< when some program ran and recorded
    QString problem;                      ///< a sentence when the past could not be read; empty when it was
    bool operator==(const PastAnswer &) const = default;
};

/// Where the dashboard gets what happened before it started, and what other programs do meanwhile. Without one it shows
/// what it saw itself.
class DashboardPast
{
public:
    virtual ~DashboardPast() = default;
    /// `reply` is called once, later, on the thread of the caller; never from inside this call.
    virtual void request(const PastRequest &request, std::function<void(const PastAnswer &)> reply) = 0;
};

} // namespace retryscope
