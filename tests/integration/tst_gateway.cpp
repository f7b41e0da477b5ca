// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/caller.h"
#include "support/gatewayrig.h"
#include "support/suite.h"
#include "words/healthwords.h"

#include <QEventLoop>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>

using namespace retryscope;

class GatewayTest : public QObject
{
    Q_OBJECT
private slots:
    void bodyHeadersAndAnswerPassByteForByte();
    void onlyTheModelAndTheParametersChange();
    void aStreamPassesByteForByte();
    void aModelWithASlashIsARelaysBeforeItIsAProviders();
    void aFailureBeforeTheFirstWordIsRepeatedUnseen();
    void aCutStreamIsNoSuccess_data();
    void aCutStreamIsNoSuccess();
    void aProvidersOwnErrorComesBack();
    void nobodyIsAskedIsToldInTheCallersWords_data();
    void nobodyIsAskedIsToldInTheCallersWords();
    void aCallerThatLeavesIsACancel();
    void aSlowReaderHoldsItsProviderBack();
    void whatCannotBeCarriedIsNamedBeforeAnythingIsSent();
    void whatAsksNothingElsewhereIsSaidSo();
    void anUnknownWordOfAnAnswersEndStaysInSight();
    void hintsOfAnotherProtocolAreLeftOutAndNamed();
    void anOddAnswerIsNoErrorOfTheGateway();
    void strangersStayOutside_data();
    void strangersStayOutside();
    void wrongRequestsAreNamed_data();
    void wrongRequestsAreNamed();
    void aNameThatCountsOnceMayStandElsewhere();
    void otherPathsGoToTheFirstOfTheirProtocol();
    void anotherPathIsNotRepeatedOnceItArrived();
    void whatRunsEndsBeforeItIsDrained();
    void whatRunsIsCancelledWithIt();
    void statusAndMetricsCountTheEvents();
    void statusSaysWhoseFaultItIs_data();
    void statusSaysWhoseFaultItIs();
    void theTokenIsItsUsersAlone();
    void aPortInUseNamesItsHolder();
};

static const QByteArray answerBody =
    R"({ "id":"x", "object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1},"un\u006bnown":[1.0e0] })";
static const QByteArray question = R"({"model":"a-model","messages":[{"role":"user","content":"Hello"}]})";
static const QByteArray streamed = R"({"model":"a-model","stream":true,"messages":[{"role":"user","content":"Hello"}]})";

static QByteArray word(const QByteArray &text)
{
    return R"(data: {"choices":[{"index":0,"delta":{"content":")" + text + "\"}}]}\n\n";
}
static const QByteArray streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
static const QByteArray streamEnd = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

void GatewayTest::bodyHeadersAndAnswerPassByteForByte()
{
    qputenv("GATEWAY_TEST_KEY", "sk-of-the-provider");
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) {
        RawServer::reply(socket, answerBody, "200 OK", "x-request-id: req_7\r\nX-New-Header: v\r\nSet-Cookie: a=b\r\n");
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server).keyReference = QStringLiteral("env:GATEWAY_TEST_KEY");
    rig.start();
    const QByteArray body = "{ \"messages\" : [ {\"role\":\"user\",\"content\":\"H\\u00e9\"} ],\n \"model\":\"a-model\", \"new\": {\"x\":1.50} }\n";
    const Got got = rig.ask(GatewayRig::post("/v1/chat/completions?beta=1", body,
                                             "anthropic-beta: b1\r\nX-Mine: yes\r\nCookie: c=d\r\nx-retryscope-mode: live\r\n"));
    QCOMPARE(got.status, 200);
    QCOMPARE(got.body, answerBody);
    QCOMPARE(server.lastBody, body);
    const QByteArray asked = server.heads.first();
    QVERIFY2(asked.startsWith("POST /v1/chat/completions?beta=1 HTTP/1.1"), asked.constData());
    QVERIFY2(asked.contains("Authorization: Bearer sk-of-the-provider") && !asked.contains(GatewayRig::token), asked.constData());
    QVERIFY2(asked.toLower().contains("x-mine: yes") && asked.toLower().contains("anthropic-beta: b1"), asked.constData());
    QVERIFY2(!asked.toLower().contains("cookie") && !asked.contains("x-retryscope"), asked.constData());
    QCOMPARE(got.header("x-request-id"), "req_7");
    QCOMPARE(got.header("x-new-header"), "v");
    QVERIFY(got.header("set-cookie").isEmpty());
    QCOMPARE(got.header("x-retryscope-call"), "1");
    QCOMPARE(got.header("x-retryscope-attempts"), "1");
    QCOMPARE(got.header("x-retryscope-provider"), "a");
    const Event end = rig.ofKind(EventKind::CallFinished).value(0);
    QCOMPARE(end.tokensIn, 3);
    QCOMPARE(end.outcome, CallOutcome::FirstTry);
}

