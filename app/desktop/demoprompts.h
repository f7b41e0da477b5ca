// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <QStringList>

namespace retryscope {

/// The calls of the demo, played or live: one so often, and what they ask in turn.
inline constexpr std::chrono::milliseconds demoPace{500};
inline const QStringList &demoPrompts()
{
    static const QStringList list{QStringLiteral("Say in one sentence why retries need jitter."),
                                  QStringLiteral("What is a rate limit?"), QStringLiteral("When does a circuit open?"),
                                  QStringLiteral("What does a failover cost?")};
    return list;
}

} // namespace retryscope
