// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/systemclock.h"
#include "history/historyarchive.h"
#include "history/historyrecorder.h"
#include "support/historyplace.h"
#include "support/postgresserver.h"
#include "support/suite.h"

#include <QElapsedTimer>
#include <QFileInfo>

#include <sys/stat.h>

using namespace retryscope;

/// How a history begins, changes and ends: nothing is lost at the first event, and nobody waits for a database that is frozen.
class HistoryEndTest : public QObject
{
    Q_OBJECT
private slots:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); QVERIFY(m_dir->isValid()); }
    void theFirstEventIsKept();
    void anotherPlaceTakesOverWithoutALoss();
    void isForThisUserOnly();
    void theLogIsEmptiedWhileAReaderStays();
    void anArchiveMakesNothingAndReadsAll();
    void aFifoIsNoHistory();
    void aFrozenServerKeepsNobodyWaiting();
    void whatAFrozenServerDidNotTakeIsWrittenWhenItGoesOn();

private:
    QString file(const char *name = "history.sqlite") const { return m_dir->filePath(QLatin1String(name)); }
    HistoryLocation place(const char *name = "history.sqlite") const
    {
        return {HistoryLocation::Kind::Sqlite, file(name)};
    }
    static int mode(const QString &path)
    {
        struct stat info{};
        return ::stat(QFile::encodeName(path).constData(), &info) == 0 ? int(info.st_mode & 0777) : -1;
    }
    /// The recorder lives by the real clock, and would tidy away a story of another season.
    static Events recent(int seed, int count)
    {
        return SampleTraffic(seed, SystemClock().wallNow() - 1h, std::chrono::milliseconds(1)).make(count);
    }
    std::unique_ptr<QTemporaryDir> m_dir;
};

void HistoryEndTest::theFirstEventIsKept()
{
    const Events events = recent(1, 50);
    {
        HistoryRecorder recorder(4711);
        const auto observe = recorder.observer();
        observe(events[0]);
        QVERIFY(!recorder.open(QStringLiteral("sqlite:relative"))); // a wrong line changes nothing
        observe(events[1]);
        QVERIFY(recorder.open(QStringLiteral("sqlite:") + file()));
        for (qsizetype i = 2; i < events.size(); ++i)
            observe(events[i]);
        QCOMPARE(recorder.close(std::chrono::seconds(10)).unwritten, quint64(0));
        observe(events[0]); // after the end: nowhere, and no harm
    }
    Peek peek(place());
    QCOMPARE(peek.value(QStringLiteral("SELECT COUNT(*) FROM events")).toInt(), 50);
    QCOMPARE(peek.value(QStringLiteral("SELECT MIN(seq) FROM events WHERE run = 4711")).toInt(), 1);
}

