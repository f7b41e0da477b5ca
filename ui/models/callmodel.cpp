// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/callmodel.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace retryscope {
namespace { constexpr qint64 keyShift = qint64(1) << 40; } // makes any key a number above zero

int CallRow::skipped() const
{
    return int(std::count_if(route.begin(), route.end(),
                             [](const RouteStep &s) { return s.kind == RouteStep::Kind::Skipped; }));
}

const CallRow *CallModel::find(qint64 key) const
{
    const auto it = std::lower_bound(m_rows.begin(), m_rows.end(), key,
                                     [](const CallRow &row, qint64 wanted) { return row.key < wanted; });
    return it != m_rows.end() && it->key == key ? &*it : nullptr;
}

CallRow &CallModel::rowFor(const Event &e, qint64 key)
{
    if (e.call) {
        const auto known = m_byCall.constFind({e.run, e.call.value});
        if (known != m_byCall.constEnd())
            return *find(*known);
        m_byCall.insert({e.run, e.call.value}, key);
        ++m_calls;
    }
    CallRow row;
    row.key = key;
    row.call = e.call;
    row.run = e.run;
    row.started = e.wall;
    row.startedAt = e.at;
    row.kind = e.kind;
    const auto place = std::lower_bound(m_rows.begin(), m_rows.end(), key,
                                        [](const CallRow &r, qint64 wanted) { return r.key < wanted; });
    return *m_rows.insert(place, std::move(row));
}

void CallModel::take(const Event &e, qint64 key)
{
    if (const auto known = m_byCall.constFind({e.run, e.call.value});
        e.call && known != m_byCall.constEnd() && key < *known)
        return; // of a call that is shown without its beginning: it stays as it was told
    CallRow &row = rowFor(e, key);
    const bool open = row.fetched > 0 && m_place.contains(row.key);
    if (open)
        beginInsertRows(index(rowOfKey(row.key), 0), row.fetched, row.fetched);
    row.events.push_back(quint32(key - row.key));
    if (open) {
        ++row.fetched;
        endInsertRows();
    }
    summarize(row, e);
}

void CallModel::summarize(CallRow &row, const Event &e)
{
    row.simulated = row.simulated || e.simulated;
    row.maxAttempts = std::max(row.maxAttempts, e.maxAttempts);
    if (!e.call) {
        row.reason = e.reason;
        return;
    }
    summarizeRoute(row, e);
    switch (e.kind) {
    case EventKind::AttemptStarted: row.attempts = std::max(row.attempts, e.attempt); break;
    case EventKind::FirstToken:
        if (!row.firstToken)
            row.firstToken = e.at - row.startedAt; // what the caller waited
        break;
    case EventKind::AttemptFinished:
        row.reason = e.reason == RetryReason::None ? row.reason : e.reason;
        row.answered = row.answered || e.reason == RetryReason::None;
        if (e.tokensIn)
            row.tokensIn = e.tokensIn;
        if (e.tokensOut)
            row.tokensOut = e.tokensOut;
        break;
    case EventKind::CallFinished:
        row.outcome = e.outcome;
        row.reason = e.reason == RetryReason::None ? row.reason : e.reason;
        row.total = e.duration;
        row.costUsd = e.costUsd;
        row.finish = e.finish;
        break;
    default: break;
    }
}

void CallModel::summarizeRoute(CallRow &row, const Event &e)
{
    RouteStep *last = row.route.isEmpty() ? nullptr : &row.route.last();
    switch (e.kind) {
    case EventKind::ProviderSkipped:
        if (std::none_of(row.route.begin(), row.route.end(),
                         [&](const RouteStep &s) { return s.provider == e.provider; }))
            row.route.append({e.provider, RouteStep::Kind::Skipped, e.skip, e.reason, 1});
        break;
    case EventKind::AttemptStarted:
        if (last && last->provider == e.provider && last->kind != RouteStep::Kind::Skipped) {
            last->kind = RouteStep::Kind::Asked;
            ++last->times;
        } else {
            row.route.append({e.provider, RouteStep::Kind::Asked, SkipReason::None, RetryReason::None, 1});
        }
        break;
    case EventKind::AttemptFinished:
        if (!last || last->provider != e.provider || last->kind != RouteStep::Kind::Asked)
            break;
        last->kind = e.reason == RetryReason::None ? RouteStep::Kind::Answered : RouteStep::Kind::Failed;
        last->reason = e.reason;
        break;
    default: break;
    }
}

