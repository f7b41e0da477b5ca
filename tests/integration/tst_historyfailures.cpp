// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/historyplace.h"
#include "support/suite.h"

#include <QDir>
#include <QElapsedTimer>
#include <QProcess>

#include <unistd.h>

using namespace retryscope;
using State = HistoryStatus::State;

/// Whatever the disk does: calls go on, what is not written is counted and said, and writing goes on by itself.
class HistoryFailuresTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void aFullDiskIsSaidAndWritingResumes();
    void aLockedDatabaseNeverBlocksACall();
    void whatDoesNotFitTheQueueIsCountedWhileItCannotWrite();
    void aFileThatIsNoDatabaseIsSetAside();
    void aDatabaseOfAnotherProgramIsLeftAlone();
    void damageInTheMiddleIsSetAside();
    void aMissingFolderIsMade();
    void aFolderThatCannotBeMadeIsSaidAndWritingResumes();
    void aReadOnlyFolderIsSaidAndWritingResumes();
    void aFileRemovedWhileInUseIsBegunAnew();
    void anEventThatTheDatabaseRefusesDoesNotStopTheOthers();

private:
    HistoryLocation place(const QString &name = QStringLiteral("history.sqlite")) const
    {
        return {HistoryLocation::Kind::Sqlite, m_dir->filePath(name)};
    }
    qint64 stored(const HistoryLocation &where) const
    {
        Peek peek(where);
        return peek.value(QStringLiteral("SELECT COUNT(*) FROM events")).toLongLong();
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<SampleTraffic> m_traffic;
    QString m_mounted;
};

void HistoryFailuresTest::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    QVERIFY(m_dir->isValid());
    m_traffic = std::make_unique<SampleTraffic>(31, storyStart, std::chrono::milliseconds(20));
}

void HistoryFailuresTest::cleanup()
{
    if (!m_mounted.isEmpty())
        QCOMPARE(QProcess::execute(QStringLiteral("umount"), {m_mounted}), 0);
    m_mounted.clear();
}

