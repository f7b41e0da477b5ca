// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <functional>
#include <memory>

namespace retryscope {

/// A pending callback; dropping it cancels the callback.
class Timer
{
public:
    virtual ~Timer() = default;
};
using TimerHandle = std::unique_ptr<Timer>;

/// The seam to time. Equal deadlines fire in order of creation; no callback runs inside startTimer.
class Clock
{
public:
    virtual ~Clock() = default;
    virtual SteadyTime now() const = 0;
    virtual WallTime wallNow() const = 0;
    [[nodiscard]] virtual TimerHandle startTimer(Duration delay, std::function<void()> callback) = 0;
};

} // namespace retryscope
