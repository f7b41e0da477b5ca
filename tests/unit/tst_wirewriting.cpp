// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"

#include "protocols/answerreader.h"
#include "protocols/answerwriter.h"
#include "protocols/losses.h"
#include "protocols/registry.h"
#include "protocols/writtenjson.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace retryscope;

namespace {

const char *const path = "/v1beta/models/gemini-2.5-flash:generateContent";

QJsonObject object(const QByteArray &text) { return QJsonDocument::fromJson(text).object(); }

/// As the gateway reads it.
ChatRequest asked(ProtocolKind kind, const QByteArray &body)
{
    ChatRequest chat = Protocol::of(kind).readRequest(path, object(body)).value_or(ChatRequest());
    keepWriting(body, &chat);
    return chat;
}

QByteArray told(ProtocolKind kind, const ChatRequest &chat)
{
    ProviderConfig provider;
    provider.protocol = kind;
    provider.baseUrl = QUrl(QStringLiteral("https://host.test/v1"));
    return Protocol::of(kind).buildRequest(provider, chat, "k").body;
}

QStringList lost(ProtocolKind from, const QByteArray &body, ProtocolKind to)
{
    return unreadFields(from, path, object(body)) + unsayableFields(to, asked(from, body));
}

/// What a caller of one wire is told of an answer of another's.
QByteArray answered(ProtocolKind by, const QByteArray &answer, ProtocolKind to, bool stream = false)
{
    AnswerReader reader(Protocol::of(by));
    reader.feed(answer);
    reader.end();
    const auto writer =
        makeAnswerWriter(to, {.id = "0123456789abcdef0123456789abcdef", .model = QStringLiteral("asked")});
    return stream ? writer->grown(reader.answer()) + writer->ending(reader.answer(), reader.traits())
                  : writer->whole(reader.answer(), reader.traits());
}

QByteArray chatWith(const QByteArray &fields)
{
    return R"({"model":"m","messages":[{"role":"user","content":"x"}],)" + fields + "}";
}
QByteArray messagesWith(const QByteArray &fields)
{
    return R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],)" + fields + "}";
}
QByteArray contentsWith(const QByteArray &fields)
{
    return R"({"contents":[{"parts":[{"text":"x"}]}],)" + fields + "}";
}
QByteArray inputWith(const QByteArray &fields) { return R"({"model":"m","input":"x",)" + fields + "}"; }

using enum ProtocolKind;
constexpr ProtocolKind everyKind[] = {OpenAi, OpenAiResponses, OpenAiCompatible, Anthropic, GoogleAi, Mistral};

} // namespace

/// A request told on another wire keeps what QJson would change, and is in the target's own words.
class WireWritingTest : public QObject
{
    Q_OBJECT
private slots:
    void aValueIsFoundByItsPath();
    void aSchemaKeepsItsOrder_data();
    void aSchemaKeepsItsOrder();
    void googlesOrderIsTold();
    void numbersOfArgumentsAreKept_data();
    void numbersOfArgumentsAreKept();
    void numbersOfAnswersAreKept_data();
    void numbersOfAnswersAreKept();
    void parametersAreASchemaOfAnObject_data();
    void parametersAreASchemaOfAnObject();
    void effortIsToldInTheWiresWords_data();
    void effortIsToldInTheWiresWords();
    void thinkingOfAnthropicIsToldOrNamed_data();
    void thinkingOfAnthropicIsToldOrNamed();
    void penaltiesAndChoicesAreTranslated();
    void theModelThatAnsweredIsTold_data();
    void theModelThatAnsweredIsTold();
    void toolsOfResponsesAreStrictUnlessSaid();
    void theFieldOfARefusalIsNamed();
};

