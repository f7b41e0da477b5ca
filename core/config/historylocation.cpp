// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/historylocation.h"

#include "base/userfiles.h"

#include <QDir>
#include <QRegularExpression>
#include <QUrl>
#include <QUrlQuery>

namespace retryscope {
namespace {

using Result = Expected<HistoryLocation, QString>;

Result refuse(const char *sentence) { return Unexpected{QString::fromLatin1(sentence)}; }

Result sqliteLocation(const QString &path)
{
    HistoryLocation location;
    location.file = QDir::cleanPath(path);
    if (path.isEmpty())
        location.file.clear();
    else if (!QDir::isAbsolutePath(path))
        return refuse("The path after sqlite: must be absolute, such as sqlite:/var/lib/retryscope/history.sqlite. "
                      "Without a path the file is kept in your data folder.");
    else if (path.endsWith(QLatin1Char('/')))
        return refuse("The path after sqlite: must name a file, not a folder.");
    else if (path.contains(QChar(0)))
        return refuse("The path after sqlite: holds a character that no path may hold.");
    return location;
}

/// A value that cannot break out of libpq's connection string.
bool isPlain(const QString &value)
{
    static const QRegularExpression plain(QStringLiteral("^[^\\s'\";=\\\\\\x00-\\x1f]*$"));
    return plain.match(value).hasMatch();
}

Result readOptions(HistoryLocation location, const QUrlQuery &query)
{
    static const QRegularExpression reference(QStringLiteral("^env:([A-Za-z_][A-Za-z0-9_]*)$"));
    static const QStringList modes{QStringLiteral("disable"),   QStringLiteral("allow"),
                                   QStringLiteral("prefer"),    QStringLiteral("require"),
                                   QStringLiteral("verify-ca"), QStringLiteral("verify-full")};
    for (const auto &[key, value] : query.queryItems(QUrl::FullyDecoded)) {
        if (key == QLatin1String("password")) {
            const auto match = reference.match(value); // the value is not repeated: it may be a password
            if (!match.hasMatch())
                return refuse("The password must be a reference such as ?password=env:RETRYSCOPE_DB_PASSWORD. A "
                              "password itself is never kept in this file.");
            location.passwordVariable = match.captured(1);
        } else if (key == QLatin1String("host")) {
            if (!location.host.isEmpty())
                return refuse("The server is named twice: before the path and as ?host=. Keep one.");
            location.host = value;
        } else if (key == QLatin1String("sslmode")) {
            if (!modes.contains(value))
                return refuse("sslmode must be disable, allow, prefer, require, verify-ca or verify-full.");
            location.sslMode = value;
        } else {
            return refuse("After the database only password=env:NAME, host=/FOLDER and sslmode= are known.");
        }
    }
    if (location.host.isEmpty())
        return refuse("The server is missing. Write postgresql://user@host:port/database, or ?host=/run/postgresql for "
                      "a socket.");
    if (!isPlain(location.host) || !isPlain(location.user) || !isPlain(location.database))
        return refuse("Host, user and database may hold no spaces, quotes, semicolons, equal signs or backslashes.");
    return location;
}

Result postgresLocation(const QString &text)
{
    const QUrl url(text, QUrl::StrictMode);
    if (!url.isValid()) // the text is not repeated: it may hold a password
        return refuse("Is not a whole address. Write postgresql://user@host:port/database.");
    if (url.userInfo(QUrl::FullyEncoded).contains(QLatin1Char(':')))
        return refuse("A password may not stand in the address, because this file is no safe place for it. Put it into "
                      "an environment variable and write postgresql://user@host/database?password=env:NAME.");
    HistoryLocation location;
    location.kind = HistoryLocation::Kind::PostgreSql;
    location.user = url.userName(QUrl::FullyDecoded);
    location.host = url.host(QUrl::FullyDecoded);
    location.port = url.port(5432);
    location.database = url.path(QUrl::FullyDecoded).mid(1);
    if (url.hasFragment() || location.database.contains(QLatin1Char('/')) || location.database.isEmpty())
        return refuse("The database's name is missing or unclear. Write postgresql://user@host:port/database.");
    if (location.port < 1)
        return refuse("The port must be 1 to 65535.");
    return readOptions(location, QUrlQuery(url));
}

} // namespace

QString HistoryLocation::toText() const
{
    switch (kind) {
    case Kind::Off: return QStringLiteral("off");
    case Kind::Sqlite: return file.isEmpty() ? defaultHistoryFile() : file;
    case Kind::PostgreSql: break;
    }
    const QString server = QStringLiteral("%1:%2/%3").arg(host).arg(port).arg(database);
    return user.isEmpty() ? server : user + QLatin1Char('@') + server;
}

Expected<HistoryLocation, QString> historyLocationFromText(const QString &text)
{
    if (text.isEmpty())
        return HistoryLocation{};
    if (text == QLatin1String("off"))
        return HistoryLocation{HistoryLocation::Kind::Off};
    if (text.startsWith(QLatin1String("sqlite:")))
        return sqliteLocation(text.mid(7));
    if (text.startsWith(QLatin1String("postgresql://")) || text.startsWith(QLatin1String("postgres://")))
        return postgresLocation(text);
    return refuse("Must be sqlite: (a file in your data folder), sqlite:/path/file.sqlite, "
                  "postgresql://user@host:port/database or off.");
}

QString defaultHistoryFile()
{
    const QString folder = userDataFolder();
    return folder.isEmpty() ? QString() : folder + QStringLiteral("/history.sqlite");
}

} // namespace retryscope
