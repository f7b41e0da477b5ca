// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/healthmonitor.h"
#include "support/recordedstream.h"
#include "support/suite.h"
#include "words/healthwords.h"

#include <QTest>

using namespace retryscope;

/// The one judgement, told by small stories: what the headline and the providers say when every call fails, when all hang,
/// when nobody was asked, and afterwards.
class HealthMonitorTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void nobodyWasAsked();
    void aFewAnswersProveOneProvider();
    void everyCallFailsWhileProvidersAreWell();
    void callsHang();
    void oneHangsBesideOthers();
    void aProviderThatSaysNothingIsNotWell();
    void everyProviderIsShut();
    void conflictsSayNothingAboutAProvider();
    void skippedIsNoFirstChoice();
    void afterTwoQuietMinutes();
    void aClockSetBackTellsNoFuture();
    void whatASleepPassedOverNobodyWatched();
    void repeatsOfAnSdkAreForgottenAfterAClockSetBack();
    void aShutModelIsNotTheProvider();
    void simulatedAnswersProveNothingOfARealProvider();
    void anotherServerIsUnproven();

private:
    /// What comes from now on comes an hour earlier by the wall clock, or later.
    HealthSnapshot judgeAt(std::chrono::milliseconds step)
    {
        for (Event e : m_stream.take()) {
            e.wall += step;
            m_monitor->onEvent(e);
        }
        m_monitor->advance(m_stream.now(), m_stream.wall() + step);
        return m_monitor->snapshot();
    }
    HealthSnapshot judge()
    {
        for (const Event &e : m_stream.take())
            m_monitor->onEvent(e);
        m_monitor->advance(m_stream.now(), m_stream.wall());
        return m_monitor->snapshot();
    }
    /// `n` calls, a half second apart, that OpenAI answers in 300 ms.
    void answer(int n)
    {
        for (int i = 0; i < n; ++i) {
            m_stream.answered(QStringLiteral("openai"), 300ms);
            m_stream.wait(500ms);
        }
    }
    RecordedStream m_stream;
    std::unique_ptr<HealthMonitor> m_monitor;
};

void HealthMonitorTest::init()
{
    m_stream = {};
    m_monitor = std::make_unique<HealthMonitor>();
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    m_monitor->configure(configuration);
}

void HealthMonitorTest::nobodyWasAsked()
{
    const HealthSnapshot health = judge();
    QCOMPARE(health.calls.service, ServiceState::Unproven);
    QVERIFY(!health.calls.servedShare());
    for (const ProviderReport &p : health.providers)
        QCOMPARE(p.state, ProviderState::Unproven);
    QCOMPARE(headlineText(health), QStringLiteral("No calls from here yet"));
}

void HealthMonitorTest::aFewAnswersProveOneProvider()
{
    answer(10);
    const HealthSnapshot health = judge();
    QCOMPARE(health.calls.service, ServiceState::Good);
    QCOMPARE(health.provider(QStringLiteral("openai"))->state, ProviderState::Well);
    QCOMPARE(health.provider(QStringLiteral("mistral"))->state, ProviderState::Unproven);
    QCOMPARE(headlineReason(health, m_stream.now()), QStringLiteral("1 of 4 providers is well, 3 are unproven."));
}

/// "Prompt too long" is the caller's: the provider stays what it was, the headline does not.
void HealthMonitorTest::everyCallFailsWhileProvidersAreWell()
{
    for (int i = 0; i < 20; ++i) {
        m_stream.beginCall();
        m_stream.attempt(QStringLiteral("openai"), RetryReason::ContextLength, 80ms);
        m_stream.endCall(QStringLiteral("openai"), CallOutcome::Failed, 80ms, RetryReason::ContextLength);
        m_stream.wait(500ms);
    }
    const HealthSnapshot health = judge();
    QCOMPARE(health.calls.service, ServiceState::Bad);
    QCOMPARE(headlineText(health), QStringLiteral("0 % of calls served"));
    QVERIFY(health.provider(QStringLiteral("openai"))->state != ProviderState::Down);
    QVERIFY2(headlineReason(health, m_stream.now()).startsWith(QLatin1String("20 calls failed since ")),
             qPrintable(headlineReason(health, m_stream.now())));
}

