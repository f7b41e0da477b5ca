// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/enginerig.h"

#include "support/suite.h"
#include "unit/answerrows.h"
#include "words/callwords.h"

using namespace retryscope;
using namespace retryscope::rows;

namespace {

using Pieces = QVector<std::pair<double, QByteArray>>; ///< seconds since the piece before it, bytes

/// A streamed answer with pauses; the head comes at once. Without an end the stream falls silent.
Script paced(const Pieces &pieces, bool ends = true, ExchangeEnd how = {})
{
    Script s{1ms, 2ms, 200, {{"Content-Type", "text/event-stream"}}, {}, {}, how};
    Duration at = 2ms;
    for (const auto &[pause, bytes] : pieces)
        s.data.append({at += fromSeconds(pause) + 1ms, bytes});
    if (ends)
        s.end = at + 1ms;
    return s;
}

const ExchangeEnd broken{TransportFailure::Reset, Delivery::Answered, QStringLiteral("broken")};
const QByteArray doneMark = "data: [DONE]\n\n";
QByteArray thought(const char *text)
{
    return sse(R"({"choices":[{"index":0,"delta":{"reasoning_content":")" + QByteArray(text)
               + R"("},"finish_reason":null}]})");
}
QByteArray second(const char *text, const char *finish = nullptr)
{
    return chunk(text, finish).replace("\"index\":0", "\"index\":1");
}
QByteArray usageOf(int in, int out)
{
    return sse(R"({"choices":[],"usage":{"prompt_tokens":)" + QByteArray::number(in) + R"(,"completion_tokens":)"
               + QByteArray::number(out) + "}}");
}
QByteArray said(const char *text, const char *finish = nullptr)
{
    return sse(gemini(R"([{"text":")" + QByteArray(text) + R"("}])", finish));
}
QByteArray claudeText(const char *text)
{
    return sse(R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")" + QByteArray(text)
                   + "\"}}",
               "content_block_delta");
}
QByteArray claudeEnd(const char *reason)
{
    return sse(R"({"type":"message_delta","delta":{"stop_reason":")" + QByteArray(reason)
                   + R"("},"usage":{"output_tokens":2}})",
               "message_delta")
           + claudeStop;
}

/// Whole and good, on the wire of that kind.
QVector<QByteArray> goodStream(ProtocolKind kind)
{
    switch (kind) {
    case ProtocolKind::Anthropic: return {claudeText("hi"), claudeEnd("end_turn")};
    case ProtocolKind::GoogleAi: return {said("hi", "STOP")};
    default: return {chunk("hi", "stop"), doneMark};
    }
}

void speak(EngineRig &rig, ProtocolKind kind)
{
    for (ProviderConfig &p : rig.configuration.providers)
        p.protocol = kind;
    rig.handler->configure(rig.configuration);
}

} // namespace

/// How an answer is read, when it lives, when it ends, and what it counts for, on every wire and in both modes.
class AnswersTest : public QObject
{
    Q_OBJECT
private slots:
    void ends_data();
    void ends();
    void signsOfLife_data();
    void signsOfLife();
    void aSteadyStreamOutlastsTheLimits();
    void theStreamTimeoutEndsAnEndlessStream();
    void commentsAreNoFirstToken();
    void theLastProviderMayBeSlow();
    void aSlowOneIsLeftOnceSomebodyElseIsBack();
    void whatSucceedsButIsNotPlain_data();
    void whatSucceedsButIsNotPlain();
    void everyDeliveryIsCounted_data();
    void everyDeliveryIsCounted();
    void costs_data();
    void costs();
    void aProviderMaySayWhatAnEndIs_data();
    void aProviderMaySayWhatAnEndIs();
    void aFaultyBodyIsAskedForAgainUnseen();
};

