// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historyarchive.h"
#include "history/historyschema.h"
#include "history/rolluplevels.h"
#include "support/historyplace.h"
#include "support/suite.h"

#include <QFileInfo>

#include <cmath>

using namespace retryscope;

/// Schemas old and new, and letting the past go.
class HistoryUpkeepTest : public QObject
{
    Q_OBJECT
private slots:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); QVERIFY(m_dir->isValid()); }
    void aNewDatabaseHasTheNewestSchema();
    void aDatabaseOfVersionOneIsBroughtUpToDate();
    void damagedRowsCostOnlyThemselves();
    void anUpgradeThatFailsChangesNothing();
    void aNewerSchemaIsRefusedAndLeftAlone();
    void oldEventsGoAndTheirSumsStay();
    void oldSumsGoLevelByLevel();
    void beyondTheLimitTheOldestGoAndTheFileShrinks();
    void writingGoesOnWhileMuchIsRemoved();

private:
    HistoryLocation place() const
    {
        return {HistoryLocation::Kind::Sqlite, m_dir->filePath(QStringLiteral("history.sqlite"))};
    }
    void load(const QString &fixture)
    {
        QFile file(QStringLiteral(SOURCE_ROOT "/tests/support/") + fixture);
        QVERIFY(file.open(QIODevice::ReadOnly));
        Peek peek(place());
        for (const QString &statement :
             QString::fromUtf8(file.readAll()).split(QStringLiteral(";\n"), Qt::SkipEmptyParts)) {
            if (!statement.trimmed().isEmpty())
                QVERIFY(peek.run(statement));
        }
    }
    qint64 number(const QString &sql) const { Peek peek(place()); return peek.value(sql).toLongLong(); }
    std::unique_ptr<QTemporaryDir> m_dir;
};

void HistoryUpkeepTest::aNewDatabaseHasTheNewestSchema()
{
    { HistoryStore store(place(), hasty()); QVERIFY(flushed(store)); }
    QCOMPARE(number(QStringLiteral("SELECT version FROM schema_version")), historySchemaVersion());
    QCOMPARE(number(QStringLiteral("SELECT COUNT(*) FROM schema_version")), 1);
    Peek peek(place());
    QCOMPARE(peek.value(QStringLiteral("PRAGMA journal_mode")).toString(), QStringLiteral("wal"));
    QCOMPARE(peek.value(QStringLiteral("PRAGMA auto_vacuum")).toInt(), 2); // incremental
}

void HistoryUpkeepTest::aDatabaseOfVersionOneIsBroughtUpToDate()
{
    load(QStringLiteral("history_v1.sql"));
    HistoryStore store(place(), hasty());
    store.append(SampleTraffic(3, storyStart + 3h, std::chrono::milliseconds(10)).make(100));
    QVERIFY(flushed(store));
    QVERIFY(reaches(store, HistoryStatus::State::Ok));
    QCOMPARE(number(QStringLiteral("SELECT version FROM schema_version")), historySchemaVersion());
    EventQuery query;
    query.to = storyStart + 1h;
    const StoredEvents old = eventsOf(store, query);
    QCOMPARE(old.events.size(), qsizetype(4));
    QCOMPARE(old.events[0].run, qint64(77));
    query.providers = {
        QStringLiteral("mistral")}; // only the failover's other end: a column that version 1 did not have
    const StoredEvents towards = eventsOf(store, query);
    QCOMPARE(towards.events.size(), qsizetype(1));
    QVERIFY(towards.events[0].event.kind == EventKind::FailedOver
            && towards.events[0].event.provider == QStringLiteral("openai"));
    const HistoryWindow window = windowOf(store, {storyStart, storyStart + 1h, 60, {}, HistoryTraffic::Any});
    QCOMPARE(window.total.started, quint64(1)); // its sums too
    QCOMPARE(window.total.failoverCount(), quint64(1)); // counted together with the retries then
    QCOMPARE(window.total.retryCount(), quint64(0));
    QVERIFY(window.total.real > 0 && window.total.simulated == 0);
}

