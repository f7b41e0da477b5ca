// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/rawserver.h"
#include "support/suite.h"
#include "support/testcertificate.h"
#include "transport/curltransport.h"
#include "transport/reuserules.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <curl/curl.h>

#include <deque>
#include <map>
#include <thread>

using namespace retryscope;

/// Connections that CurlTransport keeps: what they save, and what they must never cost. A server that counts sees at most
/// one POST of each attempt; no call gets another's answer; and what libcurl does by itself stands beside it.
class KeptConnectionsTest : public QObject
{
    Q_OBJECT
private slots:
    void aQuietHostGetsItsConnectionsBack();
    void libcurlSendsABodyAgainByItself();
    void aDeadKeptConnectionCostsNoSecondPost_data();
    void aDeadKeptConnectionCostsNoSecondPost();
    void aHostThatSaysOneWordTooManyLosesTrust_data();
    void aHostThatSaysOneWordTooManyLosesTrust();
    void trustIsEarnedAndLostForGood();
    void trustIsEarnedUnderLoad();
    void anotherProxyIsAnotherConnection();
    void theEnvironmentDecidesNothingElse();
    void anAnswerLetGoKeepsItsConnection();
    void aPausedExchangeHoldsItsSender();
    void aCutHeadIsNoAnswer();
    void http2KeepsOneConnection();
    void aSlowReaderOverHttp2HoldsNobody();
    void nobodyIsForgottenAmongConnectionsThatComeAndGo();

private:
    static constexpr ReuseLimits limits{.quietTime = 100ms}; ///< so that the tests need not wait
    struct Outcome
    {
        std::optional<ExchangeEnd> end;
        int status = 0;
        QByteArray body;
    };
    static Outcome ask(Transport &transport, const HttpRequest &request)
    {
        Outcome outcome;
        ExchangeCallbacks callbacks;
        callbacks.sent = [] {};
        callbacks.head = [&](const HttpHead &head) { outcome.status = head.status; };
        callbacks.data = [&](const QByteArray &bytes) { outcome.body += bytes; };
        callbacks.ended = [&](const ExchangeEnd &end) { outcome.end = end; };
        const auto exchange = transport.start(request, callbacks);
        if (!QTest::qWaitFor([&] { return outcome.end.has_value(); }, 8000))
            outcome.end = ExchangeEnd{TransportFailure::Cancelled, Delivery::NotSent, QStringLiteral("did not end")};
        return outcome;
    }
    static Outcome post(Transport &transport, const QUrl &url, const QByteArray &body = "{}")
    {
        return ask(transport, {"POST", url, {}, body});
    }
    /// So that connections are kept from now on.
    static bool earnTrust(Transport &transport, const QUrl &url)
    {
        for (int i = 0; i < limits.connections; ++i) {
            if (post(transport, url).status != 200)
                return false;
        }
        QTest::qWait(int(limits.quietTime / 1ms) + 20);
        return true;
    }
    /// Of the bare library, with a body that can be sent again: an exchange of two posts, one after the other.
    static void twoPosts(const QUrl &url);
    /// nghttpd with our certificate, serving `folder`; null where it is not installed.
    static std::unique_ptr<QProcess> http2Server(const QTemporaryDir &folder, int *port);
    static void end(QProcess &server)
    {
        server.terminate();
        QVERIFY(server.waitForFinished());
    }
    static HttpRequest overTls(const QTemporaryDir &folder, int port, const QString &path)
    {
        HttpRequest request{"GET", QUrl(QStringLiteral("https://127.0.0.1:%1/%2").arg(port).arg(path)), {}, {}};
        request.caFile = folder.filePath(QStringLiteral("cert.pem"));
        return request;
    }
};

void KeptConnectionsTest::aQuietHostGetsItsConnectionsBack()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, "{}"); };
    CurlTransport transport({}, limits);
    QVERIFY(earnTrust(transport, server.url()));
    QCOMPARE(server.connections, limits.connections);
    for (int i = 0; i < 10; ++i)
        QCOMPARE(post(transport, server.url()).status, 200);
    QCOMPARE(server.connections, limits.connections);
    QCOMPARE(server.requests, limits.connections + 10);
}

