// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"
#include "words/callstory.h"
#include "telemetry/csv.h"
#include "telemetry/exporters.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace retryscope;

namespace {

/// RFC 4180, as a spreadsheet reads it.
QVector<QStringList> parseCsv(const QByteArray &bytes)
{
    QVector<QStringList> rows;
    QStringList row;
    QString cell;
    bool quoted = false;
    const QString text = QString::fromUtf8(bytes);
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        if (quoted && c == QLatin1Char('"') && i + 1 < text.size() && text[i + 1] == QLatin1Char('"')) {
            cell += text[++i];
        } else if (c == QLatin1Char('"')) {
            quoted = !quoted;
        } else if (!quoted && c == QLatin1Char(',')) {
            row << std::exchange(cell, {});
        } else if (!quoted && c == QLatin1Char('\r') && text.mid(i, 2) == QStringLiteral("\r\n")) {
            rows << (row << std::exchange(cell, {}));
            row.clear();
            ++i;
        } else {
            cell += c;
        }
    }
    return rows;
}

Event at(EventKind kind, Duration when, quint64 call = 7, int attempt = 1)
{
    static quint64 seq = 0;
    Event e;
    e.seq = ++seq;
    e.kind = kind;
    e.at = SteadyTime(when);
    e.wall = WallTime(1'700'000'000s + std::chrono::duration_cast<std::chrono::milliseconds>(when));
    e.call = CallId{call};
    e.attempt = attempt;
    e.maxAttempts = 4;
    e.provider = QStringLiteral("openai");
    e.model = QStringLiteral("gpt");
    e.simulated = true;
    return e;
}

Events oneCall()
{
    Event failed = at(EventKind::AttemptFinished, 800ms);
    failed.reason = RetryReason::RateLimit;
    failed.status = 429;
    failed.duration = 300ms;
    failed.delivery = Delivery::Answered;
    failed.rule = QStringLiteral("openai/code rate_limit_exceeded");
    failed.detail =
        QStringLiteral("=HYPERLINK(\"http://x\"), \"slow\" down\nsee https://x/y?key=SECRET1&a=1 or Bearer SECRET2");
    failed.headers = {{QStringLiteral("retry-after"), QStringLiteral("3")},
                      {QStringLiteral("Authorization"), QStringLiteral("SECRET3")},
                      {QStringLiteral("content-type"), QStringLiteral("application/json")}};
    failed.limits = {{LimitKind::Requests, 60, 0, Duration(20s), false}};
    Event wait = at(EventKind::RetryScheduled, 800ms);
    wait.reason = RetryReason::RateLimit;
    wait.delay = 3s;
    wait.delaySource = DelaySource::Server;
    Event good = at(EventKind::AttemptFinished, 5s, 7, 2);
    good.status = 200;
    good.duration = 1'200ms;
    good.firstToken = 400ms;
    good.tokensIn = 12;
    good.tokensOut = 34;
    good.costUsd = 0.00021;
    good.delivery = Delivery::Answered;
    Event done = at(EventKind::CallFinished, 5s, 7, 2);
    done.outcome = CallOutcome::RecoveredByRetry;
    done.duration = 5s;
    return {at(EventKind::CallSubmitted, 0s, 7, 0),
            at(EventKind::AttemptQueued, 0s),
            at(EventKind::AttemptStarted, 500ms), failed, wait,
            at(EventKind::AttemptStarted, 3'800ms, 7, 2), good, done,
            at(EventKind::AttemptStarted, 6s, 8)};
}

QJsonObject har(const Events &events, const ExportOptions &options = {})
{
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(encode(events, EventFormat::Har, options), &error);
    return error.error == QJsonParseError::NoError ? document.object()[QLatin1String("log")].toObject() : QJsonObject();
}

} // namespace

class ExportersTest : public QObject
{
    Q_OBJECT
private slots:
    void jsonLinesReadBackAsTheSameEvents();
    void csvReadsBackCellByCell();
    void cellsAreNeverFormulas_data();
    void cellsAreNeverFormulas();
    void harHasAllItsRequiredFields();
    void harTimesAreTheAttempts();
    void harNamesEndpointsWithoutSecrets();
    void noFormatShowsASecret();
    void nothingIsStillAValidFile();
    void writesAtomicallyAndReportsProgress();
    void aStoppedExportLeavesTheOldFile();
    void aPlaceThatCannotBeWrittenIsNamed();
    void theStoryTellsRuleHeadersAndLimits();
};

void ExportersTest::jsonLinesReadBackAsTheSameEvents()
{
    const Events events = oneCall();
    const QList<QByteArray> lines = encode(events, EventFormat::JsonLines).split('\n');
    QCOMPARE(lines.size(), events.size() + 1);
    for (qsizetype i = 0; i < events.size(); ++i) {
        const auto event = eventFromJson(QJsonDocument::fromJson(lines[i]).object());
        QVERIFY(event.has_value());
        QCOMPARE(event->seq, events[i].seq);
        QCOMPARE(event->at, events[i].at);
        QCOMPARE(event->wall, events[i].wall);
        QCOMPARE(event->kind, events[i].kind);
        QCOMPARE(event->reason, events[i].reason);
        QCOMPARE(event->limits, events[i].limits);
        QVERIFY(event->simulated);
    }
}

void ExportersTest::csvReadsBackCellByCell()
{
    const Events events = oneCall();
    const auto rows = parseCsv(encode(events, EventFormat::Csv));
    QCOMPARE(rows.size(), events.size() + 1);
    const auto column = [&](const char *name) { return rows[0].indexOf(QLatin1String(name)); };
    for (const QStringList &row : rows)
        QCOMPARE(row.size(), rows[0].size());
    const QStringList &failed = rows[4];
    QCOMPARE(failed[column("reason")], QStringLiteral("rate_limit"));
    QCOMPARE(failed[column("status")], QStringLiteral("429"));
    QCOMPARE(failed[column("duration_s")].toDouble(), 0.3);
    QCOMPARE(failed[column("simulated")], QStringLiteral("true"));
    QVERIFY(failed[column("detail")].startsWith(QStringLiteral("'=HYPERLINK(\"http://x\"), \"slow\" down\nsee ")));
    QCOMPARE(QJsonDocument::fromJson(failed[column("headers")].toUtf8())[QLatin1String("retry-after")].toString(),
             QStringLiteral("3"));
    QCOMPARE(rows[5][column("delay_s")].toDouble(), 3.0);
}

void ExportersTest::cellsAreNeverFormulas_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("cell");
    QTest::newRow("formula") << QStringLiteral("=1+1") << QStringLiteral("'=1+1");
    QTest::newRow("plus") << QStringLiteral("+49") << QStringLiteral("'+49");
    QTest::newRow("minus") << QStringLiteral("-2") << QStringLiteral("'-2");
    QTest::newRow("at") << QStringLiteral("@SUM(A1)") << QStringLiteral("'@SUM(A1)");
    QTest::newRow("tab in front") << QStringLiteral("\t=1") << QStringLiteral("'\t=1");
    QTest::newRow("formula in quotes") << QStringLiteral("=A1,\"x\"") << QStringLiteral("\"'=A1,\"\"x\"\"\"");
    QTest::newRow("a sign inside is harmless") << QStringLiteral("a=b") << QStringLiteral("a=b");
    QTest::newRow("line break") << QStringLiteral("a\nb") << QStringLiteral("\"a\nb\"");
    QTest::newRow("empty") << QString() << QString();
}