void AnswersTest::ends_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<Script>("script");
    QTest::addColumn<QString>("text");   // of a success at the first attempt; empty: no success
    QTest::addColumn<AnswerEnd>("end");
    const auto row = [](const char *name, ProtocolKind kind, const Script &script, const char *text,
                        AnswerEnd end = AnswerEnd::Mark) {
        QTest::newRow(name) << kind << script << QString::fromLatin1(text) << end;
    };
    using enum AnswerEnd;
    row("Google: STOP in every event, 0.8 s apart", GoogleKind,
        paced({{0, said("One ", "STOP")}, {0.8, said("two ", "STOP")}, {0.8, said("three.", "STOP")}}),
        "One two three.", Closed);
    row("Google: the same with pauses of 5 s", GoogleKind,
        paced({{0, said("One ", "STOP")}, {5, said("two ", "STOP")}, {5, said("three.", "STOP")}}), "One two three.",
        Closed);
    row("Google: reset after the first STOP", GoogleKind, paced({{0, said("One ", "STOP")}}, true, broken), "One ",
        Reset);
    row("Google: reset after STOP in two events", GoogleKind,
        paced({{0, said("One ", "STOP")}, {0.8, said("two ", "STOP")}}, true, broken), "");
    row("Google: silence after STOP in two events", GoogleKind,
        paced({{0, said("One ", "STOP")}, {0.8, said("two ", "STOP")}}, false), "");
    row("Google: an empty STOP first", GoogleKind,
        paced({{0, sse(gemini("[]", "STOP"))}, {1, said("The text.")}, {0, sse(gemini(R"([{"text":""}])", "STOP"))}}),
        "The text.", Closed);
    row("Google: an empty STOP first and none behind", GoogleKind,
        paced({{0, sse(gemini("[]", "STOP"))}, {1, said("The text.")}}), "");
    row("Google: a signature behind STOP", GoogleKind,
        paced({{0, said("hi", "STOP")}, {0, sse(gemini(R"([{"text":"","thoughtSignature":"x"}])"))}}), "hi", Closed);
    row("Google: silence after STOP", GoogleKind, paced({{0, said("hi", "STOP")}}, false), "hi", Silence);
    row("Google: closed within an event behind STOP", GoogleKind, paced({{0, said("hi", "STOP") + "data: {\"cand"}}),
        "hi", Reset);
    const auto object = [](const char *text, const char *finish = nullptr) {
        return gemini(R"([{"text":")" + QByteArray(text) + R"("}])", finish);
    };
    row("Google: an array that grows for 72 s", GoogleKind,
        paced({{0, "[" + object("One ")},
               {18, "\n,\n" + object("two ").chopped(9)},
               {18, object("two ").right(9)},
               {18, "," + object("three.", "STOP")},
               {18, "\n]\n"}},
              false),
        "One two three.");
    row("Google: STOP in every object of an array", GoogleKind,
        paced({{0, "[" + object("One ", "STOP")}, {5, "," + object("two.", "STOP")}, {0, "]"}}), "One two.");
    row("Google: the same, closed without its bracket", GoogleKind,
        paced({{0, "[" + object("One ", "STOP")}, {5, "," + object("two.", "STOP")}}), "");
    row("Google: an array closed behind STOP", GoogleKind, paced({{0, "[" + object("hi", "STOP")}}), "hi", Closed);
    row("Google: an array without a finish reason", GoogleKind, paced({{0, "[" + object("hi") + "]"}}), "");
    row("Google: an array cut within an object", GoogleKind,
        paced({{0, "[" + object("One ") + "," + object("two.", "STOP").chopped(1)}}), "");
    row("Google: an error in an array", GoogleKind, paced(
            {{0, "[" + object("One ") + R"(,{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}])"}}),
        "");
    row("stop in every chunk, 0.8 s apart", AnyKind, paced(
            {{0, chunk("One ", "stop")}, {0.8, chunk("two ", "stop")}, {0.8, chunk("three.", "stop")}, {0, doneMark}}),
        "One two three.");
    row("stop in every chunk, closed without [DONE]", AnyKind,
        paced({{0, chunk("One ", "stop")}, {0.8, chunk("two ", "stop")}}), "");
    row("stop too early", AnyKind, paced({{0, chunk("", "stop")}, {1, chunk("The text.")}, {0, doneMark}}),
        "The text.");
    row("stop too early, closed without [DONE]", AnyKind, paced({{0, chunk("", "stop")}, {1, chunk("The text.")}}), "");
    row("closed after stop, without [DONE]", AnyKind, paced({{0, chunk("hi", "stop")}}), "hi", Closed);
    row("reset after stop", AnyKind, paced({{0, chunk("hi", "stop")}}, true, broken), "hi", Reset);
    row("silence after stop", AnyKind, paced({{0, chunk("hi", "stop")}}, false), "hi", Silence);
    row("open after [DONE]", AnyKind, paced({{0, chunk("hi", "stop")}, {0, doneMark}}, false), "hi");
    row("open after [DONE] without its blank line", AnyKind,
        paced({{0, chunk("hi", "stop")}, {0, "data: [DONE]\n"}}, false), "hi");
    row("[DONE] without a finish reason", AnyKind,
        paced({{0, chunk("The first three are: one, ")}, {0, chunk("two, a")}, {0, doneMark}}), "");
    row("Mistral: [DONE] without a finish reason", MistralKind, paced({{0, chunk("one, ")}, {0, doneMark}}), "");
    row("Anthropic: message_stop without a stop reason", AnthropicKind,
        paced({{0, claudeText("one, ")}, {0, claudeStop}}), "");
    row("Anthropic: a stop reason in every event", AnthropicKind,
        paced({{0, claude("end_turn")}, {0.8, claudeText("!")}, {0.8, claudeEnd("end_turn")}}), "hi!");
    row("Anthropic: closed after the stop reason", AnthropicKind, paced({{0, claude("end_turn")}}), "");
    row("events apart by one line end", AnyKind,
        paced({{0.2, chunk("One ").chopped(1)},
               {0.2, chunk("two ").chopped(1)},
               {0.2, chunk("three").chopped(1)},
               {0.2, chunk("", "stop").chopped(1)},
               {0, "data: [DONE]\n"}}),
        "One two three");
    row("the prefix twice", AnyKind,
        paced({{0, "data: " + chunk("One ")}, {0, "data: " + chunk("two", "stop")}, {0, "data: " + doneMark}}),
        "One two");
    row("two choices, interleaved", OpenAiKind,
        paced({{0, chunk("One ")}, {0, second("XXX", "length")}, {0, chunk("two", "stop")}, {0, doneMark}}), "One two");
    row("a second choice goes on behind the first", OpenAiKind,
        paced({{0, chunk("One", "stop")}, {0.8, second("X")}, {0.8, second("Y", "stop")}}), "One", Closed);
    row("a second choice is cut", OpenAiKind, paced({{0, chunk("One", "stop")}, {0, second("X")}}), "");
    row("a late usage", AnyKind,
        paced({{0, chunk("Hi")}, {0, chunk("", "stop")}, {0.8, usageOf(12, 7)}, {0, doneMark}}), "Hi");
    row("an image of 1.5 MB in one event", AnyKind, paced(
            {{0, chunk("Here is your image.")},
             {0,
              sse(R"({"choices":[{"index":0,"delta":{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,)"
                  + QByteArray(1'500'000, 'A') + R"("}}]}}]})")},
             {0, chunk("", "stop")},
             {0, doneMark}}),
        "Here is your image.");
    row("an error as text before any word", AnyKind,
        paced({{0, sse(R"({"error":"an error was encountered while running the model: unexpected EOF"})")}}), "");
}

