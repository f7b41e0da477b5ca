// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace retryscope {

double toSeconds(Duration d) { return std::chrono::duration<double>(d).count(); }

Duration fromSeconds(double seconds)
{
    constexpr double century = 100.0 * 365.25 * 86'400.0;
    if (std::isnan(seconds))
        return {};
    const double exact =
        std::clamp(seconds, -century, century) * 1e9; // a simulated call asks four times: no library's call
    const auto whole = std::int64_t(exact);
    const double rest = exact - double(whole);
    return Duration(whole + (rest >= 0.5) - (rest <= -0.5));
}

} // namespace retryscope
