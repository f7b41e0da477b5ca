// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/answerwriter.h"

#include "protocols/answerreader.h"
#include "protocols/registry.h"
#include "protocols/sse.h"
#include "protocols/writing.h"
#include "support/suite.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace retryscope;

Q_DECLARE_METATYPE(retryscope::ProtocolKind)

namespace {

WriterContext context()
{
    return {.id = "0123456789abcdef0123456789abcdef", .now = WallTime(1'790'000'000s), .model = QStringLiteral("m")};
}

QJsonObject json(const QByteArray &data) { return QJsonDocument::fromJson(data).object(); }

namespace finishing {

/// What a provider's finish reason says, and how each wire's clients read it.
struct Meaning
{
    const char *openAi, *mistral, *responses, *anthropic, *google;
};
constexpr Meaning said{"stop", "stop", "completed", "end_turn", "STOP"};
constexpr Meaning cut{"length", "length", "max_output_tokens", "max_tokens", "MAX_TOKENS"};
constexpr Meaning called{"tool_calls", "tool_calls", "completed", "tool_use", "STOP"};
constexpr Meaning filtered{"content_filter", "content_filter", "content_filter", "refusal", "SAFETY"};
constexpr Meaning paused{"length", "length", "max_output_tokens", "pause_turn", "OTHER"};
constexpr Meaning unfinished{"length", "length", "max_output_tokens", "max_tokens", "OTHER"};
constexpr Meaning badCall{"length", "length", "max_output_tokens", "max_tokens", "MALFORMED_FUNCTION_CALL"};
constexpr Meaning badTool{"length", "length", "max_output_tokens", "max_tokens", "UNEXPECTED_TOOL_CALL"};
constexpr Meaning manyTools{"length", "length", "max_output_tokens", "max_tokens", "TOO_MANY_TOOL_CALLS"};
constexpr Meaning unsignedThought{"length", "length", "max_output_tokens", "max_tokens", "MISSING_THOUGHT_SIGNATURE"};
constexpr Meaning badAnswer{"length", "length", "max_output_tokens", "max_tokens", "MALFORMED_RESPONSE"};
constexpr Meaning noImage{"length", "length", "max_output_tokens", "max_tokens", "NO_IMAGE"};
constexpr Meaning otherImage{"length", "length", "max_output_tokens", "max_tokens", "IMAGE_OTHER"};
constexpr Meaning unspecified{"length", "length", "max_output_tokens", "max_tokens", "FINISH_REASON_UNSPECIFIED"};
constexpr Meaning unknown{"stop", "stop", "completed", "end_turn", "OTHER"};
constexpr Meaning unknownCall{"tool_calls", "tool_calls", "completed", "tool_use", "STOP"};

struct FinishRow
{
    ProtocolKind kind;
    const char *word;
    Meaning meaning;
    bool calls = false;
};
using enum ProtocolKind;
constexpr FinishRow finishRows[] = {
    {OpenAi, "stop", said},
    {OpenAi, "length", cut},
    {OpenAi, "tool_calls", called, true},
    {OpenAi, "function_call", called, true},
    {OpenAi, "content_filter", filtered},
    {OpenAi, "max_output_tokens", cut}, // from here on a relay's, of the provider behind it
    {OpenAi, "pause_turn", paused},
    {OpenAi, "OTHER", unfinished},
    {OpenAi, "network_error", unfinished},
    {OpenAi, "a-word-of-its-own", unknown},
    {OpenAi, "calls-of-its-own", unknownCall, true},
    {Mistral, "stop", said},
    {Mistral, "length", cut},
    {Mistral, "model_length", cut},
    {Mistral, "tool_calls", called, true},
    {OpenAiResponses, "completed", said},
    {OpenAiResponses, "completed", called, true},
    {OpenAiResponses, "max_output_tokens", cut},
    {OpenAiResponses, "content_filter", filtered},
    {Anthropic, "end_turn", said},
    {Anthropic, "stop_sequence", said},
    {Anthropic, "max_tokens", cut},
    {Anthropic, "model_context_window_exceeded", cut},
    {Anthropic, "tool_use", called, true},
    {Anthropic, "refusal", filtered},
    {Anthropic, "pause_turn", paused},
    {GoogleAi, "STOP", said},
    {GoogleAi, "STOP", called, true},
    {GoogleAi, "MAX_TOKENS", cut},
    {GoogleAi, "SAFETY", filtered},
    {GoogleAi, "RECITATION", filtered},
    {GoogleAi, "LANGUAGE", filtered},
    {GoogleAi, "BLOCKLIST", filtered},
    {GoogleAi, "PROHIBITED_CONTENT", filtered},
    {GoogleAi, "SPII", filtered},
    {GoogleAi, "IMAGE_SAFETY", filtered},
    {GoogleAi, "IMAGE_PROHIBITED_CONTENT", filtered},
    {GoogleAi, "IMAGE_RECITATION", filtered},
    {GoogleAi, "OTHER", unfinished},
    {GoogleAi, "FINISH_REASON_UNSPECIFIED", unspecified},
    {GoogleAi, "MALFORMED_FUNCTION_CALL", badCall},
    {GoogleAi, "UNEXPECTED_TOOL_CALL", badTool},
    {GoogleAi, "TOO_MANY_TOOL_CALLS", manyTools},
    {GoogleAi, "MISSING_THOUGHT_SIGNATURE", unsignedThought},
    {GoogleAi, "MALFORMED_RESPONSE", badAnswer},
    {GoogleAi, "NO_IMAGE", noImage},
    {GoogleAi, "IMAGE_OTHER", otherImage},
};

/// The whole answer of a provider that ends so.
QByteArray answerOf(const FinishRow &row)
{
    const QByteArray word = '"' + QByteArray(row.word) + '"';
    const bool incomplete = word != R"("completed")";
    switch (row.kind) {
    case Anthropic:
        return R"({"type":"message","role":"assistant","content":[{"type":"text","text":"So."})"
               + QByteArray(row.calls ? R"(,{"type":"tool_use","id":"c1","name":"f","input":{}})" : "")
               + R"(],"stop_reason":)" + word + "}";
    case GoogleAi:
        return R"({"candidates":[{"content":{"role":"model","parts":[{"text":"So."})"
               + QByteArray(row.calls ? R"(,{"functionCall":{"name":"f","args":{}}})" : "")
               + R"(]},"finishReason":)" + word + "}]}";
    case OpenAiResponses:
        return R"({"object":"response","status":)" + QByteArray(incomplete ? R"("incomplete")" : R"("completed")")
               + (incomplete ? R"(,"incomplete_details":{"reason":)" + word + "}" : QByteArray())
               + R"(,"output":[{"type":"message","content":[{"type":"output_text","text":"So."}]})"
               + QByteArray(row.calls ? R"(,{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"})" : "")
               + "]}";
    default:
        return R"({"choices":[{"index":0,"message":{"role":"assistant","content":"So.")"
               + QByteArray(
                   row.calls
                       ? R"(,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}])"
                       : "")
               + R"(},"finish_reason":)" + word + "}]}";
    }
}

/// How an answer on this wire says that it ended.
QString finishIn(ProtocolKind kind, const QJsonObject &object)
{
    const QJsonValue choice = object[QLatin1String("choices")][0];
    const QJsonValue response = object[QLatin1String("response")].isObject() ? object[QLatin1String("response")] : object;
    switch (kind) {
    case Anthropic: {
        const QJsonValue delta = object[QLatin1String("delta")];
        return (delta.isObject() ? delta : object)[QLatin1String("stop_reason")].toString();
    }
    case GoogleAi: return object[QLatin1String("candidates")][0][QLatin1String("finishReason")].toString();
    case OpenAiResponses:
        return response[QLatin1String("status")].toString() == QLatin1String("incomplete")
                   ? response[QLatin1String("incomplete_details")][QLatin1String("reason")].toString()
               : response[QLatin1String("status")].toString() == QLatin1String("completed")
                   ? QStringLiteral("completed")
                   : QString();
    default: return choice[QLatin1String("finish_reason")].toString();
    }
}

/// The last that a stream tells.
QString finishIn(ProtocolKind kind, const QByteArray &stream)
{
    QString finish;
    for (const QByteArray &line : stream.split('\n')) {
        if (const QString told = finishIn(kind, json(line.mid(6))); line.startsWith("data: {") && !told.isEmpty())
            finish = told;
    }
    return finish;
}

} // namespace finishing
} // namespace

/// What the round trips of random answers do not show.
class AnswerWriterTest : public QObject
{
    Q_OBJECT
private slots:
    void thoughtsWithoutASignatureAreKeptFromAnthropicsCallers();
    void aFinishThatNobodyGaveIsAStop_data();
    void aFinishThatNobodyGaveIsAStop();
    void aCallThatWasCutIsNotToldWhole();
    void argumentsThatAreNoObjectAreNotLost();
    void halfACharacterWaits_data() { aFinishThatNobodyGaveIsAStop_data(); }
    void halfACharacterWaits();
    void aCallHoldsBackWhatComesBehindIt();
    void theClosingBracketIsFound_data();
    void theClosingBracketIsFound();
    void idsComeBackAsTheVendorTakesThem();
    void everyFinishIsToldInAWordOfTheCallersWire_data();
    void everyFinishIsToldInAWordOfTheCallersWire();
    void aCallThatStoppedHalfWayIsNotToldWhole();
    void aProvidersOwnWordStandsBesideOurs();
};

/// The vendor would refuse them when they come back; that something is alive is told all the same.
void AnswerWriterTest::thoughtsWithoutASignatureAreKeptFromAnthropicsCallers()
{
    Answer answer;
    answer.addThought(QStringLiteral("hm"));
    WriterContext with = context();
    const QByteArray kept = makeAnswerWriter(ProtocolKind::Anthropic, with)->grown(answer);
    QVERIFY2(kept.contains("event: ping") && !kept.contains("hm") && kept.startsWith("event: message_start"),
             kept.constData());
    with.unsignedThoughts = true;
    const auto writer = makeAnswerWriter(ProtocolKind::Anthropic, with);
    QByteArray told = writer->grown(answer);
    answer.addText(QStringLiteral("So."));
    told += writer->ending(answer, answer);
    AnswerReader reader(Protocol::of(ProtocolKind::Anthropic));
    reader.feed(told);
    QCOMPARE(reader.answer().content.reasoning, QStringLiteral("hm"));
    QCOMPARE(reader.answer().text, QStringLiteral("So."));
}

void AnswerWriterTest::aFinishThatNobodyGaveIsAStop_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    for (const Wire &wire : wires())
        QTest::newRow(wire.key) << wire.kind;
}