void KeptConnectionsTest::twoPosts(const QUrl &url)
{
    std::thread client([url] {
        CURL *easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_URL, url.toEncoded().constData());
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{}");
        curl_easy_setopt(easy, CURLOPT_TIMEOUT, 5L);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, +[](char *, size_t, size_t n, void *) { return n; });
        curl_easy_perform(easy);
        curl_easy_perform(easy);
        curl_easy_cleanup(easy);
    });
    bool done = false;
    std::thread joiner([&] { client.join(); QMetaObject::invokeMethod(qApp, [&] { done = true; }); });
    QVERIFY(QTest::qWaitFor([&] { return done; }, 10'000));
    joiner.join();
}

void KeptConnectionsTest::libcurlSendsABodyAgainByItself()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int n) { if (n == 1) RawServer::reply(s, "{}"); else s->disconnectFromHost(); };
    twoPosts(server.url());
    QVERIFY2(server.requests > 2, "libcurl no longer sends again: CurlTransfer::onRequest may not be needed any more");
}

void KeptConnectionsTest::aDeadKeptConnectionCostsNoSecondPost_data()
{
    QTest::addColumn<QString>("how");
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("body");
    for (const char *how : {"FIN before", "FIN on reading", "RST on reading", "RST without reading"}) {
        for (const char *method : {"POST", "DELETE", "GET"}) {
            for (const qsizetype size : {0, 2, 300'000}) {
                if (QByteArrayView(method) != "POST" && size > 0)
                    continue;
                QTest::addRow("%s, %s of %d bytes", how, method, int(size))
                    << QString::fromLatin1(how) << QByteArray(method) << QByteArray(size, 'x');
            }
        }
    }
}

void KeptConnectionsTest::aDeadKeptConnectionCostsNoSecondPost()
{
    QFETCH(QString, how);
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, body);
    RawServer server;
    server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, "{}"); };
    CurlTransport transport({}, limits);
    QVERIFY(earnTrust(transport, server.url()));
    const int before = server.requests, connections = server.connections;
    const bool fin = how == QLatin1String("FIN before"), blind = how == QLatin1String("RST without reading");
    if (fin || blind) {
        for (QTcpSocket *socket : server.findChildren<QTcpSocket *>()) {
            if (fin) {
                socket->disconnectFromHost();
            } else { // as a server whose idle time is over in the moment that the request leaves
                socket->disconnect(&server);
                connect(socket, &QTcpSocket::readyRead, &server, [socket] { RawServer::reset(socket); });
            }
        }
        QTest::qWait(20);
    } else {
        server.answer = [how](QTcpSocket *s, int) {
            if (how == QLatin1String("RST on reading"))
                RawServer::reset(s);
            else
                s->disconnectFromHost();
        };
    }
    const Outcome outcome = ask(transport, {method, server.url(), {}, body});
    QTest::qWait(50); // what libcurl might send again arrives
    QCOMPARE(outcome.status, fin ? 200 : 0);
    QCOMPARE(outcome.end->failure, fin ? TransportFailure::None : TransportFailure::Reset);
    QCOMPARE(outcome.end->delivery, fin ? Delivery::Answered : Delivery::MaybeSent);
    QCOMPARE(server.requests - before, blind ? 0 : 1);
    if (!fin) // it was a kept one
        QCOMPARE(server.connections, connections);
}

void KeptConnectionsTest::aHostThatSaysOneWordTooManyLosesTrust_data()
{
    QTest::addColumn<int>("delayMs"); // until the surplus; -1: in one piece with the answer
    QTest::addColumn<bool>("chunked");
    for (const int delay : {-1, 0, 3, 20, 80}) {
        for (const bool chunked : delay < 0 || delay == 3 ? std::vector{false, true} : std::vector{false})
            QTest::addRow("after %d ms, %s", delay, chunked ? "chunked" : "counted") << delay << chunked;
    }
}