void WireWritingTest::aValueIsFoundByItsPath()
{
    WrittenJson json("\xEF\xBB\xBF { \"a\" : [ 1 , {\"b\": { \"z\" : 18446744073709551615 , \"c\" : \" x \" } } ] ,"
                     "\"some_thing\" : { \"k\" : true }, \"a\\u0062\" : [] }");
    QCOMPARE(json.at(QStringLiteral("a[1].b")), QByteArray(R"({"z":18446744073709551615,"c":" x "})"));
    QCOMPARE(json.at(QStringLiteral("a[0]")), QByteArray("1"));
    QCOMPARE(json.at(QStringLiteral("someThing[0].k")), QByteArray("true"));
    QCOMPARE(json.at(QStringLiteral("ab")), QByteArray("[]"));
    for (const char *none : {"", "b", "a[2]", "a[1].c", "a.b", "someThing[1]", "a[x].b", "ab[0]"})
        QCOMPARE(json.at(QLatin1String(none)), QByteArray());
    QCOMPARE(WrittenJson("{\"a\":{\"b\":").at(QStringLiteral("a.b")), QByteArray());
    QCOMPARE(WrittenJson("[1]").at(QStringLiteral("a")), QByteArray());
    QCOMPARE(WrittenJson("").at(QStringLiteral("a")), QByteArray());
}

void WireWritingTest::aSchemaKeepsItsOrder_data()
{
    QTest::addColumn<ProtocolKind>("from");
    QTest::addColumn<QByteArray>("body");
    const QByteArray schema =
        R"({ "type":"object", "properties":{"reasoning":{"type":"string"}, "answer":{"type":"object","properties":{"z":{"type":"number","maximum":36893488147419103232},"b":{"type":"string"}},"required":["z","b"]}},"required":["reasoning","answer"]})";
    const auto row = [&schema](const char *name, ProtocolKind from, QByteArray body) {
        QTest::newRow(name) << from << body.replace("SCHEMA", schema);
    };
    row("chat: format", OpenAi,
        chatWith(R"("response_format":{"type":"json_schema","json_schema":{"name":"n","schema":SCHEMA}})"));
    row("chat: tool", OpenAi, chatWith(R"("tools":[{"type":"function","function":{"name":"f","parameters":SCHEMA}}])"));
    row("chat: strict tool", OpenAi,
        chatWith(R"("tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":SCHEMA}}])"));
    row("responses: format", OpenAiResponses,
        inputWith(R"("text":{"format":{"type":"json_schema","name":"n","schema":SCHEMA}})"));
    row("responses: tool", OpenAiResponses,
        inputWith(R"("tools":[{"type":"function","name":"f","parameters":SCHEMA}])"));
    row("anthropic: format", Anthropic,
        messagesWith(R"("output_config":{"format":{"type":"json_schema","schema":SCHEMA}})"));
    row("anthropic: beta", Anthropic, messagesWith(R"("output_format":{"type":"json_schema","schema":SCHEMA})"));
    row("anthropic: tool", Anthropic,
        messagesWith(R"("tools":[{"type":"web_search_1","name":"w"},{"name":"f","input_schema":SCHEMA}])"));
    row("google: format", GoogleAi, contentsWith(R"("generationConfig":{"responseJsonSchema":SCHEMA})"));
    row("google: format in snakes", GoogleAi, contentsWith(R"("generation_config":{"response_schema":SCHEMA})"));
    row("google: tool", GoogleAi,
        contentsWith(R"("tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":SCHEMA}]}])"));
    row("google: one tool without its list", GoogleAi,
        contentsWith(R"("tools":{"function_declarations":{"name":"f","parameters":SCHEMA}})"));
}

/// OpenAI documents that an answer follows it, and so thoughts have to come before what they lead to.
void WireWritingTest::aSchemaKeepsItsOrder()
{
    QFETCH(ProtocolKind, from);
    QFETCH(QByteArray, body);
    const ChatRequest chat = asked(from, body);
    for (const ProtocolKind to : everyKind) {
        const QByteArray sent = told(to, chat);
        QVERIFY2(!object(sent).isEmpty(), sent.constData());
        QVERIFY2(sent.indexOf("\"reasoning\":{") < sent.indexOf("\"answer\":{") && sent.contains("\"reasoning\":{"),
                 sent.constData());
        QVERIFY2(sent.indexOf("\"z\":{") < sent.indexOf("\"b\":{"), sent.constData());
        QVERIFY2(sent.contains("36893488147419103232"), sent.constData());
        QCOMPARE(sent.contains(R"("propertyOrdering":["reasoning","answer"])"), to == GoogleAi);
        QCOMPARE(sent.contains(R"("propertyOrdering":["z","b"])"), to == GoogleAi);
    }
}

