// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/enginerig.h"
#include "base/timeformat.h"
#include "support/suite.h"

#include <QTest>

using namespace retryscope;

/// What the fields of a provider do to a call: keys, order, windows, limits of time, names of models.
class ProviderFieldsTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void aLimitedKeyGivesWayToTheNext();
    void aRefusedKeyIsLeftAloneForAWhile();
    void aRefusedKeyIsLeftAloneBesideAnotherProvider();
    void aUsedUpKeyBlocksItsOwnAccountOnly();
    void aKeyThatIsNotSetIsPassedOver();
    void anotherKeyIsNoSecondChoice();
    void aBrokenProviderIsNotAskedWithItsOtherKeys();
    void whenEveryKeyIsUsedUpTheNextProviderIsAsked();
    void aLowerPriorityIsAskedFirst();
    void aPromptThatIsTooLongGoesToALargerWindow();
    void modelsAreTranslatedOnTheWay();
    void aProvidersOwnAttemptTimeoutCounts_data();
    void aProvidersOwnAttemptTimeoutCounts();
    void aProvidersOwnFirstTokenTimeoutCounts();
    void aModelsOwnTimeoutsCount();
    void aPlainJsonModeGoesToAWireThatHasIt();

private:
    static std::unique_ptr<EngineRig> withKeys(int providers = 1)
    {
        auto rig = std::make_unique<EngineRig>(EngineRig::exact(), providers);
        rig->configuration.providers[0].keyReference = QStringLiteral("env:RS_TEST_KEY_1");
        rig->configuration.providers[0].keys = {QStringLiteral("env:RS_TEST_KEY_2"),
                                                QStringLiteral("env:RS_TEST_KEY_3")};
        rig->handler->configure(rig->configuration);
        return rig;
    }
    static QByteArray keyOf(const HttpRequest &request) { return headerValue(request.headers, "authorization").mid(7); }
    static QByteArrayList keysAsked(const EngineRig &rig)
    {
        QByteArrayList keys;
        for (const HttpRequest &request : rig.transport.requests)
            keys << keyOf(request);
        return keys;
    }
};

void ProviderFieldsTest::initTestCase()
{
    for (const char *name : {"1", "2", "3"})
        qputenv(QByteArray("RS_TEST_KEY_") + name, QByteArray("key-number-") + name);
}

void ProviderFieldsTest::aLimitedKeyGivesWayToTheNext()
{
    const auto rig = withKeys();
    rig->transport.queue = {scripts::rateLimit("5")};
    const CallResult result = rig->call();
    QVERIFY(result.succeeded());
    QCOMPARE(keysAsked(*rig), (QByteArrayList{"key-number-1", "key-number-2"}));
    QCOMPARE(rig->count(EventKind::RetryScheduled), 0); // nothing was waited for
    QVERIFY(rig->call().succeeded());
    QCOMPARE(keyOf(rig->transport.requests.last()), QByteArray("key-number-2")); // while the first is still limited
    rig->clock.advance(6s);
    QVERIFY(rig->call().succeeded());
    QCOMPARE(keyOf(rig->transport.requests.last()), QByteArray("key-number-1"));
    rig->check();
}

void ProviderFieldsTest::aRefusedKeyIsLeftAloneForAWhile()
{
    const auto rig = withKeys();
    rig->transport.next = [](const HttpRequest &request, int) {
        return keyOf(request) == "key-number-1" ? scripts::wrongKey() : scripts::openAiAnswer();
    };
    QVERIFY(rig->call().succeeded());
    QVERIFY(rig->call().succeeded());
    QCOMPARE(keysAsked(*rig), (QByteArrayList{"key-number-1", "key-number-2", "key-number-2"}));
    rig->check();
}

void ProviderFieldsTest::aRefusedKeyIsLeftAloneBesideAnotherProvider()
{
    EngineRig rig(EngineRig::exact(), 2);
    const auto refused = [](const HttpRequest &request, int) {
        return request.url.host() == QLatin1String("a.test") ? scripts::wrongKey() : scripts::openAiAnswer();
    };
    rig.transport.next = refused;
    QCOMPARE(rig.call().provider, QStringLiteral("b"));
    QCOMPARE(rig.call().provider, QStringLiteral("b"));
    QCOMPARE(rig.asked(0) + rig.asked(1) + rig.asked(2), QStringLiteral("abb"));
    rig.clock.advance(16min);
    QCOMPARE(rig.call().provider, QStringLiteral("b"));
    QCOMPARE(rig.asked(3) + rig.asked(4), QStringLiteral("ab"));
    rig.check();

    EngineRig alone(EngineRig::exact(), 1); // nobody else: each call is told at once, and a key that is mended works at once
    alone.transport.queue = {scripts::wrongKey(), scripts::wrongKey()};
    QVERIFY(!alone.call().succeeded());
    QVERIFY(!alone.call().succeeded());
    QVERIFY(alone.call().succeeded());
    QCOMPARE(alone.transport.requests.size(), 3);
    alone.check();
}

