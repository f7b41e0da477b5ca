// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/errorfields.h"
#include "protocols/openai/responses.h"
#include "protocols/servedjson.h"
#include "protocols/wireerror.h"

namespace retryscope {

using namespace served;
using namespace errors;

namespace {

QByteArray body(const QString &message, const char *type, const char *code, const QString &param = {})
{
    return R"({"error":{"message":)" + json(message) + R"(,"type":")" + type + R"(","param":)"
           + (param.isEmpty() ? QByteArray("null") : json(param)) + R"(,"code":)"
           + (code ? '"' + QByteArray(code) + '"' : QByteArray("null")) + "}}";
}

QByteArray limitReached(const ServedContext &c)
{
    const QString message = QStringLiteral("Rate limit reached for %1 in organization org-simulated on requests per "
                                           "min (RPM): Limit %2, Used %2, Requested 1.");
    return body(message.arg(c.model).arg(c.limit), "requests", "rate_limit_exceeded");
}

ServedError openAiError(ServedFault fault, const ServedContext &c)
{
    constexpr const char *asked = "invalid_request_error";
    const QString spent =
        QStringLiteral("You exceeded your current quota, please check your plan and billing details.");
    const QString tooLong =
        QStringLiteral("This model's maximum context length is 8192 tokens. Please reduce the length of the messages.");
    switch (fault) {
    case ServedFault::RateLimit: return {429, retryAfter(c.retryAfter), limitReached(c)};
    case ServedFault::RateLimitNoHint: return {429, jsonHeaders(), limitReached(c)};
    case ServedFault::QuotaExhausted:
        return {429, jsonHeaders(), body(spent, "insufficient_quota", "insufficient_quota")};
    case ServedFault::Overloaded:
        return {503, jsonHeaders(),
                body(QStringLiteral("The server is overloaded."), "service_unavailable_error", "server_is_overloaded")};
    case ServedFault::Unavailable:
        return {503, retryAfter(c.retryAfter),
                body(QStringLiteral("The server is overloaded."), "service_unavailable_error", "server_is_overloaded")};
    case ServedFault::Busy:
        return {529, retryAfter(c.retryAfter),
                body(QStringLiteral("The server is overloaded."), "service_unavailable_error", "server_is_overloaded")};
    case ServedFault::ServerError:
        return {500, jsonHeaders(),
                body(QStringLiteral("The server had an error while processing your request. Sorry about that!"),
                     "server_error", nullptr)};
    case ServedFault::WrongKey:
        return {401, jsonHeaders(), body(QStringLiteral("Incorrect API key provided."), asked, "invalid_api_key")};
    case ServedFault::ModelMissing:
        return {404, jsonHeaders(),
                body(QStringLiteral("The model `%1` does not exist or you do not have access to it.").arg(c.model),
                     asked, "model_not_found")};
    case ServedFault::ContextLength:
        return {400, jsonHeaders(), body(tooLong, asked, "context_length_exceeded", QStringLiteral("messages"))};
    case ServedFault::ContentFilter:
        return {400, jsonHeaders(),
                body(QStringLiteral("The request was refused by the content policy."), asked,
                     "misalignment_policy_violation")};
    }
    return {};
}

/// What a caller is told; `code` none: the reason's own word.
struct Told
{
    int status;
    const char *type, *code;
};

Told toldAs(RetryReason reason)
{
    constexpr const char *asked = "invalid_request_error", *failed = "server_error";
    switch (reason) {
    case RetryReason::RateLimit: return {429, "rate_limit_error", "rate_limit_exceeded"};
    case RetryReason::QuotaExhausted: return {429, "insufficient_quota", "insufficient_quota"};
    case RetryReason::TemporaryFailure: return {503, "service_unavailable_error", "server_is_overloaded"};
    case RetryReason::Authentication: return {401, asked, "invalid_api_key"};
    case RetryReason::Permission: return {403, "permission_error", "permission_denied"};
    case RetryReason::ModelUnavailable: return {404, asked, "model_not_found"};
    case RetryReason::InvalidRequest: return {400, asked, ""};
    case RetryReason::ContextLength: return {400, asked, "context_length_exceeded"};
    case RetryReason::ContentFilter: return {400, asked, "content_policy_violation"};
    case RetryReason::NetworkTimeout: return {504, failed, nullptr};
    case RetryReason::Network:
    case RetryReason::StreamInterrupted:
    case RetryReason::MalformedResponse: return {502, failed, nullptr};
    case RetryReason::Cancelled: return {499, failed, "request_cancelled"};
    case RetryReason::None:
    case RetryReason::ServerError:
    case RetryReason::Unknown: break;
    }
    return {500, failed, ""};
}

QByteArray said(const WireError &error)
{
    const Told told = toldAs(error.reason);
    const QString code = told.code ? QLatin1String(told.code) : toKey(error.reason);
    return R"("message":)" + json(error.message) + R"(,"param":)"
           + (error.param.isEmpty() ? QByteArray("null") : json(error.param)) + R"(,"code":)"
           + (code.isEmpty() ? QByteArray("null") : json(code));
}

QByteArray object(const WireError &error)
{
    return R"({"type":")" + QByteArray(toldAs(error.reason).type) + R"(",)" + said(error) + "}";
}

} // namespace

WrittenError OpenAiProtocol::writeError(const WireError &error) const
{
    return {statusOf(error, toldAs(error.reason).status), errorHeaders(error, "x-request-id"),
            R"({"error":)" + object(error) + "}"};
}

QByteArray OpenAiProtocol::writeErrorEvent(const WireError &error) const
{
    return event(R"({"error":)" + object(error) + "}");
}

/// In both forms that are known: flat, as it is documented, and in an object, which alone makes the SDK raise an error.
QByteArray OpenAiResponsesProtocol::writeErrorEvent(const WireError &error) const
{
    return event(R"({"type":"error","sequence_number":0,)" + said(error) + R"(,"error":)" + object(error) + "}",
                 "error");
}

/// Azure says more in an inner error.
void openai::readErrorFields(const QJsonObject &error, FailureFacts *facts)
{
    addCode(error[QLatin1String("innererror")][QLatin1String("code")], facts);
}

ServedError OpenAiServing::error(ServedFault fault, const ServedContext &c) const
{
    ServedError error = openAiError(fault, c);
    error.headers += headers(c);
    if (fault == ServedFault::RateLimit)
        error.headers += limits(c);
    return error;
}

ServedError OpenAiServing::refuse(const ServedRefusal &r, const ServedContext &c) const
{
    const char *code = r.status == 404 && r.param == QLatin1String("model") ? "model_not_found" : nullptr;
    return {r.status, jsonHeaders() + headers(c), body(r.message, "invalid_request_error", code, r.param)};
}

} // namespace retryscope