void WireWritingTest::googlesOrderIsTold()
{
    const QByteArray schema =
        R"({"type":"OBJECT","properties":{"answer":{"type":"STRING"},"propertyOrdering":{"type":"STRING"},"reasoning":{"type":"OBJECT","properties":{"b":{"type":"STRING"},"z":{"type":"STRING"}},"propertyOrdering":["z","b"]}},"propertyOrdering":["reasoning","answer"]})";
    for (const char *field : {"responseSchema", "responseJsonSchema"}) {
        const ChatRequest chat =
            asked(GoogleAi, contentsWith(R"("generationConfig":{")" + QByteArray(field) + "\":" + schema + "}"));
        for (const ProtocolKind to : {OpenAi, OpenAiResponses, Anthropic, Mistral, OpenAiCompatible}) {
            const QByteArray sent = told(to, chat);
            QVERIFY2(sent.indexOf("\"reasoning\":{") < sent.indexOf("\"answer\":{")
                         && sent.indexOf("\"z\":{") < sent.indexOf("\"b\":{"),
                     sent.constData());
            QVERIFY2(sent.contains("\"propertyOrdering\":{") && !sent.contains("\"propertyOrdering\":["),
                     sent.constData());
        }
    }
    // One that another caller gives is given on.
    const QByteArray given = told(
        GoogleAi,
        asked(
            OpenAi,
            chatWith(
                R"("response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{},"b":{}},"propertyOrdering":["b","a"]}}})")));
    QVERIFY2(given.contains(R"("propertyOrdering":["b","a"])") && given.count("propertyOrdering") == 1,
             given.constData());
    // Without a text nobody knows an order.
    ChatRequest chat = asked(
        OpenAi,
        chatWith(
            R"("response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{},"b":{}}}}})"));
    chat.format.written.text.clear();
    QVERIFY(!told(GoogleAi, chat).contains("propertyOrdering"));
}

void WireWritingTest::numbersOfArgumentsAreKept_data()
{
    QTest::addColumn<ProtocolKind>("from");
    QTest::addColumn<QByteArray>("body");
    const auto row = [](const char *name, ProtocolKind from, const char *body) {
        QTest::newRow(name) << from << QByteArray(body);
    };
    row("chat", OpenAi,
        R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"z\":18446744073709551615,\"a\":1.10}"}}]},{"role":"tool","tool_call_id":"c1","content":"{\"q\":18446744073709551614,\"p\":2.10}"}]})");
    row("chat: as an object", Mistral,
        R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"c1","function":{"name":"f","arguments": { "z" : 18446744073709551615, "a":1.10} }}]},{"role":"tool","tool_call_id":"c1","content":"{\"q\":18446744073709551614,\"p\":2.10}"}]})");
    row("responses", OpenAiResponses,
        R"({"model":"m","input":[{"role":"user","content":"x"},{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"z\":18446744073709551615,\"a\":1.10}"},{"type":"function_call_output","call_id":"c1","output":"{\"q\":18446744073709551614,\"p\":2.10}"}]})");
    row("anthropic", Anthropic,
        R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"text","text":"t"},{"type":"tool_use","id":"c1","name":"f","input":{"z":18446744073709551615, "a":1.10}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"{\"q\":18446744073709551614,\"p\":2.10}"}]}]})");
    row("google", GoogleAi,
        R"({"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{"z":18446744073709551615, "a":1.10}}}]},{"parts":[{"functionResponse":{"name":"f","response":{"q":18446744073709551614,"p":2.10}}}]}]})");
    row("google in snakes", GoogleAi,
        R"({"contents":[{"parts":{"text":"x"}},{"role":"model","parts":{"function_call":{"name":"f","args":{"z":18446744073709551615, "a":1.10}}}},{"parts":{"function_response":{"name":"f","response":{"q":18446744073709551614,"p":2.10}}}}]})");
}

