// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"
#include "transport/responsereader.h"

#include <QTest>

using namespace retryscope;

/// One answer from the bytes of its connection: split anywhere, cut, wrong, too large, packed.
class ResponseReaderTest : public QObject
{
    Q_OBJECT
private slots:
    void readsAnswersHoweverTheyAreSplit_data();
    void readsAnswersHoweverTheyAreSplit();
    void refusesWhatIsNone_data();
    void refusesWhatIsNone();
    void aCutAnswerIsTold_data();
    void aCutAnswerIsTold();
    void stopsAtTheEndAndLeavesTheSurplus();
    void holdsNoMoreThanItsLimits();
    void headersKeepTheirOrderAndTheirNumber();
    void aHeaderIsOneLineOfText();

private:
    static ResponseReader read(QByteArrayView bytes, qsizetype step, QByteArray *body)
    {
        ResponseReader reader;
        while (!bytes.isEmpty() && !reader.whole() && !reader.failed()) {
            QByteArrayView piece = bytes.first(std::min(step, bytes.size()));
            const qsizetype taken = reader.feed(piece, body);
            if (taken == 0 && !reader.failed())
                break;
            bytes = bytes.sliced(taken);
        }
        return reader;
    }
};

void ResponseReaderTest::readsAnswersHoweverTheyAreSplit_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    const auto row = [](const char *name, const QByteArray &bytes, int status, const QByteArray &body) {
        QTest::newRow(name) << bytes << status << body;
    };
    row("counted", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello");
    row("counted twice the same", "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", 200, "hello");
    row("counted, empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "");
    row("chunked",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n",
        200, "hello world");
    row("chunked, with a length that does not count",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200,
        "hello");
    row("no content", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, "");
    row("not modified", "HTTP/1.1 304 Not Modified\r\n\r\n", 304, "");
    row("bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", 200, "hi");
    row("no reason", "HTTP/1.1 429\r\nContent-Length: 2\r\n\r\nhi", 429, "hi");
    row("an empty line before", "\r\nHTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi");
    row("interim answers before",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
        "2\r\n\r\nhi",
        200, "hi");
    row("a folded header", "HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nContent-Length: 2\r\n\r\nhi", 200, "hi");
    row("deflate without its head",
        "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: 7\r\n\r\n"
            + QByteArray::fromHex("cb48cdc9c90700"),
        200, "hello");
    row("deflate",
        "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: 13\r\n\r\n"
            + QByteArray::fromHex("789ccb48cdc9c90700062c0215"),
        200, "hello");
    row("gzip",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n"
            + QByteArray::fromHex("1f8b0800000000000203cb48cdc9c9070086a6103605000000"),
        200, "hello");
    row("gzip in chunks, with a name",
        "HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n1d\r\n"
            + QByteArray::fromHex("1f8b08080000000002ff612e7400cb48cdc9c9070086a6103605000000") + "\r\n0\r\n\r\n",
        500, "hello");
}

void ResponseReaderTest::readsAnswersHoweverTheyAreSplit()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    for (qsizetype step = 1; step <= bytes.size(); ++step) {
        QByteArray got;
        const ResponseReader reader = read(bytes, step, &got);
        QVERIFY2(reader.whole(), qPrintable(QStringLiteral("%1 at a time: %2").arg(step).arg(reader.problem())));
        QCOMPARE(reader.head()->status, status);
        QCOMPARE(got, body);
    }
}

