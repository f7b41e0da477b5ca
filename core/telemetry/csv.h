// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QStringList>

namespace retryscope {

/// One cell of a CSV file (RFC 4180). A text that a spreadsheet would run as a formula (= + - @, tab, return in front)
/// gets a leading apostrophe.
inline QString csvCell(QString text)
{
    if (!text.isEmpty() && QStringLiteral("=+-@\t\r").contains(text.front()))
        text.prepend(QLatin1Char('\''));
    const bool quote = text.contains(QLatin1Char('"')) || text.contains(QLatin1Char(','))
                       || text.contains(QLatin1Char('\n')) || text.contains(QLatin1Char('\r'));
    return quote ? QLatin1Char('"') + text.replace(QLatin1Char('"'), QStringLiteral("\"\"")) + QLatin1Char('"') : text;
}

/// A row of UTF-8 that ends in CRLF.
inline QByteArray csvRow(const QStringList &cells)
{
    QStringList safe;
    for (const QString &cell : cells)
        safe << csvCell(cell);
    return safe.join(QLatin1Char(',')).toUtf8() + "\r\n";
}

} // namespace retryscope
