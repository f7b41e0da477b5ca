// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "health/providercircuits.h"
#include "health/timeseries.h"
#include "theme/theme.h"

#include <map>

namespace retryscope {

/// "32 s", "5 min", "1 h 30 min", "2 d 4 h": for spans where the second does not matter.
QString formatRoughSpan(Duration d);

/// What is known of every provider now, computed from the event stream, and the numbers behind the charts.
/// Bounded memory. Lives on the window's thread.
class DashboardState
{
public:
    /// One limit as the last answer told it.
    struct Limit
    {
        LimitWindow window;
        SteadyTime at{}; ///< when the answer came
        /// Until the window is full again; none where the server did not say.
        std::optional<Duration> resetIn(SteadyTime now) const;
        /// After the reset nothing is known to be used: the limit itself.
        std::optional<qint64> remaining(SteadyTime now) const;
    };
    struct Provider
    {
        ProviderId id;
        QString name, model;
        bool simulated = false;
        ProviderCircuits circuits;
        CircuitState circuit = CircuitState::Closed; ///< the worst of them
        std::optional<SteadyTime> until;          ///< when an open circuit allows its probe
        std::optional<WallTime> openSince;        ///< first opening since it was last closed
        SteadyTime changedAt{};
        RetryReason openReason = RetryReason::None;
        bool slow = false;
        QString slowWhy;
        RetryReason lastReason = RetryReason::None;
        SteadyTime lastFailure{};
        std::optional<SteadyTime> nextTry;        ///< the newest retry that still waits
        bool serverAsked = false;                 ///< who decided that wait
        std::map<QString, QVector<Limit>> limits; ///< by model
        quint32 attempts = 0, failures = 0;       ///< of the last two minutes
        quint32 carried = 0;                      ///< answers in the last ten seconds
    };

    void setProviders(const ProviderConfigs &providers);
    void onEvents(const Events &events);
    /// Brings the two-minute numbers up to date.
    void advance(SteadyTime now, WallTime wall);

    const std::vector<Provider> &providers() const { return m_providers; }
    const Provider *provider(const ProviderId &id) const;
    ProviderState state(const Provider &provider, SteadyTime now) const;
    /// The state to show for all of them: the gravest.
    ProviderState worst(SteadyTime now) const;
    /// The first in order of priority that is not well; none when all are.
    const Provider *firstTrouble(SteadyTime now) const;
    /// Why, and until when.
    QString explanation(const Provider &provider, SteadyTime now) const;
    /// Share of attempts that speak against the provider, 0..1, over two minutes.
    static double errorShare(const Provider &provider);
    /// "2 of 4 providers healthy. OpenAI circuit open since 14:02:10, traffic on Anthropic."
    QString sentence(SteadyTime now) const;

    const TimeSeries &series() const { return m_series; }
    TimeSeries &series() { return m_series; }
    quint64 calls() const { return m_calls; }
    /// Events that never reached the window: gaps in the numbering of the stream.
    quint64 dropped() const { return m_dropped; }
    void forgetDropped() { m_dropped = 0; }
    bool simulated() const;
    /// When the first event came; until then the past reaches to now.
    std::optional<WallTime> firstEvent() const { return m_first; }

private:
    Provider *find(const ProviderId &id);
    void countGap(const Event &event);
    static void apply(Provider &provider, const Event &event);
    static void noteLimits(Provider &provider, const Event &event);
    QString note(const Provider &provider, ProviderState state, SteadyTime now) const;
    QString carrier(const Provider &without) const;

    std::vector<Provider> m_providers;
    TimeSeries m_series;
    std::optional<WallTime> m_first;
    quint64 m_calls = 0, m_lastSeq = 0, m_dropped = 0;
};

} // namespace retryscope
