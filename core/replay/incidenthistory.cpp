// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "replay/incidenthistory.h"

#include "history/historyarchive.h"

namespace retryscope {

IncidentHistory::IncidentHistory() = default;
IncidentHistory::~IncidentHistory() = default;

IncidentHistory::Opening IncidentHistory::open(const QString &line)
{
    const auto location = historyLocationFromText(line);
    if (!location) {
        m_problem = location.error();
        return Opening::Failed;
    }
    if (location->kind == HistoryLocation::Kind::Off)
        return Opening::Off;
    m_archive = std::make_unique<HistoryArchive>(*location);
    if (!m_archive->exists())
        return Opening::None;
    m_problem = m_archive->open();
    return m_problem.isEmpty() ? Opening::Opened : Opening::Failed;
}

FoundIncidents IncidentHistory::find(const IncidentSearch &search, const std::function<bool()> &stopped)
{
    return findIncidents(m_archive->reader(), search, stopped);
}

IncidentRecord IncidentHistory::read(const PastIncident &incident, const std::function<bool()> &stopped)
{
    return readIncident(m_archive->reader(), incident, stopped);
}

} // namespace retryscope
