// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"
#include "protocols/anthropic/parts.h"
#include "protocols/errorfields.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

void anthropic::readErrorFields(const QJsonObject &error, FailureFacts *facts)
{
    errors::addCode(error[QLatin1String("details")][QLatin1String("error_code")], facts);
}

QByteArray anthropic::error(const char *type, const QByteArray &message, const QByteArray &details)
{
    return R"({"type":"error","error":{"type":")" + QByteArray(type) + R"(","message":)" + json(QString::fromUtf8(message)) + details + R"(},"request_id":"req_sim"})";
}

ServedError AnthropicServing::error(ServedFault fault, Duration hint) const
{
    switch (fault) {
    case ServedFault::RateLimit: return {429, retryAfter(hint), anthropic::error("rate_limit_error", "This request would exceed your rate limit.")};
    case ServedFault::RateLimitNoHint: return {429, jsonHeaders(), anthropic::error("rate_limit_error", "This request would exceed your rate limit.")};
    case ServedFault::QuotaExhausted: return {429, jsonHeaders(), anthropic::error("rate_limit_error", "Spend limit reached.", R"(,"details":{"error_code":"enforced_spend_limit_reached"})")};
    case ServedFault::Overloaded: return {529, jsonHeaders(), anthropic::error("overloaded_error", "Overloaded")};
    case ServedFault::ServerError: return {500, jsonHeaders(), anthropic::error("api_error", "Internal server error")};
    case ServedFault::WrongKey: return {401, jsonHeaders(), anthropic::error("authentication_error", "invalid x-api-key")};
    case ServedFault::ModelMissing: return {404, jsonHeaders(), anthropic::error("not_found_error", "model: claude-gone")};
    case ServedFault::ContextLength: return {400, jsonHeaders(), anthropic::error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")};
    default: return {};
    }
}

ServedError AnthropicServing::badRequest(int status, const QString &message) const
{
    return {status, jsonHeaders(), anthropic::error(status == 404 ? "not_found_error" : "invalid_request_error", message.toUtf8())};
}

} // namespace retryscope
