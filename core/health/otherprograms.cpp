// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/otherprograms.h"

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

constexpr auto setBack = std::chrono::seconds{5}; // the clock of one of the programs may be as much ahead

/// Their steady clocks are not ours: one that goes with the wall.
SteadyTime steadyOf(WallTime wall)
{
    return SteadyTime(std::chrono::duration_cast<SteadyTime::duration>(wall.time_since_epoch()));
}

/// It may have been ended in the middle of its calls.
bool isSilent(WallTime newest, WallTime now) { return now - newest >= judgedWindow; }

} // namespace

void OtherPrograms::configure(const Configuration &configuration)
{
    m_configuration = configuration;
    for (ProviderConfig &provider : m_configuration.providers)
        provider.enabled = true; // there it may be
    for (const auto &[id, simulated] : m_met)
        watch(id, simulated);
    m_monitor.configure(m_configuration);
}

/// False where it is watched already, or nobody.
bool OtherPrograms::watch(const ProviderId &id, bool simulated)
{
    ProviderConfigs &providers = m_configuration.providers;
    if (id.isEmpty() || providers.size() >= mostProviders
        || std::any_of(providers.begin(), providers.end(), [&](const ProviderConfig &p) { return p.id == id; }))
        return false;
    ProviderConfig config;
    config.id = id;
    config.simulated = simulated;
    providers.append(config);
    return true;
}

void OtherPrograms::follow(const Event &event)
{
    if (!m_runs.contains(event.run) && m_runs.size() >= mostRuns)
        return;
    Run &run = m_runs[event.run];
    run.newest = std::max(run.newest, event.wall);
    if (event.kind == EventKind::CallSubmitted)
        run.open.insert(event.call.value);
    else if (event.kind == EventKind::CallFinished)
        run.open.erase(event.call.value);
}

void OtherPrograms::add(const Events &events, WallTime upTo)
{
    if (upTo < m_upTo - setBack) // the clock was set back: what is known is of the future
        clear();
    m_upTo = upTo;
    for (const Event &event : events) {
        if (event.kind == EventKind::CircuitChanged || event.kind == EventKind::DegradedChanged)
            continue;
        if (watch(event.provider, event.simulated)) {
            m_met[event.provider] = event.simulated;
            m_monitor.configure(m_configuration);
        }
        follow(event);
        Event there = event;
        there.at = steadyOf(event.wall);
        m_monitor.onEvent(there);
        upTo = std::max(upTo, event.wall);
    }
    giveUp(upTo);
    m_monitor.advance(steadyOf(upTo), upTo);
    const HealthSnapshot health = m_monitor.take().now; // and lets what is new go: nobody draws it
    m_judged.reset();
    if (health.calls.window.owed() > 0 || health.calls.inFlight > 0)
        m_judged = health;
}

/// Calls of which nothing is heard any more never end.
void OtherPrograms::giveUp(WallTime now)
{
    for (auto run = m_runs.begin(); run != m_runs.end();) {
        if (!isSilent(run->second.newest, now)) {
            ++run;
            continue;
        }
        for (const quint64 call : run->second.open) {
            Event end;
            end.kind = EventKind::CallFinished;
            end.call = CallId{call};
            end.outcome = CallOutcome::Cancelled;
            end.wall = now;
            end.at = steadyOf(now);
            m_monitor.onEvent(end);
        }
        run = m_runs.erase(run);
    }
}

int OtherPrograms::programs() const { return int(m_runs.size()); }

void OtherPrograms::clear()
{
    m_monitor = HealthMonitor();
    m_monitor.configure(m_configuration);
    m_runs.clear();
    m_judged.reset();
}

} // namespace retryscope
