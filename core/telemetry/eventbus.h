// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "telemetry/event.h"

#include <functional>
#include <vector>

namespace retryscope {

/// The one stream of events: numbers them from 1, stamps both times and hands them to every subscriber, in order of
/// subscription and at once. On the thread of its clock. A subscriber cannot be taken out, so what it uses must outlive
/// the bus; it must not publish.
class EventBus
{
public:
    explicit EventBus(Clock &clock) : m_clock(clock) {}
    void subscribe(std::function<void(const Event &)> subscriber) { m_subscribers.push_back(std::move(subscriber)); }
    void publish(Event event)
    {
        event.seq = ++m_seq;
        event.at = m_clock.now();
        event.wall = m_clock.wallNow();
        for (const auto &subscriber : m_subscribers)
            subscriber(event);
    }

private:
    Clock &m_clock;
    quint64 m_seq = 0;
    std::vector<std::function<void(const Event &)>> m_subscribers;
};

} // namespace retryscope
