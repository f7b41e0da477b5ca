// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"
#include "base/text.h"
#include "policy/circuitbreaker.h"
#include "policy/concurrencylimit.h"
#include "policy/pacer.h"
#include "policy/retrybudget.h"
#include "support/suite.h"

#include <QTest>

#include <cmath>
#include <vector>

using namespace retryscope;

namespace {

/// The circuit as one would write it without thinking of speed: it keeps everything and counts anew each time.
class NaiveBreaker
{
public:
    explicit NaiveBreaker(const RetryConfig &c) : m_c(c) {}
    std::optional<quint64> acquire(SteadyTime now)
    {
        if (state == CircuitState::Isolated || (state == CircuitState::Open && now < until)
            || (state == CircuitState::HalfOpen && probing))
            return std::nullopt;
        if (state == CircuitState::Open)
            enter(CircuitState::HalfOpen);
        probing = state == CircuitState::HalfOpen;
        return generation;
    }
    void record(quint64 permit, HealthSignal signal, SteadyTime now)
    {
        if (permit != generation)
            return;
        if (state == CircuitState::HalfOpen) {
            probing = false;
            if (signal == HealthSignal::Success) {
                enter(CircuitState::Closed);
            } else if (signal == HealthSignal::Failure) {
                ++reopened;
                enter(CircuitState::Open);
                Duration open = m_c.circuitOpenTime;
                for (int i = 0; i < reopened && open < m_c.circuitMaxOpenTime; ++i)
                    open *= 2;
                until = now + std::min(open, m_c.circuitMaxOpenTime);
            }
        } else if (state == CircuitState::Closed && signal != HealthSignal::Ignored) {
            samples.push_back({now, signal == HealthSignal::Failure});
            if (signal == HealthSignal::Failure && tooMany(now)) {
                enter(CircuitState::Open);
                until = now + m_c.circuitOpenTime;
            }
        }
    }
    void block(SteadyTime end, SteadyTime now)
    {
        if (end <= now || state == CircuitState::Isolated || (state == CircuitState::Open && blocked && until >= end))
            return;
        end = state == CircuitState::Open ? std::max(end, until) : end;
        enter(CircuitState::Open);
        blocked = true;
        until = end;
    }
    void isolate() { if (state != CircuitState::Isolated) enter(CircuitState::Isolated); }
    void release() { if (state != CircuitState::Closed) enter(CircuitState::Closed); }

    CircuitState state = CircuitState::Closed;
    SteadyTime until{};

private:
    void enter(CircuitState to)
    {
        state = to;
        ++generation;
        probing = false;
        if (to == CircuitState::Closed) {
            samples.clear();
            reopened = 0;
        }
        if (to == CircuitState::Open || to == CircuitState::Closed || to == CircuitState::Isolated)
            blocked = false;
    }
    bool tooMany(SteadyTime now) const
    {
        double likelihood = 0.0;
        int calls = 0, failures = 0;
        const Duration tenth = m_c.circuitWindow / 10;
        for (const auto &[at, failed] : samples) {
            likelihood = std::max(0.0, likelihood + std::log(failed ? 0.5 / 0.02 : 0.5 / 0.98));
            if (at.time_since_epoch() / tenth > now.time_since_epoch() / tenth - 10) {
                ++calls;
                failures += failed;
            }
        }
        return likelihood >= std::log(0.99 / 1e-4)
               || (calls >= m_c.circuitMinCalls && failures >= m_c.circuitFailureRatio * calls);
    }
    RetryConfig m_c;
    std::vector<std::pair<SteadyTime, bool>> samples;
    quint64 generation = 1;
    bool probing = false, blocked = false;
    int reopened = 0;
};

} // namespace

/// Seeded random traffic against naive models and against what must hold whatever happens.
class HealthModelsTest : public QObject
{
    Q_OBJECT
private slots:
    void theCircuitIsTheNaiveOne();
    void neverMoreThanOneProbe();
    void retriesNeverExceedShareAndFloor();
    void heldTokensComeBack();
    void theRampNeverExceedsItsBounds();
    void pacingNeverWaitsLongerThanTheReset();
    void threeFailuresOpenAtAStatedFalseAlarmRate();
};

