// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "replay/pastincidents.h"

#include "history/historyreader.h"

namespace retryscope {
namespace {

constexpr Duration tick = 1s;           ///< live, time passes in such steps where nothing happens
constexpr int mostTicks = 120;          ///< in a pause; whatever waits for time has happened by then
constexpr std::chrono::minutes readBefore{30}; ///< read before a troubled time: what began there belongs there
constexpr std::chrono::hours readAfter{24};    ///< an incident is followed so far beyond it
constexpr std::chrono::minutes readTail{15};   ///< read after the last call, for its end

WallTime::duration wallOf(Duration d) { return std::chrono::duration_cast<WallTime::duration>(d); }

} // namespace

void IncidentFinder::add(const Event &event)
{
    Watched &watched = m_runs[event.run];
    for (int i = 0; i < mostTicks && watched.at > SteadyTime{} && watched.at + tick < event.at; ++i) {
        watched.at += tick;
        watched.wall += wallOf(tick);
        watched.tracker.advance(watched.at, watched.wall);
    }
    watched.tracker.onEvent(event);
    watched.at = event.at;
    watched.wall = event.wall;
}

bool IncidentFinder::isCalm() const
{
    return std::all_of(m_runs.begin(), m_runs.end(), [](const auto &run) { return run.second.tracker.openCount() == 0; });
}

PastIncidents IncidentFinder::found() const
{
    PastIncidents all;
    for (const auto &[run, watched] : m_runs) {
        for (const Incident &incident : watched.tracker.incidents())
            all.append({run, incident});
    }
    std::stable_sort(all.begin(), all.end(), [](const PastIncident &a, const PastIncident &b) {
        return a.incident.started > b.incident.started;
    });
    return all;
}

FoundIncidents choose(const PastIncidents &found, const IncidentSearch &search, bool real, bool simulated)
{
    FoundIncidents chosen;
    chosen.anyReal = real;
    chosen.anySimulated = simulated;
    chosen.simulated = search.kind == CallKind::Simulated || (search.kind == CallKind::RealIfAny && !real && simulated);
    for (const PastIncident &one : found) {
        if (one.incident.simulated == chosen.simulated && one.incident.started >= search.from
            && one.incident.started < search.to && chosen.incidents.size() < search.most)
            chosen.incidents.append(one);
    }
    return chosen;
}

namespace {

/// The starts of the window's buckets in which something failed, newest first.
QVector<WallTime> troubledOf(const HistoryWindow &window, bool simulated)
{
    QVector<WallTime> starts;
    for (qsizetype i = window.points.size() - 1; i >= 0; --i) {
        const WallTime start = window.points[i].start, end = start + window.bucket;
        const bool failed = std::any_of(window.series.begin(), window.series.end(), [&](const HistorySeries &series) {
            return series.simulated == simulated && series.points[i].counts.failures > 0;
        });
        const bool broken = std::any_of(window.circuits.begin(), window.circuits.end(), [&](const CircuitSpan &span) {
            return span.simulated == simulated && span.from < end && span.to >= start;
        });
        if (failed || broken)
            starts.append(start);
    }
    return starts;
}

/// Those that began in [from, to).
PastIncidents incidentsFrom(HistoryReader &reader, WallTime from, WallTime to, const std::function<bool()> &stopped,
                            QString *problem)
{
    IncidentFinder finder;
    EventQuery query;
    query.from = from - readBefore;
    query.to = to + readAfter;
    *problem = reader.eachEvent(query, [&](const Event &event) {
        if (stopped && stopped())
            return false;
        finder.add(event);
        return event.wall < to + readBefore || !finder.isCalm();
    });
    PastIncidents found = finder.found();
    found.removeIf(
        [&](const PastIncident &one) { return one.incident.started < from || one.incident.started >= to; });
    return found;
}

} // namespace

FoundIncidents findIncidents(HistoryReader &reader, const IncidentSearch &search, const std::function<bool()> &stopped)
{
    HistoryRequest request;
    request.from = search.from;
    request.to = search.to;
    const HistoryWindow window = reader.window(request);
    FoundIncidents all = choose({}, search, window.total.real > 0, window.total.simulated > 0);
    all.problem = window.problem;
    if (!all.problem.isEmpty())
        return all;
    PastIncidents found;
    for (const WallTime start : troubledOf(window, all.simulated)) {
        found += incidentsFrom(reader, start, start + window.bucket, stopped, &all.problem);
        all.stopped = stopped && stopped();
        if (all.stopped || !all.problem.isEmpty())
            return all;
        const FoundIncidents chosen = choose(found, search, all.anyReal, all.anySimulated);
        all.incidents = chosen.incidents;
        if (all.incidents.size() >= search.most)
            break;
    }
    return all;
}

IncidentRecordReader::IncidentRecordReader(const PastIncident &incident)
    : m_of(incident), m_from(incident.incident.started - wallOf(incidentMargin)),
      m_to(incident.end() + wallOf(incidentMargin))
{
}

EventQuery IncidentRecordReader::query() const
{
    EventQuery query;
    query.from = m_from;
    query.to = m_to + readTail;
    query.run = m_of.run;
    return query;
}

void IncidentRecordReader::add(const Event &event)
{
    if (event.run != m_of.run || event.wall < m_from || event.wall >= m_to + readTail)
        return;
    m_first = m_count == 0 ? event.seq : std::min(m_first, event.seq);
    m_last = std::max(m_last, event.seq);
    ++m_count;
    if (event.kind == EventKind::CallSubmitted) {
        m_cut = m_cut || m_reader.calls() >= IncidentRecord::mostCalls;
        if (m_cut || event.wall >= m_to)
            return;
    }
    m_reader.add(event);
}

IncidentRecord IncidentRecordReader::record() const
{
    IncidentRecord made;
    made.of = m_of;
    made.record = m_reader.record(m_of.incident.simulated ? CallKind::Simulated : CallKind::Real);
    made.cut = m_cut;
    if (m_of.run != 0 && m_count > 0) // without a run the numbers are of several programs
        made.missing = std::max<qint64>(0, qint64(m_last - m_first + 1) - qint64(m_count));
    return made;
}

IncidentRecord readIncident(HistoryReader &reader, const PastIncident &incident, const std::function<bool()> &stopped)
{
    IncidentRecordReader collector(incident);
    bool over = false;
    const QString problem = reader.eachEvent(collector.query(), [&](const Event &event) {
        over = stopped && stopped();
        if (!over)
            collector.add(event);
        return !over;
    });
    IncidentRecord made = collector.record();
    made.stopped = over;
    made.problem = problem;
    return made;
}

} // namespace retryscope
