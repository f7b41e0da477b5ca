// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "replay/replay.h"

namespace retryscope {
namespace {

/// A record does not have what was generated for nothing, nor what was waited for, and not always the tokens that cost.
bool isKnown(Measure measure, const Record &record)
{
    return measure != Measure::Wasted && measure != Measure::Recovery && measure != Measure::WastedCost
           && measure != Measure::SlotWait && (measure != Measure::Cost || record.tokensKnown > 0);
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
            ++play.lostTo[toText(step.rule)];
    });
    return play;
}

} // namespace

std::optional<double> actualOf(const Record &record, Measure measure)
{
    return isKnown(measure, record) && !isMoney(measure) ? valueOf(measure, record.actual) : std::nullopt;
}

RecordStudy::RecordStudy(const Record &record, QVector<SimulatedPolicy> policies, quint64 seed)
    : m_record(record), m_policies(std::move(policies)), m_seed(seed), m_courses(std::size_t(m_policies.size()))
{
    for (std::size_t p = 0; p < m_courses.size(); ++p)
        m_courses[p].scenario = scenarioOf(m_record, m_policies[qsizetype(p)].chain);
}

bool RecordStudy::playNext(const std::function<bool()> &stopped)
{
    std::vector<Play> plays;
    for (std::size_t p = 0; p < m_courses.size(); ++p) {
        plays.push_back(playOnce(m_record, m_courses[p].scenario, m_policies[qsizetype(p)],
                                 daySeed(m_seed, quint64(m_played)), stopped));
        if (!plays.back().result.complete)
            return false;
    }
    for (std::size_t p = 0; p < m_courses.size(); ++p) {
        Course &course = m_courses[p];
        const SimulationResult &result = plays[p].result;
        auto &values = course.values.emplace_back();
        for (int m = 0; m < measureCount; ++m)
            values[std::size_t(m)] = isKnown(Measure(m), m_record) ? valueOf(Measure(m), result) : std::nullopt;
        course.shares.push_back(sharesOf(result));
        if (result.attempts > 0)
            course.assumed.push_back(double(result.assumed) / double(result.attempts));
        for (const auto &[rule, calls] : plays[p].savedFrom)
            course.savedFrom[rule] += calls;
        for (const auto &[rule, calls] : plays[p].lostTo)
            course.lostTo[rule] += calls;
    }
    ++m_played;
    return true;
}

StudyResult RecordStudy::result() const
{
    StudyResult result;
    for (const Course &course : m_courses) {
        result.values.push_back(course.values);
        result.shares.push_back(course.shares);
    }
    result.complete = true;
    return result;
}

Replay RecordStudy::replayOf(int policy) const
{
    const Course &course = m_courses[std::size_t(policy)];
    Replay all;
    const auto mean = [this](const std::map<QString, double> &sums, double *whole, std::map<QString, double> *by) {
        for (const auto &[rule, calls] : sums)
            *whole += (*by)[rule] = calls / m_played;
    };
    mean(course.savedFrom, &all.saved, &all.savedFrom);
    mean(course.lostTo, &all.lost, &all.lostTo);
    const StudyResult played = result();
    for (int m = 0; m < measureCount; ++m)
        all.measures[std::size_t(m)] = played.of(policy, Measure(m));
    all.assumed = estimate(course.assumed);
    all.complete = true;
    return all;
}

Replay replay(const Record &record, const SimulatedPolicy &policy, int replications, quint64 seed,
              const std::function<bool()> &stopped)
{
    RecordStudy study(record, {policy}, seed);
    while (study.played() < replications) {
        if (!study.playNext(stopped))
            return {};
    }
    return study.replayOf(0);
}

} // namespace retryscope
