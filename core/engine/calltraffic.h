// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "policy/traffic.h"

namespace retryscope {

class CallRunner;

/// Tells running calls what Traffic has to say. Words never nest: they are given from one loop of the clock's.
/// Lives on the engine's thread.
class CallTraffic
{
public:
    explicit CallTraffic(Clock &clock) : m_clock(clock) {}

    void configure(const RetryConfig &config);
    /// For as long as a runner is there. It takes itself out of its queue before it goes.
    void add(CallId call, CallRunner &runner) { m_runners[call] = &runner; }
    void remove(CallId call) { m_runners.erase(call); }
    /// As Traffic has them.
    bool enter(const std::string &provider, CallId call) { return m_traffic.enter(m_traffic.lane(provider), call); }
    void leave(const std::string &provider, CallId call);
    void awaitProbe(CallId call) { m_traffic.awaitProbe(call); }
    void forget(CallId call) { m_traffic.forget(call); }
    void onHealth(const std::string &provider, HealthSignal signal, const HealthChanges &changes);

    /// Nobody holds a slot or queues.
    bool atRest() const { return m_traffic.slotsTaken() == 0 && m_traffic.queued() == 0; }

private:
    void schedule();
    void pump();

    Clock &m_clock;
    Traffic m_traffic;
    std::map<CallId, CallRunner *> m_runners;
    TimerHandle m_pump;
};

} // namespace retryscope