/// Of a server whose end mark or connection is trusted alone.
void AnswerWriterTest::aFinishThatNobodyGaveIsAStop()
{
    QFETCH(ProtocolKind, kind);
    Answer answer;
    answer.addText(QStringLiteral("All."));
    for (const QByteArray &bytes : {makeAnswerWriter(kind, context())->whole(answer, answer),
                                    makeAnswerWriter(kind, context())->ending(answer, answer)}) {
        AnswerReader reader(Protocol::of(kind));
        reader.feed(bytes);
        reader.end();
        QVERIFY(!reader.fault());
        QVERIFY(reader.traits().isPlain(true));
        QCOMPARE(reader.answer().text, QStringLiteral("All."));
    }
}

/// A tool that is called with nothing, or with half of what was meant, does harm.
void AnswerWriterTest::aCallThatWasCutIsNotToldWhole()
{
    using enum ProtocolKind;
    Answer answer;
    answer.addText(QStringLiteral("x"));
    answer.newCall() = {QStringLiteral("c"), QStringLiteral("erase"), QStringLiteral(R"({"all":fal)")};
    answer.finish = Finish::Length;
    const auto whole = [&](ProtocolKind kind) { return makeAnswerWriter(kind, context())->whole(answer, answer); };
    for (const ProtocolKind kind : {Anthropic, GoogleAi})
        QVERIFY2(!whole(kind).contains("erase"), whole(kind).constData());
    QVERIFY(!makeAnswerWriter(GoogleAi, context())->ending(answer, answer).contains("erase"));
    for (const ProtocolKind kind : {OpenAi, Mistral, OpenAiResponses}) // there the caller sees how far it came
        QVERIFY2(whole(kind).contains(R"({\"all\":fal")"), whole(kind).constData());
    QCOMPARE(json(whole(OpenAiResponses))[QLatin1String("output")][1][QLatin1String("status")].toString(),
             QStringLiteral("incomplete"));
}

void AnswerWriterTest::argumentsThatAreNoObjectAreNotLost()
{
    Answer answer;
    answer.newCall() = {QStringLiteral("c"), QStringLiteral("look"), QStringLiteral("not json")};
    answer.addToolCall();
    answer.finish = Finish::ToolCalls;
    for (const ProtocolKind kind : {ProtocolKind::Anthropic, ProtocolKind::GoogleAi}) {
        AnswerReader reader(Protocol::of(kind));
        reader.feed(makeAnswerWriter(kind, context())->whole(answer, answer));
        reader.end();
        QCOMPARE(reader.answer().content.toolCalls.value(0).arguments, QStringLiteral("{\"arguments\":\"not json\"}"));
    }
}

void AnswerWriterTest::halfACharacterWaits()
{
    QFETCH(ProtocolKind, kind);
    const QString rocket = QStringLiteral("\U0001F680");
    const auto writer = makeAnswerWriter(kind, context());
    Answer answer;
    answer.addText(rocket.left(1));
    QVERIFY(writer->grown(answer).isEmpty());
    answer.addText(rocket.mid(1) + QStringLiteral("!"));
    const QByteArray bytes = writer->grown(answer);
    QVERIFY2(bytes.contains("\U0001F680!"), bytes.constData());
}

/// One block after the other: the next begins once the arguments before it are closed, in whatever order they come.
void AnswerWriterTest::aCallHoldsBackWhatComesBehindIt()
{
    const auto writer = makeAnswerWriter(ProtocolKind::Anthropic, context());
    Answer answer;
    answer.callAt(1) = {QStringLiteral("b"), QStringLiteral("second"), QStringLiteral("{\"x\":")};
    QVERIFY(writer->grown(answer).contains("second"));
    answer.callAt(0) = {QStringLiteral("a"), QStringLiteral("first"), {}};
    answer.addText(QStringLiteral("late words"));
    QVERIFY(writer->grown(answer).isEmpty());
    answer.callAt(1).arguments += QStringLiteral("1}");
    const QByteArray bytes = writer->grown(answer);
    QVERIFY2(bytes.contains("late words") && bytes.contains("first"), bytes.constData());
    QVERIFY(bytes.indexOf("late words") < bytes.indexOf("first"));
    QVERIFY(writer->ending(answer, answer).contains("message_stop"));
}

void AnswerWriterTest::theClosingBracketIsFound_data()
{
    QTest::addColumn<QString>("arguments");
    QTest::addColumn<int>("end"); // letters until it is; -1: never
    QTest::newRow("nothing") << QString() << -1;
    QTest::newRow("empty") << QStringLiteral("{}") << 2;
    QTest::newRow("nested") << QStringLiteral(R"({"a":{"b":[{}]}} )") << 16;
    QTest::newRow("brackets in texts") << QStringLiteral(R"({"a":"}\\\"}{["})") << 16;
    QTest::newRow("a backslash at the end") << QStringLiteral(R"({"a":"\\"})") << 10;
    QTest::newRow("open") << QStringLiteral(R"({"a":"}")") << -1;
}

