// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "base/time.h"

#include <QString>

namespace retryscope {

/// Why a text is no value.
enum class ValueTextError : quint8 {
    Empty,
    NotANumber,
    UnknownUnit,
    Negative,
    GroupSeparator, ///< "1,000" and "1.000,5" could mean two values a thousand apart
    UnitOrder,      ///< "30s1m", or a fraction before a smaller unit: "1.5m30s"
    ClockPart,      ///< "1:75": minutes and seconds after a colon have two digits below 60
    NotWhole,
    TooLarge,
};

/// What a number without a unit counts.
enum class DurationUnit : quint8 { Milliseconds, Seconds, Minutes, Hours };

/// A duration as a person writes it, whatever the locale: "250 ms", "2.5 s", "2,5 s", "1m30s", "2 min", "1 h", "1:30" (minutes
/// and seconds), "1:02:30", and a plain number in `plain`. Dot and comma are both the decimal sign; there are no group separators,
/// so that no value is ever changed by a factor of a thousand. Longer than 100 years is TooLarge.
Expected<Duration, ValueTextError> durationFromText(QStringView text, DurationUnit plain = DurationUnit::Seconds);
/// What durationFromText reads as the same value: milliseconds below one second, seconds from there on, as many decimals as needed.
QString durationToText(Duration d);
/// The unit that durationToText gives it.
DurationUnit unitOf(Duration d);

/// A number that is not negative, with dot or comma as its decimal sign; refuses group separators.
Expected<double, ValueTextError> numberFromText(QStringView text);
/// Digits only, at most nine.
Expected<int, ValueTextError> wholeNumberFromText(QStringView text);
/// With a dot and as few decimals as say the same.
QString numberToText(double value);

} // namespace retryscope
