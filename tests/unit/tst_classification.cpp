// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/retryafter.h"
#include "base/text.h"
#include "base/timeformat.h"
#include "protocols/answerreader.h"
#include "support/suite.h"
#include "unit/answerrows.h"

#include <QTest>
#include <QTimeZone>

using namespace retryscope;
using namespace retryscope::rows;

namespace {

// Everything happens on Tuesday, 24 November 2026, 10:00 UTC: two in the morning in California.
const WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 10h;

/// "rate_limit model retry failure hint=20 block=60 limit=2 <rule>", without what is not set.
QString describe(const Classification &c)
{
    static const char *const scopes[] = {"request", "model", "provider", "account"}, *const healths[] = {"success",
                                                                                                         "failure",
                                                                                                         "ignored"};
    const char *verdict =
        c.retryHere ? (c.failoverHelps ? "retry" : "retry_only") : (c.failoverHelps ? "away" : "stop");
    QStringList words{toKey(c.reason), QLatin1String(scopes[int(c.scope)]), QLatin1String(verdict),
                      QLatin1String(healths[int(c.health)])};
    const auto add = [&](const char *name, const std::optional<Duration> &d) {
        if (d)
            words << QLatin1String(name) + QString::number(toSeconds(*d), 'g', 10);
    };
    add("hint=", c.hint);
    add("block=", c.blockFor);
    if (c.retryLimit)
        words << QStringLiteral("limit=%1").arg(c.retryLimit);
    words << toText(c.rule);
    return words.join(QLatin1Char(' '));
}

FailureFacts factsOf(const Row &row)
{
    FailureFacts facts{.status = row.status};
    facts.vendor = row.vendor;
    readErrorBody(row.body, &facts);
    readErrorHeaders(row.headers, now, &facts);
    return facts;
}

struct StreamResult { QString description; QString text; QString delta; Answer answer; };
StreamResult readAnswer(ProtocolKind kind, const QByteArray &bytes, Undecodable undecodable = Undecodable::Skip)
{
    AnswerReader reader(Protocol::of(kind), undecodable);
    QString shown = reader.feed(bytes);
    shown += reader.end();
    const auto fault = reader.fault();
    return {fault ? describe(classify(*fault)) : QLatin1Char('=') + reader.answer().text, reader.answer().text, shown,
            reader.answer()};
}

} // namespace

class ClassificationTest : public QObject
{
    Q_OBJECT
private slots:
    void everyErrorOfTheTables_data();
    void everyErrorOfTheTables();
    void everyEndingInsideA200_data();
    void everyEndingInsideA200();
    void everyEndingBelowHttp_data();
    void everyEndingBelowHttp();
    void aLimitedCallIsNeverASuccess();
    void aPageIsOnlyNamed();
    void messagesAreBoundedAndPrintable();
    void messagesOfEveryShapeAreFound_data();
    void messagesOfEveryShapeAreFound();
    void hintsThatCannotBeBelievedAreDropped_data();
    void hintsThatCannotBeBelievedAreDropped();
    void aDateIsCorrectedByTheServersClock();
    void calendarBlocksEndWhenTheCalendarSays_data();
    void calendarBlocksEndWhenTheCalendarSays();
    void aDayEndsAtMidnightInCalifornia();
    void anUndecodableEventFailsACompleteAnswer();
    void vendorsAreKnownByTheirHosts_data();
    void vendorsAreKnownByTheirHosts();
    void usageIsRead_data();
    void usageIsRead();
};

void ClassificationTest::everyErrorOfTheTables_data()
{
    QTest::addColumn<Row>("row");
    const std::pair<const char *, const QVector<Row> &> tables[] = {
        {"OpenAI", openAiRows()}, {"Anthropic", anthropicRows()}, {"Google", googleRows()}, {"Mistral", mistralRows()},
        {"compatible", compatibleRows()}, {"overflow", overflowRows()}, {"shape", shapeRows()}};
    for (const auto &[table, rows] : tables) {
        for (const Row &row : rows)
            QTest::addRow("%s: %s", table, row.name) << row;
    }
}

