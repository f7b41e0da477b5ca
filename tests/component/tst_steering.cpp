// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/enginerig.h"
#include "support/suite.h"
#include "words/callstory.h"
#include "words/steeringwords.h"

using namespace retryscope;

/// What a person does with a call that runs: Try now and Fail over now, in every state that it can be in.
class SteeringTest : public QObject
{
    Q_OBJECT
private slots:
    void tryNowEndsTheWait_data();
    void tryNowEndsTheWait();
    void failOverNowAsksTheNext_data();
    void failOverNowAsksTheNext();
    void whatCannotBeDoneChangesNothing_data();
    void whatCannotBeDoneChangesNothing();
    void anAttemptThatIsLeftSaysNothingOfItsProvider();
    void anAttemptThatIsLeftMayHaveBeenDelivered();
    void theChainIsGoneRound();
    void anotherCallsProbeIsNotDoubled();
    void aProbeByHandClosesTheCircuit();
    void randomHandsKeepTheGrammar();

private:
    static QStringList rules(const EngineRig &rig, EventKind kind)
    {
        QStringList all;
        for (const Event &e : rig.of(kind)) {
            if (!e.rule.isEmpty())
                all << e.rule;
        }
        return all;
    }
    static Script paced()
    {
        Script script = scripts::openAiAnswer();
        script.headers = {{"x-ratelimit-limit-requests", "10"},
                          {"x-ratelimit-remaining-requests", "0"},
                          {"x-ratelimit-reset-requests", "300s"}};
        return script;
    }
};

void SteeringTest::tryNowEndsTheWait_data()
{
    QTest::addColumn<QString>("state");
    QTest::addColumn<int>("providers");
    QTest::addColumn<QString>("asked");
    QTest::newRow("a backoff") << "backoff" << 1 << "a";
    QTest::newRow("a backoff, with another provider there") << "backoff" << 2 << "a";
    QTest::newRow("a server's hint") << "hint" << 1 << "a";
    QTest::newRow("blocked until later, the soonest is asked") << "blocked" << 2 << "b";
    QTest::newRow("open circuits") << "open" << 1 << "a";
    QTest::newRow("a limit that is known to be empty") << "pacing" << 1 << "a";
}

void SteeringTest::tryNowEndsTheWait()
{
    QFETCH(QString, state);
    QFETCH(int, providers);
    QFETCH(QString, asked);
    EngineRig rig(EngineRig::exact(), providers);
    auto &queue = rig.transport.queue;
    if (state == QLatin1String("backoff"))
        queue = {scripts::serverError()};
    else if (state == QLatin1String("hint"))
        queue = {scripts::rateLimit("20")};
    else if (state == QLatin1String("blocked"))
        queue = {scripts::rateLimit("50"), scripts::rateLimit("40")};
    else if (state == QLatin1String("pacing"))
        queue = {paced()};
    if (state == QLatin1String("pacing"))
        rig.call();
    if (state == QLatin1String("open")) {
        queue = {scripts::serverError(), scripts::serverError(), scripts::serverError()};
        for (int i = 0; i < 3; ++i) {
            rig.send();
            rig.clock.advance(150ms);
        }
        rig.handler->cancelAll();
    }
    const CallId call = rig.send();
    rig.clock.advance(500ms);
    QVERIFY2(rig.story(call).last().startsWith(QLatin1String("retry_scheduled")), qPrintable(rig.story(call).last()));
    const qsizetype before = rig.transport.requests.size();
    const SteadyTime now = rig.clock.now();
    QCOMPARE(rig.handler->tryNow(call), SteeringRefusal::None);
    QCOMPARE(rig.transport.requests.size(), before + 1); // at once
    QCOMPARE(rig.asked(int(before)), asked);
    QCOMPARE(rig.of(EventKind::AttemptStarted).last().at, now);
    QVERIFY(rules(rig, EventKind::AttemptStarted).contains(latin1(triedByHand))
            || rules(rig, EventKind::FailedOver).contains(latin1(triedByHand)));
    rig.drain();
    QVERIFY(rig.results[call.value].succeeded());
    QCOMPARE(rig.transport.requests.size(), before + 1); // the wait that was ended asks nobody any more
    rig.clock.advance(1h);
    QCOMPARE(rig.transport.requests.size(), before + 1);
    rig.check();
}

