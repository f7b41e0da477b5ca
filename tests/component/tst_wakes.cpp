// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/traffic.h"
#include "support/enginerig.h"
#include "support/suite.h"

using namespace retryscope;

namespace {

Script answered(Duration after, const QByteArray &limit = {}, const QByteArray &remaining = {}, const QByteArray &reset = {})
{
    Script s = scripts::openAiAnswer("hi", after);
    if (!limit.isEmpty())
        s.headers = {{"x-ratelimit-limit-requests", limit},
                     {"x-ratelimit-remaining-requests", remaining},
                     {"x-ratelimit-reset-requests", reset}};
    return s;
}

/// One long answer is under way, a short one has told that nothing is left for ten minutes, and a third call waits for that.
struct WaitingForRoom
{
    EngineRig rig{config()};
    CallId third;

    static RetryConfig config()
    {
        RetryConfig c = EngineRig::exact();
        c.deadline = 1h;
        c.attemptTimeout = 5min;
        return c;
    }
    explicit WaitingForRoom(Script longOne)
    {
        rig.transport.queue = {std::move(longOne), answered(100ms, "1", "0", "600s")};
        rig.send();
        rig.send();
        rig.clock.advance(1s);
        third = rig.send();
        rig.clock.advance(1s);
    }
    int asked() const { return int(rig.transport.requests.size()); }
    void end()
    {
        rig.drain();
        QVERIFY(rig.results[third.value].succeeded());
        rig.check();
    }
};

} // namespace

/// What ends a wait before its time: a change in who may be asked, and nothing else. Whoever waits is many: an attempt that
/// changes nothing for them must not cost each of them a look.
class WakesTest : public QObject
{
    Q_OBJECT
private slots:
    void onlyAChangeWakes_data();
    void onlyAChangeWakes();
    void aNewConfigurationWakes();
    void aProbeThatSaidNothingLetsTheNextOneProbe();
    void roomInTheLimitsEndsAWait();
    void aReleaseForgetsTheLimits();
    void aLargerShareEndsAWait();
    void noMorePacingEndsAWait();
};

void WakesTest::onlyAChangeWakes_data()
{
    QTest::addColumn<HealthChanges>("changes");
    QTest::addColumn<bool>("wakes");
    const auto change = [](std::optional<CircuitTransition> circuit) {
        return HealthChanges{HealthChange{Scope::Provider, "a", {}, circuit, {}}};
    };
    QTest::newRow("an attempt that changed nothing") << HealthChanges{} << false;
    QTest::newRow("a circuit opened")
        << change(CircuitTransition{CircuitState::Closed, CircuitState::Open, 30s, {}}) << true;
    QTest::newRow("a circuit closed")
        << change(CircuitTransition{CircuitState::HalfOpen, CircuitState::Closed, 0s, {}}) << true;
    QTest::newRow("a probe ended without a word") << change({}) << true;
}

void WakesTest::onlyAChangeWakes()
{
    QFETCH(HealthChanges, changes);
    QFETCH(bool, wakes);
    Traffic traffic;
    traffic.configure(RetryConfig());
    while (traffic.next()) { }
    Traffic::Lane &lane = traffic.lane("a");
    QVERIFY(traffic.enter(lane, CallId{1}));
    traffic.awaitProbe(CallId{2});
    traffic.awaitProbe(CallId{3});
    for (const HealthSignal signal : {HealthSignal::Success, HealthSignal::Failure, HealthSignal::Ignored}) {
        traffic.onHealth(lane, signal, {});
        QVERIFY(!traffic.next());
    }
    traffic.onHealth(lane, HealthSignal::Failure, changes);
    QVector<quint64> woken;
    while (const auto word = traffic.next()) {
        QCOMPARE(word->kind, Traffic::Word::Kind::Wake);
        woken << word->call.value;
    }
    QCOMPARE(woken, wakes ? (QVector<quint64>{2, 3}) : QVector<quint64>{});
}

void WakesTest::aNewConfigurationWakes()
{
    Traffic traffic;
    traffic.awaitProbe(CallId{7});
    traffic.configure(RetryConfig());
    const auto word = traffic.next();
    QVERIFY(word && word->kind == Traffic::Word::Kind::Wake && word->call == CallId{7});
}

/// A person stops the one that probed: nothing is known yet, and the next one need not wait for more than that.
void WakesTest::aProbeThatSaidNothingLetsTheNextOneProbe()
{
    RetryConfig c = EngineRig::exact();
    c.attemptsPerProvider = c.maxAttempts = 1;
    c.circuitMinCalls = 1;
    c.deadline = 10min;
    EngineRig rig(c);
    rig.transport.next = [](const HttpRequest &, int) { return scripts::serverError(); };
    for (int i = 0; i < 20 && rig.count(EventKind::CircuitChanged) == 0; ++i)
        rig.call();
    QCOMPARE(rig.count(EventKind::CircuitChanged), 1);
    rig.transport.next = [](const HttpRequest &, int) { return answered(60s); };
    rig.clock.advance(rig.of(EventKind::CircuitChanged).first().openFor.value());
    const int before = int(rig.transport.requests.size());
    const CallId probe = rig.send();
    rig.clock.advance(1s);
    const CallId waits = rig.send();
    rig.clock.advance(1s);
    QCOMPARE(int(rig.transport.requests.size()), before + 1); // one probe at a time
    rig.transport.next = [](const HttpRequest &, int) { return answered(100ms); };
    rig.handler->cancel(probe);
    rig.clock.advance(0s);
    rig.clock.advance(0s);
    QCOMPARE(int(rig.transport.requests.size()), before + 2);
    rig.drain();
    QVERIFY(rig.results[waits.value].succeeded());
    rig.check();
}

void WakesTest::roomInTheLimitsEndsAWait()
{
    WaitingForRoom waiting(answered(30s, "10", "5", "300s"));
    QCOMPARE(waiting.asked(), 2);
    waiting.rig.clock.advance(29s);
    QCOMPARE(waiting.asked(), 3); // not at ten minutes
    waiting.end();
}

void WakesTest::aReleaseForgetsTheLimits()
{
    WaitingForRoom waiting(answered(200s));
    QCOMPARE(waiting.asked(), 2);
    waiting.rig.handler->release(QStringLiteral("a"));
    waiting.rig.clock.advance(1s);
    QCOMPARE(waiting.asked(), 3);
    waiting.end();
}

void WakesTest::aLargerShareEndsAWait()
{
    EngineRig rig(WaitingForRoom::config());
    const CallId call = rig.send();
    rig.drain();
    rig.handler->shareLimits(QStringLiteral("a"), {1, 2});
    rig.transport.queue = {answered(100ms, "1", "1", "600s")}; // one is left, and it is the other's
    rig.call();
    rig.send();
    rig.clock.advance(5s);
    QCOMPARE(int(rig.transport.requests.size()), 2);
    rig.handler->shareLimits(QStringLiteral("a"), {}); // which has gone
    rig.clock.advance(1s);
    QCOMPARE(int(rig.transport.requests.size()), 3);
    QVERIFY(rig.results[call.value].succeeded());
    rig.drain();
    rig.check();
}

void WakesTest::noMorePacingEndsAWait()
{
    WaitingForRoom waiting(answered(200s));
    QCOMPARE(waiting.asked(), 2);
    waiting.rig.configuration.retry.paceFromHeaders = false;
    waiting.rig.handler->configure(waiting.rig.configuration);
    waiting.rig.clock.advance(1s);
    QCOMPARE(waiting.asked(), 3);
    waiting.end();
}

SUITE_TEST(WakesTest)
#include "tst_wakes.moc"
