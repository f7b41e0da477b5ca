// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"

#include <QApplication>
#include <QFont>

namespace retryscope {

/// What an empty page says, for a label: one line, and one that explains it.
inline QString placeholder(const Theme &theme, const QString &line, const QString &explanation)
{
    return QStringLiteral("<p style='font-size:%1pt'>%2</p><p style='color:%3'>%4</p>")
        .arg(qRound(QApplication::font().pointSizeF() * 1.5))
        .arg(line.toHtmlEscaped(), theme.muted().name(), explanation.toHtmlEscaped());
}

} // namespace retryscope