void HistoryUpkeepTest::damagedRowsCostOnlyThemselves()
{
    {
        HistoryStore store(place(), hasty());
        store.append(SampleTraffic(3, storyStart, std::chrono::milliseconds(10)).make(300));
        QVERIFY(flushed(store));
    }
    for (const char *damage :
         {"UPDATE rollups SET waiting_ns = 9223372036854775807, attempts = -7, tokens_in = 9223372036854775807, "
          "cost_usd = 9e999, ends = 'x:y none:99999999999999999999', latency = '1..', events = 9223372036854775807",
          "UPDATE circuits SET wall = -9223372036854775807, open_for_ns = 9223372036854775807, state = 'x'",
          "UPDATE runs SET started = -9223372036854775807, last = 9223372036854775807",
          "UPDATE events SET body = '{' WHERE seq % 2 = 0",
          "UPDATE events SET body = "
          "'{\"schema\":1,\"seq\":-1,\"kind\":\"call_finished\",\"ts\":\"x\",\"duration_s\":1e300}' WHERE seq % 2 = 1"})
        QVERIFY(Peek(place()).run(QString::fromLatin1(damage)));
    HistoryStore store(place(), hasty());
    const HistoryWindow window = windowOf(store, {storyStart - 1h, storyStart + 1h, 60, {}, HistoryTraffic::Any});
    QCOMPARE(window.problem, QString());
    QVERIFY(window.total.waiting >= Duration::zero() && std::isfinite(window.total.costUsd));
    for (const CircuitSpan &span : window.circuits)
        QVERIFY(span.from >= window.from && span.to <= window.to);
    for (const HistoryRun &run : window.runs)
        QVERIFY(run.from >= window.from && run.to <= window.to);
    QVERIFY(eventsOf(store, {}).problem.isEmpty());
    CallQuery calls;
    HistoryArchive archive(place());
    QCOMPARE(archive.open(), QString());
    QCOMPARE(archive.reader().calls(calls).problem, QString());
}

void HistoryUpkeepTest::anUpgradeThatFailsChangesNothing()
{
    load(QStringLiteral("history_v1.sql"));
    QVERIFY(Peek(place()).run(
        QStringLiteral("CREATE INDEX events_by_reason ON events (reason)"))); // in the way of version 2
    {
        HistoryStore store(place(), hasty());
        QVERIFY(reaches(store, HistoryStatus::State::Degraded));
        QVERIFY2(store.status().sentence.contains(QStringLiteral("events_by_reason")),
                 qPrintable(store.status().sentence));
        QCOMPARE(number(QStringLiteral("SELECT version FROM schema_version")), 1);
        QCOMPARE(number(QStringLiteral("SELECT COUNT(*) FROM pragma_table_info('events') WHERE name = 'to_provider'")),
                 0);
        QVERIFY(Peek(place()).run(QStringLiteral("DROP INDEX events_by_reason")));
        QVERIFY(flushed(store));
        QVERIFY(reaches(store, HistoryStatus::State::Ok));
    }
    QCOMPARE(number(QStringLiteral("SELECT version FROM schema_version")), historySchemaVersion());
}

void HistoryUpkeepTest::aNewerSchemaIsRefusedAndLeftAlone()
{
    { HistoryStore store(place(), hasty()); QVERIFY(flushed(store)); }
    QVERIFY(Peek(place()).run(QStringLiteral("UPDATE schema_version SET version = 99")));
    {
        HistoryStore store(place(), hasty());
        store.append(SampleTraffic(3, storyStart, std::chrono::milliseconds(10)).make(100));
        QVERIFY(reaches(store, HistoryStatus::State::Degraded));
        const QString sentence = store.status().sentence;
        QVERIFY2(sentence.contains(QStringLiteral("newer Retryscope")) && sentence.contains(QStringLiteral("99")),
                 qPrintable(sentence));
    }
    QCOMPARE(number(QStringLiteral("SELECT COUNT(*) FROM events")), 0);
    QCOMPARE(number(QStringLiteral("SELECT version FROM schema_version")), 99);
}

