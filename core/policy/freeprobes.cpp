// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/freeprobes.h"

#include <algorithm>
#include <limits>

namespace retryscope {
namespace {

/// How many lists in a row that do not come keep callers away. Where nobody listens, nobody is there for a prompt either.
/// A server whose list has come before, or whose gateway says that nothing is behind it, is believed for some minutes: its
/// list alone may be broken. One whose list has never come may have none and not say so.
int believed(bool hasList, RetryReason reason, int status)
{
    constexpr int minutes = 15, few = 3;
    if (reason == RetryReason::Network)
        return std::numeric_limits<int>::max();
    return hasList || status >= 502 ? minutes : few;
}

} // namespace

std::optional<SteadyTime> FreeProbes::at(const CircuitBreaker &circuit, Duration interval)
{
    if (circuit.state() != CircuitState::Open || circuit.blocked())
        return std::nullopt;
    const SteadyTime since = circuit.openSince();
    if (m_last >= since)
        return m_last + interval;
    m_failures = 0;
    return since + std::min(interval, (*circuit.probeAt() - since) * 9 / 10); // before a caller would
}

std::optional<CircuitTransition> FreeProbes::onEnd(CircuitBreaker &circuit, const Classification &c, int status,
                                                   Duration interval, SteadyTime now)
{
    m_last = now;
    if (c.scope != Scope::Provider || c.health != HealthSignal::Failure) {
        m_failures = 0;
        return circuit.letOneTry(now, "it answers again, one probe");
    }
    if (++m_failures <= believed(m_hasList, c.reason, status))
        circuit.keepOpenUntil(now + interval + timeout);
    return std::nullopt;
}

} // namespace retryscope
