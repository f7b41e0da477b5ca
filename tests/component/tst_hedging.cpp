// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/baselines.h"
#include "simulator/simulation.h"
#include "support/onescenario.h"
#include "support/suite.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

using namespace retryscope;

namespace {

constexpr quint64 hedgeSeed = 20'261'128;

/// An answer begins after an exponential time with mean 1 s, and is all there then.
ProviderModel exponentialAnswers()
{
    ProviderModel m;
    m.latency = {1h, 0, 0, 0s, 1e9};
    m.capacity.machines = 1'000'000;
    m.capacity.service = 1s;
    return m;
}

/// The same after exp(Normal(0, 1)) s.
ProviderModel lognormalAnswers()
{
    ProviderModel m;
    m.latency = {1s, 1, 0, 0s, 1e9};
    return m;
}

SimulatedPolicy hedgedClient(std::optional<HedgeModel> hedge, int attempts = 1)
{
    SimulatedPolicy p = namedClient(NamedClient::HedgedTail, beforeOne());
    p.hedge = hedge;
    RetryConfig c = *p.config;
    c.maxAttempts = c.attemptsPerProvider = attempts;
    c.baseDelay = c.maxDelay = 10ms;
    p.config = std::make_shared<const RetryConfig>(c);
    return p;
}

double partOf(qint64 part, qint64 whole) { return double(part) / double(whole); }

/// Sorted, so that any share of them can be looked up.
std::vector<float> sortedTimes(const SimulationResult &r)
{
    std::vector<float> times = r.answeredAfter;
    std::sort(times.begin(), times.end());
    return times;
}

double timeOf(const std::vector<float> &sorted, double share)
{
    return double(sorted[std::size_t(share * double(sorted.size()))]);
}

double outlasting(const std::vector<float> &sorted, double time)
{
    return double(sorted.end() - std::upper_bound(sorted.begin(), sorted.end(), float(time))) / double(sorted.size());
}

/// What P(T > t) = S(t) S(t - d) makes of times that were played without a second copy.
double predicted(const std::vector<float> &sorted, double delay, double share)
{
    double low = 0, high = double(sorted.back());
    while (high - low > 1e-4) {
        const double t = (low + high) / 2;
        const double both = outlasting(sorted, t) * (t < delay ? 1.0 : outlasting(sorted, t - delay));
        (both > 1 - share ? low : high) = t;
    }
    return low;
}

/// By call, from its arrival until its end.
std::map<quint64, Duration> timesOf(const Scenario &scenario, const SimulatedPolicy &policy)
{
    std::map<quint64, Duration> began, took;
    simulate(scenario, policy, hedgeSeed, {}, [&](const SimulatedDecision &d) {
        began.try_emplace(d.call, d.at);
        if (d.step.kind == CallStep::Kind::Finish)
            took[d.call] = d.at - began[d.call];
    });
    return took;
}

} // namespace

/// Second copies of late attempts, against results that are known without this program.
class HedgingTest final : public QObject
{
    Q_OBJECT
private slots:
    void theTailIsThatOfBothCopies_data();
    void theTailIsThatOfBothCopies();
    void whatIsSlowForBothIsSlow();
    void aSecondCopyChangesNobodyElsesLuck();
    void aFailureLeavesTheOtherCopy();
    void eachCopyIsPaidFor();
    void noCopyWaitsForASlot();
    void everyCopyIsAccountedFor_data();
    void everyCopyIsAccountedFor();
    void theDelayFollowsTheProvider();
};

void HedgingTest::theTailIsThatOfBothCopies_data()
{
    struct Row
    {
        const char *name;
        ProviderModel model;
        double p95, p99, p999, hedged99, hedged999;
    };
    const Row rows[] = {{"exponential", exponentialAnswers(), 2.996, 4.605, 6.908, 3.800, 4.952},
                        {"log-normal", lognormalAnswers(), 5.180, 10.24, 21.98, 6.67, 9.31}};
    QTest::addColumn<bool>("exponential");
    QTest::addColumn<HedgeModel>("hedge");
    QTest::addColumn<QVector<double>>("plain");
    QTest::addColumn<QVector<double>>("hedged");
    for (const Row &row : rows) {
        const QVector<double> plain{row.p99, row.p999}, hedged{row.hedged99, row.hedged999};
        const bool exponential = row.model.capacity.machines > 0;
        QTest::addRow("%s, after its p95", row.name)
            << exponential << HedgeModel{fromSeconds(row.p95), {}} << plain << hedged;
        QTest::addRow("%s, the slowest 5 %%", row.name) << exponential << HedgeModel{{}, 0.05} << plain << hedged;
    }
}