void ProviderFieldsTest::aUsedUpKeyBlocksItsOwnAccountOnly()
{
    const auto rig = withKeys();
    rig->configuration.providers[0].account = QStringLiteral("team"); // each key is an account of its own all the same
    rig->handler->configure(rig->configuration);
    rig->transport.next = [](const HttpRequest &request, int) {
        return keyOf(request) == "key-number-3" ? scripts::openAiAnswer() : scripts::quotaUsedUp();
    };
    QVERIFY(rig->call().succeeded());
    QCOMPARE(keysAsked(*rig), (QByteArrayList{"key-number-1", "key-number-2", "key-number-3"}));
    QVERIFY(rig->call().succeeded());
    QCOMPARE(rig->transport.requests.size(), 4);
    rig->check();
}

void ProviderFieldsTest::aKeyThatIsNotSetIsPassedOver()
{
    const auto rig = withKeys();
    rig->configuration.providers[0].keyReference = QStringLiteral("env:RS_TEST_KEY_THAT_IS_NOT_SET");
    rig->handler->configure(rig->configuration);
    QVERIFY(rig->call().succeeded());
    QCOMPARE(keysAsked(*rig), QByteArrayList{"key-number-2"}); // nothing was sent without a key
    rig->check();
}

void ProviderFieldsTest::anotherKeyIsNoSecondChoice()
{
    const auto rig = withKeys();
    rig->transport.queue = {scripts::quotaUsedUp()};
    rig->call();
    const CallResult result = rig->call(); // the first key is blocked
    QCOMPARE(result.outcome, CallOutcome::FirstTry);
    QCOMPARE(rig->count(EventKind::ProviderSkipped), 0);
    QCOMPARE(rig->count(EventKind::FailedOver), 0);
    rig->check();
}

void ProviderFieldsTest::aBrokenProviderIsNotAskedWithItsOtherKeys()
{
    const auto rig = withKeys(2);
    rig->transport.next = [](const HttpRequest &request, int) {
        return request.url.host() == QLatin1String("a.test") ? scripts::serverError() : scripts::openAiAnswer();
    };
    QCOMPARE(rig->call().provider, QStringLiteral("b"));
    QCOMPARE(keysAsked(*rig), (QByteArrayList{"key-number-1", "key-number-1", ""}));
    rig->transport.next = [](const HttpRequest &request, int) {
        return request.url.host() == QLatin1String("a.test") ? scripts::reset() : scripts::openAiAnswer();
    };
    QCOMPARE(rig->call().provider, QStringLiteral("b"));
    QCOMPARE(rig->transport.requests.size(), 5); // silence is asked elsewhere at once
    rig->check();
}

void ProviderFieldsTest::whenEveryKeyIsUsedUpTheNextProviderIsAsked()
{
    const auto rig = withKeys(2);
    rig->transport.next = [](const HttpRequest &request, int) {
        return request.url.host() == QLatin1String("a.test") ? scripts::quotaUsedUp() : scripts::openAiAnswer();
    };
    const CallResult first = rig->call();
    QCOMPARE(first.provider, QStringLiteral("b"));
    QCOMPARE(first.attempts, 4);
    const CallResult second = rig->call();
    QCOMPARE(second.attempts, 1);
    QCOMPARE(second.outcome, CallOutcome::SecondChoice);
    QCOMPARE(rig->count(EventKind::ProviderSkipped), 1); // once, however many keys
    rig->check();
}

void ProviderFieldsTest::aLowerPriorityIsAskedFirst()
{
    EngineRig rig(EngineRig::exact(), 3);
    rig.configuration.providers[2].priority = -1;
    rig.configuration.providers[0].priority = 1;
    rig.handler->configure(rig.configuration);
    rig.transport.next = [](const HttpRequest &, int) { return scripts::wrongKey(); };
    rig.call();
    QCOMPARE(rig.asked(0) + rig.asked(1) + rig.asked(2), QStringLiteral("cba"));
    rig.check();
}

void ProviderFieldsTest::aPromptThatIsTooLongGoesToALargerWindow()
{
    EngineRig rig(EngineRig::exact(), 3);
    rig.configuration.providers[0].contextWindow = 8000;
    rig.configuration.providers[1].contextWindow = 4000;
    rig.configuration.providers[2].contextWindow = 200'000;
    rig.handler->configure(rig.configuration);
    rig.transport.queue = {scripts::reply(
        400, R"({"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}})")};
    QCOMPARE(rig.call().provider, QStringLiteral("c"));
    QCOMPARE(rig.transport.requests.size(), 2);
    rig.check();
}

void ProviderFieldsTest::modelsAreTranslatedOnTheWay()
{
    EngineRig rig(EngineRig::exact(), 2);
    rig.configuration.providers[1].modelMap = {{QStringLiteral("big"), QStringLiteral("grand")}};
    rig.handler->configure(rig.configuration);
    rig.transport.queue = {scripts::modelMissing()};
    const CallResult result = rig.call(false, {}, QStringLiteral("big"));
    QVERIFY(result.succeeded());
    QCOMPARE(result.model, QStringLiteral("grand"));
    QVERIFY(rig.transport.requests[0].body.contains(R"("model":"big")"));
    QVERIFY(rig.transport.requests[1].body.contains(R"("model":"grand")"));
    rig.check();
}

