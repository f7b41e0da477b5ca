// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/baselines.h"
#include "simulator/simulation.h"
#include "support/onescenario.h"
#include "support/suite.h"
#include "words/simulationwords.h"

#include <cmath>
#include <random>

using namespace retryscope;

namespace {

constexpr quint64 throttleSeed = 20'261'127;

/// A provider that answers at once.
ProviderModel instant()
{
    ProviderModel m;
    m.latency = {1ms, 0, 0, 0s, 1e6};
    return m;
}

SimulatedPolicy changed(SimulatedPolicy policy, const std::function<void(RetryConfig &)> &change)
{
    RetryConfig c = *policy.config;
    change(c);
    policy.config = std::make_shared<const RetryConfig>(c);
    return policy;
}

/// The tokens that a call wins or loses on average, where each attempt fails with probability `p` and three are made.
double driftOf(double p, double cost) { return (1 - p) - cost * p * p * (1 - p) - 2 * cost * p * p * p; }

/// The failing share from which on the bucket empties: where the drift is 0.
double drainPoint(double cost)
{
    double low = 0, high = 1;
    while (high - low > 1e-9) {
        const double middle = (low + high) / 2;
        (driftOf(middle, cost) > 0 ? low : high) = middle;
    }
    return low;
}

/// What 40 calls of three attempts make of a bucket that is half full, on average.
double measuredDrift(const ThrottleModel &model, RetryReason failure, double p, std::mt19937_64 &random)
{
    constexpr int runs = 5'000, calls = 40;
    std::bernoulli_distribution fails(p);
    double sum = 0;
    for (int run = 0; run < runs; ++run) {
        ClientThrottle throttle(model);
        while (throttle.left() > 250)
            throttle.retry(RetryReason::ServerError);
        const double before = throttle.left();
        for (int call = 0; call < calls; ++call) {
            double cost = 0;
            for (int attempt = 1; attempt <= 3; ++attempt) {
                const bool failed = fails(random);
                throttle.ended(failed ? failure : RetryReason::None, cost, {});
                const auto next = failed && attempt < 3 ? throttle.retry(failure) : std::nullopt;
                if (!next)
                    break;
                cost = *next;
            }
        }
        sum += throttle.left() - before;
    }
    return sum / (runs * calls);
}

/// Of the calls that came in the last minute but the very last seconds.
double answeredAtTheEnd(const SimulationResult &r)
{
    double arrived = 0, answered = 0;
    for (std::size_t s = r.seconds.size() - 65; s < r.seconds.size() - 5; ++s) {
        arrived += r.seconds[s].arrived;
        answered += r.seconds[s].answered;
    }
    return answered / arrived;
}

} // namespace

/// The throttles of other people's clients against results that are known without this program.
class ThrottlesTest final : public QObject
{
    Q_OBJECT
private slots:
    void adaptiveThrottlingSettles_data();
    void adaptiveThrottlingSettles();
    void theQuotaDrainsWhereTheFormulaSays_data();
    void theQuotaDrainsWhereTheFormulaSays();
    void downHardItSpendsSoManyRetries_data();
    void downHardItSpendsSoManyRetries();
    void tokensStopRetriesAtTheirRatio_data();
    void tokensStopRetriesAtTheirRatio();
    void theRateFallsAndGrowsBackAlongACubic();
    void aRateThatIsNotUsedGrowsToTwiceWhatIsMeasured();
    void anAdaptiveClientKeepsToALimit();
    void whatEndsAStorm_data();
    void whatEndsAStorm();
    void nothingIsLeftOver_data();
    void nothingIsLeftOver();
    void eachHasAKeyAndWords();
};

void ThrottlesTest::adaptiveThrottlingSettles_data()
{
    QTest::addColumn<double>("factor");
    QTest::addColumn<double>("load");
    QTest::newRow("K 2, 1.5 times what is served") << 2.0 << 1.5;
    QTest::newRow("K 2, 3 times") << 2.0 << 3.0;
    QTest::newRow("K 2, 10 times") << 2.0 << 10.0;
    QTest::newRow("K 1.1, 5 times") << 1.1 << 5.0;
}

