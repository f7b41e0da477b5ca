// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "replay/replay.h"

namespace retryscope {
namespace {

/// A record does not have what was generated for nothing, and not always the tokens that cost.
bool isKnown(Measure measure)
{
    return measure != Measure::Wasted && measure != Measure::Recovery && !isMoney(measure);
}

/// One play: its result, and what became of calls otherwise than on record.
struct Play
{
    SimulationResult result;
    std::map<QString, int> savedFrom, lostTo;
};

Play playOnce(const Record &record, const Scenario &scenario, const SimulatedPolicy &policy, quint64 seed,
              const std::function<bool()> &stopped)
{
    Play play;
    play.result = simulate(scenario, policy, seed, stopped, [&](const SimulatedDecision &decision) {
        const CallStep &step = decision.step;
        if (step.kind != CallStep::Kind::Finish)
            return;
        const Record::End &end = record.ends[qsizetype(decision.call) - 1];
        const bool answered = step.reason == RetryReason::None;
        if (answered && !end.served)
            ++play.savedFrom[end.rule];
        else if (!answered && end.served)
            ++play.lostTo[QString(step.rule)];
    });
    return play;
}

} // namespace

std::optional<double> actualOf(const Record &record, Measure measure)
{
    return isKnown(measure) ? valueOf(measure, record.actual) : std::nullopt;
}

Replay replay(const Record &record, const SimulatedPolicy &policy, int replications, quint64 seed,
              const std::function<bool()> &stopped)
{
    const Scenario scenario = scenarioOf(record, policy.chain);
    Replay all;
    std::array<std::vector<std::optional<double>>, measureCount> values;
    std::vector<std::optional<double>> assumed;
    for (int n = 0; n < replications; ++n) {
        const Play play = playOnce(record, scenario, policy, seed + quint64(n), stopped);
        if (!play.result.complete)
            return all;
        for (int m = 0; m < measureCount; ++m)
            values[std::size_t(m)].push_back(isKnown(Measure(m)) ? valueOf(Measure(m), play.result) : std::nullopt);
        if (play.result.attempts > 0)
            assumed.push_back(double(play.result.assumed) / double(play.result.attempts));
        const auto add = [&](const std::map<QString, int> &counts, double *sum, std::map<QString, double> *by) {
            for (const auto &[rule, count] : counts) {
                *sum += double(count) / replications;
                (*by)[rule] += double(count) / replications;
            }
        };
        add(play.savedFrom, &all.saved, &all.savedFrom);
        add(play.lostTo, &all.lost, &all.lostTo);
    }
    for (int m = 0; m < measureCount; ++m)
        all.measures[std::size_t(m)] = estimate(values[std::size_t(m)]);
    all.assumed = estimate(assumed);
    all.complete = true;
    return all;
}

} // namespace retryscope