void KeptConnectionsTest::aHostThatSaysOneWordTooManyLosesTrust()
{
    QFETCH(int, delayMs);
    QFETCH(bool, chunked);
    RawServer server; // answers twice, each with what it was asked
    server.answer = [&](QTcpSocket *s, int) {
        const QByteArray size = QByteArray::number(server.lastBody.size(), chunked ? 16 : 10);
        const QByteArray whole =
            chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + "\r\n" + server.lastBody
                          + "\r\n0\r\n\r\n"
                    : "HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n" + server.lastBody;
        if (delayMs < 0)
            s->write(whole + whole);
        else {
            s->write(whole);
            QTimer::singleShot(delayMs, s, [s, whole] { s->write(whole); });
        }
    };
    CurlTransport transport({}, limits);
    for (int i = 0; i < 24; ++i) {
        const QByteArray own = "call-" + QByteArray::number(i);
        const Outcome outcome = post(transport, server.url(), own);
        QCOMPARE(outcome.status, 200);
        QCOMPARE(outcome.body, own);
        if (i % 8 == 7)
            QTest::qWait(int(limits.quietTime / 1ms) + 20);
    }
    QCOMPARE(server.requests, 24);
    QCOMPARE(server.connections, 24);
    QVERIFY(server.heads.last().toLower().contains("connection: close"));
}

/// New connections would crowd the watched ones out of the pool before any had been quiet for long enough.
void KeptConnectionsTest::trustIsEarnedUnderLoad()
{
    using Reuse = ReuseRules::Reuse;
    constexpr std::size_t pool = 256;
    constexpr Duration pause = 200us; // 5,000 requests a second
    ReuseRules rules(limits);
    SteadyTime now{1h};
    std::deque<int> idle;
    int next = 0;
    bool kept = false;
    for (Duration past{}; !kept && past < 2 * limits.quietTime; past += pause, now += pause) {
        const Reuse reuse = rules.of("a", now);
        kept = reuse == Reuse::Kept;
        QVERIFY(!kept || past >= limits.quietTime);
        if (reuse != Reuse::Fresh)
            continue;
        rules.leftAlone(next, "a", now);
        idle.push_back(next++);
        if (idle.size() > pool) {
            rules.over(idle.front(), now);
            idle.pop_front();
        }
    }
    QVERIFY(kept);
}

void KeptConnectionsTest::trustIsEarnedAndLostForGood()
{
    using Reuse = ReuseRules::Reuse;
    ReuseRules rules(limits);
    SteadyTime now{1h};
    for (int i = 0; i < limits.connections; ++i) {
        QCOMPARE(rules.of("a", now), Reuse::Fresh);
        rules.leftAlone(i, "a", now);
        rules.over(i, now + limits.quietTime - 1ms); // too early to say
    }
    QCOMPARE(rules.of("a", now), Reuse::Fresh);
    for (int i = 0; i < limits.connections; ++i)
        rules.leftAlone(i, "a", now);
    now += limits.quietTime;
    QCOMPARE(rules.of("a", now), Reuse::Kept);
    QCOMPARE(rules.of("b", now), Reuse::Fresh);
    rules.leftAlone(7, "a", now);
    rules.spoke(7);
    QCOMPARE(rules.of("a", now), Reuse::Never);
    rules.speaksHttp2("b");
    QCOMPARE(rules.of("b", now), Reuse::Kept);
}

