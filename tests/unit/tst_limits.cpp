// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/retryafter.h"
#include "base/text.h"
#include "base/timeformat.h"
#include "protocols/protocol.h"
#include "support/suite.h"

#include <QTest>

#include <random>

using namespace retryscope;

namespace {

const WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 10h;

/// "requests 100/40 in 360 bucket": what is not known is "?".
QString describe(const LimitWindows &windows)
{
    static const char *const kinds[] = {"requests", "tokens", "input_tokens", "output_tokens"};
    const auto number = [](const std::optional<qint64> &n) { return n ? QString::number(*n) : QStringLiteral("?"); };
    QStringList lines;
    for (const LimitWindow &w : windows) {
        lines << QStringLiteral("%1 %2/%3 in %4 %5")
                     .arg(QLatin1String(kinds[int(w.kind)]), number(w.remaining), number(w.limit),
                          w.resetIn ? QString::number(toSeconds(*w.resetIn), 'g', 12) : QStringLiteral("?"),
                          w.continuous ? QStringLiteral("bucket") : QStringLiteral("window"));
    }
    return lines.join(QStringLiteral("; "));
}

} // namespace

class LimitsTest : public QObject
{
    Q_OBJECT
private slots:
    void readsTheHeadersOfEveryProvider_data();
    void readsTheHeadersOfEveryProvider();
    void resetsAreCountedByTheServersClock();
    void showsOnlyWhatIsWorthShowing();
    void showsABoundedAmount();
    void readsWholeDurationsOnly_data();
    void readsWholeDurationsOnly();
    void readsDatesInEveryForm_data();
    void readsDatesInEveryForm();
    void readsEpochsByTheirSize_data();
    void readsEpochsByTheirSize();
    void findsAWaitInASentence_data();
    void findsAWaitInASentence();
    void randomTextHarmsNothing();
};

