// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/reportrig.h"
#include "support/suite.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace retryscope;

/// A line for each request, on a real disk.
class AccessLogTest : public QObject
{
    Q_OBJECT
private slots:
    void everyRequestHasItsLine();
    void aCallerThatLeavesHasItsLine();
    void aFullDiskCostsNoCall();
    void aRotatedLogIsOpenedAnew();

private:
    static QVector<QJsonObject> lines(const QString &path)
    {
        QFile file(path);
        QVector<QJsonObject> all;
        if (file.open(QIODevice::ReadOnly)) {
            for (const QByteArray &line : file.readAll().split('\n')) {
                if (!line.isEmpty())
                    all.append(QJsonDocument::fromJson(line).object());
            }
        }
        return all;
    }
};

void AccessLogTest::everyRequestHasItsLine()
{
    QTemporaryDir folder;
    ReportRig rig;
    rig.options.accessLog = folder.filePath(QStringLiteral("access.jsonl"));
    rig.begin();
    const Got got = rig.call("x-stainless-retry-count: 1\r\n");
    QCOMPARE(got.status, 200);
    rig.ask("GET /v1/models?key=sk-0123456789abc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    rig.ask(GatewayRig::get("/healthz"));
    rig.ask(GatewayRig::get("/nowhere"));
    rig.ask("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    rig.ask("nonsense\r\n\r\n");
    QTRY_COMPARE(lines(rig.options.accessLog).size(), 6);
    const QVector<QJsonObject> all = lines(rig.options.accessLog);
    const auto text = [](const QJsonObject &o, const char *key) { return o[QLatin1String(key)].toString(); };
    const auto number = [](const QJsonObject &o, const char *key) { return o[QLatin1String(key)].toDouble(-1.0); };
    const QJsonObject &call = all[0];
    const Event end = rig.ofKind(EventKind::CallFinished).value(0);
    QCOMPARE(text(call, "method"), QStringLiteral("POST"));
    QCOMPARE(text(call, "path"), QStringLiteral("/v1/chat/completions"));
    QCOMPARE(text(call, "dialect"), QStringLiteral("openai"));
    QCOMPARE(number(call, "call"), double(end.call.value));
    QCOMPARE(number(call, "status"), 200.0);
    QCOMPARE(text(call, "provider"), QStringLiteral("a"));
    QCOMPARE(text(call, "model_asked"), QStringLiteral("a-model"));
    QCOMPARE(text(call, "model"), QStringLiteral("a-model"));
    QCOMPARE(number(call, "attempts"), double(rig.count(EventKind::AttemptFinished)));
    QCOMPARE(number(call, "bytes_in"), double(reportQuestion.size()));
    QCOMPARE(number(call, "bytes_out"), double(got.body.size()));
    QCOMPARE(number(call, "tokens_in"), 3.0);
    QCOMPARE(number(call, "tokens_out"), 1.0);
    QCOMPARE(number(call, "caller_repeat"), 1.0);
    QVERIFY(number(call, "duration_s") >= toSeconds(end.duration) && number(call, "duration_s") < 20.0);
    QVERIFY(number(call, "first_byte_s") > 0.0 && number(call, "first_byte_s") <= number(call, "duration_s"));
    QVERIFY(!call.contains(QLatin1String("left")) && !call.contains(QLatin1String("reason")));
    QVector<int> statuses;
    for (const QJsonObject &line : all)
        statuses << line[QLatin1String("status")].toInt();
    QCOMPARE(statuses, QVector<int>({200, 401, 200, 404, 421, 400}));
    QFile file(rig.options.accessLog);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    for (const char *secret : {"secret prompt", GatewayRig::token, "in-the-query", "sk-0123456789abc"})
        QVERIFY2(!bytes.contains(secret), secret);
    QVERIFY(!(QFileInfo(rig.options.accessLog).permissions()
              & (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther | QFile::ExeOwner)));
}

void AccessLogTest::aCallerThatLeavesHasItsLine()
{
    QTemporaryDir folder;
    ReportRig rig;
    rig.provider.answer = [](QTcpSocket *, int) {}; // never
    rig.options.accessLog = folder.filePath(QStringLiteral("access.jsonl"));
    rig.begin();
    auto client = rig.connectTo();
    client->write(GatewayRig::post("/v1/chat/completions", reportQuestion));
    QTRY_COMPARE(rig.provider.requests, 1);
    client->abort();
    QTRY_COMPARE(lines(rig.options.accessLog).size(), 1);
    const QJsonObject line = lines(rig.options.accessLog).first();
    QVERIFY(line[QLatin1String("left")].toBool());
    QCOMPARE(line[QLatin1String("reason")].toString(), QStringLiteral("cancelled"));
    QCOMPARE(line[QLatin1String("status")].toInt(-1), 0);
}

void AccessLogTest::aFullDiskCostsNoCall()
{
    ReportRig rig;
    rig.options.accessLog = QStringLiteral("/dev/full");
    rig.begin();
    for (int i = 0; i < 3; ++i)
        QCOMPARE(rig.call().status, 200);
    QTRY_COMPARE(rig.all().size(), 1);
    QVERIFY2(rig.all()[0].contains(QStringLiteral("/dev/full")), qPrintable(rig.all()[0]));
    QTRY_VERIFY(rig.dropped() >= 3.0);
    QCOMPARE(rig.all().size(), 1);
}

void AccessLogTest::aRotatedLogIsOpenedAnew()
{
    QTemporaryDir folder;
    ReportRig rig;
    const QString path = folder.filePath(QStringLiteral("access.jsonl")), old = folder.filePath(QStringLiteral("access.jsonl.1"));
    rig.options.accessLog = path;
    rig.begin();
    rig.ask(GatewayRig::get("/healthz"));
    QTRY_COMPARE(lines(path).size(), 1);
    QVERIFY(QFile::rename(path, old));
    rig.ask(GatewayRig::get("/healthz"));
    QTRY_COMPARE(lines(old).size(), 2); // until it is told
    rig.gateway->reopenAccessLog();
    QTRY_VERIFY(QFile::exists(path));
    rig.ask(GatewayRig::get("/healthz"));
    QTRY_COMPARE(lines(path).size(), 1);
    QCOMPARE(lines(old).size(), 2);
    QVERIFY(rig.all().isEmpty());
}

SUITE_TEST(AccessLogTest)
#include "tst_accesslog.moc"
