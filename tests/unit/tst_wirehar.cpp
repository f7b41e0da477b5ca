// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"
#include "workbench/exchangehar.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace retryscope;

/// What went over the wire as a HAR 1.2 file: every field that the format requires, and no key.
class WireHarTest : public QObject
{
    Q_OBJECT
private slots:
    void hasAllItsRequiredFields();
    void timesAddUp();
    void noKeyStandsInIt();
    void anAttemptThatNeverAnsweredIsAnEntry();
    void nothingIsStillAValidFile();

private:
    static ExchangeRecord record()
    {
        ExchangeRecord r;
        r.call = CallId{7};
        r.attempt = 2;
        r.provider = QStringLiteral("openai");
        r.model = QStringLiteral("m");
        r.wall = WallTime(1'764'000'000'123ms);
        r.method = "POST";
        r.url = QUrl(QStringLiteral("https://user:pw@x.test/v1/chat?key=abc%26def&v=1%202"));
        r.requestHeaders = {{"Content-Type", "application/json"},
                            {"Authorization", "Bearer sk-secret-1"},
                            {"x-api-key", "secret-2"},
                            {"X-Goog-Api-Key", "secret-3"},
                            {"api-key", "secret-4"},
                            {"X-Team-Token", "secret-5"},
                            {"x-plain", "sk-secret-6"}};
        r.requestBody = "{\"messages\":[]}";
        r.requestSize = 15;
        r.sent = 20ms;
        r.head = 120ms;
        r.firstByte = 130ms;
        r.firstToken = 140ms;
        r.ended = 520ms;
        r.status = 200;
        r.responseHeaders = {{"content-type", "text/event-stream"},
                             {"x-ratelimit-remaining-tokens", "42"},
                             {"Set-Cookie", "secret-7"}};
        r.raw = "data: {}\n\n";
        r.received = 10;
        return r;
    }
    static QJsonObject log(const ExchangeRecords &records)
    {
        return QJsonDocument::fromJson(exchangesToHar(records, QStringLiteral("1.2.3"))).object()[QStringLiteral("log")].toObject();
    }
    static QJsonObject entry(const ExchangeRecord &record)
    {
        return log({record})[QStringLiteral("entries")].toArray().first().toObject();
    }
    static void has(const QJsonObject &object, const QStringList &names)
    {
        for (const QString &name : names)
            QVERIFY2(object.contains(name), qPrintable(name));
    }
};

void WireHarTest::hasAllItsRequiredFields()
{
    const QJsonObject whole = log({record()});
    has(whole, {"version", "creator", "entries"});
    QCOMPARE(whole["version"].toString(), QStringLiteral("1.2"));
    has(whole["creator"].toObject(), {"name", "version"});
    const QJsonObject one = entry(record());
    has(one, {"startedDateTime", "time", "request", "response", "cache", "timings", "_retryscope"});
    QVERIFY(QDateTime::fromString(one["startedDateTime"].toString(), Qt::ISODateWithMs).isValid());
    const QJsonObject request = one["request"].toObject(), response = one["response"].toObject();
    has(request, {"method", "url", "httpVersion", "cookies", "headers", "queryString", "postData", "headersSize", "bodySize"});
    has(request["postData"].toObject(), {"mimeType", "text"});
    has(response, {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"});
    has(response["content"].toObject(), {"size", "mimeType", "text"});
    has(one["timings"].toObject(), {"send", "wait", "receive"});
    QCOMPARE(response["content"]["text"].toString(), QStringLiteral("data: {}\n\n"));
    QCOMPARE(one["_retryscope"]["attempt"].toInt(), 2);
}

void WireHarTest::timesAddUp()
{
    const QJsonObject one = entry(record()), timings = one["timings"].toObject();
    QCOMPARE(timings["connect"].toDouble(), 20.0);
    QCOMPARE(timings["wait"].toDouble(), 100.0);
    QCOMPARE(timings["receive"].toDouble(), 400.0);
    QCOMPARE(one["time"].toDouble(), 520.0);
}

void WireHarTest::noKeyStandsInIt()
{
    const QByteArray har = exchangesToHar({record()}, {});
    for (const char *secret : {"secret-", "user", "pw@", "abc"})
        QVERIFY2(!har.contains(secret), secret);
    QCOMPARE(har.count("REDACTED"), 9); // six headers, the cookie, and the key in query and address
    const QJsonObject one = entry(record());
    QVERIFY(one["request"]["url"].toString().contains(QStringLiteral("v=1%202")));
    QVERIFY(har.contains("\"42\""));
}

void WireHarTest::anAttemptThatNeverAnsweredIsAnEntry()
{
    ExchangeRecord r = record();
    r.sent = r.head = r.firstByte = r.firstToken = std::nullopt;
    r.status = 0;
    r.responseHeaders.clear();
    r.raw.clear();
    r.received = 0;
    r.reason = RetryReason::NetworkTimeout;
    const QJsonObject one = entry(r), timings = one["timings"].toObject();
    QCOMPARE(timings["connect"].toDouble(), -1.0);
    QCOMPARE(timings["wait"].toDouble(), 520.0);
    QCOMPARE(timings["receive"].toDouble(), 0.0);
    QCOMPARE(one["response"]["status"].toInt(), 0);
    QCOMPARE(one["_retryscope"]["reason"].toString(), toKey(RetryReason::NetworkTimeout));
}

void WireHarTest::nothingIsStillAValidFile()
{
    QVERIFY(log({})["entries"].isArray());
    QVERIFY(log({ExchangeRecord{}})["entries"].toArray().isEmpty()); // not begun yet
}

SUITE_TEST(WireHarTest)
#include "tst_wirehar.moc"
