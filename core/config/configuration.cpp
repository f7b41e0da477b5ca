// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.h"

#include "base/userfiles.h"
#include "config/historylocation.h"
#include "config/ownrulesfile.h"
#include "config/smallfile.h"
#include "pricing/catalogue.h"
#include "protocols/registry.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QSaveFile>
#include <QSet>

namespace retryscope {
namespace {

void report(ConfigIssues *issues, const QString &where, const QString &message, ConfigIssue::Severity severity = ConfigIssue::Severity::Error)
{
    issues->append({where, message, severity});
}

QString text(const QJsonObject &object, const char *key, const QString &where, ConfigIssues *issues, const QString &fallback = {})
{
    const QJsonValue value = object[QLatin1String(key)];
    if (!value.isUndefined() && !value.isString())
        report(issues, where + QLatin1Char('.') + QLatin1String(key), QStringLiteral("Must be a text in quotes."));
    return value.toString(fallback);
}

bool flag(const QJsonObject &object, const char *key, bool fallback, const QString &where, ConfigIssues *issues)
{
    const QJsonValue value = object[QLatin1String(key)];
    if (!value.isUndefined() && !value.isBool())
        report(issues, where + QLatin1Char('.') + QLatin1String(key), QStringLiteral("Must be true or false."));
    return value.toBool(fallback);
}

/// What is not among `known`; each is reported.
QJsonObject unknownKeys(const QJsonObject &object, const QSet<QString> &known, const QString &where, ConfigIssues *issues)
{
    QJsonObject unknown;
    for (auto it = object.begin(); it != object.end(); ++it) {
        if (known.contains(it.key()))
            continue;
        unknown.insert(it.key(), it.value());
        const QString key = it.key().isEmpty() ? QStringLiteral("\"\"") : it.key();
        report(issues, where.isEmpty() ? key : where + QLatin1Char('.') + key, QStringLiteral("Unknown key; it is kept but has no effect. Check the spelling."), ConfigIssue::Severity::Warning);
    }
    return unknown;
}

/// `over` laid over `under`, objects within objects too.
QJsonObject laidOver(QJsonObject under, const QJsonObject &over)
{
    for (auto it = over.begin(); it != over.end(); ++it) {
        const QJsonValue below = under[it.key()];
        under[it.key()] = below.isObject() && it.value().isObject() ? QJsonValue(laidOver(below.toObject(), it.value().toObject())) : it.value();
    }
    return under;
}

/// "a, b or c".
QString listed(const QStringList &words)
{
    return words.size() < 2 ? words.join(QString()) : words.mid(0, words.size() - 1).join(QStringLiteral(", ")) + QStringLiteral(" or ") + words.last();
}

ProviderConfig readProvider(const QJsonValue &value, const QString &where, ConfigIssues *issues, QJsonObject *unknown)
{
    ProviderConfig p;
    if (!value.isObject()) {
        report(issues, where, QStringLiteral("Must be an object with id, protocol, base_url and model."));
        return p;
    }
    const QJsonObject o = value.toObject();
    p.id = text(o, "id", where, issues);
    p.name = text(o, "name", where, issues, p.id);
    p.baseUrl = QUrl(text(o, "base_url", where, issues), QUrl::StrictMode);
    p.model = text(o, "model", where, issues);
    p.keyReference = text(o, "key", where, issues);
    p.account = text(o, "account", where, issues);
    p.idempotencyHeader = text(o, "idempotency_header", where, issues);
    p.enabled = flag(o, "enabled", true, where, issues);
    p.simulated = flag(o, "simulated", false, where, issues);
    const QString end = text(o, "end", where, issues);
    if (const auto rule = endRuleFromKey(end))
        p.end = *rule;
    else if (!end.isEmpty())
        report(issues, where + QStringLiteral(".end"), QStringLiteral("\"%1\" is not known. Use protocol, mark ([DONE] alone is enough) or connection (its close is enough).").arg(end.left(60)));
    const QString protocol = text(o, "protocol", where, issues);
    if (const auto kind = protocolFromKey(protocol))
        p.protocol = *kind;
    else
        report(issues, where + QStringLiteral(".protocol"), QStringLiteral("\"%1\" is not known. Use %2.").arg(protocol.left(60), listed(wireKeys())));
    static const QSet<QString> known{QStringLiteral("id"), QStringLiteral("name"), QStringLiteral("protocol"), QStringLiteral("base_url"),
                                     QStringLiteral("model"), QStringLiteral("key"), QStringLiteral("account"), QStringLiteral("idempotency_header"),
                                     QStringLiteral("enabled"), QStringLiteral("simulated"), QStringLiteral("end")};
    if (const QJsonObject own = unknownKeys(o, known, where, issues); !own.isEmpty())
        unknown->insert(p.id, own);
    return p;
}

/// Headers that say who is asked, how the bytes travel, or who asks: ours, the transport's, or a connection's.
bool isOwnHeader(const QString &name)
{
    static const QSet<QString> own{
        QStringLiteral("host"), QStringLiteral("content-length"), QStringLiteral("content-type"), QStringLiteral("content-encoding"), QStringLiteral("accept"),
        QStringLiteral("accept-encoding"), QStringLiteral("user-agent"), QStringLiteral("cookie"), QStringLiteral("expect"), QStringLiteral("range"),
        QStringLiteral("connection"), QStringLiteral("keep-alive"), QStringLiteral("proxy-connection"), QStringLiteral("proxy-authenticate"),
        QStringLiteral("proxy-authorization"), QStringLiteral("te"), QStringLiteral("trailer"), QStringLiteral("transfer-encoding"), QStringLiteral("upgrade"),
        QStringLiteral("http2-settings"), QStringLiteral("via"), QStringLiteral("forwarded"), QStringLiteral("origin"), QStringLiteral("referer"), QStringLiteral("date")};
    const QString header = name.toLower();
    return own.contains(header) || keyHeaders().contains(header) || wireHeaders().contains(header);
}

void checkProvider(const ProviderConfig &p, const QString &where, ConfigIssues *issues)
{
    static const QRegularExpression id(QStringLiteral("^[a-z0-9_.-]{1,64}$"));
    static const QRegularExpression reference(QStringLiteral("^(env:[A-Za-z_][A-Za-z0-9_]*)?$"));
    if (!id.match(p.id).hasMatch())
        report(issues, where + QStringLiteral(".id"), QStringLiteral("Must be 1 to 64 of a-z, 0-9, dot, dash and underscore."));
    if (!p.baseUrl.isValid() || p.baseUrl.host().isEmpty() || (p.baseUrl.scheme() != QLatin1String("http") && p.baseUrl.scheme() != QLatin1String("https")))
        report(issues, where + QStringLiteral(".base_url"), QStringLiteral("Must be a whole http or https address, such as https://api.openai.com/v1."));
    if (!p.baseUrl.userInfo().isEmpty() || p.baseUrl.hasQuery())
        report(issues, where + QStringLiteral(".base_url"), QStringLiteral("Must hold no user, password or query; keys belong into an environment variable."));
    if (p.model.isEmpty())
        report(issues, where + QStringLiteral(".model"), QStringLiteral("Must name a model."));
    static const QRegularExpression header(QStringLiteral("^[A-Za-z0-9-]{0,64}$"));
    if (!header.match(p.idempotencyHeader).hasMatch())
        report(issues, where + QStringLiteral(".idempotency_header"), QStringLiteral("Must be the name of a header, such as Idempotency-Key."));
    else if (isOwnHeader(p.idempotencyHeader))
        report(issues, where + QStringLiteral(".idempotency_header"), QStringLiteral("%1 has a meaning of its own and cannot carry the key. Use a name such as Idempotency-Key.").arg(p.idempotencyHeader));
    if (!reference.match(p.keyReference).hasMatch()) // the value is not repeated: it may be a key
        report(issues, where + QStringLiteral(".key"), QStringLiteral("Must be a reference such as env:OPENAI_API_KEY. A key itself is never kept in this file."));
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
        const QString what = error.error == QJsonParseError::NoError ? QStringLiteral("The file must hold one JSON object.")
            : QStringLiteral("Not valid JSON at %1: %2.").arg(position(json, error.offset), error.errorString());
        report(&loaded.issues, QStringLiteral("(file)"), what);
        return loaded;
    }
    const QJsonObject root = document.object();
    const QJsonValue providers = root[QLatin1String("providers")], retry = root[QLatin1String("retry")], history = root[QLatin1String("history")];
    static const QSet<QString> known{QStringLiteral("providers"), QStringLiteral("retry"), QStringLiteral("rules"), QStringLiteral("history"), QStringLiteral("version"), QStringLiteral("$schema")};
    QJsonObject unknown, unknownByProvider, unknownRetry;
    if (!providers.isUndefined() && !providers.isArray())
        report(&loaded.issues, QStringLiteral("providers"), QStringLiteral("Must be a list, in order of priority."));
    int index = 0;
    for (const QJsonValue &value : providers.toArray())
        loaded.configuration.providers.append(readProvider(value, QStringLiteral("providers[%1]").arg(index++), &loaded.issues, &unknownByProvider));
    if (!retry.isUndefined() && !retry.isObject())
        report(&loaded.issues, QStringLiteral("retry"), QStringLiteral("Must be an object."));
    loaded.configuration.retry = retryConfigFromJson(retry.toObject(), QStringLiteral("retry"), &loaded.issues, &unknownRetry);
    loaded.configuration.rules = ownRulesFromJson(root[QLatin1String("rules")], &loaded.issues);
    if (!history.isUndefined() && !history.isString())
        report(&loaded.issues, QStringLiteral("history"), QStringLiteral("Must be a text in quotes."));
    loaded.configuration.history = history.toString();
    if (const QJsonValue version = root[QLatin1String("version")]; !version.isUndefined() && version != QJsonValue(1))
        report(&loaded.issues, QStringLiteral("version"), QStringLiteral("Must be 1, the only version that this program can read and write."));
    unknown = unknownKeys(root, known, {}, &loaded.issues);
    if (root.contains(QLatin1String("$schema"))) // for editors; nothing to us
        unknown[QLatin1String("$schema")] = root[QLatin1String("$schema")];
    if (!unknownByProvider.isEmpty())
        unknown[QLatin1String("providers")] = unknownByProvider;
    if (!unknownRetry.isEmpty())
        unknown[QLatin1String("retry")] = unknownRetry;
    loaded.configuration.unknown = unknown;
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
        checkProvider(p, where, &issues);
        if (seen.contains(p.id))
            report(&issues, where + QStringLiteral(".id"), QStringLiteral("\"%1\" is used twice.").arg(p.id.left(64)));
        seen.insert(p.id);
        anyEnabled |= p.enabled;
    }
    if (!anyEnabled)
        report(&issues, QStringLiteral("providers"), QStringLiteral("No provider is enabled, so no call can be made. Add or enable one."));
    if (const auto history = historyLocationFromText(configuration.history); !history)
        report(&issues, QStringLiteral("history"), history.error());
    issues += validate(configuration.rules);
    for (ConfigIssue issue : validate(configuration.retry)) {
        issue.where.prepend(QStringLiteral("retry."));
        issues.append(issue);
    }
    return issues;
}

