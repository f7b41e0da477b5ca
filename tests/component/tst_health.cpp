// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/enginerig.h"
#include "support/suite.h"

using namespace retryscope;

/// Circuits in the life of calls: what they block, how they recover, and that a probe is one.
class HealthTest : public QObject
{
    Q_OBJECT
private slots:
    void aMissingModelBlocksThatModelOnly();
    void aUsedUpQuotaBlocksTheAccountAndNoMore();
    void theCallersOwnMistakesNeverCount();
    void opensAfterThreeFailuresInARow();
    void anotherServerBehindTheNameBeginsAnew();
    void whatAnotherServerSaysHoldsNobody_data();
    void whatAnotherServerSaysHoldsNobody();
    void aCallOfAFormerServerReadsNoCircuitOfTheNewOne();
    void aHoldByHandOutlivesItsServer();
    void whoIsTakenOutLeavesNothingOpen();
    void exactlyOneProbeAndTheRestWaitForIt();
    void aCancelledProbeDecidesNothing();
    void openTimeGrowsAndIsBounded();
    void isolatedByHandUntilReleased();
    void slowIsDegradedAndNotBroken();
    void concurrencyRampsUpAfterAnOutage();
    void anActiveProbeClosesWhatFailuresOpened();
    void anActiveProbeNeverLiftsAQuotaBlock();
    void probesByTimerOnlyWhenAskedTo();
    void aProbeOfAnotherServerProvesNothing();
    void queuedCallsGoElsewhereWhenTheCircuitOpens();

private:
    static RetryConfig once()
    {
        RetryConfig c = EngineRig::exact();
        c.maxAttempts = 1;
        return c;
    }
    static void breakCircuit(EngineRig &rig)
    {
        rig.transport.queue = {scripts::serverError(), scripts::serverError(), scripts::serverError()};
        for (int i = 0; i < 3; ++i)
            rig.call();
    }
    static CircuitState stateOf(const EngineRig &rig) { return rig.handler->providers().healthStatus().front().state; }
};

void HealthTest::aMissingModelBlocksThatModelOnly()
{
    EngineRig rig(EngineRig::exact(), 2);
    rig.transport.next = [](const HttpRequest &r, int) {
        return r.body.contains("gone") && r.url.host().startsWith(u'a') ? scripts::modelMissing()
                                                                        : scripts::openAiAnswer();
    };
    QCOMPARE(rig.call(false, {}, QStringLiteral("gone")).provider, QStringLiteral("b"));
    QCOMPARE(rig.asked(0), QStringLiteral("a"));
    rig.call(false, {}, QStringLiteral("gone"));
    QCOMPARE(rig.asked(2), QStringLiteral("b")); // not asked again
    rig.call();
    QCOMPARE(rig.asked(3), QStringLiteral("a")); // the other model is untouched
    const Event change = rig.of(EventKind::CircuitChanged).first();
    QCOMPARE(change.scope, Scope::Model);
    QCOMPARE(change.model, QStringLiteral("gone"));
    rig.check();
}

void HealthTest::aUsedUpQuotaBlocksTheAccountAndNoMore()
{
    EngineRig rig(EngineRig::exact(), 3);
    rig.configuration.providers[0].account = rig.configuration.providers[1].account = QStringLiteral("shared");
    rig.handler->configure(rig.configuration);
    rig.transport.queue = {scripts::quotaUsedUp()};
    QCOMPARE(rig.call().provider, QStringLiteral("c")); // b has the same account
    QCOMPARE(rig.asked(1), QStringLiteral("c"));
    QCOMPARE(rig.of(EventKind::CircuitChanged).first().scope, Scope::Account);
    QCOMPARE(rig.handler->providers().healthStatus()[2].state, CircuitState::Closed);
    rig.clock.advance(16min); // quota without a word about its reset
    QCOMPARE(rig.call().provider, QStringLiteral("a"));
    rig.check();
}

void HealthTest::theCallersOwnMistakesNeverCount()
{
    EngineRig rig(once());
    rig.transport.next = [](const HttpRequest &, int) { return scripts::badRequest(); };
    for (int i = 0; i < 50; ++i)
        QCOMPARE(toKey(rig.call().reason), QStringLiteral("invalid_request"));
    QCOMPARE(stateOf(rig), CircuitState::Closed);
    QCOMPARE(rig.transport.requests.size(), 50);
}

