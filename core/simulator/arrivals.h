// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/scenario.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace retryscope {

/// When calls, or the tasks that they are parts of, come that do not wait for each other, one after the other. The day begins in
/// the midst of it, so that its mean rate is the workload's from the first second on. All chance comes by key.
class Arrivals
{
public:
    Arrivals(const Workload &workload, quint64 seed) : m_workload(workload), m_seed(seed) {}
    /// Since the start; none: there are no more, or each agent makes its own.
    std::optional<Duration> next();

private:
    double gap();
    double firstGap();

    const Workload &m_workload;
    quint64 m_seed;
    quint64 m_n = 0;
    double m_at = 0;      ///< s
    double m_onUntil = 0; ///< OnOff
    quint64 m_spell = 0;
};

/// How long the prompt and the answer of a call are, in tokens.
struct CallLengths
{
    double prompt = 0, answer = 0;
};
CallLengths lengthsOf(const Workload &workload, quint64 seed, quint64 call);
/// All calls of a day, drawn once for many runs on it, that do not wait for each other.
struct DrawnCalls
{
    std::vector<Duration> arrivals;   ///< of calls, or of the tasks that they are parts of
    std::vector<CallLengths> lengths; ///< of each call
    std::vector<double> firstTokens;  ///< of each call: the normal draw for its first attempt's
};

/// Draws the calls of one day after the other: that of the scenario and seed asked for last is kept. On any thread.
class DrawnDay
{
public:
    /// None where runs draw for themselves: agents call as they are answered, and a day of more than 200,000 calls is not
    /// kept. The scenario must outlive this.
    /// `stopped` is asked now and then: none then, too.
    std::shared_ptr<const DrawnCalls> of(const Scenario &scenario, quint64 seed, const std::function<bool()> &stopped = {});

private:
    std::mutex m_mutex;
    const Scenario *m_scenario = nullptr;
    quint64 m_seed = 0;
    std::shared_ptr<const DrawnCalls> m_calls;
};

/// An agent's pause before its next call.
Duration thinkTime(const Workload &workload, quint64 seed, quint64 agent, quint64 turn);

} // namespace retryscope