/// T7: of x times what is served, max(0, (x - K) / x) is refused at the client, and min(x, K) is sent for each answer.
void ThrottlesTest::adaptiveThrottlingSettles()
{
    QFETCH(double, factor);
    QFETCH(double, load);
    ProviderModel m = instant();
    m.quota.requestsPerMinute = 60 * 5;
    m.quota.burst = 12s; // so many that the limit is all used
    m.quota.headers = false;
    m.quota.failuresCount = false;
    SimulatedPolicy p = namedClient(NamedClient::SreAdaptive, beforeOne());
    p.throttle->accepts->factor = factor;
    p = changed(p, [](RetryConfig &c) { c.maxAttempts = 1; });
    constexpr Duration settling = 4min;
    Scenario s = steadyCalls(5 * load, 2h, m);
    const SimulationResult all = simulate(s, p, throttleSeed);
    s.length = settling;
    const SimulationResult first = simulate(s, p, throttleSeed); // the same beginning
    const double calls = double(all.calls - first.calls), refused = double(all.withheld - first.withheld) / calls,
                 sends = double(all.attempts - first.attempts) / double(all.answered - first.answered);
    qInfo("refused %.4f, %.4f sends an answer", refused, sends);
    QVERIFY2(std::abs(refused - std::max(0.0, (load - factor) / load)) < 0.005, qPrintable(QString::number(refused)));
    QVERIFY2(std::abs(sends / std::min(load, factor) - 1) < 0.02, qPrintable(QString::number(sends)));
    QCOMPARE(all.attempts + all.withheld, all.calls);
}

void ThrottlesTest::theQuotaDrainsWhereTheFormulaSays_data()
{
    QTest::addColumn<NamedClient>("client");
    QTest::addColumn<RetryReason>("failure");
    QTest::addColumn<double>("cost");
    QTest::addColumn<double>("published");
    QTest::newRow("before, errors") << NamedClient::AwsStandard2025 << RetryReason::ServerError << 5.0 << 0.3207;
    QTest::newRow("before, timeouts") << NamedClient::AwsStandard2025 << RetryReason::NetworkTimeout << 10.0 << 0.2460;
    QTest::newRow("now, errors") << NamedClient::AwsStandard << RetryReason::ServerError << 14.0 << 0.2149;
    QTest::newRow("now, timeouts") << NamedClient::AwsStandard << RetryReason::NetworkTimeout << 14.0 << 0.2149;
    QTest::newRow("now, limits") << NamedClient::AwsStandard << RetryReason::RateLimit << 5.0 << 0.3207;
}

/// T8: the balance turns from rising to falling at the root of (1-p) - c p^2 (1-p) - 2c p^3. Played it is the same: above
/// it the client withholds retries, below it hardly any.
void ThrottlesTest::theQuotaDrainsWhereTheFormulaSays()
{
    QFETCH(NamedClient, client);
    QFETCH(RetryReason, failure);
    QFETCH(double, cost);
    QFETCH(double, published);
    const double root = drainPoint(cost);
    QVERIFY(std::abs(root - published) < 0.0001);
    const ThrottleModel model = *namedClient(client, beforeOne()).throttle;
    std::mt19937_64 random(throttleSeed);
    const double below = measuredDrift(model, failure, root - 0.01, random),
                 above = measuredDrift(model, failure, root + 0.01, random);
    qInfo("%.4f below and %.4f above %.4f", below, above, root);
    QVERIFY(below > 0 && above < 0);
    QVERIFY(std::abs(below - driftOf(root - 0.01, cost)) < 0.03);
    QVERIFY(std::abs(above - driftOf(root + 0.01, cost)) < 0.03);
    const auto withheld = [&](double p) {
        ProviderModel m = instant();
        m.faults = {{0s, 10h, failure == RetryReason::RateLimit        ? FaultMode::RateLimit
                              : failure == RetryReason::NetworkTimeout ? FaultMode::Hang
                                                                       : FaultMode::ServerError,
                     p}};
        const SimulatedPolicy policy =
            changed(namedClient(client, beforeOne()), [](RetryConfig &c) { c.attemptTimeout = c.firstTokenTimeout = 1s; });
        const SimulationResult r = simulate(steadyCalls(20, 10min, m), policy, throttleSeed);
        return double(r.withheld) / double(r.calls);
    };
    const double seldom = withheld(root - 0.05), often = withheld(root + 0.05);
    qInfo("withheld %.5f and %.5f a call", seldom, often);
    QVERIFY(seldom < 0.001 && often > 0.01);
}

