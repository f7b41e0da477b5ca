// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/reportrig.h"
#include "support/suite.h"
#include "words/incidentwords.h"

#include <QMessageAuthenticationCode>
#include <QSignalSpy>
#include <QTest>

#include <map>

using namespace retryscope;

static QString attributeOf(const QJsonValue &of, const char *name)
{
    for (const QJsonValue &one : of[QLatin1String("attributes")].toArray()) {
        if (one[QLatin1String("key")].toString() == QLatin1String(name))
            return one[QLatin1String("value")].toObject().begin()->toVariant().toString();
    }
    return {};
}

/// What a gateway tells other systems, over real sockets.
class GatewayReportsTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void everyCallIsTracedAndCounted();
    void aCallersTraceGoesOn();
    void aBusyReceiverIsAskedAgain();
    void aReceiverThatRefusesCostsNoCall();
    void aReceiverThatIsDownCostsNoCall();
    void aReceiverThatLeavesOutAPartIsTold();
    void whatWaitsIsHandedOverAtTheEnd();
    void aChangedConfigurationIsFollowed();
    void anIncidentIsToldWithItsNumbers();
    void aWebhookThatIsDownIsTriedAgain();
};

void GatewayReportsTest::init()
{
    qputenv("OTEL_BSP_SCHEDULE_DELAY", "50");
    qputenv("OTEL_BLRP_SCHEDULE_DELAY", "50");
    qputenv("OTEL_METRIC_EXPORT_INTERVAL", "100");
}

void GatewayReportsTest::everyCallIsTracedAndCounted()
{
    JsonReceiver receiver;
    ReportRig rig;
    rig.traceTo(receiver);
    rig.configuration.reporting.otlp.headers = {{QStringLiteral("x-tenant"), QStringLiteral("one")}};
    rig.begin();
    for (int i = 0; i < 5; ++i)
        QCOMPARE(rig.call().status, 200);
    rig.engine.isolate(QStringLiteral("a"));
    // A naive recount of the events.
    const int calls = rig.count(EventKind::CallFinished), attempts = rig.count(EventKind::AttemptFinished);
    QCOMPARE(calls, 5);
    QTRY_COMPARE(receiver.spans().size(), calls + attempts);
    QTRY_COMPARE(receiver.records().size(), rig.count(EventKind::CircuitChanged));
    int outer = 0, waits = 0;
    std::map<QString, int> reasons, expected;
    for (const QJsonValue &span : receiver.spans()) {
        const bool isCall = span[QLatin1String("name")].toString() == QLatin1String("retryscope.call");
        outer += isCall;
        waits += int(span[QLatin1String("events")].toArray().size());
        if (!isCall) {
            QCOMPARE(span[QLatin1String("name")].toString(), QStringLiteral("chat a-model"));
            ++reasons[attributeOf(span, "error.type")];
            QCOMPARE(attributeOf(span, "server.port").toInt(), int(rig.provider.serverPort()));
        }
    }
    for (const Event &e : rig.ofKind(EventKind::AttemptFinished))
        ++expected[e.reason == RetryReason::None ? QString() : toKey(e.reason)];
    QCOMPARE(outer, calls);
    QCOMPARE(waits, rig.count(EventKind::RetryScheduled));
    QCOMPARE(reasons, expected);
    const auto sum = [&](const char *name) {
        const auto metrics = receiver.at("/v1/metrics");
        double all = 0.0;
        for (const QJsonValue &m : metrics.isEmpty() ? QJsonArray() : metrics.last().json[QLatin1String("resourceMetrics")][0][QLatin1String("scopeMetrics")][0][QLatin1String("metrics")].toArray()) {
            if (m[QLatin1String("name")].toString() != QLatin1String(name))
                continue;
            for (const QJsonValue &point : m[QLatin1String("sum")][QLatin1String("dataPoints")].toArray())
                all += point[QLatin1String("asDouble")].toDouble();
        }
        return int(all);
    };
    QTRY_COMPARE(sum("retryscope.calls"), calls);
    QTRY_COMPARE(sum("retryscope.attempts"), attempts);
    QTRY_COMPARE(sum("retryscope.retries"), rig.count(EventKind::RetryScheduled));
    QVERIFY(receiver.taken.first().head.contains("x-tenant: one"));
    for (const JsonReceiver::Taken &t : std::as_const(receiver.taken)) {
        QVERIFY2(!t.body.contains("secret prompt") && !t.body.contains(GatewayRig::token) && !t.body.contains("in-the-query"), t.body);
        QVERIFY2(t.body.contains("\"service.name\""), t.body);
    }
    QCOMPARE(rig.count(EventKind::CallFinished), calls); // what is exported is no call
    QVERIFY2(rig.all().isEmpty(), qPrintable(rig.all().join(QLatin1Char('\n'))));
    QCOMPARE(rig.dropped(), 0.0);
}

