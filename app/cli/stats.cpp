// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "session.h"
#include "terminal.h"

#include "base/userfiles.h"
#include "telemetry/eventjournal.h"
#include "telemetry/statscollector.h"

#include <QJsonDocument>

namespace retryscope::cli {

int stats(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Prints the statistics of the calls in a journal of events."));
    parser.addPositionalArgument(QStringLiteral("FILE"), QStringLiteral("JSON Lines of events; default: events.jsonl in your data folder."), QStringLiteral("[FILE]"));
    parser.addOption({QStringLiteral("json"), QStringLiteral("As one JSON object.")});
    if (const auto code = parse(parser, arguments))
        return *code;
    const QString path = parser.positionalArguments().value(0, userDataFolder() + QStringLiteral("/events.jsonl"));
    StatsCollector collector;
    const JournalReading read = readJournal(path, [&collector](const Event &event) {
        collector.onEvent(event);
        return !stopRequested();
    });
    if (!read.problem.isEmpty()) {
        err(QStringLiteral("%1 %2.").arg(path, read.problem));
        return CannotStart;
    }
    if (read.stopped)
        return Stopped;
    if (read.skipped > 0)
        err(QStringLiteral("%1: %2 line(s) hold no event and were skipped.").arg(path).arg(read.skipped));
    return out(parser.isSet(QStringLiteral("json")) ? line(collector.toJson()) : collector.logText()) ? Ok : OutputClosed;
}

} // namespace retryscope::cli
