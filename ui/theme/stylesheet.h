// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace retryscope {

class Theme;

/// The window's one style sheet: what Fusion and the palette cannot say. Made anew when the theme changes.
///
/// Words for pages: a card is a QWidget or QFrame named "card", a button that stands out has the property "primary", a
/// chip the property "chip", a bare button of a tool row the property "flat", a splitter between cards the property "cards".
QString styleSheet(const Theme &theme);

} // namespace retryscope
