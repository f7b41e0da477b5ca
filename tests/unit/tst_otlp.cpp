// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/metrics.h"
#include "gateway/otlpsettings.h"
#include "support/suite.h"
#include "telemetry/otlp.h"

#include <QJsonDocument>
#include <QTest>

using namespace retryscope;

/// Events in OpenTelemetry's words, and where they go.
class OtlpTest : public QObject
{
    Q_OBJECT
private slots:
    void aCallIsASpanWithOneChildAnAttempt();
    void aCancelledAttemptIsNoError();
    void aCallersTraceIsGoneOnWith();
    void aCallThatItsCallerDoesNotTraceHasNoSpans();
    void badParentsAreNone_data();
    void badParentsAreNone();
    void anUnfinishedMountainOfCallsIsBounded();
    void aChangeOfACircuitIsALogRecord();
    void wholeRequestsNameTheConventions();
    void namesOfMetricsFollowTheTranslation();
    void histogramsAddUp();
    void addressesComeFromTheEnvironment_data();
    void addressesComeFromTheEnvironment();
    void theConfigurationStandsInPlaceOfTheEnvironment();
    void aReferenceThatIsNotSetIsNamed();

private:
    static constexpr qint64 wall = 1'790'000'000'000;
    /// The story of one call, on a time line of milliseconds since it began.
    struct Story
    {
        Events events;
        Event &add(EventKind kind, int ms, int attempt = 0, const QString &provider = {})
        {
            Event e;
            e.run = 7;
            e.seq = quint64(events.size() + 1);
            e.kind = kind;
            e.at = SteadyTime(std::chrono::milliseconds(5'000 + ms));
            e.wall = WallTime(std::chrono::milliseconds(wall + ms));
            e.call = CallId{42};
            e.attempt = attempt;
            e.provider = provider;
            events.append(e);
            return events.last();
        }
        QJsonArray spans(OtlpSpans &&from = {}) const
        {
            QJsonArray all;
            for (const Event &e : events) {
                for (const QJsonValue &span : from.onEvent(e))
                    all.append(span);
            }
            return all;
        }
    };
    static Story twoProviders();
    static ProviderConfigs providers();
    static QVariant attribute(const QJsonValue &of, const char *name)
    {
        for (const QJsonValue &one : of[QLatin1String("attributes")].toArray()) {
            if (one[QLatin1String("key")].toString() != QLatin1String(name))
                continue;
            const QJsonObject value = one[QLatin1String("value")].toObject();
            if (value.contains(QLatin1String("arrayValue")))
                return value[QLatin1String("arrayValue")][QLatin1String("values")][0][QLatin1String("stringValue")].toVariant();
            return value.begin()->toVariant();
        }
        return {};
    }
    static QString text(const QJsonValue &value, const char *key) { return value[QLatin1String(key)].toString(); }
    static Environment environment(const QMap<QByteArray, QByteArray> &values)
    {
        return [values](const QByteArray &name) { return values.value(name); };
    }
};

ProviderConfigs OtlpTest::providers()
{
    ProviderConfigs all = {{}, {}};
    all[0].id = QStringLiteral("a");
    all[0].protocol = *protocolFromKey(QStringLiteral("google_ai"));
    all[0].baseUrl = QUrl(QStringLiteral("https://a.test/v1"));
    all[1].id = QStringLiteral("b");
    all[1].protocol = *protocolFromKey(QStringLiteral("openai_compatible"));
    all[1].baseUrl = QUrl(QStringLiteral("http://b.test:8080/v1"));
    return all;
}

/// a fails twice, with a wait between; then b answers.
OtlpTest::Story OtlpTest::twoProviders()
{
    Story s;
    s.add(EventKind::CallSubmitted, 0).callerRepeat = 2;
    s.add(EventKind::AttemptStarted, 1, 1, QStringLiteral("a")).model = QStringLiteral("m");
    Event &failed = s.add(EventKind::AttemptFinished, 101, 1, QStringLiteral("a"));
    failed.reason = RetryReason::RateLimit;
    failed.status = 429;
    Event &wait = s.add(EventKind::RetryScheduled, 101, 1, QStringLiteral("a"));
    wait.reason = RetryReason::RateLimit;
    wait.delay = 500ms;
    wait.delaySource = DelaySource::Server;
    Event &again = s.add(EventKind::AttemptStarted, 601, 2, QStringLiteral("a"));
    again.model = QStringLiteral("m");
    again.reason = RetryReason::RateLimit;
    s.add(EventKind::AttemptFinished, 701, 2, QStringLiteral("a")).reason = RetryReason::NetworkTimeout;
    s.add(EventKind::FailedOver, 701, 2, QStringLiteral("a")).reason = RetryReason::NetworkTimeout;
    s.add(EventKind::AttemptStarted, 702, 3, QStringLiteral("b")).model = QStringLiteral("n");
    Event &answered = s.add(EventKind::AttemptFinished, 902, 3, QStringLiteral("b"));
    answered.status = 200;
    answered.firstToken = 50ms;
    answered.tokensIn = 3;
    answered.tokensOut = 5;
    answered.tokensCached = 1;
    answered.finish = QStringLiteral("stop");
    s.add(EventKind::CallFinished, 903).outcome = CallOutcome::RecoveredByFailover;
    return s;
}

void OtlpTest::aCallIsASpanWithOneChildAnAttempt()
{
    OtlpSpans from;
    from.configure(providers());
    const QJsonArray spans = twoProviders().spans(std::move(from));
    QCOMPARE(spans.size(), 4);
    const QJsonValue call = spans[0], first = spans[1], second = spans[2], third = spans[3];
    QCOMPARE(text(call, "name"), QStringLiteral("retryscope.call"));
    QCOMPARE(call[QLatin1String("kind")].toInt(), 1);
    QVERIFY(call[QLatin1String("status")].isUndefined() && call[QLatin1String("parentSpanId")].isUndefined());
    QCOMPARE(text(call, "startTimeUnixNano"), QStringLiteral("1790000000000000000"));
    QCOMPARE(text(call, "endTimeUnixNano"), QStringLiteral("1790000000903000000"));
    QCOMPARE(attribute(call, "retryscope.outcome"), QStringLiteral("recovered_by_failover"));
    QCOMPARE(attribute(call, "retryscope.attempts"), QStringLiteral("3"));
    QCOMPARE(attribute(call, "retryscope.caller_repeat"), QStringLiteral("2"));
    const QJsonArray waits = call[QLatin1String("events")].toArray();
    QCOMPARE(waits.size(), 1);
    QCOMPARE(text(waits[0], "name"), QStringLiteral("retryscope.backoff"));
    QCOMPARE(text(waits[0], "timeUnixNano"), QStringLiteral("1790000000101000000"));
    QCOMPARE(attribute(waits[0], "retryscope.retry.delay_s"), 0.5);
    QCOMPARE(attribute(waits[0], "retryscope.delay.source"), QStringLiteral("server"));
    QSet<QString> ids;
    for (const QJsonValue &span : spans) {
        QCOMPARE(text(span, "traceId"), text(call, "traceId"));
        QCOMPARE(text(span, "traceId").size(), 32);
        QCOMPARE(text(span, "spanId").size(), 16);
        ids.insert(text(span, "spanId"));
    }
    QCOMPARE(ids.size(), 4);
    for (const QJsonValue &child : {first, second, third}) {
        QCOMPARE(text(child, "parentSpanId"), text(call, "spanId"));
        QCOMPARE(child[QLatin1String("kind")].toInt(), 3);
    }
    QCOMPARE(text(first, "name"), QStringLiteral("generate_content m"));
    QCOMPARE(attribute(first, "gen_ai.provider.name"), QStringLiteral("gcp.gemini"));
    QCOMPARE(attribute(first, "server.address"), QStringLiteral("a.test"));
    QCOMPARE(attribute(first, "server.port"), QStringLiteral("443"));
    QCOMPARE(attribute(first, "error.type"), QStringLiteral("rate_limit"));
    QCOMPARE(attribute(first, "http.response.status_code"), QStringLiteral("429"));
    QCOMPARE(first[QLatin1String("status")][QLatin1String("code")].toInt(), 2);
    QVERIFY(!attribute(first, "http.request.resend_count").isValid());
    QCOMPARE(attribute(second, "http.request.resend_count"), QStringLiteral("1"));
    QCOMPARE(attribute(second, "retryscope.attempt.number"), QStringLiteral("2"));
    QCOMPARE(attribute(second, "retryscope.retry.reason"), QStringLiteral("rate_limit"));
    QCOMPARE(attribute(second, "retryscope.retry.delay_s"), 0.5);
    QCOMPARE(text(third, "name"), QStringLiteral("chat n"));
    QCOMPARE(text(third, "startTimeUnixNano"), QStringLiteral("1790000000702000000"));
    QCOMPARE(text(third, "endTimeUnixNano"), QStringLiteral("1790000000902000000"));
    QCOMPARE(attribute(third, "gen_ai.provider.name"), QStringLiteral("b"));
    QCOMPARE(attribute(third, "retryscope.endpoint"), QStringLiteral("b"));
    QCOMPARE(attribute(third, "retryscope.retry.reason"), QStringLiteral("network_timeout"));
    QVERIFY(!attribute(third, "http.request.resend_count").isValid() && !attribute(third, "error.type").isValid());
    QCOMPARE(attribute(third, "gen_ai.response.time_to_first_chunk"), 0.05);
    QCOMPARE(attribute(third, "gen_ai.response.finish_reasons"), QStringLiteral("stop"));
    QCOMPARE(attribute(third, "gen_ai.usage.input_tokens"), QStringLiteral("3"));
    QCOMPARE(attribute(third, "gen_ai.usage.output_tokens"), QStringLiteral("5"));
    QCOMPARE(attribute(third, "gen_ai.usage.cache_read.input_tokens"), QStringLiteral("1"));
}

void OtlpTest::aCancelledAttemptIsNoError()
{
    Story s;
    s.add(EventKind::CallSubmitted, 0);
    s.add(EventKind::AttemptStarted, 1, 1, QStringLiteral("a"));
    s.add(EventKind::AttemptFinished, 9, 1, QStringLiteral("a")).reason = RetryReason::Cancelled;
    Event &end = s.add(EventKind::CallFinished, 10);
    end.outcome = CallOutcome::Cancelled;
    end.reason = RetryReason::Cancelled;
    const QJsonArray spans = s.spans();
    QCOMPARE(spans.size(), 2);
    for (const QJsonValue &span : spans) {
        QVERIFY(span[QLatin1String("status")].isUndefined());
        QVERIFY(!attribute(span, "error.type").isValid());
        QCOMPARE(attribute(span, "retryscope.outcome"), QStringLiteral("cancelled"));
    }
}

void OtlpTest::aCallersTraceIsGoneOnWith()
{
    OtlpSpans from;
    const auto parent = traceParentFrom("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    QVERIFY(parent);
    from.setParent(CallId{42}, *parent);
    const QJsonArray spans = twoProviders().spans(std::move(from));
    QCOMPARE(spans.size(), 4);
    QCOMPARE(text(spans[0], "parentSpanId"), QStringLiteral("00f067aa0ba902b7"));
    for (const QJsonValue &span : spans)
        QCOMPARE(text(span, "traceId"), QStringLiteral("4bf92f3577b34da6a3ce929d0e0e4736"));
    QCOMPARE(text(spans[1], "parentSpanId"), text(spans[0], "spanId"));
}

void OtlpTest::aCallThatItsCallerDoesNotTraceHasNoSpans()
{
    OtlpSpans from;
    from.setParent(CallId{42}, *traceParentFrom("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"));
    QCOMPARE(twoProviders().spans(std::move(from)).size(), 0);
}

void OtlpTest::badParentsAreNone_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<bool>("good");
    const QByteArray good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    QTest::newRow("good") << good << true;
    QTest::newRow("of a later version, with more behind") << "01" + good.mid(2) + "-more" << true;
    QTest::newRow("of this version, with more behind") << good + "-more" << false;
    QTest::newRow("too short") << good.chopped(1) << false;
    QTest::newRow("no version") << "ff" + good.mid(2) << false;
    QTest::newRow("capitals") << good.toUpper() << false;
    QTest::newRow("trace of zeros") << QByteArray("00-" + QByteArray(32, '0') + "-00f067aa0ba902b7-01") << false;
    QTest::newRow("span of zeros") << QByteArray("00-4bf92f3577b34da6a3ce929d0e0e4736-" + QByteArray(16, '0') + "-01") << false;
    QTest::newRow("nothing") << QByteArray() << false;
}

void OtlpTest::badParentsAreNone()
{
    QFETCH(const QByteArray, header);
    QFETCH(const bool, good);
    QCOMPARE(traceParentFrom(header).has_value(), good);
}

void OtlpTest::anUnfinishedMountainOfCallsIsBounded()
{
    OtlpSpans from;
    Event e;
    for (quint64 i = 1; i <= OtlpSpans::mostCalls + 5; ++i) {
        e.call = CallId{i};
        QVERIFY(from.onEvent(e).isEmpty());
    }
    QCOMPARE(from.dropped(), quint64(5));
    e.kind = EventKind::CallFinished;
    QVERIFY(from.onEvent(e).isEmpty()); // one of those that were left out
    e.call = CallId{1};
    QCOMPARE(from.onEvent(e).size(), 1);
}

void OtlpTest::aChangeOfACircuitIsALogRecord()
{
    Story s;
    Event &e = s.add(EventKind::CircuitChanged, 0, 0, QStringLiteral("a"));
    e.circuitTo = CircuitState::Open;
    e.scope = Scope::Provider;
    e.reason = RetryReason::ServerError;
    const auto record = otlpLog(e);
    QVERIFY(record);
    QCOMPARE(text(*record, "eventName"), QStringLiteral("retryscope.circuit.changed"));
    QCOMPARE(text(*record, "severityText"), QStringLiteral("WARN"));
    QCOMPARE(attribute(*record, "retryscope.circuit.from"), QStringLiteral("closed"));
    QCOMPARE(attribute(*record, "retryscope.circuit.to"), QStringLiteral("open"));
    QCOMPARE(attribute(*record, "error.type"), QStringLiteral("server_error"));
    QVERIFY(!(*record)[QLatin1String("body")][QLatin1String("stringValue")].toString().isEmpty());
    e.circuitTo = CircuitState::Closed;
    QCOMPARE(text(*otlpLog(e), "severityText"), QStringLiteral("INFO"));
    for (int kind = 0; kind <= int(EventKind::ProviderSkipped); ++kind) {
        e.kind = EventKind(kind);
        QCOMPARE(otlpLog(e).has_value(), e.kind == EventKind::CircuitChanged);
    }
}

void OtlpTest::wholeRequestsNameTheConventions()
{
    const OtlpResource resource{{{QStringLiteral("service.name"), QStringLiteral("x")}}, QStringLiteral("1.2")};
    const QJsonDocument all = QJsonDocument::fromJson(otlpTraces(resource, twoProviders().spans()));
    const QJsonValue one = all[QLatin1String("resourceSpans")][0];
    QCOMPARE(attribute(one[QLatin1String("resource")], "service.name"), QStringLiteral("x"));
    const QJsonValue scope = one[QLatin1String("scopeSpans")][0];
    QVERIFY(text(scope, "schemaUrl").startsWith(QStringLiteral("https://opentelemetry.io/schemas/")));
    QCOMPARE(scope[QLatin1String("scope")][QLatin1String("version")].toString(), QStringLiteral("1.2"));
    QCOMPARE(scope[QLatin1String("spans")].toArray().size(), 4);
}

/// One name follows from the other.
void OtlpTest::namesOfMetricsFollowTheTranslation()
{
    Metrics metrics;
    for (const Event &e : twoProviders().events)
        metrics.onEvent(e);
    for (const MetricSeries &series : metrics.set({}, {})) {
        const MetricFamily &family = *series.family;
        QString name = QString::fromLatin1(family.otel).replace(QLatin1Char('.'), QLatin1Char('_'));
        if (qstrcmp(family.unit, "s") == 0)
            name += QStringLiteral("_seconds");
        if (qstrcmp(family.unit, "1") == 0)
            name += QStringLiteral("_ratio");
        if (family.kind == MetricKind::Counter)
            name += QStringLiteral("_total");
        QCOMPARE(QString::fromLatin1(family.name), name);
    }
}

void OtlpTest::histogramsAddUp()
{
    Metrics metrics;
    for (const Event &e : twoProviders().events)
        metrics.onEvent(e);
    const QJsonArray list = otlpMetricList(metrics.set({}, {3, 0.5, 7}), otlpPeers(providers()), WallTime{}, WallTime(1s));
    QMap<QString, QJsonObject> byName;
    for (const QJsonValue &one : list)
        byName[text(one, "name")] = one.toObject();
    const QJsonValue usage = byName.value(QStringLiteral("gen_ai.client.token.usage"))[QLatin1String("histogram")];
    QCOMPARE(usage[QLatin1String("aggregationTemporality")].toInt(), 2);
    const QJsonArray points = usage[QLatin1String("dataPoints")].toArray();
    QCOMPARE(points.size(), 2);
    for (const QJsonValue &point : points) {
        qint64 sum = 0;
        for (const QJsonValue &count : point[QLatin1String("bucketCounts")].toArray())
            sum += count.toString().toLongLong();
        QCOMPARE(sum, 1);
        QCOMPARE(point[QLatin1String("bucketCounts")].toArray().size(), point[QLatin1String("explicitBounds")].toArray().size() + 1);
        QCOMPARE(point[QLatin1String("explicitBounds")].toArray().last().toDouble(), 67108864.0);
        QCOMPARE(attribute(point, "gen_ai.provider.name"), QStringLiteral("b"));
        QCOMPARE(attribute(point, "gen_ai.operation.name"), QStringLiteral("chat"));
    }
    const QJsonValue dropped = byName.value(QStringLiteral("retryscope.events.dropped"))[QLatin1String("sum")];
    QCOMPARE(dropped[QLatin1String("dataPoints")][0][QLatin1String("asDouble")].toDouble(), 7.0);
    QVERIFY(dropped[QLatin1String("isMonotonic")].toBool());
    const QJsonValue left = byName.value(QStringLiteral("retryscope.retry.budget.remaining"))[QLatin1String("gauge")];
    QCOMPARE(left[QLatin1String("dataPoints")][0][QLatin1String("asDouble")].toDouble(), 0.5);
}

void OtlpTest::addressesComeFromTheEnvironment_data()
{
    QTest::addColumn<QByteArray>("variables"); // NAME=VALUE, without the beginning of the name, between semicolons
    QTest::addColumn<QStringList>("addresses");
    QTest::newRow("nothing") << QByteArray() << QStringList{"", "", ""};
    QTest::newRow("one for all") << QByteArray("EXPORTER_OTLP_ENDPOINT=http://c:4318")
                                 << QStringList{"http://c:4318/v1/traces", "http://c:4318/v1/metrics", "http://c:4318/v1/logs"};
    QTest::newRow("with a path") << QByteArray("EXPORTER_OTLP_ENDPOINT=https://c/otlp/")
                                 << QStringList{"https://c/otlp/v1/traces", "https://c/otlp/v1/metrics", "https://c/otlp/v1/logs"};
    QTest::newRow("one signal as it is") << QByteArray("EXPORTER_OTLP_TRACES_ENDPOINT=http://t/here")
                                         << QStringList{"http://t/here", "", ""};
    QTest::newRow("one signal off") << QByteArray("EXPORTER_OTLP_ENDPOINT=http://c;METRICS_EXPORTER=none")
                                    << QStringList{"http://c/v1/traces", "", "http://c/v1/logs"};
    QTest::newRow("all off") << QByteArray("EXPORTER_OTLP_ENDPOINT=http://c;SDK_DISABLED=TRUE") << QStringList{"", "", ""};
    QTest::newRow("no address") << QByteArray("EXPORTER_OTLP_ENDPOINT=localhost:4317") << QStringList{"error"};
}

void OtlpTest::addressesComeFromTheEnvironment()
{
    QFETCH(const QByteArray, variables);
    QFETCH(const QStringList, addresses);
    QMap<QByteArray, QByteArray> values{{"OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b, y = 2"},
                                        {"OTEL_EXPORTER_OTLP_LOGS_HEADERS", "z=3"},
                                        {"OTEL_EXPORTER_OTLP_TIMEOUT", "1500"},
                                        {"OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test%2C1,service.name=no"},
                                        {"OTEL_SERVICE_NAME", "mine"}};
    for (const QByteArray &one : variables.split(';'))
        values["OTEL_" + one.left(one.indexOf('='))] = one.mid(one.indexOf('=') + 1);
    const auto settings = otlpSettings({}, environment(values), 255);
    QCOMPARE(bool(settings), addresses != QStringList{QStringLiteral("error")});
    if (!settings) {
        QVERIFY2(settings.error().contains(QStringLiteral("OTEL_EXPORTER_OTLP_ENDPOINT")), qPrintable(settings.error()));
        return;
    }
    for (std::size_t i = 0; i < otlpSignals.size(); ++i) {
        const OtlpRoute &route = settings->routes[i];
        QCOMPARE(route.request.url.toString(), addresses[qsizetype(i)]);
        if (!route.isOn())
            continue;
        QCOMPARE(route.timeout, Duration(1500ms));
        QCOMPARE(headerValue(route.request.headers, "content-type"), QByteArray("application/json"));
        const bool isLogs = otlpSignals[i] == OtlpSignal::Logs;
        QCOMPARE(headerValue(route.request.headers, "x-key"), isLogs ? QByteArray() : QByteArray("a b"));
        QCOMPARE(headerValue(route.request.headers, "z"), isLogs ? QByteArray("3") : QByteArray());
        QCOMPARE(settings->resource.attributes.at(QStringLiteral("service.name")), QStringLiteral("mine"));
        QCOMPARE(settings->resource.attributes.at(QStringLiteral("deployment.environment")), QStringLiteral("test,1"));
        QCOMPARE(settings->resource.attributes.at(QStringLiteral("service.instance.id")), QStringLiteral("ff"));
    }
}

void OtlpTest::theConfigurationStandsInPlaceOfTheEnvironment()
{
    qputenv("OTLP_TEST_KEY", "of-the-test");
    OtlpTarget target{QStringLiteral("http://here:1/x"), {{QStringLiteral("authorization"), QStringLiteral("Bearer env:OTLP_TEST_KEY")}}};
    const auto settings = otlpSettings(target, environment({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://there"},
                                                            {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://elsewhere"},
                                                            {"OTEL_EXPORTER_OTLP_HEADERS", "a=b"}}),
                                       1);
    QVERIFY(settings);
    QCOMPARE(settings->routes[2].request.url.toString(), QStringLiteral("http://here:1/x/v1/logs"));
    QCOMPARE(headerValue(settings->routes[2].request.headers, "authorization"), QByteArray("Bearer of-the-test"));
    QVERIFY(headerValue(settings->routes[2].request.headers, "a").isEmpty());
}

void OtlpTest::aReferenceThatIsNotSetIsNamed()
{
    qunsetenv("OTLP_TEST_NOTHING");
    const auto settings = otlpSettings({QStringLiteral("http://here"), {{QStringLiteral("k"), QStringLiteral("env:OTLP_TEST_NOTHING")}}},
                                       environment({}), 1);
    QVERIFY(!settings);
    QVERIFY2(settings.error().contains(QStringLiteral("OTLP_TEST_NOTHING")), qPrintable(settings.error()));
}

SUITE_TEST(OtlpTest)
#include "tst_otlp.moc"
