// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "policy/concurrencylimit.h"
#include "policy/providerfailoverhandler.h"

#include <list>
#include <map>
#include <set>

namespace retryscope {

class CallRunner;

/// Where calls meet: the slots of each provider, the queues before them, and those that wait for a probe to end.
/// Queues are in order of arrival and can be left at any time. Grants never nest: they are made from one loop.
/// Lives on the engine's thread; runners take themselves out before they go.
class CallTraffic
{
public:
    explicit CallTraffic(Clock &clock) : m_clock(clock) {}

    void configure(const RetryConfig &config);
    /// True: the slot is taken. False: queued; CallRunner::slotGranted() follows.
    bool enter(const ProviderId &provider, CallRunner &runner);
    /// Frees the slot, or leaves the queue.
    void leave(const ProviderId &provider, CallRunner &runner);
    /// CallRunner::wake() follows when a circuit has changed or a probe has ended.
    void awaitProbe(CallId call, CallRunner &runner) { m_awaiting[call] = &runner; }
    void forget(CallId call) { m_awaiting.erase(call); }
    /// An attempt ended with `signal`, or a person changed something (Ignored).
    void onHealth(const ProviderId &provider, HealthSignal signal, const HealthChanges &changes);

    /// Slots taken and calls queued, on all providers; 0 at rest.
    int slotsTaken() const;
    int queued() const;

private:
    struct Lane
    {
        explicit Lane(int maximum) : limit(maximum) {}
        ConcurrencyLimit limit;
        std::list<CallRunner *> queue;
        std::map<CallRunner *, std::list<CallRunner *>::iterator> places;
    };
    Lane &lane(const ProviderId &provider) { return m_lanes.try_emplace(provider, m_maximum).first->second; }
    void schedule();
    void pump();
    void recheckQueue(Lane &lane);

    Clock &m_clock;
    int m_maximum = 6;
    bool m_ramp = true;
    std::map<ProviderId, Lane> m_lanes;
    std::map<CallId, CallRunner *> m_awaiting; ///< woken in the order in which they were sent
    std::set<ProviderId> m_moved; ///< whose queue must be looked at anew
    bool m_wake = false;
    TimerHandle m_pump;
};

} // namespace retryscope
