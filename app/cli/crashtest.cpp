// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "session.h"
#include "simulationinput.h"
#include "terminal.h"

#include "base/systemclock.h"
#include "crashtest/crashtest.h"
#include "engine/targets.h"
#include "words/crashtestwords.h"

#include <QEventLoop>
#include <QFileInfo>
#include <QSaveFile>
#include <QTimer>

#include <algorithm>

namespace retryscope::cli {
namespace {

constexpr int mostTogether = 64;

/// A report that is asked for: opened before the cases run, so that a wrong path is known at once.
struct ReportFile
{
    const char *option;
    QByteArray (*bytes)(const CrashReport &);
    std::unique_ptr<QSaveFile> file = {};
};

std::vector<ReportFile> reportKinds()
{
    std::vector<ReportFile> kinds;
    kinds.push_back({"junit", [](const CrashReport &r) { return toJUnit(r); }});
    kinds.push_back({"html", [](const CrashReport &r) { return toHtml(r).toUtf8(); }});
    kinds.push_back({"markdown", [](const CrashReport &r) { return toMarkdown(r).toUtf8(); }});
    return kinds;
}

bool openReports(const QCommandLineParser &parser, std::vector<ReportFile> *reports)
{
    for (ReportFile &report : *reports) {
        const QString path = parser.value(QLatin1String(report.option));
        if (!parser.isSet(QLatin1String(report.option)))
            continue;
        if (path.isEmpty()) {
            err(QStringLiteral("--%1 takes the name of a file.").arg(QLatin1String(report.option)));
            return false;
        }
        report.file = std::make_unique<QSaveFile>(path);
        if (!report.file->open(QIODevice::WriteOnly)) {
            err(QStringLiteral("--%1 %2 cannot be written: %3. Name a file in a folder that exists and is yours.")
                    .arg(QLatin1String(report.option), path, report.file->errorString()));
            return false;
        }
    }
    return true;
}

bool writeReports(const CrashReport &report, std::vector<ReportFile> *reports)
{
    bool ok = true;
    for (ReportFile &kind : *reports) {
        if (!kind.file)
            continue;
        const QByteArray bytes = kind.bytes(report);
        if (kind.file->write(bytes) == bytes.size() && kind.file->commit())
            continue;
        err(QStringLiteral("%1 could not be written: %2. Check the disk's free space.")
                .arg(kind.file->fileName(), kind.file->errorString()));
        ok = false;
    }
    return ok;
}

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

QString caseLine(const CrashResult &r)
{
    const CrashCase *what = crashCase(r.key);
    const QString took = r.verdict == CrashVerdict::LeftOut ? QString() : QStringLiteral(" [%1]").arg(tookText(r));
    return QStringLiteral("%1  %2  %3%4\n")
        .arg(toLabel(r.verdict), -8)
        .arg(QString::fromUtf8(what ? what->label : ""), -40)
        .arg(didSentence(r), took);
}

/// What did not pass, in full.
QString reasons(const CrashReport &report)
{
    QString text;
    for (const CrashResult &r : report.results) {
        const CrashCase *what = crashCase(r.key);
        if (!what || r.finding == CrashFinding::None)
            continue;
        text += QStringLiteral(
                    "\n%1: %2 (%3)\n  %4\n  A good client: %5\n  This configuration: %6\n  Why? %7\n  Requests: %8\n")
                    .arg(toLabel(r.verdict), QString::fromUtf8(what->label), r.key, QString::fromUtf8(what->fault),
                         QString::fromUtf8(what->good), didSentence(r), whySentence(r), requestsText(r));
    }
    return text;
}

int placeOf(const QString &key)
{
    const QVector<CrashCase> &table = crashCases();
    return int(
        std::find_if(table.begin(), table.end(), [&key](const CrashCase &c) { return key == QLatin1String(c.key); })
        - table.begin());
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
    std::sort(report->results.begin(), report->results.end(),
              [](const CrashResult &a, const CrashResult &b) { return placeOf(a.key) < placeOf(b.key); });
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
    bool open = runCases(*configuration, only, together, json, &report);
    const bool written = writeReports(report, &reports);
    open = open
           && out(json ? line(toJson(report)) : QStringLiteral("%1\n%2\n").arg(reasons(report), scoreSentence(report)));
    if (!open)
        return OutputClosed;
    if (!report.isComplete())
        return Stopped;
    return !written ? CannotStart : report.count(CrashVerdict::Fail) > 0 ? CallFailed : Ok;
}

} // namespace retryscope::cli
