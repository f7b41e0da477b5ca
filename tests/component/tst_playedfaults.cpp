// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/registry.h"
#include "health/incident.h"
#include "support/enginerig.h"
#include "support/suite.h"
#include "words/eventwords.h"
#include "words/faultwords.h"

using namespace retryscope;

/// Faults on purpose before providers that are no simulated ones: they answer in the provider's words and place, for their
/// time and share, and everything that came of them says so. On virtual time.
class PlayedFaultsTest : public QObject
{
    Q_OBJECT
private slots:
    void everyFaultOnEveryWire_data();
    void everyFaultOnEveryWire();
    void theProviderIsAskedAgainWhenItsTimeIsOver();
    void stopEndsThemAtOnce();
    void aShareOfTheExchangesMeetsIt();
    void aLateFirstByteAsksAfterAll();
    void whatAnotherProviderDoesIsItsOwn();
    void aProbeMeetsItToo();
    void whoIsNotConfiguredHasNone();
    void aPausedReaderIsNotToldMeanwhile();
    void statisticsTellThemApart();

private:
    static RetryConfig once()
    {
        RetryConfig c = EngineRig::exact();
        c.maxAttempts = 1;
        return c;
    }
    static FaultPlan plan(PlayedFault fault, Duration lasting = 1h)
    {
        FaultPlan made;
        made.fault = fault;
        made.lasting = lasting;
        return made;
    }
};

void PlayedFaultsTest::everyFaultOnEveryWire_data()
{
    QTest::addColumn<int>("wire");
    QTest::addColumn<int>("fault");
    QTest::addColumn<bool>("stream");
    for (std::size_t wire = 0; wire < wires().size(); ++wire) {
        for (const PlayedFaultTraits &row : playedFaultTable()) {
            for (const bool stream : {false, true})
                QTest::addRow("%s: %s, %s", wires()[wire].key, row.key, stream ? "streamed" : "whole")
                    << int(wire) << int(row.fault) << stream;
        }
    }
}

void PlayedFaultsTest::everyFaultOnEveryWire()
{
    QFETCH(int, wire);
    QFETCH(int, fault);
    QFETCH(bool, stream);
    if (PlayedFault(fault) == PlayedFault::SlowFirstByte)
        return; // is no failure; see below
    static const QMap<PlayedFault, std::pair<RetryReason, int>> expected{
        {PlayedFault::RateLimit, {RetryReason::RateLimit, 429}},
        {PlayedFault::ServerError, {RetryReason::ServerError, 500}},
        {PlayedFault::Unavailable, {RetryReason::TemporaryFailure, 503}},
        {PlayedFault::Overloaded, {RetryReason::TemporaryFailure, 529}},
        {PlayedFault::Refused, {RetryReason::Network, 0}},
        {PlayedFault::CutStream, {RetryReason::StreamInterrupted, 200}},
        {PlayedFault::Hang, {RetryReason::NetworkTimeout, 0}},
        {PlayedFault::Malformed, {RetryReason::MalformedResponse, 200}}};
    EngineRig rig(once());
    rig.configuration.providers.first().protocol = wires()[std::size_t(wire)].kind;
    rig.handler->configure(rig.configuration);
    rig.handler->playFault(QStringLiteral("a"), plan(PlayedFault(fault)));
    const CallResult result = rig.call(stream);
    QCOMPARE(rig.transport.requests.size(), 0); // nobody was asked
    const auto [reason, status] = expected[PlayedFault(fault)];
    QCOMPARE(toKey(result.reason), toKey(reason));
    QCOMPARE(result.status, status);
    QCOMPARE(result.costUsd, std::optional<double>(0.0));
    const Event finished = rig.of(EventKind::AttemptFinished).first();
    QVERIFY(finished.onPurpose && rig.of(EventKind::CallFinished).first().onPurpose);
    QVERIFY2(finished.rule.startsWith(QLatin1String("on purpose: ")), qPrintable(finished.rule));
    QVERIFY(toSentence(finished).endsWith(QLatin1String("on purpose.")));
    QVERIFY(eventFromJson(toJson(finished))->onPurpose);
    if (PlayedFault(fault) == PlayedFault::RateLimit)
        QVERIFY(result.retryIn || !finished.headers.isEmpty());
    rig.check();
}

