// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <algorithm>

namespace retryscope {

/// Bounds retries to a share of calls plus a floor, so that a storm of retries cannot feed itself. A bucket of
/// max(`floor`, 1) tokens, full at the start: a call deposits `ratio` tokens, a minute deposits `floor`, a retry
/// withdraws one. A withdrawn token is held until the retry is made (spend) or given up (giveBack).
/// ratio 0 to 1, floor 0 to 1000 a minute; both 0: no retries at all.
class RetryBudget
{
public:
    RetryBudget(double ratio, int floor) { configure(ratio, floor); m_tokens = m_capacity; }
    void configure(double ratio, int floor)
    {
        m_ratio = ratio;
        m_floor = floor;
        const double capacity = std::max<double>(floor, ratio > 0.0 ? 1.0 : 0.0);
        m_tokens = std::min(m_tokens + std::max(0.0, capacity - m_capacity),
                            capacity); // what a raised floor adds is there at once
        m_capacity = capacity;
    }
    /// A call was submitted.
    void deposit(SteadyTime now) { refill(now); m_tokens = std::min(m_capacity, m_tokens + m_ratio); }
    bool withdraw(SteadyTime now)
    {
        refill(now);
        if (m_tokens < 1.0)
            return false;
        m_tokens -= 1.0;
        ++m_held;
        return true;
    }
    /// The retry is being made.
    void spend() { --m_held; }
    /// The retry was not made after all.
    void giveBack() { --m_held; m_tokens = std::min(m_capacity, m_tokens + 1.0); }

    double available() const { return m_tokens; }
    /// What is left of a full bucket, 0..1; 0 where there are no retries at all.
    double leftShare() const { return m_capacity > 0.0 ? m_tokens / m_capacity : 0.0; }
    /// Withdrawn for retries that still wait; 0 at rest.
    int held() const { return m_held; }

private:
    void refill(SteadyTime now)
    {
        if (now > m_refilled && m_refilled != SteadyTime{})
            m_tokens = std::min(m_capacity, m_tokens + m_floor * toSeconds(now - m_refilled) / 60.0);
        m_refilled = std::max(m_refilled, now);
    }

    double m_ratio = 0.0;
    double m_floor = 0.0;
    double m_capacity = 0.0;
    double m_tokens = 0.0;
    int m_held = 0;
    SteadyTime m_refilled{};
};

} // namespace retryscope