void SteeringTest::failOverNowAsksTheNext_data()
{
    QTest::addColumn<QString>("state");
    QTest::addColumn<QStringList>("story"); // from the failover on
    const QStringList end{"attempt_started b", "attempt_finished b none", "call_finished recovered_by_failover"};
    QTest::newRow("a backoff") << "backoff" << QStringList{"failed_over a>b"} + end;
    QTest::newRow("connecting") << "connecting"
                                << QStringList{"attempt_finished a cancelled", "failed_over a>b"} + end;
    QTest::newRow("no head yet") << "silence" << QStringList{"attempt_finished a cancelled", "failed_over a>b"} + end;
    QTest::newRow("a stream that is held back")
        << "held"
        << QStringList{"attempt_finished a cancelled", "failed_over a>b", "attempt_started b", "first_token",
                       "attempt_finished b none", "call_finished recovered_by_failover"};
    QTest::newRow("queued for a slot")
        << "queue"
        << QStringList{"provider_skipped", "attempt_started b", "attempt_finished b none", "call_finished second_choice"};
}

void SteeringTest::failOverNowAsksTheNext()
{
    QFETCH(QString, state);
    QFETCH(QStringList, story);
    RetryConfig c = EngineRig::exact();
    if (state == QLatin1String("queue"))
        c.maxConcurrent = 1;
    if (state == QLatin1String("held"))
        c.streamMode = StreamMode::CompleteAnswer;
    EngineRig rig(c, 2);
    auto &queue = rig.transport.queue;
    if (state == QLatin1String("backoff"))
        queue = {scripts::serverError()};
    else if (state == QLatin1String("held"))
        queue = {scripts::stream({scripts::delta("one ")}, false),
                 scripts::stream({scripts::delta("two"), scripts::finishReason(), scripts::done()})};
    else
        queue = {scripts::silence()};
    if (state == QLatin1String("connecting"))
        queue.front().sent = 1h;
    CallId first;
    if (state == QLatin1String("queue"))
        first = rig.send();
    const CallId call = rig.send(state == QLatin1String("held"));
    rig.clock.advance(200ms);
    const qsizetype told = rig.story(call).size();
    QCOMPARE(rig.handler->failOverNow(call), SteeringRefusal::None);
    QCOMPARE(rig.asked(int(rig.transport.requests.size()) - 1), QStringLiteral("b"));
    rig.clock.advance(1s);
    QCOMPARE(rig.story(call).mid(told), story);
    QVERIFY(rules(rig, EventKind::FailedOver).contains(latin1(failedOverByHand))
            || rules(rig, EventKind::AttemptStarted).contains(latin1(failedOverByHand)));
    if (first)
        rig.handler->cancel(first);
    rig.drain();
    rig.check();
}

void SteeringTest::whatCannotBeDoneChangesNothing_data()
{
    QTest::addColumn<QString>("state");
    QTest::addColumn<Steering>("wish");
    QTest::addColumn<SteeringRefusal>("refusal");
    QTest::newRow("try now: running") << "silence" << Steering::TryNow << SteeringRefusal::NotWaiting;
    QTest::newRow("try now: isolated meanwhile") << "isolated" << Steering::TryNow << SteeringRefusal::Isolated;
    QTest::newRow("try now: ended") << "ended" << Steering::TryNow << SteeringRefusal::CallEnded;
    QTest::newRow("fail over: ended") << "ended" << Steering::FailOverNow << SteeringRefusal::CallEnded;
    QTest::newRow("fail over: nobody else") << "backoff" << Steering::FailOverNow << SteeringRefusal::NobodyElse;
    QTest::newRow("fail over: content shown") << "shown" << Steering::FailOverNow << SteeringRefusal::ContentShown;
    QTest::newRow("fail over: delivered, and not to be repeated")
        << "stop" << Steering::FailOverNow << SteeringRefusal::MaybeDelivered;
    QTest::newRow("fail over: the last attempt") << "last" << Steering::FailOverNow << SteeringRefusal::AttemptsUsedUp;
}

