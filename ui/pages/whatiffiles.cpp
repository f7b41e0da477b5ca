// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/whatiffiles.h"

#include "base/userfiles.h"
#include "simulator/scenariofile.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QSaveFile>

namespace retryscope {
namespace {

constexpr qint64 largestScenario = 4 << 20, largestTrace = 256 << 20;
constexpr int mostIssues = 3;

QString told(const char *text) { return QCoreApplication::translate("retryscope::WhatIfPage", text); }

/// The errors of a scenario file, each with its place; the first few.
QString errorsOf(const ConfigIssues &issues)
{
    QStringList said;
    for (const ConfigIssue &issue : issues) {
        if (issue.severity == ConfigIssue::Severity::Error)
            said << (issue.where.isEmpty() ? issue.message : QStringLiteral("%1: %2").arg(issue.where, issue.message));
    }
    if (said.size() > mostIssues)
        said = said.mid(0, mostIssues) << told("And %1 more.").arg(said.size() - mostIssues);
    return said.join(QLatin1Char(' '));
}

} // namespace

Expected<Scenario, QString> readScenarioFile(const QString &path)
{
    const auto bytes = readRegularFile(path, largestScenario);
    if (!bytes)
        return Unexpected{told("%1 %2. Choose another file.").arg(path, bytes.error())};
    const LoadedScenario loaded = scenarioFromJson(*bytes, QFileInfo(path).completeBaseName());
    if (const QString errors = errorsOf(loaded.issues); !errors.isEmpty())
        return Unexpected{told("%1 is no scenario that can be played. %2").arg(path, errors)};
    return loaded.scenario;
}

Expected<QVector<TraceRow>, QString> readTraceFile(const QString &path)
{
    const auto bytes = readRegularFile(path, largestTrace);
    if (!bytes)
        return Unexpected{told("%1 %2. Choose another file.").arg(path, bytes.error())};
    auto rows = traceFromCsv(*bytes);
    if (!rows)
        return Unexpected{told("%1 holds no recorded calls. %2").arg(path, rows.error())};
    return *rows;
}

QString writeWhole(const QString &path, const QByteArray &bytes)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        return told("%1 could not be written: %2. Choose another place.").arg(path, file.errorString());
    return {};
}

QString scenarioProblem(const Scenario &scenario)
{
    if (scenario.workload.kind == Workload::Kind::Trace && scenario.workload.trace.isEmpty())
        return told(
            "This scenario replays recorded calls, and there are none. Choose \"recorded calls\" and open a CSV file, "
            "or another kind of calls.");
    const QString errors = errorsOf(scenarioFromJson(toJson(scenario)).issues);
    return errors.isEmpty() ? QString() : told("This cannot be played. %1").arg(errors);
}

} // namespace retryscope
