// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "base/expected.h"
#include "policy/retryconfig.h"
#include "simulator/scenario.h"

namespace retryscope {

struct LoadedScenario
{
    Scenario scenario;
    ConfigIssues issues; ///< any error means: do not play it
};

/// Reads the text of a scenario file; all issues at once, each with its place, such as faults[0].mode. `unnamed`: the name of
/// one that has none.
/// | key         | what                                                                                                |
/// | name, about | words                                                                                               |
/// | length_s    | of the day, 1 s to 7 d; default 600                                                                 |
/// | workload    | kind (poisson, renewal, on_off, diurnal, agents, trace), per_second, cv, on_s, off_s, agents,       |
/// |             | think_s, calls_a_task, prompt_median, prompt_spread, answer_median, answer_spread                   |
/// | providers   | by place in the chain: latency, quota, capacity, failure_share, cut_per_token; the last one stands  |
/// |             | for all further ones                                                                                |
/// | faults      | places (from 1; none: all), from_s, length_s, mode, share, factor                                   |
LoadedScenario scenarioFromJson(const QByteArray &json, const QString &unnamed = {});
/// What scenarioFromJson reads as the same for every place of a chain; a trace is not written.
QByteArray toJson(const Scenario &scenario);
/// Rows of TIMESTAMP, ContextTokens, GeneratedTokens, with a head line; times count from the first row's.
Expected<QVector<TraceRow>, QString> traceFromCsv(const QByteArray &csv);

/// The scenarios that come with the program, by name.
QStringList scenarioNames();
/// None: there is none of that name.
std::optional<Scenario> namedScenario(const QString &name);

} // namespace retryscope
