// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/baselines.h"
#include "simulator/simulation.h"
#include "simulator/study.h"
#include "support/onescenario.h"
#include "support/suite.h"

#include <cmath>
#include <numeric>

using namespace retryscope;

namespace {

Targets chainOf(int providers)
{
    Targets chain;
    for (int i = 0; i < providers; ++i) {
        Target target;
        target.provider = "p" + std::to_string(i);
        target.model = "m";
        chain.push_back(target);
    }
    return chain;
}

/// A client with so many attempts and nothing else: no budget, no circuits, no limit on what runs at once.
SimulatedPolicy bare(int attempts, int providers = 1)
{
    RetryConfig c;
    c.maxAttempts = c.attemptsPerProvider = attempts;
    c.jitter = JitterKind::None;
    c.baseDelay = c.maxDelay = 1ms;
    c.retryBudgetRatio = 1.0;
    c.retryBudgetFloor = 1'000'000;
    c.maxConcurrent = 1'000'000;
    c.paceFromHeaders = false;
    c.honourServerHints = false;
    c.failoverReserve = 0s;
    c.minAttemptTime = 1ms;
    c.probeInterval = 0s;
    c.deadline = 1h;
    return {std::make_shared<const RetryConfig>(c), chainOf(providers), true};
}

SimulatedPolicy with(SimulatedPolicy policy, const std::function<void(RetryConfig &)> &change)
{
    RetryConfig c = *policy.config;
    change(c);
    policy.config = std::make_shared<const RetryConfig>(c);
    return policy;
}

ProviderModel quick()
{
    ProviderModel m;
    m.latency.firstToken = 20ms;
    m.latency.tailShare = 0;
    m.latency.tokensPerSecond = 1e6;
    return m;
}

double share(qint64 part, qint64 whole) { return double(part) / double(whole); }
double perCall(const SimulationResult &r) { return double(r.attempts) / double(r.calls); }

} // namespace

/// The simulator against results that are known without it.
class SimulationTest final : public QObject
{
    Q_OBJECT
private slots:
    void aPlainClientRemembersNothing_data();
    void aPlainClientRemembersNothing();
    void independentFailures_data();
    void independentFailures();
    void stackedLayersMultiply();
    void overALimitRetriesOnlyMultiply_data();
    void overALimitRetriesOnlyMultiply();
    void aBucketLetsThroughWhatTheFormulaSays_data();
    void aBucketLetsThroughWhatTheFormulaSays();
    void aQueueWaitsAsLongAsErlangSays();
    void theWaitForASlotIsWhatFewSlotsAdd();
    void abandonedWorkKeepsAStormAlive_data();
    void abandonedWorkKeepsAStormAlive();
    void aBudgetEndsTheStorm();
    void cutStreamsAreGeneratedAgain_data();
    void cutStreamsAreGeneratedAgain();
    void aBrownoutUnderAQuota();
    void failingOverServesTheOutage();
    void everyCallIsAccountedFor_data();
    void everyCallIsAccountedFor();
    void theSameSeedIsTheSameRun();
    void anotherPolicyMeetsTheSameLuck();
};

void SimulationTest::independentFailures_data()
{
    QTest::addColumn<double>("p");
    QTest::addColumn<int>("attempts");
    QTest::newRow("0.1, 4") << 0.1 << 4;
    QTest::newRow("0.5, 4") << 0.5 << 4;
    QTest::newRow("0.9, 6") << 0.9 << 6;
}

void SimulationTest::aPlainClientRemembersNothing_data()
{
    QTest::addColumn<FaultMode>("mode");
    for (const FaultMode mode : {FaultMode::QuotaExhausted, FaultMode::ModelGone, FaultMode::KeyRevoked})
        QTest::newRow(qPrintable(toKey(mode))) << mode;
}

