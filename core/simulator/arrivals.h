// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/scenario.h"

namespace retryscope {

/// When calls, or the tasks that they are parts of, come that do not wait for each other, one after the other. All chance
/// comes by key.
class Arrivals
{
public:
    Arrivals(const Workload &workload, quint64 seed) : m_workload(workload), m_seed(seed) {}
    /// Since the start; none: there are no more, or each agent makes its own.
    std::optional<Duration> next();

private:
    double gap();

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
/// An agent's pause before its next call.
Duration thinkTime(const Workload &workload, quint64 seed, quint64 agent, quint64 turn);

} // namespace retryscope