void ClassificationTest::everyErrorOfTheTables()
{
    QFETCH(Row, row);
    QCOMPARE(describe(classify(factsOf(row))), QString::fromUtf8(row.expected));
}

void ClassificationTest::everyEndingInsideA200_data()
{
    QTest::addColumn<StreamRow>("row");
    const std::pair<const char *, const QVector<StreamRow> &> tables[] = {{"OpenAI stream", openAiStreams()},
                                                                          {"OpenAI body", openAiBodies()},
                                                                          {"Anthropic", anthropicStreams()},
                                                                          {"Google", googleStreams()}};
    for (const auto &[table, rows] : tables) {
        for (const StreamRow &row : rows)
            QTest::addRow("%s: %s", table, row.name) << row;
    }
}

void ClassificationTest::everyEndingInsideA200()
{
    QFETCH(StreamRow, row);
    const StreamResult result = readAnswer(row.kind, row.bytes);
    QCOMPARE(result.description, QString::fromUtf8(row.expected));
    QCOMPARE(result.delta, result.text); // what was shown is what was read
}

void ClassificationTest::everyEndingBelowHttp_data()
{
    QTest::addColumn<TransportFailure>("failure");
    QTest::addColumn<QString>("expected");
    const auto row = [](TransportFailure failure, const char *expected) {
        QTest::newRow(expected) << failure << QString::fromLatin1(expected);
    };
    row(TransportFailure::Refused, "network provider retry failure transport:refused");
    row(TransportFailure::HostNotFound, "network provider retry failure transport:host_not_found");
    row(TransportFailure::Reset, "network provider retry failure transport:reset");
    row(TransportFailure::Tls, "network provider away failure transport:tls");
    row(TransportFailure::NotHttp, "malformed_response provider away failure transport:not_http");
    row(TransportFailure::BadUrl, "invalid_request provider away ignored transport:bad_url");
    row(TransportFailure::TooLarge, "malformed_response request away ignored transport:too_large");
    row(TransportFailure::ConnectTimeout, "network_timeout provider retry failure timeout:connect");
    row(TransportFailure::AttemptTimeout, "network_timeout provider away failure timeout:attempt");
    row(TransportFailure::FirstTokenTimeout, "network_timeout provider away failure timeout:first_token");
    row(TransportFailure::IdleTimeout, "network_timeout provider away failure timeout:idle");
    row(TransportFailure::StreamTimeout, "stream_interrupted request away ignored timeout:stream");
    row(TransportFailure::Cancelled, "cancelled request stop ignored transport:cancelled");
    row(TransportFailure::Certificate, "network provider away failure transport:certificate");
    row(TransportFailure::WrongScheme, "network provider away failure transport:scheme");
    row(TransportFailure::Proxy, "network provider retry failure transport:proxy");
    row(TransportFailure::HeadTooLarge, "malformed_response provider away failure transport:head_too_large");
}

void ClassificationTest::everyEndingBelowHttp()
{
    QFETCH(TransportFailure, failure);
    QFETCH(QString, expected);
    QCOMPARE(describe(classify(FailureFacts{.transport = failure})), expected);
    if (failure == TransportFailure::Cancelled) // whatever else is known
        QCOMPARE(describe(classify(FailureFacts{.transport = failure, .status = 429, .codes = {"insufficient_quota"}})),
                 expected);
}

void ClassificationTest::aLimitedCallIsNeverASuccess()
{
    for (const QVector<Row> *rows : {&openAiRows(), &anthropicRows(), &googleRows(), &mistralRows(), &compatibleRows(),
                                     &overflowRows(), &shapeRows()}) {
        for (const Row &row : *rows) {
            const Classification c = classify(factsOf(row));
            QVERIFY2(c.health != HealthSignal::Success && c.reason != RetryReason::None, row.name);
            QVERIFY2(!c.retryHere || c.reason != RetryReason::QuotaExhausted, row.name);
            QVERIFY2(c.health == HealthSignal::Ignored || c.retryHere || row.status >= 500,
                     row.name); // our own fault is never theirs
        }
    }
}

