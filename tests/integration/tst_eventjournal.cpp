// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"

#include "base/userfiles.h"
#include "support/suite.h"
#include "telemetry/eventjournal.h"

#include <QFileInfo>

#include <map>
#include <thread>

#include <sys/stat.h>

using namespace retryscope;

namespace {

/// Events of one writer: its number stands in `call`, the event's in `seq`.
Events batch(quint64 writer, quint64 from, int count)
{
    Events events;
    for (int i = 0; i < count; ++i) {
        Event e;
        e.kind = EventKind::CallFinished;
        e.outcome = CallOutcome::FirstTry;
        e.call = CallId{writer};
        e.seq = from + quint64(i);
        e.wall = WallTime(std::chrono::milliseconds(1'700'000'000'000));
        e.provider = QStringLiteral("openai");
        e.detail = QString(400, QLatin1Char('x'));
        events.append(e);
    }
    return events;
}

} // namespace

/// The journal with several programs on one file, with torn lines and where it may not be.
class EventJournalTest : public QObject
{
    Q_OBJECT
private slots:
    void severalWritersLoseNothingWhileItRotates();
    void aTornLastLineCostsOnlyItself();
    void onlyTheOldestPartIsLetGoAndCounted();
    void statsReadsTheOlderParts();
    void isForThisUserOnly();
    void whatIsNoFileIsRefusedAtOnce();
};

void EventJournalTest::severalWritersLoseNothingWhileItRotates()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("events.jsonl"));
    constexpr int writers = 4, batches = 60, size = 50; // about 7 MB: rotated three times
    std::vector<std::thread> threads;
    std::atomic<quint64> lost{0};
    for (int w = 1; w <= writers; ++w)
        threads.emplace_back([&, w] {
            EventJournal journal(path, 2 << 20);
            for (int b = 0; b < batches; ++b)
                journal.append(batch(quint64(w), quint64(b * size + 1), size));
            lost += journal.lost() + journal.dropped();
        });
    for (auto &thread : threads)
        thread.join();
    QCOMPARE(lost.load(), quint64(0));
    QVERIFY(QFileInfo::exists(path + QStringLiteral(".2")));
    std::map<quint64, quint64> next; // of each writer, in order
    bool inOrder = true;
    const JournalReading read = readJournal(path, [&](const Event &event) {
        inOrder &= event.seq == ++next[event.call.value];
        return true;
    });
    QCOMPARE(read.problem, QString());
    QCOMPARE(read.skipped, quint64(0));
    QCOMPARE(read.events, quint64(writers * batches * size));
    QVERIFY(inOrder);
}

void EventJournalTest::aTornLastLineCostsOnlyItself()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("events.jsonl"));
    EventJournal(path).append(batch(1, 1, 2));
    QFile file(path);
    QVERIFY(file.open(QIODevice::Append));
    file.write("{\"schema\":1,\"seq\":3,\"ts\":\"2023-11-");
    file.close();
    EventJournal(path).append(batch(1, 4, 1));
    QVector<quint64> seen;
    const JournalReading read = readJournal(path, [&](const Event &event) { seen << event.seq; return true; });
    QCOMPARE(seen, (QVector<quint64>{1, 2, 4}));
    QCOMPARE(read.skipped, quint64(1));
}

void EventJournalTest::onlyTheOldestPartIsLetGoAndCounted()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("events.jsonl"));
    for (int part = 0; part <= EventJournal::mostParts; ++part) {
        EventJournal journal(path);
        journal.append(batch(1, quint64(part + 1), 1));
        QVERIFY(part == EventJournal::mostParts
                || QFile::rename(path, QStringLiteral("%1.%2").arg(path).arg(EventJournal::mostParts - part)));
    }
    QVERIFY(QFile::resize(path, EventJournal::largestPart)); // full, with a line that is none
    EventJournal journal(path);
    journal.append(batch(1, 100, 1));
    QCOMPARE(journal.dropped(), quint64(1));
    QCOMPARE(journal.lost(), quint64(0));
    QVector<quint64> seen;
    readJournal(path, [&](const Event &event) { seen << event.seq; return true; });
    QCOMPARE(seen, (QVector<quint64>{2, 3, 4, 5, 6, 7, 8, 9, 10, 100}));
}

void EventJournalTest::statsReadsTheOlderParts()
{
    const CliProgram cli;
    const QString path = cli.path(QStringLiteral("j.jsonl"));
    EventJournal(path).append(batch(1, 1, 3));
    QVERIFY(QFile::rename(path, path + QStringLiteral(".1")));
    EventJournal(path).append(batch(1, 4, 2));
    const auto ran = cli.run({"stats", "--json", path});
    QVERIFY2(ran.code == 0, ran.said());
    QCOMPARE(QJsonDocument::fromJson(ran.out).object()["total_calls"].toInt(), 5);
}

void EventJournalTest::isForThisUserOnly()
{
    const QTemporaryDir home;
    const QByteArray before = qgetenv("XDG_DATA_HOME");
    qputenv("XDG_DATA_HOME", home.path().toUtf8());
    const QString folder = userDataFolder(), path = folder + QStringLiteral("/events.jsonl");
    QVERIFY(QDir().mkpath(folder));
    QFile old(path);
    QVERIFY(old.open(QIODevice::WriteOnly) && old.setPermissions(QFile::Permissions(0x6644)));
    QVERIFY(QFile::setPermissions(folder, QFile::Permissions(0x7755)));
    EventJournal(path).append(batch(1, 1, 1));
    struct stat info{};
    QCOMPARE(::stat(QFile::encodeName(path).constData(), &info), 0);
    QCOMPARE(int(info.st_mode & 0777), 0600);
    QCOMPARE(::stat(QFile::encodeName(folder).constData(), &info), 0);
    QCOMPARE(int(info.st_mode & 0777), 0700);
    const QString elsewhere = home.filePath(QStringLiteral("a/b/events.jsonl"));
    EventJournal(elsewhere).append(batch(1, 1, 1));
    QCOMPARE(::stat(QFile::encodeName(home.filePath(QStringLiteral("a/b"))).constData(), &info), 0);
    QCOMPARE(int(info.st_mode & 0777), 0700);
    qputenv("XDG_DATA_HOME", before);
}

void EventJournalTest::whatIsNoFileIsRefusedAtOnce()
{
    const QTemporaryDir folder;
    const QString fifo = folder.filePath(QStringLiteral("fifo"));
    QCOMPARE(mkfifo(QFile::encodeName(fifo).constData(), 0600), 0);
    for (const QString &path : {fifo, folder.path(), QStringLiteral("/proc/nowhere/events.jsonl"), QString()}) {
        EventJournal journal(path);
        journal.append(batch(1, 1, 2));
        QCOMPARE(journal.lost(), quint64(2));
        QVERIFY2(!journal.problem().isEmpty(), qPrintable(path));
    }
    QVERIFY(!readJournal(fifo, [](const Event &) { return true; }).problem.isEmpty());
}

SUITE_TEST(EventJournalTest)
#include "tst_eventjournal.moc"
