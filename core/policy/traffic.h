// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/callqueue.h"
#include "policy/concurrencylimit.h"
#include "policy/providerfailoverhandler.h"

#include <deque>
#include <map>
#include <set>
#include <vector>

namespace retryscope {

/// Where calls meet: the slots of each provider, the queues before them, and those that wait for a probe to end.
/// Queues are in order of arrival and can be left at any time. Pure: nobody is called from here. What has become
/// possible is asked for with next(), word by word, and whoever asks carries each out before the next one; so the live
/// engine and the simulator tell their calls the same things in the same order. A call is in one queue at a time.
class Traffic
{
public:
    /// What a waiting call is told.
    struct Word
    {
        enum class Kind : std::uint8_t {
            Recheck, ///< the provider that it queues for has changed
            Granted, ///< the slot that it queued for is taken
            Wake,    ///< something has changed in who may be asked: its wait may be over
        };
        Kind kind = Kind::Wake;
        CallId call;
        bool operator==(const Word &) const = default;
    };

    /// The slots of one provider and the queue before them.
    class Lane
    {
        friend class Traffic;
        ConcurrencyLimit limit;
        CallQueue queue;

    public:
        explicit Lane(int maximum) : limit(maximum) {}
    };

    void configure(const RetryConfig &config);
    /// Of `provider`; it stays where it is as long as this lives.
    Lane &lane(const std::string &provider) { return m_lanes.try_emplace(provider, m_maximum).first->second; }
    /// True: the slot is taken. False: queued; Granted follows.
    bool enter(Lane &lane, CallId call);
    /// Frees the slot, or leaves the queue.
    void leave(Lane &lane, CallId call);
    /// Wake follows when something has changed in who may be asked, and only then: an attempt's end alone is no news to those
    /// who wait, and they may be many.
    void awaitProbe(CallId call)
    {
        if (!m_awaiting.contains(call))
            m_awaiting.append(call);
    }
    void forget(CallId call) { m_awaiting.remove(call); }
    /// An attempt ended with `signal`, or something changed outside of one (Ignored).
    void onHealth(Lane &lane, HealthSignal signal, const HealthChanges &changes);

    /// next() may have a word.
    bool due() const { return m_due; }
    std::optional<Word> next();

    /// Slots taken and calls queued, on all providers; 0 at rest.
    int slotsTaken() const;
    int queued() const { return m_queued; }

private:
    std::optional<Word> nextRecheck();
    std::optional<Word> nextGrant();
    std::optional<Word> nextWake();

    int m_maximum = RetryConfig().maxConcurrent;
    bool m_ramp = true;
    std::map<std::string, Lane> m_lanes;
    CallQueue m_awaiting;         ///< woken in the order in which they were sent
    std::set<std::string> m_moved; ///< whose queue must be looked at anew
    std::deque<std::pair<Lane *, CallId>> m_rechecks;
    std::vector<CallId> m_wakes; ///< from m_woken on
    std::size_t m_woken = 0;
    int m_queued = 0; ///< on all lanes
    bool m_wake = false, m_due = false;
};

} // namespace retryscope
