// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/backoff.h"
#include "base/timeformat.h"
#include "policy/callmachine.h"
#include "protocols/protocol.h"
#include "support/suite.h"

#include <QTest>

using namespace retryscope;

/// What the handler that this project replaces did wrong: it classified by the lower-cased text of an exception.
class OriginalDefectsTest : public QObject
{
    Q_OBJECT
private slots:
    void aGatewayTimeoutIsAServerError();
    void resourceExhaustedIsUnderstoodWithItsUnderscore();
    void aUsedUpQuotaIsNotRetriedOnTheSameProvider();
    void digitsInTheTextSayNothing_data();
    void digitsInTheTextSayNothing();
    void connectionAndNetworkInTheTextSayNothing_data();
    void connectionAndNetworkInTheTextSayNothing();
    void overloadedIsReachedWhateverElseTheTextSays();
    void jitterNeverExceedsTheCap();
    void theWaitAfterARateLimitIsNotCutToTheCap();
    void aHintIsNotCutToTheCap();
    void attemptsAreCountedAsMade();
};

namespace {

Classification classifyError(int status, const QByteArray &body)
{
    FailureFacts facts{.status = status};
    readErrorBody(body, &facts);
    return classify(facts);
}

QByteArray said(const QByteArray &message) { return R"({"error":{"message":")" + message + R"("}})"; }

constexpr SteadyTime start{1h};

/// One call over the given providers, whose every attempt ends the same way; waits are taken without waiting.
struct Story { std::vector<std::string> sent; CallStep last; int attempts = 0; };
Story play(const RetryConfig &config, const std::vector<std::string> &order, const Classification &ending)
{
    ProviderFailoverHandler providers(config, order);
    RetryBudget budget(1.0, 100);
    ScriptedRandom random({0.5});
    Targets chain;
    for (const std::string &provider : order)
        chain.push_back({provider, "m", {}});
    CallMachine machine(config, chain, {providers, budget, random});
    SteadyTime now = start;
    Story story;
    for (CallStep step = machine.start(now); story.sent.size() < 50;) {
        if (step.kind == CallStep::Kind::Finish) {
            story.last = step;
            break;
        }
        if (step.kind == CallStep::Kind::Wait) {
            now += step.delay;
            step = machine.onTimer(now);
            continue;
        }
        if (step.kind == CallStep::Kind::Queue) {
            step = machine.begin(now);
            continue;
        }
        story.sent.emplace_back(machine.providerAt(step.target));
        step = machine.onAttempt({ending, Delivery::Answered, false, {}, {}}, now);
    }
    story.attempts = machine.attempt();
    return story;
}

} // namespace

void OriginalDefectsTest::aGatewayTimeoutIsAServerError()
{
    for (const QByteArray &body : {QByteArray("504 Gateway Timeout"), said("504 Gateway Timeout"),
                                   QByteArray("<html><title>504 Gateway Timeout</title></html>")})
        QCOMPARE(toKey(classifyError(504, body).reason), QStringLiteral("server_error"));
}

void OriginalDefectsTest::resourceExhaustedIsUnderstoodWithItsUnderscore()
{
    QCOMPARE(
        toKey(
            classifyError(
                429, R"({"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Resource has been exhausted."}})")
                .reason),
        QStringLiteral("rate_limit"));
    QCOMPARE(toKey(classifyError(200, R"({"error":{"status":"RESOURCE_EXHAUSTED"}})").reason),
             QStringLiteral("rate_limit"));
    const Classification daily = classifyError(
        429,
        R"({"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Quota exceeded.","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel"}]}]}})");
    QCOMPARE(toKey(daily.reason), QStringLiteral("quota_exhausted"));
}

void OriginalDefectsTest::aUsedUpQuotaIsNotRetriedOnTheSameProvider()
{
    const Classification c = classifyError(
        429,
        R"({"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","code":"insufficient_quota"}})");
    QCOMPARE(toKey(c.reason), QStringLiteral("quota_exhausted"));
    QVERIFY(!c.retryHere && c.failoverHelps);
    const Story alone = play(RetryConfig{}, {"a"}, c);
    QCOMPARE(alone.sent.size(), 1);
    QCOMPARE(alone.last.kind, CallStep::Kind::Finish);
    const Story chain = play(RetryConfig{}, {"a", "b"}, c);
    QCOMPARE(chain.sent, (std::vector<std::string>{"a", "b"}));
}

void OriginalDefectsTest::digitsInTheTextSayNothing_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"used 429 tokens", "request id req_500abc", "model gpt-502-turbo", "503 504 401 403",
                             "error 429: too bad", "HTTP 500 is not what this is"})
        QTest::newRow(text) << QByteArray(text);
}

