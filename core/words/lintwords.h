// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "config/configuration.h"
#include "simulator/lint.h"
#include "simulator/scenario.h"

namespace retryscope {

/// What is wrong, why, and what to do: "The deadline of 2 s is ...".
QString lintText(const LintFinding &finding);
/// All findings of a configuration as warnings at their places, such as retry.deadline_s; `load` as it comes and is served.
/// None where the configuration has errors.
ConfigIssues lintIssues(const Configuration &configuration, const std::optional<LintLoad> &load = {});
/// The load of a scenario, where it names a rate and what the first provider serves; none: it does not.
std::optional<LintLoad> lintLoad(const Scenario &scenario);

} // namespace retryscope
