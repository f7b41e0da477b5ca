// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/httpserver.h"
#include "support/suite.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QSignalSpy>
#include <QTcpSocket>
#include <QTest>
#include <QTimer>

#include <ctime>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace retryscope;

/// The HTTP server among clients that mean no good: what it refuses, how long it waits, how much it holds.
class HttpServerTest : public QObject
{
    Q_OBJECT
private slots:
    void refusesWithASentence_data();
    void refusesWithASentence();
    void slowSendersAreLeft_data();
    void slowSendersAreLeft();
    void pipeliningThatNeverReadsIsHeldBack();
    void aClientThatTakesNothingIsLeft();
    void atTheCapAnIdleClientMakesRoom();
    void atTheCapTheNextOneIsTold();
    void anEmptyProcessTableOfDescriptorsCostsNoCpu();
    void anOldClientGetsAStreamWithoutChunks();
    void piecesThatGoOutAtOnceKeepTheirOrder();
    void whatHasNoBodyHasNoFraming();
    void noHeaderEndsItsLine();
    void drainsBehindItsAnswers();
    void tellsThatAClientHasLeft();
    void aClientThatClosesItsSideIsAnsweredAtOnceOrHasLeft();
    void goesOnWhenItIsExpectedTo();

private:
    struct Rig
    {
        explicit Rig(HttpServerOptions options = {}, RequestHandler handler = {})
            : server(handler ? std::move(handler) : [this](const ServedRequest &q, const ResponderPtr &r) { ++served; bodies += q.body.size(); r->send(200, {}, answer); }, options)
        {
            server.listen(QHostAddress::LocalHost);
        }
        std::unique_ptr<QTcpSocket> client(const QByteArray &bytes = {})
        {
            auto socket = std::make_unique<QTcpSocket>();
            socket->connectToHost(QHostAddress(QHostAddress::LocalHost), server.serverPort());
            socket->write(bytes);
            return socket;
        }
        /// What a client gets for its bytes, until the server closes or half a second passes without anything.
        QByteArray ask(const QByteArray &bytes)
        {
            const auto socket = client(bytes);
            QByteArray got;
            (void)QTest::qWaitFor([&] { got += socket->readAll(); return !got.isEmpty(); }, 5000);
            (void)QTest::qWaitFor(
                [&] {
                    got += socket->readAll();
                    return socket->state() == QAbstractSocket::UnconnectedState;
                }, 100);
            return got;
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
};

void HttpServerTest::refusesWithASentence_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QByteArray>("status");
    const auto row = [](const char *name, const QByteArray &request, const QByteArray &status) {
        QTest::newRow(name) << request << status;
    };
    row("loopback by name", "GET / HTTP/1.1\r\nHost: localhost:99\r\n\r\n", "200 OK");
    row("loopback by number", "GET / HTTP/1.1\r\nHost: 127.0.0.1:99\r\n\r\n", "200 OK");
    row("loopback in IPv6", "GET / HTTP/1.1\r\nHost: [::1]:99\r\n\r\n", "200 OK");
    row("a name that is allowed", "GET / HTTP/1.1\r\nHost: Sim.Test\r\n\r\n", "200 OK");
    row("HTTP/1.0 without a Host", "GET / HTTP/1.0\r\n\r\n", "200 OK");
    row("a foreign Host", "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n", "421 Misdirected Request");
    row("a foreign Host in HTTP/1.0", "GET / HTTP/1.0\r\nHost: evil.test\r\n\r\n", "421 Misdirected Request");
    row("a Host that only begins like loopback", "GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.test\r\n\r\n",
        "421 Misdirected Request");
    row("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "421 Misdirected Request");
    row("no Host", "GET / HTTP/1.1\r\n\r\n", "400 Bad Request");
    row("two Hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", "400 Bad Request");
    row("chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400 Bad Request");
    row("xchunked", "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "501 Not Implemented");
    row("length and coding",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "400 Bad Request");
    row("TLS", "\x16\x03\x01\x02", "400 Bad Request");
    row("a body beyond 4 MB, while it is being sent",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n" + QByteArray(1 << 20, 'x'),
        "413 Payload Too Large");
}

void HttpServerTest::refusesWithASentence()
{
    QFETCH(QByteArray, request);
    QFETCH(QByteArray, status);
    HttpServerOptions options;
    options.hosts = {"sim.test"};
    Rig rig(options);
    const QByteArray got = rig.ask(request);
    QVERIFY2(got.startsWith("HTTP/1.1 " + status + "\r\n"), got.constData());
    const bool served = status.startsWith("200");
    QCOMPARE(rig.served, served ? 1 : 0);
    QCOMPARE(got.contains("\"message\""), !served);
}

void HttpServerTest::slowSendersAreLeft_data()
{
    QTest::addColumn<QByteArray>("first");
    QTest::addColumn<QByteArray>("answer"); // empty: closed without a word
    QTest::newRow("says nothing") << QByteArray() << QByteArray();
    QTest::newRow("one byte at a time, in the head")
        << QByteArray("GET / HTTP/1.1\r\nHost: localhost\r\nX: ") << QByteArray("HTTP/1.1 408");
    QTest::newRow("one byte at a time, in the body")
        << QByteArray("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\n")
        << QByteArray("HTTP/1.1 408");
    QTest::newRow("one byte at a time, in a chunk")
        << QByteArray("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n")
        << QByteArray("HTTP/1.1 408");
    QTest::newRow("idle after an answer")
        << QByteArray("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") << QByteArray("HTTP/1.1 200");
}

void HttpServerTest::slowSendersAreLeft()
{
    QFETCH(QByteArray, first);
    QFETCH(QByteArray, answer);
    HttpServerOptions options;
    options.headTime = options.bodyTime = options.idleTime = 150ms;
    Rig rig(options);
    const auto socket = rig.client(first);
    QTimer drip;
    if (answer.contains("408")) {
        connect(&drip, &QTimer::timeout, socket.get(), [&] { socket->write("x"); });
        drip.start(10);
    }
    QByteArray got;
    QVERIFY(QTest::qWaitFor(
        [&] {
            got += socket->readAll();
            return socket->state() == QAbstractSocket::UnconnectedState;
        }, 5000));
    QVERIFY2(answer.isEmpty() ? got.isEmpty() : got.startsWith(answer), got.constData());
}

void HttpServerTest::pipeliningThatNeverReadsIsHeldBack()
{
    Rig rig;
    rig.answer = QByteArray(10'000, 'a');
    const qint64 before = residentMemory();
    const auto socket = rig.client();
    socket->setReadBufferSize(1); // reads nothing
    const QByteArray many = QByteArray("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").repeated(20'000);
    QVERIFY(QTest::qWaitFor([&] { return socket->state() == QAbstractSocket::ConnectedState; }, 5000));
    ::fcntl(int(socket->socketDescriptor()), F_SETFL, O_NONBLOCK);
    int last = -1;
    for (int quiet = 0; quiet < 10; quiet = rig.served == last ? quiet + 1 : 0) { // until the server does no more
        last = rig.served;
        ::send(int(socket->socketDescriptor()), many.constData(), std::size_t(many.size()), MSG_NOSIGNAL);
        QTest::qWait(10);
    }
    QVERIFY2(rig.served > 10 && rig.served < 2000, qPrintable(QString::number(rig.served)));
    QVERIFY(residentMemory() - before < (16 << 20));
}

void HttpServerTest::aClientThatTakesNothingIsLeft()
{
    HttpServerOptions options;
    options.writeTime = options.idleTime = 200ms;
    QPointer<QObject> gone;
    std::vector<ResponderPtr> held;
    Rig rig(options, [&](const ServedRequest &, const ResponderPtr &r) {
        r->beginStream(200, {});
        r->writeChunk(QByteArray(16 << 20, 'x'));
        held.push_back(r);
    });
    const auto socket = rig.client("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    socket->setReadBufferSize(1);
    QVERIFY(QTest::qWaitFor([&] { return !held.empty() && held[0]->clientGone(); }, 10'000));
}

void HttpServerTest::atTheCapAnIdleClientMakesRoom()
{
    HttpServerOptions options;
    options.connections = 3;
    Rig rig(options);
    std::vector<std::unique_ptr<QTcpSocket>> clients;
    for (int i = 0; i < 5; ++i) {
        clients.push_back(rig.client("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        QVERIFY(QTest::qWaitFor([&] { return clients.back()->readAll().contains("200 OK"); }, 5000));
    }
    QVERIFY(QTest::qWaitFor(
        [&] {
            return clients[0]->state() == QAbstractSocket::UnconnectedState
                   && clients[1]->state() == QAbstractSocket::UnconnectedState;
        }, 5000));
    QCOMPARE(clients[2]->state(), QAbstractSocket::ConnectedState);
}

void HttpServerTest::atTheCapTheNextOneIsTold()
{
    HttpServerOptions options;
    options.connections = 2;
    std::vector<ResponderPtr> held;
    Rig rig(options, [&](const ServedRequest &, const ResponderPtr &r) { held.push_back(r); });
    const auto first = rig.client("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
               second = rig.client("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QVERIFY(QTest::qWaitFor([&] { return held.size() == 2; }, 5000));
    QVERIFY(rig.ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").startsWith("HTTP/1.1 503"));
    held[0]->send(200, {}, "ok");
    QVERIFY(QTest::qWaitFor([&] { return first->readAll().contains("200 OK"); }, 5000));
}

/// The process has no descriptor left: the server waits, without turning in circles, and serves again afterwards.
void HttpServerTest::anEmptyProcessTableOfDescriptorsCostsNoCpu()
{
    Rig rig;
    rlimit old{};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &old), 0);
    std::vector<int> taken;
    std::unique_ptr<QTcpSocket> waiting = rig.client(); // has its descriptor, is not accepted yet
    rlimit low = old;
    const int probe = ::dup(0);
    low.rlim_cur = rlim_t(probe); // nothing above what is open now
    ::close(probe);
    for (int fd = ::dup(0); fd >= 0 && rlim_t(fd) < low.rlim_cur; fd = ::dup(0))
        taken.push_back(fd);
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &low), 0);
    waiting->write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::clock_t before = std::clock();
    QTest::qWait(500);
    const double busy = double(std::clock() - before) / CLOCKS_PER_SEC;
    const int servedMeanwhile = rig.served;
    ::setrlimit(RLIMIT_NOFILE, &old);
    for (const int fd : taken)
        ::close(fd);
    QCOMPARE(servedMeanwhile, 0);
    QVERIFY2(busy < 0.15, qPrintable(QStringLiteral("%1 s of CPU in half a second").arg(busy)));
    QVERIFY(QTest::qWaitFor([&] { return rig.served == 1; }, 5000));
}

void HttpServerTest::anOldClientGetsAStreamWithoutChunks()
{
    Rig rig({}, [](const ServedRequest &, const ResponderPtr &r) {
        r->beginStream(200, {});
        r->writeChunk("one ");
        r->writeChunk("two");
        r->endStream();
    });
    const QByteArray got = rig.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    QVERIFY2(got.endsWith("\r\n\r\none two") && !got.contains("chunked"), got.constData());
}

/// Also past what the system keeps for a client that does not read.
void HttpServerTest::piecesThatGoOutAtOnceKeepTheirOrder()
{
    std::vector<ResponderPtr> held;
    Rig rig({}, [&](const ServedRequest &, const ResponderPtr &r) { held.push_back(r); });
    const auto socket = rig.client("GET / HTTP/1.0\r\n\r\n");
    socket->setReadBufferSize(1);
    QTRY_COMPARE(held.size(), std::size_t(1));
    held[0]->beginStream(200, {});
    QTRY_COMPARE(held[0]->backlog(), 0);
    QByteArray body = "first ";
    held[0]->writeChunkNow(body);
    QCOMPARE(held[0]->backlog(), 0);
    for (char c = 'a'; held[0]->backlog() == 0 || c < 'e'; c = c == 'z' ? 'a' : char(c + 1)) {
        const QByteArray piece(100'000, c);
        held[0]->writeChunkNow(piece);
        body += piece;
        QVERIFY(body.size() < (256 << 20));
    }
    held[0]->writeChunkNow(" behind");
    held[0]->writeChunk(" last");
    held[0]->endStream();
    socket->setReadBufferSize(0);
    QByteArray got;
    QVERIFY(QTest::qWaitFor(
        [&] {
            got += socket->readAll();
            return socket->state() == QAbstractSocket::UnconnectedState;
        }, 30'000));
    got += socket->readAll();
    QVERIFY(got.startsWith("HTTP/1.1 200"));
    QVERIFY(got.mid(got.indexOf("\r\n\r\n") + 4) == body + " behind last");
}

void HttpServerTest::whatHasNoBodyHasNoFraming()
{
    Rig rig({}, [](const ServedRequest &q, const ResponderPtr &r) {
        q.target == "/streamed" ? r->beginStream(204, {}) : r->send(q.target == "/none" ? 204 : 200, {}, "text");
        if (q.target == "/streamed") {
            r->writeChunk("text");
            r->endStream();
        }
    });
    for (const char *target : {"/none", "/streamed"}) {
        const QByteArray got = rig.ask(QByteArray("DELETE ") + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        QVERIFY2(got.startsWith("HTTP/1.1 204") && got.endsWith("\r\n\r\n"), got.constData());
        QVERIFY2(!got.contains("Content-Length") && !got.contains("chunked"), got.constData());
    }
    const QByteArray head = rig.ask("HEAD /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    QVERIFY2(head.contains("Content-Length: 4\r\n") && head.endsWith("\r\n\r\n"), head.constData());
}

/// A header's text may be a caller's or a provider's own: it begins no header and no answer.
void HttpServerTest::noHeaderEndsItsLine()
{
    const HttpHeaders headers{{"X-A", "a\r\nSet-Cookie: b"}, {"X-B", "c\nd"}, {"X-C", QByteArray("e\0f", 3)},
                              {"X-D", "tab\there \xc3\xbc\x7f"}, {"X E", "gone"}, {"X-F\r\nSet-Cookie", "gone"}, {"", "gone"}};
    Rig rig({}, [&](const ServedRequest &q, const ResponderPtr &r) {
        if (q.target != "/streamed")
            return r->send(200, headers, "text");
        r->beginStream(200, headers);
        r->writeChunk("text");
        r->endStream();
    });
    for (const char *target : {"/whole", "/streamed"}) {
        const QByteArray got = rig.ask(QByteArray("GET ") + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        const QByteArray head = got.left(got.indexOf("\r\n\r\n"));
        QVERIFY2(head.contains("\r\nX-A: a  Set-Cookie: b\r\nX-B: c d\r\nX-C: e f\r\nX-D: tab\there \xc3\xbc \r\n"), head.constData());
        QVERIFY2(!head.contains("gone") && !head.contains("\r\nSet-Cookie"), head.constData());
        QVERIFY2(got.contains("text"), got.constData());
    }
}

/// What is at work ends; nobody new comes in; then it is told, once.
void HttpServerTest::drainsBehindItsAnswers()
{
    std::vector<ResponderPtr> held;
    Rig rig({}, [&](const ServedRequest &, const ResponderPtr &r) { held.push_back(r); });
    QSignalSpy drained(&rig.server, &HttpServer::drained);
    QTcpSocket idle, busy;
    for (QTcpSocket *socket : {&idle, &busy})
        socket->connectToHost(QHostAddress::LocalHost, rig.server.serverPort());
    busy.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QTRY_COMPARE(held.size(), std::size_t(1));
    rig.server.drain();
    QTRY_COMPARE(idle.state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(drained.size(), 0);
    held.front()->send(200, {}, "last");
    QTRY_COMPARE(busy.state(), QAbstractSocket::UnconnectedState);
    const QByteArray got = busy.readAll();
    QVERIFY2(got.contains("Connection: close") && got.endsWith("last"), got.constData());
    QTRY_COMPARE(drained.size(), 1);
}

void HttpServerTest::tellsThatAClientHasLeft()
{
    std::vector<ResponderPtr> held;
    int gone = 0;
    Rig rig({}, [&](const ServedRequest &, const ResponderPtr &r) {
        r->watch({{}, [&gone] { ++gone; }});
        held.push_back(r);
    });
    QTcpSocket client;
    client.connectToHost(QHostAddress::LocalHost, rig.server.serverPort());
    client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QTRY_COMPARE(held.size(), std::size_t(1));
    client.abort();
    QTRY_COMPARE(gone, 1);
    QVERIFY(held.front()->clientGone());
    held.front()->send(200, {}, "nobody");
    QTest::qWait(50);
    QCOMPARE(gone, 1);
}

/// With its requests: those that are answered at once have their answers, and nobody waits for the others'.
void HttpServerTest::aClientThatClosesItsSideIsAnsweredAtOnceOrHasLeft()
{
    std::vector<ResponderPtr> held;
    int gone = 0;
    Rig rig({}, [&](const ServedRequest &q, const ResponderPtr &r) {
        if (q.target == "/now")
            return r->send(200, {}, "here");
        r->watch({{}, [&gone] { ++gone; }});
        held.push_back(r);
    });
    QTcpSocket client;
    client.connectToHost(QHostAddress::LocalHost, rig.server.serverPort());
    QVERIFY(client.waitForConnected(5000));
    const auto ask = [](const char *target) { return QByteArray("POST ") + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n"
                                                     + QByteArray(200'000, 'x'); };
    client.write(ask("/now") + ask("/now") + ask("/later"));
    while (client.bytesToWrite() > 0)
        QCoreApplication::processEvents();
    ::shutdown(int(client.socketDescriptor()), SHUT_WR);
    QTRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(client.readAll().count("here"), 2);
    QTRY_COMPARE(gone, 1);
    QTRY_COMPARE(rig.server.connections(), 0);
}

void HttpServerTest::goesOnWhenItIsExpectedTo()
{
    Rig rig;
    QTcpSocket client;
    client.connectToHost(QHostAddress::LocalHost, rig.server.serverPort());
    client.write("POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    QTRY_COMPARE(client.bytesAvailable(), qint64(qstrlen("HTTP/1.1 100 Continue\r\n\r\n")));
    QCOMPARE(client.readAll(), "HTTP/1.1 100 Continue\r\n\r\n");
    QCOMPARE(rig.served, 0);
    client.write("body");
    QTRY_COMPARE(rig.served, 1);
}

SUITE_TEST(HttpServerTest)
#include "tst_httpserver.moc"
