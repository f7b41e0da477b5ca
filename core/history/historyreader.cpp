// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historyreader.h"

#include "history/rollupwriter.h"

#include <QDeadlineTimer>
#include <QJsonDocument>
#include <QVariant>

#include <algorithm>
#include <limits>
#include <map>

namespace retryscope {
namespace {

using std::chrono::milliseconds;
constexpr qint64 latest = 253'402'300'799'000; ///< the year 9999, so that no sum overflows
constexpr int mostPoints = 5'000, mostEvents = 100'000, mostOfACall = 10'000, mostCalls = 1'000, eventsAPage = 5'000;
constexpr qint64 quickRows = 400; ///< of one provider and model: read and added up in no time
constexpr milliseconds openingPatience{10'000};
constexpr auto highestSeq = quint64(std::numeric_limits<qint64>::max());

qint64 ms(WallTime t) { return std::clamp<qint64>(t.time_since_epoch().count(), 0, latest); }
WallTime wall(qint64 t) { return WallTime(milliseconds(std::clamp<qint64>(t, 0, latest))); }
Duration duration(qint64 ns) { return Duration(std::clamp<qint64>(ns, 0, Duration(24h * 36'525).count())); }
QString text(const QString &t) { return t.isNull() ? QString(QLatin1String("")) : t; }

/// Collects conditions and the values that belong to their marks, in order.
struct Where
{
    QStringList conditions;
    QVariantList values;

    void add(const char *condition, const QVariantList &with = {})
    {
        conditions << QString::fromLatin1(condition);
        values += with;
    }
    /// `column IN (?, ...)`; nothing where the list is empty.
    template <typename List, typename Text> void anyOf(const QStringList &columns, const List &list, Text toText)
    {
        if (list.isEmpty())
            return;
        QStringList either;
        for (const QString &column : columns) {
            either << column + QStringLiteral(" IN (?%1)").arg(QStringLiteral(", ?").repeated(list.size() - 1));
            for (const auto &item : list)
                values << text(toText(item));
        }
        conditions << QLatin1Char('(') + either.join(QStringLiteral(" OR ")) + QLatin1Char(')');
    }
    void traffic(HistoryTraffic traffic)
    {
        if (traffic != HistoryTraffic::Any)
            add("simulated = ?", {traffic == HistoryTraffic::Simulated ? 1 : 0});
    }
    void exceptRun(qint64 run)
    {
        if (run)
            add("run <> ?", {run});
    }
    QString sql() const { return conditions.join(QStringLiteral(" AND ")); }
};

QSqlQuery *select(HistoryDatabase &db, const QString &sql, const QVariantList &values)
{
    QSqlQuery *query = db.statement(sql);
    for (int i = 0; query && i < int(values.size()); ++i)
        query->bindValue(i, values[i]);
    return query && db.exec(*query) ? query : nullptr;
}

/// False when the rows ended with an error rather than with the last one.
bool ended(HistoryDatabase &db, QSqlQuery &query)
{
    const bool well = !query.lastError().isValid();
    query.finish();
    return well || db.run(QStringLiteral("SELECT 1 FROM events LIMIT 1")); // sets the problem where there still is one
}

/// The row says which run it is of, also where the event was written before events did.
std::optional<Event> eventOf(const QVariant &body, qint64 run)
{
    auto event = eventFromJson(QJsonDocument::fromJson(body.toString().toUtf8()).object());
    if (event)
        event->run = run;
    return event;
}

/// Adds sorted rows up, one series after the other.
class Collector
{
public:
    explicit Collector(HistoryWindow *window) : m_window(window) {}

    void add(const QSqlQuery &row)
    {
        const QString provider = row.value(1).toString();
        const bool simulated = row.value(2).toInt() != 0;
        const auto point = qsizetype((row.value(0).toLongLong() - ms(m_window->from)) / m_window->bucket.count());
        QVector<HistorySeries> &all = m_window->series;
        if (all.isEmpty() || all.last().provider != provider || all.last().simulated != simulated) {
            all.append({provider, simulated, {}, {}});
            for (const HistoryPoint &empty : std::as_const(m_window->points))
                all.last().points.append({empty.start, {}});
        }
        if (point < 0 || point >= all.last().points.size())
            return;
        TrafficBin bin;
        addRow(&bin, row, 3, simulated);
        all.last().points[point].counts.merge(bin);
        all.last().total.merge(bin);
    }
    void finish()
    {
        for (const HistorySeries &series : std::as_const(m_window->series)) {
            for (qsizetype i = 0; i < series.points.size(); ++i)
                m_window->points[i].counts.merge(series.points[i].counts);
            m_window->total.merge(series.total);
        }
    }

private:
    HistoryWindow *const m_window;
};

/// One circuit of one run, and its changes.
struct Circuit
{
    struct Change
    {
        quint64 seq;
        WallTime at;
        CircuitState to;
        bool slow;
        std::optional<Duration> openFor;
        QString why;
        bool simulated;
    };
    qint64 run;
    QString provider, model, scope;
    std::vector<Change> changes;
};

/// Finds the circuit or adds it; there are few.
Circuit &circuitOf(std::vector<Circuit> *circuits, qint64 run, const QString &provider, const QString &model,
                   const QString &scope)
{
    const auto it = std::find_if(circuits->begin(), circuits->end(), [&](const Circuit &c) {
        return c.run == run && c.provider == provider && c.model == model && c.scope == scope;
    });
    return it != circuits->end() ? *it : circuits->emplace_back(Circuit{run, provider, model, scope, {}});
}

template <typename E> E fromKey(const QString &key, E last, E fallback)
{
    for (int i = 0; i <= int(last); ++i) {
        if (key == toKey(E(i)))
            return E(i);
    }
    return fallback;
}

} // namespace

HistoryReader::HistoryReader(HistoryShared &shared)
    : m_shared(shared), m_db(shared.location, HistoryDatabase::Access::Read, shared.options.lockTimeout)
{
}

bool HistoryReader::ready(QString *problem)
{
    {
        QMutexLocker lock(&m_shared.mutex);
        const QDeadlineTimer patience(openingPatience);
        while (!m_shared.opened && m_shared.tried.wait(&m_shared.mutex, patience)) {}
    }
    const quint64 generation = m_shared.generation;
    if (m_db.isOpen() && m_generation == generation)
        return true;
    m_generation = generation;
    return m_db.open() || failed(problem);
}

bool HistoryReader::failed(QString *problem)
{
    *problem = m_db.problem().sentence;
    if (m_db.problem().kind == HistoryProblem::Kind::Corrupt) {
        m_shared.suspect = true;
        m_shared.queue.wake();
    }
    m_db.close();
    return false;
}

std::pair<int, milliseconds> HistoryReader::resolution(const HistoryRequest &request, WallTime now)
{
    const qint64 from = ms(request.from), to = ms(request.to), points = std::clamp(request.maxPoints, 1, mostPoints);
    const qint64 wanted = std::max<qint64>(1, (to - from + points - 1) / points);
    int level = 0;
    const auto serves = [&] { // coarse enough to be quick, and still kept
        const RollupLevel &l = rollupLevels[std::size_t(level)];
        return milliseconds(l.width).count() * quickRows >= to - from && request.from >= now - l.keep;
    };
    while (level + 1 < int(rollupLevels.size()) && !serves())
        ++level;
    const qint64 width = milliseconds(rollupLevels[std::size_t(level)].width).count();
    return {level, milliseconds((wanted + width - 1) / width * width)};
}

HistoryWindow HistoryReader::window(const HistoryRequest &request)
{
    HistoryWindow window;
    if (ms(request.from) >= ms(request.to)) {
        window.problem = QStringLiteral("The end of the window must be after its start.");
        return window;
    }
    const auto [level, bucket] = resolution(request, m_shared.options.now());
    window.bucket = bucket;
    window.from = wall(bucketStart(ms(request.from), bucket));
    window.to = wall(bucketStart(ms(request.to) + bucket.count() - 1, bucket));
    for (WallTime start = window.from; start < window.to; start += bucket)
        window.points.append({start, {}});
    if (ready(&window.problem) && readSums(request, level, &window) && readRuns(request.exceptRun, &window)
        && readCircuits(request, &window))
        return window;
    HistoryWindow empty;
    if (window.problem.isEmpty())
        failed(&window.problem);
    empty.problem = window.problem;
    return empty;
}

bool HistoryReader::readSums(const HistoryRequest &request, int level, HistoryWindow *window)
{
    Where where;
    where.add("level = ?", {level});
    where.add("bucket >= ?", {ms(window->from)});
    where.add("bucket < ?", {ms(window->to)});
    where.anyOf({QStringLiteral("provider")}, request.providers, [](const QString &id) { return id; });
    where.traffic(request.traffic);
    where.exceptRun(request.exceptRun);
    QSqlQuery *query =
        select(m_db, QStringLiteral(
                   "SELECT bucket, provider, simulated, %1 FROM rollups WHERE %2 ORDER BY provider, simulated, bucket")
                   .arg(QLatin1String(rollupSums), where.sql()),
               where.values);
    if (!query)
        return false;
    Collector collector(window);
    while (query->next())
        collector.add(*query);
    if (!ended(m_db, *query))
        return false;
    collector.finish();
    return true;
}

/// All that were there in the window; their ends are not yet cut to it.
bool HistoryReader::readRuns(qint64 exceptRun, HistoryWindow *window)
{
    m_runs.clear();
    QSqlQuery *runs = select(
        m_db, QStringLiteral("SELECT run, started, last FROM runs WHERE last >= ? OR run = ? ORDER BY started, run"),
        {ms(window->from), m_shared.options.run});
    while (runs && runs->next())
        m_runs.append(
            {runs->value(0).toLongLong(), wall(runs->value(1).toLongLong()), wall(runs->value(2).toLongLong()), false});
    if (!runs || !ended(m_db, *runs))
        return false;
    for (HistoryRun run : std::as_const(m_runs)) {
        if (run.run == exceptRun)
            continue;
        run.ongoing = run.run == m_shared.options.run;
        run.from = std::max(run.from, window->from);
        run.to = std::min(run.ongoing ? std::max(run.to, m_shared.options.now()) : run.to, window->to);
        if (run.from <= run.to && run.from < window->to)
            window->runs.append(run);
    }
    return true;
}

bool HistoryReader::readCircuits(const HistoryRequest &request, HistoryWindow *window)
{
    Where where;
    where.anyOf({QStringLiteral("provider")}, request.providers, [](const QString &id) { return id; });
    where.traffic(request.traffic);
    where.exceptRun(request.exceptRun);
    const QString filter = where.conditions.isEmpty() ? QString() : QStringLiteral(" AND ") + where.sql();
    const qint64 from = ms(window->from), to = ms(window->to);
    std::map<qint64, WallTime> lastOfRun;
    for (const HistoryRun &run : std::as_const(m_runs))
        lastOfRun[run.run] = run.to;
    // what happened within, and of each circuit the last change before; of runs that were still there
    const QString columns = QStringLiteral(
        "SELECT run, provider, model, scope, seq, wall, state, open_for_ns, why, simulated FROM circuits WHERE ");
    const QString sql =
        columns + QStringLiteral("wall >= ? AND wall < ?%1 UNION ALL ").arg(filter) + columns
        + QStringLiteral("(run, seq) IN (SELECT run, MAX(seq) FROM circuits WHERE wall < ? AND run IN (SELECT run FROM "
                         "runs WHERE last >= ?)%1 GROUP BY run, provider, model, scope)")
              .arg(filter);
    QSqlQuery *query =
        select(m_db, sql, QVariantList{from, to} + where.values + QVariantList{from, from} + where.values);
    std::vector<Circuit> circuits;
    while (query && query->next()) {
        const QVariant openFor = query->value(7);
        circuitOf(&circuits, query->value(0).toLongLong(), query->value(1).toString(), query->value(2).toString(),
                  query->value(3).toString())
            .changes.push_back({query->value(4).toULongLong(), wall(query->value(5).toLongLong()),
                                fromKey(query->value(6).toString(), CircuitState::Isolated, CircuitState::Closed),
                                query->value(6).toString() == QLatin1String("slow"),
                                openFor.isNull() ? std::nullopt : std::optional(duration(openFor.toLongLong())),
                                query->value(8).toString(), query->value(9).toInt() != 0});
    }
    if (!query || !ended(m_db, *query))
        return false;
    for (Circuit &circuit : circuits) {
        std::sort(circuit.changes.begin(), circuit.changes.end(),
                  [](const auto &a, const auto &b) { return a.seq < b.seq; });
        const Scope scope = fromKey(circuit.scope, Scope::Account, Scope::Provider);
        for (auto it = circuit.changes.begin(); it != circuit.changes.end(); ++it) {
            const bool open = std::next(it) == circuit.changes.end(),
                       ongoing = open && circuit.run == m_shared.options.run;
            const WallTime end = !open ? std::next(it)->at : ongoing ? window->to : lastOfRun[circuit.run];
            const CircuitSpan span{circuit.provider, circuit.model, scope, it->to, it->slow,
                                   std::max(it->at, window->from),
                                   std::min(end, window->to), ongoing, it->openFor, it->why, it->simulated,
                                   circuit.run};
            if ((it->to != CircuitState::Closed || it->slow) && (span.from < span.to || ongoing))
                window->circuits.append(span);
        }
    }
    std::stable_sort(window->circuits.begin(), window->circuits.end(),
                     [](const CircuitSpan &a, const CircuitSpan &b) { return a.from < b.from; });
    return true;
}

StoredEvents HistoryReader::events(const EventQuery &query)
{
    Where where;
    where.add("wall >= ?", {ms(query.from)});
    where.add("wall < ?", {ms(query.to)});
    where.anyOf({QStringLiteral("provider"), QStringLiteral("to_provider")}, query.providers,
                [](const QString &id) { return id; });
    where.anyOf({QStringLiteral("reason")}, query.reasons, [](RetryReason reason) { return toKey(reason); });
    if (!query.reasons.isEmpty() && !query.reasons.contains(RetryReason::None))
        where.add("reason <> 'none'"); // says that the index of failures will do
    where.anyOf({QStringLiteral("kind")}, query.kinds, [](EventKind kind) { return toKey(kind); });
    where.traffic(query.traffic);
    if (query.run)
        where.add("run = ?", {query.run});
    for (const auto &[run, seq] : query.known)
        where.add("NOT (run = ? AND seq <= ?)", {run, qint64(std::min(seq, highestSeq))});
    if (query.call)
        where.add("call > 0 AND call = ?", {qint64(query.call.value)});
    if (query.before)
        where.add("(wall, run, seq) < (?, ?, ?)", {qint64(query.before->wall.time_since_epoch().count()),
                                                   query.before->run, qint64(query.before->seq)});
    const int limit = std::clamp(query.limit, 1, mostEvents);
    StoredEvents stored;
    if (!ready(&stored.problem))
        return stored;
    QSqlQuery *rows =
        select(m_db,
               QStringLiteral("SELECT run, body FROM events WHERE %1 ORDER BY wall DESC, run DESC, seq DESC LIMIT %2")
                   .arg(where.sql())
                   .arg(limit + 1),
               where.values);
    int seen = 0;
    while (rows && rows->next() && ++seen <= limit) {
        const qint64 run = rows->value(0).toLongLong();
        if (auto e = eventOf(rows->value(1), run))
            stored.events.append({run, std::move(*e)});
    }
    stored.more = seen > limit;
    if (!rows || !ended(m_db, *rows)) {
        stored = {};
        failed(&stored.problem);
    }
    return stored;
}

StoredEvents HistoryReader::call(qint64 run, CallId call)
{
    EventQuery query;
    query.run = run;
    query.call = call;
    query.limit = mostOfACall;
    StoredEvents stored = events(query);
    std::sort(stored.events.begin(), stored.events.end(),
              [](const StoredEvent &a, const StoredEvent &b) { return a.event.seq < b.event.seq; });
    return stored;
}

StoredCalls HistoryReader::calls(const CallQuery &query)
{
    Where where;
    where.add("kind = 'call_submitted' AND wall >= ?", {ms(query.from)});
    where.add("wall < ?", {ms(query.to)});
    where.traffic(query.traffic);
    if (query.before)
        where.add("(wall, run, seq) < (?, ?, ?)", {qint64(query.before->wall.time_since_epoch().count()),
                                                   query.before->run, qint64(query.before->seq)});
    if (query.failedOnly)
        where.add("EXISTS (SELECT 1 FROM events f WHERE f.run = s.run AND f.call = s.call AND f.call > 0 AND f.kind = "
                  "'call_finished' AND f.reason NOT IN ('none', 'cancelled'))");
    if (!query.providers.isEmpty()) {
        Where took;
        took.anyOf({QStringLiteral("p.provider"), QStringLiteral("p.to_provider")}, query.providers,
                   [](const QString &id) { return id; });
        where.add(
            qPrintable(
                QStringLiteral(
                    "EXISTS (SELECT 1 FROM events p WHERE p.run = s.run AND p.call = s.call AND p.call > 0 AND %1)")
                    .arg(took.sql())),
            took.values);
    }
    const int limit = std::clamp(query.limit, 1, mostCalls);
    StoredCalls stored;
    if (!ready(&stored.problem))
        return stored;
    QSqlQuery *rows =
        select(m_db, QStringLiteral(
                   "SELECT run, call, wall, seq FROM events s WHERE %1 ORDER BY wall DESC, run DESC, seq DESC LIMIT %2")
                   .arg(where.sql())
                   .arg(limit + 1),
               where.values);
    while (rows && rows->next()) {
        if (stored.calls.size() == limit) {
            stored.more = true;
            break;
        }
        stored.calls.append({rows->value(0).toLongLong(), CallId{rows->value(1).toULongLong()}, {}});
        stored.last =
            HistoryPosition{wall(rows->value(2).toLongLong()), stored.calls.last().run, rows->value(3).toULongLong()};
    }
    if (!rows || !ended(m_db, *rows)) {
        stored = {};
        failed(&stored.problem);
    }
    for (StoredCall &one : stored.calls) {
        const StoredEvents events = call(one.run, one.call);
        for (const StoredEvent &event : events.events)
            one.events.append(event.event);
        stored.problem = events.problem.isEmpty() ? stored.problem : events.problem;
    }
    return stored;
}

QString HistoryReader::eachEvent(const EventQuery &query, const std::function<bool(const Event &)> &each)
{
    QString problem;
    if (!ready(&problem))
        return problem;
    Where fixed;
    fixed.add("wall < ?", {ms(query.to)});
    fixed.traffic(query.traffic);
    if (query.run)
        fixed.add("run = ?", {query.run});
    HistoryPosition after{query.from - milliseconds(1), std::numeric_limits<qint64>::max(), 0};
    for (bool more = true; more;) {
        Where where = fixed;
        where.add("(wall, run, seq) > (?, ?, ?)",
                  {ms(after.wall) - (after.wall < WallTime{} ? 1 : 0), after.run, qint64(after.seq)});
        QSqlQuery *rows =
            select(m_db,
                   QStringLiteral("SELECT run, body, wall, seq FROM events WHERE %1 ORDER BY wall, run, seq LIMIT %2")
                       .arg(where.sql())
                       .arg(eventsAPage),
                   where.values);
        int seen = 0;
        for (more = false; rows && rows->next();) {
            after = {wall(rows->value(2).toLongLong()), rows->value(0).toLongLong(), rows->value(3).toULongLong()};
            const auto event = eventOf(rows->value(1), after.run);
            if (event && !each(*event)) {
                rows->finish();
                return {};
            }
            more = ++seen == eventsAPage;
        }
        if (!rows || !ended(m_db, *rows)) {
            failed(&problem);
            return problem;
        }
    }
    return {};
}

} // namespace retryscope
