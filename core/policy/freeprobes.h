// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/circuitbreaker.h"
#include "policy/failureclassifier.h"

namespace retryscope {

/// When a provider that failures have shut out is asked for its list of models, which costs nothing, and what that says.
/// The list leads, a caller's prompt follows: any answer lets one caller try, for a list may come while prompts are
/// refused, and not every server has one. No answer keeps callers away until the next probe, but not for ever where the
/// list alone may be broken. Pure.
class FreeProbes
{
public:
    /// One that is not answered by then is not answered: a list of models is quickly made.
    static constexpr Duration timeout = 2500ms;

    /// When the next one is due; none: not at all. Never for a block. `interval` above 0.
    std::optional<SteadyTime> at(const CircuitBreaker &circuit, Duration interval);
    /// A list came, whoever asked: from now on no answer means more.
    void listed() { m_hasList = true; }
    /// What one of them said.
    std::optional<CircuitTransition> onEnd(CircuitBreaker &circuit, const Classification &c, int status,
                                           Duration interval, SteadyTime now);

private:
    bool m_hasList = false; ///< it has come once, so that a failure to send it means something
    int m_failures = 0;     ///< in a row, since the circuit opened
    SteadyTime m_last{};    ///< ended
};

} // namespace retryscope
