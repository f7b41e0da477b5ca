// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historyarchive.h"

#include "history/historyschema.h"

#include <QFileInfo>

namespace retryscope {
namespace {

HistoryOptions options()
{
    HistoryOptions options;
    options.run = -1; // of nobody
    options.now = [] {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    };
    return options;
}

} // namespace

HistoryArchive::HistoryArchive(const HistoryLocation &location) : m_shared(location, options())
{
    m_shared.opened = true;
}

bool HistoryArchive::exists() const
{
    if (m_shared.location.kind != HistoryLocation::Kind::Sqlite)
        return m_shared.location.kind == HistoryLocation::Kind::PostgreSql;
    return QFileInfo::exists(m_shared.location.file.isEmpty() ? defaultHistoryFile() : m_shared.location.file);
}

QString HistoryArchive::open()
{
    std::optional<qint64> version;
    {
        HistoryDatabase database(m_shared.location, HistoryDatabase::Access::Read, m_shared.options.lockTimeout);
        if (!database.open())
            return database.problem().sentence;
        version = database.number(QStringLiteral("SELECT COALESCE(MAX(version), 0) FROM schema_version"));
    }
    if (version
        != historySchemaVersion()) { // older, newer, or empty: opening for writing mends the first and says the others
        HistoryDatabase database(m_shared.location, HistoryDatabase::Access::Write, m_shared.options.lockTimeout);
        if (!database.open())
            return database.problem().sentence;
    }
    m_reader = std::make_unique<HistoryReader>(m_shared);
    return {};
}

} // namespace retryscope