/// Live, an answer that was shown and broke ends the call; held back until complete, it is asked for again.
void AnswersTest::ends()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(Script, script);
    QFETCH(QString, text);
    QFETCH(AnswerEnd, end);
    for (const StreamMode mode : {StreamMode::Live, StreamMode::CompleteAnswer}) {
        RetryConfig c = EngineRig::exact();
        c.streamMode = mode;
        EngineRig rig(c);
        speak(rig, kind);
        rig.transport.queue = {script};
        rig.transport.next = [kind](const HttpRequest &, int) { return scripts::stream(goodStream(kind)); };
        QString shown;
        QObject::connect(rig.handler.get(), &ApiRetryHandler::textArrived,
                         [&](CallId, const QString &t) { shown += t; });
        std::optional<QString> seen; // when the first attempt ended
        rig.handler->events().subscribe([&](const Event &e) {
            if (e.kind == EventKind::AttemptFinished && !seen)
                seen = shown;
        });
        const CallResult result = rig.call(true);
        const Event first = rig.of(EventKind::AttemptFinished).first();
        const QString told =
            QStringLiteral("%1: %2 %3 “%4”").arg(toKey(first.reason), first.rule, first.detail, result.text.left(100));
        if (!text.isEmpty()) {
            QVERIFY2(result.succeeded() && result.attempts == 1, qPrintable(told));
            QCOMPARE(result.text, text);
            QCOMPARE(shown, text);
            QCOMPARE(toKey(result.answer.end), toKey(end));
            QCOMPARE(toKey(result.answer.finish), QStringLiteral("stop"));
            QCOMPARE(result.isPlain(), end == AnswerEnd::Mark || end == AnswerEnd::Closed);
            QCOMPARE(first.finish, QStringLiteral("stop"));
            QCOMPARE(first.rule, end == AnswerEnd::Reset     ? QStringLiteral("answer:ended_by_reset")
                                 : end == AnswerEnd::Silence ? QStringLiteral("answer:ended_by_silence")
                                                             : QString());
        } else {
            QVERIFY2(first.reason != RetryReason::None, qPrintable(told));
            QVERIFY(mode == StreamMode::Live || seen->isEmpty());
            QCOMPARE(result.succeeded(), seen->isEmpty()); // honest stop, or asked for again
            QCOMPARE(result.attempts, seen->isEmpty() ? 2 : 1);
        }
        rig.check();
    }
}

