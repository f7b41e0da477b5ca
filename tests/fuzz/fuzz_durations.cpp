// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/text.h"
#include "base/timeformat.h"
#include "policy/retryafter.h"

using namespace retryscope;

/// What a server says of time is never negative and never beyond the hundred years that durations hold.
FUZZ_TARGET(durations)
{
    const QByteArray bytes = fuzz::bytesOf(data, size);
    const std::string_view text = viewOf(bytes);
    const auto bounded = [](std::optional<Duration> d) { return !d || (*d >= 0s && *d <= 24h * 36'600); };
    const WallTime now(std::chrono::milliseconds(1'790'000'000'000));
    MUST(bounded(parseDuration(text)));
    MUST(bounded(parseRetryAfter(text, now)));
    MUST(bounded(parseRetryAfter(text, now, WallTime{})));
    const auto date = parseHttpDate(text);
    MUST(!date || (*date > now - std::chrono::years(10'000) && *date < now + std::chrono::years(10'000)));
    if (date) {
        MUST(bounded(parseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now, date)));
        const auto again = parseHttpDate(toUtf8(formatWallTime(*date)));
        MUST(!again || *again == *date);
    }
    MUST(bounded(findWait(text)));
    const auto reset = findReset(text);
    MUST(!reset || (*reset > now - std::chrono::years(10'000) && *reset < now + std::chrono::years(10'000)));
    return 0;
}
