// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/fleetlocation.h"

#include <QDir>
#include <QRegularExpression>
#include <QUrl>
#include <QUrlQuery>

#include <optional>

namespace retryscope {
namespace {

Unexpected<QString> refusedFleet(const char *sentence) { return {QString::fromLatin1(sentence)}; }

/// Where a key of the query is that of a file.
QString FleetLocation::*fileField(const QString &key)
{
    static constexpr std::pair<const char *, QString FleetLocation::*> fields[] = {
        {"ca", &FleetLocation::caFile}, {"cert", &FleetLocation::certificateFile}, {"key", &FleetLocation::keyFile}};
    for (const auto &[name, field] : fields) {
        if (key == QLatin1String(name))
            return field;
    }
    return nullptr;
}

/// A sentence where the value is none; else it is in the location.
std::optional<Unexpected<QString>> takeOption(FleetLocation *location, const QString &key, const QString &value)
{
    static const QRegularExpression reference(QStringLiteral("^env:([A-Za-z_][A-Za-z0-9_]*)$")),
        name(QStringLiteral("^[A-Za-z0-9_.:-]{1,64}$"));
    if (key == QLatin1String("password")) {
        const auto match = reference.match(value); // the value is not repeated: it may be a password
        if (!match.hasMatch())
            return refusedFleet("The password must be a reference such as ?password=env:RETRYSCOPE_REDIS_PASSWORD. A "
                                "password itself is never kept in this file.");
        location->passwordVariable = match.captured(1);
    } else if (key == QLatin1String("prefix")) {
        if (!name.match(value).hasMatch())
            return refusedFleet("prefix has 1 to 64 letters, digits, dots, colons, dashes or underscores.");
        location->prefix = value;
    } else if (const auto file = fileField(key)) {
        if (!location->tls)
            return refusedFleet("ca, cert and key are for TLS. Write rediss:// before the host, or leave them out.");
        if (!QDir::isAbsolutePath(value)) // a gateway may be started anywhere
            return refusedFleet("ca, cert and key take the whole path of a PEM file, such as ca=/etc/ssl/redis-ca.pem.");
        location->*file = value;
    } else {
        return refusedFleet("After the database only password=env:NAME, prefix=, ca=, cert= and key= are known.");
    }
    return std::nullopt;
}

Expected<FleetLocation, QString> withOptions(FleetLocation location, const QUrlQuery &query)
{
    for (const auto &[key, value] : query.queryItems(QUrl::FullyDecoded)) {
        if (const auto refusal = takeOption(&location, key, value))
            return *refusal;
    }
    if (location.certificateFile.isEmpty() != location.keyFile.isEmpty())
        return refusedFleet("cert and key belong together: a certificate of this gateway's own, and its key.");
    return location;
}

} // namespace

QString FleetLocation::toText() const { return QStringLiteral("%1:%2/%3").arg(host).arg(port).arg(database); }

Expected<FleetLocation, QString> fleetLocationFromText(const QString &text)
{
    const bool tls = text.startsWith(QLatin1String("rediss://"));
    if (!tls && !text.startsWith(QLatin1String("redis://")))
        return refusedFleet("Must be redis://host:port/database, such as redis://redis.example:6379/0; rediss:// with TLS.");
    const QUrl url(text, QUrl::StrictMode);
    if (!url.isValid() || url.hasFragment()) // the text is not repeated: it may hold a password
        return refusedFleet("Is not a whole address. Write redis://host:port/database.");
    if (url.userInfo(QUrl::FullyEncoded).contains(QLatin1Char(':')))
        return refusedFleet(
            "A password may not stand in the address, because this file is no safe place for it. Put it into "
            "an environment variable and write redis://host:port/0?password=env:NAME.");
    FleetLocation location;
    location.tls = tls;
    location.host = url.host(QUrl::FullyDecoded);
    location.user = url.userName(QUrl::FullyDecoded);
    location.port = url.port(6379);
    if (location.host.isEmpty() || location.port < 1)
        return refusedFleet("The server or its port is missing. Write redis://host:port/database.");
    const QString database = url.path(QUrl::FullyDecoded).mid(1);
    bool number = true;
    location.database = database.isEmpty() ? 0 : database.toInt(&number);
    if (!number || location.database < 0 || location.database > 999'999)
        return refusedFleet("The database is a number, such as redis://host:6379/0.");
    return withOptions(location, QUrlQuery(url));
}

} // namespace retryscope
