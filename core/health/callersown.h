// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/trafficbin.h"

namespace retryscope {

/// A call that failed so would have failed anywhere: its request is at fault, and nothing is said of a provider.
bool isCallersOwn(RetryReason reason);
/// How many of the failed calls those are.
quint64 callersOwn(const TrafficBin &window);

} // namespace retryscope
