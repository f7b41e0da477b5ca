// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "replay/record.h"
#include "simulator/study.h"

namespace retryscope {

/// What a policy would have made of a record. Only its own chance differs from play to play.
/// | field    | what                                                                                       |
/// | measures | by Measure; what is generated for nothing is not known, nor Recovery; Cost where the record knows tokens and the policy prices |
/// | assumed  | share of attempts of which the record knows nothing: they meet the provider's usual answer |
/// | saved    | calls that had failed and are answered, a play; savedFrom: by the rule that had ended them |
/// | lost     | calls that had been answered and fail, a play; lostTo: by the rule that ends them          |
struct Replay
{
    std::array<std::optional<Estimate>, measureCount> measures;
    std::optional<Estimate> assumed;
    double saved = 0, lost = 0;
    std::map<QString, double> savedFrom, lostTo;
    bool complete = false; ///< false: it was stopped
};

/// Plays a record under several policies, replication by replication, all with the same luck.
class RecordStudy
{
public:
    /// Replication n has daySeed(seed, n).
    RecordStudy(const Record &record, QVector<SimulatedPolicy> policies, quint64 seed);
    /// One more replication of each policy. False: it was stopped, and nothing has been added.
    bool playNext(const std::function<bool()> &stopped = {});
    int played() const { return m_played; }
    /// Of the replications until now.
    StudyResult result() const;
    Replay replayOf(int policy) const;

private:
    struct Course ///< of one policy
    {
        Scenario scenario;
        std::vector<std::array<std::optional<double>, measureCount>> values;
        std::vector<RunShares> shares;
        std::vector<std::optional<double>> assumed;
        std::map<QString, double> savedFrom, lostTo; ///< sums
    };
    const Record m_record;
    const QVector<SimulatedPolicy> m_policies;
    const quint64 m_seed;
    std::vector<Course> m_courses;
    int m_played = 0;
};

/// Plays `record` so many times (from 1), each with other luck. Waits for it.
Replay replay(const Record &record, const SimulatedPolicy &policy, int replications, quint64 seed,
              const std::function<bool()> &stopped = {});
/// What is known of `measure` in what happened; none for Recovery, tokens and money.
std::optional<double> actualOf(const Record &record, Measure measure);

} // namespace retryscope
