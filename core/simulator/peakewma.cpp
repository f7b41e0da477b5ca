// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/peakewma.h"

#include <algorithm>
#include <cmath>

namespace retryscope {

void PeakEwma::fade(double towards, SteadyTime now)
{
    const double left = std::exp(-toSeconds(std::max<Duration>(0s, now - m_at)) / toSeconds(fadesIn));
    m_seconds = m_seconds * left + towards * (1 - left);
    m_at = now;
}

void PeakEwma::took(Duration time, SteadyTime now)
{
    const double seconds = toSeconds(time);
    fade(seconds, now);
    m_seconds = std::max(m_seconds, seconds);
}

double PeakEwma::cost(SteadyTime now)
{
    fade(0, now);
    constexpr double unmeasured = 1e9;
    return m_seconds <= 0.0 && m_pending > 0 ? unmeasured + m_pending : m_seconds * (m_pending + 1);
}

} // namespace retryscope
