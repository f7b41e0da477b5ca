// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/reporting.h"

#include "config/issuereport.h"
#include "config/providerchecks.h"

#include <QUrl>

namespace retryscope {
namespace {

const QString otlpKey = QStringLiteral("otlp");
const QString webhookKey = QStringLiteral("webhook");

QJsonObject objectAt(const QJsonObject &root, const QString &key, ConfigIssues *issues)
{
    const QJsonValue value = root[key];
    if (!value.isUndefined() && !value.isObject())
        report(issues, key, key == otlpKey
                                ? QStringLiteral("Must be an object such as {\"endpoint\": \"http://127.0.0.1:4318\"}.")
                                : QStringLiteral("Must be an object such as {\"url\": \"https://example.com/hook\"}."));
    return value.toObject();
}

QString textAt(const QJsonObject &object, const char *key, const QString &where, ConfigIssues *issues)
{
    const QJsonValue value = object[QLatin1String(key)];
    if (!value.isUndefined() && !value.isString())
        report(issues, where + QLatin1Char('.') + QLatin1String(key), QStringLiteral("Must be a text in quotes."));
    return value.toString();
}

void keepUnknown(QJsonObject object, const QStringList &known, const QString &where, ConfigIssues *issues,
                 QJsonObject *unknown)
{
    for (const QString &key : known)
        object.remove(key);
    for (const QString &key : object.keys())
        report(issues, where + QLatin1Char('.') + key,
               QStringLiteral("Unknown key; it is kept but has no effect. Check the spelling."),
               ConfigIssue::Severity::Warning);
    if (!object.isEmpty())
        unknown->insert(where, object);
}

/// Over what may stand there already: keys that we do not know.
void lay(QJsonObject *root, const QString &where, const QJsonObject &over)
{
    if (over.isEmpty())
        return;
    QJsonObject object = root->value(where).toObject();
    for (auto it = over.begin(); it != over.end(); ++it)
        object[it.key()] = it.value();
    root->insert(where, object);
}

bool isAddress(const QString &text)
{
    const QUrl url(text);
    return url.isValid() && !url.host().isEmpty() && url.userInfo().isEmpty()
           && (url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https"));
}

QJsonObject typed(const char *help)
{
    return {{QStringLiteral("type"), QStringLiteral("string")}, {QStringLiteral("description"), QLatin1String(help)}};
}

QJsonObject objectOf(const QJsonObject &properties, const char *help)
{
    return {{QStringLiteral("type"), QStringLiteral("object")},
            {QStringLiteral("description"), QLatin1String(help)},
            {QStringLiteral("properties"), properties}};
}

} // namespace

Reporting reportingFromJson(const QJsonObject &root, ConfigIssues *issues, QJsonObject *unknown)
{
    Reporting reporting;
    const QJsonObject otlp = objectAt(root, otlpKey, issues), webhook = objectAt(root, webhookKey, issues);
    reporting.otlp.endpoint = textAt(otlp, "endpoint", otlpKey, issues);
    const QJsonValue headers = otlp[QLatin1String("headers")];
    if (!headers.isUndefined() && !headers.isObject())
        report(issues, QStringLiteral("otlp.headers"), QStringLiteral("Must be an object of names and values."));
    const QJsonObject pairs = headers.toObject();
    for (auto it = pairs.begin(); it != pairs.end(); ++it) {
        if (!it->isString())
            report(issues, QStringLiteral("otlp.headers.%1").arg(it.key().left(64)), QStringLiteral("Must be a text in quotes."));
        reporting.otlp.headers[it.key()] = it->toString();
    }
    reporting.webhook.url = textAt(webhook, "url", webhookKey, issues);
    reporting.webhook.secret = textAt(webhook, "secret", webhookKey, issues);
    keepUnknown(otlp, {QStringLiteral("endpoint"), QStringLiteral("headers")}, otlpKey, issues, unknown);
    keepUnknown(webhook, {QStringLiteral("url"), QStringLiteral("secret")}, webhookKey, issues, unknown);
    return reporting;
}

void putReporting(const Reporting &reporting, QJsonObject *root)
{
    QJsonObject otlp, webhook, headers;
    for (auto it = reporting.otlp.headers.begin(); it != reporting.otlp.headers.end(); ++it)
        headers[it.key()] = it.value();
    if (!reporting.otlp.endpoint.isEmpty())
        otlp[QLatin1String("endpoint")] = reporting.otlp.endpoint;
    if (!headers.isEmpty())
        otlp[QLatin1String("headers")] = headers;
    if (!reporting.webhook.url.isEmpty())
        webhook[QLatin1String("url")] = reporting.webhook.url;
    if (!reporting.webhook.secret.isEmpty())
        webhook[QLatin1String("secret")] = reporting.webhook.secret;
    lay(root, otlpKey, otlp);
    lay(root, webhookKey, webhook);
}

ConfigIssues validate(const Reporting &reporting)
{
    ConfigIssues issues;
    const auto &[otlp, webhook] = reporting;
    if (!otlp.endpoint.isEmpty() && (!isAddress(otlp.endpoint) || QUrl(otlp.endpoint).hasQuery()))
        report(&issues, QStringLiteral("otlp.endpoint"),
               QStringLiteral("Must be a whole http or https address without user, password and query, such as "
                              "http://127.0.0.1:4318; /v1/traces, /v1/metrics and /v1/logs are put behind it."));
    for (auto it = otlp.headers.begin(); it != otlp.headers.end(); ++it) {
        const QString where = QStringLiteral("otlp.headers.%1").arg(it.key().left(64));
        checkHeaderName(it.key(), {where, &issues});
        checkHeaderValue(it.value(), {where, &issues});
        checkSecret(it.key(), it.value(), {where, &issues});
    }
    if (!webhook.url.isEmpty() && !isPlainReference(webhook.url) && !isAddress(webhook.url)) // not repeated: it may be a secret
        report(&issues, QStringLiteral("webhook.url"),
               QStringLiteral("Must be a whole http or https address without user and password, or a reference such as "
                              "env:WEBHOOK_URL to a variable that holds one."));
    if (!webhook.secret.isEmpty() && !isPlainReference(webhook.secret)) // not repeated: it may be the secret
        report(&issues, QStringLiteral("webhook.secret"),
               QStringLiteral("Must be a reference such as env:WEBHOOK_SECRET or keychain:NAME. A secret itself is never kept in this file."));
    return issues;
}

QJsonObject reportingSchema()
{
    const QJsonObject headers{{QStringLiteral("type"), QStringLiteral("object")},
                              {QStringLiteral("description"), QStringLiteral("Of every request; values may be env:NAME or keychain:NAME.")},
                              {QStringLiteral("additionalProperties"),
                               QJsonObject{{QStringLiteral("type"), QStringLiteral("string")}}}};
    return {{otlpKey, objectOf({{QStringLiteral("endpoint"), typed("Address of a collector, such as http://127.0.0.1:4318.")},
                                {QStringLiteral("headers"), headers}},
                               "Where a gateway sends traces, metrics and logs (OTLP over HTTP, JSON).")},
            {webhookKey, objectOf({{QStringLiteral("url"), typed("http or https address, env:NAME or keychain:NAME.")},
                                   {QStringLiteral("secret"), typed("env:NAME or keychain:NAME: requests are signed with it.")}},
                                  "Where a gateway tells of incidents.")}};
}

} // namespace retryscope
