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

} // namespace retryscope
