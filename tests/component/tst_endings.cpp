// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/enginerig.h"
#include "support/suite.h"

using namespace retryscope;

/// Every state that a call can be in, ended from outside in every way: cancelled, shut down, destroyed.
class EndingsTest : public QObject
{
    Q_OBJECT
private slots:
    void everyStateCanEnd_data();
    void everyStateCanEnd();
    void randomTrafficKeepsTheGrammar();
    void removingAProviderWhileItIsAsked();
    void aCallbackMaySendTheNextCall();
};

static const char *const states[] = {"queued for a slot", "connecting", "waiting for the head",
                                     "in the middle of a stream", "in a held-back stream", "waiting for a retry",
                                     "waiting for a cooling provider", "waiting for a probe",
                                     "waiting for a rate limit",
                                     "in the grace after a finish reason"};

void EndingsTest::everyStateCanEnd_data()
{
    QTest::addColumn<int>("state");
    QTest::addColumn<QString>("how");
    for (int state = 0; state < int(std::size(states)); ++state) {
        for (const char *how : {"cancel", "shutdown", "destroy"})
            QTest::addRow("%s: %s", states[state], how) << state << QString::fromLatin1(how);
    }
}

void EndingsTest::everyStateCanEnd()
{
    QFETCH(int, state);
    QFETCH(QString, how);
    RetryConfig c = EngineRig::exact();
    if (state == 0)
        c.maxConcurrent = 1;
    if (state == 4)
        c.streamMode = StreamMode::CompleteAnswer;
    EngineRig rig(c);
    auto &queue = rig.transport.queue;
    CallId call{1};
    const auto openCircuit = [&] {
        queue = {scripts::serverError(), scripts::serverError(), scripts::serverError()};
        for (int i = 0; i < 3; ++i) {
            rig.send();
            rig.clock.advance(150ms);
        }
        rig.handler->cancelAll();
    };
    switch (state) {
    case 0: queue = {scripts::silence()}; rig.send(); break;
    case 1: queue = {scripts::silence()}; queue.front().sent = 1h; break;
    case 2: queue = {scripts::silence()}; break;
    case 3:
    case 4: queue = {scripts::stream({scripts::delta("one ")}, false)}; break;
    case 5: queue = {scripts::serverError()}; break;
    case 6:
        queue = {scripts::rateLimit("40")};
        c.serverHintCap = 10s;
        rig.configuration.retry = c;
        rig.handler->configure(rig.configuration);
        break;
    case 7: openCircuit(); rig.clock.advance(15s); queue = {scripts::silence()}; rig.send(); break;
    case 8:
        queue = {scripts::openAiAnswer()};
        queue.front().headers = {{"x-ratelimit-limit-requests", "10"},
                                 {"x-ratelimit-remaining-requests", "0"},
                                 {"x-ratelimit-reset-requests", "300s"}};
        rig.call();
        break;
    case 9: queue = {scripts::stream({scripts::delta("one "), scripts::finishReason()}, false)}; break;
    }
    call = rig.send(state == 3 || state == 4 || state == 9);
    rig.clock.advance(200ms);
    QVERIFY(!rig.results.contains(call.value));
    const QStringList story = rig.story(call);
    static const char *const expected[] = {"attempt_queued a", "attempt_started a", "attempt_started a", "first_token",
                                           "first_token", "retry_scheduled 1.0 s backoff",
                                           "retry_scheduled 40.0 s circuit", "retry_scheduled 1:45 circuit",
                                           "retry_scheduled 30.0 s pacing", "first_token"};
    if (state == 7)
        QVERIFY2(story.last().startsWith(QLatin1String("retry_scheduled")), qPrintable(story.last()));
    else
        QCOMPARE(story.last(), QString::fromLatin1(expected[state])); // it is in the state that the row names
    const Event last = rig.events.last();
    if (how == QLatin1String("destroy")) {
        rig.handler.reset();
        QCOMPARE(rig.transport.running, 0);
        rig.clock.advance(24h);
        QCOMPARE(rig.events.last().seq, last.seq); // not a word more
        return;
    }
    if (how == QLatin1String("cancel")) {
        rig.handler->cancel(call);
        rig.handler->cancel(call);
    }
    rig.handler->cancelAll();
    QCOMPARE(toKey(rig.results[call.value].outcome), QStringLiteral("cancelled"));
    rig.clock.advance(24h);
    QCOMPARE(rig.finished[call.value], 1);
    QCOMPARE(rig.handler->runningCalls(), std::size_t(0));
    QCOMPARE(rig.clock.pendingTimers(), std::size_t(0));
    rig.check();
}

