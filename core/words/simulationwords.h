// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/baselines.h"
#include "simulator/sweep.h"

namespace retryscope {

/// "answered", "p95 of answers", ...
QString label(Measure measure);
/// "server errors", "does not answer", ... of a provider.
QString label(FaultMode mode);
/// "independent callers", "agents", ...
QString label(Workload::Kind kind);
/// "A minute's outage: The first provider ...": its name, and what is about it where that is said.
QString headline(const Scenario &scenario);
/// "plain SDK client", "no retry", ...
QString label(NamedClient client);
/// What it does, in a sentence.
QString about(NamedClient client);
/// What a provider of a scenario does at all times, as far as it is not the ordinary: "120 requests/min, 5 % fail";
/// may be empty.
QString habitText(const ProviderModel &model);
/// What stands where a measure has no value: "none"; of a recovery "no fault ends", as there is none or it outlasts the day.
QString withoutValue(Measure measure);
/// "99.87 % ± 0.05", "1.24 s ± 0.03". `difference` is to what it is compared with: a ~
/// marks one that is none.
QString estimateText(Measure measure, const std::optional<Estimate> &value,
                     const std::optional<Estimate> &difference = {});
/// What is wrong with a scenario that makes more calls than are played, and what to do.
QString tooManyCallsText();
/// What is wrong with a sweep, and what to do.
QString sentence(const SweepProblem &problem);

/// A difference to what it is compared with, in words: "1.2 points more ± 0.3", "no difference seen".
QString differenceText(Measure measure, const std::optional<Estimate> &difference);

} // namespace retryscope