void HealthTest::opensAfterThreeFailuresInARow()
{
    EngineRig rig(once());
    breakCircuit(rig);
    QCOMPARE(stateOf(rig), CircuitState::Open);
    QCOMPARE(rig.of(EventKind::CircuitChanged).last().openFor, std::optional<Duration>(15s));
    rig.check();
}

/// Whose address was wrong is asked at the right one at once; who was sent before keeps its own, and what it meets there says
/// nothing about the new one.
void HealthTest::anotherServerBehindTheNameBeginsAnew()
{
    EngineRig rig(once());
    breakCircuit(rig);
    for (int i = 0; i < 20; ++i)
        rig.send(); // wait
    rig.clock.advance(1s);
    QCOMPARE(rig.transport.requests.size(), 3);
    rig.configuration.retry.baseDelay = 2s; // no other server
    rig.handler->configure(rig.configuration);
    QCOMPARE(stateOf(rig), CircuitState::Open);
    rig.transport.next = [](const HttpRequest &r, int) {
        return r.url.host() == QLatin1String("right.test") ? scripts::openAiAnswer() : scripts::serverError();
    };
    rig.configuration.providers[0].baseUrl = QUrl(QStringLiteral("http://right.test/v1"));
    rig.handler->configure(rig.configuration);
    QCOMPARE(stateOf(rig), CircuitState::Closed);
    const Event change = rig.of(EventKind::CircuitChanged).last();
    QCOMPARE(change.circuitFrom, CircuitState::Open);
    QCOMPARE(change.circuitTo, CircuitState::Closed);
    QCOMPARE(change.model, QStringLiteral("m"));
    const CallId late = rig.send();
    rig.drain();
    QCOMPARE(rig.transport.requests.size(), 24); // all at once
    QVERIFY(rig.results[late.value].succeeded());
    QCOMPARE(stateOf(rig), CircuitState::Closed);
    QVERIFY(rig.call().succeeded());
    rig.check();
}

void HealthTest::whatAnotherServerSaysHoldsNobody_data()
{
    QTest::addColumn<Script>("said");
    QTest::addColumn<int>("asksAgainAfter"); // s, at its own server; -1: not at all
    QTest::addRow("a wait") << scripts::rateLimit("20") << 20;
    QTest::addRow("a long wait") << scripts::rateLimit("900") << -1;
    QTest::addRow("a used up quota") << scripts::quotaUsedUp() << -1;
    QTest::addRow("a missing model") << scripts::modelMissing() << -1;
    QTest::addRow("an empty limit") << scripts::reply(429, R"({"error":{"message":"slow down","type":"requests"}})",
                                                      {{"x-ratelimit-limit-requests", "6"}, // one each 20 s
                                                       {"x-ratelimit-remaining-requests", "0"},
                                                       {"x-ratelimit-reset-requests", "120s"}})
                                    << 20;
    QTest::addRow("an answer that used the limit up")
        << scripts::reply(200, scripts::openAiAnswer().data.constFirst().second,
                          {{"x-ratelimit-limit-requests", "60"},
                           {"x-ratelimit-remaining-requests", "0"},
                           {"x-ratelimit-reset-requests", "20s"}})
        << -1;
}

/// A call that goes on at the server that its provider had, in an attempt that ends, or begins, after the change.
void HealthTest::whatAnotherServerSaysHoldsNobody()
{
    QFETCH(Script, said);
    QFETCH(int, asksAgainAfter);
    for (const bool begins : {false, true}) {
        EngineRig rig;
        int old = 0;
        rig.transport.next = [&](const HttpRequest &r, int) {
            if (r.url.host() == QLatin1String("right.test"))
                return scripts::openAiAnswer();
            ++old;
            return begins && old == 1        ? scripts::serverError()
                   : old == (begins ? 2 : 1) ? said
                                             : scripts::openAiAnswer();
        };
        rig.send();
        rig.clock.advance(begins ? 500ms : 10ms); // it waits, or its attempt runs
        rig.configuration.providers[0].baseUrl = QUrl(QStringLiteral("http://right.test/v1"));
        rig.handler->configure(rig.configuration);
        rig.clock.advance(5s);
        QVERIFY(rig.handler->learned().isEmpty());
        const CallId late = rig.send();
        rig.clock.advance(1s);
        QVERIFY(rig.results[late.value].succeeded());
        QCOMPARE(rig.results[late.value].attempts, 1);
        for (const Event &e : rig.of(EventKind::AttemptFinished)) {
            if (e.call == late || (begins && e.attempt == 1))
                continue; // that one before the change
            QCOMPARE(e.health, HealthSignal::Ignored);
            QVERIFY(e.limits.empty());
        }
        rig.drain();
        QCOMPARE(old, (begins ? 2 : 1) + (asksAgainAfter >= 0));
        QVERIFY(rig.results[1].duration >= asksAgainAfter * 1s);
        rig.check();
    }
}