/// Seeded traffic over every kind of exchange, with cancels, isolations, releases, probes and new configurations in it.
void EndingsTest::randomTrafficKeepsTheGrammar()
{
    for (quint64 seed = 1; seed <= 40; ++seed) {
        SeededRandom dice(seed);
        const auto pick = [&dice](int n) { return int(dice.uniform() * n); };
        RetryConfig c;
        c.streamMode = pick(2) ? StreamMode::Live : StreamMode::CompleteAnswer;
        c.maxConcurrent = 1 + pick(6);
        c.deadline = fromSeconds(1 + pick(60));
        c.attemptTimeout = fromSeconds(1 + pick(30));
        c.probeInterval = fromSeconds(pick(2) * 7);
        EngineRig rig(c, 1 + pick(4), {0.1, 0.9, 0.4});
        rig.transport.next = [&](const HttpRequest &request, int) -> Script {
            if (request.method == "GET")
                return pick(2) ? scripts::reply(200, "{}") : scripts::refused();
            switch (pick(14)) {
            case 0: return scripts::serverError();
            case 1: return scripts::rateLimit(QByteArray::number(pick(100)));
            case 2: return scripts::silence();
            case 3: return scripts::refused();
            case 4: return scripts::reset();
            case 5: return scripts::quotaUsedUp();
            case 6: return scripts::modelMissing();
            case 7: return scripts::overloaded();
            case 8: return scripts::stream({scripts::delta("one ")}, pick(2));
            case 9: return scripts::badRequest();
            case 10: return scripts::stream({scripts::delta("one "), scripts::finishReason(), scripts::done()});
            default: return scripts::openAiAnswer("hi", std::chrono::milliseconds(10 + pick(3000)));
            }
        };
        int sent = 0;
        for (int step = 0; step < 400; ++step) {
            switch (pick(12)) {
            case 0: rig.handler->cancel(CallId{quint64(1 + pick(sent + 1))}); break;
            case 1: rig.handler->isolate(QString(QChar(u'a' + pick(4)))); break;
            case 2: rig.handler->release(QString(QChar(u'a' + pick(4)))); break;
            case 3: rig.handler->probe(QString(QChar(u'a' + pick(4)))); break;
            case 4:
                rig.configuration.retry.maxConcurrent = 1 + pick(6);
                rig.handler->configure(rig.configuration);
                break;
            case 5:
            case 6: rig.clock.advance(std::chrono::milliseconds(pick(20'000))); break;
            default: rig.send(pick(2), {}, pick(5) ? QString() : QStringLiteral("other")); ++sent; break;
            }
        }
        rig.configuration.retry.probeInterval = 0s;
        rig.handler->configure(rig.configuration);
        rig.clock.advance(2min); // every deadline is over by then
        QVERIFY2(
            int(rig.results.size()) == sent,
            qPrintable(QStringLiteral("seed %1: %2 of %3 calls ended").arg(seed).arg(rig.results.size()).arg(sent)));
        for (const auto &[id, times] : rig.finished)
            QVERIFY2(times == 1, qPrintable(QStringLiteral("seed %1, call %2").arg(seed).arg(id)));
        QVERIFY2(rig.handler->atRest(), qPrintable(QStringLiteral("seed %1").arg(seed)));
        QVERIFY2(rig.grammar.problem(true).isEmpty(),
                 qPrintable(QStringLiteral("seed %1: %2").arg(seed).arg(rig.grammar.problem(true))));
    }
}

void EndingsTest::removingAProviderWhileItIsAsked()
{
    EngineRig rig(EngineRig::exact(), 2);
    rig.transport.queue = {scripts::serverError()};
    rig.send();
    rig.clock.advance(50ms);
    rig.configuration.providers.removeFirst();
    rig.handler->configure(rig.configuration);
    rig.drain();
    QVERIFY(rig.results[1].succeeded());
    QCOMPARE(rig.results[1].provider, QStringLiteral("b"));
    rig.check();
}

void EndingsTest::aCallbackMaySendTheNextCall()
{
    EngineRig rig;
    int left = 5;
    const std::function<void(const CallResult &)> again = [&](const CallResult &) {
        if (--left > 0)
            rig.handler->send(CallId{quint64(100 + left)}, Prompt{QStringLiteral("Hello")}, {}, again);
    };
    rig.handler->send(CallId{100}, Prompt{QStringLiteral("Hello")}, {}, again);
    rig.drain();
    QCOMPARE(left, 0);
    rig.check();
}

SUITE_TEST(EndingsTest)
#include "tst_endings.moc"