void OriginalDefectsTest::digitsInTheTextSayNothing()
{
    QFETCH(QByteArray, text);
    for (const QByteArray &body : {text, said(text)}) {
        const Classification c = classifyError(400, body);
        QCOMPARE(toKey(c.reason), QStringLiteral("invalid_request"));
        QVERIFY(!c.retryHere);
        QCOMPARE(toKey(classifyError(404, body).reason), QStringLiteral("model_unavailable"));
    }
    FailureFacts unknown; // no status, no code: unknown, and unknown is not retried
    unknown.message = text.toStdString();
    QCOMPARE(toKey(classify(unknown).reason), QStringLiteral("unknown"));
    QVERIFY(!classify(unknown).retryHere);
}

void OriginalDefectsTest::connectionAndNetworkInTheTextSayNothing_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text :
         {"invalid proxy configuration: connection string is malformed", "network setting 'x' is not allowed",
          "the dns field is required", "timeout must be a number", "unreachable code in the template"})
        QTest::newRow(text) << QByteArray(text);
}

void OriginalDefectsTest::connectionAndNetworkInTheTextSayNothing()
{
    QFETCH(QByteArray, text);
    for (const QByteArray &body : {text, said(text)}) {
        const Classification c = classifyError(400, body);
        QCOMPARE(toKey(c.reason), QStringLiteral("invalid_request"));
        QVERIFY(!c.retryHere && !c.failoverHelps);
        QCOMPARE(int(c.health), int(HealthSignal::Ignored));
    }
    FailureFacts tls{.transport = TransportFailure::Tls};
    tls.message = text.toStdString();
    QVERIFY(!classify(tls).retryHere);
}

void OriginalDefectsTest::overloadedIsReachedWhateverElseTheTextSays()
{
    const Classification c = classifyError(
        529,
        R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded: connection pool timeout, 429, rate limit, api key"}})");
    QCOMPARE(toKey(c.reason), QStringLiteral("temporary_failure"));
    QVERIFY(c.retryHere && c.failoverHelps);
}

void OriginalDefectsTest::jitterNeverExceedsTheCap()
{
    RetryConfig c;
    c.baseDelay = 2s;
    c.maxDelay = 60s;
    for (int kind = 0; kind <= int(JitterKind::Proportional); ++kind) {
        c.jitter = JitterKind(kind);
        for (const double draw : {0.0, 0.5, 0.999999999}) {
            for (int retry = 1; retry <= 64; ++retry) {
                for (const RetryReason reason :
                     {RetryReason::RateLimit, RetryReason::ServerError, RetryReason::Network}) {
                    ScriptedRandom random({draw});
                    const auto d = backoffDelay(c, reason, retry, c.maxDelay, random);
                    QVERIFY2(d.drawn >= Duration::zero() && d.drawn <= c.maxDelay,
                             qPrintable(QStringLiteral("jitter %1, draw %2, retry %3: %4")
                                            .arg(kind)
                                            .arg(draw)
                                            .arg(retry)
                                            .arg(toSeconds(d.drawn))));
                }
            }
        }
    }
}

void OriginalDefectsTest::theWaitAfterARateLimitIsNotCutToTheCap()
{
    RetryConfig c;
    c.rateLimitDelay = 65s;
    c.maxDelay = 60s;
    for (const double draw : {0.0, 0.999999999}) {
        ScriptedRandom random({draw});
        QCOMPARE(toSeconds(backoffDelay(c, RetryReason::RateLimit, 3, {}, random).drawn), 65.0);
    }
}

void OriginalDefectsTest::aHintIsNotCutToTheCap()
{
    RetryConfig c;
    c.maxDelay = 10s;
    FailureFacts facts{.status = 429};
    facts.hint = 25s;
    ProviderFailoverHandler providers(c, {"a"});
    RetryBudget budget(1.0, 100);
    ScriptedRandom random({0.5});
    CallMachine machine(c, {{"a", "m", {}}}, {providers, budget, random});
    machine.start(start);
    machine.begin(start);
    const CallStep step = machine.onAttempt({classify(facts), Delivery::Answered, false, {}, {}}, start);
    QCOMPARE(step.kind, CallStep::Kind::Wait);
    QVERIFY2(step.delay >= 25s, qPrintable(formatDuration(step.delay)));
}

void OriginalDefectsTest::attemptsAreCountedAsMade()
{
    RetryConfig c;
    const Story stopped = play(c, {"a"}, classifyError(400, said("bad")));
    QCOMPARE(stopped.attempts, 1);
    QCOMPARE(stopped.sent.size(), 1);
    const Story tried = play(c, {"a"}, classifyError(500, {}));
    QCOMPARE(tried.attempts, int(tried.sent.size()));
    QVERIFY(tried.attempts > 1);
    QCOMPARE(toKey(tried.last.reason), QStringLiteral("server_error"));
}

SUITE_TEST(OriginalDefectsTest)
#include "tst_originaldefects.moc"
