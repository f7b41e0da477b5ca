// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/moments.h"

#include <cmath>
#include <functional>

namespace retryscope {

/// What is measured of a run, in this order.
enum class Measure : quint8 {
    Success, ///< share of calls that were answered
    P50,
    P95,
    P99,        ///< s, of answered calls
    Attempts,   ///< for each call
    Failovers,  ///< attempts for each call that went on to another provider
    Peak,       ///< attempts of the worst second, for each call of a mean second
    Limited,    ///< share of attempts that met a rate limit
    Wasted,     ///< tokens for each call that were worked on for nothing
    Recovery,   ///< s from the last fault's end until the last call that failed
    Cost,       ///< US dollars for each call
    WastedCost, ///< of them for nothing
    Whole,      ///< share of tasks of several calls of which all were answered
    TaskP50,    ///< s, of those tasks
    SlotWait,   ///< s for each call that its attempts waited for a slot of the policy's own
};
inline constexpr int measureCount = int(Measure::SlotWait) + 1;
/// The key of a measure in files: success, p50_s, ...
QString toKey(Measure measure);
/// Of all others less is better.
constexpr bool isMoreBetter(Measure measure) { return measure == Measure::Success || measure == Measure::Whole; }
constexpr bool isMoney(Measure measure) { return measure == Measure::Cost || measure == Measure::WastedCost; }
/// Without a value it is not told at all: prices are not known, or no task has several calls.
constexpr bool isToldWhereKnown(Measure measure)
{
    return isMoney(measure) || measure == Measure::Whole || measure == Measure::TaskP50;
}
/// None: nothing was answered, the scenario has no fault or no tasks, or a price is not known.
std::optional<double> valueOf(Measure measure, const SimulationResult &run);

/// What a share is of, in one replication.
struct ShareOf
{
    double part = 0, whole = 0;
};
/// Shares of events that may be rare: calls that failed, attempts that were limited, tasks that were not whole.
inline constexpr Measure rareShares[] = {Measure::Success, Measure::Limited, Measure::Whole};
using RunShares = std::array<ShareOf, std::size(rareShares)>;
RunShares sharesOf(const SimulationResult &run);

/// The seed of a study's replication `n`: studies of neighbouring seeds have no day in common.
quint64 daySeed(quint64 seed, quint64 n);

/// A mean over replications and the half width of its 95 % interval (Student's t); none where there is too little to say.
struct Estimate
{
    double mean = 0;
    std::optional<double> halfWidth;
    int replications = 0; ///< that had a value
};
/// None: no replication had a value.
std::optional<Estimate> estimate(const std::vector<std::optional<double>> &values);

/// Several policies, each through the same days.
struct Study
{
    Scenario scenario;
    QVector<SimulatedPolicy> policies;
    int replications = 20; ///< from 2
    quint64 seed = 1;      ///< replication n has daySeed(seed, n)
    int threads = 0;       ///< 0: as many as there are cores
};

struct StudyResult
{
    /// By policy, then by replication.
    std::vector<std::vector<std::array<std::optional<double>, measureCount>>> values;
    /// By policy, then by replication; empty: not known, and the intervals of shares are Student's alone.
    std::vector<std::vector<RunShares>> shares;
    /// By policy: what moments() is made of. Of each policy's replications from the first on that are all there.
    std::vector<MomentSums> sums;
    quint64 digest = 0; ///< of all runs: equal for equal studies, on however many threads
    quint64 events = 0;
    /// False: it was stopped, and `values` are of the replications from the first on that all policies have played.
    bool complete = false;
    bool tooMany = false; ///< it was ended as a day makes more calls than Scenario::mostCalls

    int replications() const { return values.empty() ? 0 : int(values.front().size()); }
    /// Over virtual time; each is momentLength(scenario) long.
    std::vector<Moment> moments(int policy) const { return sums[std::size_t(policy)].moments(); }
    /// Its interval is Student's over the replications. That of a share of few events is as wide at least as they leave open;
    /// a quantile or a recovery that is the same in nearly all replications has none.
    std::optional<Estimate> of(int policy, Measure measure) const;
    /// `policy` less `other`, by replication: common luck makes its interval the narrow one.
    std::optional<Estimate> difference(int policy, int other, Measure measure) const;
    /// Whether it belongs into a table: where it has a value, and the wait for slots where some policy makes calls wait.
    bool tells(Measure measure) const;
};

/// Runs it and waits. From any of its threads `progress` is told the share that is done, one at a time, and `stopped` is asked
/// now and then whether to end early. `before`: the complete result of the same study with fewer replications; only the others
/// are played, and the result is the one that all at once would give.
StudyResult run(const Study &study, const std::function<void(double)> &progress = {},
                const std::function<bool()> &stopped = {}, const StudyResult &before = {});

/// A difference that its interval does not hold to be one.
inline bool isNone(const Estimate &difference)
{
    return !difference.halfWidth || std::abs(difference.mean) <= *difference.halfWidth;
}

} // namespace retryscope