void PlayedFaultsTest::theProviderIsAskedAgainWhenItsTimeIsOver()
{
    EngineRig rig(once());
    QVector<StandingFaults> told;
    QObject::connect(rig.handler.get(), &ApiRetryHandler::faultsChanged, rig.handler.get(),
                     [&](const StandingFaults &faults) { told.append(faults); });
    rig.handler->playFault(QStringLiteral("a"), plan(PlayedFault::ServerError, 60s));
    QCOMPARE(told.size(), 1);
    QCOMPARE(told.last().first().until - rig.clock.wallNow(), std::chrono::milliseconds(60'000));
    rig.clock.advance(59s);
    QVERIFY(!rig.call().succeeded());
    QCOMPARE(rig.transport.requests.size(), 0);
    rig.clock.advance(1s);
    QVERIFY(rig.call().succeeded());
    QCOMPARE(rig.transport.requests.size(), 1);
    QCOMPARE(told.size(), 2);
    QVERIFY(told.last().isEmpty() && rig.handler->faults().isEmpty());
    QVERIFY(!rig.of(EventKind::AttemptFinished).last().onPurpose);
    QCOMPARE(rig.clock.pendingTimers(), std::size_t(0));
    rig.check();
}

void PlayedFaultsTest::stopEndsThemAtOnce()
{
    EngineRig rig(once(), 2);
    rig.handler->playFault(QStringLiteral("a"), plan(PlayedFault::Refused));
    rig.handler->playFault(QStringLiteral("b"), plan(PlayedFault::Hang));
    QCOMPARE(rig.handler->faults().size(), 2);
    rig.handler->stopFaults();
    QVERIFY(rig.handler->faults().isEmpty());
    QVERIFY(rig.call().succeeded());
    QCOMPARE(rig.transport.requests.size(), 1);
    rig.check();
}

void PlayedFaultsTest::aShareOfTheExchangesMeetsIt()
{
    VirtualClock clock;
    ScriptedTransport inner(clock);
    SeededRandom random(11);
    FaultTransport faults(inner, clock, random, [](PlayedFault, const HttpRequest &) { return FaultAnswer{500, {}, {}}; });
    FaultPlan fifth = plan(PlayedFault::ServerError);
    fifth.share = 0.2;
    faults.play(QStringLiteral("a"), fifth);
    HttpRequest request;
    request.provider = QStringLiteral("a");
    const ExchangeCallbacks none{[] {}, [](const HttpHead &) {}, [](const QByteArray &) {}, [](const ExchangeEnd &) {}};
    int met = 0;
    for (int i = 0; i < 1000; ++i)
        met += faults.start(request, none)->isOnPurpose();
    QVERIFY2(met > 150 && met < 250, qPrintable(QString::number(met)));
    QCOMPARE(inner.requests.size(), 1000 - met);
    request.provider = QStringLiteral("b");
    QVERIFY(!faults.start(request, none)->isOnPurpose());
}

void PlayedFaultsTest::aLateFirstByteAsksAfterAll()
{
    RetryConfig c = once();
    c.firstTokenTimeout = c.idleTimeout = c.attemptTimeout = c.deadline = 10min;
    EngineRig rig(c);
    FaultPlan slow = plan(PlayedFault::SlowFirstByte);
    slow.delay = 20s;
    rig.handler->playFault(QStringLiteral("a"), slow);
    const CallId call = rig.send();
    rig.clock.advance(19s);
    QCOMPARE(rig.transport.requests.size(), 0);
    rig.drain();
    QVERIFY(rig.results[call.value].succeeded());
    QCOMPARE(rig.transport.requests.size(), 1);
    QCOMPARE(rig.results[call.value].duration, Duration(20s + 101ms));
    QVERIFY(rig.of(EventKind::AttemptFinished).first().onPurpose);
    rig.check();
}

/// The fault is the first provider's; the answer of the second is as good as any.
void PlayedFaultsTest::whatAnotherProviderDoesIsItsOwn()
{
    EngineRig rig(EngineRig::exact(), 2);
    rig.handler->playFault(QStringLiteral("a"), plan(PlayedFault::Hang));
    const CallResult result = rig.call();
    QVERIFY(result.succeeded());
    QCOMPARE(rig.transport.requests.size(), 1);
    QCOMPARE(rig.asked(0), QStringLiteral("b"));
    for (const Event &e : rig.of(EventKind::AttemptFinished))
        QCOMPARE(e.onPurpose, e.provider == QLatin1String("a"));
    QVERIFY(rig.of(EventKind::FailedOver).first().onPurpose);
    QVERIFY(rig.of(EventKind::CallFinished).first().onPurpose);
    QVERIFY(!rig.of(EventKind::CallSubmitted).first().onPurpose);
    rig.check();
}

void PlayedFaultsTest::aProbeMeetsItToo()
{
    EngineRig rig;
    rig.handler->playFault(QStringLiteral("a"), plan(PlayedFault::Unavailable));
    rig.handler->probe(QStringLiteral("a"));
    rig.clock.advance(1s);
    QCOMPARE(rig.transport.requests.size(), 0);
    const Event probed = rig.of(EventKind::ProbeFinished).first();
    QVERIFY(probed.onPurpose && probed.rule.startsWith(QLatin1String("on purpose: ")));
    QVERIFY(isByHand(probed)); // and is told as that
    QCOMPARE(probed.status, 503);
}

void PlayedFaultsTest::whoIsNotConfiguredHasNone()
{
    EngineRig rig;
    rig.handler->playFault(QStringLiteral("nobody"), plan(PlayedFault::Hang));
    QVERIFY(rig.handler->faults().isEmpty());
}

void PlayedFaultsTest::aPausedReaderIsNotToldMeanwhile()
{
    VirtualClock clock;
    ScriptedTransport inner(clock);
    SeededRandom random(1);
    FaultTransport faults(inner, clock, random,
                          [](PlayedFault, const HttpRequest &) { return FaultAnswer{500, {}, "body"}; });
    faults.play(QStringLiteral("a"), plan(PlayedFault::ServerError));
    QStringList told;
    HttpRequest request;
    request.provider = QStringLiteral("a");
    const auto exchange = faults.start(request, {[&] { told << QStringLiteral("sent"); },
                                                 [&](const HttpHead &) { told << QStringLiteral("head"); },
                                                 [&](const QByteArray &) { told << QStringLiteral("data"); },
                                                 [&](const ExchangeEnd &) { told << QStringLiteral("ended"); }});
    QVERIFY(told.isEmpty()); // never at once
    clock.advance(2ms);
    exchange->pause();
    clock.advance(1h);
    QCOMPARE(told, QStringList{"sent"});
    exchange->resume();
    clock.advance(1s);
    QCOMPARE(told, (QStringList{"sent", "head", "data", "ended"}));
}

void PlayedFaultsTest::statisticsTellThemApart()
{
    EngineRig rig(once());
    rig.handler->playFault(QStringLiteral("a"), plan(PlayedFault::ServerError));
    rig.call();
    rig.handler->stopFaults();
    rig.call();
    QCOMPARE(rig.handler->stats().attempts().onPurpose, quint64(1));
    QCOMPARE(rig.handler->stats().attempts().failed, quint64(1));
    QCOMPARE(standingFaultText({QStringLiteral("a"), {PlayedFault::RateLimit, 0.2}, {}}, QStringLiteral("Ah")),
             QStringLiteral("Ah: rate limit (429) for one in 5 calls"));
}

SUITE_TEST(PlayedFaultsTest)
#include "tst_playedfaults.moc"
