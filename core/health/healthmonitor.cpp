// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/healthmonitor.h"

#include "telemetry/against.h"

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

constexpr Duration recentFailure = 10s;
constexpr int carriedSeconds = 10;
constexpr double tooManyErrors = 0.1;    // of a provider's attempts
constexpr double tooManyFailed = 0.05;   // of the calls
constexpr double muchPain = 0.05;        // of the calls: served, but not by the first choice at once
constexpr std::size_t mostModels = 16;
constexpr Duration leastUnusual = 5s;    // a wait shorter than this is nothing unusual
constexpr double unusualWait = 3.0;      // times the p95 of the window

/// The window of the judgement in bins of the series' first ring.
constexpr int windowSeconds = int(judgedWindow / 1s);

/// What is beyond it is an unusual wait, for who has such answers.
Duration usualWaitOf(const TrafficBin &window)
{
    const auto p95 = window.latency.quantile(0.95);
    return std::max<Duration>(leastUnusual, fromSeconds(unusualWait * (p95 ? toSeconds(*p95) : 0.0)));
}

qint64 minuteOf(SteadyTime at) { return std::chrono::floor<std::chrono::minutes>(at.time_since_epoch()).count(); }

} // namespace

HealthMonitor::HealthMonitor(const IncidentRules &rules) : m_incidents(rules) {}

void HealthMonitor::configure(const Configuration &configuration)
{
    beginAnew(configuration.providers);
    std::vector<Watched> next;
    QSet<ProviderId> ids;
    for (const ProviderConfig &config : configuration.providers) {
        if (!config.enabled)
            continue;
        Watched *known = watched(config.id);
        Watched w = known ? *known : Watched{};
        if (!known)
            w.since = m_wall;
        else if (!isSameServer(w.config, config))
            beginAnew(&w);
        w.config = config;
        w.report.id = config.id;
        w.report.name = config.name.isEmpty() ? config.id : config.name;
        w.report.model = config.model;
        w.report.simulated = config.simulated;
        ids.insert(config.id);
        next.push_back(std::move(w));
    }
    m_providers = std::move(next);
    m_retry = configuration.retry;
    m_incidents.keepProviders(ids);
    m_changed = true;
}

/// Its circuits are closed by events, but for one that a person holds open.
void HealthMonitor::beginAnew(Watched *w)
{
    m_series.forget(w->config.id);
    Watched anew;
    anew.circuits = w->circuits;
    anew.closedUntil = w->closedUntil;
    anew.told = w->told;
    anew.toldReason = w->toldReason;
    anew.since = w->since;
    *w = std::move(anew);
}

/// Where calls of one kind end, be it of one provider, what was counted of them says nothing any more.
void HealthMonitor::beginAnew(const ProviderConfigs &next)
{
    const TrafficKinds kinds = kindsOf(next);
    if (kinds == TrafficKinds{})
        return; // nobody is asked: nothing begins
    bool ended = (m_kinds.real && !kinds.real) || (m_kinds.simulated && !kinds.simulated);
    for (const ProviderConfig &config : next) {
        const Watched *known = watched(config.id);
        ended |= known && config.enabled && known->config.simulated != config.simulated;
    }
    m_kinds = kinds;
    if (!ended)
        return;
    m_series = TimeSeries(1);
    m_series.sync(m_now, m_wall);
    m_started = m_now;
    m_lastFailedAt.reset();
    m_lastFailedCall.reset();
    m_failingSince.reset();
    m_pieces.clear();
    m_changes.clear();
    m_anew = true;
}

HealthMonitor::Watched *HealthMonitor::watched(const ProviderId &id)
{
    const auto it =
        std::find_if(m_providers.begin(), m_providers.end(), [&](const Watched &w) { return w.report.id == id; });
    return it == m_providers.end() ? nullptr : &*it;
}

void HealthMonitor::onEvent(const Event &e)
{
    m_now = std::max(m_now, e.at);
    m_started = std::min(m_started.value_or(e.at), e.at);
    follow(e.at, e.wall);
    count(e);
    onCallEvent(e);
    if (Watched *provider = watched(e.provider))
        onProviderEvent(*provider, e);
    m_incidents.onEvent(e);
    m_changed = true;
    if (e.kind == EventKind::CircuitChanged || e.kind == EventKind::DegradedChanged)
        judgeStates(); // rare, and its time is exact
}

