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

} // namespace

void OtherPrograms::configure(const Configuration &configuration)
{
    m_configuration = configuration;
    for (ProviderConfig &provider : m_configuration.providers)
        provider.enabled = true; // there it may be
    for (auto &[key, run] : m_runs) {
        run.watched = m_configuration;
        for (const auto &[id, simulated] : run.met)
            watch(run, id, simulated);
        run.monitor.configure(run.watched);
    }
}

/// False where it is watched already, or nobody.
bool OtherPrograms::watch(Run &run, const ProviderId &id, bool simulated)
{
    ProviderConfigs &providers = run.watched.providers;
    if (id.isEmpty() || providers.size() >= mostProviders
        || std::any_of(providers.begin(), providers.end(), [&](const ProviderConfig &p) { return p.id == id; }))
        return false;
    ProviderConfig config;
    config.id = id;
    config.simulated = simulated;
    providers.append(config);
    return true;
}

OtherPrograms::Run &OtherPrograms::runOf(qint64 key)
{
    if (const auto it = m_runs.find(key); it != m_runs.end())
        return it->second;
    if (m_runs.size() >= mostRuns)
        m_runs.erase(std::min_element(m_runs.begin(), m_runs.end(), [](const auto &a, const auto &b) {
            return a.second.newest < b.second.newest;
        }));
    Run &run = m_runs[key];
    run.watched = m_configuration;
    run.monitor.configure(run.watched);
    return run;
}

void OtherPrograms::add(const Events &events, WallTime upTo)
{
    if (upTo < m_upTo - setBack) // the clock was set back: what is known is of the future
        m_runs.clear();
    m_upTo = upTo;
    for (const Event &event : events) {
        Run &run = runOf(event.run);
        if (watch(run, event.provider, event.simulated)) {
            run.met[event.provider] = event.simulated;
            run.monitor.configure(run.watched);
        }
        Event there = event;
        there.at = steadyOf(event.wall);
        run.newest = std::max(run.newest, event.wall);
        run.monitor.onEvent(there);
    }
    judge(upTo);
}

void OtherPrograms::judge(WallTime upTo)
{
    m_judged.clear();
    for (auto &[key, run] : m_runs) {
        const WallTime now = std::max(upTo, run.newest);
        run.monitor.advance(steadyOf(now), now);
        HealthSnapshot health = run.monitor.take().now; // and lets what is new go: nobody draws it
        const bool silent = now - run.newest > judgedWindow; // it may have ended in the middle of a call
        if (!silent && (health.calls.window.owed() > 0 || health.calls.inFlight > 0))
            m_judged.push_back(std::move(health));
    }
    std::stable_sort(m_judged.begin(), m_judged.end(), [](const HealthSnapshot &a, const HealthSnapshot &b) {
        return std::pair(a.calls.service, a.calls.window.submitted) > std::pair(b.calls.service, b.calls.window.submitted);
    });
}

void OtherPrograms::clear()
{
    m_runs.clear();
    m_judged.clear();
}

} // namespace retryscope
