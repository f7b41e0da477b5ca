// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/enginerig.h"
#include "support/suite.h"
#include "words/callwords.h"

using namespace retryscope;

/// Retry budget, queues and pacing, and what a maybe-delivered attempt means.
class LoadTest : public QObject
{
    Q_OBJECT
private slots:
    void theBudgetEndsAStormOfRetries();
    void aFailoverIsNotChargedToTheBudget();
    void queuesInOrderAndVisibly();
    void aQueuedCallCanBeCancelled();
    void aQueueIsLeftWhenTheDeadlineNears();
    void aFullQueueFailsOverInTime();
    void anEmptyWindowIsWaitedOutBeforeThe429();
    void anEmptyWindowFailsOverWhereThereIsAnother();
    void pacingCanBeTurnedOff();
    void ownRequestsCountAgainstTheWindow();
    void unconfirmedDelivery_data();
    void unconfirmedDelivery();
    void oneIdempotencyKeyForAllAttemptsOfACall();

private:
    static Script answerWithLimits(const QByteArray &remaining, const QByteArray &reset)
    {
        Script s = scripts::openAiAnswer();
        s.headers = {{"x-ratelimit-limit-requests", "10"},
                     {"x-ratelimit-remaining-requests", remaining},
                     {"x-ratelimit-reset-requests", reset}};
        return s;
    }
};

void LoadTest::theBudgetEndsAStormOfRetries()
{
    RetryConfig c = EngineRig::exact();
    c.retryBudgetFloor = 5;
    c.retryBudgetRatio = 0.0;
    c.circuitMinCalls = 10'000;
    c.baseDelay = 10ms;
    c.maxConcurrent = 6;
    EngineRig rig(c);
    rig.transport.next = [](const HttpRequest &, int n) {
        return n % 8 == 1 ? scripts::serverError() : scripts::openAiAnswer();
    };
    for (int i = 0; i < 80; ++i)
        rig.call();
    QCOMPARE(rig.count(EventKind::RetryScheduled), 5); // the floor: in eight seconds less than one comes back
    QVERIFY(std::any_of(rig.results.begin(), rig.results.end(), [](const auto &row) {
        return errorText(row.second).contains(QStringLiteral("the retry budget is empty"));
    }));
    rig.clock.advance(1min);
    for (int i = 0; i < 40; ++i)
        rig.call();
    QCOMPARE(rig.count(EventKind::RetryScheduled), 10);
    rig.check();
}

void LoadTest::aFailoverIsNotChargedToTheBudget()
{
    RetryConfig c = EngineRig::exact();
    c.retryBudgetFloor = 0;
    c.retryBudgetRatio = 0.0;
    EngineRig rig(c, 2);
    rig.transport.queue = {scripts::serverError()};
    QCOMPARE(rig.call().provider, QStringLiteral("b"));
    rig.check();
}

void LoadTest::queuesInOrderAndVisibly()
{
    RetryConfig c = EngineRig::exact();
    c.maxConcurrent = 2;
    EngineRig rig(c);
    for (int i = 0; i < 6; ++i)
        rig.send();
    QCOMPARE(rig.transport.running, 2);
    QCOMPARE(rig.count(EventKind::AttemptQueued), 4);
    rig.drain();
    QVector<quint64> order;
    for (const Event &e : rig.of(EventKind::AttemptStarted))
        order << e.call.value;
    QCOMPARE(order, (QVector<quint64>{1, 2, 3, 4, 5, 6}));
    QCOMPARE(rig.results[6].duration, Duration(300ms));
    rig.check();
}

void LoadTest::aQueuedCallCanBeCancelled()
{
    RetryConfig c = EngineRig::exact();
    c.maxConcurrent = 1;
    EngineRig rig(c);
    rig.send();
    const CallId queued = rig.send();
    const CallId last = rig.send();
    rig.clock.advance(10ms);
    rig.handler->cancel(queued);
    QCOMPARE(toKey(rig.results[queued.value].outcome), QStringLiteral("cancelled"));
    rig.drain();
    QCOMPARE(rig.transport.requests.size(), 2);
    QCOMPARE(rig.results[last.value].duration, Duration(200ms));
    rig.check();
}

void LoadTest::aQueueIsLeftWhenTheDeadlineNears()
{
    RetryConfig c = EngineRig::exact();
    c.maxConcurrent = 1;
    c.deadline = 10s;
    c.minAttemptTime = 1s;
    EngineRig rig(c);
    rig.transport.queue = {scripts::silence()};
    rig.send();
    const CallId queued = rig.send();
    rig.clock.advance(9s);
    QVERIFY(rig.results.contains(queued.value));
    QVERIFY(errorText(rig.results[queued.value]).contains(QStringLiteral("no free slot before the deadline")));
    rig.drain();
    rig.check();
}

void LoadTest::aFullQueueFailsOverInTime()
{
    RetryConfig c = EngineRig::exact();
    c.maxConcurrent = 1;
    c.deadline = 10s;
    c.minAttemptTime = 1s;
    EngineRig rig(c, 2);
    rig.transport.queue = {scripts::silence()};
    rig.send();
    const CallId queued = rig.send();
    rig.clock.advance(6s);
    QVERIFY(rig.results[queued.value].succeeded());
    QCOMPARE(rig.results[queued.value].provider, QStringLiteral("b"));
    rig.drain();
    rig.check();
}

