// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/protocol.h"

/// What providers are known to send with an error status, in their own bytes, and what it must be read as.
namespace retryscope::rows {

/// expected: reason, scope, verdict, health, then hint, block, within (s) and limit where they are set, and the rule.
struct Row { const char *name; Vendor vendor; int status; HttpHeaders headers; QByteArray body; const char *expected; };
using enum Vendor;

inline QByteArray openAi(const char *type, const char *code, const char *message = "No.")
{
    const QByteArray quoted = code ? '"' + QByteArray(code) + '"' : QByteArray("null");
    return R"({"error":{"message":")" + QByteArray(message) + R"(","type":")" + type + R"(","param":null,"code":)" + quoted + "}}";
}

inline QByteArray anthropic(const char *type, const char *errorCode = nullptr, const char *message = "No.")
{
    return R"({"type":"error","error":{"type":")" + QByteArray(type) + R"(","message":")" + message + '"'
        + (errorCode ? R"(,"details":{"error_code":")" + QByteArray(errorCode) + R"("})" : QByteArray()) + R"(},"request_id":"req_011"})";
}

inline QByteArray google(int code, const char *status, const char *message = "No.", const QByteArray &details = {})
{
    return R"({"error":{"code":)" + QByteArray::number(code) + R"(,"message":")" + message + R"(","status":")" + status + '"'
        + (details.isEmpty() ? QByteArray() : R"(,"details":[)" + details + "]") + "}}";
}
inline QByteArray quota(const char *id, const char *value = "15")
{
    return R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"m","quotaId":")" + QByteArray(id) + R"(","quotaValue":")" + value + R"("}]})";
}
inline QByteArray retryInfo(const char *delay) { return R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":")" + QByteArray(delay) + R"("})"; }
inline QByteArray errorInfo(const char *reason, const char *domain = "googleapis.com", const QByteArray &metadata = "{}")
{
    return R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":")" + QByteArray(reason) + R"(","domain":")" + domain + R"(","metadata":)" + metadata + "}";
}
inline constexpr const char *cloudCode = "cloudcode-pa.googleapis.com";

inline QByteArray mistral(const char *message, const char *type, const char *code, int status)
{
    const QByteArray quoted = code ? '"' + QByteArray(code) + '"' : QByteArray("null");
    return R"({"object":"error","message":")" + QByteArray(message) + R"(","type":")" + type + R"(","param":null,"code":)" + quoted + R"(,"raw_status_code":)" + QByteArray::number(status) + "}";
}

inline QByteArray openRouter(int code, const char *message, const QByteArray &metadata = {})
{
    return R"({"error":{"code":)" + QByteArray::number(code) + R"(,"message":")" + message + '"' + (metadata.isEmpty() ? QByteArray() : R"(,"metadata":)" + metadata) + R"(},"user_id":"user_1"})";
}

