// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/failureclassifier.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

/// The tables behind classify(): one row for each error that a provider is known to send.
namespace retryscope::rules {

/// Stop: nobody would take it. Away: another provider may. Retry: this one may, later, and another may too.
enum class Does : std::uint8_t { Stop, Away, Retry };

/// Hard: decides alone. Soft: x-should-retry may change it. Weak: a general word that only restates the status, so
/// the status must agree and text that says more comes first.
enum class Rank : std::uint8_t { Hard, Soft, Weak };

struct Outcome
{
    RetryReason reason;
    Scope scope;
    Does does;
    HealthSignal health;
    Rank rank;
};

using enum RetryReason;
inline constexpr Outcome usedUp{QuotaExhausted, Scope::Account, Does::Away, HealthSignal::Ignored, Rank::Hard};
inline constexpr Outcome usedUpModel{QuotaExhausted, Scope::Model, Does::Away, HealthSignal::Ignored, Rank::Hard};
inline constexpr Outcome wrongKey{Authentication, Scope::Account, Does::Away, HealthSignal::Ignored, Rank::Hard};
inline constexpr Outcome notAllowed{Permission, Scope::Account, Does::Away, HealthSignal::Ignored, Rank::Hard};
inline constexpr Outcome noModel{ModelUnavailable, Scope::Model, Does::Away, HealthSignal::Ignored, Rank::Hard};
inline constexpr Outcome deniedModel{Permission, Scope::Model, Does::Away, HealthSignal::Ignored, Rank::Hard};
/// The money left does for a smaller request.
inline constexpr Outcome tooDear{QuotaExhausted, Scope::Request, Does::Away, HealthSignal::Ignored, Rank::Hard};
/// A larger window may stand next in the chain.
inline constexpr Outcome tooLong{ContextLength, Scope::Request, Does::Away, HealthSignal::Ignored, Rank::Hard};
/// By the model, not by a filter: vendors say to ask another one.
inline constexpr Outcome refused{ContentFilter, Scope::Request, Does::Away, HealthSignal::Ignored, Rank::Hard};
inline constexpr Outcome filtered{ContentFilter, Scope::Request, Does::Stop, HealthSignal::Ignored, Rank::Hard};
inline constexpr Outcome refusedRequest{InvalidRequest, Scope::Request, Does::Stop, HealthSignal::Ignored, Rank::Hard};
inline constexpr Outcome invalid{InvalidRequest, Scope::Request, Does::Stop, HealthSignal::Ignored, Rank::Weak};
inline constexpr Outcome invalidHere{InvalidRequest, Scope::Request, Does::Away, HealthSignal::Ignored, Rank::Weak};
/// No API stands at this address: a page, a redirect, a path that nobody serves.
inline constexpr Outcome elsewhere{MalformedResponse, Scope::Provider, Does::Away, HealthSignal::Ignored, Rank::Weak};
inline constexpr Outcome wrongAddress{InvalidRequest, Scope::Provider, Does::Away, HealthSignal::Ignored, Rank::Weak};
inline constexpr Outcome limited{RateLimit, Scope::Model, Does::Retry, HealthSignal::Failure, Rank::Soft};
inline constexpr Outcome ownBudget{RateLimit, Scope::Account, Does::Retry, HealthSignal::Ignored, Rank::Soft};
inline constexpr Outcome overloaded{TemporaryFailure, Scope::Provider, Does::Retry, HealthSignal::Failure, Rank::Soft};
inline constexpr Outcome fullModel{TemporaryFailure, Scope::Model, Does::Retry, HealthSignal::Failure, Rank::Soft};
inline constexpr Outcome ownKeyStore{TemporaryFailure, Scope::Account, Does::Retry, HealthSignal::Ignored, Rank::Soft};
inline constexpr Outcome broken{ServerError, Scope::Provider, Does::Retry, HealthSignal::Failure, Rank::Weak};
/// Two requests met; nobody is ill.
inline constexpr Outcome conflict{ServerError, Scope::Request, Does::Retry, HealthSignal::Ignored, Rank::Weak};
/// The model wrote something unusable: its dice, not the provider's health.
inline constexpr Outcome badOutput{MalformedResponse, Scope::Request, Does::Retry, HealthSignal::Ignored, Rank::Soft};

/// When a used-up quota is known to come back, where the response does not say.
enum class Until : std::uint8_t { Unknown, NextMonthUtc, MidnightPacific };

/// What has to be looked at beside the code.
enum class Twist : std::uint8_t { None, GoogleQuota, InFlight, TooLargeAt413 };

struct CodeRule
{
    std::string_view code; ///< lower case
    const char *rule;
    Outcome what;
    std::uint8_t retryLimit = 0;
    std::uint16_t wait = 0; ///< s, where the response does not say
    Until until = Until::Unknown;
    Twist twist = Twist::None;
};

/// The most telling row for these codes; none where none is known.
const CodeRule *findCode(std::span<const std::string> codes);

struct TextRule
{
    std::string_view phrase;
    std::string_view also; ///< must occur too; empty: nothing
    Vendor vendor;         ///< where it is looked for; Unknown: everywhere
    const char *rule;
    Outcome what;
    Until until = Until::Unknown;
};

/// Lower-cased message in; the first row that matches.
const TextRule *findText(std::string_view message, Vendor vendor);
/// Phrases that mean a prompt beyond the context window.
const TextRule *findOverflow(std::string_view message);

struct StatusRule
{
    int from, to;
    const char *rule;
    Outcome what;
    std::uint8_t retryLimit = 0;
};
const StatusRule *findStatus(int status);

struct TransportRule
{
    TransportFailure failure;
    const char *rule;
    Outcome what;
};
const TransportRule *findTransport(TransportFailure failure);

} // namespace retryscope::rules