void ClassificationTest::aPageIsOnlyNamed()
{
    FailureFacts facts{.status = 520};
    readErrorBody("<html><head><TITLE>\n 520: Web server\n is <b>odd</b> </TITLE></head><body>"
                      + QByteArray(100'000, 'x') + "</body></html>",
                  &facts);
    QCOMPARE(toText(facts.message), QStringLiteral("(an HTML page instead of JSON: “520: Web server is <b>odd</b>”)"));
    facts = {.status = 502};
    readErrorBody("<html><body>nginx</body></html>", &facts);
    QCOMPARE(toText(facts.message), QStringLiteral("(an HTML page instead of JSON)"));
    facts = {.status = 403};
    readErrorBody("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", &facts);
    QCOMPARE(toText(facts.message), QStringLiteral("(an XML document instead of JSON)"));
    QVERIFY(facts.html);
}

void ClassificationTest::messagesAreBoundedAndPrintable()
{
    FailureFacts facts{.status = 500};
    readErrorBody(R"({"error":{"message":"a\u0000b\u001b[31mred\u202e\n\tend )" + QByteArray(100'000, 'y') + R"("}})",
                  &facts);
    QVERIFY2(facts.message.starts_with("ab[31mred end yyy"), facts.message.substr(0, 40).c_str());
    QVERIFY(facts.message.size() <= 2000);
    facts = {.status = 500};
    readErrorBody(QByteArray(100'000, 'z'), &facts);
    QCOMPARE(facts.message.size(), std::size_t(400));
    facts = {.status = 500};
    QByteArray many = R"({"error":{"details":[)";
    for (int i = 0; i < 500; ++i)
        many += R"({"reason":"R)" + QByteArray::number(i) + R"("},)";
    readErrorBody(many.chopped(1) + "]}}", &facts);
    QCOMPARE(facts.codes.size(), std::size_t(32));
    QByteArray deep = R"("end")";
    for (int i = 0; i < 50; ++i)
        deep = R"({"error":)" + deep + "}";
    facts = {.status = 500};
    readErrorBody(deep, &facts);
    QCOMPARE(describe(classify(facts)), QStringLiteral("server_error provider retry failure status:500"));
}

void ClassificationTest::messagesOfEveryShapeAreFound_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("message");
    QTest::newRow("OpenAI") << openAi("x", nullptr, "Said.") << "Said.";
    QTest::newRow("Anthropic") << anthropic("x", nullptr, "Said.") << "Said.";
    QTest::newRow("Google in an array") << "[" + google(400, "X", "Said.") + "]" << "Said.";
    QTest::newRow("Mistral") << mistral("Said.", "x", nullptr, 400) << "Said.";
    QTest::newRow("text alone") << QByteArray(R"({"error":"Said."})") << "Said.";
    QTest::newRow("a list of errors") << QByteArray(R"({"success":false,"error":[{"code":2009,"message":"Said."}]})")
                                      << "Said.";
    QTest::newRow("xAI") << QByteArray(R"({"code":"Client error","error":"Said."})") << "Said.";
    QTest::newRow("FastAPI") << QByteArray(R"({"detail":"Said."})") << "Said.";
    QTest::newRow("FastAPI's list") << QByteArray(
        R"({"detail":[{"loc":["body","messages",0],"msg":"Field required"},{"loc":[],"msg":"Other"}]})")
                                    << "body.messages.0: Field required; Other";
    QTest::newRow("a list inside the message") << QByteArray(
        R"({"object":"error","message":{"detail":[{"loc":["body"],"msg":"Bad"}]},"type":"invalid_request_error"})")
                                               << "body: Bad";
    QTest::newRow("JSON inside the message")
        << QByteArray(R"({"error":{"message":"{\"error\":{\"message\":\"Said.\"}}"}})") << "Said.";
    QTest::newRow("OpenRouter with the upstream's words")
        << openRouter(502, "Provider returned error", R"({"raw":"{\"error\":{\"message\":\"Said.\"}}"})")
        << "Provider returned error — Said.";
    QTest::newRow("OpenRouter with plain words")
        << openRouter(502, "Provider returned error", R"({"raw":"upstream broke"})")
        << "Provider returned error — upstream broke";
    QTest::newRow("plain text") << QByteArray("  no healthy upstream\n") << "no healthy upstream";
    QTest::newRow("Cloudflare") << QByteArray(R"({"title":"Error 520","status":520,"detail":"The origin broke."})")
                                << "The origin broke.";
    QTest::newRow("nothing") << QByteArray() << QString();
}

void ClassificationTest::messagesOfEveryShapeAreFound()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, message);
    FailureFacts facts{.status = 400};
    readErrorBody(body, &facts);
    QCOMPARE(toText(facts.message), message);
}

