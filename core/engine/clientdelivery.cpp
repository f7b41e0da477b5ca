// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/clientdelivery.h"

#include "health/healthmonitor.h"

#include <QMutexLocker>
#include <QTimer>

#include <utility>

namespace retryscope {
namespace {

constexpr std::chrono::milliseconds batchTime{30};
constexpr Duration healthPace = 100ms; // of updates while something changes
constexpr int mostQuietTicks = 10;     // and at the least

} // namespace

void EventDelivery::add(const Event &event)
{
    QMutexLocker lock(&m_mutex);
    if (!m_heard && m_batch.size() >= unheard)
        return;
    if (m_batch.add(event) && m_heard)
        QMetaObject::invokeMethod(
            &m_client, [this] { QTimer::singleShot(batchTime, &m_client, [this] { deliver(); }); },
            Qt::QueuedConnection);
}

void EventDelivery::hear()
{
    QMutexLocker lock(&m_mutex);
    if (!std::exchange(m_heard, true) && m_batch.size() > 0)
        QMetaObject::invokeMethod(&m_client, [this] { deliver(); }, Qt::QueuedConnection);
}

void EventDelivery::deliver()
{
    Events batch;
    {
        QMutexLocker lock(&m_mutex);
        if (m_heard)
            batch = m_batch.take();
    }
    if (!batch.isEmpty())
        emit m_client.eventsArrived(batch);
}

void HealthPace::start()
{
    m_timer = m_clock.startTimer(healthPace, [this] {
        m_health.advance(m_clock.now(), m_clock.wallNow());
        if (m_health.changed() || ++m_quietTicks >= mostQuietTicks) {
            m_quietTicks = 0;
            m_give(m_health.take());
        }
        start();
    });
}

} // namespace retryscope
