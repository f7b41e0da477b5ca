// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/moments.h"

namespace retryscope {

/// Wilson's interval of a share: it has a width where all of a few were alike, too. `whole` is above 0.
Band wilson(double part, double whole);

/// The half width that a share of few events has at least, whatever the replications make of it: where hardly any of them has
/// an event, Student's t over them knows nothing of those that might as well have come. The wider side of Wilson's interval
/// (none of n: 3.8 / n); 0 from 40 events on.
double leastHalfWidth(double part, double whole);

/// Whether Student's t may be asked of values that are often all the same (a quantile, a recovery): five of them at least, or
/// all, are others than the commonest.
bool differEnough(const std::vector<std::optional<double>> &values);
/// All of six or more are on one side of 0, as no chance of one in thirty has it.
bool onOneSide(const std::vector<std::optional<double>> &values);

} // namespace retryscope
