// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.h"

#include "base/userfiles.h"
#include "config/fleetlocation.h"
#include "config/historylocation.h"
#include "config/issuereport.h"
#include "config/ownrulesfile.h"
#include "config/providerfields.h"
#include "config/retryfields.h"
#include "config/smallfile.h"
#include "pricing/catalogue.h"
#include "protocols/registry.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>
#include <QSet>

namespace retryscope {
namespace {

/// What is not among `known`; each is reported.
QJsonObject unknownKeys(const QJsonObject &object, const QSet<QString> &known, const QString &where,
                        ConfigIssues *issues)
{
    QJsonObject unknown;
    for (auto it = object.begin(); it != object.end(); ++it) {
        if (known.contains(it.key()))
            continue;
        unknown.insert(it.key(), it.value());
        const QString key = it.key().isEmpty() ? QStringLiteral("\"\"") : it.key();
        report(issues, where.isEmpty() ? key : where + QLatin1Char('.') + key,
               QStringLiteral("Unknown key; it is kept but has no effect. Check the spelling."),
               ConfigIssue::Severity::Warning);
    }
    return unknown;
}

/// `over` laid over `under`, objects within objects too.
QJsonObject laidOver(QJsonObject under, const QJsonObject &over)
{
    for (auto it = over.begin(); it != over.end(); ++it) {
        const QJsonValue below = under[it.key()];
        under[it.key()] = below.isObject() && it.value().isObject()
                              ? QJsonValue(laidOver(below.toObject(), it.value().toObject()))
                              : it.value();
    }
    return under;
}

ProviderConfig readProvider(const QJsonValue &value, const QString &where, ConfigIssues *issues, QJsonObject *unknown)
{
    ProviderConfig p;
    if (!value.isObject()) {
        report(issues, where, QStringLiteral("Must be an object with id, protocol, base_url and model."));
        return p;
    }
    const QJsonObject o = value.toObject();
    const FieldReport place(where, issues);
    QSet<QString> known;
    for (const ProviderField &field : providerFields()) {
        const QString key = QLatin1String(field.key);
        known.insert(key);
        if (o.contains(key) || key == QLatin1String("protocol")) // which is never left out
            field.set(p, o[key], place.at(key));
    }
    if (!o.contains(QLatin1String("name")))
        p.name = p.id;
    if (const QJsonObject own = unknownKeys(o, known, where, issues); !own.isEmpty())
        unknown->insert(p.id, own);
    return p;
}

QString position(const QByteArray &json, int offset)
{
    const QByteArray before = json.left(offset);
    return QStringLiteral("line %1, column %2").arg(before.count('\n') + 1).arg(offset - before.lastIndexOf('\n'));
}

} // namespace

LoadedConfiguration configurationFromJson(const QByteArray &json)
{
    LoadedConfiguration loaded;
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    if (!document.isObject()) {
        const QString what =
            error.error == QJsonParseError::NoError
                ? QStringLiteral("The file must hold one JSON object, such as {\"providers\": []}.")
            : json.trimmed().isEmpty()
                ? QStringLiteral("The file is empty. It must hold one JSON object, {} at least.")
                : QStringLiteral("Not valid JSON at %1: %2. Mend it there.")
                      .arg(position(json, error.offset), error.errorString());
        report(&loaded.issues, QStringLiteral("(file)"), what);
        return loaded;
    }
    const QJsonObject root = document.object();
    const QJsonValue providers = root[QLatin1String("providers")], retry = root[QLatin1String("retry")],
                     history = root[QLatin1String("history")], fleet = root[QLatin1String("fleet")];
    static const QSet<QString> known{QStringLiteral("providers"), QStringLiteral("retry"),   QStringLiteral("rules"),
                                     QStringLiteral("routes"),    QStringLiteral("history"), QStringLiteral("fleet"),
                                     QStringLiteral("version"), QStringLiteral("$schema"), QStringLiteral("otlp"), QStringLiteral("webhook")};
    QJsonObject unknown, unknownByProvider, unknownRetry;
    if (!providers.isUndefined() && !providers.isArray())
        report(&loaded.issues, QStringLiteral("providers"), QStringLiteral("Must be a list, in order of priority."));
    int index = 0;
    for (const QJsonValue &value : providers.toArray())
        loaded.configuration.providers.append(
            readProvider(value, QStringLiteral("providers[%1]").arg(index++), &loaded.issues, &unknownByProvider));
    if (!retry.isUndefined() && !retry.isObject())
        report(&loaded.issues, QStringLiteral("retry"), QStringLiteral("Must be an object."));
    loaded.configuration.retry =
        retryConfigFromJson(retry.toObject(), QStringLiteral("retry"), &loaded.issues, &unknownRetry);
    loaded.configuration.rules = ownRulesFromJson(root[QLatin1String("rules")], &loaded.issues);
    loaded.configuration.routes = routesFromJson(root[QLatin1String("routes")], &loaded.issues);
    QJsonObject unknownReporting;
    loaded.configuration.reporting = reportingFromJson(root, &loaded.issues, &unknownReporting);
    if (!history.isUndefined() && !history.isString())
        report(&loaded.issues, QStringLiteral("history"), QStringLiteral("Must be a text in quotes."));
    loaded.configuration.history = history.toString();
    if (!fleet.isUndefined() && !fleet.isString())
        report(&loaded.issues, QStringLiteral("fleet"), QStringLiteral("Must be a text in quotes."));
    loaded.configuration.fleet = fleet.toString();
    if (const QJsonValue version = root[QLatin1String("version")]; !version.isUndefined() && version != QJsonValue(1))
        report(&loaded.issues, QStringLiteral("version"),
               QStringLiteral("Must be 1, the only version that this program can read and write."));
    unknown = unknownKeys(root, known, {}, &loaded.issues);
    if (root.contains(QLatin1String("$schema"))) // for editors; nothing to us
        unknown[QLatin1String("$schema")] = root[QLatin1String("$schema")];
    if (!unknownByProvider.isEmpty())
        unknown[QLatin1String("providers")] = unknownByProvider;
    if (!unknownRetry.isEmpty())
        unknown[QLatin1String("retry")] = unknownRetry;
    loaded.configuration.unknown = laidOver(unknown, unknownReporting);
    for (const ConfigIssue &issue : validate(loaded.configuration)) {
        if (!loaded.issues.contains(issue))
            loaded.issues.append(issue);
    }
    return loaded;
}

ConfigIssues validate(const Configuration &configuration)
{
    ConfigIssues issues;
    QSet<QString> seen;
    bool anyEnabled = false;
    for (qsizetype i = 0; i < configuration.providers.size(); ++i) {
        const QString where = QStringLiteral("providers[%1]").arg(i);
        const ProviderConfig &p = configuration.providers[i];
        checkProvider(p, {where, &issues});
        if (seen.contains(p.id))
            report(&issues, where + QStringLiteral(".id"), QStringLiteral("\"%1\" is used twice.").arg(p.id.left(64)));
        seen.insert(p.id);
        anyEnabled |= p.enabled;
    }
    if (!anyEnabled)
        report(&issues, QStringLiteral("providers"),
               QStringLiteral("No provider is enabled, so no call can be made. Add or enable one."));
    if (const auto history = historyLocationFromText(configuration.history); !history)
        report(&issues, QStringLiteral("history"), history.error());
    if (const auto fleet = fleetLocationFromText(configuration.fleet); !configuration.fleet.isEmpty() && !fleet)
        report(&issues, QStringLiteral("fleet"), fleet.error());
    issues += validate(configuration.rules);
    issues += validate(configuration.routes, seen);
    issues += validate(configuration.reporting);
    for (ConfigIssue issue : validate(configuration.retry)) {
        issue.where.prepend(QStringLiteral("retry."));
        issues.append(issue);
    }
    return issues;
}

QByteArray toJson(const Configuration &configuration)
{
    QJsonObject root = configuration.unknown;
    const QJsonObject unknownByProvider = root.take(QLatin1String("providers")).toObject(),
                      unknownRetry = root.take(QLatin1String("retry")).toObject();
    QJsonArray providers;
    for (const ProviderConfig &p : configuration.providers) {
        QJsonObject o;
        for (const ProviderField &field : providerFields()) {
            if (const QJsonValue value = field.get(p); !value.isUndefined())
                o[QLatin1String(field.key)] = value;
        }
        providers.append(laidOver(unknownByProvider[p.id].toObject(), o));
    }
    root[QLatin1String("version")] = 1;
    root[QLatin1String("providers")] = providers;
    root[QLatin1String("retry")] = laidOver(unknownRetry, toJson(configuration.retry));
    if (!configuration.rules.empty())
        root[QLatin1String("rules")] = toJson(configuration.rules);
    if (!configuration.routes.isEmpty())
        root[QLatin1String("routes")] = toJson(configuration.routes);
    if (!configuration.history.isEmpty())
        root[QLatin1String("history")] = configuration.history;
    putReporting(configuration.reporting, &root);
    if (!configuration.fleet.isEmpty())
        root[QLatin1String("fleet")] = configuration.fleet;
    return QJsonDocument(root).toJson(QJsonDocument::Indented);
}

LoadedConfiguration loadConfiguration(const QString &path)
{
    LoadedConfiguration loaded;
    const auto bytes = readSmallFile(path, maxConfigurationSize);
    if (!bytes) {
        report(&loaded.issues, path, bytes.error().sentence);
        return loaded;
    }
    return configurationFromJson(*bytes);
}

Expected<bool, QString> saveConfiguration(const Configuration &configuration, const QString &path)
{
    QSaveFile file(path);
    const QByteArray bytes = toJson(configuration);
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit())
        return true;
    return Unexpected{QStringLiteral("%1 could not be written: %2. The old file is untouched. Check the disk's free "
                                     "space and the folder's permissions.")
                          .arg(path, file.errorString())};
}

