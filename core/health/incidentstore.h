// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "health/incident.h"

#include <QObject>
#include <QThreadPool>

#include <optional>

namespace retryscope {

struct LoadedIncidents
{
    Incidents incidents;
    QString problem; ///< a sentence where something could not be read; what could be read is in `incidents`
};

/// Reads the file that `saveIncidents` wrote. No file: no incidents, no problem. A file that is damaged, wholly or in
/// part, is set aside as NAME.broken before anything can overwrite it, and the problem says so.
LoadedIncidents loadIncidents(const QString &path);
/// Atomic: the old file or the new one, never half. Makes the folder. For this user only (0600). The error is a sentence.
Expected<bool, QString> saveIncidents(const Incidents &incidents, const QString &path);

/// Keeps incidents over restarts, without making the caller's thread wait for the disk. Lives on the caller's thread.
/// Saves in the order asked; of several that wait only the newest is written. Its end waits for the last write.
class IncidentStore : public QObject
{
    Q_OBJECT
public:
    /// In the user's data folder; empty where there is none (see userDataFolder()).
    static QString defaultPath();
    explicit IncidentStore(const QString &path, QObject *parent = nullptr);
    ~IncidentStore() override;

    const QString &path() const { return m_path; }
    void load();
    void save(const Incidents &incidents);

signals:
    void loaded(const retryscope::LoadedIncidents &loaded);
    /// After each write; the problem is empty when it succeeded.
    void saved(const QString &problem);

private:
    void startWrite(const Incidents &incidents);
    QString m_path;
    QThreadPool m_pool;
    bool m_writing = false;
    std::optional<Incidents> m_next;
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::LoadedIncidents)
