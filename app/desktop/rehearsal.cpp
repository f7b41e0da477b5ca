// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "rehearsal.h"

#include "demoprompts.h"

#include "base/systemclock.h"
#include "base/virtualclock.h"
#include "engine/apiretryhandler.h"
#include "health/healthmonitor.h"
#include "sandbox/inprocess.h"

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

constexpr qsizetype eventsAtMost = 2'048; // or little more: room that is made once
constexpr Duration lastCallBefore = 3s; // nothing is in flight when the stage is handed over
/// One call meets a busy provider, so that a retry has been seen: when, as a share of the length.
constexpr double busyAt = 0.46;

} // namespace

Events rehearse(const RehearsalPlan &plan, Duration length, SteadyTime now, WallTime wall, quint64 seed)
{
    const auto &providers = plan.configuration.providers;
    const auto first =
        std::find_if(providers.begin(), providers.end(), [](const ProviderConfig &p) { return p.enabled; });
    if (first == providers.end() || std::any_of(providers.begin(), providers.end(), [](const ProviderConfig &p) {
            return p.enabled && !p.simulated;
        }))
        return {};
    VirtualClock clock(wall - std::chrono::duration_cast<std::chrono::milliseconds>(length));
    const SteadyTime start = clock.now();
    SeededRandom random(seed);
    InProcessProviders transport(clock, random);
    ApiRetryHandler engine(clock, transport, random);
    Events events;
    events.reserve(eventsAtMost);
    engine.events().subscribe([&](const Event &event) {
        events.append(event);
        events.last().at = now - length + (event.at - start);
    });
    engine.setPrices(plan.prices);
    engine.configure(plan.configuration);
    quint64 call = 0;
    for (Duration at{}; at < length - lastCallBefore; at += demoPace) {
        const bool busy = at >= length * busyAt && at < length * busyAt + demoPace;
        transport.setFault(first->id, busy ? Fault::Overloaded : Fault::None);
        ++call;
        engine.send(CallId{call}, Prompt{demoPrompts()[qsizetype(call) % demoPrompts().size()], {}, {}, 128, true}, {});
        clock.advance(demoPace);
    }
    clock.advance(lastCallBefore);
    return events;
}

Rehearsal::Rehearsal(std::function<RehearsalPlan()> plan, Duration length, quint64 seed)
{
    m_thread = std::thread([this, plan = std::move(plan), length, seed] {
        const SystemClock clock;
        Rehearsed all;
        all.plan = plan();
        all.events = rehearse(all.plan, length, clock.now(), clock.wallNow(), seed);
        HealthMonitor health;
        health.configure(all.plan.configuration);
        for (const Event &event : std::as_const(all.events))
            health.onEvent(event);
        health.advance(clock.now(), clock.wallNow());
        all.health = health.take();
        QMetaObject::invokeMethod(
            this, [this, all] { emit played(all); }, Qt::QueuedConnection);
    });
}

Rehearsal::~Rehearsal() { m_thread.join(); }

} // namespace retryscope