void GatewayTest::onlyTheModelAndTheParametersChange()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, answerBody); };
    GatewayRig rig;
    ProviderConfig &a = rig.add(QStringLiteral("a"), server);
    a.modelMap = {{QStringLiteral("gpt-x"), QStringLiteral("here/\"x\"")}};
    a.parameters.renamed = {{QStringLiteral("max_tokens"), QStringLiteral("max_completion_tokens")}};
    a.parameters.removed = {QStringLiteral("user")};
    a.parameters.added = {{QStringLiteral("store"), false}};
    rig.start();
    rig.ask(GatewayRig::post("/v1/chat/completions",
                             R"({"max_tokens" : 5, "user":"me", "model": "gpt-x","messages":[{"role":"user","content":"x"}] })"));
    QCOMPARE(server.lastBody,
             R"({"max_completion_tokens" : 5, "model": "here/\"x\"","messages":[{"role":"user","content":"x"}] ,"store":false})");
}

void GatewayTest::aStreamPassesByteForByte()
{
    const QByteArray stream = ": hello\r\n\r\nevent: x\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}],\"odd\":1e0}\r\n\r\n"
                              + word("H\\u00e9") + ": ping\n\n" + word("llo") + "id: 5\n" + streamEnd;
    for (const int piece : {1, 7, 1000}) {
        RawServer server;
        server.answer = [&](QTcpSocket *socket, int) {
            socket->write(streamHead);
            for (qsizetype at = 0; at < stream.size(); at += piece) {
                socket->write(stream.mid(at, piece));
                socket->flush();
            }
            socket->disconnectFromHost();
        };
        GatewayRig rig;
        rig.add(QStringLiteral("a"), server);
        rig.start();
        const Got got = rig.ask(GatewayRig::post("/v1/chat/completions", streamed));
        QCOMPARE(got.status, 200);
        QVERIFY(got.whole);
        QCOMPARE(got.body, stream);
        QCOMPARE(got.header("content-type"), "text/event-stream");
        QCOMPARE(rig.ofKind(EventKind::CallFinished).value(0).finish, QStringLiteral("stop"));
    }
}

/// A relay's models are named after their vendors.
void GatewayTest::aModelWithASlashIsARelaysBeforeItIsAProviders()
{
    RawServer vendor, relay;
    for (RawServer *server : {&vendor, &relay})
        server->answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, answerBody); };
    GatewayRig rig;
    rig.add(QStringLiteral("openai"), vendor);
    rig.add(QStringLiteral("relay"), relay).model = QStringLiteral("openai/gpt-x");
    rig.start();
    const auto ask = [&](const QByteArray &model) {
        return rig.ask(GatewayRig::post("/v1/chat/completions",
                                        R"({"model":")" + model + R"(","messages":[{"role":"user","content":"x"}]})"));
    };
    QCOMPARE(ask("openai/gpt-x").header("x-retryscope-provider"), "relay");
    QVERIFY(relay.lastBody.contains("\"openai/gpt-x\""));
    QCOMPARE(ask("openai/gpt-y").header("x-retryscope-provider"), "openai");
    QVERIFY(vendor.lastBody.contains("\"gpt-y\""));
}

void GatewayTest::aFailureBeforeTheFirstWordIsRepeatedUnseen()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int number) {
        if (number == 1) // a role and a comment are no word
            socket->write(streamHead + "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n: wait\n\n");
        else
            socket->write(streamHead + word("once") + streamEnd);
        socket->disconnectFromHost();
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    const Got got = rig.ask(GatewayRig::post("/v1/chat/completions", streamed));
    QCOMPARE(server.requests, 2);
    QCOMPARE(got.body, word("once") + streamEnd);
    QCOMPARE(got.header("x-retryscope-attempts"), "2");
    QVERIFY(got.whole);
}

void GatewayTest::aCutStreamIsNoSuccess_data()
{
    QTest::addColumn<QString>("wire");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("said");
    QTest::addColumn<QByteArray>("error");
    QTest::newRow("openai") << "openai" << QByteArray("/v1/chat/completions") << streamed << word("half")
                            << QByteArray("data: {\"error\":{");
    QTest::newRow("mistral") << "mistral" << QByteArray("/mistral/v1/chat/completions") << streamed << word("half")
                             << QByteArray("data: ");
    QTest::newRow("anthropic")
        << "anthropic" << QByteArray("/v1/messages") << streamed
        << QByteArray("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\","
                      "\"text\":\"half\"}}\n\n")
        << QByteArray("event: error\n");
    QTest::newRow("google") << "google_ai" << QByteArray("/v1beta/models/a-model:streamGenerateContent?alt=sse")
                            << QByteArray(R"({"contents":[{"role":"user","parts":[{"text":"x"}]}]})")
                            << QByteArray("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"half\"}]},\"index\":0}]}\n\n")
                            << QByteArray("data: {\"error\":{");
    QTest::newRow("responses") << "openai_responses" << QByteArray("/v1/responses")
                               << QByteArray(R"({"model":"a-model","stream":true,"input":"Hello"})")
                               << QByteArray("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"half\"}\n\n")
                               << QByteArray("error");
}

