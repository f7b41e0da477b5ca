// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <optional>
#include <string_view>

namespace retryscope {

/// Longer waits are not believed: no provider's limit spans more than a month.
inline constexpr Duration maxHint = 32 * 24h;

/// `hint` if it can be acted on; none when it is zero (our own backoff decides), negative or beyond maxHint.
std::optional<Duration> believable(std::optional<Duration> hint);

/// A duration written as seconds ("2", "1.5"), Go ("6m0s", "7.66s", "12ms") or protobuf ("36s"). The whole text
/// must match. None when it does not or is negative; saturates at 100 years.
std::optional<Duration> parseDuration(std::string_view text);

/// Retry-After in seconds, as a duration, or as a date; `serverNow` is the response's Date (none: `now`).
/// A past date is zero. Seconds too many for a duration are read as an epoch, in seconds or milliseconds.
std::optional<Duration> parseRetryAfter(std::string_view text, WallTime now, std::optional<WallTime> serverNow = {});

/// The value of a reset header, in any of the same forms. None beyond maxHint; a past one is zero.
std::optional<Duration> parseReset(std::string_view text, WallTime serverNow);

/// Epoch seconds or milliseconds, told apart by their size; none for what is neither.
std::optional<WallTime> parseEpoch(std::string_view text);

/// IMF-fixdate, RFC 850, asctime and RFC 3339.
std::optional<WallTime> parseHttpDate(std::string_view text);

/// The wait named in a sentence of UTF-8, of which the first 2000 bytes are looked at: "Please retry in 10h17m5.7s",
/// "try again in 1 h 5 min", "Please wait 52220 seconds before retrying", "will reset after 12h34m16s",
/// "请在 30 秒后重试". Only what a word of waiting announces.
std::optional<Duration> findWait(std::string_view sentence);
/// The end of a limit named in a sentence: "You will regain access on 2026-12-01 at 00:00 UTC". Without a zone it is UTC.
std::optional<WallTime> findReset(std::string_view sentence);

} // namespace retryscope