void AnswersTest::signsOfLife_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<QByteArray>("sign");
    QTest::newRow("reasoning_content") << AnyKind << thought("s ");
    QTest::newRow("reasoning") << AnyKind << sse(R"({"choices":[{"index":0,"delta":{"reasoning":"s "}}]})");
    QTest::newRow("OpenRouter's reasoning_details")
        << AnyKind
        << sse(R"({"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]}}]})");
    QTest::newRow("Mistral's thinking part")
        << MistralKind
        << sse(R"({"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"s"}]}]}}]})");
    QTest::newRow("tool_calls")
        << OpenAiKind
        << sse(R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"x"}}]}}]})");
    QTest::newRow("an image") << AnyKind
                              << sse(R"({"choices":[{"index":0,"delta":{"images":[{"type":"image_url"}]}}]})");
    QTest::newRow("text") << AnyKind << chunk("");
    QTest::newRow("Responses: reasoning")
        << OpenAiKind << sse(R"({"type":"response.reasoning_summary_text.delta","delta":"s"})");
    QTest::newRow("Responses: arguments")
        << OpenAiKind << sse(R"({"type":"response.function_call_arguments.delta","delta":"s"})");
    QTest::newRow("Anthropic: thinking_delta")
        << AnthropicKind
        << sse(R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"s"}})",
               "content_block_delta");
    QTest::newRow("Anthropic: signature_delta")
        << AnthropicKind
        << sse(R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}})",
               "content_block_delta");
    QTest::newRow("Anthropic: input_json_delta")
        << AnthropicKind
        << sse(R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{"}})",
               "content_block_delta");
    QTest::newRow("Google: a thought") << GoogleKind << sse(gemini(R"([{"text":"s","thought":true}])"));
    QTest::newRow("Google: functionCall") << GoogleKind << sse(gemini(R"([{"functionCall":{"name":"x"}}])"));
    QTest::newRow("Google: inlineData") << GoogleKind << sse(gemini(R"([{"inlineData":{"mimeType":"image/png"}}])"));
}

/// 36 s of it at the default limits, with another provider that could be asked: nobody else is, and nothing is billed twice.
void AnswersTest::signsOfLife()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(QByteArray, sign);
    const bool life = qstrcmp(QTest::currentDataTag(), "text") != 0; // an empty delta is none
    EngineRig rig(EngineRig::exact(), 2);
    speak(rig, kind);
    Pieces pieces;
    for (int i = 0; i < 72; ++i)
        pieces.append({0.5, sign});
    for (const QByteArray &piece : goodStream(kind))
        pieces.append({0.5, piece});
    rig.transport.queue = {paced(pieces)};
    rig.transport.next = [kind](const HttpRequest &, int) { return scripts::stream(goodStream(kind)); };
    const CallResult result = rig.call(true);
    QVERIFY2(result.succeeded(), qPrintable(errorText(result)));
    QCOMPARE(result.provider, life ? QStringLiteral("a") : QStringLiteral("b"));
    QCOMPARE(rig.transport.requests.size(), life ? 1 : 2);
    QCOMPARE(result.text, QStringLiteral("hi"));
    if (life)
        QVERIFY(result.firstToken && *result.firstToken < 1s);
    rig.check();
}

void AnswersTest::aSteadyStreamOutlastsTheLimits()
{
    for (const int seconds : {75, 300}) { // beyond the attempt's limit, and beyond the call's deadline
        for (const StreamMode mode : {StreamMode::Live, StreamMode::CompleteAnswer}) {
            RetryConfig c = EngineRig::exact();
            c.streamMode = mode;
            EngineRig rig(c, 2);
            Pieces pieces(seconds, {1, chunk("x")});
            pieces.append({0, chunk("", "stop") + doneMark});
            rig.transport.queue = {paced(pieces)};
            const CallResult result = rig.call(true);
            QVERIFY2(result.succeeded() && result.isPlain(), qPrintable(errorText(result)));
            QCOMPARE(result.text.size(), seconds);
            QCOMPARE(result.attempts, 1);
            rig.check();
        }
    }
}

