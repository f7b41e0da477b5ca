// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/gatewayrig.h"
#include "support/suite.h"
#include "support/tlsclient.h"

#include <QEventLoop>
#include <QNetworkInterface>
#include <QTimer>

using namespace retryscope;

/// The gateway over TLS, and on addresses that other machines reach.
class TlsGatewayTest : public QObject
{
    Q_OBJECT
private slots:
    void onlyItsOwnNamesAreServed_data();
    void onlyItsOwnNamesAreServed();
    void theGatewayWantsItsToken();
    void aSlowReaderHoldsItsProviderBack();
    void aCallerThatLeavesEndsItsCall();
};

void TlsGatewayTest::onlyItsOwnNamesAreServed_data()
{
    QTest::addColumn<QByteArray>("host"); // HERE: the machine's own address
    QTest::addColumn<bool>("beyond");     // asked at an address that others reach
    QTest::addColumn<int>("status");
    for (const bool beyond : {false, true}) {
        const auto row = [&](const char *name, const QByteArray &host, int status) {
            QTest::addRow("%s%s", name, beyond ? ", from outside" : "") << host << beyond << status;
        };
        row("a name of the certificate", "Gateway.Example.org:4180", 200);
        row("with a dot at its end", "gateway.example.org.", 200);
        row("one that the certificate's star stands for", "a.svc.test", 200);
        row("two names for one star", "a.b.svc.test", 421);
        row("the star's own", "svc.test", 421);
        row("a name that was given", "other.test", 200);
        row("a stranger", "evil.test", 421);
        row("localhost", "localhost:4180", beyond ? 421 : 200);
        row("loopback by number", "127.0.0.1", beyond ? 421 : 200);
        row("the address", "HERE:4180", beyond ? 200 : 421);
        row("another address", "203.0.113.9", 421);
        row("nothing", "", 421);
    }
}

void TlsGatewayTest::onlyItsOwnNamesAreServed()
{
    QFETCH(QByteArray, host);
    QFETCH(bool, beyond);
    QFETCH(int, status);
    QHostAddress here;
    for (const QHostAddress &address : QNetworkInterface::allAddresses()) {
        if (address.protocol() == QAbstractSocket::IPv4Protocol && !address.isLoopback())
            here = address;
    }
    if (here.isNull() && (beyond || host.startsWith("HERE")))
        QSKIP("this machine has no address beside loopback's");
    GatewayOptions options;
    options.address = QHostAddress::Any;
    options.certificate = servedCertificate({.names = "DNS:gateway.example.org,DNS:*.svc.test,IP:203.0.113.9"});
    options.http.hosts = {"other.test"};
    GatewayRig rig;
    rig.start(options);
    const auto client =
        TlsClient::connectTo(rig.port, QSsl::SecureProtocols, beyond ? here.toString() : QStringLiteral("127.0.0.1"));
    client->write("GET /healthz HTTP/1.1\r\nHost: " + host.replace("HERE", here.toString().toLatin1()) + "\r\n\r\n");
    QCOMPARE(TlsClient::readUntil(*client, "}").mid(9, 3).toInt(), status);
}

