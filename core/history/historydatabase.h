// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/historylocation.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>

#include <atomic>
#include <chrono>
#include <optional>
#include <unordered_map>

namespace retryscope {

/// Why the database did not do what it was asked.
struct HistoryProblem
{
    enum class Kind : quint8 {
        Locked, Full, Corrupt, CannotOpen, ReadOnly, ServerGone, NewerSchema, NoDriver, NoPassword,
        Other, ///< of the statement or its data
    };
    Kind kind = Kind::Other;
    QString sentence;   ///< what happened, where, what to do; holds no password
};

/// One connection. Lives and ends on the thread that opens it. Every function returns false and sets problem().
class HistoryDatabase
{
public:
    enum class Access : quint8 { Read, Write };

    HistoryDatabase(const HistoryLocation &location, Access access, std::chrono::milliseconds lockTimeout);
    ~HistoryDatabase() { close(); }
    HistoryDatabase(const HistoryDatabase &) = delete;
    HistoryDatabase &operator=(const HistoryDatabase &) = delete;

    /// Counts each statement that was carried out: whoever waits sees that it goes on. Outlives this.
    void countSteps(std::atomic<quint64> *steps) { m_steps = steps; }
    /// Write: makes folder, file and tables where missing, for this user only, and brings an older schema up to date.
    bool open();
    void close();
    bool isOpen() const { return m_open; }
    bool isServer() const { return m_location.kind == HistoryLocation::Kind::PostgreSql; }
    /// The SQLite file; empty on a server.
    QString file() const;

    bool begin();
    bool commit();
    /// Never fails: where it cannot, the connection is gone and so is the transaction.
    void rollback();
    bool run(const QString &sql);
    /// A prepared statement, kept for the next time; none when it cannot be prepared.
    QSqlQuery *statement(const QString &sql);
    bool exec(QSqlQuery &query);
    /// The first value of the first row; none, with problem() set, when there is no row.
    std::optional<qint64> number(const QString &sql, const QVariantList &values = {});

    const HistoryProblem &problem() const { return m_problem; }
    /// Renames the SQLite file (and what belongs to it) to NAME.corrupt-TIME and returns that name; empty when it cannot. Closes first.
    QString setAside(const QString &time);

private:
    bool openSqlite();
    bool makePrivate();
    bool openServer();
    bool migrate();
    bool apply(int version);
    bool step();
    bool fail(const QSqlError &error);
    bool fail(HistoryProblem::Kind kind, const QString &sentence);

    const HistoryLocation m_location;
    const Access m_access;
    const std::chrono::milliseconds m_lockTimeout;
    const QString m_name;
    QSqlDatabase m_db;
    std::unordered_map<QString, QSqlQuery> m_statements; ///< by text; its entries do not move
    HistoryProblem m_problem;
    std::atomic<quint64> *m_steps = nullptr;
    bool m_open = false;
};

} // namespace retryscope
