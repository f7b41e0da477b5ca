// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/routes.h"

#include "config/issuereport.h"

#include <QJsonArray>

namespace retryscope {
namespace {

QString place(const QString &name) { return QStringLiteral("routes.%1").arg(name.left(64)); }

} // namespace

Routes routesFromJson(const QJsonValue &value, ConfigIssues *issues)
{
    Routes routes;
    if (!value.isUndefined() && !value.isObject())
        report(issues, QStringLiteral("routes"),
               QStringLiteral("Must be an object: a name, and with it the list of providers, such as {\"fast\": [\"a\", \"b\"]}."));
    const QJsonObject object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it) {
        if (!it->isArray())
            report(issues, place(it.key()), QStringLiteral("Must be a list of providers' ids."));
        QVector<ProviderId> &route = routes[it.key()];
        for (const QJsonValue &id : it->toArray()) {
            if (!id.isString())
                report(issues, place(it.key()), QStringLiteral("Must hold ids in quotes only."));
            route.append(id.toString());
        }
    }
    return routes;
}

QJsonObject toJson(const Routes &routes)
{
    QJsonObject object;
    for (auto it = routes.begin(); it != routes.end(); ++it)
        object[it.key()] = QJsonArray::fromStringList(QStringList(it->begin(), it->end()));
    return object;
}

ConfigIssues validate(const Routes &routes, const QSet<ProviderId> &providers)
{
    ConfigIssues issues;
    for (auto it = routes.begin(); it != routes.end(); ++it) {
        const QString where = place(it.key());
        if (it.key().trimmed().isEmpty() || it.key().contains(QLatin1Char('/')) || it.key().contains(QLatin1Char(',')))
            report(&issues, where, QStringLiteral("A route's name has at least one letter, no slash and no comma."));
        if (providers.contains(it.key()))
            report(&issues, where,
                   QStringLiteral("\"%1\" is a provider's id: a program that names it could mean either.").arg(it.key()));
        if (it->isEmpty())
            report(&issues, where, QStringLiteral("Holds no provider."));
        QSet<ProviderId> seen;
        for (qsizetype i = 0; i < it->size(); ++i) {
            const ProviderId &id = it->at(i);
            const QString at = QStringLiteral("%1[%2]").arg(where).arg(i);
            if (!providers.contains(id))
                report(&issues, at, QStringLiteral("\"%1\" is no provider of this file.").arg(id.left(64)));
            if (seen.contains(id))
                report(&issues, at, QStringLiteral("\"%1\" is there twice.").arg(id.left(64)));
            seen.insert(id);
        }
    }
    return issues;
}

} // namespace retryscope
