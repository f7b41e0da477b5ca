// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/retryafter.h"
#include "protocols/answerreader.h"
#include "protocols/protocol.h"
#include "support/suite.h"

#include <QTest>

using namespace retryscope;

/// The same meanings in other servers' words: one rule a kind, not a row a message.
class SiblingsTest : public QObject
{
    Q_OBJECT
private slots:
    void aSentenceMeansItsKind_data();
    void aSentenceMeansItsKind();
    void aHeaderCanHoldTheCode();
    void waitsAreReadWhereverTheyStand_data();
    void waitsAreReadWhereverTheyStand();
    void whatIsNoWaitIsNotRead_data();
    void whatIsNoWaitIsNotRead();
    void limitsAreReadUnderTheNameWithTwoHyphens();
    void anErrorIsSeenInAnyShapeInsideAStream_data();
    void anErrorIsSeenInAnyShapeInsideAStream();
    void anEmptyErrorBesideAnAnswerIsNone();

private:
    static Classification read(int status, const HttpHeaders &headers, const QByteArray &body, Vendor vendor);
};

Classification SiblingsTest::read(int status, const HttpHeaders &headers, const QByteArray &body, Vendor vendor)
{
    FailureFacts facts{.status = status};
    facts.vendor = vendor;
    const WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 10h;
    readErrorHeaders(headers, now, &facts);
    readErrorBody(body, &facts);
    return classify(facts);
}

void SiblingsTest::aSentenceMeansItsKind_data()
{
    QTest::addColumn<int>("vendor");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("message");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("expected");
    const auto row = [](int status, const char *message, const char *expected, const char *code = "",
                        Vendor vendor = Vendor::Unknown) {
        QTest::newRow(message) << int(vendor) << status << QString::fromUtf8(message) << QString::fromLatin1(code)
                               << QString::fromLatin1(expected);
    };
    const char *prompt = "context_length request away", *model = "model_unavailable model away";
    const char *denied = "permission model away", *content = "content_filter request stop";
    const char *money = "quota_exhausted account away", *scheme = "network provider away";
    // The prompt
    row(422, "Input validation error: `inputs` must have less than 4095 tokens. Given: 5000", prompt, "validation");
    row(400, "The decoder prompt (length 9000) is longer than the maximum model length of 8192.", prompt);
    row(413, "Request body too large for gpt-4o model. Max size: 8000 tokens.", prompt, "tokens_limit_reached");
    // The model
    row(400, "Model Not Exist", model, "invalid_request_error");
    row(400, "The provided model identifier is invalid.", model);
    row(400, "Invocation of model ID m with on-demand throughput isn’t supported.", model);
    row(400, "The operation does not work with the specified model, m.", model, "OperationNotSupported");
    row(404, "This is not a chat model.", model, "invalid_request_error");
    row(500, "unable to load model: /models/blobs/sha256-aa", model);
    row(400, "It is asleep.", model, "dedicated_endpoint_not_running");
    row(403, "You don't have access to the model with the specified model ID.", denied, "AccessDeniedException");
    row(403, "You do not have access to this model.", denied, "permission_error");
    row(403, "A project admin has to enable it.", denied, "model_permission_blocked_project");
    row(404, "model 'm' not found, make sure that you have access to the model.", model);
    // The content
    row(400, "Output blocked by content filtering policy", content, "invalid_request_error");
    row(400, "Content Exists Risk", content, "invalid_request_error");
    row(400, "litellm.ContentPolicyViolationError: The response was filtered", content);
    row(403, "Content violates usage guidelines. Failed check: SAFETY", content);
    // Money
    row(403, "Your newly created team doesn't have any credits or licenses yet.", money);
    row(429, "litellm.RateLimitError: You exceeded your current quota, please check your plan and billing details.",
        money, "throttling_error");
    row(429, "RateLimitError: rate limit of your plan exceeded", "rate_limit model retry");
    row(403, "Token quota reached for plan lite", money, "token_quota_reached");
    row(429, "Your account has reached the set inference limit for the model.", money, "SetLimitExceeded");
    row(429, "Your prepayment credits are depleted.", money, "RESOURCE_EXHAUSTED", Vendor::Google);
    row(429, "Your project has exceeded its monthly spending cap.", money, "RESOURCE_EXHAUSTED", Vendor::Google);
    row(429, "Resource has been exhausted (e.g. check quota).", "rate_limit model retry", "RESOURCE_EXHAUSTED",
        Vendor::Google);
    row(429, "Extra usage is required for long context requests.", "quota_exhausted request away", "rate_limit_error",
        Vendor::Anthropic);
    row(429, "You are using a Trial key, which is limited to 1000 API calls / month.", "quota_exhausted model away");
    // The address, and keys
    row(400, "Client sent an HTTP request to an HTTPS server.", scheme);
    row(511, "Login first.", scheme);
    row(200, "login fail: please carry the API secret key", "authentication account away", "1004");
}

