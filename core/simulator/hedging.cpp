// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/hedging.h"

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

// Of the steps, in the logarithm of the delay. The first are long, for the first answer may be any; the last still follow
// a provider that becomes slow within some hundreds of attempts.
constexpr double longestStep = 1.0, shortestStep = 0.02, settling = 5.0;

} // namespace

void HedgeDelay::begun(Duration after)
{
    if (!m_model.share)
        return;
    if (!m_found)
        m_found = std::max<Duration>(after, 1us);
    else
        move(-*m_model.share);
}

void HedgeDelay::outlasted()
{
    if (m_model.share)
        move(1 - *m_model.share);
}

void HedgeDelay::move(double by)
{
    const double step = std::clamp(settling / ++m_heard, shortestStep, longestStep);
    m_found = std::clamp<Duration>(fromSeconds(toSeconds(*m_found) * std::exp(step * by)), 1us, 24h);
}

} // namespace retryscope
