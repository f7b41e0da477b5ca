// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

namespace retryscope {

/// The real clock, on the calling thread's event loop. The only place that names QTimer. Delays are rounded up to whole
/// milliseconds and cut at 20 days.
class SystemClock final : public Clock
{
public:
    SteadyTime now() const override;
    WallTime wallNow() const override;
    TimerHandle startTimer(Duration delay, std::function<void()> callback) override;
};

} // namespace retryscope
