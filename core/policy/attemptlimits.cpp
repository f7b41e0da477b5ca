// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/attemptlimits.h"

#include <algorithm>

namespace retryscope {

/// A first token that is late where nobody else could be asked: how often to look whether somebody can by now.
static constexpr Duration lookAgain = 1s;

std::optional<TransportFailure> AttemptLimits::over(SteadyTime now, bool canMoveOn) const
{
    if (m_begun) {
        if (now >= m_heard + m_times.idle)
            return TransportFailure::IdleTimeout;
        return now >= *m_begun + m_times.stream ? std::optional(TransportFailure::StreamTimeout) : std::nullopt;
    }
    if (now >= m_started + m_times.attempt)
        return TransportFailure::AttemptTimeout;
    if (!m_sent && !m_whole)
        return now >= m_started + m_times.connect ? std::optional(TransportFailure::ConnectTimeout) : std::nullopt;
    if (m_whole && now >= m_heard + m_times.idle)
        return TransportFailure::IdleTimeout;
    if (awaitsFirstToken() && canMoveOn && now >= *m_sent + m_times.firstToken)
        return TransportFailure::FirstTokenTimeout;
    return std::nullopt;
}

SteadyTime AttemptLimits::next(SteadyTime now) const
{
    if (m_begun)
        return std::min(m_heard + m_times.idle, *m_begun + m_times.stream);
    const SteadyTime last = m_started + m_times.attempt;
    if (!m_sent && !m_whole)
        return std::min(last, m_started + m_times.connect);
    if (m_whole)
        return std::min(last, m_heard + m_times.idle);
    if (!awaitsFirstToken())
        return last;
    const SteadyTime first = *m_sent + m_times.firstToken;
    return std::min(last, first > now ? first : now + std::min(lookAgain, std::max<Duration>(m_times.firstToken, 1ms)));
}

} // namespace retryscope
