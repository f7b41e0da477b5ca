// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/callmachine.h"
#include "policy/ownrules.h"

#include <QString>
#include <QVector>

namespace retryscope {

/// A value that is valid and does not do what somebody who writes it wants; each can be shown on the call machine.
/// | rule                 | what is so                                                                                  |
/// | NothingFits          | the deadline is shorter than the shortest attempt: no call is ever tried                    |
/// | NoSecondAttempt      | even where the first attempt fails at once, no second one fits the deadline                 |
/// | AttemptsNeverFit     | even where all fail at once, fewer attempts fit the deadline than may be made               |
/// | SilenceTakesAll      | a silent provider takes the whole deadline, and nobody else is asked                        |
/// | NoneLeftForOthers    | the first provider uses up all attempts, and the next one, which is well, is not asked      |
/// | NoRetryBudget        | share and floor are 0: no retry is ever made                                                |
/// | BudgetNeverHolds     | the share allows every retry that max attempts allows                                       |
/// | BudgetCannotSave     | calls and their retries are more than is served: load x (1 + share) > capacity              |
/// | SpentQuotaRetried    | an own rule repeats a prompt where the quota is used up                                     |
/// | HintsIgnored         | the server's word on when to come back is not waited for: a spent limit is met again        |
/// | RetriesWithoutEffect | attempts for a reason after which another attempt on the same provider is never made        |
/// | NoWait               | the base delay is 0: each retry comes at once                                               |
/// | FirstTokenUnreached  | the attempt timeout ends an attempt before its first-token timeout does                     |
/// | ConnectUnreached     | the attempt timeout ends an attempt before its connect timeout does                         |
/// | IdleUnreached        | the stream timeout ends a stream before its idle timeout does                               |
/// | SlowUnreached        | an answer is cut before it counts as slow                                                   |
/// | OneFailureOpens      | one failure in so few calls opens the circuit                                               |
/// | ClosesLate           | no free probe, and the circuit may stay open for longer than a quarter of an hour           |
/// | KeyNobodyTakes       | repeats need an idempotency key, and no provider takes one                                  |
enum class LintRule : quint8 {
    NothingFits,
    NoSecondAttempt,
    AttemptsNeverFit,
    SilenceTakesAll,
    NoneLeftForOthers,
    NoRetryBudget,
    BudgetNeverHolds,
    BudgetCannotSave,
    SpentQuotaRetried,
    HintsIgnored,
    RetriesWithoutEffect,
    NoWait,
    FirstTokenUnreached,
    ConnectUnreached,
    IdleUnreached,
    SlowUnreached,
    OneFailureOpens,
    ClosesLate,
    KeyNobodyTakes,
};
inline constexpr int lintRuleCount = int(LintRule::KeyNobodyTakes) + 1;

struct LintFinding
{
    LintRule rule = LintRule::NothingFits;
    QString where;             ///< a path in the configuration file, such as retry.deadline_s or rules[0].retry_here
    Duration limit{};          ///< the one that is named first in the rule
    Duration other{};          ///< what it is compared with
    int made = 0, allowed = 0; ///< attempts
    RetryReason reason = RetryReason::None;
    double load = 0, capacity = 0, share = 0; ///< BudgetCannotSave: calls a second, and the retry share
    bool operator==(const LintFinding &) const = default;
};

/// How many calls come, and how many are served.
struct LintLoad
{
    double perSecond = 0, served = 0;
};

/// What is wrong with a configuration that is valid, in the order of the rules. An empty chain: only what needs none.
/// Pure, and quick enough for every edit (a few plays of one call).
QVector<LintFinding> lint(const RetryConfig &config, const Targets &chain, const OwnRules &rules = {},
                          const std::optional<LintLoad> &load = {});

} // namespace retryscope
