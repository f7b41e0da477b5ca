// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/servercertificate.h"
#include "support/gatewayrig.h"
#include "support/madecertificate.h"
#include "support/suite.h"

#include <QDir>
#include <QEventLoop>
#include <QNetworkInterface>
#include <QProcess>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTimer>

#include <unistd.h>

using namespace retryscope;

/// The server and the gateway over TLS: clients of every kind, the same limits, another certificate while it runs.
class TlsServerTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void speaksWhatItShould_data();
    void speaksWhatItShould();
    void strangersCostNothing_data();
    void strangersCostNothing();
    void renegotiationIsOff();
    void aLargeBodyArrivesWhole();
    void pipeliningThatNeverReadsIsHeldBack();
    void aClientThatTakesNothingIsLeft();
    void aHundredIdleConnectionsAreLittle();
    void drainsBehindItsAnswers();
    void anotherCertificateIsForNewConnections();
    void onlyItsOwnNamesAreServed_data();
    void onlyItsOwnNamesAreServed();
    void theGatewayWantsItsToken();
    void aSlowReaderHoldsItsProviderBack();
    void aCallerThatLeavesEndsItsCall();

private:
    ServerCertificate certificate(const MadeCertificate::Wish &wish = {}) const
    {
        const auto made = MadeCertificate::make(wish);
        QFile file(m_folder.filePath(QStringLiteral("both.pem")));
        if (!file.open(QIODevice::WriteOnly) || file.write(made.certificate + made.key) < 0 || !file.flush())
            qFatal("no file");
        const auto read = readServerCertificate(file.fileName(), file.fileName());
        if (!read)
            qFatal("%s", qPrintable(read.error()));
        return *read;
    }
    struct Rig
    {
        explicit Rig(const ServerCertificate &certificate, HttpServerOptions options = {}, RequestHandler handler = {})
            : server(handler ? std::move(handler) : [this](const ServedRequest &q, const ResponderPtr &r) { ++served; bodies += q.body.size(); r->send(200, {}, answer); },
                     with(std::move(options), certificate))
        {
            server.listen(QHostAddress::LocalHost);
        }
        static HttpServerOptions with(HttpServerOptions options, const ServerCertificate &certificate)
        {
            options.tls = certificate.tls;
            return options;
        }
        std::unique_ptr<QSslSocket> client(const QByteArray &bytes = {}, QSsl::SslProtocol protocol = QSsl::SecureProtocols)
        {
            auto socket = connectTo(server.serverPort(), protocol);
            socket->write(bytes);
            return socket;
        }
        std::unique_ptr<QTcpSocket> plainClient(const QByteArray &bytes)
        {
            auto socket = std::make_unique<QTcpSocket>();
            socket->connectToHost(QHostAddress(QHostAddress::LocalHost), server.serverPort());
            socket->write(bytes);
            return socket;
        }
        int served = 0;
        qint64 bodies = 0;
        QByteArray answer = "ok";
        HttpServer server;
    };
    static std::unique_ptr<QSslSocket> connectTo(quint16 port, QSsl::SslProtocol protocol = QSsl::SecureProtocols)
    {
        auto socket = std::make_unique<QSslSocket>();
        QSslConfiguration tls = socket->sslConfiguration();
        tls.setProtocol(protocol);
        tls.setPeerVerifyMode(QSslSocket::VerifyNone);
        tls.setAllowedNextProtocols({"h2", "http/1.1"});
        socket->setSslConfiguration(tls);
        socket->connectToHostEncrypted(QStringLiteral("127.0.0.1"), port);
        return socket;
    }
    static bool isThrough(const std::unique_ptr<QSslSocket> &socket)
    {
        return QTest::qWaitFor([&] { return socket->isEncrypted(); }, 10'000);
    }
    static QByteArray readUntil(QTcpSocket &socket, const QByteArray &end)
    {
        QByteArray got;
        (void)QTest::qWaitFor([&] { got += socket.readAll(); return got.contains(end); }, 10'000);
        return got;
    }
    static qint64 residentMemory()
    {
        QFile file(QStringLiteral("/proc/self/statm"));
        return file.open(QIODevice::ReadOnly) ? file.readAll().split(' ').value(1).toLongLong() * ::sysconf(_SC_PAGESIZE) : 0;
    }
    static int descriptors() { return int(QDir(QStringLiteral("/proc/self/fd")).entryList(QDir::Files | QDir::System).size()); }
    static constexpr const char *request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    QTemporaryDir m_folder;
};

void TlsServerTest::initTestCase() { QVERIFY2(QSslSocket::supportsSsl(), "Qt finds no TLS library"); }

void TlsServerTest::speaksWhatItShould_data()
{
    QTest::addColumn<int>("protocol");
    QTest::addColumn<int>("rsaBits");
    QTest::newRow("1.2, EC") << int(QSsl::TlsV1_2) << 0;
    QTest::newRow("1.3, EC") << int(QSsl::TlsV1_3) << 0;
    QTest::newRow("1.2, RSA") << int(QSsl::TlsV1_2) << 2048;
    QTest::newRow("1.3, RSA") << int(QSsl::TlsV1_3) << 2048;
}

void TlsServerTest::speaksWhatItShould()
{
    QFETCH(int, protocol);
    QFETCH(int, rsaBits);
    const ServerCertificate shown = certificate({.rsaBits = rsaBits});
    Rig rig(shown);
    const auto socket = rig.client(request, QSsl::SslProtocol(protocol));
    QVERIFY2(isThrough(socket), qPrintable(socket->errorString()));
    QCOMPARE(socket->sessionProtocol(), QSsl::SslProtocol(protocol));
    QCOMPARE(socket->sslConfiguration().nextNegotiatedProtocol(), QByteArray("http/1.1"));
    QCOMPARE(socket->peerCertificate().digest(QCryptographicHash::Sha256).toHex(':').toUpper(), shown.fingerprint);
    QVERIFY(readUntil(*socket, "\r\n\r\nok").startsWith("HTTP/1.1 200 OK\r\n"));
    socket->write(request); // on the same connection
    QVERIFY(readUntil(*socket, "\r\n\r\nok").startsWith("HTTP/1.1 200 OK\r\n"));
    QCOMPARE(rig.served, 2);
}

void TlsServerTest::strangersCostNothing_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("end"); // of what comes back
    const QByteArray old = QByteArray::fromHex("160301002d0100002903020123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                                               "000002c0130100"); // a hello of TLS 1.1, without extensions
    QTest::newRow("plain HTTP") << QByteArray(request) << QByteArray();
    QTest::newRow("says nothing") << QByteArray() << QByteArray();
    QTest::newRow("half a hello") << old.first(30) << QByteArray();
    QTest::newRow("garbage") << QByteArray(4096, '\xff') << QByteArray();
    QTest::newRow("a record that is too long") << QByteArray::fromHex("160301ffff") + QByteArray(70'000, 'x') << QByteArray();
    QTest::newRow("TLS 1.1") << old << QByteArray::fromHex("0246"); // fatal, protocol version
}

void TlsServerTest::strangersCostNothing()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, end);
    HttpServerOptions options;
    options.headTime = 300ms;
    Rig rig(certificate(), options);
    const int before = descriptors();
    {
        std::vector<std::unique_ptr<QTcpSocket>> strangers;
        for (int i = 0; i < 20; ++i)
            strangers.push_back(rig.plainClient(bytes));
        QTRY_COMPARE(rig.server.connections(), 20);
        QTRY_COMPARE_WITH_TIMEOUT(rig.server.connections(), 0, 5'000);
        for (const auto &stranger : strangers) {
            QTRY_COMPARE(stranger->state(), QAbstractSocket::UnconnectedState);
            QVERIFY(stranger->readAll().endsWith(end));
        }
    }
    QTRY_VERIFY(descriptors() <= before);
    QCOMPARE(rig.served, 0);
    const auto good = rig.client(request);
    QVERIFY(readUntil(*good, "ok").startsWith("HTTP/1.1 200"));
}

/// A client could have the server work without end with it.
void TlsServerTest::renegotiationIsOff()
{
    const QString program = QStandardPaths::findExecutable(QStringLiteral("openssl"));
    if (program.isEmpty())
        QSKIP("openssl is not installed");
    Rig rig(certificate());
    QProcess client;
    client.setProcessChannelMode(QProcess::MergedChannels);
    client.start(program, {QStringLiteral("s_client"), QStringLiteral("-tls1_2"), QStringLiteral("-connect"),
                           QStringLiteral("127.0.0.1:%1").arg(rig.server.serverPort())});
    QByteArray said;
    QVERIFY(QTest::qWaitFor([&] { said += client.readAll(); return said.contains("Verify return code"); }, 10'000));
    client.write("R\n");
    QTRY_COMPARE_WITH_TIMEOUT(client.state(), QProcess::NotRunning, 10'000);
    said += client.readAll();
    QVERIFY2(said.contains("RENEGOTIATING") && said.contains("no renegotiation"), said.constData());
    QTRY_COMPARE(rig.server.connections(), 0);
}

void TlsServerTest::aLargeBodyArrivesWhole()
{
    Rig rig(certificate());
    const QByteArray body(3 << 20, 'b');
    const auto socket = rig.client("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + QByteArray::number(body.size())
                                   + "\r\nExpect: 100-continue\r\n\r\n");
    QVERIFY(readUntil(*socket, "\r\n\r\n").startsWith("HTTP/1.1 100"));
    socket->write(body);
    QVERIFY(readUntil(*socket, "ok").startsWith("HTTP/1.1 200"));
    QCOMPARE(rig.bodies, body.size());
}

void TlsServerTest::pipeliningThatNeverReadsIsHeldBack()
{
    Rig rig(certificate());
    rig.answer = QByteArray(10'000, 'a');
    const auto socket = rig.client();
    QVERIFY(isThrough(socket));
    socket->setReadBufferSize(1); // reads nothing
    const qint64 before = residentMemory();
    const QByteArray many = QByteArray(request).repeated(20'000);
    socket->write(many);
    int last = -1;
    for (int quiet = 0; quiet < 30; quiet = rig.served == last ? quiet + 1 : 0) { // until the server does no more
        last = rig.served;
        QTest::qWait(10);
    }
    QVERIFY2(rig.served > 10 && rig.served < 2'000, qPrintable(QString::number(rig.served)));
    QVERIFY2(residentMemory() - before < (24 << 20), qPrintable(QString::number(residentMemory() - before)));
    socket->setReadBufferSize(0); // and goes on when it reads again
    QEventLoop loop;
    QTimer look;
    connect(&look, &QTimer::timeout, &loop, [&] {
        socket->readAll();
        if (rig.served == 20'000)
            loop.quit();
    });
    look.start(1);
    QTimer::singleShot(60'000, &loop, &QEventLoop::quit);
    loop.exec();
    QCOMPARE(rig.served, 20'000);
}

void TlsServerTest::aClientThatTakesNothingIsLeft()
{
    HttpServerOptions options;
    options.writeTime = 300ms;
    std::vector<ResponderPtr> held;
    Rig rig(certificate(), options, [&](const ServedRequest &, const ResponderPtr &r) {
        r->beginStream(200, {});
        r->writeChunk(QByteArray(16 << 20, 'x'));
        held.push_back(r);
    });
    const auto socket = rig.client(request);
    socket->setReadBufferSize(1);
    QTRY_VERIFY(!held.empty());
    QTest::qWait(50);
    QVERIFY2(held[0]->backlog() > (4 << 20), "what is encrypted and waits counts");
    QTRY_VERIFY(held[0]->clientGone());
    QTRY_COMPARE(rig.server.connections(), 0);
}

void TlsServerTest::aHundredIdleConnectionsAreLittle()
{
    HttpServerOptions options;
    options.idleTime = 4s;
    Rig rig(certificate(), options);
    const int files = descriptors();
    const qint64 before = residentMemory();
    {
        std::vector<std::unique_ptr<QSslSocket>> clients;
        for (int i = 0; i < 100; ++i)
            clients.push_back(rig.client(request));
        QTRY_COMPARE_WITH_TIMEOUT(rig.served, 100, 20'000);
        QCOMPARE(rig.server.connections(), 100);
        QVERIFY2(residentMemory() - before < (60 << 20), qPrintable(QString::number(residentMemory() - before))); // both ends
        QTRY_COMPARE_WITH_TIMEOUT(rig.server.connections(), 0, 20'000);
        for (const auto &client : clients)
            QTRY_COMPARE(client->error(), QAbstractSocket::RemoteHostClosedError); // and no error of TLS
    }
    QTRY_VERIFY(descriptors() <= files);
}

void TlsServerTest::drainsBehindItsAnswers()
{
    std::vector<ResponderPtr> held;
    Rig rig(certificate(), {}, [&](const ServedRequest &, const ResponderPtr &r) { held.push_back(r); });
    bool drained = false;
    connect(&rig.server, &HttpServer::drained, this, [&] { drained = true; });
    const auto busy = rig.client(request), idle = rig.client();
    const auto stranger = rig.plainClient({}); // in its handshake
    QVERIFY(isThrough(idle));
    QTRY_COMPARE(held.size(), std::size_t(1));
    rig.server.drain();
    QTRY_COMPARE(rig.server.connections(), 1);
    QVERIFY(!drained);
    const QByteArray answer(2 << 20, 'z');
    held[0]->send(200, {}, answer);
    QByteArray got;
    QVERIFY(QTest::qWaitFor([&] {
        got += busy->readAll();
        return busy->state() == QAbstractSocket::UnconnectedState;
    }, 10'000));
    got += busy->readAll();
    QVERIFY(got.endsWith(answer) && got.contains("Connection: close"));
    QTRY_VERIFY(drained);
}

void TlsServerTest::anotherCertificateIsForNewConnections()
{
    const ServerCertificate first = certificate(), second = certificate();
    QVERIFY(first.fingerprint != second.fingerprint);
    Rig rig(first);
    const auto old = rig.client(request);
    QVERIFY(readUntil(*old, "ok").startsWith("HTTP/1.1 200"));
    rig.server.setTls(second.tls, {});
    const auto fresh = rig.client(request);
    QVERIFY(readUntil(*fresh, "ok").startsWith("HTTP/1.1 200"));
    QCOMPARE(fresh->peerCertificate().digest(QCryptographicHash::Sha256).toHex(':').toUpper(), second.fingerprint);
    old->write(request);
    QVERIFY(readUntil(*old, "ok").startsWith("HTTP/1.1 200"));
    QCOMPARE(old->peerCertificate().digest(QCryptographicHash::Sha256).toHex(':').toUpper(), first.fingerprint);
}

void TlsServerTest::onlyItsOwnNamesAreServed_data()
{
    QTest::addColumn<QByteArray>("host"); // HERE: the machine's own address
    QTest::addColumn<bool>("beyond"); // asked at an address that others reach
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

void TlsServerTest::onlyItsOwnNamesAreServed()
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
    options.certificate = certificate({.names = "DNS:gateway.example.org,DNS:*.svc.test,IP:203.0.113.9"});
    options.http.hosts = {"other.test"};
    GatewayRig rig;
    rig.start(options);
    QSslSocket client;
    client.setPeerVerifyMode(QSslSocket::VerifyNone);
    client.connectToHostEncrypted(beyond ? here.toString() : QStringLiteral("127.0.0.1"), rig.port);
    client.write("GET /healthz HTTP/1.1\r\nHost: " + host.replace("HERE", here.toString().toLatin1()) + "\r\n\r\n");
    QCOMPARE(readUntil(client, "}").mid(9, 3).toInt(), status);
}

void TlsServerTest::theGatewayWantsItsToken()
{
    GatewayOptions options;
    options.address = QHostAddress::Any;
    GatewayRig rig;
    { // and TLS, to begin with
        Gateway open(Gateway::Parts{rig.clock, rig.engine, rig.health, [] { return CallId{1}; }}, options);
        const auto refused = open.start();
        QVERIFY(!refused && refused.error().contains(QStringLiteral("--tls")));
    }
    options.certificate = certificate();
    rig.start(options);
    const auto ask = [&rig](const QByteArray &more) {
        const auto client = connectTo(rig.port);
        client->write("GET /retryscope/status HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n");
        QByteArray got;
        (void)QTest::qWaitFor([&] { got += client->readAll(); return GatewayRig::read(got).whole; }, 10'000);
        return got;
    };
    QVERIFY(ask({}).startsWith("HTTP/1.1 401"));
    QVERIFY(ask("Authorization: Bearer rs-another\r\n").startsWith("HTTP/1.1 401"));
    const QByteArray status = ask(QByteArray("Authorization: Bearer ") + GatewayRig::token + "\r\n");
    QVERIFY2(status.startsWith("HTTP/1.1 200") && status.contains('"' + options.certificate->fingerprint + '"'), status.constData());
    const ServerCertificate second = certificate();
    rig.gateway->useCertificate(second);
    QVERIFY(ask(QByteArray("x-api-key: ") + GatewayRig::token + "\r\n").contains(second.fingerprint));
}

void TlsServerTest::aSlowReaderHoldsItsProviderBack()
{
    constexpr int pieces = 3'000;
    const QByteArray piece = R"(data: {"choices":[{"index":0,"delta":{"content":"x"}}],"obfuscation":")" + QByteArray(8'000, 'x') + "\"}\n\n";
    const QByteArray end = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
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
    options.certificate = certificate();
    rig.start(options);
    const auto client = connectTo(rig.port);
    QVERIFY(isThrough(client));
    client->setReadBufferSize(1 << 14);
    client->write(GatewayRig::post("/v1/chat/completions", R"({"model":"a-model","stream":true,"messages":[{"role":"user","content":"x"}]})"));
    qint64 before = -1;
    QVERIFY(QTest::qWaitFor([&] { // until nothing moves any more, but for what the system's own buffers trade
        QTest::qWait(500);
        return taken > 0 && taken - std::exchange(before, taken) < (1 << 17);
    }, 20'000));
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

void TlsServerTest::aCallerThatLeavesEndsItsCall()
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
    options.certificate = certificate();
    rig.start(options);
    const auto client = connectTo(rig.port);
    client->write(GatewayRig::post("/v1/chat/completions", R"({"model":"a-model","stream":true,"messages":[{"role":"user","content":"x"}]})"));
    QVERIFY(readUntil(*client, "one").contains("one"));
    client->abort();
    QTRY_VERIFY(!upstream);
    QTRY_COMPARE(rig.gateway->running(), 0);
    QCOMPARE(rig.ofKind(EventKind::CallFinished).value(0).outcome, CallOutcome::Cancelled);
    QVERIFY(rig.engine.atRest());
}

SUITE_TEST(TlsServerTest)
#include "tst_tlsserver.moc"
