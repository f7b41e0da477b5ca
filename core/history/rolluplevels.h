// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>

namespace retryscope {

/// One resolution of the roll-ups, and how long it is kept.
struct RollupLevel
{
    std::chrono::seconds width;
    std::chrono::hours keep;
};

/// The windows of 2 min, 30 min, 6 h, 24 h and 7 d read 120, 180, 360, 288 and 336 rows for each provider and model.
inline constexpr std::array rollupLevels{
    RollupLevel{std::chrono::seconds(1), std::chrono::hours(24 * 2)},
    RollupLevel{std::chrono::seconds(10), std::chrono::hours(24 * 7)},
    RollupLevel{std::chrono::seconds(60), std::chrono::hours(24 * 30)},
    RollupLevel{std::chrono::seconds(300), std::chrono::hours(24 * 90)},
    RollupLevel{std::chrono::seconds(1800), std::chrono::hours(24 * 400)},
};

} // namespace retryscope
