// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/retryafter.h"

#include <QStringView>

#include <algorithm>
#include <array>
#include <string_view>

namespace retryscope {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// Takes digits with an optional fraction from the front; none when there is no digit.
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

std::string_view view(QByteArrayView bytes)
{
    bytes = bytes.trimmed();
    return {bytes.data(), std::size_t(bytes.size())};
}

/// Takes exactly `digits` digits (-1: as many as there are, at most 4); -1 when they are missing.
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

bool take(std::string_view *text, char c)
{
    if (text->empty() || text->front() != c)
        return false;
    text->remove_prefix(1);
    return true;
}

/// hh:mm:ss, in seconds; -1 when it is none.
int takeClock(std::string_view *text)
{
    const int h = takeInt(text, 2);
    const bool first = take(text, ':');
    const int m = takeInt(text, 2);
    const bool second = take(text, ':');
    const int s = takeInt(text, 2);
    return first && second && h >= 0 && h < 24 && m >= 0 && m < 60 && s >= 0 && s <= 60 ? h * 3600 + m * 60 + s : -1;
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

struct WaitUnit { std::string_view name; double seconds; };
/// Longer names before their beginnings.
constexpr WaitUnit waitUnits[] = {
    {"milliseconds", 1e-3}, {"millisecond", 1e-3}, {"msecs", 1e-3},     {"msec", 1e-3},
    {"ms", 1e-3},           {"\xC2\xB5s", 1e-6},   {"us", 1e-6},        {"ns", 1e-9},
    {"weeks", 604'800.0},   {"week", 604'800.0},   {"days", 86'400.0},  {"day", 86'400.0},
    {"d", 86'400.0},        {"hours", 3600.0},     {"hour", 3600.0},    {"hrs", 3600.0},
    {"hr", 3600.0},         {"h", 3600.0},         {"minutes", 60.0},   {"minute", 60.0},
    {"mins", 60.0},         {"min", 60.0},         {"m", 60.0},         {"seconds", 1.0},
    {"second", 1.0},        {"secs", 1.0},         {"sec", 1.0},        {"s", 1.0},
    {"sekunden", 1.0},      {"minuten", 60.0},     {"stunden", 3600.0}, {"secondes", 1.0},
    {"heures", 3600.0},     {"segundos", 1.0},     {"minutos", 60.0},   {"horas", 3600.0},
    {"毫秒", 1e-3},         {"秒", 1.0},           {"分钟", 60.0},      {"分鐘", 60.0},
    {"分", 60.0},           {"小时", 3600.0},      {"小時", 3600.0},    {"時間", 3600.0},
    {"天", 86'400.0},       {"초", 1.0},           {"분", 60.0},        {"시간", 3600.0},
    {"секунд", 1.0},        {"минут", 60.0},       {"час", 3600.0},
};

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void skip(std::string_view *text, std::string_view any)
{
    text->remove_prefix(std::min(text->find_first_not_of(any), text->size()));
}

/// "a minute", "one hour": the words for one, with what they count.
bool takeOne(std::string_view *text)
{
    static constexpr std::string_view units[] = {"second", "minute", "hour", "day", "week"};
    for (const std::string_view one : {"a ", "an ", "one ", "another "}) {
        const std::string_view rest = text->starts_with(one) ? text->substr(one.size()) : std::string_view();
        for (const std::string_view unit : units) {
            const std::string_view after = rest.substr(std::min(unit.size(), rest.size()));
            if (!rest.starts_with(unit) || (!after.empty() && isLetter(after.front())))
                continue;
            *text = rest;
            return true;
        }
    }
    return false;
}

/// Takes one number with its unit; none, and nothing taken, where there is none.
std::optional<double> takePart(std::string_view *text)
{
    std::string_view rest = *text;
    const auto number = takeOne(&rest) ? 1.0 : takeNumber(&rest);
    if (!number)
        return std::nullopt;
    skip(&rest, " ");
    for (const WaitUnit &unit : waitUnits) {
        const std::string_view after = rest.substr(std::min(unit.name.size(), rest.size()));
        const bool ascii = isLetter(unit.name.back());
        if (!rest.starts_with(unit.name) || (ascii && !after.empty() && isLetter(after.front())))
            continue;
        *text = after;
        return *number * unit.seconds;
    }
    return std::nullopt;
}

/// "26 seconds", "10h17m5.7s", "1 h 5 min", "2 hours and 3 minutes" or "00:05:30" at the front, read whole.
std::optional<Duration> takeWait(std::string_view text, std::string_view *after = nullptr)
{
    std::string_view clock = text;
    if (const int seconds = takeClock(&clock);
        seconds > 0 && (clock.empty() || !(isLetter(clock.front()) || isDigit(clock.front()) || clock.front() == '-')))
        return std::chrono::seconds(seconds);
    const auto first = takePart(&text);
    if (!first)
        return std::nullopt;
    double seconds = *first;
    for (int parts = 1; parts < 5; ++parts) {
        std::string_view rest = text;
        skip(&rest, " ,");
        if (rest.starts_with("and "))
            skip(&(rest = rest.substr(4)), " ");
        const auto more = takePart(&rest);
        if (!more)
            break;
        seconds += *more;
        text = rest;
    }
    if (after)
        *after = text;
    return fromSeconds(seconds);
}

/// "retry after: 10", "retry_after=10": seconds, where nothing follows that could be a unit.
std::optional<Duration> findBareSeconds(std::string_view text)
{
    constexpr double most = 1800; // s; a larger number may be anything
    for (const std::string_view cue : {"retry after", "retry_after", "retry-after", "retryafter"}) {
        for (auto at = text.find(cue); at != std::string_view::npos; at = text.find(cue, at + 1)) {
            std::string_view rest = text.substr(at + cue.size());
            skip(&rest, " :=\"'");
            const auto number = takeNumber(&rest);
            const bool ends = rest.empty() || std::string_view(",;)]}!\"'").find(rest.front()) != std::string_view::npos
                              || (rest.front() == '.' && (rest.size() == 1 || rest[1] == ' '));
            if (number && ends && *number > 0 && *number <= most)
                return fromSeconds(*number);
        }
    }
    return std::nullopt;
}

/// What may stand between the word that announces a wait and the wait.
std::string_view skipFillers(std::string_view text)
{
    static constexpr std::string_view fillers[] = {
        "in",    "after", "for", "at",   "least", "about", "approximately", "another",   "around", "within", "the",
        "next",  "of",    "is",  "time", "will",  "be",    "reset",         "available", "again",  "before", "retrying",
        "until", "on",    "up",  "to",   "a",     "an",    "request",       "your",      "limit",  "quota",  "und",
        "nach",  "dans",  "en"};
    for (int words = 0; words < 6; ++words) {
        skip(&text, " :=~(\"'");
        std::string_view one = text;
        if (takeOne(&one))
            break;
        const auto end = std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), text.size());
        const std::string_view word = text.substr(0, end);
        if (word.empty() || std::find(std::begin(fillers), std::end(fillers), word) == std::end(fillers))
            break;
        text.remove_prefix(end);
    }
    skip(&text, " :=~(\"'");
    return text;
}

/// Words after which a wait, or the time of its end, may follow.
constexpr std::string_view waitCues[] = {
    "retry",     "again",    "wait",    "reset",  "available", "resume", "renew",  "refill",  "replenish", "cooldown",
    "cool down", "back off", "back in", "regain", "access",    "warten", "erneut", "essayer", "attendre",  "espere",
    "intente",   "请在",     "請在",    "等待",   "请于",      "重置",   "将在",   "將在"};

/// Looks at what follows each cue, until `found` takes it.
template <typename Found>
void afterCues(std::string_view text, Found found)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (const std::string_view cue : waitCues) {
            if (!text.substr(i).starts_with(cue))
                continue;
            std::string_view rest = text.substr(i + cue.size());
            const auto letters =
                std::min(rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), rest.size()); // "resets", "retrying"
            rest.remove_prefix(isLetter(cue.back()) ? std::min<std::size_t>(letters, letters > 4 ? 0 : letters) : 0);
            rest = skipFillers(rest.starts_with("_after") || rest.starts_with("-after") ? rest.substr(6) : rest);
            if (found(rest))
                return;
        }
    }
}

