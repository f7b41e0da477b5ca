// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/eventqueue.h"

namespace retryscope {

/// What has happened goes. Where many are still to happen, the later half goes to where it is found again, unless all happen at
/// once.
void EventQueue::insertAmongMany(const SimulatedEvent &event)
{
    if (2 * m_first >= m_near.size()) {
        m_near.erase(m_near.begin(), m_near.begin() + std::ptrdiff_t(m_first));
        m_first = 0;
        return insert(event);
    }
    const auto first = m_near.begin() + std::ptrdiff_t(m_first);
    const SteadyTime middle = first[std::ptrdiff_t(m_near.size() - m_first) / 2].at;
    const auto isBefore = [](const SimulatedEvent &a, SteadyTime b) { return a.at < b; };
    const auto cut = std::lower_bound(first, m_near.end(), middle, isBefore);
    if (cut != first) {
        if (middle < m_base)
            turnBack();
        m_horizon = middle - Duration(1);
        std::for_each(cut, m_near.end(), [this](const SimulatedEvent &later) { put(later); });
        m_near.erase(cut, m_near.end());
        return push(event);
    }
    const auto behind = std::upper_bound(first, m_near.end(), event.at,
                                         [](SteadyTime a, const SimulatedEvent &b) { return a < b.at; });
    m_near.insert(behind, event);
}

/// The base, which had gone on to an event that is overtaken now.
void EventQueue::turnBack()
{
    std::vector<SimulatedEvent> all;
    for (auto &bucket : m_buckets) {
        all.insert(all.end(), bucket.begin(), bucket.end());
        bucket.clear();
    }
    m_used = 0;
    m_base = m_now;
    std::for_each(all.begin(), all.end(), [this](const SimulatedEvent &event) { put(event); });
}

bool EventQueue::refill()
{
    m_near.clear();
    m_first = 0;
    while (m_used != 0) {
        const auto bucket = std::size_t(std::countr_zero(m_used));
        auto &lowest = m_buckets[bucket];
        m_used &= m_used - 1;
        if (bucket == 0 || lowest.size() <= few) {
            const qint64 within = (qint64(1) << bucket) - 1; // the bits in which what it may hold differs from the base
            m_horizon = SteadyTime(Duration(m_base.time_since_epoch().count() | within));
            m_base = std::max(m_base, m_now);
            for (const SimulatedEvent &event : lowest)
                insert(event);
            lowest.clear();
            return true;
        }
        m_base = lowest.front().at;
        for (const SimulatedEvent &event : lowest)
            m_base = std::min(m_base, event.at);
        for (const SimulatedEvent &event : lowest)
            put(event);
        lowest.clear();
    }
    return false;
}

} // namespace retryscope