void HealthMonitor::count(const Event &e)
{
    m_series.onEvent(e);
    if (TrafficBin::concerns(e))
        m_pieces[{e.provider, TimeSeries::keyOf(0, m_series.wallOf(e.at))}].add(e);
}

void HealthMonitor::onCallEvent(const Event &e)
{
    switch (e.kind) {
    case EventKind::CallSubmitted:
        ++m_asked;
        noteRepeat(e);
        if (m_flights.size() < mostFlights)
            m_flights[e.call.value] = {e.at, {}};
        break;
    case EventKind::AttemptStarted:
        if (const auto it = m_flights.find(e.call.value); it != m_flights.end())
            it->second = {it->second.since, e.provider, e.at, true};
        break;
    case EventKind::FirstToken:
        if (const auto it = m_flights.find(e.call.value); it != m_flights.end())
            it->second.silent = false;
        break;
    case EventKind::AttemptFinished:
        if (const auto it = m_flights.find(e.call.value); it != m_flights.end())
            it->second = {it->second.since};
        break;
    case EventKind::CallFinished:
        ++m_ended;
        m_flights.erase(e.call.value);
        if (e.outcome != CallOutcome::Cancelled)
            m_lastEnded = e.at;
        if (e.outcome == CallOutcome::Failed) {
            m_lastFailedAt = e.at;
            if (!m_lastFailedCall || e.wall - *m_lastFailedCall > judgedWindow)
                m_failingSince = e.wall;
            m_lastFailedCall = e.wall;
        }
        break;
    default: break;
    }
}

void HealthMonitor::noteLimits(ProviderReport *report, const Event &e)
{
    if (e.limits.empty() || (!report->limits.contains(e.model) && report->limits.size() >= mostModels))
        return;
    auto &limits = report->limits[e.model];
    for (const LimitWindow &w : e.limits) {
        const auto it =
            std::find_if(limits.begin(), limits.end(), [&](const LimitReport &l) { return l.window.kind == w.kind; });
        if (it == limits.end())
            limits.append({w, e.at});
        else
            *it = {w, e.at};
    }
}

void HealthMonitor::noteAnswer(Watched *w, const Event &e)
{
    w->answered[e.model] = w->heard = e.at;
    if (w->answered.size() > mostModels)
        w->answered.erase(std::min_element(w->answered.begin(), w->answered.end(),
                                           [](const auto &a, const auto &b) { return a.second < b.second; }));
}

/// Some of its models are shut, and another one has answered lately: the provider is not down.
bool HealthMonitor::othersAnswer(const Watched &w) const
{
    return w.circuits.onlyModels() && std::any_of(w.answered.begin(), w.answered.end(), [&](const auto &answer) {
               return m_now - answer.second < judgedWindow && !w.circuits.isShut(answer.first);
           });
}

void HealthMonitor::noteRepeat(const Event &e)
{
    if (e.callerRepeat == 0)
        return;
    const qint64 minute = minuteOf(e.at);
    ++m_repeats[minute];
    m_repeats.erase(m_repeats.begin(), m_repeats.upper_bound(minute - repeatsWindow.count()));
}

void HealthMonitor::onCircuit(Watched &w, const Event &e)
{
    w.circuits.apply(e, w.report.model);
    if (w.circuits.worst().state == CircuitState::Closed) {
        w.closedUntil.reset();
        w.lastFailureAt.reset(); // what was before the probe is past
    } else if (!w.closedUntil) {
        w.closedUntil = e.wall;
    }
}

void HealthMonitor::onProviderEvent(Watched &w, const Event &e)
{
    ProviderReport &r = w.report;
    switch (e.kind) {
    case EventKind::CircuitChanged: onCircuit(w, e); break;
    case EventKind::DegradedChanged:
        w.slow = e.degraded;
        r.slowWhy = e.detail;
        break;
    case EventKind::AttemptStarted:
        r.lastAsked = e.wall;
        r.nextTry.reset();
        break;
    case EventKind::FirstToken: w.heard = e.at; break;
    case EventKind::RetryScheduled:
        r.nextTry = e.at + e.delay;
        r.serverAsked = e.delaySource == DelaySource::Server;
        break;
    case EventKind::AttemptFinished:
        noteLimits(&r, e);
        if (e.health == HealthSignal::Success)
            noteAnswer(&w, e);
        if (speaksAgainst(e)) {
            w.lastFailure = e.reason;
            w.lastFailureAt = e.at;
        }
        break;
    default: break;
    }
}

