// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/dashboardstate.h"
#include "words/labels.h"
#include "words/eventwords.h"

#include <QDateTime>

namespace retryscope {
namespace {

constexpr Duration recentFailure = 10s;
constexpr qint64 carriedBins = 10; // seconds
constexpr double tooManyErrors = 0.1;
constexpr std::size_t mostModels = 16;

/// Tenths, rounded up: a countdown never promises what is not there yet.
QString countdown(Duration left) { return formatDuration(std::chrono::ceil<std::chrono::duration<qint64, std::deci>>(std::max<Duration>(left, 100ms))); }
bool isFailure(RetryReason reason) { return traits(reason).health == HealthSignal::Failure; }
QString clockTime(WallTime t) { return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count()).time().toString(QStringLiteral("HH:mm:ss")); }
QString plain(RetryReason reason) { return reason == RetryReason::None ? QString() : toLabel(reason).toLower(); }

/// From calm to grave.
int gravity(ProviderState state)
{
    switch (state) {
    case ProviderState::NoData: return 0;
    case ProviderState::Healthy: return 1;
    case ProviderState::Isolated: return 2;
    case ProviderState::Degraded: return 3;
    case ProviderState::Failing: return 4;
    case ProviderState::Probing: return 5;
    case ProviderState::Down: return 6;
    }
    return 0;
}

bool isWell(ProviderState state) { return gravity(state) <= 1; }

} // namespace

QString formatRoughSpan(Duration d)
{
    const auto s = std::max<qint64>(1, std::chrono::floor<std::chrono::seconds>(d).count());
    if (s < 60)
        return QObject::tr("%1 s").arg(s);
    if (s < 3600)
        return QObject::tr("%1 min").arg(s / 60);
    if (s < 86'400)
        return s % 3600 < 60 ? QObject::tr("%1 h").arg(s / 3600) : QObject::tr("%1 h %2 min").arg(s / 3600).arg(s % 3600 / 60);
    return s % 86'400 < 3600 ? QObject::tr("%1 d").arg(s / 86'400) : QObject::tr("%1 d %2 h").arg(s / 86'400).arg(s % 86'400 / 3600);
}

std::optional<Duration> DashboardState::Limit::resetIn(SteadyTime now) const
{
    return window.resetIn ? std::optional(std::max<Duration>(0s, at + *window.resetIn - now)) : std::nullopt;
}

std::optional<qint64> DashboardState::Limit::remaining(SteadyTime now) const
{
    const auto left = resetIn(now);
    return left && *left == 0s && window.limit ? window.limit : window.remaining;
}

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

const DashboardState::Provider *DashboardState::provider(const ProviderId &id) const { return const_cast<DashboardState *>(this)->find(id); }

bool DashboardState::simulated() const
{
    return std::any_of(m_providers.begin(), m_providers.end(), [](const Provider &p) { return p.simulated; });
}

/// Numbers grow by one on a stream; one that falls back is a new stream.
void DashboardState::countGap(const Event &event)
{
    if (m_lastSeq && event.seq > m_lastSeq + 1)
        m_dropped += event.seq - m_lastSeq - 1;
    if (event.seq)
        m_lastSeq = event.seq;
}

void DashboardState::onEvents(const Events &events)
{
    for (const Event &e : events) {
        countGap(e);
        if (!m_first)
            m_first = e.wall;
        m_calls += e.kind == EventKind::CallFinished;
        m_series.onEvent(e);
        if (Provider *p = find(e.provider))
            apply(*p, e);
    }
}

void DashboardState::noteLimits(Provider &p, const Event &e)
{
    if (e.limits.isEmpty() || (!p.limits.contains(e.model) && p.limits.size() >= mostModels))
        return;
    auto &limits = p.limits[e.model];
    for (const LimitWindow &w : e.limits) {
        const auto it = std::find_if(limits.begin(), limits.end(), [&](const Limit &l) { return l.window.kind == w.kind; });
        if (it == limits.end())
            limits.append({w, e.at});
        else
            *it = {w, e.at};
    }
}

void DashboardState::apply(Provider &p, const Event &e)
{
    switch (e.kind) {
    case EventKind::CircuitChanged:
        p.circuits.apply(e, p.model);
        p.circuit = p.circuits.worst().state;
        p.until = p.circuits.worst().until;
        p.changedAt = e.at;
        if (p.circuit == CircuitState::Closed)
            p.openSince.reset();
        else if (p.circuit == CircuitState::Open && !p.openSince)
            p.openSince = e.wall;
        if (p.circuit == CircuitState::Open)
            p.openReason = e.reason != RetryReason::None ? e.reason : p.lastReason;
        if (p.circuit == CircuitState::Closed)
            p.lastReason = RetryReason::None; // what was before the probe is past
        return;
    case EventKind::DegradedChanged:
        p.slow = e.degraded;
        p.slowWhy = e.detail;
        p.changedAt = e.at;
        return;
    case EventKind::RetryScheduled:
        p.nextTry = e.at + e.delay;
        p.serverAsked = e.delaySource == DelaySource::Server;
        return;
    case EventKind::AttemptFinished: break;
    default: return;
    }
    noteLimits(p, e);
    if (isFailure(e.reason)) {
        p.lastReason = e.reason;
        p.lastFailure = e.at;
    }
}

