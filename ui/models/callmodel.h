// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/eventstore.h"
#include "telemetry/eventfilter.h"
#include "words/eventwords.h"

#include <QAbstractItemModel>

#include <deque>
#include <vector>

namespace retryscope {

/// One provider on a call's way.
struct RouteStep
{
    enum class Kind : quint8 { Skipped, Asked, Failed, Answered };
    ProviderId provider;
    Kind kind = Kind::Asked;
    SkipReason skip = SkipReason::None;
    RetryReason reason = RetryReason::None;
    quint16 times = 1;       ///< attempts in a row
    bool operator==(const RouteStep &) const = default;
};

/// What is known of one call, or of one event outside any call.
struct CallRow
{
    qint64 key = 0;          ///< of its first event; names the row for ever
    CallId call;             ///< none: an event outside any call
    qint64 run = 0;
    WallTime started{};
    SteadyTime startedAt{};
    EventKind kind = EventKind::CallSubmitted; ///< of the first event
    CallOutcome outcome = CallOutcome::None;   ///< None: in flight
    RetryReason reason = RetryReason::None;    ///< of its end, or else of its last failed attempt
    int attempts = 0, maxAttempts = 0;
    std::optional<Duration> total, firstToken;
    std::optional<int> tokensIn, tokensOut;
    std::optional<double> costUsd;
    bool answered = false, simulated = false;
    QString finish;
    QVector<RouteStep> route;
    std::vector<quint32> events;  ///< their keys, from `key` on
    int fetched = 0;         ///< of these, shown as children

    int skipped() const;
    bool isCall() const { return bool(call); }
};

/// The newest calls, and events outside calls, that match a filter: one row a call, in the order in which they came (or
/// began to match), with its events as children. Keeps the newest `capacity` events, packed; the oldest calls leave whole,
/// in steps of `step` events, so that an append costs the same however long it runs, and never resets the model.
class CallModel : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column { When, Outcome, Route, Reason, Total, FirstToken, Tokens, Cost, ColumnCount };
    static constexpr int capacity = 50'000;
    static constexpr int step = 1'000;
    static constexpr int olderCapacity = 50'000; ///< how many loaded older events are kept beside
    using QAbstractItemModel::QAbstractItemModel;

    void append(const Events &events);
    /// Puts events from before the first one in front, oldest first. Until `releaseOlder` there is so much more room.
    void prepend(const Events &events);
    void releaseOlder();
    void setFilter(const EventFilter &filter);
    const EventFilter &filter() const { return m_filter; }
    /// Ids to the names that are shown.
    void setNames(const ProviderNames &names);
    const ProviderNames &names() const { return m_names; }
    /// Whether "Simulated" stands over the rows: then a real call says what it is, else a simulated one.
    void setMarkedSimulated(bool marked);
    QString nameOf(const ProviderId &provider) const { return m_names.value(provider, provider); }

    const CallRow &row(int row) const { return *find(keyOfRow(row)); }
    /// The call that an index, also of one of its events, belongs to.
    const CallRow &rowOf(const QModelIndex &index) const;
    std::optional<Event> eventOf(const QModelIndex &index) const; ///< of a child, or of a row outside any call
    int rowOfKey(qint64 key) const;      ///< -1 when it is not shown
    qint64 keyOfRow(int row) const { return m_shown[std::size_t(row)]; }
    Events eventsOf(const CallRow &row) const;
    EventStore::Snapshot shownEvents() const;
    std::optional<Event> oldest() const;
    std::optional<Event> newest() const;
    int calls() const { return m_calls; }          ///< kept
    int events() const { return m_store.size(); }  ///< kept
    quint64 dropped() const { return m_dropped; }  ///< events that left memory since the start
    int olderLoaded() const { return m_older; }
    const EventStore &store() const { return m_store; }
    /// Shows a call's events as its children from now on: they cost nothing before somebody looks.
    void open(const QModelIndex &call);
    /// Everything that finding looks at: the cells, and what happened.
    QString searchText(int row) const;
    static QString outcomeText(const CallRow &row);
    QString routeText(const CallRow &row) const;

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &index) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex & = {}) const override { return ColumnCount; }
    bool hasChildren(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    using CallKey = std::pair<qint64, quint64>;
    const CallRow *find(qint64 key) const;
    CallRow *find(qint64 key) { return const_cast<CallRow *>(std::as_const(*this).find(key)); }
    CallRow &rowFor(const Event &event, qint64 key);
    void take(const Event &event, qint64 key);
    static void summarize(CallRow &row, const Event &event);
    static void summarizeRoute(CallRow &row, const Event &event);
    bool matches(const CallRow &row) const;
    void show(const std::vector<qint64> &keys);
    void dropFront(int count);
    QString cell(const CallRow &row, int column) const;
    QString childCell(const Event &event, int column) const;

    EventStore m_store;
    std::deque<CallRow> m_rows;              ///< by key
    std::deque<qint64> m_shown;              ///< keys of the rows that match, as they are shown
    QHash<qint64, qint64> m_place;           ///< key to place; the first is shown at m_base
    QHash<CallKey, qint64> m_byCall;         ///< key of a call's row
    ProviderNames m_names;
    qint64 m_base = 0;
    bool m_markedSimulated = false;
    int m_calls = 0, m_older = 0, m_granted = 0;
    quint64 m_dropped = 0;
    EventFilter m_filter;
};

} // namespace retryscope
