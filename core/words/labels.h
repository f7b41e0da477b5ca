// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/healthsnapshot.h"
#include "telemetry/event.h"

#include <QCoreApplication>

namespace retryscope {

/// The context of every sentence in this room: Words::tr("...").
struct Words { Q_DECLARE_TR_FUNCTIONS(retryscope::Words) };

/// The one word for each value that a person reads, beginning with a capital: "Rate limited", "Second choice", "Probing".
QString toLabel(RetryReason reason);
QString toLabel(SkipReason reason);
QString toLabel(CallOutcome outcome);
QString toLabel(ProviderState state);
QString toLabel(ServiceState state);
QString toLabel(CircuitState state);
QString toLabel(EventKind kind);

/// In the middle of a sentence: the label without its capital.
template <typename Value> QString inSentence(Value value)
{
    const QString label = toLabel(value);
    return label.left(1).toLower() + label.mid(1);
}

/// "1 attempt", "2 attempts": `one` holds no number, `many` one place "%1".
QString counted(quint64 n, const QString &one, const QString &many);
QString attemptsText(quint64 n);   ///< "1 attempt", "3 attempts"
QString retriesText(quint64 n);    ///< "1 retry", "3 retries"
QString failoversText(quint64 n);  ///< "1 failover", "3 failovers"
QString callsText(quint64 n);      ///< "1 call", "3 calls"
/// US dollars to three digits that count, never with an exponent: "$0.00008", "$0.000246", "$1.25", "$1234.50".
QString moneyText(double usd);
/// "2 retries, 1 failover", as they are counted everywhere; "no retries" where there is neither.
QString nextAttemptsText(quint64 retries, quint64 failovers);

} // namespace retryscope
