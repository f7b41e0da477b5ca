// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/gatewayrig.h"
#include "support/suite.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace retryscope;

/// What one program's request does not do to others, and what it is told truly.
class GatewayEvidenceTest : public QObject
{
    Q_OBJECT
private slots:
    void anErrorBesideTheFirstWordIsRepeatedUnseen_data();
    void anErrorBesideTheFirstWordIsRepeatedUnseen();
    void aHurriedCallerIsNoEvidence();
    void noTimeAtAllIsATimeOut();
    void whatNamesNoModelShutsNone();
    void aNamedModelIsAskedAcrossProtocols();
    void chatCompletionsAreTranslatedForResponses();
    void theWaitIsToldInAnotherProtocolsError_data();
    void theWaitIsToldInAnotherProtocolsError();
    void whatHasNotChangedIsAnAnswer();
    void anotherVersionOfGooglesIsAskedForIt();
    void strangersGetNoRoomForBodies();
    void theServersOwnRefusalsAreInTheCallersWords_data();
    void theServersOwnRefusalsAreInTheCallersWords();
    void aFormOfCurlIsJson();
    void aQueryBeyondAsciiIsEncodedOnce();
};

namespace {

const QByteArray hello = R"({"model":"a-model","messages":[{"role":"user","content":"Hello"}]})";
const QByteArray helloStreamed = R"({"model":"a-model","stream":true,"max_tokens":9,)"
                                 R"("messages":[{"role":"user","content":"x"}]})";
const QByteArray hiBody = R"({"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant",)"
                          R"("content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}})";
const QByteArray eventHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
const QByteArray firstWord = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"half\"}}]}\n\n";
const QByteArray overloadedEvent = "data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\","
                                   "\"code\":\"server_is_overloaded\"}}\n\n";

void sayHi(QTcpSocket *socket, int) { RawServer::reply(socket, hiBody); }

void sayHiAsGoogle(QTcpSocket *socket, int)
{
    RawServer::reply(socket, R"({"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}]})");
}

} // namespace

void GatewayEvidenceTest::anErrorBesideTheFirstWordIsRepeatedUnseen_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::newRow("same words") << QByteArray("/v1/chat/completions");
    QTest::newRow("translated") << QByteArray("/v1/messages");
}

/// In one read the word was held back when the error came, so nobody has seen it.
void GatewayEvidenceTest::anErrorBesideTheFirstWordIsRepeatedUnseen()
{
    QFETCH(QByteArray, path);
    RawServer first, second;
    first.answer = [](QTcpSocket *socket, int) {
        socket->write(eventHead + firstWord + overloadedEvent);
        socket->disconnectFromHost();
    };
    second.answer = [](QTcpSocket *socket, int) {
        socket->write(eventHead
                      + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"whole\"},"
                        "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        socket->disconnectFromHost();
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), first);
    rig.add(QStringLiteral("b"), second);
    rig.start();
    const Got got = rig.ask(GatewayRig::post(path, helloStreamed, "anthropic-version: 2023-06-01\r\n"));
    QCOMPARE(got.status, 200);
    QVERIFY2(got.whole && got.body.contains("whole") && !got.body.contains("half"), got.body.constData());
    QCOMPARE(got.header("x-retryscope-provider"), QByteArray("b"));
}

/// Three callers who give a slow provider less than its time do not shut it for the fourth.
void GatewayEvidenceTest::aHurriedCallerIsNoEvidence()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int number) {
        if (number > 3)
            sayHi(socket, number);
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    for (int i = 0; i < 3; ++i) {
        const Got got = rig.ask(GatewayRig::post("/v1/chat/completions", hello, "x-retryscope-deadline: 400ms\r\n"));
        QCOMPARE(got.status, 504);
        QVERIFY2(got.body.contains("deadline") && got.header("retry-after").isEmpty(), got.body.constData());
    }
    QCOMPARE(server.requests, 3);
    for (const Event &event : rig.ofKind(EventKind::AttemptFinished))
        QCOMPARE(event.health, HealthSignal::Ignored);
    QVERIFY(rig.ofKind(EventKind::CircuitChanged).isEmpty());
    QCOMPARE(rig.ask(GatewayRig::post("/v1/chat/completions", hello)).status, 200);
}

void GatewayEvidenceTest::noTimeAtAllIsATimeOut()
{
    RawServer server;
    server.answer = sayHi;
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    const Got got = rig.ask(GatewayRig::post("/v1/chat/completions", hello, "x-retryscope-deadline: 20ms\r\n"));
    QCOMPARE(got.status, 504);
    QCOMPARE(got.header("x-retryscope-reason"), QByteArray("network_timeout"));
    QVERIFY2(!got.body.contains("overloaded"), got.body.constData());
    QCOMPARE(server.requests, 0);
}

