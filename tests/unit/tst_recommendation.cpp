// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/retryfields.h"
#include "simulator/recommendation.h"
#include "support/suite.h"
#include "words/recommendationwords.h"

#include <atomic>
#include <mutex>
#include <set>

using namespace retryscope;

namespace {

Scenario shortDay(const char *name, double failureShare)
{
    Scenario s;
    s.name = QLatin1String(name);
    s.length = 90s;
    s.workload.perSecond = 0.8;
    s.models = {ProviderModel{}, ProviderModel{}};
    s.models[0].failureShare = failureShare;
    return s;
}

/// One attempt, in front of a provider that fails one call in four; there is another one.
RecommendationTask recommendationTask(int attempts = 1, double failureShare = 0.25)
{
    RetryConfig config;
    config.maxAttempts = config.attemptsPerProvider = attempts;
    RecommendationTask task;
    Targets chain;
    for (const char *id : {"a", "b"}) {
        Target target;
        target.provider = id;
        target.model = "m";
        chain.push_back(target);
    }
    task.current = {std::make_shared<const RetryConfig>(config), chain, false};
    task.scenarios = {shortDay("one in four", failureShare), shortDay("one in eight", failureShare / 2)};
    task.heldOut = {shortDay("one in six", failureShare / 1.5)};
    task.candidates = 20;
    task.replications = 2;
    return task;
}

bool sameRecommendation(const Recommendation &a, const Recommendation &b)
{
    if (a.chosen != b.chosen || a.front.size() != b.front.size() || a.runs != b.runs)
        return false;
    for (int i = 0; i < a.front.size(); ++i) {
        if (a.front[i].config != b.front[i].config || a.front[i].shortfall != b.front[i].shortfall)
            return false;
    }
    return true;
}

} // namespace

/// A better configuration, found by playing many.
class RecommendationTest final : public QObject
{
    Q_OBJECT
private slots:
    void findsWhatIsMissing();
    void keepsWhatCannotBeBettered();
    void nobodyOnTheFrontIsBeaten();
    void threadsChangeNoRecommendation();
    void aStopKeepsWhatWasFound();
    void rulesRejectWithoutPlaying();
    void drawsSpreadOverEachField();
    void saysHowLongItTakes();
};

void RecommendationTest::findsWhatIsMissing()
{
    const RecommendationTask task = recommendationTask();
    std::mutex mutex;
    double last = 0;
    const Recommendation r = recommend(task, [&](const RecommendationProgress &progress) {
        const std::lock_guard lock(mutex);
        QVERIFY(progress.share >= last);
        last = progress.share;
    });
    QVERIFY(r.complete && r.chosen >= 0 && !r.keepsCurrent());
    QVERIFY(last > 0.5);
    const Candidate &chosen = r.front[r.chosen];
    QVERIFY(chosen.config.maxAttempts > 1);
    QVERIFY(validate(chosen.config).isEmpty());
    QCOMPARE(chosen.config.deadline, task.current.config->deadline);
    const Estimate success = *r.less[0]; // about 19 % of calls
    QVERIFY2(success.mean > 0.1 && !isNone(success), qPrintable(QString::number(success.mean)));
    QCOMPARE(r.checks.size(), 3);
    QVERIFY(r.checks[2].heldOut && !r.checks[1].heldOut);
    QVERIFY(r.checks[2].less[0]->mean > 0.05);
    const QString said = tellRecommendation(r).join(QLatin1Char('\n'));
    QVERIFY2(said.contains(QStringLiteral("max_attempts from 1 to "))
                 && said.contains(QStringLiteral("calls answered: ")),
             qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral("one in six")), qPrintable(said));
    // What makes no difference was left as it is: nothing here asks to wait.
    QCOMPARE(chosen.config.serverHintCap, task.current.config->serverHintCap);
}

void RecommendationTest::keepsWhatCannotBeBettered()
{
    const Recommendation r = recommend(recommendationTask(4, 0.0));
    QVERIFY(r.complete);
    QVERIFY2(r.keepsCurrent(), qPrintable(tellRecommendation(r).join(QLatin1Char('\n'))));
    QVERIFY(tellRecommendation(r).first().startsWith(QStringLiteral("Keep yours")));
    QVERIFY(r.less[0]->mean == 0.0 && isNone(*r.less[1]));
}

void RecommendationTest::nobodyOnTheFrontIsBeaten()
{
    const Recommendation r = recommend(recommendationTask());
    for (const Candidate &a : r.front) {
        QVERIFY(a.replications >= 2);
        for (const Candidate &b : r.front) {
            bool nowhereWorse = true, better = false;
            for (std::size_t o = 0; o < objectiveCount; ++o) {
                nowhereWorse &= a.shortfall[o] <= b.shortfall[o];
                better |= a.shortfall[o] < b.shortfall[o] - 1.0;
            }
            QVERIFY(!(nowhereWorse && better) || &b == &r.front[r.chosen]);
        }
    }
    for (int i = 1; i < r.front.size(); ++i)
        QVERIFY(r.front[i - 1].values[0]->mean >= r.front[i].values[0]->mean);
}