/// "2026-12-01 at 00:00 UTC", "2026-12-01T00:00:00Z", "2026-12-01": none where it is no date. Without a zone it is UTC.
std::optional<WallTime> takeDate(std::string_view text)
{
    QByteArray date(text.data(), qsizetype(std::min<std::size_t>(text.size(), 10)));
    std::string_view rest = text.substr(std::min<std::size_t>(text.size(), 10));
    for (const std::string_view between : {"t", " at ", " "}) {
        if (rest.starts_with(between)) {
            rest.remove_prefix(between.size());
            break;
        }
    }
    std::string_view clock = rest.substr(0, 5), seconds = ":00";
    const bool timed = clock.size() == 5 && isDigit(clock[0]) && isDigit(clock[1]) && clock[2] == ':'
                       && isDigit(clock[3]) && isDigit(clock[4]);
    if (timed && rest.size() >= 8 && rest[5] == ':' && isDigit(rest[6]) && isDigit(rest[7]))
        seconds = rest.substr(5, 3);
    rest.remove_prefix(timed ? (seconds.data() == rest.data() + 5 ? 8 : 5) : 0);
    if (rest.size() > 1 && rest[0] == '.' && isDigit(rest[1]))
        rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
    const bool offset =
        timed && rest.size() >= 6 && (rest[0] == '+' || rest[0] == '-') && isDigit(rest[1]) && rest[3] == ':';
    date += 'T' + QByteArray(timed ? clock.data() : "00:00", 5) + QByteArray(seconds.data(), 3)
            + (offset ? QByteArray(rest.data(), 6) : QByteArray("Z"));
    return parseHttpDate(date);
}

} // namespace

