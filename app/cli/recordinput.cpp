// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "recordinput.h"

#include "session.h"
#include "terminal.h"

#include "telemetry/eventjournal.h"

namespace retryscope::cli {
namespace {

constexpr qsizetype mostCalls = 1'000'000;

} // namespace

void addRecordOptions(QCommandLineParser &parser)
{
    parser.addOptions(
        {{QStringLiteral("history"),
          QStringLiteral("Configuration file whose history is read; default: the one in your data folder."),
          QStringLiteral("FILE")},
         {QStringLiteral("journal"), QStringLiteral("A journal (send --journal) instead of the history."),
          QStringLiteral("FILE")},
         {QStringLiteral("since"), QStringLiteral("From then on: 30m, 24h, 7d, or 2026-11-25T08:00; default: 24h."),
          QStringLiteral("WHEN"), QStringLiteral("24h")},
         {QStringLiteral("until"), QStringLiteral("Until then; default: now."), QStringLiteral("WHEN")}});
}

Expected<Record, int> readRecord(const QCommandLineParser &parser)
{
    const auto from = since(parser.value(QStringLiteral("since")));
    const auto to = parser.isSet(QStringLiteral("until")) ? since(parser.value(QStringLiteral("until")))
                                                          : std::optional(WallTime::max());
    if (!from || !to || *to <= *from) {
        err(QStringLiteral("--since and --until take 30m, 24h, 7d or a time such as 2026-11-25T08:00, the earlier one "
                           "first."));
        return Unexpected{int(Usage)};
    }
    RecordReader reader;
    const auto add = [&](const Event &event) {
        if (event.wall >= *from && event.wall < *to)
            reader.add(event);
        return !stopRequested() && reader.calls() <= mostCalls;
    };
    QString problem;
    if (const QString journal = parser.value(QStringLiteral("journal")); !journal.isEmpty()) {
        const JournalReading read = readJournal(journal, add);
        if (!read.problem.isEmpty())
            problem = QStringLiteral("%1 %2.").arg(journal, read.problem);
    } else {
        const auto past = openPast(parser.value(QStringLiteral("history")));
        if (!past)
            return Unexpected{past.error()};
        EventQuery query;
        query.from = *from;
        query.to = *to;
        problem = (*past)->reader().eachEvent(query, add);
    }
    if (stopRequested())
        return Unexpected{int(Stopped)};
    if (reader.calls() > mostCalls)
        problem = QStringLiteral("There are more than %1 calls in that time. Name a shorter one with --since and --until.")
                      .arg(mostCalls);
    const Record record = reader.record();
    if (problem.isEmpty() && record.calls.isEmpty())
        problem = QStringLiteral("No call has ended in that time. retryscope-cli calls lists those that are on record.");
    if (problem.isEmpty())
        return record;
    err(problem);
    return Unexpected{int(CannotStart)};
}

QString recordText(const Record &record)
{
    return QStringLiteral("From %1, %2: %3 calls; left out: %4 cancelled, %5 without an end.")
        .arg(formatWallTime(record.from), formatDuration(record.length))
        .arg(record.calls.size())
        .arg(record.cancelled)
        .arg(record.unfinished);
}

} // namespace retryscope::cli
