// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "engine/engineclient.h"
#include "engine/eventbatch.h"

#include <QMutex>

#include <functional>

namespace retryscope {

class HealthMonitor;

/// Carries events from an engine's thread to its client's, in batches; wakes nobody before somebody listens.
class EventDelivery
{
public:
    static constexpr qsizetype unheard = 100; ///< of the events before that wait for who listens first: the start
    /// `client` must outlive it.
    explicit EventDelivery(EngineClient &client) : m_client(client) {}
    /// On any thread.
    void add(const Event &event);
    /// On the client's thread: somebody listens to eventsArrived from now on.
    void hear();
    /// On the client's thread: what waits, now, for instance before what came after it.
    void deliver();

private:
    EngineClient &m_client;
    QMutex m_mutex;
    EventBatch m_batch;
    bool m_heard = false;
};

/// Gives the judgement to a client: ten times a second when it changed, and at least once a second. On the monitor's thread.
class HealthPace
{
public:
    HealthPace(Clock &clock, HealthMonitor &health, std::function<void(const HealthUpdate &)> give)
        : m_clock(clock), m_health(health), m_give(std::move(give))
    {}
    void start();

private:
    Clock &m_clock;
    HealthMonitor &m_health;
    std::function<void(const HealthUpdate &)> m_give;
    TimerHandle m_timer;
    int m_quietTicks = 0;
};

} // namespace retryscope
