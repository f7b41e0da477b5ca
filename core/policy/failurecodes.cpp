// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/failurerules.h"

#include <algorithm>

namespace retryscope::rules {
namespace {

// The first row that matches one of the codes decides: hard stops first, and a body's general type must not hide
// its code.
constexpr CodeRule codeRules[] = {
    // Money and quota
    {"weight_exceeds_budget", "openrouter:weight_exceeds_budget", tooDear},
    {"token_limit_exceeded", "openrouter:token_limit_exceeded", tooDear},
    {"insufficient_quota", "openai:insufficient_quota", usedUp},
    {"credit_balance_exhausted", "openai:credit_balance_exhausted", usedUp},
    {"organization_spend_limit_exceeded", "openai:organization_spend_limit_exceeded", usedUp},
    {"project_spend_limit_exceeded", "openai:project_spend_limit_exceeded", usedUp},
    {"organization_usage_limit_exceeded", "openai:organization_usage_limit_exceeded", usedUp},
    {"billing_not_active", "openai:billing_not_active", usedUp},
    {"billing_hard_limit_reached", "openai:billing_hard_limit_reached", usedUp},
    {"usage_not_included", "openai:usage_not_included", usedUp},
    {"usage_limit_reached", "openai:usage_limit_reached", usedUp},
    {"enforced_spend_limit_reached", "anthropic:enforced_spend_limit_reached", usedUp, 0, 0, Until::NextMonthUtc},
    {"contract_spend_limit_reached", "anthropic:contract_spend_limit_reached", usedUp, 0, 0, Until::NextMonthUtc},
    {"linked_organization_billing_unavailable", "anthropic:linked_organization_billing_unavailable", usedUp},
    {"linked_organization_spend_limit_reached", "anthropic:linked_organization_spend_limit_reached", usedUp},
    {"billing_error", "anthropic:billing_error", usedUp},
    {"exceeded_current_quota_error", "moonshot:exceeded_current_quota", usedUp},
    {"insufficient_user_quota", "newapi:insufficient_user_quota", usedUp},
    {"1113", "zhipu:1113", usedUp},
    {"1309", "zhipu:1309", usedUp},
    {"1310", "zhipu:1310", usedUp},
    {"1308", "zhipu:1308", usedUp},
    {"1008", "minimax:1008", usedUp},
    {"2056", "minimax:2056", usedUp},
    {"arrearage", "dashscope:arrearage", usedUp},
    {"allocationquota.freetieronly", "dashscope:free_tier_only", usedUpModel},
    {"budget_exceeded", "litellm:budget_exceeded", usedUp},
    {"blocked_api_access", "groq:blocked_api_access", usedUp},
    {"openrouter_credits", "openrouter:credits", usedUp},
    {"openrouter_key_limit", "openrouter:key_limit", usedUp},
    {"openrouter_guardrail_budget", "openrouter:guardrail_budget", usedUp},
    {"openrouter_workspace_budget", "openrouter:workspace_budget", usedUp},
    {"insufficient_g1_credits_balance", "google:insufficient_g1_credits_balance", usedUp},
    {"cloudcode:quota_exhausted", "google:cloudcode_quota_exhausted", usedUp},
    {"quota_exceeded", "google:quota_exceeded", usedUpModel},
    {"openrouter_free_tier_daily", "openrouter:free_tier_daily", usedUpModel},
    {"in_flight_budget_exhausted", "openrouter:in_flight_budget_exhausted", ownBudget, 0, 0, Until::Unknown,
     Twist::InFlight},
    {"openrouter_in_flight_budget", "openrouter:in_flight_budget_exhausted", ownBudget, 0, 0, Until::Unknown,
     Twist::InFlight},
    {"payment_required", "openrouter:payment_required", usedUp},
    // Keys and permissions
    {"invalid_api_key", "openai:invalid_api_key", wrongKey},
    {"authentication", "openrouter:authentication", wrongKey},
    {"invalid_authentication_error", "moonshot:invalid_authentication", wrongKey},
    {"incorrect_api_key_error", "moonshot:incorrect_api_key", wrongKey},
    {"2049", "minimax:2049", wrongKey},
    {"1004", "zhipu:1004", wrongKey}, // and MiniMax's
    {"authentication_error", "anthropic:authentication_error", wrongKey},
    {"api_key_invalid", "google:api_key_invalid", wrongKey},
    {"unauthenticated", "google:unauthenticated", wrongKey},
    {"thread_not_found", "anthropic:thread", refusedRequest},
    {"organization_restricted", "groq:organization_restricted", notAllowed},
    {"region_restricted", "openrouter:region_restricted", notAllowed},
    {"key_model_access_denied", "litellm:model_access_denied", deniedModel},
    {"team_model_access_denied", "litellm:model_access_denied", deniedModel},
    {"model.accessdenied", "dashscope:model_access_denied", deniedModel},
    {"organization_on_hold", "anthropic:organization_on_hold", notAllowed},
    {"organization_type_not_supported", "anthropic:organization_type_not_supported", notAllowed},
    {"parent_organization_required", "anthropic:parent_organization_required", notAllowed},
    {"claude_code_key_creator_not_member", "anthropic:claude_code_key_creator_not_member", notAllowed},
    {"claude_code_version_too_old", "anthropic:claude_code_version_too_old", notAllowed},
    {"cmek_key_disabled", "anthropic:cmek_key_disabled", notAllowed},
    {"cmek_key_network_blocked", "anthropic:cmek_key_network_blocked", notAllowed},
    {"sandbox_egress_restricted", "anthropic:sandbox_egress_restricted", notAllowed},
    {"permission_error", "anthropic:permission_error", notAllowed},
    {"permission_denied", "google:permission_denied", notAllowed},
    {"failed_precondition", "google:failed_precondition", notAllowed},
    {"unsupported_country_region_territory", "openai:unsupported_country_region_territory", notAllowed},
    {"data_residency_mismatch", "openai:data_residency_mismatch", notAllowed},
    // The prompt and its content
    {"context_length_exceeded", "openai:context_length_exceeded", tooLong},
    {"1261", "zhipu:1261", tooLong},
    {"exceed_context_size_error", "llamacpp:exceed_context_size_error", tooLong},
    {"responsibleaipolicyviolation", "azure:responsible_ai_policy_violation", filtered},
    {"content_filter", "azure:content_filter", filtered},
    {"flagged_input", "openrouter:flagged_input", filtered},
    {"answer:refused", "answer:refused", refused},
    {"refusal", "openrouter:refusal", refused},
    {"answer:filtered", "answer:filtered", filtered},
    {"data_inspection_failed", "dashscope:data_inspection", filtered},
    {"datainspectionfailed", "dashscope:data_inspection", filtered},
    {"1301", "zhipu:1301", filtered},
    {"1026", "minimax:1026", filtered},
    {"1027", "minimax:1027", filtered},
    {"safety", "google:blocked", filtered},
    {"recitation", "google:blocked", filtered},
    {"language", "google:blocked", filtered},
    {"bio_policy", "openai:bio_policy", filtered},
    {"cyber_policy", "openai:cyber_policy", filtered},
    {"misalignment_policy_violation", "openai:misalignment_policy_violation", filtered},
    {"content_policy_violation", "openai:content_policy_violation", filtered},
    {"image_content_policy_violation", "openai:image_content_policy_violation", filtered},
    // The model
    {"model_not_found", "openai:model_not_found", noModel},
    {"unknown_model", "mistral:unknown_model", noModel},
    {"invalid_model", "mistral:invalid_model", noModel},
    {"1500", "mistral:invalid_model", noModel},
    {"1211", "zhipu:1211", noModel},
    {"model_decommissioned", "groq:model_decommissioned", noModel},
    {"model_terms_required", "groq:model_terms_required", noModel},
    {"no_endpoints", "openrouter:no_endpoints", noModel},
    {"model_deprecated", "openrouter:model_deprecated", noModel},
    {"privacy_restricted", "openrouter:privacy_restricted", noModel},
    {"model_not_supported", "copilot:model_not_supported", noModel},
    {"resource_not_found_error", "moonshot:resource_not_found", noModel},
    {"modelnotopen", "ark:model_not_open", noModel},
    {"invalidendpointormodel.notfound", "ark:not_found", noModel},
    {"deploymentnotfound", "azure:deployment_not_found", noModel},
    {"notfounderror", "vllm:not_found_error", noModel},
    {"not_found_error", "anthropic:not_found_error", noModel},
    {"not_found", "google:not_found", noModel},
    // The request, beyond doubt
    {"thread_already_continued", "anthropic:thread", refusedRequest},
    {"thread_fingerprint_mismatch", "anthropic:thread", refusedRequest},
    {"thread_unsupported_request", "anthropic:thread", refusedRequest},
    {"invalid_prompt", "openai:invalid_prompt", refusedRequest},
    {"request_body_encoding_invalid", "anthropic:request_body_encoding_invalid", refusedRequest},
    {"request_body_encoding_unsupported", "anthropic:request_body_encoding_unsupported", refusedRequest},
    {"request_body_too_large_after_decoding", "anthropic:request_body_too_large_after_decoding", refusedRequest},
    {"request_too_large", "anthropic:request_too_large", refusedRequest},
    {"out_of_range", "google:out_of_range", refusedRequest},
    {"not_supported_error", "llamacpp:not_supported_error", refusedRequest},
    {"invalid_image", "openai:invalid_image", refusedRequest},
    {"invalid_image_format", "openai:invalid_image", refusedRequest},
    {"invalid_base64_image", "openai:invalid_image", refusedRequest},
    {"invalid_image_url", "openai:invalid_image", refusedRequest},
    {"invalid_image_mode", "openai:invalid_image", refusedRequest},
    {"image_too_large", "openai:invalid_image", refusedRequest},
    {"image_too_small", "openai:invalid_image", refusedRequest},
    {"image_parse_error", "openai:invalid_image", refusedRequest},
    {"image_file_too_large", "openai:invalid_image", refusedRequest},
    {"unsupported_image_media_type", "openai:invalid_image", refusedRequest},
    {"empty_image_file", "openai:invalid_image", refusedRequest},
    // What the model wrote
    {"tool_use_failed", "groq:tool_use_failed", badOutput, 2},
    {"json_validate_failed", "groq:json_validate_failed", badOutput, 2},
    {"answer:malformed_function_call", "google:malformed_function_call", badOutput, 1},
    // Capacity
    {"3505", "mistral:3505", fullModel},
    {"service_tier_capacity_exceeded", "mistral:3505", fullModel},
    {"model_capacity_exhausted", "google:model_capacity_exhausted", fullModel},
    {"compaction_unavailable", "anthropic:compaction_unavailable", overloaded},
    {"capacity_exhausted", "openrouter:capacity_exhausted", fullModel},
    {"temporarily_unavailable", "openrouter:temporarily_unavailable", fullModel},
    {"provider_overloaded", "openrouter:provider_overloaded", fullModel},
    {"queue_exceeded", "cerebras:queue_exceeded", fullModel},
    {"resource_unavailable", "openai:resource_unavailable", fullModel},
    {"engine_overloaded_error", "moonshot:engine_overloaded", overloaded},
    {"1305", "zhipu:1305", fullModel},
    {"1312", "zhipu:1312", fullModel},
    {"overloaded_error", "anthropic:overloaded_error", overloaded},
    {"server_is_overloaded", "openai:server_is_overloaded", overloaded},
    {"cmek_context_unavailable", "anthropic:cmek_context_unavailable", ownKeyStore, 0, 60},
    {"cmek_key_unreachable", "anthropic:cmek_key_unreachable", ownKeyStore, 0, 60},
    // Rate
    {"request_quota_exceeded", "cerebras:request_quota_exceeded", limited},
    {"throttling_error", "litellm:throttling_error", limited},
    {"ratelimitreached", "github:rate_limit_reached", limited},
    {"rate_limit_reached_error", "moonshot:rate_limit_reached", limited},
    {"1302", "zhipu:1302", limited},
    {"1303", "zhipu:1303", limited},
    {"1304", "zhipu:1304", limited},
    {"slow_down", "openai:slow_down", limited},
    {"ramp_limit_exceeded", "anthropic:ramp_limit_exceeded", limited},
    {"cloudcode:rate_limit_exceeded", "google:cloudcode_rate_limit_exceeded", limited, 0, 10, Until::Unknown,
     Twist::GoogleQuota},
    {"resource_exhausted", "google:resource_exhausted", limited, 0, 0, Until::Unknown, Twist::GoogleQuota},
    {"1300", "mistral:1300", limited},
    {"rate_limited", "mistral:1300", limited},
    {"rate_limit_exceeded", "openai:rate_limit_exceeded", limited, 0, 0, Until::Unknown, Twist::TooLargeAt413},
    {"too_many_requests_error", "cerebras:too_many_requests", limited},
    {"rate_limit_error", "anthropic:rate_limit_error", limited},
    // Servers
    {"service_unavailable_error", "openai:service_unavailable_error", overloaded},
    {"unavailable_error", "llamacpp:unavailable_error", overloaded},
    {"unavailable", "google:unavailable", fullModel},
    {"cancelled", "google:cancelled",
     {TemporaryFailure, Scope::Provider, Does::Retry, HealthSignal::Ignored, Rank::Soft}},
    {"answer:finish_reason_error", "answer:finish_reason_error",
     {ServerError, Scope::Provider, Does::Retry, HealthSignal::Failure, Rank::Soft}},
    {"vector_store_timeout", "openai:vector_store_timeout", broken},
    {"thread_continue_in_flight", "anthropic:thread_continue_in_flight", conflict},
    {"aborted", "google:aborted", conflict},
    {"conflict_error", "anthropic:conflict_error", conflict},
    {"timeout_error", "anthropic:timeout_error", broken},
    {"deadline_exceeded", "google:deadline_exceeded", broken, 2},
    {"provider_unavailable", "openrouter:provider_unavailable", broken},
    {"internal", "google:internal", broken, 2},
    {"server_error", "openai:server_error", broken},
    {"api_error", "anthropic:api_error", broken},
    // General words
    {"invalid_argument", "google:invalid_argument", invalid},
    {"badrequesterror", "vllm:bad_request_error", invalid},
    {"invalid_request_error", "openai:invalid_request_error", invalid},
    {"answer:error", "answer:error", broken}, // an error inside a 200 that says no more
};

constexpr char fold(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

constexpr std::size_t slotCount = 1024;
constexpr std::uint32_t step(std::uint32_t hash, char c) { return (hash ^ std::uint8_t(c)) * 16'777'619u; }

/// Open addressing over the codes, built by the compiler; 0: empty, else row + 1.
constexpr auto codeIndex = [] {
    static_assert(std::size(codeRules) < slotCount / 3 && std::size(codeRules) < 255);
    std::array<std::uint8_t, slotCount> index{};
    for (std::size_t row = 0; row < std::size(codeRules); ++row) {
        std::uint32_t hash = 2'166'136'261u;
        for (const char c : codeRules[row].code)
            hash = step(hash, c);
        std::size_t slot = hash % slotCount;
        while (index[slot])
            slot = (slot + 1) % slotCount;
        index[slot] = std::uint8_t(row + 1);
    }
    return index;
}();

constexpr std::size_t longestCode = [] {
    std::size_t longest = 0;
    for (const CodeRule &row : codeRules)
        longest = std::max(longest, row.code.size());
    return longest;
}();

/// The row of one code; past the end where it is not known.
std::size_t rowOf(std::string_view code)
{
    if (code.size() < 3 || code.size() > longestCode)
        return std::size(codeRules);
    std::array<char, longestCode> folded;
    std::uint32_t hash = 2'166'136'261u;
    for (std::size_t i = 0; i < code.size(); ++i)
        hash = step(hash, folded[i] = fold(code[i]));
    const std::string_view text(folded.data(), code.size());
    for (std::size_t slot = hash % slotCount; codeIndex[slot]; slot = (slot + 1) % slotCount) {
        if (codeRules[codeIndex[slot] - 1].code == text)
            return codeIndex[slot] - 1u;
    }
    return std::size(codeRules);
}

} // namespace

const CodeRule *findCode(std::span<const std::string> codes)
{
    std::size_t best = std::size(codeRules);
    for (const std::string &code : codes)
        best = std::min(best, rowOf(code));
    return best < std::size(codeRules) ? &codeRules[best] : nullptr;
}

} // namespace retryscope::rules
