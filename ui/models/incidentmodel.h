// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "health/incidenttracker.h"
#include "health/incidentstore.h"

#include <QAbstractListModel>
#include <QHash>

#include <memory>

namespace retryscope {

/// The incidents of this program and of earlier runs: open ones first, then the newest. Feeds the tracker, keeps the store.
class IncidentModel : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role { IdRole = Qt::UserRole };
    explicit IncidentModel(QObject *parent = nullptr);
    ~IncidentModel() override;

    /// Reads the incidents of earlier runs and saves from now on. Events that come before the file was read wait for it.
    void openStore(const QString &path);
    void onEvents(const Events &events);
    void advance(SteadyTime now, WallTime wall);
    /// The enabled providers: id to the name that is shown. Incidents of others end.
    void setProviders(const QHash<ProviderId, QString> &names);
    QString nameOf(const ProviderId &provider) const { return m_names.value(provider, provider); }
    void annotate(quint64 id, const QString &note);
    void setRules(const IncidentRules &rules) { m_tracker.setRules(rules); }
    const IncidentRules &rules() const { return m_tracker.rules(); }

    const Incident *find(quint64 id) const { return m_tracker.find(id); }
    const Incident &at(int row) const { return *m_tracker.find(m_order[row]); }
    int rowOf(quint64 id) const { return int(m_order.indexOf(id)); }
    Incidents all() const; ///< oldest first
    int openCount() const { return m_tracker.openCount(); }
    int rowCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(m_order.size()); }
    QVariant data(const QModelIndex &index, int role) const override;

signals:
    void incidentChanged(const retryscope::IncidentChange &change);
    /// What the store could not do, as a sentence; empty when it works again.
    void storeProblem(const QString &problem);

private:
    void publish();
    void place(quint64 id);
    void dropGone();
    void save();
    IncidentTracker m_tracker;
    QVector<quint64> m_order;
    QHash<ProviderId, QString> m_names;
    std::unique_ptr<IncidentStore> m_store;
    bool m_loading = false, m_unsaved = false;
    QString m_problem;
    Events m_waiting;
    SteadyTime m_saved{};
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::IncidentChange)