void AnswerWriterTest::theClosingBracketIsFound()
{
    QFETCH(QString, arguments);
    QFETCH(int, end);
    writing::ArgumentsEnd whole, piecewise;
    QCOMPARE(whole.reached(arguments), end >= 0);
    for (int size = 0; size <= int(arguments.size()); ++size)
        QCOMPARE(piecewise.reached(QStringView(arguments).first(size)), end >= 0 && size >= end);
}

void AnswerWriterTest::idsComeBackAsTheVendorTakesThem()
{
    Answer answer;
    answer.newCall() = {QStringLiteral("functions.look:0"), QStringLiteral("look"), QStringLiteral("{}")};
    answer.newCall() = {{}, QStringLiteral("look"), QStringLiteral("{}")};
    answer.finish = Finish::ToolCalls;
    for (const Wire &wire : wires()) {
        QStringList ids[2];
        for (int streamed = 0; streamed < 2; ++streamed) {
            const auto writer = makeAnswerWriter(wire.kind, context());
            AnswerReader reader(*wire.protocol);
            reader.feed(streamed ? writer->ending(answer, answer) : writer->whole(answer, answer));
            reader.end();
            for (const ToolCall &call : reader.answer().content.toolCalls)
                ids[streamed] << call.id;
        }
        QCOMPARE(ids[0].size(), 2);
        QCOMPARE(ids[0], ids[1]);
        QVERIFY(ids[0][0] != ids[0][1] && !ids[0].contains(QString()));
        const QString first = wire.kind == ProtocolKind::Anthropic ? QStringLiteral("functions_look_0")
                              : wire.kind == ProtocolKind::Mistral ? ids[0][0]
                                                                   : QStringLiteral("functions.look:0");
        QCOMPARE(ids[0][0], first);
        QCOMPARE(ids[0][0].size() == 9, wire.kind == ProtocolKind::Mistral);
    }
}