/// Neither waits for the new server's circuit, nor is its probe; a hold by hand is a person's, and holds.
void HealthTest::aCallOfAFormerServerReadsNoCircuitOfTheNewOne()
{
    for (const CircuitState state : {CircuitState::Open, CircuitState::HalfOpen, CircuitState::Isolated}) {
        RetryConfig c = EngineRig::exact();
        c.circuitOpenTime = state == CircuitState::HalfOpen ? 10s : 40s; // a probe is due before the call asks again, or not
        EngineRig rig(c);
        int old = 0;
        rig.transport.next = [&](const HttpRequest &r, int) {
            return r.url.host() == QLatin1String("right.test") ? scripts::serverError()
                   : ++old == 1                                ? scripts::rateLimit("20")
                                                               : scripts::openAiAnswer();
        };
        const CallId bound = rig.send();
        rig.clock.advance(100ms);
        rig.configuration.providers[0].baseUrl = QUrl(QStringLiteral("http://right.test/v1"));
        rig.configuration.retry.maxAttempts = 1;
        rig.handler->configure(rig.configuration);
        const bool isHeld = state == CircuitState::Isolated;
        if (isHeld)
            rig.handler->isolate(QStringLiteral("a"));
        for (int i = 0; i < (isHeld ? 0 : 3); ++i) {
            rig.send();
            rig.clock.advance(100ms);
        }
        QCOMPARE(stateOf(rig), isHeld ? CircuitState::Isolated : CircuitState::Open);
        rig.clock.advance(21s);
        QCOMPARE(old, isHeld ? 1 : 2);
        QCOMPARE(rig.results.contains(bound.value) && rig.results.at(bound.value).succeeded(), !isHeld);
        QCOMPARE(stateOf(rig), isHeld ? CircuitState::Isolated : CircuitState::Open); // it proved nothing
        rig.drain();
        rig.check();
    }
}

void HealthTest::aHoldByHandOutlivesItsServer()
{
    EngineRig rig(once(), 2);
    rig.handler->isolate(QStringLiteral("a"));
    const auto told = rig.count(EventKind::CircuitChanged);
    rig.configuration.providers[0].baseUrl = QUrl(QStringLiteral("http://right.test/v1"));
    rig.handler->configure(rig.configuration);
    QCOMPARE(stateOf(rig), CircuitState::Isolated);
    QCOMPARE(rig.count(EventKind::CircuitChanged), told);
    QCOMPARE(rig.call().provider, QStringLiteral("b"));
    rig.handler->release(QStringLiteral("a"));
    QCOMPARE(rig.call().provider, QStringLiteral("a"));
    rig.check();
}

/// What is recorded of it ends, also a hold; put in again it begins anew.
void HealthTest::whoIsTakenOutLeavesNothingOpen()
{
    EngineRig rig(once(), 3);
    rig.handler->isolate(QStringLiteral("b"));
    breakCircuit(rig);
    QCOMPARE(stateOf(rig), CircuitState::Open);
    const Configuration whole = rig.configuration;
    rig.configuration.providers[1].enabled = false;
    rig.configuration.providers.removeFirst();
    rig.handler->configure(rig.configuration);
    QHash<ProviderId, CircuitState> recorded;
    for (const Event &e : rig.of(EventKind::CircuitChanged))
        recorded[e.provider] = e.circuitTo;
    QCOMPARE(recorded.value(QStringLiteral("a"), CircuitState::Open), CircuitState::Closed);
    rig.configuration = whole;
    rig.handler->configure(rig.configuration);
    QCOMPARE(rig.call().provider, QStringLiteral("a"));
    rig.check();
}

