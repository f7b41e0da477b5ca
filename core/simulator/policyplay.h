// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/ids.h"
#include "policy/callmachine.h"
#include "policy/ownrules.h"

namespace retryscope {

/// What one call meets: attempts that fail in one way, at one provider or at every one.
struct PlayScenario
{
    RetryReason reason = RetryReason::ServerError;
    /// How long an attempt lasts, failed or answered. Longer than its limit: the limit ends it. NetworkTimeout ignores it: every
    /// attempt there is silence until its limit.
    Duration after = 300ms;
    std::optional<Duration>
        hint; ///< how long the failing server asks to wait; only with RateLimit and TemporaryFailure
    ProviderId failing;            ///< the provider that fails, the others answer; empty: all fail
    bool streamed = true;          ///< the first-token timeout counts too
};

/// One thing that happened in a play, at `at` after the call's start.
struct PlayStep
{
    enum class Kind : quint8 { Attempt, Wait, Failover, Skip, End };
    Kind kind = Kind::End;
    Duration at{};
    Duration length{};                      ///< Attempt, Wait
    ProviderId
        provider; ///< asked; Wait: whom it is for (empty: whoever is back first); Failover: the next one; Skip: passed over
    ProviderId from;                        ///< Failover
    int attempt = 0;                        ///< Attempt: its number; else of the last one
    RetryReason reason = RetryReason::None; ///< how the attempt or the call ended; else why the step was taken
    QLatin1String rule; ///< Attempt: what classified it; Failover: why not here again; End: what ended the call
    DelaySource source = DelaySource::None; ///< Wait
    SkipReason skip = SkipReason::None;     ///< Skip
    Duration shortest{}, longest{};         ///< Wait: what other chance would have made of `length`
    bool billable = false;                  ///< Attempt: may be billed; a refusal is not, an answer or silence may be
    bool limited = false;                   ///< Attempt: ended by its own time limit
    bool operator==(const PlayStep &) const = default;
};

/// One call, played on virtual time by the machine that the engine runs.
struct PolicyPlay
{
    QVector<PlayStep> steps;         ///< in order of time; the last is the end
    int attempts = 0;
    int billable = 0;
    Duration total{};
    RetryReason reason = RetryReason::None; ///< None: answered
    std::optional<Duration> retryIn; ///< when it would have worked, where that is known
};

/// Plays one call down `chain` with all circuits closed, a full retry budget and every slot free. Other calls, active probes
/// and limits learned from headers are not part of it. Pure: the same draws give the same play. Ends after 200 attempts
/// at the latest, whatever the configuration says. The ranges of the first 24 waits are found by playing again up to each
/// with chance at both ends; a wait so long that the machine would not make it is not in the range.
/// `rules`: a person's own, asked before ours.
PolicyPlay playPolicy(const RetryConfig &config, const Targets &chain, const PlayScenario &scenario,
                      RandomSource &random, const OwnRules &rules = {});

/// The same without the ranges of waits, which cost most of it.
PolicyPlay playOnce(const RetryConfig &config, const Targets &chain, const PlayScenario &scenario, RandomSource &random,
                    const OwnRules &rules = {});

/// What many plays of one scenario have in common.
struct PlaySummary
{
    int attempts = 0;       ///< most
    int billable = 0;       ///< most
    Duration longest{};
    Duration typical{};     ///< median
    QLatin1String rule;     ///< what ended the longest
    RetryReason reason = RetryReason::None; ///< of the longest
    bool answered = false;  ///< each of them
};
/// The play with the lowest draws, the one with the highest, and `samples` between: so many that the median's two digits
/// are the same with other luck.
PlaySummary summarizePlays(const RetryConfig &config, const Targets &chain, const PlayScenario &scenario, quint64 seed,
                           const OwnRules &rules = {}, int samples = 2'000);

} // namespace retryscope
