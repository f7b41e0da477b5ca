// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/retryreason.h"

namespace retryscope {
namespace {

using enum RetryReason;
using enum HealthSignal;

//   reason             key                     here   over   scope            health
constexpr std::array<ReasonTraits, retryReasonCount> table{{
    {None,              "none",                 false, false, Scope::Request,  Success},
    {RateLimit,         "rate_limit",           true,  true,  Scope::Model,    Failure},
    {NetworkTimeout,    "network_timeout",      false, true,  Scope::Provider, Failure},
    {ServerError,       "server_error",         true,  true,  Scope::Provider, Failure},
    {Authentication,    "authentication",       false, true,  Scope::Account,  Failure},
    {TemporaryFailure,  "temporary_failure",    true,  true,  Scope::Provider, Failure},
    {Unknown,           "unknown",              false, true,  Scope::Request,  Ignored},
    {QuotaExhausted,    "quota_exhausted",      false, true,  Scope::Account,  Failure},
    {Network,           "network",              true,  true,  Scope::Provider, Failure},
    {StreamInterrupted, "stream_interrupted",   true,  true,  Scope::Provider, Failure},
    {MalformedResponse, "malformed_response",   true,  true,  Scope::Provider, Failure},
    {Permission,        "permission",           false, true,  Scope::Account,  Ignored},
    {ModelUnavailable,  "model_unavailable",    false, true,  Scope::Model,    Ignored},
    {InvalidRequest,    "invalid_request",      false, false, Scope::Request,  Ignored},
    {ContextLength,     "context_length",       false, false, Scope::Request,  Ignored},
    {ContentFilter,     "content_filter",       false, false, Scope::Request,  Ignored},
    {Cancelled,         "cancelled",            false, false, Scope::Request,  Ignored},
}};

} // namespace

const ReasonTraits &traits(RetryReason reason) { return table[std::size_t(reason)]; }
std::string_view keyOf(RetryReason reason) { return traits(reason).key; }

std::string_view keyOf(HealthSignal signal)
{
    static constexpr std::array keys{"success", "failure", "ignored"};
    return keys[std::size_t(signal)];
}

static constexpr std::array<std::string_view, 4> scopeKeys{"request", "model", "provider", "account"};
std::string_view keyOf(Scope scope) { return scopeKeys[std::size_t(scope)]; }
std::optional<Scope> scopeFromKey(std::string_view key)
{
    for (std::size_t i = 0; i < scopeKeys.size(); ++i) {
        if (key == scopeKeys[i])
            return Scope(i);
    }
    return std::nullopt;
}

std::string_view keyOf(SkipReason reason)
{
    static constexpr std::array keys{"none",    "limit_empty", "probing", "circuit_open",
                                     "blocked", "isolated",    "no_slot"};
    return keys[std::size_t(reason)];
}

std::optional<RetryReason> retryReasonFromKey(std::string_view key)
{
    for (const ReasonTraits &row : table) {
        if (key == row.key)
            return row.reason;
    }
    return std::nullopt;
}

} // namespace retryscope
