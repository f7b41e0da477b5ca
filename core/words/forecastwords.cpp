// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/forecastwords.h"

#include "words/labels.h"
#include "words/simulationwords.h"

#include <cmath>

namespace retryscope {
namespace {

/// How a measure is told in a sentence. `unit` follows a difference.
struct ForecastWords
{
    double scale;
    int most; ///< digits after the point
    const char *mean, *unit, *more, *less, *none;
};

ForecastWords forecastWordsOf(Measure measure)
{
    switch (measure) {
    case Measure::Success:
        return {100.0,
                3,
                QT_TRANSLATE_NOOP("retryscope::Words", "%1 %"),
                QT_TRANSLATE_NOOP("retryscope::Words", "points"),
                QT_TRANSLATE_NOOP("retryscope::Words", "%1 more calls are answered"),
                QT_TRANSLATE_NOOP("retryscope::Words", "%1 fewer calls are answered"),
                QT_TRANSLATE_NOOP("retryscope::Words", "no difference in the calls answered")};
    case Measure::P50:
    case Measure::P95:
    case Measure::P99:
    case Measure::Recovery:
    case Measure::TaskP50:
    case Measure::SlotWait:
        return {1.0,
                2,
                QT_TRANSLATE_NOOP("retryscope::Words", "%1 s"),
                QT_TRANSLATE_NOOP("retryscope::Words", "s"),
                QT_TRANSLATE_NOOP("retryscope::Words", "the p95 is %1 longer"),
                QT_TRANSLATE_NOOP("retryscope::Words", "the p95 is %1 shorter"),
                QT_TRANSLATE_NOOP("retryscope::Words", "no difference in the p95")};
    case Measure::Attempts:
    case Measure::Peak:
        return {1.0,
                4,
                "%1",
                "",
                QT_TRANSLATE_NOOP("retryscope::Words", "a call costs %1 more attempts"),
                QT_TRANSLATE_NOOP("retryscope::Words", "a call costs %1 fewer attempts"),
                QT_TRANSLATE_NOOP("retryscope::Words", "no difference in the attempts")};
    case Measure::Failovers: return {1.0, 4, "%1", "", "", "", ""};
    case Measure::Limited:
    case Measure::Whole:
        return {100.0,
                2,
                QT_TRANSLATE_NOOP("retryscope::Words", "%1 %"),
                QT_TRANSLATE_NOOP("retryscope::Words", "points"),
                "",
                "",
                ""};
    case Measure::Wasted: return {1.0, 1, "%1", "", "", "", ""};
    case Measure::Cost:
    case Measure::WastedCost: return {1'000.0, 4, "%1", "", "", "", ""};
    }
    return {};
}

/// Equal days differ in what the last digits of a machine number make of them.
double halfOf(const Estimate &e)
{
    const double half = e.halfWidth.value_or(0.0);
    return half > 1e-12 * std::max(1.0, std::abs(e.mean)) ? half : 0.0;
}

/// Digits after the point, so that the interval's own two can be seen, or a mean's three where there is no interval.
int forecastDigits(const Estimate &e, const ForecastWords &words)
{
    const double half = halfOf(e) * words.scale;
    const double least = half > 0.0 ? half : std::abs(e.mean) * words.scale / 10.0;
    return least > 0.0 ? std::clamp(1 - int(std::floor(std::log10(least))), 0, words.most) : std::min(1, words.most);
}

QString forecastHalf(const Estimate &e, const ForecastWords &words)
{
    return halfOf(e) > 0.0
               ? QStringLiteral("± %1").arg(halfOf(e) * words.scale, 0, 'f', forecastDigits(e, words))
               : QString();
}

/// "3.1 ± 0.4", without a sign.
QString forecastNumbers(const Estimate &e, const ForecastWords &words)
{
    const QString number = QString::number(std::abs(e.mean) * words.scale, 'f', forecastDigits(e, words));
    return (number + QLatin1Char(' ') + forecastHalf(e, words)).trimmed();
}

/// "3.1 ± 0.4 points".
QString forecastAmount(const Estimate &e, const ForecastWords &words)
{
    const QString numbers = forecastNumbers(e, words);
    return *words.unit ? numbers + QLatin1Char(' ') + Words::tr(words.unit) : numbers;
}

QString signOf(const Estimate &difference) { return difference.mean < 0 ? QStringLiteral("−") : QStringLiteral("+"); }

} // namespace

QString meanText(Measure measure, const std::optional<Estimate> &value)
{
    if (!value)
        return withoutValue(measure);
    const ForecastWords words = forecastWordsOf(measure);
    return Words::tr(words.mean).arg(value->mean * words.scale, 0, 'f', forecastDigits(*value, words));
}

QString halfWidthText(Measure measure, const std::optional<Estimate> &value)
{
    return value ? forecastHalf(*value, forecastWordsOf(measure)) : QString();
}

QString differenceText(Measure measure, const Estimate &difference)
{
    return isNone(difference) ? Words::tr("no difference")
                              : signOf(difference) + forecastAmount(difference, forecastWordsOf(measure));
}

QString shortDifferenceText(Measure measure, const Estimate &difference)
{
    return isNone(difference) ? Words::tr("no difference")
                              : signOf(difference) + forecastNumbers(difference, forecastWordsOf(measure));
}

QString forecastSentence(const StudyResult &result, int policy, int other, const QString &otherName)
{
    QStringList parts;
    bool differs = false;
    for (const Measure measure : {Measure::Success, Measure::P95, Measure::Attempts}) {
        const auto difference = result.difference(policy, other, measure);
        if (!difference)
            continue;
        const ForecastWords words = forecastWordsOf(measure);
        const bool none = isNone(*difference);
        differs |= !none;
        parts << (none ? Words::tr(words.none)
                       : Words::tr(difference->mean > 0 ? words.more : words.less)
                             .arg(forecastAmount(*difference, words)));
    }
    return differs ? Words::tr("Against %1, %2.").arg(otherName, parts.join(QStringLiteral("; ")))
                   : Words::tr("No difference to %1 in answered calls, p95 and attempts: what is seen lies inside the "
                               "95 % intervals.")
                         .arg(otherName);
}

QString forecastText(ForecastState state, int played, int wanted, bool older)
{
    switch (state) {
    case ForecastState::NobodyToPlay:
        return Words::tr("No provider is enabled, so there is nobody to play. Enable one in the configuration.");
    case ForecastState::HasErrors:
        return older ? Words::tr("The draft has an error, so it is not played. The numbers are of the one before it; "
                                 "mend what is marked.")
                     : Words::tr("The draft has an error, so it is not played. Mend what is marked.");
    case ForecastState::Playing:
        if (older)
            return Words::tr("The numbers are of what was here before; the draft as it is now is being played.");
        return played == 0 ? Words::tr("Being played …")
                           : Words::tr("%1 of %2 days played; the intervals narrow with each.").arg(played).arg(wanted);
    case ForecastState::Stopped:
        if (older)
            return Words::tr("Stopped. The numbers are of what was here before, not of the draft as it is now.");
        return Words::tr("Stopped after %1 of %2 days.").arg(played).arg(wanted);
    case ForecastState::Complete:
        return Words::tr("%1 days, each with other luck and all with the same; ± is the 95 % interval.").arg(played);
    }
    return {};
}

} // namespace retryscope