void RecommendationTest::threadsChangeNoRecommendation()
{
    RecommendationTask task = recommendationTask();
    task.candidates = 10;
    task.threads = 1;
    const Recommendation one = recommend(task);
    task.threads = 3;
    QVERIFY(sameRecommendation(one, recommend(task)));
    task.seed = 9;
    QVERIFY(!sameRecommendation(one, recommend(task)));
}

void RecommendationTest::aStopKeepsWhatWasFound()
{
    const Recommendation none = recommend(recommendationTask(), {}, [] { return true; });
    QVERIFY(!none.complete && none.chosen < 0);
    QVERIFY(tellRecommendation(none).first().contains(QStringLiteral("stopped before")));
    std::atomic<int> asked{0};
    const Recommendation some = recommend(recommendationTask(), {}, [&] { return ++asked > 2 * 2 * 2 * 8 + 10; });
    QVERIFY(!some.complete && some.chosen >= 0 && some.checks.isEmpty());
    QVERIFY(some.front[some.chosen].config.maxAttempts > 1);
    QVERIFY(tellRecommendation(some).first().startsWith(QStringLiteral("It was stopped")));
    const QString told = tellRecommendation(some).join(QLatin1Char(' '));
    QVERIFY2(!some.simplified && !told.contains(QStringLiteral("was left as it is")), qPrintable(told));
    QCOMPARE(some.played % 8, 0); // by eights; those after the stop have not been played
    QVERIFY(some.played < int(candidatesFor(recommendationTask()).size()));
}

void RecommendationTest::rulesRejectWithoutPlaying()
{
    RecommendationTask task = recommendationTask(4);
    const auto with = [&](const std::function<void(RetryConfig &)> &change) {
        RetryConfig c = *task.current.config;
        change(c);
        return rejectedFor(task, c);
    };
    QVERIFY(!with([](RetryConfig &) {}));
    QVERIFY(with([](RetryConfig &c) { c.maxDelay = 100ms; }) == RejectedFor::Contradiction);
    QVERIFY(with([](RetryConfig &c) { c.jitter = JitterKind::None; }) == RejectedFor::Contradiction);
    QVERIFY(with([](RetryConfig &c) {
                c.maxAttempts = 8;
                c.baseDelay = c.maxDelay = 20s;
            })
            == RejectedFor::WaitsTooLong);
    task.scenarios[0].workload.perSecond = 5; // times 4 s of an answer, at two providers
    QVERIFY(with([](RetryConfig &c) { c.maxConcurrent = 6; }) == RejectedFor::TooFewSlots);
    QVERIFY(!with([](RetryConfig &c) { c.maxConcurrent = 20; }));
    task.scenarios[0].models[0].capacity = {10, 1s, 0, true};
    task.scenarios[0].models[0].faults = {{10s, 10s, FaultMode::Stall}};
    const auto patient = [](Duration patience) {
        return [patience](RetryConfig &c) {
            c.maxConcurrent = 100;
            c.attemptTimeout = patience;
        };
    };
    QVERIFY(with(patient(5s)) == RejectedFor::Storms); // 100 at once, and 50 are served within 5 s
    QVERIFY(!with(patient(11s)));                      // the stall is over before anybody gives up
}

void RecommendationTest::drawsSpreadOverEachField()
{
    RecommendationTask task = recommendationTask(4);
    task.candidates = 40;
    const QVector<Candidate> all = candidatesFor(task);
    QCOMPARE(all.first().origin, Candidate::Origin::Current);
    QVERIFY(all.first().config == *task.current.config);
    std::set<int> attempts;
    std::set<JitterKind> jitters;
    int drawn = 0, low = 0;
    for (const Candidate &candidate : all) {
        QCOMPARE(candidate.config.deadline, task.current.config->deadline);
        if (candidate.origin != Candidate::Origin::Drawn)
            continue;
        ++drawn;
        attempts.insert(candidate.config.maxAttempts);
        jitters.insert(candidate.config.jitter);
        low += candidate.config.baseDelay < 894ms; // the middle of 0.1 to 8 on a logarithmic scale
        const double share = candidate.config.retryBudgetRatio; // two digits, also when it is written down
        QVERIFY2(QString::number(share, 'g', QLocale::FloatingPointShortest).size() <= 5,
                 qPrintable(QString::number(share, 'g', 17)));
    }
    QCOMPARE(drawn, 40);
    QCOMPARE(attempts.size(), std::size_t(8));
    QCOMPARE(jitters.size(), std::size_t(4)); // none is warned of, and not drawn
    QVERIFY(low >= 19 && low <= 21);
}

void RecommendationTest::saysHowLongItTakes()
{
    QVERIFY(!timeLeft(0.0, 5s));
    QCOMPARE(*timeLeft(0.25, 10s), Duration(30s));
    QCOMPARE(*timeLeft(1.0, 10s), Duration(0s));
    QVERIFY(progressText({RecommendationProgress::Stage::Halving, 0.25}, 10s)
                .endsWith(QStringLiteral("about 30.0 s left")));
}

SUITE_TEST(RecommendationTest)
#include "tst_recommendation.moc"
