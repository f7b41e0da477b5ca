// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// Waits and their ends in the sentences of a provider.
#include "policy/retryafter.h"
#include "policy/timetext.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace retryscope {

using namespace timetext;

namespace {

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

constexpr std::size_t longestSentence = 2000; // bytes; what follows is not looked at

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
    std::string date(text.substr(0, 10));
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
    date.append("T").append(timed ? clock : "00:00").append(seconds).append(offset ? rest.substr(0, 6) : "Z");
    return parseHttpDate(date);
}

} // namespace

std::optional<Duration> timetext::takeWait(std::string_view text, std::string_view *after)
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

std::optional<Duration> findWait(std::string_view sentence)
{
    const std::string text = lowered(sentence, longestSentence);
    const std::string_view lower = text;
    std::optional<Duration> wait;
    afterCues(lower, [&wait](std::string_view rest) {
        wait = takeWait(rest);
        return wait.has_value();
    });
    if (wait)
        return wait;
    if (const auto seconds = findBareSeconds(lower))
        return seconds;
    for (const std::string_view after :
         {"秒后", "秒後", "秒钟后", "分钟后", "分鐘後", "小时后", "小時後", "초 후"}) { // "30 秒后重试"
        const std::size_t at = lower.find(after);
        if (at == std::string_view::npos)
            continue;
        std::size_t from = at;
        while (from > 0 && (isDigit(lower[from - 1]) || lower[from - 1] == '.' || lower[from - 1] == ' '))
            --from;
        while (from < at && lower[from] == ' ')
            ++from;
        if (from < at)
            return takeWait(lower.substr(from));
    }
    return std::nullopt;
}

std::optional<WallTime> findReset(std::string_view sentence)
{
    const std::string lower = lowered(sentence, longestSentence);
    std::optional<WallTime> time;
    afterCues(lower, [&time](std::string_view rest) {
        time = takeDate(rest);
        return time.has_value();
    });
    return time;
}

} // namespace retryscope
