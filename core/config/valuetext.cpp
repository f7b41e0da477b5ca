// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/valuetext.h"

#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace retryscope {
namespace {

using Error = ValueTextError;

struct Unit { const char *name; double seconds; };
constexpr double micro = 1e-6, milli = 1e-3, minute = 60.0, hour = 3600.0, day = 86400.0;
constexpr std::array units{
    Unit{"us", micro},
    Unit{"µs", micro},
    Unit{"ms", milli},
    Unit{"msec", milli},
    Unit{"millisecond", milli},
    Unit{"milliseconds", milli},
    Unit{"s", 1.0},
    Unit{"sec", 1.0},
    Unit{"secs", 1.0},
    Unit{"second", 1.0},
    Unit{"seconds", 1.0},
    Unit{"m", minute},
    Unit{"min", minute},
    Unit{"mins", minute},
    Unit{"minute", minute},
    Unit{"minutes", minute},
    Unit{"h", hour},
    Unit{"hr", hour},
    Unit{"hour", hour},
    Unit{"hours", hour},
    Unit{"d", day},
    Unit{"day", day},
    Unit{"days", day},
};

double secondsOf(DurationUnit unit)
{
    constexpr std::array seconds{milli, 1.0, minute, hour};
    return seconds[std::size_t(unit)];
}

bool isDigit(QChar c) { return c >= u'0' && c <= u'9'; }
bool isSign(QChar c) { return c == u'.' || c == u','; }

/// The number at the start of `text`, which is shortened by it. Real digits only.
Expected<double, Error> takeNumber(QStringView &text, bool *whole = nullptr)
{
    qsizetype end = 0, signs = 0, at = -1;
    for (; end < text.size() && (isDigit(text[end]) || isSign(text[end])); ++end) {
        if (isSign(text[end])) {
            ++signs;
            at = end;
        }
    }
    const QStringView number = text.left(end);
    text = text.mid(end);
    if (number.size() == signs)
        return Unexpected{Error::NotANumber};
    if (signs > 1)
        return Unexpected{Error::GroupSeparator};
    if (whole)
        *whole = signs == 0;
    // A comma before exactly three digits separates groups in half of the world. "0,125" cannot be meant so.
    if (signs == 1 && number[at] == u',' && number.size() - at == 4 && at >= 1 && at <= 3 && number[0] != u'0')
        return Unexpected{Error::GroupSeparator};
    bool ok = false;
    const double value = number.toString().replace(QLatin1Char(','), QLatin1Char('.')).toDouble(&ok);
    return ok && std::isfinite(value) ? Expected<double, Error>(value) : Unexpected{Error::NotANumber};
}

/// "1:30", "1:02:30.5".
Expected<double, Error> clockSeconds(QStringView text)
{
    double seconds = 0.0;
    int parts = 0;
    for (bool more = true; more; ++parts) {
        const qsizetype colon = text.indexOf(u':');
        more = colon >= 0;
        QStringView part = more ? text.left(colon) : text;
        text = more ? text.mid(colon + 1) : QStringView();
        qsizetype digits = 0;
        while (digits < part.size() && isDigit(part[digits]))
            ++digits;
        bool whole = true;
        const auto value = takeNumber(part, &whole);
        if (!value)
            return value;
        if (!part.isEmpty())
            return Unexpected{Error::NotANumber};
        if (parts > 2 || digits == 0 || (more && !whole) || (parts > 0 && (digits != 2 || *value >= 60.0)))
            return Unexpected{Error::ClockPart};
        seconds = seconds * 60.0 + *value;
    }
    return seconds;
}

const Unit *findUnit(QStringView name)
{
    for (const Unit &unit : units) {
        if (name.compare(QString::fromUtf8(unit.name), Qt::CaseInsensitive) == 0)
            return &unit;
    }
    return nullptr;
}

/// "1m30s", "2 min", "250ms"; a plain number counts `plain` seconds.
Expected<double, Error> unitSeconds(QStringView text, double plain)
{
    double seconds = 0.0, smallest = std::numeric_limits<double>::infinity();
    bool fraction = false, first = true;
    while (!text.isEmpty()) {
        bool whole = true;
        const auto value = takeNumber(text, &whole);
        if (!value)
            return value;
        qsizetype end = 0;
        text = text.trimmed();
        while (end < text.size() && !isDigit(text[end]) && !isSign(text[end]) && !text[end].isSpace())
            ++end;
        const QStringView name = text.left(end);
        text = text.mid(end).trimmed();
        if (name.isEmpty() && first && text.isEmpty())
            return *value * plain;
        const Unit *unit = findUnit(name);
        if (!unit)
            return Unexpected{name.isEmpty() ? Error::NotANumber : Error::UnknownUnit};
        if (unit->seconds >= smallest || fraction)
            return Unexpected{Error::UnitOrder};
        smallest = unit->seconds;
        fraction = !whole;
        first = false;
        seconds += *value * unit->seconds;
    }
    return seconds;
}

/// Without spaces around, and none of them exotic.
QString cleaned(QStringView text)
{
    QString plain = text.toString();
    for (QChar &c : plain) {
        if (c.isSpace() || c == QChar(0x202F) || c == QChar(0x2009))
            c = u' ';
        else if (c == QChar(0x2212))
            c = u'-';
    }
    return plain.trimmed();
}

std::optional<Error> refused(const QString &text)
{
    if (text.isEmpty())
        return Error::Empty;
    if (text.startsWith(QLatin1Char('-')))
        return Error::Negative;
    return isDigit(text[0]) || isSign(text[0]) ? std::nullopt : std::optional(Error::NotANumber);
}

} // namespace

