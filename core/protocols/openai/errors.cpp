// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/errorfields.h"
#include "protocols/openai/openai.h"
#include "protocols/servedjson.h"

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

} // namespace

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
