// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/healthmonitor.h"

#include <algorithm>

namespace retryscope {
namespace {

/// The event that says so of a circuit.
Event circuitEvent(const ProviderId &provider, const CircuitReport &circuit, CircuitState to, SteadyTime now)
{
    Event e;
    e.kind = EventKind::CircuitChanged;
    e.provider = provider;
    e.at = now;
    e.wall = circuit.since;
    e.scope = circuit.scope;
    e.model = circuit.model;
    e.reason = circuit.reason;
    e.circuitTo = to;
    if (circuit.until)
        e.openFor = std::max<Duration>(0s, *circuit.until - now);
    return e;
}

bool isOf(const Event &e, const ProviderId &provider, const CircuitReport &circuit)
{
    return e.kind == EventKind::CircuitChanged && e.provider == provider && e.scope == circuit.scope
           && (e.scope != Scope::Model || e.model == circuit.model);
}

} // namespace

void HealthMonitor::lose(WallTime since)
{
    if (m_lostSince)
        return;
    m_lostSince = since;
    m_wall = std::max(m_wall, since);
    m_changed = true;
    judgeStates();
}

void HealthMonitor::hear(const std::optional<WatchedSpan> &missed)
{
    m_lostSince.reset();
    if (missed)
        m_missed.push_back(*missed);
    m_changed = true;
    judgeStates();
}

Events HealthMonitor::standing() const
{
    Events all;
    for (const Watched &w : m_providers) {
        for (const CircuitReport &circuit : w.circuits.reports())
            all.append(circuitEvent(w.report.id, circuit, circuit.state, m_now));
        if (!w.slow)
            continue;
        Event slow;
        slow.kind = EventKind::DegradedChanged;
        slow.provider = w.report.id;
        slow.at = m_now;
        slow.wall = w.since;
        slow.degraded = true;
        slow.detail = w.report.slowWhy;
        all.append(slow);
    }
    for (const auto &[call, flight] : m_flights) {
        Event e;
        e.call = CallId{call};
        e.at = flight.since;
        e.wall = m_wall - std::chrono::duration_cast<WallTime::duration>(m_now - flight.since);
        all.append(e);
        e.kind = EventKind::AttemptStarted;
        e.provider = flight.running;
        if (e.provider.isEmpty())
            continue;
        e.at = flight.asked;
        e.wall = m_wall - std::chrono::duration_cast<WallTime::duration>(m_now - flight.asked);
        all.append(e);
        e.kind = EventKind::FirstToken;
        if (!flight.silent)
            all.append(e);
    }
    return all;
}

void HealthMonitor::settleProvider(Watched &w, const Events &standing)
{
    const auto apply = [&](const Event &e) {
        onProviderEvent(w, e);
        m_incidents.onEvent(e);
    };
    for (const CircuitReport &circuit : w.circuits.reports()) {
        const bool stands = std::any_of(standing.begin(), standing.end(),
                                        [&](const Event &e) { return isOf(e, w.report.id, circuit); });
        if (!stands) {
            Event closed = circuitEvent(w.report.id, circuit, CircuitState::Closed, m_now);
            closed.wall = m_wall;
            closed.circuitFrom = circuit.state;
            apply(closed);
        }
    }
    bool slow = false;
    for (const Event &e : standing) {
        if (e.provider != w.report.id)
            continue;
        const auto known = w.circuits.reports();
        const auto same =
            std::find_if(known.begin(), known.end(), [&](const auto &c) { return isOf(e, w.report.id, c); });
        slow |= e.kind == EventKind::DegradedChanged && e.degraded;
        if (e.kind == EventKind::DegradedChanged && e.degraded != w.slow)
            apply(e);
        if (e.kind != EventKind::CircuitChanged || (same != known.end() && same->state == e.circuitTo))
            continue;
        if (e.circuitTo == CircuitState::HalfOpen && same == known.end()) { // it was open before
            Event open = e;
            open.circuitTo = CircuitState::Open;
            apply(open);
        }
        apply(e);
    }
    if (w.slow && !slow) {
        Event well;
        well.kind = EventKind::DegradedChanged;
        well.provider = w.report.id;
        well.at = m_now;
        well.wall = m_wall;
        apply(well);
    }
}

void HealthMonitor::settle(const Events &standing)
{
    for (Watched &w : m_providers)
        settleProvider(w, standing);
    m_flights.clear();
    for (const Event &e : standing) {
        if (e.kind == EventKind::CallSubmitted && m_flights.size() < mostFlights)
            m_flights[e.call.value] = {e.at, {}};
        const auto it = m_flights.find(e.call.value);
        if (e.kind == EventKind::AttemptStarted && it != m_flights.end())
            it->second = {it->second.since, e.provider, e.at, true};
        if (e.kind == EventKind::FirstToken && it != m_flights.end())
            it->second.silent = false;
    }
    m_changed = true;
    judgeStates();
}

} // namespace retryscope
