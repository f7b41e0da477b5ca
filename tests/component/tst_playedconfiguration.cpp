// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"
#include "engine/targets.h"
#include "replay/simulatedpolicy.h"
#include "simulator/baselines.h"
#include "simulator/policyplay.h"
#include "simulator/study.h"
#include "support/onescenario.h"
#include "support/suite.h"

using namespace retryscope;

namespace {

/// Two providers at two hosts, with all of a call's attempts at the first.
Configuration twoHosts()
{
    Configuration c;
    for (const char *id : {"a", "b"}) {
        ProviderConfig p;
        p.id = QLatin1String(id);
        p.baseUrl = QUrl(QStringLiteral("https://%1.example/v1").arg(QLatin1String(id)));
        p.model = QStringLiteral("m");
        c.providers.append(p);
    }
    c.retry.maxAttempts = c.retry.attemptsPerProvider = 3;
    c.retry.maxConcurrent = 100;
    c.retry.circuitMinCalls = 1'000;
    return c;
}

OwnRule serverErrorsEndHere()
{
    OwnRule rule;
    rule.statuses = {{500, 599}};
    rule.reason = RetryReason::ServerError;
    rule.retryHere = false;
    rule.failover = false;
    return rule;
}

double measured(const Scenario &s, const Configuration &c, Measure measure)
{
    return valueOf(measure, simulate(s, simulatedPolicy(c), 7)).value_or(-1);
}

Scenario failingNowAndThen()
{
    ProviderModel m;
    m.failureShare = 0.3;
    return steadyCalls(0.5, 10min, m);
}

ProviderModel instantly()
{
    ProviderModel m;
    m.latency = {100ms, 0, 0, 4s, 1e6};
    return m;
}

} // namespace

/// What a configuration says for one provider or one failure, and what a scenario says for a share: all of it is played.
class PlayedConfigurationTest final : public QObject
{
    Q_OBJECT
private slots:
    void aProvidersOwnTimes();
    void aModelsOwnTimes();
    void ownRules();
    void ownRulesOfAHost();
    void oneCallPlaysThemToo();
    void namedClientsKeepNoLimitsOfYours();
    void oneAccountIsOneQuota();
    void aShareOfSlowAttempts();
    void aShareOfStalledAttempts_data();
    void aShareOfStalledAttempts();
    void slowMachinesServeSlowly();
    void agentsThatNeverPauseComeToAnEnd();
    void moreCallsThanArePlayedEndIt();
    void whatOutlastsTheDayHasNoRecovery_data();
    void whatOutlastsTheDayHasNoRecovery();
};

void PlayedConfigurationTest::aProvidersOwnTimes()
{
    Scenario s = steadyCalls(0.2, 10min, ProviderModel{});
    s.models.append(ProviderModel{});
    s.models[0].faults = {{0s, 10min, FaultMode::Hang}};
    Configuration usual = twoHosts(), own = usual, global = usual;
    for (ProviderConfig &p : own.providers)
        p.times.firstToken = 3s;
    global.retry.firstTokenTimeout = 3s;
    const double without = measured(s, usual, Measure::P99), with = measured(s, own, Measure::P99);
    QVERIFY2(without > 30 && with < 0.7 * without, qPrintable(QStringLiteral("%1, %2").arg(without).arg(with)));
    QCOMPARE(simulate(s, simulatedPolicy(own), 7).digest, simulate(s, simulatedPolicy(global), 7).digest);
}

void PlayedConfigurationTest::aModelsOwnTimes()
{
    Scenario s = steadyCalls(0.2, 10min, ProviderModel{});
    s.models[0].latency.tokensPerSecond = 1; // minutes for an answer
    Configuration c = twoHosts();
    const double without = measured(s, c, Measure::Success);
    c.providers[0].modelTimes[QStringLiteral("m*")].stream = 10s;
    QVERIFY(measured(s, c, Measure::Success) < without / 2);
}

void PlayedConfigurationTest::ownRules()
{
    Configuration c = twoHosts();
    QVERIFY(measured(failingNowAndThen(), c, Measure::Attempts) > 1.3);
    c.rules = {serverErrorsEndHere()};
    QCOMPARE(measured(failingNowAndThen(), c, Measure::Attempts), 1.0);
    QVERIFY(std::abs(measured(failingNowAndThen(), c, Measure::Success) - 0.7) < 0.1);
}

