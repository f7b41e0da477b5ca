// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "protocols/answerreader.h"
#include "protocols/answerwriter.h"
#include "protocols/registry.h"
#include "protocols/wireerror.h"
#include "support/suite.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace retryscope;
using enum RetryReason;

namespace {

const QString sentence = QStringLiteral("Every provider of the chain \"main\" has refused: see “why”.");

WireError errorOf(RetryReason reason, const QString &message = sentence)
{
    return {.reason = reason, .message = message, .requestId = "req_0123456789abcdef01234567"};
}

FailureFacts factsOf(const WrittenError &written)
{
    FailureFacts facts{.status = written.status};
    readErrorBody(written.body, &facts);
    readErrorHeaders(written.headers, WallTime(1'790'000'000s), &facts);
    return facts;
}

/// What stands behind a server is that server's own failure for a caller; a cancellation has no reader.
RetryReason readAs(ProtocolKind kind, RetryReason reason)
{
    switch (reason) {
    case None:
    case Unknown:
    case Network:
    case NetworkTimeout:
    case StreamInterrupted:
    case MalformedResponse: return ServerError;
    case Cancelled: return kind == ProtocolKind::GoogleAi ? TemporaryFailure : InvalidRequest;
    default: return reason;
    }
}

QJsonObject json(const QByteArray &body) { return QJsonDocument::fromJson(body).object(); }

/// Every wire with every reason.
void addRows()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<RetryReason>("reason");
    for (const Wire &wire : wires()) {
        for (int reason = 0; reason < retryReasonCount; ++reason)
            QTest::addRow("%s, %s", wire.key, qPrintable(toKey(RetryReason(reason))))
                << wire.kind << RetryReason(reason);
    }
}

} // namespace
Q_DECLARE_METATYPE(retryscope::ProtocolKind)

class WireErrorsTest : public QObject
{
    Q_OBJECT
private slots:
    void theReasonIsReadAgain_data() { addRows(); }
    void theReasonIsReadAgain();
    void theStatusIsTheOneOfTheSdksClass_data();
    void theStatusIsTheOneOfTheSdksClass();
    void theFieldsAreTheVendors_data();
    void theFieldsAreTheVendors();
    void aStreamEndsInAFault_data() { addRows(); }
    void aStreamEndsInAFault();
    void theWaitIsTold_data();
    void theWaitIsTold();
    void whatIsKnownByItsWordsHasThem();
    void anyTextIsCarried();
    void aGivenStatusIsKept();
};

void WireErrorsTest::theReasonIsReadAgain()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(RetryReason, reason);
    const WrittenError written = writeError(kind, errorOf(reason));
    QVERIFY2(!json(written.body).isEmpty(), written.body.constData());
    QCOMPARE(headerValue(written.headers, "content-type"), "application/json");
    const FailureFacts facts = factsOf(written);
    QVERIFY2(toText(facts.message).contains(sentence), facts.message.c_str());
    const Classification c = classify(facts);
    QCOMPARE(toKey(c.reason), toKey(readAs(kind, reason)));
}

void WireErrorsTest::theStatusIsTheOneOfTheSdksClass_data()
{
    QTest::addColumn<RetryReason>("reason");
    QTest::addColumn<QVector<int>>("statuses"); // OpenAI, Anthropic, Google, Mistral
    QTest::newRow("rate limit") << RateLimit << QVector<int>{429, 429, 429, 429};
    QTest::newRow("quota") << QuotaExhausted << QVector<int>{429, 402, 402, 402};
    QTest::newRow("overloaded") << TemporaryFailure << QVector<int>{503, 529, 503, 503};
    QTest::newRow("server error") << ServerError << QVector<int>{500, 500, 500, 500};
    QTest::newRow("unknown") << Unknown << QVector<int>{500, 500, 500, 500};
    QTest::newRow("network") << Network << QVector<int>{502, 502, 502, 502};
    QTest::newRow("timeout") << NetworkTimeout << QVector<int>{504, 504, 504, 504};
    QTest::newRow("cut") << StreamInterrupted << QVector<int>{502, 502, 502, 502};
    QTest::newRow("unreadable") << MalformedResponse << QVector<int>{502, 502, 502, 502};
    QTest::newRow("key") << Authentication << QVector<int>{401, 401, 401, 401};
    QTest::newRow("permission") << Permission << QVector<int>{403, 403, 403, 403};
    QTest::newRow("model") << ModelUnavailable << QVector<int>{404, 404, 404, 404};
    QTest::newRow("request") << InvalidRequest << QVector<int>{400, 400, 400, 400};
    QTest::newRow("context") << ContextLength << QVector<int>{400, 400, 400, 400};
    QTest::newRow("filter") << ContentFilter << QVector<int>{400, 400, 400, 400};
    QTest::newRow("cancelled") << Cancelled << QVector<int>{499, 499, 499, 499};
}

