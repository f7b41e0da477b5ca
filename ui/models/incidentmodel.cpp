// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/incidentmodel.h"

#include "words/incidentwords.h"

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {
/// Open ones first, then the newest.
bool before(const Incident &a, const Incident &b) { return a.isOpen() != b.isOpen() ? a.isOpen() : a.id > b.id; }
} // namespace

const Incident *IncidentModel::find(quint64 id) const
{
    const auto it = m_incidents.find(id);
    return it == m_incidents.end() ? nullptr : &it->second;
}

void IncidentModel::onHealth(const HealthUpdate &update)
{
    for (const Incident &incident : update.incidents) {
        m_incidents[incident.id] = incident;
        place(incident.id);
    }
    dropOldest();
    for (const IncidentChange &change : update.incidentChanges) {
        if (find(change.id))
            emit incidentChanged(change);
    }
}

void IncidentModel::place(quint64 id)
{
    const Incident &incident = m_incidents.at(id);
    const int from = rowOf(id);
    int to = 0;
    for (const quint64 other : std::as_const(m_order)) {
        if (other != id && !before(m_incidents.at(other), incident))
            break;
        to += other != id;
    }
    if (from < 0) {
        beginInsertRows({}, to, to);
        m_order.insert(to, id);
        endInsertRows();
    } else if (from != to) {
        beginMoveRows({}, from, from, {}, to > from ? to + 1 : to);
        m_order.move(from, to);
        endMoveRows();
    }
    emit dataChanged(index(to), index(to));
}

/// As many as the engine keeps: the oldest ended ones leave first, and they stand last.
void IncidentModel::dropOldest()
{
    while (m_order.size() > qsizetype(IncidentTracker::mostIncidents) && !m_incidents.at(m_order.last()).isOpen()) {
        beginRemoveRows({}, rowCount() - 1, rowCount() - 1);
        m_incidents.erase(m_order.takeLast());
        endRemoveRows();
    }
}

void IncidentModel::setNames(const QHash<ProviderId, QString> &names)
{
    m_names = names;
    if (rowCount())
        emit dataChanged(index(0), index(rowCount() - 1));
}

void IncidentModel::setMarkedSimulated(bool marked)
{
    if (std::exchange(m_markedSimulated, marked) != marked && rowCount())
        emit dataChanged(index(0), index(rowCount() - 1));
}

QString IncidentModel::stateWord(const Incident &incident) const
{
    const QString word = incident.isOpen()                              ? tr("Open")
                         : incident.ending == IncidentEnding::Recovered ? tr("Recovered")
                         : incident.ending == IncidentEnding::Isolated  ? tr("Isolated")
                                                                        : tr("Ended");
    if (incident.simulated == m_markedSimulated)
        return word;
    return (incident.simulated ? tr("%1 · simulated") : tr("%1 · real")).arg(word);
}

Incident IncidentModel::named(Incident incident) const { return retryscope::named(std::move(incident), m_names); }

Incidents IncidentModel::all() const
{
    Incidents all;
    for (const auto &[id, incident] : m_incidents)
        all.append(incident);
    return all;
}

int IncidentModel::openCount() const
{
    return int(std::count_if(m_incidents.begin(), m_incidents.end(), [](const auto &i) { return i.second.isOpen(); }));
}

QVariant IncidentModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Incident &incident = at(index.row());
    if (role == IdRole)
        return incident.id;
    if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
        return incident.isOpen() ? tr("Open. %1").arg(toSentence(named(incident), ClockOf::Here))
                                 : toSentence(named(incident), ClockOf::Here);
    return {};
}

} // namespace retryscope
