// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/ids.h"
#include "policy/circuitbreaker.h"

#include <QHash>
#include <QVector>

#include <map>
#include <optional>

namespace retryscope {

struct ProviderHealth
{
    ProviderId provider;
    CircuitState state = CircuitState::Closed;
    std::optional<SteadyTime> probeAt;
    int failures = 0; ///< since the last success
};

/// The order of providers and one circuit for each. An unknown name is no error: it has no circuit and is never next.
class ProviderFailoverHandler
{
public:
    explicit ProviderFailoverHandler(RetryConfig config = {}, QVector<ProviderId> order = {QStringLiteral("openai"),
        QStringLiteral("anthropic"), QStringLiteral("google_ai"), QStringLiteral("mistral")});

    const QVector<ProviderId> &order() const { return m_order; }
    /// Circuits of providers that stay keep their state.
    void configure(const RetryConfig &config, const QVector<ProviderId> &order);

    CircuitBreaker *circuit(const ProviderId &provider);
    /// The first in `chain` (empty: the whole order) that may be asked now, without those in `except`.
    std::optional<ProviderId> nextProvider(SteadyTime now, const QVector<ProviderId> &chain = {}, const QVector<ProviderId> &except = {}) const;
    /// The soonest time at which one of the chain allows a probe.
    std::optional<SteadyTime> soonestProbe(const QVector<ProviderId> &chain) const;
    std::optional<CircuitTransition> markProviderHealthy(const ProviderId &provider);
    std::optional<CircuitTransition> record(const ProviderId &provider, Permit permit, HealthSignal signal, SteadyTime now);
    QVector<ProviderHealth> healthStatus() const;

private:
    RetryConfig m_config;
    QVector<ProviderId> m_order;
    std::map<ProviderId, CircuitBreaker> m_circuits;
    std::map<ProviderId, int> m_failures;
};

} // namespace retryscope
