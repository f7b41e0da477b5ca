// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/incidentkeeper.h"

#include <algorithm>

namespace retryscope {
namespace {
constexpr Duration saveEvery = 10s; // the numbers of an open incident; its opening and end are saved at once
} // namespace

IncidentKeeper::IncidentKeeper(EngineClient &engine, IncidentModel &model, QObject *parent)
    : QObject(parent), m_engine(engine), m_model(model)
{
    connect(&engine, &EngineClient::healthUpdated, this, &IncidentKeeper::onHealth);
}

IncidentKeeper::~IncidentKeeper()
{
    if (m_unsaved || m_model.openCount())
        save();
}

void IncidentKeeper::open(const QString &path)
{
    m_store = std::make_unique<IncidentStore>(path);
    m_loaded = false;
    connect(m_store.get(), &IncidentStore::saved, this, [this](const QString &problem) {
        if (problem != std::exchange(m_problem, problem))
            emit storeProblem(problem);
    });
    connect(m_store.get(), &IncidentStore::loaded, this, &IncidentKeeper::onLoaded);
    m_store->load();
}

void IncidentKeeper::onLoaded(const LoadedIncidents &loaded)
{
    m_loaded = true;
    for (const Incident &incident : loaded.incidents)
        m_awaited = std::max(m_awaited, incident.id);
    if (!loaded.incidents.isEmpty())
        m_engine.restoreIncidents(loaded.incidents);
    if (!loaded.problem.isEmpty())
        emit storeProblem(loaded.problem);
}

void IncidentKeeper::onHealth(const HealthUpdate &update)
{
    m_model.onHealth(update);
    m_unsaved |= !update.incidentChanges.empty();
    const bool turned = std::any_of(update.incidentChanges.begin(), update.incidentChanges.end(),
                                    [](const IncidentChange &c) { return c.kind != IncidentChange::Kind::Updated; });
    if (!m_unsaved || (!turned && update.now.at - m_saved < saveEvery))
        return;
    m_saved = update.now.at;
    save();
}

void IncidentKeeper::annotate(quint64 id, const QString &note)
{
    m_engine.annotateIncident(id, note);
    m_saved = {}; // with the next judgement, which shows it
}

void IncidentKeeper::save()
{
    if (!m_store || !m_loaded || (m_awaited && !m_model.find(m_awaited)))
        return;
    m_unsaved = false;
    m_store->save(m_model.all());
}

} // namespace retryscope
