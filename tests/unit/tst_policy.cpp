// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/virtualclock.h"
#include "base/text.h"
#include "config/retryfields.h"
#include "config/retrypresets.h"
#include "policy/backoff.h"
#include "policy/callmachine.h"
#include "policy/retryafter.h"
#include "support/suite.h"

#include <QTest>

using namespace retryscope;

class PolicyTest : public QObject
{
    Q_OBJECT
private slots:
    void capsBeforeJittering();
    void readsWholeDurationsOnly_data();
    void readsWholeDurationsOnly();
    void readsHttpDatesByTheServersClock();
    void opensAfterThreeStraightFailuresAndProbesOnce();
    void aLateResultChangesNothing();
    void anothersWordAsksForOneProbe();
    void anothersLimitsCountWhereTheyLeaveLess();
    void sharesOfALimitAddUpToIt();
    void requestsUnderWayAreNotForgotten();
    void afterItsResetAWindowIsFullAndNoMore_data();
    void afterItsResetAWindowIsFullAndNoMore();
    void anAssumedWindowEndsWithTheFirstWord();
    void aBucketThatWasEmptiedIsNotFullAtItsReset();
    void nothingIsAssumedOfWhatWasNotTold();
    void ignoredOutcomesNeverOpenTheCircuit();
    void classifiesByCodeBeforeStatusAndNeverByDigits_data();
    void classifiesByCodeBeforeStatusAndNeverByDigits();
    void configurationSurvivesTheRoundTrip();
    void reportsEveryIssueAtOnce();
    void presetsAreValid();
    void aHintBeyondTheCapFailsOverAndBlocksTheModelOnly();
    void aWaitHoldsOthersUnlessItIsOneRequests_data();
    void aWaitHoldsOthersUnlessItIsOneRequests();
    void aWaitForAServerOutlivesItsName();
    void budgetIsGivenBackWhenTheWaitIsCancelled();
    void aRetryByHandSpendsTheChargeOfItsWait();
    void aFailoverByHandGivesTheChargeBack();
    void aHandGetsTheOneProbeOfABlockedCircuit();
    void aRenewedMachineIsANewOne();
};

void PolicyTest::capsBeforeJittering()
{
    RetryConfig c;
    c.baseDelay = 1s;
    c.maxDelay = 4s;
    for (double draw : {0.0, 0.5, 0.999999}) {
        ScriptedRandom random({draw});
        const auto d = backoffDelay(c, RetryReason::ServerError, 10, {}, random);
        QCOMPARE(toSeconds(d.high), 4.0);
        QVERIFY(d.drawn <= d.high && d.drawn >= d.low);
    }
    c.jitter = JitterKind::None;
    ScriptedRandom none({0.7});
    QCOMPARE(toSeconds(backoffDelay(c, RetryReason::ServerError, 1, {}, none).drawn), 2.0);
}

void PolicyTest::readsWholeDurationsOnly_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<double>("seconds"); // -1: refused
    QTest::newRow("six minutes, not six seconds") << QByteArray("6m0s") << 360.0;
    QTest::newRow("compound") << QByteArray("1h2m3s") << 3723.0;
    QTest::newRow("fraction") << QByteArray("7.66s") << 7.66;
    QTest::newRow("milliseconds") << QByteArray("12ms") << 0.012;
    QTest::newRow("plain seconds") << QByteArray("2") << 2.0;
    QTest::newRow("a date is no number") << QByteArray("2026-11-24T10:00:00Z") << -1.0;
    QTest::newRow("negative") << QByteArray("-5") << -1.0;
    QTest::newRow("trailing words") << QByteArray("5 apples") << -1.0;
    QTest::newRow("empty") << QByteArray() << -1.0;
}

void PolicyTest::readsWholeDurationsOnly()
{
    QFETCH(QByteArray, text);
    QFETCH(double, seconds);
    const auto d = parseDuration(viewOf(text));
    QCOMPARE(d.has_value(), seconds >= 0.0);
    if (d)
        QVERIFY(qAbs(toSeconds(*d) - seconds) < 1e-6);
}

