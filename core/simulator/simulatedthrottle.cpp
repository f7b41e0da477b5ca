// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// Where a client's own throttle stands: between what the machine of a call wants, and its being done.
#include "simulator/simulationrun.h"

#include <utility>

namespace retryscope {

/// An attempt is about to go.
void SimulationRun::passThrottle(SimulatedCall &call, const CallStep &step)
{
    const quint64 attempt = quint64(call.machine->attempt()) + 1;
    if (m_throttle->refuses(uniformAt({m_seed, Purpose::Throttle, call.name(), attempt}), m_now)) {
        const RetryReason reason = step.reason == RetryReason::None ? RetryReason::TemporaryFailure : step.reason;
        return ask(call, [&](CallMachine &m) { return withhold(m, reason); });
    }
    call.state = SimulatedCall::State::Idle;
    m_held.push_back({indexOf(call), call.generation, placeFor(step), step.delay});
    if (m_held.size() == 1)
        letGo();
}

/// Whoever waits, in their order, as far as they may go now.
void SimulationRun::letGo()
{
    while (!m_held.empty()) {
        const HeldCall held = m_held.front();
        SimulatedCall &call = m_calls[held.call];
        const bool there = call.generation == held.generation && call.machine;
        const Duration wait = there ? m_throttle->wait(m_now) : Duration::zero();
        if (wait > Duration::zero()) {
            if (m_letGoAt > m_now && m_letGoAt <= m_now + wait)
                return;
            m_letGoAt = m_now + wait;
            return plan(m_letGoAt, SimulatedWhat::LetGo, 0, 0);
        }
        m_held.pop_front();
        if (there)
            queue(call, held.place, held.queueAtMost);
    }
}

/// An attempt has ended, and `step` is what the machine wants next.
CallStep SimulationRun::throttled(SimulatedCall &call, CallMachine &machine, CallStep step, RetryReason ended)
{
    m_throttle->ended(ended, std::exchange(call.charge, 0.0), m_now);
    if (step.kind == CallStep::Kind::Finish)
        return step;
    const auto cost = m_throttle->retry(ended);
    if (!cost) {
        CallStep end = withhold(machine, ended);
        end.changes.insert(end.changes.begin(), step.changes.begin(), step.changes.end());
        return end;
    }
    call.charge = *cost;
    return step;
}

CallStep SimulationRun::withhold(CallMachine &machine, RetryReason reason)
{
    ++m_result.withheld;
    CallStep end = machine.cancel(m_now); // what is charged and held is given back
    end.reason = reason;
    end.rule = "held back by the client itself";
    return end;
}

} // namespace retryscope
