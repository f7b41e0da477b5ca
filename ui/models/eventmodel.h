// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "telemetry/event.h"
#include "telemetry/eventfilter.h"

#include <QAbstractTableModel>

#include <deque>
#include <memory>
#include <vector>

namespace retryscope {

/// Shared, so that a copy of the whole list for another thread is cheap.
using EventPtr = std::shared_ptr<const Event>;

/// The newest events that match a filter, in the order of the bus. Keeps at most `capacity` of all; the oldest leave in
/// steps of `step`, so an append costs the same however long it runs, and never resets the model.
class EventModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Time, Kind, Call, AttemptNumber, Provider, Reason, Status, Took, What, ColumnCount };
    static constexpr int capacity = 50'000;
    static constexpr int step = 1'000;
    static constexpr int olderCapacity = 50'000; ///< how many loaded older ones are kept beside
    using QAbstractTableModel::QAbstractTableModel;

    void append(const Events &events);
    /// Puts events from before the first one in front, oldest first. Until `releaseOlder` there is so much more room.
    void prepend(const Events &events);
    void releaseOlder();
    void setFilter(const EventFilter &filter);
    const EventFilter &filter() const { return m_filter; }

    const Event &at(int row) const { return *eventAt(row); }
    /// The row of an event that is shown; -1 when it is not. An event keeps its key for ever.
    int rowOfKey(qint64 key) const;
    qint64 keyOfRow(int row) const { return m_rows[std::size_t(row)]; }
    Events ofCall(CallId call) const;
    std::vector<EventPtr> shown() const;
    const Event *oldest() const { return m_events.empty() ? nullptr : m_events.front().get(); }
    int total() const { return int(m_events.size()); }
    quint64 dropped() const { return m_dropped; } ///< of the live ones, since the start
    int olderLoaded() const { return m_older; }

    int rowCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(m_rows.size()); }
    int columnCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : ColumnCount; }
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    const EventPtr &eventAt(int row) const { return m_events[std::size_t(m_rows[std::size_t(row)] - m_first)]; }
    void dropFront(int count);
    std::deque<EventPtr> m_events;
    std::deque<qint64> m_rows;   ///< keys of the events that match
    qint64 m_first = 0;          ///< key of m_events.front()
    int m_older = 0;             ///< loaded ones at the front
    int m_granted = 0;           ///< room that was given to loaded ones until `releaseOlder`
    quint64 m_dropped = 0;
    EventFilter m_filter;
};

/// What a cell shows.
QString eventCell(const Event &event, int column);

} // namespace retryscope