void DashboardState::advance(SteadyTime now, WallTime wall)
{
    m_series.sync(now, wall);
    const qint64 last = TimeSeries::keyOf(0, m_series.wallOf(now));
    for (Provider &p : m_providers) {
        p.attempts = p.failures = p.carried = 0;
        for (int i = 0; i < seriesSpans[0].bins; ++i) {
            const SeriesBin *bin = m_series.bin(p.id, 0, last - i);
            if (!bin)
                continue;
            p.attempts += bin->attempts;
            p.failures += bin->failures;
            if (i < carriedBins)
                p.carried += bin->attempts - bin->failures;
        }
        if (p.nextTry && *p.nextTry <= now)
            p.nextTry.reset();
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
    if (p.slow)
        return ProviderState::Degraded;
    if (p.attempts == 0)
        return ProviderState::NoData;
    const bool recent = p.lastReason != RetryReason::None && now - p.lastFailure < recentFailure;
    return recent || errorShare(p) > tooManyErrors ? ProviderState::Failing : ProviderState::Healthy;
}

ProviderState DashboardState::worst(SteadyTime now) const
{
    ProviderState worst = ProviderState::NoData;
    for (const Provider &p : m_providers) {
        if (const ProviderState s = state(p, now); gravity(s) > gravity(worst))
            worst = s;
    }
    return worst;
}

const DashboardState::Provider *DashboardState::firstTrouble(SteadyTime now) const
{
    const auto it = std::find_if(m_providers.begin(), m_providers.end(), [&](const Provider &p) { return !isWell(state(p, now)); });
    return it == m_providers.end() ? nullptr : &*it;
}

QString DashboardState::explanation(const Provider &p, SteadyTime now) const
{
    const auto join = [](const QString &why, const QString &until) { return why.isEmpty() ? until : until.isEmpty() ? why : QObject::tr("%1 · %2").arg(why, until); };
    switch (state(p, now)) {
    case ProviderState::Down: {
        const Duration left = p.until ? std::max<Duration>(0s, *p.until - now) : 0s;
        return join(plain(p.openReason), left > 0s ? QObject::tr("probe in %1").arg(countdown(left)) : QObject::tr("probe with the next call"));
    }
    case ProviderState::Probing: return join(plain(p.openReason), QObject::tr("one probe is on its way"));
    case ProviderState::Isolated: return QObject::tr("isolated by you %1 ago").arg(formatRoughSpan(now - p.changedAt));
    case ProviderState::Degraded:
    case ProviderState::Failing: {
        if (p.slow)
            return join(QObject::tr("slow"), p.slowWhy);
        if (p.nextTry && *p.nextTry > now)
            return join(plain(p.lastReason), (p.serverAsked ? QObject::tr("next try in %1, as asked") : QObject::tr("next try in %1")).arg(countdown(*p.nextTry - now)));
        return join(plain(p.lastReason), QObject::tr("%1 % of attempts failed").arg(100.0 * errorShare(p), 0, 'f', 0));
    }
    case ProviderState::NoData: return QObject::tr("no calls in the last 2 min");
    case ProviderState::Healthy: return {};
    }
    return {};
}

double DashboardState::errorShare(const Provider &p) { return p.attempts == 0 ? 0.0 : double(p.failures) / double(p.attempts); }

/// Who answers instead: the one with most answers in the last ten seconds.
QString DashboardState::carrier(const Provider &without) const
{
    const Provider *best = nullptr;
    for (const Provider &p : m_providers) {
        if (p.id != without.id && p.carried > (best ? best->carried : 0))
            best = &p;
    }
    return best ? best->name : QString();
}

QString DashboardState::note(const Provider &p, ProviderState s, SteadyTime now) const
{
    const QString who = carrier(p), on = who.isEmpty() ? QString() : QObject::tr(", traffic on %1").arg(who);
    const QString since = p.openSince ? QObject::tr(" since %1").arg(clockTime(*p.openSince)) : QString();
    switch (s) {
    case ProviderState::Down: return QObject::tr("%1 circuit open%2%3").arg(p.name, since, on);
    case ProviderState::Probing: return QObject::tr("%1 is being probed, circuit open%2%3").arg(p.name, since, on);
    case ProviderState::Isolated: return QObject::tr("%1 isolated by you").arg(p.name);
    default: return p.slow ? QObject::tr("%1 is slow").arg(p.name) : QObject::tr("%1 degraded: %2").arg(p.name, p.lastReason == RetryReason::None ? explanation(p, now) : plain(p.lastReason));
    }
}

QString DashboardState::sentence(SteadyTime now) const
{
    if (m_providers.empty())
        return QObject::tr("No provider is enabled.");
    int well = 0, idle = 0;
    QStringList notes;
    for (const Provider &p : m_providers) {
        const ProviderState s = state(p, now);
        well += isWell(s);
        idle += s == ProviderState::NoData;
        if (!isWell(s))
            notes << note(p, s, now);
    }
    const int all = int(m_providers.size());
    if (idle == all)
        return QObject::tr("No calls in the last 2 min; %1 providers are ready.").arg(all);
    QString start = well == all && idle == 0 ? QObject::tr("All %1 providers healthy").arg(all) : QObject::tr("%1 of %2 providers healthy").arg(well).arg(all);
    if (idle > 0)
        start += QObject::tr(" (%1 not asked lately)").arg(idle);
    return notes.isEmpty() ? start + QLatin1Char('.') : QStringLiteral("%1. %2.").arg(start, notes.join(QStringLiteral(". ")));
}

} // namespace retryscope
