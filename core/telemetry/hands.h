// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QLatin1String>

namespace retryscope {

/// How an event's rule begins where a person did it here, and what it is where another engine's word did.
inline constexpr QLatin1String byHandRule("by hand"), byFleetRule("by the fleet");

} // namespace retryscope
