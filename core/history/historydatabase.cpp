// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historydatabase.h"

#include "base/userfiles.h"
#include "history/historyschema.h"

#include <QFile>
#include <QFileInfo>
#include <QVariant>

#include <array>
#include <atomic>

namespace retryscope {
namespace {

using Kind = HistoryProblem::Kind;

QString connectionName()
{
    static std::atomic<quint64> next{0}; // names are process-wide in Qt
    return QStringLiteral("retryscope-history-%1").arg(++next);
}

/// SQLite's primary result codes that mean something to the user.
Kind sqliteKind(int code)
{
    switch (code & 0xff) {
    case 5: case 6: return Kind::Locked;   // BUSY, LOCKED
    case 8: return Kind::ReadOnly;
    case 11: case 26: return Kind::Corrupt; // CORRUPT, NOTADB
    case 13: return Kind::Full;
    case 10: case 14: return Kind::CannotOpen; // IOERR, CANTOPEN
    default: return Kind::Other;
    }
}

/// Classes of SQLSTATE; a lost connection has none.
Kind serverKind(const QSqlError &error)
{
    const QString state = error.nativeErrorCode();
    if (error.type() == QSqlError::ConnectionError || state.isEmpty() || state.startsWith(QLatin1String("08"))
        || state.startsWith(QLatin1String("57P")))
        return Kind::ServerGone;
    if (state == QLatin1String("53100"))
        return Kind::Full;
    if (state.startsWith(QLatin1String("53")))
        return Kind::ServerGone;
    if (state == QLatin1String("25006"))
        return Kind::ReadOnly;
    if (state.startsWith(QLatin1String("55")) || state.startsWith(QLatin1String("40"))
        || state == QLatin1String("57014"))
        return Kind::Locked;
    return state == QLatin1String("42501") ? Kind::CannotOpen : Kind::Other;
}

QString sentenceOf(Kind kind, const QString &place, QString detail)
{
    static const QString waits = QStringLiteral(" Calls go on; events wait and are written when it works again.");
    detail = detail.simplified().left(300);
    switch (kind) {
    case Kind::Locked: return QStringLiteral("The history %1 is locked by another program.").arg(place) + waits;
    case Kind::Full:
        return QStringLiteral("The history cannot be written because the disk of %1 is full. Free some space.")
                   .arg(place)
               + waits;
    case Kind::ReadOnly:
        return QStringLiteral("The history %1 may only be read. Check the permissions of the file and its folder.")
                   .arg(place)
               + waits;
    case Kind::ServerGone:
        return QStringLiteral("The history's database %1 cannot be reached (%2). Check that the server runs and the "
                              "address is right.")
                   .arg(place, detail)
               + waits;
    case Kind::CannotOpen:
        return QStringLiteral(
                   "The history %1 cannot be opened or written (%2). Check that its folder exists and may be written.")
                   .arg(place, detail)
               + waits;
    case Kind::Corrupt: return QStringLiteral("The history %1 is damaged (%2).").arg(place, detail);
    default: return QStringLiteral("The history %1 could not be written or read (%2).").arg(place, detail) + waits;
    }
}

} // namespace

HistoryDatabase::HistoryDatabase(const HistoryLocation &location, Access access, std::chrono::milliseconds lockTimeout)
    : m_location(location), m_access(access), m_lockTimeout(lockTimeout), m_name(connectionName())
{
}

QString HistoryDatabase::file() const
{
    if (isServer())
        return {};
    return m_location.file.isEmpty() ? defaultHistoryFile() : m_location.file;
}

bool HistoryDatabase::open()
{
    close();
    const QString driver = isServer() ? QStringLiteral("QPSQL") : QStringLiteral("QSQLITE");
    if (!QSqlDatabase::isDriverAvailable(driver))
        return fail(
            Kind::NoDriver, QStringLiteral(
                "Qt's database driver %1 is not installed, so no history can be kept. Install the package %2.")
                .arg(driver, isServer() ? QStringLiteral("libqt6sql6-psql") : QStringLiteral("libqt6sql6-sqlite")));
    m_db = QSqlDatabase::addDatabase(driver, m_name);
    m_open = (isServer() ? openServer() : openSqlite()) && (m_access == Access::Read || migrate());
    if (!m_open) {
        const HistoryProblem problem = m_problem;
        close();
        m_problem = problem;
    }
    return m_open;
}

bool HistoryDatabase::openSqlite()
{
    if (file().isEmpty())
        return fail(Kind::CannotOpen, noDataFolder(QStringLiteral("The history")));
    if (!isFileOrMissing(file()))
        return fail(Kind::CannotOpen, sentenceOf(Kind::CannotOpen, file(), QStringLiteral("it is no regular file")));
    if (m_access == Access::Write && !makePrivate())
        return false;
    m_db.setDatabaseName(file());
    m_db.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1%2")
                               .arg(m_lockTimeout.count())
                               .arg(m_access == Access::Read ? QStringLiteral(";QSQLITE_OPEN_READONLY") : QString()));
    if (!m_db.open())
        return fail(m_db.lastError());
    if (m_access == Access::Read)
        return run(QStringLiteral("PRAGMA mmap_size = 268435456"));
    const auto tables = number(QStringLiteral("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'"));
    const auto ours = tables
                          ? number(QStringLiteral("SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_version'"))
                          : std::nullopt;
    if (!ours)
        return false;
    if (*tables > 0 && *ours == 0)
        return fail(Kind::CannotOpen, QStringLiteral("The file %1 is a database of another program and is left alone. "
                                                     "Name another file in the configuration's line \"history\".")
                                          .arg(file()));
    // auto_vacuum first: it only takes effect in a file that is still empty
    for (const char *pragma : {"auto_vacuum = INCREMENTAL", "journal_mode = WAL", "synchronous = FULL",
                               "journal_size_limit = 4194304", "cache_size = -16000", "wal_autocheckpoint = 1000"}) {
        if (!run(QStringLiteral("PRAGMA ") + QLatin1String(pragma)))
            return false;
    }
    return true;
}

