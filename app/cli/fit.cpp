// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "base/timeformat.h"
#include "interchangefiles.h"
#include "recordinput.h"
#include "session.h"
#include "simulationinput.h"
#include "terminal.h"

#include "replay/fit.h"
#include "replay/replay.h"
#include "simulator/scenariofile.h"
#include "words/labels.h"
#include "words/simulationwords.h"

namespace retryscope::cli {
namespace {

QString callsText(const Record &record, const Fit &fit)
{
    const Workload &w = fit.scenario.workload;
    const QString kind = w.kind == Workload::Kind::Renewal
                             ? QStringLiteral("with gaps whose coefficient of variation is %1").arg(w.cv, 0, 'f', 2)
                             : QStringLiteral("independent of each other");
    const QString tokens = fit.tokensKnown > 0
                               ? QStringLiteral("Tokens, from %1: prompts %2, answers %3 (medians).")
                                     .arg(retryscope::callsText(quint64(fit.tokensKnown)))
                                     .arg(w.promptMedian, 0, 'f', 0)
                                     .arg(w.answerMedian, 0, 'f', 0)
                               : QStringLiteral("The tokens of the calls are not known; usual ones stand in.");
    return QStringLiteral("%1\nCalls: %2 a second, %3. %4\n")
        .arg(recordText(record))
        .arg(w.perSecond, 0, 'g', 3)
        .arg(kind, tokens);
}

QString providerText(const Record &record, const FittedProvider &provider, const ProviderModel &model)
{
    if (provider.asked == 0)
        return QStringLiteral("%1: was not asked; it is taken to be well.\n").arg(provider.id);
    QString text = QStringLiteral("%1: %2, %3 answered; ")
                       .arg(provider.id, attemptsText(quint64(provider.asked)))
                       .arg(provider.answered);
    if (provider.answered == 0)
        text += QStringLiteral("the usual times stand in");
    else
        text += QStringLiteral("first token %1 (spread %2)")
                    .arg(formatDuration(model.latency.firstToken))
                    .arg(model.latency.spread, 0, 'f', 2);
    if (provider.distance)
        text += QStringLiteral(", up to %1 % beside what was measured").arg(100 * *provider.distance, 0, 'f', 1);
    text += QStringLiteral("; %1 % fail now and then.\n").arg(100 * model.failureShare, 0, 'f', 2);
    for (const FaultSpan &span : provider.spans)
        text += QStringLiteral("  from %1 for %2: %3\n")
                    .arg(formatWallTime(record.from + std::chrono::duration_cast<WallTime::duration>(span.from)),
                         formatDuration(span.length), toKey(span.mode));
    return text;
}

/// What was, beside what the fitted day makes of the same configuration.
QString comparison(const Record &record, const StudyResult &played)
{
    QVector<QStringList> rows{{QString(), QStringLiteral("it was"), QStringLiteral("fitted, and played")}};
    for (int m = 0; m < measureCount; ++m) {
        if (const auto actual = actualOf(record, Measure(m)))
            rows.append({label(Measure(m)), estimateText(Measure(m), Estimate{*actual, {}, 1}),
                         estimateText(Measure(m), played.of(0, Measure(m)))});
    }
    return columns(rows);
}

} // namespace

int fit(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Makes a scenario of what is on record: how calls came, how long providers took, how often and when they failed; and "
        "says how well it fits. simulate --scenario FILE plays it, with other luck or another rate."));
    addConfigurationOption(parser);
    addRecordOptions(parser);
    parser.addOption({QStringLiteral("output"), QStringLiteral("Write the scenario there; default: standard output."),
                      QStringLiteral("FILE")});
    parser.addOption(forceOption());
    addLuckOptions(parser, 20);
    if (const auto code = parse(parser, arguments))
        return *code;
    if (const auto code = refuseWords(parser, "fit"))
        return *code;
    if (!mayWriteOutput(parser))
        return Usage;
    const auto luck = readLuck(parser);
    if (!luck)
        return luck.error();
    const auto configuration = readPlayedConfiguration(parser.value(QStringLiteral("config")));
    if (!configuration)
        return BadConfiguration;
    const auto record = readRecord(parser);
    if (!record)
        return record.error();
    Study study;
    study.policies = {policyOf(*configuration)};
    const Fit fitted = fit(*record, study.policies.first().chain);
    const QByteArray scenario = toJson(fitted.scenario);
    if (printIssues(scenarioFromJson(scenario).issues, QStringLiteral("The fitted day"))) // such as more than a week
        return CannotStart;
    study.scenario = fitted.scenario;
    study.replications = luck->replications;
    study.seed = luck->seed;
    study.threads = luck->threads;
    const StudyResult played = run(study, {}, [] { return stopRequested(); });
    if (!played.complete) {
        err(played.tooMany ? tooManyCallsText()
                           : QStringLiteral("It was stopped while the fitted day was played. No scenario is made."));
        return played.tooMany ? BadConfiguration : Stopped;
    }
    QString text = callsText(*record, fitted);
    for (qsizetype i = 0; i < fitted.providers.size(); ++i)
        text += providerText(*record, fitted.providers[i], fitted.scenario.models[i]);
    err(text + QLatin1Char('\n') + comparison(*record, played), Priority::Information);
    const QString file = parser.value(QStringLiteral("output"));
    if (!file.isEmpty())
        return saveText(file, scenario) ? Ok : CannotStart;
    return out(QString::fromUtf8(scenario)) ? Ok : OutputClosed;
}

} // namespace retryscope::cli
