// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "replay/record.h"
#include "simulator/study.h"

namespace retryscope {

/// What a policy would have made of a record. Only its own chance differs from play to play.
/// | field    | what                                                                                       |
/// | measures | by Measure; Wasted, Recovery and money are not known                                       |
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

/// Plays `record` so many times (from 1), with seed, seed + 1, ... Waits for it.
Replay replay(const Record &record, const SimulatedPolicy &policy, int replications, quint64 seed,
              const std::function<bool()> &stopped = {});
/// What is known of `measure` in what happened; none for Wasted, Recovery and money.
std::optional<double> actualOf(const Record &record, Measure measure);

} // namespace retryscope
