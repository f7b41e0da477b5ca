// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/enginerig.h"
#include "support/suite.h"
#include "words/callwords.h"

using namespace retryscope;

/// When the next attempt is made: backoff, jitter, hints, overrides, and the planned deadline. Exact, on virtual time.
class WaitingTest : public QObject
{
    Q_OBJECT
private slots:
    void waitsExactly_data();
    void waitsExactly();
    void obeysTheServersHint_data();
    void obeysTheServersHint();
    void aHintBeyondTheCapBlocksAndFailsOver();
    void overridesHoldForTheirReasonOnly();
    void timeouts_data();
    void timeouts();
    void keepsTimeBackForTheNextProvider();
    void aWaitThatCannotFitIsNotStarted();
    void anAttemptThatCannotFitIsNotStarted();
    void waitsForTheSoonestWhenAllAreCooling();
    void saysWhenItWouldHaveWorked();
    void silenceIsNotRepeatedOnTheSameProvider();

private:
    static QVector<double> waits(const EngineRig &rig)
    {
        QVector<double> seconds;
        for (const Event &e : rig.of(EventKind::RetryScheduled))
            seconds << toSeconds(e.delay);
        return seconds;
    }
    static RetryConfig patient()
    {
        RetryConfig c = EngineRig::exact();
        c.deadline = 1h;
        c.attemptsPerProvider = c.maxAttempts = 5;
        c.circuitMinCalls = 1000;
        return c;
    }
};

void WaitingTest::waitsExactly_data()
{
    QTest::addColumn<BackoffKind>("backoff");
    QTest::addColumn<JitterKind>("jitter");
    QTest::addColumn<QVector<double>>("seconds");
    // base 1 s, cap 5 s, factor 2, every draw 0.5, two failures
    QTest::newRow("exponential, none") << BackoffKind::Exponential << JitterKind::None << QVector<double>{1, 2};
    QTest::newRow("exponential, full") << BackoffKind::Exponential << JitterKind::Full << QVector<double>{0.5, 1};
    QTest::newRow("exponential, equal") << BackoffKind::Exponential << JitterKind::Equal << QVector<double>{0.75, 1.5};
    QTest::newRow("exponential, proportional")
        << BackoffKind::Exponential << JitterKind::Proportional << QVector<double>{0.875, 1.75};
    QTest::newRow("decorrelated") << BackoffKind::Exponential << JitterKind::Decorrelated
                                  << QVector<double>{2, 3}; // U(1,3), U(1,5)
    QTest::newRow("linear, none") << BackoffKind::Linear << JitterKind::None << QVector<double>{1, 2};
    QTest::newRow("constant, none") << BackoffKind::Constant << JitterKind::None << QVector<double>{1, 1};
}

void WaitingTest::waitsExactly()
{
    QFETCH(BackoffKind, backoff);
    QFETCH(JitterKind, jitter);
    QFETCH(QVector<double>, seconds);
    RetryConfig c = patient();
    c.backoff = backoff;
    c.jitter = jitter;
    c.maxDelay = 5s;
    EngineRig rig(c);
    rig.transport.queue = {scripts::serverError(), scripts::serverError()};
    const CallResult result = rig.call();
    QVERIFY(result.succeeded());
    QCOMPARE(waits(rig), seconds);
    const Duration expected = 300ms + fromSeconds(std::accumulate(seconds.begin(), seconds.end(), 0.0));
    QCOMPARE(result.duration, expected);
    rig.check();
}

void WaitingTest::obeysTheServersHint_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<double>("seconds");
    QTest::newRow("seconds") << QByteArray("Retry-After") << QByteArray("7") << 7.0;
    QTest::newRow("a fraction") << QByteArray("Retry-After") << QByteArray("2.5") << 2.5;
    QTest::newRow("milliseconds") << QByteArray("retry-after-ms") << QByteArray("3500") << 3.5;
    QTest::newRow("a Go duration") << QByteArray("Retry-After") << QByteArray("0m9s") << 9.0;
    QTest::newRow("shorter than the backoff") << QByteArray("Retry-After") << QByteArray("0.2") << 1.0;
    QTest::newRow("zero is no hot loop") << QByteArray("Retry-After") << QByteArray("0") << 1.0;
    QTest::newRow("negative") << QByteArray("Retry-After") << QByteArray("-30") << 1.0;
    QTest::newRow("no number") << QByteArray("Retry-After") << QByteArray("soon") << 1.0;
}