void ClassificationTest::hintsThatCannotBeBelievedAreDropped_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<double>("seconds"); // -1: our own backoff decides
    const auto row = [](const char *what, const char *value, double seconds, const char *name = "retry-after") {
        QTest::newRow(what) << QByteArray(name) << QByteArray(value) << seconds;
    };
    row("seconds", "2", 2.0);
    row("a fraction", "0.25", 0.25);
    row("Go", "6m0s", 360.0);
    row("zero would be a hot loop", "0", -1.0);
    row("zero in Go", "0s", -1.0);
    row("negative", "-1", -1.0);
    row("NaN", "nan", -1.0);
    row("infinity", "inf", -1.0);
    row("with an exponent", "1e18", -1.0);
    row("eighteen zeros", "1000000000000000000", -1.0);
    row("too many digits", "99999999999999999999999999999999999999999999999999999999999999999999", -1.0);
    row("ten years", "315360000", -1.0);
    row("a day is believed", "86400", 86'400.0);
    row("a month is believed", "2678400", 2'678'400.0);
    row("words", "soon", -1.0);
    row("a number and words", "5 apples", -1.0);
    row("a date of the past", "Tue, 24 Nov 2026 09:59:00 GMT", -1.0);
    row("IMF", "Tue, 24 Nov 2026 10:00:30 GMT", 30.0);
    row("RFC 850", "Tuesday, 24-Nov-26 10:00:30 GMT", 30.0);
    row("asctime", "Tue Nov 24 10:00:30 2026", 30.0);
    row("RFC 3339", "2026-11-24T10:00:30.500Z", 30.5);
    row("RFC 3339 with an offset", "2026-11-24T12:00:30+02:00", 30.0);
    row("a year away", "Wed, 24 Nov 2027 10:00:30 GMT", -1.0);
    row("the end of time", "Fri, 31 Dec 9999 23:59:59 GMT", -1.0);
    row("epoch seconds", "1795514430", 30.0);
    row("epoch milliseconds", "1795514430000", 30.0);
    row("milliseconds", "1500", 1.5, "retry-after-ms");
    row("zero milliseconds", "0", -1.0, "retry-after-ms");
    row("negative milliseconds", "-1", -1.0, "Retry-After-Ms");
    row("empty", "", -1.0);
    row("spaces around", "  7  ", 7.0);
}

void ClassificationTest::hintsThatCannotBeBelievedAreDropped()
{
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    QFETCH(double, seconds);
    FailureFacts facts{.status = 429};
    readErrorHeaders({{name, value}}, now, &facts);
    const Classification c = classify(facts);
    QCOMPARE(c.hint ? toSeconds(*c.hint) : -1.0, seconds);
    QCOMPARE(toKey(c.reason), QStringLiteral("rate_limit"));
    QCOMPARE(c.retryHere, seconds <= 300.0); // a longer wait is a block
}

