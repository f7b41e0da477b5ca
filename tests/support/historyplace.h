// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "history/historydatabase.h"
#include "support/historysamples.h"

#include <QSignalSpy>
#include <QSqlQuery>
#include <QTemporaryDir>

namespace retryscope {

/// A plain connection to a SQLite file or a server, for looking behind the store's back.
class Peek
{
public:
    explicit Peek(const HistoryLocation &location) : m_name(QStringLiteral("peek-%1").arg(quintptr(this)))
    {
        const bool server = location.kind == HistoryLocation::Kind::PostgreSql;
        m_db = QSqlDatabase::addDatabase(server ? QStringLiteral("QPSQL") : QStringLiteral("QSQLITE"), m_name);
        m_db.setDatabaseName(server ? location.database : location.file);
        m_db.setHostName(location.host);
        m_db.setPort(location.port);
        m_db.setUserName(location.user);
        m_db.setPassword(qEnvironmentVariable(qPrintable(location.passwordVariable)));
        if (!m_db.open())
            qWarning("peek: %s", qPrintable(m_db.lastError().text()));
    }
    ~Peek()
    {
        m_db.close();
        m_db = QSqlDatabase();
        QSqlDatabase::removeDatabase(m_name);
    }
    bool run(const QString &sql)
    {
        QSqlQuery query(m_db);
        const bool done = query.exec(sql);
        if (!done)
            qWarning("%s: %s", qPrintable(sql), qPrintable(query.lastError().text()));
        return done;
    }
    QVariant value(const QString &sql)
    {
        QSqlQuery query(m_db);
        return query.exec(sql) && query.next() ? query.value(0) : QVariant(query.lastError().text());
    }

private:
    const QString m_name;
    QSqlDatabase m_db;
};

inline constexpr WallTime storyStart{std::chrono::milliseconds(1'790'000'000'000)};

/// Small steps and short waits.
inline HistoryOptions hasty(WallTime now = storyStart + 24h)
{
    HistoryOptions options;
    options.batch = 700;
    options.flushEvery = options.backoff = std::chrono::milliseconds(20);
    options.maxBackoff = std::chrono::milliseconds(200);
    options.lockTimeout = std::chrono::milliseconds(50);
    options.tidyEvery = std::chrono::milliseconds(50);
    options.now = [now] { return now; };
    return options;
}

/// Waits, bounded, until the store is in that state.
inline bool reaches(HistoryStore &store, HistoryStatus::State state)
{
    return QTest::qWaitFor([&] { return store.status().state == state; },
                           int(std::chrono::milliseconds(patience).count()));
}

} // namespace retryscope