void WireErrorsTest::theStatusIsTheOneOfTheSdksClass()
{
    QFETCH(RetryReason, reason);
    QFETCH(QVector<int>, statuses);
    using enum ProtocolKind;
    const auto status = [&](ProtocolKind kind) { return writeError(kind, errorOf(reason)).status; };
    QCOMPARE((QVector<int>{status(OpenAi), status(Anthropic), status(GoogleAi), status(Mistral)}), statuses);
    QCOMPARE(status(OpenAiCompatible), statuses[0]);
    QCOMPARE(status(OpenAiResponses), statuses[0]);
    // No official client is to repeat what money alone changes.
    for (const Wire &wire : wires())
        QCOMPARE(headerValue(writeError(wire.kind, errorOf(reason)).headers, "x-should-retry"),
                 reason == QuotaExhausted ? QByteArray("false") : QByteArray());
}

void WireErrorsTest::theFieldsAreTheVendors_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<RetryReason>("reason");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("idHeader");
    const auto row = [](const char *name, ProtocolKind kind, RetryReason reason, const char *body, const char *id) {
        QTest::newRow(name) << kind << reason << QByteArray(body) << QByteArray(id);
    };
    row("openai", ProtocolKind::OpenAi, RateLimit,
        R"({"error":{"message":"M","type":"rate_limit_error","param":"n","code":"rate_limit_exceeded"}})",
        "x-request-id");
    row("openai, no code", ProtocolKind::OpenAi, InvalidRequest,
        R"({"error":{"message":"M","type":"invalid_request_error","param":"n","code":null}})", "x-request-id");
    row("responses", ProtocolKind::OpenAiResponses, ModelUnavailable,
        R"({"error":{"message":"M","type":"invalid_request_error","param":"n","code":"model_not_found"}})",
        "x-request-id");
    row("compatible", ProtocolKind::OpenAiCompatible, Network,
        R"({"error":{"message":"M","type":"server_error","param":"n","code":"network"}})", "x-request-id");
    row("anthropic", ProtocolKind::Anthropic, TemporaryFailure,
        R"({"type":"error","error":{"type":"overloaded_error","message":"n: M"},"request_id":"req_1"})", "request-id");
    row("google", ProtocolKind::GoogleAi, InvalidRequest,
        R"({"error":{"code":400,"message":"M","status":"INVALID_ARGUMENT","details":[
            {"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"n","description":"M"}]}]}})",
        "");
    row("mistral", ProtocolKind::Mistral, RateLimit,
        R"({"object":"error","message":"M","type":"rate_limited","param":"n","code":"1300","raw_status_code":429})",
        "mistral-correlation-id");
}

void WireErrorsTest::theFieldsAreTheVendors()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(RetryReason, reason);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, idHeader);
    WireError error = errorOf(reason, QStringLiteral("M"));
    error.param = QStringLiteral("n");
    error.requestId = "req_1";
    const WrittenError written = writeError(kind, error);
    QCOMPARE(json(written.body), json(body));
    for (const char *header : {"x-request-id", "request-id", "mistral-correlation-id"})
        QCOMPARE(headerValue(written.headers, header), header == idHeader ? QByteArray("req_1") : QByteArray());
}