/// An id of 64 bits that is another one in the next turn is another program's customer.
void WireWritingTest::numbersOfArgumentsAreKept()
{
    QFETCH(ProtocolKind, from);
    QFETCH(QByteArray, body);
    const ChatRequest chat = asked(from, body);
    for (const ProtocolKind to : everyKind) {
        QByteArray sent = told(to, chat);
        QVERIFY2(!object(sent).isEmpty(), sent.constData());
        sent.replace("\\\"", "\"");
        QVERIFY2(sent.contains(R"({"z":18446744073709551615,"a":1.10})"), sent.constData());
        QVERIFY2(sent.contains(R"({"q":18446744073709551614,"p":2.10})"), sent.constData());
    }
}

void WireWritingTest::numbersOfAnswersAreKept_data()
{
    QTest::addColumn<ProtocolKind>("by");
    QTest::addColumn<QByteArray>("answer");
    const auto row = [](const char *name, ProtocolKind by, const char *answer) {
        QTest::newRow(name) << by << QByteArray(answer);
    };
    row("chat", OpenAi,
        R"({"model":"real","choices":[{"index":0,"message":{"content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"z\":18446744073709551615,\"a\":1.10}"}}]},"finish_reason":"tool_calls"}]})");
    row("ollama", OpenAiCompatible,
        R"({"model":"real","message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":{"z":18446744073709551615, "a":1.10}}}]},"done":true,"done_reason":"stop"})");
    row("anthropic", Anthropic,
        R"({"id":"m","type":"message","model":"real","content":[{"type":"text","text":"\"input\":{"},{"type":"tool_use","id":"c1","name":"f","input":{"z" : 18446744073709551615,"a":1.10}}],"stop_reason":"tool_use"})");
    row("anthropic's stream", Anthropic,
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"real\",\"content\":[]}}\n\n"
        "event: content_block_start\ndata: "
        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":"
        "\"f\",\"input\":{}}}\n\n"
        "event: content_block_delta\ndata: "
        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{"
        "\\\"z\\\":18446744073709551615,\\\"a\\\":1.10}\"}}\n\n"
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n"
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    row("google", GoogleAi,
        "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{\n  \"z\": "
        "18446744073709551615,\n"
        "  \"a\": 1.10\n}}}]},\"finishReason\":\"STOP\"}],\"modelVersion\":\"real\"}");
    row("google's stream", GoogleAi,
        "data: "
        "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{\"z\":"
        "18446744073709551615,\"a\":1.10}}}]},"
        "\"finishReason\":\"STOP\"}],\"modelVersion\":\"real\"}\r\n\r\n");
    row("google's array", GoogleAi,
        R"([{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"z":18446744073709551615,"a":1.10}}}]},"finishReason":"STOP"}],"modelVersion":"real"}])");
    row("responses", OpenAiResponses,
        R"({"object":"response","status":"completed","model":"real","output":[{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"z\":18446744073709551615,\"a\":1.10}"}]})");
}

void WireWritingTest::numbersOfAnswersAreKept()
{
    QFETCH(ProtocolKind, by);
    QFETCH(QByteArray, answer);
    for (const ProtocolKind to : everyKind) {
        for (const bool stream : {false, true}) {
            QByteArray body = answered(by, answer, to, stream);
            if (!stream)
                QVERIFY2(!object(body).isEmpty(), body.constData());
            body.replace("\\\"", "\"");
            QVERIFY2(body.contains(R"({"z":18446744073709551615,"a":1.10})"), body.constData());
        }
    }
}

void WireWritingTest::parametersAreASchemaOfAnObject_data()
{
    QTest::addColumn<ProtocolKind>("from");
    QTest::addColumn<QByteArray>("body");
    const auto row = [](const char *name, ProtocolKind from, const QByteArray &body) {
        QTest::newRow(name) << from << body;
    };
    row("chat", OpenAi, chatWith(R"("tools":[{"type":"function","function":{"name":"f"}}])"));
    row("chat: empty", OpenAi, chatWith(R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}}])"));
    row("mistral: an object", Mistral,
        chatWith(R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}])"));
    row("responses", OpenAiResponses,
        inputWith(R"("tools":[{"type":"function","name":"f","strict":false,"parameters":null}])"));
    row("anthropic", Anthropic, messagesWith(R"("tools":[{"name":"f","input_schema":{"type":"object"}}])"));
    row("google", GoogleAi, contentsWith(R"("tools":[{"functionDeclarations":[{"name":"f"}]}])"));
    row("google: an object", GoogleAi,
        contentsWith(R"("tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}}]}])"));
}

