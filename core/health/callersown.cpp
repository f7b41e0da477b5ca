// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/callersown.h"

namespace retryscope {

bool isCallersOwn(RetryReason reason)
{
    return reason != RetryReason::None && reason != RetryReason::Cancelled && !traits(reason).failoverHelps
           && traits(reason).scope == Scope::Request;
}

quint64 callersOwn(const TrafficBin &window)
{
    quint64 calls = 0;
    for (int r = 0; r < retryReasonCount; ++r)
        calls += isCallersOwn(RetryReason(r)) ? window.failedCalls[std::size_t(r)] : 0;
    return calls;
}

} // namespace retryscope
