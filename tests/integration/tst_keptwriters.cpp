// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/keptentry.h"
#include "support/suite.h"
#include "workbench/answerswitch.h"
#include "workbench/sessionjson.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace retryscope;

/// Several writers of the file of answers at once, and one that is killed in the middle of it. A lock belongs to whoever
/// opened the file, so threads stand for programs.
class KeptWritersTest : public QObject
{
    Q_OBJECT
private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void nothingIsLostOrMixed();
    void theBoundHoldsWhileAllWrite();
    void deletingMeanwhileLeavesWholeLines();
    void aKilledWriterSpoilsNothingOfTheOthers();
    void switchedOffByOneNobodyWritesAnyMore();
    void whatEndedBeforeADeletionIsNotWrittenByAnybody();

private:
    static constexpr int writers = 4, each = 40;
    static QByteArray line(int writer, int number)
    {
        SessionEntry e = keptEntry(number, QString(3'000, QLatin1Char('x')));
        e.prompt.text = QStringLiteral("%1 %2").arg(writer).arg(number);
        return answerLine(e, Discretion({}));
    }
    QString path() const { return m_folder->filePath(QStringLiteral("answers.jsonl")); }
    /// How many could not be added.
    int writeAll(const AnswerFileOptions &options) const
    {
        std::atomic_int failed = 0;
        std::vector<std::jthread> threads;
        for (int w = 0; w < writers; ++w) {
            threads.emplace_back([&failed, w, options, path = path()] {
                const AnswerFile file(path, options);
                for (int i = 0; i < each; ++i)
                    failed += file.add({line(w, i)}) ? 0 : 1;
            });
        }
        threads.clear();
        return failed;
    }
    /// By writer, in the order in which they stand there.
    static QVector<QVector<int>> numbers(const KeptAnswers &kept)
    {
        QVector<QVector<int>> all(writers);
        for (const SessionEntry &e : kept.entries)
            all[e.prompt.text.section(QLatin1Char(' '), 0, 0).toInt()] << e.prompt.text.section(QLatin1Char(' '), 1).toInt();
        return all;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void KeptWritersTest::nothingIsLostOrMixed()
{
    QCOMPARE(writeAll({.patience = 60'000ms}), 0);
    const auto kept = AnswerFile(path()).read();
    QVERIFY(kept);
    QCOMPARE(kept->unreadable, 0);
    QCOMPARE(kept->lines(), writers * each);
    for (const QVector<int> &own : numbers(*kept)) {
        QCOMPARE(own.size(), each);
        QVERIFY(std::is_sorted(own.begin(), own.end()));
    }
}

void KeptWritersTest::theBoundHoldsWhileAllWrite()
{
    QCOMPARE(writeAll({.most = 25, .patience = 60'000ms}), 0);
    const auto kept = AnswerFile(path()).read();
    QVERIFY(kept);
    QCOMPARE(kept->unreadable, 0);
    QCOMPARE(kept->lines(), 25);
    int last = 0;
    for (const QVector<int> &own : numbers(*kept)) {
        QVERIFY(std::is_sorted(own.begin(), own.end()));
        last = std::max(last, own.isEmpty() ? 0 : own.last());
    }
    QCOMPARE(last, each - 1);
    QCOMPARE(QDir(m_folder->path()).entryList(QDir::Files).size(), 1);
}

void KeptWritersTest::deletingMeanwhileLeavesWholeLines()
{
    std::atomic_bool done = false;
    int removed = 0, refused = 0;
    std::jthread remover([&] {
        const AnswerFile file(path(), {.patience = 60'000ms});
        while (!done)
            ++(file.remove() ? removed : refused);
    });
    const int failed = writeAll({.patience = 60'000ms});
    done = true;
    remover.join();
    QCOMPARE(failed, 0);
    QCOMPARE(refused, 0);
    QVERIFY(removed > 0);
    QVERIFY(AnswerFile(path()).add({line(0, each)}));
    const auto kept = AnswerFile(path()).read();
    QVERIFY(kept);
    QCOMPARE(kept->unreadable, 0);
    QCOMPARE(kept->entries.last().prompt.text, QStringLiteral("0 %1").arg(each));
}

void KeptWritersTest::aKilledWriterSpoilsNothingOfTheOthers()
{
    const AnswerFile file(path(), {.most = 5, .patience = 60'000ms});
    QVERIFY(file.add({line(0, 0)}));
    const QByteArray more = line(1, 1);
    for (int round = 0; round < 10; ++round) {
        const pid_t child = ::fork();
        QVERIFY(child >= 0);
        if (child == 0) {
            for (;;)
                (void)file.add({more});
        }
        QTest::qWait(5 + 3 * round); // wherever it is then
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        QVERIFY(file.add({line(2, round)})); // its lock went with it
        const auto kept = file.read();
        QVERIFY(kept);
        QVERIFY(kept->lines() <= 5);
        QCOMPARE(kept->entries.last().prompt.text, QStringLiteral("2 %1").arg(round)); // also behind half a line
    }
}

/// They go on trying, and know nothing of it.
void KeptWritersTest::switchedOffByOneNobodyWritesAnyMore()
{
    const AnswerSwitch own(path(), {.patience = 60'000ms});
    QVERIFY(own.turn(true, SteadyTime(1ms)));
    std::atomic_bool done = false;
    std::atomic_int written = 0, other = 0;
    std::vector<std::jthread> threads;
    for (int w = 0; w < writers; ++w) {
        threads.emplace_back([&, w] {
            const AnswerSwitch all(path(), {.patience = 60'000ms});
            for (int i = 0; !done; ++i) {
                const auto added = all.add({{SteadyTime(2ms), line(w, i)}});
                if (added)
                    ++written;
                else if (added.error().kind != AnswerFileProblem::Kind::SwitchedOff)
                    ++other;
                std::this_thread::sleep_for(1ms); // for whoever waits
            }
        });
    }
    QTRY_VERIFY_WITH_TIMEOUT(written > writers, 30'000);
    QVERIFY(own.turn(false, SteadyTime(3ms)));
    const auto then = own.file().read();
    QVERIFY(then && then->lines() > 0);
    QVERIFY(own.remove(SteadyTime(4ms)));
    const int before = written;
    done = true;
    threads.clear();
    QVERIFY(!QFile::exists(path()));
    QVERIFY(written - before <= writers); // that were counted after they were written
    QCOMPARE(other.load(), 0);
}

/// Programs that it was switched on for all along, with what they could not write earlier.
void KeptWritersTest::whatEndedBeforeADeletionIsNotWrittenByAnybody()
{
    const AnswerSwitch own(path(), {.patience = 60'000ms});
    QVERIFY(own.turn(true, SteadyTime(10ms)));
    QVERIFY(own.add({{SteadyTime(20ms), line(0, 0)}}));
    const auto removed = own.remove(SteadyTime(30ms));
    QVERIFY(removed && removed->on);
    QVERIFY(!QFile::exists(path()));
    const pid_t child = ::fork();
    QVERIFY(child >= 0);
    if (child == 0) {
        const AnswerSwitch others(path(), {.patience = 60'000ms});
        const auto none = others.add({{SteadyTime(29ms), line(1, 1)}, {SteadyTime(30ms), line(1, 2)}});
        if (!none || *none != 0 || QFile::exists(path()))
            ::_exit(1);
        const auto one = others.add({{SteadyTime(25ms), line(1, 3)}, {SteadyTime(31ms), line(1, 4)}});
        ::_exit(one && *one == 1 ? 0 : 2);
    }
    int status = -1;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QCOMPARE(WEXITSTATUS(status), 0);
    QCOMPARE(own.file().read()->entries.first().prompt.text, QStringLiteral("1 4"));
}

SUITE_TEST(KeptWritersTest)
#include "tst_keptwriters.moc"