void HealthMonitor::advance(SteadyTime now, WallTime wall)
{
    m_now = std::max(m_now, now);
    m_started = m_started.value_or(now);
    follow(now, wall);
    if (!m_lostSince) // what nobody sees neither lasts nor ends
        m_incidents.advance(now, wall);
    judgeStates();
}

TrafficBin HealthMonitor::windowOf(const ProviderId &provider, int seconds) const
{
    TrafficBin all;
    const qint64 last = TimeSeries::keyOf(0, m_series.wallOf(m_now));
    for (int i = 0; i < seconds; ++i) {
        if (const TrafficBin *bin = m_series.bin(provider, 0, last - i))
            all.merge(*bin);
    }
    return all;
}

ProviderState HealthMonitor::judge(const Watched &w, const TrafficBin &window, RetryReason *reason) const
{
    *reason = RetryReason::None;
    if (m_lostSince)
        return ProviderState::Unproven;
    const ProviderCircuits::One worst = w.circuits.worst();
    *reason = worst.reason;
    if (worst.state != CircuitState::Closed && othersAnswer(w))
        return ProviderState::Failing;
    switch (worst.state) {
    case CircuitState::Open: return ProviderState::Down;
    case CircuitState::HalfOpen: return ProviderState::Probing;
    case CircuitState::Isolated: return ProviderState::Isolated;
    case CircuitState::Closed: break;
    }
    *reason = RetryReason::None;
    const bool recent = w.lastFailureAt && m_now - *w.lastFailureAt < recentFailure;
    if (window.failures > 0 && (recent || double(window.failures) > tooManyErrors * double(window.attempts()))) {
        *reason = w.lastFailure;
        return ProviderState::Failing;
    }
    if (w.slow || silence(w) > usualWaitOf(window))
        return ProviderState::Slow;
    return window.answered() > 0 ? ProviderState::Well : ProviderState::Unproven;
}

void HealthMonitor::judgeStates()
{
    for (Watched &w : m_providers) {
        RetryReason reason = RetryReason::None;
        const ProviderState state = judge(w, windowOf(w.report.id, windowSeconds), &reason);
        if (state == w.told && reason == w.toldReason)
            continue;
        // From down to probing and back it is the same trouble.
        const bool same = (state == ProviderState::Probing && w.told == ProviderState::Down)
                          || (state == ProviderState::Down && w.told == ProviderState::Probing) || state == w.told;
        if (!same)
            w.since = (state == ProviderState::Down || state == ProviderState::Probing) && w.closedUntil
                          ? *w.closedUntil
                          : m_wall;
        w.told = state;
        w.toldReason = reason;
        m_changes.push_back({w.report.id, {m_wall, state, reason}});
        m_changed = true;
    }
}

/// How long attempts have waited for it without a word to anybody.
Duration HealthMonitor::silence(const Watched &w) const
{
    Duration longest{};
    for (const auto &[call, flight] : m_flights) {
        if (flight.silent && flight.running == w.report.id)
            longest = std::max<Duration>(longest, m_now - std::max(flight.asked, w.heard));
    }
    return longest;
}

ProviderReport HealthMonitor::report(const Watched &w) const
{
    ProviderReport r = w.report;
    r.state = w.told;
    r.reason = w.toldReason;
    r.since = w.since;
    if (m_lostSince) {
        r.nextTry.reset();
        r.limits.clear();
        return r;
    }
    r.window = windowOf(r.id, windowSeconds);
    if (r.state == ProviderState::Slow && !w.slow)
        r.silentFor = silence(w);
    r.carried = windowOf(r.id, carriedSeconds).answered();
    r.until = w.circuits.worst().until;
    r.circuits = w.circuits.reports();
    r.inFlight = quint64(
        std::count_if(m_flights.begin(), m_flights.end(), [&](const auto &f) { return f.second.running == r.id; }));
    if (r.nextTry && *r.nextTry <= m_now)
        r.nextTry.reset();
    return r;
}

