// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/localengineclient.h"
#include "support/rawserver.h"
#include "support/suite.h"
#include "transport/transportkind.h"

#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTest>
#include <QTimer>

#include <map>

using namespace retryscope;

/// What one attempt puts on the wire, seen by a server that counts: our transport sends at most one POST, on a connection
/// of its own, and knows what it knows. What Qt's own HTTP does (the facts that made us look) stands beside it.
class DeliveryTest : public QObject
{
    Q_OBJECT
public:
    explicit DeliveryTest(TransportKind kind) : m_kind(kind) {}
private slots:
    void oneAttemptIsAtMostOnePost_data();
    void oneAttemptIsAtMostOnePost();
    void qtSendsAPlainBodyAgainByItself();
    void aTruncatedBodyLooksLikeA200();
    void aBrokenChunkedBodyIsTold();
    void aBadChunkSizeEndsTheExchange();
    void interimAnswersAreNeverTheAnswer_data();
    void interimAnswersAreNeverTheAnswer();
    void aHeaderCannotBecomeTwo();
    void aClosingServerCostsNoSecondPost();
    void aRedirectIsNotFollowed();
    void droppingRightAwayMayStillArrive();
    void nothingIsCalledBackFromInsideStart();
    void aBigBodyThatIsCutIsMaybeSent();
    void theHeadOfACallCarriesItsLength();
    void aBrokenConnectionHarmsNoOtherExchange();

private:
    using Answer = std::function<void(QTcpSocket *, int)>;
    struct Outcome
    {
        std::optional<ExchangeEnd> end;
        int status = 0, ends = 0;
        bool sent = false;
        QByteArray body;
    };
    /// One POST through our transport; reads until it ends.
    static Outcome post(Transport &transport, const QUrl &url, const QByteArray &body = R"({"model":"m"})",
                        int timeoutMs = 5000)
    {
        Outcome outcome;
        ExchangeCallbacks callbacks;
        callbacks.sent = [&] { outcome.sent = true; };
        callbacks.head = [&](const HttpHead &head) { outcome.status = head.status; };
        callbacks.data = [&](const QByteArray &bytes) { outcome.body += bytes; };
        callbacks.ended = [&](const ExchangeEnd &end) { outcome.end = end; ++outcome.ends; };
        const auto exchange = transport.start({"POST", url, {{"Content-Type", "application/json"}}, body}, callbacks);
        if (QTest::qWaitFor([&] { return outcome.end.has_value(); }, timeoutMs)
            && outcome.end->failure == TransportFailure::None)
            exchange->letGo();
        return outcome;
    }
    /// Lets a resend that is on its way arrive.
    static void settle() { QTest::qWait(30); }

    const TransportKind m_kind;
};

void DeliveryTest::oneAttemptIsAtMostOnePost_data()
{
    QTest::addColumn<Answer>("answer");
    QTest::addColumn<bool>("afterAnother");
    QTest::addColumn<TransportFailure>("failure");
    QTest::addColumn<Delivery>("delivery");
    const Answer fin = [](QTcpSocket *s, int) { s->disconnectFromHost(); };
    const Answer rst = [](QTcpSocket *s, int) { RawServer::reset(s); };
    const Answer insideHead = [](QTcpSocket *s, int) {
        s->write("HTTP/1.1 200 OK\r\nContent-Le");
        s->disconnectFromHost();
    };
    const Answer notHttp = [](QTcpSocket *s, int) { s->write("SSH-2.0-OpenSSH_9.2\r\n"); s->disconnectFromHost(); };
    const Answer answered = [](QTcpSocket *s, int) { RawServer::reply(s, "{}"); };
    const Answer overloaded = [](QTcpSocket *s, int) { RawServer::reply(s, "{}", "503 Busy"); };
    for (const bool reused : {false, true}) {
        const char *on = reused ? "after another" : "first";
        QTest::addRow("FIN, %s", on) << fin << reused << TransportFailure::Reset << Delivery::MaybeSent;
        QTest::addRow("RST, %s", on) << rst << reused << TransportFailure::Reset << Delivery::MaybeSent;
        QTest::addRow("FIN inside the head, %s", on)
            << insideHead << reused << TransportFailure::Reset << Delivery::MaybeSent;
        QTest::addRow("no HTTP, %s", on) << notHttp << reused << TransportFailure::Reset << Delivery::MaybeSent;
        QTest::addRow("200, %s", on) << answered << reused << TransportFailure::None << Delivery::Answered;
        QTest::addRow("503, %s", on) << overloaded << reused << TransportFailure::None << Delivery::Answered;
    }
}