/// A limit on batches is none of the model that prompts go to.
void GatewayEvidenceTest::whatNamesNoModelShutsNone()
{
    RawServer server;
    server.answer = [&](QTcpSocket *socket, int number) {
        if (!server.heads.last().contains("/batches"))
            return sayHi(socket, number);
        RawServer::reply(socket, R"({"error":{"message":"slow","code":"rate_limit_exceeded"}})", "429 Too Many Requests",
                         "Retry-After: 600\r\n");
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    QCOMPARE(rig.ask(GatewayRig::post("/v1/batches", "{}")).status, 429);
    QCOMPARE(rig.ofKind(EventKind::AttemptFinished).value(0).model, QStringLiteral("/batches"));
    QCOMPARE(rig.ask(GatewayRig::post("/v1/chat/completions", hello)).status, 200);
    const int asked = server.requests;
    QCOMPARE(rig.ask(GatewayRig::post("/v1/batches", "{}")).status, 429); // these are known to be shut
    QCOMPARE(server.requests, asked);
}

void GatewayEvidenceTest::aNamedModelIsAskedAcrossProtocols()
{
    RawServer server;
    server.answer = sayHiAsGoogle;
    GatewayRig rig;
    rig.add(QStringLiteral("g"), server, QStringLiteral("google_ai"));
    rig.start();
    const auto ask = [&](const QByteArray &model) {
        return rig.ask(GatewayRig::post("/v1/chat/completions",
                                        R"({"model":")" + model + R"(","messages":[{"role":"user","content":"x"}]})"));
    };
    Got got = ask("g/gemini-3-pro");
    QCOMPARE(got.status, 200);
    QVERIFY2(server.heads.last().startsWith("POST /v1beta/models/gemini-3-pro:"), server.heads.last().constData());
    QCOMPARE(got.header("x-retryscope-model"), QByteArray("gemini-3-pro"));
    got = ask("gpt-5"); // of another vendor, and no provider is named: its own, and that is told
    QVERIFY2(server.heads.last().startsWith("POST /v1beta/models/g-model:"), server.heads.last().constData());
    QCOMPARE(got.header("x-retryscope-model"), QByteArray("g-model"));
}

/// Models that answer there only know no chat completions.
void GatewayEvidenceTest::chatCompletionsAreTranslatedForResponses()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) {
        RawServer::reply(socket, R"({"id":"resp_1","object":"response","status":"completed","model":"m","output":[{"type":"message",)"
                                 R"("role":"assistant","content":[{"type":"output_text","text":"Hi"}]}]})");
    };
    GatewayRig rig;
    rig.add(QStringLiteral("r"), server, QStringLiteral("openai_responses"));
    rig.start();
    const Got got = rig.ask(GatewayRig::post("/v1/chat/completions", hello));
    QVERIFY2(got.status == 200, got.body);
    QVERIFY2(server.heads.last().startsWith("POST /v1/responses "), server.heads.last().constData());
    QCOMPARE(QJsonDocument::fromJson(server.lastBody).object()[QLatin1String("model")].toString(), QStringLiteral("a-model"));
    QCOMPARE(QJsonDocument::fromJson(got.body).object()[QLatin1String("object")].toString(), QStringLiteral("chat.completion"));
    rig.ask(GatewayRig::post("/v1/embeddings", R"({"model":"e","input":"x"})")); // every other path is the vendor's own
    QVERIFY2(server.heads.last().startsWith("POST /v1/embeddings "), server.heads.last().constData());
}

void GatewayEvidenceTest::theWaitIsToldInAnotherProtocolsError_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("openai") << QByteArray("/v1/chat/completions") << hello;
    QTest::newRow("mistral") << QByteArray("/mistral/v1/chat/completions") << hello;
    QTest::newRow("google") << QByteArray("/v1beta/models/a-model:generateContent")
                            << QByteArray(R"({"contents":[{"role":"user","parts":[{"text":"x"}]}]})");
}

void GatewayEvidenceTest::theWaitIsToldInAnotherProtocolsError()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, body);
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) {
        RawServer::reply(socket, R"({"type":"error","error":{"type":"rate_limit_error","message":"slow down"}})",
                         "429 Too Many Requests", "retry-after: 7\r\n");
    };
    GatewayRig rig;
    rig.configuration.retry.maxAttempts = 1;
    rig.add(QStringLiteral("an"), server, QStringLiteral("anthropic"));
    rig.start();
    const Got got = rig.ask(GatewayRig::post(path, body));
    QCOMPARE(got.status, 429);
    QCOMPARE(server.requests, 1);
    QCOMPARE(got.header("retry-after"), QByteArray("7"));
}

void GatewayEvidenceTest::whatHasNotChangedIsAnAnswer()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) {
        socket->write("HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\nConnection: close\r\n\r\n");
        socket->disconnectFromHost();
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    QByteArray request = GatewayRig::get("/v1/files/f/content");
    request.insert(request.size() - 2, "If-None-Match: \"e\"\r\n");
    const Got got = rig.ask(request);
    QCOMPARE(got.status, 304);
    QCOMPARE(got.header("etag"), QByteArray("\"e\""));
    QVERIFY(got.body.isEmpty());
    QCOMPARE(server.requests, 1);
    QCOMPARE(rig.ofKind(EventKind::CallFinished).value(0).outcome, CallOutcome::FirstTry);
}

