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

/// The seam to time. Equal deadlines fire in order of creation; no callback runs inside startTimer. Belongs to one
/// thread, on which every callback runs; must outlive its timers.
class Clock
{
public:
    virtual ~Clock() = default;
    /// Never goes back.
    virtual SteadyTime now() const = 0;
    /// For showing and storing only: it jumps when a person or a server sets the clock.
    virtual WallTime wallNow() const = 0;
    /// Calls back once, not before `delay` (negative: zero) has passed, unless the handle is dropped first; the callback
    /// may drop its own handle.
    [[nodiscard]] virtual TimerHandle startTimer(Duration delay, std::function<void()> callback) = 0;
};

} // namespace retryscope
