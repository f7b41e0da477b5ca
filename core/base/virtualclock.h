// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <map>
#include <utility>

namespace retryscope {

/// A clock that moves only when told: tests and the simulator.
class VirtualClock final : public Clock
{
public:
    /// `wall` is what wallNow() starts at; the default lies in September 2026.
    explicit VirtualClock(WallTime wall = WallTime(std::chrono::milliseconds(1'790'000'000'000)));
    SteadyTime now() const override { return m_now; }
    WallTime wallNow() const override;
    TimerHandle startTimer(Duration delay, std::function<void()> callback) override;

    /// Moves time forward, firing everything due in order, including timers made on the way.
    void advance(Duration by);
    /// Moves to the next pending timer and fires it; false when none is pending. Never goes back.
    bool advanceToNext();
    /// Zero at rest: a test that ends with timers pending has leaked one.
    std::size_t pendingTimers() const { return m_pending->size(); }

private:
    using Key = std::pair<SteadyTime, std::uint64_t>;
    using Pending = std::map<Key, std::function<void()>>;
    class Handle;

    SteadyTime m_now{};
    WallTime m_wallStart;
    std::uint64_t m_next = 0;
    std::shared_ptr<Pending> m_pending = std::make_shared<Pending>();
};

} // namespace retryscope
