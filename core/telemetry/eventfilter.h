// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/event.h"

#include <set>

namespace retryscope {

/// Which events are meant: those that match everything that is set. Empty: all.
struct EventFilter
{
    ProviderId provider;                 ///< the event's own, or the one failed over to
    std::set<RetryReason> reasons;       ///< empty: any
    std::optional<EventKind> kind;
    std::optional<CallOutcome> outcome;
    std::optional<bool> simulated;
    std::optional<WallTime> from, to;    ///< both inclusive
    CallId call;
    bool problemsOnly = false; ///< went wrong, or changes a circuit or the speed; who was passed over lost nothing

    bool matches(const Event &e) const
    {
        return (provider.isEmpty() || e.provider == provider || e.toProvider == provider)
               && (reasons.empty() || reasons.contains(e.reason)) && (!kind || e.kind == *kind)
               && (!outcome || e.outcome == *outcome) && (!simulated || e.simulated == *simulated)
               && (!from || e.wall >= *from) && (!to || e.wall <= *to) && (!call || e.call == call)
               && (!problemsOnly || (e.reason != RetryReason::None && e.kind != EventKind::ProviderSkipped)
                   || e.kind == EventKind::CircuitChanged || e.kind == EventKind::DegradedChanged);
    }
    bool isEmpty() const { return *this == EventFilter{}; }
    bool operator==(const EventFilter &) const = default;
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::EventFilter)
