// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "crashreporting.h"
#include "crashtarget.h"
#include "session.h"
#include "simulationinput.h"
#include "terminal.h"

#include "base/systemclock.h"
#include "crashtest/crashtest.h"
#include "engine/targets.h"

#include <QEventLoop>
#include <QFileInfo>
#include <QTimer>

namespace retryscope::cli {
namespace {

constexpr int mostTogether = 64;

int listCases()
{
    QString text;
    for (const CrashCase &one : crashCases())
        text += QStringLiteral("%1  %2\n").arg(QLatin1String(one.key), -22).arg(QString::fromUtf8(one.fault));
    return out(text) ? Ok : OutputClosed;
}

/// False: one is no case; the sentence has been printed.
bool areCases(const QStringList &only)
{
    for (const QString &key : only) {
        if (!crashCase(key)) {
            err(QStringLiteral("--only %1: there is no such case. retryscope-cli crashtest --list names them.")
                    .arg(key));
            return false;
        }
    }
    return true;
}

/// Runs the cases until they are over or somebody stops them. False: standard output was closed.
bool runCases(const Configuration &configuration, const QStringList &only, int together, bool quiet,
              CrashReport *report)
{
    const SystemClock clock;
    const SteadyTime begun = clock.now();
    report->at = clock.wallNow();
    bool open = true;
    CrashTest test({}, together);
    ProgressLine progress(quiet);
    const auto far = [&test] { return QStringLiteral("%1 of %2 cases").arg(test.done()).arg(test.planned()); };
    QEventLoop loop;
    QObject::connect(&test, &CrashTest::caseFinished, &loop, [&](const CrashResult &result) {
        report->results.append(result);
        progress.clear();
        open = open && (quiet || out(caseLine(result)));
        progress.show(far());
        if (!open)
            test.stop();
    });
    QObject::connect(&test, &CrashTest::finished, &loop, &QEventLoop::quit);
    QTimer timer;
    pollUntil(loop, timer, [&test] {
        if (stopRequested())
            test.stop();
        return false;
    });
    test.start(configuration, only);
    report->planned = test.planned();
    progress.show(far());
    loop.exec();
    report->took = clock.now() - begun;
    sortByCase(&report->results);
    return open;
}

} // namespace

int crashtest(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Plays what providers do wrong to a configuration as it is, but for its addresses and keys: "
                       "over real connections, "
                       "against simulated providers that count the requests. Says what a good client does, what this "
                       "one did, and which "
                       "setting would change it.\nExit code 0: no case failed; 1: one did."));
    parser.addOptions(
        {{QStringLiteral("config"), QStringLiteral("Configuration file; without it the defaults and four providers."),
          QStringLiteral("FILE")},
         {QStringLiteral("only"), QStringLiteral("This case alone. May be repeated."), QStringLiteral("CASE")},
         {QStringLiteral("list"), QStringLiteral("Print the cases.")},
         {QStringLiteral("together"), QStringLiteral("How many cases run at once; default: 8."), QStringLiteral("N"),
          QStringLiteral("8")},
         {QStringLiteral("target"),
          QStringLiteral("Test a running gateway or another OpenAI-compatible address instead, such as "
                         "http://127.0.0.1:4180/openai/v1. Its only provider must be the one that this command plays."),
          QStringLiteral("URL")},
         {QStringLiteral("upstream-listen"),
          QStringLiteral("With --target: where the provider is played; default: 127.0.0.1 and any free port."),
          QStringLiteral("HOST:PORT")},
         {QStringLiteral("target-protocol"),
          QStringLiteral("With --target: how it is asked; default: openai_compatible."), QStringLiteral("PROTOCOL"),
          QStringLiteral("openai_compatible")},
         {QStringLiteral("target-model"), QStringLiteral("With --target: the model asked for; default: gpt-4o-mini."),
          QStringLiteral("MODEL"), QStringLiteral("gpt-4o-mini")},
         {QStringLiteral("target-key"), QStringLiteral("With --target: its key, as env:NAME or keychain:NAME."),
          QStringLiteral("REFERENCE")},
         {QStringLiteral("wait"), QStringLiteral("With --target: seconds until the first prompt must have come through; "
                                                 "default: 120."),
          QStringLiteral("SECONDS"), QStringLiteral("120")},
         {QStringLiteral("json"), QStringLiteral("Print the report as JSON.")},
         {QStringLiteral("junit"), QStringLiteral("Write the report as JUnit XML."), QStringLiteral("FILE")},
         {QStringLiteral("html"), QStringLiteral("Write the report as one HTML page."), QStringLiteral("FILE")},
         {QStringLiteral("markdown"), QStringLiteral("Write the report as Markdown."), QStringLiteral("FILE")}});
    if (const auto code = parse(parser, arguments))
        return *code;
    if (const auto code = refuseWords(parser, "crashtest"))
        return *code;
    if (parser.isSet(QStringLiteral("list")))
        return listCases();
    const QStringList only = parser.values(QStringLiteral("only"));
    bool number = false;
    const int together = parser.value(QStringLiteral("together")).toInt(&number);
    if (!number || together < 1 || together > mostTogether) {
        err(QStringLiteral("--together takes a number from 1 to %1.").arg(mostTogether));
        return Usage;
    }
    if (!areCases(only))
        return Usage;
    if (parser.isSet(QStringLiteral("target")))
        return crashTestTarget(parser, only);
    const QString file = parser.value(QStringLiteral("config"));
    const auto configuration = readPlayedConfiguration(file);
    if (!configuration)
        return BadConfiguration;
    std::vector<ReportFile> reports = reportKinds();
    if (!openReports(parser, &reports))
        return CannotStart;
    const bool json = parser.isSet(QStringLiteral("json"));
    CrashReport report;
    report.configuration = file.isEmpty() ? QStringLiteral("default") : QFileInfo(file).fileName();
    report.providers = enabledProviders(*configuration);
    report.names = providerNames(*configuration);
    const bool open = runCases(*configuration, only, together, json, &report);
    return concludeCrashTest(report, &reports, json, open);
}

} // namespace retryscope::cli
