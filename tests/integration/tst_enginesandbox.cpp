// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/localengineclient.h"
#include "sandbox/sandbox.h"
#include "support/suite.h"

#include <QSignalSpy>
#include <QTest>

using namespace retryscope;

/// The engine on its thread against the sandbox, over real sockets.
class EngineSandboxTest : public QObject
{
    Q_OBJECT
private slots:
    void everyCallSucceedsWhileTheFirstProviderGoesDown();
    void oneAttemptIsAtMostOnePost();
    void cancelEndsTheCallOnce();
    void textIsGivenFromWhenSomebodyListens();

private:
    struct Rig
    {
        Rig(RetryConfig retry = {})
        {
            const auto port = sandbox.start();
            configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*port)));
            configuration.retry = retry;
            client.apply(configuration);
            QObject::connect(&client, &EngineClient::eventsArrived, &client,
                             [this](const Events &batch) { events += batch; });
            QObject::connect(&client, &EngineClient::callFinished, &client,
                             [this](const CallResult &r) { results[r.call.value] = r; });
        }
        std::optional<CallResult> call(bool stream, const QVector<ProviderId> &chain = {})
        {
            const CallId id = client.send(Prompt{QStringLiteral("Hello"), {}, {}, 64, stream}, Route{chain});
            if (!QTest::qWaitFor([&] { return results.contains(id.value); }, 20'000))
                return std::nullopt;
            return results[id.value];
        }
        QStringList story(CallId call) const
        {
            QStringList s;
            for (const Event &e : events) {
                if (e.call != call)
                    continue;
                QString word = toKey(e.kind);
                if (e.kind == EventKind::AttemptFinished)
                    word += QLatin1Char(':') + e.provider + QLatin1Char(':') + toKey(e.reason);
                if (e.kind != EventKind::FirstToken && e.kind != EventKind::AttemptQueued
                    && e.kind != EventKind::CircuitChanged)
                    s << word;
            }
            return s;
        }
        Sandbox sandbox;
        Configuration configuration;
        LocalEngineClient client{7};
        Events events;
        QHash<quint64, CallResult> results;
    };
    static RetryConfig quick()
    {
        RetryConfig c;
        c.baseDelay = 10ms;
        c.maxDelay = 20ms;
        c.firstTokenTimeout = c.idleTimeout = 400ms;
        c.attemptTimeout = 2s;
        c.deadline = 10s;
        return c;
    }
};

void EngineSandboxTest::everyCallSucceedsWhileTheFirstProviderGoesDown()
{
    Rig rig(quick());
    for (int i = 1; i <= 10; ++i) {
        if (i == 4)
            rig.sandbox.setFault(QStringLiteral("openai"), {Fault::Outage, 1.0, {}});
        const auto result = rig.call(true);
        QVERIFY(result && result->succeeded());
        QCOMPARE(result->provider, i < 4 ? QStringLiteral("openai") : QStringLiteral("anthropic"));
        QVERIFY(result->simulated && !result->text.isEmpty());
    }
    QCOMPARE(rig.story(CallId{1}),
             (QStringList{"call_submitted", "attempt_started", "attempt_finished:openai:none", "call_finished"}));
    QCOMPARE(rig.story(CallId{4}),
             (QStringList{"call_submitted", "attempt_started", "attempt_finished:openai:network", "failed_over",
                          "attempt_started", "attempt_finished:anthropic:none", "call_finished"}));
    QCOMPARE(rig.story(CallId{9}), (QStringList{"call_submitted", "provider_skipped", "attempt_started",
                                                "attempt_finished:anthropic:none", "call_finished"}));
    const bool opened = std::any_of(rig.events.begin(), rig.events.end(), [](const Event &e) {
        return e.kind == EventKind::CircuitChanged && e.provider == QLatin1String("openai")
               && e.circuitTo == CircuitState::Open;
    });
    QVERIFY(opened);
    for (qsizetype i = 1; i < rig.events.size(); ++i)
        QCOMPARE(rig.events[i].seq, rig.events[i - 1].seq + 1);
}

void EngineSandboxTest::textIsGivenFromWhenSomebodyListens()
{
    Rig rig;
    const auto before = rig.call(true);
    QVERIFY(before && before->succeeded());
    QHash<quint64, QString> heard;
    connect(&rig.client, &EngineClient::textArrived, this,
            [&](CallId call, const QString &text) { heard[call.value] += text; });
    const auto after = rig.call(true);
    QVERIFY(after && after->succeeded() && !after->text.isEmpty());
    QCOMPARE(heard.keys(), QList<quint64>{after->call.value});
    QCOMPARE(heard[after->call.value], after->text);
}

void EngineSandboxTest::oneAttemptIsAtMostOnePost()
{
    Rig rig(quick());
    QVERIFY(rig.call(false, {QStringLiteral("openai")})->succeeded()); // the connection is now reused
    rig.sandbox.setFault(QStringLiteral("openai"), {Fault::Reset, 1.0, {}});
    const int before = rig.sandbox.postsReceived(QStringLiteral("openai"));
    const auto result = rig.call(false, {QStringLiteral("openai")});
    QVERIFY(result && !result->succeeded());
    QCOMPARE(rig.sandbox.postsReceived(QStringLiteral("openai")) - before, result->attempts);
}

void EngineSandboxTest::cancelEndsTheCallOnce()
{
    Rig rig(quick());
    rig.sandbox.setFault(QStringLiteral("openai"), {Fault::Silence, 1.0, {}});
    QSignalSpy finished(&rig.client, &EngineClient::callFinished);
    const CallId id = rig.client.send(Prompt{QStringLiteral("Hello"), {}, {}, 64, true}, {});
    rig.client.cancel(id);
    rig.client.cancel(id);
    QVERIFY(QTest::qWaitFor([&] { return finished.count() == 1; }, 5000));
    QCOMPARE(toKey(rig.results[id.value].outcome), QStringLiteral("cancelled"));
}

SUITE_TEST(EngineSandboxTest)
#include "tst_enginesandbox.moc"
