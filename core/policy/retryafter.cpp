// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/retryafter.h"
#include "policy/timetext.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace retryscope {

using namespace timetext;

namespace timetext {

std::optional<double> takeNumber(std::string_view *text)
{
    double value = 0.0, fraction = 0.0, scale = 1.0;
    std::size_t i = 0;
    for (; i < text->size() && isDigit((*text)[i]); ++i)
        value = value * 10.0 + ((*text)[i] - '0');
    if (i == 0)
        return std::nullopt;
    if (i + 1 < text->size() && (*text)[i] == '.' && isDigit((*text)[i + 1])) {
        for (++i; i < text->size() && isDigit((*text)[i]); ++i)
            fraction = fraction * 10.0 + ((*text)[i] - '0'), scale *= 10.0;
    }
    text->remove_prefix(i);
    return value + fraction / scale;
}

int takeInt(std::string_view *text, int digits)
{
    int value = 0, n = 0;
    for (; n < (digits < 0 ? 4 : digits) && std::size_t(n) < text->size() && isDigit((*text)[std::size_t(n)]); ++n)
        value = value * 10 + ((*text)[std::size_t(n)] - '0');
    if (n == 0 || (digits > 0 && n != digits))
        return -1;
    text->remove_prefix(std::size_t(n));
    return value;
}

std::string lowered(std::string_view text, std::size_t most)
{
    if (text.size() > most) {
        while (most > 0 && (std::uint8_t(text[most]) & 0xC0) == 0x80)
            --most;
        text = text.substr(0, most);
    }
    std::string lower(text);
    for (char &c : lower)
        c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
    return lower;
}

bool take(std::string_view *text, char c)
{
    if (text->empty() || text->front() != c)
        return false;
    text->remove_prefix(1);
    return true;
}

int takeClock(std::string_view *text)
{
    const int h = takeInt(text, 2);
    const bool first = take(text, ':');
    const int m = takeInt(text, 2);
    const bool second = take(text, ':');
    const int s = takeInt(text, 2);
    return first && second && h >= 0 && h < 24 && m >= 0 && m < 60 && s >= 0 && s <= 60 ? h * 3600 + m * 60 + s : -1;
}

} // namespace timetext

namespace {

/// Takes a unit from the front and returns its length in seconds; 0: there is none.
double takeUnit(std::string_view *text)
{
    struct Unit { std::string_view name; double seconds; };
    static constexpr std::array<Unit, 8> units{{{"ms", 1e-3},
                                                {"us", 1e-6},
                                                {"ns", 1e-9},
                                                {"\xC2\xB5s", 1e-6},
                                                {"\xB5s", 1e-6},
                                                {"h", 3600.0},
                                                {"m", 60.0},
                                                {"s", 1.0}}};
    for (const Unit &unit : units) {
        if (text->substr(0, unit.name.size()) == unit.name) {
            text->remove_prefix(unit.name.size());
            return unit.seconds;
        }
    }
    return 0.0;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view spaces = " \t\n\v\f\r";
    text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
    return text.substr(0, text.find_last_not_of(spaces) + 1); // npos + 1: nothing is left
}

std::optional<WallTime> makeTime(int year, int month, int day, int seconds)
{
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(unsigned(month)),
                                           std::chrono::day(unsigned(day))};
    if (!date.ok() || year < 1970 || seconds < 0)
        return std::nullopt;
    return WallTime(std::chrono::sys_days(date)) + std::chrono::seconds(seconds);
}

/// 2026-11-24T12:40:59.5Z, or with an offset.
std::optional<WallTime> parseRfc3339(std::string_view text)
{
    const int year = takeInt(&text, 4);
    const bool dash = take(&text, '-');
    const int month = takeInt(&text, 2);
    const bool dash2 = take(&text, '-');
    const int day = takeInt(&text, 2);
    const bool separated = take(&text, 'T') || take(&text, 't') || take(&text, ' ');
    const int clock = takeClock(&text);
    if (!dash || !dash2 || !separated || year < 0 || month < 0 || day < 0 || clock < 0)
        return std::nullopt;
    auto time = makeTime(year, month, day, clock);
    if (time && text.size() > 1 && text[0] == '.' && isDigit(text[1])) {
        std::string_view fraction = text;
        int ms = 0, scale = 100;
        for (fraction.remove_prefix(1); !fraction.empty() && isDigit(fraction.front());
             fraction.remove_prefix(1), scale /= 10)
            ms += (fraction.front() - '0') * scale;
        *time += std::chrono::milliseconds(ms);
        text = fraction;
    }
    if (text == "Z" || text == "z")
        return time;
    const int sign = take(&text, '+') ? 1 : take(&text, '-') ? -1 : 0;
    const int h = takeInt(&text, 2);
    take(&text, ':');
    const int m = takeInt(&text, 2);
    if (!time || sign == 0 || h < 0 || h > 23 || m < 0 || m > 59 || !text.empty())
        return std::nullopt;
    return *time - sign * (std::chrono::hours(h) + std::chrono::minutes(m));
}

