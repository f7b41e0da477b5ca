// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"
#include "workbench/answerfile.h"
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

private:
    static constexpr int writers = 4, each = 40;
    static QByteArray line(int writer, int number)
    {
        SessionEntry e;
        e.at = WallTime(1'764'200'000'000ms);
        e.prompt.text = QStringLiteral("%1 %2").arg(writer).arg(number);
        e.result.outcome = CallOutcome::FirstTry;
        e.result.text = QString(3'000, QLatin1Char('x'));
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

SUITE_TEST(KeptWritersTest)
#include "tst_keptwriters.moc"