void SteeringTest::whatCannotBeDoneChangesNothing()
{
    QFETCH(QString, state);
    QFETCH(Steering, wish);
    QFETCH(SteeringRefusal, refusal);
    RetryConfig c = EngineRig::exact();
    if (state == QLatin1String("stop"))
        c.unconfirmedDelivery = UnconfirmedDelivery::Stop;
    if (state == QLatin1String("last"))
        c.maxAttempts = 1;
    const bool alone = state == QLatin1String("backoff") || state == QLatin1String("isolated");
    EngineRig rig(c, alone ? 1 : 2);
    auto &queue = rig.transport.queue;
    if (alone)
        queue = {scripts::serverError()};
    else if (state == QLatin1String("shown"))
        queue = {scripts::stream({scripts::delta("one ")}, false)};
    else if (state != QLatin1String("ended"))
        queue = {scripts::silence()};
    const CallId call = rig.send(state == QLatin1String("shown"));
    rig.clock.advance(200ms);
    if (state == QLatin1String("isolated"))
        rig.handler->isolate(QStringLiteral("a"));
    const Events before = rig.events;
    const qsizetype requests = rig.transport.requests.size();
    const int running = rig.transport.running;
    QCOMPARE(wish == Steering::TryNow ? rig.handler->tryNow(call) : rig.handler->failOverNow(call), refusal);
    QCOMPARE(rig.events.size(), before.size());
    QCOMPARE(rig.transport.requests.size(), requests);
    QCOMPARE(rig.transport.running, running);
    QVERIFY(!steeringText(wish, refusal).isEmpty());
    rig.handler->cancelAll();
    rig.drain();
    rig.check();
}

/// A person's impatience opens no circuit and starts no incident, however often.
void SteeringTest::anAttemptThatIsLeftSaysNothingOfItsProvider()
{
    EngineRig rig(EngineRig::exact(), 2);
    rig.transport.next = [](const HttpRequest &request, int) {
        return request.url.host().startsWith(QLatin1Char('a')) ? scripts::silence() : scripts::openAiAnswer();
    };
    for (int i = 0; i < 12; ++i) {
        const CallId call = rig.send();
        rig.clock.advance(100ms);
        QCOMPARE(rig.handler->failOverNow(call), SteeringRefusal::None);
        rig.clock.advance(1s);
        QVERIFY(rig.results[call.value].succeeded());
    }
    QCOMPARE(rig.count(EventKind::CircuitChanged), 0);
    for (const Event &e : rig.of(EventKind::AttemptFinished)) {
        if (e.provider == QLatin1String("a"))
            QCOMPARE(int(e.health), int(HealthSignal::Ignored));
    }
    QCOMPARE(rig.handler->providers().healthStatus().front().failures, 0);
    rig.check();
}

void SteeringTest::anAttemptThatIsLeftMayHaveBeenDelivered()
{
    for (const bool sent : {false, true}) {
        EngineRig rig(EngineRig::exact(), 2);
        rig.transport.queue = {scripts::silence()};
        if (!sent)
            rig.transport.queue.front().sent = 1h;
        const CallId call = rig.send();
        rig.clock.advance(200ms);
        QCOMPARE(rig.handler->failOverNow(call), SteeringRefusal::None);
        rig.drain();
        QCOMPARE(rig.results[call.value].maybeTwice, sent ? 1 : 0);
        QVERIFY(rig.results[call.value].succeeded());
        const QString text = toText(tellStory(rig.events));
        QVERIFY2(text.contains(QStringLiteral("1. a was left by hand after 200 ms.")), qPrintable(text));
        QVERIFY2(text.contains(QStringLiteral("Goes from a to b, by hand.")), qPrintable(text));
        rig.check();
    }
}

void SteeringTest::theChainIsGoneRound()
{
    RetryConfig c = EngineRig::exact();
    c.maxAttempts = 5;
    c.attemptsPerProvider = 2;
    EngineRig rig(c, 3);
    rig.transport.next = [](const HttpRequest &, int) { return scripts::silence(); };
    const CallId call = rig.send();
    QStringList asked{QStringLiteral("a")};
    for (int i = 0; i < 4; ++i) {
        rig.clock.advance(100ms);
        QCOMPARE(rig.handler->failOverNow(call), SteeringRefusal::None);
        asked << rig.asked(int(rig.transport.requests.size()) - 1);
    }
    QCOMPARE(asked, (QStringList{"a", "b", "c", "a", "b"}));
    QCOMPARE(rig.handler->failOverNow(call), SteeringRefusal::AttemptsUsedUp);
    rig.handler->cancel(call);
    rig.check();
}