/// A minute in which everything is refused: an SDK fails the calls of that minute and no other, where our own configuration shuts
/// what is refused for many minutes.
void SimulationTest::aPlainClientRemembersNothing()
{
    QFETCH(FaultMode, mode);
    ProviderModel m;
    m.faults = {{5min, 1min, mode}};
    const Scenario s = steadyCalls(2, 30min, m);
    const SimulationResult plain = simulate(s, plainClient(beforeOne()), 7), own = simulate(s, beforeOne(), 7);
    qint64 came = 0, failed = 0;
    for (std::size_t second = 0; second < plain.seconds.size(); ++second) {
        const bool within = second >= 5 * 60 && second < 6 * 60;
        came += within ? plain.seconds[second].arrived : 0;
        failed += plain.seconds[second].failed;
    }
    QVERIFY(came > 80);
    QVERIFY2(std::abs(failed - came) <= 6, qPrintable(QStringLiteral("%1 of %2").arg(failed).arg(came))); // at its ends
    QCOMPARE(plain.calls - plain.answered, failed);
    if (mode == FaultMode::QuotaExhausted)
        QVERIFY(own.calls - own.answered > 5 * failed);
}

/// T2: success 1 - p^n, attempts (1 - p^n) / (1 - p).
void SimulationTest::independentFailures()
{
    QFETCH(double, p);
    QFETCH(int, attempts);
    ProviderModel m = quick();
    m.failureShare = p;
    const SimulationResult r = simulate(steadyCalls(50, 400s, m), bare(attempts), 7);
    const double succeeds = 1 - std::pow(p, attempts), expected = succeeds / (1 - p);
    const double n = double(r.calls);
    QVERIFY(n > 19'000);
    QVERIFY(std::abs(share(r.answered, r.calls) - succeeds) < 3 * std::sqrt(succeeds * (1 - succeeds) / n) + 1e-9);
    QVERIFY(std::abs(perCall(r) - expected) < 3 * double(attempts) / std::sqrt(n));
    QCOMPARE(r.retries, r.attempts - r.calls);
}

/// T3: each layer repeats what the one below gave up.
void SimulationTest::stackedLayersMultiply()
{
    ProviderModel m = quick();
    m.failureShare = 1.0;
    const SimulationResult r = simulate(steadyCalls(5, 60s, m), bare(4), 1);
    QCOMPARE(r.answered, 0);
    QCOMPARE(r.attempts, r.calls * 4);
}

void SimulationTest::overALimitRetriesOnlyMultiply_data()
{
    QTest::addColumn<double>("load");
    QTest::addColumn<int>("retries");
    QTest::addColumn<double>("sends");
    QTest::addColumn<double>("tolerance");
    QTest::newRow("1.2, 1") << 1.2 << 1 << 1.408 << 0.05;
    QTest::newRow("1.5, 1") << 1.5 << 1 << 1.577 << 0.03;
    QTest::newRow("1.5, 3") << 1.5 << 3 << 2.776 << 0.03;
    QTest::newRow("2, 2") << 2.0 << 2 << 2.424 << 0.03;
    QTest::newRow("2, 5") << 2.0 << 5 << 4.583 << 0.03;
}

/// T4: over a limit the sends of a call are 1 / (load (1 - p)), p = (1 - 1/load)^(1/n), and what is served stays the limit.
void SimulationTest::overALimitRetriesOnlyMultiply()
{
    QFETCH(double, load);
    QFETCH(int, retries);
    QFETCH(double, sends);
    QFETCH(double, tolerance);
    ProviderModel m = quick();
    m.quota.requestsPerMinute = 600;
    m.quota.burst = 6s; // 60 requests
    m.quota.headers = false;
    const SimulatedPolicy policy = with(bare(retries + 1), [](RetryConfig &c) {
        c.jitter = JitterKind::Full;
        c.baseDelay = 1s;
        c.maxDelay = 60s;
    });
    const SimulationResult r = simulate(steadyCalls(10 * load, 1h, m), policy, 3);
    QVERIFY2(std::abs(perCall(r) / sends - 1) < tolerance, qPrintable(QString::number(perCall(r))));
    QVERIFY(std::abs(share(r.answered, r.calls) * load - 1) < 0.03);
}

void SimulationTest::aBucketLetsThroughWhatTheFormulaSays_data()
{
    QTest::addColumn<double>("rate");
    QTest::addColumn<int>("burst");
    QTest::addColumn<double>("refused");
    QTest::newRow("0.8, 1") << 0.8 << 1 << 0.4444;
    QTest::newRow("1.2, 1") << 1.2 << 1 << 0.5455;
    QTest::newRow("0.8, 5") << 0.8 << 5 << 0.0355;
    QTest::newRow("1, 10") << 1.0 << 10 << 0.0507;
    QTest::newRow("1.5, 60") << 1.5 << 60 << 0.3333;
}

/// T5: one refill a second, Poisson arrivals, no retries.
void SimulationTest::aBucketLetsThroughWhatTheFormulaSays()
{
    QFETCH(double, rate);
    QFETCH(int, burst);
    QFETCH(double, refused);
    ProviderModel m = quick();
    m.quota.requestsPerMinute = 60;
    m.quota.burst = std::chrono::seconds(burst);
    const SimulationResult r = simulate(steadyCalls(rate, 20h, m), bare(1), 11);
    QVERIFY2(std::abs(share(r.limited, r.calls) - refused) < 0.01,
             qPrintable(QString::number(share(r.limited, r.calls))));
}

/// T6: M/M/4 at load 3.2: Wq = 0.74554 of a service time.
void SimulationTest::aQueueWaitsAsLongAsErlangSays()
{
    ProviderModel m = quick();
    m.latency.firstToken = 1ns;
    m.capacity.machines = 4;
    m.capacity.service = 1s;
    const SimulationResult r = simulate(steadyCalls(3.2, 8h, m), bare(1), 5);
    QCOMPARE(r.answered, r.calls);
    const double mean = std::accumulate(r.answeredAfter.begin(), r.answeredAfter.end(), 0.0) / double(r.answered);
    QVERIFY2(std::abs(mean - 1.74554) < 0.08, qPrintable(QString::number(mean)));
}

/// The same calls with the same luck: what they take longer where six run at once is what they waited for a slot.
void SimulationTest::theWaitForASlotIsWhatFewSlotsAdd()
{
    const Scenario s = steadyCalls(7, 600s, ProviderModel());
    Study study{s, {}, 2, 1, 1};
    for (const int most : {6, 1'000}) {
        SimulatedPolicy policy = beforeOne();
        RetryConfig config = *policy.config;
        config.maxConcurrent = most;
        config.deadline = 3'600s;
        policy.config = std::make_shared<const RetryConfig>(config);
        study.policies.append(policy);
    }
    const SimulationResult few = simulate(s, study.policies[0], 1), many = simulate(s, study.policies[1], 1);
    const auto sum = [](const std::vector<float> &values) { return std::accumulate(values.begin(), values.end(), 0.0); };
    QCOMPARE(few.answered, few.calls);
    QVERIFY(few.slotWait > double(few.calls)); // more than a second each
    QVERIFY(std::abs(few.slotWait - (sum(few.endedAfter) - sum(many.endedAfter))) < 1e-3 * few.slotWait);
    QCOMPARE(many.slotWait, 0.0);
    QVERIFY(run(study).tells(Measure::SlotWait));
    study.policies.removeFirst();
    QVERIFY(!run(study).tells(Measure::SlotWait));
}

void SimulationTest::abandonedWorkKeepsAStormAlive_data()
{
    QTest::addColumn<int>("retries");
    QTest::addColumn<double>("load");
    QTest::addColumn<bool>("recovers");
    QTest::newRow("no retry, 280") << 0 << 280.0 << true;
    QTest::newRow("one, 130") << 1 << 130.0 << true;
    QTest::newRow("one, 160") << 1 << 160.0 << false;
    QTest::newRow("three, 60") << 3 << 60.0 << true;
    QTest::newRow("three, 90") << 3 << 90.0 << false;
}

namespace {

/// The database of HotOS'21: 300 requests a second, a second's patience, and ten seconds of nothing.
Scenario database(double load)
{
    ProviderModel m = quick();
    m.latency.firstToken = 1ns;
    m.capacity.machines = 1;
    m.capacity.service = std::chrono::nanoseconds(1'000'000'000 / 300);
    m.faults = {{60s, 10s, FaultMode::Stall}};
    return steadyCalls(load, 900s, m);
}

SimulatedPolicy impatient(int attempts)
{
    return with(bare(attempts), [](RetryConfig &c) {
        c.attemptTimeout = c.firstTokenTimeout = 1s;
        c.baseDelay = c.maxDelay = 0s;
    });
}

/// Of the calls that came in the last two minutes.
double servedAtTheEnd(const SimulationResult &r)
{
    double arrived = 0, answered = 0;
    for (std::size_t s = 780; s < 895; ++s) {
        arrived += r.seconds[s].arrived;
        answered += r.seconds[s].answered;
    }
    return answered / arrived;
}

} // namespace

/// T10: after the trigger is gone the storm goes on exactly where load x attempts is more than can be served.
void SimulationTest::abandonedWorkKeepsAStormAlive()
{
    QFETCH(int, retries);
    QFETCH(double, load);
    QFETCH(bool, recovers);
    const SimulationResult r = simulate(database(load), impatient(retries + 1), 2);
    const double served = servedAtTheEnd(r);
    QVERIFY2(recovers ? served > 0.95 : served < 0.1, qPrintable(QString::number(served)));
}

/// T11: a budget b ends it while load x (1 + b) can be served.
void SimulationTest::aBudgetEndsTheStorm()
{
    const auto budget = [](double ratio) {
        return with(impatient(4), [ratio](RetryConfig &c) {
            c.retryBudgetRatio = ratio;
            c.retryBudgetFloor = 1;
        });
    };
    QVERIFY(servedAtTheEnd(simulate(database(200), budget(0.1), 2)) > 0.95);
    QVERIFY(servedAtTheEnd(simulate(database(280), budget(0.1), 2)) < 0.1); // 280 x 1.1 > 300
}

void SimulationTest::cutStreamsAreGeneratedAgain_data()
{
    QTest::addColumn<double>("hazard");
    QTest::addColumn<double>("tokens");
    QTest::newRow("2000 tokens, 1e-4") << 1e-4 << 2'214.0;
    QTest::newRow("2000 tokens, 5e-4") << 5e-4 << 3'438.0;
}

/// T18: ((1 - h)^-L - 1) / h tokens for L, each time from the beginning.
void SimulationTest::cutStreamsAreGeneratedAgain()
{
    QFETCH(double, hazard);
    QFETCH(double, tokens);
    ProviderModel m = quick();
    m.cutPerToken = hazard;
    Scenario s = steadyCalls(20, 1'000s, m);
    s.workload.answerMedian = 2'000;
    s.workload.answerSpread = 0;
    const SimulationResult r =
        simulate(s, with(bare(60), [](RetryConfig &c) { c.streamMode = StreamMode::CompleteAnswer; }), 4);
    QVERIFY(share(r.answered, r.calls) > 0.999);
    const double mean = r.answerTokens / double(r.calls);
    QVERIFY2(std::abs(mean / tokens - 1) < 0.02, qPrintable(QString::number(mean)));
}

/// T17: where failures use up the quota, no number of attempts serves more than limit x (1 - e).
void SimulationTest::aBrownoutUnderAQuota()
{
    ProviderModel m = quick();
    m.quota.requestsPerMinute = 156; // 2.6/s
    m.quota.burst = 4s;
    m.failureShare = 0.6;
    for (const int attempts : {1, 3, 6}) {
        const SimulationResult r = simulate(steadyCalls(2, 2h, m),
                                            with(bare(attempts),
                                                 [](RetryConfig &c) {
                                                     c.jitter = JitterKind::Full;
                                                     c.baseDelay = 1s;
                                                     c.maxDelay = 20s;
                                                 }),
                                            6);
        QVERIFY2(share(r.answered, r.calls) * 2 < 1.04 * 1.03, qPrintable(QString::number(share(r.answered, r.calls))));
    }
}

/// What failing over is for: an hour's outage of the first of two.
void SimulationTest::failingOverServesTheOutage()
{
    ProviderModel down = quick();
    down.faults = {{5min, 1h, FaultMode::ServerError}};
    Scenario s = steadyCalls(1, 70min, quick());
    s.models = {down, quick()};
    const auto ours = [](int providers) {
        SimulatedPolicy p;
        p.config = std::make_shared<const RetryConfig>();
        p.chain = chainOf(providers);
        return p;
    };
    const SimulationResult alone = simulate(s, ours(1), 9), two = simulate(s, ours(2), 9);
    QVERIFY(share(alone.answered, alone.calls) < 0.2);
    QVERIFY2(share(two.answered, two.calls) > 0.999, qPrintable(QString::number(share(two.answered, two.calls))));
    QVERIFY(two.probes > 0);
    QVERIFY2(perCall(two) < 1.05, qPrintable(QString::number(perCall(two)))); // the circuit keeps them away
}

void SimulationTest::everyCallIsAccountedFor_data()
{
    QTest::addColumn<FaultMode>("mode");
    QTest::addColumn<Workload::Kind>("kind");
    for (const FaultMode mode :
         {FaultMode::Refused, FaultMode::Hang, FaultMode::ServerError, FaultMode::Overloaded, FaultMode::RateLimit,
          FaultMode::QuotaExhausted, FaultMode::KeyRevoked, FaultMode::ModelGone, FaultMode::Slow, FaultMode::StreamCut,
          FaultMode::Malformed, FaultMode::Stall}) {
        QTest::addRow("%s, agents", qPrintable(toKey(mode))) << mode << Workload::Kind::Agents;
        QTest::addRow("%s, bursts", qPrintable(toKey(mode))) << mode << Workload::Kind::OnOff;
    }
}

/// T26: attempts = firsts + retries + failovers; every call ends once; nothing is left over.
void SimulationTest::everyCallIsAccountedFor()
{
    QFETCH(FaultMode, mode);
    QFETCH(Workload::Kind, kind);
    ProviderModel bad;
    bad.faults = {{2min, 3min, mode}};
    bad.quota.requestsPerMinute = 120;
    bad.capacity.machines = 5;
    bad.capacity.worksOnForNobody = false;
    Scenario s = steadyCalls(2, 10min, {});
    s.workload.kind = kind;
    s.models = {bad, bad, {}};
    SimulatedPolicy policy;
    policy.config = std::make_shared<const RetryConfig>();
    policy.chain = chainOf(2);
    const SimulationResult r = simulate(s, policy, 21);
    const qint64 failed = std::accumulate(r.failedBy.begin(), r.failedBy.end(), qint64(0));
    QCOMPARE(r.answered + failed, r.calls);
    QCOMPARE(qint64(r.endedAfter.size()), r.calls);
    QVERIFY(r.atRest);
    qint64 arrived = 0, attempts = 0, ended = 0;
    for (const SimulatedSecond &second : r.seconds) {
        arrived += second.arrived;
        attempts += second.attempts;
        ended += second.answered + second.failed;
    }
    QCOMPARE(arrived, r.calls);
    QCOMPARE(attempts, r.attempts);
    QCOMPARE(ended, r.calls);
    const qint64 firsts = r.attempts - r.retries - r.failovers;
    QVERIFY(firsts <= r.calls && firsts >= r.answered - r.retries - r.failovers);
}

/// T24, the first half.
void SimulationTest::theSameSeedIsTheSameRun()
{
    ProviderModel m;
    m.failureShare = 0.2;
    m.faults = {{1min, 1min, FaultMode::Overloaded, 0.5}};
    Scenario s = steadyCalls(5, 5min, m);
    SimulatedPolicy policy;
    policy.config = std::make_shared<const RetryConfig>();
    policy.chain = chainOf(3);
    const SimulationResult a = simulate(s, policy, 1), b = simulate(s, policy, 1), c = simulate(s, policy, 2);
    QCOMPARE(a.digest, b.digest);
    QVERIFY(a.answeredAfter == b.answeredAfter);
    QVERIFY(a.digest != c.digest);
}

/// T24, the second half: arrivals, lengths and the first attempts' answers are the same for both.
void SimulationTest::anotherPolicyMeetsTheSameLuck()
{
    ProviderModel m = quick();
    m.failureShare = 0.3;
    const Scenario s = steadyCalls(5, 10min, m);
    const SimulationResult one = simulate(s, bare(1), 8), four = simulate(s, bare(4), 8);
    QCOMPARE(one.calls, four.calls);
    for (std::size_t i = 0; i < one.seconds.size(); ++i)
        QCOMPARE(one.seconds[i].arrived, four.seconds[i].arrived);
    QCOMPARE(four.attempts - four.retries, one.attempts);
    // Those that fail at first are the same, so whoever is answered at once is answered at once by both.
    QVERIFY(one.answered < four.answered);
    QCOMPARE(one.failed(), four.attempts - four.retries - one.answered);
}

SUITE_TEST(SimulationTest)
#include "tst_simulation.moc"