void GatewayReportsTest::aCallersTraceGoesOn()
{
    JsonReceiver receiver;
    ReportRig rig;
    rig.traceTo(receiver);
    rig.begin();
    rig.call("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n");
    rig.call("traceparent: 00-5bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\r\n"); // its caller samples it not
    rig.call();
    QTRY_COMPARE(receiver.spans().size(), 6);
    int traced = 0;
    for (const QJsonValue &span : receiver.spans()) {
        traced += span[QLatin1String("traceId")].toString() == QLatin1String("4bf92f3577b34da6a3ce929d0e0e4736");
        QVERIFY(!span[QLatin1String("traceId")].toString().startsWith(QLatin1String("5bf92f")));
    }
    QCOMPARE(traced, 3);
}

void GatewayReportsTest::aBusyReceiverIsAskedAgain()
{
    JsonReceiver receiver;
    receiver.status = "429 Too Many Requests";
    receiver.more = "Retry-After: 1\r\n";
    qputenv("OTEL_METRICS_EXPORTER", "none");
    qputenv("OTEL_LOGS_EXPORTER", "none");
    ReportRig rig;
    rig.traceTo(receiver);
    rig.begin();
    qunsetenv("OTEL_METRICS_EXPORTER");
    qunsetenv("OTEL_LOGS_EXPORTER");
    QCOMPARE(rig.call().status, 200);
    QTRY_COMPARE(receiver.taken.size(), 1);
    receiver.status = "200 OK";
    QElapsedTimer since;
    since.start();
    QTRY_COMPARE(receiver.taken.size(), 2);
    QVERIFY2(since.elapsed() > 600, qPrintable(QString::number(since.elapsed()))); // a second, but for what had passed
    QCOMPARE(receiver.taken[1].body, receiver.taken[0].body);
    QTRY_COMPARE(rig.all().size(), 2); // busy; and that it takes them again
    QCOMPARE(rig.dropped(), 0.0);
}

void GatewayReportsTest::aReceiverThatRefusesCostsNoCall()
{
    JsonReceiver receiver;
    receiver.status = "400 Bad Request";
    qputenv("OTEL_METRICS_EXPORTER", "none");
    ReportRig rig;
    rig.traceTo(receiver);
    rig.begin();
    qunsetenv("OTEL_METRICS_EXPORTER");
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(rig.call().status, 200);
        QTRY_COMPARE(receiver.spans().size(), 3 * (i + 1));
    }
    QTRY_COMPARE(rig.dropped(), 9.0);
    QCOMPARE(rig.all().size(), 1);
    QVERIFY2(rig.all()[0].contains(QStringLiteral("400")), qPrintable(rig.all()[0]));
}

void GatewayReportsTest::aReceiverThatIsDownCostsNoCall()
{
    JsonReceiver receiver;
    ReportRig rig;
    rig.traceTo(receiver);
    receiver.close();
    rig.begin();
    for (int i = 0; i < 3; ++i)
        QCOMPARE(rig.call().status, 200);
    QTRY_COMPARE(rig.all().size(), 2); // traces and metrics; there was nothing to log
    QVERIFY(rig.engine.atRest());
}

void GatewayReportsTest::aReceiverThatLeavesOutAPartIsTold()
{
    JsonReceiver receiver;
    receiver.reply = R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}})";
    ReportRig rig;
    rig.traceTo(receiver);
    rig.begin();
    rig.call();
    QTRY_COMPARE(rig.dropped(), 2.0);
    QCOMPARE(rig.all().size(), 1);
    QVERIFY2(rig.all()[0].contains(QStringLiteral("too old")), qPrintable(rig.all()[0]));
}