void SteeringTest::anotherCallsProbeIsNotDoubled()
{
    EngineRig rig;
    rig.transport.queue = {scripts::serverError(), scripts::serverError(), scripts::serverError()};
    for (int i = 0; i < 3; ++i) {
        rig.send();
        rig.clock.advance(150ms);
    }
    rig.handler->cancelAll();
    rig.clock.advance(15s);
    rig.transport.queue = {scripts::silence()};
    rig.send(); // probes
    const CallId call = rig.send();
    rig.clock.advance(200ms);
    const qsizetype before = rig.transport.requests.size();
    QCOMPARE(rig.handler->tryNow(call), SteeringRefusal::Probing);
    QCOMPARE(rig.transport.requests.size(), before);
    rig.handler->cancelAll();
    rig.check();
}

void SteeringTest::aProbeByHandClosesTheCircuit()
{
    EngineRig rig;
    rig.transport.queue = {scripts::quotaUsedUp()};
    rig.call();
    QVERIFY(!rig.handler->providers().availability({"a", "m", {}}, rig.clock.now()).now);
    RetryConfig c = EngineRig::exact();
    c.deadline = 1h; // the block of a quarter of an hour fits
    rig.configuration.retry = c;
    rig.handler->configure(rig.configuration);
    const CallId call = rig.send();
    rig.clock.advance(1s);
    QVERIFY(!rig.results.contains(call.value));
    QCOMPARE(rig.handler->tryNow(call), SteeringRefusal::None);
    rig.drain();
    QVERIFY(rig.results[call.value].succeeded());
    QVERIFY(rig.handler->providers().availability({"a", "m", {}}, rig.clock.now()).now);
    rig.check();
}

/// Seeded traffic with hands in it, at any moment.
void SteeringTest::randomHandsKeepTheGrammar()
{
    int done = 0;
    for (quint64 seed = 1; seed <= 60; ++seed) {
        SeededRandom dice(seed);
        const auto pick = [&dice](int n) { return int(dice.uniform() * n); };
        RetryConfig c;
        c.streamMode = pick(2) ? StreamMode::Live : StreamMode::CompleteAnswer;
        c.maxConcurrent = 1 + pick(3);
        EngineRig rig(c, 1 + pick(3), {0.1, 0.5, 0.9});
        rig.transport.next = [&](const HttpRequest &, int) {
            const QVector<Script> all{scripts::silence(),       scripts::openAiAnswer(), scripts::serverError(),
                                      scripts::rateLimit("30"), scripts::rateLimit("3"), scripts::quotaUsedUp(),
                                      scripts::refused(),       scripts::reset(),
                                      scripts::stream({scripts::delta("x"), scripts::finishReason(), scripts::done()})};
            return all[pick(int(all.size()))];
        };
        QVector<CallId> calls;
        for (int i = 0; i < 60; ++i) {
            calls.append(rig.send(pick(2)));
            rig.clock.advance(std::chrono::milliseconds(pick(700)));
            const CallId one = calls[pick(int(calls.size()))];
            const SteeringRefusal refusal = pick(2) ? rig.handler->tryNow(one) : rig.handler->failOverNow(one);
            done += refusal == SteeringRefusal::None;
            if (pick(10) == 0)
                rig.handler->cancel(one);
        }
        rig.handler->cancelAll();
        rig.drain();
        QVERIFY2(rig.grammar.problem(true).isEmpty(), qPrintable(QStringLiteral("seed %1: ").arg(seed) + rig.grammar.problem(true)));
        rig.check();
        QVERIFY2(rig.handler->atRest(), qPrintable(QStringLiteral("seed %1").arg(seed)));
    }
    QVERIFY(done > 100);
}

SUITE_TEST(SteeringTest)
#include "tst_steering.moc"