void LimitsTest::readsTheHeadersOfEveryProvider_data()
{
    QTest::addColumn<HttpHeaders>("headers");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const HttpHeaders &headers, const char *expected) {
        QTest::newRow(name) << headers << QString::fromLatin1(expected);
    };
    row("none", {{"content-type", "application/json"}, {"x-request-id", "1"}}, "");
    row("OpenAI",
        {{"x-ratelimit-limit-requests", "5000"},
         {"x-ratelimit-remaining-requests", "4999"},
         {"x-ratelimit-reset-requests", "12ms"},
         {"x-ratelimit-limit-tokens", "160000"},
         {"x-ratelimit-remaining-tokens", "0"},
         {"x-ratelimit-reset-tokens", "6m0s"}},
        "requests 4999/5000 in 0.012 bucket; tokens 0/160000 in 360 bucket");
    row("OpenAI, hours", {{"x-ratelimit-remaining-requests", "1"}, {"x-ratelimit-reset-requests", "1h2m3s"}},
        "requests 1/? in 3723 bucket");
    row("OpenAI, by usage",
        {{"x-ratelimit-limit-tokens_usage_based", "100"},
         {"x-ratelimit-remaining-tokens_usage_based", "7"},
         {"x-ratelimit-reset-tokens_usage_based", "7.66s"}},
        "tokens 7/100 in 7.66 bucket");
    row("names in any case", {{"X-RateLimit-Limit-Requests", "5"}, {"X-RATELIMIT-REMAINING-REQUESTS", "4"}},
        "requests 4/5 in ? bucket");
    row("Groq",
        {{"x-ratelimit-limit-requests", "14400"},
         {"x-ratelimit-remaining-requests", "14370"},
         {"x-ratelimit-reset-requests", "2m59.56s"},
         {"x-ratelimit-limit-tokens", "18000"},
         {"x-ratelimit-remaining-tokens", "17997"},
         {"x-ratelimit-reset-tokens", "7.66s"}},
        "requests 14370/14400 in 179.56 bucket; tokens 17997/18000 in 7.66 bucket");
    row("Azure, plain seconds",
        {{"x-ratelimit-remaining-requests", "9"},
         {"x-ratelimit-remaining-tokens", "100"},
         {"x-ratelimit-reset-tokens", "26"}},
        "requests 9/? in ? bucket; tokens 100/? in 26 bucket");
    row("Azure, -1 says nothing",
        {{"x-ratelimit-remaining-requests", "-1"},
         {"x-ratelimit-remaining-tokens", "-1"},
         {"x-ratelimit-reset-tokens", "-1"}},
        "");
    row("Azure, 0", {{"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "0"}},
        "tokens 0/? in 0 bucket");
    row("Anthropic",
        {{"anthropic-ratelimit-requests-limit", "50"},
         {"anthropic-ratelimit-requests-remaining", "49"},
         {"anthropic-ratelimit-requests-reset", "2026-11-24T10:00:01Z"},
         {"anthropic-ratelimit-tokens-limit", "48000"},
         {"anthropic-ratelimit-tokens-remaining", "40000"},
         {"anthropic-ratelimit-tokens-reset", "2026-11-24T10:01:00Z"},
         {"anthropic-ratelimit-input-tokens-limit", "40000"},
         {"anthropic-ratelimit-input-tokens-remaining", "0"},
         {"anthropic-ratelimit-input-tokens-reset", "2026-11-24T10:00:30.5Z"},
         {"anthropic-ratelimit-output-tokens-limit", "8000"},
         {"anthropic-ratelimit-output-tokens-remaining", "8000"},
         {"anthropic-ratelimit-output-tokens-reset", "2026-11-24T12:00:00+02:00"}},
        "requests 49/50 in 1 bucket; tokens 40000/48000 in 60 bucket; input_tokens 0/40000 in 30.5 bucket; "
        "output_tokens 8000/8000 in 0 bucket");
    row("Anthropic, a reset of the past",
        {{"anthropic-ratelimit-requests-remaining", "49"},
         {"anthropic-ratelimit-requests-reset", "2026-11-24T09:59:59Z"}},
        "requests 49/? in 0 bucket");
    row("Anthropic, a subscription that is shut",
        {{"anthropic-ratelimit-unified-status", "rejected"}, {"anthropic-ratelimit-unified-reset", "1795518000"}},
        "requests 0/? in 3600 window");
    row("Anthropic, one that is open",
        {{"anthropic-ratelimit-unified-status", "allowed"}, {"anthropic-ratelimit-unified-reset", "1795518000"}}, "");
    row("Mistral",
        {{"x-ratelimit-limit-req-minute", "60"},
         {"x-ratelimit-remaining-req-minute", "59"},
         {"x-ratelimit-limit-tokens-minute", "500000"},
         {"x-ratelimit-remaining-tokens-minute", "499990"},
         {"x-ratelimit-tokens-query-cost", "10"}},
        "requests 59/60 in ? window; tokens 499990/500000 in ? window");
    row("Mistral, a limit of 0", {{"x-ratelimit-limit-req-minute", "0"}, {"x-ratelimit-remaining-req-minute", "0"}},
        "requests 0/0 in ? window");
    row("Mistral, old",
        {{"ratelimitbysize-limit", "500000"},
         {"ratelimitbysize-remaining", "499000"},
         {"ratelimitbysize-reset", "36"},
         {"ratelimitbysize-query-cost", "32"},
         {"x-ratelimitbysize-limit-minute", "500000"},
         {"x-ratelimitbysize-remaining-minute", "499000"},
         {"x-ratelimitbysize-limit-month", "1000000000"},
         {"x-ratelimitbysize-remaining-month", "999"}},
        "tokens 499000/500000 in 36 window; tokens 499000/500000 in ? window; tokens 999/1000000000 in ? window");
    row("OpenRouter, epoch milliseconds",
        {{"X-RateLimit-Limit", "20"}, {"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1795514430000"}},
        "requests 0/20 in 30 window");
    row("the same in epoch seconds", {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1795514430"}},
        "requests 0/? in 30 window");
    row("the same in seconds", {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "30"}},
        "requests 0/? in 30 window");
    row("a reset that is seconds by its name",
        {{"X-RateLimit-Limit", "5"}, {"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset-After", "1.25"}},
        "requests 0/5 in 1.25 window");
    row("both resets", {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1795514430"}, {"X-RateLimit-Reset-After", "29.5"}},
        "requests 0/? in 30 window");
    row("Cerebras",
        {{"x-ratelimit-limit-requests-day", "14400"},
         {"x-ratelimit-remaining-requests-day", "14399"},
         {"x-ratelimit-reset-requests-day", "33011.38"},
         {"x-ratelimit-limit-tokens-minute", "60000"},
         {"x-ratelimit-remaining-tokens-minute", "59000"},
         {"x-ratelimit-reset-tokens-minute", "11.38"}},
        "tokens 59000/60000 in 11.38 window; requests 14399/14400 in 33011.38 window");
    row("IETF",
        {{"RateLimit-Policy", R"("burst";q=100;w=60,"daily";q=1000;w=86400)"},
         {"RateLimit", R"("burst";r=50;t=30, "daily";r=0;t=600)"}},
        "requests 50/100 in 30 window; requests 0/1000 in 600 window");
    row("IETF, without a policy", {{"RateLimit", R"("default";r=50;t=30)"}}, "requests 50/? in 30 window");
    row("IETF, a policy alone", {{"RateLimit-Policy", R"("burst";q=100;w=60)"}}, "requests ?/100 in ? window");
    row("IETF, a policy of another unit", {{"RateLimit-Policy", R"("bytes";q=100;qu="content-bytes";w=60)"}}, "");
    row("IETF, a comma in a name", {{"RateLimit", R"("a,b";r=1;t=2)"}}, "requests 1/? in 2 window");
    row("IETF, draft 07", {{"RateLimit", "limit=100, remaining=50, reset=5"}}, "requests 50/100 in 5 window");
    row("IETF, older", {{"RateLimit-Limit", "100, 100;w=60"}, {"RateLimit-Remaining", "50"}, {"RateLimit-Reset", "5"}},
        "requests 50/100 in 5 window");
    row("nonsense",
        {{"x-ratelimit-limit-requests", "many"},
         {"x-ratelimit-remaining-requests", ""},
         {"x-ratelimit-reset-requests", "soon"},
         {"RateLimit", ";;;,,,\"\"="},
         {"RateLimit-Policy", "\"unclosed;q=1"}},
        "");
    row("numbers beyond all bounds",
        {{"x-ratelimit-limit-requests", "99999999999999999999999"},
         {"x-ratelimit-remaining-requests", "1e9"},
         {"x-ratelimit-reset-requests", "99999999999999999999h"}},
        "");
    row("resets beyond belief",
        {{"x-ratelimit-remaining-requests", "1"},
         {"x-ratelimit-reset-requests", "8760h"},
         {"RateLimit", R"("x";r=1;t=999999999)"}},
        "requests 1/? in ? bucket; requests 1/? in ? window");
}

void LimitsTest::readsTheHeadersOfEveryProvider()
{
    QFETCH(HttpHeaders, headers);
    QFETCH(QString, expected);
    for (const ProtocolKind kind : {ProtocolKind::OpenAi, ProtocolKind::Anthropic, ProtocolKind::GoogleAi,
                                    ProtocolKind::Mistral, ProtocolKind::OpenAiCompatible})
        QCOMPARE(describe(readLimits(kind, headers, now)), expected); // a gateway passes anyone's on
}

void LimitsTest::resetsAreCountedByTheServersClock()
{
    const HttpHeaders headers{{"Date", "Tue, 24 Nov 2026 12:41:00 GMT"},
                              {"anthropic-ratelimit-requests-remaining", "1"},
                              {"anthropic-ratelimit-requests-reset", "2026-11-24T12:41:20Z"}};
    for (const WallTime ours : {WallTime{}, now, now + 24h * 3650})
        QCOMPARE(describe(readLimits(ProtocolKind::Anthropic, headers, ours)),
                 QStringLiteral("requests 1/? in 20 bucket"));
}

void LimitsTest::showsOnlyWhatIsWorthShowing()
{
    const HttpHeaders headers{{"Date", "Tue, 24 Nov 2026 10:00:00 GMT"},
                              {"Content-Type", "application/json"},
                              {"Set-Cookie", "__cf_bm=secret"},
                              {"Authorization", "Bearer sk-secret"},
                              {"X-Api-Key", "secret"},
                              {"X-Request-Id", "req_1"},
                              {"request-id", "req_2"},
                              {"X-Generation-Id", "gen-3"},
                              {"apim-request-id", "4"},
                              {"Retry-After", "7"},
                              {"retry-after-ms", "7000"},
                              {"X-Should-Retry", "true"},
                              {"x-ratelimit-limit-requests", "5"},
                              {"anthropic-ratelimit-tokens-reset", "2026-11-24T10:00:01Z"},
                              {"RateLimit-Policy", "\"a\";q=1"},
                              {"ratelimitbysize-reset", "36"},
                              {"openai-processing-ms", "12"},
                              {"Server-Timing", "total;dur=1"},
                              {"CF-Ray", "abc-FRA"},
                              {"anthropic-organization-id", "org"},
                              {"openai-organization", "org"},
                              {"www-authenticate", "Bearer realm=x"},
                              {"location", "https://x/?key=secret"},
                              {"etag", "1"}};
    QStringList names;
    for (const auto &[name, value] : seenHeaders(headers)) {
        names << name;
        QVERIFY2(!value.contains(QLatin1String("secret")) && value != QLatin1String("org"), qPrintable(name));
    }
    const QStringList expected{"date", "content-type", "x-request-id", "request-id", "x-generation-id",
                               "apim-request-id", "retry-after", "retry-after-ms", "x-should-retry",
                               "x-ratelimit-limit-requests", "anthropic-ratelimit-tokens-reset", "ratelimit-policy",
                               "ratelimitbysize-reset", "openai-processing-ms", "server-timing", "cf-ray"};
    QCOMPARE(names, expected);
    QCOMPARE(seenHeaders(headers).at(6).second, QStringLiteral("7"));
}

void LimitsTest::showsABoundedAmount()
{
    HttpHeaders headers{{"x-request-id", QByteArray(100'000, 'x')},
                        {"date", "a\x01\r\nb\x7f"},
                        {"x-ratelimit-" + QByteArray(5000, 'n'), "1"}};
    for (int i = 0; i < 1000; ++i)
        headers.append({"x-ratelimit-" + QByteArray::number(i), "1"});
    const auto seen = seenHeaders(headers);
    QCOMPARE(seen.size(), 48);
    QCOMPARE(seen.at(0).second.size(), 200);
    QCOMPARE(seen.at(1).second, QStringLiteral("ab"));
}

void LimitsTest::readsWholeDurationsOnly_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<double>("seconds"); // -1: refused
    const auto row = [](const char *text, double seconds) {
        QTest::newRow(*text ? text : "nothing") << QByteArray(text) << seconds;
    };
    row("6m0s", 360.0);
    row("1h2m3s", 3723.0);
    row("10h17m5.7s", 37'025.7);
    row("7.66s", 7.66);
    row("2m59.56s", 179.56);
    row("12ms", 0.012);
    row("172ms", 0.172);
    row("900us", 0.0009);
    row("900\xC2\xB5s", 0.0009);
    row("5ns", 5e-9);
    row("34.07s", 34.07);
    row("2", 2.0);
    row("+2", 2.0);
    row("0.5", 0.5);
    row("0", 0.0);
    row(" 3 ", 3.0);
    row("1e3", -1.0);
    row("-5", -1.0);
    row("-5s", -1.0);
    row("5 s", -1.0);
    row("5 apples", -1.0);
    row("s", -1.0);
    row("5.s", -1.0);
    row(".5", -1.0);
    row("5m3", -1.0);
    row("1.2.3", -1.0);
    row("nan", -1.0);
    row("inf", -1.0);
    row("0x10", -1.0);
    row("2026-11-24T10:00:00Z", -1.0);
    row("", -1.0);
    row("999999999999999999999999h", 100.0 * 365.25 * 86'400.0); // saturates
}

void LimitsTest::readsWholeDurationsOnly()
{
    QFETCH(QByteArray, text);
    QFETCH(double, seconds);
    const auto d = parseDuration(viewOf(text));
    QCOMPARE(d.has_value(), seconds >= 0.0);
    if (d)
        QVERIFY2(qAbs(toSeconds(*d) - seconds) < 1e-6, qPrintable(QString::number(toSeconds(*d), 'g', 17)));
}

void LimitsTest::readsDatesInEveryForm_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("expected"); // empty: refused
    const auto row = [](const char *text, const char *expected) {
        QTest::newRow(text) << QByteArray(text) << QString::fromLatin1(expected);
    };
    row("Wed, 21 Oct 2015 07:28:00 GMT", "2015-10-21T07:28:00.000Z");
    row("Wednesday, 21-Oct-15 07:28:00 GMT", "2015-10-21T07:28:00.000Z");
    row("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37.000Z");
    row("Wed Oct 21 07:28:00 2015", "2015-10-21T07:28:00.000Z");
    row("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37.000Z");
    row("2026-11-24T12:40:59Z", "2026-11-24T12:40:59.000Z");
    row("2026-11-24t12:40:59.1234567z", "2026-11-24T12:40:59.123Z");
    row("2026-11-24T12:40:59+05:30", "2026-11-24T07:10:59.000Z");
    row("2026-11-24T12:40:59-08:00", "2026-11-24T20:40:59.000Z");
    row("2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z");
    row("2026-02-29T00:00:00Z", "");
    row("2026-11-24", "");
    row("2026-11-24T12:40:59", "");
    row("2026-11-24T25:00:00Z", "");
    row("Wed, 32 Oct 2015 07:28:00 GMT", "");
    row("Wed, 21 Okt 2015 07:28:00 GMT", "");
    row("Wed, 21 Oct 2015 07:28 GMT", "");
    row("Wed, 21 Oct 2015 07:28:00 CEST", "");
    row("Wed, 21 Oct 07:28:00 GMT aaaa", "");
    row("Thu, 01 Jan 1960 00:00:00 GMT", "");
    row("120", "");
    row("", "");
}

void LimitsTest::readsDatesInEveryForm()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, expected);
    const auto date = parseHttpDate(viewOf(text));
    QCOMPARE(date ? formatWallTime(*date) : QString(), expected);
}

void LimitsTest::readsEpochsByTheirSize_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("seconds") << QByteArray("1795514430") << "2026-11-24T10:00:30.000Z";
    QTest::newRow("seconds with a fraction") << QByteArray("1795514430.5") << "2026-11-24T10:00:30.500Z";
    QTest::newRow("milliseconds") << QByteArray("1795514430000") << "2026-11-24T10:00:30.000Z";
    QTest::newRow("too small") << QByteArray("86400") << "";
    QTest::newRow("too large") << QByteArray("1795514430000000") << "";
    QTest::newRow("no number") << QByteArray("tomorrow") << "";
    QTest::newRow("with a unit") << QByteArray("1795514430s") << "";
}

void LimitsTest::readsEpochsByTheirSize()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, expected);
    const auto time = parseEpoch(viewOf(text));
    QCOMPARE(time ? formatWallTime(*time) : QString(), expected);
}