bool HealthMonitor::stuck(const CallReport &report) const
{
    if (!report.oldest)
        return false;
    const SteadyTime since = std::max(*report.oldest, m_lastEnded.value_or(SteadyTime{}));
    return m_now - since > m_retry.firstTokenTimeout;
}

CallReport HealthMonitor::calls() const
{
    CallReport c;
    c.asked = m_asked;
    c.ended = m_ended;
    for (const auto &[minute, count] : m_repeats)
        c.callerRepeats += minute > minuteOf(m_now) - repeatsWindow.count() ? count : 0;
    if (m_lostSince)
        return c;
    const qint64 last = TimeSeries::keyOf(0, m_series.wallOf(m_now));
    for (int i = 0; i < windowSeconds; ++i) {
        if (const TrafficBin *bin = m_series.total(0, last - i))
            c.window.merge(*bin);
    }
    c.over = std::clamp<Duration>(m_now - m_started.value_or(m_now), 1s, judgedWindow);
    c.inFlight = m_flights.size();
    for (const auto &[call, flight] : m_flights)
        c.oldest = c.oldest ? std::min(*c.oldest, flight.since) : flight.since;
    c.stuck = stuck(c);
    c.nobody = !m_providers.empty() && std::all_of(m_providers.begin(), m_providers.end(), [](const Watched &w) {
        return w.told == ProviderState::Down || w.told == ProviderState::Probing || w.told == ProviderState::Isolated;
    });
    const bool failsNow = m_lastFailedAt && m_now - *m_lastFailedAt < recentFailure;
    const auto most = std::max_element(c.window.failedCalls.begin(), c.window.failedCalls.end());
    if (*most > 0) {
        c.failing = RetryReason(most - c.window.failedCalls.begin());
        c.failingSince = m_failingSince;
    }
    const quint64 owed = c.window.owed();
    const auto share = [owed](quint64 n) { return owed ? double(n) / double(owed) : 0.0; };
    c.waits = c.oldest && m_now - *c.oldest > usualWaitOf(c.window);
    const bool slow = std::any_of(m_providers.begin(), m_providers.end(),
                                  [](const Watched &w) { return w.told == ProviderState::Slow; });
    const bool pain = slow || share(c.window.served() - c.window.count(CallOutcome::FirstTry)) > muchPain
                      || c.window.count(CallOutcome::Failed) > 0;
    if (share(c.window.count(CallOutcome::Failed)) > tooManyFailed || c.stuck
        || (c.nobody && (c.inFlight > 0 || failsNow)))
        c.service = ServiceState::Bad;
    else if (c.waits || (owed > 0 && pain))
        c.service = ServiceState::Pain;
    else
        c.service = owed > 0 ? ServiceState::Good : ServiceState::Unproven;
    return c;
}

HealthSnapshot HealthMonitor::snapshot() const
{
    HealthSnapshot s;
    s.at = m_now;
    s.wall = m_wall;
    s.lostSince = m_lostSince;
    s.calls = calls();
    for (const Watched &w : m_providers)
        s.providers.push_back(report(w));
    return s;
}

HealthUpdate HealthMonitor::take()
{
    judgeStates();
    HealthUpdate update;
    update.now = snapshot();
    for (auto &[key, bin] : m_pieces)
        update.pieces.push_back({key.first, TimeSeries::startOf(0, key.second), std::move(bin)});
    m_pieces.clear();
    update.changes = std::exchange(m_changes, {});
    update.missed = std::exchange(m_missed, {});
    update.anew = std::exchange(m_anew, false);
    update.incidentChanges = m_incidents.takeChanges();
    QSet<quint64> taken;
    for (const IncidentChange &change : update.incidentChanges) {
        const Incident *incident = m_incidents.find(change.id);
        if (incident && !taken.contains(change.id)) {
            taken.insert(change.id);
            update.incidents.append(*incident);
        }
    }
    m_changed = false;
    return update;
}

void HealthMonitor::restoreIncidents(const Incidents &incidents)
{
    m_incidents.restore(incidents);
    m_changed = true;
}

void HealthMonitor::annotateIncident(quint64 id, const QString &note) { m_changed |= m_incidents.annotate(id, note); }

} // namespace retryscope