void ResponseReaderTest::refusesWhatIsNone_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<TransportFailure>("failure");
    const auto row = [](const char *name, const QByteArray &bytes, TransportFailure failure) {
        QTest::newRow(name) << bytes << failure;
    };
    row("another protocol, at its first byte", "S", TransportFailure::NotHttp);
    row("a TLS alert", "\x15\x03\x03\x02\x02", TransportFailure::WrongScheme);
    row("no status", "HTTP/1.1 \r\n", TransportFailure::NotHttp);
    row("a status of four digits", "HTTP/1.1 2000 OK\r\n", TransportFailure::NotHttp);
    row("a status below 100", "HTTP/1.1 012 OK\r\n", TransportFailure::NotHttp);
    row("another protocol from now on", "HTTP/1.1 101 Switching\r\n\r\n", TransportFailure::NotHttp);
    row("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", TransportFailure::NotHttp);
    row("a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", TransportFailure::NotHttp);
    row("a coding that is not known", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        TransportFailure::NotHttp);
    row("a chunk size that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        TransportFailure::NotHttp);
    row("a chunk longer than its size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
        TransportFailure::NotHttp);
    row("gzip that is none", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n{\"a\":1}", TransportFailure::NotHttp);
    row("a head without an end", "HTTP/1.1 200 OK\r\nX: " + QByteArray(70'000, 'x'), TransportFailure::HeadTooLarge);
    row("interim answers without an end", QByteArray("HTTP/1.1 102 P\r\n\r\n").repeated(40),
        TransportFailure::HeadTooLarge);
    row("a trailer without an end",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + QByteArray("X: y\r\n").repeated(20'000),
        TransportFailure::HeadTooLarge);
}

void ResponseReaderTest::refusesWhatIsNone()
{
    QFETCH(QByteArray, bytes);
    QFETCH(TransportFailure, failure);
    for (const qsizetype step : {qsizetype(1), qsizetype(1000), bytes.size()}) {
        QByteArray body;
        const ResponseReader reader = read(bytes, step, &body);
        QCOMPARE(reader.failure(), failure);
        QVERIFY(!reader.problem().isEmpty() && !reader.whole());
    }
}

void ResponseReaderTest::aCutAnswerIsTold_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("whole");
    const auto row = [](const char *name, const QByteArray &bytes, bool whole) {
        QTest::newRow(name) << bytes << whole;
    };
    row("nothing", "", false);
    row("within the head", "HTTP/1.1 200 OK\r\nContent-Le", false);
    row("within a counted body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", false);
    row("within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell", false);
    row("between two chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", false);
    row("before the last empty line", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", false);
    row("within gzip",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + QByteArray::fromHex("1f8b0800000000000203cb48cd"), false);
    row("after an interim answer", "HTTP/1.1 102 Processing\r\n\r\n", false);
    row("a body that ends with its connection", "HTTP/1.1 200 OK\r\n\r\nhello", true);
    row("an empty one", "HTTP/1.1 200 OK\r\n\r\n", true);
}

void ResponseReaderTest::aCutAnswerIsTold()
{
    QFETCH(QByteArray, bytes);
    QFETCH(bool, whole);
    QByteArray body;
    ResponseReader reader = read(bytes, 3, &body);
    QVERIFY(!reader.whole() && !reader.failed());
    reader.end();
    QCOMPARE(reader.whole(), whole);
    QCOMPARE(reader.failure(), whole ? TransportFailure::None : TransportFailure::Reset);
}

void ResponseReaderTest::stopsAtTheEndAndLeavesTheSurplus()
{
    const QByteArray one = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    const QByteArray two = one + one;
    ResponseReader reader;
    QByteArray body;
    qsizetype at = reader.feed(two, &body);
    QVERIFY(reader.head() && body.isEmpty()); // it stops after the head
    at += reader.feed(QByteArrayView(two).sliced(at), &body);
    QCOMPARE(at, one.size());
    QCOMPARE(reader.feed(one, &body), 0);
    QCOMPARE(body, QByteArray("hello"));
}

void ResponseReaderTest::holdsNoMoreThanItsLimits()
{
    ResponseReader reader({.head = 1000, .line = 100, .interim = 2});
    QByteArray body;
    qint64 fed = 0;
    while (!reader.failed() && fed < 100'000)
        fed += reader.feed("X: y\r\nHTTP/1.1 200 OK\r\n" + QByteArray(50, 'x'), &body);
    QVERIFY(fed < 2000);
}

void ResponseReaderTest::headersKeepTheirOrderAndTheirNumber()
{
    QByteArray body;
    const ResponseReader reader =
        read("HTTP/1.1 429 No\r\nRetry-After : 2\r\nretry-after: 3\r\nnonsense\r\nEmpty:\r\nContent-Length: 0\r\n\r\n",
             7, &body);
    QVERIFY(reader.whole());
    QCOMPARE(reader.head()->headers,
             (HttpHeaders{{"Retry-After", "2"}, {"retry-after", "3"}, {"Empty", ""}, {"Content-Length", "0"}}));
}

/// A lone carriage return ends a line for some who read it after us.
void ResponseReaderTest::aHeaderIsOneLineOfText()
{
    QByteArray body;
    const QByteArray bytes = "HTTP/1.1 200 OK\r\nX-A: a\rSet-Cookie: b\r\nX-B: c" + QByteArray(1, '\0')
                             + "d\r\n e\rf\r\nContent-Length: 0\r\n\r\n";
    const ResponseReader reader = read(bytes, bytes.size(), &body);
    QVERIFY(reader.whole());
    QCOMPARE(headerValue(reader.head()->headers, "x-a"), "a Set-Cookie: b");
    QCOMPARE(headerValue(reader.head()->headers, "x-b"), "c d e f");
}

SUITE_TEST(ResponseReaderTest)
#include "tst_responsereader.moc"
