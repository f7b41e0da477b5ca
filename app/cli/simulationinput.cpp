// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulationinput.h"

#include "base/timeformat.h"
#include "session.h"
#include "terminal.h"

#include "base/userfiles.h"
#include "replay/simulatedpolicy.h"
#include "engine/targets.h"
#include "simulator/scenariofile.h"
#include "words/labels.h"
#include "words/simulationwords.h"

#include <QDateTime>
#include <QFileInfo>
#include <QJsonObject>

#include <algorithm>

namespace retryscope::cli {
namespace {

constexpr qint64 largestScenario = 4 << 20, largestTrace = 256 << 20;
constexpr int fewestReplications = 2, mostReplications = 10'000;

} // namespace

void addConfigurationOption(QCommandLineParser &parser)
{
    parser.addOption({QStringLiteral("config"),
                      QStringLiteral("Configuration file; without it the defaults and four providers."),
                      QStringLiteral("FILE")});
}

void addScenarioOptions(QCommandLineParser &parser)
{
    parser.addOptions(
        {{QStringLiteral("scenario"), QStringLiteral("Name or file; default: minute-outage."),
          QStringLiteral("NAME|FILE"), QStringLiteral("minute-outage")},
         {QStringLiteral("trace"),
          QStringLiteral("Calls as they were recorded: a CSV file with TIMESTAMP,ContextTokens,GeneratedTokens."),
          QStringLiteral("FILE")}});
}

void addLuckOptions(QCommandLineParser &parser, int replications)
{
    const QString number = QString::number(replications);
    parser.addOptions({{QStringLiteral("replications"),
                        QStringLiteral("How many days are played; default: %1.").arg(number), QStringLiteral("N"),
                        number},
                       {QStringLiteral("seed"), QStringLiteral("Names the luck; default: 1."), QStringLiteral("N"),
                        QStringLiteral("1")},
                       {QStringLiteral("threads"), QStringLiteral("Default: 0, all cores. The result is the same."),
                        QStringLiteral("N"), QStringLiteral("0")},
                       {QStringLiteral("json"), QStringLiteral("Print JSON.")}});
}

Expected<Luck, int> readLuck(const QCommandLineParser &parser)
{
    const auto replications =
        wholeNumber(parser.value(QStringLiteral("replications")), fewestReplications, mostReplications);
    bool seedOk = false;
    const quint64 seed = parser.value(QStringLiteral("seed")).toULongLong(&seedOk);
    const auto threads = wholeNumber(parser.value(QStringLiteral("threads")), 0, 1'024);
    if (replications && seedOk && threads)
        return Luck{*replications, seed, *threads};
    err(QStringLiteral(
            "--replications takes a number from %1 to %2, --seed a whole number, --threads a number from 0 (all "
            "cores) to 1024.")
            .arg(fewestReplications)
            .arg(mostReplications));
    return Unexpected{int(Usage)};
}

std::optional<Configuration> readPlayedConfiguration(const QString &file)
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
        err(QStringLiteral("%1 enables no provider, so there is nobody to ask.").arg(file));
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
            err(QStringLiteral("\"%1\" is no scenario that comes with the program (%2), and as a file it %3. Name another "
                               "one, or check the path.")
                    .arg(name, scenarioNames().join(QStringLiteral(", ")), bytes.error().inSentence(largestScenario)));
            return std::nullopt;
        }
        const LoadedScenario loaded = scenarioFromJson(*bytes, QFileInfo(name).completeBaseName());
        if (printIssues(loaded.issues, name))
            return std::nullopt;
        scenario = loaded.scenario;
    }
    if (!traceFile.isEmpty()) {
        const auto bytes = readRegularFile(traceFile, largestTrace);
        if (!bytes) {
            err(QStringLiteral("%1 %2. Check the path and its permissions; --trace takes a CSV file.")
                    .arg(traceFile, bytes.error()));
            return std::nullopt;
        }
        const auto rows = traceFromCsv(*bytes);
        if (!rows) {
            err(QStringLiteral("%1: %2").arg(traceFile, rows.error()));
            return std::nullopt;
        }
        scenario->workload.kind = Workload::Kind::Trace;
        scenario->workload.trace = *rows;
        scenario->length = rows->last().at + 1s;
        if (const int outside = scenario->faultsOutside(); outside > 0)
            err(QStringLiteral(
                    "%1: warning: The trace is over after %2; %3 of the scenario %4 would begin later and never %5.")
                    .arg(traceFile, formatDuration(scenario->length),
                         outside == 1 ? QStringLiteral("a fault") : QStringLiteral("%1 faults").arg(outside),
                         scenario->name, outside == 1 ? QStringLiteral("comes") : QStringLiteral("come")),
                Priority::Warning);
    } else if (scenario->workload.kind == Workload::Kind::Trace) {
        err(QStringLiteral("The scenario %1 replays a trace: name one with --trace FILE.").arg(name));
        return std::nullopt;
    }
    return scenario;
}

SimulatedPolicy policyOf(const Configuration &configuration, const QString &file)
{
    if (file.isEmpty())
        return simulatedPolicy(configuration);
    const QString prices = pricesFileBeside(file);
    const LoadedPrices loaded = loadPrices(prices);
    printIssues(loaded.issues, prices);
    return simulatedPolicy(configuration, loaded.prices,
                           WallTime(std::chrono::milliseconds(QDateTime::currentMSecsSinceEpoch())));
}

QString policyName(const QString &file) { return file.isEmpty() ? QStringLiteral("default") : file; }

std::optional<int> wholeNumber(const QString &text, int least, int most)
{
    bool ok = false;
    const int number = text.toInt(&ok);
    return ok && number >= least && number <= most ? std::optional(number) : std::nullopt;
}

QJsonObject estimateJson(const std::optional<Estimate> &e)
{
    if (!e)
        return {};
    QJsonObject object{{QStringLiteral("mean"), e->mean}, {QStringLiteral("replications"), e->replications}};
    if (e->halfWidth)
        object[QStringLiteral("half_width_95")] = *e->halfWidth;
    return object;
}

QJsonObject differenceJson(const std::optional<Estimate> &difference)
{
    QJsonObject object = estimateJson(difference);
    if (difference)
        object[QStringLiteral("none")] = isNone(*difference);
    return object;
}

QJsonObject noRecoveryJson()
{
    return {{QStringLiteral("none"), true}, {QStringLiteral("why"), estimateText(Measure::Recovery, {})}};
}

QJsonValue seedJson(quint64 seed)
{
    constexpr quint64 exact = quint64(1) << 53;
    return seed <= exact ? QJsonValue(qint64(seed)) : QJsonValue(QString::number(seed));
}

std::optional<int> tellCutShort(bool complete, bool tooMany, int replications, int wanted)
{
    if (complete)
        return std::nullopt;
    if (tooMany) {
        err(tooManyCallsText());
        return BadConfiguration;
    }
    constexpr int fewest = 2; // of which an interval can be made
    const QString stopped = QStringLiteral("It was stopped after %1 of %2 days").arg(replications).arg(wanted);
    err(replications < fewest ? QStringLiteral("%1, which are too few to say anything.").arg(stopped)
                              : QStringLiteral("%1; this is what those say.").arg(stopped),
        Priority::Warning);
    return replications < fewest ? std::optional(int(Stopped)) : std::nullopt;
}

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

} // namespace retryscope::cli