void SiblingsTest::aSentenceMeansItsKind()
{
    QFETCH(int, vendor);
    QFETCH(int, status);
    QFETCH(QString, message);
    QFETCH(QString, code);
    QFETCH(QString, expected);
    const QByteArray text = message.toUtf8(), type = code.isEmpty() ? "null" : '"' + code.toUtf8() + '"';
    const Classification c =
        read(status, {}, "{\"error\":{\"message\":\"" + text + "\",\"code\":" + type + "}}", Vendor(vendor));
    static const char *const scopes[] = {"request", "model", "provider", "account"};
    const char *verdict = c.retryHere ? "retry" : c.failoverHelps ? "away" : "stop";
    QCOMPARE(toKey(c.reason) + QLatin1Char(' ') + QLatin1String(scopes[int(c.scope)]) + QLatin1Char(' ')
                 + QLatin1String(verdict),
             expected);
}

void SiblingsTest::aHeaderCanHoldTheCode()
{
    const auto reason = [](const char *code, int status) {
        return read(status, {{"x-amzn-ErrorType", code}}, "{\"message\":\"No.\"}", Vendor::Unknown).reason;
    };
    QCOMPARE(reason("ExpiredTokenException", 403), RetryReason::Authentication);
    QCOMPARE(reason("UnrecognizedClientException", 403), RetryReason::Authentication);
    QCOMPARE(reason("AccessDeniedException", 400), RetryReason::Permission);
    QCOMPARE(reason("ThrottlingException:http://internal/coral/", 400), RetryReason::RateLimit);
    QCOMPARE(reason("ValidationException", 400), RetryReason::InvalidRequest);
}

void SiblingsTest::waitsAreReadWhereverTheyStand_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<double>("seconds");
    const auto header = [](const char *name, const char *value, double seconds) {
        QTest::addRow("%s: %s", name, value) << QByteArray(name) << QByteArray(value) << QByteArray("{}") << seconds;
    };
    const auto body = [](const char *body, double seconds) {
        QTest::newRow(body) << QByteArray() << QByteArray() << QByteArray(body) << seconds;
    };
    header("x-retry-after", "3", 3);
    header("x-ms-retry-after-ms", "2000", 2);
    header("X-RateLimit-Reset-After", "1.25", 1.25);
    header("X-Rate-Limit-Reset-After", "7", 7);
    header("Retry-After", "\"20\"", 20);
    header("Retry-After", "20 seconds", 20);
    body("{\"error\":{\"message\":\"No.\"},\"retry_after\":12}", 12);
    body("{\"error\":{\"message\":\"No.\",\"details\":{\"retry_after\":12}}}", 12);
    body("{\"error\":{\"code\":\"x\",\"details\":[{\"retryDelay\":{\"seconds\":\"12\",\"nanos\":500000000}}]}}", 12.5);
    body("{\"error\":{\"message\":\"No.\",\"resetTime\":\"2026-11-24T10:00:12Z\"}}", 12);
    body("{\"error\":\"The model is loading\",\"estimated_time\":20.0}", 20);
    body("{\"error\":\"Please retry in a minute.\"}", 60);
    body("{\"error\":\"Please try again in one minute and 5 seconds.\"}", 65);
    body("{\"error\":\"Please try again in an hour.\"}", 3600);
    body("{\"error\":\"Too fast. Retry after: 10\"}", 10);
    body("{\"error\":\"Rate limit exceeded, retry_after=10\"}", 10);
    body("{\"error\":\"Rate limited (retry-after 8)\"}", 8);
}