void LoadTest::anEmptyWindowIsWaitedOutBeforeThe429()
{
    EngineRig rig;
    rig.transport.queue = {answerWithLimits("0", "20s")}; // 10 requests are back after 20 s, so one after 2 s
    rig.call();
    const CallResult second = rig.call();
    QVERIFY(second.succeeded());
    QCOMPARE(rig.story(CallId{2}), (QStringList{"call_submitted", "retry_scheduled 2.0 s pacing", "attempt_started a",
                                                "attempt_finished a none", "call_finished first_try"}));
    QCOMPARE(rig.of(EventKind::AttemptFinished).first().limits.size(), 1);
    rig.check();
}

void LoadTest::anEmptyWindowFailsOverWhereThereIsAnother()
{
    EngineRig rig(EngineRig::exact(), 2);
    rig.transport.queue = {answerWithLimits("0", "20s")};
    rig.call();
    QCOMPARE(rig.call().provider, QStringLiteral("b"));
    QCOMPARE(rig.count(EventKind::RetryScheduled), 0);
    rig.clock.advance(2s);
    QCOMPARE(rig.call().provider, QStringLiteral("a"));
}

void LoadTest::pacingCanBeTurnedOff()
{
    RetryConfig c = EngineRig::exact();
    c.paceFromHeaders = false;
    EngineRig rig(c);
    rig.transport.queue = {answerWithLimits("0", "20s")};
    rig.call();
    rig.call();
    QCOMPARE(rig.count(EventKind::RetryScheduled), 0);
}

void LoadTest::ownRequestsCountAgainstTheWindow()
{
    EngineRig rig;
    rig.transport.queue = {answerWithLimits("2", "16s")}; // eight are missing: one comes back every 2 s
    rig.call();
    for (int i = 0; i < 3; ++i)
        rig.send();
    rig.clock.advance(100ms);
    QCOMPARE(rig.transport.requests.size(), 3); // two fit, the third waits
    rig.drain();
    QCOMPARE(rig.transport.requests.size(), 4);
    QCOMPARE(rig.of(EventKind::RetryScheduled).first().delaySource, DelaySource::Pacing);
    rig.check();
}

void LoadTest::unconfirmedDelivery_data()
{
    QTest::addColumn<UnconfirmedDelivery>("policy");
    QTest::addColumn<bool>("takesKey");
    QTest::addColumn<Delivery>("delivery");
    QTest::addColumn<int>("attempts");
    QTest::addColumn<int>("maybeTwice");
    QTest::newRow("repeat, and say so") << UnconfirmedDelivery::Repeat << false << Delivery::MaybeSent << 2 << 1;
    QTest::newRow("with a key") << UnconfirmedDelivery::RepeatWithKey << true << Delivery::MaybeSent << 2 << 1;
    QTest::newRow("with a key that it does not take")
        << UnconfirmedDelivery::RepeatWithKey << false << Delivery::MaybeSent << 1 << 0;
    QTest::newRow("stop") << UnconfirmedDelivery::Stop << true << Delivery::MaybeSent << 1 << 0;
    QTest::newRow("never sent is always safe") << UnconfirmedDelivery::Stop << false << Delivery::NotSent << 2 << 0;
}

void LoadTest::unconfirmedDelivery()
{
    QFETCH(UnconfirmedDelivery, policy);
    QFETCH(bool, takesKey);
    QFETCH(Delivery, delivery);
    QFETCH(int, attempts);
    QFETCH(int, maybeTwice);
    RetryConfig c = EngineRig::exact();
    c.unconfirmedDelivery = policy;
    EngineRig rig(c);
    if (takesKey) {
        rig.configuration.providers[0].idempotencyHeader = QStringLiteral("Idempotency-Key");
        rig.handler->configure(rig.configuration);
    }
    rig.transport.queue = {scripts::reset(delivery)};
    const CallResult result = rig.call();
    QCOMPARE(result.attempts, attempts);
    QCOMPARE(result.maybeTwice, maybeTwice);
    QCOMPARE(result.succeeded(), attempts == 2);
    QCOMPARE(int(rig.of(EventKind::AttemptStarted).last().maybeTwice), maybeTwice);
    rig.check();
}

void LoadTest::oneIdempotencyKeyForAllAttemptsOfACall()
{
    EngineRig rig;
    rig.configuration.providers[0].idempotencyHeader = QStringLiteral("Idempotency-Key");
    rig.handler->configure(rig.configuration);
    rig.transport.queue = {scripts::serverError()};
    rig.call();
    rig.call();
    QVector<QByteArray> keys;
    for (const HttpRequest &request : rig.transport.requests)
        keys << headerValue(request.headers, "Idempotency-Key");
    QCOMPARE(keys.size(), 3);
    QVERIFY(keys[0].size() >= 32);
    QCOMPARE(keys[0], keys[1]);
    QVERIFY(keys[1] != keys[2]);
}

SUITE_TEST(LoadTest)
#include "tst_load.moc"
