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
    {"insufficient_g1_credits_balance", "google:insufficient_g1_credits_balance", usedUp},
    {"cloudcode:quota_exhausted", "google:cloudcode_quota_exhausted", usedUp},
    {"quota_exceeded", "google:quota_exceeded", usedUpModel},
    {"openrouter_free_tier_daily", "openrouter:free_tier_daily", usedUpModel},
    {"in_flight_budget_exhausted", "openrouter:in_flight_budget_exhausted", ownBudget, 0, 0, Until::Unknown, Twist::InFlight},
    {"openrouter_in_flight_budget", "openrouter:in_flight_budget_exhausted", ownBudget, 0, 0, Until::Unknown, Twist::InFlight},
    {"weight_exceeds_budget", "openrouter:weight_exceeds_budget", usedUp},
    {"payment_required", "openrouter:payment_required", usedUp},
    // Keys and permissions
    {"invalid_api_key", "openai:invalid_api_key", wrongKey},
    {"authentication_error", "anthropic:authentication_error", wrongKey},
    {"api_key_invalid", "google:api_key_invalid", wrongKey},
    {"unauthenticated", "google:unauthenticated", wrongKey},
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
    {"exceed_context_size_error", "llamacpp:exceed_context_size_error", tooLong},
    {"responsibleaipolicyviolation", "azure:responsible_ai_policy_violation", filtered},
    {"content_filter", "azure:content_filter", filtered},
    {"flagged_input", "openrouter:flagged_input", filtered},
    {"answer:refused", "answer:refused", filtered},
    {"bio_policy", "openai:bio_policy", filtered},
    {"cyber_policy", "openai:cyber_policy", filtered},
    {"misalignment_policy_violation", "openai:misalignment_policy_violation", filtered},
    {"content_policy_violation", "openai:content_policy_violation", filtered},
    {"image_content_policy_violation", "openai:image_content_policy_violation", filtered},
    // The model
    {"model_not_found", "openai:model_not_found", noModel},
    {"deploymentnotfound", "azure:deployment_not_found", noModel},
    {"notfounderror", "vllm:not_found_error", noModel},
    {"not_found_error", "anthropic:not_found_error", noModel},
    {"not_found", "google:not_found", noModel},
    // The request, beyond doubt
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
    {"overloaded_error", "anthropic:overloaded_error", overloaded},
    {"server_is_overloaded", "openai:server_is_overloaded", overloaded},
    {"cmek_context_unavailable", "anthropic:cmek_context_unavailable", ownKeyStore, 0, 60},
    {"cmek_key_unreachable", "anthropic:cmek_key_unreachable", ownKeyStore, 0, 60},
    // Rate
    {"slow_down", "openai:slow_down", limited},
    {"ramp_limit_exceeded", "anthropic:ramp_limit_exceeded", limited},
    {"cloudcode:rate_limit_exceeded", "google:cloudcode_rate_limit_exceeded", limited, 0, 10, Until::Unknown, Twist::GoogleQuota},
    {"resource_exhausted", "google:resource_exhausted", limited, 0, 0, Until::Unknown, Twist::GoogleQuota},
    {"1300", "mistral:1300", limited},
    {"rate_limited", "mistral:1300", limited},
    {"rate_limit_exceeded", "openai:rate_limit_exceeded", limited, 0, 0, Until::Unknown, Twist::TooLargeAt413},
    {"rate_limit_error", "anthropic:rate_limit_error", limited},
    // Servers
    {"service_unavailable_error", "openai:service_unavailable_error", overloaded},
    {"unavailable_error", "llamacpp:unavailable_error", overloaded},
    {"unavailable", "google:unavailable", fullModel},
    {"cancelled", "google:cancelled", {TemporaryFailure, Scope::Provider, Does::Retry, HealthSignal::Ignored, Rank::Soft}},
    {"answer:finish_reason_error", "answer:finish_reason_error", {ServerError, Scope::Provider, Does::Retry, HealthSignal::Failure, Rank::Soft}},
    {"vector_store_timeout", "openai:vector_store_timeout", broken},
    {"conflict_error", "anthropic:conflict_error", conflict},
    {"timeout_error", "anthropic:timeout_error", broken},
    {"deadline_exceeded", "google:deadline_exceeded", broken, 2},
    {"internal", "google:internal", broken, 2},
    {"server_error", "openai:server_error", broken},
    {"api_error", "anthropic:api_error", broken},
    // General words
    {"invalid_argument", "google:invalid_argument", invalid},
    {"badrequesterror", "vllm:bad_request_error", invalid},
    {"invalid_request_error", "openai:invalid_request_error", invalid},
};

constexpr char fold(char16_t c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : char(c); }

constexpr std::size_t slotCount = 512;
constexpr quint32 step(quint32 hash, char c) { return (hash ^ quint8(c)) * 16'777'619u; }