void AnswersTest::theStreamTimeoutEndsAnEndlessStream()
{
    RetryConfig c = EngineRig::exact();
    c.streamTimeout = 90s;
    EngineRig rig(c);
    rig.transport.queue = {paced(Pieces(1000, {1, chunk("x")}))};
    const CallResult result = rig.call(true);
    QCOMPARE(toKey(result.reason), QStringLiteral("stream_interrupted"));
    const Event finished = rig.of(EventKind::AttemptFinished).first();
    QCOMPARE(finished.rule, QStringLiteral("timeout:stream"));
    QVERIFY(finished.duration > 91s && finished.duration < 92s);
    QVERIFY(rig.of(EventKind::CircuitChanged).isEmpty());
    rig.check();
}

void AnswersTest::commentsAreNoFirstToken()
{
    EngineRig rig(EngineRig::exact(), 2);
    Pieces pieces(100, {1, ": keep-alive\n\n"});
    rig.transport.queue = {paced(pieces)};
    rig.transport.next = [](const HttpRequest &, int) { return scripts::stream(goodStream(AnyKind)); };
    const CallResult result = rig.call(true);
    QVERIFY(result.succeeded());
    QCOMPARE(rig.of(EventKind::AttemptFinished).first().rule, QStringLiteral("timeout:first_token"));
    QCOMPARE(result.maybeTwice, 1);
    rig.check();
}

void AnswersTest::theLastProviderMayBeSlow()
{
    for (const int providers : {1, 2}) {
        RetryConfig c = EngineRig::exact();
        c.firstTokenTimeout = 1s;
        EngineRig rig(c, providers);
        const Script late = paced({{3, chunk("late")}, {0, chunk("", "stop") + doneMark}});
        rig.transport.next = [late](const HttpRequest &, int) { return late; };
        const CallResult result = rig.call(true);
        QVERIFY2(result.succeeded(), qPrintable(errorText(result)));
        QCOMPARE(result.attempts, providers); // the first is left, the last is waited for
        QCOMPARE(result.text, QStringLiteral("late"));
        rig.check();
    }
    RetryConfig c = EngineRig::exact(); // the attempt's own limit still holds
    c.attemptTimeout = 5s;
    EngineRig rig(c);
    rig.transport.queue = {scripts::silence()};
    QCOMPARE(rig.call(true).duration, Duration(5s));
    QCOMPARE(rig.of(EventKind::AttemptFinished).first().rule, QStringLiteral("timeout:attempt"));
}

void AnswersTest::aSlowOneIsLeftOnceSomebodyElseIsBack()
{
    RetryConfig c = EngineRig::exact();
    c.firstTokenTimeout = 2s;
    EngineRig rig(c, 2);
    rig.handler->isolate(QStringLiteral("b"));
    rig.transport.queue = {scripts::silence()};
    rig.transport.next = [](const HttpRequest &, int) { return scripts::stream(goodStream(OpenAiKind)); };
    const CallId call = rig.send(true);
    rig.clock.advance(10s);
    QCOMPARE(rig.transport.requests.size(), 1); // nobody else is there
    rig.handler->release(QStringLiteral("b"));
    rig.clock.advance(1100ms);
    QCOMPARE(rig.transport.requests.size(), 2);
    rig.drain();
    QVERIFY(rig.results[call.value].succeeded());
    rig.check();
}

