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
BackoffDelay backoffDelay(const RetryConfig &config, RetryReason reason, int retryIndex, Duration previous, RandomSource &random);

} // namespace retryscope
