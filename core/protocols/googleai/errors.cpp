// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/errorfields.h"
#include "protocols/googleai/googleai.h"
#include "protocols/servedjson.h"
#include "protocols/wireerror.h"

namespace retryscope {

using namespace served;
using namespace errors;

void googleai::readErrorFields(const QJsonObject &error, FailureFacts *facts)
{
    for (const QJsonValue &value : error[QLatin1String("details")].toArray()) {
        const QJsonObject detail = value.toObject();
        const bool cloudCode =
            detail[QLatin1String("domain")].toString().endsWith(QLatin1String("cloudcode-pa.googleapis.com"));
        if (cloudCode) // some reasons mean more there
            addCode(detail[QLatin1String("reason")], facts, QLatin1String("cloudcode:"));
        addCode(detail[QLatin1String("reason")], facts);
        for (const QJsonValue &violation : detail[QLatin1String("violations")].toArray()) {
            addCode(violation[QLatin1String("quotaId")], facts);
            facts->zeroLimit |= violation[QLatin1String("quotaValue")].toString() == QLatin1String("0");
        }
        const QJsonValue metadata = detail[QLatin1String("metadata")];
        addCode(metadata[QLatin1String("quota_limit")], facts);
        facts->zeroLimit |= metadata[QLatin1String("quota_limit_value")].toString() == QLatin1String("0");
        setHint(durationOf(detail[QLatin1String("retryDelay")]), facts);
    }
}

namespace {

QByteArray body(int code, const char *status, const QString &message, const QByteArray &details = {})
{
    return R"({"error":{"code":)" + num(code) + R"(,"message":)" + json(message) + R"(,"status":")" + status + '"'
           + (details.isEmpty() ? QByteArray() : R"(,"details":[)" + details + "]") + "}}";
}

QByteArray quota(const char *id, const ServedContext &c)
{
    return R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_requests","quotaId":")"
           + QByteArray(id) + R"(","quotaDimensions":{"location":"global","model":)" + json(c.model)
           + R"(},"quotaValue":")" + num(c.limit) + R"("}]})";
}

struct Told
{
    int status;
    const char *word;
};

Told toldAs(RetryReason reason)
{
    switch (reason) {
    case RetryReason::RateLimit: return {429, "RESOURCE_EXHAUSTED"};
    case RetryReason::QuotaExhausted: return {402, "RESOURCE_EXHAUSTED"};
    case RetryReason::TemporaryFailure: return {503, "UNAVAILABLE"};
    case RetryReason::Authentication: return {401, "UNAUTHENTICATED"};
    case RetryReason::Permission: return {403, "PERMISSION_DENIED"};
    case RetryReason::ModelUnavailable: return {404, "NOT_FOUND"};
    case RetryReason::InvalidRequest:
    case RetryReason::ContextLength:
    case RetryReason::ContentFilter: return {400, "INVALID_ARGUMENT"};
    case RetryReason::NetworkTimeout: return {504, "DEADLINE_EXCEEDED"};
    case RetryReason::Network:
    case RetryReason::StreamInterrupted:
    case RetryReason::MalformedResponse: return {502, "INTERNAL"};
    case RetryReason::Cancelled: return {499, "CANCELLED"};
    case RetryReason::None:
    case RetryReason::ServerError:
    case RetryReason::Unknown: break;
    }
    return {500, "INTERNAL"};
}

QByteArray retryInfo(Duration wait)
{
    return R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":")" + QByteArray::number(toSeconds(wait))
           + R"(s"})";
}

QByteArray told(const WireError &error)
{
    const Told told = toldAs(error.reason);
    QByteArrayList details;
    if (!error.param.isEmpty())
        details << R"({"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":)"
                       + json(error.param) + R"(,"description":)" + json(error.message) + "}]}";
    if (error.reason == RetryReason::ContentFilter)
        details
            << R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SAFETY","domain":"googleapis.com"})";
    if (error.retryAfter)
        details << retryInfo(*error.retryAfter);
    const QString message =
        error.reason == RetryReason::ContextLength
            ? worded(error.message, "The input token count exceeds the maximum number of tokens allowed")
            : error.message;
    return body(statusOf(error, told.status), told.word, message, details.join(','));
}

} // namespace

WrittenError GoogleAiProtocol::writeError(const WireError &error) const
{
    return {statusOf(error, toldAs(error.reason).status), errorHeaders(error, ""), told(error)};
}

QByteArray GoogleAiProtocol::writeErrorEvent(const WireError &error) const { return event(told(error)); }

ServedError GoogleAiServing::error(ServedFault fault, const ServedContext &c) const
{
    const QByteArray hint = retryInfo(c.retryAfter);
    constexpr const char *invalidKey =
        R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"})";
    const QByteArray minute = quota("GenerateRequestsPerMinutePerProjectPerModel", c);
    const QString spent =
        QStringLiteral("You exceeded your current quota, please check your plan and billing details.");
    const QString full = QStringLiteral("The model is overloaded. Please try again later.");
    const HttpHeaders sent = jsonHeaders() + headers(c), hinted = retryAfter(c.retryAfter) + headers(c);
    switch (fault) {
    case ServedFault::RateLimit: return {429, sent, body(429, "RESOURCE_EXHAUSTED", spent, minute + "," + hint)};
    case ServedFault::RateLimitNoHint: return {429, sent, body(429, "RESOURCE_EXHAUSTED", spent, minute)};
    case ServedFault::QuotaExhausted:
        return {429, sent,
                body(429, "RESOURCE_EXHAUSTED", spent, quota("GenerateRequestsPerDayPerProjectPerModel", c))};
    case ServedFault::Overloaded: return {503, sent, body(503, "UNAVAILABLE", full)};
    case ServedFault::Unavailable: return {503, hinted, body(503, "UNAVAILABLE", full, hint)};
    case ServedFault::Busy: return {529, hinted, body(529, "UNAVAILABLE", full, hint)};
    case ServedFault::ServerError:
        return {500, sent, body(500, "INTERNAL", QStringLiteral("An internal error has occurred. Please retry."))};
    case ServedFault::ModelMissing:
        return {404, sent,
                body(404, "NOT_FOUND",
                     QStringLiteral(
                         "models/%1 is not found for API version v1beta, or is not supported for generateContent.")
                         .arg(c.model))};
    case ServedFault::ContextLength:
        return {400, sent,
                body(400, "INVALID_ARGUMENT",
                     QStringLiteral(
                         "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."))};
    case ServedFault::WrongKey:
        return {400, sent,
                body(400, "INVALID_ARGUMENT", QStringLiteral("API key not valid. Please pass a valid API key."),
                     invalidKey)};
    case ServedFault::ContentFilter: return {};
    }
    return {};
}

ServedError GoogleAiServing::refuse(const ServedRefusal &r, const ServedContext &c) const
{
    const char *status = r.status == 404 ? "NOT_FOUND" : r.status == 403 ? "PERMISSION_DENIED" : "INVALID_ARGUMENT";
    return {r.status, jsonHeaders() + headers(c), body(r.status, status, r.message)};
}

} // namespace retryscope
