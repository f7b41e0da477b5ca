// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/time.h"

#include <QString>

namespace retryscope {

/// A time since the start as a clock shows it: "1:30", "2:05:00", "0:02.5".
QString clockText(Duration at);
/// The smallest distance of marks on an axis of time, one that people count in, that is not below `least`.
Duration markFrom(Duration least);

} // namespace retryscope
