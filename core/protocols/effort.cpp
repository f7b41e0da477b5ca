// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/effort.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace retryscope {

/// From little to much; -1: none of them.
static int rankOf(const QString &effort)
{
    static constexpr std::array words{"none", "minimal", "low", "medium", "high", "xhigh", "max"};
    const auto word =
        std::find_if(words.begin(), words.end(), [&effort](const char *one) { return effort == QLatin1String(one); });
    return word == words.end() ? -1 : int(word - words.begin());
}

QString toldEffort(const QString &effort, EffortWords known)
{
    const int rank = rankOf(effort);
    if (rank < 0 || known.empty())
        return {};
    const auto distance = [rank](const char *word) { return std::abs(rankOf(QLatin1String(word)) - rank); };
    return QLatin1String(*std::min_element(known.begin(), known.end(),
                                           [&](const char *a, const char *b) { return distance(a) < distance(b); }));
}

QStringList unsaidEffort(const QString &effort, EffortWords known)
{
    const QString told = toldEffort(effort, known);
    if (told == effort)
        return {};
    return {told.isEmpty() ? QStringLiteral("reasoning_effort") : QStringLiteral("reasoning_effort (as %1)").arg(told)};
}

} // namespace retryscope