void LimitsTest::findsAWaitInASentence_data()
{
    QTest::addColumn<QString>("sentence");
    QTest::addColumn<double>("seconds");
    const auto row = [](const char *sentence, double seconds) {
        QTest::newRow(sentence) << QString::fromUtf8(sentence) << seconds;
    };
    row("Please retry in 36.4s.", 36.4);
    row("Please retry in 10h17m5.7s.", 37'025.7);
    row("Please try again in 20s. Visit us.", 20.0);
    row("Please try again in 6m0s.", 360.0);
    row("try again in 120ms", 0.12);
    row("Please retry after 26 seconds.", 26.0);
    row("Please Retry After 1 Second", 1.0);
    row("try again in 5 minutes", 300.0);
    row("try again in 2 hours", 7200.0);
    row("try again in 1 day", 86'400.0);
    row("try again in 500 milliseconds", 0.5);
    row("try again in 500milliseconds", 0.5);
    row("try again in 5minutes", 300.0);
    row("First retry in vain, then retry in 3s", 3.0);
    row("Please wait 52220 seconds before retrying.", 52'220.0);
    row("Your quota will reset after 12h34m16s.", 45'256.0);
    row("try again in 1 h 5 min", 3900.0);
    row("try again in 1 hour and 5 minutes.", 3900.0);
    row("retry after 2 days, 3 hours", 183'600.0);
    row("try again in 1m 30s", 90.0);
    row("Please retry after approximately 90 secs", 90.0);
    row("Limit resets in: 45 minutes", 2700.0);
    row("It will be available again in about 3 minutes", 180.0);
    row("Try again in 00:05:30.", 330.0);
    row("请在 30 秒后重试", 30.0);
    row("请求过于频繁，5 分钟后再试", 300.0);
    row("The limit resets every 60 seconds", -1.0);
    row("Rate limit of 50 per 86400s exceeded", -1.0);
    row("wait and try again later", -1.0);
    row("retry in a moment", -1.0);
    row("retry in 5", -1.0);
    row("retry in 5 apples", -1.0);
    row("retry in 5sheep", -1.0);
    row("nothing of the kind, 36s", -1.0);
    row("", -1.0);
}

void LimitsTest::findsAWaitInASentence()
{
    QFETCH(QString, sentence);
    QFETCH(double, seconds);
    const auto wait = findWait(toUtf8(sentence));
    QCOMPARE(wait ? toSeconds(*wait) : -1.0, seconds);
}

void LimitsTest::randomTextHarmsNothing()
{
    for (quint32 seed = 1; seed <= 20'000; ++seed) {
        std::mt19937 random(seed);
        static const QByteArray alphabet = "0123456789.hmsnuµ+-:,; TZGMTWedOct\"=rtq";
        QByteArray text;
        for (quint32 i = random() % 40; i > 0; --i)
            text.append(random() % 30 ? alphabet[random() % quint32(alphabet.size())] : char(random()));
        for (const auto &d : {parseDuration(viewOf(text)), parseRetryAfter(viewOf(text), now),
                              parseReset(viewOf(text), now), findWait("retry in " + text.toStdString())})
            QVERIFY2(!d || (*d >= Duration::zero() && *d <= fromSeconds(1e11)),
                     qPrintable(QStringLiteral("seed %1").arg(seed)));
        for (const LimitWindow &w : readLimits(
                 ProtocolKind::OpenAi,
                 {{"ratelimit", text}, {"ratelimit-policy", text}, {"x-ratelimit-reset-tokens", text}, {"date", text}},
                 now))
            QVERIFY2((!w.resetIn || *w.resetIn <= maxHint) && w.limit.value_or(0) >= 0 && w.remaining.value_or(0) >= 0,
                     qPrintable(QStringLiteral("seed %1").arg(seed)));
    }
}

SUITE_TEST(LimitsTest)
#include "tst_limits.moc"
