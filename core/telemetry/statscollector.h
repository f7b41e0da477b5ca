// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/event.h"
#include "telemetry/latencyhistogram.h"

#include <array>
#include <map>

namespace retryscope {

/// What was counted of one provider, of one model, or of all attempts.
struct AttemptStats
{
    quint64 started = 0;
    quint64 answered = 0;      ///< finished well
    quint64 failed = 0;        ///< finished with any reason but cancelled
    quint64 cancelled = 0;
    std::array<quint64, retryReasonCount> failedByReason{}; ///< by RetryReason
    quint64 onPurpose = 0;     ///< of those that finished: met a fault that a person plays
    quint64 maybeSent = 0;     ///< ended without it being known whether the request arrived
    quint64 maybeTwice = 0;    ///< started although an earlier attempt of the same call may have been delivered
    qint64 tokensIn = 0, tokensOut = 0;
    quint64 unpriced = 0;      ///< answered, but with an unknown price or usage: what costUsd does not hold
    double costUsd = 0.0;
    double simulatedCostUsd = 0.0; ///< in invented prices, never added to costUsd
    LatencyHistogram duration; ///< of answered attempts
    LatencyHistogram firstToken;
};

/// Statistics of all calls since the start, from the event stream alone: the original's dictionary, and more.
///
/// Memory is bounded for ever: counters and histograms, for at most 64 providers of at most 64 models each; what comes
/// after them is counted together under "(other)". Nothing is ever reset: a copy is a snapshot, and two snapshots give
/// the difference. One thread at a time.
class StatsCollector
{
public:
    static constexpr std::size_t maxProviders = 64;
    static constexpr std::size_t maxModels = 64; ///< of one provider

    struct Provider
    {
        AttemptStats all;
        quint64 callsWon = 0;  ///< calls that this provider answered in the end
        Duration waiting{};    ///< spent before retries on it
        std::map<QString, AttemptStats> models;
    };

    void onEvent(const Event &event);

    quint64 totalCalls() const { return m_total; }
    quint64 successfulCalls() const { return m_successful; }
    quint64 failedCalls() const { return m_failed; }
    quint64 count(CallOutcome outcome) const { return m_outcomes[std::size_t(outcome)]; }
    /// Attempts made for one call on average; 0 without calls.
    double amplification() const;
    /// Time that calls spent between attempts, in all.
    Duration waiting() const { return m_waiting; }
    /// Of calls that ended by themselves, successfully or not; cancelled ones say nothing.
    const LatencyHistogram &callTime() const { return m_callTime; }
    const AttemptStats &attempts() const { return m_attempts; }
    const std::map<ProviderId, Provider> &providers() const { return m_providers; }

    /// One object. The original's keys: total_calls, successful_calls, failed_calls, retries_by_reason (every failed
    /// attempt), provider_failures, success_rate (of calls that were not cancelled), retry_rate. Ours: outcomes by name, failed_by_reason (calls), attempts,
    /// amplification, waiting_s, quantiles such as call_p95_s and ttft_p50_s (absent without samples), tokens_in,
    /// tokens_out, cost_usd (known part), simulated_cost_usd, on_purpose (where there are any), unpriced_attempts, maybe_sent, maybe_delivered_twice, and
    /// under "providers" the same for each provider and its "models". Durations in seconds, money in US dollars.
    QJsonObject toJson() const;
    /// The original's log text: a header, totals and rates, then the two lists where they are not empty; a line more where
    /// calls were cancelled.
    QString logText() const;

private:
    template <typename Update> void update(const Event &event, Update update);
    Provider &provider(const ProviderId &id);
    void onCallFinished(const Event &event);

    quint64 m_total = 0, m_successful = 0, m_failed = 0;
    Duration m_waiting{};
    std::array<quint64, callOutcomeCount> m_outcomes{};                      ///< by CallOutcome
    std::array<quint64, retryReasonCount> m_callsFailedByReason{};
    LatencyHistogram m_callTime;
    AttemptStats m_attempts;
    std::map<ProviderId, Provider> m_providers;
};

} // namespace retryscope