/// Vendors refuse anything else.
void WireWritingTest::parametersAreASchemaOfAnObject()
{
    QFETCH(ProtocolKind, from);
    QFETCH(QByteArray, body);
    const QJsonObject none{{QStringLiteral("type"), QStringLiteral("object")},
                           {QStringLiteral("properties"), QJsonObject()}};
    const ChatRequest chat = asked(from, body);
    const auto tool = [&](ProtocolKind to) { return object(told(to, chat))[QLatin1String("tools")][0]; };
    for (const ProtocolKind to : {OpenAi, OpenAiCompatible, Mistral})
        QCOMPARE(tool(to)[QLatin1String("function")][QLatin1String("parameters")], QJsonValue(none));
    QCOMPARE(tool(OpenAiResponses)[QLatin1String("parameters")], QJsonValue(none));
    QCOMPARE(tool(Anthropic)[QLatin1String("input_schema")], QJsonValue(none));
    const QJsonValue google =
        tool(GoogleAi)[QLatin1String("functionDeclarations")][0][QLatin1String("parametersJsonSchema")];
    QVERIFY(google.isUndefined() || google == QJsonValue(none));
}

void WireWritingTest::effortIsToldInTheWiresWords_data()
{
    QTest::addColumn<QString>("effort");
    QTest::addColumn<ProtocolKind>("to");
    QTest::addColumn<QString>("model");
    QTest::addColumn<QByteArray>("sent"); // in the body
    QTest::addColumn<QString>("named");
    const auto row = [](const char *effort, ProtocolKind to, const char *model, const char *sent,
                        const char *named = "") {
        QTest::addRow("%s to %s %s", effort, qPrintable(toKey(to)), model)
            << QString::fromLatin1(effort) << to << QString::fromLatin1(model) << QByteArray(sent)
            << QString::fromLatin1(named);
    };
    row("none", OpenAi, "m", R"("reasoning_effort":"none")");
    row("max", OpenAi, "m", R"("reasoning_effort":"max")");
    row("max", OpenAiResponses, "m", R"("reasoning":{"effort":"max"})");
    row("of its own", OpenAiCompatible, "m", R"("reasoning_effort":"of its own")");
    row("none", Anthropic, "m", R"("thinking":{"type":"disabled"})");
    row("minimal", Anthropic, "m", R"("output_config":{"effort":"low"})", "reasoning_effort (as low)");
    row("xhigh", Anthropic, "m", R"("output_config":{"effort":"xhigh"})");
    row("of its own", Anthropic, "m", R"("max_tokens":9)", "reasoning_effort");
    row("none", GoogleAi, "gemini-2.5-flash", R"("thinkingConfig":{"thinkingBudget":0})");
    row("none", GoogleAi, "gemini-2.5-pro", R"("thinkingConfig":{"thinkingBudget":512})",
        "reasoning_effort (as minimal)");
    row("max", GoogleAi, "gemini-2.5-flash", R"("thinkingConfig":{"thinkingBudget":24576})",
        "reasoning_effort (as high)");
    row("none", GoogleAi, "gemini-3.5-flash", R"("thinkingConfig":{"thinkingLevel":"minimal"})",
        "reasoning_effort (as minimal)");
    row("medium", GoogleAi, "gemini-3.5-flash", R"("thinkingConfig":{"thinkingLevel":"medium"})");
    row("xhigh", GoogleAi, "gemini-3.5-flash", R"("thinkingConfig":{"thinkingLevel":"high"})",
        "reasoning_effort (as high)");
    row("of its own", GoogleAi, "gemini-3.5-flash", R"("maxOutputTokens":9)", "reasoning_effort");
    row("xhigh", Mistral, "m", R"("reasoning_effort":"xhigh")");
    row("max", Mistral, "m", R"("reasoning_effort":"xhigh")", "reasoning_effort (as xhigh)");
    row("", Anthropic, "m", R"("max_tokens":9)");
}

