// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"

#include <QMetaType>
#include <QString>

namespace retryscope {

/// Where the history is kept, as the one line `history` of the configuration says it.
///
/// | text                                              | means                                                    |
/// | ------------------------------------------------- | -------------------------------------------------------- |
/// | (none), `sqlite:`                                 | a file in the user's data folder                         |
/// | `sqlite:/path/file.sqlite`                        | that file; the path is absolute                          |
/// | `postgresql://user@host:port/database`            | a server that a team shares                              |
/// | `postgresql://…?password=env:NAME`                | its password stands in that environment variable         |
/// | `postgresql://…?host=/run/postgresql`             | through the socket in that folder                        |
/// | `postgresql://…?sslmode=verify-full`              | how the connection is secured; libpq's words             |
/// | `off`                                             | nothing is kept                                          |
struct HistoryLocation
{
    enum class Kind : quint8 { Off, Sqlite, PostgreSql };
    Kind kind = Kind::Sqlite;
    QString file;              ///< Sqlite; empty: the default
    QString user, host, database, sslMode; ///< PostgreSql; `host` is a name or a socket's folder
    int port = 5432;
    QString passwordVariable;  ///< PostgreSql: the variable's name; empty: none, or libpq's own password file
    bool operator==(const HistoryLocation &) const = default;

    /// For sentences: the file, or user@host:port/database.
    QString toText() const;
};

/// The error is a sentence. A password that stands in the text itself is refused and never repeated.
Expected<HistoryLocation, QString> historyLocationFromText(const QString &text);
/// history.sqlite in the user's data folder; empty where there is none (see userDataFolder()).
QString defaultHistoryFile();

} // namespace retryscope
