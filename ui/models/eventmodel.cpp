// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/eventmodel.h"

#include <QDateTime>

namespace retryscope {

void EventModel::append(const Events &events)
{
    if (events.isEmpty())
        return;
    const int overflow = int(m_events.size() + std::size_t(events.size())) - capacity;
    if (overflow > 0 && !m_events.empty()) {
        const int drop = std::min(overflow, int(m_events.size()));
        beginRemoveRows({}, 0, drop - 1);
        m_events.erase(m_events.begin(), m_events.begin() + drop);
        endRemoveRows();
    }
    const auto first = events.end() - std::min<qsizetype>(events.size(), capacity);
    beginInsertRows({}, int(m_events.size()), int(m_events.size()) + int(events.end() - first) - 1);
    m_events.insert(m_events.end(), first, events.end());
    endInsertRows();
}

Events EventModel::ofCall(CallId call) const
{
    Events events;
    for (const Event &e : m_events) {
        if (e.call == call)
            events.append(e);
    }
    return events;
}

QVariant EventModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || (role != Qt::DisplayRole && role != Qt::ToolTipRole))
        return {};
    const Event &e = at(index.row());
    if (role == Qt::ToolTipRole)
        return e.rule.isEmpty() ? QVariant() : QVariant(e.rule + QLatin1Char('\n') + e.detail);
    switch (index.column()) {
    case Time: return QDateTime::fromMSecsSinceEpoch(e.wall.time_since_epoch().count()).toString(QStringLiteral("HH:mm:ss.zzz"));
    case Kind: return toKey(e.kind).replace(QLatin1Char('_'), QLatin1Char(' '));
    case Call: return e.call ? QVariant(e.call.value) : QVariant();
    case AttemptNumber: return e.attempt ? QStringLiteral("%1/%2").arg(e.attempt).arg(e.maxAttempts) : QString();
    case Provider: return e.provider;
    case Reason: return e.reason == RetryReason::None ? QString() : toLabel(e.reason);
    case Status: return e.status ? QVariant(e.status) : QVariant();
    case Took: return e.duration > 0s ? formatDuration(e.duration) : e.delay > 0s ? formatDuration(e.delay) : QString();
    case What: return toSentence(e);
    default: return {};
    }
}

QVariant EventModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    static const QStringList names{tr("Time"), tr("Kind"), tr("Call"), tr("Attempt"), tr("Provider"), tr("Reason"), tr("Status"), tr("Took"), tr("What happened")};
    return names.value(section);
}

bool EventFilter::filterAcceptsRow(int row, const QModelIndex &) const
{
    const Event &e = static_cast<const EventModel *>(sourceModel())->at(row);
    if (!m_provider.isEmpty() && e.provider != m_provider)
        return false;
    if (m_problemsOnly && e.reason == RetryReason::None && e.kind != EventKind::CircuitChanged)
        return false;
    return m_text.isEmpty() || toSentence(e).contains(m_text, Qt::CaseInsensitive) || toKey(e.reason).contains(m_text, Qt::CaseInsensitive);
}

} // namespace retryscope
