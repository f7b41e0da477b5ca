// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/scenario.h"

#include <vector>

namespace retryscope {

/// Of positive values.
struct LogNormal
{
    double median = 0;
    double sigma = 0; ///< by the middle half, which a tail does not move
};
/// `values` is not empty.
LogNormal logNormalOf(std::vector<double> values);

/// How long answers took, as a model.
struct FittedLatency
{
    LatencyModel model;             ///< the default where nothing was answered
    int answered = 0;               ///< answers that it is from
    std::optional<double> distance; ///< the largest difference of the two distributions, 0 to 1; none under 20 answers
};
FittedLatency fitLatency(const QVector<RecordedReply> &replies);

} // namespace retryscope