void ExportersTest::cellsAreNeverFormulas()
{
    QFETCH(QString, text);
    QTEST(csvCell(text), "cell");
}

void ExportersTest::harHasAllItsRequiredFields()
{
    const QJsonObject log = har(oneCall(), {{}, QStringLiteral("1.2.3")});
    QCOMPARE(log[QLatin1String("version")].toString(), QStringLiteral("1.2"));
    QCOMPARE(log[QLatin1String("creator")][QLatin1String("version")].toString(), QStringLiteral("1.2.3"));
    QVERIFY(log[QLatin1String("comment")].toString().contains(QStringLiteral("1 attempts without an end")));
    const QJsonArray entries = log[QLatin1String("entries")].toArray();
    QCOMPARE(entries.size(), 2);
    const std::pair<const char *, QVector<const char *>> required[] = {
        {"request", {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"}},
        {"response",
         {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize",
          "bodySize"}},
        {"timings", {"send", "wait", "receive"}},
    };
    for (const QJsonValue &entry : entries) {
        for (const char *key : {"startedDateTime", "time", "cache", "_retryscope"})
            QVERIFY2(!entry[QLatin1String(key)].isUndefined(), key);
        for (const auto &[object, keys] : required) {
            for (const char *key : keys)
                QVERIFY2(!entry[QLatin1String(object)][QLatin1String(key)].isUndefined(), key);
        }
        QVERIFY(entry[QLatin1String("response")][QLatin1String("content")][QLatin1String("mimeType")].isString());
        QVERIFY(entry[QLatin1String("_retryscope")][QLatin1String("simulated")].toBool());
    }
}

void ExportersTest::harTimesAreTheAttempts()
{
    const QJsonArray entries = har(oneCall())[QLatin1String("entries")].toArray();
    const QJsonValue first = entries[0], second = entries[1];
    QCOMPARE(first[QLatin1String("timings")][QLatin1String("blocked")].toDouble(), 500.0);
    QCOMPARE(first[QLatin1String("timings")][QLatin1String("wait")].toDouble(), 300.0);
    QCOMPARE(first[QLatin1String("time")].toDouble(), 800.0);
    QCOMPARE(first[QLatin1String("startedDateTime")].toString(), QStringLiteral("2023-11-14T22:13:20.500Z"));
    QCOMPARE(second[QLatin1String("timings")][QLatin1String("blocked")].toDouble(), -1.0);
    QCOMPARE(second[QLatin1String("timings")][QLatin1String("connect")].toDouble(), -1.0);
    QCOMPARE(second[QLatin1String("timings")][QLatin1String("wait")].toDouble(), 400.0);
    QCOMPARE(second[QLatin1String("timings")][QLatin1String("receive")].toDouble(), 800.0);
    QCOMPARE(second[QLatin1String("response")][QLatin1String("status")].toInt(), 200);
}

void ExportersTest::harNamesEndpointsWithoutSecrets()
{
    ExportOptions options;
    options.endpoints[QStringLiteral("openai")] =
        QUrl(QStringLiteral("https://user:SECRET@api.example.org/v1?key=SECRET&plan=SECRET"));
    const QJsonValue request = har(oneCall(), options)[QLatin1String("entries")][0][QLatin1String("request")];
    QCOMPARE(request[QLatin1String("url")].toString(),
             QStringLiteral("https://api.example.org/v1?key=REDACTED&plan=REDACTED"));
    QCOMPARE(request[QLatin1String("queryString")].toArray().size(), 2);
    const QJsonValue unknown = har(oneCall())[QLatin1String("entries")][0][QLatin1String("request")];
    QCOMPARE(QUrl(unknown[QLatin1String("url")].toString()).host(), QStringLiteral("unknown.invalid"));
}

void ExportersTest::noFormatShowsASecret()
{
    for (const auto format : {EventFormat::JsonLines, EventFormat::Csv, EventFormat::Har}) {
        const QByteArray bytes = encode(oneCall(), format);
        QVERIFY2(!bytes.contains("SECRET"), bytes.constData());
        QVERIFY(bytes.contains("REDACTED"));
    }
}

void ExportersTest::nothingIsStillAValidFile()
{
    QCOMPARE(encode({}, EventFormat::JsonLines), QByteArray());
    QCOMPARE(parseCsv(encode({}, EventFormat::Csv)).size(), 1);
    QVERIFY(har({})[QLatin1String("entries")].isArray());
}

void ExportersTest::writesAtomicallyAndReportsProgress()
{
    QTemporaryDir folder;
    Events events;
    for (int i = 0; i < 300; ++i)
        events += oneCall();
    for (const auto format : {EventFormat::JsonLines, EventFormat::Csv, EventFormat::Har}) {
        const QString path = folder.filePath(QStringLiteral("events.") + suffixOf(format));
        QVector<double> steps;
        const auto size = exportEvents(events, format, path, {}, [&](double done) { steps << done; return true; });
        QVERIFY(bool(size));
        QVERIFY(steps.size() > 3 && std::is_sorted(steps.begin(), steps.end()) && steps.last() == 1.0);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), encode(events, format));
        QCOMPARE(file.size(), *size);
    }
}

