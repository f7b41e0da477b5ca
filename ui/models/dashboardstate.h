// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "telemetry/event.h"
#include "theme/theme.h"

#include <deque>
#include <map>

namespace retryscope {

/// What the dashboard shows, computed from the event stream: two minutes in bins of four seconds. Bounded memory.
class DashboardState
{
public:
    static constexpr Duration bin = 4s;
    static constexpr int bins = 30;
    static constexpr int beats = 44;

    struct Attempt { SteadyTime at; Duration duration; RetryReason reason; };
    struct Provider
    {
        ProviderId id;
        QString name, model;
        bool simulated = false;
        CircuitState circuit = CircuitState::Closed;
        std::optional<SteadyTime> until;          ///< when an open circuit allows its probe
        RetryReason lastReason = RetryReason::None;
        SteadyTime lastFailure{};
        std::deque<Attempt> attempts;             ///< of the window
        std::deque<ProviderState> beats;          ///< newest last
    };

    void setProviders(const ProviderConfigs &providers);
    void onEvents(const Events &events);
    /// Forgets what left the window.
    void advance(SteadyTime now);

    const std::vector<Provider> &providers() const { return m_providers; }
    ProviderState state(const Provider &provider, SteadyTime now) const;
    /// Why, and until when.
    QString explanation(const Provider &provider, SteadyTime now) const;
    static std::optional<Duration> quantile(const std::deque<Attempt> &attempts, double q);
    /// Share of attempts that speak against the provider, 0..1.
    static double errorShare(const Provider &provider);
    /// "3 of 4 providers available. OpenAI down (rate limited · probe in 9.0 s)."
    QString sentence(SteadyTime now) const;

    struct Retry { SteadyTime at; RetryReason reason; };
    const std::deque<Retry> &retries() const { return m_retries; }
    quint64 calls() const { return m_calls; }

private:
    Provider *find(const ProviderId &id);
    std::vector<Provider> m_providers;
    std::deque<Retry> m_retries;
    quint64 m_calls = 0;
};

} // namespace retryscope
