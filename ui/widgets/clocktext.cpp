// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clocktext.h"

#include <array>

namespace retryscope {
namespace {

constexpr std::array<Duration, 21> clockMarks{100ms, 200ms, 500ms, 1s,    2s,    5s, 10s, 15s, 30s, 60s, 120s,
                                              300s,  600s,  1800s, 3600s, 7200s, 4h, 6h,  12h, 24h, 48h};

} // namespace

QString clockText(Duration at)
{
    const qint64 ms = at / 1ms, hours = ms / 3'600'000, minutes = ms / 60'000 % 60;
    const double seconds = double(ms % 60'000) / 1000.0;
    QString s = QString::number(seconds, 'f', ms % 1000 ? 1 : 0);
    if (seconds < 10)
        s.prepend(QLatin1Char('0'));
    return hours ? QStringLiteral("%1:%2:%3").arg(hours).arg(minutes, 2, 10, QLatin1Char('0')).arg(s)
                 : QStringLiteral("%1:%2").arg(minutes).arg(s);
}

Duration markFrom(Duration least)
{
    for (const Duration mark : clockMarks) {
        if (mark >= least)
            return mark;
    }
    return clockMarks.back();
}

} // namespace retryscope