void ThrottlesTest::downHardItSpendsSoManyRetries_data()
{
    QTest::addColumn<NamedClient>("client");
    QTest::addColumn<FaultMode>("mode");
    QTest::addColumn<int>("retries");
    QTest::newRow("before, errors: 500 / 5") << NamedClient::AwsStandard2025 << FaultMode::ServerError << 100;
    QTest::newRow("before, timeouts: 500 / 10") << NamedClient::AwsStandard2025 << FaultMode::Hang << 50;
    QTest::newRow("now, errors: 500 / 14") << NamedClient::AwsStandard << FaultMode::ServerError << 35;
    QTest::newRow("now, timeouts: 500 / 14") << NamedClient::AwsStandard << FaultMode::Hang << 35;
    QTest::newRow("now, limits: 500 / 5") << NamedClient::AwsStandard << FaultMode::RateLimit << 100;
}

/// T9: so many retries out of 500 tokens, and then an attempt a call.
void ThrottlesTest::downHardItSpendsSoManyRetries()
{
    QFETCH(NamedClient, client);
    QFETCH(FaultMode, mode);
    QFETCH(int, retries);
    ProviderModel m = instant();
    m.faults = {{0s, 10h, mode}};
    const SimulatedPolicy policy =
        changed(namedClient(client, beforeOne()), [](RetryConfig &c) { c.attemptTimeout = c.firstTokenTimeout = 1s; });
    const SimulationResult r = simulate(steadyCalls(10, 15min, m), policy, throttleSeed);
    QCOMPARE(r.answered, 0);
    QCOMPARE(r.retries, retries);
    QCOMPARE(r.attempts, r.calls + retries);
    qint64 calls = 0, attempts = 0;
    for (std::size_t second = 300; second < r.seconds.size(); ++second) {
        calls += r.seconds[second].arrived;
        attempts += r.seconds[second].attempts;
    }
    QVERIFY(calls > 5'000);
    QCOMPARE(attempts, calls);
    QVERIFY(r.atRest);
}

void ThrottlesTest::tokensStopRetriesAtTheirRatio_data()
{
    QTest::addColumn<double>("ratio");
    QTest::newRow("0.1") << 0.1;
    QTest::newRow("0.5") << 0.5;
}

/// Table 1.2: a failing share of ratio / (1 + ratio) is where tokens begin to run out. Of a bucket of 600, so that chance
/// does not empty it.
void ThrottlesTest::tokensStopRetriesAtTheirRatio()
{
    QFETCH(double, ratio);
    const double root = ratio / (1 + ratio);
    SimulatedPolicy policy = namedClient(NamedClient::Grpc, beforeOne());
    policy.throttle->tokens = ThrottleModel::Tokens{600, ratio};
    const auto withheld = [&](double p) {
        ProviderModel m = instant();
        m.failureShare = p;
        const SimulationResult r = simulate(steadyCalls(20, 1h, m), policy, throttleSeed);
        return r.withheld;
    };
    QCOMPARE(withheld(root - 0.01), 0);
    QVERIFY(withheld(root + 0.01) > 50);
    policy.throttle->tokens = ThrottleModel::Tokens{10, ratio};
    ProviderModel down = instant();
    down.failureShare = 1;
    // Five failures leave half of ten: the first four are retried, whoever's they are.
    QCOMPARE(simulate(steadyCalls(20, 10min, down), policy, throttleSeed).retries, 4);
}

/// T22: limited at 10 a second it falls to 7, is back at 10 after the cube root of 10 x 0.3 / 0.4 s, and at 13 after twice that.
void ThrottlesTest::theRateFallsAndGrowsBackAlongACubic()
{
    CubicRate rate;
    SteadyTime now{1h};
    for (int i = 0; i < 100; ++i, now += 100ms)
        rate.ended(false, now);
    QVERIFY(!rate.rate());
    QVERIFY(std::abs(rate.measured() - 10) < 1e-6);
    rate.ended(true, now);
    const double before = rate.measured(), flat = std::cbrt(before * 0.3 / 0.4);
    QVERIFY2(std::abs(before - 10) < 1e-6, qPrintable(QString::number(before)));
    QVERIFY(std::abs(*rate.rate() - 0.7 * before) < 1e-9);
    QVERIFY(std::abs(flat - 1.957) < 0.001);
    const SteadyTime limited = now;
    const auto at = [&](double seconds) {
        rate.ended(false, limited + fromSeconds(seconds));
        return *rate.rate();
    };
    for (double t = 0.1; t < flat; t += 0.1)
        QVERIFY(at(t) < before);
    QVERIFY2(std::abs(at(flat) - before) < 1e-6, qPrintable(QString::number(*rate.rate())));
    for (double t = std::ceil(flat * 10) / 10; t < 2 * flat; t += 0.1)
        QVERIFY(at(t) >= before);
    QVERIFY2(std::abs(at(2 * flat) / before - 1.3) < 1e-6, qPrintable(QString::number(*rate.rate())));
}

/// T22's cap, and the least.
void ThrottlesTest::aRateThatIsNotUsedGrowsToTwiceWhatIsMeasured()
{
    CubicRate rate;
    SteadyTime now{1h};
    rate.ended(true, now);
    QCOMPARE(*rate.rate(), 0.5); // nothing was measured yet
    for (int i = 0; i < 100; ++i)
        rate.ended(false, now += 1s);
    QVERIFY(std::abs(rate.measured() - 1) < 1e-6);
    QVERIFY(std::abs(*rate.rate() - 2) < 1e-6);
    QCOMPARE(rate.wait(now), Duration::zero());
    QCOMPARE(rate.wait(now), Duration::zero());
    QVERIFY(std::abs(toSeconds(rate.wait(now)) - 0.5) < 1e-6);
    QCOMPARE(rate.wait(now + 500ms), Duration::zero());
}

/// Agents that ask for twice what is allowed: it waits, where the standard mode is refused.
void ThrottlesTest::anAdaptiveClientKeepsToALimit()
{
    ProviderModel m = instant();
    m.quota.requestsPerMinute = 60 * 10;
    m.quota.burst = 1s;
    m.quota.headers = false;
    Scenario s = steadyCalls(1, 20min, m);
    s.workload.kind = Workload::Kind::Agents;
    s.workload.agents = 20;
    s.workload.think = 1s;
    const SimulationResult standard = simulate(s, namedClient(NamedClient::AwsStandard, beforeOne()), throttleSeed),
                           adaptive = simulate(s, namedClient(NamedClient::AwsAdaptive, beforeOne()), throttleSeed);
    const auto limited = [](const SimulationResult &r) { return double(r.limited) / double(r.attempts); };
    qInfo("limited %.3f, adaptive %.3f; answered %.3f, adaptive %.3f", limited(standard), limited(adaptive),
          double(standard.answered) / double(standard.calls), double(adaptive.answered) / double(adaptive.calls));
    QVERIFY(limited(standard) > 0.3);
    QVERIFY(limited(adaptive) < limited(standard) / 3);
    QVERIFY(double(adaptive.answered) / 1'200 < 10.2);
    QVERIFY(double(adaptive.answered) / 1'200 > 7);
    QVERIFY(adaptive.atRest);
}

void ThrottlesTest::whatEndsAStorm_data()
{
    QTest::addColumn<NamedClient>("client");
    QTest::addColumn<double>("load");
    QTest::addColumn<double>("seconds");
    QTest::newRow("AWS's quota before, 200") << NamedClient::AwsStandard2025 << 200.0 << 18.0;
    QTest::newRow("AWS's quota, 200") << NamedClient::AwsStandard << 200.0 << 17.0;
    QTest::newRow("AWS's quota, 280") << NamedClient::AwsStandard << 280.0 << 135.0;
    QTest::newRow("gRPC, 200") << NamedClient::Grpc << 200.0 << 17.0;
    QTest::newRow("gRPC, 280") << NamedClient::Grpc << 280.0 << 133.0;
}

/// T11: three retries at once, 300 requests a second are served, a second's patience, ten seconds of nothing: a storm that a
/// plain client keeps up for ever, from 80 a second on. The mean time until it is over.
void ThrottlesTest::whatEndsAStorm()
{
    QFETCH(NamedClient, client);
    QFETCH(double, load);
    QFETCH(double, seconds);
    ProviderModel m = instant();
    m.latency.firstToken = 1ns;
    m.capacity.machines = 1;
    m.capacity.service = std::chrono::nanoseconds(1'000'000'000 / 300);
    m.faults = {{60s, 10s, FaultMode::Stall}};
    const SimulatedPolicy policy = changed(namedClient(client, beforeOne()), [](RetryConfig &c) {
        c.maxAttempts = c.attemptsPerProvider = 4;
        c.attemptTimeout = c.firstTokenTimeout = 1s;
        c.baseDelay = c.maxDelay = 0s;
        c.minAttemptTime = 1ms;
    });
    constexpr int runs = 2;
    const Duration length = load < 250 ? 200s : 400s;
    double sum = 0;
    for (quint64 run = 0; run < runs; ++run) {
        const SimulationResult r = simulate(steadyCalls(load, length, m), policy, throttleSeed + run);
        const double served = answeredAtTheEnd(r);
        QVERIFY2(served > 0.95, qPrintable(QString::number(served)));
        sum += toSeconds(*r.recovery);
    }
    qInfo("over after %.1f s", sum / runs);
    QVERIFY2(std::abs(sum / runs / seconds - 1) < 0.25, qPrintable(QString::number(sum / runs)));
}

void ThrottlesTest::nothingIsLeftOver_data()
{
    QTest::addColumn<NamedClient>("client");
    for (int i = 0; i < namedClientCount; ++i)
        QTest::addRow("%s", qPrintable(toKey(NamedClient(i)))) << NamedClient(i);
}

/// T26 and T24 for each: every call ends once, and the same seed is the same run.
void ThrottlesTest::nothingIsLeftOver()
{
    QFETCH(NamedClient, client);
    ProviderModel m = instant();
    m.quota.requestsPerMinute = 300;
    m.quota.burst = 2s;
    m.faults = {{2min, 2min, FaultMode::ServerError, 0.7}, {5min, 1min, FaultMode::Overloaded}};
    const Scenario s = steadyCalls(6, 10min, m);
    const SimulatedPolicy policy = namedClient(client, beforeOne());
    const SimulationResult a = simulate(s, policy, 3), b = simulate(s, policy, 3);
    QCOMPARE(a.digest, b.digest);
    QVERIFY(a.atRest);
    QCOMPARE(qint64(a.endedAfter.size()), a.calls);
    QCOMPARE(a.withheld > 0, policy.throttle.has_value());
    QVERIFY(a.attempts - a.retries - a.hedges <= a.calls);
    QCOMPARE(a.failovers, 0);
}

void ThrottlesTest::eachHasAKeyAndWords()
{
    for (int i = 0; i < namedClientCount; ++i) {
        const auto client = NamedClient(i);
        QCOMPARE(namedClientFromKey(toKey(client)), std::optional(client));
        QVERIFY(!label(client).isEmpty() && about(client).endsWith(u'.'));
    }
    QVERIFY(!namedClientFromKey(QStringLiteral("aws")));
}

SUITE_TEST(ThrottlesTest)
#include "tst_throttles.moc"
