// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/localengineclient.h"
#include "sandbox/sandbox.h"
#include "support/rawserver.h"
#include "support/suite.h"
#include "support/testcertificate.h"
#include "telemetry/exporters.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslServer>
#include <QTemporaryFile>
#include <QTest>

using namespace retryscope;

/// What a provider's fields put on the wire, over real sockets, and what of it must never be seen.
class ProvidersTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void headersAndQueryAreSent();
    void aSecretThatIsEchoedIsMasked();
    void aHeaderWhoseVariableIsNotSetSendsNothing();
    void anEmptyHeaderTakesTheWiresAway();
    void theProbeCarriesThemToo();
    void aProvidersProxyIsUsed();
    void noneAsksDirectlyWhateverTheEnvironmentSays();
    void aProvidersAuthorityIsTrusted();
    void aFileWithoutCertificatesIsNamed();
    void responsesAreAskedFor_data();
    void responsesAreAskedFor();
    void theSandboxServesResponses_data();
    void theSandboxServesResponses();

private:
    static constexpr const char *good = R"({"choices":[{"message":{"content":"good"},"finish_reason":"stop"}]})";
    static ProviderConfig provider(const QUrl &url)
    {
        ProviderConfig p;
        p.id = QStringLiteral("p");
        p.protocol = ProtocolKind::OpenAiCompatible;
        p.baseUrl = url;
        p.model = QStringLiteral("m");
        return p;
    }
    struct Outcome { CallResult result; QByteArray events; };
    static Outcome call(const ProviderConfig &provider, bool stream = false)
    {
        LocalEngineClient client(3);
        Configuration configuration{{provider}};
        configuration.retry.maxAttempts = 1;
        Outcome outcome;
        bool finished = false, told = false;
        connect(&client, &EngineClient::eventsArrived, &client, [&](const Events &events) {
            for (const Event &event : events) {
                outcome.events += QJsonDocument(toJson(event)).toJson();
                told |= event.kind == EventKind::CallFinished;
            }
        });
        connect(&client, &EngineClient::callFinished, &client, [&](const CallResult &r) {
            outcome.result = r;
            finished = true;
        });
        client.apply(configuration);
        client.send(Prompt{QStringLiteral("Hello"), {}, {}, 64, stream}, {});
        if (!QTest::qWaitFor([&] { return finished && told; }, 10'000))
            QTest::qFail("the call did not end", __FILE__, __LINE__);
        return outcome;
    }
};

void ProvidersTest::initTestCase()
{
    qputenv("RS_TEST_SECRET", "s3cret-of-the-gateway");
    qputenv("RS_TEST_TOKEN", "t0ken-in-the-query");
}

void ProvidersTest::headersAndQueryAreSent()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, good); };
    ProviderConfig p = provider(server.url(QStringLiteral("/v1")));
    p.headers = {{QStringLiteral("X-Team"), QStringLiteral("blue")},
                 {QStringLiteral("Authorization"), QStringLiteral("Bearer env:RS_TEST_SECRET")},
                 {QStringLiteral("accept"), QStringLiteral("*/*")}};
    p.query = {{QStringLiteral("api-version"), QStringLiteral("2026-10-21")},
               {QStringLiteral("token"), QStringLiteral("env:RS_TEST_TOKEN")},
               {QStringLiteral("q"), QStringLiteral("a&b c")}};
    const Outcome outcome = call(p);
    QVERIFY2(outcome.result.succeeded(), qPrintable(outcome.result.message));
    const QByteArray head = server.heads.last();
    QVERIFY2(head.startsWith(
                 "POST /v1/chat/completions?api-version=2026-10-21&q=a%26b%20c&token=t0ken-in-the-query HTTP/1.1\r\n"),
             head);
    QVERIFY2(head.contains("\r\nX-Team: blue\r\n")
                 && head.contains("\r\nAuthorization: Bearer s3cret-of-the-gateway\r\n"),
             head);
    QVERIFY2(head.contains("\r\naccept: */*") && head.toLower().count("\r\naccept:") == 1, head);
    QVERIFY2(!outcome.events.contains("s3cret") && !outcome.events.contains("t0ken"), outcome.events);
}

