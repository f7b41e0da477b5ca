// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/requestparser.h"
#include "support/suite.h"

#include <QTest>

using namespace retryscope;

/// What clients send us, whole, in pieces, one after the other, and wrong.
class RequestParserTest : public QObject
{
    Q_OBJECT
private slots:
    void anySplitGivesTheSameRequest();
    void aTargetWithAHostIsAPath();
    void pipelinedRequestsComeOutInOrder();
    void refusesWithTheRightStatus_data();
    void refusesWithTheRightStatus();
    void whatMayStandBetweenRequestsIsPassedOver();
    void theLimitsThemselvesAreAllowed();
    void nothingIsReadAfterAnError();
    void knowsWhetherTheConnectionStaysOpen_data();
    void knowsWhetherTheConnectionStaysOpen();
};

void RequestParserTest::anySplitGivesTheSameRequest()
{
    const QByteArray bytes =
        "POST /openai/v1/chat/completions?x=1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n5;ext=1\r\n{\"a\":\r\n2\r\n1}\r\n0\r\nX-Trailer: t\r\n\r\n";
    for (qsizetype cut = 0; cut <= bytes.size(); ++cut) {
        RequestParser parser;
        parser.feed(bytes.first(cut));
        auto request = parser.next();
        QCOMPARE(bool(request), cut == bytes.size());
        if (!request) {
            parser.feed(bytes.sliced(cut));
            request = parser.next();
        }
        QVERIFY2(request, QByteArray::number(cut).constData());
        QCOMPARE(request->method, QByteArray("POST"));
        QCOMPARE(request->target, QByteArray("/openai/v1/chat/completions?x=1"));
        QCOMPARE(headerValue(request->headers, "content-type"), QByteArray("application/json"));
        QCOMPARE(request->body, QByteArray("{\"a\":1}"));
        QCOMPARE(parser.error(), 0);
    }
}