void DeliveryTest::oneAttemptIsAtMostOnePost()
{
    QFETCH(Answer, answer);
    QFETCH(bool, afterAnother);
    QFETCH(TransportFailure, failure);
    QFETCH(Delivery, delivery);
    RawServer server;
    const auto transport = makeTransport(m_kind);
    if (afterAnother) {
        server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, "{}"); };
        QCOMPARE(post(*transport, server.url()).status, 200);
    }
    const int before = server.requests;
    server.answer = answer;
    const Outcome outcome = post(*transport, server.url());
    settle();
    QVERIFY(outcome.end.has_value());
    QCOMPARE(outcome.ends, 1);
    QCOMPARE(server.requests - before, 1);
    QCOMPARE(outcome.end->delivery, delivery);
    if (failure == TransportFailure::None)
        QCOMPARE(outcome.end->failure, failure);
    else
        QVERIFY(outcome.end->failure != TransportFailure::None);
    QCOMPARE(server.connections, afterAnother ? 2 : 1); // never one that another exchange had
}

void DeliveryTest::qtSendsAPlainBodyAgainByItself()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int n) { if (n == 1) RawServer::reply(s, "{}"); else s->disconnectFromHost(); };
    QNetworkAccessManager manager;
    for (int i = 0; i < 2; ++i) {
        QNetworkRequest request(server.url());
        request.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
        QNetworkReply *reply = manager.post(request, QByteArray("{}"));
        QVERIFY(QTest::qWaitFor([&] { return reply->isFinished(); }, 5000));
        reply->deleteLater();
    }
    QVERIFY2(server.requests > 2, "Qt no longer sends again: the one-shot body may not be needed any more");
}

void DeliveryTest::aTruncatedBodyLooksLikeA200()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) {
        s->write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
        s->disconnectFromHost();
    };
    const auto transport = makeTransport(m_kind);
    const Outcome outcome = post(*transport, server.url());
    QCOMPARE(outcome.status, 200);
    QCOMPARE(outcome.end->failure, TransportFailure::Reset); // we say so
    QCOMPARE(outcome.end->delivery, Delivery::Answered);
    QCOMPARE(server.requests, 1);
}

void DeliveryTest::aBrokenChunkedBodyIsTold()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) {
        s->write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n20\r\nhalf");
        s->disconnectFromHost();
    };
    const auto transport = makeTransport(m_kind);
    const Outcome outcome = post(*transport, server.url());
    QVERIFY(outcome.end.has_value());
    QCOMPARE(outcome.status, 200);
    QCOMPARE(outcome.body, QByteArray("hellohalf"));
    QCOMPARE(outcome.end->failure, TransportFailure::Reset);
    QCOMPARE(server.requests, 1);
}

void DeliveryTest::aBadChunkSizeEndsTheExchange()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) {
        s->write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n");
    };
    const auto transport = makeTransport(m_kind);
    const Outcome outcome = post(*transport, server.url());
    QVERIFY(outcome.end.has_value());
    QCOMPARE(outcome.status, 200);
    QCOMPARE(outcome.body, QByteArray("hello"));
    QCOMPARE(outcome.end->failure, TransportFailure::NotHttp);
}

void DeliveryTest::interimAnswersAreNeverTheAnswer_data()
{
    QTest::addColumn<QByteArray>("interim");
    QTest::newRow("100") << QByteArray("HTTP/1.1 100 Continue\r\n\r\n");
    QTest::newRow("102") << QByteArray("HTTP/1.1 102 Processing\r\n\r\n");
    QTest::newRow("103 with headers") << QByteArray(
        "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nContent-Length: 5\r\n\r\n");
    QTest::newRow("several") << QByteArray("HTTP/1.1 102 Processing\r\n\r\n").repeated(20);
}

