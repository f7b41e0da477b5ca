// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/gatewayrig.h"
#include "support/suite.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace retryscope;

/// Which addresses and methods the gateway knows, however they are written.
class GatewayAddressesTest : public QObject
{
    Q_OBJECT
private slots:
    void headAnswersAsGetWithoutABody();
    void aMethodThatIsNoneThereIsNoCall_data();
    void aMethodThatIsNoneThereIsNoCall();
    void optionsNamesTheMethods();
    void otherAddressesTakeTheMethodsOfAnInterface();
    void whatAProviderKeepsIsAskedOfIt_data();
    void whatAProviderKeepsIsAskedOfIt();
    void anAddressIsReadOnce_data();
    void anAddressIsReadOnce();
    void aModelsNameMayHaveColons();
    void whatStandsBelowAModelIsNoneOfItsName();
    void filesForGoogleComeThroughHere();
    void aKeyInTheQueryGoesNowhere();
    void aHostInTheTargetIsTheHost();
};

namespace {

const QByteArray completion = R"({"id":"x","object":"chat.completion","choices":[{"index":0,)"
                              R"("message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]})";
const QByteArray prompt = R"({"model":"a-model","messages":[{"role":"user","content":"x"}]})";
const QByteArray contents = R"({"contents":[{"role":"user","parts":[{"text":"x"}]}]})";

/// A gateway in front of a server of each of two wires.
struct Street
{
    Street()
    {
        openAi.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, completion); };
        google.answer = [](QTcpSocket *socket, int) {
            RawServer::reply(socket, R"({"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}]})");
        };
        rig.add(QStringLiteral("a"), openAi);
        rig.add(QStringLiteral("g"), google, QStringLiteral("google_ai"));
        rig.start();
    }
    Got ask(const QByteArray &method, const QByteArray &path, const QByteArray &body = {}) const
    {
        QByteArray request = GatewayRig::post(path, body);
        return rig.ask(method + request.mid(4));
    }
    int calls() const { return int(rig.ofKind(EventKind::CallSubmitted).size()); }
    RawServer openAi, google;
    GatewayRig rig;
};

} // namespace

void GatewayAddressesTest::headAnswersAsGetWithoutABody()
{
    Street street;
    for (const char *path : {"/v1/models", "/v1/models/a-model", "/v1beta/models", "/retryscope/status", "/healthz"}) {
        const Got whole = street.ask("GET", path), head = street.ask("HEAD", path);
        QCOMPARE(whole.status, 200);
        QCOMPARE(head.status, 200);
        QVERIFY2(head.body.isEmpty(), path);
        QCOMPARE(head.header("content-type"), whole.header("content-type"));
        QCOMPARE(head.header("content-length").toInt(), int(whole.body.size()));
    }
    QCOMPARE(street.openAi.requests + street.google.requests, 0);
}

void GatewayAddressesTest::aMethodThatIsNoneThereIsNoCall_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("allowed");
    const auto row = [](const char *method, const char *path, const char *allowed) {
        QTest::addRow("%s %s", method, path) << QByteArray(method) << QByteArray(path) << QByteArray(allowed);
    };
    row("DELETE", "/retryscope/status", "GET, HEAD");
    row("PUT", "/retryscope/status", "GET, HEAD");
    row("POST", "/metrics", "GET, HEAD");
    row("POST", "/healthz", "GET, HEAD");
    row("HEAD", "/retryscope/events", "GET");
    row("GET", "/retryscope/providers/a/isolate", "POST");
    row("PATCH", "/v1/chat/completions", "GET, HEAD, POST"); // GET lists those that OpenAI has stored
    row("DELETE", "/v1/chat/completions", "GET, HEAD, POST");
    row("GET", "/mistral/v1/chat/completions", "POST");
    row("GET", "/v1/responses", "POST");
    row("get", "/v1/models", "GET, HEAD");
    row("DELETE", "/v1/responses", "POST");
    row("GET", "/v1/messages", "POST");
    row("GET", "/v1/messages/count_tokens", "POST");
    row("GET", "/v1beta/models/a-model:generateContent", "POST");
    row("HEAD", "/v1beta/models/a-model%3AstreamGenerateContent", "POST");
    row("PUT", "/mistral/v1/chat/completions", "POST");
    row("POST", "/v1/models", "GET, HEAD");
    row("TRACE", "/v1/embeddings", "GET, HEAD, POST, PUT, PATCH, DELETE");
}

