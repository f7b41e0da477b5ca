// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "words/crashtestwords.h"

#include <QCommandLineParser>
#include <QSaveFile>

#include <memory>
#include <vector>

namespace retryscope::cli {

// What both kinds of crash test print and write.

/// A report that is asked for: opened before the cases run, so that a wrong path is known at once.
struct ReportFile
{
    const char *option;
    QByteArray (*bytes)(const CrashReport &);
    std::unique_ptr<QSaveFile> file = {};
};
std::vector<ReportFile> reportKinds();
/// False: one cannot be written; the sentence has been printed.
bool openReports(const QCommandLineParser &parser, std::vector<ReportFile> *reports);
bool writeReports(const CrashReport &report, std::vector<ReportFile> *reports);

QString caseLine(const CrashResult &result);
/// What did not pass, in full.
QString reasons(const CrashReport &report);
/// In the order of the table.
void sortByCase(CrashResults *results);
/// Writes the reports, prints the whole and gives the exit code. `open`: standard output still is.
int concludeCrashTest(const CrashReport &report, std::vector<ReportFile> *reports, bool json, bool open);

} // namespace retryscope::cli
