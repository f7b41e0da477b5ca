// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/gatewayrig.h"
#include "support/suite.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPointer>
#include <QTest>
#include <QTimer>

using namespace retryscope;

/// Google's stream without alt=sse, which is one JSON array.
class GatewayArraysTest : public QObject
{
    Q_OBJECT
private slots:
    void anArrayPassesByteForByte_data();
    void anArrayPassesByteForByte();
    void aBrokenOneEndsWithAnError_data();
    void aBrokenOneEndsWithAnError();
    void anotherProtocolsAnswerIsWrittenAsOne();
    void errorsInItsPlaceAreArrays();
    void aCallerThatLeavesIsACancel();
};

namespace {

const QByteArray arrayPath = "/v1beta/models/a-model:streamGenerateContent";
const QByteArray arrayAsk = R"({"contents":[{"role":"user","parts":[{"text":"x"}]}]})";
const QByteArray arrayHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
const QByteArray firstElement = R"([{"candidates":[{"content":{"parts":[{"text":"a, ]}\""}]},"index":0}]})";
const QByteArray lastElement =
    R"({"candidates":[{"content":{"parts":[{"text":"!"}]},"finishReason":"STOP","index":0}]})";

QJsonArray elementsOf(const Got &got) { return QJsonDocument::fromJson(got.body).array(); }
QString elementText(const QJsonValue &element)
{
    return element[QLatin1String("candidates")][0][QLatin1String("content")][QLatin1String("parts")][0]
                  [QLatin1String("text")]
                      .toString();
}

} // namespace

void GatewayArraysTest::anArrayPassesByteForByte_data()
{
    QTest::addColumn<int>("piece");
    QTest::addColumn<QByteArray>("mode");
    for (const int piece : {1, 7, 1000}) {
        for (const char *mode : {"live", "complete"})
            QTest::addRow("%d bytes, %s", piece, mode) << piece << QByteArray(mode);
    }
}

void GatewayArraysTest::anArrayPassesByteForByte()
{
    QFETCH(int, piece);
    QFETCH(QByteArray, mode);
    const QByteArray whole = firstElement + "\r\n,\r\n " + lastElement + "\n]\n";
    RawServer server;
    server.answer = [&](QTcpSocket *socket, int) {
        socket->write(arrayHead);
        for (qsizetype at = 0; at < whole.size(); at += piece) {
            socket->write(whole.mid(at, piece));
            socket->flush();
        }
        socket->disconnectFromHost();
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server, QStringLiteral("google_ai"));
    rig.start();
    const Got got = rig.ask(GatewayRig::post(arrayPath, arrayAsk, "x-retryscope-mode: " + mode + "\r\n"));
    QCOMPARE(got.body, whole);
    QVERIFY(got.whole);
    QCOMPARE(got.header("content-type"), "application/json");
}

void GatewayArraysTest::aBrokenOneEndsWithAnError_data()
{
    QTest::addColumn<QByteArray>("said");
    const QByteArray error = R"({"error":{"code":503,"status":"UNAVAILABLE","message":"busy"}})";
    QTest::newRow("behind an element") << firstElement;
    QTest::newRow("behind a comma") << firstElement + ",\r\n";
    QTest::newRow("within an element") << firstElement + ",\r\n" + lastElement.left(30);
    QTest::newRow("by an error of its own") << firstElement + ",\r\n" + error + "\r\n]";
}

/// As the vendor's own: the last element is an error, and the array is closed; the connection is cut all the same.
void GatewayArraysTest::aBrokenOneEndsWithAnError()
{
    QFETCH(QByteArray, said);
    RawServer server;
    server.answer = [&](QTcpSocket *socket, int) {
        socket->write(arrayHead + firstElement);
        socket->flush();
        QTimer::singleShot(50, socket, [socket, rest = said.mid(firstElement.size())] {
            socket->write(rest);
            socket->disconnectFromHost();
        });
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server, QStringLiteral("google_ai"));
    rig.start();
    const Got got = rig.ask(GatewayRig::post(arrayPath, arrayAsk));
    QVERIFY2(got.body.startsWith(firstElement), got.body.constData());
    const QJsonArray all = elementsOf(got);
    QVERIFY2(all.size() == 2, got.body.constData());
    QVERIFY2(all[1].toObject()[QLatin1String("error")][QLatin1String("code")].toInt() >= 400, got.body.constData());
    QVERIFY(!got.whole);
    QCOMPARE(server.requests, 1);
    QCOMPARE(rig.ofKind(EventKind::CallFinished).value(0).outcome, CallOutcome::Failed);
}