void SiblingsTest::waitsAreReadWhereverTheyStand()
{
    QFETCH(QByteArray, header);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, body);
    QFETCH(double, seconds);
    const Classification c =
        read(429, header.isEmpty() ? HttpHeaders() : HttpHeaders{{header, value}}, body, Vendor::Unknown);
    const std::optional<Duration> wait = c.hint ? c.hint : c.blockFor;
    QVERIFY(wait);
    QCOMPARE(toSeconds(*wait), seconds);
}

void SiblingsTest::whatIsNoWaitIsNotRead_data()
{
    QTest::addColumn<QByteArray>("body");
    for (const char *body : {"{\"error\":\"Retry after 3 attempts.\"}", "{\"error\":\"Wait in line: you are 7th.\"}",
                             "{\"error\":\"retry in 2026\"}", "{\"error\":\"A minute of audio is the most.\"}"})
        QTest::newRow(body) << QByteArray(body);
}

void SiblingsTest::whatIsNoWaitIsNotRead()
{
    QFETCH(QByteArray, body);
    QVERIFY(!read(429, {}, body, Vendor::Unknown).hint);
    QVERIFY(!read(429, {{"Retry-After", "in a while"}}, "{}", Vendor::Unknown).hint);
    QVERIFY(!read(503, {{"X-RateLimit-Reset-After", "1.25"}}, "{}", Vendor::Unknown).hint); // of a limit that it did not meet
    QCOMPARE(read(429, {{"X-RateLimit-Reset-After", "9"}, {"Retry-After", "3"}}, "{}", Vendor::Unknown).hint, std::optional<Duration>(3s));
}

void SiblingsTest::limitsAreReadUnderTheNameWithTwoHyphens()
{
    const HttpHeaders headers{
        {"X-Rate-Limit-Limit", "60"}, {"X-Rate-Limit-Remaining", "0"}, {"X-Rate-Limit-Reset", "40"}};
    const LimitWindows windows = readLimits(ProtocolKind::OpenAiCompatible, headers, WallTime{});
    QCOMPARE(windows.size(), 1);
    QCOMPARE(windows[0].remaining.value_or(-1), 0);
    QCOMPARE(toSeconds(windows[0].resetIn.value_or(Duration{})), 40.0);
    QCOMPARE(seenHeaders(headers).first().first, QStringLiteral("x-rate-limit-limit"));
}

void SiblingsTest::anErrorIsSeenInAnyShapeInsideAStream_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char *stream, RetryReason reason) {
        QTest::newRow(stream) << QByteArray(stream) << toKey(reason);
    };
    row("event: error\ndata: upstream overloaded\n\n", RetryReason::TemporaryFailure);
    row("event: error\ndata: \"too many requests\"\n\n", RetryReason::RateLimit);
    row("error: {\"code\":500,\"message\":\"Compute error.\",\"type\":\"server_error\"}\n\n", RetryReason::ServerError);
    row("data: {\"detail\":\"Internal Server Error\"}\n\n", RetryReason::ServerError);
    row("data: {\"message\":\"Endpoint request timed out\"}\n\n", RetryReason::ServerError);
    row("data: {\"status\":429,\"title\":\"Too Many Requests\"}\n\n", RetryReason::RateLimit);
    row("data: {\"success\":false,\"errors\":[{\"code\":3040,\"message\":\"Capacity temporarily exceeded\"}]}\n\n",
        RetryReason::TemporaryFailure);
}

void SiblingsTest::anErrorIsSeenInAnyShapeInsideAStream()
{
    QFETCH(QByteArray, stream);
    AnswerReader reader(Protocol::of(ProtocolKind::OpenAiCompatible));
    reader.feed(stream);
    reader.end(AnswerEnd::Closed);
    const std::optional<FailureFacts> fault = reader.fault();
    QVERIFY(fault);
    QTEST(toKey(classify(*fault).reason), "reason");
    QVERIFY(!fault->message.empty() || fault->status == 429);
}

void SiblingsTest::anEmptyErrorBesideAnAnswerIsNone()
{
    AnswerReader reader(Protocol::of(ProtocolKind::OpenAiCompatible));
    const QString shown =
        reader.feed("data: {\"error\":{},\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},"
                    "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
    reader.end(AnswerEnd::Closed);
    QCOMPARE(shown, QStringLiteral("Hi"));
    QVERIFY(!reader.fault());
}

SUITE_TEST(SiblingsTest)
#include "tst_siblings.moc"