bool CallModel::matches(const CallRow &row) const
{
    if (m_filter.isEmpty())
        return true;
    if (m_filter.outcome && row.outcome != *m_filter.outcome)
        return false;
    EventFilter one = m_filter;
    if (!one.reasons.empty() || one.kind || one.problemsOnly)
        one.outcome.reset(); // of the call; the rest of one of its events
    return std::any_of(row.events.rbegin(), row.events.rend(), [&](quint32 offset) {
        return one.matches(m_store.at(row.key + offset, EventStore::Part::WithoutHeaders));
    });
}

void CallModel::append(const Events &events)
{
    std::vector<qint64> touched;
    const auto first = events.end() - std::min<qsizetype>(events.size(), capacity);
    m_dropped += quint64(first - events.begin());
    for (auto it = first; it != events.end(); ++it) {
        const qint64 key = m_store.endKey();
        m_store.append(*it);
        take(*it, key);
        const auto known = it->call ? m_byCall.constFind({it->run, it->call.value}) : m_byCall.constEnd();
        touched.push_back(known == m_byCall.constEnd() ? key : *known);
    }
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    std::vector<qint64> fresh;
    int changedFrom = rowCount(), changedTo = -1;
    for (const qint64 key : touched) {
        if (const int row = rowOfKey(key); row >= 0) {
            changedFrom = std::min(changedFrom, row);
            changedTo = std::max(changedTo, row);
        } else if (matches(*find(key))) {
            fresh.push_back(key);
        }
    }
    if (changedTo >= 0)
        emit dataChanged(index(changedFrom, 0), index(changedTo, ColumnCount - 1));
    show(fresh);
    const int over = m_store.size() - m_granted - capacity;
    if (over > 0)
        dropFront(std::min((over + step - 1) / step * step, m_store.size()));
}

void CallModel::show(const std::vector<qint64> &keys)
{
    if (keys.empty())
        return;
    const int row = rowCount();
    beginInsertRows({}, row, row + int(keys.size()) - 1);
    for (const qint64 key : keys) {
        m_place.insert(key, m_base + qint64(m_shown.size()));
        m_shown.push_back(key);
    }
    endInsertRows();
}

void CallModel::dropFront(int count)
{
    const qint64 next = m_store.firstKey() + count;
    m_dropped += quint64(std::max(0, count - m_older));
    m_older = std::max(0, m_older - count);
    // Rows leave from the front; one that began to match late may stand further down.
    int prefix = 0;
    while (prefix < rowCount() && m_shown[std::size_t(prefix)] < next)
        ++prefix;
    if (prefix > 0) {
        beginRemoveRows({}, 0, prefix - 1);
        for (int i = 0; i < prefix; ++i)
            m_place.remove(m_shown[std::size_t(i)]);
        m_shown.erase(m_shown.begin(), m_shown.begin() + prefix);
        m_base += prefix;
        endRemoveRows();
    }
    for (int i = rowCount() - 1; i >= 0; --i) {
        if (m_shown[std::size_t(i)] >= next)
            continue;
        beginRemoveRows({}, i, i);
        m_place.remove(m_shown[std::size_t(i)]);
        m_shown.erase(m_shown.begin() + i);
        for (std::size_t j = std::size_t(i); j < m_shown.size(); ++j)
            m_place[m_shown[j]] = m_base + qint64(j);
        endRemoveRows();
    }
    while (!m_rows.empty() && m_rows.front().key < next) {
        const CallRow &row = m_rows.front();
        if (row.call) {
            m_byCall.remove({row.run, row.call.value});
            --m_calls;
        }
        m_rows.pop_front();
    }
    m_store.dropFront(count);
}

void CallModel::prepend(const Events &events)
{
    const int room = std::max(0, olderCapacity - m_granted);
    const auto from = events.end() - std::min<qsizetype>(events.size(), room);
    for (auto it = events.end(); it != from;) {
        --it;
        m_store.prepend(*it);
    }
    const int count = int(events.end() - from);
    m_older += count;
    m_granted += count;
    std::vector<qint64> fresh;
    std::deque<CallRow> newer;
    newer.swap(m_rows); // so that older rows are only ever added at the end
    for (auto it = from; it != events.end(); ++it)
        take(*it, m_store.firstKey() + (it - from));
    m_rows.insert(m_rows.end(), std::make_move_iterator(newer.begin()), std::make_move_iterator(newer.end()));
    for (const CallRow &row : m_rows) {
        if (row.key >= m_store.firstKey() + count)
            break;
        if (matches(row))
            fresh.push_back(row.key);
    }
    if (fresh.empty())
        return;
    beginInsertRows({}, 0, int(fresh.size()) - 1);
    m_base -= qint64(fresh.size());
    for (std::size_t i = 0; i < fresh.size(); ++i)
        m_place.insert(fresh[i], m_base + qint64(i));
    m_shown.insert(m_shown.begin(), fresh.begin(), fresh.end());
    endInsertRows();
}

