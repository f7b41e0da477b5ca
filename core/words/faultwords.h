// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engineclient.h"

#include <QString>

namespace retryscope {

/// What a fault on purpose does, for a menu: "Rate limit (429)".
QString toLabel(PlayedFault fault);
/// "every call", "one in 5 calls", "30 % of the calls".
QString shareText(double share);
/// What is on, with the provider's shown name: "OpenAI: server error (500) for every call".
QString standingFaultText(const StandingFault &fault, const QString &name);

/// Behind what went wrong with a call.
QString playedText();

} // namespace retryscope
