// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/dashboardstate.h"

namespace retryscope {
namespace {
constexpr Duration window = DashboardState::bin * DashboardState::bins;
constexpr std::size_t mostAttempts = 20'000;
constexpr Duration recentFailure = 10s;

bool isFailure(RetryReason reason) { return traits(reason).health == HealthSignal::Failure; }
} // namespace

void DashboardState::setProviders(const ProviderConfigs &providers)
{
    std::vector<Provider> next;
    for (const ProviderConfig &config : providers) {
        if (!config.enabled)
            continue;
        Provider *known = find(config.id);
        Provider p = known ? *known : Provider{};
        p.id = config.id;
        p.name = config.name;
        p.model = config.model;
        p.simulated = config.simulated;
        next.push_back(std::move(p));
    }
    m_providers = std::move(next);
}

DashboardState::Provider *DashboardState::find(const ProviderId &id)
{
    const auto it = std::find_if(m_providers.begin(), m_providers.end(), [&](const Provider &p) { return p.id == id; });
    return it == m_providers.end() ? nullptr : &*it;
}

void DashboardState::onEvents(const Events &events)
{
    for (const Event &e : events) {
        m_calls += e.kind == EventKind::CallFinished;
        if (e.kind == EventKind::RetryScheduled || e.kind == EventKind::FailedOver)
            m_retries.push_back({e.at, e.reason});
        Provider *p = find(e.provider);
        if (!p)
            continue;
        if (e.kind == EventKind::CircuitChanged) {
            p->circuit = e.circuitTo;
            p->until = e.openFor ? std::optional(e.at + *e.openFor) : std::nullopt;
        }
        if (e.kind != EventKind::AttemptFinished || e.reason == RetryReason::Cancelled)
            continue;
        p->attempts.push_back({e.at, e.duration, e.reason});
        if (isFailure(e.reason)) {
            p->lastReason = e.reason;
            p->lastFailure = e.at;
        }
        p->beats.push_back(isFailure(e.reason) ? ProviderState::Down : e.reason != RetryReason::None ? ProviderState::Degraded : ProviderState::Healthy);
        if (p->beats.size() > beats)
            p->beats.pop_front();
    }
}

void DashboardState::advance(SteadyTime now)
{
    const SteadyTime start = now - window;
    while (!m_retries.empty() && (m_retries.front().at < start || m_retries.size() > mostAttempts))
        m_retries.pop_front();
    for (Provider &p : m_providers) {
        while (!p.attempts.empty() && (p.attempts.front().at < start || p.attempts.size() > mostAttempts))
            p.attempts.pop_front();
    }
}

ProviderState DashboardState::state(const Provider &p, SteadyTime now) const
{
    switch (p.circuit) {
    case CircuitState::Open: return ProviderState::Down;
    case CircuitState::HalfOpen: return ProviderState::Probing;
    case CircuitState::Isolated: return ProviderState::Isolated;
    case CircuitState::Closed: break;
    }
    if (p.attempts.empty())
        return ProviderState::NoData;
    const bool recent = p.lastReason != RetryReason::None && now - p.lastFailure < recentFailure;
    return recent || errorShare(p) > 0.1 ? ProviderState::Degraded : ProviderState::Healthy;
}

QString DashboardState::explanation(const Provider &p, SteadyTime now) const
{
    const QString why = p.lastReason == RetryReason::None ? QString() : toLabel(p.lastReason).toLower();
    switch (state(p, now)) {
    case ProviderState::Down: {
        const Duration left = p.until ? std::max<Duration>(0s, *p.until - now) : 0s;
        const QString until = left > 0s ? QObject::tr("probe in %1").arg(formatDuration(std::chrono::ceil<std::chrono::seconds>(left))) : QObject::tr("probe with the next call");
        return why.isEmpty() ? until : QObject::tr("%1 · %2").arg(why, until);
    }
    case ProviderState::Probing: return QObject::tr("one probe is on its way");
    case ProviderState::Isolated: return QObject::tr("isolated by you");
    case ProviderState::Degraded: return why;
    case ProviderState::NoData: return QObject::tr("no calls in the last 2 min");
    case ProviderState::Healthy: return {};
    }
    return {};
}

std::optional<Duration> DashboardState::quantile(const std::deque<Attempt> &attempts, double q)
{
    std::vector<Duration> durations;
    for (const Attempt &a : attempts) {
        if (a.reason == RetryReason::None)
            durations.push_back(a.duration);
    }
    if (durations.empty())
        return std::nullopt;
    const auto at = durations.begin() + std::ptrdiff_t(q * double(durations.size() - 1));
    std::nth_element(durations.begin(), at, durations.end());
    return *at;
}

double DashboardState::errorShare(const Provider &p)
{
    const auto failures = std::count_if(p.attempts.begin(), p.attempts.end(), [](const Attempt &a) { return isFailure(a.reason); });
    return p.attempts.empty() ? 0.0 : double(failures) / double(p.attempts.size());
}

QString DashboardState::sentence(SteadyTime now) const
{
    if (m_providers.empty())
        return QObject::tr("No provider is enabled.");
    int well = 0;
    QStringList notes;
    for (const Provider &p : m_providers) {
        const ProviderState s = state(p, now);
        well += s == ProviderState::Healthy || s == ProviderState::NoData;
        if (s != ProviderState::Healthy && s != ProviderState::NoData)
            notes << QObject::tr("%1 %2 (%3)").arg(p.name, stateWord(s).toLower(), explanation(p, now));
    }
    const QString start = QObject::tr("%1 of %2 providers available.").arg(well).arg(m_providers.size());
    return notes.isEmpty() ? start : start + QLatin1Char(' ') + notes.join(QStringLiteral(", ")) + QLatin1Char('.');
}

} // namespace retryscope
