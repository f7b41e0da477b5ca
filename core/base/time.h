// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace retryscope {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

/// Tag of the monotonic time line on which every delay is computed.
struct SteadyTag
{
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<SteadyTag, duration>;
    static constexpr bool is_steady = true;
};

/// Computes: delays, timeouts, windows. Cannot be compared with WallTime.
using SteadyTime = SteadyTag::time_point;
/// Is shown and stored: UTC, milliseconds since 1970.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// Seconds as a real number, for formats and formulas.
double toSeconds(Duration d);
/// To the nearest nanosecond, so that what toSeconds wrote is read again as the same. Saturates at ±100 years; NaN
/// becomes zero.
Duration fromSeconds(double seconds);

} // namespace retryscope
