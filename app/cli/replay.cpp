// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "base/timeformat.h"
#include "recordinput.h"
#include "session.h"
#include "simulationinput.h"
#include "terminal.h"

#include "replay/replay.h"
#include "words/forecastwords.h"
#include "words/incidentreplaywords.h"
#include "words/simulationwords.h"

#include <QJsonArray>

namespace retryscope::cli {
namespace {

/// A policy and what it would have made of the record.
struct Played
{
    QString name;
    Replay replay;
};

/// What the first policy has against another one.
QJsonObject differencesJson(const StudyResult &result, int other)
{
    QJsonObject differences;
    for (int m = 0; m < measureCount; ++m) {
        if (const auto difference = result.difference(0, other, Measure(m)))
            differences[toKey(Measure(m))] = differenceJson(difference);
    }
    return differences;
}

QJsonObject json(const IncidentRecord &made)
{
    const Incident &i = made.of.incident;
    return {{QStringLiteral("provider"), i.provider},
            {QStringLiteral("reason"), toKey(i.cause())},
            {QStringLiteral("from"), formatWallTime(i.started)},
            {QStringLiteral("to"), formatWallTime(made.of.end())},
            {QStringLiteral("run"), made.of.run},
            {QStringLiteral("simulated"), i.simulated},
            {QStringLiteral("failed_calls"), qint64(i.failedCalls)},
            {QStringLiteral("rerouted_calls"), qint64(i.reroutedCalls)},
            {QStringLiteral("delayed_calls"), qint64(i.delayedCalls)},
            {QStringLiteral("events_missing"), made.missing}};
}

QJsonObject json(const Record &record, const QVector<Played> &all, const StudyResult &result)
{
    QJsonObject actual;
    QJsonArray policies;
    for (int m = 0; m < measureCount; ++m) {
        if (const auto value = actualOf(record, Measure(m)))
            actual[toKey(Measure(m))] = *value;
    }
    const auto rules = [](const std::map<QString, double> &by) {
        QJsonObject object;
        for (const auto &[rule, calls] : by)
            object[rule] = calls;
        return object;
    };
    for (const Played &played : all) {
        const int place = int(policies.size());
        QJsonObject measures;
        for (int m = 0; m < measureCount; ++m) {
            if (const auto &value = played.replay.measures[std::size_t(m)])
                measures[toKey(Measure(m))] = estimateJson(value);
        }
        QJsonObject policy{{QStringLiteral("policy"), played.name},
                                    {QStringLiteral("measures"), measures},
                                    {QStringLiteral("assumed_share"), estimateJson(played.replay.assumed)},
                                    {QStringLiteral("saved"), played.replay.saved},
                                    {QStringLiteral("saved_from"), rules(played.replay.savedFrom)},
                                    {QStringLiteral("lost"), played.replay.lost},
                                    {QStringLiteral("lost_to"), rules(played.replay.lostTo)}};
        if (place > 0)
            policy[QStringLiteral("first_has_against_it")] = differencesJson(result, place);
        policies.append(policy);
    }
    return {{QStringLiteral("kind"), QStringLiteral("replay")},
            {QStringLiteral("from"), formatWallTime(record.from)},
            {QStringLiteral("length_s"), toSeconds(record.length)},
            {QStringLiteral("calls"), record.calls.size()},
            {QStringLiteral("simulated"), record.simulated},
            {QStringLiteral("other_kind"), record.otherKind},
            {QStringLiteral("cancelled"), record.cancelled},
            {QStringLiteral("unfinished"), record.unfinished},
            {QStringLiteral("actual"), actual},
            {QStringLiteral("policies"), policies}};
}

QString table(const Record &record, const QVector<Played> &all)
{
    QStringList head{QString(), QStringLiteral("it was")};
    for (const Played &played : all)
        head << played.name;
    QVector<QStringList> rows{head};
    for (int m = 0; m < measureCount; ++m) {
        const auto actual = actualOf(record, Measure(m));
        if (!actual)
            continue;
        QStringList row{label(Measure(m)), estimateText(Measure(m), Estimate{*actual, {}, 1})};
        for (const Played &played : all)
            row << estimateText(Measure(m), played.replay.measures[std::size_t(m)]);
        rows.append(row);
    }
    QStringList row{QStringLiteral("attempts not on record"), QString()};
    for (const Played &played : all)
        row << estimateText(Measure::Limited, played.replay.assumed);
    rows.append(row);
    return columns(rows);
}

/// As the window has it: the first policy, the others, and what the first has against each.
QString incidentTable(const Record &record, const QStringList &names, const StudyResult &result)
{
    QStringList head{QString(), QStringLiteral("it was"), names.first()};
    for (const QString &name : names.mid(1))
        head << name << QStringLiteral("difference");
    QVector<QStringList> rows{head};
    for (const Measure measure : incidentMeasures) {
        if (!result.of(0, measure))
            continue;
        const auto actual = actualOf(record, measure);
        QStringList row{label(measure),
                        actual ? meanText(measure, Estimate{*actual, {}, 1}) : QStringLiteral("not known"),
                        withInterval(measure, result.of(0, measure))};
        for (int p = 1; p < int(names.size()); ++p) {
            const auto difference = result.difference(0, p, measure);
            row << withInterval(measure, result.of(p, measure))
                << (difference ? differenceText(measure, *difference) : QStringLiteral("not comparable"));
        }
        rows.append(row);
    }
    return columns(rows);
}

/// "max attempts reached" 12, ...; the most frequent first.
QString ruleList(const std::map<QString, double> &by)
{
    std::vector<std::pair<double, QString>> sorted;
    for (const auto &[rule, calls] : by)
        sorted.emplace_back(calls, rule);
    std::sort(sorted.rbegin(), sorted.rend());
    QStringList parts;
    for (const auto &[calls, rule] : sorted)
        parts << QStringLiteral("\"%1\" %2").arg(rule).arg(calls, 0, 'g', 4);
    return parts.join(QStringLiteral(", "));
}

/// Calls are counted over days with different luck, so there may be half a one.
QString callsText(double mean)
{
    const QString number = QString::number(mean, 'g', 4);
    return number == QLatin1String("1") ? QStringLiteral("1 call") : QStringLiteral("%1 calls").arg(number);
}

bool asks(const SimulatedPolicy &policy, const ProviderId &provider)
{
    return std::any_of(policy.chain.begin(), policy.chain.end(),
                       [name = toUtf8(provider)](const Target &target) { return target.provider == name; });
}

QString fates(const Played &played)
{
    QString text;
    if (played.replay.saved > 0)
        text += QStringLiteral("%1 answers %2 that had failed. What had ended them: %3.\n")
                    .arg(played.name)
                    .arg(callsText(played.replay.saved))
                    .arg(ruleList(played.replay.savedFrom));
    if (played.replay.lost > 0)
        text += QStringLiteral("%1 fails %2 that had been answered. What ends them: %3.\n")
                    .arg(played.name)
                    .arg(callsText(played.replay.lost))
                    .arg(ruleList(played.replay.lostTo));
    return text.isEmpty() ? QStringLiteral("%1 changes the end of no call.\n").arg(played.name) : text;
}

bool print(const Record &record, const QVector<Played> &all, int replications)
{
    QString text = QStringLiteral("%1 Played again %2 times, each value with its 95 % interval.\n\n%3\n\n")
                       .arg(recordText(record))
                       .arg(replications)
                       .arg(table(record, all));
    for (const Played &played : all)
        text += fates(played);
    return out(text + QStringLiteral("An attempt meets what the nearest recorded one met, within %1. What nobody asked then "
                                     "is not on record: it is taken to be answered as usual. An attempt that was given up "
                                     "is taken to be silent for ever.\n")
                          .arg(formatDuration(recordReach)));
}

/// What is to be played, and how often.
struct Question
{
    QStringList names;
    QVector<SimulatedPolicy> policies;
    Luck luck;
    bool json = false;
};

bool printIncident(const IncidentRecord &made, const Question &question, const QVector<Played> &all,
                   const StudyResult &result)
{
    QString text = QStringLiteral("%1\n%2\n%3\n\n%4\n")
                       .arg(incidentStory(made), whatItWas(made.record),
                            incidentReplayText(IncidentReplayState::Complete, question.luck.replications,
                                               question.luck.replications, false),
                            incidentTable(made.record, question.names, result));
    if (all.size() > 1)
        text += QLatin1Char('\n') + forecastSentence(result, 0, 1, question.names[1]) + QLatin1Char('\n');
    const ProviderId &provider = made.of.incident.provider;
    for (const QString &doubt :
         replayDoubts(made, all.first().replay.assumed, asks(question.policies.first(), provider)))
        text += doubt + QLatin1Char('\n');
    return out(text);
}

int play(const Question &question, const Record &record, const std::optional<IncidentRecord> &incident)
{
    RecordStudy study(record, question.policies, question.luck.seed);
    while (study.played() < question.luck.replications) {
        if (!study.playNext(stopRequested))
            break;
    }
    const bool complete = study.played() == question.luck.replications;
    if (const auto code = tellCutShort(complete, false, study.played(), question.luck.replications))
        return *code;
    QVector<Played> all;
    for (int p = 0; p < int(question.policies.size()); ++p)
        all.append({question.names[p], study.replayOf(p)});
    const StudyResult result = study.result();
    bool open = false;
    if (question.json) {
        QJsonObject object = json(record, all, result);
        if (incident)
            object[QStringLiteral("incident")] = json(*incident);
        open = out(line(object));
    } else {
        open = incident ? printIncident(*incident, question, all, result) : print(record, all, study.played());
    }
    return open ? Ok : OutputClosed;
}

} // namespace

int replay(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Plays what is on record again under another configuration: which calls would have been answered, how "
                       "late, with how many attempts, and which rule made the difference."));
    addConfigurationOption(parser);
    parser.addOption({QStringLiteral("against"),
                      QStringLiteral("Another configuration for the same record. May be repeated."),
                      QStringLiteral("FILE")});
    addRecordOptions(parser);
    addIncidentOption(parser);
    addLuckOptions(parser, 20);
    if (const auto code = parse(parser, arguments))
        return *code;
    if (const auto code = refuseWords(parser, "replay"))
        return *code;
    const auto luck = readLuck(parser);
    if (!luck)
        return luck.error();
    Question question{{}, {}, *luck, parser.isSet(QStringLiteral("json"))};
    for (const QString &file : QStringList(parser.value(QStringLiteral("config"))) + parser.values(QStringLiteral("against"))) {
        const auto configuration = readPlayedConfiguration(file);
        if (!configuration)
            return BadConfiguration;
        question.names << policyName(file);
        question.policies << policyOf(*configuration, file);
    }
    if (parser.isSet(QStringLiteral("incident"))) {
        const auto incident = readIncidentRecord(parser);
        return incident ? play(question, incident->record, *incident) : incident.error();
    }
    const auto record = readRecord(parser);
    return record ? play(question, *record, {}) : record.error();
}

} // namespace retryscope::cli
