// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "history/historyretention.h"
#include "history/historyshared.h"
#include "history/rollupwriter.h"

namespace retryscope {

/// The writing thread's work: opens, writes batches, tries again after failures, tidies.
class HistoryWriter
{
public:
    using Signals = std::function<void(const HistoryStatus &)>;
    using Written = std::function<void(quint64 events, quint64 lastSeq)>;

    HistoryWriter(HistoryShared &shared, Signals statusChanged, Written written);
    /// Until the queue is stopped. Then writes what waits in one try and counts the rest as unwritten.
    void run();

private:
    using Steady = std::chrono::steady_clock;

    bool work();                     ///< false after a failure
    bool ready();                    ///< the connection is open, or could be opened
    bool vanished();                 ///< the file was removed; the connection is closed then
    void lookAtFile();               ///< closes what has vanished or is damaged
    bool open();
    bool writeSlice();               ///< one transaction of what is pending
    bool writeRows(qsizetype count);
    bool dropKnown();                ///< takes out of the pending what is already stored
    void tidy();
    void checkpoint();
    void failed();
    void refuse();                   ///< the batch was refused for what it holds: looks for the event at fault
    void setAside();
    void finish();
    void settle();                   ///< counts, and replies to those who wait
    void report(HistoryStatus::State state, const QString &sentence);

    HistoryShared &m_shared;
    const Signals m_statusChanged;
    const Written m_written;
    HistoryDatabase m_db;
    RollupWriter m_rollups;
    HistoryRetention m_retention;
    Events m_pending;                ///< taken from the queue, not yet committed
    qsizetype m_slice;               ///< how many of them to try in one transaction
    int m_refused = 0;               ///< times that a single event was refused for what it holds
    quint64 m_highestSeq = 0;        ///< newest committed
    quint64 m_unwritten = 0;         ///< refused, or left at the end; the queue counts its own
    qint64 m_started = 0, m_last = 0; ///< of the run, in ms since 1970
    QString m_note;                  ///< worth saying while all is well
    std::chrono::milliseconds m_backoff;
    bool m_tidying = false;          ///< more to tidy right away
    bool m_logged = false;           ///< something was written since the log was emptied
    Steady::time_point m_nextTry{}, m_nextTidy{}, m_nextCheckpoint{};
};

} // namespace retryscope
