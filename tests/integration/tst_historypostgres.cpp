// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historyschema.h"
#include "support/historyplace.h"
#include "support/postgresserver.h"
#include "support/suite.h"

using namespace retryscope;
using State = HistoryStatus::State;

/// The store on a real server, which this test starts, stops and starts again.
class HistoryPostgresTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void theServerAnswersAsTheFileDoes();
    void aServerThatStopsAndComesBackLosesNothing();
    void cutConnectionsWriteNothingTwice();
    void twoProgramsShareOneHistory();
    void aDatabaseOfVersionOneIsBroughtUpToDate();
    void aNewerSchemaIsRefused();
    void theOldestGoByAgeAndBySize();
    void aWrongOrMissingPasswordIsSaidWithoutIt();
    void aServerThatIsNotThereIsSaid();

private:
    qint64 stored()
    {
        Peek peek(m_where);
        return peek.value(QStringLiteral("SELECT COUNT(*) FROM events")).toLongLong();
    }

    PostgresServer m_server;
    HistoryLocation m_where;
    int m_databases = 0;
};

void HistoryPostgresTest::initTestCase()
{
    if (!QSqlDatabase::isDriverAvailable(QStringLiteral("QPSQL")))
        QSKIP("Qt's driver QPSQL is not installed (Debian's package is libqt6sql6-psql).");
    const QString problem = m_server.start();
    if (problem.contains(QStringLiteral("not installed")))
        QSKIP(qPrintable(problem));
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

void HistoryPostgresTest::init()
{
    const QString name = QStringLiteral("history%1").arg(++m_databases);
    QVERIFY(Peek(m_server.location()).run(QStringLiteral("CREATE DATABASE ") + name));
    m_where = m_server.location(name);
}

void HistoryPostgresTest::theServerAnswersAsTheFileDoes()
{
    QTemporaryDir dir;
    HistoryStore file({HistoryLocation::Kind::Sqlite, dir.filePath(QStringLiteral("h.sqlite"))}, hasty()),
        server(m_where, hasty());
    const quint64 seed = 12;
    qInfo("seed %llu", seed);
    Events events = SampleTraffic(seed, storyStart, std::chrono::milliseconds(200)).make(6'000);
    events[10].detail = QStringLiteral("quotes ' \" and \\ and modèle 日本\n; DROP TABLE events; --");
    events[11].model = QStringLiteral("it's \\ \"quoted\" $1 ? é");
    events[12].provider = events[12].model = QString();
    for (qsizetype i = 0; i < events.size(); i += 500) {
        file.append(events.mid(i, 500));
        server.append(events.mid(i, 500));
    }
    QVERIFY(flushed(file));
    QVERIFY2(flushed(server), qPrintable(server.status().sentence));
    for (const auto span : {120s, 1'800s, 21'600s, 86'400s}) {
        const HistoryRequest request{storyStart, storyStart + span, 400, {}, HistoryTraffic::Any};
        const HistoryWindow one = windowOf(file, request), other = windowOf(server, request);
        QCOMPARE(other.problem, QString());
        QVERIFY(other.total == one.total && other.points == one.points && other.total.started > 0);
        QCOMPARE(other.series.size(), one.series.size());
        for (qsizetype i = 0; i < one.series.size(); ++i)
            QVERIFY(other.series[i].provider == one.series[i].provider
                    && other.series[i].simulated == one.series[i].simulated
                    && other.series[i].points == one.series[i].points);
        QCOMPARE(other.circuits.size(), one.circuits.size());
        for (qsizetype i = 0; i < one.circuits.size(); ++i)
            QVERIFY(other.circuits[i].from == one.circuits[i].from && other.circuits[i].to == one.circuits[i].to
                    && other.circuits[i].state == one.circuits[i].state);
    }
    EventQuery query;
    query.limit = 10'000;
    QCOMPARE(jsonOf(eventsOf(server, query)), jsonOf(Events(events.rbegin(), events.rend())));
    query.reasons = {RetryReason::RateLimit, RetryReason::Unknown};
    query.providers = {QStringLiteral("openai"), QStringLiteral("mistral")};
    query.traffic = HistoryTraffic::Real;
    query.limit = 40;
    for (int page = 0; page < 3; ++page) {
        const StoredEvents one = eventsOf(file, query);
        QVERIFY(!one.events.isEmpty());
        QCOMPARE(jsonOf(eventsOf(server, query)), jsonOf(one));
        query.before = HistoryPosition{one.events.last().event.wall, std::numeric_limits<qint64>::max(),
                                       one.events.last().event.seq};
    }
    const auto story = await<StoredEvents>([&](QObject *r, std::function<void(const StoredEvents &)> reply) {
        server.requestCall(server.run(), CallId{7}, r, reply);
    });
    QVERIFY(story && story->events.size() > 2 && story->events.first().event.kind == EventKind::CallSubmitted);
}

void HistoryPostgresTest::aServerThatStopsAndComesBackLosesNothing()
{
    const Events events = SampleTraffic(21, storyStart, std::chrono::milliseconds(50)).make(12'000);
    HistoryStore store(m_where, hasty());
    store.append(events.mid(0, 4'000));
    QVERIFY(flushed(store));
    store.append(events.mid(4'000, 4'000)); // on its way while the server falls
    m_server.stop("immediate");
    store.append(events.mid(8'000));
    QVERIFY(reaches(store, State::Degraded));
    QVERIFY2(store.status().sentence.contains(QStringLiteral("cannot be reached")),
             qPrintable(store.status().sentence));
    QVERIFY2(!store.status().sentence.contains(QStringLiteral("secret")), qPrintable(store.status().sentence));
    QVERIFY(!eventsOf(store, {}).problem.isEmpty());
    QCOMPARE(m_server.start(), QString());
    QVERIFY2(flushed(store), qPrintable(store.status().sentence));
    QVERIFY(reaches(store, State::Ok));
    QCOMPARE(stored(), qint64(events.size()));
    QCOMPARE(store.status().unwritten, quint64(0));
    NaiveCounts all;
    for (const Event &e : events)
        all.add(e);
    QCOMPARE(difference(windowOf(store, {storyStart, storyStart + 24h, 400, {}, HistoryTraffic::Any}).total, all),
             QString());
}

void HistoryPostgresTest::cutConnectionsWriteNothingTwice()
{
    const Events events = SampleTraffic(22, storyStart, std::chrono::milliseconds(50)).make(20'000);
    HistoryOptions options = hasty();
    options.batch = 200;
    HistoryStore store(m_where, options);
    QVERIFY(flushed(store));
    Peek other(m_server.location());
    for (qsizetype i = 0; i < events.size(); i += 1'000) {
        store.append(events.mid(i, 1'000));
        QTest::qWait(7);
        other.run(QStringLiteral(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'retryscope'"));
    }
    QVERIFY2(flushed(store), qPrintable(store.status().sentence));
    QCOMPARE(stored(), qint64(events.size()));
    NaiveCounts all;
    for (const Event &e : events)
        all.add(e);
    QCOMPARE(difference(windowOf(store, {storyStart, storyStart + 24h, 400, {}, HistoryTraffic::Any}).total, all),
             QString());
}

void HistoryPostgresTest::twoProgramsShareOneHistory()
{
    HistoryStore one(m_where, hasty()), other(m_where, hasty()); // both make the schema at once
    const Events events = SampleTraffic(23, storyStart, std::chrono::milliseconds(50)).make(3'000);
    for (qsizetype i = 0; i < events.size(); i += 300) {
        one.append(events.mid(i, 300));
        other.append(events.mid(i, 300)); // the same numbers and the same buckets, of another run
    }
    QVERIFY(flushed(one) && flushed(other));
    QCOMPARE(stored(), qint64(2 * events.size()));
    NaiveCounts all;
    for (const Event &e : events + events)
        all.add(e);
    QCOMPARE(difference(windowOf(one, {storyStart, storyStart + 24h, 400, {}, HistoryTraffic::Any}).total, all),
             QString());
}

void HistoryPostgresTest::aDatabaseOfVersionOneIsBroughtUpToDate()
{
    QFile fixture(QStringLiteral(SOURCE_ROOT "/tests/support/history_v1.sql"));
    QVERIFY(fixture.open(QIODevice::ReadOnly));
    QVERIFY(Peek(m_where).run(QString::fromUtf8(fixture.readAll())));
    HistoryStore store(m_where, hasty());
    QVERIFY2(flushed(store), qPrintable(store.status().sentence));
    QVERIFY(reaches(store, State::Ok));
    QCOMPARE(Peek(m_where).value(QStringLiteral("SELECT version FROM schema_version")).toInt(), historySchemaVersion());
    EventQuery query;
    query.providers = {QStringLiteral("mistral")};
    QCOMPARE(eventsOf(store, query).events.size(), qsizetype(1));
}

void HistoryPostgresTest::aNewerSchemaIsRefused()
{
    { HistoryStore store(m_where, hasty()); QVERIFY(flushed(store)); }
    QVERIFY(Peek(m_where).run(QStringLiteral("UPDATE schema_version SET version = 99")));
    HistoryStore store(m_where, hasty());
    QVERIFY(reaches(store, State::Degraded));
    QVERIFY2(store.status().sentence.contains(QStringLiteral("newer Retryscope")), qPrintable(store.status().sentence));
}

void HistoryPostgresTest::theOldestGoByAgeAndBySize()
{
    {
        HistoryStore store(m_where, hasty(storyStart));
        store.append(SampleTraffic(24, storyStart, std::chrono::milliseconds(100)).make(12'000));
    }
    HistoryOptions options = hasty(storyStart + 24h + 5min);
    options.keepEvents = std::chrono::hours(24);
    {
        HistoryStore store(m_where, options);
        QTRY_VERIFY(Peek(m_where).value(QStringLiteral("SELECT MIN(wall) FROM events")).toLongLong()
                                     >= (storyStart + 5min).time_since_epoch().count());
    }
    const qint64 before = stored();
    QVERIFY(before > 4'000);
    options.maxBytes =
        Peek(m_where)
            .value(QStringLiteral("SELECT pg_total_relation_size('events') + pg_total_relation_size('rollups')"))
            .toLongLong()
        * 7 / 10;
    HistoryStore store(m_where, options);
    QTRY_VERIFY(stored() < before);
    QTest::qWait(2'500); // several more looks: it must not go on for ever because the table itself does not shrink
    QVERIFY2(stored() > before / 10, qPrintable(QStringLiteral("%1 of %2").arg(stored()).arg(before)));
    const qint64 settled = stored();
    QTest::qWait(500);
    QCOMPARE(stored(), settled);
    QCOMPARE(store.status().state, State::Ok);
}

void HistoryPostgresTest::aWrongOrMissingPasswordIsSaidWithoutIt()
{
    qputenv("RETRYSCOPE_TEST_WRONG", "not-the-password");
    HistoryLocation wrong = m_where, missing = m_where;
    wrong.passwordVariable = QStringLiteral("RETRYSCOPE_TEST_WRONG");
    missing.passwordVariable = QStringLiteral("RETRYSCOPE_TEST_UNSET");
    HistoryStore one(wrong, hasty()), other(missing, hasty());
    QVERIFY(reaches(one, State::Degraded) && reaches(other, State::Degraded));
    QVERIFY2(one.status().sentence.contains(QStringLiteral("password"))
                 && !one.status().sentence.contains(QStringLiteral("not-the-password")),
             qPrintable(one.status().sentence));
    QVERIFY2(other.status().sentence.contains(QStringLiteral("RETRYSCOPE_TEST_UNSET")),
             qPrintable(other.status().sentence));
}

void HistoryPostgresTest::aServerThatIsNotThereIsSaid()
{
    HistoryLocation nowhere = m_where;
    nowhere.port = 1;
    HistoryStore store(nowhere, hasty());
    store.append(SampleTraffic(1, storyStart, std::chrono::milliseconds(1)).make(10));
    QVERIFY(reaches(store, State::Degraded));
    QVERIFY2(store.status().sentence.contains(QStringLiteral("127.0.0.1:1")), qPrintable(store.status().sentence));
}

SUITE_TEST(HistoryPostgresTest)
#include "tst_historypostgres.moc"
