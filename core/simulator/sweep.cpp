// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/retryfields.h"
#include "simulator/sweep.h"

#include <QLocale>

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

using Kind = SweepProblem::Kind;
using Swept = Expected<SweptField, SweepProblem>;

/// Numbers only: NaN is out of every range.
std::optional<SweepProblem> problemOf(const RetryConfigField &field, double value, const QString &text)
{
    if (!(value >= field.minimum && value <= field.maximum))
        return SweepProblem{Kind::OutOfRange, text, &field, {}};
    if (field.kind == FieldKind::Integer && value != std::floor(value))
        return SweepProblem{Kind::NotWhole, text, &field, {}};
    return std::nullopt;
}

Expected<double, SweepProblem> valueFrom(const RetryConfigField &field, const QString &text)
{
    if (text.isEmpty())
        return Unexpected{SweepProblem{Kind::NoValue, text, &field, {}}};
    for (qsizetype i = 0; i < field.choices.size(); ++i) {
        if (text == QLatin1String(field.choices[i]))
            return double(i);
    }
    const bool yes = text == QLatin1String("true");
    if (field.kind == FieldKind::Switch && (yes || text == QLatin1String("false")))
        return double(yes);
    bool ok = false;
    const double value = text.toDouble(&ok);
    if (!ok || field.kind == FieldKind::Choice || field.kind == FieldKind::Switch)
        return Unexpected{SweepProblem{Kind::NotAValue, text, &field, {}}};
    if (auto problem = problemOf(field, value, text))
        return Unexpected{*problem};
    return value;
}

Swept rangeFrom(const RetryConfigField &field, const QString &text, qsizetype dots)
{
    if (field.kind == FieldKind::Choice || field.kind == FieldKind::Switch)
        return Unexpected{SweepProblem{Kind::WordsAreNamed, text, &field, {}}};
    const qsizetype colon = text.indexOf(QLatin1Char(':'));
    bool ok = false;
    const int steps = colon > 0 ? text.mid(colon + 1).trimmed().toInt(&ok) : 0;
    const bool huge = !ok && colon > 0 && text.mid(colon + 1).trimmed().toDouble() > mostSweptValues;
    if ((!ok || steps < 2) && !huge)
        return Unexpected{SweepProblem{Kind::NoSteps, text, &field, {}}};
    const auto from = valueFrom(field, text.left(dots).trimmed());
    const auto to = valueFrom(field, text.mid(dots + 2, colon - dots - 2).trimmed());
    if (!from || !to)
        return Unexpected{!from ? from.error() : to.error()};
    return sweptRange(field, *from, *to, huge ? mostSweptValues + 1 : steps);
}

SimulatedPolicy withValue(const Sweep &sweep, double value)
{
    RetryConfig config = *sweep.base.config;
    sweep.swept.field->set(config, value);
    SimulatedPolicy policy = sweep.base;
    policy.config = std::make_shared<const RetryConfig>(config);
    return policy;
}

} // namespace

const RetryConfigField *retryConfigField(const QString &key)
{
    const QVector<RetryConfigField> &fields = retryConfigFields();
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&key](const RetryConfigField &f) { return key == QLatin1String(f.key); });
    return field == fields.end() ? nullptr : &*field;
}

QString valueText(const RetryConfigField &field, double value)
{
    if (field.kind == FieldKind::Choice)
        return QLatin1String(field.choices[qsizetype(value)]);
    if (field.kind == FieldKind::Switch)
        return value != 0.0 ? QStringLiteral("true") : QStringLiteral("false");
    return QString::number(value, 'g', QLocale::FloatingPointShortest);
}

Swept sweptRange(const RetryConfigField &field, double from, double to, int steps)
{
    const QString text = QStringLiteral("%1..%2").arg(from).arg(to);
    for (const double end : {from, to}) {
        if (auto problem = problemOf(field, end, QString::number(end)))
            return Unexpected{*problem};
    }
    if (!(from < to))
        return Unexpected{SweepProblem{Kind::EmptyRange, text, &field, {}}};
    if (steps < 2)
        return Unexpected{SweepProblem{Kind::NoSteps, text, &field, {}}};
    if (steps > mostSweptValues)
        return Unexpected{SweepProblem{Kind::TooMany, text, &field, {}}};
    SweptField swept{&field, {}};
    for (int i = 0; i < steps; ++i) {
        const double exact = i + 1 < steps ? from + (to - from) * i / (steps - 1) : to;
        const double value = field.kind == FieldKind::Integer ? std::round(exact) : exact;
        if (!swept.values.contains(value))
            swept.values.append(value);
    }
    return swept;
}

Swept sweptFromText(const QString &text)
{
    const qsizetype equals = text.indexOf(QLatin1Char('='));
    if (equals < 1)
        return Unexpected{SweepProblem{Kind::NoAssignment, text, nullptr, {}}};
    const QString key = text.left(equals).trimmed(), values = text.mid(equals + 1).trimmed();
    const RetryConfigField *field = retryConfigField(key);
    if (!field)
        return Unexpected{SweepProblem{Kind::UnknownField, key, nullptr, {}}};
    if (const qsizetype dots = values.indexOf(QLatin1String("..")); dots >= 0)
        return rangeFrom(*field, values, dots);
    SweptField swept{field, {}};
    for (const QString &part : values.split(QLatin1Char(','))) {
        const auto value = valueFrom(*field, part.trimmed());
        if (!value)
            return Unexpected{value.error()};
        if (!swept.values.contains(*value))
            swept.values.append(*value);
        if (swept.values.size() > mostSweptValues)
            return Unexpected{SweepProblem{Kind::TooMany, values.left(20), field, {}}};
    }
    return swept;
}

std::optional<SweepProblem> problemOf(const Sweep &sweep)
{
    for (const double value : sweep.swept.values) {
        for (const ConfigIssue &issue : validate(*withValue(sweep, value).config)) {
            if (issue.severity == ConfigIssue::Severity::Error)
                return SweepProblem{Kind::Contradiction, valueText(*sweep.swept.field, value), sweep.swept.field,
                                    issue.message};
        }
    }
    return std::nullopt;
}

SweepResult run(const Sweep &sweep, const std::function<void(double)> &progress, const std::function<bool()> &stopped)
{
    Study study{sweep.scenario, {sweep.base}, sweep.replications, sweep.seed, sweep.threads};
    const double own = sweep.swept.field->get(*sweep.base.config);
    QVector<int> places;
    for (const double value : sweep.swept.values) {
        places.append(value == own ? 0 : int(study.policies.size()));
        if (value != own)
            study.policies.append(withValue(sweep, value));
    }
    const StudyResult played = run(study, progress, stopped);
    SweepResult result;
    result.digest = played.digest;
    result.events = played.events;
    result.complete = played.complete;
    result.tooMany = played.tooMany;
    result.replications = played.replications();
    if (result.replications == 0)
        return result;
    for (int m = 0; m < measureCount; ++m)
        result.base[std::size_t(m)] = played.of(0, Measure(m));
    for (qsizetype i = 0; i < places.size(); ++i) {
        SweepResult::Row row{sweep.swept.values[i], {}, {}, places[i] == 0};
        for (int m = 0; m < measureCount; ++m) {
            row.measures[std::size_t(m)] = played.of(places[i], Measure(m));
            row.lessBase[std::size_t(m)] = played.difference(places[i], 0, Measure(m));
        }
        result.rows.append(row);
    }
    return result;
}

} // namespace retryscope