void ClassificationTest::aDateIsCorrectedByTheServersClock()
{
    for (const WallTime ours : {WallTime{}, now - 24h * 365, now + 24h * 365 * 50}) {
        FailureFacts facts{.status = 429};
        readErrorHeaders({{"Date", "Tue, 24 Nov 2026 10:00:00 GMT"},
                          {"Retry-After", "Tue, 24 Nov 2026 10:01:00 GMT"},
                          {"anthropic-ratelimit-requests-remaining", "0"},
                          {"anthropic-ratelimit-requests-reset", "2026-11-24T10:02:00Z"}},
                         ours, &facts);
        QCOMPARE(facts.hint, std::optional<Duration>(60s));
        QCOMPARE(facts.wall, now);
    }
}

void ClassificationTest::calendarBlocksEndWhenTheCalendarSays_data()
{
    QTest::addColumn<QString>("wall");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("until");
    const QString month = QStringLiteral("enforced_spend_limit_reached"), day = QStringLiteral("FooPerDay");
    QTest::newRow("month, first moment") << "2026-11-01T00:00:00Z" << month << "2026-12-01T00:00:00Z";
    QTest::newRow("month, last moment") << "2026-11-30T23:59:59Z" << month << "2026-12-01T00:00:00Z";
    QTest::newRow("month, over the year") << "2026-12-31T12:00:00Z" << month << "2027-01-01T00:00:00Z";
    QTest::newRow("month, leap February") << "2028-02-29T12:00:00Z" << month << "2028-03-01T00:00:00Z";
    QTest::newRow("day, winter") << "2026-11-24T07:59:59Z" << day << "2026-11-24T08:00:00Z";
    QTest::newRow("day, summer") << "2026-07-01T06:59:59Z" << day << "2026-07-01T07:00:00Z";
    QTest::newRow("day, at midnight") << "2026-07-01T07:00:00Z" << day << "2026-07-02T07:00:00Z";
    QTest::newRow("day, clocks go forward") << "2026-03-08T09:00:00Z" << day << "2026-03-09T07:00:00Z";
    QTest::newRow("day, clocks go back") << "2026-11-01T08:00:00Z" << day << "2026-11-02T08:00:00Z";
}

void ClassificationTest::calendarBlocksEndWhenTheCalendarSays()
{
    QFETCH(QString, wall);
    QFETCH(QString, code);
    QFETCH(QString, until);
    FailureFacts facts{.status = 429, .codes = {"RESOURCE_EXHAUSTED", toUtf8(code)}};
    facts.wall = *parseHttpDate(toUtf8(wall));
    const Classification c = classify(facts);
    QVERIFY(c.blockFor.has_value());
    QCOMPARE(formatWallTime(facts.wall + std::chrono::floor<std::chrono::milliseconds>(*c.blockFor)),
             formatWallTime(*parseHttpDate(toUtf8(until))));
    facts.wall = {}; // the time is not known: the engine's default
    QVERIFY(!classify(facts).blockFor.has_value());
}

/// Hour by hour, as the zone's own data says it.
void ClassificationTest::aDayEndsAtMidnightInCalifornia()
{
    const QTimeZone zone("America/Los_Angeles");
    QVERIFY2(zone.isValid(), "data of time zones: tzdata, which comes with PostgreSQL");
    FailureFacts facts{.status = 429, .codes = {"RESOURCE_EXHAUSTED", "FooPerDay"}};
    const auto sinceEpoch = [](const QDateTime &t) {
        return WallTime(std::chrono::milliseconds(t.toMSecsSinceEpoch()));
    };
    QDate day;
    WallTime midnight;
    for (facts.wall = std::chrono::sys_days(std::chrono::year(2024) / 1 / 1) + 59min + 59s;
         facts.wall < std::chrono::sys_days(std::chrono::year(2033) / 1 / 1); facts.wall += 1h) {
        const QDateTime there = QDateTime::fromMSecsSinceEpoch(facts.wall.time_since_epoch().count(), zone);
        if (there.date() != day) {
            day = there.date();
            midnight = sinceEpoch(day.addDays(1).startOfDay(zone));
        }
        const Classification c = classify(facts);
        QVERIFY2(c.blockFor && facts.wall + std::chrono::floor<std::chrono::milliseconds>(*c.blockFor) == midnight,
                 qPrintable(formatWallTime(facts.wall)));
    }
}

