// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/inprocess.h"

#include "base/virtualclock.h"
#include "engine/apiretryhandler.h"
#include "health/healthmonitor.h"
#include "sandbox/answers.h"
#include "support/eventgrammar.h"
#include "support/suite.h"

#include <QTest>

using namespace retryscope;

/// The simulated providers on virtual time: the engine finds in them what it finds over HTTP.
class InProcessTest : public QObject
{
    Q_OBJECT
private slots:
    void everyWireAnswers_data();
    void everyWireAnswers();
    void aFaultIsAnsweredInTheWiresOwnWords();
    void answersFitThePrompt();
    void twoMinutesArePlayedAndJudged();

private:
    struct Stage
    {
        Stage()
        {
            configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:1")));
            engine.configure(configuration);
            grammar.attach(engine.events());
        }
        CallResult call(const ProviderId &provider, bool stream)
        {
            CallResult result;
            engine.send(CallId{++calls}, Prompt{QStringLiteral("What is jitter?"), {}, {}, 128, stream},
                        Route{{provider}}, [&](const CallResult &r) { result = r; });
            clock.advance(300s);
            return result;
        }
        VirtualClock clock;
        SeededRandom random{7};
        InProcessProviders transport{clock, random};
        ApiRetryHandler engine{clock, transport, random};
        EventGrammar grammar;
        Configuration configuration;
        quint64 calls = 0;
    };
};

void InProcessTest::everyWireAnswers_data()
{
    QTest::addColumn<QString>("provider");
    QTest::addColumn<bool>("stream");
    for (const char *id : {"openai", "anthropic", "google_ai", "mistral"}) {
        QTest::addRow("%s whole", id) << QString::fromLatin1(id) << false;
        QTest::addRow("%s streamed", id) << QString::fromLatin1(id) << true;
    }
}

void InProcessTest::everyWireAnswers()
{
    QFETCH(QString, provider);
    QFETCH(bool, stream);
    Stage stage;
    const CallResult result = stage.call(provider, stream);
    QVERIFY2(result.succeeded(), qPrintable(result.message));
    QVERIFY2(result.text.startsWith(QStringLiteral("Jitter spreads retries")), qPrintable(result.text));
    QVERIFY(result.tokensIn && result.tokensOut && *result.tokensOut > 10);
    QCOMPARE(result.firstToken.has_value(), stream);
    QCOMPARE(stage.grammar.problem(true), QString());
}

void InProcessTest::aFaultIsAnsweredInTheWiresOwnWords()
{
    Stage stage;
    stage.transport.setFault(QStringLiteral("anthropic"), Fault::Overloaded);
    const CallResult result = stage.call(QStringLiteral("anthropic"), true);
    QCOMPARE(result.reason, RetryReason::TemporaryFailure);
    QCOMPARE(result.status, 529);
}

void InProcessTest::answersFitThePrompt()
{
    SeededRandom random(1);
    const auto text = [&](const char *prompt) {
        return composeAnswer(QLatin1String(prompt), random).join(QLatin1Char(' '));
    };
    QCOMPARE(text("List ten facts about rate limits, one a line.").count(QLatin1Char('\n')), 9);
    QCOMPARE(text("Answer with JSON: {\"status\": \"ok\"}"), QStringLiteral("{\"status\": \"ok\"}"));
    QCOMPARE(text("Say in one sentence why retries need jitter.").count(QLatin1Char('.')), 1);
    QVERIFY(!text("").isEmpty());
}

void InProcessTest::twoMinutesArePlayedAndJudged()
{
    Stage stage;
    HealthMonitor health;
    health.configure(stage.configuration);
    stage.engine.events().subscribe([&](const Event &e) { health.onEvent(e); });
    for (int i = 0; i < 240; ++i) {
        stage.engine.send(CallId{++stage.calls}, Prompt{QStringLiteral("Hello"), {}, {}, 64, true}, {});
        stage.clock.advance(500ms);
    }
    stage.clock.advance(1s);
    health.advance(stage.clock.now(), stage.clock.wallNow());
    const HealthSnapshot now = health.snapshot();
    QCOMPARE(now.calls.asked, 240ULL);
    QCOMPARE(now.calls.ended, 240ULL);
    QCOMPARE(now.calls.service, ServiceState::Good);
    QCOMPARE(now.provider(QStringLiteral("openai"))->state, ProviderState::Well);
    QCOMPARE(now.provider(QStringLiteral("mistral"))->state, ProviderState::Unproven);
    QVERIFY(now.simulated());
}

SUITE_TEST(InProcessTest)
#include "tst_inprocess.moc"
