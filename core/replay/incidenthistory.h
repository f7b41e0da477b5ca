// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "replay/pastincidents.h"

#include <memory>

namespace retryscope {

class HistoryArchive;

/// The incidents of the history that a configuration's line names, read on the calling thread over a connection of its own.
class IncidentHistory
{
public:
    enum class Opening : quint8 { Opened, Off, None, Failed };
    IncidentHistory();
    ~IncidentHistory();

    /// Off: the line says so. None: there is no history yet. Failed: problem() says why.
    Opening open(const QString &line);
    QString problem() const { return m_problem; }
    /// After it was opened.
    FoundIncidents find(const IncidentSearch &search, const std::function<bool()> &stopped = {});
    IncidentRecord read(const PastIncident &incident, const std::function<bool()> &stopped = {});

private:
    std::unique_ptr<HistoryArchive> m_archive;
    QString m_problem;
};

} // namespace retryscope