/// Its words were given on, so nothing is repeated; then an error in the program's words, and no orderly end.
void GatewayTest::aCutStreamIsNoSuccess()
{
    QFETCH(QString, wire);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, said);
    QFETCH(QByteArray, error);
    RawServer server;
    server.answer = [&](QTcpSocket *socket, int) {
        socket->write(streamHead + said);
        socket->disconnectFromHost();
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server, wire);
    rig.start();
    const Got got = rig.ask(GatewayRig::post(path, body, "anthropic-version: 2023-06-01\r\n"));
    QCOMPARE(server.requests, 1);
    QVERIFY2(got.body.startsWith(said), got.body.constData());
    QVERIFY2(got.body.mid(said.size()).contains(error), got.body.constData());
    QVERIFY(!got.whole);
    QCOMPARE(rig.ofKind(EventKind::CallFinished).value(0).reason, RetryReason::StreamInterrupted);
}

void GatewayTest::aProvidersOwnErrorComesBack()
{
    const QByteArray error = R"({"error":{"message":"Too long for sk-of-the-provider","code":"context_length_exceeded","odd":[1]}})";
    qputenv("GATEWAY_TEST_KEY", "sk-of-the-provider");
    RawServer server;
    server.answer = [&](QTcpSocket *socket, int) { RawServer::reply(socket, error, "400 Bad Request", "x-request-id: r1\r\n"); };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server).keyReference = QStringLiteral("env:GATEWAY_TEST_KEY");
    rig.start();
    const Got got = rig.ask(GatewayRig::post("/v1/chat/completions", question));
    QCOMPARE(got.status, 400);
    QCOMPARE(QJsonDocument::fromJson(got.body)[QLatin1String("error")][QLatin1String("message")].toString(),
             QStringLiteral("Too long for [key]"));
    QCOMPARE(QJsonDocument::fromJson(got.body)[QLatin1String("error")][QLatin1String("odd")].toArray().size(), 1);
    QCOMPARE(got.header("x-request-id"), "r1");
    QCOMPARE(got.header("x-retryscope-reason"), "context_length");
}

void GatewayTest::nobodyIsAskedIsToldInTheCallersWords_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("type");
    QTest::newRow("openai") << QByteArray("/v1/chat/completions") << QByteArray("\"code\"");
    QTest::newRow("anthropic") << QByteArray("/v1/messages") << QByteArray(R"("type":"error")");
    QTest::newRow("mistral") << QByteArray("/mistral/v1/chat/completions") << QByteArray("\"message\"");
}

void GatewayTest::nobodyIsAskedIsToldInTheCallersWords()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, type);
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reset(socket); };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    rig.engine.isolate(QStringLiteral("a"));
    const Got got = rig.ask(GatewayRig::post(path, question, "anthropic-version: 2023-06-01\r\n"));
    QCOMPARE(server.requests, 0);
    QVERIFY2(got.status >= 400, got.body.constData());
    QVERIFY2(got.body.contains(type), got.body.constData());
    QCOMPARE(got.header("x-retryscope-attempts"), "0");
    QVERIFY(!got.header("x-retryscope-reason").isEmpty());
}

