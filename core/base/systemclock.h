// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

namespace retryscope {

/// The real clock, on the event loop of the thread that starts its first timer; use it from that thread only. The only
/// place that names QTimer: one of them serves all pending callbacks, because most are dropped before they are due.
/// Callbacks never come early; they come late by up to a millisecond and by what the loop is busy with. Where they are
/// late by more than 250 ms (the process was stopped), what waits in the sockets is read first, for 100 ms: a limit says
/// that nothing came, not that nobody looked.
class SystemClock final : public Clock
{
public:
    SteadyTime now() const override;
    WallTime wallNow() const override;
    /// Delays beyond 20 days are cut to 20 days.
    TimerHandle startTimer(Duration delay, std::function<void()> callback) override;

private:
    class Queue;
    class Handle;
    std::shared_ptr<Queue> m_queue; ///< shared with the handles, which may outlive the clock
};

} // namespace retryscope
