// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "crashreporting.h"

#include "commands.h"
#include "session.h"
#include "terminal.h"

#include <algorithm>

namespace retryscope::cli {
namespace {

int placeOf(const QString &key)
{
    const QVector<CrashCase> &table = crashCases();
    return int(
        std::find_if(table.begin(), table.end(), [&key](const CrashCase &c) { return key == QLatin1String(c.key); })
        - table.begin());
}

} // namespace

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
        text += QStringLiteral("\n%1: %2 (%3)\n  %4\n  A good client: %5\n  %6: %7\n  Why? %8\n  Requests: %9\n")
                    .arg(toLabel(r.verdict), QString::fromUtf8(what->label), r.key, QString::fromUtf8(what->fault),
                         goodSentence(r), subjectText(report), didSentence(r), whySentence(r), requestsText(r));
    }
    return text;
}

void sortByCase(CrashResults *results)
{
    std::sort(results->begin(), results->end(),
              [](const CrashResult &a, const CrashResult &b) { return placeOf(a.key) < placeOf(b.key); });
}

int concludeCrashTest(const CrashReport &report, std::vector<ReportFile> *reports, bool json, bool open)
{
    const bool written = writeReports(report, reports);
    open = open
           && out(json ? line(toJson(report)) : QStringLiteral("%1\n%2\n").arg(reasons(report), scoreSentence(report)));
    if (!open)
        return OutputClosed;
    if (!report.isComplete())
        return Stopped;
    return !written ? CannotStart : report.count(CrashVerdict::Fail) > 0 ? CallFailed : Ok;
}

} // namespace retryscope::cli
