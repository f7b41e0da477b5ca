// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "history/historystore.h"

#include <QMutex>

namespace retryscope {

/// What the end of a recorder left.
struct HistoryEnd
{
    quint64 unwritten = 0; ///< events
    QString sentence;      ///< why, where it is known: what happened and what to do
};

/// Feeds one run's events into the event store, at the place that the configuration's `history` line names: for window and
/// command line alike. Lives on the thread that makes it; events come from any.
class HistoryRecorder final : public QObject
{
    Q_OBJECT
public:
    static constexpr qsizetype mostWaiting = 10'000; ///< before the first open()

    /// `run`: as its events name it (EventBus::run()).
    explicit HistoryRecorder(qint64 run, QObject *parent = nullptr);
    /// As close() with 3 s.
    ~HistoryRecorder() override;

    /// To be called with every event, from the first one on: what comes before open() waits. May outlive this.
    std::function<void(const Event &)> observer() const;
    /// Opens what the line names, where it is not open already; "off" keeps nothing. The store before is ended in the
    /// background: nobody waits for its database. False for a wrong line, which changes nothing.
    bool open(const QString &line);
    /// None while off or not opened; until the next aboutToChange().
    HistoryStore *store() const { return m_store.get(); }
    HistoryStatus status() const;
    /// Writes what waits, as long as the database answers within the patience; see HistoryStore::end().
    HistoryEnd close(std::chrono::milliseconds patience);

signals:
    /// The store is about to go: let go of it.
    void aboutToChange();
    /// store() is another one.
    void changed();
    void statusChanged(const retryscope::HistoryStatus &status);

private:
    struct Feed
    {
        QMutex mutex;
        HistoryStore *store = nullptr;
        Events waiting;
        bool opened = false;
    };
    void feed(HistoryStore *store);
    void retire(std::unique_ptr<HistoryStore> old);

    const qint64 m_run;
    std::optional<QString> m_line;
    std::shared_ptr<Feed> m_feed = std::make_shared<Feed>(); ///< shared with the engine's thread
    std::unique_ptr<HistoryStore> m_store;
    std::vector<std::unique_ptr<HistoryStore>> m_retired;    ///< still writing
};

} // namespace retryscope
