// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

namespace retryscope {

/// A cost as files and other programs get it: its first twelve digits, which no price list exceeds, without what adding up
/// binary fractions leaves behind (0.1 + 0.2 is 0.3, not 0.30000000000000004).
inline double writtenCost(double usd)
{
    constexpr int digits = 12, exact = 22; // powers of ten up to this one are exact, so the quotient is rounded once
    if (!std::isfinite(usd) || usd == 0.0)
        return usd;
    const int places = digits - 1 - int(std::floor(std::log10(std::fabs(usd))));
    if (places < 0 || places > exact)
        return usd;
    const double scale = std::pow(10.0, places);
    return std::round(usd * scale) / scale;
}

} // namespace retryscope