void ExportersTest::aStoppedExportLeavesTheOldFile()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("events.csv"));
    QVERIFY(bool(writeFile("old", path)));
    Events events;
    for (int i = 0; i < 300; ++i)
        events += oneCall();
    const auto size = exportEvents(events, EventFormat::Csv, path, {}, [](double) { return false; });
    QVERIFY(!size);
    QVERIFY(size.error().contains(QStringLiteral("stopped")));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("old"));
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 1);
}

void ExportersTest::aPlaceThatCannotBeWrittenIsNamed()
{
    const QString path = QStringLiteral("/nonexistent/folder/events.har");
    const auto size = exportEvents(oneCall(), EventFormat::Har, path);
    QVERIFY(!size);
    QVERIFY2(size.error().startsWith(path) && size.error().contains(QStringLiteral("choose another place")),
             qPrintable(size.error()));
}

void ExportersTest::theStoryTellsRuleHeadersAndLimits()
{
    Events events = oneCall();
    events.removeLast();
    const CallStory story = tellStory(events);
    QCOMPARE(story.size(), events.size());
    const QString text = toText(story);
    for (const char *part :
         {"+800 ms  1. openai: rate limited (429) after 300 ms.", "    Rule: openai/code rate_limit_exceeded",
          "    Headers: retry-after: 3; ", "    Limits: requests: 0 of 60 left, full again in 20.0 s",
          "Waits 3.0 s (the server asked for it).", "    Usage: 12 tokens in, 34 out, $0.00021",
          "Recovered by retry: done in 5.0 s with 2 attempts."})
        QVERIFY2(text.contains(QLatin1String(part)), qPrintable(text));
    QVERIFY(tellStory({}).isEmpty());
}

SUITE_TEST(ExportersTest)
#include "tst_exporters.moc"