void GatewayEvidenceTest::anotherVersionOfGooglesIsAskedForIt()
{
    RawServer server;
    server.answer = sayHiAsGoogle;
    GatewayRig rig;
    rig.add(QStringLiteral("g"), server, QStringLiteral("google_ai"));
    rig.start();
    const QByteArray contents = R"({"contents":[{"role":"user","parts":[{"text":"x"}]}]})";
    for (const char *path : {"/v1alpha/models/g-model:generateContent", "/v1alpha/files/f", "/google_ai/v1alpha/models/g-model:generateContent"}) {
        QCOMPARE(rig.ask(GatewayRig::post(path, contents)).status, 200);
        QByteArray wanted = path;
        wanted.replace("/google_ai", "");
        QVERIFY2(server.heads.last().startsWith("POST " + wanted + ' '), server.heads.last().constData());
    }
}

/// Announced bodies of those who show no token keep no room that others need.
void GatewayEvidenceTest::strangersGetNoRoomForBodies()
{
    RawServer server;
    server.answer = sayHi;
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    GatewayOptions options;
    options.http.bodiesBytes = 1 << 20;
    options.http.bodyBytes = 8 << 20;
    rig.start(options);
    std::vector<std::unique_ptr<QTcpSocket>> strangers;
    for (int i = 0; i < 4; ++i) {
        strangers.push_back(rig.connectTo());
        strangers.back()->write("POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8000000\r\n\r\n{\"mod");
    }
    for (const auto &stranger : strangers) {
        QTRY_VERIFY_WITH_TIMEOUT(stranger->bytesAvailable() > 0, int(suite::patience));
        QByteArray all;
        QTRY_VERIFY_WITH_TIMEOUT((all += stranger->readAll(), stranger->state() == QAbstractSocket::UnconnectedState),
                                 int(suite::patience));
        const Got got = GatewayRig::read(all);
        QCOMPARE(got.status, 401);
        QVERIFY2(got.body.contains("\"type\":\"error\"") || got.body.contains("authentication_error"), got.body.constData());
    }
    const QByteArray large = R"({"model":"a-model","messages":[{"role":"user","content":")" + QByteArray(100'000, 'x') + R"("}]})";
    QCOMPARE(rig.ask(GatewayRig::post("/v1/chat/completions", large)).status, 200);
    auto foreign = GatewayRig::post("/v1/messages", QByteArray(100'000, ' '));
    foreign.replace("Host: localhost", "Host: evil.example");
    QCOMPARE(rig.ask(foreign).status, 421);
    auto proxied = GatewayRig::post("http://localhost/v1/chat/completions", large);
    QCOMPARE(rig.ask(proxied).status, 200);
    proxied.replace("http://localhost/", "http://evil.example/");
    QCOMPARE(rig.ask(proxied).status, 421);
}

void GatewayEvidenceTest::theServersOwnRefusalsAreInTheCallersWords_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("word");
    QTest::newRow("anthropic") << QByteArray("/v1/messages") << QByteArray(R"("type":"error")");
    QTest::newRow("google") << QByteArray("/v1beta/models/m:generateContent") << QByteArray(R"("status":")");
    QTest::newRow("openai") << QByteArray("/v1/chat/completions") << QByteArray(R"("code":)");
}

void GatewayEvidenceTest::theServersOwnRefusalsAreInTheCallersWords()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, word);
    RawServer server;
    server.answer = sayHi;
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    GatewayOptions options;
    options.http.bodyBytes = 1000;
    rig.start(options);
    const Got tooLarge = rig.ask(GatewayRig::post(path, QByteArray(2000, 'x')));
    QCOMPARE(tooLarge.status, 413);
    QVERIFY2(tooLarge.body.contains(word), tooLarge.body.constData());
    auto foreign = GatewayRig::post(path, hello);
    foreign.replace("Host: localhost", "Host: evil.example");
    const Got misdirected = rig.ask(foreign);
    QCOMPARE(misdirected.status, 421);
    QVERIFY2(misdirected.body.contains(word), misdirected.body.constData());
}

void GatewayEvidenceTest::aFormOfCurlIsJson()
{
    RawServer server;
    server.answer = sayHi;
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    QByteArray request = GatewayRig::post("/v1/chat/completions", hello);
    request.replace("application/json", "application/x-www-form-urlencoded");
    QCOMPARE(rig.ask(request).status, 200);
    QVERIFY2(server.heads.last().toLower().contains("content-type: application/json"), server.heads.last().constData());
    QVERIFY(!server.heads.last().contains("form-urlencoded"));
}

void GatewayEvidenceTest::aQueryBeyondAsciiIsEncodedOnce()
{
    RawServer server;
    server.answer = sayHi;
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    QCOMPARE(rig.ask(GatewayRig::get("/v1/files?name=\xc3\xa9%C3%A9")).status, 200);
    QVERIFY2(server.heads.last().startsWith("GET /v1/files?name=%C3%A9%C3%A9 "), server.heads.last().constData());
}

SUITE_TEST(GatewayEvidenceTest)
#include "tst_gatewayevidence.moc"