/// Amber when the wait is far beyond what is usual, red when nothing has ended for as long as a first token may take.
void HealthMonitorTest::callsHang()
{
    answer(20);
    for (int i = 0; i < 3; ++i)
        m_stream.beginCall();
    m_stream.wait(4s);
    QVERIFY(!judge().calls.waits);
    m_stream.wait(4s);
    HealthSnapshot health = judge();
    QVERIFY(health.calls.waits && !health.calls.stuck);
    QCOMPARE(health.calls.service, ServiceState::Pain);
    QCOMPARE(headlineReason(health, m_stream.now()),
             QStringLiteral("3 calls wait, the oldest for 8.0 s; 95 % of answers took at most 300 ms."));
    m_stream.wait(24s);
    health = judge();
    QVERIFY(health.calls.stuck);
    QCOMPARE(health.calls.service, ServiceState::Bad);
    QCOMPARE(headlineText(health), QStringLiteral("3 calls wait and none ends"));
}

void HealthMonitorTest::oneHangsBesideOthers()
{
    m_stream.beginCall();
    m_stream.wait(1s);
    answer(80);
    const HealthSnapshot health = judge();
    QVERIFY(health.calls.waits && !health.calls.stuck);
    QCOMPARE(health.calls.inFlight, 1ULL);
    QCOMPARE(health.calls.service, ServiceState::Pain);
    QVERIFY2(headlineReason(health, m_stream.now()).startsWith(QLatin1String("One call waits for 41.0 s;")),
             qPrintable(headlineReason(health, m_stream.now())));
}

/// Its card says so when the header does, and no longer once it speaks.
void HealthMonitorTest::aProviderThatSaysNothingIsNotWell()
{
    const QString openai = QStringLiteral("openai");
    answer(20);
    m_stream.beginCall();
    m_stream.add(EventKind::AttemptStarted, openai).attempt = 1;
    m_stream.wait(4s);
    QCOMPARE(judge().provider(openai)->state, ProviderState::Well);
    m_stream.wait(4s);
    HealthSnapshot health = judge();
    QVERIFY(health.calls.waits);
    QCOMPARE(health.provider(openai)->state, ProviderState::Slow);
    QCOMPARE(stateReason(*health.provider(openai), health, m_stream.now()), QStringLiteral("no answer for 8.0 s"));
    QCOMPARE(health.provider(QStringLiteral("mistral"))->state, ProviderState::Unproven);
    m_stream.add(EventKind::FirstToken, openai).attempt = 1;
    m_stream.wait(8s); // it speaks, for as long as it likes
    QCOMPARE(judge().provider(openai)->state, ProviderState::Well);
}

void HealthMonitorTest::everyProviderIsShut()
{
    answer(5);
    for (const ProviderConfig &p : RecordedStream::fourProviders())
        m_stream.circuit(p.id, CircuitState::Closed, CircuitState::Open, 30s, RetryReason::Network);
    m_stream.beginCall();
    m_stream.endCall({}, CallOutcome::Failed, 1ms, RetryReason::Network);
    const HealthSnapshot health = judge();
    QVERIFY(health.calls.nobody);
    QCOMPARE(health.calls.service, ServiceState::Bad);
    QCOMPARE(headlineText(health), QStringLiteral("No provider can be asked"));
    QCOMPARE(health.calls.window.count(CallOutcome::Failed), 1ULL);
}

void HealthMonitorTest::conflictsSayNothingAboutAProvider()
{
    answer(5);
    for (int i = 0; i < 6; ++i) {
        m_stream.beginCall();
        m_stream.attempt(QStringLiteral("openai"), RetryReason::TemporaryFailure, 50ms).health = HealthSignal::Ignored;
        m_stream.retry(QStringLiteral("openai"), RetryReason::TemporaryFailure, 100ms);
        m_stream.attempt(QStringLiteral("openai"), RetryReason::None, 300ms);
        m_stream.endCall(QStringLiteral("openai"), CallOutcome::RecoveredByRetry, 450ms);
        m_stream.wait(1s);
    }
    const HealthSnapshot health = judge();
    QCOMPARE(health.provider(QStringLiteral("openai"))->state, ProviderState::Well);
    QVERIFY(m_monitor->incidents().incidents().empty());
    QCOMPARE(health.calls.window.retryCount(), 6ULL);
}

