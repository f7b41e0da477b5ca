// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

namespace retryscope {

/// What it costs to ask a provider, as Finagle's balancer has it: the time that it has been taking of late, times the
/// requests that it would then have. A longer time is believed at once, a shorter one little by little, and what nobody
/// measures is forgotten.
/// | field   | what                                            | default |
/// | fadesIn | until 1/e of a time is left of it, without news | 10 s    |
class PeakEwma
{
public:
    static constexpr Duration fadesIn = 10s;

    void sent() { ++m_pending; }
    void ended() { --m_pending; }
    /// What a request took, whether it was answered or failed.
    void took(Duration time, SteadyTime now);
    /// In seconds. 0 of one that was never measured and has no request; of one that has, more than of any that was measured.
    double cost(SteadyTime now);
    int pending() const { return m_pending; }

private:
    void fade(double towards, SteadyTime now);

    double m_seconds = 0;
    SteadyTime m_at{};
    int m_pending = 0;
};

} // namespace retryscope