/// Open addressing over the codes, built by the compiler; 0: empty, else row + 1.
constexpr auto codeIndex = [] {
    static_assert(std::size(codeRules) < slotCount / 3);
    std::array<quint8, slotCount> index{};
    for (std::size_t row = 0; row < std::size(codeRules); ++row) {
        quint32 hash = 2'166'136'261u;
        for (const char c : codeRules[row].code)
            hash = step(hash, c);
        std::size_t slot = hash % slotCount;
        while (index[slot])
            slot = (slot + 1) % slotCount;
        index[slot] = quint8(row + 1);
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
std::size_t rowOf(QStringView code)
{
    if (code.size() < 3 || std::size_t(code.size()) > longestCode)
        return std::size(codeRules);
    std::array<char, longestCode> folded;
    quint32 hash = 2'166'136'261u;
    for (qsizetype i = 0; i < code.size(); ++i) {
        const char16_t c = code[i].unicode();
        if (c > 0x7f)
            return std::size(codeRules);
        hash = step(hash, folded[std::size_t(i)] = fold(c));
    }
    const std::string_view text(folded.data(), std::size_t(code.size()));
    for (std::size_t slot = hash % slotCount; codeIndex[slot]; slot = (slot + 1) % slotCount) {
        if (codeRules[codeIndex[slot] - 1].code == text)
            return codeIndex[slot] - 1u;
    }
    return std::size(codeRules);
}

// Only where a provider has no code for it.
constexpr TextRule textRules[] = {
    {"credit balance is too low", "", Vendor::Anthropic, "anthropic:credit_balance_text", usedUp},
    {"specified api usage limits", "", Vendor::Anthropic, "anthropic:usage_limits_text", usedUp, Until::NextMonthUtc},
    {"used all available credits", "", Vendor::Xai, "xai:credits_text", usedUp},
    {"monthly spending limit", "", Vendor::Xai, "xai:credits_text", usedUp},
    {"incorrect api key", "", Vendor::Xai, "xai:api_key_text", wrongKey},
    {"api key not valid", "", Vendor::Google, "google:api_key_text", wrongKey},
    {"api key expired", "", Vendor::Google, "google:api_key_text", wrongKey},
    {"service tier capacity exceeded", "", Vendor::Mistral, "mistral:capacity_text", fullModel},
    {"requires more system memory", "", Vendor::Ollama, "ollama:memory_text", noModel},
    {"runner process", "", Vendor::Ollama, "ollama:runner_text", noModel},
};

constexpr TextRule overflowRules[] = {
    {"prompt is too long", "", Vendor::Unknown, "text:context_length", tooLong},
    {"exceed context limit", "", Vendor::Unknown, "text:context_length", tooLong},
    {"exceeds the context window", "", Vendor::Unknown, "text:context_length", tooLong},
    {"input token count", "exceeds the maximum", Vendor::Unknown, "text:context_length", tooLong},
    {"maximum prompt length is", "", Vendor::Unknown, "text:context_length", tooLong},
    {"reduce the length of the messages", "", Vendor::Unknown, "text:context_length", tooLong},
    {"maximum context length is", "", Vendor::Unknown, "text:context_length", tooLong},
    {"exceeds the available context size", "", Vendor::Unknown, "text:context_length", tooLong},
    {"too large for model with", "maximum context length", Vendor::Unknown, "text:context_length", tooLong},
    {"context window exceeds limit", "", Vendor::Unknown, "text:context_length", tooLong},
    {"exceeded model token limit", "", Vendor::Unknown, "text:context_length", tooLong},
    {"greater than the context length", "", Vendor::Unknown, "text:context_length", tooLong},
    {"is longer than the model's context length", "", Vendor::Unknown, "text:context_length", tooLong},
};

constexpr Outcome busyStatus{TemporaryFailure, Scope::Provider, Does::Retry, HealthSignal::Failure, Rank::Weak};
constexpr Outcome limitedStatus{RateLimit, Scope::Model, Does::Retry, HealthSignal::Failure, Rank::Weak};

constexpr StatusRule statusRules[] = {
    {400, 400, "status:400", invalid},
    {401, 401, "status:401", wrongKey},
    {402, 402, "status:402", usedUp},
    {403, 403, "status:403", notAllowed},
    {404, 404, "status:404", {ModelUnavailable, Scope::Model, Does::Away, HealthSignal::Ignored, Rank::Weak}},
    {408, 408, "status:408", broken},
    {409, 409, "status:409", conflict},
    {413, 413, "status:413", invalid},
    {422, 422, "status:422", invalid},
    {425, 425, "status:425", conflict},
    {429, 429, "status:429", limitedStatus},
    {498, 498, "status:498", busyStatus},
    {500, 500, "status:500", broken},
    {501, 501, "status:501", invalid},
    {502, 502, "status:502", broken},
    {503, 503, "status:503", busyStatus},
    {504, 504, "status:504", broken},
    {505, 505, "status:505", invalid},
    {520, 520, "status:520", broken},
    {524, 524, "status:524", broken, 1}, // the whole wait is over each time
    {529, 529, "status:529", busyStatus},
    {300, 399, "status:3xx", {Network, Scope::Provider, Does::Away, HealthSignal::Ignored, Rank::Weak}}, // base_url is out of date
    {400, 499, "status:4xx", invalid},
    {500, 599, "status:5xx", broken},
    {600, 999, "status:other", {Unknown, Scope::Request, Does::Away, HealthSignal::Ignored, Rank::Weak}},
};

constexpr Outcome unreachable{Network, Scope::Provider, Does::Retry, HealthSignal::Failure, Rank::Soft};
constexpr Outcome misconfigured{Network, Scope::Provider, Does::Away, HealthSignal::Failure, Rank::Soft}; // nothing but a person changes it
constexpr Outcome unreadable{MalformedResponse, Scope::Provider, Does::Away, HealthSignal::Failure, Rank::Soft}; // it would come again
constexpr Outcome silent{NetworkTimeout, Scope::Provider, Does::Away, HealthSignal::Failure, Rank::Soft};

constexpr TransportRule transportRules[] = {
    {TransportFailure::Refused, "transport:refused", unreachable},
    {TransportFailure::HostNotFound, "transport:host_not_found", unreachable},
    {TransportFailure::Tls, "transport:tls", misconfigured},
    {TransportFailure::Reset, "transport:reset", unreachable},
    {TransportFailure::NotHttp, "transport:not_http", unreadable},
    {TransportFailure::BadUrl, "transport:bad_url", wrongAddress},
    {TransportFailure::TooLarge, "transport:too_large", {MalformedResponse, Scope::Request, Does::Away, HealthSignal::Ignored, Rank::Soft}},
    {TransportFailure::ConnectTimeout, "timeout:connect", {NetworkTimeout, Scope::Provider, Does::Retry, HealthSignal::Failure, Rank::Soft}},
    {TransportFailure::AttemptTimeout, "timeout:attempt", silent},
    {TransportFailure::FirstTokenTimeout, "timeout:first_token", silent},
    {TransportFailure::IdleTimeout, "timeout:idle", silent},
    {TransportFailure::Cancelled, "transport:cancelled", {Cancelled, Scope::Request, Does::Stop, HealthSignal::Ignored, Rank::Hard}},
    {TransportFailure::Certificate, "transport:certificate", misconfigured},
    {TransportFailure::WrongScheme, "transport:scheme", misconfigured},
    {TransportFailure::Proxy, "transport:proxy", unreachable},
    {TransportFailure::HeadTooLarge, "transport:head_too_large", unreadable},
};

constexpr std::size_t gram = 4; ///< no phrase is shorter
constexpr std::size_t gramSlots = 1 << 12;
constexpr std::size_t gramSlot(const char *at)
{
    const quint32 letters = quint8(at[0]) | quint32(quint8(at[1])) << 8 | quint32(quint8(at[2])) << 16 | quint32(quint8(at[3])) << 24;
    return letters * 2'654'435'761u >> 20;
}

/// Which first four letters begin a phrase of the table: one look a letter instead of one search a phrase.
template <std::size_t N>
constexpr auto beginnings(const TextRule (&table)[N])
{
    std::array<bool, gramSlots> begins{};
    for (const TextRule &row : table)
        begins[gramSlot(row.phrase.data())] = true;
    return begins;
}
constexpr auto textBeginnings = beginnings(textRules), overflowBeginnings = beginnings(overflowRules);

/// The first row of the table whose phrases occur.
template <std::size_t N>
const TextRule *findPhrase(const TextRule (&table)[N], const std::array<bool, gramSlots> &begins, std::string_view message, Vendor vendor)
{
    const TextRule *best = nullptr;
    for (std::size_t i = 0; i + gram <= message.size(); ++i) {
        if (!begins[gramSlot(message.data() + i)])
            continue;
        for (const TextRule &row : table) {
            if ((!best || &row < best) && message.substr(i).starts_with(row.phrase) && (vendor == Vendor::Unknown || vendor == row.vendor)
                && (row.also.empty() || message.find(row.also) != std::string_view::npos))
                best = &row;
        }
    }
    return best;
}

} // namespace

const CodeRule *findCode(const QStringList &codes)
{
    std::size_t best = std::size(codeRules);
    for (const QString &code : codes)
        best = std::min(best, rowOf(code));
    return best < std::size(codeRules) ? &codeRules[best] : nullptr;
}

const TextRule *findText(std::string_view message, Vendor vendor) { return findPhrase(textRules, textBeginnings, message, vendor); }

const TextRule *findOverflow(std::string_view message)
{
    const TextRule *row = findPhrase(overflowRules, overflowBeginnings, message, Vendor::Unknown);
    for (const std::string_view rate : {"rate limit", "too many requests"}) {
        if (row && message.find(rate) != std::string_view::npos)
            return nullptr;
    }
    return row;
}

const StatusRule *findStatus(int status)
{
    const auto row = std::find_if(std::begin(statusRules), std::end(statusRules), [&](const StatusRule &r) { return status >= r.from && status <= r.to; });
    return row == std::end(statusRules) ? nullptr : row;
}

const TransportRule *findTransport(TransportFailure failure)
{
    const auto row = std::find_if(std::begin(transportRules), std::end(transportRules), [&](const TransportRule &r) { return r.failure == failure; });
    return row == std::end(transportRules) ? nullptr : row;
}

} // namespace retryscope::rules