void AnswersTest::whatSucceedsButIsNotPlain_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<Script>("script");
    QTest::addColumn<QString>("finish");
    QTest::addColumn<QString>("raw");
    const auto row = [](const char *name, ProtocolKind kind, const Script &script, const char *finish,
                        const char *raw) {
        QTest::newRow(name) << kind << script << QString::fromLatin1(finish) << QString::fromLatin1(raw);
    };
    const QByteArray call = sse(R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]})");
    row("length", AnyKind, paced({{0, chunk("One ", "length")}, {0, doneMark}}), "length", "length");
    row("length before any text", AnyKind, paced({{0, thought("long")}, {0, chunk("", "length")}, {0, doneMark}}),
        "length", "length");
    row("Anthropic: max_tokens", AnthropicKind, paced({{0, claudeText("One ")}, {0, claudeEnd("max_tokens")}}),
        "length", "max_tokens");
    row("Anthropic: the window is full", AnthropicKind,
        paced({{0, claudeText("One ")}, {0, claudeEnd("model_context_window_exceeded")}}), "length",
        "model_context_window_exceeded");
    row("Google: MAX_TOKENS", GoogleKind, paced({{0, said("One ", "MAX_TOKENS")}}), "length", "MAX_TOKENS");
    row("Google: MAX_TOKENS, whole, used up by thinking", GoogleKind, scripts::reply(
            200,
            R"({"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS","index":0}],"usageMetadata":{"promptTokenCount":17,"thoughtsTokenCount":1020,"totalTokenCount":1037}})"),
        "length", "MAX_TOKENS");
    row("Mistral: model_length", MistralKind, paced({{0, chunk("One ", "model_length")}, {0, doneMark}}), "length",
        "model_length");
    row("Responses: incomplete", OpenAiKind, paced(
            {{0, sse(R"({"type":"response.output_text.delta","delta":"One"})")},
             {0,
              sse(R"({"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}})")}}),
        "length", "max_output_tokens");
    row("Ollama: length", AnyKind,
        scripts::reply(200, R"({"message":{"content":"One"},"done":true,"done_reason":"length"})"), "length", "length");
    row("tool calls", OpenAiKind, paced({{0, call}, {0, chunk("", "tool_calls")}, {0, doneMark}}), "tool_calls",
        "tool_calls");
    row("text and tool calls, told as stop", AnyKind,
        paced({{0, chunk("I look.")}, {0, call}, {0, chunk("", "stop")}, {0, doneMark}}), "tool_calls", "stop");
    row("Anthropic: tool_use", AnthropicKind,
        paced({{0, sse(R"({"type":"content_block_start","content_block":{"type":"tool_use","name":"x"}})")},
               {0, claudeEnd("tool_use")}}),
        "tool_calls", "tool_use");
    row("Anthropic: pause_turn", AnthropicKind, paced({{0, claudeText("One ")}, {0, claudeEnd("pause_turn")}}), "other",
        "pause_turn");
    row("Google: functionCall", GoogleKind, paced({{0, sse(gemini(R"([{"functionCall":{"name":"x"}}])", "STOP"))}}),
        "tool_calls", "STOP");
    row("an image without text", AnyKind, scripts::reply(
            200, R"({"choices":[{"message":{"content":"","images":[{"type":"image_url"}]},"finish_reason":"stop"}]})"),
        "stop", "stop");
    row("a foreign word", AnyKind, paced({{0, chunk("One ", "whatever")}, {0, doneMark}}), "other", "whatever");
    row("Google: OTHER", GoogleKind, paced({{0, said("One ", "OTHER")}}), "other", "OTHER");
    row("no finish reason in a whole body", AnyKind,
        scripts::reply(200, R"({"choices":[{"message":{"content":"One"}}]})"), "", "");
    row("a hole", AnyKind,
        paced({{0, chunk("One ")}, {0, "data: {\"choices\":[{\"de\n\n"}, {0, chunk("three", "stop")}, {0, doneMark}}),
        "stop", "stop");
    row("Anthropic: a hole", AnthropicKind,
        paced({{0, claudeText("One ")},
               {0, "event: content_block_delta\ndata: {\"type\":\"con\n\n"},
               {0, claudeEnd("end_turn")}}),
        "stop", "end_turn");
    row("Google: a hole", GoogleKind, paced({{0, said("One ")}, {0, "data: {\"cand\n\n"}, {0, said("three", "STOP")}}),
        "stop", "STOP");
}

void AnswersTest::whatSucceedsButIsNotPlain()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(Script, script);
    QFETCH(QString, finish);
    QFETCH(QString, raw);
    const bool hole = QByteArrayView(QTest::currentDataTag()).endsWith("a hole");
    for (const StreamMode mode : {StreamMode::Live, StreamMode::CompleteAnswer}) {
        RetryConfig c = EngineRig::exact();
        c.streamMode = mode;
        EngineRig rig(c);
        speak(rig, kind);
        rig.transport.queue = {script};
        rig.transport.next = [kind](const HttpRequest &, int) { return scripts::stream(goodStream(kind)); };
        const CallResult result = rig.call(script.end && script.headers.size() == 1);
        QVERIFY2(result.succeeded(), qPrintable(errorText(result)));
        if (hole && mode == StreamMode::CompleteAnswer) { // a part is missing: asked for again unseen
            QCOMPARE(toKey(rig.of(EventKind::AttemptFinished).first().reason), QStringLiteral("malformed_response"));
            QCOMPARE(result.text, QStringLiteral("hi"));
            continue;
        }
        QCOMPARE(result.attempts, 1);
        QVERIFY(!result.isPlain());
        QCOMPARE(toKey(result.answer.finish), finish);
        QCOMPARE(result.answer.finishReason, raw);
        QCOMPARE(result.answer.unreadable, int(hole));
        for (const EventKind kind : {EventKind::AttemptFinished, EventKind::CallFinished}) {
            QCOMPARE(rig.of(kind).last().finish, finish);
            QCOMPARE(rig.of(kind).last().unreadable, int(hole));
        }
        rig.check();
    }
}