void HealthTest::exactlyOneProbeAndTheRestWaitForIt()
{
    EngineRig rig(once());
    breakCircuit(rig);
    rig.clock.advance(10s);
    for (int i = 0; i < 200; ++i)
        rig.send();
    QCOMPARE(rig.transport.requests.size(), 3); // all wait for the probe time
    rig.clock.advance(5s);
    QCOMPARE(rig.transport.requests.size(), 4);
    rig.clock.advance(50ms);
    QCOMPARE(rig.transport.running, 1); // the probe, and nobody beside it
    rig.drain();
    QCOMPARE(rig.transport.requests.size(), 203);
    QCOMPARE(stateOf(rig), CircuitState::Closed);
    for (const auto &[id, result] : rig.results)
        QVERIFY(id <= 3 || result.succeeded());
    rig.check();
}

void HealthTest::aCancelledProbeDecidesNothing()
{
    EngineRig rig(once());
    breakCircuit(rig);
    rig.clock.advance(15s);
    rig.transport.queue = {scripts::silence()};
    const CallId probe = rig.send();
    const CallId waiting = rig.send();
    rig.clock.advance(1s);
    QCOMPARE(stateOf(rig), CircuitState::HalfOpen);
    rig.handler->cancel(probe);
    QCOMPARE(stateOf(rig), CircuitState::HalfOpen);
    rig.drain();
    QVERIFY(rig.results[waiting.value].succeeded()); // it became the next probe, at once
    QCOMPARE(rig.results[waiting.value].duration, Duration(1s + 100ms));
    QCOMPARE(stateOf(rig), CircuitState::Closed);
    rig.check();
}

void HealthTest::openTimeGrowsAndIsBounded()
{
    RetryConfig c = once();
    c.circuitMaxOpenTime = 100s;
    EngineRig rig(c);
    rig.transport.next = [](const HttpRequest &, int) { return scripts::serverError(); };
    for (int i = 0; i < 3; ++i)
        rig.call();
    for (int i = 0; i < 4; ++i) {
        rig.clock.advance(*rig.of(EventKind::CircuitChanged).last().openFor);
        rig.call();
    }
    QVector<double> openTimes;
    for (const Event &e : rig.of(EventKind::CircuitChanged)) {
        if (e.circuitTo == CircuitState::Open)
            openTimes << toSeconds(*e.openFor);
    }
    QCOMPARE(openTimes, (QVector<double>{15, 30, 60, 100, 100}));
}

void HealthTest::isolatedByHandUntilReleased()
{
    EngineRig rig(EngineRig::exact(), 2);
    rig.handler->isolate(QStringLiteral("a"));
    rig.handler->isolate(QStringLiteral("b"));
    rig.clock.advance(24h);
    const CallResult refused = rig.call();
    QVERIFY(!refused.succeeded() && refused.attempts == 0 && !refused.retryIn);
    rig.handler->release(QStringLiteral("b"));
    QCOMPARE(rig.call().provider, QStringLiteral("b"));
    QCOMPARE(rig.handler->providers().healthStatus().front().state, CircuitState::Isolated);
    rig.check();
}

void HealthTest::slowIsDegradedAndNotBroken()
{
    RetryConfig c = once();
    c.slowAfter = 2s;
    EngineRig rig(c);
    rig.transport.next = [](const HttpRequest &, int n) { return scripts::openAiAnswer("hi", n <= 5 ? 3s : 100ms); };
    for (int i = 0; i < 5; ++i)
        QVERIFY(rig.call().succeeded());
    QCOMPARE(rig.count(EventKind::DegradedChanged), 1);
    QVERIFY(rig.of(EventKind::DegradedChanged).first().degraded);
    QVERIFY(rig.handler->providers().healthStatus().front().degraded);
    QCOMPARE(stateOf(rig), CircuitState::Closed);
    for (int i = 0; i < 6; ++i)
        rig.call();
    QCOMPARE(rig.count(EventKind::DegradedChanged), 2);
    QVERIFY(!rig.of(EventKind::DegradedChanged).last().degraded);
}

void HealthTest::concurrencyRampsUpAfterAnOutage()
{
    RetryConfig config = once();
    config.maxConcurrent = 6;
    EngineRig rig(config);
    breakCircuit(rig);
    rig.clock.advance(15s);
    for (int i = 0; i < 30; ++i)
        rig.send();
    QVector<int> atOnce;
    while (rig.handler->runningCalls() > 0) {
        rig.clock.advance(99ms);
        atOnce << rig.transport.running;
        rig.clock.advance(1ms);
    }
    QCOMPARE(atOnce.mid(0, 4), (QVector<int>{1, 2, 4, 6})); // one more for each success, up to max_concurrent
    rig.check();
}

