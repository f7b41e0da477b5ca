// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "recordinput.h"
#include "session.h"
#include "simulationinput.h"
#include "terminal.h"

#include "replay/replay.h"
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

QJsonObject json(const Record &record, const QVector<Played> &all)
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
        QJsonObject measures;
        for (int m = 0; m < measureCount; ++m) {
            if (const auto &value = played.replay.measures[std::size_t(m)])
                measures[toKey(Measure(m))] = estimateJson(value);
        }
        policies.append(QJsonObject{{QStringLiteral("policy"), played.name},
                                    {QStringLiteral("measures"), measures},
                                    {QStringLiteral("assumed_share"), estimateJson(played.replay.assumed)},
                                    {QStringLiteral("saved"), played.replay.saved},
                                    {QStringLiteral("saved_from"), rules(played.replay.savedFrom)},
                                    {QStringLiteral("lost"), played.replay.lost},
                                    {QStringLiteral("lost_to"), rules(played.replay.lostTo)}});
    }
    return {{QStringLiteral("kind"), QStringLiteral("replay")},
            {QStringLiteral("from"), formatWallTime(record.from)},
            {QStringLiteral("length_s"), toSeconds(record.length)},
            {QStringLiteral("calls"), record.calls.size()},
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
    addLuckOptions(parser, 20);
    if (const auto code = parse(parser, arguments))
        return *code;
    if (const auto code = refuseWords(parser, "replay"))
        return *code;
    const auto luck = readLuck(parser);
    if (!luck)
        return luck.error();
    QVector<std::pair<QString, SimulatedPolicy>> policies;
    for (const QString &file : QStringList(parser.value(QStringLiteral("config"))) + parser.values(QStringLiteral("against"))) {
        const auto configuration = readPlayedConfiguration(file);
        if (!configuration)
            return BadConfiguration;
        policies.append(std::pair(policyName(file), policyOf(*configuration)));
    }
    const auto record = readRecord(parser);
    if (!record)
        return record.error();
    QVector<Played> all;
    for (const auto &[name, policy] : policies) {
        all.append({name, replay(*record, policy, luck->replications, luck->seed, [] { return stopRequested(); })});
        if (!all.last().replay.complete)
            return Stopped;
    }
    const bool open = parser.isSet(QStringLiteral("json")) ? out(line(json(*record, all)))
                                                           : print(*record, all, luck->replications);
    return open ? Ok : OutputClosed;
}

} // namespace retryscope::cli
