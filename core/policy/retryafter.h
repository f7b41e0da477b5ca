// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <QByteArrayView>

#include <optional>

namespace retryscope {

/// A duration written as seconds ("2", "1.5"), Go ("6m0s", "7.66s", "12ms") or protobuf ("36s"). The whole text
/// must match. None when it does not, is negative, or overflows.
std::optional<Duration> parseDuration(QByteArrayView text);

/// Retry-After in seconds, as a duration, or as an HTTP date; `serverNow` is the response's Date (none: `now`).
/// A past date is zero.
std::optional<Duration> parseRetryAfter(QByteArrayView text, WallTime now, std::optional<WallTime> serverNow = {});

/// IMF-fixdate, RFC 850, asctime and RFC 3339.
std::optional<WallTime> parseHttpDate(QByteArrayView text);

} // namespace retryscope