void ProviderFieldsTest::aProvidersOwnAttemptTimeoutCounts_data()
{
    QTest::addColumn<int>("seconds");
    QTest::newRow("shorter than the policy's") << 5;
    QTest::newRow("longer than the policy's") << 90;
}

void ProviderFieldsTest::aProvidersOwnAttemptTimeoutCounts()
{
    QFETCH(int, seconds);
    EngineRig rig(EngineRig::exact(), 1);
    rig.configuration.providers[0].times.attempt = std::chrono::seconds(seconds);
    rig.configuration.retry.maxAttempts = 1;
    rig.handler->configure(rig.configuration);
    rig.transport.queue = {scripts::silence()};
    const CallResult result = rig.call();
    QVERIFY(!result.succeeded());
    QCOMPARE(result.duration, Duration(std::chrono::seconds(seconds)));
    rig.check();
}

void ProviderFieldsTest::aProvidersOwnFirstTokenTimeoutCounts()
{
    EngineRig rig(EngineRig::exact(), 2);
    rig.configuration.providers[0].times.firstToken = 3s;
    rig.handler->configure(rig.configuration);
    rig.transport.queue = {scripts::stream({}, false),
                           scripts::stream({scripts::delta("hi"), scripts::finishReason(), scripts::done()})};
    const CallResult result = rig.call(true);
    QCOMPARE(result.provider, QStringLiteral("b"));
    QVERIFY2(result.duration > 3s && result.duration < 4s, qPrintable(formatDuration(result.duration)));
    rig.check();
}

void ProviderFieldsTest::aModelsOwnTimeoutsCount()
{
    const auto lasts = [](const QString &model, bool stream) {
        EngineRig rig(EngineRig::exact(), 2);
        rig.configuration.providers[0].times = {.firstToken = 3s, .attempt = 5s};
        rig.configuration.providers[0].modelTimes = {{QStringLiteral("slow*"), {.firstToken = 7s, .attempt = 40s}}};
        rig.configuration.providers[0].modelMap = {{QStringLiteral("other"), QStringLiteral("slow-1")}};
        rig.handler->configure(rig.configuration);
        rig.transport.queue = {stream ? scripts::stream({}, false) : scripts::silence()};
        rig.call(stream, {}, model);
        rig.check();
        return std::chrono::round<std::chrono::seconds>(rig.of(EventKind::AttemptFinished).first().duration).count();
    };
    QCOMPARE(lasts({}, false), 5);
    QCOMPARE(lasts(QStringLiteral("slow-1"), false), 40);
    QCOMPARE(lasts(QStringLiteral("other"), false), 40); // by its name here
    QCOMPARE(lasts(QStringLiteral("quick"), false), 5);
    QCOMPARE(lasts({}, true), 3);
    QCOMPARE(lasts(QStringLiteral("slow-1"), true), 7);
}

void ProviderFieldsTest::aPlainJsonModeGoesToAWireThatHasIt()
{
    EngineRig rig(EngineRig::exact(), 2);
    rig.configuration.providers[0].protocol = ProtocolKind::Anthropic;
    rig.configuration.providers[0].keys = {QStringLiteral("env:RS_TEST_KEY_1"),
                                           QStringLiteral("env:RS_TEST_KEY_2")}; // none of which would help
    rig.handler->configure(rig.configuration);
    Prompt prompt{QStringLiteral("Hello"), {}, {}, 64, false};
    prompt.format.kind = ResponseFormat::Kind::Json;
    const auto ask = [&](quint64 id, const Route &route) {
        CallResult result;
        rig.handler->send(CallId{id}, prompt, route, [&result](const CallResult &r) { result = r; });
        rig.drain();
        return result;
    };
    QCOMPARE(ask(1, {}).provider, QStringLiteral("b"));
    QCOMPARE(rig.transport.requests.size(), 1);
    QVERIFY(rig.transport.requests.first().body.contains("json_object"));
    QCOMPARE(rig.story(),
             (QStringList{QStringLiteral("call_submitted"), QStringLiteral("attempt_started a"),
                          QStringLiteral("attempt_finished a invalid_request"), QStringLiteral("failed_over a>b"),
                          QStringLiteral("attempt_started b"), QStringLiteral("attempt_finished b none"),
                          QStringLiteral("call_finished recovered_by_failover")}));
    const CallResult alone = ask(2, Route{{QStringLiteral("a")}});
    QCOMPARE(alone.reason, RetryReason::InvalidRequest);
    QVERIFY2(alone.message.contains(QLatin1String("response_format")), qPrintable(alone.message));
    QCOMPARE(rig.transport.requests.size(), 1); // nothing was sent
    QCOMPARE(rig.count(EventKind::CircuitChanged), 0);
    prompt.format.kind = ResponseFormat::Kind::Text;
    rig.transport.queue = {
        scripts::reply(200, R"({"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"})")};
    QCOMPARE(ask(3, {}).provider, QStringLiteral("a"));
    rig.check();
}

SUITE_TEST(ProviderFieldsTest)
#include "tst_providerfields.moc"
