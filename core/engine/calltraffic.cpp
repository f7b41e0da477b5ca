// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/calltraffic.h"

#include "engine/callrunner.h"

#include <utility>

namespace retryscope {

void CallTraffic::configure(const RetryConfig &config)
{
    m_maximum = config.maxConcurrent;
    m_ramp = config.recoveryRamp;
    for (auto &[id, lane] : m_lanes)
        lane.limit.setMaximum(m_maximum);
    schedule();
}

bool CallTraffic::enter(const ProviderId &provider, CallRunner &runner)
{
    Lane &l = lane(provider);
    if (l.queue.empty() && l.limit.tryAcquire())
        return true;
    l.places[&runner] = l.queue.insert(l.queue.end(), &runner);
    return false;
}

void CallTraffic::leave(const ProviderId &provider, CallRunner &runner)
{
    Lane &l = lane(provider);
    if (const auto place = l.places.find(&runner); place != l.places.end()) {
        l.queue.erase(place->second);
        l.places.erase(place);
        return;
    }
    l.limit.release();
    if (!l.queue.empty())
        schedule();
}

void CallTraffic::onHealth(const ProviderId &provider, HealthSignal signal, const HealthChanges &changes)
{
    Lane &l = lane(provider);
    if (signal == HealthSignal::Success)
        l.limit.onSuccess();
    else if (signal == HealthSignal::Failure)
        l.limit.onFailure();
    for (const HealthChange &change : changes) {
        if (!change.circuit)
            continue;
        if (change.circuit->to == CircuitState::Open || change.circuit->to == CircuitState::Isolated) {
            if (m_ramp && change.scope != Scope::Account)
                lane(change.provider).limit.restartRamp();
            m_moved.insert(change.provider);
        }
    }
    m_wake |= !m_awaiting.empty();
    if (m_wake || !m_moved.empty() || !l.queue.empty())
        schedule();
}

void CallTraffic::schedule()
{
    if (!m_pump)
        m_pump = m_clock.startTimer(0s, [this] { m_pump.reset(); pump(); });
}

void CallTraffic::pump()
{
    for (const ProviderId &id : std::exchange(m_moved, {}))
        recheckQueue(lane(id));
    for (auto &[id, l] : m_lanes) {
        while (!l.queue.empty() && l.limit.tryAcquire()) {
            CallRunner *runner = l.queue.front();
            l.queue.pop_front();
            l.places.erase(runner);
            runner->slotGranted(); // may free the slot again: the loop goes on
        }
    }
    if (!std::exchange(m_wake, false))
        return;
    const auto awaiting = std::exchange(m_awaiting, {});
    for (const auto &[call, runner] : awaiting)
        runner->wake();
}

/// Those that may not ask this provider any more go elsewhere at once instead of waiting for a slot.
void CallTraffic::recheckQueue(Lane &lane)
{
    const std::vector<CallRunner *> queued(lane.queue.begin(), lane.queue.end());
    for (CallRunner *runner : queued)
        runner->recheckQueue();
}

int CallTraffic::slotsTaken() const
{
    int taken = 0;
    for (const auto &[id, l] : m_lanes)
        taken += l.limit.inUse();
    return taken;
}

int CallTraffic::queued() const
{
    int queued = 0;
    for (const auto &[id, l] : m_lanes)
        queued += int(l.queue.size());
    return queued;
}

} // namespace retryscope