void PolicyTest::readsHttpDatesByTheServersClock()
{
    const WallTime wrongLocal(std::chrono::milliseconds(0));
    const auto server = parseHttpDate("Wed, 21 Oct 2015 07:28:00 GMT");
    QVERIFY(server.has_value());
    QCOMPARE(parseRetryAfter("Wed, 21 Oct 2015 07:28:30 GMT", wrongLocal, server), std::optional<Duration>(30s));
    QCOMPARE(parseRetryAfter("Wed, 21 Oct 2015 07:00:00 GMT", wrongLocal, server), std::optional<Duration>(0s));
    QCOMPARE(parseHttpDate("Wednesday, 21-Oct-15 07:28:00 GMT"), server);
    QCOMPARE(parseHttpDate("Wed Oct 21 07:28:00 2015"), server);
}

void PolicyTest::opensAfterThreeStraightFailuresAndProbesOnce()
{
    RetryConfig c;
    CircuitBreaker breaker(c);
    SteadyTime now{1h};
    for (int i = 0; i < 3; ++i)
        breaker.record(*breaker.acquire(now), HealthSignal::Failure, now);
    QCOMPARE(breaker.state(), CircuitState::Open);
    QVERIFY(!breaker.acquire(now + 14s));
    const auto probe = breaker.acquire(now + 15s);
    QVERIFY(probe && probe->probe);
    for (int i = 0; i < 1000; ++i)
        QVERIFY(!breaker.acquire(now + 15s));
    breaker.record(*probe, HealthSignal::Failure, now + 15s);
    QCOMPARE(breaker.probeAt(), std::optional(now + 15s + 30s)); // doubled
    const auto second = breaker.acquire(now + 45s);
    breaker.record(*second, HealthSignal::Success, now + 45s);
    QCOMPARE(breaker.state(), CircuitState::Closed);
}

void PolicyTest::aLateResultChangesNothing()
{
    CircuitBreaker breaker{RetryConfig{}};
    const SteadyTime now{1h};
    const auto late = breaker.acquire(now);
    breaker.isolate();
    QVERIFY(!breaker.record(*late, HealthSignal::Success, now));
    QCOMPARE(breaker.state(), CircuitState::Isolated);
}

void PolicyTest::anothersWordAsksForOneProbe()
{
    CircuitBreaker breaker{RetryConfig{}};
    const SteadyTime now{1h};
    const std::string why = "somebody saw it fail";
    const auto doubted = breaker.suspect(now, RetryReason::ServerError, why);
    QVERIFY(doubted && doubted->from == CircuitState::Closed && doubted->to == CircuitState::HalfOpen);
    QCOMPARE(doubted->why, why);
    QVERIFY(!breaker.suspect(now, RetryReason::ServerError, why));
    const auto probe = breaker.acquire(now);
    QVERIFY(probe && probe->probe);
    QVERIFY(!breaker.acquire(now));
    QVERIFY(!breaker.trust(why)); // it is being tried: its answer decides
    breaker.record(*probe, HealthSignal::Success, now);
    QCOMPARE(breaker.state(), CircuitState::Closed);
    QVERIFY(!breaker.suspect(now + 14s, RetryReason::ServerError, why)); // what we have seen ourselves counts more
    QVERIFY(breaker.suspect(now + 15s, RetryReason::ServerError, why));
    const auto over = breaker.trust(why);
    QVERIFY(over && over->to == CircuitState::Closed);
    QVERIFY(!breaker.trust(why));
    QVERIFY(breaker.blockUntil(now + 1h, now + 20s, RetryReason::QuotaExhausted, why));
    QVERIFY(!breaker.suspect(now + 21s, RetryReason::ServerError, why) && !breaker.trust(why));
}