inline const QVector<Row> &openAiRows()
{
    static const QVector<Row> rows{
        {"invalid_request_error", OpenAi, 400, {}, openAi("invalid_request_error", nullptr), "invalid_request request stop ignored openai:invalid_request_error"},
        {"invalid_prompt", OpenAi, 400, {}, openAi("invalid_request_error", "invalid_prompt"), "invalid_request request stop ignored openai:invalid_prompt"},
        {"service tier refused", OpenAi, 400, {}, openAi("invalid_request_error", "invalid_service_tier"), "invalid_request request stop ignored openai:invalid_request_error"},
        {"context_length_exceeded", OpenAi, 400, {}, openAi("invalid_request_error", "context_length_exceeded"), "context_length request away ignored openai:context_length_exceeded"},
        {"bio_policy", OpenAi, 400, {}, openAi("invalid_request_error", "bio_policy"), "content_filter request stop ignored openai:bio_policy"},
        {"cyber_policy", OpenAi, 400, {}, openAi("invalid_request_error", "cyber_policy"), "content_filter request stop ignored openai:cyber_policy"},
        {"misalignment_policy_violation", OpenAi, 400, {}, openAi("invalid_request_error", "misalignment_policy_violation"), "content_filter request stop ignored openai:misalignment_policy_violation"},
        {"invalid_api_key", OpenAi, 401, {}, openAi("invalid_request_error", "invalid_api_key"), "authentication account away ignored openai:invalid_api_key"},
        {"no organization membership", OpenAi, 401, {}, openAi("invalid_request_error", nullptr, "You must be a member of an organization."), "authentication account away ignored status:401"},
        {"IP not authorized", OpenAi, 401, {}, openAi("invalid_request_error", "ip_not_authorized"), "authentication account away ignored status:401"},
        {"unsupported country", OpenAi, 403, {}, openAi("request_forbidden", "unsupported_country_region_territory"), "permission account away ignored openai:unsupported_country_region_territory"},
        {"model_not_found", OpenAi, 404, {}, openAi("invalid_request_error", "model_not_found"), "model_unavailable model away ignored openai:model_not_found"},
        {"408", OpenAi, 408, {}, "", "server_error provider retry failure status:408"},
        {"409", OpenAi, 409, {}, "", "server_error request retry ignored status:409"},
        {"425", OpenAi, 425, {}, "", "server_error request retry ignored status:425"},
        {"rate_limit_exceeded with Retry-After", OpenAi, 429, {{"retry-after", "7"}}, openAi("requests", "rate_limit_exceeded"), "rate_limit model retry failure hint=7 openai:rate_limit_exceeded"},
        {"rate_limit_exceeded, the text says when", OpenAi, 429, {}, openAi("tokens", "rate_limit_exceeded", "Rate limit reached. Limit 30000, Used 29000, Requested 2000. Please try again in 1m12.5s. Visit us."), "rate_limit model retry failure hint=72.5 openai:rate_limit_exceeded"},
        {"retry-after-ms before retry-after", OpenAi, 429, {{"Retry-After", "9"}, {"Retry-After-Ms", "1250"}}, openAi("requests", "rate_limit_exceeded"), "rate_limit model retry failure hint=1.25 openai:rate_limit_exceeded"},
        {"a reset header is no wait, only its bound", OpenAi, 429, {{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "6m0s"}, {"x-ratelimit-remaining-tokens", "10"}, {"x-ratelimit-reset-tokens", "12m0s"}}, openAi("requests", "rate_limit_exceeded"), "rate_limit model retry failure openai:rate_limit_exceeded"},
        {"slow_down", OpenAi, 429, {}, openAi("rate_limit_error", "slow_down"), "rate_limit model retry failure openai:slow_down"},
        {"slow_down, formerly 503", OpenAi, 503, {}, openAi("server_error", "slow_down"), "rate_limit model retry failure openai:slow_down"},
        {"insufficient_quota", OpenAi, 429, {}, openAi("insufficient_quota", "insufficient_quota"), "quota_exhausted account away ignored openai:insufficient_quota"},
        {"credit_balance_exhausted", OpenAi, 429, {}, openAi("billing", "credit_balance_exhausted"), "quota_exhausted account away ignored openai:credit_balance_exhausted"},
        {"organization_spend_limit_exceeded", OpenAi, 429, {}, openAi("x", "organization_spend_limit_exceeded"), "quota_exhausted account away ignored openai:organization_spend_limit_exceeded"},
        {"project_spend_limit_exceeded", OpenAi, 429, {}, openAi("x", "project_spend_limit_exceeded"), "quota_exhausted account away ignored openai:project_spend_limit_exceeded"},
        {"organization_usage_limit_exceeded", OpenAi, 429, {}, openAi("x", "organization_usage_limit_exceeded"), "quota_exhausted account away ignored openai:organization_usage_limit_exceeded"},
        {"type insufficient_quota, another code", OpenAi, 429, {}, openAi("insufficient_quota", "something_new"), "quota_exhausted account away ignored openai:insufficient_quota"},
        {"a wait of seconds is no quota's", OpenAi, 429, {{"retry-after", "2"}}, openAi("insufficient_quota", "insufficient_quota"), "quota_exhausted account away ignored openai:insufficient_quota"},
        {"a wait of hours is", OpenAi, 429, {{"retry-after", "7200"}}, openAi("insufficient_quota", "insufficient_quota"), "quota_exhausted account away ignored block=7200 openai:insufficient_quota"},
        {"billing_not_active", OpenAi, 429, {}, openAi("billing_not_active", "billing_not_active"), "quota_exhausted account away ignored openai:billing_not_active"},
        {"billing_hard_limit_reached", OpenAi, 400, {}, openAi("invalid_request_error", "billing_hard_limit_reached"), "quota_exhausted account away ignored openai:billing_hard_limit_reached"},
        {"usage_not_included", OpenAi, 429, {}, openAi("usage_not_included", nullptr), "quota_exhausted account away ignored openai:usage_not_included"},
        {"request too large for the limit", OpenAi, 429, {}, openAi("tokens", "rate_limit_exceeded", "Request too large for gpt-4o: Limit 30000, Requested 45000."), "context_length request away ignored openai:request_too_large"},
        {"within the limit is an ordinary one", OpenAi, 429, {}, openAi("tokens", "rate_limit_exceeded", "Rate limit reached: Limit 30000, Requested 4500."), "rate_limit model retry failure openai:rate_limit_exceeded"},
        {"500 server_error", OpenAi, 500, {}, openAi("server_error", nullptr), "server_error provider retry failure openai:server_error"},
        {"503 server_is_overloaded", OpenAi, 503, {}, openAi("service_unavailable_error", "server_is_overloaded"), "temporary_failure provider retry failure openai:server_is_overloaded"},
        {"503 type alone", OpenAi, 503, {}, openAi("service_unavailable_error", nullptr), "temporary_failure provider retry failure openai:service_unavailable_error"},
        {"502", OpenAi, 502, {}, "", "server_error provider retry failure status:502"},
        {"504", OpenAi, 504, {}, "", "server_error provider retry failure status:504"},
        {"501 is final", OpenAi, 501, {}, "", "invalid_request request stop ignored status:501"},
        {"505 is final", OpenAi, 505, {}, "", "invalid_request request stop ignored status:505"},
        {"the body could not be parsed", OpenAi, 400, {}, openAi("invalid_request_error", nullptr, "We could not parse the JSON body of your request."), "invalid_request request stop ignored openai:invalid_request_error"},
        {"x-should-retry false", OpenAi, 500, {{"x-should-retry", "false"}}, openAi("server_error", nullptr), "server_error provider away failure header:x-should-retry=false"},
        {"x-should-retry true on a 400", OpenAi, 400, {{"X-Should-Retry", "true"}}, openAi("invalid_request_error", nullptr), "invalid_request request retry_only ignored limit=2 header:x-should-retry=true"},
        {"x-should-retry true below a hard stop", OpenAi, 429, {{"x-should-retry", "true"}}, openAi("insufficient_quota", "insufficient_quota"), "quota_exhausted account away ignored openai:insufficient_quota"},
        {"x-should-retry true on a plain 401", OpenAi, 401, {{"x-should-retry", "true"}}, "", "authentication account away ignored status:401"},
        {"a redirect is the address's fault", OpenAi, 307, {}, "", "network provider away ignored status:3xx"},
    };
    return rows;
}

