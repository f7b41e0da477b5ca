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
    void everyProviderIsShut();
    void conflictsSayNothingAboutAProvider();
    void skippedIsNoFirstChoice();
    void afterTwoQuietMinutes();

private:
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
    QCOMPARE(headlineText(health), QStringLiteral("No calls yet"));
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
    QCOMPARE(headlineText(health), QStringLiteral("No calls in the last 2 min"));
}

SUITE_TEST(HealthMonitorTest)
#include "tst_healthmonitor.moc"
