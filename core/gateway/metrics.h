// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/healthsnapshot.h"
#include "telemetry/event.h"

#include <array>
#include <map>

namespace retryscope {

/// Counts events for Prometheus, by labels of few values: never a call, a text or an address. At most `maxSeries` series of a
/// name; what comes after them is counted under "(other)". Memory is bounded. One thread at a time.
class Metrics
{
public:
    static constexpr std::size_t maxSeries = 500;

    void onEvent(const Event &event);
    /// The text format 0.0.4; with what the judgement says of the present.
    QByteArray text(const HealthSnapshot &now, int requests) const;

private:
    using Labels = QByteArrayList; ///< values, in the order of the family's names
    /// Seconds: 0.01 times powers of two, up to 81.92.
    struct Histogram
    {
        std::array<quint64, 14> buckets{};
        quint64 count = 0;
        double sum = 0.0;
    };
    template <typename Value> using Series = std::map<Labels, Value>;
    template <typename Value> static Value &at(Series<Value> &series, const Labels &labels);
    static void add(Histogram &histogram, Duration value);
    void onAttempt(const Event &event);

    Series<quint64> m_calls, m_attempts, m_retries, m_failovers, m_transitions, m_tokens;
    quint64 m_callerRepeats = 0;
    Series<double> m_cost;
    Series<Histogram> m_callTime, m_attemptTime, m_firstToken, m_delays;
};

} // namespace retryscope
