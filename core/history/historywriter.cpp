// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historywriter.h"

#include "history/bulkinsert.h"

#include <QDateTime>
#include <QFileInfo>
#include <QSet>
#include <QVariant>

namespace retryscope {
namespace {

using Kind = HistoryProblem::Kind;

constexpr int slicesAtATime = 20;    ///< then it looks at everything else too
constexpr int mostRefusals = 3;
constexpr std::chrono::milliseconds tidyPause{20}, checkpointPause{10'000};

} // namespace

HistoryWriter::HistoryWriter(HistoryShared &shared, Signals statusChanged, Written written)
    : m_shared(shared), m_statusChanged(std::move(statusChanged)), m_written(std::move(written)),
      m_db(shared.location, HistoryDatabase::Access::Write, shared.options.lockTimeout), m_rollups(shared.options.run),
      m_retention(shared.options), m_slice(shared.options.batch),
      m_started(shared.options.now().time_since_epoch().count()), m_backoff(shared.options.backoff)
{
    m_db.countSteps(&shared.steps);
}

void HistoryWriter::run()
{
    if (!work())
        failed();
    settle();
    while (true) {
        const bool resting = Steady::now() < m_nextTry;
        const auto wake = m_shared.queue.wait(m_tidying ? tidyPause : m_shared.options.flushEvery, !resting);
        if (wake == HistoryQueue::Wake::Stop)
            break;
        if (Steady::now() >= m_nextTry && !work())
            failed();
        settle();
    }
    finish();
}

bool HistoryWriter::work()
{
    if (!ready())
        return false;
    for (int i = 0; i < slicesAtATime; ++i) {
        if (m_pending.isEmpty())
            m_pending = m_shared.queue.take();
        if (m_pending.isEmpty())
            break;
        if (!writeSlice())
            return false;
        settle();
    }
    report(HistoryStatus::State::Ok, m_note);
    tidy();
    checkpoint();
    return true;
}

bool HistoryWriter::ready()
{
    if (m_db.isOpen())
        lookAtFile();
    return m_db.isOpen() || open();
}

bool HistoryWriter::vanished()
{
    if (m_db.isServer() || QFileInfo::exists(m_db.file()))
        return false;
    m_note = QStringLiteral("The history %1 was removed while it was in use; a new one was begun.").arg(m_db.file());
    m_db.close();
    return true;
}

void HistoryWriter::lookAtFile()
{
    if (!vanished() && m_shared.suspect.exchange(false)) {
        QSqlQuery *check = m_db.statement(QStringLiteral("PRAGMA quick_check(1)"));
        const bool whole = check && check->exec() && check->next() && check->value(0).toString() == QLatin1String("ok");
        if (check)
            check->finish();
        if (!whole)
            setAside();
    }
}

bool HistoryWriter::open()
{
    bool done = m_db.open();
    if (!done && m_db.problem().kind == Kind::Corrupt) {
        setAside();
        done = m_db.open();
    }
    m_rollups.forget();
    const auto highest = done ? m_db.number(QStringLiteral("SELECT COALESCE(MAX(seq), 0) FROM events WHERE run = ?"),
                                            {m_shared.options.run})
                              : std::nullopt;
    if (highest) {
        m_highestSeq = quint64(*highest);
        ++m_shared.generation;
    }
    const QMutexLocker lock(&m_shared.mutex);
    m_shared.opened = true;
    m_shared.tried.wakeAll();
    return highest.has_value();
}

bool HistoryWriter::dropKnown()
{
    quint64 least = std::numeric_limits<quint64>::max(), most = 0, before = m_highestSeq;
    for (const Event &e : m_pending) {
        if (e.seq <= before) {
            least = std::min(least, e.seq);
            most = std::max(most, e.seq);
        }
        before = std::max(before, e.seq);
    }
    if (most == 0 && least != 0) // the usual case: every number is new
        return true;
    QSet<quint64> known;
    QSqlQuery *query = m_db.statement(QStringLiteral("SELECT seq FROM events WHERE run = ? AND seq BETWEEN ? AND ?"));
    if (!query)
        return false;
    query->bindValue(0, m_shared.options.run);
    query->bindValue(1, qint64(least));
    query->bindValue(2, qint64(most));
    if (!m_db.exec(*query))
        return false;
    while (query->next())
        known.insert(query->value(0).toULongLong());
    m_pending.removeIf([&known](const Event &e) {
        const bool twice = known.contains(e.seq);
        known.insert(e.seq);
        return twice;
    });
    return true;
}

bool HistoryWriter::writeSlice()
{
    if (!dropKnown())
        return false;
    const qsizetype count = std::min(m_slice, m_pending.size());
    if (count == 0)
        return true;
    if (!m_db.begin() || !writeRows(count) || !m_db.commit()) {
        m_db.rollback();
        return false;
    }
    if (vanished()) // SQLite went on writing to a file without a name: the same again, in a new one
        return open() && writeSlice();
    m_rollups.committed();
    m_logged = true;
    for (qsizetype i = 0; i < count; ++i)
        m_highestSeq = std::max(m_highestSeq, m_pending[i].seq);
    count == m_pending.size() ? m_pending.clear() : m_pending.remove(0, count);
    m_slice = std::min<qsizetype>(m_slice * 2, m_shared.options.batch);
    m_refused = 0;
    m_backoff = m_shared.options.backoff;
    m_written(quint64(count), m_highestSeq);
    return true;
}

bool HistoryWriter::writeRows(qsizetype count)
{
    static const QStringList columns =
        QStringLiteral("run seq wall kind call provider to_provider reason simulated body").split(QLatin1Char(' '));
    static const QStringList circuitColumns =
        QStringLiteral("run seq wall provider model scope state open_for_ns why simulated").split(QLatin1Char(' '));
    const QString ignore = QStringLiteral("ON CONFLICT DO NOTHING");
    BulkInsert events(m_db, QStringLiteral("events"), columns, ignore);
    BulkInsert circuits(m_db, QStringLiteral("circuits"), circuitColumns, ignore);
    const qint64 run = m_shared.options.run;
    for (qsizetype i = 0; i < count; ++i) {
        const Event &e = m_pending[i];
        const qint64 wall = e.wall.time_since_epoch().count();
        const QString text = QString::fromUtf8(toJsonLine(e));
        m_started = std::min(m_started, wall); // the clock was set back
        m_last = std::max(m_last, wall);
        events << run << qint64(e.seq) << wall << toKey(e.kind) << qint64(e.call.value)
               << e.provider << e.toProvider << toKey(e.reason) << int(e.simulated) << text;
        if (e.kind == EventKind::CircuitChanged)
            circuits << run << qint64(e.seq) << wall << e.provider << (e.scope == Scope::Model ? e.model : QString())
                     << toKey(e.scope) << toKey(e.circuitTo)
                     << (e.openFor ? QVariant(qint64(e.openFor->count())) : QVariant(QMetaType::fromType<qint64>()))
                     << e.detail << int(e.simulated);
        else if (e.kind == EventKind::DegradedChanged)
            circuits << run << qint64(e.seq) << wall << e.provider << QString() << QStringLiteral("slowness")
                     << (e.degraded ? QStringLiteral("slow") : toKey(CircuitState::Closed))
                     << QVariant(QMetaType::fromType<qint64>()) << QString() << int(e.simulated);
    }
    BulkInsert runs(m_db, QStringLiteral("runs"),
                    {QStringLiteral("run"), QStringLiteral("started"), QStringLiteral("last")},
                    QStringLiteral("ON CONFLICT (run) DO UPDATE SET started = excluded.started, last = excluded.last"));
    runs << run << m_started << m_last;
    return events.finish() && circuits.finish() && runs.finish() && m_rollups.write(m_db, m_pending.constData(), count);
}

void HistoryWriter::tidy()
{
    if (!m_tidying && Steady::now() < m_nextTidy)
        return;
    const auto step = m_retention.step(m_db, m_shared.options.now());
    if (step == HistoryRetention::Step::Failed && m_db.problem().kind == Kind::Corrupt)
        m_shared.suspect = true; // anything else shows at the next batch
    m_tidying = step == HistoryRetention::Step::More;
    m_nextTidy = Steady::now() + m_shared.options.tidyEvery;
}

/// Once nothing comes, the write-ahead log is emptied: it grows with every batch and is read by every reader.
void HistoryWriter::checkpoint()
{
    if (m_db.isServer() || !m_logged || m_tidying || m_shared.queue.waiting() > 0 || Steady::now() < m_nextCheckpoint)
        return;
    m_nextCheckpoint = Steady::now() + checkpointPause;
    QSqlQuery *query = m_db.statement(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
    if (query && query->exec() && query->next())
        m_logged = query->value(0).toInt() != 0; // a reader was in the way: again later
    if (query)
        query->finish();
}

void HistoryWriter::failed()
{
    const HistoryProblem problem = m_db.problem();
    m_db.close(); // whatever state it is in, the next try begins clean and looks up what is stored
    m_rollups.forget();
    m_tidying = false;
    if (problem.kind == Kind::Corrupt) {
        setAside();
    } else {
        if (problem.kind == Kind::Other)
            refuse();
        report(HistoryStatus::State::Degraded, problem.sentence);
    }
    m_nextTry = Steady::now() + m_backoff;
    m_backoff = std::min(m_backoff * 2, m_shared.options.maxBackoff);
}

void HistoryWriter::refuse()
{
    if (m_pending.isEmpty())
        return;
    m_slice = std::min(m_slice, m_pending.size());
    if (m_slice > 1) {
        m_slice /= 2;
        m_backoff = m_shared.options.backoff;
    } else if (++m_refused >= mostRefusals) {
        m_pending.removeFirst();
        ++m_unwritten;
        m_refused = 0;
    }
}

void HistoryWriter::setAside()
{
    const QString file = m_db.file(), why = m_db.problem().kind == Kind::Corrupt ? m_db.problem().sentence : QString();
    const QString name =
        m_db.setAside(QDateTime::fromMSecsSinceEpoch(m_shared.options.now().time_since_epoch().count(), Qt::UTC)
                          .toString(QStringLiteral("yyyyMMdd'T'HHmmss'Z'")));
    m_note = name.isEmpty()
                 ? QString()
                 : QStringLiteral("The history %1 was damaged. It was set aside as %2 and a new one was begun.")
                       .arg(file, name);
    if (name.isEmpty())
        report(HistoryStatus::State::Degraded,
               (why.isEmpty() ? QStringLiteral("The history %1 is damaged.").arg(file) : why)
                   + QStringLiteral(
                       " It could not be renamed either. Move it away by hand; calls go on and events wait."));
}

void HistoryWriter::finish()
{
    const bool tried = Steady::now() >= m_nextTry; // else it failed a moment ago: the program need not wait for it
    bool writing = tried && ready();
    if (tried && !writing)
        report(HistoryStatus::State::Degraded, m_db.problem().sentence);
    while (writing) {
        if (m_pending.isEmpty())
            m_pending = m_shared.queue.take();
        writing = !m_pending.isEmpty() && writeSlice();
    }
    m_unwritten += quint64(m_pending.size()) + m_shared.queue.waiting();
    m_pending.clear();
    while (!m_shared.queue.take().isEmpty()) {}
    settle();
    m_db.close();
}

void HistoryWriter::settle()
{
    const quint64 appended = m_shared.queue.appended(); // before `waiting`, so that it errs to the safe side
    const quint64 settled = appended - m_shared.queue.waiting() - quint64(m_pending.size());
    std::vector<FlushWaiter> due;
    HistoryStatus status;
    {
        const QMutexLocker lock(&m_shared.mutex);
        auto &waiters = m_shared.waiters;
        const auto first = std::stable_partition(waiters.begin(), waiters.end(),
                                                 [settled](const FlushWaiter &w) { return w.upTo > settled; });
        due.assign(std::make_move_iterator(first), std::make_move_iterator(waiters.end()));
        waiters.erase(first, waiters.end());
        status = m_shared.status;
    }
    report(status.state, status.sentence);
    for (const FlushWaiter &waiter : due)
        waiter.reply();
}

void HistoryWriter::report(HistoryStatus::State state, const QString &sentence)
{
    HistoryStatus next;
    {
        const QMutexLocker lock(&m_shared.mutex);
        next = m_shared.status;
        next.state = state;
        next.sentence = sentence;
        next.unwritten = m_unwritten + m_shared.queue.dropped();
        if (next == m_shared.status)
            return;
        m_shared.status = next;
    }
    m_statusChanged(next);
}

} // namespace retryscope
