// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <QtGlobal>

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
/// What happens next lies in order, up to a horizon and with it; all else lies in a radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990), in the
/// bucket of the highest bit in which its time differs from that of a point before it. When nothing is left until there,
/// the lowest bucket is put in order where it holds few events, and spread over those below it where it holds many.
class EventQueue
{
public:
    /// What is planned for a time that is past happens now.
    void push(SimulatedEvent event)
    {
        event.at = std::max(event.at, m_now);
        if (event.at <= m_horizon)
            insert(event);
        else
            put(event);
    }
    std::optional<SimulatedEvent> pop() { return popUntil(SteadyTime::max()); }
    /// The same, unless it is to happen after `end`.
    std::optional<SimulatedEvent> popUntil(SteadyTime end)
    {
        if ((m_first == m_near.size() && !refill()) || m_near[m_first].at > end)
            return std::nullopt;
        m_now = m_near[m_first].at;
        return m_near[m_first++];
    }

private:
    static constexpr std::size_t buckets = 64; ///< none, or one of 63 bits
    static constexpr std::size_t few = 16;     ///< events are put in order one by one
    /// From its end on, where an event that comes in lies mostly; behind those of the same time.
    void insert(const SimulatedEvent &event)
    {
        if (m_near.size() >= 4 * few)
            return insertAmongMany(event);
        std::size_t at = m_near.size();
        m_near.push_back(event);
        for (; at > m_first && m_near[at - 1].at > event.at; --at)
            m_near[at] = m_near[at - 1];
        m_near[at] = event;
    }
    void put(const SimulatedEvent &event)
    {
        const auto differs = quint64(event.at.time_since_epoch().count() ^ m_base.time_since_epoch().count());
        const auto bucket = std::size_t(std::bit_width(differs));
        m_buckets[bucket].push_back(event);
        m_used |= quint64(1) << bucket;
    }
    void insertAmongMany(const SimulatedEvent &event);
    void turnBack();
    /// False: there are no more.
    bool refill();

    std::vector<SimulatedEvent> m_near; ///< from m_first on: all until the horizon, in order
    std::size_t m_first = 0;
    std::array<std::vector<SimulatedEvent>, buckets> m_buckets; ///< by the highest bit that differs from the base; 0: none does
    quint64 m_used = 0;                                         ///< which of them have events
    SteadyTime m_base{}, m_horizon = SteadyTime::min(), m_now{};
};

} // namespace retryscope