inline const QVector<Row> &anthropicRows()
{
    static const QVector<Row> rows{
        {"invalid_request_error", Anthropic, 400, {}, anthropic("invalid_request_error"), "invalid_request request stop ignored openai:invalid_request_error"},
        {"user-set limit, by text", Anthropic, 400, {}, anthropic("invalid_request_error", nullptr, "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."), "quota_exhausted account away ignored block=568800 anthropic:usage_limits_text"},
        {"user-set limit, no date", Anthropic, 400, {}, anthropic("invalid_request_error", nullptr, "You have reached your specified API usage limits."), "quota_exhausted account away ignored block=568800 anthropic:usage_limits_text"},
        {"balance, by text", Anthropic, 400, {}, anthropic("invalid_request_error", nullptr, "Your credit balance is too low to access the API."), "quota_exhausted account away ignored anthropic:credit_balance_text"},
        {"organization_on_hold", Anthropic, 400, {}, anthropic("invalid_request_error", "organization_on_hold"), "permission account away ignored anthropic:organization_on_hold"},
        {"organization_type_not_supported", Anthropic, 400, {}, anthropic("invalid_request_error", "organization_type_not_supported"), "permission account away ignored anthropic:organization_type_not_supported"},
        {"parent_organization_required", Anthropic, 400, {}, anthropic("invalid_request_error", "parent_organization_required"), "permission account away ignored anthropic:parent_organization_required"},
        {"claude_code_key_creator_not_member", Anthropic, 400, {}, anthropic("invalid_request_error", "claude_code_key_creator_not_member"), "permission account away ignored anthropic:claude_code_key_creator_not_member"},
        {"claude_code_version_too_old", Anthropic, 400, {}, anthropic("invalid_request_error", "claude_code_version_too_old"), "permission account away ignored anthropic:claude_code_version_too_old"},
        {"cmek_key_disabled", Anthropic, 400, {}, anthropic("invalid_request_error", "cmek_key_disabled"), "permission account away ignored anthropic:cmek_key_disabled"},
        {"cmek_key_network_blocked", Anthropic, 400, {}, anthropic("invalid_request_error", "cmek_key_network_blocked"), "permission account away ignored anthropic:cmek_key_network_blocked"},
        {"request_body_encoding_invalid", Anthropic, 400, {}, anthropic("invalid_request_error", "request_body_encoding_invalid"), "invalid_request request stop ignored anthropic:request_body_encoding_invalid"},
        {"request_body_encoding_unsupported", Anthropic, 400, {}, anthropic("invalid_request_error", "request_body_encoding_unsupported"), "invalid_request request stop ignored anthropic:request_body_encoding_unsupported"},
        {"authentication_error", Anthropic, 401, {}, anthropic("authentication_error", nullptr, "CORS not allowed"), "authentication account away ignored anthropic:authentication_error"},
        {"billing_error", Anthropic, 402, {}, anthropic("billing_error"), "quota_exhausted account away ignored anthropic:billing_error"},
        {"linked billing unavailable", Anthropic, 402, {}, anthropic("billing_error", "linked_organization_billing_unavailable"), "quota_exhausted account away ignored anthropic:linked_organization_billing_unavailable"},
        {"linked spend limit", Anthropic, 402, {}, anthropic("billing_error", "linked_organization_spend_limit_reached"), "quota_exhausted account away ignored anthropic:linked_organization_spend_limit_reached"},
        {"permission_error", Anthropic, 403, {}, anthropic("permission_error"), "permission account away ignored anthropic:permission_error"},
        {"sandbox_egress_restricted", Anthropic, 403, {}, anthropic("permission_error", "sandbox_egress_restricted"), "permission account away ignored anthropic:sandbox_egress_restricted"},
        {"not_found_error", Anthropic, 404, {}, anthropic("not_found_error", nullptr, "model: claude-x"), "model_unavailable model away ignored anthropic:not_found_error"},
        {"408", Anthropic, 408, {}, anthropic("timeout_error"), "server_error provider retry failure anthropic:timeout_error"},
        {"409 conflict_error", Anthropic, 409, {}, anthropic("conflict_error"), "server_error request retry ignored anthropic:conflict_error"},
        {"request_too_large", Anthropic, 413, {}, anthropic("request_too_large"), "invalid_request request stop ignored anthropic:request_too_large"},
        {"too large after decoding", Anthropic, 413, {}, anthropic("request_too_large", "request_body_too_large_after_decoding"), "invalid_request request stop ignored anthropic:request_body_too_large_after_decoding"},
        {"rate_limit_error", Anthropic, 429, {{"retry-after", "12"}, {"x-should-retry", "true"}}, anthropic("rate_limit_error"), "rate_limit model retry failure hint=12 anthropic:rate_limit_error"},
        {"rate_limit_error without a wait", Anthropic, 429, {{"x-should-retry", "true"}, {"anthropic-ratelimit-requests-remaining", "0"}, {"anthropic-ratelimit-requests-reset", "2026-11-24T10:00:30Z"}}, anthropic("rate_limit_error"), "rate_limit model retry failure anthropic:rate_limit_error"},
        {"ramp_limit_exceeded", Anthropic, 429, {}, anthropic("rate_limit_error", "ramp_limit_exceeded"), "rate_limit model retry failure anthropic:ramp_limit_exceeded"},
        {"enforced_spend_limit_reached until the month is over", Anthropic, 429, {}, anthropic("rate_limit_error", "enforced_spend_limit_reached"), "quota_exhausted account away ignored block=568800 anthropic:enforced_spend_limit_reached"},
        {"contract_spend_limit_reached", Anthropic, 429, {{"x-should-retry", "true"}}, anthropic("rate_limit_error", "contract_spend_limit_reached"), "quota_exhausted account away ignored block=568800 anthropic:contract_spend_limit_reached"},
        {"412", Anthropic, 412, {}, anthropic("invalid_request_error"), "permission account away ignored status:412"},
        {"422", Anthropic, 422, {}, "", "invalid_request request stop ignored status:422"},
        {"431", Anthropic, 431, {}, "", "invalid_request request away ignored status:4xx"},
        {"499", Anthropic, 499, {}, "", "invalid_request request away ignored status:4xx"},
        {"api_error", Anthropic, 500, {}, anthropic("api_error"), "server_error provider retry failure anthropic:api_error"},
        {"cmek_context_unavailable", Anthropic, 503, {}, anthropic("api_error", "cmek_context_unavailable"), "temporary_failure account retry ignored hint=60 anthropic:cmek_context_unavailable"},
        {"cmek_key_unreachable", Anthropic, 503, {{"retry-after", "120"}}, anthropic("api_error", "cmek_key_unreachable"), "temporary_failure account retry ignored hint=120 anthropic:cmek_key_unreachable"},
        {"timeout_error", Anthropic, 504, {}, anthropic("timeout_error"), "server_error provider retry failure anthropic:timeout_error"},
        {"overloaded_error", Anthropic, 529, {}, anthropic("overloaded_error", nullptr, "Overloaded"), "temporary_failure provider retry failure anthropic:overloaded_error"},
        {"529 without a body", Anthropic, 529, {}, "", "temporary_failure provider retry failure status:529"},
        {"overloaded, and told not to retry", Anthropic, 529, {{"x-should-retry", "false"}}, anthropic("overloaded_error"), "temporary_failure provider away failure header:x-should-retry=false"},
    };
    return rows;
}