void ClassificationTest::anUndecodableEventFailsACompleteAnswer()
{
    const QByteArray bytes = chunk("h") + "data: {oops\n\n" + chunk("i", "stop") + "data: [DONE]\n\n";
    const StreamResult skipped = readAnswer(AnyKind, bytes);
    QCOMPARE(skipped.description, QStringLiteral("=hi"));
    QCOMPARE(skipped.answer.unreadable, 1);
    QCOMPARE(readAnswer(AnyKind, bytes, Undecodable::Fail).description,
             QStringLiteral("malformed_response provider retry failure body:malformed"));
    AnswerReader reader(Protocol::of(AnyKind), Undecodable::Fail);
    reader.feed(chunk("h") + "data: {oops\n\n");
    QVERIFY(reader.settled()); // no need to wait for the rest
    // A piece at the end is a cut, and one after the finish reason says nothing.
    QCOMPARE(readAnswer(AnyKind, chunk("h") + "data: {oo", Undecodable::Fail).description,
             QStringLiteral("stream_interrupted provider retry failure stream:no_end_mark"));
    QCOMPARE(readAnswer(AnyKind, chunk("hi", "stop") + "data: {oo", Undecodable::Fail).description,
             QStringLiteral("=hi"));
    QCOMPARE(readAnswer(AnyKind, "data:\n\n" + chunk("hi", "stop"), Undecodable::Fail).description,
             QStringLiteral("=hi"));
}

void ClassificationTest::vendorsAreKnownByTheirHosts_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<Vendor>("vendor");
    QTest::newRow("OpenAI") << "https://api.openai.com/v1" << ProtocolKind::OpenAi << Vendor::OpenAi;
    QTest::newRow("Azure") << "https://mine.openai.azure.com/openai/deployments/x" << ProtocolKind::OpenAi
                           << Vendor::Azure;
    QTest::newRow("xAI") << "https://api.x.ai/v1" << ProtocolKind::OpenAiCompatible << Vendor::Xai;
    QTest::newRow("not xAI") << "https://api.max.ai/v1" << ProtocolKind::OpenAiCompatible << Vendor::Unknown;
    QTest::newRow("OpenRouter") << "https://openrouter.ai/api/v1" << ProtocolKind::OpenAiCompatible
                                << Vendor::OpenRouter;
    QTest::newRow("Ollama by port") << "http://localhost:11434/v1" << ProtocolKind::OpenAiCompatible << Vendor::Ollama;
    QTest::newRow("a proxy for Anthropic") << "http://localhost:9000" << ProtocolKind::Anthropic << Vendor::Anthropic;
    QTest::newRow("anyone") << "http://10.0.0.1/v1" << ProtocolKind::OpenAi << Vendor::Unknown;
}

void ClassificationTest::vendorsAreKnownByTheirHosts()
{
    QFETCH(QString, url);
    QFETCH(ProtocolKind, kind);
    QFETCH(Vendor, vendor);
    ProviderConfig provider;
    provider.baseUrl = QUrl(url);
    provider.protocol = kind;
    QCOMPARE(int(vendorOf(provider)), int(vendor));
}

