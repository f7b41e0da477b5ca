// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/random.h"
#include "policy/retryconfig.h"

namespace retryscope {

/// Lowest, highest and drawn wait before one retry.
struct BackoffDelay
{
    Duration low{};
    Duration high{};
    Duration drawn{};
};

/// The wait before retry `retryIndex` (0 = before the second attempt). The cap is applied before jitter.
/// `previous` is the last drawn wait, used by decorrelated jitter only (0 = none).
BackoffDelay backoffDelay(const RetryConfig &config, RetryReason reason, int retryIndex, Duration previous,
                          RandomSource &random);

/// What is added to a wait that a server named, so that many clients do not come back in one instant: up to a tenth of
/// it and the base delay, at most 1 s. Zero where jitter is none.
Duration spread(const RetryConfig &config, Duration named, RandomSource &random);

} // namespace retryscope
