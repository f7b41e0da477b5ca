// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engineclient.h"
#include "health/incidentstore.h"
#include "models/incidentmodel.h"

#include <memory>

namespace retryscope {

/// Keeps a window's incidents in a file over restarts: gives the engine what an earlier run left, and saves what the model
/// shows, off the window's thread. Engine and model must outlive it.
class IncidentKeeper : public QObject
{
    Q_OBJECT
public:
    IncidentKeeper(EngineClient &engine, IncidentModel &model, QObject *parent = nullptr);
    ~IncidentKeeper() override;

    /// Reads the incidents of earlier runs and saves from then on.
    void open(const QString &path);
    /// Writes a person's note, and saves.
    void annotate(quint64 id, const QString &note);

signals:
    /// What the store could not do, as a sentence; empty when it works again.
    void storeProblem(const QString &problem);

private:
    void onLoaded(const LoadedIncidents &loaded);
    void onHealth(const HealthUpdate &update);
    void save();
    EngineClient &m_engine;
    IncidentModel &m_model;
    std::unique_ptr<IncidentStore> m_store;
    bool m_loaded = false, m_unsaved = false;
    quint64 m_awaited = 0;   ///< the last restored incident: until the model shows it, saving would lose it
    QString m_problem;
    SteadyTime m_saved{};
};

} // namespace retryscope
