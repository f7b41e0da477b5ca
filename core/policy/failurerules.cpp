// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/failurerules.h"

#include <algorithm>

namespace retryscope::rules {
namespace {

/// Nothing but a person changes it.
constexpr Outcome wrongScheme{Network, Scope::Provider, Does::Away, HealthSignal::Failure, Rank::Soft};

// Only where a provider has no code for it.
constexpr TextRule textRules[] = {
    {"fewer max_tokens", "afford", Vendor::Unknown, "text:too_dear", tooDear},
    {"can only afford", "", Vendor::Unknown, "text:too_dear", tooDear},
    {"credit balance is too low", "", Vendor::Anthropic, "anthropic:credit_balance_text", usedUp},
    {"specified api usage limits", "", Vendor::Anthropic, "anthropic:usage_limits_text", usedUp, Until::NextMonthUtc},
    {"extra usage is required", "", Vendor::Anthropic, "anthropic:extra_usage_text", tooDear},
    {"prepayment credits", "", Vendor::Google, "google:prepaid_credit_gone", usedUp},
    {"monthly spending cap", "", Vendor::Google, "google:spending_cap_text", usedUp, Until::NextMonthUtc},
    {"must be verified to", "", Vendor::OpenAi, "openai:unverified_text", notAllowed},
    {"used all available credits", "", Vendor::Xai, "xai:credits_text", usedUp},
    {"monthly spending limit", "", Vendor::Xai, "xai:credits_text", usedUp},
    {"incorrect api key", "", Vendor::Xai, "xai:api_key_text", wrongKey},
    {"api key not valid", "", Vendor::Google, "google:api_key_text", wrongKey},
    {"api key expired", "", Vendor::Google, "google:api_key_text", wrongKey},
    {"service tier capacity exceeded", "", Vendor::Mistral, "mistral:capacity_text", fullModel},
    {"requires more system memory", "", Vendor::Ollama, "ollama:memory_text", noModel},
    {"runner process", "", Vendor::Ollama, "ollama:runner_text", noModel},
    {"in v1/responses", "", Vendor::Unknown, "openai:responses_only_text", noModel},
    {"account", "suspended", Vendor::Unknown, "text:account_suspended", notAllowed},
    {"account", "deactivated", Vendor::Unknown, "text:account_suspended", notAllowed},
    {"account has been disabled", "", Vendor::Unknown, "text:account_suspended", notAllowed},
    {"account is disabled", "", Vendor::Unknown, "text:account_suspended", notAllowed},
    {"account has been terminated", "", Vendor::Unknown, "text:account_suspended", notAllowed},
    {"account has been banned", "", Vendor::Unknown, "text:account_suspended", notAllowed},
    {"account is banned", "", Vendor::Unknown, "text:account_suspended", notAllowed},
    {"organization has been disabled", "", Vendor::Unknown, "text:account_suspended", notAllowed},
    {"organization has been suspended", "", Vendor::Unknown, "text:account_suspended", notAllowed},
    {"organization is suspended", "", Vendor::Unknown, "text:account_suspended", notAllowed},
    {"n't have access to the model", "", Vendor::Unknown, "text:model_denied", deniedModel},
    {"not have access to the model", "", Vendor::Unknown, "text:model_denied", deniedModel},
    {"n't have access to this model", "", Vendor::Unknown, "text:model_denied", deniedModel},
    {"not have access to this model", "", Vendor::Unknown, "text:model_denied", deniedModel},
    {"allowed to access this model", "", Vendor::Unknown, "text:model_denied", deniedModel},
    {"model agreement", "", Vendor::Unknown, "text:model_denied", deniedModel},
    {"access was terminated", "", Vendor::Unknown, "text:account_suspended", notAllowed},
    {"failed to load model", "", Vendor::Unknown, "text:no_model", noModel},
    {"unable to load model", "", Vendor::Unknown, "text:no_model", noModel},
    {"error loading model", "", Vendor::Unknown, "text:no_model", noModel},
    {"model not exist", "", Vendor::Unknown, "text:no_model", noModel},
    {"model identifier is invalid", "", Vendor::Unknown, "text:no_model", noModel},
    {"with on-demand throughput", "", Vendor::Unknown, "text:no_model", noModel}, // Bedrock: another id is wanted
    {"with the specified model", "not work", Vendor::Unknown, "text:no_model", noModel},
    {"not a chat model", "", Vendor::Unknown, "text:no_model", noModel},
    {"model not found", "", Vendor::Unknown, "text:no_model", noModel},
    {"model does not exist", "", Vendor::Unknown, "text:no_model", noModel},
    {"unknown model", "", Vendor::Unknown, "text:no_model", noModel},
    {"no such model", "", Vendor::Unknown, "text:no_model", noModel},
    {"invalid model:", "", Vendor::Unknown, "text:no_model", noModel},
    {"invalid model name", "", Vendor::Unknown, "text:no_model", noModel},
    {"not a valid model", "", Vendor::Unknown, "text:no_model", noModel},
    {"model is not supported", "", Vendor::Unknown, "text:no_model", noModel},
    {"model is not available", "", Vendor::Unknown, "text:no_model", noModel},
    {"decommissioned", "model", Vendor::Unknown, "text:no_model", noModel},
    {"no longer available", "model", Vendor::Unknown, "text:no_model", noModel},
    {"no longer supported", "model", Vendor::Unknown, "text:no_model", noModel},
    {"has been retired", "", Vendor::Unknown, "text:no_model", noModel},
    {"does not exist or you do not have access", "", Vendor::Unknown, "text:no_model", noModel},
    {"content filtering policy", "", Vendor::Unknown, "text:content", filtered},
    {"content management policy", "", Vendor::Unknown, "text:content", filtered},
    {"content policy violation", "", Vendor::Unknown, "text:content", filtered},
    {"contentpolicyviolation", "", Vendor::Unknown, "text:content", filtered}, // LiteLLM's class
    {"content exists risk", "", Vendor::Unknown, "text:content", filtered},
    {"violates usage guidelines", "", Vendor::Unknown, "text:content", filtered},
    {"violates our usage polic", "", Vendor::Unknown, "text:content", filtered},
    {"violating our usage polic", "", Vendor::Unknown, "text:content", filtered},
    {"our safety system", "", Vendor::Unknown, "text:content", filtered},
    // An address that takes https only, asked without
    {"http request was sent to https port", "", Vendor::Unknown, "text:scheme", wrongScheme},
    {"http request to an https server", "", Vendor::Unknown, "text:scheme", wrongScheme},
    {"plain http to an ssl-enabled", "", Vendor::Unknown, "text:scheme", wrongScheme},
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
    {"trying to keep the first", "context", Vendor::Unknown, "text:context_length", tooLong}, // LM Studio
    {"is longer than the model's context length", "", Vendor::Unknown, "text:context_length", tooLong},
    {"context length of only", "", Vendor::Unknown, "text:context_length", tooLong},
    {"context the overflows", "", Vendor::Unknown, "text:context_length", tooLong},
    {"context overflow", "", Vendor::Unknown, "text:context_length", tooLong},
    {"less than the context length", "", Vendor::Unknown, "text:context_length", tooLong},
    {"exceeds the context length", "", Vendor::Unknown, "text:context_length", tooLong},
    {"exceed the context length", "", Vendor::Unknown, "text:context_length", tooLong},
    {"exceeds context length", "", Vendor::Unknown, "text:context_length", tooLong},
    {"exceeds the model", "context", Vendor::Unknown, "text:context_length", tooLong},
    {"exceeds the max", "context", Vendor::Unknown, "text:context_length", tooLong},
    {"larger than the context", "", Vendor::Unknown, "text:context_length", tooLong},
    {"longer than the context", "", Vendor::Unknown, "text:context_length", tooLong},
    {"beyond the context", "", Vendor::Unknown, "text:context_length", tooLong},
    {"context window is exceeded", "", Vendor::Unknown, "text:context_length", tooLong},
    {"context length exceeded", "", Vendor::Unknown, "text:context_length", tooLong},
    {"context window exceeded", "", Vendor::Unknown, "text:context_length", tooLong},
    {"exceeds maximum context", "", Vendor::Unknown, "text:context_length", tooLong},
    {"maximum context size", "", Vendor::Unknown, "text:context_length", tooLong},
    {"too many tokens", "prompt", Vendor::Unknown, "text:context_length", tooLong},
    {"too many tokens", "input", Vendor::Unknown, "text:context_length", tooLong},
    {"too many tokens", "context", Vendor::Unknown, "text:context_length", tooLong},
    {"tokens in the prompt cannot exceed", "", Vendor::Unknown, "text:context_length", tooLong},
    {"a shorter prompt", "", Vendor::Unknown, "text:context_length", tooLong},
    {"prompt is too large", "", Vendor::Unknown, "text:context_length", tooLong},
    {"prompt too long", "", Vendor::Unknown, "text:context_length", tooLong},
    {"input is too long", "", Vendor::Unknown, "text:context_length", tooLong},
    {"input too long", "", Vendor::Unknown, "text:context_length", tooLong},
    {"input length exceeds", "", Vendor::Unknown, "text:context_length", tooLong},
    {"range of input length", "", Vendor::Unknown, "text:context_length", tooLong},
    {"maximum number of tokens", "exceed", Vendor::Unknown, "text:context_length", tooLong},
    {"maximum sequence length", "", Vendor::Unknown, "text:context_length", tooLong},
    {"maximum input length", "", Vendor::Unknown, "text:context_length", tooLong},
    {"shorten your prompt", "", Vendor::Unknown, "text:context_length", tooLong},
    {"reduce the length of your", "", Vendor::Unknown, "text:context_length", tooLong},
    {"longer than the maximum model length", "", Vendor::Unknown, "text:context_length", tooLong},
    {"request body too large for", "tokens", Vendor::Unknown, "text:context_length", tooLong},
    {"`inputs`", "tokens", Vendor::Unknown, "text:context_length", tooLong}, // text-generation-inference
    {"max_prompt_tokens", "", Vendor::Unknown, "text:context_length", tooLong},
};

constexpr Outcome busyStatus{TemporaryFailure, Scope::Provider, Does::Retry, HealthSignal::Failure, Rank::Weak};
constexpr Outcome limitedStatus{RateLimit, Scope::Model, Does::Retry, HealthSignal::Failure, Rank::Weak};

constexpr StatusRule statusRules[] = {
    {400, 400, "status:400", invalid},
    {401, 401, "status:401", wrongKey},
    {402, 402, "status:402", usedUp},
    {403, 403, "status:403", notAllowed},
    {404, 404, "status:404", {ModelUnavailable, Scope::Model, Does::Away, HealthSignal::Ignored, Rank::Weak}},
    {405, 405, "status:405", wrongAddress},
    {407, 407, "status:407", {Network, Scope::Provider, Does::Away, HealthSignal::Failure, Rank::Weak}},
    {408, 408, "status:408", broken},
    {409, 409, "status:409", conflict},
    {410, 410, "status:410", {ModelUnavailable, Scope::Model, Does::Away, HealthSignal::Ignored, Rank::Weak}},
    {412, 412, "status:412", notAllowed},
    {413, 413, "status:413", invalid},
    {422, 422, "status:422", invalid},
    {425, 425, "status:425", conflict},
    {429, 429, "status:429", limitedStatus},
    {446, 446, "status:446", filtered}, // a gateway's guardrail
    {451, 451, "status:451", notAllowed},
    {498, 498, "status:498", busyStatus},
    {500, 500, "status:500", broken},
    {501, 501, "status:501", invalid},
    {502, 502, "status:502", broken},
    {503, 503, "status:503", busyStatus},
    {504, 504, "status:504", broken},
    {505, 505, "status:505", invalid},
    {511, 511, "status:511", // a network that wants a login first
     {Network, Scope::Provider, Does::Away, HealthSignal::Failure, Rank::Weak}},
    {520, 520, "status:520", broken},
    {524, 524, "status:524",
     {ServerError, Scope::Provider, Does::Away, HealthSignal::Failure, Rank::Weak}}, // silence, told by the proxy
    {529, 529, "status:529", busyStatus},
    {300, 399, "status:3xx",
     {Network, Scope::Provider, Does::Away, HealthSignal::Ignored, Rank::Weak}}, // base_url is out of date
    {400, 499, "status:4xx", invalidHere}, // not known to be the caller's own mistake
    {500, 599, "status:5xx", broken},
    {600, 999, "status:other", {MalformedResponse, Scope::Provider, Does::Retry, HealthSignal::Failure, Rank::Weak}},
};

constexpr Outcome unreachable{Network, Scope::Provider, Does::Retry, HealthSignal::Failure, Rank::Soft};
constexpr Outcome misconfigured{Network, Scope::Provider, Does::Away, HealthSignal::Failure,
                                Rank::Soft}; // nothing but a person changes it
constexpr Outcome unreadable{MalformedResponse, Scope::Provider, Does::Away, HealthSignal::Failure,
                             Rank::Soft}; // it would come again
constexpr Outcome silent{NetworkTimeout, Scope::Provider, Does::Away, HealthSignal::Failure, Rank::Soft};

constexpr TransportRule transportRules[] = {
    {TransportFailure::Refused, "transport:refused", unreachable},
    {TransportFailure::HostNotFound, "transport:host_not_found", unreachable},
    {TransportFailure::Tls, "transport:tls", misconfigured},
    {TransportFailure::Reset, "transport:reset", unreachable},
    {TransportFailure::NotHttp, "transport:not_http", unreadable},
    {TransportFailure::BadUrl, "transport:bad_url", wrongAddress},
    {TransportFailure::TooLarge, "transport:too_large",
     {MalformedResponse, Scope::Request, Does::Away, HealthSignal::Ignored, Rank::Soft}},
    {TransportFailure::ConnectTimeout, "timeout:connect",
     {NetworkTimeout, Scope::Provider, Does::Retry, HealthSignal::Failure, Rank::Soft}},
    {TransportFailure::AttemptTimeout, "timeout:attempt", silent},
    {TransportFailure::FirstTokenTimeout, "timeout:first_token", silent},
    {TransportFailure::IdleTimeout, "timeout:idle", silent},
    {TransportFailure::StreamTimeout, "timeout:stream",
     {StreamInterrupted, Scope::Request, Does::Away, HealthSignal::Ignored, Rank::Soft}},
    {TransportFailure::Cancelled, "transport:cancelled",
     {Cancelled, Scope::Request, Does::Stop, HealthSignal::Ignored, Rank::Hard}},
    {TransportFailure::Certificate, "transport:certificate", misconfigured},
    {TransportFailure::WrongScheme, "transport:scheme", misconfigured},
    {TransportFailure::Proxy, "transport:proxy", unreachable},
    {TransportFailure::HeadTooLarge, "transport:head_too_large", unreadable},
};

constexpr std::size_t gram = 4; ///< no phrase is shorter
constexpr std::size_t gramSlots = 1 << 12;
constexpr std::size_t gramSlot(const char *at)
{
    std::uint32_t letters = 0;
    for (std::size_t i = 0; i < gram; ++i)
        letters |= std::uint32_t(std::uint8_t(at[i])) << 8 * i;
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
const TextRule *findPhrase(const TextRule (&table)[N], const std::array<bool, gramSlots> &begins,
                           std::string_view message, Vendor vendor)
{
    const TextRule *best = nullptr;
    for (std::size_t i = 0; i + gram <= message.size(); ++i) {
        if (!begins[gramSlot(message.data() + i)])
            continue;
        for (const TextRule &row : table) {
            if ((!best || &row < best) && message.substr(i).starts_with(row.phrase)
                && (row.vendor == Vendor::Unknown || vendor == Vendor::Unknown || vendor == row.vendor)
                && (row.also.empty() || message.find(row.also) != std::string_view::npos))
                best = &row;
        }
    }
    return best;
}

} // namespace

const TextRule *findText(std::string_view message, Vendor vendor)
{
    return findPhrase(textRules, textBeginnings, message, vendor);
}

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
    const auto row = std::find_if(std::begin(statusRules), std::end(statusRules),
                                  [&](const StatusRule &r) { return status >= r.from && status <= r.to; });
    return row == std::end(statusRules) ? nullptr : row;
}

const TransportRule *findTransport(TransportFailure failure)
{
    const auto row = std::find_if(std::begin(transportRules), std::end(transportRules),
                                  [&](const TransportRule &r) { return r.failure == failure; });
    return row == std::end(transportRules) ? nullptr : row;
}

} // namespace retryscope::rules
