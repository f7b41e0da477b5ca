// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "replay/simulatedpolicy.h"
#include "models/studyjob.h"
#include "simulator/baselines.h"
#include "simulator/scenariofile.h"
#include "support/suite.h"

#include <QDir>
#include <QElapsedTimer>
#include <QSignalSpy>

using namespace retryscope;

namespace {

Study studyOf(const QString &scenario, int replications)
{
    Configuration c;
    c.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:0")));
    const SimulatedPolicy ours = simulatedPolicy(c);
    return {*namedScenario(scenario), {ours, plainClient(ours.chain, 1)}, replications, 11, 2};
}

/// Minutes of work.
Study endless() { return studyOf(QStringLiteral("bad-afternoon"), 10'000); }

} // namespace

/// A study beside the window: it comes in pieces, is replaced, stopped and left.
class StudyJobTest final : public QObject
{
    Q_OBJECT
private slots:
    void itGrowsUpToWhatWasAskedFor();
    void aNewOneReplacesTheRunningOne();
    void stoppedItIsSilentAndKeepsNothingRunning();
    void itsEndInMidRunDoesNotWait();
    void manyStartsDoNotWait();
};

void StudyJobTest::itGrowsUpToWhatWasAskedFor()
{
    StudyJob job;
    const Study study = studyOf(QStringLiteral("minute-outage"), 10);
    QVector<std::size_t> played;
    QVector<double> shares;
    connect(&job, &StudyJob::improved, this, [&] {
        QVERIFY(job.result()->complete);
        played.append(job.result()->values[0].size());
    });
    connect(&job, &StudyJob::progressed, this, [&](double share) { shares.append(share); });
    QSignalSpy finished(&job, &StudyJob::finished);
    job.start(study);
    QVERIFY(job.isRunning() && !job.result());
    QTRY_COMPARE(finished.size(), 1);
    QVERIFY(!job.isRunning());
    QCOMPARE(played, (QVector<std::size_t>{4, 8, 10}));
    QVERIFY(std::is_sorted(shares.begin(), shares.end()));
    QCOMPARE(shares.last(), 1.0);
    QCOMPARE(job.progress(), 1.0);
    const StudyResult whole = run(study);
    QCOMPARE(job.result()->digest, whole.digest);
    QVERIFY(job.result()->values == whole.values);
}

void StudyJobTest::aNewOneReplacesTheRunningOne()
{
    StudyJob job;
    int ofTheOld = 0, ofTheNew = 0;
    connect(&job, &StudyJob::improved, this, [&] { ++(job.result()->values.size() == 1 ? ofTheNew : ofTheOld); });
    QSignalSpy progressed(&job, &StudyJob::progressed), finished(&job, &StudyJob::finished);
    job.start(endless());
    QTRY_VERIFY(!progressed.isEmpty() || ofTheOld > 0);
    Study next = studyOf(QStringLiteral("minute-outage"), 4);
    next.policies.removeLast();
    ofTheOld = 0;
    job.start(next);
    QCOMPARE(job.progress(), 0.0);
    QCOMPARE(job.study().policies.size(), 1);
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(ofTheNew, 1);
    QCOMPARE(ofTheOld, 0);
}

void StudyJobTest::stoppedItIsSilentAndKeepsNothingRunning()
{
    const auto threads = [] {
        return QDir(QStringLiteral("/proc/self/task")).entryList(QDir::Dirs | QDir::NoDotAndDotDot).size();
    };
    StudyJob job;
    Study study = endless();
    study.threads = 4;
    const auto before = threads();
    job.start(study);
    QTRY_VERIFY(threads() >= before + 2); // threads of an earlier test may still be ending
    job.stop();
    QVERIFY(!job.isRunning());
    QSignalSpy progressed(&job, &StudyJob::progressed), improved(&job, &StudyJob::improved),
        finished(&job, &StudyJob::finished);
    QTRY_VERIFY(threads() <= before + 1); // the pool keeps its own one
    QTest::qWait(50);
    QCOMPARE(progressed.size() + improved.size() + finished.size(), 0);
}

void StudyJobTest::itsEndInMidRunDoesNotWait()
{
    auto job = std::make_unique<StudyJob>();
    QSignalSpy progressed(job.get(), &StudyJob::progressed);
    Study study = endless();
    study.replications = 500; // so that a run is a part that can be told
    job->start(study);
    QTRY_VERIFY(!progressed.isEmpty());
    QElapsedTimer timer;
    timer.start();
    job.reset();
    // 4,000 events of each run at most, beside whatever else runs on the machine; the study would take minutes
    QVERIFY2(timer.elapsed() < 2'000, qPrintable(QString::number(timer.elapsed())));
    QTest::qWait(20); // nothing that was on its way arrives
}

void StudyJobTest::manyStartsDoNotWait()
{
    StudyJob job;
    QSignalSpy finished(&job, &StudyJob::finished);
    QElapsedTimer timer;
    timer.start();
    const Study study = endless();
    for (int i = 0; i < 100; ++i)
        job.start(study);
    QVERIFY2(timer.elapsed() < 2'000, qPrintable(QString::number(timer.elapsed())));
    job.start(studyOf(QStringLiteral("silent-minute"), 2));
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(job.result()->values[1].size(), std::size_t(2));
}

SUITE_TEST(StudyJobTest)
#include "tst_studyjob.moc"
