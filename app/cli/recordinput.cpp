// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "recordinput.h"

#include "base/timeformat.h"
#include "session.h"
#include "simulationinput.h"
#include "terminal.h"

#include "telemetry/eventjournal.h"
#include "words/incidentreplaywords.h"

namespace retryscope::cli {
namespace {

constexpr qsizetype mostCalls = 1'000'000;
constexpr int mostIncidents = 20;

struct Asked
{
    WallTime from{}, to{};
    CallKind kind = CallKind::RealIfAny;
    QString journal;
};

/// `since` where --since is not given. Or the exit code.
Expected<Asked, int> readAsked(const QCommandLineParser &parser, const QString &usual)
{
    Asked asked;
    const QString text = parser.isSet(QStringLiteral("since")) ? parser.value(QStringLiteral("since")) : usual;
    const auto from = since(text);
    const auto to = parser.isSet(QStringLiteral("until")) ? since(parser.value(QStringLiteral("until")))
                                                          : std::optional(WallTime::max());
    if (!from || !to || *to <= *from) {
        err(QStringLiteral("--since and --until take 30m, 24h, 7d or a time such as 2026-11-25T08:00, the earlier one "
                           "first."));
        return Unexpected{int(Usage)};
    }
    static const std::map<QString, CallKind> kinds{{QStringLiteral("auto"), CallKind::RealIfAny},
                                                   {QStringLiteral("real"), CallKind::Real},
                                                   {QStringLiteral("simulated"), CallKind::Simulated}};
    const auto kind = kinds.find(parser.value(QStringLiteral("calls")));
    if (kind == kinds.end()) {
        err(QStringLiteral("--calls takes auto, real or simulated."));
        return Unexpected{int(Usage)};
    }
    return Asked{*from, *to, kind->second, parser.value(QStringLiteral("journal"))};
}

/// The sentence when it could not be read.
QString readJournalOf(const QString &journal, const std::function<bool(const Event &)> &each)
{
    bool any = false;
    const JournalReading read = readJournal(journal, [&](const Event &event) {
        any = true;
        return each(event);
    });
    if (!read.problem.isEmpty())
        return QStringLiteral("%1 %2. Check the path and its permissions.").arg(journal, read.problem);
    return any ? QString() : noEventsIn(journal);
}

/// A history with something in it; or the exit code, the sentence has been printed.
Expected<std::unique_ptr<HistoryArchive>, int> openRecorded(const QCommandLineParser &parser)
{
    auto past = openPast(parser.value(QStringLiteral("history")));
    if (!past || (*past)->exists())
        return past;
    err(QStringLiteral(
        "There is nothing to work with: no history of calls has been kept yet. Calls that end are kept by "
        "themselves; --journal FILE reads a journal instead."));
    return Unexpected{int(CannotStart)};
}

/// The exit code after the sentence, or none where there is nothing wrong.
std::optional<int> refused(const QString &problem)
{
    if (stopRequested())
        return Stopped;
    if (problem.isEmpty())
        return std::nullopt;
    err(problem);
    return CannotStart;
}

} // namespace

QString noEventsIn(const QString &journal)
{
    return QStringLiteral("%1 holds no event of a call. Name a journal, which send --journal writes.").arg(journal);
}

void addRecordOptions(QCommandLineParser &parser)
{
    parser.addOptions(
        {{QStringLiteral("history"),
          QStringLiteral("Configuration file whose history is read; default: the one in your data folder."),
          QStringLiteral("FILE")},
         {QStringLiteral("journal"), QStringLiteral("A journal (send --journal) instead of the history."),
          QStringLiteral("FILE")},
         {QStringLiteral("since"), QStringLiteral("From then on: 30m, 24h, 7d, or 2026-11-25T08:00; default: 24h."),
          QStringLiteral("WHEN")},
         {QStringLiteral("until"), QStringLiteral("Until then; default: now."), QStringLiteral("WHEN")},
         {QStringLiteral("calls"),
          QStringLiteral("real or simulated ones, which are never mixed; auto: real ones where there are any. Default: auto."),
          QStringLiteral("KIND"), QStringLiteral("auto")}});
}

Expected<Record, int> readRecord(const QCommandLineParser &parser)
{
    const auto asked = readAsked(parser, QStringLiteral("24h"));
    if (!asked)
        return Unexpected{asked.error()};
    RecordReader reader;
    const auto add = [&](const Event &event) {
        if (event.wall >= asked->from && event.wall < asked->to)
            reader.add(event);
        return !stopRequested() && reader.calls() <= mostCalls;
    };
    QString problem;
    if (!asked->journal.isEmpty()) {
        problem = readJournalOf(asked->journal, add);
    } else {
        const auto past = openRecorded(parser);
        if (!past)
            return Unexpected{past.error()};
        EventQuery query;
        query.from = asked->from;
        query.to = asked->to;
        problem = (*past)->reader().eachEvent(query, add);
    }
    if (reader.calls() > mostCalls)
        problem = QStringLiteral("There are more than %1 calls in that time. Name a shorter one with --since and --until.")
                      .arg(mostCalls);
    const Record record = reader.record(asked->kind);
    if (problem.isEmpty() && record.calls.isEmpty() && record.otherKind > 0)
        problem = QStringLiteral("No %1 call has ended in that time, but there are others: leave --calls out.")
                      .arg(record.simulated ? QStringLiteral("simulated") : QStringLiteral("real"));
    else if (problem.isEmpty() && record.calls.isEmpty())
        problem = QStringLiteral("No call has ended in that time. retryscope-cli calls lists those that are on record.");
    if (const auto code = refused(problem))
        return Unexpected{*code};
    return record;
}

void addIncidentOption(QCommandLineParser &parser)
{
    parser.addOption(
        {QStringLiteral("incident"),
         QStringLiteral("An incident of the past, with some minutes before and after it: last, or 2 for the one before that, up "
                        "to %1. --since and --until say where it is looked for; default: 30d.")
             .arg(mostIncidents),
         QStringLiteral("WHICH")});
}

namespace {

/// Where incidents are: finds them, and then reads one.
struct IncidentPlace
{
    std::function<FoundIncidents(const IncidentSearch &)> find;
    std::function<IncidentRecord(const PastIncident &)> read;
};

IncidentPlace journalPlace(const QString &journal)
{
    const auto find = [journal](const IncidentSearch &search) {
        IncidentFinder finder;
        bool real = false, simulated = false;
        const QString problem = readJournalOf(journal, [&](const Event &event) {
            finder.add(event);
            if (event.kind == EventKind::CallSubmitted && event.wall >= search.from && event.wall < search.to)
                (event.simulated ? simulated : real) = true;
            return !stopRequested();
        });
        FoundIncidents found = choose(finder.found(), search, real, simulated);
        found.problem = problem;
        return found;
    };
    const auto read = [journal](const PastIncident &incident) {
        IncidentRecordReader collector(incident);
        const QString problem = readJournalOf(journal, [&](const Event &event) {
            collector.add(event);
            return !stopRequested();
        });
        IncidentRecord record = collector.record();
        record.problem = problem;
        return record;
    };
    return {find, read};
}

IncidentPlace historyPlace(const std::shared_ptr<HistoryArchive> &past)
{
    return {[past](const IncidentSearch &search) { return findIncidents(past->reader(), search, stopRequested); },
            [past](const PastIncident &incident) { return readIncident(past->reader(), incident, stopRequested); }};
}

} // namespace

Expected<IncidentRecord, int> readIncidentRecord(const QCommandLineParser &parser)
{
    const auto asked = readAsked(parser, QStringLiteral("30d"));
    if (!asked)
        return Unexpected{asked.error()};
    const QString which = parser.value(QStringLiteral("incident"));
    const auto number = which == QLatin1String("last") ? std::optional(1) : wholeNumber(which, 1, mostIncidents);
    if (!number) {
        err(QStringLiteral("--incident takes last, or a number from 1 (the last) to %1.").arg(mostIncidents));
        return Unexpected{int(Usage)};
    }
    IncidentPlace place;
    if (asked->journal.isEmpty()) {
        auto past = openRecorded(parser);
        if (!past)
            return Unexpected{past.error()};
        place = historyPlace(std::move(*past));
    } else {
        place = journalPlace(asked->journal);
    }
    const IncidentSearch search{asked->kind, *number, asked->from, std::min(asked->to, *since(QStringLiteral("0s")) + 1h)};
    const FoundIncidents found = place.find(search);
    QString problem = found.problem.isEmpty() ? noIncidentText(found, search) : found.problem;
    if (problem.isEmpty() && found.incidents.size() < *number)
        problem = QStringLiteral("There are only %1 incidents on record in that time.").arg(found.incidents.size());
    if (const auto code = refused(problem))
        return Unexpected{*code};
    IncidentRecord record = place.read(found.incidents[*number - 1]);
    if (const auto code = refused(record.problem.isEmpty() ? noCallsText(record) : record.problem))
        return Unexpected{*code};
    return record;
}

QString recordText(const Record &record)
{
    return QStringLiteral("From %1, %2: %3; left out: %4 cancelled, %5 without an end%6.")
        .arg(formatWallTime(record.from), formatDuration(record.length),
             recordedCallsText(quint64(record.calls.size()), record.simulated))
        .arg(record.cancelled)
        .arg(record.unfinished)
        .arg(record.otherKind == 0 ? QString()
                                   : QStringLiteral(", %1 %2").arg(record.otherKind).arg(
                                       record.simulated ? QStringLiteral("real") : QStringLiteral("simulated")));
}

} // namespace retryscope::cli
