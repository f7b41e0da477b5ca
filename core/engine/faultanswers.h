// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/provider.h"
#include "transport/faulttransport.h"

namespace retryscope {

/// The answer of a fault on purpose, in the words that the provider's wire has for it: what the simulated providers say.
FaultAnswer faultAnswer(const ProviderConfig &provider, PlayedFault fault, const HttpRequest &request, WallTime now);

/// How the rules of events begin whose attempt or probe met a fault on purpose.
inline constexpr QLatin1String onPurposeRule("on purpose: ");

} // namespace retryscope