void AnswerWriterTest::everyFinishIsToldInAWordOfTheCallersWire_data()
{
    using namespace finishing;
    QTest::addColumn<int>("row");
    for (int i = 0; i < int(std::size(finishRows)); ++i)
        QTest::addRow("%s%s of %s", finishRows[i].word, finishRows[i].calls ? " with a call" : "",
                      qPrintable(toKey(finishRows[i].kind)))
            << i;
}

/// A client's own types know no others: a foreign word is an error to some, and an endless loop to others.
void AnswerWriterTest::everyFinishIsToldInAWordOfTheCallersWire()
{
    using namespace finishing;
    QFETCH(int, row);
    const auto &[kind, word, meaning, calls] = finishRows[row];
    AnswerReader reader(Protocol::of(kind));
    reader.feed(answerOf(finishRows[row]));
    reader.end();
    const Answer &answer = reader.answer();
    QCOMPARE(answer.text, QStringLiteral("So."));
    QCOMPARE(answer.content.toolCalls.size(), calls ? 1 : 0);
    const std::pair<ProtocolKind, const char *> expected[] = {{OpenAi, meaning.openAi},
                                                              {OpenAiCompatible, meaning.openAi},
                                                              {Mistral, meaning.mistral},
                                                              {OpenAiResponses, meaning.responses},
                                                              {Anthropic, meaning.anthropic},
                                                              {GoogleAi, meaning.google}};
    for (const auto &[dialect, told] : expected) {
        const QByteArray whole = makeAnswerWriter(dialect, context())->whole(answer, reader.traits());
        QVERIFY2(finishIn(dialect, json(whole)) == QLatin1String(told), (toKey(dialect).toLatin1() + ": " + whole).constData());
        const auto writer = makeAnswerWriter(dialect, context());
        const QByteArray stream = writer->grown(answer) + writer->ending(answer, reader.traits());
        QVERIFY2(finishIn(dialect, stream) == QLatin1String(told), (toKey(dialect).toLatin1() + ": " + stream).constData());
    }
}

