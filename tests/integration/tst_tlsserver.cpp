// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/httpserver.h"
#include "support/sanitized.h"
#include "support/suite.h"
#include "support/tlsclient.h"

#include <QDir>
#include <QEventLoop>
#include <QProcess>
#include <QStandardPaths>
#include <QTcpSocket>
#include <QTimer>

#include <unistd.h>

using namespace retryscope;

/// The HTTP server over TLS: clients of every kind, the same limits, another certificate while it runs.
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
    void whatIsCutIsGone();
    void drainsBehindItsAnswers();
    void anotherCertificateIsForNewConnections();

private:
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
        std::unique_ptr<QSslSocket> client(const QByteArray &bytes = {},
                                           QSsl::SslProtocol protocol = QSsl::SecureProtocols)
        {
            auto socket = TlsClient::connectTo(server.serverPort(), protocol);
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
    static qint64 residentMemory()
    {
        QFile file(QStringLiteral("/proc/self/statm"));
        return file.open(QIODevice::ReadOnly)
                   ? file.readAll().split(' ').value(1).toLongLong() * ::sysconf(_SC_PAGESIZE)
                   : 0;
    }
    static int descriptors()
    {
        return int(QDir(QStringLiteral("/proc/self/fd")).entryList(QDir::Files | QDir::System).size());
    }
#ifdef RETRYSCOPE_SANITIZED
    static constexpr qint64 kept = 200 << 20; ///< what the sanitizer keeps of what was given back
#else
    static constexpr qint64 kept = 0;
#endif
    static constexpr const char *request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
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
    const ServerCertificate shown = servedCertificate({.rsaBits = rsaBits});
    Rig rig(shown);
    const auto socket = rig.client(request, QSsl::SslProtocol(protocol));
    QVERIFY2(TlsClient::isThrough(socket), qPrintable(socket->errorString()));
    QCOMPARE(socket->sessionProtocol(), QSsl::SslProtocol(protocol));
    QCOMPARE(socket->sslConfiguration().nextNegotiatedProtocol(), QByteArray("http/1.1"));
    QCOMPARE(TlsClient::fingerprint(*socket), shown.fingerprint);
    QVERIFY(TlsClient::readUntil(*socket, "\r\n\r\nok").startsWith("HTTP/1.1 200 OK\r\n"));
    socket->write(request); // on the same connection
    QVERIFY(TlsClient::readUntil(*socket, "\r\n\r\nok").startsWith("HTTP/1.1 200 OK\r\n"));
    QCOMPARE(rig.served, 2);
}

