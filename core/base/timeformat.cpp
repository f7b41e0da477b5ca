// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/timeformat.h"

#include <QDateTime>
#include <QTimeZone>

namespace retryscope {

QString formatDuration(Duration d)
{
    const double s = toSeconds(d);
    if (s < 0.9995)
        return QStringLiteral("%1 ms").arg(qRound64(s * 1000.0));
    if (s < 59.95)
        return QStringLiteral("%1 s").arg(s, 0, 'f', 1);
    constexpr qint64 minute = 60, hour = 60 * minute, day = 24 * hour;
    const qint64 whole = qRound64(s);
    const auto two = [](qint64 n) { return QStringLiteral("%1").arg(n, 2, 10, QLatin1Char('0')); };
    if (whole < hour)
        return QStringLiteral("%1:%2").arg(whole / minute).arg(two(whole % minute));
    if (whole < day)
        return QStringLiteral("%1:%2:%3").arg(whole / hour).arg(two(whole % hour / minute), two(whole % minute));
    return QStringLiteral("%1 d %2 h").arg(whole / day).arg(whole % day / hour);
}

QString formatWallTime(WallTime t)
{
    using namespace std::chrono;
    const auto day = floor<days>(t);
    const year_month_day date(day);
    if (date.year() < year(1) || date.year() > year(9'999))
        return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count(), Qt::UTC).toString(Qt::ISODateWithMs);
    const hh_mm_ss<milliseconds> time(t - day);
    char text[] = "0000-00-00T00:00:00.000Z";
    const auto put = [&text](int at, int digits, qint64 value) {
        for (int i = at + digits - 1; i >= at; --i, value /= 10)
            text[i] = char('0' + value % 10);
    };
    put(0, 4, int(date.year()));
    put(5, 2, unsigned(date.month()));
    put(8, 2, unsigned(date.day()));
    put(11, 2, time.hours().count());
    put(14, 2, time.minutes().count());
    put(17, 2, time.seconds().count());
    put(20, 3, time.subseconds().count());
    return QString::fromLatin1(text, sizeof text - 1);
}

} // namespace retryscope
