// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/fleetlocation.h"

#include <QRegularExpression>
#include <QUrl>
#include <QUrlQuery>

namespace retryscope {
namespace {

Unexpected<QString> refusedFleet(const char *sentence) { return {QString::fromLatin1(sentence)}; }

Expected<FleetLocation, QString> withOptions(FleetLocation location, const QUrlQuery &query)
{
    static const QRegularExpression reference(QStringLiteral("^env:([A-Za-z_][A-Za-z0-9_]*)$")),
        name(QStringLiteral("^[A-Za-z0-9_.:-]{1,64}$"));
    for (const auto &[key, value] : query.queryItems(QUrl::FullyDecoded)) {
        if (key == QLatin1String("password")) {
            const auto match = reference.match(value); // the value is not repeated: it may be a password
            if (!match.hasMatch())
                return refusedFleet(
                    "The password must be a reference such as ?password=env:RETRYSCOPE_REDIS_PASSWORD. A "
                    "password itself is never kept in this file.");
            location.passwordVariable = match.captured(1);
        } else if (key == QLatin1String("prefix")) {
            if (!name.match(value).hasMatch())
                return refusedFleet("prefix has 1 to 64 letters, digits, dots, colons, dashes or underscores.");
            location.prefix = value;
        } else {
            return refusedFleet("After the database only password=env:NAME and prefix= are known.");
        }
    }
    return location;
}

} // namespace

QString FleetLocation::toText() const { return QStringLiteral("%1:%2/%3").arg(host).arg(port).arg(database); }

Expected<FleetLocation, QString> fleetLocationFromText(const QString &text)
{
    if (text.startsWith(QLatin1String("rediss://")))
        return refusedFleet(
            "TLS to Redis (rediss://) is not spoken. Write redis:// to a Redis in the same network, or to a "
            "tunnel such as stunnel.");
    if (!text.startsWith(QLatin1String("redis://")))
        return refusedFleet("Must be redis://host:port/database, such as redis://redis.example:6379/0.");
    const QUrl url(text, QUrl::StrictMode);
    if (!url.isValid() || url.hasFragment()) // the text is not repeated: it may hold a password
        return refusedFleet("Is not a whole address. Write redis://host:port/database.");
    if (url.userInfo(QUrl::FullyEncoded).contains(QLatin1Char(':')))
        return refusedFleet(
            "A password may not stand in the address, because this file is no safe place for it. Put it into "
            "an environment variable and write redis://host:port/0?password=env:NAME.");
    FleetLocation location;
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