/// Neither is one that ended in a word beside the limit on tokens.
void AnswerWriterTest::aCallThatStoppedHalfWayIsNotToldWhole()
{
    using enum ProtocolKind;
    Answer answer;
    answer.addText(QStringLiteral("x"));
    answer.newCall() = {QStringLiteral("c"), QStringLiteral("erase"), QStringLiteral(R"({"all":fal)")};
    answer.finish = Finish::Other;
    answer.finishReason = QStringLiteral("OTHER");
    for (const ProtocolKind kind : {Anthropic, GoogleAi})
        QVERIFY(!makeAnswerWriter(kind, context())->whole(answer, answer).contains("erase"));
    const QByteArray told = makeAnswerWriter(OpenAi, context())->whole(answer, answer);
    QCOMPARE(json(told)[QLatin1String("choices")][0][QLatin1String("native_finish_reason")].toString(), QStringLiteral("OTHER"));
    answer.finishReason = QStringLiteral("pause_turn");
    const QByteArray google = makeAnswerWriter(GoogleAi, context())->whole(answer, answer);
    QCOMPARE(json(google)[QLatin1String("candidates")][0][QLatin1String("finishMessage")].toString(), QStringLiteral("pause_turn"));
}

/// Under the name that relays have for it, and nowhere where the wire's own word says the same.
void AnswerWriterTest::aProvidersOwnWordStandsBesideOurs()
{
    using enum ProtocolKind;
    Answer answer;
    answer.addText(QStringLiteral("x"));
    takeFinish(QStringLiteral("Out-Of-\"Steam\""), &answer);
    for (const ProtocolKind kind : {OpenAi, OpenAiCompatible, OpenAiResponses, Mistral, Anthropic}) {
        const QByteArray field = R"("native_finish_reason":"Out-Of-\"Steam\"")";
        const QByteArray whole = makeAnswerWriter(kind, context())->whole(answer, answer);
        QVERIFY2(whole.contains(field) && !json(whole).isEmpty(), whole.constData());
        const auto writer = makeAnswerWriter(kind, context());
        const QByteArray stream = writer->grown(answer) + writer->ending(answer, answer);
        QVERIFY2(stream.count(field) == 1, stream.constData());
    }
    answer.finish = Finish::Stop;
    QVERIFY(!makeAnswerWriter(Mistral, context())->whole(answer, answer).contains("native"));
    answer.finish = Finish::Other;
    answer.finishReason = QStringLiteral("pause_turn");
    QVERIFY(!makeAnswerWriter(Anthropic, context())->whole(answer, answer).contains("native"));
}

SUITE_TEST(AnswerWriterTest)
#include "tst_answerwriter.moc"
