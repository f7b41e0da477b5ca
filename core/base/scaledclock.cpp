// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/scaledclock.h"

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

/// Where all of them begin to run faster.
struct ScaledOrigin
{
    SteadyTime steady;
    WallTime wall;
};

const ScaledOrigin &scaledOrigin()
{
    static const ScaledOrigin origin{SystemClock().now(), SystemClock().wallNow()};
    return origin;
}

} // namespace

SteadyTime ScaledClock::now() const
{
    const SteadyTime begin = scaledOrigin().steady, real = m_real.now();
    return begin + Duration(std::llround(double((real - begin).count()) * m_factor));
}

WallTime ScaledClock::wallNow() const
{
    return scaledOrigin().wall + std::chrono::floor<std::chrono::milliseconds>(now() - scaledOrigin().steady);
}

TimerHandle ScaledClock::startTimer(Duration delay, std::function<void()> callback)
{
    const double real = std::ceil(double(std::max<Duration>(0s, delay).count()) / m_factor);
    return m_real.startTimer(Duration(std::int64_t(real) + 1), std::move(callback));
}

} // namespace retryscope
