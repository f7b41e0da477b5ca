// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <optional>
#include <vector>

namespace retryscope {

struct SimulatedEvent
{
    SteadyTime at{};
    quint8 kind = 0;
    quint32 subject = 0, generation = 0;
    quint64 order = 0; ///< of events at the same time: first planned, first handled
};

/// What is still to happen, soonest first. Nothing is taken out again: who handles an event knows whether it still means
/// something. A heap with four children a node whose comparisons are no branches, as nobody can guess them.
class EventQueue
{
public:
    void push(SimulatedEvent event)
    {
        event.order = m_order++;
        m_heap.push_back(event);
        rise(m_heap.size() - 1, event);
    }
    std::optional<SimulatedEvent> pop()
    {
        if (m_heap.empty())
            return std::nullopt;
        const SimulatedEvent first = m_heap.front(), last = m_heap.back();
        m_heap.pop_back();
        if (!m_heap.empty())
            rise(sunk(), last);
        return first;
    }

private:
    static constexpr std::size_t children = 4;
    static bool sooner(const SimulatedEvent &a, const SimulatedEvent &b)
    {
        return bool(int(a.at < b.at) | (int(a.at == b.at) & int(a.order < b.order)));
    }
    std::size_t soonest(std::size_t a, std::size_t b) const { return sooner(m_heap[b], m_heap[a]) ? b : a; }
    /// Lets the hole at the top sink to the bottom, and says where it is.
    std::size_t sunk()
    {
        std::size_t hole = 0;
        for (;;) {
            const std::size_t child = children * hole + 1;
            std::size_t next = child;
            if (child + children <= m_heap.size())
                next = soonest(soonest(child, child + 1), soonest(child + 2, child + 3));
            else if (child >= m_heap.size())
                return hole;
            else
                for (std::size_t other = child + 1; other < m_heap.size(); ++other)
                    next = soonest(next, other);
            m_heap[hole] = m_heap[next];
            hole = next;
        }
    }
    /// Puts `event` into the hole, or as far above it as it belongs.
    void rise(std::size_t hole, const SimulatedEvent &event)
    {
        while (hole > 0 && sooner(event, m_heap[(hole - 1) / children])) {
            m_heap[hole] = m_heap[(hole - 1) / children];
            hole = (hole - 1) / children;
        }
        m_heap[hole] = event;
    }

    std::vector<SimulatedEvent> m_heap;
    quint64 m_order = 0;
};

} // namespace retryscope