void GatewayAddressesTest::aMethodThatIsNoneThereIsNoCall()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, allowed);
    Street street;
    const Got got = street.ask(method, path);
    QCOMPARE(got.status, 405);
    QCOMPARE(got.header("allow"), allowed);
    QVERIFY2(method == "HEAD" || QJsonDocument::fromJson(got.body).isObject(), got.body.constData());
    QCOMPARE(street.calls(), 0);
    QCOMPARE(street.openAi.requests + street.google.requests, 0);
    const QByteArray noKey = method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    QCOMPARE(street.rig.ask(noKey).status, path == "/healthz" ? 405 : 401); // a stranger learns nothing
}

void GatewayAddressesTest::optionsNamesTheMethods()
{
    Street street;
    const std::pair<const char *, const char *> rows[] = {{"/v1/chat/completions", "GET, HEAD, POST"},
                                                          {"/v1/messages", "POST"},
                                                          {"/v1/models", "GET, HEAD"},
                                                          {"/metrics", "GET, HEAD"},
                                                          {"/v1/files", "GET, HEAD, POST, PUT, PATCH, DELETE"}};
    for (const auto &[path, methods] : rows) {
        const Got got = street.ask("OPTIONS", path);
        QCOMPARE(got.status, 204);
        QCOMPARE(got.header("allow"), QByteArray(methods));
    }
    QCOMPARE(street.openAi.requests, 0);
    QCOMPARE(street.calls(), 0);
}

void GatewayAddressesTest::otherAddressesTakeTheMethodsOfAnInterface()
{
    Street street;
    for (const char *method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
        QCOMPARE(street.ask(method, "/v1/files/f1?a=b").status, 200);
        QVERIFY2(street.openAi.heads.last().startsWith(QByteArray(method) + " /v1/files/f1?a=b "),
                 street.openAi.heads.last().constData());
    }
    QCOMPARE(street.ask("DELETE", "/v1/models/ft:gpt-x:me::1").status, 200); // a fine-tuned one
}

void GatewayAddressesTest::whatAProviderKeepsIsAskedOfIt_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<bool>("again"); // it may have arrived
    const auto row = [](const char *method, const char *path, bool again) {
        QTest::addRow("%s %s", method, path) << QByteArray(method) << QByteArray(path) << again;
    };
    row("GET", "/v1/chat/completions", true);
    row("GET", "/v1/chat/completions?model=gpt-x&metadata%5Ba%5D=b&limit=2", true);
    row("HEAD", "/v1/chat/completions", true);
    row("GET", "/v1/chat/completions/chatcmpl-1", true);
    row("GET", "/v1/chat/completions/chatcmpl-1/messages?order=desc", true);
    row("POST", "/v1/chat/completions/chatcmpl-1", false);
    row("DELETE", "/v1/chat/completions/chatcmpl-1", true);
    row("GET", "/v1/responses/resp_1?include=a", true);
    row("DELETE", "/v1/responses/resp_1", true);
    row("POST", "/v1/responses/resp_1/cancel", false);
    row("GET", "/v1/responses/resp_1/input_items", true);
    row("POST", "/v1/responses/input_tokens", false);
    row("POST", "/v1/responses/compact", false);
    row("GET", "/v1/messages/batches", true);
    row("POST", "/v1/messages/batches", false);
    row("GET", "/v1/messages/batches/msgbatch_1", true);
    row("GET", "/v1/messages/batches/msgbatch_1/results", true);
    row("POST", "/v1/messages/batches/msgbatch_1/cancel", false);
    row("DELETE", "/v1/messages/batches/msgbatch_1", true);
    row("POST", "/v1beta/models/g-model:batchGenerateContent", false);
    row("GET", "/v1beta/batches/b1", true);
    row("PATCH", "/v1beta/cachedContents/c1?updateMask=ttl", false);
    row("DELETE", "/v1beta/cachedContents/c1", true);
    row("GET", "/mistral/v1/batch/jobs", true);
    row("POST", "/mistral/v1/batch/jobs/j1/cancel", false);
    row("DELETE", "/mistral/v1/conversations/c1", true);
}