/// Folder and file, before SQLite makes them for everybody; its other files take after the first.
bool HistoryDatabase::makePrivate()
{
    const QString folder = QFileInfo(file()).absolutePath();
    if (!makePrivateFolder(folder))
        return fail(Kind::CannotOpen,
                    sentenceOf(Kind::CannotOpen, file(), QStringLiteral("the folder %1 cannot be made").arg(folder)));
    const bool made = makePrivateFile(file()); // where it cannot, SQLite says why
    for (const QString &suffix : {QStringLiteral("-wal"), QStringLiteral("-shm")}) {
        if (made && QFileInfo::exists(file() + suffix))
            makePrivateFile(file() + suffix);
    }
    return true;
}

bool HistoryDatabase::openServer()
{
    m_db.setHostName(m_location.host);
    m_db.setPort(m_location.port);
    m_db.setDatabaseName(m_location.database);
    m_db.setUserName(m_location.user);
    if (!m_location.passwordVariable.isEmpty()) {
        const QString password = qEnvironmentVariable(qPrintable(m_location.passwordVariable));
        if (password.isEmpty())
            return fail(Kind::NoPassword,
                        QStringLiteral("The environment variable %1, which should hold the password of the history's "
                                       "database %2, is not set. Set it and start again.")
                            .arg(m_location.passwordVariable, m_location.toText()));
        m_db.setPassword(password);
    }
    QString options = QStringLiteral("connect_timeout=5;tcp_user_timeout=15000;application_name=retryscope");
    if (!m_location.sslMode.isEmpty())
        options += QStringLiteral(";sslmode=") + m_location.sslMode;
    m_db.setConnectOptions(options);
    if (!m_db.open())
        return fail(m_db.lastError());
    return run(QStringLiteral("SET statement_timeout = 30000"))
           && run(QStringLiteral("SET client_min_messages = warning"));
}

void HistoryDatabase::close()
{
    m_open = false;
    if (!m_db.isValid())
        return;
    m_db.close();
    m_db = QSqlDatabase();
    QSqlDatabase::removeDatabase(m_name);
    m_statements
        .clear(); // only now: with a driver they would try to be freed on a server that may be gone, and complain
}