/// As to a proxy: the host of the target counts, whatever the header says.
void RequestParserTest::aTargetWithAHostIsAPath()
{
    const std::pair<const char *, const char *> rows[] = {
        {"http://b.example:81/x?y=http://c/", "/x?y=http://c/"}, {"HTTPS://b.example:81", "/"}, {"http://b.example:81?q", "/?q"}};
    for (const auto &[target, path] : rows) {
        RequestParser parser;
        parser.feed(QByteArray("GET ") + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto request = parser.next();
        QVERIFY2(request, target);
        QCOMPARE(request->target, QByteArray(path));
        QCOMPARE(headerValue(request->headers, "host"), QByteArray("b.example:81"));
    }
}

void RequestParserTest::pipelinedRequestsComeOutInOrder()
{
    RequestParser parser;
    parser.feed("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET /3 "
                "HTTP/1.1\r\nHo");
    QCOMPARE(parser.next()->target, QByteArray("/1"));
    const auto second = parser.next();
    QCOMPARE(second->target, QByteArray("/2"));
    QCOMPARE(second->body, QByteArray("hi"));
    QVERIFY(!parser.next());
    parser.feed("st: a\r\n\r\n");
    QCOMPARE(parser.next()->target, QByteArray("/3"));
}

void RequestParserTest::refusesWithTheRightStatus_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    const auto row = [](const char *name, const QByteArray &bytes, int status) {
        QTest::newRow(name) << bytes << status;
    };
    row("not HTTP", "\x16\x03\x01\x02\r\n\r\n", 400);
    row("no version", "GET /\r\n\r\n", 400);
    row("a header without a colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400);
    row("a length that is no number", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400);
    row("two different lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400);
    row("length and chunks, as request smuggling needs",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
    row("an Expect that nobody knows", "POST / HTTP/1.1\r\nHost: a\r\nExpect: the-moon\r\nContent-Length: 1\r\n\r\n", 417);
    row("a user in the target", "GET http://a:b@c/ HTTP/1.1\r\nHost: c\r\n\r\n", 400);
    row("no Host in HTTP/1.1", "GET / HTTP/1.1\r\nX: y\r\n\r\n", 400);
    row("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400);
    row("chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
    row("a coding that only looks like chunked",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501);
    row("a coding before chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        501);
    row("two Transfer-Encodings",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
    row("TLS, at its first byte", "\x16\x03\x01", 400);
    row("a chunk that is longer than its size",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", 400);
    row("a negative chunk size", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400);
    row("a chunk size line without an end",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + QByteArray(2000, 'x'), 400);
    row("a trailer without an end",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + QByteArray(20'000, 'x'), 431);
    row("a chunk size that is no number", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        400);
    const QByteArray chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    row("a bare end of line in a chunk extension", chunked + "1;\n0\r\na\r\n0\r\n\r\n", 400);
    row("a blank before a chunk size", chunked + " 1\r\na\r\n0\r\n\r\n", 400);
    row("a request in the trailer", chunked + "0\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n", 400);
    row("a folded trailer", chunked + "0\r\nA: b\r\n c: d\r\n\r\n", 400);
    row("headers beyond 16 KB", "GET / HTTP/1.1\r\nHost: a\r\nX: " + QByteArray(17 << 10, 'x'), 431);
    row("headers of many short lines beyond 16 KB",
        "GET / HTTP/1.1\r\nHost: a\r\n" + QByteArray("X: y\r\n").repeated(4000), 431);
    row("an announced body beyond 4 MB", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4194305\r\n\r\n", 413);
    row("an announced body beyond every integer",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400);
    row("a chunked body beyond 4 MB",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n500000\r\n" + QByteArray(0x500000, 'x')
            + "\r\n0\r\n\r\n",
        413);
}

void RequestParserTest::refusesWithTheRightStatus()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    RequestParser parser;
    parser.feed(bytes);
    QVERIFY(!parser.next());
    QCOMPARE(parser.error(), status);
}

void RequestParserTest::whatMayStandBetweenRequestsIsPassedOver()
{
    RequestParser parser;
    const QByteArray one = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 ;a=b\r\nx\r\n0\r\nA: b\r\n\r\n";
    parser.feed("\r\n" + one + "\r\n\r\n" + one + "\r");
    for (int i = 0; i < 2; ++i) {
        const auto request = parser.next();
        QVERIFY2(request, parser.problem().constData());
        QCOMPARE(request->body, QByteArray("x"));
    }
    parser.feed("\nGET /end HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto last = parser.next();
    QVERIFY(last);
    QCOMPARE(last->target, QByteArray("/end"));
}

void RequestParserTest::theLimitsThemselvesAreAllowed()
{
    RequestParser parser;
    parser.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4194304\r\nX: " + QByteArray(15 << 10, 'x')
                + "\r\n\r\n");
    QVERIFY(!parser.next());
    QCOMPARE(parser.error(), 0);
    parser.feed(QByteArray(4 << 20, 'b'));
    QCOMPARE(parser.next()->body.size(), 4 << 20);
}

void RequestParserTest::nothingIsReadAfterAnError()
{
    RequestParser parser;
    parser.feed("nonsense\r\n\r\n");
    QVERIFY(!parser.next());
    parser.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    QVERIFY(!parser.next());
    QCOMPARE(parser.error(), 400);
}

void RequestParserTest::knowsWhetherTheConnectionStaysOpen_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("open");
    QTest::newRow("1.1 stays") << QByteArray("GET / HTTP/1.1\r\nHost: a\r\n\r\n") << true;
    QTest::newRow("1.1 with close") << QByteArray("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") << false;
    QTest::newRow("1.0 closes") << QByteArray("GET / HTTP/1.0\r\n\r\n") << false;
    QTest::newRow("1.0 with keep-alive") << QByteArray("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") << true;
}

void RequestParserTest::knowsWhetherTheConnectionStaysOpen()
{
    QFETCH(QByteArray, bytes);
    QFETCH(bool, open);
    RequestParser parser;
    parser.feed(bytes);
    QVERIFY(parser.next());
    QCOMPARE(parser.keepAlive(), open);
}

SUITE_TEST(RequestParserTest)
#include "tst_requestparser.moc"
