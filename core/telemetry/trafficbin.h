// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/event.h"
#include "telemetry/latencyhistogram.h"

#include <array>

namespace retryscope {

/// What happened at one provider (or, without one, to calls that had none yet) in one span of time, counted from events.
/// Two of them can be added. The one type of the live series, of the history's roll-ups and of every number shown.
///
/// A *retry* is an attempt on the provider that the call asked before, a *failover* one on another; both are counted when
/// they are made, at the provider that made them needed.
struct TrafficBin
{
    using Reasons = std::array<quint64, std::size_t(retryReasonCount)>;    ///< by RetryReason
    using Outcomes = std::array<quint64, std::size_t(callOutcomeCount)>;   ///< by CallOutcome
    using SkipCounts = std::array<quint64, std::size_t(skipReasonCount)>;  ///< by SkipReason

    quint64 submitted = 0;      ///< calls; stands where no provider is named
    quint64 started = 0;        ///< attempts
    quint64 maybeTwice = 0;     ///< of these: may have been a second delivery of the same prompt
    Reasons ends{};             ///< attempts that ended, by reason; [None] was answered
    quint64 failures = 0;       ///< of these: speak against the provider, as the engine judged
    Reasons retries{};          ///< by what made them needed
    Reasons failovers{};        ///< from here, by what made them needed
    SkipCounts skips{};         ///< calls that passed it over
    Duration waiting{};         ///< that was scheduled before retries; at most a century
    Outcomes outcomes{};        ///< calls that ended here; where no provider was ever asked, in the bin without one
    Reasons failedCalls{};      ///< of these the failed ones, by reason
    quint64 callAttempts = 0;   ///< attempts of the calls that ended here and were not cancelled, on any provider
    quint64 tokensIn = 0, tokensOut = 0;
    double costUsd = 0.0;       ///< of the attempts whose cost is known
    quint64 unpriced = 0;       ///< answered, but with an unknown price or usage
    quint64 real = 0, simulated = 0; ///< events that were counted here, by where they came from
    LatencyHistogram latency;   ///< of answered attempts
    LatencyHistogram firstToken;///< of streamed attempts

    /// Whether the event adds to any count.
    static bool concerns(const Event &event);
    void add(const Event &event);
    void merge(const TrafficBin &other);
    /// All but the latencies, which cost most.
    void mergeCounts(const TrafficBin &other);
    bool isEmpty() const { return real + simulated == 0; }

    quint64 answered() const { return ends[std::size_t(RetryReason::None)]; }
    quint64 cancelled() const { return ends[std::size_t(RetryReason::Cancelled)]; }
    /// Ended with a reason that is neither success nor cancelled.
    quint64 failed() const;
    /// Ended, without the cancelled.
    quint64 attempts() const { return answered() + failed(); }
    quint64 retryCount() const;
    quint64 failoverCount() const;
    quint64 skipCount() const;
    quint64 count(CallOutcome outcome) const { return outcomes[std::size_t(outcome)]; }
    quint64 served() const;  ///< calls that got an answer
    quint64 owed() const { return served() + count(CallOutcome::Failed); } ///< calls that ended, without the cancelled
    bool operator==(const TrafficBin &) const = default;
};

} // namespace retryscope
