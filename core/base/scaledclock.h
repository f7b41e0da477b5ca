// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/systemclock.h"

namespace retryscope {

/// Real time that passes `factor` times as fast (1 or more, 1: as it is): minutes of waiting are lived through in seconds,
/// over real sockets. All clocks of one factor in a process show the same time. Else as SystemClock.
class ScaledClock final : public Clock
{
public:
    explicit ScaledClock(double factor) : m_factor(factor) {}
    SteadyTime now() const override;
    WallTime wallNow() const override;
    TimerHandle startTimer(Duration delay, std::function<void()> callback) override;

private:
    double m_factor;
    SystemClock m_real;
};

} // namespace retryscope