void HealthModelsTest::theCircuitIsTheNaiveOne()
{
    for (quint64 seed = 1; seed <= 200; ++seed) {
        SeededRandom dice(seed);
        RetryConfig c;
        c.circuitMinCalls = 1 + int(dice.uniform() * 20);
        c.circuitFailureRatio = 0.05 + dice.uniform() * 0.95;
        c.circuitWindow = fromSeconds(1 + dice.uniform() * 60);
        CircuitBreaker breaker(c);
        NaiveBreaker naive(c);
        std::vector<std::pair<Permit, quint64>> out;
        SteadyTime now{1h};
        const double failing = dice.uniform();
        for (int step = 0; step < 500; ++step) {
            const double what = dice.uniform();
            if (what < 0.55) {
                const auto permit = breaker.acquire(now);
                const auto expected = naive.acquire(now);
                QVERIFY2(permit.has_value() == expected.has_value(),
                         qPrintable(QStringLiteral("seed %1, step %2").arg(seed).arg(step)));
                if (permit)
                    out.push_back({*permit, *expected});
            } else if (what < 0.95) {
                if (out.empty())
                    continue;
                const auto at = std::size_t(dice.uniform() * double(out.size())); // results come back in any order
                const double draw = dice.uniform();
                const HealthSignal signal = draw < 0.15                    ? HealthSignal::Ignored
                                            : draw < 0.15 + 0.85 * failing ? HealthSignal::Failure
                                                                           : HealthSignal::Success;
                breaker.record(out[at].first, signal, now);
                naive.record(out[at].second, signal, now);
                out.erase(out.begin() + qsizetype(at));
            } else if (what < 0.97) {
                const SteadyTime until = now + fromSeconds(dice.uniform() * 40);
                breaker.blockUntil(until, now, RetryReason::RateLimit, {});
                naive.block(until, now);
            } else if (what < 0.98) {
                breaker.isolate();
                naive.isolate();
            } else if (what < 0.99) {
                breaker.release();
                naive.release();
            }
            now += fromSeconds(dice.uniform() * 3);
            QVERIFY2(breaker.state() == naive.state, qPrintable(QStringLiteral("seed %1, step %2: %3 instead of %4")
                                                                    .arg(seed)
                                                                    .arg(step)
                                                                    .arg(toKey(breaker.state()), toKey(naive.state))));
            if (naive.state == CircuitState::Open)
                QCOMPARE(*breaker.probeAt(), naive.until);
        }
    }
}

void HealthModelsTest::neverMoreThanOneProbe()
{
    for (quint64 seed = 1; seed <= 100; ++seed) {
        SeededRandom dice(seed);
        CircuitBreaker breaker{RetryConfig{}};
        SteadyTime now{1h};
        std::vector<Permit> probes;
        for (int step = 0; step < 500; ++step) {
            now += fromSeconds(dice.uniform() * 10);
            const auto permit = dice.uniform() < 0.5 ? breaker.acquire(now) : breaker.acquireProbe(now);
            if (permit && permit->probe) {
                QVERIFY2(probes.empty(), qPrintable(QStringLiteral("seed %1: two probes at once").arg(seed)));
                probes.push_back(*permit);
            } else if (permit) {
                breaker.record(*permit, HealthSignal::Failure, now);
            }
            if (!probes.empty() && dice.uniform() < 0.4) {
                breaker.record(probes.front(), dice.uniform() < 0.3 ? HealthSignal::Ignored : HealthSignal::Failure,
                               now);
                probes.clear();
            }
        }
    }
}

void HealthModelsTest::retriesNeverExceedShareAndFloor()
{
    for (quint64 seed = 1; seed <= 200; ++seed) {
        SeededRandom dice(seed);
        const double ratio = dice.uniform();
        const int floor = int(dice.uniform() * 20);
        RetryBudget budget(ratio, floor);
        const double capacity = std::max<double>(floor, ratio > 0.0 ? 1.0 : 0.0);
        const SteadyTime start{1h};
        SteadyTime now = start;
        qint64 calls = 0, retries = 0;
        budget.deposit(now);
        ++calls;
        for (int step = 0; step < 2000; ++step) {
            now += fromSeconds(dice.uniform() * 0.5);
            if (dice.uniform() < 0.3) {
                budget.deposit(now);
                ++calls;
            } else if (budget.withdraw(now)) {
                if (dice.uniform() < 0.7) {
                    budget.spend();
                    ++retries;
                } else {
                    budget.giveBack();
                }
            }
            const double most = capacity + ratio * double(calls) + floor * toSeconds(now - start) / 60.0;
            QVERIFY2(double(retries) <= most + 1e-6, qPrintable(QStringLiteral("seed %1").arg(seed)));
            QVERIFY(budget.available() >= 0.0 && budget.available() <= capacity + 1e-9);
        }
    }
}

