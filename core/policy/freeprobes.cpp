// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/freeprobes.h"

#include <algorithm>

namespace retryscope {
namespace {

/// So often silence about a list that has never come keeps callers away; some servers have none and do not say so.
constexpr int mutedProbes = 3;

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
        return circuit.letOneTry(now, QStringLiteral("it answers again, one probe"));
    }
    if (m_hasList || ++m_failures <= mutedProbes || status >= 502 || c.reason == RetryReason::Network)
        circuit.keepOpenUntil(now + interval + timeout);
    return std::nullopt;
}

} // namespace retryscope