void ClassificationTest::usageIsRead_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("in");
    QTest::addColumn<int>("out");
    QTest::addColumn<int>("cached");
    QTest::newRow("OpenAI, last chunk")
        << OpenAiKind
        << chunk("hi", "stop") + sse(R"({"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7}})")
               + "data: [DONE]\n\n"
        << 11 << 7 << -1;
    QTest::newRow("OpenAI, a null before it")
        << OpenAiKind << sse(R"({"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}],"usage":null})") << -1
        << -1 << -1;
    QTest::newRow("Responses")
        << OpenAiKind
        << QByteArray(
               R"({"object":"response","status":"completed","output":[{"type":"message","content":[{"text":"x"}]}],"usage":{"input_tokens":11,"output_tokens":7}})")
        << 11 << 7 << -1;
    QTest::newRow("Anthropic, cumulative, with its cache")
        << AnthropicKind
        << sse(R"({"type":"message_start","message":{"usage":{"input_tokens":10,"cache_read_input_tokens":1,"output_tokens":1}}})")
               + sse(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}})")
               + claudeStop
        << 11 << 7 << 1;
    QTest::newRow("Google, the last wins, thoughts count")
        << GoogleKind
        << sse(R"({"candidates":[],"usageMetadata":{"promptTokenCount":11}})")
               + sse(
                   R"({"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":11,"candidatesTokenCount":4,"thoughtsTokenCount":3}})")
        << 11 << 7 << -1;
    QTest::newRow("OpenAI, cached")
        << OpenAiKind
        << chunk("hi", "stop")
               + sse(
                   R"({"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":8}}})")
        << 11 << 7 << 8;
    QTest::newRow("DeepSeek, cached")
        << AnyKind
        << chunk("hi", "stop")
               + sse(R"({"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7,"prompt_cache_hit_tokens":8}})")
        << 11 << 7 << 8;
    QTest::newRow("Responses, cached")
        << OpenAiKind
        << QByteArray(
               R"({"object":"response","status":"completed","output":[{"type":"message","content":[{"text":"x"}]}],"usage":{"input_tokens":11,"output_tokens":7,"input_tokens_details":{"cached_tokens":8}}})")
        << 11 << 7 << 8;
    QTest::newRow("Google, cached")
        << GoogleKind
        << sse(R"({"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":11,"candidatesTokenCount":7,"cachedContentTokenCount":8}})")
        << 11 << 7 << 8;
    QTest::newRow("Anthropic, a late 0 says nothing")
        << AnthropicKind
        << sse(R"({"type":"message_start","message":{"usage":{"input_tokens":1200,"cache_read_input_tokens":800,"output_tokens":1}}})")
               + sse(
                   R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":0,"cache_read_input_tokens":0,"output_tokens":7}})")
               + claudeStop
        << 2000 << 7 << 800;
    QTest::newRow("Anthropic, told again at the end")
        << AnthropicKind
        << sse(R"({"type":"message_start","message":{"usage":{"input_tokens":1200,"cache_read_input_tokens":800,"output_tokens":1}}})")
               + sse(
                   R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":1200,"output_tokens":7}})")
               + claudeStop
        << 2000 << 7 << 800;
    QTest::newRow("OpenAI, a late 0 says nothing")
        << AnyKind
        << sse(R"({"choices":[{"delta":{"content":"hi"}}],"usage":{"prompt_tokens":11,"completion_tokens":7}})")
               + sse(
                   R"({"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":0}})")
        << 11 << 7 << -1;
    QTest::newRow("Moonshot, within the choice")
        << AnyKind
        << sse(R"({"choices":[{"delta":{"content":"hi"},"finish_reason":"stop","usage":{"prompt_tokens":11,"completion_tokens":7}}]})")
        << 11 << 7 << -1;
    QTest::newRow("Ollama") << AnyKind
                            << QByteArray(
                                   R"({"message":{"content":"x"},"done":true,"prompt_eval_count":11,"eval_count":7})")
                            << 11 << 7 << -1;
}

void ClassificationTest::usageIsRead()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(QByteArray, bytes);
    QFETCH(int, in);
    QFETCH(int, out);
    QFETCH(int, cached);
    const Answer answer = readAnswer(kind, bytes).answer;
    QCOMPARE(answer.tokensIn.value_or(-1), in);
    QCOMPARE(answer.tokensOut.value_or(-1), out);
    QCOMPARE(answer.tokensCached.value_or(-1), cached);
}

SUITE_TEST(ClassificationTest)
#include "tst_classification.moc"