void HealthModelsTest::heldTokensComeBack()
{
    RetryBudget budget(0.0, 3);
    const SteadyTime now{1h};
    for (int round = 0; round < 100; ++round) {
        for (int i = 0; i < 3; ++i)
            QVERIFY(budget.withdraw(now));
        QVERIFY(!budget.withdraw(now));
        QCOMPARE(budget.held(), 3);
        for (int i = 0; i < 3; ++i)
            budget.giveBack();
    }
    QCOMPARE(budget.held(), 0);
    QCOMPARE(budget.available(), 3.0);
}

void HealthModelsTest::theRampNeverExceedsItsBounds()
{
    for (quint64 seed = 1; seed <= 100; ++seed) {
        SeededRandom dice(seed);
        ConcurrencyLimit limit(6);
        for (int step = 0; step < 1000; ++step) {
            const double what = dice.uniform();
            if (what < 0.4)
                (void)limit.tryAcquire();
            else if (what < 0.75 && limit.inUse() > 0)
                limit.release();
            else if (what < 0.85)
                limit.onSuccess();
            else if (what < 0.95)
                limit.onFailure();
            else
                limit.restartRamp();
            QVERIFY(limit.allowance() >= 1 && limit.allowance() <= 6);
            QVERIFY(limit.inUse() >= 0 && limit.inUse() <= 6);
            if (limit.inUse() >= limit.allowance())
                QVERIFY(!ConcurrencyLimit(limit).tryAcquire());
        }
    }
}

void HealthModelsTest::pacingNeverWaitsLongerThanTheReset()
{
    for (quint64 seed = 1; seed <= 200; ++seed) {
        SeededRandom dice(seed);
        Pacer pacer;
        SteadyTime now{1h}, latest = now; // the latest reset that was told, or a window's length after a request
        Duration longest{};
        for (int step = 0; step < 300; ++step) {
            if (dice.uniform() < 0.3) {
                const qint64 limit = qint64(dice.uniform() * 1000);
                const qint64 left = qint64(dice.uniform() * double(limit + 1));
                const Duration reset = fromSeconds(dice.uniform() * 100 - 5);
                const bool continuous = dice.uniform() < 0.5;
                pacer.report({{LimitKind(int(dice.uniform() * 4)), limit, left, reset, continuous}}, now);
                latest = std::max(latest, now + reset);
                const double windows = continuous && limit > left ? double(limit) / double(limit - left) : 1.0;
                longest = std::max(longest, fromSeconds(toSeconds(reset) * windows));
            } else {
                pacer.charge(qint64(dice.uniform() * 500), now);
                latest = std::max(latest, now + longest);
            }
            const auto ready = pacer.readyAt(qint64(dice.uniform() * 500), now);
            if (ready)
                QVERIFY2(*ready > now && *ready <= latest, qPrintable(QStringLiteral("seed %1").arg(seed)));
            now += fromSeconds(dice.uniform() * 3);
        }
        QVERIFY(!pacer.readyAt(1, latest + 1s)); // everything is over by then
    }
}

/// At 2 % failures three in a row come once in about 125,000 calls: (p^-3 - 1) / (1 - p) = 127,550.
void HealthModelsTest::threeFailuresOpenAtAStatedFalseAlarmRate()
{
    RetryConfig c;
    c.circuitMinCalls = 1'000'000; // the sequential rule alone
    SeededRandom dice(42);
    qint64 calls = 0;
    int opened = 0;
    const SteadyTime now{1h};
    while (opened < 40) {
        CircuitBreaker breaker(c);
        while (breaker.state() == CircuitState::Closed) {
            breaker.record(*breaker.acquire(now), dice.uniform() < 0.02 ? HealthSignal::Failure : HealthSignal::Success,
                           now);
            ++calls;
        }
        ++opened;
    }
    const double mean = double(calls) / opened;
    QVERIFY2(mean > 10'000, qPrintable(QStringLiteral("a false alarm every %1 calls (seed 42)").arg(mean)));
}

SUITE_TEST(HealthModelsTest)
#include "tst_healthmodels.moc"