void TlsServerTest::strangersCostNothing_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const QByteArray old =
        QByteArray::fromHex("160301002d0100002903020123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                            "000002c0130100"); // a hello of TLS 1.1, without extensions
    QTest::newRow("plain HTTP") << QByteArray(request);
    QTest::newRow("says nothing") << QByteArray();
    QTest::newRow("half a hello") << old.first(30);
    QTest::newRow("garbage") << QByteArray(4096, '\xff');
    QTest::newRow("a record that is too long") << QByteArray::fromHex("160301ffff") + QByteArray(70'000, 'x');
    QTest::newRow("TLS 1.1") << old;
}

void TlsServerTest::strangersCostNothing()
{
    QFETCH(QByteArray, bytes);
    HttpServerOptions options;
    options.headTime = 300ms;
    Rig rig(servedCertificate(), options);
    const int before = descriptors();
    {
        std::vector<std::unique_ptr<QTcpSocket>> strangers;
        for (int i = 0; i < 20; ++i)
            strangers.push_back(rig.plainClient(bytes));
        QTRY_COMPARE(rig.server.connections(), 20);
        QTRY_COMPARE(rig.server.connections(), 0);
        for (const auto &stranger : strangers) {
            QTRY_COMPARE(stranger->state(), QAbstractSocket::UnconnectedState);
            const QByteArray got = stranger->readAll();
            QVERIFY2(got.isEmpty() || got.startsWith('\x15'), got.toHex().constData()); // an alert at most
        }
    }
    QTRY_VERIFY(descriptors() <= before);
    QCOMPARE(rig.served, 0);
    const auto good = rig.client(request);
    QVERIFY(TlsClient::readUntil(*good, "ok").startsWith("HTTP/1.1 200"));
}

/// A client could have the server work without end with it.
void TlsServerTest::renegotiationIsOff()
{
    const QString program = QStandardPaths::findExecutable(QStringLiteral("openssl"));
    if (program.isEmpty())
        QSKIP("openssl is not installed");
    Rig rig(servedCertificate());
    QProcess client;
    client.setProcessChannelMode(QProcess::MergedChannels);
    client.start(program, {QStringLiteral("s_client"), QStringLiteral("-tls1_2"), QStringLiteral("-connect"),
                           QStringLiteral("127.0.0.1:%1").arg(rig.server.serverPort())});
    QByteArray said;
    QVERIFY(QTest::qWaitFor(
        [&] {
            said += client.readAll();
            return said.contains("Verify return code");
        },
        10'000));
    client.write("R\n");
    QTRY_COMPARE(client.state(), QProcess::NotRunning);
    said += client.readAll();
    QVERIFY2(said.contains("RENEGOTIATING") && said.contains("no renegotiation"), said.constData());
    QTRY_COMPARE(rig.server.connections(), 0);
}

void TlsServerTest::aLargeBodyArrivesWhole()
{
    Rig rig(servedCertificate());
    const QByteArray body(3 << 20, 'b');
    const auto socket = rig.client("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                                   + QByteArray::number(body.size()) + "\r\nExpect: 100-continue\r\n\r\n");
    QVERIFY(TlsClient::readUntil(*socket, "\r\n\r\n").startsWith("HTTP/1.1 100"));
    socket->write(body);
    QVERIFY(TlsClient::readUntil(*socket, "ok").startsWith("HTTP/1.1 200"));
    QCOMPARE(rig.bodies, body.size());
}

void TlsServerTest::pipeliningThatNeverReadsIsHeldBack()
{
    Rig rig(servedCertificate());
    rig.answer = QByteArray(10'000, 'a');
    const auto socket = rig.client();
    QVERIFY(TlsClient::isThrough(socket));
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
    QVERIFY2(residentMemory() - before < (24 << 20) + kept, qPrintable(QString::number(residentMemory() - before)));
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
    Rig rig(servedCertificate(), options, [&](const ServedRequest &, const ResponderPtr &r) {
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
    Rig rig(servedCertificate(), options);
    const int files = descriptors();
    const qint64 before = residentMemory();
    {
        std::vector<std::unique_ptr<QSslSocket>> clients;
        for (int i = 0; i < 100; ++i)
            clients.push_back(rig.client(request));
        QTRY_COMPARE(rig.served, 100);
        QCOMPARE(rig.server.connections(), 100);
        QVERIFY2(residentMemory() - before < (60 << 20) + kept,
                 qPrintable(QString::number(residentMemory() - before))); // both ends
        QTRY_COMPARE(rig.server.connections(), 0);
        for (const auto &client : clients)
            QTRY_COMPARE(client->error(), QAbstractSocket::RemoteHostClosedError); // and no error of TLS
    }
    QTRY_VERIFY(descriptors() <= files);
}

void TlsServerTest::whatIsCutIsGone()
{
    int asked = 0;
    Rig rig(servedCertificate(), {}, [&](const ServedRequest &, const ResponderPtr &r) {
        if (++asked % 3 == 0)
            return; // dropped without an answer
        r->beginStream(200, {});
        r->writeChunk("x");
        r->cut(asked % 3 == 1 ? Responder::Cut::Reset : Responder::Cut::Close);
    });
    for (int i = 1; i <= 6; ++i) {
        const auto client = rig.client(QByteArray(request).repeated(2));
        QTRY_COMPARE(client->state(), QAbstractSocket::UnconnectedState);
        QCOMPARE(asked, i);
    }
    QTRY_COMPARE(rig.server.connections(), 0);
}

void TlsServerTest::drainsBehindItsAnswers()
{
    std::vector<ResponderPtr> held;
    Rig rig(servedCertificate(), {}, [&](const ServedRequest &, const ResponderPtr &r) { held.push_back(r); });
    bool drained = false;
    connect(&rig.server, &HttpServer::drained, this, [&] { drained = true; });
    const auto busy = rig.client(request), idle = rig.client();
    const auto stranger = rig.plainClient({}); // in its handshake
    QVERIFY(TlsClient::isThrough(idle));
    QTRY_COMPARE(held.size(), std::size_t(1));
    rig.server.drain();
    QTRY_COMPARE(rig.server.connections(), 1);
    QVERIFY(!drained);
    const QByteArray answer(2 << 20, 'z');
    held[0]->send(200, {}, answer);
    QByteArray got;
    QVERIFY(QTest::qWaitFor(
        [&] {
            got += busy->readAll();
            return busy->state() == QAbstractSocket::UnconnectedState;
        },
        10'000));
    got += busy->readAll();
    QVERIFY(got.endsWith(answer) && got.contains("Connection: close"));
    QTRY_VERIFY(drained);
}

void TlsServerTest::anotherCertificateIsForNewConnections()
{
    const ServerCertificate first = servedCertificate(), second = servedCertificate();
    QVERIFY(first.fingerprint != second.fingerprint);
    Rig rig(first);
    const auto old = rig.client(request);
    QVERIFY(TlsClient::readUntil(*old, "ok").startsWith("HTTP/1.1 200"));
    rig.server.setTls(second.tls, {});
    const auto fresh = rig.client(request);
    QVERIFY(TlsClient::readUntil(*fresh, "ok").startsWith("HTTP/1.1 200"));
    QCOMPARE(TlsClient::fingerprint(*fresh), second.fingerprint);
    old->write(request);
    QVERIFY(TlsClient::readUntil(*old, "ok").startsWith("HTTP/1.1 200"));
    QCOMPARE(TlsClient::fingerprint(*old), first.fingerprint);
}

SUITE_TEST(TlsServerTest)
#include "tst_tlsserver.moc"