void WireWritingTest::effortIsToldInTheWiresWords()
{
    QFETCH(QString, effort);
    QFETCH(ProtocolKind, to);
    QFETCH(QString, model);
    QFETCH(QByteArray, sent);
    QFETCH(QString, named);
    ChatRequest chat;
    chat.text = QStringLiteral("x");
    chat.maxTokens = 9;
    chat.effort = effort;
    chat.model = model;
    const QByteArray body = told(to, chat);
    QVERIFY2(body.contains(sent), body.constData());
    QVERIFY2(!named.isEmpty() || effort.isEmpty() || body.contains(effort.toUtf8()) || effort == QLatin1String("none"),
             body.constData());
    QCOMPARE(unsayableFields(to, chat).join(QLatin1Char(' ')), named);
    QCOMPARE(isHint(named), named.contains(QLatin1String("(as ")));
}

void WireWritingTest::thinkingOfAnthropicIsToldOrNamed_data()
{
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<QString>("effort");
    QTest::addColumn<QString>("named");
    QTest::addColumn<bool>("hint");
    const auto row = [](const char *fields, const char *effort, const char *named, bool hint = true) {
        QTest::newRow(fields) << QByteArray(fields) << QString::fromLatin1(effort) << QString::fromLatin1(named)
                              << hint;
    };
    row(R"("thinking":{"type":"disabled"})", "none", "");
    row(R"("thinking":{"type":"disabled"},"output_config":{"effort":"high"})", "none",
        "output_config.effort (no thoughts)");
    row(R"("thinking":{"type":"adaptive"})", "", "thinking.adaptive");
    row(R"("thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"max"})", "max",
        "thinking.display");
    row(R"("thinking":{"type":"enabled","budget_tokens":2000})", "low", "");
    row(R"("thinking":{"type":"enabled","budget_tokens":2000,"display":"summarized"},"output_config":{"effort":"max"})",
        "max", "thinking.display thinking.budget_tokens");
    row(R"("thinking":{"type":"between_tools"})", "", "thinking.type", false);
    row(R"("thinking":"on")", "", "thinking", false);
    row(R"("thinking":{"type":"disabled","more":1})", "none", "thinking.more", false);
}

void WireWritingTest::thinkingOfAnthropicIsToldOrNamed()
{
    QFETCH(QByteArray, fields);
    QFETCH(QString, effort);
    QFETCH(QString, named);
    QFETCH(bool, hint);
    const QByteArray body = messagesWith(fields);
    QCOMPARE(asked(Anthropic, body).effort, effort);
    const QStringList names = unreadFields(Anthropic, path, object(body));
    QCOMPARE(names.join(QLatin1Char(' ')), named);
    QCOMPARE(std::all_of(names.begin(), names.end(), isHint), hint);
}

void WireWritingTest::penaltiesAndChoicesAreTranslated()
{
    const QByteArray chat = chatWith(R"("frequency_penalty":0.5,"presence_penalty":-0.25,"n":3,"seed":5)");
    const QByteArray google = contentsWith(
        R"("generationConfig":{"frequencyPenalty":0.5,"presencePenalty":-0.25,"candidateCount":3,"seed":5})");
    for (const auto &[from, body] : {std::pair{OpenAi, chat}, std::pair{OpenAiCompatible, chat},
                                     std::pair{Mistral, chat}, std::pair{GoogleAi, google}}) {
        for (const ProtocolKind to : {OpenAi, OpenAiCompatible, Mistral}) {
            const QJsonObject sent = object(told(to, asked(from, body)));
            QCOMPARE(sent[QLatin1String("frequency_penalty")], QJsonValue(0.5));
            QCOMPARE(sent[QLatin1String("presence_penalty")], QJsonValue(-0.25));
            QCOMPARE(sent[QLatin1String("n")], QJsonValue(3));
            QCOMPARE(sent[QLatin1String(to == Mistral ? "random_seed" : "seed")], QJsonValue(5));
            QCOMPARE(lost(from, body, to), QStringList());
        }
        const QJsonValue sent = object(told(GoogleAi, asked(from, body)))[QLatin1String("generationConfig")];
        QCOMPARE(sent[QLatin1String("frequencyPenalty")], QJsonValue(0.5));
        QCOMPARE(sent[QLatin1String("presencePenalty")], QJsonValue(-0.25));
        QCOMPARE(sent[QLatin1String("candidateCount")], QJsonValue(3));
        QCOMPARE(lost(from, body, GoogleAi), QStringList());
        // Who answers with one choice only is not asked for more.
        const QStringList named{QStringLiteral("seed"), QStringLiteral("frequency_penalty"),
                                QStringLiteral("presence_penalty"), QStringLiteral("n")};
        QCOMPARE(lost(from, body, Anthropic), named);
        QCOMPARE(lost(from, body, OpenAiResponses), named);
        QVERIFY(std::none_of(named.begin(), named.end(), isHint));
    }
    QCOMPARE(unreadFields(OpenAi, {}, object(chatWith(R"("n":0,"frequency_penalty":"1")"))).join(QLatin1Char(' ')),
             QStringLiteral("frequency_penalty n"));
    QCOMPARE(unreadFields(OpenAi, {}, object(chatWith(R"("n":128)"))).join(QLatin1Char(' ')), QStringLiteral("n"));
}

