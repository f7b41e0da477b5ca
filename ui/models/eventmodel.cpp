// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/eventmodel.h"
#include "words/labels.h"
#include "words/eventwords.h"

#include <QDateTime>

#include <algorithm>

namespace retryscope {

void EventModel::append(const Events &events)
{
    const auto first = events.end() - std::min<qsizetype>(events.size(), capacity);
    std::vector<qint64> matching;
    for (auto it = first; it != events.end(); ++it) {
        m_events.push_back(std::make_shared<const Event>(*it));
        if (m_filter.matches(*it))
            matching.push_back(m_first + qint64(m_events.size()) - 1);
    }
    m_dropped += quint64(first - events.begin());
    if (!matching.empty()) {
        const int row = int(m_rows.size());
        beginInsertRows({}, row, row + int(matching.size()) - 1);
        m_rows.insert(m_rows.end(), matching.begin(), matching.end());
        endInsertRows();
    }
    const int over = total() - m_granted - capacity;
    if (over > 0)
        dropFront(std::min((over + step - 1) / step * step, total()));
}

void EventModel::dropFront(int count)
{
    const int live = std::max(0, count - m_older);
    m_older = std::max(0, m_older - count);
    m_dropped += quint64(live);
    const qint64 next = m_first + count;
    const int rows = int(std::lower_bound(m_rows.begin(), m_rows.end(), next) - m_rows.begin());
    if (rows > 0)
        beginRemoveRows({}, 0, rows - 1);
    m_rows.erase(m_rows.begin(), m_rows.begin() + rows);
    m_events.erase(m_events.begin(), m_events.begin() + count);
    m_first = next;
    if (rows > 0)
        endRemoveRows();
}

void EventModel::prepend(const Events &events)
{
    const int room = std::max(0, olderCapacity - m_granted);
    const auto from = events.end() - std::min<qsizetype>(events.size(), room);
    std::deque<qint64> matching;
    qint64 key = m_first;
    for (auto it = events.end(); it != from;) {
        --it;
        --key;
        m_events.push_front(std::make_shared<const Event>(*it));
        if (m_filter.matches(*it))
            matching.push_front(key);
    }
    m_older += int(events.end() - from);
    m_granted += int(events.end() - from);
    m_first = key;
    if (matching.empty())
        return;
    beginInsertRows({}, 0, int(matching.size()) - 1);
    m_rows.insert(m_rows.begin(), matching.begin(), matching.end());
    endInsertRows();
}

void EventModel::releaseOlder()
{
    m_granted = 0;
    if (const int drop = std::max(m_older, total() - capacity); drop > 0)
        dropFront(drop);
}

void EventModel::setFilter(const EventFilter &filter)
{
    if (filter == m_filter)
        return;
    beginResetModel();
    m_filter = filter;
    m_rows.clear();
    for (std::size_t i = 0; i < m_events.size(); ++i) {
        if (m_filter.matches(*m_events[i]))
            m_rows.push_back(m_first + qint64(i));
    }
    endResetModel();
}

int EventModel::rowOfKey(qint64 key) const
{
    const auto it = std::lower_bound(m_rows.begin(), m_rows.end(), key);
    return it != m_rows.end() && *it == key ? int(it - m_rows.begin()) : -1;
}

Events EventModel::ofCall(CallId call) const
{
    Events events;
    for (const EventPtr &e : m_events) {
        if (e->call == call)
            events.append(*e);
    }
    return events;
}

std::vector<EventPtr> EventModel::shown() const
{
    std::vector<EventPtr> events;
    events.reserve(m_rows.size());
    for (int row = 0; row < rowCount(); ++row)
        events.push_back(eventAt(row));
    return events;
}

QString eventCell(const Event &e, int column)
{
    switch (column) {
    case EventModel::Time: return QDateTime::fromMSecsSinceEpoch(e.wall.time_since_epoch().count()).toString(QStringLiteral("HH:mm:ss.zzz"));
    case EventModel::Kind: return toKey(e.kind).replace(QLatin1Char('_'), QLatin1Char(' '));
    case EventModel::Call: return e.call ? QString::number(e.call.value) : QString();
    case EventModel::AttemptNumber: return e.attempt ? QStringLiteral("%1/%2").arg(e.attempt).arg(e.maxAttempts) : QString();
    case EventModel::Provider: return e.simulated && !e.provider.isEmpty() ? EventModel::tr("%1 · SIM").arg(e.provider) : e.provider;
    case EventModel::Reason: return e.reason == RetryReason::None ? QString() : toLabel(e.reason);
    case EventModel::Status: return e.status ? QString::number(e.status) : QString();
    case EventModel::Took: return e.duration > 0s ? formatDuration(e.duration) : e.delay > 0s ? formatDuration(e.delay) : QString();
    case EventModel::What: return toSentence(e);
    default: return {};
    }
}

QVariant EventModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || (role != Qt::DisplayRole && role != Qt::ToolTipRole))
        return {};
    const Event &e = at(index.row());
    if (role == Qt::DisplayRole)
        return eventCell(e, index.column());
    if (index.column() != What)
        return {};
    QStringList lines{toSentence(e)};
    if (!e.rule.isEmpty())
        lines << tr("Rule: %1").arg(e.rule);
    if (!e.detail.isEmpty())
        lines << e.detail;
    return lines.join(QLatin1Char('\n'));
}

QVariant EventModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const bool right = section == Call || section == AttemptNumber || section == Status || section == Took;
    if (role == Qt::TextAlignmentRole && orientation == Qt::Horizontal && right)
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    static const QStringList names{tr("Time"), tr("Kind"), tr("Call"), tr("Attempt"), tr("Provider"), tr("Reason"), tr("Status"), tr("Took"), tr("What happened")};
    return names.value(section);
}

} // namespace retryscope
