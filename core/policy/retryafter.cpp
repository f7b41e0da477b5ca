// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/retryafter.h"

#include <QDateTime>
#include <QLocale>
#include <QRegularExpression>

namespace retryscope {

std::optional<Duration> parseDuration(QByteArrayView bytes)
{
    const QString text = QString::fromLatin1(bytes).trimmed();
    if (text.isEmpty() || text.size() > 64)
        return std::nullopt;
    static const QRegularExpression plain(QStringLiteral("^\\+?[0-9]+(\\.[0-9]+)?$"));
    static const QRegularExpression whole(QStringLiteral("^([0-9]+(\\.[0-9]+)?(h|ms|us|\u00b5s|ns|m|s))+$"));
    if (plain.match(text).hasMatch())
        return fromSeconds(text.toDouble());
    if (!whole.match(text).hasMatch())
        return std::nullopt;
    static const QRegularExpression part(QStringLiteral("([0-9]+(?:\\.[0-9]+)?)(h|ms|us|\u00b5s|ns|m|s)"));
    double seconds = 0.0;
    for (auto it = part.globalMatch(text); it.hasNext();) {
        const auto match = it.next();
        const QString unit = match.captured(2);
        const double scale = unit == QLatin1String("h") ? 3600.0 : unit == QLatin1String("m") ? 60.0
            : unit == QLatin1String("s") ? 1.0 : unit == QLatin1String("ms") ? 1e-3 : unit == QLatin1String("ns") ? 1e-9 : 1e-6;
        seconds += match.captured(1).toDouble() * scale;
    }
    return fromSeconds(seconds);
}

std::optional<WallTime> parseHttpDate(QByteArrayView bytes)
{
    QString text = QString::fromLatin1(bytes).simplified();
    QDateTime date = QDateTime::fromString(text, Qt::ISODateWithMs);
    // The weekday is noise, and with a two-digit year it contradicts the century that Qt assumes.
    static const QRegularExpression weekday(QStringLiteral("^[A-Z][a-z]+,? "));
    text.remove(weekday);
    static const std::array formats{"dd MMM yyyy hh:mm:ss 'GMT'", "dd-MMM-yy hh:mm:ss 'GMT'", "MMM d hh:mm:ss yyyy"};
    for (const char *format : formats) {
        if (date.isValid())
            break;
        date = QLocale::c().toDateTime(text, QString::fromLatin1(format));
        if (!date.isValid())
            continue;
        date.setTimeSpec(Qt::UTC);
        if (date.date().year() < 1970) // two-digit years
            date = date.addYears(100);
    }
    if (!date.isValid())
        return std::nullopt;
    return WallTime(std::chrono::milliseconds(date.toMSecsSinceEpoch()));
}

std::optional<Duration> parseRetryAfter(QByteArrayView text, WallTime now, std::optional<WallTime> serverNow)
{
    if (const auto duration = parseDuration(text))
        return duration;
    if (const auto date = parseHttpDate(text))
        return std::max<Duration>(Duration::zero(), *date - serverNow.value_or(now));
    return std::nullopt;
}

} // namespace retryscope