void ProvidersTest::aSecretThatIsEchoedIsMasked()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) {
        RawServer::reply(s, R"({"error":{"message":"no access with s3cret-of-the-gateway and t0ken-in-the-query"}})",
                         "403 Forbidden", "x-request-id: s3cret-of-the-gateway\r\n");
    };
    ProviderConfig p = provider(server.url(QStringLiteral("/v1")));
    p.headers = {{QStringLiteral("X-Gateway-Key"), QStringLiteral("env:RS_TEST_SECRET")}};
    p.query = {{QStringLiteral("token"), QStringLiteral("env:RS_TEST_TOKEN")}};
    const Outcome outcome = call(p);
    QCOMPARE(outcome.result.message, QStringLiteral("no access with [key] and [key]"));
    QVERIFY2(outcome.events.contains("[key]") && !outcome.events.contains("s3cret")
                 && !outcome.events.contains("t0ken"),
             outcome.events);
}

void ProvidersTest::aHeaderWhoseVariableIsNotSetSendsNothing()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, good); };
    ProviderConfig p = provider(server.url(QStringLiteral("/v1")));
    p.headers = {{QStringLiteral("X-Gateway-Key"), QStringLiteral("env:RS_TEST_NOT_SET")}};
    const Outcome outcome = call(p);
    QCOMPARE(outcome.result.message,
             QStringLiteral("The environment variable RS_TEST_NOT_SET, which should hold the header X-Gateway-Key, is "
                            "not set. Set it and start the program again."));
    QCOMPARE(server.requests, 0);
}

void ProvidersTest::anEmptyHeaderTakesTheWiresAway()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, good); };
    ProviderConfig p = provider(server.url(QStringLiteral("/v1")));
    p.keyReference = QStringLiteral("env:RS_TEST_SECRET");
    p.headers = {{QStringLiteral("authorization"), {}},
                 {QStringLiteral("api-key"), QStringLiteral("env:RS_TEST_SECRET")}};
    QVERIFY(call(p).result.succeeded());
    QVERIFY2(!server.heads.last().contains("Authorization")
                 && server.heads.last().contains("\r\napi-key: s3cret-of-the-gateway\r\n"),
             server.heads.last());
}

void ProvidersTest::theProbeCarriesThemToo()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, R"({"data":[]})"); };
    ProviderConfig p = provider(server.url(QStringLiteral("/v1")));
    p.headers = {{QStringLiteral("X-Gateway-Key"), QStringLiteral("env:RS_TEST_SECRET")}};
    p.query = {{QStringLiteral("api-version"), QStringLiteral("1")}};
    LocalEngineClient client(3);
    client.apply(Configuration{{p}});
    client.probe(p.id);
    QTRY_COMPARE(server.requests, 1);
    QVERIFY2(server.heads.last().startsWith("GET /v1/models?api-version=1 HTTP/1.1\r\n")
                 && server.heads.last().contains("X-Gateway-Key: s3cret"),
             server.heads.last());
}

void ProvidersTest::aProvidersProxyIsUsed()
{
    RawServer proxy;
    proxy.answer = [](QTcpSocket *s, int) { RawServer::reply(s, good); };
    ProviderConfig p = provider(QUrl(QStringLiteral("http://nobody.test/v1")));
    qputenv("RS_TEST_PROXY",
            QByteArray("http://me:pass-of-the-proxy@127.0.0.1:") + QByteArray::number(proxy.serverPort()));
    p.proxy = QStringLiteral("env:RS_TEST_PROXY");
    const Outcome outcome = call(p);
    QVERIFY2(outcome.result.succeeded(), qPrintable(outcome.result.message));
    QVERIFY2(proxy.heads.last().startsWith("POST http://nobody.test/v1/chat/completions HTTP/1.1\r\n")
                 && proxy.heads.last().contains("Proxy-Authorization: Basic "),
             proxy.heads.last());
    proxy.close();
    const Outcome dead = call(p);
    QVERIFY2(dead.result.message.contains(QStringLiteral("127.0.0.1:%1").arg(proxy.serverPort()))
                 || dead.result.message.contains(QStringLiteral("proxy")),
             qPrintable(dead.result.message));
    QVERIFY2(!dead.result.message.contains(QStringLiteral("pass-of-the-proxy"))
                 && !dead.events.contains("pass-of-the-proxy"),
             qPrintable(dead.result.message));
}