void KeptConnectionsTest::anotherProxyIsAnotherConnection()
{
    RawServer first, second;
    first.answer = [](QTcpSocket *s, int) { RawServer::reply(s, "first"); };
    second.answer = [](QTcpSocket *s, int) { RawServer::reply(s, "second"); };
    CurlTransport transport({}, limits);
    for (int i = 0; i < 12; ++i) {
        RawServer &proxy = i % 2 ? first : second;
        HttpRequest request{"POST", QUrl(QStringLiteral("http://llm.test/v1")), {}, "{}"};
        request.proxy = QStringLiteral("http://127.0.0.1:%1").arg(proxy.serverPort());
        QCOMPARE(ask(transport, request).body, QByteArray(i % 2 ? "first" : "second"));
        if (i == 7)
            QTest::qWait(int(limits.quietTime / 1ms) + 20);
    }
    QCOMPARE(first.requests, 6);
    QCOMPARE(second.requests, 6);
}

void KeptConnectionsTest::theEnvironmentDecidesNothingElse()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, "{}"); };
    QTemporaryDir home;
    QFile netrc(home.filePath(QStringLiteral(".netrc")));
    QVERIFY(netrc.open(QFile::WriteOnly));
    netrc.write("machine 127.0.0.1 login me password secret\n");
    netrc.close();
    const std::pair<const char *, QByteArray> variables[] = {{"HOME", home.path().toLocal8Bit()},
                                                             {"http_proxy", "http://127.0.0.1:1"},
                                                             {"all_proxy", "http://127.0.0.1:1"},
                                                             {"no_proxy", "<-loopback>"}};
    QHash<QByteArray, QByteArray> saved;
    for (const auto &[name, value] : variables) {
        saved.insert(name, qgetenv(name));
        qputenv(name, value);
    }
    CurlTransport transport(ProxyRules(), limits);
    const Outcome outcome = post(transport, server.url());
    for (auto it = saved.begin(); it != saved.end(); ++it)
        it->isNull() ? qunsetenv(it.key().constData()) : qputenv(it.key().constData(), *it);
    QCOMPARE(outcome.status, 200);
    QVERIFY(!server.heads.first().toLower().contains("authorization"));
    const QByteArray head = server.heads.first().toLower();
    for (const char *own : {"accept:", "expect:", "content-type:", "cookie:", "accept-encoding:"})
        QVERIFY2(!head.contains(own), own);
}

void KeptConnectionsTest::anAnswerLetGoKeepsItsConnection()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) {
        s->write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n[DONE]\r\n");
        QTimer::singleShot(10, s, [s] { s->write("0\r\n\r\n"); });
    };
    CurlTransport transport({}, limits);
    const auto untilMark = [&] {
        bool marked = false, called = false;
        std::unique_ptr<Exchange> exchange;
        ExchangeCallbacks callbacks{[] {}, [](const HttpHead &) {}, [&](const QByteArray &) { marked = true; },
                                    [&](const ExchangeEnd &) { called = true; }};
        exchange = transport.start({"POST", server.url(), {}, "{}"}, callbacks);
        const bool came = QTest::qWaitFor([&] { return marked; }, 5000);
        exchange->letGo();
        exchange.reset();
        QTest::qWait(30);
        return came && !called;
    };
    for (int i = 0; i < limits.connections; ++i)
        QVERIFY(untilMark());
    QTest::qWait(int(limits.quietTime / 1ms) + 20);
    for (int i = 0; i < 5; ++i)
        QVERIFY(untilMark());
    QCOMPARE(server.connections, limits.connections);
}