Expected<Duration, ValueTextError> durationFromText(QStringView text, DurationUnit plain)
{
    const QString clean = cleaned(text);
    if (const auto error = refused(clean))
        return Unexpected{*error};
    const auto seconds = clean.contains(QLatin1Char(':')) ? clockSeconds(clean) : unitSeconds(clean, secondsOf(plain));
    if (!seconds)
        return Unexpected{seconds.error()};
    if (*seconds > 100.0 * 365.0 * day)
        return Unexpected{Error::TooLarge};
    return fromSeconds(*seconds);
}

DurationUnit unitOf(Duration d) { return d > 0s && d < 1s ? DurationUnit::Milliseconds : DurationUnit::Seconds; }

QString durationToText(Duration d)
{
    const bool small = unitOf(d) == DurationUnit::Milliseconds;
    // A duration is a whole number of nanoseconds: so many decimals are enough, and never a group separator.
    QString text = QString::number(toSeconds(d) * (small ? 1000.0 : 1.0), 'f', small ? 6 : 9);
    while (text.endsWith(QLatin1Char('0')))
        text.chop(1);
    if (text.endsWith(QLatin1Char('.')))
        text.chop(1);
    return text + (small ? QLatin1String(" ms") : QLatin1String(" s"));
}

Expected<double, ValueTextError> numberFromText(QStringView text)
{
    const QString clean = cleaned(text);
    if (const auto error = refused(clean))
        return Unexpected{*error};
    QStringView rest = clean;
    const auto value = takeNumber(rest);
    if (value && !rest.isEmpty())
        return Unexpected{Error::NotANumber};
    return value;
}

Expected<int, ValueTextError> wholeNumberFromText(QStringView text)
{
    const auto value = numberFromText(text);
    if (!value)
        return Unexpected{value.error()};
    const QString clean = cleaned(text);
    if (!std::all_of(clean.begin(), clean.end(), isDigit))
        return Unexpected{Error::NotWhole};
    if (clean.size() > 9)
        return Unexpected{Error::TooLarge};
    return clean.toInt();
}

QString numberToText(double value) { return QString::number(value, 'g', QLocale::FloatingPointShortest); }

} // namespace retryscope
