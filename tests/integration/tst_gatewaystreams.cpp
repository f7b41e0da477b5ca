// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/gatewayrig.h"
#include "support/suite.h"

#include <QEventLoop>
#include <QTimer>

using namespace retryscope;

/// Many streams at once through the whole gateway: none waits for another, none is lost, none is cut.
class GatewayStreamsTest final : public QObject
{
    Q_OBJECT
private slots:
    void allAtOnce_data();
    void allAtOnce();
};

void GatewayStreamsTest::allAtOnce_data()
{
    QTest::addColumn<bool>("curl");
    QTest::addColumn<int>("streams");
    QTest::addColumn<int>("atOnce");
    QTest::newRow("libcurl") << true << 400 << 1'000;
    QTest::newRow("Qt") << false << 60 << 1'000;
}

void GatewayStreamsTest::allAtOnce()
{
    QFETCH(bool, curl);
    QFETCH(int, streams);
    QFETCH(int, atOnce);
    static const QByteArray head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
    static const QByteArray word = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"}}]}\n\n";
    static const QByteArray end =
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    RawServer server;
    QVector<QPointer<QTcpSocket>> open;
    server.answer = [&](QTcpSocket *socket, int) {
        socket->write(head + word);
        open.append(socket);
        if (open.size() < streams)
            return;
        for (const auto &each : std::as_const(open)) { // only once all are open
            if (each) {
                each->write(word + end);
                each->disconnectFromHost();
            }
        }
    };
    RetryConfig retry = GatewayRig::quick();
    retry.maxConcurrent = atOnce;
    GatewayRig rig(retry, curl ? TransportKind::Curl : TransportKind::Qt);
    rig.add(QStringLiteral("a"), server);
    rig.start();
    const QByteArray request = GatewayRig::post(
        "/v1/chat/completions", R"({"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]})");
    std::vector<std::unique_ptr<QTcpSocket>> callers;
    std::vector<QByteArray> got(static_cast<std::size_t>(streams));
    QEventLoop loop;
    int ended = 0;
    for (int i = 0; i < streams; ++i) {
        QTcpSocket *socket = callers.emplace_back(rig.connectTo()).get();
        socket->write(request);
        connect(socket, &QTcpSocket::readyRead, this, [&got, socket, i] { got[std::size_t(i)] += socket->readAll(); });
        connect(socket, &QTcpSocket::disconnected, this, [&] {
            if (++ended == streams)
                loop.quit();
        });
    }
    QTimer::singleShot(60'000, &loop, &QEventLoop::quit);
    loop.exec();
    QCOMPARE(ended, streams);
    QCOMPARE(open.size(), streams);
    for (const QByteArray &bytes : got) {
        const Got answer = GatewayRig::read(bytes);
        QCOMPARE(answer.status, 200);
        QVERIFY(answer.whole);
        QCOMPARE(answer.body, word + word + end);
    }
    QCOMPARE(rig.ofKind(EventKind::AttemptQueued).size(), 0);
    QCOMPARE(rig.ofKind(EventKind::CallFinished).size(), streams);
    QVERIFY(QTest::qWaitFor([&] { return rig.engine.atRest(); }, 5'000));
}

SUITE_TEST(GatewayStreamsTest)
#include "tst_gatewaystreams.moc"
