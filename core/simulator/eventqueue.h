// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <algorithm>
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
/// something.
class EventQueue
{
public:
    void push(SimulatedEvent event)
    {
        event.order = m_order++;
        m_heap.push_back(event);
        std::push_heap(m_heap.begin(), m_heap.end(), later);
    }
    std::optional<SimulatedEvent> pop()
    {
        if (m_heap.empty())
            return std::nullopt;
        std::pop_heap(m_heap.begin(), m_heap.end(), later);
        const SimulatedEvent event = m_heap.back();
        m_heap.pop_back();
        return event;
    }

private:
    static bool later(const SimulatedEvent &a, const SimulatedEvent &b)
    {
        return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
    std::vector<SimulatedEvent> m_heap;
    quint64 m_order = 0;
};

} // namespace retryscope