void TlsGatewayTest::theGatewayWantsItsToken()
{
    GatewayOptions options;
    options.address = QHostAddress::Any;
    GatewayRig rig;
    { // and TLS, to begin with
        Gateway open(Gateway::Parts{rig.clock, rig.engine, rig.health, [] { return CallId{1}; }}, options);
        const auto refused = open.start();
        QVERIFY(!refused && refused.error().contains(QStringLiteral("--tls")));
    }
    options.certificate = servedCertificate();
    rig.start(options);
    const auto ask = [&rig](const QByteArray &more) {
        const auto client = TlsClient::connectTo(rig.port);
        client->write("GET /retryscope/status HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n");
        QByteArray got;
        (void)QTest::qWaitFor(
            [&] {
                got += client->readAll();
                return GatewayRig::read(got).whole;
            },
            10'000);
        return got;
    };
    QVERIFY(ask({}).startsWith("HTTP/1.1 401"));
    QVERIFY(ask("Authorization: Bearer rs-another\r\n").startsWith("HTTP/1.1 401"));
    const QByteArray status = ask(QByteArray("Authorization: Bearer ") + GatewayRig::token + "\r\n");
    QVERIFY2(status.startsWith("HTTP/1.1 200") && status.contains('"' + options.certificate->fingerprint + '"'),
             status.constData());
    const ServerCertificate second = servedCertificate();
    rig.gateway->useCertificate(second);
    QVERIFY(ask(QByteArray("x-api-key: ") + GatewayRig::token + "\r\n").contains(second.fingerprint));
}

void TlsGatewayTest::aSlowReaderHoldsItsProviderBack()
{
    constexpr int pieces = 3'000;
    const QByteArray piece = R"(data: {"choices":[{"index":0,"delta":{"content":"x"}}],"obfuscation":")"
                             + QByteArray(8'000, 'x') + "\"}\n\n";
    const QByteArray end =
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    RawServer server;
    qint64 taken = 0;
    server.answer = [&](QTcpSocket *socket, int) {
        socket->write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
        auto left = std::make_shared<int>(pieces);
        const auto more = [&taken, &piece, &end, socket, left] {
            while (*left > 0 && socket->bytesToWrite() < (1 << 16)) {
                socket->write(piece);
                taken += piece.size();
                if (--*left == 0) {
                    socket->write(end);
                    socket->disconnectFromHost();
                }
            }
        };
        QObject::connect(socket, &QTcpSocket::bytesWritten, socket, more);
        more();
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    GatewayOptions options;
    options.certificate = servedCertificate();
    rig.start(options);
    const auto client = TlsClient::connectTo(rig.port);
    QVERIFY(TlsClient::isThrough(client));
    client->setReadBufferSize(1 << 14);
    client->write(GatewayRig::post("/v1/chat/completions",
                                   R"({"model":"a-model","stream":true,"messages":[{"role":"user","content":"x"}]})"));
    qint64 before = -1;
    QVERIFY(QTest::qWaitFor(
        [&] { // until nothing moves any more, but for what the system's own buffers trade
            QTest::qWait(500);
            return taken > 0 && taken - std::exchange(before, taken) < (1 << 17);
        },
        20'000));
    QVERIFY2(taken < pieces * piece.size() * 2 / 3, qPrintable(QString::number(taken)));
    client->setReadBufferSize(0);
    QByteArray all;
    QEventLoop loop;
    QTimer look;
    connect(&look, &QTimer::timeout, &loop, [&] {
        all += client->readAll();
        if (client->state() == QAbstractSocket::UnconnectedState)
            loop.quit();
    });
    look.start(1);
    QTimer::singleShot(60'000, &loop, &QEventLoop::quit);
    loop.exec();
    const Got got = GatewayRig::read(all + client->readAll());
    QVERIFY2(got.whole, qPrintable(QStringLiteral("%1 of %2 bytes").arg(all.size()).arg(taken)));
    QCOMPARE(got.body.size(), pieces * piece.size() + end.size());
}

void TlsGatewayTest::aCallerThatLeavesEndsItsCall()
{
    RawServer server;
    QPointer<QTcpSocket> upstream;
    server.answer = [&](QTcpSocket *socket, int) {
        upstream = socket;
        socket->write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"}}]}\n\n");
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    GatewayOptions options;
    options.certificate = servedCertificate();
    rig.start(options);
    const auto client = TlsClient::connectTo(rig.port);
    client->write(GatewayRig::post("/v1/chat/completions",
                                   R"({"model":"a-model","stream":true,"messages":[{"role":"user","content":"x"}]})"));
    QVERIFY(TlsClient::readUntil(*client, "one").contains("one"));
    client->abort();
    QTRY_VERIFY(!upstream);
    QTRY_COMPARE(rig.gateway->running(), 0);
    QCOMPARE(rig.ofKind(EventKind::CallFinished).value(0).outcome, CallOutcome::Cancelled);
    QVERIFY(rig.engine.atRest());
}

SUITE_TEST(TlsGatewayTest)
#include "tst_tlsgateway.moc"
