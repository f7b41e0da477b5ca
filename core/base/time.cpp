// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <QDateTime>
#include <QTimeZone>

#include <cmath>

namespace retryscope {

double toSeconds(Duration d) { return std::chrono::duration<double>(d).count(); }

Duration fromSeconds(double seconds)
{
    constexpr double century = 100.0 * 365.25 * 86'400.0;
    if (std::isnan(seconds))
        return {};
    return Duration(std::llround(std::clamp(seconds, -century, century) * 1e9));
}

QString formatDuration(Duration d)
{
    const double s = toSeconds(d);
    if (s < 0.9995)
        return QStringLiteral("%1 ms").arg(qRound64(s * 1000.0));
    if (s < 59.95)
        return QStringLiteral("%1 s").arg(s, 0, 'f', 1);
    const qint64 whole = qRound64(s);
    return QStringLiteral("%1:%2").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0'));
}

QString formatWallTime(WallTime t)
{
    return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count(), Qt::UTC).toString(Qt::ISODateWithMs);
}

} // namespace retryscope