/// T12: P(T > t) = S(t) S(t - d), and S(d) more attempts.
void HedgingTest::theTailIsThatOfBothCopies()
{
    QFETCH(bool, exponential);
    QFETCH(HedgeModel, hedge);
    QFETCH(QVector<double>, plain);
    QFETCH(QVector<double>, hedged);
    const Scenario s = steadyCalls(100, 3'000s, exponential ? exponentialAnswers() : lognormalAnswers());
    const SimulationResult without = simulate(s, hedgedClient({}), hedgeSeed),
                           with = simulate(s, hedgedClient(hedge), hedgeSeed);
    const std::vector<float> one = sortedTimes(without), two = sortedTimes(with);
    const double more = partOf(with.hedges, with.calls);
    qInfo("p99 %.3f -> %.3f, p99.9 %.3f -> %.3f, %.4f more", timeOf(one, 0.99), timeOf(two, 0.99), timeOf(one, 0.999),
          timeOf(two, 0.999), more);
    QCOMPARE(with.answered, with.calls);
    QCOMPARE(without.hedges, 0);
    QVERIFY(std::abs(timeOf(one, 0.99) / plain[0] - 1) < 0.02);
    QVERIFY(std::abs(timeOf(one, 0.999) / plain[1] - 1) < 0.05);
    const double found = hedge.share ? 0.02 : 0; // a delay that follows is never quite at rest
    QVERIFY(std::abs(timeOf(two, 0.99) / hedged[0] - 1) < 0.02 + found);
    QVERIFY(std::abs(timeOf(two, 0.999) / hedged[1] - 1) < 0.03 + found);
    QVERIFY(std::abs(more - 0.05) < 0.003);
    QCOMPARE(with.attempts, with.calls + with.hedges);
}

/// T12: the formula takes both copies for independent. Where the provider is slow for all, it promises what does not come: here
/// eight times as slow in a tenth of the minutes.
void HedgingTest::whatIsSlowForBothIsSlow()
{
    const auto promisedAndPlayed = [](const Scenario &s) {
        const std::vector<float> without = sortedTimes(simulate(s, hedgedClient({}), hedgeSeed));
        const double p95 = timeOf(without, 0.95);
        const SimulationResult with = simulate(s, hedgedClient(HedgeModel{fromSeconds(p95), {}}), hedgeSeed);
        return std::pair(predicted(without, p95, 0.99), timeOf(sortedTimes(with), 0.99));
    };
    Scenario s = steadyCalls(100, 2'000s, lognormalAnswers());
    const auto [promised, played] = promisedAndPlayed(s);
    qInfo("independent: promised %.2f s, played %.2f s", promised, played);
    QVERIFY(std::abs(played / promised - 1) < 0.03);
    for (int minute = 0; minute < 30; minute += 10)
        s.models.first().faults.append({std::chrono::minutes(minute), 1min, FaultMode::Slow, 1.0, 8.0});
    const auto [hoped, came] = promisedAndPlayed(s);
    qInfo("slow together: promised %.2f s, played %.2f s", hoped, came);
    QVERIFY(came > 1.3 * hoped);
}

/// T24: whoever is answered within the delay is answered when it was, and nobody later than it was.
void HedgingTest::aSecondCopyChangesNobodyElsesLuck()
{
    ProviderModel m;
    m.failureShare = 0.1;
    m.latency.tailShare = 0.1;
    const Scenario s = steadyCalls(5, 20min, m);
    constexpr Duration delay = 1s;
    const auto without = timesOf(s, hedgedClient({})), with = timesOf(s, hedgedClient(HedgeModel{delay, {}}));
    QCOMPARE(with.size(), without.size());
    int sooner = 0;
    for (const auto &[call, took] : without) {
        const Duration hedged = with.at(call);
        if (took <= delay)
            QCOMPARE(hedged, took);
        sooner += hedged < took;
    }
    QVERIFY(sooner > 300);
    const SimulationResult a = simulate(s, hedgedClient(HedgeModel{{}, 0.05}, 3), 3),
                           b = simulate(s, hedgedClient(HedgeModel{{}, 0.05}, 3), 3);
    QCOMPARE(a.digest, b.digest);
}

/// Both must fail, whichever fails first.
void HedgingTest::aFailureLeavesTheOtherCopy()
{
    ProviderModel m;
    m.failureShare = 0.3;
    const Scenario s = steadyCalls(20, 30min, m);
    const SimulationResult with = simulate(s, hedgedClient(HedgeModel{1ns, {}}), hedgeSeed);
    QCOMPARE(with.hedges, with.calls);
    QVERIFY(std::abs(partOf(with.answered, with.calls) - (1 - 0.3 * 0.3)) < 0.006);
    QCOMPARE(with.failedBy[std::size_t(RetryReason::ServerError)], with.calls - with.answered);
    QVERIFY(with.atRest);
}

void HedgingTest::eachCopyIsPaidFor()
{
    Scenario s = steadyCalls(5, 20min, {});
    s.workload.promptSpread = s.workload.answerSpread = 0;
    SimulatedPolicy p = hedgedClient(HedgeModel{600ms, {}});
    p.costs = {{1e-6, 4e-6}};
    const SimulationResult r = simulate(s, p, hedgeSeed);
    QCOMPARE(r.answered, r.calls);
    QVERIFY(r.hedges > r.calls / 3);
    const double prompt = s.workload.promptMedian, answer = s.workload.answerMedian;
    QVERIFY(std::abs(r.promptTokens - prompt * double(r.attempts)) < 1);
    QVERIFY(std::abs(r.answerTokens - answer * double(r.calls)) < 1);
    QVERIFY(std::abs(r.wasted - prompt * double(r.hedges)) < 1);
    QVERIFY(std::abs(*r.wastedCost - prompt * 1e-6 * double(r.hedges)) < 1e-6);
}

void HedgingTest::noCopyWaitsForASlot()
{
    Scenario s = steadyCalls(1, 20min, {});
    s.workload.kind = Workload::Kind::Agents;
    s.workload.agents = 3;
    const auto hedges = [&s](int most) {
        SimulatedPolicy p = hedgedClient(HedgeModel{500ms, {}});
        RetryConfig c = *p.config;
        c.maxConcurrent = most;
        p.config = std::make_shared<const RetryConfig>(c);
        const SimulationResult r = simulate(s, p, hedgeSeed);
        return std::pair(r.hedges, r.atRest);
    };
    QCOMPARE(hedges(1), std::pair(qint64(0), true));
    const auto [few, rest] = hedges(3);
    const auto [all, restToo] = hedges(6);
    QVERIFY(rest && restToo);
    QVERIFY(few > 0 && few < all);
}

void HedgingTest::everyCopyIsAccountedFor_data()
{
    QTest::addColumn<FaultMode>("mode");
    QTest::addColumn<bool>("worksOn");
    for (int mode = 0; mode < faultModeCount; ++mode) {
        for (const bool worksOn : {false, true})
            QTest::addRow("%s, %s", qPrintable(toKey(FaultMode(mode))), worksOn ? "works on" : "notices")
                << FaultMode(mode) << worksOn;
    }
}

/// T26: attempts = firsts + retries + hedges; every call ends once; nothing is left over.
void HedgingTest::everyCopyIsAccountedFor()
{
    QFETCH(FaultMode, mode);
    QFETCH(bool, worksOn);
    ProviderModel bad;
    bad.faults = {{2min, 3min, mode, 0.8}};
    bad.quota.requestsPerMinute = 200;
    bad.capacity.machines = 8;
    bad.capacity.longestQueue = 20;
    bad.capacity.worksOnForNobody = worksOn;
    const Scenario s = steadyCalls(2, 10min, bad);
    SimulatedPolicy p = hedgedClient(HedgeModel{{}, 0.05}, 3);
    RetryConfig c = *p.config;
    c.attemptTimeout = c.firstTokenTimeout = 20s;
    c.maxConcurrent = 30;
    p.config = std::make_shared<const RetryConfig>(c);
    const SimulationResult r = simulate(s, p, 21);
    QCOMPARE(r.answered + std::accumulate(r.failedBy.begin(), r.failedBy.end(), qint64(0)), r.calls);
    QCOMPARE(qint64(r.endedAfter.size()), r.calls);
    QVERIFY(r.atRest);
    QVERIFY(r.hedges > 10);
    QCOMPARE(r.failovers, 0);
    qint64 attempts = 0;
    for (const SimulatedSecond &second : r.seconds)
        attempts += second.attempts;
    QCOMPARE(attempts, r.attempts);
    const qint64 firsts = r.attempts - r.retries - r.hedges;
    QVERIFY(firsts <= r.calls && firsts >= r.answered - r.retries - r.hedges);
}

/// As many get a second copy when it has become four times as slow, after some hundreds of answers.
void HedgingTest::theDelayFollowsTheProvider()
{
    Scenario s = steadyCalls(20, 20min, {});
    s.models.first().faults = {{10min, 10min, FaultMode::Slow, 1.0, 4.0}};
    const SimulationResult whole = simulate(s, hedgedClient(HedgeModel{{}, 0.05}), hedgeSeed);
    s.length = 12min;
    const SimulationResult first = simulate(s, hedgedClient(HedgeModel{{}, 0.05}), hedgeSeed);
    const double later = partOf(whole.hedges - first.hedges, whole.calls - first.calls);
    qInfo("%.4f of all, %.4f once it knows", partOf(whole.hedges, whole.calls), later);
    QVERIFY(std::abs(later - 0.05) < 0.01);
    QVERIFY(partOf(whole.hedges, whole.calls) < 0.08);
}

SUITE_TEST(HedgingTest)
#include "tst_hedging.moc"