std::optional<Duration> believable(std::optional<Duration> hint)
{
    return hint && *hint > Duration::zero() && *hint <= maxHint ? hint : std::nullopt;
}

std::optional<Duration> parseDuration(QByteArrayView bytes)
{
    std::string_view text = view(bytes);
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

std::optional<WallTime> parseEpoch(QByteArrayView bytes)
{
    std::string_view text = view(bytes);
    const auto number = takeNumber(&text);
    if (!number || !text.empty() || *number < 1e9 || *number >= 1e14)
        return std::nullopt;
    return WallTime(std::chrono::milliseconds(qint64(*number < 1e11 ? *number * 1e3 : *number)));
}

std::optional<WallTime> parseHttpDate(QByteArrayView bytes)
{
    std::string_view text = view(bytes);
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

std::optional<Duration> parseRetryAfter(QByteArrayView text, WallTime now, std::optional<WallTime> serverNow)
{
    text = text.trimmed();
    if (text.size() > 2 && text.front() == '"' && text.back() == '"')
        text = text.sliced(1, text.size() - 2).trimmed();
    std::optional<WallTime> date = parseEpoch(text);
    if (!date) {
        if (const auto duration = parseDuration(text))
            return duration;
        date = parseHttpDate(text);
    }
    if (!date) {
        std::string_view after = "more";
        const QByteArray lower = text.first(std::min<qsizetype>(text.size(), 64)).toByteArray().toLower();
        const auto wait = takeWait(view(lower), &after); // "20 seconds"
        return after.empty() ? wait : std::nullopt;
    }
    const std::chrono::duration<double> wait = *date - serverNow.value_or(now); // a far date overflows nanoseconds
    return std::max(Duration::zero(), fromSeconds(wait.count()));
}

std::optional<Duration> parseReset(QByteArrayView text, WallTime serverNow)
{
    const auto reset = parseRetryAfter(text, serverNow);
    return reset && *reset <= maxHint ? reset : std::nullopt;
}

std::optional<Duration> findWait(QStringView sentence)
{
    const QByteArray lower = sentence.left(2000).toUtf8().toLower();
    std::optional<Duration> wait;
    afterCues({lower.constData(), std::size_t(lower.size())}, [&wait](std::string_view rest) {
        wait = takeWait(rest);
        return wait.has_value();
    });
    if (wait)
        return wait;
    if (const auto seconds = findBareSeconds({lower.constData(), std::size_t(lower.size())}))
        return seconds;
    for (const char *after : {"秒后", "秒後", "秒钟后", "分钟后", "分鐘後", "小时后", "小時後", "초 후"}) { // "30 秒后重试"
        const qsizetype at = lower.indexOf(after);
        qsizetype from = at;
        while (from > 0 && (isDigit(lower[from - 1]) || lower[from - 1] == '.' || lower[from - 1] == ' '))
            --from;
        while (from < at && lower[from] == ' ')
            ++from;
        if (at > 0 && from < at)
            return takeWait({lower.constData() + from, std::size_t(lower.size() - from)});
    }
    return std::nullopt;
}

std::optional<WallTime> findReset(QStringView sentence)
{
    const QByteArray lower = sentence.left(2000).toUtf8().toLower();
    std::optional<WallTime> time;
    afterCues({lower.constData(), std::size_t(lower.size())}, [&time](std::string_view rest) {
        time = takeDate(rest);
        return time.has_value();
    });
    return time;
}

} // namespace retryscope