void HealthMonitorTest::skippedIsNoFirstChoice()
{
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 200s, RetryReason::Network);
    for (int i = 0; i < 50; ++i) {
        m_stream.beginCall();
        m_stream.skip(QStringLiteral("openai"), SkipReason::CircuitOpen, RetryReason::Network);
        m_stream.attempt(QStringLiteral("anthropic"), RetryReason::None, 300ms);
        m_stream.endCall(QStringLiteral("anthropic"), CallOutcome::SecondChoice, 300ms);
        m_stream.wait(1s);
    }
    const HealthSnapshot health = judge();
    QCOMPARE(health.calls.service, ServiceState::Pain);
    QCOMPARE(health.calls.window.count(CallOutcome::FirstTry), 0ULL);
    QCOMPARE(health.calls.window.count(CallOutcome::SecondChoice), 50ULL);
    const QString reason = headlineReason(health, m_stream.now());
    QVERIFY2(reason.startsWith(QLatin1String("OpenAI is down since ")), qPrintable(reason));
    QVERIFY2(reason.endsWith(QLatin1String("Its traffic goes to Anthropic.")), qPrintable(reason));
}

/// Evidence grows old: green is for what was seen lately.
void HealthMonitorTest::afterTwoQuietMinutes()
{
    answer(10);
    QCOMPARE(judge().calls.service, ServiceState::Good);
    m_stream.wait(3min);
    const HealthSnapshot health = judge();
    QCOMPARE(health.calls.service, ServiceState::Unproven);
    QCOMPARE(health.provider(QStringLiteral("openai"))->state, ProviderState::Unproven);
    QCOMPARE(headlineText(health), QStringLiteral("No calls from here in the last 2 min"));
}

/// What stands goes on standing, since as long as it does.
void HealthMonitorTest::aClockSetBackTellsNoFuture()
{
    const ProviderId openai = QStringLiteral("openai");
    TimeSeries shown;
    const auto show = [&] {
        const HealthUpdate update = m_monitor->take();
        shown.sync(update.now.at, update.now.wall);
        for (const SeriesPiece &piece : update.pieces)
            shown.add(piece);
        for (const auto &[provider, change] : update.changes)
            shown.addChange(provider, change);
    };
    answer(2);
    m_stream.circuit(openai, CircuitState::Closed, CircuitState::Open, 200s, RetryReason::Network);
    judge();
    show();
    m_stream.wait(30s);
    m_stream.beginCall();
    m_stream.endCall({}, CallOutcome::Failed, 1ms, RetryReason::Network);
    judge(); // and nobody takes it before the clock is set
    m_stream.wait(1s);
    const HealthSnapshot now = judgeAt(-1h);
    const WallTime wall = m_stream.wall() - 1h;
    QCOMPARE(now.provider(openai)->state, ProviderState::Down);
    QCOMPARE(wall - now.provider(openai)->since, std::chrono::milliseconds(31s));
    QCOMPARE(wall - now.provider(openai)->circuits.front().since, std::chrono::milliseconds(31s));
    show();
    QCOMPARE(shown.changes(openai).back().state, ProviderState::Down); // the band goes on
    QVERIFY(shown.changes(openai).back().at <= wall);
    quint64 failed = 0;
    for (int i = 0; i < 5; ++i) {
        if (const TrafficBin *bin = shown.total(0, TimeSeries::keyOf(0, wall) - i))
            failed += bin->count(CallOutcome::Failed);
    }
    QCOMPARE(failed, 1ULL);
    m_stream.wait(1s);
    m_stream.beginCall();
    m_stream.endCall({}, CallOutcome::Failed, 1ms, RetryReason::Network);
    QCOMPARE(*judgeAt(-1h).calls.failingSince, wall - 1s);
}

/// Nor what somebody who set the clock forward passed over.
void HealthMonitorTest::whatASleepPassedOverNobodyWatched()
{
    answer(2);
    judge();
    m_monitor->take();
    const WallTime asleep = m_stream.wall();
    m_stream.wait(1s);
    judgeAt(3h);
    const auto missed = m_monitor->take().missed;
    QCOMPARE(missed.size(), 1U);
    QCOMPARE(missed.front(), (WatchedSpan{asleep + 1s, asleep + 1s + 3h}));
    m_stream.wait(1s);
    judgeAt(3h);
    QCOMPARE(m_monitor->take().missed.size(), 0U);
}