void GatewayTest::aCallerThatLeavesIsACancel()
{
    RawServer server;
    QPointer<QTcpSocket> upstream;
    server.answer = [&](QTcpSocket *socket, int) {
        upstream = socket;
        socket->write(streamHead + word("one"));
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    auto client = rig.connectTo();
    client->write(GatewayRig::post("/v1/chat/completions", streamed));
    QTRY_VERIFY(client->peek(1 << 16).contains("one"));
    client->abort();
    QTRY_VERIFY(!upstream);
    QTRY_COMPARE(rig.ofKind(EventKind::CallFinished).size(), 1);
    QCOMPARE(rig.ofKind(EventKind::CallFinished).first().outcome, CallOutcome::Cancelled);
    QCOMPARE(server.requests, 1);
    QTRY_COMPARE(rig.gateway->running(), 0);
    QVERIFY(rig.engine.atRest());
}

void GatewayTest::aSlowReaderHoldsItsProviderBack()
{
    constexpr int pieces = 4000;
    const QByteArray piece = R"(data: {"choices":[{"index":0,"delta":{"content":"x"}}],"obfuscation":")"
                             + QByteArray(8000, 'x') + "\"}\n\n"; // 32 MB in all, more than any buffer between
    RawServer server;
    qint64 taken = 0;
    server.answer = [&](QTcpSocket *socket, int) {
        socket->write(streamHead);
        auto left = std::make_shared<int>(pieces);
        const auto more = [&taken, socket, left, piece] {
            while (*left > 0 && socket->bytesToWrite() < (1 << 16)) {
                socket->write(piece);
                taken += piece.size();
                if (--*left == 0) {
                    socket->write(streamEnd);
                    socket->disconnectFromHost();
                }
            }
        };
        QObject::connect(socket, &QTcpSocket::bytesWritten, socket, more);
        more();
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.configuration.retry.idleTimeout = 300ms; // silence that the reader makes is not the provider's
    rig.start();
    auto client = rig.connectTo();
    client->setReadBufferSize(1 << 14);
    client->write(GatewayRig::post("/v1/chat/completions", streamed));
    qint64 before = -1;
    QVERIFY(QTest::qWaitFor([&] { // until nothing moves any more, but for what the system's own buffers trade among each other
        QTest::qWait(500);
        return taken > 0 && taken - std::exchange(before, taken) < (1 << 17);
    }, 20'000));
    QTest::qWait(500); // longer than the provider's silence may last
    QVERIFY2(taken < pieces * piece.size() / 2, qPrintable(QString::number(taken)));
    client->setReadBufferSize(0);
    QByteArray all;
    QEventLoop loop; // the waits of QTest take one turn of it in ten milliseconds
    QObject::connect(client.get(), &QTcpSocket::readyRead, &loop, [&] { all += client->readAll(); });
    QObject::connect(client.get(), &QTcpSocket::disconnected, &loop, &QEventLoop::quit);
    QTimer::singleShot(60'000, &loop, &QEventLoop::quit);
    all += client->readAll();
    loop.exec();
    all += client->readAll();
    const Got got = GatewayRig::read(all);
    QVERIFY2(got.whole, qPrintable(QStringLiteral("%1 of %2 bytes").arg(all.size()).arg(taken)));
    QCOMPARE(got.body.size(), pieces * piece.size() + streamEnd.size());
    QCOMPARE(rig.ofKind(EventKind::CallFinished).value(0).outcome, CallOutcome::FirstTry);
}

void GatewayTest::whatCannotBeCarriedIsNamedBeforeAnythingIsSent()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, answerBody); };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    const QByteArray body = R"({"model":"a-model","max_tokens":9,"top_k":4,"messages":[{"role":"user","content":"x"}]})";
    const QByteArray version = "anthropic-version: 2023-06-01\r\n";
    const Got refused = rig.ask(GatewayRig::post("/v1/messages", body, version));
    QCOMPARE(server.requests, 0);
    QCOMPARE(refused.status, 400);
    QVERIFY2(refused.body.contains("top_k"), refused.body.constData());
    const Got dropped = rig.ask(GatewayRig::post("/v1/messages", body, version + "x-retryscope-lossy: drop\r\n"));
    QCOMPARE(server.requests, 1);
    QCOMPARE(dropped.status, 200);
    QCOMPARE(dropped.header("x-retryscope-dropped"), "top_k");
    QCOMPARE(QJsonDocument::fromJson(dropped.body)[QLatin1String("type")].toString(), QStringLiteral("message"));
    QVERIFY(!server.lastBody.contains("top_k"));
    QByteArray odd = body;
    odd.replace("top_k", "a\\r\\nSet-Cookie: b\\u0000");
    const Got named = rig.ask(GatewayRig::post("/v1/messages", odd, version + "x-retryscope-lossy: drop\r\n"));
    QCOMPARE(named.status, 200);
    QCOMPARE(named.header("x-retryscope-dropped").trimmed(), "a  Set-Cookie: b");
    QVERIFY(named.header("set-cookie").isEmpty());
}

/// The program's request is at fault, or what only its own vendor reads: that a model is missing would be no answer.
void GatewayTest::whatAsksNothingElsewhereIsSaidSo()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, answerBody); };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    const auto ask = [&](const char *target, const QByteArray &body) {
        return rig.ask(GatewayRig::post(target, body, "anthropic-version: 2023-06-01\r\n"));
    };
    const Got empty = ask("/v1/messages", "{\"model\":\"a-model\",\"max_tokens\":9,\"messages\":[]}");
    QCOMPARE(empty.status, 400);
    QVERIFY2(empty.body.contains("no message"), empty.body.constData());
    const Got document = ask("/v1/messages", "{\"model\":\"a-model\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":["
                                             "{\"type\":\"document\",\"source\":{\"type\":\"url\",\"url\":\"https://x/a.pdf\"}}]}]}");
    QCOMPARE(document.status, 400);
    QVERIFY2(document.body.contains("messages[0].content[0].type"), document.body.constData());
    QCOMPARE(server.requests, 0);
}

/// In the caller's words as what a bad server behind it said, once every try gave the same.
void GatewayTest::anOddAnswerIsNoErrorOfTheGateway()
{
    const QByteArray body = R"({"model":"a-model","max_tokens":9,"messages":[{"role":"user","content":"x"}]})";
    const char *all[] = {R"({"choices":[{"message":"x","finish_reason":"stop"}]})", R"({"error":{}})", R"({"error":[null]})",
                         R"({"choices":null})", R"({"choices":[{"message":{"content":7},"finish_reason":3}]})",
                         "null", "1e999"};
    for (const char *odd : all) {
        RawServer server;
        server.answer = [odd](QTcpSocket *socket, int) { RawServer::reply(socket, odd); };
        GatewayRig rig; // a new one, whose circuit is closed
        rig.add(QStringLiteral("a"), server);
        rig.configuration.retry.maxAttempts = 2;
        rig.start();
        const Got got = rig.ask(GatewayRig::post("/v1/messages", body, "anthropic-version: 2023-06-01\r\n"));
        QVERIFY2(got.status == 502, odd + QByteArray(": ") + QByteArray::number(got.status) + got.body);
        QCOMPARE(server.requests, 2);
        QCOMPARE(QJsonDocument::fromJson(got.body)[QLatin1String("error")][QLatin1String("type")].toString(),
                 QStringLiteral("api_error"));
    }
}

