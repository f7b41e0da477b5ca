// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/historylocation.h"
#include "history/historyvalues.h"

#include <QObject>

#include <functional>
#include <memory>

namespace retryscope {

/// How a store works. The defaults are what the app uses; tests make them small.
///
/// | field         | unit   | default | what                                                                    |
/// | ------------- | ------ | ------- | ----------------------------------------------------------------------- |
/// | queue         | events | 100,000 | waits at most; beyond it the oldest that wait are dropped and counted    |
/// | batch         | events | 5,000   | are written in one transaction at most; so many waiting are written now |
/// | flushEvery    |        | 250 ms  | what waits is written at least so often                                 |
/// | backoff       |        | 500 ms  | before the first new try after a failure; doubles                       |
/// | maxBackoff    |        | 30 s    | its bound                                                               |
/// | lockTimeout   |        | 2 s     | how long a locked SQLite file is waited for within one try              |
/// | keepEvents    |        | 30 days | single events; roll-ups live longer (see rolluplevels.h)                |
/// | maxBytes      | bytes  | 2 GB    | of the database; beyond it the oldest events go                         |
/// | tidyEvery     |        | 60 s    | how often age and size are looked at                                    |
/// | endPatience   |        | 3 s     | the end waits so long for a database that does not answer                |
/// | now           |        | system  | the wall clock; called on the store's threads                           |
/// | run           |        | 0       | the run's id, as its events name it (Event::run); 0 draws a random one   |
struct HistoryOptions
{
    int queue = 100'000;
    int batch = 5'000;
    std::chrono::milliseconds flushEvery{250}, backoff{500}, maxBackoff{30'000}, lockTimeout{2'000};
    std::chrono::hours keepEvents{24 * 30};
    qint64 maxBytes = qint64(2) << 30;
    std::chrono::milliseconds tidyEvery{60'000}, endPatience{3'000};
    std::function<WallTime()> now;
    qint64 run = 0;
};

/// Keeps every event, and roll-ups of them, in SQLite or PostgreSQL, and answers questions about the past.
///
/// Threads: one writes, one reads; both are the store's own. Every function here may be called from any thread and
/// returns at once, whatever the disk or the server does. An answer comes as a queued call on the receiver's thread,
/// exactly once, and never after the receiver is gone; a receiver must live in a thread with an event loop.
///
/// Events are written in batches, each with its roll-ups in one transaction, and no event is written twice. What is
/// not yet written is not seen by a reader: the newest `flushEvery` may be missing in an answer.
///
/// What survives: a crash of the program loses at most what waits (less than `flushEvery` of events while all is well),
/// never a written event. SQLite runs with synchronous=FULL, so the same holds when the power goes, as far as the disk
/// keeps its word.
class HistoryStore final : public QObject
{
    Q_OBJECT
public:
    /// Opens in the background; see status(). The database and its folder are made where missing.
    explicit HistoryStore(const HistoryLocation &location, const HistoryOptions &options = {},
                          QObject *parent = nullptr);
    /// As end() with the options' patience.
    ~HistoryStore() override;

    /// Begins the end and returns at once: what waits is written in one try, then ended() is emitted. Nothing else may be asked.
    void stop();
    /// stop(), and waits for both threads, as long as statements are carried out and for `patience` without one. False when all
    /// was not written then: the threads are left to themselves and end when the database answers or the program is over. Requests without an answer get none.
    bool end(std::chrono::milliseconds patience);
    /// Events that were appended and are not written, or not known to be.
    quint64 unwritten() const;

    void append(const Event &event);
    void append(const Events &events);

    /// Series, totals and circuits of a window, from roll-ups: quick for any length.
    void requestWindow(const HistoryRequest &request, QObject *receiver,
                       std::function<void(const HistoryWindow &)> reply);
    /// Single events, newest first.
    void requestEvents(const EventQuery &query, QObject *receiver, std::function<void(const StoredEvents &)> reply);
    /// Whole calls, newest first.
    void requestCalls(const CallQuery &query, QObject *receiver, std::function<void(const StoredCalls &)> reply);
    /// All events of one call, oldest first (at most 10,000).
    void requestCall(qint64 run, CallId call, QObject *receiver, std::function<void(const StoredEvents &)> reply);
    /// Replies once everything that was appended before is written or counted as unwritten.
    void flush(QObject *receiver, std::function<void()> reply);

    HistoryStatus status() const;
    /// Of this opening; random. Stands beside each of its events.
    qint64 run() const;

signals:
    /// At each change of state, sentence or count of the unwritten; the latter at most once per flush.
    void statusChanged(const retryscope::HistoryStatus &status);
    /// After each committed batch, from the writing thread: `events` of this run are safe, the newest being `lastSeq`.
    void written(quint64 events, quint64 lastSeq);
    /// After stop(), from the writing thread: everything is written or counted as unwritten.
    void ended();

private:
    struct Parts;
    std::shared_ptr<Parts> m;
};

} // namespace retryscope
