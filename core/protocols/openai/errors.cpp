// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/errorfields.h"
#include "protocols/openai/openai.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;
using namespace errors;

namespace {

QByteArray body(const QString &message, const char *type, const char *code)
{
    return R"({"error":{"message":)" + json(message) + R"(,"type":")" + type + R"(","param":null,"code":)" + (code ? '"' + QByteArray(code) + '"' : QByteArray("null")) + "}}";
}

} // namespace

/// Azure says more in an inner error.
void openai::readErrorFields(const QJsonObject &error, FailureFacts *facts)
{
    addCode(error[QLatin1String("innererror")][QLatin1String("code")], facts);
}

ServedError OpenAiServing::error(ServedFault fault, Duration hint) const
{
    switch (fault) {
    case ServedFault::RateLimit: return {429, retryAfter(hint), body(QStringLiteral("Rate limit reached for requests."), "requests", "rate_limit_exceeded")};
    case ServedFault::RateLimitNoHint: return {429, jsonHeaders(), body(QStringLiteral("Rate limit reached for requests."), "requests", "rate_limit_exceeded")};
    case ServedFault::QuotaExhausted: return {429, jsonHeaders(), body(QStringLiteral("You exceeded your current quota."), "insufficient_quota", "insufficient_quota")};
    case ServedFault::Overloaded: return {503, jsonHeaders(), body(QStringLiteral("The server is overloaded."), "service_unavailable_error", "server_is_overloaded")};
    case ServedFault::ServerError: return {500, jsonHeaders(), body(QStringLiteral("The server had an error."), "server_error", nullptr)};
    case ServedFault::WrongKey: return {401, jsonHeaders(), body(QStringLiteral("Incorrect API key provided."), "invalid_request_error", "invalid_api_key")};
    case ServedFault::ModelMissing: return {404, jsonHeaders(), body(QStringLiteral("The model does not exist."), "invalid_request_error", "model_not_found")};
    case ServedFault::ContextLength: return {400, jsonHeaders(), body(QStringLiteral("This model's maximum context length is 8192 tokens."), "invalid_request_error", "context_length_exceeded")};
    case ServedFault::ContentFilter: return {400, jsonHeaders(), body(QStringLiteral("The request was refused by the content policy."), "invalid_request_error", "misalignment_policy_violation")};
    default: return {};
    }
}

ServedError OpenAiServing::badRequest(int status, const QString &message) const
{
    return {status, jsonHeaders(), body(message, "invalid_request_error", status == 404 ? "model_not_found" : nullptr)};
}

} // namespace retryscope
