// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "health/healthsnapshot.h"

#include <QAbstractListModel>
#include <QHash>

namespace retryscope {

/// The incidents of this program and of earlier runs, as the engine judges them: open ones first, then the newest. A mirror
/// of EngineClient::healthUpdated; finds nothing itself.
class IncidentModel : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role { IdRole = Qt::UserRole };
    using QAbstractListModel::QAbstractListModel;

    void onHealth(const HealthUpdate &update);
    /// Id to the name that is shown.
    void setNames(const QHash<ProviderId, QString> &names);
    QString nameOf(const ProviderId &provider) const { return m_names.value(provider, provider); }
    /// Whether "Simulated" stands over the rows: then a real incident says what it is, else a simulated one.
    void setMarkedSimulated(bool marked);
    /// The state's word, "Open", and where it is not marked above what kind it is: "Open · simulated".
    QString stateWord(const Incident &incident) const;
    /// To be told: with the names of the providers in place of their ids.
    Incident named(Incident incident) const;
    /// By which the engine opens and ends them.
    void setRules(const IncidentRules &rules) { m_rules = rules; }
    const IncidentRules &rules() const { return m_rules; }

    const Incident *find(quint64 id) const;
    const Incident &at(int row) const { return m_incidents.at(m_order[row]); }
    int rowOf(quint64 id) const { return int(m_order.indexOf(id)); }
    Incidents all() const; ///< oldest first
    int openCount() const;
    int rowCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(m_order.size()); }
    QVariant data(const QModelIndex &index, int role) const override;

signals:
    void incidentChanged(const retryscope::IncidentChange &change);

private:
    void place(quint64 id);
    void dropOldest();
    std::map<quint64, Incident> m_incidents;
    QVector<quint64> m_order;
    QHash<ProviderId, QString> m_names;
    IncidentRules m_rules;
    bool m_markedSimulated = false;
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::IncidentChange)
