// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <optional>
#include <string>
#include <string_view>

namespace retryscope::timetext {

// What headers and sentences share in reading times, each from the front of a text.

inline bool isDigit(char c) { return c >= '0' && c <= '9'; }
/// Takes digits with an optional fraction; none when there is no digit.
std::optional<double> takeNumber(std::string_view *text);
/// Takes exactly `digits` digits (-1: as many as there are, at most 4); -1 when they are missing.
int takeInt(std::string_view *text, int digits);
bool take(std::string_view *text, char c);
/// The first `most` bytes at the most, cut between characters, with the ASCII letters small.
std::string lowered(std::string_view text, std::size_t most);
/// hh:mm:ss, in seconds; -1 when it is none.
int takeClock(std::string_view *text);
/// "26 seconds", "10h17m5.7s", "1 h 5 min", "2 hours and 3 minutes" or "00:05:30", read whole; `after`: what follows.
std::optional<Duration> takeWait(std::string_view text, std::string_view *after = nullptr);

} // namespace retryscope::timetext
