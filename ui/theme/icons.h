// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>

namespace retryscope {

/// One of resources/icons by its name without ".svg". Painted in the palette of the moment, sharp at every scale: the
/// text's colour, the disabled text's when disabled, the highlight's when checked. Null for a name that is not there.
QIcon themedIcon(const QString &name);
/// The same as a picture of one colour; `size` in pixels before the device's ratio.
QPixmap iconPixmap(const QString &name, const QColor &colour, int size, qreal devicePixelRatio);
/// The program's own, in its own colours.
QIcon applicationIcon();

} // namespace retryscope