/// It is ours in the caller's protocol, and the provider's own beside it, there and in the events that the history keeps.
void GatewayTest::anUnknownWordOfAnAnswersEndStaysInSight()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) {
        QByteArray odd = answerBody;
        RawServer::reply(socket, odd.replace("\"stop\"", "\"out_of_steam\""));
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    const char *asked[] = {"/v1/messages", "/mistral/v1/chat/completions"};
    for (const char *path : asked) {
        const Got got = rig.ask(GatewayRig::post(
            path, R"({"model":"a-model","max_tokens":9,"messages":[{"role":"user","content":"x"}]})", "anthropic-version: 2023-06-01\r\n"));
        QCOMPARE(got.status, 200);
        QVERIFY2(got.body.contains("\"native_finish_reason\":\"out_of_steam\""), got.body.constData());
    }
    for (const EventKind kind : {EventKind::AttemptFinished, EventKind::CallFinished}) {
        const Event last = rig.ofKind(kind).last();
        QCOMPARE(last.finish, QStringLiteral("other"));
        QCOMPARE(last.finishReason, QStringLiteral("out_of_steam"));
        QCOMPARE(toJson(last)[QLatin1String("finish_reason")].toString(), QStringLiteral("out_of_steam"));
        Event old = *eventFromJson([&] { auto o = toJson(last); o.remove(QLatin1String("finish_reason")); return o; }());
        QCOMPARE(old.finish, QStringLiteral("other")); // as an older version wrote it
        QVERIFY(old.finishReason.isEmpty());
    }
}

/// A coding agent marks what is to be cached, sends its thoughts and its tools' errors back, and names itself.
void GatewayTest::hintsOfAnotherProtocolAreLeftOutAndNamed()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, answerBody); };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    const QByteArray body =
        "{\"model\":\"a-model\",\"max_tokens\":9,\"metadata\":{\"user_id\":\"me\"},"
        "\"system\":[{\"type\":\"text\",\"text\":\"s\",\"cache_control\":{\"type\":\"ephemeral\"}}],"
        "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}],"
        "\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true},"
        "\"messages\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"assistant\",\"content\":["
        "{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"s\"},"
        "{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{}}]},"
        "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\",\"content\":\"no such "
        "file\",\"is_error\":true}]}]}";
    const Got answered = rig.ask(GatewayRig::post("/v1/messages", body, "anthropic-version: 2023-06-01\r\n"));
    QVERIFY2(answered.status == 200, answered.body.constData());
    const QByteArray named = answered.header("x-retryscope-dropped");
    for (const char *hint : {"system[0].cache_control", "messages[1].content[0].thinking", "is_error"})
        QVERIFY2(named.contains(hint), named.constData());
    QVERIFY2(server.lastBody.contains("\"parallel_tool_calls\":false"), server.lastBody.constData());
    QVERIFY(server.lastBody.contains("no such file") && !server.lastBody.contains("cache_control"));
}

void GatewayTest::strangersStayOutside_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<int>("status");
    const QByteArray key = GatewayRig::token;
    QTest::newRow("bearer") << "Authorization: Bearer " + key << 200;
    QTest::newRow("x-api-key") << "x-api-key: " + key << 200;
    QTest::newRow("api-key") << "api-key: " + key << 200;
    QTest::newRow("x-goog-api-key") << "x-goog-api-key: " + key << 200;
    QTest::newRow("none") << QByteArray("X: y") << 401;
    QTest::newRow("empty") << QByteArray("Authorization: Bearer ") << 401;
    QTest::newRow("wrong") << "Authorization: Bearer " + key.left(key.size() - 1) + "x" << 401;
    QTest::newRow("a part of it") << "Authorization: Bearer " + key.left(5) << 401;
    QTest::newRow("more than it") << "Authorization: Bearer " + key + key << 401;
    QTest::newRow("page of another machine") << "Origin: https://evil.example\r\nx-api-key: " + key << 403;
    QTest::newRow("page of this machine") << "Origin: http://localhost:3000\r\nx-api-key: " + key << 200;
    QTest::newRow("rebound name") << "Host: evil.example\r\nx-api-key: " + key << 421;
}

void GatewayTest::strangersStayOutside()
{
    QFETCH(QByteArray, head);
    QFETCH(int, status);
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, answerBody); };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    const QByteArray host = head.startsWith("Host") ? QByteArray() : QByteArray("Host: 127.0.0.1\r\n");
    const Got got = rig.ask("POST /v1/chat/completions HTTP/1.1\r\n" + host + head
                            + "\r\nConnection: close\r\nContent-Length: " + QByteArray::number(question.size()) + "\r\n\r\n"
                            + question);
    QCOMPARE(got.status, status);
    QCOMPARE(server.requests, status == 200 ? 1 : 0);
    QVERIFY(!got.body.contains(GatewayRig::token));
}