void HealthTest::anActiveProbeClosesWhatFailuresOpened()
{
    EngineRig rig(once());
    breakCircuit(rig);
    rig.transport.queue = {scripts::reply(200, R"({"data":[]})")};
    rig.handler->probe(QStringLiteral("a"));
    rig.handler->probe(QStringLiteral("a")); // one at a time
    rig.clock.advance(1s);
    QCOMPARE(rig.transport.requests.size(), 4);
    QCOMPARE(rig.transport.requests.last().method, QByteArray("GET"));
    QCOMPARE(rig.transport.requests.last().url.path(), QStringLiteral("/v1/models"));
    QCOMPARE(stateOf(rig), CircuitState::Closed);
    QCOMPARE(rig.count(EventKind::ProbeFinished), 1);
    rig.check();
}

void HealthTest::anActiveProbeNeverLiftsAQuotaBlock()
{
    EngineRig rig(once());
    rig.transport.queue = {scripts::quotaUsedUp()};
    rig.call();
    QCOMPARE(stateOf(rig), CircuitState::Open);
    rig.handler->probe(QStringLiteral("a"));
    rig.clock.advance(1s);
    QCOMPARE(rig.count(EventKind::ProbeFinished), 1);
    QCOMPARE(stateOf(rig), CircuitState::Open);
    QVERIFY(!rig.call().succeeded());
    rig.check();
}

void HealthTest::probesByTimerOnlyWhenAskedTo()
{
    RetryConfig c = once();
    c.probeInterval = 4s;
    EngineRig rig(c);
    rig.clock.advance(1min);
    QCOMPARE(rig.transport.requests.size(), 0); // a closed circuit is not probed
    breakCircuit(rig);
    rig.transport.next = [](const HttpRequest &r, int) {
        return r.method == "GET" ? scripts::reply(200, "{}") : scripts::openAiAnswer();
    };
    rig.clock.advance(5s);
    QCOMPARE(stateOf(rig), CircuitState::HalfOpen); // the list came: one caller may try
    QVERIFY(rig.call().succeeded());
    QCOMPARE(stateOf(rig), CircuitState::Closed);
}

void HealthTest::aProbeOfAnotherServerProvesNothing()
{
    RetryConfig c = once();
    c.probeInterval = 4s;
    EngineRig rig(c);
    breakCircuit(rig);
    rig.transport.next = [](const HttpRequest &r, int) {
        return r.method == "GET" && r.url.host() == QLatin1String("a.test") ? scripts::reply(200, "{}", {}, 2s)
                                                                            : scripts::serverError();
    };
    while (rig.transport.requests.size() == 3)
        QVERIFY(rig.clock.advanceToNext());
    QCOMPARE(rig.transport.requests.last().method, QByteArray("GET"));
    rig.configuration.providers[0].baseUrl = QUrl(QStringLiteral("http://right.test/v1"));
    rig.handler->configure(rig.configuration);
    for (int i = 0; i < 3; ++i)
        rig.call();
    QCOMPARE(stateOf(rig), CircuitState::Open);
    rig.clock.advance(2s);
    QCOMPARE(rig.of(EventKind::ProbeFinished).last().health, HealthSignal::Ignored);
    QCOMPARE(stateOf(rig), CircuitState::Open);
}

void HealthTest::queuedCallsGoElsewhereWhenTheCircuitOpens()
{
    RetryConfig c = EngineRig::exact();
    c.maxConcurrent = 3;
    c.attemptsPerProvider = 1;
    c.maxAttempts = 2;
    EngineRig rig(c, 2);
    rig.transport.next = [](const HttpRequest &r, int) {
        return r.url.host().startsWith(u'a') ? scripts::serverError() : scripts::openAiAnswer();
    };
    for (int i = 0; i < 20; ++i)
        rig.send();
    QCOMPARE(rig.count(EventKind::AttemptQueued), 17);
    rig.drain();
    int askedA = 0;
    for (int i = 0; i < rig.transport.requests.size(); ++i)
        askedA += rig.asked(i) == QLatin1String("a");
    QCOMPARE(askedA, 3); // three failures opened the circuit, and the queue did not queue for it any longer
    for (const auto &[id, result] : rig.results)
        QVERIFY(result.succeeded());
    rig.check();
}

SUITE_TEST(HealthTest)
#include "tst_health.moc"
