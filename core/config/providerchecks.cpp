// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/providerchecks.h"

#include "base/secretshape.h"
#include "protocols/registry.h"

#include <QFileInfo>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>
#include <array>

namespace retryscope {
namespace {

/// Headers that frame a request, name its host, or belong to a connection: the transport's own.
bool isFramingHeader(const QString &name)
{
    static const QSet<QString> framing{QStringLiteral("host"),
                                       QStringLiteral("content-length"), QStringLiteral("content-encoding"),
                                       QStringLiteral("accept-encoding"), QStringLiteral("expect"),
                                       QStringLiteral("range"), QStringLiteral("connection"),
                                       QStringLiteral("keep-alive"), QStringLiteral("proxy-connection"),
                                       QStringLiteral("proxy-authenticate"), QStringLiteral("proxy-authorization"),
                                       QStringLiteral("te"), QStringLiteral("trailer"),
                                       QStringLiteral("transfer-encoding"), QStringLiteral("upgrade"),
                                       QStringLiteral("http2-settings")};
    return framing.contains(name.toLower());
}

/// Headers with a meaning of their own, which no random key may take.
bool isOwnHeader(const QString &name)
{
    static const QSet<QString> own{
        QStringLiteral("content-type"), QStringLiteral("accept"),  QStringLiteral("user-agent"),
        QStringLiteral("cookie"),       QStringLiteral("via"),     QStringLiteral("forwarded"),
        QStringLiteral("origin"),       QStringLiteral("referer"), QStringLiteral("date")};
    const QString header = name.toLower();
    return isFramingHeader(header) || own.contains(header) || keyHeaders().contains(header)
           || wireHeaders().contains(header);
}

bool isHeaderName(const QString &name)
{
    static const QRegularExpression token(QStringLiteral("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"));
    return token.match(name).hasMatch();
}

/// What is called so is a secret.
bool namesASecret(const QString &name)
{
    static constexpr std::array parts{"authorization", "api-key",    "api_key",   "apikey",     "token",
                                      "secret",        "password",   "passwd",    "credential", "cookie",
                                      "signature",     "access-key", "access_key"};
    const QString lower = name.toLower();
    return lower == QLatin1String("key") || keyHeaders().contains(lower)
           || std::any_of(parts.begin(), parts.end(),
                          [&](const char *part) { return lower.contains(QLatin1String(part)); });
}

/// What looks so is one, whatever it is called.
bool looksSecret(const QString &value)
{
    static const QRegularExpression shape(QStringLiteral("^(?:Bearer |Basic |%1)").arg(QLatin1String(secretBeginnings)),
                                          QRegularExpression::CaseInsensitiveOption);
    return shape.match(value).hasMatch();
}

const QString noSecrets = QStringLiteral(
    "Must be a reference such as env:NAME, keychain:NAME or Bearer env:NAME. A secret itself is never kept in this file.");

} // namespace

bool mayBeSecret(const QString &name, const QString &value)
{
    return isReference(value) || namesASecret(name) || looksSecret(value);
}

void checkSecret(const QString &name, const QString &value, const FieldReport &report)
{
    if (!isReference(value) && !value.isEmpty() && mayBeSecret(name, value)) // it is not repeated: it may be a key
        report.error(noSecrets);
}

bool isPlainReference(const QString &value)
{
    const auto reference = referenceIn(value);
    return reference && reference->before.isEmpty();
}

void checkHeaderName(const QString &name, const FieldReport &report)
{
    if (!isHeaderName(name) || isFramingHeader(name.toLower()))
        report.error(QStringLiteral("Must be the name of a header that is free to set, such as x-api-key."));
}

void checkHeaderValue(const QString &value, const FieldReport &report)
{
    if (std::any_of(value.begin(), value.end(), [](QChar c) { return c < QLatin1Char(' ') || c.unicode() == 0x7f; }))
        report.error(QStringLiteral("Must hold no line break and no other control character."));
}

bool isReference(const QString &value)
{
    return bool(referenceIn(value));
}

std::optional<Reference> referenceIn(const QString &value)
{
    static const QRegularExpression shape(QStringLiteral(
        "\\A([A-Za-z]+ )?(?:env:([A-Za-z_][A-Za-z0-9_]*)|keychain:([A-Za-z0-9_.-]{1,64}))\\z"));
    const auto match = shape.match(value);
    if (!match.hasMatch())
        return std::nullopt;
    const bool variable = !match.captured(2).isEmpty();
    return Reference{match.captured(1), variable ? KeyPlace::Environment : KeyPlace::Keychain,
                     match.captured(variable ? 2 : 3)};
}

QString listed(const QStringList &words)
{
    return words.size() < 2
               ? words.join(QString())
               : words.mid(0, words.size() - 1).join(QStringLiteral(", ")) + QStringLiteral(" or ") + words.last();
}

void checkId(const ProviderConfig &p, const FieldReport &report)
{
    static const QRegularExpression id(QStringLiteral("^[a-z0-9_.-]{1,64}$"));
    if (!id.match(p.id).hasMatch())
        report.error(QStringLiteral("Must be 1 to 64 of a-z, 0-9, dot, dash and underscore."));
}

void checkModel(const ProviderConfig &p, const FieldReport &report)
{
    if (p.model.isEmpty())
        report.error(QStringLiteral("Must name a model."));
}

void checkBaseUrl(const ProviderConfig &p, const FieldReport &report)
{
    if (!p.baseUrl.isValid() || p.baseUrl.host().isEmpty()
        || (p.baseUrl.scheme() != QLatin1String("http") && p.baseUrl.scheme() != QLatin1String("https")))
        report.error(QStringLiteral("Must be a whole http or https address, such as https://api.openai.com/v1."));
    if (!p.baseUrl.userInfo().isEmpty() || p.baseUrl.hasQuery())
        report.error(QStringLiteral(
            "Must hold no user, password or query; keys belong into an environment variable, a query into \"query\"."));
}

void checkKey(const ProviderConfig &p, const FieldReport &report)
{
    if (!p.keyReference.isEmpty() && !isPlainReference(p.keyReference)) // the value is not repeated: it may be a key
        report.error(
            QStringLiteral("Must be a reference such as env:OPENAI_API_KEY or keychain:openai. A key itself is never kept in this file."));
}

void checkKeys(const ProviderConfig &p, const FieldReport &report)
{
    if (!std::all_of(p.keys.begin(), p.keys.end(), isPlainReference))
        report.error(QStringLiteral(
            "Must hold only references such as env:OPENAI_API_KEY_2 or keychain:openai-2. A key itself is never kept in this file."));
    if (QSet<QString>(p.keys.begin(), p.keys.end()).size() != p.keys.size() || p.keys.contains(p.keyReference))
        report.error(QStringLiteral("Names a key twice; each key must be another one."));
    if (p.keys.size() > 32)
        report.error(QStringLiteral("Must hold at most 32 references."));
}

void checkIdempotencyHeader(const ProviderConfig &p, const FieldReport &report)
{
    static const QRegularExpression header(QStringLiteral("^[A-Za-z0-9-]{0,64}$"));
    if (!header.match(p.idempotencyHeader).hasMatch())
        report.error(QStringLiteral("Must be the name of a header, such as Idempotency-Key."));
    else if (isOwnHeader(p.idempotencyHeader))
        report.error(
            QStringLiteral("%1 has a meaning of its own and cannot carry the key. Use a name such as Idempotency-Key.")
                .arg(p.idempotencyHeader));
}

void checkHeaders(const ProviderConfig &p, const FieldReport &report)
{
    for (auto it = p.headers.begin(); it != p.headers.end(); ++it) {
        const FieldReport header = report.at(it.key());
        if (!isHeaderName(it.key()))
            header.error(QStringLiteral("Must be the name of a header: letters, digits and dashes, at most 64."));
        else if (isFramingHeader(it.key()))
            header.error(QStringLiteral("Is written by the program itself and cannot be set here."));
        checkHeaderValue(*it, header);
        checkSecret(it.key(), *it, header);
    }
}

void checkQuery(const ProviderConfig &p, const FieldReport &report)
{
    for (auto it = p.query.begin(); it != p.query.end(); ++it)
        checkSecret(it.key(), *it, report.at(it.key()));
}

void checkParameters(const ProviderConfig &p, const FieldReport &report)
{
    for (auto it = p.parameters.renamed.begin(); it != p.parameters.renamed.end(); ++it) {
        if (it->isEmpty())
            report.at(QStringLiteral("rename"))
                .at(it.key())
                .error(QStringLiteral("Must name a field. To leave it out, write it into \"remove\"."));
    }
    for (auto it = p.parameters.added.begin(); it != p.parameters.added.end(); ++it) {
        if (looksSecret(it.value().toString()))
            report.at(QStringLiteral("add")).at(it.key()).error(noSecrets);
    }
}

void checkModelMap(const ProviderConfig &p, const FieldReport &report)
{
    for (auto it = p.modelMap.begin(); it != p.modelMap.end(); ++it) {
        if (it.key().isEmpty() || it->isEmpty())
            report.at(it.key()).error(QStringLiteral("Must name a model on both sides."));
    }
}

void checkModelTimes(const ProviderConfig &p, const FieldReport &report)
{
    for (auto it = p.modelTimes.begin(); it != p.modelTimes.end(); ++it) {
        if (it.key().isEmpty())
            report.error(QStringLiteral("Must name the model of each limit; * is every model."));
        else if (*it == ProviderTimes())
            report.at(it.key()).warning(QStringLiteral(
                "Holds no limit, so it changes nothing. Write one, such as \"first_token_timeout_s\": 600."));
    }
}

void checkProxy(const ProviderConfig &p, const FieldReport &report)
{
    if (p.proxy.isEmpty() || p.proxy == QLatin1String("none") || isPlainReference(p.proxy))
        return;
    const QUrl url(p.proxy, QUrl::StrictMode);
    static const QStringList schemes{QStringLiteral("http"), QStringLiteral("socks5"), QStringLiteral("socks5h")};
    if (!url.isValid() || url.host().isEmpty() || !schemes.contains(url.scheme()))
        report.error(
            QStringLiteral("Must be http://HOST:PORT, socks5://HOST:PORT, none, or a reference such as env:NAME."));
    else if (!url.password().isEmpty())
        report.error(QStringLiteral(
            "Must hold no password. Put the whole address into an environment variable, and write env:NAME here."));
}

void checkCaFile(const ProviderConfig &p, const FieldReport &report)
{
    if (p.caFile.isEmpty())
        return;
    const QFileInfo file(p.caFile);
    if (!file.isFile())
        report.warning(QStringLiteral("There is no file of this name here, so no certificate of this provider can be "
                                      "checked. Write the whole path of a PEM file."));
    else if (!file.isReadable())
        report.warning(QStringLiteral("This file cannot be read. Change its permissions."));
}

} // namespace retryscope
