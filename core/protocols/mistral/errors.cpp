// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/mistral/mistral.h"
#include "protocols/servedjson.h"
#include "protocols/wireerror.h"

namespace retryscope {

using namespace served;

void mistral::readErrorHeaders(const HttpHeaders &headers, FailureFacts *facts)
{
    facts->zeroLimit |= headerValue(headers, "x-ratelimit-limit-req-minute").trimmed() == "0"; // not on this plan
}

namespace {

QByteArray flat(const QString &message, const char *type, const char *code, int status, const QString &param = {})
{
    return R"({"object":"error","message":)" + json(message) + R"(,"type":")" + type + R"(","param":)"
           + (param.isEmpty() ? QByteArray("null") : json(param)) + R"(,"code":)"
           + (code ? '"' + QByteArray(code) + '"' : QByteArray("null")) + R"(,"raw_status_code":)" + num(status) + "}";
}

ServedError mistralError(ServedFault fault, const ServedContext &c)
{
    const QString tooLong = QStringLiteral(
        "Prompt contains 9000 tokens and 0 draft tokens, too large for model with 8192 maximum context length");
    const QString full = QStringLiteral("Service tier capacity exceeded for this model.");
    switch (fault) {
    case ServedFault::RateLimit:
        return {429, retryAfter(c.retryAfter),
                flat(QStringLiteral("Rate limit exceeded"), "rate_limited", "1300", 429)};
    case ServedFault::RateLimitNoHint:
        return {429, jsonHeaders(), flat(QStringLiteral("Rate limit exceeded"), "rate_limited", "1300", 429)};
    case ServedFault::QuotaExhausted:
        return {402, jsonHeaders(), flat(QStringLiteral("Payment required"), "payment_required", "1402", 402)};
    case ServedFault::Overloaded:
        return {429, jsonHeaders(), flat(full, "service_tier_capacity_exceeded", "3505", 429)};
    case ServedFault::Unavailable:
        return {503, retryAfter(c.retryAfter), flat(full, "service_tier_capacity_exceeded", "3505", 503)};
    case ServedFault::Busy:
        return {529, retryAfter(c.retryAfter), flat(full, "service_tier_capacity_exceeded", "3505", 529)};
    case ServedFault::ServerError:
        return {500, jsonHeaders(), flat(QStringLiteral("Internal server error"), "internal_error", "1000", 500)};
    case ServedFault::WrongKey:
        return {401, jsonHeaders(), R"({"message":"Unauthorized","request_id":")" + c.token + "\"}"};
    case ServedFault::ModelMissing:
        return {404, jsonHeaders(),
                flat(QStringLiteral("Invalid model: %1").arg(c.model), "invalid_model", "1500", 404)};
    case ServedFault::ContextLength: return {400, jsonHeaders(), flat(tooLong, "invalid_request_error", "3051", 400)};
    case ServedFault::ContentFilter: return {};
    }
    return {};
}

struct Told
{
    int status;
    const char *type, *code;
};

Told toldAs(RetryReason reason)
{
    constexpr const char *asked = "invalid_request_error", *failed = "internal_error";
    switch (reason) {
    case RetryReason::RateLimit: return {429, "rate_limited", "1300"};
    case RetryReason::QuotaExhausted: return {402, "payment_required", "1402"};
    case RetryReason::TemporaryFailure: return {503, "service_tier_capacity_exceeded", "3505"};
    case RetryReason::Authentication: return {401, "unauthorized", nullptr};
    case RetryReason::Permission: return {403, "forbidden", nullptr};
    case RetryReason::ModelUnavailable: return {404, "invalid_model", "1500"};
    case RetryReason::InvalidRequest: return {400, asked, nullptr};
    case RetryReason::ContextLength: return {400, asked, "3051"};
    case RetryReason::ContentFilter: return {400, "content_policy_violation", nullptr};
    case RetryReason::NetworkTimeout: return {504, failed, nullptr};
    case RetryReason::Network:
    case RetryReason::StreamInterrupted:
    case RetryReason::MalformedResponse: return {502, failed, nullptr};
    case RetryReason::Cancelled: return {499, failed, nullptr};
    case RetryReason::None:
    case RetryReason::ServerError:
    case RetryReason::Unknown: break;
    }
    return {500, failed, "1000"};
}

QByteArray told(const WireError &error)
{
    const Told told = toldAs(error.reason);
    const QString message = error.reason == RetryReason::ContextLength
                                ? worded(error.message, "Prompt is too large for model with its maximum context length")
                                : error.message;
    return flat(message, told.type, told.code, statusOf(error, told.status), error.param);
}

} // namespace

WrittenError MistralProtocol::writeError(const WireError &error) const
{
    return {statusOf(error, toldAs(error.reason).status), errorHeaders(error, "mistral-correlation-id"), told(error)};
}

/// A finish reason "error" would be Mistral's own way, but it tells no reason, and its SDK hands it on as an answer; at
/// an error object the SDK raises one.
QByteArray MistralProtocol::writeErrorEvent(const WireError &error) const { return event(told(error)); }

ServedError MistralServing::error(ServedFault fault, const ServedContext &c) const
{
    ServedError error = mistralError(fault, c);
    error.headers += headers(c);
    if (fault == ServedFault::RateLimit)
        error.headers += limits(c);
    return error;
}

ServedError MistralServing::refuse(const ServedRefusal &r, const ServedContext &c) const
{
    const HttpHeaders sent = jsonHeaders() + headers(c);
    if (r.status == 401)
        return {r.status, sent, error(ServedFault::WrongKey, c).body};
    if (r.status != 422)
        return {r.status, sent, flat(r.message, "invalid_request_error", nullptr, r.status)};
    return {r.status, sent,
            R"({"detail":[{"type":"value_error","loc":["body",)" + json(r.param) + R"(],"msg":)" + json(r.message)
                + R"(,"input":null}]})"};
}

} // namespace retryscope
