// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace retryscope {

/// Why an attempt or a call ended as it did. The same value in log, table, legend, CLI and tests.
enum class RetryReason : std::uint8_t {
    None, ///< it succeeded
    RateLimit, NetworkTimeout, ServerError, Authentication, TemporaryFailure, Unknown, // the seed's six
    QuotaExhausted, Network, StreamInterrupted, MalformedResponse, Permission, ModelUnavailable,
    InvalidRequest, ContextLength, ContentFilter, Cancelled,
};
inline constexpr int retryReasonCount = int(RetryReason::Cancelled) + 1;

/// What a failure concerns, and so what it may block.
enum class Scope : std::uint8_t { Request, Model, Provider, Account };

/// What an ending says about the provider's health.
enum class HealthSignal : std::uint8_t { Success, Failure, Ignored };

/// Whether the provider may have received the request.
enum class Delivery : std::uint8_t { NotSent, MaybeSent, Answered };

/// Why a provider was passed over without being asked; the graver the later.
enum class SkipReason : std::uint8_t {
    None,
    LimitEmpty,  ///< the rate limit is known to be empty
    Probing,     ///< half open, and the one probe is under way
    CircuitOpen, ///< too many failures
    Blocked,     ///< a used-up quota, a missing model, or a long wait that the server asked for
    Isolated,    ///< by a person
    NoSlot,      ///< no slot became free in time
};
inline constexpr int skipReasonCount = int(SkipReason::NoSlot) + 1;
std::string_view keyOf(SkipReason reason);

/// What decided the length of a wait.
enum class DelaySource : std::uint8_t { None, Backoff, Server, Circuit, Pacing };

/// One row of the table that defines each reason.
struct ReasonTraits
{
    RetryReason reason;
    std::string_view key;  ///< wire name: log, JSON, CLI
    bool retryHere;        ///< another attempt on the same provider may help
    bool failoverHelps;    ///< another provider may help
    Scope scope;
    HealthSignal health;
};

const ReasonTraits &traits(RetryReason reason);
std::string_view keyOf(RetryReason reason);
std::string_view keyOf(HealthSignal signal);
/// request, model, provider, account.
std::string_view keyOf(Scope scope);
std::optional<Scope> scopeFromKey(std::string_view key);
std::optional<RetryReason> retryReasonFromKey(std::string_view key);

} // namespace retryscope
