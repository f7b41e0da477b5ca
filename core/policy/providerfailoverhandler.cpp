// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/providerfailoverhandler.h"

namespace retryscope {

ProviderFailoverHandler::ProviderFailoverHandler(RetryConfig config, QVector<ProviderId> order)
{
    configure(config, order);
}

void ProviderFailoverHandler::configure(const RetryConfig &config, const QVector<ProviderId> &order)
{
    m_config = config;
    m_order = order;
    std::erase_if(m_circuits, [&](const auto &entry) { return !order.contains(entry.first); });
    for (const ProviderId &id : order)
        m_circuits.try_emplace(id, config).first->second.setConfig(config);
}

CircuitBreaker *ProviderFailoverHandler::circuit(const ProviderId &provider)
{
    const auto it = m_circuits.find(provider);
    return it == m_circuits.end() ? nullptr : &it->second;
}

std::optional<ProviderId> ProviderFailoverHandler::nextProvider(SteadyTime now, const QVector<ProviderId> &chain,
                                                                const QVector<ProviderId> &except) const
{
    for (const ProviderId &id : chain.isEmpty() ? m_order : chain) {
        const auto it = m_circuits.find(id);
        if (it != m_circuits.end() && !except.contains(id) && it->second.wouldAllow(now))
            return id;
    }
    return std::nullopt;
}

std::optional<SteadyTime> ProviderFailoverHandler::soonestProbe(const QVector<ProviderId> &chain) const
{
    std::optional<SteadyTime> soonest;
    for (const ProviderId &id : chain.isEmpty() ? m_order : chain) {
        const auto it = m_circuits.find(id);
        const auto at = it == m_circuits.end() ? std::nullopt : it->second.probeAt();
        if (at && (!soonest || *at < *soonest))
            soonest = at;
    }
    return soonest;
}

std::optional<CircuitTransition> ProviderFailoverHandler::markProviderHealthy(const ProviderId &provider)
{
    m_failures.erase(provider);
    CircuitBreaker *breaker = circuit(provider);
    return breaker ? breaker->release() : std::nullopt;
}

std::optional<CircuitTransition> ProviderFailoverHandler::record(const ProviderId &provider, Permit permit, HealthSignal signal, SteadyTime now)
{
    CircuitBreaker *breaker = circuit(provider);
    if (!breaker)
        return std::nullopt;
    if (signal == HealthSignal::Success)
        m_failures.erase(provider);
    else if (signal == HealthSignal::Failure)
        ++m_failures[provider];
    return breaker->record(permit, signal, now);
}

QVector<ProviderHealth> ProviderFailoverHandler::healthStatus() const
{
    QVector<ProviderHealth> status;
    for (const ProviderId &id : m_order) {
        const CircuitBreaker &breaker = m_circuits.at(id);
        const auto failures = m_failures.find(id);
        status.append({id, breaker.state(), breaker.probeAt(), failures == m_failures.end() ? 0 : failures->second});
    }
    return status;
}

} // namespace retryscope