void CallModel::setMarkedSimulated(bool marked)
{
    if (std::exchange(m_markedSimulated, marked) != marked && rowCount() > 0)
        emit dataChanged(index(0, Outcome), index(rowCount() - 1, Outcome));
}

void CallModel::releaseOlder()
{
    m_granted = 0;
    if (const int drop = std::max(m_older, m_store.size() - capacity); drop > 0)
        dropFront(drop);
}

void CallModel::setFilter(const EventFilter &filter)
{
    if (filter == m_filter)
        return;
    beginResetModel();
    m_filter = filter;
    m_shown.clear();
    m_place.clear();
    m_base = 0;
    for (CallRow &row : m_rows) {
        row.fetched = 0;
        if (!matches(row))
            continue;
        m_place.insert(row.key, qint64(m_shown.size()));
        m_shown.push_back(row.key);
    }
    endResetModel();
}

void CallModel::setNames(const ProviderNames &names)
{
    m_names = names;
    if (rowCount())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int CallModel::rowOfKey(qint64 key) const
{
    const auto place = m_place.constFind(key);
    return place == m_place.constEnd() ? -1 : int(*place - m_base);
}

Events CallModel::eventsOf(const CallRow &row) const
{
    Events events;
    for (const quint32 offset : row.events)
        events.append(m_store.at(row.key + offset));
    return events;
}

EventStore::Snapshot CallModel::shownEvents() const
{
    std::vector<qint64> keys;
    for (const qint64 key : m_shown) {
        for (const quint32 offset : find(key)->events)
            keys.push_back(key + offset);
    }
    std::sort(keys.begin(), keys.end());
    return m_store.snapshot(keys);
}

std::optional<Event> CallModel::oldest() const
{
    return m_store.size() ? std::optional(m_store.at(m_store.firstKey())) : std::nullopt;
}

std::optional<Event> CallModel::newest() const
{
    return m_store.size() ? std::optional(m_store.at(m_store.endKey() - 1)) : std::nullopt;
}

// ---- as a tree: rows are calls, their children are their events ----

QModelIndex CallModel::index(int row, int column, const QModelIndex &parent) const
{
    if (row < 0 || column < 0 || column >= ColumnCount || row >= rowCount(parent))
        return {};
    // A child carries its parent's key: it stays true while rows come and go.
    return createIndex(row, column, parent.isValid() ? quintptr(keyOfRow(parent.row()) + keyShift) : quintptr(0));
}

QModelIndex CallModel::parent(const QModelIndex &index) const
{
    if (!index.isValid() || index.internalId() == 0)
        return {};
    const int row = rowOfKey(qint64(index.internalId()) - keyShift);
    return row < 0 ? QModelIndex() : createIndex(row, 0, quintptr(0));
}

int CallModel::rowCount(const QModelIndex &parent) const
{
    if (!parent.isValid())
        return int(m_shown.size());
    return parent.internalId() == 0 && parent.column() == 0 ? row(parent.row()).fetched : 0;
}

bool CallModel::hasChildren(const QModelIndex &parent) const
{
    if (!parent.isValid())
        return !m_shown.empty();
    return parent.internalId() == 0 && parent.column() == 0 && row(parent.row()).isCall();
}

void CallModel::open(const QModelIndex &call)
{
    if (!call.isValid() || call.internalId() != 0)
        return;
    CallRow &row = *find(keyOfRow(call.row()));
    if (!row.isCall() || row.fetched == int(row.events.size()))
        return;
    beginInsertRows(call.siblingAtColumn(0), row.fetched, int(row.events.size()) - 1);
    row.fetched = int(row.events.size());
    endInsertRows();
}

const CallRow &CallModel::rowOf(const QModelIndex &index) const
{
    return row(index.internalId() == 0 ? index.row() : parent(index).row());
}

std::optional<Event> CallModel::eventOf(const QModelIndex &index) const
{
    const CallRow &row = rowOf(index);
    if (index.internalId() == 0)
        return row.isCall() ? std::nullopt : std::optional(m_store.at(row.key));
    return m_store.at(row.key + row.events[std::size_t(index.row())]);
}

} // namespace retryscope
