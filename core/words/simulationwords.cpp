// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/simulationwords.h"

#include "words/labels.h"

#include <cmath>

namespace retryscope {
namespace {

enum class Unit : quint8 { Share, Seconds, Times, Tokens, Dollars };

struct MeasureWords
{
    const char *label;
    Unit unit;
};
constexpr MeasureWords measures[measureCount] = {
    {QT_TRANSLATE_NOOP("retryscope::Words", "calls answered"), Unit::Share},
    {QT_TRANSLATE_NOOP("retryscope::Words", "p50 of answers"), Unit::Seconds},
    {QT_TRANSLATE_NOOP("retryscope::Words", "p95 of answers"), Unit::Seconds},
    {QT_TRANSLATE_NOOP("retryscope::Words", "p99 of answers"), Unit::Seconds},
    {QT_TRANSLATE_NOOP("retryscope::Words", "attempts a call"), Unit::Times},
    {QT_TRANSLATE_NOOP("retryscope::Words", "peak load, times mean calls"), Unit::Times},
    {QT_TRANSLATE_NOOP("retryscope::Words", "attempts refused by a limit"), Unit::Share},
    {QT_TRANSLATE_NOOP("retryscope::Words", "tokens a call for nothing"), Unit::Tokens},
    {QT_TRANSLATE_NOOP("retryscope::Words", "last failure after the fault"), Unit::Seconds},
    {QT_TRANSLATE_NOOP("retryscope::Words", "US$ for 1,000 calls"), Unit::Dollars},
    {QT_TRANSLATE_NOOP("retryscope::Words", "US$ for 1,000 calls, for nothing"), Unit::Dollars},
};

/// Shares are percent, and money is told for a thousand calls.
double scaleOf(Unit unit) { return unit == Unit::Share ? 100.0 : unit == Unit::Dollars ? 1'000.0 : 1.0; }

/// So many digits that the interval's own two can be seen.
int decimalsFor(double halfWidth, Unit unit)
{
    const int most = unit == Unit::Tokens ? 0 : unit == Unit::Share ? 3 : unit == Unit::Dollars ? 4 : 2;
    if (halfWidth <= 0.0)
        return most;
    return std::clamp(1 - int(std::floor(std::log10(halfWidth))), 0, most);
}

} // namespace

QString label(Measure measure) { return Words::tr(measures[int(measure)].label); }

QString estimateText(Measure measure, const std::optional<Estimate> &value, const std::optional<Estimate> &difference)
{
    if (!value)
        return Words::tr("none");
    const Unit unit = measures[int(measure)].unit;
    const double scale = scaleOf(unit);
    const double half = value->halfWidth.value_or(0.0) * scale;
    const int decimals = decimalsFor(half, unit);
    QString text = QString::number(value->mean * scale, 'f', decimals);
    text += unit == Unit::Share ? QStringLiteral(" %") : unit == Unit::Seconds ? QStringLiteral(" s") : QString();
    if (value->halfWidth)
        text += QStringLiteral(" ± %1").arg(half, 0, 'f', decimals);
    return difference && isNone(*difference) ? text + QStringLiteral(" ~") : text;
}

} // namespace retryscope