ProviderConfigs simulatedProviders(const QUrl &root)
{
    ProviderConfigs providers = builtInProviders();
    for (ProviderConfig &provider : providers) {
        QUrl url = root;
        url.setPath(QLatin1Char('/') + provider.id + QLatin1String(wireOf(provider.protocol).servedPath));
        provider.baseUrl = url;
        provider.keyReference.clear();
        provider.enabled = provider.simulated = true;
        provider.model = provider.id.section(QLatin1Char('_'), 0, 0) + QStringLiteral("-sim");
    }
    return providers;
}

QString simulatedName(const ProviderConfig &provider)
{
    return provider.baseUrl.path().section(QLatin1Char('/'), 1, 1);
}

void bindToSandbox(ProviderConfigs *providers, const QUrl &root)
{
    for (ProviderConfig &p : *providers) {
        if (p.simulated)
            p.baseUrl.setPort(root.port());
    }
}

ProviderConfigs builtInProviders()
{
    ProviderConfigs providers;
    for (const Wire &wire : wires()) {
        const QString model = defaultModel(QLatin1String(wire.key));
        if (*wire.baseUrl)
            providers.append({QLatin1String(wire.key),
                              QLatin1String(wire.label), wire.kind, QUrl(QLatin1String(wire.baseUrl)),
                              model.isEmpty() ? QLatin1String(wire.model) : model,
                              QStringLiteral("env:") + QLatin1String(wire.keyVariable), {},
                              {}, false, false});
    }
    return providers;
}

} // namespace retryscope