QByteArray toJson(const Configuration &configuration)
{
    QJsonObject root = configuration.unknown;
    const QJsonObject unknownByProvider = root.take(QLatin1String("providers")).toObject(), unknownRetry = root.take(QLatin1String("retry")).toObject();
    QJsonArray providers;
    for (const ProviderConfig &p : configuration.providers) {
        QUrl url = p.baseUrl;
        if (p.simulated)
            url.setPort(0); // the sandbox chooses its port anew at each start
        QJsonObject o{{QStringLiteral("id"), p.id}, {QStringLiteral("name"), p.name}, {QStringLiteral("protocol"), toKey(p.protocol)},
                      {QStringLiteral("base_url"), url.toString()}, {QStringLiteral("model"), p.model}, {QStringLiteral("enabled"), p.enabled}};
        if (!p.keyReference.isEmpty())
            o[QLatin1String("key")] = p.keyReference;
        if (!p.account.isEmpty())
            o[QLatin1String("account")] = p.account;
        if (!p.idempotencyHeader.isEmpty())
            o[QLatin1String("idempotency_header")] = p.idempotencyHeader;
        if (p.simulated)
            o[QLatin1String("simulated")] = true;
        if (p.end != EndRule::Protocol)
            o[QLatin1String("end")] = toKey(p.end);
        providers.append(laidOver(unknownByProvider[p.id].toObject(), o));
    }
    root[QLatin1String("version")] = 1;
    root[QLatin1String("providers")] = providers;
    root[QLatin1String("retry")] = laidOver(unknownRetry, toJson(configuration.retry));
    if (!configuration.rules.isEmpty())
        root[QLatin1String("rules")] = toJson(configuration.rules);
    if (!configuration.history.isEmpty())
        root[QLatin1String("history")] = configuration.history;
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
    return Unexpected{QStringLiteral("%1 could not be written: %2. The old file is untouched. Check the disk's free space and the folder's permissions.").arg(path, file.errorString())};
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

QString simulatedName(const ProviderConfig &provider) { return provider.baseUrl.path().section(QLatin1Char('/'), 1, 1); }

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
            providers.append({QLatin1String(wire.key), QLatin1String(wire.label), wire.kind, QUrl(QLatin1String(wire.baseUrl)), model.isEmpty() ? QLatin1String(wire.model) : model,
                              QStringLiteral("env:") + QLatin1String(wire.keyVariable), {}, {}, false, false});
    }
    return providers;
}

} // namespace retryscope