void DeliveryTest::interimAnswersAreNeverTheAnswer()
{
    QFETCH(QByteArray, interim);
    RawServer server;
    server.answer = [&](QTcpSocket *s, int) {
        s->write(interim);
        QTimer::singleShot(20, s, [s] { RawServer::reply(s, "{}"); });
    };
    const auto transport = makeTransport(m_kind);
    const Outcome outcome = post(*transport, server.url());
    QCOMPARE(outcome.status, 200);
    QCOMPARE(outcome.body, QByteArray("{}"));
    QCOMPARE(outcome.end->failure, TransportFailure::None);
}

void DeliveryTest::aHeaderCannotBecomeTwo()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, "{}"); };
    const auto transport = makeTransport(m_kind);
    const auto send = [&](const HttpHeaders &headers) {
        std::optional<ExchangeEnd> end;
        const auto exchange = transport->start(
            {"POST", server.url(), headers, "{}"},
            {[] {}, [](const HttpHead &) {}, [](const QByteArray &) {}, [&](const ExchangeEnd &e) { end = e; }});
        return QTest::qWaitFor([&] { return end.has_value(); }, 5000) ? end->failure : TransportFailure::Cancelled;
    };
    QCOMPARE(send({{"Authorization", "Bearer sk-abc\r\nX-Evil: 1"}}), TransportFailure::BadUrl);
    QCOMPARE(server.requests, 0);
    QCOMPARE(send({{"Host", "elsewhere"}, {"Transfer-Encoding", "chunked"}, {"Content-Length", "9"}}),
             TransportFailure::None);
    const QByteArray head = server.heads.last().toLower();
    QVERIFY(!head.contains("elsewhere") && !head.contains("chunked") && head.count("content-length") == 1
            && head.contains("connection: close") == (m_kind == TransportKind::Qt));
}

void DeliveryTest::aClosingServerCostsNoSecondPost()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, "{}"); s->disconnectFromHost(); }; // without saying so
    const auto transport = makeTransport(m_kind);
    int posts = 0;
    for (int i = 0; i < 20; ++i) {
        const Outcome outcome = post(*transport, server.url());
        QVERIFY(outcome.end.has_value());
        ++posts;
        QVERIFY(server.requests <= posts);
        if (outcome.end->failure != TransportFailure::None)
            QVERIFY(outcome.end->delivery == Delivery::MaybeSent || outcome.end->delivery == Delivery::NotSent);
    }
}

void DeliveryTest::aRedirectIsNotFollowed()
{
    RawServer server;
    server.answer = [&server](QTcpSocket *s, int) {
        RawServer::reply(s, "{}", "307 Temporary Redirect",
                         "Location: " + server.url(QStringLiteral("/elsewhere")).toEncoded() + "\r\n");
    };
    const auto transport = makeTransport(m_kind);
    const Outcome outcome = post(*transport, server.url());
    QCOMPARE(outcome.status, 307);
    QCOMPARE(server.requests, 1);
}

void DeliveryTest::droppingRightAwayMayStillArrive()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, "{}"); };
    const auto transport = makeTransport(m_kind);
    post(*transport, server.url());
    bool called = false;
    ExchangeCallbacks callbacks;
    callbacks.sent = [&] { called = true; };
    callbacks.head = [&](const HttpHead &) { called = true; };
    callbacks.data = [&](const QByteArray &) { called = true; };
    callbacks.ended = [&](const ExchangeEnd &) { called = true; };
    transport->start({"POST", server.url(), {}, "{}"}, callbacks).reset();
    settle();
    QVERIFY(!called);
    QVERIFY(server.requests <= 2);
}

void DeliveryTest::nothingIsCalledBackFromInsideStart()
{
    const auto transport = makeTransport(m_kind);
    for (const char *url : {"http://127.0.0.1:1/v1", "nonsense://host/", "http:///", "http://127.0.0.1:99999/"}) {
        bool inside = true, early = false;
        int ends = 0;
        ExchangeCallbacks callbacks;
        callbacks.sent = [&] { early |= inside; };
        callbacks.head = [&](const HttpHead &) { early |= inside; };
        callbacks.data = [&](const QByteArray &) { early |= inside; };
        callbacks.ended = [&](const ExchangeEnd &end) {
            early |= inside;
            ++ends;
            QVERIFY(end.failure != TransportFailure::None);
            QVERIFY(end.delivery != Delivery::Answered);
        };
        const auto exchange = transport->start({"POST", QUrl(QString::fromLatin1(url)), {}, "{}"}, callbacks);
        inside = false;
        QVERIFY2(QTest::qWaitFor([&] { return ends > 0; }, 5000), url);
        QVERIFY(!early);
        settle();
        QCOMPARE(ends, 1);
    }
}

