// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/event.h"
#include "telemetry/latencyhistogram.h"

#include <map>

namespace retryscope {

/// Statistics of all calls since the start, from the event stream alone. The seed's dictionary, and more.
class StatsCollector
{
public:
    void onEvent(const Event &event);

    quint64 totalCalls() const { return m_total; }
    quint64 successfulCalls() const { return m_successful; }
    quint64 failedCalls() const { return m_failed; }
    quint64 count(CallOutcome outcome) const;
    /// Attempts made for one call on average; 0 without calls.
    double amplification() const;
    /// The seed's keys (total_calls, success_rate, retries_by_reason, ...) and ours.
    QJsonObject toJson() const;
    /// The seed's log text: a header, totals and rates, then the two lists where they are not empty.
    QString logText() const;

private:
    quint64 m_total = 0, m_successful = 0, m_failed = 0, m_attempts = 0, m_maybeTwice = 0;
    Duration m_waiting{};
    std::map<CallOutcome, quint64> m_outcomes;
    std::map<QString, quint64> m_retriesByReason;    ///< every failed attempt, as the seed counted
    std::map<ProviderId, quint64> m_providerFailures;
    std::map<QString, quint64> m_failedByReason;
    LatencyHistogram m_callTime, m_firstToken;
    qint64 m_tokensIn = 0, m_tokensOut = 0;
};

} // namespace retryscope