void WaitingTest::obeysTheServersHint()
{
    QFETCH(QByteArray, header);
    QFETCH(QByteArray, value);
    QFETCH(double, seconds);
    EngineRig rig(patient());
    Script limited = scripts::rateLimit();
    limited.headers.append({header, value});
    rig.transport.queue = {limited};
    QVERIFY(rig.call().succeeded());
    QCOMPARE(waits(rig), QVector<double>{seconds});
    QCOMPARE(rig.of(EventKind::RetryScheduled).first().delaySource,
             seconds > 1.0 ? DelaySource::Server : DelaySource::Backoff);
}

void WaitingTest::aHintBeyondTheCapBlocksAndFailsOver()
{
    EngineRig rig(EngineRig::exact(), 2);
    rig.transport.queue = {scripts::rateLimit("90")};
    QVERIFY(rig.call().succeeded());
    QCOMPARE(rig.story(), (QStringList{"call_submitted", "attempt_started a", "attempt_finished a rate_limit",
                                       "circuit_changed a closed>open", "failed_over a>b", "attempt_started b",
                                       "attempt_finished b none", "call_finished recovered_by_failover"}));
    QCOMPARE(rig.of(EventKind::CircuitChanged).first().openFor, std::optional<Duration>(90s));
    rig.call();
    QCOMPARE(rig.asked(2), QStringLiteral("b")); // blocked until then
    rig.clock.advance(90s);
    rig.call();
    QCOMPARE(rig.asked(3), QStringLiteral("a"));
    rig.check();
}

void WaitingTest::overridesHoldForTheirReasonOnly()
{
    RetryConfig c = patient();
    c.overrides[std::size_t(RetryReason::TemporaryFailure)] = {2, 4s, 60s};
    {
        EngineRig rig(c);
        rig.transport.next = [](const HttpRequest &, int) { return scripts::overloaded(); };
        const CallResult result = rig.call();
        QCOMPARE(result.attempts, 2);
        QCOMPARE(waits(rig), QVector<double>{4});
    }
    EngineRig rig(c);
    rig.transport.queue = {scripts::serverError(500), scripts::serverError(500)};
    QVERIFY(rig.call().succeeded());
    QCOMPARE(waits(rig), (QVector<double>{1, 2}));
}

void WaitingTest::timeouts_data()
{
    QTest::addColumn<int>("which");
    QTest::addColumn<double>("seconds");
    QTest::addColumn<QString>("rule");
    QTest::addColumn<Delivery>("delivery");
    QTest::newRow("connect") << 0 << 2.0 << "timeout:connect" << Delivery::NotSent;
    QTest::newRow("first token") << 1 << 3.001 << "timeout:first_token" << Delivery::MaybeSent;
    QTest::newRow("idle after the first token") << 2 << 4.11 << "stream:silence" << Delivery::Answered;
    QTest::newRow("whole attempt") << 3 << 5.0 << "timeout:attempt" << Delivery::MaybeSent;
}

void WaitingTest::timeouts()
{
    QFETCH(int, which);
    QFETCH(double, seconds);
    QFETCH(QString, rule);
    QFETCH(Delivery, delivery);
    RetryConfig c = EngineRig::exact();
    c.maxAttempts = which == 1 ? 2 : 1; // a late first token is left for another provider only
    c.connectTimeout = 2s;
    c.firstTokenTimeout = 3s;
    c.idleTimeout = 4s;
    c.attemptTimeout = 5s;
    EngineRig rig(c, 2);
    Script script = which == 2 ? scripts::stream({scripts::delta("a")}, false) : scripts::silence();
    if (which == 0)
        script.sent = 1h;
    rig.transport.queue = {script};
    const CallResult result = rig.call(which != 3);
    QCOMPARE(result.succeeded(), which == 1);
    const Event finished = rig.of(EventKind::AttemptFinished).first();
    QCOMPARE(toSeconds(finished.duration), seconds);
    QCOMPARE(finished.rule, rule);
    QCOMPARE(finished.delivery, delivery);
    rig.check();
}

