// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/historyplace.h"
#include "support/suite.h"

#include <QProcess>

#include <cstdio>
#include <thread>

using namespace retryscope;

namespace {

constexpr int kills = 25;

/// The child: writes without end and prints "run lastSeq" for each batch that the store calls written.
int writeForEver(const QString &file, quint64 seed)
{
    HistoryOptions options;
    options.batch = 400;
    options.flushEvery = std::chrono::milliseconds(3);
    options.tidyEvery = std::chrono::milliseconds(40);
    options.now = [] { return WallTime(std::chrono::milliseconds(1'790'000'000'000)); }; // nothing gets old
    HistoryStore store({HistoryLocation::Kind::Sqlite, file}, options);
    QObject::connect(&store, &HistoryStore::written, &store, [&store](quint64, quint64 lastSeq) {
        std::printf("%lld %llu\n", static_cast<long long>(store.run()), static_cast<unsigned long long>(lastSeq));
        std::fflush(stdout);
    }, Qt::DirectConnection);
    SampleTraffic traffic(seed, WallTime(std::chrono::milliseconds(1'790'000'000'000 + qint64(seed) * 1'000)),
                    std::chrono::milliseconds(2));
    while (true) {
        store.append(traffic.make(50));
        std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
}

} // namespace

/// Kills a writer in the middle again and again: every acknowledged event is there, and the sums agree with the events.
class HistoryCrashTest : public QObject
{
    Q_OBJECT
private slots:
    void everyAcknowledgedEventSurvivesKillAfterKill();
};

void HistoryCrashTest::everyAcknowledgedEventSurvivesKillAfterKill()
{
    const quint64 seed = qEnvironmentVariableIsSet("RETRYSCOPE_SEED")
                             ? qEnvironmentVariable("RETRYSCOPE_SEED").toULongLong()
                             : quint64(QDateTime::currentMSecsSinceEpoch());
    qInfo("seed %llu (RETRYSCOPE_SEED repeats it)", seed);
    SeededRandom random(seed);
    QTemporaryDir dir;
    const HistoryLocation where{HistoryLocation::Kind::Sqlite, dir.filePath(QStringLiteral("history.sqlite"))};
    QMap<qint64, quint64> acknowledged;
    for (int i = 0; i < kills; ++i) {
        QProcess child;
        child.start(QCoreApplication::applicationFilePath(),
                    {QStringLiteral("--write-for-ever"), where.file, QString::number(i + 1)});
        QVERIFY(child.waitForStarted());
        QByteArray printed;
        QVERIFY2(QTest::qWaitFor(
                     [&] {
                         printed += child.readAllStandardOutput();
                         return printed.contains('\n');
                     }, 20'000),
                 "the child wrote nothing");
        QTest::qWait(int(random.uniform() * 250));
        child.kill();
        QVERIFY(child.waitForFinished());
        QVERIFY(child.exitStatus() == QProcess::CrashExit);
        printed += child.readAllStandardOutput();
        const QByteArray whole = printed.left(printed.lastIndexOf('\n')); // the last line may have been cut
        for (const QByteArray &line : whole.split('\n')) {
            const QList<QByteArray> words = line.split(' ');
            QCOMPARE(words.size(), 2);
            quint64 &newest = acknowledged[words[0].toLongLong()];
            newest = std::max(newest, words[1].toULongLong());
        }

        Peek peek(where);
        QCOMPARE(peek.value(QStringLiteral("PRAGMA integrity_check")).toString(), QStringLiteral("ok"));
        for (auto it = acknowledged.begin(); it != acknowledged.end(); ++it) {
            const QString count = QStringLiteral("SELECT COUNT(*) FROM events WHERE run = %1 AND seq <= %2")
                                      .arg(it.key())
                                      .arg(it.value());
            QCOMPARE(peek.value(count).toULongLong(), it.value()); // 1..newest, without a gap
        }
        for (const char *level : {"0", "4"}) { // roll-ups went with their events, or not at all
            const QString sum = QStringLiteral("SELECT (SELECT COALESCE(SUM(attempts), 0) FROM rollups WHERE level = "
                                               "%1) - (SELECT COUNT(*) FROM events WHERE kind = 'attempt_started')")
                                    .arg(QLatin1String(level));
            QCOMPARE(peek.value(sum).toLongLong(), 0);
        }
    }
    QCOMPARE(acknowledged.size(), kills);
    quint64 all = 0;
    for (const quint64 count : acknowledged)
        all += count;
    qInfo("%llu acknowledged events in %d kills, none missing", all, kills);
}

SUITE_MAIN(HistoryCrashTest)
{
    QCoreApplication app(argc, argv);
    const QStringList arguments = app.arguments();
    if (arguments.size() == 4 && arguments[1] == QStringLiteral("--write-for-ever"))
        return writeForEver(arguments[2], arguments[3].toULongLong());
    HistoryCrashTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_historycrash.moc"