void ProvidersTest::noneAsksDirectlyWhateverTheEnvironmentSays()
{
    RawServer server, proxy;
    server.answer = proxy.answer = [](QTcpSocket *s, int) { RawServer::reply(s, good); };
    qputenv("http_proxy", QByteArray("http://127.0.0.1:") + QByteArray::number(proxy.serverPort()));
    qputenv("no_proxy", "<-loopback>");
    ProviderConfig p = provider(server.url(QStringLiteral("/v1")));
    const bool viaProxy = call(p).result.succeeded();
    p.proxy = QStringLiteral("none");
    const bool direct = call(p).result.succeeded();
    qunsetenv("http_proxy");
    qunsetenv("no_proxy");
    QVERIFY(viaProxy && direct);
    QCOMPARE(proxy.requests, 1);
    QCOMPARE(server.requests, 1);
}

void ProvidersTest::aProvidersAuthorityIsTrusted()
{
    QSslServer server;
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setLocalCertificate(QSslCertificate(testcertificate::certificate));
    configuration.setPrivateKey(QSslKey(QByteArray(testcertificate::key), QSsl::Ec));
    server.setSslConfiguration(configuration);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QSslServer::pendingConnectionAvailable, &server, [&server] {
        QTcpSocket *socket = server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [socket] {
            if (socket->readAll().contains("messages"))
                RawServer::reply(socket, good);
        });
    });
    ProviderConfig p = provider(QUrl(QStringLiteral("https://127.0.0.1:%1/v1").arg(server.serverPort())));
    QVERIFY(!call(p).result.succeeded());
    QTemporaryFile file;
    QVERIFY(file.open() && file.write(testcertificate::certificate) > 0 && file.flush());
    p.caFile = file.fileName();
    const Outcome outcome = call(p);
    QVERIFY2(outcome.result.succeeded(), qPrintable(outcome.result.message));
}

void ProvidersTest::aFileWithoutCertificatesIsNamed()
{
    ProviderConfig p = provider(QUrl(QStringLiteral("https://127.0.0.1:9/v1")));
    p.caFile = QStringLiteral("/nowhere/ca.pem");
    const Outcome outcome = call(p);
    QVERIFY2(outcome.result.message.contains(QStringLiteral("ca_file (/nowhere/ca.pem)")),
             qPrintable(outcome.result.message));
}

void ProvidersTest::responsesAreAskedFor_data()
{
    QTest::addColumn<bool>("stream");
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("finish"); ///< or the reason of the failure
    const auto events = [](std::initializer_list<QByteArray> datas) {
        QByteArray all;
        for (const QByteArray &data : datas)
            all += "event: x\ndata: " + data + "\n\n";
        return all;
    };
    const QByteArray delta = R"({"type":"response.output_text.delta","delta":"good"})";
    const QByteArray whole =
        R"({"object":"response","status":"%1","output":[{"type":"message","content":[{"type":"output_text","text":"good"}]}],"usage":{"input_tokens":3,"output_tokens":1}%2})";
    const auto ending = [whole](const char *status, const char *more = "") {
        return QByteArray(whole).replace("%1", status).replace("%2", more);
    };
    QTest::newRow("whole") << false << ending("completed") << QStringLiteral("good") << QStringLiteral("stop");
    QTest::newRow("whole, cut by the limit")
        << false << ending("incomplete", R"(,"incomplete_details":{"reason":"max_output_tokens"})")
        << QStringLiteral("good") << QStringLiteral("length");
    QTest::newRow("whole, filtered") << false
                                     << ending("incomplete", R"(,"incomplete_details":{"reason":"content_filter"})")
                                     << QStringLiteral("good") << QStringLiteral("content_filter");
    QTest::newRow("whole, failed in a 200")
        << false
        << QByteArray(
               R"({"object":"response","status":"failed","error":{"code":"server_error","message":"boom"},"output":[]})")
        << QString() << QStringLiteral("server_error");
    QTest::newRow("whole, cancelled") << false
                                      << QByteArray(R"({"object":"response","status":"cancelled","output":[]})")
                                      << QString() << QStringLiteral("server_error");
    QTest::newRow("streamed") << true
                              << events({R"({"type":"response.created","response":{"status":"in_progress"}})", delta,
                                         R"({"type":"response.completed","response":)" + ending("completed") + "}"})
                              << QStringLiteral("good") << QStringLiteral("stop");
    QTest::newRow("streamed, cut by the limit")
        << true
        << events({delta, R"({"type":"response.incomplete","response":)"
                              + ending("incomplete", R"(,"incomplete_details":{"reason":"max_output_tokens"})") + "}"})
        << QStringLiteral("good") << QStringLiteral("length");
    QTest::newRow("streamed, failed")
        << true
        << events(
               {R"({"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded","message":"slow down"}}})"})
        << QString() << QStringLiteral("rate_limit");
    QTest::newRow("streamed, an error event")
        << true << events({R"({"type":"error","code":"server_error","message":"boom","param":null})"}) << QString()
        << QStringLiteral("server_error");
    QTest::newRow("streamed, cut") << true
                                   << events(
                                          {R"({"type":"response.created","response":{"status":"in_progress"}})", delta})
                                   << QStringLiteral("good") << QStringLiteral("stream_interrupted");
}

