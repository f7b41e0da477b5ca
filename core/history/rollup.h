// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "history/historyvalues.h"
#include "history/rolluplevels.h"

namespace retryscope {

/// Names one row of the roll-ups of one run.
struct RollupKey
{
    int level = 0;          ///< index into rollupLevels
    qint64 bucket = 0;      ///< start, in ms since 1970
    QString provider, model;
    bool simulated = false;
    auto operator<=>(const RollupKey &other) const
    {
        return std::tie(level, bucket, provider, model, simulated)
               <=> std::tie(other.level, other.bucket, other.provider, other.model, other.simulated);
    }
    bool operator==(const RollupKey &) const = default;
};

/// The start of the bucket of `width` that holds `at`; also right before 1970.
inline qint64 bucketStart(qint64 at, std::chrono::milliseconds width)
{
    const qint64 w = width.count();
    return at - ((at % w) + w) % w;
}

/// "key:count" for each count that is not 0, with spaces between. Keys, not numbers: they outlive a new enum value.
QString encodeReasons(const ReasonCounts &counts);
QString encodeOutcomes(const OutcomeCounts &counts);
QString encodeSkips(const SkipCounts &counts);
/// Adds; keys of a newer version that are not known here count as Unknown.
void mergeReasons(ReasonCounts *counts, QStringView text);
void mergeOutcomes(OutcomeCounts *counts, QStringView text);
void mergeSkips(SkipCounts *counts, QStringView text);

} // namespace retryscope
