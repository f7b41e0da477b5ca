// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/baselines.h"
#include "simulator/peakewma.h"
#include "simulator/simulation.h"
#include "support/suite.h"

#include <cmath>
#include <numeric>

using namespace retryscope;

namespace {

constexpr quint64 balanceSeed = 20'261'129;

/// Three providers, the first with two keys.
SimulatedPolicy inOrder()
{
    SimulatedPolicy p;
    p.config = std::make_shared<const RetryConfig>();
    for (const char *name : {"p0", "p0", "p1", "p2"}) {
        Target target;
        target.provider = name;
        target.model = "m";
        target.account = "key " + std::to_string(p.chain.size());
        p.chain.push_back(target);
    }
    p.costs = {{1, 0}, {0, 0}, {0, 0}}; // so that the first one's share can be told
    return p;
}

Scenario twoWells(const QVector<FaultSpan> &faultsOfTheFirst)
{
    Scenario s;
    s.length = 12min;
    s.workload.perSecond = 1;
    s.workload.promptSpread = 0;
    ProviderModel first;
    first.faults = faultsOfTheFirst;
    s.models = {first, {}, {}};
    return s;
}

/// Answered in these minutes, of those that came in them; and s until an answer.
std::pair<double, double> within(const SimulationResult &r, int from, int until)
{
    double arrived = 0, answered = 0, waited = 0;
    for (std::size_t second = std::size_t(from) * 60; second < std::size_t(until) * 60; ++second) {
        arrived += r.seconds[second].arrived;
        answered += r.seconds[second].answered;
        waited += r.seconds[second].waited;
    }
    return {answered / arrived, waited / answered};
}

/// Of all prompts, those that the first provider had.
double shareOfTheFirst(const SimulationResult &r) { return *r.cost / r.promptTokens; }

} // namespace

/// Finagle's balancer against what is known of it, and as a client of the chain.
class BalancingTest final : public QObject
{
    Q_OBJECT
private slots:
    void aSpikeFades();
    void aLongerTimeCountsAtOnce();
    void requestsUnderWayCount();
    void itLeavesASlowProvider();
    void itIsDrawnToFastFailures();
    void equalProvidersShareTheLoad();
    void everyAttemptIsAccountedFor();
};

/// T21: 1 s, without news for 10 s: 0.3679 s; for 23.03 s: 0.1 s.
void BalancingTest::aSpikeFades()
{
    for (const auto &[later, cost] : {std::pair(10.0, 0.3679), std::pair(23.03, 0.1)}) {
        PeakEwma provider;
        provider.took(1s, SteadyTime(1h));
        QCOMPARE(provider.cost(SteadyTime(1h)), 1.0);
        const double faded = provider.cost(SteadyTime(1h) + fromSeconds(later));
        QVERIFY2(std::abs(faded - cost) < 0.0001, qPrintable(QString::number(faded)));
        PeakEwma looked;
        looked.took(1s, SteadyTime(1h));
        for (double t = 0; t < later; t += 0.1)
            looked.cost(SteadyTime(1h) + fromSeconds(t)); // who looks changes nothing
        QVERIFY(std::abs(looked.cost(SteadyTime(1h) + fromSeconds(later)) - faded) < 1e-9);
    }
}

/// c w + t (1 - w) with w = exp(-dt / 10 s), but never less than the time itself.
void BalancingTest::aLongerTimeCountsAtOnce()
{
    PeakEwma provider;
    provider.took(1s, SteadyTime(1h));
    provider.took(200ms, SteadyTime(1h + 5s));
    const double w = std::exp(-0.5);
    QVERIFY(std::abs(provider.cost(SteadyTime(1h + 5s)) - (w + 0.2 * (1 - w))) < 1e-9);
    provider.took(3s, SteadyTime(1h + 6s));
    QCOMPARE(provider.cost(SteadyTime(1h + 6s)), 3.0);
}

void BalancingTest::requestsUnderWayCount()
{
    PeakEwma known, unknown;
    known.took(2s, SteadyTime(1h));
    known.sent();
    known.sent();
    QCOMPARE(known.cost(SteadyTime(1h)), 6.0);
    QCOMPARE(unknown.cost(SteadyTime(1h)), 0.0); // is tried
    unknown.sent();
    QVERIFY(unknown.cost(SteadyTime(1h)) > 1e6); // once, until it is known
    unknown.ended();
    known.ended();
    QCOMPARE(known.cost(SteadyTime(1h)), 4.0);
    QCOMPARE(known.pending(), 1);
}

/// Eight times as slow from the fourth minute to the eighth.
void BalancingTest::itLeavesASlowProvider()
{
    const Scenario s = twoWells({{4min, 4min, FaultMode::Slow, 1.0, 8.0}});
    const SimulationResult plain = simulate(s, namedClient(NamedClient::SdkDefault, inOrder()), balanceSeed),
                           balanced = simulate(s, namedClient(NamedClient::PeakEwma, inOrder()), balanceSeed);
    const double slow = within(plain, 4, 8).second, left = within(balanced, 4, 8).second,
                 well = within(balanced, 0, 4).second;
    qInfo("%.2f s plain, %.2f s balanced, %.2f s before", slow, left, well);
    QVERIFY(left < slow / 2);
    QVERIFY(left < 2 * well);
    QCOMPARE(balanced.answered, balanced.calls);
}

/// It knows no circuits: whoever fails at once looks quick. Failover in order leaves it.
void BalancingTest::itIsDrawnToFastFailures()
{
    const Scenario s = twoWells({{4min, 4min, FaultMode::Refused}});
    const SimulationResult chain = simulate(s, inOrder(), balanceSeed),
                           balanced = simulate(s, namedClient(NamedClient::PeakEwma, inOrder()), balanceSeed);
    const double kept = within(chain, 4, 8).first, lost = within(balanced, 4, 8).first;
    qInfo("answered: %.3f in order, %.3f balanced", kept, lost);
    QVERIFY(kept > 0.99);
    QVERIFY(lost < kept - 0.02);
    QVERIFY(balanced.failovers > 0);
}

void BalancingTest::equalProvidersShareTheLoad()
{
    const SimulationResult r = simulate(twoWells({}), namedClient(NamedClient::PeakEwma, inOrder()), balanceSeed);
    qInfo("%.3f at the first", shareOfTheFirst(r));
    QVERIFY(std::abs(shareOfTheFirst(r) - 1.0 / 3) < 0.08);
    QCOMPARE(r.answered, r.calls);
}

/// T26, with each fault.
void BalancingTest::everyAttemptIsAccountedFor()
{
    for (int mode = 0; mode < faultModeCount; ++mode) {
        Scenario s = twoWells({{2min, 3min, FaultMode(mode), 0.7}});
        s.models.first().quota.requestsPerMinute = 60;
        const SimulatedPolicy p = namedClient(NamedClient::PeakEwma, inOrder());
        const SimulationResult r = simulate(s, p, 5), again = simulate(s, p, 5);
        QCOMPARE(r.digest, again.digest);
        QCOMPARE(r.answered + std::accumulate(r.failedBy.begin(), r.failedBy.end(), qint64(0)), r.calls);
        QVERIFY(r.atRest);
        QCOMPARE(r.attempts - r.retries - r.failovers, r.calls); // nobody's failure keeps a call from a first attempt
    }
}

SUITE_TEST(BalancingTest)
#include "tst_balancing.moc"