void HistoryFailuresTest::aFullDiskIsSaidAndWritingResumes()
{
    const QString disk = m_dir->filePath(QStringLiteral("disk"));
    QDir().mkpath(disk);
    if (geteuid() != 0
        || QProcess::execute(QStringLiteral("mount"),
                             {QStringLiteral("-t"), QStringLiteral("tmpfs"), QStringLiteral("-o"),
                              QStringLiteral("size=3m"), QStringLiteral("tmpfs"), disk})
               != 0)
        QSKIP("A small disk can only be mounted by root.");
    m_mounted = disk;
    const HistoryLocation where = place(QStringLiteral("disk/history.sqlite"));
    QFile ballast(disk + QStringLiteral("/ballast"));
    QVERIFY(ballast.open(QIODevice::WriteOnly) && ballast.resize(1 << 20)
            && ballast.write(QByteArray(1 << 20, 'x')) == 1 << 20 && ballast.flush());
    {
        HistoryStore store(where, hasty());
        QSignalSpy changes(&store, &HistoryStore::statusChanged);
        const Events events = m_traffic->make(8'000); // about 4 MB
        store.append(events);
        QVERIFY(reaches(store, State::Degraded));
        QVERIFY2(store.status().sentence.contains(QStringLiteral("disk"))
                     && store.status().sentence.contains(QStringLiteral("full")),
                 qPrintable(store.status().sentence));
        QVERIFY(changes.size() >= 1 || changes.wait(suite::patience));
        QCOMPARE(QProcess::execute(QStringLiteral("mount"),
                                   {QStringLiteral("-o"), QStringLiteral("remount,size=64m"), disk}),
                 0);
        QVERIFY(flushed(store));
        QVERIFY(reaches(store, State::Ok));
        QCOMPARE(store.status().unwritten, quint64(0));
        NaiveCounts all;
        for (const Event &e : events)
            all.add(e);
        QCOMPARE(difference(windowOf(store, {storyStart, storyStart + 1h, 60, {}, HistoryTraffic::Any}).total, all),
                 QString()); // nothing twice, nothing lost
    }
    QCOMPARE(stored(where), qint64(8'000));
}

void HistoryFailuresTest::aLockedDatabaseNeverBlocksACall()
{
    HistoryOptions options = hasty();
    options.lockTimeout = std::chrono::milliseconds(1'500);
    HistoryStore store(place(), options);
    QVERIFY(flushed(store));
    Peek other(place());
    QVERIFY(other.run(QStringLiteral("BEGIN EXCLUSIVE")));
    QElapsedTimer took;
    took.start();
    for (const Event &e : m_traffic->make(5'000))
        store.append(e);
    QVERIFY2(took.elapsed() < 1'000, qPrintable(QString::number(took.elapsed()))); // less than one wait for the lock
    QVERIFY(reaches(store, State::Degraded));
    QVERIFY2(store.status().sentence.contains(QStringLiteral("locked")), qPrintable(store.status().sentence));
    QVERIFY(other.run(QStringLiteral("COMMIT")));
    QVERIFY(flushed(store));
    QVERIFY(reaches(store, State::Ok));
    QCOMPARE(stored(place()), qint64(5'000));
    QCOMPARE(store.status().unwritten, quint64(0));
}

void HistoryFailuresTest::whatDoesNotFitTheQueueIsCountedWhileItCannotWrite()
{
    HistoryOptions options = hasty();
    options.queue = 2'000;
    options.batch = 500;
    HistoryStore store(place(), options);
    QVERIFY(flushed(store));
    Peek other(place());
    QVERIFY(other.run(QStringLiteral("BEGIN EXCLUSIVE")));
    QSignalSpy changes(&store, &HistoryStore::statusChanged);
    store.append(m_traffic->make(6'000));
    QTRY_VERIFY(store.status().unwritten >= 3'000);
    const quint64 lost = store.status().unwritten;
    QVERIFY(lost <= 4'000);
    QTRY_VERIFY(!changes.isEmpty() && changes.last()[0].value<HistoryStatus>().unwritten == lost); // and it was told
    QVERIFY(other.run(QStringLiteral("COMMIT")));
    QVERIFY(flushed(store));
    QCOMPARE(stored(place()), qint64(6'000 - lost));
    QCOMPARE(store.status().unwritten, lost);
}

void HistoryFailuresTest::aFileThatIsNoDatabaseIsSetAside()
{
    QFile file(place().file);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray(40'000, '?')) == 40'000);
    file.close();
    HistoryStore store(place(), hasty());
    store.append(m_traffic->make(100));
    QVERIFY(flushed(store));
    QVERIFY(reaches(store, State::Ok));
    const QStringList aside = QDir(m_dir->path()).entryList({QStringLiteral("history.sqlite.corrupt-*Z")});
    QCOMPARE(aside.size(), 1);
    QTRY_VERIFY(store.status().sentence.contains(aside[0]));
    QFile kept(m_dir->filePath(aside[0]));
    QVERIFY(kept.open(QIODevice::ReadOnly) && kept.readAll() == QByteArray(40'000, '?'));
    QCOMPARE(stored(place()), qint64(100));
}

void HistoryFailuresTest::aDatabaseOfAnotherProgramIsLeftAlone()
{
    QVERIFY(Peek(place()).run(QStringLiteral("CREATE TABLE bookmarks (url TEXT)")));
    QFile file(place().file);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray before = file.readAll();
    {
        HistoryStore store(place(), hasty());
        store.append(m_traffic->make(10));
        QVERIFY(reaches(store, State::Degraded));
        QVERIFY2(store.status().sentence.contains(QStringLiteral("another program")),
                 qPrintable(store.status().sentence));
    }
    QVERIFY(file.seek(0) && file.readAll() == before);
    QCOMPARE(QDir(m_dir->path()).entryList(QDir::Files).size(), 1);
}

void HistoryFailuresTest::damageInTheMiddleIsSetAside()
{
    {
        HistoryStore store(place(), hasty());
        store.append(m_traffic->make(4'000));
    }
    QVERIFY(Peek(place()).run(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)")));
    QFile file(place().file);
    QVERIFY(file.open(QIODevice::ReadWrite));
    for (qint64 page = 4; page * 4'096 + 4'096 < file.size(); ++page) // everything but the schema's own pages
        QVERIFY(file.seek(page * 4'096) && file.write(QByteArray(4'096, '\x5a')) == 4'096);
    file.close();
    HistoryStore store(place(), hasty());
    eventsOf(store, {}); // a reader is the first to meet it, or the writer
    store.append(m_traffic->make(4'000));
    QVERIFY(flushed(store));
    QVERIFY(reaches(store, State::Ok));
    QCOMPARE(QDir(m_dir->path()).entryList({QStringLiteral("history.sqlite.corrupt-*Z")}).size(), 1);
    QTRY_VERIFY(store.status().sentence.contains(QStringLiteral("damaged")));
    QCOMPARE(Peek(place()).value(QStringLiteral("PRAGMA integrity_check")).toString(), QStringLiteral("ok"));
    QCOMPARE(stored(place()), qint64(4'000));
    EventQuery all;
    all.limit = 10'000;
    QCOMPARE(eventsOf(store, all).events.size(), qsizetype(4'000)); // the reader has found the new file
}

void HistoryFailuresTest::aMissingFolderIsMade()
{
    const HistoryLocation where = place(QStringLiteral("not/yet/there/history.sqlite"));
    HistoryStore store(where, hasty());
    store.append(m_traffic->make(10));
    QVERIFY(flushed(store));
    QCOMPARE(stored(where), qint64(10));
}

void HistoryFailuresTest::aFolderThatCannotBeMadeIsSaidAndWritingResumes()
{
    QFile blocker(m_dir->filePath(QStringLiteral("data")));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    const HistoryLocation where = place(QStringLiteral("data/history.sqlite"));
    HistoryStore store(where, hasty());
    store.append(m_traffic->make(10));
    QVERIFY(reaches(store, State::Degraded));
    QVERIFY2(store.status().sentence.contains(m_dir->filePath(QStringLiteral("data"))),
             qPrintable(store.status().sentence));
    QVERIFY(!eventsOf(store, {}).problem.isEmpty());
    QVERIFY(blocker.remove());
    QVERIFY(flushed(store));
    QCOMPARE(stored(where), qint64(10));
}

void HistoryFailuresTest::aReadOnlyFolderIsSaidAndWritingResumes()
{
    const HistoryLocation where = place(QStringLiteral("locked/history.sqlite"));
    const QByteArray folder = m_dir->filePath(QStringLiteral("locked")).toLocal8Bit();
    QVERIFY(QDir().mkpath(QString::fromLocal8Bit(folder)));
    const bool root = geteuid() == 0;
    if (root) { // nothing is read-only to root, so for a moment we are somebody else
        QVERIFY(chown(qPrintable(m_dir->path()), 65'534, 65'534) == 0
                && chown(folder.constData(), 65'534, 65'534) == 0);
        QVERIFY(seteuid(65'534) == 0);
    }
    const auto back = qScopeGuard([root] { if (root && seteuid(0) != 0) qFatal("cannot be root again"); });
    QVERIFY(QFile::setPermissions(QString::fromLocal8Bit(folder), QFile::ReadOwner | QFile::ExeOwner));
    HistoryStore store(where, hasty());
    store.append(m_traffic->make(10));
    QVERIFY(reaches(store, State::Degraded));
    QVERIFY2(store.status().sentence.contains(QStringLiteral("may be written")), qPrintable(store.status().sentence));
    QVERIFY(
        QFile::setPermissions(QString::fromLocal8Bit(folder), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    QVERIFY(flushed(store));
    QCOMPARE(stored(where), qint64(10));
}

void HistoryFailuresTest::aFileRemovedWhileInUseIsBegunAnew()
{
    HistoryStore store(place(), hasty());
    store.append(m_traffic->make(10));
    QVERIFY(flushed(store));
    for (const char *suffix : {"-shm", "-wal", ""}) // the file itself last: the store looks for it
        QVERIFY(QFile::remove(place().file + QLatin1String(suffix)));
    store.append(m_traffic->make(20));
    QVERIFY(flushed(store));
    QCOMPARE(stored(place()), qint64(20));
    QTRY_VERIFY(store.status().sentence.contains(QStringLiteral("removed")));
}

void HistoryFailuresTest::anEventThatTheDatabaseRefusesDoesNotStopTheOthers()
{
    HistoryStore store(place(), hasty());
    QVERIFY(flushed(store));
    QVERIFY(Peek(place()).run(QStringLiteral("CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.seq = 37 BEGIN "
                                             "SELECT RAISE(ABORT, 'no thirty-seven'); END")));
    store.append(m_traffic->make(300));
    QVERIFY(flushed(store));
    QVERIFY(reaches(store, State::Ok));
    QCOMPARE(stored(place()), qint64(299));
    QCOMPARE(store.status().unwritten, quint64(1));
}

SUITE_TEST(HistoryFailuresTest)
#include "tst_historyfailures.moc"