void GatewayTest::wrongRequestsAreNamed_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("named");
    const auto post = [](const QByteArray &body, const QByteArray &more = {}) {
        return GatewayRig::post("/v1/chat/completions", body, more);
    };
    QTest::newRow("no JSON") << post("{\"model\": ") << 400 << QByteArray("no JSON");
    QTest::newRow("a list") << post("[]") << 400 << QByteArray("no object");
    QTest::newRow("no model") << post(R"({"messages":[]})") << 400 << QByteArray("model");
    QTest::newRow("no route") << post(question, "x-retryscope-route: a,nobody\r\n") << 400 << QByteArray("nobody");
    QTest::newRow("no mode") << post(question, "x-retryscope-mode: fast\r\n") << 400 << QByteArray("x-retryscope-mode");
    QTest::newRow("no deadline") << post(question, "x-retryscope-deadline: soon\r\n") << 400
                                 << QByteArray("x-retryscope-deadline");
    QTest::newRow("a deadline without its unit") << post(question, "x-retryscope-deadline: 30\r\n") << 400
                                                 << QByteArray("x-retryscope-deadline");
    QTest::newRow("no path") << GatewayRig::post("/nothing/here", question) << 404 << QByteArray("/nothing/here");
    QTest::newRow("no escape") << GatewayRig::post("/v1/embeddings/%zz", question) << 400 << QByteArray("escape");
    QTest::newRow("a zero") << GatewayRig::get("/v1/models/a%00b") << 400 << QByteArray("control character");
    QTest::newRow("a way out") << GatewayRig::get("/v1/files/%2e%2e/%2E%2e/admin") << 400 << QByteArray("..");
    for (const char *model : {"5", "null", "[\"a-model\"]", "{}", "true"})
        QTest::addRow("model %s", model) << post(R"({"messages":[],"model":)" + QByteArray(model) + "}") << 400
                                         << QByteArray("model must be a string");
    const QByteArray twice = R"({"model":"a-model","messages":[],"mod\u0065l":"b-model"})";
    QTest::newRow("two models") << post(R"({"model":"a-model","messages":[],"model":"a-model"})") << 400
                                << QByteArray(R"("param":"model")");
    QTest::newRow("two models, one with an escape") << post(twice) << 400 << QByteArray("model stands there twice");
    QTest::newRow("stream twice") << post(R"({"stream":true,"model":"a-model","messages":[],"stream":false})") << 400
                                  << QByteArray(R"("param":"stream")");
    QTest::newRow("two models, Responses")
        << GatewayRig::post("/v1/responses", twice) << 400 << QByteArray(R"("param":"model")");
    QTest::newRow("two models, Anthropic")
        << GatewayRig::post("/v1/messages", twice) << 400 << QByteArray(R"("type":"invalid_request_error")");
    QTest::newRow("two models, count") << GatewayRig::post("/v1/messages/count_tokens", twice) << 400
                                       << QByteArray(R"("type":"error")");
    QTest::newRow("two models, Mistral") << GatewayRig::post("/mistral/v1/chat/completions", twice) << 400
                                         << QByteArray("model stands there twice");
    QTest::newRow("two models, another path")
        << GatewayRig::post("/v1/embeddings", twice) << 400 << QByteArray(R"("param":"model")");
    QTest::newRow("packed") << post(question, "Content-Encoding: gzip\r\n") << 415 << QByteArray("gzip");
    QTest::newRow("packed, another path") << GatewayRig::post("/v1/embeddings", question, "Content-Encoding: br\r\n")
                                          << 415 << QByteArray("Content-Encoding");
}

void GatewayTest::wrongRequestsAreNamed()
{
    QFETCH(QByteArray, request);
    QFETCH(int, status);
    QFETCH(QByteArray, named);
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, answerBody); };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    const Got got = rig.ask(request);
    QCOMPARE(got.status, status);
    QVERIFY2(got.body.contains(named), got.body.constData());
    QCOMPARE(server.requests, 0);
}

/// Within a turn, a tool or a text it is another one, and in a multipart body nothing.
void GatewayTest::aNameThatCountsOnceMayStandElsewhere()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, answerBody); };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    const QByteArray body =
        R"({"model":"a-model","metadata":{"model":"b","stream":"c","model":"d"},"messages":[{"role":"user",)"
        R"("model":1,"content":"{\"model\":1,\"stream\":2} \u006d"}],"x":"model","y":["model","model"]})";
    QCOMPARE(rig.ask(GatewayRig::post("/v1/chat/completions", body)).status, 200);
    QCOMPARE(server.lastBody, body);
    const QByteArray parts =
        "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n\"model\" \"model\"\r\n--x--\r\n";
    QCOMPARE(rig.ask(GatewayRig::post("/v1/audio/transcriptions", parts)).status, 200);
    QCOMPARE(server.lastBody, parts);
}

void GatewayTest::otherPathsGoToTheFirstOfTheirProtocol()
{
    RawServer other, server;
    other.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, "{}"); };
    server.answer = [](QTcpSocket *socket, int number) {
        number == 1 ? RawServer::reply(socket, "{\"error\":{\"message\":\"busy\"}}", "503 Service Unavailable")
                    : RawServer::reply(socket, "{\"data\":[0.10]}");
    };
    GatewayRig rig;
    rig.add(QStringLiteral("b"), other, QStringLiteral("anthropic"));
    rig.add(QStringLiteral("a"), server);
    rig.start();
    const Got got = rig.ask(GatewayRig::post("/v1/embeddings", R"({"model":"e","input":"x"})"));
    QCOMPARE(got.status, 200);
    QCOMPARE(got.body, "{\"data\":[0.10]}");
    QCOMPARE(server.lastBody, R"({"model":"e","input":"x"})");
    QCOMPARE(server.requests, 2);
    QCOMPARE(other.requests, 0);
}

