// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages.h"
#include "support/gatewayrig.h"
#include "support/suite.h"

#include <QTest>

using namespace retryscope;

/// Programs in web pages (CORS).
class GatewayPagesTest : public QObject
{
    Q_OBJECT
private slots:
    void anOriginIsReadAsBrowsersWriteIt_data();
    void anOriginIsReadAsBrowsersWriteIt();
    void aPageOfAnAllowedOriginCanAskAndRead_data();
    void aPageOfAnAllowedOriginCanAskAndRead();
    void otherPagesCannot_data();
    void otherPagesCannot();
    void aBrowserAsksBefore();
};

namespace {

const QByteArray pageAnswer =
    R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]})";
const QByteArray pageEvents =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n"
    "data: [DONE]\n\n";
const QByteArray allowedOrigin = "https://app.example";

QByteArray promptOf(bool stream)
{
    return QByteArray(R"({"model":"a-model","messages":[{"role":"user","content":"x"}])")
           + (stream ? ",\"stream\":true}" : "}");
}

struct PageStand
{
    explicit PageStand(const QByteArrayList &pages)
    {
        server.answer = [this](QTcpSocket *socket, int) {
            if (!server.lastBody.contains("stream"))
                return RawServer::reply(socket, pageAnswer, "200 OK",
                                        "Access-Control-Allow-Origin: *\r\nx-request-id: r1\r\n");
            socket->write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                          + pageEvents);
            socket->disconnectFromHost();
        };
        rig.add(QStringLiteral("a"), server);
        GatewayOptions options;
        options.pages = pages;
        rig.start(options);
    }
    RawServer server;
    GatewayRig rig;
};

QByteArray preflight(const QByteArray &origin)
{
    return "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nOrigin: " + origin
           + "\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,content-type\r\n"
             "Access-Control-Request-Private-Network: true\r\nConnection: close\r\n\r\n";
}

} // namespace

void GatewayPagesTest::anOriginIsReadAsBrowsersWriteIt_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("taken");
    for (const char *text : {"https://app.example", "http://localhost:3000", "http://[::1]:8080", "http://127.0.0.1"})
        QTest::newRow(text) << QString::fromLatin1(text) << true;
    for (const char *text :
         {"", "*", "null", "app.example", "https://*", "https://*.example", "https://app.example/",
          "https://App.Example", "https://u@app.example", "file:///x", "https://app.example:443x",
          "https://app.example:443", "http://app.example:80", "https://app.example?x", "https://", "ws://app.example"})
        QTest::newRow(text) << QString::fromLatin1(text) << false;
}

void GatewayPagesTest::anOriginIsReadAsBrowsersWriteIt()
{
    QFETCH(QString, text);
    const auto origin = webOrigin(text);
    QTEST(bool(origin), "taken");
    QVERIFY(!origin || *origin == text.toLatin1());
}

void GatewayPagesTest::aPageOfAnAllowedOriginCanAskAndRead_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    const QByteArray from = "Origin: " + allowedOrigin + "\r\n";
    QTest::newRow("whole") << GatewayRig::post("/v1/chat/completions", promptOf(false), from) << 200;
    QTest::newRow("streamed") << GatewayRig::post("/v1/chat/completions", promptOf(true), from) << 200;
    QTest::newRow("an error") << GatewayRig::post("/v1/chat/completions", "{", from) << 400;
    QTest::newRow("another path") << GatewayRig::post("/v1/embeddings", "{}", from) << 200;
    QByteArray stranger = GatewayRig::post("/v1/chat/completions", promptOf(false), from);
    stranger.replace(GatewayRig::token, "rs-no-token-of-this-one");
    QTest::newRow("without the token") << stranger << 401;
}

void GatewayPagesTest::aPageOfAnAllowedOriginCanAskAndRead()
{
    QFETCH(QByteArray, request);
    PageStand stand({"http://localhost:3000", allowedOrigin});
    const Got got = stand.rig.ask(request);
    QTEST(got.status, "status");
    QCOMPARE(got.head.toLower().count("access-control-allow-origin:"), 1);
    QCOMPARE(got.header("access-control-allow-origin"), allowedOrigin);
    QCOMPARE(got.header("access-control-expose-headers"), QByteArray("*"));
    QCOMPARE(got.header("vary"), QByteArray("Origin"));
    QVERIFY(got.header("access-control-allow-credentials").isEmpty());
    QVERIFY(stand.server.heads.isEmpty() || !stand.server.heads.last().toLower().contains("origin:"));
}

void GatewayPagesTest::otherPagesCannot_data()
{
    QTest::addColumn<QByteArrayList>("pages");
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<int>("status");
    const QByteArrayList none, one{allowedOrigin};
    QTest::newRow("none is allowed") << none << allowedOrigin << 403;
    QTest::newRow("another one") << one << QByteArray("https://evil.example") << 403;
    QTest::newRow("another scheme") << one << QByteArray("http://app.example") << 403;
    QTest::newRow("another port") << one << QByteArray("https://app.example:8443") << 403;
    QTest::newRow("a name that ends so") << one << QByteArray("https://evil-app.example") << 403;
    QTest::newRow("no origin that can be told") << one << QByteArray("null") << 403;
    QTest::newRow("of this machine, which cannot read it") << one << QByteArray("http://localhost:5173") << 200;
}

void GatewayPagesTest::otherPagesCannot()
{
    QFETCH(QByteArrayList, pages);
    QFETCH(QByteArray, origin);
    QFETCH(int, status);
    PageStand stand(pages);
    const Got got =
        stand.rig.ask(GatewayRig::post("/v1/chat/completions", promptOf(false), "Origin: " + origin + "\r\n"));
    QCOMPARE(got.status, status);
    QVERIFY2(!got.head.toLower().contains("access-control-"), got.head.constData());
    QCOMPARE(stand.server.requests, status == 200 ? 1 : 0);
    const Got before = stand.rig.ask(preflight(origin));
    QVERIFY(before.status == 403 || before.status == 401);
    QVERIFY2(!before.head.toLower().contains("access-control-"), before.head.constData());
}

/// It has no token to show then; a name that points here from elsewhere does not help it.
void GatewayPagesTest::aBrowserAsksBefore()
{
    PageStand stand({allowedOrigin});
    const Got got = stand.rig.ask(preflight(allowedOrigin));
    QCOMPARE(got.status, 204);
    QCOMPARE(got.header("access-control-allow-origin"), allowedOrigin);
    QVERIFY(got.header("access-control-allow-methods").contains("POST"));
    QCOMPARE(got.header("access-control-allow-headers"), QByteArray("authorization,content-type"));
    QCOMPARE(got.header("access-control-allow-private-network"), QByteArray("true"));
    QByteArray rebound = preflight(allowedOrigin);
    rebound.replace("Host: localhost", "Host: evil.example");
    QCOMPARE(stand.rig.ask(rebound).status, 421);
    QCOMPARE(stand.server.requests, 0);
    QVERIFY(stand.rig.ofKind(EventKind::CallSubmitted).isEmpty());
}

SUITE_TEST(GatewayPagesTest)
#include "tst_gatewaypages.moc"
