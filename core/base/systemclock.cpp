// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/systemclock.h"

#include <QTimer>

#include <algorithm>
#include <map>
#include <utility>

namespace retryscope {
namespace {

/// A timer that is so late was not late by itself: the process was stopped, or its loop was busy.
constexpr Duration stoppedFor = 250ms;
/// What the loop then gets to read what came meanwhile, before any timer is believed.
constexpr std::chrono::milliseconds readingTime{100};

SteadyTime steadyNow() { return SteadyTime(std::chrono::steady_clock::now().time_since_epoch()); }

} // namespace

class SystemClock::Queue : public std::enable_shared_from_this<Queue>
{
public:
    using Key = std::pair<SteadyTime, quint64>;

    Queue()
    {
        m_timer.setSingleShot(true);
        m_timer.setTimerType(Qt::PreciseTimer); // a coarse timer fires early
        QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { fire(); });
    }
    Key add(Duration delay, std::function<void()> callback)
    {
        const Key key{steadyNow() + std::clamp<Duration>(delay, 0s, 24h * 20), m_next++};
        const auto at = m_pending.emplace(key, std::move(callback)).first;
        if (at == m_pending.begin())
            arm();
        return key;
    }
    void drop(const Key &key) { m_pending.erase(key); } // the timer may then fire for nothing

private:
    void arm()
    {
        if (!m_pending.empty())
            m_timer.start(std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(
                                                                     m_pending.begin()->first.first - steadyNow())));
    }
    void fire()
    {
        const auto self = shared_from_this(); // a callback may drop the clock
        const SteadyTime now = steadyNow();
        const bool stopped = !m_pending.empty() && now - m_pending.begin()->first.first > stoppedFor;
        if (stopped && !std::exchange(m_readFirst, true))
            return m_timer.start(readingTime);
        m_readFirst = false;
        const quint64 newest = m_next; // what a callback starts waits for the next round of the loop
        for (auto it = m_pending.begin(); it != m_pending.end() && it->first.first <= now; it = m_pending.begin()) {
            if (it->first.second >= newest)
                break;
            const auto node = m_pending.extract(it);
            node.mapped()();
        }
        arm();
    }

    std::map<Key, std::function<void()>> m_pending;
    quint64 m_next = 0;
    bool m_readFirst = false; ///< the timers are late, and what waits in the sockets has its turn
    QTimer m_timer;
};

class SystemClock::Handle final : public Timer
{
public:
    Handle(std::shared_ptr<Queue> queue, Queue::Key key) : m_queue(std::move(queue)), m_key(key) {}
    ~Handle() override { m_queue->drop(m_key); }

private:
    std::shared_ptr<Queue> m_queue;
    Queue::Key m_key;
};

SteadyTime SystemClock::now() const { return steadyNow(); }

WallTime SystemClock::wallNow() const
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

TimerHandle SystemClock::startTimer(Duration delay, std::function<void()> callback)
{
    if (!m_queue)
        m_queue = std::make_shared<Queue>();
    const Queue::Key key = m_queue->add(delay, std::move(callback));
    return std::make_unique<Handle>(m_queue, key);
}

} // namespace retryscope
