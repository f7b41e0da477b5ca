// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/failureclassifier.h"

namespace retryscope {

/// When plays begin: circuits count in slices from the clock's zero, and no clock of a live engine stands there.
inline constexpr SteadyTime playStart{1h};

/// How a played attempt ends, as the engine would see it.
struct Ending
{
    FailureFacts facts;
    Delivery delivery = Delivery::Answered;
};

/// The commonest form of this reason. Silence is no ending: its limit ends it.
Ending endingFor(RetryReason reason);
FailureFacts brokenOff(TransportFailure failure);

} // namespace retryscope
