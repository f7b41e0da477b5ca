// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "session.h"
#include "terminal.h"

#include "base/userfiles.h"
#include "config/configuration.h"
#include "engine/targets.h"
#include "simulator/baselines.h"
#include "simulator/scenariofile.h"
#include "simulator/study.h"
#include "words/simulationwords.h"

#include <QJsonArray>

#include <algorithm>
#include <chrono>

namespace retryscope::cli {
namespace {

constexpr qint64 largestScenario = 4 << 20, largestTrace = 256 << 20;
constexpr int fewestReplications = 2, mostReplications = 10'000;

/// What the command line asks for, read and checked.
struct Plan
{
    Study study;
    QStringList names; ///< of the policies
};

std::optional<Configuration> readConfiguration(const QString &file)
{
    if (file.isEmpty()) {
        Configuration c;
        c.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:0")));
        return c;
    }
    const LoadedConfiguration loaded = loadConfiguration(file);
    if (printIssues(loaded.issues, file))
        return std::nullopt;
    if (enabledProviders(loaded.configuration).isEmpty()) {
        err(QStringLiteral("%1 enables no provider, so there is nobody to play.").arg(file));
        return std::nullopt;
    }
    return loaded.configuration;
}

std::optional<Scenario> readScenario(const QString &name, const QString &traceFile)
{
    std::optional<Scenario> scenario = namedScenario(name);
    if (!scenario) {
        const auto bytes = readBoundedFile(name, largestScenario);
        if (!bytes) {
            err(QStringLiteral(
                    "\"%1\" is neither a scenario that comes with the program (%2) nor a file that can be read.")
                    .arg(name, scenarioNames().join(QStringLiteral(", "))));
            return std::nullopt;
        }
        const LoadedScenario loaded = scenarioFromJson(*bytes);
        if (printIssues(loaded.issues, name))
            return std::nullopt;
        scenario = loaded.scenario;
    }
    if (!traceFile.isEmpty()) {
        const auto bytes = readBoundedFile(traceFile, largestTrace);
        const auto rows = bytes
                              ? traceFromCsv(*bytes)
                              : Expected<QVector<TraceRow>, QString>(Unexpected{QStringLiteral("It cannot be read.")});
        if (!rows) {
            err(QStringLiteral("%1: %2").arg(traceFile, rows.error()));
            return std::nullopt;
        }
        scenario->workload.kind = Workload::Kind::Trace;
        scenario->workload.trace = *rows;
        scenario->length = rows->last().at + 1s;
    } else if (scenario->workload.kind == Workload::Kind::Trace) {
        err(QStringLiteral("The scenario %1 replays a trace: name one with --trace FILE.").arg(name));
        return std::nullopt;
    }
    return scenario;
}

SimulatedPolicy policyOf(const Configuration &c)
{
    return {std::make_shared<const RetryConfig>(c.retry), targetsFor(c, {}), false};
}

std::optional<int> wholeNumber(const QString &text, int least, int most)
{
    bool ok = false;
    const int number = text.toInt(&ok);
    return ok && number >= least && number <= most ? std::optional(number) : std::nullopt;
}

/// Or the exit code; the sentence has been printed.
Expected<Plan, int> planFrom(const QCommandLineParser &parser)
{
    Plan plan;
    const auto replications =
        wholeNumber(parser.value(QStringLiteral("replications")), fewestReplications, mostReplications);
    bool seedOk = false;
    plan.study.seed = parser.value(QStringLiteral("seed")).toULongLong(&seedOk);
    const auto threads = wholeNumber(parser.value(QStringLiteral("threads")), 0, 1'024);
    if (!replications || !seedOk || !threads) {
        err(QStringLiteral(
                "--replications takes a number from %1 to %2, --seed a whole number, --threads a number from 0 (all "
                "cores) to 1024.")
                .arg(fewestReplications)
                .arg(mostReplications));
        return Unexpected{int(Usage)};
    }
    plan.study.replications = *replications;
    plan.study.threads = *threads;
    const QString file = parser.value(QStringLiteral("config"));
    const auto configuration = readConfiguration(file);
    const auto scenario = readScenario(parser.value(QStringLiteral("scenario")), parser.value(QStringLiteral("trace")));
    if (!configuration || !scenario)
        return Unexpected{int(BadConfiguration)};
    plan.study.scenario = *scenario;
    plan.study.policies.append(policyOf(*configuration));
    plan.names << (file.isEmpty() ? QStringLiteral("default") : file);
    for (const QString &other : parser.values(QStringLiteral("against"))) {
        const auto against = readConfiguration(other);
        if (!against)
            return Unexpected{int(BadConfiguration)};
        plan.study.policies.append(policyOf(*against));
        plan.names << other;
    }
    plan.study.policies.append(plainClient(plan.study.policies.first().chain));
    plan.study.policies.append(plainClient(plan.study.policies.first().chain, 1));
    plan.names << QStringLiteral("sdk-default") << QStringLiteral("no-retry");
    return plan;
}

QJsonObject json(const std::optional<Estimate> &e)
{
    if (!e)
        return {};
    QJsonObject object{{QStringLiteral("mean"), e->mean}, {QStringLiteral("replications"), e->replications}};
    if (e->halfWidth)
        object[QStringLiteral("half_width_95")] = *e->halfWidth;
    return object;
}

QJsonObject json(const Plan &plan, const StudyResult &result)
{
    QJsonArray policies;
    for (int p = 0; p < plan.names.size(); ++p) {
        QJsonObject measures, differences;
        for (int m = 0; m < measureCount; ++m) {
            if (const auto value = result.of(p, Measure(m)))
                measures[toKey(Measure(m))] = json(value);
            if (const auto difference = p > 0 ? result.difference(p, 0, Measure(m)) : std::nullopt) {
                QJsonObject object = json(difference);
                object[QStringLiteral("none")] = isNone(*difference);
                differences[toKey(Measure(m))] = object;
            }
        }
        QJsonObject policy{{QStringLiteral("policy"), plan.names[p]}, {QStringLiteral("measures"), measures}};
        if (p > 0)
            policy[QStringLiteral("less_the_first")] = differences;
        policies.append(policy);
    }
    return {{QStringLiteral("kind"), QStringLiteral("simulation")},
            {QStringLiteral("scenario"), plan.study.scenario.name},
            {QStringLiteral("replications"), plan.study.replications},
            {QStringLiteral("seed"), qint64(plan.study.seed)},
            {QStringLiteral("events"), qint64(result.events)},
            {QStringLiteral("digest"), QString::number(result.digest, 16)},
            {QStringLiteral("policies"), policies}};
}

/// Left bound, two spaces apart.
QString columns(const QVector<QStringList> &rows)
{
    QVector<qsizetype> widths(rows.first().size(), 0);
    for (const QStringList &row : rows) {
        for (qsizetype c = 0; c < row.size(); ++c)
            widths[c] = std::max(widths[c], row[c].size());
    }
    QStringList lines;
    for (const QStringList &row : rows) {
        QString line;
        for (qsizetype c = 0; c < row.size(); ++c)
            line += row[c].leftJustified(c + 1 < row.size() ? int(widths[c]) + 2 : 0);
        lines << line;
    }
    return lines.join(QLatin1Char('\n'));
}

QString table(const Plan &plan, const StudyResult &result)
{
    QStringList head{QString()};
    head += plan.names;
    QVector<QStringList> rows{head};
    for (int m = 0; m < measureCount; ++m) {
        QStringList row{label(Measure(m))};
        for (int p = 0; p < plan.names.size(); ++p)
            row << estimateText(Measure(m), result.of(p, Measure(m)),
                                p > 0 ? result.difference(p, 0, Measure(m)) : std::nullopt);
        rows.append(row);
    }
    return columns(rows);
}

} // namespace

int simulate(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Plays a configuration through a day of trouble, on virtual time and modelled providers, beside "
                       "what an SDK "
                       "does by default and beside no retry at all; and says how sure it is.\nScenarios: %1.")
            .arg(scenarioNames().join(QStringLiteral(", "))));
    parser.addOptions(
        {{QStringLiteral("config"), QStringLiteral("Configuration file; without it the defaults and four providers."),
          QStringLiteral("FILE")},
         {QStringLiteral("against"), QStringLiteral("Another configuration, on the same luck. May be repeated."),
          QStringLiteral("FILE")},
         {QStringLiteral("scenario"), QStringLiteral("Name or file; default: minute-outage."),
          QStringLiteral("NAME|FILE"), QStringLiteral("minute-outage")},
         {QStringLiteral("trace"),
          QStringLiteral("Calls as they were recorded: a CSV file with TIMESTAMP,ContextTokens,GeneratedTokens."),
          QStringLiteral("FILE")},
         {QStringLiteral("replications"), QStringLiteral("How many days are played; default: 20."), QStringLiteral("N"),
          QStringLiteral("20")},
         {QStringLiteral("seed"), QStringLiteral("Names the luck; default: 1."), QStringLiteral("N"),
          QStringLiteral("1")},
         {QStringLiteral("threads"), QStringLiteral("Default: 0, all cores. The result is the same."),
          QStringLiteral("N"), QStringLiteral("0")},
         {QStringLiteral("json"), QStringLiteral("Print JSON.")}});
    if (const auto code = parse(parser, arguments))
        return *code;
    if (const auto code = refuseWords(parser, "simulate"))
        return *code;
    const auto plan = planFrom(parser);
    if (!plan)
        return plan.error();
    const auto begun = std::chrono::steady_clock::now();
    const StudyResult result = run(plan->study, {}, [] { return stopRequested(); });
    if (!result.complete)
        return Stopped;
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    if (parser.isSet(QStringLiteral("json")))
        return out(line(json(*plan, result))) ? Ok : OutputClosed;
    const Scenario &s = plan->study.scenario;
    const bool open =
        out(QStringLiteral("%1: %2\n%3 of it, %4 times, seed %5; each value with its 95 % interval. ~ marks what does "
                           "not differ from %6.\n\n%7\nPlayed %8 events in %9.\n")
                .arg(s.name, s.about, formatDuration(s.length))
                .arg(plan->study.replications)
                .arg(plan->study.seed)
                .arg(plan->names.first(), table(*plan, result))
                .arg(result.events)
                .arg(formatDuration(fromSeconds(took))));
    return open ? Ok : OutputClosed;
}

} // namespace retryscope::cli
