// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace retryscope {

/// A text that is set anew is laid out and told to screen readers anew, too.
inline void setIfNew(QLabel *label, const QString &text)
{
    if (label->text() != text)
        label->setText(text);
}

/// The colour of all of a plain text: rich text for it alone would be a document of its own, laid out for each size asked.
inline void setColourIfNew(QLabel *label, const QColor &colour)
{
    QPalette palette = label->palette();
    if (palette.color(QPalette::WindowText) == colour)
        return;
    palette.setColor(QPalette::WindowText, colour);
    label->setPalette(palette);
}

} // namespace retryscope
