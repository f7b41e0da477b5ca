// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/metricfamily.h"
#include "health/healthsnapshot.h"
#include "telemetry/event.h"

#include <map>

namespace retryscope {

/// What no event says.
struct MetricsNow
{
    int requests = 0;             ///< of programs that are being answered
    double retryBudgetLeft = 1.0; ///< 0..1
    quint64 dropped = 0;          ///< what could not be told to other systems
};

/// Counts events for Prometheus and OpenTelemetry, by labels of few values: never a call, a text or an address. At most
/// `maxSeries` series of a name; what comes after them is counted under "(other)". Memory is bounded. One thread at a time.
class Metrics
{
public:
    static constexpr std::size_t maxSeries = 500;

    void onEvent(const Event &event);
    /// All that is known, with what the judgement says of the present.
    MetricSet set(const HealthSnapshot &health, const MetricsNow &now) const;
    /// The same in the text format 0.0.4.
    QByteArray text(const HealthSnapshot &health, const MetricsNow &now) const { return prometheusText(set(health, now)); }

private:
    using Labels = QByteArrayList; ///< values, in the order of the family's labels
    template <typename Value> using Series = std::map<Labels, Value>;
    template <typename Value> static Value &at(Series<Value> &series, const Labels &labels);
    void onAttempt(const Event &event);

    Series<double> m_calls, m_attempts, m_retries, m_failovers, m_transitions, m_tokens, m_cost;
    double m_callerRepeats = 0.0;
    Series<MetricHistogram> m_callTime, m_attemptTime, m_firstToken, m_delays, m_tokenUsage;
};

} // namespace retryscope
