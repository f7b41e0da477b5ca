// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sandbox/sandbox.h"

#include <QString>

#include <functional>

namespace retryscope {

class MainWindow;
class Theme;

/// Plays an incident and writes a picture of every page, in both themes. Returns the exit code.
int grab(const QString &folder, MainWindow &window, Theme &theme, const std::function<void(Fault)> &fault);

} // namespace retryscope
