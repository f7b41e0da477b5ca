// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

namespace retryscope {

/// How many attempts may run at once on one provider. After an outage the allowance starts at 1 and grows by one for
/// each success (so it doubles each round trip); a failure halves it, never below 1. At the maximum the ramp is over.
class ConcurrencyLimit
{
public:
    /// `maximum` at least 1.
    explicit ConcurrencyLimit(int maximum) : m_maximum(maximum), m_allowance(maximum) {}

    void setMaximum(int maximum)
    {
        m_allowance = ramping() ? std::min(m_allowance, maximum) : maximum;
        m_maximum = maximum;
    }
    bool tryAcquire()
    {
        if (m_inUse >= m_allowance)
            return false;
        ++m_inUse;
        return true;
    }
    void release() { --m_inUse; }
    /// What an attempt said about the provider, while it is ramping up.
    void onSuccess() { m_allowance = std::min(m_maximum, m_allowance + 1); }
    void onFailure() { m_allowance = ramping() ? std::max(1, m_allowance / 2) : m_allowance; }
    /// The provider was found broken: begin anew when it comes back.
    void restartRamp() { m_allowance = 1; }

    bool ramping() const { return m_allowance < m_maximum; }
    int allowance() const { return m_allowance; }
    int inUse() const { return m_inUse; }

private:
    int m_maximum;
    int m_allowance;
    int m_inUse = 0;
};

} // namespace retryscope