void WaitingTest::keepsTimeBackForTheNextProvider()
{
    RetryConfig c = EngineRig::exact();
    c.deadline = 30s;
    c.attemptTimeout = 60s;
    c.failoverReserve = 10s;
    EngineRig rig(c, 2);
    rig.transport.queue = {scripts::silence(), scripts::openAiAnswer()};
    QVERIFY(rig.call().succeeded());
    QCOMPARE(rig.of(EventKind::AttemptFinished).first().duration, Duration(20s));
    QCOMPARE(rig.asked(1), QStringLiteral("b"));
    EngineRig alone(c, 1); // nothing to keep it back for
    alone.transport.queue = {scripts::silence()};
    alone.call();
    QCOMPARE(alone.of(EventKind::AttemptFinished).first().duration, Duration(30s));
}

void WaitingTest::aWaitThatCannotFitIsNotStarted()
{
    RetryConfig c = patient();
    c.deadline = 5s;
    EngineRig rig(c);
    rig.transport.queue = {scripts::rateLimit("5")};
    const CallResult result = rig.call();
    QVERIFY(!result.succeeded());
    QCOMPARE(result.duration, Duration(100ms)); // at once, not after five seconds
    QCOMPARE(result.retryIn, std::optional<Duration>(5s));
    QVERIFY(errorText(result).contains(QStringLiteral("no wait fits the deadline; the soonest is due in 5.0 s")));
    QCOMPARE(rig.count(EventKind::RetryScheduled), 0);
    rig.check();
}

void WaitingTest::anAttemptThatCannotFitIsNotStarted()
{
    RetryConfig c = patient();
    c.deadline = 3s;
    c.minAttemptTime = 2s;
    EngineRig rig(c);
    rig.transport.queue = {scripts::serverError()};
    const CallResult result = rig.call(); // 0.1 s + 1 s wait leaves 1.9 s
    QCOMPARE(result.attempts, 1);
    QCOMPARE(rig.transport.requests.size(), 1);
    rig.check();
}

void WaitingTest::waitsForTheSoonestWhenAllAreCooling()
{
    RetryConfig c = EngineRig::exact();
    c.deadline = 60s;
    EngineRig rig(c, 2);
    rig.transport.queue = {scripts::rateLimit("50"), scripts::rateLimit("40")};
    const CallResult result = rig.call();
    QVERIFY(result.succeeded());
    QCOMPARE(result.provider, QStringLiteral("b"));
    QCOMPARE(waits(rig), QVector<double>{40});
    QCOMPARE(rig.of(EventKind::RetryScheduled).first().delaySource, DelaySource::Circuit);
    rig.check();
}

void WaitingTest::saysWhenItWouldHaveWorked()
{
    RetryConfig c = EngineRig::exact();
    c.deadline = 35s;
    EngineRig rig(c, 2);
    rig.transport.queue = {scripts::rateLimit("50"), scripts::rateLimit("40")};
    const CallResult result = rig.call();
    QVERIFY(!result.succeeded());
    QCOMPARE(result.duration, Duration(200ms));
    QCOMPARE(result.retryIn, std::optional<Duration>(40s));
    const CallResult later = rig.call(); // and so does a call that asks nobody
    QCOMPARE(later.attempts, 0);
    QCOMPARE(toKey(later.reason), QStringLiteral("rate_limit"));
    QVERIFY(later.retryIn && *later.retryIn <= 40s);
    QCOMPARE(rig.transport.requests.size(), 2);
    rig.check();
}

void WaitingTest::silenceIsNotRepeatedOnTheSameProvider()
{
    RetryConfig c = EngineRig::exact();
    c.attemptTimeout = 5s;
    EngineRig rig(c, 2);
    rig.transport.queue = {scripts::silence(), scripts::openAiAnswer()};
    const CallResult result = rig.call();
    QVERIFY(result.succeeded());
    QCOMPARE(rig.story(), (QStringList{"call_submitted", "attempt_started a", "attempt_finished a network_timeout",
                                       "failed_over a>b", "attempt_started b", "attempt_finished b none",
                                       "call_finished recovered_by_failover"}));
    QCOMPARE(result.maybeTwice, 1);
    rig.check();
}

SUITE_TEST(WaitingTest)
#include "tst_waiting.moc"