void ProvidersTest::responsesAreAskedFor()
{
    QFETCH(bool, stream);
    QFETCH(QByteArray, answer);
    QFETCH(QString, text);
    QFETCH(QString, finish);
    RawServer server;
    server.answer = [answer](QTcpSocket *s, int) { RawServer::reply(s, answer); };
    ProviderConfig p = provider(server.url(QStringLiteral("/v1/responses"))); // the endpoint, copied whole
    p.protocol = ProtocolKind::OpenAiResponses;
    const CallResult result = call(p, stream).result;
    QVERIFY2(server.heads.last().startsWith("POST /v1/responses HTTP/1.1\r\n"), server.heads.last());
    QCOMPARE(QJsonDocument::fromJson(server.lastBody)["input"][0]["content"][0]["text"].toString(),
             QStringLiteral("Hello"));
    QCOMPARE(result.text, text);
    QCOMPARE(result.succeeded() || result.reason == RetryReason::ContentFilter ? toKey(result.answer.finish)
                                                                               : toKey(result.reason),
             finish);
}

void ProvidersTest::theSandboxServesResponses_data()
{
    QTest::addColumn<Fault>("fault");
    QTest::addColumn<bool>("stream");
    QTest::addColumn<QString>("ends"); ///< the finish, or the reason of the failure
    for (const bool stream : {false, true}) {
        const auto row = [stream](const char *name, Fault fault, const char *ends) {
            QTest::addRow("%s, %s", name, stream ? "streamed" : "whole")
                << fault << stream << QString::fromLatin1(ends);
        };
        row("none", Fault::None, "stop");
        row("length", Fault::Length, "length");
        row("tool call", Fault::ToolCall, "tool_calls");
        row("rate limit", Fault::RateLimit, "rate_limit");
        row("quota", Fault::QuotaExhausted, "quota_exhausted");
        row("overloaded", Fault::Overloaded, "temporary_failure");
        row("wrong key", Fault::WrongKey, "authentication");
        row("model missing", Fault::ModelMissing, "model_unavailable");
        row("context", Fault::ContextLength, "context_length");
        row("error inside", Fault::ErrorInStream, "temporary_failure");
        row("cut", Fault::CutStream, "stream_interrupted");
    }
}

void ProvidersTest::theSandboxServesResponses()
{
    QFETCH(Fault, fault);
    QFETCH(bool, stream);
    QFETCH(QString, ends);
    Sandbox sandbox({.firstToken = 5ms, .perToken = 0ms});
    QVERIFY(sandbox.start());
    sandbox.setFault(QStringLiteral("openai"), {fault});
    ProviderConfig p = provider(sandbox.baseUrl(QStringLiteral("openai")));
    p.protocol = ProtocolKind::OpenAiResponses;
    p.simulated = true;
    const CallResult result = call(p, stream).result;
    QVERIFY2((result.succeeded() ? toKey(result.answer.finish) : toKey(result.reason)) == ends,
             qPrintable(toKey(result.reason) + QLatin1Char(' ') + result.message + result.answer.finishReason));
    if (fault == Fault::None)
        QVERIFY(!result.text.isEmpty() && result.answer.end == AnswerEnd::Mark && result.tokensIn && result.tokensOut);
    if (fault == Fault::ToolCall)
        QVERIFY(!result.content.toolCalls.isEmpty() && !result.content.toolCalls.first().name.isEmpty());
}

SUITE_TEST(ProvidersTest)
#include "tst_providers.moc"
