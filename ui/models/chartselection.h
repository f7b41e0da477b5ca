// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "telemetry/event.h"

namespace retryscope {

/// What a click on a chart asks to see: the events of one provider, for some reasons, in one span of time.
struct ChartSelection
{
    ProviderId provider;              ///< empty: all
    QVector<RetryReason> reasons;     ///< empty: all
    std::optional<CallOutcome> outcome; ///< calls that ended so
    WallTime from{}, until{};         ///< from <= wall < until; equal: any time
    bool operator==(const ChartSelection &) const = default;
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::ChartSelection)
