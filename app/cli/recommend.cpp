// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "interchangefiles.h"
#include "session.h"
#include "simulationinput.h"
#include "terminal.h"

#include "simulator/recommendation.h"
#include "simulator/scenariofile.h"
#include "words/recommendationwords.h"
#include "words/simulationwords.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>

#include <chrono>
#include <mutex>

namespace retryscope::cli {
namespace {

struct RecommendPlan
{
    RecommendationTask task;
    Configuration configuration;
};

/// False: one cannot be had; the sentence has been printed.
template <typename Names> bool readScenarios(QStringList names, const Names &usual, QVector<Scenario> *scenarios)
{
    if (names.isEmpty()) {
        for (const char *name : usual)
            names << QLatin1String(name);
    }
    for (const QString &name : names) {
        const auto scenario = readScenario(name, {});
        if (!scenario)
            return false;
        scenarios->append(*scenario);
    }
    return true;
}

/// Whether a new file can be made at the place; else the sentence has been printed.
bool isNewPlace(const QString &file)
{
    if (!mayWrite(file, QStringLiteral("--write")))
        return false;
    const QFileInfo info(file);
    if (info.dir().exists())
        return true;
    err(QStringLiteral("%1 cannot be written: there is no folder %2. Make it first.").arg(file, info.path()));
    return false;
}

/// Or the exit code; the sentence has been printed.
Expected<RecommendPlan, int> recommendPlan(const QCommandLineParser &parser)
{
    RecommendPlan plan;
    const auto luck = readLuck(parser);
    if (!luck)
        return Unexpected{luck.error()};
    const auto candidates = wholeNumber(parser.value(QStringLiteral("candidates")), 1, mostCandidates);
    if (!candidates) {
        err(QStringLiteral("--candidates takes a number from 1 to %1.").arg(mostCandidates));
        return Unexpected{int(Usage)};
    }
    if (parser.isSet(QStringLiteral("write")) && !isNewPlace(parser.value(QStringLiteral("write"))))
        return Unexpected{int(Usage)};
    const auto configuration = readPlayedConfiguration(parser.value(QStringLiteral("config")));
    if (!configuration || !readScenarios(parser.values(QStringLiteral("scenario")), usuallySearched, &plan.task.scenarios)
        || !readScenarios(parser.values(QStringLiteral("held-out")), usuallyHeldOut, &plan.task.heldOut))
        return Unexpected{int(BadConfiguration)};
    plan.configuration = *configuration;
    plan.task.current = policyOf(*configuration, parser.value(QStringLiteral("config")));
    plan.task.candidates = *candidates;
    plan.task.replications = luck->replications;
    plan.task.seed = luck->seed;
    plan.task.threads = luck->threads;
    return plan;
}

QJsonObject objectivesJson(const ObjectiveEstimates &values, bool difference)
{
    QJsonObject object;
    for (int o = 0; o < objectiveCount; ++o) {
        if (const auto &value = values[std::size_t(o)])
            object[toKey(objectives[o])] = difference ? differenceJson(value) : estimateJson(value);
    }
    return object;
}

QJsonObject candidateJson(const Candidate &candidate)
{
    return {{QStringLiteral("origin"), originText(candidate)},
            {QStringLiteral("retry"), toJson(candidate.config)},
            {QStringLiteral("replications"), candidate.replications},
            {QStringLiteral("values"), objectivesJson(candidate.values, false)},
            {QStringLiteral("less_yours"), objectivesJson(candidate.lessCurrent, true)}};
}

QJsonObject json(const RecommendationTask &task, const Recommendation &r)
{
    QJsonArray front, checks;
    for (const Candidate &candidate : r.front)
        front.append(candidateJson(candidate));
    for (const ScenarioCheck &check : r.checks)
        checks.append(QJsonObject{{QStringLiteral("scenario"), check.name},
                                  {QStringLiteral("held_out"), check.heldOut},
                                  {QStringLiteral("yours"), objectivesJson(check.current, false)},
                                  {QStringLiteral("chosen"), objectivesJson(check.chosen, false)},
                                  {QStringLiteral("less_yours"), objectivesJson(check.less, true)}});
    return {{QStringLiteral("kind"), QStringLiteral("recommendation")},
            {QStringLiteral("complete"), r.complete},
            {QStringLiteral("simplified"), r.simplified},
            {QStringLiteral("seed"), seedJson(task.seed)},
            {QStringLiteral("played"), r.played},
            {QStringLiteral("runs"), qint64(r.runs)},
            {QStringLiteral("yours"), candidateJson(r.current)},
            {QStringLiteral("front"), front},
            {QStringLiteral("chosen"), r.chosen},
            {QStringLiteral("less_yours"), objectivesJson(r.less, true)},
            {QStringLiteral("checks"), checks},
            {QStringLiteral("sentences"), QJsonArray::fromStringList(tellRecommendation(r))}};
}

QString frontTable(const Recommendation &r)
{
    QStringList head{QString()};
    for (const Measure measure : objectives)
        head << label(measure);
    QVector<QStringList> rows{head};
    for (const FrontPoint &point : frontPoints(r))
        rows.append(QStringList{point.name} + point.values);
    return columns(rows);
}

/// Tells how far it is on standard error, each percent once a second at most.
std::function<void(const RecommendationProgress &)> teller()
{
    struct Told
    {
        std::mutex mutex;
        std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now(), last = begun;
    };
    const auto told = std::make_shared<Told>();
    return [told](const RecommendationProgress &progress) {
        const std::lock_guard lock(told->mutex);
        const auto now = std::chrono::steady_clock::now();
        if (now - told->last < std::chrono::seconds(1))
            return;
        told->last = now;
        err(progressText(progress, now - told->begun), Priority::Information);
    };
}

int showFound(const QCommandLineParser &parser, const RecommendPlan &plan, const Recommendation &found)
{
    if (parser.isSet(QStringLiteral("json")))
        return out(line(json(plan.task, found))) ? Ok : OutputClosed;
    QString text = tellRecommendation(found).join(QStringLiteral("\n\n"));
    if (found.chosen >= 0)
        text += QStringLiteral(
                    "\n\nNone of these is worse than another in everything; each value with its 95 % interval over "
                    "the scenarios. ~ marks what does not differ from yours.\n\n%1\n\nPlayed %2 days, seed %3.")
                    .arg(frontTable(found))
                    .arg(found.runs)
                    .arg(plan.task.seed);
    return out(text + QLatin1Char('\n')) ? Ok : OutputClosed;
}

/// The configuration with the policy that was chosen.
int writeChoice(Configuration configuration, const Recommendation &found, const QString &file)
{
    if (found.chosen < 0) {
        err(QStringLiteral("%1 was not written.").arg(file));
        return Stopped;
    }
    configuration.retry = found.front[found.chosen].config;
    if (const auto saved = saveConfiguration(configuration, file); !saved) {
        err(saved.error());
        return CannotStart;
    }
    err(QStringLiteral("%1 is written.").arg(file), Priority::Information);
    return Ok;
}

} // namespace

int recommend(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral(
            "Looks for a better configuration: plays many through several scenarios, keeps those that nobody "
            "beats in everything, and chooses among those that answer no fewer calls than yours. Ctrl+C ends "
            "the search and shows what it found.\nScenarios: %1.")
            .arg(scenarioNames().join(QStringLiteral(", "))));
    addConfigurationOption(parser);
    parser.addOptions(
        {{QStringLiteral("scenario"),
          QStringLiteral("To search on, a name or a file; may be repeated. Default: minute-outage, slow-tuesday, "
                         "monday-nine, cut-streams."),
          QStringLiteral("NAME|FILE")},
         {QStringLiteral("held-out"),
          QStringLiteral("To check the choice on; may be repeated. Default: silent-minute, shared-key, key-revoked."),
          QStringLiteral("NAME|FILE")},
         {QStringLiteral("candidates"),
          QStringLiteral("How many are drawn, beside yours and the presets; default: %1.")
              .arg(RecommendationTask().candidates),
          QStringLiteral("N"), QString::number(RecommendationTask().candidates)},
         {QStringLiteral("write"), QStringLiteral("Write the configuration with the choice to a new file."),
          QStringLiteral("FILE")}});
    addLuckOptions(parser, RecommendationTask().replications);
    if (const auto code = parse(parser, arguments))
        return *code;
    if (const auto code = refuseWords(parser, "recommend"))
        return *code;
    const auto plan = recommendPlan(parser);
    if (!plan)
        return plan.error();
    const Recommendation found = retryscope::recommend(plan->task, teller(), [] { return stopRequested(); });
    if (const int code = showFound(parser, *plan, found); code != Ok)
        return code;
    if (parser.isSet(QStringLiteral("write"))) {
        if (const int code = writeChoice(plan->configuration, found, parser.value(QStringLiteral("write"))); code != Ok)
            return code;
    }
    return found.complete ? Ok : Stopped;
}

} // namespace retryscope::cli
