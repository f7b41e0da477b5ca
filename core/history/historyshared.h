// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "history/historyqueue.h"
#include "history/historystore.h"

#include <atomic>
#include <vector>

namespace retryscope {

/// Who waits for everything up to `upTo` (a count of appended events) to be settled.
struct FlushWaiter
{
    quint64 upTo = 0;
    std::function<void()> reply;
};

/// What a store's threads share. Outlives both.
struct HistoryShared
{
    HistoryShared(const HistoryLocation &where, const HistoryOptions &how)
        : location(where), options(how), queue(how.queue, how.batch)
    {}

    const HistoryLocation location;
    HistoryOptions options;                ///< `run` and `now` are filled in; constant once the threads run
    HistoryQueue queue;

    QMutex mutex;                          ///< for the three below
    HistoryStatus status;
    std::vector<FlushWaiter> waiters;
    QWaitCondition tried;                  ///< the first opening has ended, well or not

    std::atomic<bool> opened{false};       ///< `tried` was reached
    std::atomic<quint64> generation{0};    ///< grows with each database opened by the writer: a reader must open anew
    std::atomic<quint64> steps{0};         ///< statements that the writer has carried out
    std::atomic<bool> suspect{false};      ///< a reader met damage: the writer should look
};

} // namespace retryscope
