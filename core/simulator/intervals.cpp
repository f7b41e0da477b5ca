// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/intervals.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace retryscope {

Band wilson(double part, double whole)
{
    constexpr double z = 1.959964;
    const double n = whole, p = part / n, middle = (p + z * z / (2 * n)) / (1 + z * z / n),
                 half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return {p, std::min(p, std::max(0.0, middle - half)), std::max(p, std::min(1.0, middle + half))};
}

double leastHalfWidth(double part, double whole)
{
    constexpr double few = 40;
    const double rare = std::min(part, whole - part);
    if (whole <= 0 || rare >= few)
        return 0;
    const Band band = wilson(std::max(0.0, rare), whole);
    return std::max(band.high - band.mean, band.mean - band.low);
}

bool differEnough(const std::vector<std::optional<double>> &values)
{
    constexpr int enough = 5;
    std::map<double, int> times;
    int all = 0, commonest = 0;
    for (const auto &value : values) {
        if (!value)
            continue;
        ++all;
        commonest = std::max(commonest, ++times[*value]);
    }
    return all - commonest >= std::min(enough, all - 1) && all > 1;
}

bool onOneSide(const std::vector<std::optional<double>> &values)
{
    constexpr int enough = 6;
    int above = 0, below = 0, even = 0;
    for (const auto &value : values) {
        if (value)
            ++(*value > 0 ? above : *value < 0 ? below : even);
    }
    return even == 0 && (above == 0 || below == 0) && above + below >= enough;
}

} // namespace retryscope