void PolicyTest::anothersLimitsCountWhereTheyLeaveLess()
{
    Pacer pacer;
    const SteadyTime now{1h};
    pacer.hear({{LimitKind::Requests, 10, 3, 60s, false}}, now);
    QCOMPARE(pacer.windows(now + 10s), (LimitWindows{{LimitKind::Requests, 10, 3, 50s, false}}));
    pacer.charge(1, now);
    pacer.hear({{LimitKind::Requests, 10, 2, 90s, false}}, now); // no less than we know
    QCOMPARE(pacer.windows(now), (LimitWindows{{LimitKind::Requests, 10, 2, 60s, false}}));
    pacer.hear({{LimitKind::Requests, 10, 0, 30s, false}}, now);
    QCOMPARE(pacer.readyAt(1, now), std::optional(now + 30s));
    pacer.hear({{LimitKind::Requests, 10, 9, 60s, false}}, now + 30s); // a new window
    QVERIFY(!pacer.readyAt(1, now + 30s));
    QCOMPARE(pacer.windows(now + 90s), LimitWindows{});
}

/// Each may send what its pacer lets through; nobody's answer has come yet.
void PolicyTest::sharesOfALimitAddUpToIt()
{
    const SteadyTime now{1h};
    for (const int members : {1, 2, 3, 10}) {
        for (const qint64 left : {0, 1, 7, 10, 39}) {
            qint64 sent = 0;
            for (int place = 0; place < members; ++place) {
                Pacer pacer;
                pacer.setShare({place, members});
                pacer.hear({{LimitKind::Requests, 40, left, 60s, false}}, now);
                for (; !pacer.readyAt(1, now); ++sent)
                    pacer.charge(1, now);
                QCOMPARE(pacer.readyAt(1, now), std::optional(now + 60s));
                QVERIFY(!pacer.readyAt(1, now + 60s));
            }
            QCOMPARE(sent, left);
        }
    }
    Pacer bucket; // of a share of one in four, a quarter comes back in a time
    bucket.setShare({0, 4});
    bucket.report({{LimitKind::Requests, 40, 0, 40s, true}}, now);
    QCOMPARE(bucket.readyAt(1, now), std::optional(now + 4s));
}