void WireWritingTest::theModelThatAnsweredIsTold_data() { numbersOfAnswersAreKept_data(); }

void WireWritingTest::theModelThatAnsweredIsTold()
{
    QFETCH(ProtocolKind, by);
    QFETCH(QByteArray, answer);
    for (const ProtocolKind to : everyKind) {
        const QByteArray name = to == GoogleAi ? R"("modelVersion":)" : R"("model":)";
        for (const bool stream : {false, true}) {
            const QByteArray body = answered(by, answer, to, stream);
            QVERIFY2(body.contains(name + "\"real\"") && !body.contains(name + "\"asked\""), body.constData());
            QByteArray unnamed = answer;
            unnamed.replace("\"real\"", "\"\"");
            QVERIFY(answered(by, unnamed, to, stream).contains(name + "\"asked\""));
        }
    }
}

/// There they are so where nothing is said, as far as the schema goes.
void WireWritingTest::toolsOfResponsesAreStrictUnlessSaid()
{
    const QByteArray schema = R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"]})";
    const auto tool = [&](ProtocolKind to, const QByteArray &parameters, const QByteArray &more) {
        const QByteArray body =
            inputWith(R"("tools":[{"type":"function","name":"f","parameters":)" + parameters + more + "}]");
        const QStringList named = lost(OpenAiResponses, body, to);
        return named.isEmpty() ? object(told(to, asked(OpenAiResponses, body)))[QLatin1String("tools")][0]
                               : QJsonValue(named.first());
    };
    const auto strict = [&](ProtocolKind to, const QByteArray &parameters, const QByteArray &more) {
        return tool(to, parameters, more)[QLatin1String("function")][QLatin1String("strict")].toBool();
    };
    for (const ProtocolKind to : {OpenAi, Mistral}) {
        for (const char *unsaid : {"", R"(,"strict":null)", R"(,"strict":true)"})
            QVERIFY(strict(to, schema, unsaid));
        QVERIFY(!strict(to, schema, R"(,"strict":false)"));
        QVERIFY(!strict(to, R"({"type":"object","properties":{"a":{"type":"string"}}})", ""));
    }
    QVERIFY(!strict(OpenAiCompatible, schema, "")); // not all of them know the word
    QVERIFY(tool(GoogleAi, schema, "").isObject()); // and no provider is left unasked for what nobody said
    QVERIFY(tool(Anthropic, schema, "").isObject());
}

void WireWritingTest::theFieldOfARefusalIsNamed()
{
    const auto field = [](ProtocolKind kind, const QByteArray &body) {
        const ChatRequest chat = asked(kind, body);
        return Protocol::of(Anthropic).refusal(chat).isEmpty() ? QString() : refusedField(chat);
    };
    QCOMPARE(field(OpenAi, chatWith(R"("response_format":{"type":"json_object"})")), QStringLiteral("response_format"));
    QCOMPARE(field(OpenAiResponses, inputWith(R"("text":{"format":{"type":"json_object"}})")),
             QStringLiteral("text.format"));
    QCOMPARE(field(GoogleAi, contentsWith(R"("generationConfig":{"responseMimeType":"application/json"})")),
             QStringLiteral("generationConfig.responseMimeType"));
}

SUITE_TEST(WireWritingTest)
#include "tst_wirewriting.moc"
