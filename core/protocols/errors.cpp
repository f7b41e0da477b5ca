// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/retryafter.h"
#include "protocols/protocol.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>

namespace retryscope {
namespace {

void addCode(const QJsonValue &value, FailureFacts *facts)
{
    const QString code = value.isDouble() ? QString::number(value.toInt()) : value.toString();
    if (!code.isEmpty() && facts->codes.size() < 32)
        facts->codes.append(code.left(120));
}

void readGoogleDetails(const QJsonArray &details, FailureFacts *facts)
{
    for (const QJsonValue &value : details) {
        const QJsonObject detail = value.toObject();
        addCode(detail[QLatin1String("reason")], facts);
        for (const QJsonValue &violation : detail[QLatin1String("violations")].toArray())
            addCode(violation[QLatin1String("quotaId")], facts);
        addCode(detail[QLatin1String("metadata")][QLatin1String("quota_limit")], facts);
        if (const auto delay = parseDuration(detail[QLatin1String("retryDelay")].toString().toLatin1()))
            facts->hint = facts->hint.value_or(*delay);
    }
}

/// "Please retry in 10h17m5.7s": the only place where some servers say it.
void readHintFromText(FailureFacts *facts)
{
    static const QRegularExpression phrase(QStringLiteral("(?:retry in|retry after|try again in) ([0-9hms.]+[hms])"), QRegularExpression::CaseInsensitiveOption);
    const auto match = phrase.match(facts->message);
    if (!facts->hint && match.hasMatch())
        facts->hint = parseDuration(match.captured(1).toLatin1());
}

void readFields(const QJsonObject &error, FailureFacts *facts)
{
    for (const char *key : {"code", "type", "status", "error_code"})
        addCode(error[QLatin1String(key)], facts);
    addCode(error[QLatin1String("details")][QLatin1String("error_code")], facts);
    addCode(error[QLatin1String("innererror")][QLatin1String("code")], facts);
    const QJsonObject metadata = error[QLatin1String("metadata")].toObject();
    addCode(metadata[QLatin1String("error_type")], facts);
    addCode(metadata[QLatin1String("limit_source")], facts);
    readGoogleDetails(error[QLatin1String("details")].toArray(), facts);
    if (facts->message.isEmpty())
        facts->message = error[QLatin1String("message")].toString().left(2000);
}

/// The shut windows, or all where none is known to be shut, are whole again by the latest of their resets.
void readLimitFacts(const LimitWindows &windows, FailureFacts *facts)
{
    const bool anyShut = std::any_of(windows.begin(), windows.end(), [](const LimitWindow &w) { return w.remaining == 0; });
    for (const LimitWindow &w : windows) {
        facts->zeroLimit |= w.limit == 0 && w.kind == LimitKind::Requests;
        if (w.resetIn && (w.remaining == 0 || !anyShut))
            facts->resetIn = std::max(facts->resetIn.value_or(Duration::zero()), *w.resetIn);
    }
}

} // namespace

void readErrorObject(const QJsonObject &object, FailureFacts *facts)
{
    const QJsonValue error = object[QLatin1String("error")];
    if (error.isObject()) {
        readFields(error.toObject(), facts);
        // A 200 that carries an error tells its status inside.
        if (const int code = error[QLatin1String("code")].toInt(); facts->status < 300 && code >= 400 && code < 600)
            facts->status = code;
    } else {
        if (error.isString())
            facts->message = error.toString().left(2000);
        readFields(object, facts);
    }
    readHintFromText(facts);
}

void readErrorBody(const QByteArray &body, FailureFacts *facts)
{
    const QJsonDocument json = QJsonDocument::fromJson(body);
    if (json.isObject())
        return readErrorObject(json.object(), facts);
    if (json.isArray() && json.array().first().isObject())
        return readErrorObject(json.array().first().toObject(), facts);
    const QByteArray start = body.trimmed().left(400);
    facts->message = start.startsWith('<') ? QStringLiteral("(an HTML page instead of JSON)") : QString::fromUtf8(start);
    readHintFromText(facts);
}

void readErrorHeaders(const HttpHeaders &headers, WallTime now, FailureFacts *facts)
{
    const auto serverNow = parseHttpDate(headerValue(headers, "date"));
    if (facts->wall == WallTime{})
        facts->wall = serverNow.value_or(now);
    const QByteArray ms = headerValue(headers, "retry-after-ms");
    std::optional<Duration> hint = ms.isEmpty() ? std::nullopt : believable(parseDuration(ms + "ms"));
    if (!hint)
        hint = believable(parseRetryAfter(headerValue(headers, "retry-after"), now, serverNow));
    if (hint)
        facts->hint = hint;
    const QByteArray should = headerValue(headers, "x-should-retry").trimmed().toLower();
    if (should == "true" || should == "false")
        facts->shouldRetry = should == "true";
    readLimitFacts(readLimits(ProtocolKind::OpenAiCompatible, headers, now), facts);
}

} // namespace retryscope
