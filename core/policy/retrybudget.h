// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

namespace retryscope {

/// Bounds retries to a share of calls, so that a storm of retries cannot feed itself. A bucket of `floor` tokens,
/// full at the start; a call deposits `ratio`, a retry withdraws one.
class RetryBudget
{
public:
    RetryBudget(double ratio, int floor) { configure(ratio, floor); m_tokens = m_capacity; }
    void configure(double ratio, int floor)
    {
        m_ratio = ratio;
        m_capacity = std::max(floor, ratio > 0.0 ? 1 : 0);
        m_tokens = std::min(m_tokens, m_capacity);
    }
    void deposit() { m_tokens = std::min(m_capacity, m_tokens + m_ratio); }
    bool withdraw()
    {
        if (m_tokens < 1.0)
            return false;
        m_tokens -= 1.0;
        return true;
    }
    /// The retry was not made after all.
    void giveBack() { m_tokens = std::min(m_capacity, m_tokens + 1.0); }
    double available() const { return m_tokens; }

private:
    double m_ratio = 0.0;
    double m_capacity = 0.0;
    double m_tokens = 0.0;
};

} // namespace retryscope
