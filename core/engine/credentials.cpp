// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/credentials.h"

#include "config/providerfields.h"
#include "keys/heldkeys.h"

#include <QUrlQuery>

#include <algorithm>

namespace retryscope {
namespace {

using Resolved = Expected<QByteArray, KeyProblem>;

Resolved variableValue(const QString &variable, const QString &what)
{
    const QByteArray value = qgetenv(variable.toLatin1().constData()).trimmed();
    if (!value.isEmpty())
        return value;
    return Unexpected{KeyProblem{
        KeyProblem::Kind::NotSet,
        QStringLiteral(
            "The environment variable %1, which should hold %2, is not set. Set it and start the program again.")
            .arg(variable, what)}};
}

Resolved keychainValue(const QString &name, const QString &what)
{
    const auto held = heldKey(name);
    if (!held)
        return Unexpected{KeyProblem{
            KeyProblem::Kind::NotRead,
            QStringLiteral("The keychain has not answered yet for %1 (keychain:%2). Wait a moment, and unlock it where it "
                           "asks for that.")
                .arg(what, name)}};
    if (!*held)
        return Unexpected{KeyProblem{KeyProblem::Kind::NotSet, keySentence(held->error(), name, what)}};
    const QByteArray value = (*held)->trimmed();
    if (!value.isEmpty())
        return value;
    return Unexpected{KeyProblem{
        KeyProblem::Kind::NotSet,
        keySentence({KeyStoreProblem::NotThere, {}}, name, what)}};
}

/// What a reference stands for; it is remembered as a secret.
Resolved valueOf(const Reference &reference, const QString &what, Credentials *credentials)
{
    const bool variable = reference.place == KeyPlace::Environment;
    const auto found = variable ? variableValue(reference.name, what) : keychainValue(reference.name, what);
    if (!found)
        return found;
    const QByteArray &value = *found;
    if (std::any_of(value.begin(), value.end(), [](char c) { return uchar(c) < 0x20 || c == 0x7f; }))
        return Unexpected{KeyProblem{KeyProblem::Kind::ControlCharacter,
                                     QStringLiteral("%1 in %2 holds a line break or another control character. Set "
                                                    "it to %1 alone.")
                                         .arg(what, variable ? QStringLiteral("the environment variable ") + reference.name
                                                             : QStringLiteral("keychain:") + reference.name)
                                         .replace(0, 1, what.left(1).toUpper())}};
    credentials->secrets.append(value);
    return value;
}

/// A text as it is, or what its reference stands for with the word before it.
Resolved textOf(const QString &text, const QString &what, Credentials *credentials)
{
    const auto reference = referenceIn(text);
    if (!reference)
        return text.toUtf8();
    auto value = valueOf(*reference, what, credentials);
    if (value)
        *value = reference->before.toLatin1() + *value;
    return value;
}

ConfigIssues reportingIssues(const Reporting &reporting)
{
    ConfigIssues issues;
    const auto look = [&issues](const QString &where, const QString &text, const QString &what) {
        Credentials credentials;
        if (const auto value = textOf(text, what, &credentials); !value)
            issues.append({where, value.error().sentence + QStringLiteral(" Until then nothing is sent there."),
                           ConfigIssue::Severity::Warning});
    };
    for (auto it = reporting.otlp.headers.begin(); it != reporting.otlp.headers.end(); ++it)
        look(QStringLiteral("otlp.headers.%1").arg(it.key()), it.value(), QStringLiteral("the header %1").arg(it.key()));
    look(QStringLiteral("webhook.url"), reporting.webhook.url, QStringLiteral("the webhook's address"));
    look(QStringLiteral("webhook.secret"), reporting.webhook.secret, QStringLiteral("the webhook's secret"));
    return issues;
}

} // namespace

void Credentials::applyTo(HttpRequest *request) const
{
    for (const auto &[name, value] : headers) {
        request->headers.removeIf(
            [&name = name](const auto &header) { return header.first.compare(name, Qt::CaseInsensitive) == 0; });
        if (!value.isEmpty())
            request->headers.append({name, value});
    }
    if (!query.isEmpty()) {
        QUrlQuery all(request->url);
        for (const auto &[name, value] : query) {
            all.removeAllQueryItems(name);
            all.addQueryItem(QString::fromLatin1(QUrl::toPercentEncoding(name)),
                             QString::fromLatin1(QUrl::toPercentEncoding(value)));
        }
        request->url.setQuery(all);
    }
    request->proxy = proxy;
    request->caFile = caFile;
}

QVector<KeyChoice> keysOf(const ProviderConfig &provider)
{
    QStringList references = provider.keys;
    if (!provider.keyReference.isEmpty() || references.isEmpty())
        references.prepend(provider.keyReference);
    QVector<KeyChoice> choices;
    for (const QString &reference : std::as_const(references)) {
        // One key at two hosts is two accounts: a vendor's quota says nothing of a gateway's.
        const QString own =
            reference.isEmpty() ? QString() : reference + QLatin1Char('@') + provider.baseUrl.authority();
        const bool several = references.size() > 1 && !provider.account.isEmpty();
        choices.append({reference, provider.account.isEmpty() ? own
                                   : several                  ? provider.account + QLatin1Char('/') + reference
                                                              : provider.account});
    }
    return choices;
}

Expected<Credentials, KeyProblem> resolveCredentials(const ProviderConfig &provider, const QString &account)
{
    Credentials credentials;
    const QVector<KeyChoice> keys = keysOf(provider);
    const auto meant =
        std::find_if(keys.begin(), keys.end(), [&account](const KeyChoice &key) { return key.account == account; });
    const QString reference = meant == keys.end() ? keys.first().reference : meant->reference;
    if (const auto named = referenceIn(reference)) {
        const auto key = valueOf(*named, QStringLiteral("the key"), &credentials);
        if (!key)
            return Unexpected{key.error()};
        credentials.key = *key;
    }
    for (auto it = provider.headers.begin(); it != provider.headers.end(); ++it) {
        const auto value = textOf(*it, QStringLiteral("the header %1").arg(it.key()), &credentials);
        if (!value)
            return Unexpected{value.error()};
        credentials.headers.append({it.key().toLatin1(), *value});
    }
    for (auto it = provider.query.begin(); it != provider.query.end(); ++it) {
        const auto value = textOf(*it, QStringLiteral("the query's %1").arg(it.key()), &credentials);
        if (!value)
            return Unexpected{value.error()};
        credentials.query.append({it.key(), QString::fromUtf8(*value)});
    }
    const auto proxy = textOf(provider.proxy, QStringLiteral("the proxy"), &credentials);
    if (!proxy)
        return Unexpected{proxy.error()};
    credentials.proxy = QString::fromUtf8(*proxy);
    credentials.caFile = provider.caFile;
    return credentials;
}

Expected<QByteArray, KeyProblem> resolveReference(const QString &text, const QString &what)
{
    Credentials credentials;
    return textOf(text, what, &credentials);
}

QStringList keychainNames(const ProviderConfig &provider)
{
    QStringList names;
    const QStringList texts = QStringList{provider.keyReference, provider.proxy} + provider.keys + provider.headers.values()
                              + provider.query.values();
    for (const QString &text : texts) {
        const auto reference = referenceIn(text);
        if (reference && reference->place == KeyPlace::Keychain && !names.contains(reference->name))
            names << reference->name;
    }
    return names;
}

QStringList keychainNames(const Configuration &configuration)
{
    QStringList names;
    for (const ProviderConfig &provider : configuration.providers) {
        if (!provider.simulated)
            names += keychainNames(provider);
    }
    ProviderConfig reporting; // what is told of the gateway names keys the same way
    reporting.headers = configuration.reporting.otlp.headers;
    reporting.keys = {configuration.reporting.webhook.url, configuration.reporting.webhook.secret};
    names += keychainNames(reporting);
    names.removeDuplicates();
    return names;
}

ConfigIssues keyIssues(const Configuration &configuration)
{
    ConfigIssues issues;
    for (qsizetype i = 0; i < configuration.providers.size(); ++i) {
        const ProviderConfig &provider = configuration.providers[i];
        if (!provider.enabled || provider.simulated)
            continue;
        const QVector<KeyChoice> keys = keysOf(provider);
        for (const KeyChoice &key : keys) {
            const auto credentials = resolveCredentials(provider, key.account);
            if (credentials || credentials.error().kind == KeyProblem::Kind::NotRead)
                continue; // what is being read is no news
            const QString effect = keys.size() > 1 ? QStringLiteral(" Until then this key of %1 is not used.")
                                                   : QStringLiteral(" Until then %1 is not asked.");
            const QString &name = provider.name.isEmpty() ? provider.id : provider.name;
            const ConfigIssue issue{
                QStringLiteral("providers[%1].%2")
                    .arg(i)
                    .arg(key.reference == provider.keyReference ? QLatin1String("key") : QLatin1String("keys")),
                credentials.error().sentence + effect.arg(name), ConfigIssue::Severity::Warning};
            if (!issues.contains(issue))
                issues.append(issue);
        }
    }
    return issues + reportingIssues(configuration.reporting);
}

} // namespace retryscope
