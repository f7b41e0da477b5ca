// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <QString>

namespace retryscope {

/// "850 ms", "2.4 s", "1:05": below 1 s in ms, below 60 s with one decimal, then m:ss,
/// from an hour h:mm:ss ("1:53:08"), from a day "4 d 17 h".
QString formatDuration(Duration d);
/// RFC 3339 in UTC with milliseconds.
QString formatWallTime(WallTime t);

} // namespace retryscope
