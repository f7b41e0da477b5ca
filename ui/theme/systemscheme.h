// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

class QObject;

namespace retryscope {

/// Calls `changed` with whether the desktop prefers dark, once it is known and whenever it changes, never from inside
/// this call. Asks Qt where it knows (6.5), else the desktop portal; says nothing where neither answers.
void watchSystemScheme(QObject *context, std::function<void(bool dark)> changed);

} // namespace retryscope
