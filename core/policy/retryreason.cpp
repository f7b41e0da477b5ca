// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/retryreason.h"

namespace retryscope {
namespace {

using enum RetryReason;
using enum HealthSignal;

//   reason             key                     label                     here   over   scope            health
constexpr std::array<ReasonTraits, retryReasonCount> table{{
    {None,              "none",                 "Succeeded",              false, false, Scope::Request,  Success},
    {RateLimit,         "rate_limit",           "Rate limited",           true,  true,  Scope::Model,    Failure},
    {NetworkTimeout,    "network_timeout",      "Timed out",              false, true,  Scope::Provider, Failure},
    {ServerError,       "server_error",         "Server error",           true,  true,  Scope::Provider, Failure},
    {Authentication,    "authentication",       "Key rejected",           false, true,  Scope::Account,  Failure},
    {TemporaryFailure,  "temporary_failure",    "Overloaded",             true,  true,  Scope::Provider, Failure},
    {Unknown,           "unknown",              "Unknown",                false, true,  Scope::Request,  Ignored},
    {QuotaExhausted,    "quota_exhausted",      "Quota used up",          false, true,  Scope::Account,  Failure},
    {Network,           "network",              "Network",                true,  true,  Scope::Provider, Failure},
    {StreamInterrupted, "stream_interrupted",   "Stream cut",             true,  true,  Scope::Provider, Failure},
    {MalformedResponse, "malformed_response",   "Malformed answer",       true,  true,  Scope::Provider, Failure},
    {Permission,        "permission",           "Not permitted",          false, true,  Scope::Account,  Ignored},
    {ModelUnavailable,  "model_unavailable",    "Model unavailable",      false, true,  Scope::Model,    Ignored},
    {InvalidRequest,    "invalid_request",      "Invalid request",        false, false, Scope::Request,  Ignored},
    {ContextLength,     "context_length",       "Prompt too long",        false, false, Scope::Request,  Ignored},
    {ContentFilter,     "content_filter",       "Content refused",        false, false, Scope::Request,  Ignored},
    {Cancelled,         "cancelled",            "Cancelled",              false, false, Scope::Request,  Ignored},
}};

} // namespace

const ReasonTraits &traits(RetryReason reason) { return table[std::size_t(reason)]; }
QString toKey(RetryReason reason) { return QString::fromLatin1(traits(reason).key); }
QString toLabel(RetryReason reason) { return QString::fromLatin1(traits(reason).label); }

QString toKey(HealthSignal signal)
{
    static constexpr std::array keys{"success", "failure", "ignored"};
    return QString::fromLatin1(keys[std::size_t(signal)]);
}

QString toKey(SkipReason reason)
{
    static constexpr std::array keys{"none", "limit_empty", "probing", "circuit_open", "blocked", "isolated", "no_slot"};
    return QString::fromLatin1(keys[std::size_t(reason)]);
}

std::optional<RetryReason> retryReasonFromKey(QStringView key)
{
    for (const ReasonTraits &row : table) {
        if (key == QLatin1String(row.key))
            return row.reason;
    }
    return std::nullopt;
}

} // namespace retryscope
