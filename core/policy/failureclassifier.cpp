// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/failureclassifier.h"

namespace retryscope {
namespace {

using enum RetryReason;

struct CodeRule { const char *code; RetryReason reason; };
// Exact, case-insensitive, most specific first: a body's general type must not hide its code.
constexpr CodeRule codeRules[] = {
    {"insufficient_quota", QuotaExhausted}, {"credit_balance_exhausted", QuotaExhausted},
    {"organization_spend_limit_exceeded", QuotaExhausted}, {"project_spend_limit_exceeded", QuotaExhausted},
    {"organization_usage_limit_exceeded", QuotaExhausted}, {"billing_not_active", QuotaExhausted},
    {"billing_hard_limit_reached", QuotaExhausted}, {"usage_not_included", QuotaExhausted},
    {"enforced_spend_limit_reached", QuotaExhausted}, {"contract_spend_limit_reached", QuotaExhausted},
    {"linked_organization_billing_unavailable", QuotaExhausted}, {"linked_organization_spend_limit_reached", QuotaExhausted},
    {"billing_error", QuotaExhausted}, {"quota_exceeded", QuotaExhausted}, {"payment_required", QuotaExhausted},
    {"INSUFFICIENT_G1_CREDITS_BALANCE", QuotaExhausted}, {"openrouter_free_tier_daily", QuotaExhausted},
    {"weight_exceeds_budget", QuotaExhausted}, {"in_flight_budget_exhausted", RateLimit},
    {"API_KEY_INVALID", Authentication}, {"invalid_api_key", Authentication}, {"authentication_error", Authentication},
    {"UNAUTHENTICATED", Authentication},
    {"context_length_exceeded", ContextLength}, {"exceed_context_size_error", ContextLength},
    {"content_filter", ContentFilter}, {"bio_policy", ContentFilter}, {"cyber_policy", ContentFilter},
    {"misalignment_policy_violation", ContentFilter}, {"ResponsibleAIPolicyViolation", ContentFilter},
    {"model_not_found", ModelUnavailable}, {"DeploymentNotFound", ModelUnavailable}, {"not_found_error", ModelUnavailable},
    {"NOT_FOUND", ModelUnavailable},
    {"server_is_overloaded", TemporaryFailure}, {"overloaded_error", TemporaryFailure}, {"3505", TemporaryFailure},
    {"service_tier_capacity_exceeded", TemporaryFailure}, {"MODEL_CAPACITY_EXHAUSTED", TemporaryFailure},
    {"UNAVAILABLE", TemporaryFailure}, {"service_unavailable_error", TemporaryFailure}, {"unavailable_error", TemporaryFailure},
    {"rate_limit_exceeded", RateLimit}, {"slow_down", RateLimit}, {"ramp_limit_exceeded", RateLimit},
    {"rate_limit_error", RateLimit}, {"rate_limited", RateLimit}, {"1300", RateLimit}, {"RESOURCE_EXHAUSTED", RateLimit},
    {"tool_use_failed", MalformedResponse}, {"json_validate_failed", MalformedResponse},
    {"permission_error", Permission}, {"PERMISSION_DENIED", Permission}, {"organization_on_hold", Permission},
    {"FAILED_PRECONDITION", Permission}, {"unsupported_country_region_territory", Permission},
    {"request_too_large", InvalidRequest},
    {"server_error", ServerError}, {"api_error", ServerError}, {"INTERNAL", ServerError}, {"timeout_error", ServerError},
    {"DEADLINE_EXCEEDED", ServerError}, {"conflict_error", ServerError},
    {"invalid_prompt", InvalidRequest},
};

struct TextRule { const char *phrase; RetryReason reason; };
// Looked at before the status only where a provider has no code for it (Anthropic's balance, xAI's credits).
constexpr TextRule hardTextRules[] = {
    {"credit balance is too low", QuotaExhausted}, {"specified api usage limits", QuotaExhausted},
    {"used all available credits", QuotaExhausted}, {"monthly spending limit", QuotaExhausted},
    {"api key not valid", Authentication}, {"api key expired", Authentication}, {"incorrect api key", Authentication},
};
constexpr TextRule overflowRules[] = {
    {"prompt is too long", ContextLength}, {"exceeds the context window", ContextLength},
    {"maximum context length is", ContextLength}, {"maximum prompt length is", ContextLength},
    {"reduce the length of the messages", ContextLength}, {"exceeds the available context size", ContextLength},
    {"maximum context length", ContextLength}, {"greater than the context length", ContextLength},
    {"exceeded model token limit", ContextLength}, {"context window exceeds limit", ContextLength},
};

struct StatusRule { int from, to; RetryReason reason; };
constexpr StatusRule statusRules[] = {
    {401, 401, Authentication}, {402, 402, QuotaExhausted}, {403, 403, Permission}, {404, 404, ModelUnavailable},
    {408, 408, ServerError}, {409, 409, ServerError}, {425, 425, ServerError}, {429, 429, RateLimit},
    {498, 498, TemporaryFailure}, {501, 501, InvalidRequest}, {505, 505, InvalidRequest},
    {529, 529, TemporaryFailure}, {503, 503, TemporaryFailure}, {500, 599, ServerError}, {400, 499, InvalidRequest},
    {300, 399, InvalidRequest},
};

struct TransportRule { TransportFailure failure; RetryReason reason; const char *rule; };
constexpr TransportRule transportRules[] = {
    {TransportFailure::Cancelled, Cancelled, "transport:cancelled"},
    {TransportFailure::Refused, Network, "transport:refused"},
    {TransportFailure::HostNotFound, Network, "transport:host_not_found"},
    {TransportFailure::Tls, Network, "transport:tls"},
    {TransportFailure::Reset, Network, "transport:reset"},
    {TransportFailure::NotHttp, MalformedResponse, "transport:not_http"},
    {TransportFailure::BadUrl, InvalidRequest, "transport:bad_url"},
    {TransportFailure::TooLarge, MalformedResponse, "transport:too_large"},
    {TransportFailure::ConnectTimeout, NetworkTimeout, "timeout:connect"},
    {TransportFailure::AttemptTimeout, NetworkTimeout, "timeout:attempt"},
    {TransportFailure::FirstTokenTimeout, NetworkTimeout, "timeout:first_token"},
    {TransportFailure::IdleTimeout, NetworkTimeout, "timeout:idle"},
};

Classification make(RetryReason reason, QLatin1String rule, const FailureFacts &facts)
{
    const ReasonTraits &t = traits(reason);
    return {reason, t.scope, t.retryHere, t.failoverHelps, t.health, facts.hint, {}, 0, rule};
}

template <std::size_t N>
std::optional<Classification> byText(const TextRule (&rules)[N], const FailureFacts &facts)
{
    const QString message = facts.message.left(4096).toLower();
    for (const TextRule &row : rules) {
        if (message.contains(QLatin1String(row.phrase)))
            return make(row.reason, QLatin1String(row.phrase), facts);
    }
    return std::nullopt;
}

std::optional<Classification> byCode(const FailureFacts &facts)
{
    // A daily quota says so only inside its id; a short hint beside it wins (bounded by max attempts).
    for (const QString &code : facts.codes) {
        if ((code.contains(QLatin1String("PerDay")) || code.contains(QLatin1String("Daily"))) && facts.hint.value_or(24h) > 5min)
            return make(QuotaExhausted, QLatin1String("code:daily_quota"), facts);
    }
    for (const CodeRule &row : codeRules) {
        if (facts.codes.contains(QLatin1String(row.code), Qt::CaseInsensitive))
            return make(row.reason, QLatin1String(row.code), facts);
    }
    return std::nullopt;
}

std::optional<Classification> byTransport(const FailureFacts &facts)
{
    for (const TransportRule &row : transportRules) {
        if (row.failure != facts.transport)
            continue;
        Classification c = make(row.reason, QLatin1String(row.rule), facts);
        if (row.failure == TransportFailure::Tls || row.failure == TransportFailure::NotHttp || row.failure == TransportFailure::TooLarge)
            c.retryHere = false; // the same answer would come again
        return c;
    }
    return std::nullopt;
}

} // namespace

Classification classify(const FailureFacts &facts)
{
    if (facts.transport == TransportFailure::Cancelled)
        return make(Cancelled, QLatin1String("transport:cancelled"), facts);
    if (auto c = byText(hardTextRules, facts))
        return *c;
    if (auto c = byCode(facts)) {
        if (c->reason == RateLimit && facts.status == 402 && !facts.hint)
            return make(QuotaExhausted, QLatin1String("status:402"), facts);
        return *c;
    }
    if (facts.status != 429) {
        if (auto c = byText(overflowRules, facts))
            return *c;
    }
    if (facts.status >= 300) {
        for (const StatusRule &row : statusRules) {
            if (facts.status < row.from || facts.status > row.to)
                continue;
            Classification c = make(row.reason, QLatin1String("status"), facts);
            if (facts.shouldRetry && traits(row.reason).health == HealthSignal::Failure && row.reason != Authentication && row.reason != QuotaExhausted) {
                c.retryHere = *facts.shouldRetry;
                c.rule = QLatin1String("x-should-retry");
            }
            return c;
        }
    }
    if (auto c = byTransport(facts))
        return *c;
    if (facts.malformed)
        return make(MalformedResponse, QLatin1String("body:malformed"), facts);
    if (facts.streamCut)
        return make(StreamInterrupted, QLatin1String("stream:no_end_mark"), facts);
    if (facts.empty)
        return make(MalformedResponse, QLatin1String("body:empty_answer"), facts);
    return make(Unknown, QLatin1String("unknown"), facts);
}

} // namespace retryscope