int monthOf(std::string_view word)
{
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto at = word.size() == 3 ? months.find(word) : std::string_view::npos;
    return at == std::string_view::npos || at % 3 ? 0 : int(at / 3) + 1;
}

/// The weekday says nothing that the date does not; it only has to be one.
bool isWeekday(std::string_view word)
{
    static constexpr std::array<std::string_view, 7> days{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                          "Friday", "Saturday", "Sunday"};
    return std::any_of(days.begin(), days.end(),
                       [word](std::string_view day) { return word == day || word == day.substr(0, 3); });
}

} // namespace

std::optional<Duration> believable(std::optional<Duration> hint)
{
    return hint && *hint > Duration::zero() && *hint <= maxHint ? hint : std::nullopt;
}

std::optional<Duration> parseDuration(std::string_view text)
{
    text = trimmed(text);
    if (text.size() > 64)
        return std::nullopt;
    take(&text, '+');
    double seconds = 0.0;
    for (bool first = true; first || !text.empty(); first = false) {
        const auto number = takeNumber(&text);
        if (!number)
            return std::nullopt;
        if (first && text.empty())
            return fromSeconds(*number);
        const double unit = takeUnit(&text);
        if (unit == 0.0)
            return std::nullopt;
        seconds += *number * unit;
    }
    return fromSeconds(seconds);
}

std::optional<WallTime> parseEpoch(std::string_view text)
{
    text = trimmed(text);
    const auto number = takeNumber(&text);
    if (!number || !text.empty() || *number < 1e9 || *number >= 1e14)
        return std::nullopt;
    return WallTime(std::chrono::milliseconds(std::int64_t(*number < 1e11 ? *number * 1e3 : *number)));
}

std::optional<WallTime> parseHttpDate(std::string_view text)
{
    text = trimmed(text);
    if (text.size() < 19 || text.size() > 48)
        return std::nullopt;
    if (isDigit(text[0]) && text[4] == '-')
        return parseRfc3339(text);
    int day = -1, month = 0, year = -1, clock = -1;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(" ,-"), text.size());
        std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (word.empty() || word == "GMT" || word == "UTC" || isWeekday(word))
            continue;
        if (word.find(':') != std::string_view::npos) {
            clock = takeClock(&word);
        } else if (const int m = monthOf(word)) {
            month = m;
            continue;
        } else if (const bool two = word.size() <= 2; day < 0) {
            day = takeInt(&word, -1);
        } else {
            year = takeInt(&word, -1);
            year += !two || year < 0 ? 0 : year < 70 ? 2000 : 1900;
        }
        if (!word.empty())
            return std::nullopt;
    }
    return month && day > 0 && year >= 0 ? makeTime(year, month, day, clock) : std::nullopt;
}

std::optional<Duration> parseRetryAfter(std::string_view text, WallTime now, std::optional<WallTime> serverNow)
{
    text = trimmed(text);
    if (text.size() > 2 && text.front() == '"' && text.back() == '"')
        text = trimmed(text.substr(1, text.size() - 2));
    std::optional<WallTime> date = parseEpoch(text);
    if (!date) {
        if (const auto duration = parseDuration(text))
            return duration;
        date = parseHttpDate(text);
    }
    if (!date) {
        std::string_view after = "more";
        const std::string lower = lowered(text, 64);
        const auto wait = takeWait(trimmed(lower), &after); // "20 seconds"
        return after.empty() ? wait : std::nullopt;
    }
    const std::chrono::duration<double> wait = *date - serverNow.value_or(now); // a far date overflows nanoseconds
    return std::max(Duration::zero(), fromSeconds(wait.count()));
}

std::optional<Duration> parseReset(std::string_view text, WallTime serverNow)
{
    const auto reset = parseRetryAfter(text, serverNow);
    return reset && *reset <= maxHint ? reset : std::nullopt;
}

} // namespace retryscope
