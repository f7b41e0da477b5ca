// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historyqueue.h"

#include <QDeadlineTimer>

#include <algorithm>

namespace retryscope {

HistoryQueue::HistoryQueue(int capacity, int batch)
    : m_capacity(quint64(std::max(1, capacity))),
      m_batch(std::clamp<quint64>(quint64(std::max(1, batch)), 1, m_capacity)),
      m_chunk(qsizetype(std::clamp<quint64>(m_batch / 4, 1, 1'024)))
{
}

void HistoryQueue::append(const Event *events, qsizetype count)
{
    const QMutexLocker lock(&m_mutex);
    for (qsizetype i = 0; i < count; ++i) {
        if (m_chunks.empty() || m_chunks.back().size() >= m_chunk) {
            m_chunks.emplace_back();
            m_chunks.back().reserve(m_chunk);
        }
        m_chunks.back().append(events[i]);
        ++m_appended;
        ++m_waiting;
        if (m_waiting > m_capacity) {
            const auto gone = quint64(m_chunks.front().size());
            m_chunks.pop_front();
            m_waiting -= gone;
            m_dropped += gone;
        }
    }
    if (m_waiting >= m_batch)
        m_changed.wakeOne();
}

Events HistoryQueue::take()
{
    const QMutexLocker lock(&m_mutex);
    Events batch;
    while (!m_chunks.empty() && (batch.isEmpty() || quint64(batch.size() + m_chunks.front().size()) <= m_batch)) {
        batch.append(std::move(m_chunks.front()));
        m_chunks.pop_front();
    }
    m_waiting -= quint64(batch.size());
    return batch;
}

HistoryQueue::Wake HistoryQueue::wait(std::chrono::milliseconds atMost, bool batchIsWork)
{
    const QMutexLocker lock(&m_mutex);
    const QDeadlineTimer deadline(atMost);
    const auto work = [this, batchIsWork] { return m_woken || (batchIsWork && m_waiting >= m_batch); };
    while (!m_stopped && !work()) {
        if (!m_changed.wait(&m_mutex, deadline))
            break;
    }
    if (m_stopped)
        return Wake::Stop;
    const bool worked = work();
    m_woken = false;
    return worked ? Wake::Work : Wake::Time;
}

void HistoryQueue::wake()
{
    const QMutexLocker lock(&m_mutex);
    m_woken = true;
    m_changed.wakeOne();
}

void HistoryQueue::stop()
{
    const QMutexLocker lock(&m_mutex);
    m_stopped = true;
    m_changed.wakeOne();
}

quint64 HistoryQueue::appended() const { const QMutexLocker lock(&m_mutex); return m_appended; }
quint64 HistoryQueue::dropped() const { const QMutexLocker lock(&m_mutex); return m_dropped; }
quint64 HistoryQueue::waiting() const { const QMutexLocker lock(&m_mutex); return m_waiting; }

} // namespace retryscope
