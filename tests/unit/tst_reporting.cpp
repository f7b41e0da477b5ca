// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.h"
#include "config/providerfields.h"
#include "engine/credentials.h"
#include "gateway/accesslog.h"
#include "gateway/incidenthook.h"
#include "support/suite.h"

#include <QJsonDocument>
#include <QTest>

using namespace retryscope;

/// Whom a gateway tells of itself, in the file; and what it writes.
class ReportingTest : public QObject
{
    Q_OBJECT
private slots:
    void theFileComesBack();
    void whatIsWrongIsNamed_data();
    void whatIsWrongIsNamed();
    void aVariableThatIsNotSetIsWarnedOf();
    void theSchemaAndTheGuideNameBoth();
    void aLineHoldsNoSecret();
    void aLineHasOnlyWhatIsKnown();
    void theSignatureIsHmacSha256();

private:
    static LoadedConfiguration load(const QByteArray &keys)
    {
        return configurationFromJson(R"({"providers":[{"id":"a","protocol":"openai","base_url":"http://a/v1","model":"m"}],)" + keys
                                     + "}");
    }
};

void ReportingTest::theFileComesBack()
{
    const QByteArray keys = R"("otlp":{"endpoint":"http://c:4318","headers":{"authorization":"Bearer env:T"},"later":1},)"
                            R"("webhook":{"url":"env:HOOK","secret":"env:S","more":{"x":[1]}})";
    const LoadedConfiguration loaded = load(keys);
    QVERIFY(!hasErrors(loaded.issues));
    const Reporting &reporting = loaded.configuration.reporting;
    QCOMPARE(reporting.otlp.endpoint, QStringLiteral("http://c:4318"));
    QCOMPARE(reporting.otlp.headers.value(QStringLiteral("authorization")), QStringLiteral("Bearer env:T"));
    QCOMPARE(reporting.webhook.url, QStringLiteral("env:HOOK"));
    QCOMPARE(reporting.webhook.secret, QStringLiteral("env:S"));
    const QJsonDocument written = QJsonDocument::fromJson(toJson(loaded.configuration)), given = QJsonDocument::fromJson("{" + keys + "}");
    QCOMPARE(written[QLatin1String("otlp")], given[QLatin1String("otlp")]); // with the keys that nobody knows
    QCOMPARE(written[QLatin1String("webhook")], given[QLatin1String("webhook")]);
    QCOMPARE(configurationFromJson(toJson(loaded.configuration)).configuration, loaded.configuration);
    QVERIFY(QJsonDocument::fromJson(toJson(Configuration{}))[QLatin1String("otlp")].isUndefined());
}