/// What was asked may have been done, and we do not know what it was.
void GatewayTest::anotherPathIsNotRepeatedOnceItArrived()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reset(socket); };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.configuration.retry.maxAttempts = 2;
    rig.configuration.retry.deadline = 3s;
    rig.start();
    const Got posted = rig.ask(GatewayRig::post("/v1/files", "data"));
    QVERIFY(posted.status >= 500);
    QCOMPARE(server.requests, 1);
    const Got read = rig.ask(GatewayRig::get("/v1/files/f1"));
    QVERIFY(read.status >= 500);
    QCOMPARE(server.requests, 3);
}

void GatewayTest::whatRunsEndsBeforeItIsDrained()
{
    RawServer server;
    QPointer<QTcpSocket> upstream;
    server.answer = [&](QTcpSocket *socket, int) {
        upstream = socket;
        socket->write(streamHead + word("one"));
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    QSignalSpy drained(rig.gateway.get(), &Gateway::drained);
    auto client = rig.connectTo();
    client->write(GatewayRig::post("/v1/chat/completions", streamed));
    QTRY_VERIFY(client->peek(1 << 16).contains("one"));
    rig.gateway->drain();
    QTcpSocket late;
    late.connectToHost(QHostAddress::LocalHost, rig.port);
    QTRY_COMPARE(late.state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(drained.size(), 0);
    upstream->write(streamEnd);
    upstream->disconnectFromHost();
    QTRY_COMPARE(client->state(), QAbstractSocket::UnconnectedState);
    const Got got = GatewayRig::read(client->readAll());
    QVERIFY(got.whole);
    QCOMPARE(got.body, word("one") + streamEnd);
    QTRY_COMPARE(drained.size(), 1);
}

/// As when it is switched off in the window.
void GatewayTest::whatRunsIsCancelledWithIt()
{
    RawServer server;
    server.answer = [&](QTcpSocket *socket, int) { socket->write(streamHead + word("one")); };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    auto client = rig.connectTo();
    client->write(GatewayRig::post("/v1/chat/completions", streamed));
    QTRY_VERIFY(client->peek(1 << 16).contains("one"));
    rig.gateway.reset();
    QTRY_COMPARE(client->state(), QAbstractSocket::UnconnectedState);
    QTRY_COMPARE(rig.ofKind(EventKind::CallFinished).size(), 1);
    QCOMPARE(rig.ofKind(EventKind::CallFinished).first().outcome, CallOutcome::Cancelled);
    QVERIFY(rig.engine.atRest());
}

void GatewayTest::statusAndMetricsCountTheEvents()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int number) {
        number % 2 ? RawServer::reply(socket, "{\"error\":{\"message\":\"busy\"}}", "503 Service Unavailable")
                   : RawServer::reply(socket, answerBody);
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    for (int i = 0; i < 3; ++i)
        QCOMPARE(rig.ask(GatewayRig::post("/v1/chat/completions", question)).status, 200);
    const QByteArray metrics = rig.ask(GatewayRig::get("/metrics")).body;
    const auto value = [&](const QByteArray &series) {
        for (const QByteArray &line : metrics.split('\n')) {
            if (line.startsWith(series + ' '))
                return line.mid(series.size() + 1).toDouble();
        }
        return -1.0;
    };
    const auto events = [&](EventKind kind) { return double(rig.ofKind(kind).size()); };
    QCOMPARE(value("retryscope_calls_total{outcome=\"recovered_by_retry\",simulated=\"false\"}"), 3.0);
    QCOMPARE(value(R"(retryscope_attempts_total{provider="a",model="a-model",result="ok",error_type="",simulated="false"})")
                 + value(R"(retryscope_attempts_total{provider="a",model="a-model",result="failed",error_type="temporary_failure",simulated="false"})"),
             events(EventKind::AttemptFinished));
    QCOMPARE(value(R"(retryscope_retries_total{provider="a",reason="temporary_failure",simulated="false"})"),
             events(EventKind::RetryScheduled));
    QCOMPARE(value(R"(retryscope_call_duration_seconds_count{outcome="recovered_by_retry",simulated="false"})"), 3.0);
    QCOMPARE(value(R"(retryscope_circuit_state{provider="a",state="closed"})"), 1.0);
    const QJsonDocument status = QJsonDocument::fromJson(rig.ask(GatewayRig::get("/retryscope/status")).body);
    QCOMPARE(status[QLatin1String("calls")][QLatin1String("asked")].toInt(), int(events(EventKind::CallSubmitted)));
    QCOMPARE(status[QLatin1String("providers")][0][QLatin1String("id")].toString(), QStringLiteral("a"));
    QCOMPARE(rig.ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").status, 401);
    QCOMPARE(rig.ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").status, 200);
}

void GatewayTest::statusSaysWhoseFaultItIs_data()
{
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<QByteArray>("error");
    QTest::addColumn<QString>("failing");
    QTest::addColumn<int>("fault");
    const auto row = [](const char *name, const char *status, const char *error, const char *failing, int fault) {
        QTest::newRow(name) << QByteArray(status) << QByteArray(error) << QString::fromLatin1(failing) << fault;
    };
    row("nonsense", "400 Bad Request", R"("type":"invalid_request_error","param":"messages")", "invalid_request", 3);
    row("too long", "400 Bad Request", R"("type":"invalid_request_error","code":"context_length_exceeded")",
        "context_length", 3);
    row("refused", "400 Bad Request", R"("type":"invalid_request_error","code":"content_filter")", "content_filter", 3);
    row("a broken provider", "500 Internal Server Error", R"("type":"server_error")", "server_error", 0);
    row("a refused key", "401 Unauthorized", R"("code":"invalid_api_key")", "authentication", 0);
}

/// The same judgement as the window's, and its sentence: calls that fail are bad, whoever is to blame, and it is said who.
void GatewayTest::statusSaysWhoseFaultItIs()
{
    QFETCH(QByteArray, status);
    QFETCH(QByteArray, error);
    QFETCH(int, fault);
    RawServer server;
    bool fails = false;
    server.answer = [&](QTcpSocket *socket, int) {
        fails ? RawServer::reply(socket, R"({"error":{"message":"no",)" + error + "}}", status)
              : RawServer::reply(socket, answerBody);
    };
    GatewayRig rig;
    rig.configuration.retry.maxAttempts = 1;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    const auto ask = [&] { return rig.ask(GatewayRig::post("/v1/chat/completions", question)).status; };
    const auto report = [&] {
        rig.health.advance(rig.clock.now(), rig.clock.wallNow());
        return QJsonDocument::fromJson(rig.ask(GatewayRig::get("/retryscope/status")).body).object();
    };
    QCOMPARE(ask(), 200);
    QJsonObject calls = report()[QLatin1String("calls")].toObject();
    QCOMPARE(calls[QLatin1String("service")].toString(), QStringLiteral("good"));
    QVERIFY(!calls.contains(QLatin1String("callers_fault")) && !calls.contains(QLatin1String("failing")));
    fails = true;
    for (int i = 0; i < 3; ++i)
        QVERIFY(ask() >= 400);
    const QJsonObject now = report();
    calls = now[QLatin1String("calls")].toObject();
    QCOMPARE(calls[QLatin1String("service")].toString(), QStringLiteral("bad"));
    QTEST(calls[QLatin1String("failing")].toString(), "failing");
    QCOMPARE(calls[QLatin1String("failed")].toInt(), 3);
    QCOMPARE(calls[QLatin1String("callers_fault")].toInt(), fault);
    const HealthSnapshot health = rig.health.snapshot();
    QCOMPARE(health.calls.service, ServiceState::Bad);
    const QString said = calls[QLatin1String("cause")].toString();
    QVERIFY2(said.contains(QStringLiteral("3 calls failed")), qPrintable(said));
    QCOMPARE(said.contains(QStringLiteral("no provider's fault")), fault > 0);
    const auto still = [](const QString &text) { return text.section(QStringLiteral(", probe"), 0, 0); };
    QCOMPARE(still(said), still(headlineReason(health, health.at)));
    const QString provider = now[QLatin1String("providers")][0][QLatin1String("state")].toString();
    const bool blamed = provider == QLatin1String("failing") || provider == QLatin1String("down");
    QVERIFY2(fault == 0 || !blamed, QJsonDocument(now).toJson());
}

void GatewayTest::theTokenIsItsUsersAlone()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("new/gateway-token"));
    const auto made = gatewayToken(file);
    QVERIFY2(made, qPrintable(made ? QString() : made.error()));
    QVERIFY(made->size() >= 32);
    QCOMPARE(QFile(file).permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther),
             QFile::Permissions());
    QCOMPARE(*gatewayToken(file), *made);
    QVERIFY(QFile(file).setPermissions(QFile::ReadOwner | QFile::ReadOther));
    const auto open = gatewayToken(file);
    QVERIFY(!open && open.error().contains(QStringLiteral("chmod 600")));
    QFile empty(folder.filePath(QStringLiteral("empty")));
    QVERIFY(empty.open(QIODevice::WriteOnly) && empty.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
    QVERIFY(!gatewayToken(empty.fileName()));
}

void GatewayTest::aPortInUseNamesItsHolder()
{
    QTcpServer holder;
    QVERIFY(holder.listen(QHostAddress::LocalHost));
    GatewayRig rig;
    Gateway gateway({rig.clock, rig.engine, rig.health, [] { return CallId{1}; }},
                    {QHostAddress::LocalHost, holder.serverPort(), GatewayRig::token});
    const auto bound = gateway.start();
    QVERIFY(!bound);
    QVERIFY2(bound.error().contains(QStringLiteral("tst_gateway (process %1)").arg(QCoreApplication::applicationPid())),
             qPrintable(bound.error()));
    GatewayOptions open;
    open.address = QHostAddress::AnyIPv4;
    open.token = GatewayRig::token;
    QVERIFY(!Gateway({rig.clock, rig.engine, rig.health, [] { return CallId{1}; }}, open).start());
}

SUITE_TEST(GatewayTest)
#include "tst_gateway.moc"
