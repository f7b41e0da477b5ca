// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/retryfields.h"
#include "simulator/study.h"

namespace retryscope {

/// What a configuration is judged by, each on its own: there is no common coin.
inline constexpr Measure objectives[] = {Measure::Success, Measure::P99, Measure::Attempts, Measure::Wasted};
inline constexpr int objectiveCount = int(std::size(objectives));
using ObjectiveEstimates = std::array<std::optional<Estimate>, objectiveCount>;

/// Where a better configuration is looked for. What a caller is promised stays as it is: the deadline, how streams are
/// shown, and what a doubtful delivery means.
/// | field        | what                                                                        | default |
/// | current      | the policy in use: it is among the candidates, and what they are compared with |      |
/// | scenarios    | that are searched on; not empty                                             |         |
/// | heldOut      | that the choice is only checked on                                          |         |
/// | candidates   | that are drawn, 1 to 2,000, beside the current one and the presets          | 96      |
/// | replications | of each scenario in the first round, from 2; each further round has three times as many | 4 |
struct RecommendationTask
{
    SimulatedPolicy current;
    QVector<Scenario> scenarios, heldOut;
    int candidates = 96;
    int replications = 4;
    quint64 seed = 1;
    int threads = 0; ///< 0: as many as there are cores
};
inline constexpr int mostCandidates = 2'000;
/// Names of scenarios: what is searched on, and what the choice is checked on, unless told otherwise.
inline constexpr const char *usuallySearched[] = {"minute-outage", "slow-tuesday", "monday-nine", "cut-streams"};
inline constexpr const char *usuallyHeldOut[] = {"silent-minute", "shared-key", "key-revoked"};

/// Why a candidate was not played.
enum class RejectedFor : quint8 {
    Contradiction, ///< the check of a configuration has a word against it
    WaitsTooLong,  ///< all its waits together outlast the deadline
    TooFewSlots,   ///< fewer attempts at once than a scenario's calls need
    Storms,        ///< more at once than a scenario's provider serves within an attempt's patience
};
inline constexpr int rejectedForCount = int(RejectedFor::Storms) + 1;

struct Candidate
{
    enum class Origin : quint8 { Current, Preset, Drawn, Simplified };
    RetryConfig config;
    Origin origin = Origin::Drawn;
    QString preset; ///< its key
    /// Over the scenarios, by replication: the mean of each objective, and that less the current one's.
    ObjectiveEstimates values, lessCurrent;
    /// By objective: how far it stays behind the best, in its worst scenario; 1 is what nobody would mind.
    std::array<double, objectiveCount> shortfall{};
    int replications = 0;
};

/// The choice beside the current one, in one scenario, with luck that the search has not seen.
struct ScenarioCheck
{
    QString name;
    bool heldOut = false;
    ObjectiveEstimates current, chosen, less;
};

/// A field of the choice that differs from the current configuration.
struct ChosenField
{
    const RetryConfigField *field = nullptr;
    double from = 0, to = 0;
};

struct Recommendation
{
    Candidate current;
    QVector<Candidate> front; ///< none is worse than another in everything; most calls answered first
    int chosen = -1;          ///< in `front`; -1: nothing was found before it was stopped
    QVector<ChosenField> changes;
    QVector<ScenarioCheck> checks;
    ObjectiveEstimates
        less; ///< chosen less current over the searched scenarios, with luck that the search has not seen
    std::array<int, rejectedForCount> rejected{};
    int played = 0;          ///< candidates that have had their first round
    bool simplified = false; ///< each change that makes no difference was looked for and taken back
    bool tooMany = false;    ///< it was ended as a day makes more calls than Scenario::mostCalls
    quint64 runs = 0;
    bool complete = false; ///< false: it was stopped, and this is what was found until then
    bool keepsCurrent() const { return chosen >= 0 && changes.isEmpty(); }
};

struct RecommendationProgress
{
    enum class Stage : quint8 { Screening, Halving, Simplifying, Checking };
    Stage stage = Stage::Screening;
    double share = 0; ///< of all that is to be played
};

/// Draws candidates, rejects by rule, plays the others a little and the better third of them three times as much until
/// few are left, chooses the knee among those that answer no fewer calls than the current one, takes back every field
/// that makes no difference, and checks the choice with fresh luck. The same task gives the same recommendation on any
/// number of threads. From any of them `progress` is told, and `stopped` is asked before each run whether to end early.
Recommendation recommend(const RecommendationTask &task,
                         const std::function<void(const RecommendationProgress &)> &progress = {},
                         const std::function<bool()> &stopped = {});

/// How long it will take, from the share that `elapsed` has done; none: too early to say.
std::optional<Duration> timeLeft(double share, Duration elapsed);

/// What makes a candidate not worth playing; none: it is played.
std::optional<RejectedFor> rejectedFor(const RecommendationTask &task, const RetryConfig &config);
/// The current one first, then presets, then draws that spread evenly over each field (a Latin hypercube).
QVector<Candidate> candidatesFor(const RecommendationTask &task);

} // namespace retryscope