/// An answer counts the requests up to its own; those that left after it are on their way.
void PolicyTest::requestsUnderWayAreNotForgotten()
{
    const SteadyTime now{1h};
    Pacer pacer;
    const Pacer::Sent first = pacer.charge(100, now);
    for (int i = 0; i < 4; ++i)
        pacer.charge(100, now);
    pacer.report({{LimitKind::Requests, 10, 5, 60s, false}, {LimitKind::Tokens, 5'000, 500, 60s, false}}, now, first);
    QCOMPARE(pacer.windows(now), (LimitWindows{{LimitKind::Requests, 10, 1, 60s, false}, {LimitKind::Tokens, 5'000, 100, 60s, false}}));
    QVERIFY(!pacer.readyAt(100, now));
    const Pacer::Sent last = pacer.charge(100, now);
    QVERIFY(pacer.readyAt(1, now));
    pacer.hear({{LimitKind::Requests, 10, 0, 60s, false}}, now); // nor by another's word
    pacer.report({{LimitKind::Requests, 10, 4, 60s, false}, {LimitKind::Tokens, 5'000, 400, 60s, false}}, now, last);
    QCOMPARE(pacer.windows(now)[0].remaining, std::optional<qint64>(4));
    Pacer anew; // a mark of a pacer before this one
    anew.charge(1, now);
    anew.report({{LimitKind::Requests, 10, 1, 60s, false}}, now, last);
    QVERIFY(!anew.readyAt(1, now));
    anew.charge(1, now);
    QVERIFY(anew.readyAt(1, now));
}

void PolicyTest::afterItsResetAWindowIsFullAndNoMore_data()
{
    QTest::addColumn<int>("members");
    QTest::addColumn<int>("limit");
    QTest::newRow("alone") << 1 << 100;
    QTest::newRow("a share that divides") << 4 << 100;
    QTest::newRow("a share that does not") << 3 << 100;
    QTest::newRow("one a window") << 1 << 1;
}

/// A crowd waits; nobody's answer has come yet.
void PolicyTest::afterItsResetAWindowIsFullAndNoMore()
{
    QFETCH(int, members);
    QFETCH(int, limit);
    const SteadyTime now{1h};
    qint64 first = 0, second = 0;
    for (int place = 0; place < members; ++place) {
        Pacer pacer;
        pacer.setShare({place, members});
        pacer.report({{LimitKind::Requests, limit, 0, 60s, false}}, now);
        pacer.report({{LimitKind::Requests, limit, 0, 20s, false}}, now + 40s);
        QCOMPARE(pacer.readyAt(1, now + 41s), std::optional(now + 60s));
        for (; !pacer.readyAt(1, now + 61s) && first < 1'000; ++first)
            pacer.charge(1, now + 61s);
        QCOMPARE(pacer.windows(now + 61s), LimitWindows{}); // nobody told of it
        QCOMPARE(pacer.readyAt(1, now + 61s), std::optional(now + 121s));
        for (; !pacer.readyAt(1, now + 121s) && second < 1'000; ++second)
            pacer.charge(1, now + 121s);
    }
    QCOMPARE(first, limit);
    QCOMPARE(second, limit);
}

void PolicyTest::anAssumedWindowEndsWithTheFirstWord()
{
    const SteadyTime now{1h};
    const auto emptied = [&] {
        Pacer pacer;
        pacer.report({{LimitKind::Requests, 10, 0, 60s, false}}, now);
        while (!pacer.readyAt(1, now + 60s))
            pacer.charge(1, now + 60s);
        return pacer;
    };
    Pacer raised = emptied(); // the limit is a larger one meanwhile
    raised.await(1);
    QVERIFY(raised.report({{LimitKind::Requests, 100, 90, 60s, false}}, now + 61s));
    QVERIFY(!raised.readyAt(1, now + 61s));
    Pacer sooner = emptied(); // the server's window began before ours
    sooner.report({{LimitKind::Requests, 10, 0, 5s, false}}, now + 61s);
    QCOMPARE(sooner.readyAt(1, now + 61s), std::optional(now + 66s));
    Pacer other = emptied(); // another's word is a word as well; ours is still on its way
    other.hear({{LimitKind::Requests, 100, 15, 50s, false}}, now + 61s);
    QCOMPARE(other.windows(now + 61s), (LimitWindows{{LimitKind::Requests, 100, 5, 50s, false}}));
}

void PolicyTest::aBucketThatWasEmptiedIsNotFullAtItsReset()
{
    const SteadyTime now{1h};
    Pacer pacer; // 10 a second
    pacer.report({{LimitKind::Requests, 100, 50, 5s, true}}, now);
    for (int i = 0; i < 100; ++i) // as fast as it fills: empty after five seconds
        pacer.charge(1, now + std::min<Duration>(5s, i * 50ms));
    qint64 sent = 0;
    for (; !pacer.readyAt(1, now + 5s) && sent < 1'000; ++sent)
        pacer.charge(1, now + 5s);
    QCOMPARE(sent, 1); // one goes where nothing is known for sure
    const auto next = pacer.readyAt(1, now + 5s);
    QVERIFY(next && *next >= now + 5100ms && *next <= now + 5300ms);
    Pacer rested;
    rested.report({{LimitKind::Requests, 100, 50, 5s, true}}, now);
    for (sent = 0; !rested.readyAt(1, now + 10s) && sent < 1'000; ++sent)
        rested.charge(1, now + 10s);
    QCOMPARE(sent, 100);
    QCOMPARE(rested.readyAt(1, now + 10s), std::optional(now + 10100ms));
}

void PolicyTest::nothingIsAssumedOfWhatWasNotTold()
{
    const SteadyTime now{1h};
    const LimitWindows vague[] = {{{LimitKind::Requests, std::nullopt, 0, 60s, false}}, // no limit
                                  {{LimitKind::Requests, 10, 0, std::nullopt, false}},  // no reset
                                  {{LimitKind::Requests, 10, 3, 0s, false}}};           // no length
    for (const LimitWindows &windows : vague) {
        Pacer pacer;
        pacer.report(windows, now);
        for (int i = 0; i < 100; ++i)
            pacer.charge(1, now + 60s);
        QVERIFY(!pacer.readyAt(1, now + 60s));
    }
    Pacer other; // a day's length says nothing of a minute's limit
    other.report({{LimitKind::Requests, 1'000, 5, 24h, false}}, now);
    other.report({{LimitKind::Requests, 10, 0, 60s, false}}, now);
    while (!other.readyAt(1, now + 60s))
        other.charge(1, now + 60s);
    QCOMPARE(other.readyAt(1, now + 60s), std::optional(now + 120s));
}

void PolicyTest::ignoredOutcomesNeverOpenTheCircuit()
{
    CircuitBreaker breaker{RetryConfig{}};
    const SteadyTime now{1h};
    for (int i = 0; i < 100; ++i)
        QVERIFY(!breaker.record(*breaker.acquire(now), HealthSignal::Ignored, now));
    QCOMPARE(breaker.state(), CircuitState::Closed);
}

void PolicyTest::classifiesByCodeBeforeStatusAndNeverByDigits_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QStringList>("codes");
    QTest::addColumn<QString>("message");
    QTest::addColumn<RetryReason>("reason");
    QTest::newRow("504 is a server error, not a timeout")
        << 504 << QStringList() << "504 Gateway Timeout" << RetryReason::ServerError;
    QTest::newRow("RESOURCE_EXHAUSTED") << 429 << QStringList{"429", "RESOURCE_EXHAUSTED"} << ""
                                        << RetryReason::RateLimit;
    QTest::newRow("daily quota") << 429 << QStringList{"RESOURCE_EXHAUSTED", "GenerateRequestsPerDayPerProject"} << ""
                                 << RetryReason::QuotaExhausted;
    QTest::newRow("insufficient_quota is no rate limit")
        << 429 << QStringList{"insufficient_quota"} << "" << RetryReason::QuotaExhausted;
    QTest::newRow("digits in a message") << 400 << QStringList() << "request 429500 has 503 tokens"
                                         << RetryReason::InvalidRequest;
    QTest::newRow("connection in a message")
        << 400 << QStringList() << "bad proxy connection text" << RetryReason::InvalidRequest;
    QTest::newRow("529") << 529 << QStringList() << "" << RetryReason::TemporaryFailure;
    QTest::newRow("anthropic overloaded")
        << 529 << QStringList{"overloaded_error"} << "Overloaded" << RetryReason::TemporaryFailure;
    QTest::newRow("google wrong key is a 400")
        << 400 << QStringList{"INVALID_ARGUMENT", "API_KEY_INVALID"} << "" << RetryReason::Authentication;
    QTest::newRow("anthropic balance by text") << 400 << QStringList{"invalid_request_error"}
                                               << "Your credit balance is too low" << RetryReason::QuotaExhausted;
    QTest::newRow("overflow by text") << 400 << QStringList{"invalid_request_error"}
                                      << "prompt is too long: 210000 tokens" << RetryReason::ContextLength;
    QTest::newRow("html 520") << 520 << QStringList() << "(an HTML page instead of JSON)" << RetryReason::ServerError;
}

void PolicyTest::classifiesByCodeBeforeStatusAndNeverByDigits()
{
    QFETCH(int, status);
    QFETCH(QStringList, codes);
    QFETCH(QString, message);
    QFETCH(RetryReason, reason);
    FailureFacts facts;
    facts.status = status;
    for (const QString &code : codes)
        facts.codes.push_back(toUtf8(code));
    facts.message = toUtf8(message);
    const Classification c = classify(facts);
    QCOMPARE(toKey(c.reason), toKey(reason));
    QVERIFY(!c.rule.empty());
}

void PolicyTest::configurationSurvivesTheRoundTrip()
{
    for (const RetryPreset &preset : retryPresets()) {
        ConfigIssues issues;
        QVERIFY2(retryConfigFromJson(toJson(preset.config), QStringLiteral("retry"), &issues) == preset.config,
                 preset.key);
    }
}

void PolicyTest::reportsEveryIssueAtOnce()
{
    ConfigIssues issues;
    retryConfigFromJson(
        QJsonObject{{"max_attempts", 0}, {"jitter", "wild"}, {"deadline_s", "soon"}, {"max_atempts", 3}},
        QStringLiteral("retry"), &issues);
    QCOMPARE(issues.size(), 4);
    QVERIFY(hasErrors(issues));
}

void PolicyTest::presetsAreValid()
{
    for (const RetryPreset &preset : retryPresets())
        QVERIFY2(!hasErrors(validate(preset.config)), preset.key);
}

void PolicyTest::aHintBeyondTheCapFailsOverAndBlocksTheModelOnly()
{
    RetryConfig c;
    ProviderFailoverHandler providers(c, {"a", "b"});
    RetryBudget budget(0.2, 10);
    ScriptedRandom random({0.5});
    CallMachine machine(c, {{"a", "m", {}}, {"b", "m", {}}}, {providers, budget, random});
    const SteadyTime now{1h};
    QCOMPARE(machine.providerAt(machine.start(now).target), std::string_view("a"));
    QCOMPARE(machine.begin(now).kind, CallStep::Kind::Send);
    FailureFacts facts;
    facts.status = 429;
    facts.hint = 1h;
    const CallStep step = machine.onAttempt({classify(facts), Delivery::Answered, false, {}, {}}, now);
    QCOMPARE(step.kind, CallStep::Kind::Queue);
    QCOMPARE(machine.providerAt(step.target), std::string_view("b"));
    QCOMPARE(machine.providerAt(machine.begin(now).leaves), std::string_view("a"));
    const auto until =
        providers.availability({"a", "m", {}}, now).at; // and a little more, not the same for all clients
    QVERIFY(until && *until >= now + 1h && *until <= now + 1h + 1s);
    QVERIFY(providers.availability({"a", "other", {}}, now).now);
    QCOMPARE(providers.circuit("a")->state(), CircuitState::Closed);
}

void PolicyTest::aWaitHoldsOthersUnlessItIsOneRequests_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("holds");
    QTest::newRow("rate limit") << 429 << true;
    QTest::newRow("overloaded") << 503 << true;
    QTest::newRow("conflict") << 409 << false;
}

/// The call itself waits in each case.
void PolicyTest::aWaitHoldsOthersUnlessItIsOneRequests()
{
    QFETCH(int, status);
    QFETCH(bool, holds);
    RetryConfig c;
    ProviderFailoverHandler providers(c, {"a"});
    RetryBudget budget(0.2, 10);
    ScriptedRandom random({0.5});
    CallMachine machine(c, {{"a", "m", {}}}, {providers, budget, random});
    const SteadyTime now{1h};
    machine.start(now);
    machine.begin(now);
    FailureFacts facts;
    facts.status = status;
    facts.hint = 2s;
    const CallStep step = machine.onAttempt({classify(facts), Delivery::Answered, false, {}, {}}, now);
    QCOMPARE(step.kind, CallStep::Kind::Wait);
    QVERIFY(step.delay >= 2s);
    QCOMPARE(providers.availability({"a", "m", {}}, now + 1s).now, !holds);
}

/// Others have been asked to wait; when another server takes the name, who waits goes on at the old one, and not too soon.
void PolicyTest::aWaitForAServerOutlivesItsName()
{
    RetryConfig c;
    ProviderFailoverHandler providers(c, {"a", "b"});
    RetryBudget budget(0.2, 10);
    ScriptedRandom random({0.5});
    const SteadyTime now{1h};
    const Target a{"a", "m", {}}, b{"b", "m", {}};
    providers.hold(a, 8s, RetryReason::RateLimit, now);
    providers.hold(b, 9s, RetryReason::RateLimit, now);
    CallMachine machine(c, {a, b}, {providers, budget, random});
    const CallStep waits = machine.start(now);
    QCOMPARE(waits.kind, CallStep::Kind::Wait);
    QVERIFY(waits.delay >= 8s);
    providers.renew("a", "another server is asked");
    QVERIFY(providers.availability(a, now + 1s).now); // the new one is asked at once
    const CallStep woken = machine.onTimer(now + 1s);
    QCOMPARE(woken.kind, CallStep::Kind::Wait);
    QCOMPARE(woken.source, DelaySource::Server);
    QVERIFY(woken.delay >= 7s && woken.delay < 8s);
    QCOMPARE(machine.onTimer(now + 8s).kind, CallStep::Kind::Queue);
    machine.cancel(now + 8s);
    machine.renew(0); // for another call, which begins at the new one
    QCOMPARE(machine.start(now + 2s).kind, CallStep::Kind::Queue);
}

void PolicyTest::budgetIsGivenBackWhenTheWaitIsCancelled()
{
    RetryConfig c;
    ProviderFailoverHandler providers(c, {"a"});
    RetryBudget budget(0.0, 5);
    ScriptedRandom random({0.5});
    CallMachine machine(c, {{"a", "m", {}}}, {providers, budget, random});
    const SteadyTime now{1h};
    machine.start(now);
    machine.begin(now);
    FailureFacts facts;
    facts.status = 500;
    QCOMPARE(machine.onAttempt({classify(facts), Delivery::Answered, false, {}, {}}, now).kind, CallStep::Kind::Wait);
    QCOMPARE(budget.available(), 4.0);
    QCOMPARE(machine.cancel(now).reason, RetryReason::Cancelled);
    QCOMPARE(budget.available(), 5.0);
    QCOMPARE(budget.held(), 0);
    QCOMPARE(providers.permitsOut(), 0);
}

namespace {

AttemptFacts brokenServer()
{
    FailureFacts facts;
    facts.status = 500;
    return {classify(facts), Delivery::Answered, false, {}, {}};
}

} // namespace

void PolicyTest::aRetryByHandSpendsTheChargeOfItsWait()
{
    RetryConfig c;
    ProviderFailoverHandler providers(c, {"a"});
    RetryBudget budget(0.0, 5);
    ScriptedRandom random({0.5});
    CallMachine machine(c, {{"a", "m", {}}}, {providers, budget, random});
    const SteadyTime now{1h};
    machine.start(now);
    QCOMPARE(machine.onTryNow(now).error(), SteeringRefusal::NotWaiting); // it has a slot to get
    machine.begin(now);
    QCOMPARE(machine.onTryNow(now).error(), SteeringRefusal::NotWaiting);
    QCOMPARE(machine.onAttempt(brokenServer(), now).kind, CallStep::Kind::Wait);
    const auto queued = machine.onTryNow(now);
    QVERIFY(queued && queued->kind == CallStep::Kind::Queue);
    const CallStep sent = machine.begin(now);
    QCOMPARE(sent.kind, CallStep::Kind::Send);
    QCOMPARE(sent.rule, triedByHand);
    QCOMPARE(budget.available(), 4.0);
    QCOMPARE(budget.held(), 0);
    machine.onAttempt({}, now);
    QCOMPARE(machine.onTryNow(now).error(), SteeringRefusal::CallEnded);
    QCOMPARE(providers.permitsOut(), 0);
}

/// The simulator plays call after call on one machine.
void PolicyTest::aRenewedMachineIsANewOne()
{
    RetryConfig c;
    c.maxAttempts = 2;
    const auto story = [](CallMachine &machine) {
        const SteadyTime now{1h};
        QStringList told;
        const auto tell = [&](const CallStep &step) {
            told.append(QStringLiteral("%1 %2 %3 %4 %5").arg(int(step.kind)).arg(step.target).arg(step.leaves)
                            .arg(step.delay.count()).arg(toText(step.rule)) + (step.maybeTwice ? "twice" : ""));
        };
        AttemptFacts silent{brokenServer().classification};
        silent.delivery = Delivery::MaybeSent;
        tell(machine.start(now));
        tell(machine.begin(now));
        tell(machine.onAttempt(silent, now));
        tell(machine.begin(now));
        tell(machine.onAttempt(brokenServer(), now));
        told.append(QStringLiteral("%1 %2 %3").arg(machine.attempt()).arg(machine.maybeTwice()).arg(machine.failedOver()));
        return told;
    };
    ProviderFailoverHandler providers(c, {"a", "b"});
    RetryBudget budget(0.2, 10);
    ScriptedRandom random({0.5});
    CallMachine machine(c, {{"a", "m", {}}, {"b", "m", {}}}, {providers, budget, random});
    const QStringList first = story(machine);
    QVERIFY2(first.last() == "2 1 1", qPrintable(first.join(u'|')));
    machine.renew(0);
    QCOMPARE(machine.attempt(), 0);
    QVERIFY(!machine.failedOver());
    QCOMPARE(story(machine), first);
    QCOMPARE(providers.permitsOut(), 0);
}

void PolicyTest::aFailoverByHandGivesTheChargeBack()
{
    RetryConfig c;
    ProviderFailoverHandler providers(c, {"a", "b"});
    RetryBudget budget(0.0, 5);
    ScriptedRandom random({0.5});
    CallMachine machine(c, {{"a", "m", {}}, {"b", "m", {}}}, {providers, budget, random});
    const SteadyTime now{1h};
    machine.start(now);
    machine.begin(now);
    QCOMPARE(machine.onAttempt(brokenServer(), now).kind, CallStep::Kind::Wait);
    QCOMPARE(budget.held(), 1);
    QVERIFY(machine.onFailOverNow(now));
    const CallStep sent = machine.begin(now);
    QCOMPARE(machine.providerAt(sent.target), std::string_view("b"));
    QCOMPARE(machine.providerAt(sent.leaves), std::string_view("a"));
    QCOMPARE(sent.rule, failedOverByHand);
    QCOMPARE(budget.available(), 5.0);
    QCOMPARE(budget.held(), 0);
    QCOMPARE(machine.onFailOverNow(now, {Delivery::MaybeSent, true}).error(), SteeringRefusal::ContentShown);
    QCOMPARE(providers.permitsOut(), 1); // the running attempt's
    const auto back = machine.onFailOverNow(now, {Delivery::MaybeSent, false});
    QVERIFY(back && machine.providerAt(back->target) == "a");
    QCOMPARE(providers.permitsOut(), 0);
    QVERIFY(machine.begin(now).maybeTwice);
    machine.cancel(now);
    QCOMPARE(providers.permitsOut(), 0);
}

void PolicyTest::aHandGetsTheOneProbeOfABlockedCircuit()
{
    CircuitBreaker breaker{RetryConfig{}};
    const SteadyTime now{1h};
    breaker.blockUntil(now + 1h, now, RetryReason::QuotaExhausted, "quota used up");
    QVERIFY(!breaker.acquire(now) && !breaker.acquireProbe(now));
    std::optional<CircuitTransition> change;
    const auto permit = breaker.acquireByHand(now, &change);
    QVERIFY(permit && permit->probe && change && change->to == CircuitState::HalfOpen);
    QVERIFY(!breaker.acquireByHand(now));
    breaker.record(*permit, HealthSignal::Success, now);
    QCOMPARE(breaker.state(), CircuitState::Closed);
    breaker.isolate();
    QVERIFY(!breaker.acquireByHand(now));
}

SUITE_TEST(PolicyTest)
#include "tst_policy.moc"