/// Stored answers, batches and caches are other paths: as they are, to the first of the protocol, and repeated only where
/// that does nothing twice.
void GatewayAddressesTest::whatAProviderKeepsIsAskedOfIt()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    const QByteArray body =
        method == "POST" || method == "PATCH" ? QByteArray(R"({"metadata":{"a":"b"}})") : QByteArray();
    RawServer server;
    bool well = true;
    server.answer = [&](QTcpSocket *socket, int) {
        well ? RawServer::reply(socket, method == "HEAD" ? QByteArray() : QByteArray(R"({"data":[]})"))
             : socket->abort();
    };
    GatewayRig rig;
    rig.configuration.retry.maxAttempts = 2;
    for (const char *wire : {"openai", "anthropic", "google_ai", "mistral"})
        rig.add(QLatin1String(wire), server, QLatin1String(wire));
    rig.start();
    const auto ask = [&] {
        QByteArray request = GatewayRig::post(path, body);
        return rig.ask(method + request.mid(4));
    };
    const Got got = ask();
    QVERIFY2(got.status == 200, got.head + got.body);
    QByteArray sent = path;
    sent.replace("/mistral", "");
    QVERIFY2(server.heads.value(0).startsWith(method + ' ' + sent + " HTTP/1.1"), server.heads.value(0).constData());
    QCOMPARE(server.lastBody, body);
    well = false;
    server.requests = 0;
    const int status = ask().status;
    QVERIFY2(status >= 500, QByteArray::number(status));
    QFETCH(bool, again);
    QCOMPARE(server.requests, again ? 2 : 1);
}

void GatewayAddressesTest::anAddressIsReadOnce_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("sent");
    const auto row = [](const char *path, const char *sent) {
        QTest::newRow(path) << QByteArray(path) << QByteArray(sent);
    };
    row("/v1//chat/completions", "/v1/chat/completions");
    row("/v1/chat/completions/?a=b", "/v1/chat/completions?a=b");
    row("//openai//v1/chat/completions", "/v1/chat/completions");
    row("/v1/./chat/comple%74ions", "/v1/chat/completions");
    row("/v1//embeddings/", "/v1/embeddings");
    row("/v1/files/a b", ""); // no target at all
    row("/v1/files/\xc3\xa9%C3%A9\"{", "/v1/files/%C3%A9%C3%A9%22%7B");
    row("/v1/files/a%2Fb%25", "/v1/files/a%2Fb%25");
    row("/v1beta/models/g-model%3AgenerateContent", "/v1beta/models/g-model:generateContent");
    row("/v1beta//models/g-model%3agenerateContent/", "/v1beta/models/g-model:generateContent");
    row("/v1beta/models/x%2Fmodel:generateContent", "/v1beta/models/x%2Fmodel:generateContent");
    row("/v1beta/models/llama%3A3b:generateContent", "/v1beta/models/llama:3b:generateContent");
}

/// What is meant is served, and the provider is asked at the plain address.
void GatewayAddressesTest::anAddressIsReadOnce()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, sent);
    Street street;
    const bool isGoogles = path.contains("v1beta");
    const Got got = street.ask("POST", path, isGoogles ? contents : prompt);
    if (sent.isEmpty()) {
        QCOMPARE(got.status, 400);
        return;
    }
    QVERIFY2(got.status == 200, got.head + got.body);
    const QByteArray head = (isGoogles ? street.google : street.openAi).heads.value(0);
    QVERIFY2(head.startsWith("POST " + sent + " HTTP/1.1"), head.constData());
    QCOMPARE(street.calls(), 1);
}

/// Only at Google is what stands behind a colon a verb, and only where it is posted.
void GatewayAddressesTest::aModelsNameMayHaveColons()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, completion); };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server).model = QStringLiteral("llama:3b");
    rig.start();
    for (const char *path : {"/v1/models/llama:3b", "/v1/models/llama%3A3b", "/v1beta/models/llama:3b"}) {
        const Got got = rig.ask(GatewayRig::get(path));
        QCOMPARE(got.status, 200);
        const QJsonObject model = QJsonDocument::fromJson(got.body).object();
        QVERIFY2(model[QLatin1String("id")].toString() == QLatin1String("llama:3b")
                     || model[QLatin1String("name")].toString() == QLatin1String("models/llama:3b"),
                 got.body.constData());
    }
    QCOMPARE(server.requests, 0);
}

void GatewayAddressesTest::whatStandsBelowAModelIsNoneOfItsName()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, R"({"done":true})"); };
    GatewayRig rig;
    ProviderConfig &google = rig.add(QStringLiteral("g"), server, QStringLiteral("google_ai"));
    google.model = QStringLiteral("veo");
    google.modelMap = {{QStringLiteral("veo"), QStringLiteral("veo-3")}};
    rig.start();
    for (const auto &[path, sent] : std::initializer_list<std::pair<QByteArray, QByteArray>>{
             {"/v1beta/models/veo/operations/o1", "/v1beta/models/veo-3/operations/o1"},
             {"/v1beta/models/veo/operations", "/v1beta/models/veo-3/operations"},
             {"/v1beta/tunedModels/mine/operations/o1", "/v1beta/tunedModels/mine/operations/o1"},
             {"/v1beta/tunedModels/mine/permissions/p", "/v1beta/tunedModels/mine/permissions/p"}}) {
        server.heads.clear();
        const Got got = rig.ask(GatewayRig::get(path));
        QCOMPARE(got.body, QByteArray(R"({"done":true})"));
        QVERIFY2(server.heads.value(0).startsWith("GET " + sent + " HTTP/1.1"), server.heads.value(0).constData());
    }
}

