// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/markdown.h"

namespace retryscope {

QString escapedMarkdown(const QString &text)
{
    QString out;
    for (const QChar c : text.simplified()) {
        if (QStringLiteral("\\`*_[]<>#|").contains(c))
            out += QLatin1Char('\\');
        out += c;
    }
    return out;
}

} // namespace retryscope
