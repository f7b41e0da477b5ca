// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/mistral/mistral.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

void mistral::readErrorHeaders(const HttpHeaders &headers, FailureFacts *facts)
{
    facts->zeroLimit |= headerValue(headers, "x-ratelimit-limit-req-minute").trimmed() == "0"; // not on this plan
}

ServedError MistralServing::error(ServedFault fault, Duration hint) const
{
    const auto flat = [](const char *message, const char *type, const char *code, int status) {
        return R"({"object":"error","message":")" + QByteArray(message) + R"(","type":")" + type + R"(","param":null,"code":")" + code + R"(","raw_status_code":)" + num(status) + "}";
    };
    switch (fault) {
    case ServedFault::RateLimit: return {429, retryAfter(hint), flat("Rate limit exceeded", "rate_limited", "1300", 429)};
    case ServedFault::RateLimitNoHint: return {429, jsonHeaders(), flat("Rate limit exceeded", "rate_limited", "1300", 429)};
    case ServedFault::QuotaExhausted: return {402, jsonHeaders(), flat("Payment required", "payment_required", "1402", 402)};
    case ServedFault::Overloaded: return {429, jsonHeaders(), flat("Service tier capacity exceeded for this model.", "service_tier_capacity_exceeded", "3505", 429)};
    case ServedFault::ServerError: return {500, jsonHeaders(), flat("Internal server error", "internal_error", "1000", 500)};
    case ServedFault::WrongKey: return {401, jsonHeaders(), R"({"message":"Unauthorized","request_id":"sim"})"};
    case ServedFault::ModelMissing: return {404, jsonHeaders(), flat("Model not found", "invalid_model", "1500", 404)};
    case ServedFault::ContextLength: return {400, jsonHeaders(), flat("Prompt contains 9000 tokens, too large for model with 8192 maximum context length", "invalid_request_error", "3051", 400)};
    default: return {};
    }
}

} // namespace retryscope