void AnswersTest::everyDeliveryIsCounted_data()
{
    QTest::addColumn<Script>("script");
    QTest::addColumn<bool>("delivered");
    QTest::newRow("a stream that is cut") << paced({{0, thought("hm")}}) << true;
    QTest::newRow("a stream that breaks") << paced({{0, thought("hm")}}, true, broken) << true;
    QTest::newRow("a head and no more") << paced({}) << true;
    QTest::newRow("an error inside a 200") << paced({{0, sse(openAi("server_error", "server_is_overloaded"))}}) << true;
    QTest::newRow("an empty answer") << paced({{0, chunk("", "stop") + doneMark}}) << true;
    QTest::newRow("thoughts only") << paced({{0, thought("hm")}, {0, chunk("", "stop") + doneMark}}) << true;
    QTest::newRow("a body that is cut") << scripts::reply(200, R"({"choices":[{"message":{"content":"h)") << true;
    QTest::newRow("reset before a head") << scripts::reset() << true;
    QTest::newRow("refused") << scripts::refused() << false;
    QTest::newRow("an error status") << scripts::serverError() << false;
    QTest::newRow("a rate limit") << scripts::rateLimit() << false;
}

void AnswersTest::everyDeliveryIsCounted()
{
    QFETCH(Script, script);
    QFETCH(bool, delivered);
    RetryConfig c = EngineRig::exact();
    c.circuitMinCalls = 1000;
    c.streamMode = StreamMode::CompleteAnswer;
    c.attemptsPerProvider = 2;
    EngineRig rig(c, 2);
    rig.transport.queue = {script, script, script};
    rig.transport.next = [](const HttpRequest &, int) { return scripts::stream(goodStream(OpenAiKind)); };
    const CallResult result = rig.call(true);
    QVERIFY2(result.succeeded(), qPrintable(errorText(result)));
    QCOMPARE(result.attempts, 4);
    QCOMPARE(result.maybeTwice, delivered ? 3 : 0);
    QCOMPARE(int(rig.transport.requests.size()), 4);
    for (const UnconfirmedDelivery policy : {UnconfirmedDelivery::Stop, UnconfirmedDelivery::RepeatWithKey}) {
        c.unconfirmedDelivery = policy; // the user may choose what that means
        EngineRig careful(c, 2);
        careful.transport.queue = {script};
        careful.transport.next = rig.transport.next;
        QCOMPARE(careful.call(true).attempts, delivered ? 1 : 2);
        careful.check();
    }
    rig.check();
}

void AnswersTest::costs_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<Script>("script");
    QTest::addColumn<double>("cost"); // -1: not known
    QTest::addColumn<int>("out");     // -1: not known
    const QByteArray start = sse(
        R"({"type":"message_start","message":{"usage":{"input_tokens":1000,"cache_read_input_tokens":1000,"output_tokens":1}}})",
        "message_start");
    QTest::newRow("no cache") << OpenAiKind << paced({{0, chunk("hi", "stop")}, {0, usageOf(1000, 100)}, {0, doneMark}})
                              << 0.0012 << 100;
    QTest::newRow("half of it from the cache")
        << OpenAiKind
        << paced(
               {{0, chunk("hi", "stop")},
                {0,
                 sse(R"({"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":100,"prompt_tokens_details":{"cached_tokens":500}}})")},
                {0, doneMark}})
        << 0.00075 << 100;
    QTest::newRow("Anthropic: the cache beside it")
        << AnthropicKind
        << paced(
               {{0, start + claudeText("hi")},
                {0,
                 sse(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":0,"output_tokens":100}})")
                     + claudeStop}})
        << 0.0013 << 100;
    QTest::newRow("Anthropic: cut, with one token told so far")
        << AnthropicKind << paced({{0, start + claudeText("hi")}}) << -1.0 << -1;
    QTest::newRow("cut behind a usage") << OpenAiKind << paced({{0, chunk("hi")}, {0, usageOf(1000, 1)}}) << -1.0 << -1;
    QTest::newRow("Google: cut behind a usage")
        << GoogleKind
        << paced(
               {{0,
                 sse(R"({"candidates":[{"content":{"parts":[{"text":"hi"}]}}],"usageMetadata":{"promptTokenCount":1000,"candidatesTokenCount":1}})")}})
        << -1.0 << -1;
    QTest::newRow("no usage told") << OpenAiKind << paced({{0, chunk("hi", "stop")}, {0, doneMark}}) << -1.0 << -1;
    QTest::newRow("a usage 0.8 s behind the finish reason")
        << OpenAiKind << paced({{0, chunk("hi", "stop")}, {0.8, usageOf(1000, 100)}, {0, doneMark}}) << 0.0012 << 100;
}