void HealthMonitorTest::repeatsOfAnSdkAreForgottenAfterAClockSetBack()
{
    m_stream.beginCall();
    Events events = m_stream.take();
    events.first().callerRepeat = 1;
    m_monitor->onEvent(events.first());
    QCOMPARE(judge().calls.callerRepeats, 1ULL);
    m_stream.wait(61min);
    QCOMPARE(judgeAt(-1h).calls.callerRepeats, 0ULL);
}

/// Its other models answer, so it is not down, and the calls are served; it is down once nothing of it answers any more.
void HealthMonitorTest::aShutModelIsNotTheProvider()
{
    Configuration one;
    one.providers = {RecordedStream::fourProviders().first()};
    m_monitor->configure(one);
    answer(20);
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 600s, RetryReason::RateLimit);
    Events events = m_stream.take();
    events.last().scope = Scope::Model;
    events.last().model = QStringLiteral("gpt-mini");
    for (const Event &e : events)
        m_monitor->onEvent(e);
    answer(1);
    m_stream.beginCall(); // is in flight
    HealthSnapshot health = judge();
    QCOMPARE(health.providers.front().state, ProviderState::Failing);
    QVERIFY(!health.calls.nobody);
    QCOMPARE(health.calls.service, ServiceState::Good);
    QCOMPARE(headlineText(health), QStringLiteral("100 % of calls served"));
    const QString reason = headlineReason(health, m_stream.now());
    QVERIFY2(reason.startsWith(QLatin1String("OpenAI: gpt-mini is down since "))
                 && reason.contains(QLatin1String("its other models answer.")),
             qPrintable(reason));
    m_stream.wait(3min);
    health = judge();
    QCOMPARE(health.providers.front().state, ProviderState::Down);
    QVERIFY(health.calls.nobody);
}

void HealthMonitorTest::simulatedAnswersProveNothingOfARealProvider()
{
    answer(20);
    QCOMPARE(judge().calls.service, ServiceState::Good);
    Configuration real;
    real.providers = RecordedStream::fourProviders();
    real.providers[1].simulated = false; // beside simulated ones: these are what they were
    m_monitor->configure(real);
    QVERIFY(m_monitor->take().anew); // but for this one
    answer(5);
    QCOMPARE(judge().calls.window.owed(), 5ULL);
    for (ProviderConfig &p : real.providers)
        p.simulated = false;
    m_monitor->configure(real);
    const HealthUpdate update = m_monitor->take();
    QVERIFY(update.anew);
    QVERIFY(update.pieces.empty());
    QCOMPARE(update.now.calls.service, ServiceState::Unproven);
    QCOMPARE(update.now.calls.window.owed(), 0ULL);
    for (const ProviderReport &p : update.now.providers)
        QCOMPARE(p.state, ProviderState::Unproven);
    QVERIFY(!m_monitor->take().anew);
    answer(3);
    m_monitor->configure(real); // nothing changes
    const HealthUpdate more = m_monitor->take();
    QVERIFY(!more.anew);
    real.providers[0].name = QStringLiteral("Another name");
    m_monitor->configure(real);
    QVERIFY(!m_monitor->take().anew);
}

void HealthMonitorTest::anotherServerIsUnproven()
{
    answer(20);
    QCOMPARE(judge().provider(QStringLiteral("openai"))->state, ProviderState::Well);
    Configuration moved;
    moved.providers = RecordedStream::fourProviders();
    moved.providers[0].baseUrl = QUrl(QStringLiteral("http://other.test/v1"));
    m_monitor->configure(moved);
    const HealthUpdate update = m_monitor->take();
    QVERIFY(!update.anew); // the calls were served all the same
    QCOMPARE(update.now.calls.service, ServiceState::Good);
    QCOMPARE(update.now.provider(QStringLiteral("openai"))->state, ProviderState::Unproven);
    QVERIFY(!update.now.provider(QStringLiteral("openai"))->lastAsked);
    QCOMPARE(update.changes.back().second.state, ProviderState::Unproven);
    answer(1);
    QCOMPARE(judge().provider(QStringLiteral("openai"))->state, ProviderState::Well);
}

SUITE_TEST(HealthMonitorTest)
#include "tst_healthmonitor.moc"