/// A provider of another protocol answers in events; its answer is whole, or broken, in the same way.
void GatewayArraysTest::anotherProtocolsAnswerIsWrittenAsOne()
{
    const auto word = [](const QByteArray &text) {
        return R"(data: {"choices":[{"index":0,"delta":{"content":")" + text + "\"}}]}\n\n";
    };
    for (const bool whole : {true, false}) {
        RawServer server;
        server.answer = [&](QTcpSocket *socket, int) {
            socket->write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                          + word("Hel"));
            socket->flush();
            QTimer::singleShot(50, socket, [&, socket] {
                if (whole)
                    socket->write(word("lo")
                                  + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                                    "data: [DONE]\n\n");
                socket->disconnectFromHost();
            });
        };
        GatewayRig rig;
        rig.add(QStringLiteral("a"), server);
        rig.start();
        const Got got = rig.ask(GatewayRig::post(arrayPath, arrayAsk));
        QCOMPARE(got.status, 200);
        QCOMPARE(got.header("content-type"), "application/json");
        QCOMPARE(got.whole, whole);
        const QJsonArray all = elementsOf(got);
        QVERIFY2(all.size() >= 2, got.body.constData());
        QCOMPARE(elementText(all[0]), QStringLiteral("Hel"));
        const QJsonObject end = all.last().toObject();
        QCOMPARE(end.contains(QLatin1String("error")), !whole);
        if (whole)
            QCOMPARE(end[QLatin1String("candidates")][0][QLatin1String("finishReason")].toString(),
                     QStringLiteral("STOP"));
    }
}

void GatewayArraysTest::errorsInItsPlaceAreArrays()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) { RawServer::reset(socket); };
    GatewayRig rig;
    rig.configuration.retry.maxAttempts = 1;
    rig.add(QStringLiteral("a"), server, QStringLiteral("google_ai"));
    rig.start();
    const auto error = [&](const QByteArray &request) {
        return elementsOf(rig.ask(request)).at(0)[QLatin1String("error")];
    };
    QVERIFY(error(GatewayRig::post(arrayPath, arrayAsk))[QLatin1String("code")].toInt() >= 500);
    QCOMPARE(error(GatewayRig::post(arrayPath, "{"))[QLatin1String("code")].toInt(), 400);
    QByteArray stranger = GatewayRig::post(arrayPath, arrayAsk);
    stranger.replace(GatewayRig::token, "rs-no-token-of-this-one");
    QCOMPARE(error(stranger)[QLatin1String("code")].toInt(), 401);
    QVERIFY(elementsOf(rig.ask(GatewayRig::post(arrayPath + "?alt=sse", "{"))).isEmpty());
    QVERIFY(elementsOf(rig.ask(GatewayRig::post(arrayPath + "?%24alt=sse", "{"))).isEmpty());
}

void GatewayArraysTest::aCallerThatLeavesIsACancel()
{
    RawServer server;
    QPointer<QTcpSocket> upstream;
    server.answer = [&](QTcpSocket *socket, int) {
        upstream = socket;
        socket->write(arrayHead + firstElement);
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server, QStringLiteral("google_ai"));
    rig.start();
    auto client = rig.connectTo();
    client->write(GatewayRig::post(arrayPath, arrayAsk));
    QTRY_VERIFY(client->peek(1 << 16).contains("candidates"));
    client->abort();
    QTRY_VERIFY(!upstream);
    QTRY_COMPARE(rig.ofKind(EventKind::CallFinished).size(), 1);
    QCOMPARE(rig.ofKind(EventKind::CallFinished).first().outcome, CallOutcome::Cancelled);
    QVERIFY(rig.engine.atRest());
}

SUITE_TEST(GatewayArraysTest)
#include "tst_gatewayarrays.moc"