void DeliveryTest::aBigBodyThatIsCutIsMaybeSent()
{
    RawServer server;
    server.answer = [](QTcpSocket *, int) {};
    connect(&server, &QTcpServer::newConnection, &server, [] {});
    QTimer cutter; // in the middle of the upload
    connect(&cutter, &QTimer::timeout, &server, [&server] {
        for (QTcpSocket *socket : server.findChildren<QTcpSocket *>()) {
            if (socket->bytesAvailable() || socket->state() == QAbstractSocket::ConnectedState)
                RawServer::reset(socket);
        }
    });
    cutter.start(5);
    const auto transport = makeTransport(m_kind);
    const Outcome outcome = post(*transport, server.url(), QByteArray(64 << 20, 'x'));
    QVERIFY(outcome.end.has_value());
    QVERIFY(outcome.end->failure != TransportFailure::None);
    QCOMPARE(outcome.end->delivery, outcome.sent ? Delivery::MaybeSent : Delivery::NotSent);
    QVERIFY(server.requests <= 1);
}

void DeliveryTest::theHeadOfACallCarriesItsLength()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, "{}"); };
    const auto transport = makeTransport(m_kind);
    post(*transport, server.url(), "{\"a\":1}");
    const QByteArray head = server.heads.first().toLower();
    QVERIFY(head.contains("content-length: 7"));
    QVERIFY(!head.contains("transfer-encoding"));
    QVERIFY(!head.contains("cookie"));
}

/// A request that Qt gives to a channel whose connection has just been reset, cut or aborted would fail with it.
void DeliveryTest::aBrokenConnectionHarmsNoOtherExchange()
{
    RawServer server;
    server.answer = [&server](QTcpSocket *s, int) {
        const QByteArray head = server.heads.last();
        if (head.contains("x-reset"))
            return RawServer::reset(s);
        s->write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        if (head.contains("x-cut"))
            return s->disconnectFromHost();
        if (!head.contains("x-drop"))
            QTimer::singleShot(2, s, [s] { s->write("0\r\n\r\n"); });
    };
    static const char *const kinds[] = {"x-good", "x-reset", "x-good", "x-cut", "x-good", "x-drop", "x-good"};
    const auto transport = makeTransport(m_kind);
    std::map<int, std::unique_ptr<Exchange>> running;
    int started = 0, over = 0;
    QStringList harmed;
    const std::function<void()> next = [&] {
        const int number = started++;
        const QByteArray kind = kinds[number % std::size(kinds)];
        const auto ended = [&, number] {
            ++over;
            if (kinds[number % std::size(kinds)] == QByteArrayView("x-good"))
                running[number]->letGo();
            running.erase(number);
            if (started < 700)
                next();
        };
        ExchangeCallbacks callbacks;
        callbacks.sent = [] {};
        callbacks.head = [](const HttpHead &) {};
        callbacks.data = [ended, kind](const QByteArray &) { if (kind == "x-drop") ended(); };
        callbacks.ended = [&, number, ended, kind](const ExchangeEnd &end) {
            if (kind == "x-good" && end.failure != TransportFailure::None)
                harmed << QStringLiteral("%1: %2").arg(number).arg(end.message);
            ended();
        };
        running[number] = transport->start({"POST", server.url(), {{kind, "1"}}, "{}"}, callbacks);
    };
    for (int i = 0; i < 6; ++i)
        next();
    QVERIFY(QTest::qWaitFor([&] { return over == 700; }, 20'000));
    QVERIFY2(harmed.isEmpty(), qPrintable(harmed.mid(0, 5).join(QLatin1String("; "))));
    QCOMPARE(server.requests, 700);
}

SUITE_MAIN(DeliveryTest)
{
    QCoreApplication app(argc, argv);
    int failed = 0;
    for (const TransportKind kind : {TransportKind::Qt, TransportKind::Curl}) {
        DeliveryTest test(kind);
        qInfo("%s", kind == TransportKind::Qt ? "NetworkTransport" : "CurlTransport");
        failed += QTest::qExec(&test, argc, argv);
    }
    return failed;
}
#include "tst_delivery.moc"