void PlayedConfigurationTest::ownRulesOfAHost()
{
    Configuration c = twoHosts();
    c.rules = {serverErrorsEndHere()};
    c.rules[0].host = "b.*";
    const double without = measured(failingNowAndThen(), c, Measure::Attempts);
    c.rules[0].host = "a.example";
    const double with = measured(failingNowAndThen(), c, Measure::Attempts); // b is asked as well, while a's circuit is open
    QVERIFY2(without > 1.2 && with < without - 0.05, qPrintable(QStringLiteral("%1, %2").arg(without).arg(with)));
}

void PlayedConfigurationTest::oneCallPlaysThemToo()
{
    Configuration c = twoHosts();
    c.providers[0].times.firstToken = 2s;
    PlayScenario silence;
    silence.reason = RetryReason::NetworkTimeout;
    silence.failing = QStringLiteral("a");
    SeededRandom chance(1);
    QCOMPARE(playPolicy(c.retry, targetsFor(c, {}), silence, chance).steps[0].length, Duration(2s));
    QVERIFY(playPolicy(c.retry, targetsFor(c, {}), {}, chance).attempts > 1);
    QCOMPARE(playPolicy(c.retry, targetsFor(c, {}), {}, chance, {serverErrorsEndHere()}).attempts, 1);
    QCOMPARE(summarizePlays(c.retry, targetsFor(c, {}), {}, 1, {serverErrorsEndHere()}, 5).attempts, 1);
}

void PlayedConfigurationTest::namedClientsKeepNoLimitsOfYours()
{
    Configuration c = twoHosts();
    c.providers[0].times = {1s, 1s, 1s, 1s, 1s};
    c.rules = {serverErrorsEndHere()};
    for (int i = 0; i < namedClientCount; ++i) {
        const SimulatedPolicy client = namedClient(NamedClient(i), simulatedPolicy(c));
        QVERIFY2(!client.chain.front().attemptTimeout && client.chain.front().times == OwnTimes(),
                 qPrintable(toKey(NamedClient(i))));
        QVERIFY(client.rules.empty());
        QCOMPARE(client.config->attemptTimeout, Duration(10min));
    }
}

/// Sixty a minute for both together: with calls twice as many, half of the attempts are refused wherever they go.
void PlayedConfigurationTest::oneAccountIsOneQuota()
{
    Scenario s = steadyCalls(2, 20min, instantly());
    s.models[0].quota.requestsPerMinute = 60;
    s.models[0].quota.failuresCount = false;
    Configuration c = twoHosts();
    c.retry.maxAttempts = 2;
    c.retry.attemptsPerProvider = 1;
    c.retry.paceFromHeaders = c.retry.honourServerHints = false;
    c.retry.retryBudgetRatio = 1;
    SimulatedPolicy policy = simulatedPolicy(c);
    policy.plain = true; // no call knows what another has met
    for (Target &target : policy.chain)
        target.account = "one";
    const double one = *valueOf(Measure::Success, simulate(s, policy, 3));
    policy.chain[1].account = "other";
    const double two = *valueOf(Measure::Success, simulate(s, policy, 3));
    QVERIFY2(one < 0.6 && two > one + 0.1, qPrintable(QStringLiteral("%1, %2").arg(one).arg(two)));
    for (Target &target : policy.chain)
        target.account.clear(); // each provider's own
    QCOMPARE(*valueOf(Measure::Success, simulate(s, policy, 3)), two);
}

void PlayedConfigurationTest::aShareOfSlowAttempts()
{
    Scenario s = steadyCalls(2, 20min, instantly());
    s.models[0].faults = {{0s, 20min, FaultMode::Slow, 0.25, 8}};
    const SimulationResult r = simulate(s, plainClient(beforeOne().chain), 1);
    const auto slow = std::count_if(r.answeredAfter.begin(), r.answeredAfter.end(), [](float s) { return s > 0.5; });
    const double share = double(slow) / double(r.answered);
    QVERIFY2(std::abs(share - 0.25) < 0.04, qPrintable(QString::number(share)));
}

