// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/event.h"

#include <QMutex>
#include <QWaitCondition>

#include <deque>

namespace retryscope {

/// Events on their way to the writer: bounded, and never waits. Beyond the bound the oldest leave, a chunk at a time,
/// so that the gap is one piece and the newest past is kept. Any thread.
class HistoryQueue
{
public:
    enum class Wake : quint8 { Time, Work, Stop };

    HistoryQueue(int capacity, int batch);
    void append(const Event *events, qsizetype count);
    /// The oldest that wait: whole chunks, about `batch` at most.
    Events take();
    /// Until stop, work (a whole batch waits, or wake() was called) or the time is over.
    Wake wait(std::chrono::milliseconds atMost, bool batchIsWork);
    void wake();
    void stop();

    quint64 appended() const;
    quint64 dropped() const;
    quint64 waiting() const;

private:
    const quint64 m_capacity, m_batch;
    const qsizetype m_chunk;
    mutable QMutex m_mutex;
    QWaitCondition m_changed;
    std::deque<Events> m_chunks;
    quint64 m_waiting = 0, m_appended = 0, m_dropped = 0;
    bool m_woken = false, m_stopped = false;
};

} // namespace retryscope
