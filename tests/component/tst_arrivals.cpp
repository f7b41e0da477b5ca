// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/arrivals.h"
#include "simulator/certificate.h"
#include "simulator/intervals.h"
#include "support/onescenario.h"
#include "support/suite.h"

#include <cmath>
#include <set>

using namespace retryscope;

namespace {

int callsIn(const Workload &workload, double seconds, quint64 seed)
{
    Arrivals arrivals(workload, seed);
    int calls = 0;
    for (auto at = arrivals.next(); at && toSeconds(*at) < seconds; at = arrivals.next())
        ++calls;
    return calls;
}

SimulatedPolicy withAttempts(int attempts)
{
    SimulatedPolicy policy = beforeOne();
    RetryConfig c = *policy.config;
    c.maxAttempts = c.attemptsPerProvider = attempts;
    policy.config = std::make_shared<const RetryConfig>(c);
    return policy;
}

} // namespace

/// When calls come, which luck a seed names, and what is said of what hardly ever happens.
class ArrivalsTest final : public QObject
{
    Q_OBJECT
private slots:
    void aWorkloadHasItsRate_data();
    void aWorkloadHasItsRate();
    void neighbouringSeedsShareNoDay();
    void rareFailuresAreCovered();
    void whatIsNearlyAlwaysTheSameHasNoInterval();
};

void ArrivalsTest::aWorkloadHasItsRate_data()
{
    QTest::addColumn<Workload>("workload");
    QTest::addColumn<double>("seconds");
    const auto row = [](const char *name, Workload::Kind kind, double cv, double seconds) {
        Workload w;
        w.kind = kind;
        w.cv = cv;
        w.perSecond = 0.5;
        QTest::newRow(name) << w << seconds;
    };
    row("poisson", Workload::Kind::Poisson, 1, 60);
    row("on and off, a short day", Workload::Kind::OnOff, 1, 20);
    row("on and off, a longer one", Workload::Kind::OnOff, 1, 200);
    row("irregular gaps", Workload::Kind::Renewal, 3, 30);
    row("regular gaps", Workload::Kind::Renewal, 0.2, 5);
}

/// From the first second on: the mean over many days, within 3.5 standard errors of it.
void ArrivalsTest::aWorkloadHasItsRate()
{
    QFETCH(Workload, workload);
    QFETCH(double, seconds);
    constexpr int days = 20'000;
    double sum = 0, squares = 0;
    for (quint64 seed = 0; seed < days; ++seed) {
        const double calls = callsIn(workload, seconds, daySeed(1, seed));
        sum += calls;
        squares += calls * calls;
    }
    const double mean = sum / days, error = std::sqrt((squares / days - mean * mean) / days);
    const double off = (mean - workload.perSecond * seconds) / error;
    QVERIFY2(std::abs(off) < 3.5, qPrintable(QStringLiteral("%1 calls, %2 standard errors off").arg(mean).arg(off)));
}

void ArrivalsTest::neighbouringSeedsShareNoDay()
{
    std::set<quint64> days;
    for (const quint64 seed : {0, 1, 2, 3, 1'000})
        for (quint64 n = 0; n < 100; ++n)
            days.insert(daySeed(seed, n));
    QCOMPARE(days.size(), std::size_t(500));
    QVERIFY(daySeed(~quint64(0), 0) != daySeed(0, 0));
}

/// T27 where hardly anything fails: of 300 intervals of twenty replications each, 92 % and more hold the exact share, although in
/// many of them nothing at all has failed. So it is for the difference that a second attempt makes.
void ArrivalsTest::rareFailuresAreCovered()
{
    constexpr double failing = 0.0008;
    ProviderModel m;
    m.latency = {1ms, 0, 0, 4s, 1e6};
    m.failureShare = failing;
    const Scenario s = steadyCalls(1, 60s, m);
    constexpr int studies = 300;
    int held = 0, heldBetween = 0, silent = 0;
    for (int i = 0; i < studies; ++i) {
        const StudyResult r = run({s, {withAttempts(1), withAttempts(2)}, 20, quint64(i), 1});
        const Estimate e = *r.of(0, Measure::Success), more = *r.difference(1, 0, Measure::Success);
        held += std::abs(e.mean - (1 - failing)) <= *e.halfWidth;
        heldBetween += std::abs(more.mean - failing * (1 - failing)) <= *more.halfWidth;
        silent += e.mean >= 1;
        QVERIFY(*e.halfWidth > 0);
    }
    QVERIFY(silent > studies / 4);
    QVERIFY2(held >= 0.92 * studies && heldBetween >= 0.92 * studies,
             qPrintable(QStringLiteral("%1, %2").arg(held).arg(heldBetween)));
}

void ArrivalsTest::whatIsNearlyAlwaysTheSameHasNoInterval()
{
    using Values = std::vector<std::optional<double>>;
    QVERIFY(!differEnough(Values(20, 0.0)));
    Values values(20, 0.0);
    for (std::size_t i = 0; i < 4; ++i)
        values[i] = double(i) + 1;
    QVERIFY(!differEnough(values));
    values[4] = 9;
    QVERIFY(differEnough(values));
    QVERIFY(differEnough({1.0, 2.0, 3.0})); // few, and no two alike
    QVERIFY(!differEnough({1.0, 1.0, 3.0}));
    QVERIFY(onOneSide(Values(6, -1.0)) && !onOneSide(Values(5, -1.0)) && !onOneSide(Values(6, 0.0)));
    QCOMPARE(leastHalfWidth(50, 1'000), 0.0);
    QVERIFY(std::abs(leastHalfWidth(0, 6'000) - 3.84 / 6'003.84) < 1e-5);
    QCOMPARE(leastHalfWidth(6'000, 6'000), leastHalfWidth(0, 6'000));
    const StudyResult r = run({steadyCalls(0.2, 60s, ProviderModel{}), {beforeOne()}, 4, 1, 0});
    QVERIFY(*r.of(0, Measure::Success)->halfWidth > 0);
    StudyResult recovered = r;
    for (auto &day : recovered.values[0])
        day[std::size_t(Measure::Recovery)] = 0.0;
    QVERIFY(!recovered.of(0, Measure::Recovery)->halfWidth);
}

SUITE_TEST(ArrivalsTest)
#include "tst_arrivals.moc"