void ReportingTest::whatIsWrongIsNamed_data()
{
    QTest::addColumn<QByteArray>("keys");
    QTest::addColumn<QString>("where");
    QTest::newRow("no object") << QByteArray(R"("otlp":"http://c")") << "otlp";
    QTest::newRow("a list") << QByteArray(R"("webhook":[])") << "webhook";
    QTest::newRow("no text") << QByteArray(R"("otlp":{"endpoint":4318})") << "otlp.endpoint";
    QTest::newRow("no address") << QByteArray(R"("otlp":{"endpoint":"localhost:4317"})") << "otlp.endpoint";
    QTest::newRow("a user in it") << QByteArray(R"("otlp":{"endpoint":"http://u:hunter2@c"})") << "otlp.endpoint";
    QTest::newRow("a query") << QByteArray(R"("otlp":{"endpoint":"http://c?key=hunter2"})") << "otlp.endpoint";
    QTest::newRow("headers in a list") << QByteArray(R"("otlp":{"headers":["a"]})") << "otlp.headers";
    QTest::newRow("a header that frames") << QByteArray(R"("otlp":{"headers":{"Content-Length":"1"}})") << "otlp.headers.Content-Length";
    QTest::newRow("a secret in a header") << QByteArray(R"("otlp":{"headers":{"x-api-key":"hunter2"}})") << "otlp.headers.x-api-key";
    QTest::newRow("a token in a header") << QByteArray(R"("otlp":{"headers":{"h":"Bearer hunter2"}})") << "otlp.headers.h";
    QTest::newRow("a line end in a header") << QByteArray(R"("otlp":{"headers":{"h":"a\r\nHost: hunter2"}})") << "otlp.headers.h";
    QTest::newRow("no scheme") << QByteArray(R"("webhook":{"url":"hunter2"})") << "webhook.url";
    QTest::newRow("another scheme") << QByteArray(R"("webhook":{"url":"ftp://hunter2/x"})") << "webhook.url";
    QTest::newRow("a literal secret") << QByteArray(R"("webhook":{"url":"http://h","secret":"hunter2"})") << "webhook.secret";
}

void ReportingTest::whatIsWrongIsNamed()
{
    QFETCH(const QByteArray, keys);
    QFETCH(const QString, where);
    const LoadedConfiguration loaded = load(keys);
    QVERIFY(hasErrors(loaded.issues));
    QCOMPARE(loaded.issues.size(), 1);
    QCOMPARE(loaded.issues[0].where, where);
    QVERIFY2(!loaded.issues[0].message.contains(QStringLiteral("hunter2")), qPrintable(loaded.issues[0].message));
}

void ReportingTest::aVariableThatIsNotSetIsWarnedOf()
{
    qunsetenv("REPORTING_TEST_NOTHING");
    qputenv("REPORTING_TEST_SET", "http://h");
    const LoadedConfiguration loaded = load(R"("otlp":{"endpoint":"http://c","headers":{"k":"env:REPORTING_TEST_NOTHING"}},)"
                                            R"("webhook":{"url":"env:REPORTING_TEST_SET","secret":"env:REPORTING_TEST_NOTHING"})");
    const ConfigIssues issues = keyIssues(loaded.configuration);
    QCOMPARE(issues.size(), 2);
    QVERIFY(!hasErrors(issues));
    QCOMPARE(issues[0].where, QStringLiteral("otlp.headers.k"));
    QCOMPARE(issues[1].where, QStringLiteral("webhook.secret"));
    QVERIFY2(issues[1].message.contains(QStringLiteral("REPORTING_TEST_NOTHING")), qPrintable(issues[1].message));
}

void ReportingTest::theSchemaAndTheGuideNameBoth()
{
    const QJsonValue properties = configurationSchema()[QLatin1String("properties")];
    QFile guide(QStringLiteral(SOURCE_ROOT "/docs/gateway.md"));
    QVERIFY(guide.open(QIODevice::ReadOnly));
    const QByteArray page = guide.readAll();
    for (const char *key : {"otlp", "webhook"}) {
        const QJsonObject fields = properties[QLatin1String(key)][QLatin1String("properties")].toObject();
        QCOMPARE(fields.size(), 2);
        for (const QString &field : fields.keys())
            QVERIFY2(page.contains('`' + QByteArray(key) + '.' + field.toLatin1() + '`'), qPrintable(field));
    }
}

void ReportingTest::aLineHoldsNoSecret()
{
    AccessRecord record;
    record.method = "GET";
    record.path = "/v1/rs-a-token-of-the-test/sk-proj-0123456789abcdef/AIzaSyA0123456789/\xff\x01\"";
    record.modelAsked = QStringLiteral("rs-a-token-of-the-test sk-ant-0123456789 ") + QString(5'000, u'x');
    const QByteArray line = toAccessLine(record, "rs-a-token-of-the-test");
    QVERIFY(line.endsWith('\n') && line.count('\n') == 1);
    QVERIFY2(line.size() < 2'000, line.constData());
    QVERIFY(!QJsonDocument::fromJson(line).isEmpty());
    for (const char *secret : {"rs-a-token", "sk-proj", "sk-ant", "AIzaSy"})
        QVERIFY2(!line.contains(secret), line.constData());
}

void ReportingTest::aLineHasOnlyWhatIsKnown()
{
    AccessRecord record;
    record.at = WallTime(std::chrono::milliseconds(1'790'000'000'123));
    record.method = "POST";
    record.path = "/v1/x";
    record.status = 401;
    record.duration = 1500us;
    const QJsonObject line = QJsonDocument::fromJson(toAccessLine(record, {})).object();
    QCOMPARE(line.keys(), QStringList({"bytes_in", "bytes_out", "duration_s", "method", "path", "status", "ts"}));
    QCOMPARE(line[QLatin1String("ts")].toString(), QStringLiteral("2026-09-21T14:13:20.123Z"));
    QCOMPARE(line[QLatin1String("duration_s")].toDouble(), 0.0015);
}

/// The example of RFC 4231, 4.3.
void ReportingTest::theSignatureIsHmacSha256()
{
    QCOMPARE(signatureOf("what do ya want for nothing?", "Jefe"),
             QByteArray("sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
}

SUITE_TEST(ReportingTest)
#include "tst_reporting.moc"