void GatewayReportsTest::whatWaitsIsHandedOverAtTheEnd()
{
    JsonReceiver receiver;
    qputenv("OTEL_BSP_SCHEDULE_DELAY", "600000");
    qputenv("OTEL_METRIC_EXPORT_INTERVAL", "600000");
    ReportRig rig;
    rig.traceTo(receiver);
    rig.begin();
    rig.call();
    QTest::qWait(100);
    QVERIFY(receiver.taken.isEmpty());
    QSignalSpy drained(rig.gateway.get(), &Gateway::drained);
    rig.gateway->drain();
    QTRY_COMPARE(drained.size(), 1);
    QCOMPARE(receiver.spans().size(), 3);
    QCOMPARE(receiver.at("/v1/metrics").size(), 1);
    // One that does not answer holds nobody up for long.
    JsonReceiver silent;
    silent.silent = true;
    ReportRig other;
    other.traceTo(silent);
    other.begin();
    other.call();
    QSignalSpy ended(other.gateway.get(), &Gateway::drained);
    other.gateway->drain();
    QVERIFY(ended.wait(10'000));
}

void GatewayReportsTest::aChangedConfigurationIsFollowed()
{
    JsonReceiver first, second;
    ReportRig rig;
    rig.traceTo(first);
    rig.begin();
    rig.call();
    QTRY_COMPARE(first.spans().size(), 3);
    rig.traceTo(second);
    rig.engine.configure(rig.configuration);
    QTest::qWait(50);
    rig.call();
    QTRY_COMPARE(second.spans().size(), 3);
    QCOMPARE(first.spans().size(), 3);
    rig.configuration.reporting = {};
    rig.engine.configure(rig.configuration);
    QTest::qWait(50);
    rig.call();
    QTest::qWait(200);
    QCOMPARE(first.spans().size() + second.spans().size(), 6);
}

void GatewayReportsTest::anIncidentIsToldWithItsNumbers()
{
    JsonReceiver hook;
    qputenv("REPORTS_TEST_SECRET", "of the webhook");
    qputenv("REPORTS_TEST_URL", hook.url(QStringLiteral("/services/T1/secret")).toString().toLatin1());
    ReportRig rig;
    int healthy = 0;
    rig.provider.answer = [&](QTcpSocket *socket, int) {
        healthy ? RawServer::reply(socket, reportAnswer)
                : RawServer::reply(socket, "{\"error\":{\"message\":\"busy\"}}", "503 Service Unavailable");
    };
    rig.configuration.reporting.webhook = {QStringLiteral("env:REPORTS_TEST_URL"), QStringLiteral("env:REPORTS_TEST_SECRET")};
    rig.configuration.retry.maxAttempts = 1;
    rig.health.setIncidentRules({.openFailures = 2, .closeSuccesses = 1, .quiet = 0s});
    rig.begin();
    const auto pass = [&] { rig.health.advance(rig.clock.now(), rig.clock.wallNow()); };
    const auto expect = [&](int number, const char *kind) {
        QTRY_COMPARE(hook.taken.size(), number);
        const JsonReceiver::Taken &taken = hook.taken.last();
        QCOMPARE(taken.path, QByteArray("/services/T1/secret"));
        QCOMPARE(taken.json[QLatin1String("kind")].toString(), QString::fromLatin1(kind));
        const Incident &incident = rig.health.incidents().incidents().back();
        QCOMPARE(taken.json[QLatin1String("incident")].toObject(), toJson(incident));
        QCOMPARE(taken.json[QLatin1String("text")].toString(), toSentence(incident));
        QVERIFY2(taken.head.contains("x-retryscope-signature: sha256="
                                     + QMessageAuthenticationCode::hash(taken.body, "of the webhook", QCryptographicHash::Sha256).toHex()),
                 taken.head.constData());
    };
    rig.call();
    rig.call();
    expect(1, "incident.opened");
    QCOMPARE(hook.taken[0].json[QLatin1String("incident")][QLatin1String("failed_attempts")].toInt(),
             rig.count(EventKind::AttemptFinished));
    healthy = 1;
    rig.call();
    pass();
    expect(2, "incident.ended");
    healthy = 0;
    rig.call();
    rig.call();
    expect(3, "incident.reopened");
    healthy = 1;
    rig.call();
    pass();
    expect(4, "incident.ended");
    QTest::qWait(600);
    QCOMPARE(hook.taken.size(), 4);
    QVERIFY2(rig.all().isEmpty(), qPrintable(rig.all().join(QLatin1Char('\n'))));
}

void GatewayReportsTest::aWebhookThatIsDownIsTriedAgain()
{
    JsonReceiver hook;
    hook.status = "500 Internal Server Error";
    ReportRig rig;
    rig.provider.answer = [&](QTcpSocket *socket, int) {
        RawServer::reply(socket, "{\"error\":{\"message\":\"busy\"}}", "503 Service Unavailable");
    };
    rig.configuration.reporting.webhook.url = hook.url(QStringLiteral("/secret")).toString();
    rig.configuration.retry.maxAttempts = 1;
    rig.health.setIncidentRules({.openFailures = 2});
    rig.begin();
    rig.call();
    rig.call();
    QTRY_COMPARE(hook.taken.size(), 1);
    hook.status = "204 No Content";
    hook.reply.clear();
    QTRY_COMPARE(hook.taken.size(), 2);
    QCOMPARE(hook.taken[1].body, hook.taken[0].body);
    QTRY_COMPARE(rig.all().size(), 2);
    QVERIFY2(!rig.all()[0].contains(QStringLiteral("secret")), qPrintable(rig.all()[0]));
    QCOMPARE(rig.dropped(), 0.0);
}

SUITE_TEST(GatewayReportsTest)
#include "tst_gatewayreports.moc"