void AnswersTest::costs()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(Script, script);
    QFETCH(double, cost);
    QFETCH(int, out);
    EngineRig rig;
    speak(rig, kind);
    rig.handler->setPrices(PriceList({{QStringLiteral("*"), QStringLiteral("*"), 1.0, 2.0, 0.1, {}, {}, false}}));
    rig.transport.queue = {script};
    const CallResult result = rig.call(true);
    QCOMPARE(result.costUsd.has_value(), cost >= 0);
    if (cost >= 0)
        QVERIFY2(qAbs(*result.costUsd - cost) < 1e-9, qPrintable(QString::number(*result.costUsd)));
    QCOMPARE(result.tokensOut.value_or(-1), out);
    QCOMPARE(rig.of(EventKind::AttemptFinished).first().costUsd.has_value(), cost >= 0);
}

void AnswersTest::aProviderMaySayWhatAnEndIs_data()
{
    QTest::addColumn<EndRule>("rule");
    QTest::addColumn<Script>("script");
    QTest::addColumn<bool>("succeeds");
    const Script marked = paced({{0, chunk("hi")}, {0, doneMark}}), closed = paced({{0, chunk("hi")}}),
                 reset = paced({{0, chunk("hi")}}, true, broken);
    QTest::newRow("protocol, [DONE] alone") << EndRule::Protocol << marked << false;
    QTest::newRow("protocol, closed") << EndRule::Protocol << closed << false;
    QTest::newRow("mark, [DONE] alone") << EndRule::Mark << marked << true;
    QTest::newRow("mark, closed") << EndRule::Mark << closed << false;
    QTest::newRow("connection, [DONE] alone") << EndRule::Connection << marked << true;
    QTest::newRow("connection, closed") << EndRule::Connection << closed << true;
    QTest::newRow("connection, reset") << EndRule::Connection << reset << false;
    QTest::newRow("connection, closed within an event")
        << EndRule::Connection << paced({{0, chunk("hi") + "data: {\"choi"}}) << false;
}

void AnswersTest::aProviderMaySayWhatAnEndIs()
{
    QFETCH(EndRule, rule);
    QFETCH(Script, script);
    QFETCH(bool, succeeds);
    EngineRig rig;
    rig.configuration.providers[0].end = rule;
    rig.handler->configure(rig.configuration);
    rig.transport.queue = {script};
    const CallResult result = rig.call(true);
    QCOMPARE(result.succeeded(), succeeds);
    QVERIFY(!result.isPlain()); // the provider gave no finish reason
    QCOMPARE(result.text, QStringLiteral("hi"));
}

void AnswersTest::aFaultyBodyIsAskedForAgainUnseen()
{
    EngineRig rig;
    speak(rig, GoogleKind);
    rig.transport.queue = {scripts::reply(200, gemini(hi).replace("hi", "cut"))};
    rig.transport.next = [](const HttpRequest &, int) { return scripts::reply(200, gemini(hi, "STOP")); };
    QString shown;
    QObject::connect(rig.handler.get(), &ApiRetryHandler::textArrived, [&](CallId, const QString &t) { shown += t; });
    const CallResult result = rig.call();
    QVERIFY2(result.succeeded(), qPrintable(errorText(result)));
    QCOMPARE(result.attempts, 2);
    QCOMPARE(shown, QStringLiteral("hi"));
}

SUITE_TEST(AnswersTest)
#include "tst_answers.moc"
