// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "policy/retryreason.h"

#include <QStringList>

#include <optional>

namespace retryscope {

/// What ended an exchange below HTTP, as the runner knows it (Qt reports a timeout as a cancellation).
enum class TransportFailure : quint8 {
    None, Refused, HostNotFound, Tls, Reset, NotHttp, BadUrl, TooLarge,
    ConnectTimeout, AttemptTimeout, FirstTokenTimeout, IdleTimeout, Cancelled,
};

/// What is known about a failed attempt, free of any protocol.
struct FailureFacts
{
    TransportFailure transport = TransportFailure::None;
    int status = 0;                     ///< 0: no response head came
    QStringList codes;                  ///< every code, type, status and reason field of the body, in that order
    QString message;                    ///< the provider's own text; looked at last
    std::optional<bool> shouldRetry;    ///< x-should-retry
    std::optional<Duration> hint;       ///< how long the server asks to wait
    bool streamCut = false;             ///< ended without the protocol's end mark
    bool malformed = false;             ///< could not be decoded
    bool empty = false;                 ///< a whole answer without content
    WallTime wall{};                    ///< when it ended, for quotas that come back at a calendar time
};

/// What a failure means. `rule` names the row that decided.
struct Classification
{
    RetryReason reason = RetryReason::None;
    Scope scope = Scope::Request;
    bool retryHere = false;
    bool failoverHelps = false;
    HealthSignal health = HealthSignal::Success;
    std::optional<Duration> hint;     ///< how long the server asks to wait before the same request
    std::optional<Duration> blockFor; ///< how long `scope` is known to be unusable (used-up quota); none: not known
    int retryLimit = 0;               ///< at most this many retries for it on one provider; 0: no limit of its own
    QLatin1String rule;               ///< static text
};

/// Code fields first, then x-should-retry, status, transport; text last and never digits in it.
Classification classify(const FailureFacts &facts);

} // namespace retryscope