void KeptConnectionsTest::aPausedExchangeHoldsItsSender()
{
    constexpr qsizetype size = 32 << 20;
    RawServer server;
    QPointer<QTcpSocket> sender;
    server.answer = [&](QTcpSocket *s, int) {
        sender = s;
        RawServer::reply(s, QByteArray(size, 'x'));
    };
    CurlTransport transport({}, limits);
    qsizetype got = 0;
    bool ended = false, paused = false, early = false;
    std::unique_ptr<Exchange> exchange;
    ExchangeCallbacks callbacks{[] {}, [](const HttpHead &) {},
                                [&](const QByteArray &bytes) {
                                    early |= paused;
                                    got += bytes.size();
                                    if (got < (1 << 20) || paused)
                                        return;
                                    paused = true;
                                    exchange->pause();
                                },
                                [&](const ExchangeEnd &end) { ended = end.failure == TransportFailure::None; }};
    exchange = transport.start({"POST", server.url(), {}, "{}"}, callbacks);
    QVERIFY(QTest::qWaitFor([&] { return paused; }, 5000));
    QTest::qWait(200);
    QVERIFY(!early && got < (2 << 20));
    QVERIFY2(sender->bytesToWrite() > size / 2, qPrintable(QString::number(sender->bytesToWrite())));
    exchange->resume();
    QVERIFY(!ended);
    paused = false;
    got = -(2 * size); // no second pause
    QVERIFY(QTest::qWaitFor([&] { return ended; }, 10'000));
}

void KeptConnectionsTest::aCutHeadIsNoAnswer()
{
    for (const char *cut : {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", "HTTP/1.1 200 OK",
                            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                            "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08",
                            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "hello\r\n", "\n\n"}) {
        RawServer server;
        server.answer = [cut](QTcpSocket *s, int) { s->write(cut); s->disconnectFromHost(); };
        CurlTransport transport({}, limits);
        const Outcome outcome = post(transport, server.url());
        QVERIFY2(outcome.end->failure == TransportFailure::Reset || outcome.end->failure == TransportFailure::NotHttp, cut);
        QCOMPARE(server.requests, 1);
    }
}

std::unique_ptr<QProcess> KeptConnectionsTest::http2Server(const QTemporaryDir &folder, int *port)
{
    for (const auto &[name, text] : {std::pair{"cert.pem", testcertificate::certificate},
                                     std::pair{"key.pem", testcertificate::key}}) {
        QFile file(folder.filePath(QLatin1String(name)));
        if (!file.open(QFile::WriteOnly) || file.write(text) < 0)
            return nullptr;
    }
    QTcpServer probe; // a port that is free
    probe.listen(QHostAddress::LocalHost);
    *port = probe.serverPort();
    probe.close();
    auto server = std::make_unique<QProcess>();
    server->setProcessChannelMode(QProcess::MergedChannels);
    server->start(QStringLiteral("nghttpd"),
                  {QStringLiteral("--address=127.0.0.1"), QStringLiteral("-v"), QStringLiteral("-d"), folder.path(),
                   QString::number(*port), folder.filePath(QStringLiteral("key.pem")),
                   folder.filePath(QStringLiteral("cert.pem"))});
    if (!server->waitForStarted())
        return nullptr;
    const bool listens = QTest::qWaitFor(
        [port] {
            QTcpSocket socket;
            socket.connectToHost(QHostAddress(QHostAddress::LocalHost), quint16(*port));
            return socket.waitForConnected(100);
        }, 5000);
    return listens ? std::move(server) : nullptr;
}

void KeptConnectionsTest::http2KeepsOneConnection()
{
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("hello")));
    QVERIFY(file.open(QFile::WriteOnly));
    file.write("over HTTP/2");
    file.close();
    int port = 0;
    const auto server = http2Server(folder, &port);
    if (!server)
        QSKIP("nghttpd is not installed (package nghttp2-server)");
    CurlTransport transport({}, limits);
    for (int i = 0; i < 5; ++i) {
        const Outcome outcome = ask(transport, overTls(folder, port, QStringLiteral("hello")));
        QVERIFY2(outcome.status == 200, qPrintable(outcome.end->message));
        QCOMPARE(outcome.body, QByteArray("over HTTP/2"));
    }
    const Outcome post = ask(transport, [&] {
        HttpRequest request = overTls(folder, port, QStringLiteral("hello"));
        request.method = "POST";
        request.body = QByteArray(100'000, 'x');
        return request;
    }());
    QVERIFY2(post.end->failure == TransportFailure::None, qPrintable(post.end->message));
    end(*server);
    const QByteArray log = server->readAll();
    QCOMPARE(log.count("recv HEADERS frame"), 6);
    QCOMPARE(log.count("recv SETTINGS frame <length=0, flags=0x01"), 1); // our acknowledgement: one a connection
}

void KeptConnectionsTest::aSlowReaderOverHttp2HoldsNobody()
{
    QTemporaryDir folder;
    for (const auto &[name, size] : {std::pair{"big", 16 << 20}, std::pair{"small", 1000}}) {
        QFile file(folder.filePath(QLatin1String(name)));
        QVERIFY(file.open(QFile::WriteOnly));
        file.write(QByteArray(size, 'x'));
    }
    int port = 0;
    const auto server = http2Server(folder, &port);
    if (!server)
        QSKIP("nghttpd is not installed (package nghttp2-server)");
    CurlTransport transport({}, limits);
    QCOMPARE(ask(transport, overTls(folder, port, QStringLiteral("small"))).body.size(), 1000);
    qsizetype got = 0;
    std::optional<ExchangeEnd> ended;
    std::unique_ptr<Exchange> slow;
    slow = transport.start(overTls(folder, port, QStringLiteral("big")),
                           {[] {}, [](const HttpHead &) {},
                            [&](const QByteArray &bytes) {
                                if (got == 0)
                                    slow->pause();
                                got += bytes.size();
                            },
                            [&](const ExchangeEnd &e) { ended = e; }});
    QVERIFY(QTest::qWaitFor([&] { return got > 0; }, 5000));
    const qsizetype held = got;
    for (int i = 0; i < 5; ++i)
        QCOMPARE(ask(transport, overTls(folder, port, QStringLiteral("small"))).body.size(), 1000);
    QCOMPARE(got, held);
    slow->resume();
    QVERIFY(QTest::qWaitFor([&] { return ended.has_value(); }, 10'000));
    QVERIFY2(ended->failure == TransportFailure::None, qPrintable(ended->message));
    QCOMPARE(got, 16 << 20);
    end(*server);
}

/// Descriptors are closed and used again by others within one round of the loop.
void KeptConnectionsTest::nobodyIsForgottenAmongConnectionsThatComeAndGo()
{
    RawServer server;
    server.answer = [&server](QTcpSocket *s, int number) {
        const QByteArray body = server.lastBody;
        const auto answer = [s, body, number] {
            RawServer::reply(s, body, "200 OK", number % 3 == 0 ? "Connection: close\r\n" : "");
            if (number % 3 == 0 || number % 7 == 0)
                s->disconnectFromHost();
        };
        if (number % 5 == 0)
            RawServer::reset(s);
        else if (number % 2 == 0)
            QTimer::singleShot(number % 4, s, answer);
        else
            answer();
    };
    CurlTransport transport({}, {.quietTime = 20ms});
    constexpr int calls = 3000;
    int started = 0, over = 0, foreign = 0;
    std::map<int, std::unique_ptr<Exchange>> running;
    const std::function<void()> next = [&] {
        const int number = started++;
        const auto own = std::make_shared<QByteArray>();
        const QByteArray body = "call-" + QByteArray::number(number);
        const auto done = [&, number] {
            ++over;
            running.erase(number);
            if (started < calls)
                next();
        };
        ExchangeCallbacks callbacks{[] {}, [](const HttpHead &) {}, [own](const QByteArray &bytes) { *own += bytes; },
                                    [&, own, body, done](const ExchangeEnd &end) {
                                        foreign += end.failure == TransportFailure::None && *own != body;
                                        done();
                                    }};
        running[number] = transport.start({"POST", server.url(), {}, body}, callbacks);
    };
    for (int i = 0; i < 24; ++i)
        next();
    const bool all = QTest::qWaitFor([&] { return over == calls; }, 20'000);
    QVERIFY2(all, qPrintable(QStringLiteral("%1 of %2 ended").arg(over).arg(started)));
    QCOMPARE(foreign, 0);
    QVERIFY2(server.connections < calls * 9 / 10, qPrintable(QString::number(server.connections)));
}

SUITE_TEST(KeptConnectionsTest)
#include "tst_keptconnections.moc"