void HistoryEndTest::anotherPlaceTakesOverWithoutALoss()
{
    const Events events = recent(2, 3'000);
    HistoryRecorder recorder(5);
    const auto observe = recorder.observer();
    recorder.open(QStringLiteral("sqlite:") + file());
    for (qsizetype i = 0; i < events.size(); ++i) {
        if (i == 1'000)
            QVERIFY(recorder.open(QStringLiteral("sqlite:") + file("other.sqlite")));
        if (i == 2'000)
            QVERIFY(recorder.open(QStringLiteral("off")));
        observe(events[i]);
    }
    QVERIFY(!recorder.store());
    QCOMPARE(recorder.close(std::chrono::seconds(20)).unwritten, quint64(0));
    QCOMPARE(Peek(place()).value(QStringLiteral("SELECT COUNT(*) FROM events")).toInt(), 1'000);
    QCOMPARE(
        Peek(place("other.sqlite")).value(QStringLiteral("SELECT MIN(seq) || '..' || MAX(seq) FROM events")).toString(),
        QStringLiteral("1001..2000"));
}

void HistoryEndTest::isForThisUserOnly()
{
    const QByteArray before = qgetenv("XDG_DATA_HOME");
    qputenv("XDG_DATA_HOME", m_dir->path().toUtf8());
    const QString folder = file("retryscope"), name = folder + QStringLiteral("/history.sqlite");
    QCOMPARE(defaultHistoryFile(), name);
    for (const bool old : {false, true}) {
        if (old) {
            QCOMPARE(::chmod(qPrintable(folder), 0755), 0);
            QCOMPARE(::chmod(qPrintable(name), 0644), 0);
        }
        HistoryStore store(HistoryLocation{}, hasty());
        store.append(SampleTraffic(1, storyStart, std::chrono::milliseconds(1)).make(old ? 60 : 30));
        QVERIFY(flushed(store));
        QCOMPARE(mode(folder), 0700);
        for (const char *suffix : {"", "-wal", "-shm"})
            QCOMPARE(mode(name + QLatin1String(suffix)), 0600);
    }
    HistoryStore elsewhere({HistoryLocation::Kind::Sqlite, file("a/b/h.sqlite")}, hasty());
    QVERIFY(flushed(elsewhere));
    QCOMPARE(mode(file("a/b")), 0700);
    QCOMPARE(mode(file("a/b/h.sqlite")), 0600);
    qputenv("XDG_DATA_HOME", before);
}

void HistoryEndTest::theLogIsEmptiedWhileAReaderStays()
{
    HistoryStore store(place(), hasty());
    store.append(SampleTraffic(1, storyStart, std::chrono::milliseconds(100)).make(9'000));
    QVERIFY(flushed(store));
    QVERIFY(windowOf(store, {storyStart, storyStart + 1h, 60, {}, HistoryTraffic::Any})
                .problem.isEmpty()); // the reader is there and stays
    QTRY_COMPARE(QFileInfo(file() + QStringLiteral("-wal")).size(), qint64(0));
    QVERIFY(eventsOf(store, {}).events.size() == 1'000);
}

void HistoryEndTest::anArchiveMakesNothingAndReadsAll()
{
    HistoryArchive none(place());
    QVERIFY(!none.exists());
    QVERIFY(!none.open().isEmpty());
    QVERIFY(!QFileInfo::exists(file()));
    const Events events = SampleTraffic(1, storyStart, std::chrono::milliseconds(7)).make(12'000); // more than two pages
    HistoryStore store(place(), hasty());
    store.append(events);
    QVERIFY(flushed(store));
    HistoryArchive archive(place());
    QVERIFY(archive.exists());
    QCOMPARE(archive.open(), QString());
    quint64 last = 0;
    const QString problem = archive.reader().eachEvent({}, [&last](const Event &event) { return event.seq == ++last; });
    QCOMPARE(problem, QString());
    QCOMPARE(last, quint64(events.size()));
    EventQuery query;
    query.from = events[5'000].wall;
    query.to = events[5'010].wall;
    quint64 count = 0;
    archive.reader().eachEvent(query, [&count](const Event &) { return ++count > 0; });
    QCOMPARE(count, quint64(10));
    // calls, whole, page by page
    CallQuery calls;
    calls.limit = 7;
    QSet<quint64> seen;
    qsizetype all = 0;
    for (StoredCalls page;;) {
        page = archive.reader().calls(calls);
        QCOMPARE(page.problem, QString());
        for (const StoredCall &call : page.calls) {
            QVERIFY(call.events.first().kind == EventKind::CallSubmitted && !seen.contains(call.call.value));
            seen.insert(call.call.value);
            all += call.events.size();
        }
        if (!page.more)
            break;
        calls.before = page.last;
    }
    const auto submitted =
        std::count_if(events.begin(), events.end(), [](const Event &e) { return e.kind == EventKind::CallSubmitted; });
    QCOMPARE(seen.size(), qsizetype(submitted));
    QCOMPARE(all, std::count_if(events.begin(), events.end(), [](const Event &e) { return bool(e.call); }));
}

void HistoryEndTest::aFifoIsNoHistory()
{
    QCOMPARE(mkfifo(qPrintable(file()), 0600), 0);
    HistoryStore store(place(), hasty());
    QVERIFY(reaches(store, HistoryStatus::State::Degraded));
    QVERIFY2(store.status().sentence.contains(QStringLiteral("no regular file")), qPrintable(store.status().sentence));
}

void HistoryEndTest::aFrozenServerKeepsNobodyWaiting()
{
    PostgresServer server;
    if (const QString problem = server.start(); !problem.isEmpty())
        QSKIP(qPrintable(problem));
    HistoryOptions options = hasty();
    options.endPatience = std::chrono::milliseconds(500);
    const Events events = SampleTraffic(1, storyStart, std::chrono::milliseconds(1)).make(400);
    auto store = std::make_unique<HistoryStore>(server.location(), options);
    store->append(events.mid(0, 200));
    QVERIFY(flushed(*store));
    server.signalAll(SIGSTOP);
    store->append(events.mid(200));
    QTest::qWait(300); // the writer is in the middle of it
    bool answered = false;
    QObject reader; // an answer may still come when the store is gone, and not when the reader is
    store->requestEvents({}, &reader, [&answered](const StoredEvents &) { answered = true; }); // and so is the reader
    QTest::qWait(100);
    QElapsedTimer timer;
    timer.start();
    store.reset();
    const qint64 took = timer.elapsed();
    server.signalAll(SIGCONT);
    QVERIFY2(took < 2'000, qPrintable(QString::number(took)));
    QVERIFY(!answered);
    // what it was left with is written once it goes on
    QTRY_COMPARE(Peek(server.location()).value(QStringLiteral("SELECT COUNT(*) FROM events")).toInt(), 400);
}

void HistoryEndTest::whatAFrozenServerDidNotTakeIsWrittenWhenItGoesOn()
{
    PostgresServer server;
    if (const QString problem = server.start(); !problem.isEmpty())
        QSKIP(qPrintable(problem));
    const QString line = QStringLiteral("postgresql://retryscope@127.0.0.1:%1/postgres?password=env:%2")
                             .arg(server.location().port)
                             .arg(QLatin1String(PostgresServer::passwordVariable));
    const Events events = recent(1, 400);
    HistoryRecorder recorder(9);
    const auto observe = recorder.observer();
    QVERIFY(recorder.open(line));
    observe(events[0]);
    QVERIFY(flushed(*recorder.store()));
    server.signalAll(SIGSTOP);
    for (const Event &event : events.mid(1))
        observe(event);
    QTest::qWait(600);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(recorder.open(QStringLiteral("sqlite:") + file())); // the line was changed: the window must not wait
    QVERIFY2(timer.elapsed() < 300, qPrintable(QString::number(timer.elapsed())));
    timer.restart();
    const HistoryEnd end = recorder.close(std::chrono::milliseconds(700));
    QVERIFY2(timer.elapsed() < 3'000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(end.unwritten, quint64(events.size() - 1)); // as far as is known
    QVERIFY2(end.sentence.contains(QStringLiteral("does not answer")), qPrintable(end.sentence));
    server.signalAll(SIGCONT);
    QTRY_COMPARE(Peek(server.location()).value(QStringLiteral("SELECT COUNT(*) FROM events")).toInt(), 400);
}

SUITE_TEST(HistoryEndTest)
#include "tst_historyend.moc"