inline const QVector<Row> &googleRows()
{
    static const QVector<Row> rows{
        {"INVALID_ARGUMENT", Google, 400, {}, google(400, "INVALID_ARGUMENT"), "invalid_request request stop ignored google:invalid_argument"},
        {"API_KEY_INVALID is a 400", Google, 400, {}, google(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", errorInfo("API_KEY_INVALID")), "authentication account away ignored google:api_key_invalid"},
        {"expired key, by text", Google, 400, {}, google(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."), "authentication account away ignored google:api_key_text"},
        {"FAILED_PRECONDITION", Google, 400, {}, google(400, "FAILED_PRECONDITION", "User location is not supported for the API use."), "permission account away ignored google:failed_precondition"},
        {"402, prepaid credit gone", Google, 402, {}, google(402, "RESOURCE_EXHAUSTED"), "quota_exhausted account away ignored google:prepaid_credit_gone"},
        {"UNAUTHENTICATED", Google, 401, {}, google(401, "UNAUTHENTICATED"), "authentication account away ignored google:unauthenticated"},
        {"PERMISSION_DENIED", Google, 403, {}, google(403, "PERMISSION_DENIED"), "permission account away ignored google:permission_denied"},
        {"NOT_FOUND", Google, 404, {}, google(404, "NOT_FOUND"), "model_unavailable model away ignored google:not_found"},
        {"out_of_range", Google, 416, {}, R"({"error":{"code":"out_of_range","message":"No."}})", "invalid_request request stop ignored google:out_of_range"},
        {"per minute, with RetryInfo", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier") + "," + retryInfo("34.07s")), "rate_limit model retry failure hint=34.07 google:per_minute"},
        {"per minute, without RetryInfo", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", quota("GenerateRequestsPerMinutePerProjectPerModel")), "rate_limit model retry failure hint=60 google:per_minute"},
        {"per minute, by quota_limit", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", errorInfo("RATE_LIMIT_EXCEEDED", "googleapis.com", R"({"quota_limit":"GenerateContentRequestsPerMinutePerProjectPerRegion"})")), "rate_limit model retry failure hint=60 google:per_minute"},
        {"per day, until midnight in California", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier")), "quota_exhausted model away ignored block=79200 google:per_day"},
        {"daily, by quota_limit", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", errorInfo("X", "googleapis.com", R"({"quota_limit":"DailyRequests"})")), "quota_exhausted model away ignored block=79200 google:per_day"},
        {"per day beside a short wait is tried once", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", quota("GenerateRequestsPerDayPerProjectPerModel") + "," + retryInfo("36s")), "rate_limit model retry failure hint=36 limit=1 google:per_day_short_wait"},
        {"per day beside a long wait", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", quota("GenerateRequestsPerDayPerProjectPerModel") + "," + retryInfo("37025s")), "quota_exhausted model away ignored block=37025 google:per_day"},
        {"RetryInfo in ms", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", retryInfo("900ms")), "rate_limit model retry failure hint=0.9 google:resource_exhausted"},
        {"RetryInfo over five minutes", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", retryInfo("301s")), "quota_exhausted model away ignored block=301 google:long_wait"},
        {"RetryInfo of five minutes", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", retryInfo("300s")), "rate_limit model retry failure hint=300 google:resource_exhausted"},
        {"hours, only in the text", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota. Please retry in 10h17m5.7s."), "quota_exhausted model away ignored block=37025.7 google:long_wait"},
        {"seconds, only in the text", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota. Please retry in 36.4s."), "rate_limit model retry failure hint=36.4 google:resource_exhausted"},
        {"limit: 0 in the text", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota exceeded for metric: x, limit: 0, model: gemini", retryInfo("20s")), "quota_exhausted model away ignored block=86400 google:zero_limit"},
        {"limit: 05 is no zero", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota exceeded for metric: x, limit: 50, model: gemini"), "rate_limit model retry failure google:resource_exhausted"},
        {"quotaValue 0", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", quota("GenerateRequestsPerMinute", "0")), "quota_exhausted model away ignored block=86400 google:zero_limit"},
        {"INSUFFICIENT_G1_CREDITS_BALANCE", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", errorInfo("INSUFFICIENT_G1_CREDITS_BALANCE")), "quota_exhausted account away ignored google:insufficient_g1_credits_balance"},
        {"Cloud Code, QUOTA_EXHAUSTED", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", errorInfo("QUOTA_EXHAUSTED", cloudCode)), "quota_exhausted account away ignored google:cloudcode_quota_exhausted"},
        {"QUOTA_EXHAUSTED elsewhere says nothing", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", errorInfo("QUOTA_EXHAUSTED")), "rate_limit model retry failure google:resource_exhausted"},
        {"Cloud Code, RATE_LIMIT_EXCEEDED", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", errorInfo("RATE_LIMIT_EXCEEDED", cloudCode)), "rate_limit model retry failure hint=10 google:cloudcode_rate_limit_exceeded"},
        {"Cloud Code, with RetryInfo", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "Quota.", errorInfo("RATE_LIMIT_EXCEEDED", cloudCode) + "," + retryInfo("3s")), "rate_limit model retry failure hint=3 google:cloudcode_rate_limit_exceeded"},
        {"no details", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED"), "rate_limit model retry failure google:resource_exhausted"},
        {"Interactions rate_limit_exceeded", Google, 429, {}, R"({"error":{"code":"rate_limit_exceeded","message":"Slow."}})", "rate_limit model retry failure openai:rate_limit_exceeded"},
        {"Interactions quota_exceeded", Google, 429, {{"retry-after", "3600"}}, R"({"error":{"code":"quota_exceeded","message":"Used up."}})", "quota_exhausted model away ignored block=3600 google:quota_exceeded"},
        {"CANCELLED", Google, 499, {}, google(499, "CANCELLED"), "temporary_failure provider retry ignored google:cancelled"},
        {"INTERNAL", Google, 500, {}, google(500, "INTERNAL"), "server_error provider retry failure limit=2 google:internal"},
        {"INTERNAL by a prompt too long", Google, 500, {}, google(500, "INTERNAL", "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."), "context_length request away ignored text:context_length"},
        {"UNAVAILABLE", Google, 503, {}, google(503, "UNAVAILABLE", "The model is overloaded."), "temporary_failure model retry failure google:unavailable"},
        {"MODEL_CAPACITY_EXHAUSTED", Google, 429, {}, google(429, "RESOURCE_EXHAUSTED", "No capacity.", errorInfo("MODEL_CAPACITY_EXHAUSTED", cloudCode)), "temporary_failure model retry failure google:model_capacity_exhausted"},
        {"DEADLINE_EXCEEDED", Google, 504, {}, google(504, "DEADLINE_EXCEEDED"), "server_error provider retry failure limit=2 google:deadline_exceeded"},
        {"wrapped in an array", Google, 429, {}, "[" + google(429, "RESOURCE_EXHAUSTED", "Quota.", quota("GenerateRequestsPerDayPerProjectPerModel")) + "\n]", "quota_exhausted model away ignored block=79200 google:per_day"},
        {"wrapped in the message of another error", Google, 429, {}, R"({"error":{"message":"{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"Quota.\",\"details\":[{\"quotaId\":\"x\",\"violations\":[{\"quotaId\":\"FooPerDay\"}]}]}}"}})", "quota_exhausted model away ignored block=79200 google:per_day"},
    };
    return rows;
}

inline const QVector<Row> &mistralRows()
{
    static const QVector<Row> rows{
        {"400", Mistral, 400, {}, mistral("Invalid model", "invalid_request_error", nullptr, 400), "invalid_request request stop ignored openai:invalid_request_error"},
        {"422 with a list", Mistral, 422, {}, R"({"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"}]})", "invalid_request request stop ignored status:422"},
        {"401", Mistral, 401, {}, R"({"message":"Unauthorized","request_id":"1"})", "authentication account away ignored status:401"},
        {"402", Mistral, 402, {}, R"({"message":"Payment required"})", "quota_exhausted account away ignored text:balance"},
        {"403", Mistral, 403, {}, R"({"detail":"Forbidden"})", "permission account away ignored status:403"},
        {"404", Mistral, 404, {}, R"({"message":"no Route matched with those values"})", "malformed_response provider away ignored status:404_path"},
        {"429, message alone", Mistral, 429, {}, R"({"message":"Requests rate limit exceeded"})", "rate_limit model retry failure status:429"},
        {"429, 1300", Mistral, 429, {}, mistral("Rate limit exceeded", "rate_limited", "1300", 429), "rate_limit model retry failure mistral:1300"},
        {"3505", Mistral, 429, {}, mistral("Service tier capacity exceeded for this model.", "service_tier_capacity_exceeded", "3505", 429), "temporary_failure model retry failure mistral:3505"},
        {"3505 as a 503", Mistral, 503, {}, mistral("Service tier capacity exceeded for this model.", "service_tier_capacity_exceeded", "3505", 503), "temporary_failure model retry failure mistral:3505"},
        {"capacity, old form", Mistral, 429, {}, mistral("Service tier capacity exceeded for this model.", "invalid_request_error", nullptr, 429), "temporary_failure model retry failure mistral:capacity_text"},
        {"the limit itself is 0", Mistral, 429, {{"x-ratelimit-limit-req-minute", "0"}, {"x-ratelimit-remaining-req-minute", "0"}}, mistral("Rate limit exceeded", "rate_limited", "1300", 429), "quota_exhausted model away ignored block=86400 limits:zero_limit"},
        {"only the rest is 0", Mistral, 429, {{"x-ratelimit-limit-req-minute", "60"}, {"x-ratelimit-remaining-req-minute", "0"}}, mistral("Rate limit exceeded", "rate_limited", "1300", 429), "rate_limit model retry failure mistral:1300"},
        {"500", Mistral, 500, {}, mistral("Internal", "internal_error", "1000", 500), "server_error provider retry failure status:500"},
        {"502", Mistral, 502, {}, "", "server_error provider retry failure status:502"},
        {"503", Mistral, 503, {}, "", "temporary_failure provider retry failure status:503"},
        {"504", Mistral, 504, {}, "", "server_error provider retry failure status:504"},
    };
    return rows;
}

inline const QVector<Row> &compatibleRows()
{
    const QByteArray upstream = R"({"provider_name":"OpenAI","raw":"{\"error\":{\"message\":\"Upstream quota\",\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}"})";
    static const QVector<Row> rows{
        {"Azure 429, both waits", Azure, 429, {{"retry-after", "2"}, {"retry-after-ms", "1500"}}, openAi("x", "429"), "rate_limit model retry failure hint=1.5 status:429"},
        {"Azure 429, only the text", Azure, 429, {}, openAi("x", "429", "Requests have exceeded the token rate limit. Please retry after 26 seconds."), "rate_limit model retry failure hint=26 status:429"},
        {"Azure content_filter", Azure, 400, {}, R"({"error":{"message":"Filtered.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{}}}})", "content_filter request stop ignored azure:responsible_ai_policy_violation"},
        {"Azure 403 firewall", Azure, 403, {}, R"({"error":{"code":"403","message":"Access denied due to Virtual Network/Firewall rules."}})", "permission account away ignored status:403"},
        {"Azure DeploymentNotFound", Azure, 404, {}, R"({"error":{"code":"DeploymentNotFound","message":"No."}})", "model_unavailable model away ignored azure:deployment_not_found"},
        {"OpenRouter 400", OpenRouter, 400, {}, openRouter(400, "Bad"), "invalid_request request stop ignored status:400"},
        {"OpenRouter 401", OpenRouter, 401, {}, openRouter(401, "No auth"), "authentication account away ignored status:401"},
        {"OpenRouter 403, moderation", OpenRouter, 403, {}, openRouter(403, "Flagged", R"({"reasons":["x"],"flagged_input":"…","provider_name":"OpenAI"})"), "content_filter request stop ignored openrouter:flagged_input"},
        {"OpenRouter 403", OpenRouter, 403, {}, openRouter(403, "No"), "permission account away ignored status:403"},
        {"OpenRouter 402 payment_required", OpenRouter, 402, {}, openRouter(402, "Pay", R"({"error_type":"payment_required"})"), "quota_exhausted account away ignored openrouter:payment_required"},
        {"OpenRouter 402 weight_exceeds_budget", OpenRouter, 402, {}, openRouter(402, "Pay", R"({"error_type":"weight_exceeds_budget"})"), "quota_exhausted request away ignored openrouter:weight_exceeds_budget"},
        {"OpenRouter 402 in flight, with a wait", OpenRouter, 402, {{"Retry-After", "3"}}, openRouter(402, "Busy", R"({"error_type":"in_flight_budget_exhausted","limit_source":"openrouter_in_flight_budget"})"), "rate_limit account retry ignored hint=3 openrouter:in_flight_budget_exhausted"},
        {"OpenRouter 402 in flight, without", OpenRouter, 402, {}, openRouter(402, "Busy", R"({"error_type":"in_flight_budget_exhausted"})"), "quota_exhausted account away ignored openrouter:in_flight_budget_exhausted"},
        {"402 with a wait but no code", OpenRouter, 402, {{"Retry-After", "3"}}, openRouter(402, "Pay"), "quota_exhausted account away ignored status:402"},
        {"OpenRouter 408", OpenRouter, 408, {}, openRouter(408, "x"), "server_error provider retry failure status:408"},
        {"OpenRouter 429", OpenRouter, 429, {}, openRouter(429, "x"), "rate_limit model retry failure status:429"},
        {"OpenRouter 429, reset in the body", OpenRouter, 429, {}, openRouter(429, "x", R"({"headers":{"X-RateLimit-Limit":"20","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1795514430000"}})"), "rate_limit model retry failure hint=30 status:429"},
        {"OpenRouter 502", OpenRouter, 502, {}, openRouter(502, "x"), "server_error provider retry failure status:502"},
        {"OpenRouter 503", OpenRouter, 503, {}, openRouter(503, "x"), "temporary_failure provider retry failure status:503"},
        {"OpenRouter 504", OpenRouter, 504, {}, openRouter(504, "x"), "server_error provider retry failure status:504"},
        {"OpenRouter free tier, until its reset", OpenRouter, 429, {}, openRouter(429, "Rate limit exceeded: free-models-per-day", R"({"limit_source":"openrouter_free_tier_daily","headers":{"X-RateLimit-Reset":"1795564800000"}})"), "quota_exhausted model away ignored block=50400 openrouter:free_tier_daily"},
        {"OpenRouter free tier, resets_at", OpenRouter, 429, {}, openRouter(429, "x", R"({"limit_source":"openrouter_free_tier_daily","resets_at":"2026-11-25T00:00:00Z"})"), "quota_exhausted model away ignored block=50400 openrouter:free_tier_daily"},
        {"OpenRouter relays another's quota", OpenRouter, 429, {}, openRouter(429, "Provider returned error", upstream), "quota_exhausted model away ignored openai:insufficient_quota"},
        {"Groq tool_use_failed", Groq, 400, {}, openAi("invalid_request_error", "tool_use_failed"), "malformed_response request retry ignored limit=2 groq:tool_use_failed"},
        {"Groq json_validate_failed", Groq, 400, {}, openAi("invalid_request_error", "json_validate_failed"), "malformed_response request retry ignored limit=2 groq:json_validate_failed"},
        {"Groq 413", Groq, 413, {}, openAi("tokens", "rate_limit_exceeded", "Request too large for model x: Limit 6000, Requested 9000, please reduce your message size"), "context_length request away ignored groq:request_too_large"},
        {"Groq 424", Groq, 424, {}, "", "invalid_request request away ignored status:4xx"},
        {"Groq 498", Groq, 498, {}, "", "temporary_failure provider retry failure status:498"},
        {"Groq 499", Groq, 499, {}, "", "invalid_request request away ignored status:4xx"},
        {"DeepSeek 400", DeepSeek, 400, {}, openAi("invalid_request_error", "invalid_request_error"), "invalid_request request stop ignored openai:invalid_request_error"},
        {"DeepSeek 422", DeepSeek, 422, {}, openAi("invalid_request_error", nullptr), "invalid_request request stop ignored openai:invalid_request_error"},
        {"DeepSeek 401", DeepSeek, 401, {}, openAi("authentication_error", "invalid_request_error"), "authentication account away ignored anthropic:authentication_error"},
        {"DeepSeek 402", DeepSeek, 402, {}, openAi("unknown_error", "invalid_request_error", "Insufficient Balance"), "quota_exhausted account away ignored text:balance"},
        {"DeepSeek 429", DeepSeek, 429, {}, "", "rate_limit model retry failure status:429"},
        {"DeepSeek 503", DeepSeek, 503, {}, "", "temporary_failure provider retry failure status:503"},
        {"xAI wrong key is a 400", Xai, 400, {}, R"({"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***. You can obtain an API key from https://console.x.ai."})", "authentication account away ignored xai:api_key_text"},
        {"xAI out of credits, 429", Xai, 429, {}, R"({"code":"Some resource has been exhausted","error":"Your team has either used all available credits or reached its monthly spending limit."})", "quota_exhausted account away ignored xai:credits_text"},
        {"xAI out of credits, 403", Xai, 403, {}, R"({"code":"The caller does not have permission","error":"Your team has either used all available credits or reached its monthly spending limit."})", "quota_exhausted account away ignored xai:credits_text"},
        {"xAI's words elsewhere say nothing", Groq, 429, {}, openAi("x", nullptr, "used all available credits"), "quota_exhausted account away ignored text:balance"},
        {"Ollama, model not pulled", Ollama, 404, {}, R"({"error":"model 'x' not found"})", "model_unavailable model away ignored status:404"},
        {"Ollama, memory", Ollama, 500, {}, R"j({"error":"model requires more system memory (5.6 GiB) than is available (3.1 GiB)"})j", "model_unavailable model away ignored ollama:memory_text"},
        {"Ollama, runner", Ollama, 500, {}, R"({"error":"llama runner process has terminated: exit status 2"})", "model_unavailable model away ignored ollama:runner_text"},
        {"Ollama busy", Ollama, 503, {}, R"({"error":"server busy, please try again.  maximum pending requests exceeded"})", "temporary_failure provider retry failure status:503"},
        {"Ollama cloud 413", Ollama, 413, {}, "", "invalid_request request stop ignored status:413"},
        {"vLLM BadRequestError", Unknown, 400, {}, R"({"error":{"message":"Bad.","type":"BadRequestError","param":null,"code":400}})", "invalid_request request stop ignored vllm:bad_request_error"},
        {"vLLM NotFoundError", Unknown, 404, {}, R"({"object":"error","message":"The model does not exist.","type":"NotFoundError","param":null,"code":404})", "model_unavailable model away ignored vllm:not_found_error"},
        {"llama.cpp invalid_request_error", Unknown, 400, {}, R"({"error":{"code":400,"message":"No.","type":"invalid_request_error"}})", "invalid_request request stop ignored openai:invalid_request_error"},
        {"llama.cpp exceed_context_size_error", Unknown, 400, {}, R"({"error":{"code":400,"message":"the request exceeds","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}})", "context_length request away ignored llamacpp:exceed_context_size_error"},
        {"llama.cpp authentication_error", Unknown, 401, {}, R"({"error":{"code":401,"message":"No.","type":"authentication_error"}})", "authentication account away ignored anthropic:authentication_error"},
        {"llama.cpp permission_error", Unknown, 403, {}, R"({"error":{"code":403,"message":"No.","type":"permission_error"}})", "permission account away ignored anthropic:permission_error"},
        {"llama.cpp not_found_error", Unknown, 404, {}, R"({"error":{"code":404,"message":"No.","type":"not_found_error"}})", "model_unavailable model away ignored anthropic:not_found_error"},
        {"llama.cpp not_supported_error", Unknown, 501, {}, R"({"error":{"code":501,"message":"No.","type":"not_supported_error"}})", "invalid_request request stop ignored llamacpp:not_supported_error"},
        {"llama.cpp server_error", Unknown, 500, {}, R"({"error":{"code":500,"message":"No.","type":"server_error"}})", "server_error provider retry failure openai:server_error"},
        {"llama.cpp loading", Unknown, 503, {}, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})", "temporary_failure provider retry failure llamacpp:unavailable_error"},
        {"llama.cpp overflow used to be 500", Unknown, 500, {}, R"({"error":{"code":500,"message":"the request exceeds the available context size. try increasing it","type":"server_error"}})", "context_length request away ignored text:context_length"},
    };
    return rows;
}

inline QByteArray overflow(const char *message) { return openAi("invalid_request_error", nullptr, message); }

inline const QVector<Row> &overflowRows()
{
    static const char *const expected = "context_length request away ignored text:context_length";
    static const QVector<Row> rows{
        {"Anthropic", Anthropic, 400, {}, anthropic("invalid_request_error", nullptr, "prompt is too long: 210000 tokens > 200000 maximum"), expected},
        {"OpenAI window", OpenAi, 400, {}, overflow("Your input exceeds the context window of this model."), expected},
        {"OpenAI length", OpenAi, 400, {}, overflow("This model's maximum context length is 8192 tokens."), expected},
        {"Google", Google, 400, {}, google(400, "INVALID_ARGUMENT", "The input token count (2097153) exceeds the maximum number of tokens allowed (1048576)."), expected},
        {"xAI", Xai, 400, {}, R"({"code":"Client specified an invalid argument","error":"This model's maximum prompt length is 131072 but the request contains 150000 tokens."})", expected},
        {"Groq", Groq, 400, {}, overflow("Please reduce the length of the messages or completion."), expected},
        {"vLLM", Unknown, 400, {}, R"({"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400})", expected},
        {"llama.cpp", Unknown, 400, {}, overflow("the request exceeds the available context size"), expected},
        {"Mistral", Mistral, 400, {}, mistral("Prompt contains 40000 tokens, too large for model with 32768 maximum context length", "invalid_request_error", nullptr, 400), expected},
        {"Cerebras, nothing at all", Cerebras, 413, {}, "", "context_length request away ignored cerebras:empty_body"},
        {"Cerebras, an empty 400", Cerebras, 400, {}, "", "context_length request away ignored cerebras:empty_body"},
        {"MiniMax", Unknown, 400, {}, overflow("invalid params, context window exceeds limit"), expected},
        {"Kimi", Unknown, 400, {}, overflow("Your request exceeded model token limit: 131072"), expected},
        {"LM Studio", Unknown, 400, {}, overflow("The number of tokens is greater than the context length."), expected},
        {"LM Studio, as text", Unknown, 400, {}, R"({"error":"Trying to keep the first 9046 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough."})", expected},
        {"Together", Unknown, 422, {}, overflow("The prompt is longer than the model's context length."), expected},
        {"a rate limit that speaks of length", Unknown, 400, {}, overflow("Rate limit: maximum context length is counted"), "invalid_request request stop ignored openai:invalid_request_error"},
        {"too many requests that speak of length", Unknown, 500, {}, openAi("server_error", nullptr, "Too many requests; reduce the length of the messages"), "server_error provider retry failure openai:server_error"},
        {"a 429 is never an overflow", Unknown, 429, {}, openAi("tokens", nullptr, "maximum context length is 8192"), "rate_limit model retry failure status:429"},
    };
    return rows;
}

inline const QVector<Row> &shapeRows()
{
    static const QVector<Row> rows{
        {"error as text", Unknown, 500, {}, R"({"error":"boom"})", "server_error provider retry failure status:500"},
        {"error twice wrapped", Unknown, 429, {}, R"({"error":{"error":{"message":"No.","type":"insufficient_quota"}}})", "quota_exhausted account away ignored openai:insufficient_quota"},
        {"Cloudflare 520 page", Unknown, 520, {{"content-type", "text/html"}}, "<!DOCTYPE html><html><head><title>api.example.com | 520: Web server is returning an unknown error</title></head><body>secret markup</body></html>", "server_error provider retry failure status:520"},
        {"Cloudflare 520 JSON", Unknown, 520, {}, R"({"type":"https://developers.cloudflare.com/x","title":"Error 520","status":520,"detail":"The origin returned an unknown error.","error_code":520,"cloudflare_error":true,"retryable":true,"retry_after":60})", "server_error provider retry failure hint=60 status:520"},
        {"Cloudflare 524", Unknown, 524, {}, "<html>timeout</html>", "server_error provider away failure status:524"},
        {"Envoy text", Anthropic, 503, {{"content-type", "text/plain"}}, "upstream connect error or disconnect/reset before headers. reset reason: connection failure", "temporary_failure provider retry failure status:503"},
        {"empty", Unknown, 500, {}, "", "server_error provider retry failure status:500"},
        {"empty object", Unknown, 429, {}, "{}", "rate_limit model retry failure status:429"},
        {"null", Unknown, 400, {}, "null", "invalid_request request stop ignored status:400"},
        {"wrong content type", Unknown, 429, {{"content-type", "text/html"}}, openAi("x", "insufficient_quota"), "quota_exhausted account away ignored openai:insufficient_quota"},
        {"an event instead of JSON", Unknown, 429, {}, "data: " + openAi("x", "insufficient_quota") + "\n\n", "quota_exhausted account away ignored openai:insufficient_quota"},
        {"a named event instead of JSON", Anthropic, 529, {}, "event: error\ndata: " + anthropic("overloaded_error") + "\n\n", "temporary_failure provider retry failure anthropic:overloaded_error"},
        {"one object a line", Unknown, 429, {}, R"({"error":{"code":"insufficient_quota"}})" "\n" R"({"more":1})" "\n", "quota_exhausted account away ignored openai:insufficient_quota"},
        {"a byte order mark", Unknown, 429, {}, "\xEF\xBB\xBF" + openAi("x", "insufficient_quota"), "quota_exhausted account away ignored openai:insufficient_quota"},
        {"cut in the middle", Unknown, 429, {}, openAi("x", "insufficient_quota").chopped(20), "rate_limit model retry failure status:429"},
        {"errors as a list", Unknown, 403, {}, R"({"success":false,"errors":[{"code":"unsupported_country_region_territory","message":"No."}]})", "permission account away ignored openai:unsupported_country_region_territory"},
        {"case does not matter", Unknown, 429, {}, openAi("x", "Insufficient_Quota"), "quota_exhausted account away ignored openai:insufficient_quota"},
        {"digits in a message say nothing", Unknown, 400, {}, openAi("x", nullptr, "request 429500 has 503 tokens, 401, 529"), "invalid_request request stop ignored status:400"},
        {"a code must match whole", Unknown, 400, {}, openAi("x", "not_insufficient_quota"), "invalid_request request stop ignored status:400"},
        {"a status of no kind", Unknown, 799, {}, "", "unknown request away ignored status:other"},
    };
    return rows;
}

} // namespace retryscope::rows
