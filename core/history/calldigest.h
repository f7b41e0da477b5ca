// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "history/historyvalues.h"

namespace retryscope {

/// One stop of a call: somebody who was asked, or passed over.
struct CallStop
{
    ProviderId provider;
    QString model;
    SkipReason skip = SkipReason::None;     ///< passed over, and why; else it was asked
    int attempts = 0;
    RetryReason reason = RetryReason::None; ///< how its last attempt failed; None: it answered, or none has ended
    bool operator==(const CallStop &) const = default;
};

/// A call in one line, made from its events. A call without an end was still running when its program was closed, or is.
struct CallDigest
{
    qint64 run = 0;
    CallId call;
    WallTime started{};
    QVector<CallStop> route;       ///< in the order of the call; who is asked again without another between is one stop
    bool finished = false;
    CallOutcome outcome = CallOutcome::None;
    RetryReason reason = RetryReason::None;
    QString finish;                ///< the answer's finish reason; empty: not known
    QString finishReason;          ///< where that is other: the provider's own word
    QString rule;                  ///< which rule ended it
    int attempts = 0;
    Duration duration{};           ///< 0 without an end
    std::optional<int> tokensIn, tokensOut;
    std::optional<double> costUsd;
    bool simulated = false;
    bool operator==(const CallDigest &) const = default;
};
CallDigest digestOf(const StoredCall &call);
QJsonObject toJson(const CallDigest &digest);

/// A call's name that is unique among all programs that share a history, short enough to type: "RUN-CALL", the run in base 36.
QString callName(qint64 run, CallId call);
/// None for a text that is no such name.
std::optional<std::pair<qint64, CallId>> callFromName(const QString &name);

} // namespace retryscope