void PlayedConfigurationTest::aShareOfStalledAttempts_data()
{
    QTest::addColumn<int>("machines");
    QTest::newRow("more than we can fill") << 0;
    QTest::newRow("machines") << 10'000;
}

void PlayedConfigurationTest::aShareOfStalledAttempts()
{
    QFETCH(int, machines);
    Scenario s = steadyCalls(4, 10min, instantly());
    s.models[0].capacity.machines = machines;
    s.models[0].faults = {{0s, 500s, FaultMode::Stall, 0.25}};
    const SimulationResult r = simulate(s, plainClient(beforeOne().chain), 1);
    const double stalled =
        double(std::count_if(r.answeredAfter.begin(), r.answeredAfter.end(), [](float s) { return s > 1; }));
    const double share = stalled / (4 * 500);
    QVERIFY2(std::abs(share - 0.25) < 0.04, qPrintable(QString::number(share)));
}

void PlayedConfigurationTest::slowMachinesServeSlowly()
{
    Scenario s = steadyCalls(1, 20min, instantly());
    s.models[0].capacity.machines = 1'000;
    s.models[0].capacity.service = 1s;
    const double usual = *valueOf(Measure::P50, simulate(s, plainClient(beforeOne().chain), 1));
    s.models[0].faults = {{0s, 20min, FaultMode::Slow, 1, 4}};
    const double slow = *valueOf(Measure::P50, simulate(s, plainClient(beforeOne().chain), 1));
    QVERIFY2(std::abs(slow / usual - 4) < 0.01, qPrintable(QString::number(slow / usual)));
}

/// Time passes even where nothing takes any: else its calls would never be at their end.
void PlayedConfigurationTest::agentsThatNeverPauseComeToAnEnd()
{
    Scenario s = steadyCalls(1, 10s, instantly());
    s.workload.kind = Workload::Kind::Agents;
    s.workload.agents = 1;
    s.workload.think = 0s;
    s.models[0].latency.firstToken = 0s;
    for (const FaultMode mode : {FaultMode::ServerError, FaultMode::Refused, FaultMode::StreamCut, FaultMode::Slow}) {
        s.models[0].faults = {{0s, 10s, mode, 1, 0.01}};
        const SimulationResult r = simulate(s, plainClient(beforeOne().chain, 1), 1);
        QVERIFY2(r.complete && r.calls <= 5'001, qPrintable(toKey(mode)));
    }
}

void PlayedConfigurationTest::moreCallsThanArePlayedEndIt()
{
    QCOMPARE(Scenario().mostCalls, 20'000'000);
    Scenario s = steadyCalls(10, 10min, instantly());
    s.mostCalls = 1'000;
    const SimulationResult r = simulate(s, beforeOne(), 1);
    QVERIFY(!r.complete && r.tooMany && r.calls == 1'001);
    const StudyResult study = run({s, {beforeOne()}, 5, 1, 2});
    QVERIFY(!study.complete && study.tooMany && study.replications() == 0);
}

void PlayedConfigurationTest::whatOutlastsTheDayHasNoRecovery_data()
{
    QTest::addColumn<double>("from");
    QTest::addColumn<double>("length");
    QTest::addColumn<bool>("known");
    QTest::newRow("over in time") << 100.0 << 60.0 << true;
    QTest::newRow("to the day's end") << 100.0 << 500.0 << false;
    QTest::newRow("longer than the day") << 100.0 << 900.0 << false;
    QTest::newRow("never comes") << 600.0 << 60.0 << false;
    QTest::newRow("of no length") << 100.0 << 0.0 << false;
}

void PlayedConfigurationTest::whatOutlastsTheDayHasNoRecovery()
{
    QFETCH(double, from);
    QFETCH(double, length);
    QFETCH(bool, known);
    Scenario s = steadyCalls(1, 10min, instantly());
    s.models[0].faults = {{fromSeconds(from), fromSeconds(length), FaultMode::ServerError}};
    const SimulationResult r = simulate(s, plainClient(beforeOne().chain, 1), 1);
    QCOMPARE(r.recovery.has_value(), known);
    QCOMPARE(s.faultsOutside(), from >= 600 ? 1 : 0);
}

SUITE_TEST(PlayedConfigurationTest)
#include "tst_playedconfiguration.moc"