void WireErrorsTest::aStreamEndsInAFault()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(RetryReason, reason);
    Answer answer;
    answer.addText(QStringLiteral("Half a sen"));
    const auto writer = makeAnswerWriter(kind, {.id = "0123456789abcdef01234567", .model = QStringLiteral("m")});
    const QByteArray said = writer->grown(answer), broken = writeErrorEvent(kind, errorOf(reason));
    QVERIFY2(broken.endsWith("\n\n") && broken.count("\n\n") == 1, broken.constData());
    AnswerReader reader(Protocol::of(kind));
    reader.feed(said + broken);
    QVERIFY(reader.settled()); // before the connection ends
    reader.end();
    QCOMPARE(reader.answer().text, answer.text);
    const auto fault = reader.fault();
    QVERIFY(fault.has_value());
    QVERIFY2(toText(fault->message).contains(sentence), fault->message.c_str());
    const RetryReason told = classify(*fault).reason, expected = readAs(kind, reason);
    // Within a stream no status tells a cancellation apart.
    QCOMPARE(toKey(told),
             toKey(reason == Cancelled && kind != ProtocolKind::GoogleAi && kind != ProtocolKind::Mistral ? ServerError
                                                                                                          : expected));
}

void WireErrorsTest::theWaitIsTold_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    for (const Wire &wire : wires())
        QTest::newRow(wire.key) << wire.kind;
}

void WireErrorsTest::theWaitIsTold()
{
    QFETCH(ProtocolKind, kind);
    WireError error = errorOf(RateLimit);
    error.retryAfter = 7s;
    const WrittenError written = writeError(kind, error);
    QCOMPARE(headerValue(written.headers, "retry-after"), "7");
    QCOMPARE(classify(factsOf(written)).hint, std::optional<Duration>(7s));
    FailureFacts body; // Google's clients look there
    readErrorBody(written.body, &body);
    QCOMPARE(body.hint.has_value(), kind == ProtocolKind::GoogleAi);
    QVERIFY(headerValue(writeError(kind, errorOf(RateLimit)).headers, "retry-after").isEmpty());
}

void WireErrorsTest::whatIsKnownByItsWordsHasThem()
{
    using enum ProtocolKind;
    const auto message = [](ProtocolKind kind, const QString &text) {
        FailureFacts facts;
        readErrorBody(writeError(kind, errorOf(ContextLength, text)).body, &facts);
        return toText(facts.message);
    };
    QCOMPARE(message(OpenAi, sentence), sentence); // a code tells it
    QVERIFY(message(Anthropic, sentence).startsWith(QStringLiteral("prompt is too long: ")));
    QVERIFY(message(GoogleAi, sentence)
                .startsWith(QStringLiteral("The input token count exceeds the maximum number of tokens")));
    QVERIFY(message(Mistral, sentence).startsWith(QStringLiteral("Prompt is too large for model with")));
    const QString own = QStringLiteral("Sorry, Prompt is too long: 9 > 8.");
    QCOMPARE(message(Anthropic, own), own);
}

void WireErrorsTest::anyTextIsCarried()
{
    const QString text = QStringLiteral("“quotes” \"\\\" \t\n, 日本語, 🚀, data: [DONE]\n\nevent: x");
    for (const Wire &wire : wires()) {
        FailureFacts facts;
        const QByteArray event = writeErrorEvent(wire.kind, errorOf(ServerError, text));
        QVERIFY2(event.trimmed().count('\n') <= 1, event.constData());
        AnswerReader reader(Protocol::of(wire.kind));
        reader.feed(event);
        QVERIFY2(reader.fault() && reader.fault()->message.find("日本語, 🚀, data: [DONE]") != std::string::npos,
                 wire.key);
    }
}

void WireErrorsTest::aGivenStatusIsKept()
{
    WireError error = errorOf(InvalidRequest);
    error.status = 413;
    for (const Wire &wire : wires()) {
        const WrittenError written = writeError(wire.kind, error);
        QCOMPARE(written.status, 413);
        QCOMPARE(toKey(classify(factsOf(written)).reason), toKey(InvalidRequest));
    }
    QCOMPARE(
        json(writeError(ProtocolKind::GoogleAi, error).body)[QLatin1String("error")][QLatin1String("code")].toInt(),
        413);
}

SUITE_TEST(WireErrorsTest)
#include "tst_wireerrors.moc"
