// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/sweep.h"

namespace retryscope {

/// "answered", "p95 of answers", ...
QString label(Measure measure);
/// "99.87 % ± 0.05", "1.24 s ± 0.03"; "none" where there is no value. `difference` is to what it is compared with: a ~ marks
/// one that is none.
QString estimateText(Measure measure, const std::optional<Estimate> &value,
                     const std::optional<Estimate> &difference = {});
/// What is wrong with a sweep, and what to do.
QString sentence(const SweepProblem &problem);

} // namespace retryscope
