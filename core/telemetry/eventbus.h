// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "telemetry/event.h"

#include <QRandomGenerator>

#include <functional>
#include <vector>

namespace retryscope {

/// The one stream of events: names them (its run, and numbers from 1), stamps both times and hands them to every subscriber, in order of
/// subscription and at once. On the thread of its clock. A subscriber cannot be taken out, so what it uses must outlive
/// the bus; it must not publish.
class EventBus
{
public:
    /// `run` names this stream among all others; 0 draws one.
    explicit EventBus(Clock &clock, qint64 run = 0) : m_clock(clock), m_run(run ? run : drawRun()) {}
    qint64 run() const { return m_run; }
    void subscribe(std::function<void(const Event &)> subscriber) { m_subscribers.push_back(std::move(subscriber)); }
    /// An event of another run, handed on as it is.
    void pass(const Event &event)
    {
        for (const auto &subscriber : m_subscribers)
            subscriber(event);
    }
    void publish(Event event)
    {
        event.run = m_run;
        event.seq = ++m_seq;
        event.at = m_clock.now();
        event.wall = m_clock.wallNow();
        pass(event);
    }

private:
    static qint64 drawRun()
    {
        return qint64(QRandomGenerator::system()->generate64() >> 11) | 1;
    } ///< 53 bits: JSON numbers hold them

    Clock &m_clock;
    qint64 m_run;
    quint64 m_seq = 0;
    std::vector<std::function<void(const Event &)>> m_subscribers;
};

} // namespace retryscope
