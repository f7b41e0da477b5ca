// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include "base/timeformat.h"
#include "recordinput.h"
#include "session.h"
#include "terminal.h"

#include "telemetry/eventjournal.h"
#include "telemetry/statscollector.h"

#include <map>

namespace retryscope::cli {
namespace {

/// Statistics over events of many programs: their calls are numbered anew, because each program begins with 1.
class Collection
{
public:
    bool add(Event event)
    {
        if (m_count == 0)
            m_from = event.wall;
        m_to = event.wall;
        ++m_count;
        if (event.call) {
            const auto key = std::pair(event.run, event.call);
            const bool last = event.kind == EventKind::CallFinished;
            const auto it = m_calls.try_emplace(key, CallId{m_calls.size() + m_ended + 1}).first;
            event.call = it->second;
            if (last) {
                m_calls.erase(it);
                ++m_ended;
            }
        }
        m_stats.onEvent(event);
        return !stopRequested();
    }
    bool isEmpty() const { return m_count == 0; }
    int print(bool json, const QString &place) const
    {
        if (!json) {
            const QString covered = m_count ? QStringLiteral("From %1 to %2, %3 events in %4.\n")
                                                  .arg(formatWallTime(m_from), formatWallTime(m_to))
                                                  .arg(m_count)
                                                  .arg(place)
                                            : QStringLiteral("No events in %1.\n").arg(place);
            return out(m_stats.logText() + covered) ? Ok : OutputClosed;
        }
        QJsonObject object = m_stats.toJson(),
                    covers{{QStringLiteral("events"), qint64(m_count)}, {QStringLiteral("place"), place}};
        if (m_count) {
            covers[QLatin1String("from")] = formatWallTime(m_from);
            covers[QLatin1String("to")] = formatWallTime(m_to);
        }
        object[QLatin1String("covers")] = covers;
        return out(line(object)) ? Ok : OutputClosed;
    }

private:
    StatsCollector m_stats;
    std::map<std::pair<qint64, CallId>, CallId> m_calls; ///< still open
    quint64 m_ended = 0, m_count = 0;
    WallTime m_from{}, m_to{};
};

int ofJournal(const QString &path, bool json)
{
    Collection collection;
    const JournalReading read = readJournal(path, [&collection](const Event &event) { return collection.add(event); });
    if (!read.problem.isEmpty()) {
        err(QStringLiteral("%1 %2. Check the path and its permissions.").arg(path, read.problem));
        return CannotStart;
    }
    if (read.stopped)
        return Stopped;
    if (read.skipped > 0 && collection.isEmpty()) { // an empty one may be new: nothing was written to it yet
        err(noEventsIn(path));
        return CannotStart;
    }
    if (read.skipped > 0)
        err(QStringLiteral("%1: %2 line(s) hold no event and were skipped.").arg(path).arg(read.skipped));
    return collection.print(json, path);
}

} // namespace

int stats(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Prints the statistics of the calls in the history, or in a journal of events. Where there are no "
        "calls yet it says so and exits with 0; with 4 where FILE holds lines and none of them is an event."));
    parser.addPositionalArgument(
        QStringLiteral("FILE"),
        QStringLiteral("A journal (send --journal) with its older parts, instead of the history."),
        QStringLiteral("[FILE]"));
    parser.addOptions(
        {{QStringLiteral("config"),
          QStringLiteral("Configuration file whose history is read; default: the one in your data folder."),
          QStringLiteral("FILE")},
         {QStringLiteral("since"),
          QStringLiteral("Only from then on: 30m, 24h, 7d, or 2026-11-25T08:00. Default: all that is kept."),
          QStringLiteral("WHEN")},
         {QStringLiteral("json"), QStringLiteral("As one JSON object.")}});
    if (const auto code = parse(parser, arguments))
        return *code;
    const bool json = parser.isSet(QStringLiteral("json"));
    const auto from = parser.isSet(QStringLiteral("since")) ? since(parser.value(QStringLiteral("since")))
                                                            : std::optional(WallTime{});
    if (!from || parser.positionalArguments().size() > 1
        || (parser.isSet(QStringLiteral("since")) && !parser.positionalArguments().isEmpty())) {
        err(QStringLiteral("Give at most one FILE; --since goes with the history and takes 30m, 24h, 7d or a time such "
                           "as 2026-11-25T08:00."));
        return Usage;
    }
    if (!parser.positionalArguments().isEmpty())
        return ofJournal(parser.positionalArguments().first(), json);
    const auto past = openPast(parser.value(QStringLiteral("config")));
    if (!past)
        return past.error();
    Collection collection;
    if (!(*past)->exists())
        return json ? collection.print(true, (*past)->place()) : out(noCallsYet()) ? int(Ok) : int(OutputClosed);
    EventQuery query;
    query.from = *from;
    const QString problem =
        (*past)->reader().eachEvent(query, [&collection](const Event &event) { return collection.add(event); });
    if (!problem.isEmpty()) {
        err(problem);
        return CannotStart;
    }
    return stopRequested() ? int(Stopped) : collection.print(json, (*past)->place());
}

} // namespace retryscope::cli
