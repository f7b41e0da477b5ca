// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QPainter>
#include <QString>

namespace retryscope {

/// How wide a text is in a font, in pixels, as QFontMetrics::horizontalAdvance() says it; remembered, because to shape the
/// same words anew for every picture costs more than to paint them. For the thread of the window.
int textWidth(const QFont &font, const QString &text);
/// The text, or its beginning and "…" where it is wider than `width` pixels.
QString elidedText(const QFont &font, const QString &text, int width);
/// One line of plain text with the painter's font and pen, where `alignment` puts it in `area`; nothing is cut off. Its shape
/// is remembered as its width is.
void paintLine(QPainter &painter, const QRectF &area, Qt::Alignment alignment, const QString &words);

} // namespace retryscope