void HistoryUpkeepTest::oldEventsGoAndTheirSumsStay()
{
    const Events events = SampleTraffic(4, storyStart, std::chrono::milliseconds(100)).make(9'000); // 15 minutes
    { HistoryStore store(place(), hasty(storyStart)); store.append(events); }
    HistoryOptions options = hasty(storyStart + 24h + 5min);
    options.keepEvents = std::chrono::hours(24);
    HistoryStore store(place(), options);
    const auto kept =
        std::count_if(events.begin(), events.end(), [](const Event &e) { return e.wall >= storyStart + 5min; });
    QTRY_COMPARE(number(QStringLiteral("SELECT COUNT(*) FROM events")), qint64(kept));
    NaiveCounts all;
    for (const Event &e : events)
        all.add(e);
    QCOMPARE(difference(windowOf(store, {storyStart, storyStart + 1h, 60, {}, HistoryTraffic::Any}).total, all),
             QString());
}

void HistoryUpkeepTest::oldSumsGoLevelByLevel()
{
    {
        HistoryStore store(place(), hasty(storyStart));
        store.append(SampleTraffic(4, storyStart, std::chrono::milliseconds(100)).make(3'000));
    }
    for (std::size_t gone = 0; gone <= rollupLevels.size(); ++gone) {
        const auto age = gone == 0 ? std::chrono::hours(1) : rollupLevels[gone - 1].keep + std::chrono::hours(1);
        HistoryStore store(place(), hasty(storyStart + age));
        QTRY_COMPARE(
            number(QStringLiteral("SELECT COALESCE(MIN(level), %1) FROM rollups").arg(rollupLevels.size())),
            qint64(gone));
    }
    HistoryStore store(place(), hasty(storyStart + rollupLevels.back().keep + 1h));
    QTRY_COMPARE(number(QStringLiteral("SELECT COUNT(*) FROM circuits")), 0);
}

void HistoryUpkeepTest::beyondTheLimitTheOldestGoAndTheFileShrinks()
{
    const Events events = SampleTraffic(9, storyStart, std::chrono::milliseconds(20)).make(30'000);
    { HistoryStore store(place(), hasty()); store.append(events); }
    QVERIFY(Peek(place()).run(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)")));
    const qint64 before = QFileInfo(place().file).size();
    HistoryOptions options = hasty();
    options.maxBytes = before / 2;
    {
        HistoryStore store(place(), options);
        QTRY_VERIFY(QFileInfo(place().file).size() < options.maxBytes + 2'000'000);
        QTRY_VERIFY(number(QStringLiteral("SELECT COUNT(*) FROM events")) < 25'000);
        QTest::qWait(300);
        EventQuery query;
        query.limit = 50'000;
        const StoredEvents left = eventsOf(store, query);
        QVERIFY(left.events.size() > 3'000); // not more than was needed
        QCOMPARE(left.events.first().event.seq, events.last().seq);
        QCOMPARE(left.events.size(),
                 qsizetype(events.last().seq - left.events.last().event.seq + 1)); // the oldest went
    }
    QVERIFY(QFileInfo(place().file).size() <= options.maxBytes);
    QCOMPARE(Peek(place()).value(QStringLiteral("PRAGMA integrity_check")).toString(), QStringLiteral("ok"));
}

void HistoryUpkeepTest::writingGoesOnWhileMuchIsRemoved()
{
    {
        HistoryStore store(place(), hasty(storyStart));
        store.append(SampleTraffic(9, storyStart, std::chrono::milliseconds(20)).make(40'000));
    }
    HistoryOptions options = hasty(storyStart + std::chrono::hours(24 * 60));
    HistoryStore store(place(), options);
    SampleTraffic fresh(10, storyStart + std::chrono::hours(24 * 60), std::chrono::milliseconds(1));
    bool between = false;
    for (int i = 0; i < 200; ++i) {
        store.append(fresh.make(10));
        QVERIFY(flushed(store));
        const qint64 old = number(QStringLiteral("SELECT COUNT(*) FROM events WHERE wall < %1")
                                      .arg((storyStart + 24h).time_since_epoch().count()));
        between |= old > 0 && old < 40'000; // a batch was committed while the old were going
        if (old == 0)
            break;
    }
    QVERIFY(between);
    QCOMPARE(store.status().unwritten, quint64(0));
}

SUITE_TEST(HistoryUpkeepTest)
#include "tst_historyupkeep.moc"
