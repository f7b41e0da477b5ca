// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "history/historydatabase.h"
#include "history/historyshared.h"

#include <functional>

namespace retryscope {

/// Answers questions on the reading thread, over a connection of its own: a reader of SQLite's WAL never waits for the writer.
class HistoryReader
{
public:
    explicit HistoryReader(HistoryShared &shared);

    HistoryWindow window(const HistoryRequest &request);
    StoredEvents events(const EventQuery &query);
    StoredEvents call(qint64 run, CallId call);
    StoredCalls calls(const CallQuery &query);
    /// Every event in [from, to), oldest first, until `each` says false; of the query only these two, the traffic
    /// and the run count.
    /// The sentence when it could not be read.
    QString eachEvent(const EventQuery &query, const std::function<bool(const Event &)> &each);

    /// The finest level with at most 400 buckets that is still kept for that time, and the bucket: a multiple of its width.
    static std::pair<int, std::chrono::milliseconds> resolution(const HistoryRequest &request, WallTime now);

private:
    bool ready(QString *problem);
    bool readSums(const HistoryRequest &request, int level, HistoryWindow *window);
    bool readRuns(qint64 exceptRun, HistoryWindow *window);
    bool readCircuits(const HistoryRequest &request, HistoryWindow *window);
    /// False, with the sentence in `problem`, after a failure; the connection begins anew next time.
    bool failed(QString *problem);

    HistoryShared &m_shared;
    HistoryDatabase m_db;
    QVector<HistoryRun> m_runs; ///< of the window that is read
    quint64 m_generation = 0;
};

} // namespace retryscope
