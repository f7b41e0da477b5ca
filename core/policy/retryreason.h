// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QMetaType>
#include <QString>
#include <QStringView>

#include <array>
#include <optional>

namespace retryscope {

/// Why an attempt or a call ended as it did. The same value in log, table, legend, CLI and tests.
enum class RetryReason : quint8 {
    None, ///< it succeeded
    RateLimit, NetworkTimeout, ServerError, Authentication, TemporaryFailure, Unknown, // the seed's six
    QuotaExhausted, Network, StreamInterrupted, MalformedResponse, Permission, ModelUnavailable,
    InvalidRequest, ContextLength, ContentFilter, Cancelled,
};
inline constexpr int retryReasonCount = int(RetryReason::Cancelled) + 1;

/// What a failure concerns, and so what it may block.
enum class Scope : quint8 { Request, Model, Provider, Account };

/// What an ending says about the provider's health.
enum class HealthSignal : quint8 { Success, Failure, Ignored };

/// Whether the provider may have received the request.
enum class Delivery : quint8 { NotSent, MaybeSent, Answered };

/// Why a provider was passed over without being asked; the graver the later.
enum class SkipReason : quint8 {
    None,
    LimitEmpty,  ///< the rate limit is known to be empty
    Probing,     ///< half open, and the one probe is under way
    CircuitOpen, ///< too many failures
    Blocked,     ///< a used-up quota, a missing model, or a long wait that the server asked for
    Isolated,    ///< by a person
    NoSlot,      ///< no slot became free in time
};
inline constexpr int skipReasonCount = int(SkipReason::NoSlot) + 1;
QString toKey(SkipReason reason);

/// What decided the length of a wait.
enum class DelaySource : quint8 { None, Backoff, Server, Circuit, Pacing };

/// One row of the table that defines each reason.
struct ReasonTraits
{
    RetryReason reason;
    const char *key;       ///< wire name: log, JSON, CLI
    bool retryHere;        ///< another attempt on the same provider may help
    bool failoverHelps;    ///< another provider may help
    Scope scope;
    HealthSignal health;
};

const ReasonTraits &traits(RetryReason reason);
QString toKey(RetryReason reason);
QString toKey(HealthSignal signal);
/// request, model, provider, account.
QString toKey(Scope scope);
std::optional<Scope> scopeFromKey(QStringView key);
std::optional<RetryReason> retryReasonFromKey(QStringView key);

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::RetryReason)
