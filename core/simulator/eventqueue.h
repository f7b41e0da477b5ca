// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <vector>

namespace retryscope {

struct SimulatedEvent
{
    SteadyTime at{};
    quint32 subject = 0, generation = 0;
    quint8 kind = 0;
};

/// What is still to happen, soonest first; of events at the same time the one that was planned first. Nothing is taken out
/// again: who handles an event knows whether it still means something.
/// A radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990): time never goes back, so an event lies in the bucket of the highest bit
/// in which its time differs from the last one's, and moves down a few times until its turn. Events of the same time lie in the
/// same bucket always, in the order in which they came.
class EventQueue
{
public:
    /// What is planned for a time that is past happens now.
    void push(SimulatedEvent event)
    {
        event.at = std::max(event.at, m_last);
        put(event);
    }
    std::optional<SimulatedEvent> pop() { return popUntil(SteadyTime::max()); }
    /// The same, unless it is to happen after `end`.
    std::optional<SimulatedEvent> popUntil(SteadyTime end)
    {
        if (m_next == m_buckets[0].size() && !refill(end))
            return std::nullopt;
        return m_buckets[0][m_next++];
    }

private:
    static constexpr std::size_t buckets = 65; ///< none, or one of 64 bits
    void put(const SimulatedEvent &event)
    {
        const auto differs = quint64(event.at.time_since_epoch().count() ^ m_last.time_since_epoch().count());
        const auto bucket = std::size_t(std::bit_width(differs));
        m_buckets[bucket].push_back(event);
        if (bucket > 0)
            m_used |= quint64(1) << (bucket - 1);
    }
    /// The events of the next time go to the first bucket, those that lie with them to where they belong now. False: that time
    /// is after `end`, or there are none.
    bool refill(SteadyTime end)
    {
        m_buckets[0].clear();
        m_next = 0;
        if (m_used == 0)
            return false;
        auto &lowest = m_buckets[std::size_t(std::countr_zero(m_used)) + 1];
        SteadyTime soonest = lowest.front().at;
        for (const SimulatedEvent &event : lowest)
            soonest = std::min(soonest, event.at);
        if (soonest > end)
            return false;
        m_last = soonest;
        m_used &= m_used - 1;
        if (lowest.size() == 1) { // nothing lies with it
            m_buckets[0].swap(lowest);
            return true;
        }
        for (const SimulatedEvent &event : lowest)
            put(event);
        lowest.clear();
        return true;
    }

    std::array<std::vector<SimulatedEvent>, buckets> m_buckets; ///< by the highest bit that differs; 0: now
    quint64 m_used = 0;     ///< which of the others have events
    std::size_t m_next = 0; ///< of the first bucket
    SteadyTime m_last{};
};

} // namespace retryscope
