// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/incidentmodel.h"

namespace retryscope {
namespace {
constexpr Duration saveEvery = 10s;      ///< the numbers of an open incident; its opening and end are saved at once
constexpr qsizetype mostWaiting = 100'000;

/// Open ones first, then the newest.
bool before(const Incident &a, const Incident &b) { return a.isOpen() != b.isOpen() ? a.isOpen() : a.id > b.id; }
} // namespace

IncidentModel::IncidentModel(QObject *parent) : QAbstractListModel(parent) {}

IncidentModel::~IncidentModel()
{
    if (m_store && !m_loading && (m_unsaved || m_tracker.openCount()))
        m_store->save(all());
}

void IncidentModel::openStore(const QString &path)
{
    m_store = std::make_unique<IncidentStore>(path);
    m_loading = true;
    connect(m_store.get(), &IncidentStore::saved, this, [this](const QString &problem) {
        if (problem != std::exchange(m_problem, problem))
            emit storeProblem(problem);
    });
    connect(m_store.get(), &IncidentStore::loaded, this, [this](const LoadedIncidents &loaded) {
        beginResetModel();
        m_tracker.restore(loaded.incidents);
        m_order.clear();
        for (const Incident &incident : m_tracker.incidents())
            m_order.prepend(incident.id);
        endResetModel();
        m_loading = false;
        if (!loaded.problem.isEmpty())
            emit storeProblem(loaded.problem);
        onEvents(std::exchange(m_waiting, {}));
    });
    m_store->load();
}

void IncidentModel::onEvents(const Events &events)
{
    if (m_loading) {
        if (m_waiting.size() < mostWaiting)
            m_waiting += events;
        return;
    }
    m_tracker.onEvents(events);
    publish();
}

void IncidentModel::advance(SteadyTime now, WallTime wall)
{
    if (m_loading)
        return;
    m_tracker.advance(now, wall);
    publish();
    if (now - m_saved >= saveEvery) {
        m_saved = now;
        if (m_unsaved)
            save();
    }
}

void IncidentModel::setProviders(const QHash<ProviderId, QString> &names)
{
    m_names = names;
    m_tracker.keepProviders(QSet<ProviderId>(names.keyBegin(), names.keyEnd()));
    publish();
}

void IncidentModel::annotate(quint64 id, const QString &note)
{
    if (!m_tracker.annotate(id, note))
        return;
    publish();
    save();
}

Incidents IncidentModel::all() const { return Incidents(m_tracker.incidents().begin(), m_tracker.incidents().end()); }

void IncidentModel::publish()
{
    bool turned = false;
    for (const IncidentChange &change : m_tracker.takeChanges()) {
        m_unsaved = true;
        turned = turned || change.kind != IncidentChange::Kind::Updated;
        if (!m_tracker.find(change.id))
            continue; // it left at the end of the list
        place(change.id);
        emit incidentChanged(change);
    }
    if (turned) {
        dropGone();
        save();
    }
}

void IncidentModel::place(quint64 id)
{
    const Incident &incident = *m_tracker.find(id);
    const int from = rowOf(id);
    int to = 0;
    for (const quint64 other : std::as_const(m_order)) {
        const Incident *o = m_tracker.find(other);
        if (other != id && (!o || !before(*o, incident)))
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

void IncidentModel::dropGone()
{
    for (int row = rowCount() - 1; row >= 0; --row) {
        if (m_tracker.find(m_order[row]))
            continue;
        beginRemoveRows({}, row, row);
        m_order.removeAt(row);
        endRemoveRows();
    }
}

void IncidentModel::save()
{
    if (!m_store || m_loading)
        return;
    m_unsaved = false;
    m_store->save(all());
}

QVariant IncidentModel::data(const QModelIndex &index, int role) const
{
    const Incident *incident = index.isValid() ? m_tracker.find(m_order[index.row()]) : nullptr;
    if (!incident)
        return {};
    if (role == IdRole)
        return incident->id;
    if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
        return incident->isOpen() ? tr("Open. %1").arg(toSentence(*incident)) : toSentence(*incident);
    return {};
}

} // namespace retryscope
