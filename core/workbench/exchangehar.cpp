// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "workbench/exchangehar.h"

#include "base/timeformat.h"
#include "config/providerfields.h"
#include "protocols/registry.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUrlQuery>

#include <algorithm>

namespace retryscope {
namespace {

const QString harHidden = QStringLiteral("REDACTED");

bool isHarSecret(const QString &name, const QString &value)
{
    const QString lower = name.toLower();
    return keyHeaders().contains(lower) || lower.endsWith(QLatin1String("cookie")) || mayBeSecret(name, value);
}

QJsonObject harPair(const QString &name, const QString &value)
{
    return {{QStringLiteral("name"), name}, {QStringLiteral("value"), value}};
}

/// `asked`: of a request, where what is called a token is one; an answer tells how many tokens are left.
QJsonArray harHeaders(const HttpHeaders &headers, bool asked)
{
    QJsonArray list;
    for (const auto &[bytes, value] : headers) {
        const QString name = QString::fromLatin1(bytes), text = QString::fromUtf8(value);
        const bool secret = isHarSecret(asked ? name : QString(), text) || keyHeaders().contains(name.toLower())
                            || name.endsWith(QLatin1String("cookie"), Qt::CaseInsensitive);
        list.append(harPair(name, secret ? harHidden : text));
    }
    return list;
}

QString harText(const HttpHeaders &headers, const char *name) { return QString::fromUtf8(headerValue(headers, name)); }

QJsonObject harRequest(const ExchangeRecord &r)
{
    QUrl url = r.url;
    url.setUserInfo({});
    QUrlQuery query(url);
    QJsonArray queryString;
    auto items = query.queryItems(QUrl::FullyDecoded);
    for (auto &[name, value] : items) {
        if (isHarSecret(name, value))
            value = harHidden;
        queryString.append(harPair(name, value));
        value = QString::fromLatin1(QUrl::toPercentEncoding(value));
        name = QString::fromLatin1(QUrl::toPercentEncoding(name));
    }
    query.setQueryItems(items);
    url.setQuery(query);
    const QString type = harText(r.requestHeaders, "content-type");
    return {{QStringLiteral("method"), QString::fromLatin1(r.method)},
            {QStringLiteral("url"), url.toString(QUrl::FullyEncoded)},
            {QStringLiteral("httpVersion"), QStringLiteral("HTTP/1.1")},
            {QStringLiteral("cookies"), QJsonArray{}},
            {QStringLiteral("headers"), harHeaders(r.requestHeaders, true)},
            {QStringLiteral("queryString"), queryString},
            {QStringLiteral("postData"),
             QJsonObject{{QStringLiteral("mimeType"), type.isEmpty() ? QStringLiteral("application/json") : type},
                         {QStringLiteral("text"), QString::fromUtf8(r.requestBody)}}},
            {QStringLiteral("headersSize"), -1},
            {QStringLiteral("bodySize"), r.requestSize}};
}

QJsonObject harResponse(const ExchangeRecord &r)
{
    const QString type = harText(r.responseHeaders, "content-type");
    QJsonObject content{{QStringLiteral("size"), r.received},
                        {QStringLiteral("mimeType"), type.isEmpty() ? QStringLiteral("x-unknown") : type},
                        {QStringLiteral("text"), QString::fromUtf8(r.raw)}};
    if (r.truncated)
        content[QLatin1String("comment")] = QStringLiteral("More of it came than was kept.");
    return {{QStringLiteral("status"), r.status},
            {QStringLiteral("statusText"), QString()},
            {QStringLiteral("httpVersion"), QStringLiteral("HTTP/1.1")},
            {QStringLiteral("cookies"), QJsonArray{}},
            {QStringLiteral("headers"), harHeaders(r.responseHeaders, false)},
            {QStringLiteral("content"), content},
            {QStringLiteral("redirectURL"), harText(r.responseHeaders, "location").section(QLatin1Char('?'), 0, 0)},
            {QStringLiteral("headersSize"), -1},
            {QStringLiteral("bodySize"), -1}};
}

/// Connecting holds the name and TLS, which are not told apart; sending is over with it. One that never came is the wait.
QJsonObject harTimings(const ExchangeRecord &r)
{
    const auto ms = [](Duration d) { return toSeconds(d) * 1e3; };
    const double all = ms(r.ended.value_or(r.firstByte.value_or(r.head.value_or(r.sent.value_or(Duration{})))));
    const double connect = r.sent ? std::min(all, ms(*r.sent)) : -1;
    const double before = std::max(0.0, connect);
    const std::optional<Duration> first = r.head ? r.head : r.firstByte;
    const double wait = first ? std::clamp(ms(*first) - before, 0.0, all - before) : all - before;
    return {{QStringLiteral("blocked"), -1},
            {QStringLiteral("dns"), -1},
            {QStringLiteral("connect"), connect},
            {QStringLiteral("ssl"), -1},
            {QStringLiteral("send"), 0},
            {QStringLiteral("wait"), wait},
            {QStringLiteral("receive"), all - before - wait}};
}

QJsonObject harFacts(const ExchangeRecord &r)
{
    QJsonObject facts{{QStringLiteral("call"), qint64(r.call.value)}, {QStringLiteral("attempt"), r.attempt},
                      {QStringLiteral("provider"), r.provider},       {QStringLiteral("model"), r.model},
                      {QStringLiteral("simulated"), r.simulated},     {QStringLiteral("gave_up"), r.gaveUp}};
    if (r.firstToken)
        facts[QLatin1String("ttft_s")] = toSeconds(*r.firstToken);
    if (r.reason != RetryReason::None) {
        facts[QLatin1String("reason")] = toKey(r.reason);
        facts[QLatin1String("message")] = r.message;
    }
    if (!r.rule.isEmpty())
        facts[QLatin1String("rule")] = r.rule;
    return facts;
}

} // namespace

QByteArray exchangesToHar(const ExchangeRecords &records, const QString &version)
{
    QJsonArray entries;
    for (const ExchangeRecord &r : records) {
        if (!r.isStarted())
            continue;
        const QJsonObject timings = harTimings(r);
        double time = 0;
        for (const QJsonValue &phase : timings)
            time += std::max(0.0, phase.toDouble());
        entries.append(QJsonObject{{QStringLiteral("startedDateTime"), formatWallTime(r.wall)},
                                   {QStringLiteral("time"), time},
                                   {QStringLiteral("request"), harRequest(r)},
                                   {QStringLiteral("response"), harResponse(r)},
                                   {QStringLiteral("cache"), QJsonObject{}},
                                   {QStringLiteral("timings"), timings},
                                   {QStringLiteral("_retryscope"), harFacts(r)}});
    }
    const QJsonObject creator{{QStringLiteral("name"), QStringLiteral("Retryscope")},
                              {QStringLiteral("version"), version.isEmpty() ? QStringLiteral("0") : version}};
    return QJsonDocument(
               QJsonObject{{QStringLiteral("log"), QJsonObject{{QStringLiteral("version"), QStringLiteral("1.2")},
                                                               {QStringLiteral("creator"), creator},
                                                               {QStringLiteral("entries"), entries}}}})
        .toJson();
}

} // namespace retryscope