bool HistoryDatabase::migrate()
{
    // one program at a time: SQLite by its write lock, the server by a lock of this transaction's
    if (!begin() || (isServer() && !run(QStringLiteral("SELECT pg_advisory_xact_lock(5274835901)"))))
        return false;
    bool done = run(QStringLiteral("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"));
    const std::optional<qint64> stored =
        done ? number(QStringLiteral("SELECT COALESCE(MAX(version), 0) FROM schema_version")) : std::nullopt;
    done = stored.has_value();
    if (done && *stored > historySchemaVersion())
        done = fail(Kind::NewerSchema,
                    QStringLiteral("The history %1 was written by a newer Retryscope (schema %2; this one knows %3). "
                                   "Update this one, or name another place in the configuration's line \"history\".")
                        .arg(m_location.toText())
                        .arg(*stored)
                        .arg(historySchemaVersion()));
    for (int version = done ? int(*stored) + 1 : 1; done && version <= historySchemaVersion(); ++version)
        done = apply(version);
    done = done && commit();
    if (!done)
        rollback();
    return done;
}

bool HistoryDatabase::apply(int version)
{
    const Migration &step = historyMigrations()[std::size_t(version - 1)];
    for (const QString &sql : step.both + (isServer() ? step.postgres : step.sqlite)) {
        if (!run(sql))
            return false;
    }
    return run(QStringLiteral("DELETE FROM schema_version"))
           && run(QStringLiteral("INSERT INTO schema_version (version) VALUES (%1)").arg(version));
}

bool HistoryDatabase::begin() { return run(isServer() ? QStringLiteral("BEGIN") : QStringLiteral("BEGIN IMMEDIATE")); }
bool HistoryDatabase::commit() { return run(QStringLiteral("COMMIT")); }

void HistoryDatabase::rollback()
{
    if (!m_db.isOpen())
        return;
    const HistoryProblem first = m_problem;
    run(QStringLiteral("ROLLBACK"));
    m_problem = first;
}

bool HistoryDatabase::run(const QString &sql)
{
    QSqlQuery query(m_db);
    return query.exec(sql) ? step() : fail(query.lastError());
}

QSqlQuery *HistoryDatabase::statement(const QString &sql)
{
    if (const auto it = m_statements.find(sql); it != m_statements.end())
        return &it->second;
    if (m_statements.size() > 200) // filters make many texts
        m_statements.clear();
    QSqlQuery query(m_db);
    query.setForwardOnly(!isServer()); // on the server it would mean one query at a time
    if (!query.prepare(sql)) {
        fail(query.lastError());
        return nullptr;
    }
    return &m_statements.emplace(sql, std::move(query)).first->second;
}

bool HistoryDatabase::exec(QSqlQuery &query) { return query.exec() ? step() : fail(query.lastError()); }

bool HistoryDatabase::step()
{
    if (m_steps)
        ++*m_steps;
    return true;
}

std::optional<qint64> HistoryDatabase::number(const QString &sql, const QVariantList &values)
{
    QSqlQuery *query = statement(sql);
    if (!query)
        return std::nullopt;
    for (qsizetype i = 0; i < values.size(); ++i)
        query->bindValue(int(i), values[i]);
    if (!exec(*query))
        return std::nullopt;
    if (!query->next()) {
        fail(Kind::Other, QStringLiteral("The history %1 gave no answer.").arg(m_location.toText()));
        return std::nullopt;
    }
    const qint64 value = query->value(0).toLongLong();
    query->finish();
    return value;
}

bool HistoryDatabase::fail(const QSqlError &error)
{
    const Kind kind = isServer() ? serverKind(error) : sqliteKind(error.nativeErrorCode().toInt());
    return fail(kind, sentenceOf(kind, m_location.toText(),
                                 error.databaseText().isEmpty() ? error.driverText() : error.databaseText()));
}

bool HistoryDatabase::fail(Kind kind, const QString &sentence)
{
    m_problem = {kind, sentence};
    return false;
}

QString HistoryDatabase::setAside(const QString &time)
{
    const QString from = file();
    close();
    QString to = from + QStringLiteral(".corrupt-") + time;
    for (int n = 2; QFileInfo::exists(to); ++n)
        to = from + QStringLiteral(".corrupt-%1-%2").arg(time).arg(n);
    if (!QFile::rename(from, to))
        return {};
    for (const QString &suffix : {QStringLiteral("-wal"), QStringLiteral("-shm")})
        QFile::rename(from + suffix, to + suffix);
    return to;
}

} // namespace retryscope
