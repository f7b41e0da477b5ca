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

/// What a field may be: "one of none, full", "true or false", "from 0 to 600".
QString rangeText(const RetryConfigField &field)
{
    if (field.kind == FieldKind::Switch)
        return Words::tr("true or false");
    if (field.kind == FieldKind::Choice) {
        QStringList words;
        for (const char *choice : field.choices)
            words << QLatin1String(choice);
        return Words::tr("one of %1").arg(words.join(QStringLiteral(", ")));
    }
    return Words::tr("from %1 to %2").arg(valueText(field, field.minimum), valueText(field, field.maximum));
}

QString fieldKeys()
{
    QStringList keys;
    for (const RetryConfigField &field : retryConfigFields())
        keys << QLatin1String(field.key);
    return keys.join(QStringLiteral(", "));
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

QString sentence(const SweepProblem &problem)
{
    using Kind = SweepProblem::Kind;
    const QString key = problem.field ? QLatin1String(problem.field->key) : QString();
    const QString range = problem.field ? rangeText(*problem.field) : QString();
    switch (problem.kind) {
    case Kind::NoAssignment:
        return Words::tr("\"%1\" names no field. Write FIELD=VALUE,VALUE,... or FIELD=FROM..TO:STEPS.")
            .arg(problem.what);
    case Kind::UnknownField:
        return Words::tr("There is no field \"%1\". The fields are: %2.").arg(problem.what, fieldKeys());
    case Kind::NoValue: return Words::tr("A value of %1 is missing. It is %2.").arg(key, range);
    case Kind::NotAValue: return Words::tr("\"%1\" is no value of %2. It is %3.").arg(problem.what, key, range);
    case Kind::NotWhole: return Words::tr("%1 takes whole numbers, %2; \"%3\" is none.").arg(key, range, problem.what);
    case Kind::OutOfRange: return Words::tr("%1 cannot be %2. It is %3.").arg(key, problem.what, range);
    case Kind::EmptyRange:
        return Words::tr("The range %1 of %2 is empty. Let it end above where it begins.").arg(problem.what, key);
    case Kind::NoSteps:
        return Words::tr(
                   "The range %1 of %2 says not how many values it has. Write FROM..TO:STEPS, from 2 to %3 steps.")
            .arg(problem.what, key)
            .arg(mostSweptValues);
    case Kind::WordsAreNamed:
        return Words::tr("%1 has no range: name its values, %2, with commas between them.").arg(key, range);
    case Kind::TooMany:
        return Words::tr("Those are too many values of %1. At most %2 are played.").arg(key).arg(mostSweptValues);
    case Kind::Contradiction:
        return Words::tr("%1 cannot be %2 beside the rest of the configuration: %3")
            .arg(key, problem.what, problem.why);
    }
    return {};
}

} // namespace retryscope
