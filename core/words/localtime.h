// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <QDateTime>
#include <QDeadlineTimer>

#include <array>

namespace retryscope {

/// What a clock on the wall here shows, to be told to a person. The system is asked once for each quarter of an hour (no zone
/// changes its offset within one) and looks up its zone then; after half a minute it is asked anew, as a traveller may have
/// changed the zone. Each thread remembers for itself.
inline QDateTime localTime(WallTime at)
{
    constexpr qint64 quarter = 15 * 60 * 1'000;
    struct Known { qint64 quarter = -1, offset = 0; };
    thread_local std::array<Known, 32> all;
    thread_local QDeadlineTimer fresh;
    if (fresh.hasExpired()) {
        all.fill({});
        fresh.setRemainingTime(std::chrono::seconds(30));
    }
    const qint64 ms = at.time_since_epoch().count(), key = ms / quarter;
    if (ms < 0)
        return QDateTime::fromMSecsSinceEpoch(ms);
    Known &known = all[std::size_t(key) % all.size()];
    if (known.quarter != key)
        known = {key, QDateTime::fromMSecsSinceEpoch(key * quarter).offsetFromUtc() * qint64(1'000)};
    return QDateTime::fromMSecsSinceEpoch(ms + known.offset, Qt::UTC); // its own fields need no zone any more
}

} // namespace retryscope
