// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "base/timeformat.h"
#include "session.h"
#include "simulationinput.h"
#include "terminal.h"

#include "simulator/baselines.h"
#include "simulator/scenariofile.h"
#include "simulator/study.h"
#include "words/simulationwords.h"
#include "words/slotwords.h"

#include <QJsonArray>

#include <chrono>

namespace retryscope::cli {
namespace {

/// What the command line asks for, read and checked.
struct Plan
{
    Study study;
    QStringList names; ///< of the policies
    QStringList about; ///< the named clients among them that were asked for
};

/// Whether it is played whatever is asked for.
bool standsBeside(NamedClient client) { return client == NamedClient::SdkDefault || client == NamedClient::NoRetry; }

QStringList askedForByName()
{
    QStringList keys;
    for (int i = 0; i < namedClientCount; ++i) {
        if (!standsBeside(NamedClient(i)))
            keys << toKey(NamedClient(i));
    }
    return keys;
}

void addNamed(Plan &plan, NamedClient client)
{
    plan.study.policies.append(namedClient(client, plan.study.policies.first()));
    plan.names << toKey(client);
    if (!standsBeside(client))
        plan.about << QStringLiteral("%1: %2").arg(toKey(client), about(client));
}

/// Or the exit code; the sentence has been printed.
Expected<Plan, int> planFrom(const QCommandLineParser &parser)
{
    Plan plan;
    const auto luck = readLuck(parser);
    if (!luck)
        return Unexpected{luck.error()};
    plan.study.replications = luck->replications;
    plan.study.seed = luck->seed;
    plan.study.threads = luck->threads;
    const QString file = parser.value(QStringLiteral("config"));
    const auto configuration = readPlayedConfiguration(file);
    const auto scenario = readScenario(parser.value(QStringLiteral("scenario")), parser.value(QStringLiteral("trace")));
    if (!configuration || !scenario)
        return Unexpected{int(BadConfiguration)};
    plan.study.scenario = *scenario;
    plan.study.policies.append(policyOf(*configuration, file));
    plan.names << policyName(file);
    for (const QString &other : parser.values(QStringLiteral("against"))) {
        if (const auto client = namedClientFromKey(other)) {
            if (!plan.names.contains(other) && !standsBeside(*client))
                addNamed(plan, *client);
            continue;
        }
        const auto against = readPlayedConfiguration(other);
        if (!against)
            return Unexpected{int(BadConfiguration)};
        plan.study.policies.append(policyOf(*against, other));
        plan.names << other;
    }
    for (int i = 0; i < namedClientCount; ++i) {
        if (standsBeside(NamedClient(i)))
            addNamed(plan, NamedClient(i));
    }
    return plan;
}

QJsonObject json(const SlotRelief &relief)
{
    return {{QStringLiteral("max_concurrent"), relief.atOnce},
            {QStringLiteral("replications"), relief.days},
            {QStringLiteral("share_of_the_time"), relief.share},
            {QStringLiteral("slot_wait_s"), estimateJson(relief.wait)},
            {QStringLiteral("p95_s"), estimateJson(relief.p95)},
            {QStringLiteral("with"), QJsonObject{{QStringLiteral("max_concurrent"), relief.more},
                                                 {QStringLiteral("slot_wait_s"), estimateJson(relief.waitThen)},
                                                 {QStringLiteral("p95_s"), estimateJson(relief.p95Then)},
                                                 {QStringLiteral("p95_less_the_first"), differenceJson(relief.later)}}},
            {QStringLiteral("words"), sentence(relief)}};
}

QJsonObject json(const Plan &plan, const StudyResult &result, const std::optional<SlotRelief> &relief)
{
    QJsonArray policies;
    for (int p = 0; p < plan.names.size(); ++p) {
        QJsonObject measures, differences;
        for (int m = 0; m < measureCount; ++m) {
            if (const auto value = result.of(p, Measure(m)))
                measures[toKey(Measure(m))] = estimateJson(value);
            else if (Measure(m) == Measure::Recovery)
                measures[toKey(Measure(m))] = noRecoveryJson();
            if (const auto difference = p > 0 ? result.difference(p, 0, Measure(m)) : std::nullopt)
                differences[toKey(Measure(m))] = differenceJson(difference);
        }
        QJsonObject policy{{QStringLiteral("policy"), plan.names[p]}, {QStringLiteral("measures"), measures}};
        if (p > 0)
            policy[QStringLiteral("less_the_first")] = differences;
        else if (relief)
            policy[QStringLiteral("more_slots")] = json(*relief);
        if (const auto client = p > 0 ? namedClientFromKey(plan.names[p]) : std::nullopt)
            policy[QStringLiteral("about")] = about(*client);
        policies.append(policy);
    }
    return {{QStringLiteral("kind"), QStringLiteral("simulation")},
            {QStringLiteral("scenario"), plan.study.scenario.name},
            {QStringLiteral("complete"), result.complete},
            {QStringLiteral("replications"), result.replications()},
            {QStringLiteral("seed"), seedJson(plan.study.seed)},
            {QStringLiteral("events"), qint64(result.events)},
            {QStringLiteral("digest"), QString::number(result.digest, 16)},
            {QStringLiteral("policies"), policies}};
}

QString table(const Plan &plan, const StudyResult &result)
{
    QStringList head{QString()};
    head += plan.names;
    QVector<QStringList> rows{head};
    for (int m = 0; m < measureCount; ++m) {
        QStringList row{label(Measure(m))};
        if (!result.tells(Measure(m)))
            continue;
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
    addConfigurationOption(parser);
    parser.addOption({QStringLiteral("against"),
                      QStringLiteral("Another configuration, or a client of others by its name (%1), on the same luck. "
                                     "May be repeated.")
                          .arg(askedForByName().join(QStringLiteral(", "))),
                      QStringLiteral("FILE|NAME")});
    addScenarioOptions(parser);
    addLuckOptions(parser, Study().replications);
    if (const auto code = parse(parser, arguments))
        return *code;
    if (const auto code = refuseWords(parser, "simulate"))
        return *code;
    const auto plan = planFrom(parser);
    if (!plan)
        return plan.error();
    const auto begun = std::chrono::steady_clock::now();
    const StudyResult result = run(plan->study, {}, [] { return stopRequested(); });
    if (const auto code =
            tellCutShort(result.complete, result.tooMany, result.replications(), plan->study.replications))
        return *code;
    const int code = result.complete ? Ok : Stopped;
    const auto relief = result.complete && result.tells(Measure::SlotWait)
                            ? slotRelief(plan->study.scenario, plan->study.policies.first(), plan->study.seed,
                                         plan->study.replications, [] { return stopRequested(); })
                            : std::nullopt;
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    if (parser.isSet(QStringLiteral("json")))
        return out(line(json(*plan, result, relief))) ? code : OutputClosed;
    const Scenario &s = plan->study.scenario;
    const bool open =
        out(QStringLiteral("%1\n%2 of it, %3 times, seed %4; each value with its 95 % interval. ~ marks what does "
                           "not differ from %5.\n\n%6\n%7%8Played %9 events in %10.\n")
                .arg(headline(s), formatDuration(s.length))
                .arg(result.replications())
                .arg(plan->study.seed)
                .arg(plan->names.first(), table(*plan, result),
                     plan->about.isEmpty() ? QString() : QStringLiteral("\n%1\n\n").arg(plan->about.join(u'\n')),
                     relief ? QStringLiteral("\n%1\n\n").arg(sentence(*relief)) : QString())
                .arg(result.events)
                .arg(formatDuration(fromSeconds(took))));
    return open ? code : OutputClosed;
}

} // namespace retryscope::cli