/// Google's clients send a file in two steps, to where the answer of the first points, with the key that they have.
void GatewayAddressesTest::filesForGoogleComeThroughHere()
{
    RawServer server;
    QByteArray where = "/upload/v1beta/files?upload_id=u%2F1&upload_protocol=resumable";
    server.answer = [&](QTcpSocket *socket, int number) {
        const QByteArray base = "http://127.0.0.1:" + QByteArray::number(server.serverPort());
        const QByteArray url = where.startsWith('/') ? base + where : where;
        RawServer::reply(socket, number == 1 ? "{}" : R"({"file":{}})", "200 OK", "X-Goog-Upload-URL: " + url + "\r\n");
    };
    GatewayRig rig;
    rig.add(QStringLiteral("g"), server, QStringLiteral("google_ai"));
    rig.start();
    for (const char *prefix : {"", "/google_ai"}) {
        server.heads.clear();
        const Got begun = rig.ask(GatewayRig::post(prefix + QByteArray("/upload/v1beta/files"), R"({"file":{}})"));
        QCOMPARE(begun.status, 200);
        QVERIFY2(server.heads.value(0).startsWith("POST /upload/v1beta/files HTTP/1.1"), server.heads.value(0).constData());
        const QByteArray here = begun.header("x-goog-upload-url");
        QCOMPARE(here, "http://localhost" + where);
        const Got done = rig.ask(GatewayRig::post(here.mid(qstrlen("http://localhost")), "\x00\xff bytes"));
        QCOMPARE(done.status, 200);
        QVERIFY2(server.heads.value(1).startsWith("POST " + where + " HTTP/1.1"), server.heads.value(1).constData());
        QCOMPARE(server.lastBody, QByteArray("\x00\xff bytes"));
    }
    where = "https://storage.example/upload/v1beta/files?upload_id=1"; // somebody else's stays
    QCOMPARE(rig.ask(GatewayRig::post("/upload/v1beta/files", "{}")).header("x-goog-upload-url"), where);
}

void GatewayAddressesTest::aKeyInTheQueryGoesNowhere()
{
    QTemporaryDir folder;
    GatewayOptions options;
    options.accessLog = folder.filePath(QStringLiteral("access.jsonl"));
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, completion); };
    {
        GatewayRig rig;
        rig.add(QStringLiteral("a"), server);
        rig.start(options);
        const QByteArray key = GatewayRig::token;
        for (const QByteArray &query : {"key=" + key, "a=b&key=" + key + "&c=d", "%6Bey=" + key + "&api_key=" + key}) {
            for (const char *path : {"/v1/chat/completions", "/v1/embeddings", "/retryscope/nothing", "/v1/files/%zz"})
                rig.ask(GatewayRig::post(path + ('?' + query), prompt));
        }
        const Got got = rig.ask("POST /v1/chat/completions?key=" + key
                                + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                                + QByteArray::number(prompt.size()) + "\r\n\r\n" + prompt);
        QCOMPARE(got.status, 200);
        QCOMPARE(server.requests, 7);
    }
    for (const QByteArray &head : std::as_const(server.heads))
        QVERIFY2(!head.contains(GatewayRig::token), head.constData());
    QFile log(options.accessLog);
    QVERIFY(log.open(QIODevice::ReadOnly));
    const QByteArray lines = log.readAll();
    QCOMPARE(lines.count('\n'), 13);
    QVERIFY2(!lines.contains(GatewayRig::token), lines.constData());
}

/// As a client writes that takes the gateway for its proxy. A page that had a name point here is refused by that name, too.
void GatewayAddressesTest::aHostInTheTargetIsTheHost()
{
    Street street;
    const auto ask = [&](const QByteArray &target) {
        return street.rig.ask("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nx-api-key: "
                              + QByteArray(GatewayRig::token) + "\r\nConnection: close\r\n\r\n");
    };
    QCOMPARE(ask("http://localhost:4180/v1/models").status, 200);
    QCOMPARE(ask("HTTP://127.0.0.1/v1/models?a=b").status, 200);
    QCOMPARE(ask("http://evil.example/v1/models").status, 421);
    QCOMPARE(ask("http://user@localhost/v1/models").status, 400);
    QCOMPARE(ask("http:///v1/models").status, 400);
}

SUITE_TEST(GatewayAddressesTest)
#include "tst_gatewayaddresses.moc"
