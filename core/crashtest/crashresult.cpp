// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "crashtest/crashresult.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace retryscope {

QString toKey(CrashVerdict verdict)
{
    static constexpr std::array<const char *, crashVerdictCount> keys{"pass", "partial", "safe", "fail", "left_out"};
    return QLatin1String(keys[std::size_t(verdict)]);
}

QString toKey(CrashFinding finding)
{
    static constexpr std::array keys{"none",         "not_ended", "told_whole", "astray",  "too_many_requests",
                                     "not_answered", "some_lost", "too_soon",   "bunched", "not_back",
                                     "too_slow"};
    return QLatin1String(keys[std::size_t(finding)]);
}

int CrashReport::count(CrashVerdict verdict) const
{
    return int(std::count_if(results.begin(), results.end(),
                             [verdict](const CrashResult &r) { return r.verdict == verdict; }));
}

std::optional<int> CrashReport::score() const
{
    const int played = int(results.size()) - count(CrashVerdict::LeftOut);
    if (played == 0)
        return std::nullopt;
    const double points =
        count(CrashVerdict::Pass) + 0.5 * count(CrashVerdict::Partial) + 0.25 * count(CrashVerdict::Safe);
    return int(std::floor(100.0 * points / played)); // 100 is for those alone that pass everything
}

} // namespace retryscope
