// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "base/timeformat.h"
#include "config/retryfields.h"
#include "session.h"
#include "simulationinput.h"
#include "terminal.h"

#include "simulator/scenariofile.h"
#include "simulator/sweep.h"
#include "words/simulationwords.h"

#include <QJsonArray>

namespace retryscope::cli {
namespace {

/// Or the exit code; the sentence has been printed.
Expected<Sweep, int> sweepFrom(const QCommandLineParser &parser)
{
    const auto luck = readLuck(parser);
    if (!luck)
        return Unexpected{luck.error()};
    const QStringList sets = parser.values(QStringLiteral("set"));
    if (sets.size() > 1) {
        err(QStringLiteral("One field can be swept at a time, and --set is there %1 times. Give it once.")
                .arg(sets.size()));
        return Unexpected{int(Usage)};
    }
    if (sets.isEmpty()) {
        err(QStringLiteral("Name one field with --set FIELD=VALUE,VALUE,... or --set FIELD=FROM..TO:STEPS."));
        return Unexpected{int(Usage)};
    }
    const auto swept = sweptFromText(sets.first());
    if (!swept) {
        err(sentence(swept.error()));
        return Unexpected{int(Usage)};
    }
    const auto configuration = readPlayedConfiguration(parser.value(QStringLiteral("config")));
    const auto scenario = readScenario(parser.value(QStringLiteral("scenario")), parser.value(QStringLiteral("trace")));
    if (!configuration || !scenario)
        return Unexpected{int(BadConfiguration)};
    const SimulatedPolicy base = policyOf(*configuration, parser.value(QStringLiteral("config")));
    Sweep sweep{*scenario, base, *swept, luck->replications, luck->seed, luck->threads};
    if (const auto problem = problemOf(sweep)) {
        err(sentence(*problem));
        return Unexpected{int(Usage)};
    }
    return sweep;
}

QJsonObject measuresJson(const SweepResult::Estimates &estimates)
{
    QJsonObject measures;
    for (int m = 0; m < measureCount; ++m) {
        if (const auto &value = estimates[std::size_t(m)])
            measures[toKey(Measure(m))] = estimateJson(value);
        else if (Measure(m) == Measure::Recovery)
            measures[toKey(Measure(m))] = noRecoveryJson();
    }
    return measures;
}

QJsonObject json(const Sweep &sweep, const QString &policy, const SweepResult &result)
{
    const RetryConfigField &field = *sweep.swept.field;
    const QString key = QLatin1String(field.key);
    QJsonArray rows;
    for (const SweepResult::Row &row : result.rows) {
        QJsonObject differences;
        for (int m = 0; m < measureCount; ++m) {
            if (const auto &difference = row.lessBase[std::size_t(m)])
                differences[toKey(Measure(m))] = differenceJson(difference);
        }
        RetryConfig config = *sweep.base.config;
        field.set(config, row.value);
        rows.append(QJsonObject{{QStringLiteral("value"), toJson(config)[key]},
                                {QStringLiteral("is_base"), row.isBase},
                                {QStringLiteral("measures"), measuresJson(row.measures)},
                                {QStringLiteral("less_the_base"), differences}});
    }
    return {{QStringLiteral("kind"), QStringLiteral("sweep")},
            {QStringLiteral("scenario"), sweep.scenario.name},
            {QStringLiteral("policy"), policy},
            {QStringLiteral("field"), key},
            {QStringLiteral("complete"), result.complete},
            {QStringLiteral("replications"), result.replications},
            {QStringLiteral("seed"), seedJson(sweep.seed)},
            {QStringLiteral("events"), qint64(result.events)},
            {QStringLiteral("digest"), QString::number(result.digest, 16)},
            {QStringLiteral("base"), QJsonObject{{QStringLiteral("value"), toJson(*sweep.base.config)[key]},
                                                 {QStringLiteral("measures"), measuresJson(result.base)}}},
            {QStringLiteral("values"), rows}};
}

/// Of those measures that some value moves; the others are named below it.
QString table(const Sweep &sweep, const SweepResult &result)
{
    const RetryConfigField &field = *sweep.swept.field;
    QStringList head{QLatin1String(field.key)}, same;
    QStringList base{QStringLiteral("%1 (as it is)").arg(valueText(field, field.get(*sweep.base.config)))};
    QVector<int> moved;
    for (int m = 0; m < measureCount; ++m) {
        const bool moves = std::any_of(result.rows.begin(), result.rows.end(), [m](const SweepResult::Row &row) {
            const auto &difference = row.lessBase[std::size_t(m)];
            return difference && !isNone(*difference);
        });
        if (isToldWhereKnown(Measure(m)) && !result.base[std::size_t(m)])
            continue;
        const QString text = estimateText(Measure(m), result.base[std::size_t(m)]);
        if (!moves) {
            same << QStringLiteral("%1 (%2)").arg(label(Measure(m)), text);
            continue;
        }
        moved.append(m);
        head << label(Measure(m));
        base << text;
    }
    QVector<QStringList> rows{head, base};
    for (const SweepResult::Row &row : result.rows) {
        if (row.isBase)
            continue;
        QStringList cells{valueText(field, row.value)};
        for (const int m : moved)
            cells << estimateText(Measure(m), row.measures[std::size_t(m)], row.lessBase[std::size_t(m)]);
        rows.append(cells);
    }
    if (same.isEmpty())
        return columns(rows);
    return columns(rows) + QStringLiteral("\n\nNo value changes: %1.").arg(same.join(QStringLiteral(", ")));
}

} // namespace

int sweep(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Plays a configuration again with each value of one field of \"retry\", on the same luck: what "
                       "does this knob do?\nScenarios: %1.")
            .arg(scenarioNames().join(QStringLiteral(", "))));
    addConfigurationOption(parser);
    parser.addOption({QStringLiteral("set"),
                      QStringLiteral("The field and its values, such as max_attempts=1,2,4, jitter=none,full or "
                                     "base_delay_s=0.1..2:5 (five values)."),
                      QStringLiteral("FIELD=VALUES")});
    addScenarioOptions(parser);
    addLuckOptions(parser, Sweep().replications);
    if (const auto code = parse(parser, arguments))
        return *code;
    if (const auto code = refuseWords(parser, "sweep"))
        return *code;
    const auto plan = sweepFrom(parser);
    if (!plan)
        return plan.error();
    const SweepResult result = run(*plan, {}, [] { return stopRequested(); });
    if (const auto code = tellCutShort(result.complete, result.tooMany, result.replications, plan->replications))
        return *code;
    const int code = result.complete ? Ok : Stopped;
    const QString policy = policyName(parser.value(QStringLiteral("config")));
    if (parser.isSet(QStringLiteral("json")))
        return out(line(json(*plan, policy, result))) ? code : OutputClosed;
    const Scenario &s = plan->scenario;
    const bool open = out(QStringLiteral("%1\n%2 of it, %3 times, seed %4; each value with its 95 % interval. ~ "
                                         "marks what does not differ from %5.\n\n%6\n")
                              .arg(headline(s), formatDuration(s.length))
                              .arg(result.replications)
                              .arg(plan->seed)
                              .arg(policy, table(*plan, result)));
    return open ? code : OutputClosed;
}

} // namespace retryscope::cli
