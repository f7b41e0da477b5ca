// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/historyvalues.h"
#include "models/oldereventssource.h"

#include <QHash>
#include <QTimer>

namespace retryscope {

class HistoryStore;

/// Older events from the event store, also those of earlier runs. Call ids begin anew with each run, so those of other
/// runs are moved apart: 2,000,000,005 is call 5 of the second other run that was met. The store must outlive it.
class HistoryEvents final : public OlderEventsSource
{
    Q_OBJECT
public:
    static constexpr quint64 runStep = 1'000'000'000;

    explicit HistoryEvents(HistoryStore &store, QObject *parent = nullptr);
    void request(const EventFilter &filter, WallTime before, quint64 beforeSeq, int most) override;
    void heard(const Events &own) override;

private:
    void ask(const EventFilter &filter, int most, int page);
    void onPage(const EventFilter &filter, int most, int page, const StoredEvents &stored);
    Event apart(const StoredEvent &stored);
    void askOthers(const std::optional<HistoryPosition> &before);
    void onOthers(const StoredEvents &stored);

    HistoryStore &m_store;
    QHash<qint64, quint64> m_runs; ///< other runs, numbered from 1 as they are met
    HistoryPosition m_at;          ///< the oldest event that was delivered or looked at
    Events m_found;                ///< newest first
    struct Seen { quint64 seq = 0; WallTime wall{}; };
    std::optional<HistoryPosition> m_began; ///< the first own event
    QHash<qint64, Seen> m_seen;    ///< the newest of each other run that may still record
    WallTime m_newest{};           ///< of all that came
    QVector<StoredEvent> m_others; ///< being read, newest first
    QTimer m_look;
};

} // namespace retryscope
