// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"
#include "protocols/errorfields.h"
#include "protocols/servedjson.h"
#include "protocols/wireerror.h"

namespace retryscope {

using namespace served;

void anthropic::readErrorFields(const QJsonObject &error, FailureFacts *facts)
{
    errors::addCode(error[QLatin1String("details")][QLatin1String("error_code")], facts);
}

namespace {

QByteArray body(const char *type, const QString &message, const ServedContext &c, const QByteArray &details = {})
{
    return R"({"type":"error","error":{"type":")" + QByteArray(type) + R"(","message":)" + json(message) + details
           + R"(},"request_id":"req_)" + c.token.left(24) + "\"}";
}

ServedError anthropicError(ServedFault fault, const ServedContext &c)
{
    const QString limited =
        QStringLiteral("This request would exceed your organization's rate limit of %1 requests per minute.")
            .arg(c.limit);
    switch (fault) {
    case ServedFault::RateLimit: return {429, retryAfter(c.retryAfter), body("rate_limit_error", limited, c)};
    case ServedFault::RateLimitNoHint: return {429, jsonHeaders(), body("rate_limit_error", limited, c)};
    case ServedFault::QuotaExhausted:
        return {429, jsonHeaders(),
                body("rate_limit_error", QStringLiteral("Spend limit reached."), c,
                     R"(,"details":{"error_code":"enforced_spend_limit_reached"})")};
    case ServedFault::Overloaded:
        return {529, jsonHeaders(), body("overloaded_error", QStringLiteral("Overloaded"), c)};
    case ServedFault::Unavailable:
        return {503, retryAfter(c.retryAfter), body("api_error", QStringLiteral("Service unavailable"), c)};
    case ServedFault::Busy:
        return {529, retryAfter(c.retryAfter), body("overloaded_error", QStringLiteral("Overloaded"), c)};
    case ServedFault::ServerError:
        return {500, jsonHeaders(), body("api_error", QStringLiteral("Internal server error"), c)};
    case ServedFault::WrongKey:
        return {401, jsonHeaders(), body("authentication_error", QStringLiteral("invalid x-api-key"), c)};
    case ServedFault::ModelMissing:
        return {404, jsonHeaders(), body("not_found_error", QStringLiteral("model: %1").arg(c.model), c)};
    case ServedFault::ContextLength:
        return {400, jsonHeaders(),
                body("invalid_request_error", QStringLiteral("prompt is too long: 210000 tokens > 200000 maximum"), c)};
    case ServedFault::ContentFilter: return {};
    }
    return {};
}

struct Told
{
    int status;
    const char *type;
};

Told toldAs(RetryReason reason)
{
    switch (reason) {
    case RetryReason::RateLimit: return {429, "rate_limit_error"};
    case RetryReason::QuotaExhausted: return {402, "billing_error"};
    case RetryReason::TemporaryFailure: return {529, "overloaded_error"};
    case RetryReason::Authentication: return {401, "authentication_error"};
    case RetryReason::Permission: return {403, "permission_error"};
    case RetryReason::ModelUnavailable: return {404, "not_found_error"};
    case RetryReason::InvalidRequest:
    case RetryReason::ContextLength:
    case RetryReason::ContentFilter: return {400, "invalid_request_error"};
    case RetryReason::NetworkTimeout: return {504, "timeout_error"};
    case RetryReason::Network:
    case RetryReason::StreamInterrupted:
    case RetryReason::MalformedResponse: return {502, "api_error"};
    case RetryReason::Cancelled: return {499, "api_error"};
    case RetryReason::None:
    case RetryReason::ServerError:
    case RetryReason::Unknown: break;
    }
    return {500, "api_error"};
}

QByteArray told(const WireError &error)
{
    QString message =
        error.reason == RetryReason::ContextLength ? worded(error.message, "prompt is too long") : error.message;
    if (!error.param.isEmpty() && !message.startsWith(error.param)) // the field stands in the sentence here
        message.prepend(error.param + QLatin1String(": "));
    const QByteArray details =
        error.reason == RetryReason::ContentFilter ? R"(,"details":{"error_code":"content_filter"})" : "";
    return R"({"type":"error","error":{"type":")" + QByteArray(toldAs(error.reason).type) + R"(","message":)"
           + json(message) + details + R"(},"request_id":)"
           + (error.requestId.isEmpty() ? QByteArray("null") : '"' + error.requestId + '"') + "}";
}

} // namespace

WrittenError AnthropicProtocol::writeError(const WireError &error) const
{
    return {statusOf(error, toldAs(error.reason).status), errorHeaders(error, "request-id"), told(error)};
}

QByteArray AnthropicProtocol::writeErrorEvent(const WireError &error) const { return event(told(error), "error"); }

ServedError AnthropicServing::error(ServedFault fault, const ServedContext &c) const
{
    ServedError error = anthropicError(fault, c);
    error.headers += headers(c);
    if (fault == ServedFault::RateLimit)
        error.headers += limits(c);
    return error;
}

ServedError AnthropicServing::refuse(const ServedRefusal &r, const ServedContext &c) const
{
    const char *type = r.status == 401   ? "authentication_error"
                       : r.status == 404 ? "not_found_error"
                                         : "invalid_request_error";
    return {r.status, jsonHeaders() + headers(c), body(type, r.message, c)};
}

} // namespace retryscope
