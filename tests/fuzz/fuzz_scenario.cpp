// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "simulator/scenariofile.h"

#include <cmath>

using namespace retryscope;

namespace {

constexpr qsizetype furthestPlace = 40; // further than a file can name

/// What a chain's provider at that place meets, as it is written; the last one stands for all further ones.
QByteArray onlyPlace(Scenario s, qsizetype place)
{
    s.models = {s.models[std::min(place, s.models.size() - 1)]};
    return toJson(s);
}

} // namespace

/// A scenario without errors is one that can be played, and is written and read again as the same one; every issue names
/// a place and says something. The same bytes as a trace give rows in order, or a sentence.
FUZZ_TARGET(scenario)
{
    const QByteArray bytes = fuzz::bytesOf(data, size);
    const LoadedScenario loaded = scenarioFromJson(bytes);
    for (const ConfigIssue &issue : loaded.issues)
        MUST(!issue.message.isEmpty() && (!issue.where.isEmpty() || loaded.issues.size() == 1)); // none: the whole text
    if (!hasErrors(loaded.issues)) {
        const Scenario &s = loaded.scenario;
        MUST(s.length >= 1s && s.length <= 168h && !s.models.isEmpty());
        MUST(std::isfinite(s.expectedCalls()) && s.expectedCalls() >= 0);
        for (const ProviderModel &model : s.models)
            MUST(model.failureShare >= 0 && model.failureShare <= 1 && model.latency.firstToken >= 0s);
        if (s.workload.trace.isEmpty()) {
            const QByteArray saved = toJson(s);
            const LoadedScenario again = scenarioFromJson(saved);
            MUST(!hasErrors(again.issues));
            for (qsizetype place = 0; place < furthestPlace; ++place)
                MUST(onlyPlace(s, place) == onlyPlace(again.scenario, place));
        }
    }
    if (const auto rows = traceFromCsv(bytes)) {
        Duration last{};
        for (const TraceRow &row : *rows) {
            MUST(row.at >= last);
            last = row.at;
        }
    } else {
        MUST(!rows.error().isEmpty());
    }
    return 0;
}
