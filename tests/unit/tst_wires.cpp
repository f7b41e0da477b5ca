// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/answerreader.h"
#include "protocols/chatjson.h"
#include "protocols/registry.h"
#include "protocols/serving.h"
#include "support/suite.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace retryscope;

namespace {

ProviderConfig provider(ProtocolKind kind, const QString &base = QStringLiteral("https://host.test/v1"))
{
    ProviderConfig p;
    p.id = QStringLiteral("p");
    p.protocol = kind;
    p.baseUrl = QUrl(base);
    p.model = QStringLiteral("own");
    return p;
}

/// A request with everything that a caller can ask for.
ChatRequest everything()
{
    ChatRequest chat;
    chat.system = QStringLiteral("Be brief.");
    chat.model = QStringLiteral("m-1");
    chat.maxTokens = 77;
    chat.stream = true;
    chat.messages = {
        {ChatRole::User,
         {{.text = QStringLiteral("What is this?")},
          {.kind = ChatPart::Kind::Image, .mediaType = QStringLiteral("image/png"), .data = "\x89PNG"},
          {.kind = ChatPart::Kind::Image, .url = QStringLiteral("https://pictures.test/a.png")}}},
        {ChatRole::Assistant,
         {{.text = QStringLiteral("I look.")},
          {.kind = ChatPart::Kind::ToolCall,
           .call = {QStringLiteral("call_1"), QStringLiteral("look"), QStringLiteral(R"({"at":"a"})")}}}},
        {ChatRole::User,
         {{.kind = ChatPart::Kind::ToolResult,
           .text = QStringLiteral("a cat"),
           .call = {QStringLiteral("call_1"), QStringLiteral("look"), {}}}}},
        {ChatRole::User, {{.text = QStringLiteral("And now?")}}},
    };
    chat.tools = {{QStringLiteral("look"), QStringLiteral("Looks at it."),
                   QJsonObject{{QStringLiteral("type"), QStringLiteral("object")}, {QStringLiteral("properties"), QJsonObject()}}}};
    chat.toolChoice = ToolChoice::Named;
    chat.toolName = QStringLiteral("look");
    chat.format = {ResponseFormat::Kind::Schema, QStringLiteral("cat"),
                   QJsonObject{{QStringLiteral("type"), QStringLiteral("object")}}, true};
    chat.effort = QStringLiteral("low");
    chat.temperature = 0.5;
    chat.topP = 0.25;
    chat.topK = 40;
    chat.stop = {QStringLiteral("END")};
    chat.seed = 7;
    chat.metadata = QJsonObject{{QStringLiteral("user_id"), QStringLiteral("u1")}};
    return chat;
}

/// What is left of it on a wire that has no word for some of it.
ChatRequest asFarAsKnown(ChatRequest chat, ProtocolKind kind)
{
    using enum ProtocolKind;
    ToolCall &answered = chat.messages[2].parts[0].call;
    if (kind == Mistral) // which takes no other ids
        answered.id = chat.messages[1].parts[1].call.id = chatjson::mistralId(answered.id);
    if (kind != GoogleAi)
        answered.name.clear(); // the id is enough
    if (kind == Anthropic || kind == GoogleAi) {
        chat.format.name.clear();
        chat.format.strict.reset();
    }
    if (kind == Anthropic)
        chat.format.schema[QLatin1String("additionalProperties")] = false; // it takes no open one
    if (kind == Anthropic || kind == OpenAiResponses)
        chat.seed.reset();
    if (kind == OpenAi || kind == Mistral || kind == OpenAiResponses)
        chat.topK.reset();
    if (kind == OpenAiResponses)
        chat.stop.clear();
    if (kind == GoogleAi || kind == OpenAi)
        chat.metadata = {};
    return chat;
}

QJsonObject bodyOf(const HttpRequest &request) { return QJsonDocument::fromJson(request.body).object(); }
QJsonObject json(const char *text) { return QJsonDocument::fromJson(text).object(); }

QByteArray compact(const char *text) { return QJsonDocument(json(text)).toJson(QJsonDocument::Compact); }
QByteArray sse(const QByteArray &data) { return "data: " + data + "\n\n"; }

} // namespace

/// The registry's rows, and what each wire writes and reads.
class WiresTest : public QObject
{
    Q_OBJECT
private slots:
    void everyRowIsWhole();
    void everyWireWritesAndReadsARequest();
    void aPromptAloneIsAPlainMessage_data();
    void aPromptAloneIsAPlainMessage();
    void toolsAndFormatsInTheVendorsWords_data();
    void toolsAndFormatsInTheVendorsWords();
    void everyChoiceOfToolsIsKept();
    void addressesAreMended_data();
    void addressesAreMended();
    void parametersAreTheServersOwn();
    void modelsAreTranslated();
    void answersHoldCallsAndThoughts_data();
    void answersHoldCallsAndThoughts();
    void whatTheEndOfAResponseRepeatsIsReadOnce();
    void aFloodOfCallsIsBounded();
    void otherChoicesAreKept_data();
    void otherChoicesAreKept();
    void aChoiceWithoutAFinishReasonIsTold();
    void aFloodOfChoicesIsBounded();
    void anArrayIsReadAsItGrows();
    void aPlainJsonModeIsSentWhereItIsKnown();
    void anthropicsServerTakesSchemasOnly_data();
    void anthropicsServerTakesSchemasOnly();
    void limitsOfTimeByModel_data();
    void limitsOfTimeByModel();
};

void WiresTest::everyRowIsWhole()
{
    QStringList keys;
    for (const Wire &wire : wires()) {
        keys << QString::fromLatin1(wire.key);
        QVERIFY2(*wire.label && *wire.requestPath == '/' && *wire.modelsPath == '/' && *wire.keyHeader
                     && *wire.pricedAs,
                 wire.key);
        QCOMPARE(bool(*wire.baseUrl), bool(*wire.keyVariable));
        QVERIFY(wire.protocol && wire.serving);
        QCOMPARE(&wireOf(wire.kind), &wire);
        QCOMPARE(wireFromKey(QString::fromLatin1(wire.key)), &wire);
        QCOMPARE(wire.protocol->endsWithConnection(), *wire.endMark == '\0');
        const HttpRequest list = modelListRequest(provider(wire.kind), "k");
        QVERIFY2(list.method == "GET" && list.body.isEmpty()
                     && headerValue(list.headers, wire.keyHeader) == wire.keyPrefix + QByteArray("k"),
                 wire.key);
    }
    keys.removeDuplicates();
    QCOMPARE(keys.size(), qsizetype(wires().size()));
    QVERIFY(!wireFromKey(u"gopher"));
    QCOMPARE(wireServedAs(u"mistral-2").kind, ProtocolKind::Mistral);
    QCOMPARE(wireServedAs(u"anybody").kind, ProtocolKind::OpenAiCompatible);
}

void WiresTest::everyWireWritesAndReadsARequest()
{
    for (const Wire &wire : wires()) {
        const ChatRequest chat = everything();
        const HttpRequest request = wire.protocol->buildRequest(provider(wire.kind), chat, "k");
        QCOMPARE(headerValue(request.headers, "content-type"), QByteArray("application/json"));
        const auto read = wire.protocol->readRequest(request.url.path(QUrl::FullyEncoded).toLatin1(), bodyOf(request));
        QVERIFY2(read, wire.key);
        const ChatRequest expected = asFarAsKnown(chat, wire.kind);
        QCOMPARE(read->messages.size(), expected.messages.size());
        for (qsizetype i = 0; i < expected.messages.size(); ++i)
            QVERIFY2(read->messages[i] == expected.messages[i], qPrintable(QStringLiteral("%1 %2: %3")
                                                                               .arg(QLatin1String(wire.key))
                                                                               .arg(i)
                                                                               .arg(QString::fromUtf8(request.body))));
        QCOMPARE(read->tools, expected.tools);
        QVERIFY2(read->format == expected.format, request.body);
        QVERIFY2(*read == expected, request.body);
        QVERIFY2(!wire.protocol->readRequest("/", {}), wire.key);
    }
}

void WiresTest::aPromptAloneIsAPlainMessage_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<QJsonObject>("expected");
    QTest::newRow("OpenAI")
        << ProtocolKind::OpenAi
        << json(
               R"({"model":"own","messages":[{"role":"user","content":"Hi"}],"max_completion_tokens":1024,"stream":true,"stream_options":{"include_usage":true}})");
    QTest::newRow("compatible")
        << ProtocolKind::OpenAiCompatible
        << json(
               R"({"model":"own","messages":[{"role":"user","content":"Hi"}],"max_tokens":1024,"stream":true,"stream_options":{"include_usage":true}})");
    QTest::newRow("Mistral")
        << ProtocolKind::Mistral
        << json(R"({"model":"own","messages":[{"role":"user","content":"Hi"}],"max_tokens":1024,"stream":true})");
    QTest::newRow("Anthropic")
        << ProtocolKind::Anthropic
        << json(R"({"model":"own","messages":[{"role":"user","content":"Hi"}],"max_tokens":1024,"stream":true})");
    QTest::newRow("Google")
        << ProtocolKind::GoogleAi
        << json(
               R"({"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"generationConfig":{"maxOutputTokens":1024}})");
    QTest::newRow("Responses")
        << ProtocolKind::OpenAiResponses
        << json(
               R"({"model":"own","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]}],"max_output_tokens":1024,"store":false,"stream":true})");
}

void WiresTest::aPromptAloneIsAPlainMessage()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(QJsonObject, expected);
    const HttpRequest request = Protocol::of(kind).buildRequest(provider(kind), Prompt{QStringLiteral("Hi")}, {});
    QCOMPARE(bodyOf(request), expected);
    QVERIFY(headerValue(request.headers, wireOf(kind).keyHeader).isEmpty());
}

void WiresTest::toolsAndFormatsInTheVendorsWords_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<QJsonObject>("fields"); ///< that the body must hold as they are
    QTest::newRow("OpenAI")
        << ProtocolKind::OpenAi
        << json(
               R"({"tool_choice":{"type":"function","function":{"name":"look"}},"reasoning_effort":"low","seed":7,"stop":["END"],
        "response_format":{"type":"json_schema","json_schema":{"name":"cat","schema":{"type":"object"},"strict":true}},
        "tools":[{"type":"function","function":{"name":"look","description":"Looks at it.","parameters":{"type":"object","properties":{}}}}],
        "messages":[{"role":"system","content":"Be brief."},
            {"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw=="}},{"type":"image_url","image_url":{"url":"https://pictures.test/a.png"}}]},
            {"role":"assistant","content":"I look.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":"{\"at\":\"a\"}"}}]},
            {"role":"tool","tool_call_id":"call_1","content":"a cat"},{"role":"user","content":"And now?"}]})");
    QTest::newRow("Mistral") << ProtocolKind::Mistral << json(R"({"random_seed":7,"max_tokens":77})");
    QTest::newRow("Anthropic")
        << ProtocolKind::Anthropic
        << json(
               R"({"system":"Be brief.","tool_choice":{"type":"tool","name":"look"},"top_k":40,"stop_sequences":["END"],"metadata":{"user_id":"u1"},
        "output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object","additionalProperties":false}}},
        "tools":[{"name":"look","description":"Looks at it.","input_schema":{"type":"object","properties":{}}}],
        "messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw=="}},{"type":"image","source":{"type":"url","url":"https://pictures.test/a.png"}}]},
            {"role":"assistant","content":[{"type":"text","text":"I look."},{"type":"tool_use","id":"call_1","name":"look","input":{"at":"a"}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"a cat"}]},{"role":"user","content":"And now?"}]})");
    QTest::newRow("Google") << ProtocolKind::GoogleAi << json(R"({"systemInstruction":{"parts":[{"text":"Be brief."}]},
        "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["look"]}},
        "tools":[{"functionDeclarations":[{"name":"look","description":"Looks at it.","parametersJsonSchema":{"type":"object","properties":{}}}]}],
        "generationConfig":{"maxOutputTokens":77,"temperature":0.5,"topP":0.25,"topK":40,"seed":7,"stopSequences":["END"],"thinkingConfig":{"thinkingLevel":"low"},
            "responseMimeType":"application/json","responseJsonSchema":{"type":"object"}}})");
    QTest::newRow("Responses")
        << ProtocolKind::OpenAiResponses
        << json(
               R"({"instructions":"Be brief.","reasoning":{"effort":"low"},"tool_choice":{"type":"function","name":"look"},
        "text":{"format":{"type":"json_schema","name":"cat","schema":{"type":"object"},"strict":true}},
        "tools":[{"type":"function","name":"look","description":"Looks at it.","parameters":{"type":"object","properties":{}},"strict":false}]})");
}

void WiresTest::toolsAndFormatsInTheVendorsWords()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(QJsonObject, fields);
    const QJsonObject body = bodyOf(Protocol::of(kind).buildRequest(provider(kind), everything(), {}));
    for (auto it = fields.begin(); it != fields.end(); ++it)
        QCOMPARE(QJsonObject({{it.key(), body[it.key()]}}), QJsonObject({{it.key(), it.value()}}));
}

void WiresTest::everyChoiceOfToolsIsKept()
{
    for (const Wire &wire : wires()) {
        for (const ToolChoice choice : {ToolChoice::Auto, ToolChoice::None, ToolChoice::Required, ToolChoice::Named}) {
            ChatRequest chat = everything();
            chat.toolChoice = choice;
            const auto read =
                wire.protocol->readRequest({}, bodyOf(wire.protocol->buildRequest(provider(wire.kind), chat, {})));
            QVERIFY2(read && read->toolChoice == choice, wire.key);
        }
    }
    const HttpRequest request = Protocol::of(ProtocolKind::GoogleAi).buildRequest(provider(ProtocolKind::GoogleAi), [] {
        ChatRequest chat{QStringLiteral("Hi"), {}, QStringLiteral("gemini-2.5-flash")};
        chat.effort = QStringLiteral("none");
        return chat;
    }(), {});
    QCOMPARE(QJsonValue(bodyOf(request))["generationConfig"]["thinkingConfig"].toObject(),
             json(R"({"thinkingBudget":0})"));
}

void WiresTest::addressesAreMended_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<QString>("base");
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("expected"); ///< of a whole answer
    const auto row = [](const char *name, ProtocolKind kind, const char *base, const char *expected,
                        const char *model = "m") {
        QTest::newRow(name) << kind << QString::fromLatin1(base) << QString::fromLatin1(model)
                            << QString::fromLatin1(expected);
    };
    using enum ProtocolKind;
    row("as it is meant", OpenAi, "https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions");
    row("a slash behind it", OpenAi, "https://api.openai.com/v1//", "https://api.openai.com/v1/chat/completions");
    row("the host alone", OpenAi, "https://api.openai.com", "https://api.openai.com/v1/chat/completions");
    row("the version twice", OpenAi, "https://api.openai.com/v1/v1", "https://api.openai.com/v1/chat/completions");
    row("a whole endpoint", OpenAi, "https://api.openai.com/v1/chat/completions",
        "https://api.openai.com/v1/chat/completions");
    row("of a stranger", OpenAiCompatible, "http://localhost:8000/v1/chat/completions/",
        "http://localhost:8000/v1/chat/completions");
    row("a stranger's host stays", OpenAiCompatible, "http://localhost:8000", "http://localhost:8000/chat/completions");
    row("Azure, classic", OpenAiCompatible, "https://x.openai.azure.com/openai/deployments/d",
        "https://x.openai.azure.com/openai/deployments/d/chat/completions");
    row("a path that ends with models", OpenAiCompatible, "https://x.services.ai.azure.com/models",
        "https://x.services.ai.azure.com/models/chat/completions");
    row("Anthropic", Anthropic, "https://api.anthropic.com", "https://api.anthropic.com/v1/messages");
    row("Anthropic with the version", Anthropic, "https://api.anthropic.com/v1",
        "https://api.anthropic.com/v1/messages");
    row("Anthropic's endpoint", Anthropic, "https://api.anthropic.com/v1/messages",
        "https://api.anthropic.com/v1/messages");
    row("Anthropic behind a path", Anthropic, "https://gateway.test/anthropic/v1/",
        "https://gateway.test/anthropic/v1/messages");
    row("Mistral with the version", Mistral, "https://api.mistral.ai/v1", "https://api.mistral.ai/v1/chat/completions");
    row("Mistral's endpoint", Mistral, "https://api.mistral.ai/v1/chat/completions",
        "https://api.mistral.ai/v1/chat/completions");
    row("Google", GoogleAi, "https://generativelanguage.googleapis.com/v1beta",
        "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent");
    row("Google's host alone", GoogleAi, "https://generativelanguage.googleapis.com",
        "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent");
    row("Google's endpoint", GoogleAi, "https://generativelanguage.googleapis.com/v1beta/models/x:generateContent",
        "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent");
    row("Google's list", GoogleAi, "https://generativelanguage.googleapis.com/v1beta/models",
        "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent");
    row("models/ before a Google name", GoogleAi, "https://generativelanguage.googleapis.com/v1beta",
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent",
        "models/gemini-2.5-flash");
    row("Responses", OpenAiResponses, "https://api.openai.com/v1", "https://api.openai.com/v1/responses");
    row("the endpoint of Responses", OpenAiResponses, "https://api.openai.com/v1/responses",
        "https://api.openai.com/v1/responses");
    row("the other endpoint", OpenAiResponses, "https://api.openai.com/v1/chat/completions",
        "https://api.openai.com/v1/responses");
}

void WiresTest::addressesAreMended()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(QString, base);
    QFETCH(QString, model);
    QFETCH(QString, expected);
    const HttpRequest request =
        Protocol::of(kind).buildRequest(provider(kind, base), Prompt{QStringLiteral("Hi"), {}, model, 64, false}, {});
    QCOMPARE(request.url.toString(QUrl::FullyEncoded), expected);
    const QString list = modelListRequest(provider(kind, base), {}).url.toString();
    QVERIFY2(list.endsWith(QStringLiteral("/models")) && !list.contains(QStringLiteral("completions"))
                 && !list.contains(QStringLiteral("/v1/v1")),
             qPrintable(list));
}

void WiresTest::parametersAreTheServersOwn()
{
    ProviderConfig p = provider(ProtocolKind::OpenAiCompatible);
    p.parameters = {{{QStringLiteral("max_tokens"), QStringLiteral("max_new_tokens")}},
                    {QStringLiteral("stream_options"), QStringLiteral("seed")},
                    QJsonObject{{QStringLiteral("safe"), true}}};
    ChatRequest chat{QStringLiteral("Hi")};
    chat.seed = 3;
    chat.extra = QJsonObject{
        {QStringLiteral("seed"), 4}, {QStringLiteral("user"), QStringLiteral("u")}, {QStringLiteral("safe"), false}};
    const QJsonObject body = bodyOf(Protocol::of(p.protocol).buildRequest(p, chat, {}));
    QCOMPARE(
        body, json(
            R"({"model":"own","messages":[{"role":"user","content":"Hi"}],"max_new_tokens":1024,"stream":true,"user":"u","safe":true})"));
}

void WiresTest::modelsAreTranslated()
{
    ProviderConfig p = provider(ProtocolKind::Anthropic);
    QCOMPARE(modelFor(p, {}), QStringLiteral("own"));
    QCOMPARE(modelFor(p, QStringLiteral("gpt-x")), QStringLiteral("gpt-x"));
    p.modelMap = {{QStringLiteral("gpt-x"), QStringLiteral("claude-x")}};
    QCOMPARE(modelFor(p, QStringLiteral("gpt-x")), QStringLiteral("claude-x"));
    QCOMPARE(modelFor(p, QStringLiteral("gpt-y")), QStringLiteral("gpt-y"));
    p.modelMap[QStringLiteral("*")] = QStringLiteral("claude-y");
    QCOMPARE(modelFor(p, QStringLiteral("gpt-y")), QStringLiteral("claude-y"));
    QCOMPARE(bodyOf(Protocol::of(p.protocol)
                        .buildRequest(p, Prompt{QStringLiteral("Hi"), {}, QStringLiteral("gpt-x")},
                                      {}))[QLatin1String("model")]
                 .toString(),
             QStringLiteral("claude-x"));
}

void WiresTest::answersHoldCallsAndThoughts_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<QByteArray>("bytes");
    using enum ProtocolKind;
    QTest::newRow("OpenAI whole")
        << OpenAi << QByteArray(R"({"choices":[{"message":{"content":"ok","reasoning_content":"hm hm","tool_calls":[
        {"id":"c1","type":"function","function":{"name":"look","arguments":"{\"at\":1}"}},{"id":"c2","type":"function","function":{"name":"go","arguments":"{}"}}]},"finish_reason":"tool_calls"}],
        "usage":{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}})");
    QTest::newRow("OpenAI streamed")
        << OpenAi
        << QByteArray(
               sse(R"({"choices":[{"delta":{"role":"assistant","reasoning":"hm "}}]})")
               + sse(R"({"choices":[{"delta":{"reasoning":"hm","content":"ok"}}]})")
               + sse(
                   R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"look","arguments":""}}]}}]})")
               + sse(
                   R"({"choices":[{"delta":{"tool_calls":[{"index":1,"id":"c2","type":"function","function":{"name":"go","arguments":"{"}}]}}]})")
               + sse(R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"at\":"}}]}}]})")
               + sse(
                   R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}},{"index":1,"function":{"arguments":"}"}}]},"finish_reason":"tool_calls"}]})")
               + sse(
                   R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}})")
               + "data: [DONE]\n\n");
    QTest::newRow("calls without a number")
        << OpenAiCompatible
        << QByteArray(sse(compact(R"({"choices":[{"delta":{"reasoning_content":"hm hm","content":"ok","tool_calls":[
        {"id":"c1","function":{"name":"look","arguments":"{\"at\":1}"}},{"id":"c2","function":{"name":"go","arguments":{}}}]},"finish_reason":"tool_calls"}],
        "usage":{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}})"))
                      + "data: [DONE]\n\n");
    QTest::newRow("Mistral's thoughts")
        << Mistral
        << QByteArray(
               R"({"choices":[{"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm hm"}]},{"type":"text","text":"ok"}],"tool_calls":[
        {"id":"c1","function":{"name":"look","arguments":"{\"at\":1}"}},{"id":"c2","function":{"name":"go","arguments":"{}"}}]},"finish_reason":"tool_calls"}],
        "usage":{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}})");
    QTest::newRow("Anthropic whole")
        << Anthropic
        << QByteArray(
               R"({"type":"message","content":[{"type":"thinking","thinking":"hm hm","signature":"s"},{"type":"text","text":"ok"},
        {"type":"tool_use","id":"c1","name":"look","input":{"at":1}},{"type":"tool_use","id":"c2","name":"go","input":{}}],"stop_reason":"tool_use",
        "usage":{"input_tokens":5,"cache_read_input_tokens":4,"output_tokens":5}})");
    QTest::newRow("Anthropic streamed")
        << Anthropic
        << QByteArray(
               sse(R"({"type":"message_start","message":{"usage":{"input_tokens":5,"cache_read_input_tokens":4,"output_tokens":1}}})")
               + sse(R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}})")
               + sse(R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm hm"}})")
               + sse(R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}})")
               + sse(R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"ok"}})")
               + sse(
                   R"({"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c1","name":"look","input":{}}})")
               + sse(
                   R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"at\""}})")
               + sse(
                   R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":":1}"}})")
               + sse(
                   R"({"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"c2","name":"go","input":{}}})")
               + sse(
                   R"({"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{}"}})")
               + sse(R"({"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":5}})")
               + sse(R"({"type":"message_stop"})"));
    const QByteArray google =
        R"({"candidates":[{"content":{"role":"model","parts":[{"text":"hm hm","thought":true},{"text":"ok"},{"functionCall":{"id":"c1","name":"look","args":{"at":1}}},{"functionCall":{"id":"c2","name":"go","args":{}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"cachedContentTokenCount":4,"candidatesTokenCount":3,"thoughtsTokenCount":2}})";
    QTest::newRow("Google whole") << GoogleAi << google;
    QTest::newRow("Google streamed") << GoogleAi << sse(google);
    const QByteArray output =
        R"("output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm hm"}]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"ok"}]},
        {"type":"function_call","call_id":"c1","name":"look","arguments":"{\"at\":1}"},{"type":"function_call","call_id":"c2","name":"go","arguments":"{}"}],
        "usage":{"input_tokens":9,"output_tokens":5,"input_tokens_details":{"cached_tokens":4},"output_tokens_details":{"reasoning_tokens":2}})";
    QTest::newRow("Responses whole") << OpenAiResponses
                                     << QByteArray(R"({"object":"response","status":"completed",)" + output + "}");
    QTest::newRow("Responses streamed")
        << OpenAiResponses
        << QByteArray(
               sse(R"({"type":"response.created","response":{"status":"in_progress"}})")
               + sse(R"({"type":"response.output_item.added","item":{"type":"reasoning","summary":[]}})")
               + sse(R"({"type":"response.reasoning_summary_text.delta","delta":"hm hm"})")
               + sse(R"({"type":"response.reasoning_summary_text.done","text":"hm hm"})")
               + sse(R"({"type":"response.output_text.delta","delta":"ok"})")
               + sse(
                   R"({"type":"response.output_item.added","item":{"type":"function_call","call_id":"c1","name":"look","arguments":""}})")
               + sse(R"({"type":"response.function_call_arguments.delta","delta":"{\"at\":1}"})")
               + sse(
                   R"({"type":"response.output_item.added","item":{"type":"function_call","call_id":"c2","name":"go","arguments":""}})")
               + sse(QByteArray(R"({"type":"response.completed","response":{"object":"response","status":"completed",)"
                                + output + "}}")
                         .replace('\n', ' ')));
}

void WiresTest::answersHoldCallsAndThoughts()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(QByteArray, bytes);
    AnswerReader reader(Protocol::of(kind));
    QString text = reader.feed(bytes);
    text += reader.end();
    if (const auto fault = reader.fault())
        QFAIL(fault->message.c_str());
    QCOMPARE(text, QStringLiteral("ok"));
    const AnswerContent &content = reader.answer().content;
    QCOMPARE(content.reasoning, QStringLiteral("hm hm"));
    QCOMPARE(content.toolCalls.size(), 2);
    QVERIFY(content.toolCalls[0]
            == (ToolCall{QStringLiteral("c1"), QStringLiteral("look"), QStringLiteral(R"({"at":1})")}));
    QCOMPARE(content.toolCalls[1].id + content.toolCalls[1].name, QStringLiteral("c2go"));
    QVERIFY(content.toolCalls[1].arguments.isEmpty() || content.toolCalls[1].arguments == QLatin1String("{}"));
    const AnswerTraits traits = reader.traits();
    QCOMPARE(traits.finish, Finish::ToolCalls);
    QVERIFY(traits.reasoning && traits.toolCalls && !traits.finishReason.isEmpty());
    QCOMPARE(reader.answer().tokensIn, std::optional(9));
    QCOMPARE(reader.answer().tokensOut, std::optional(5));
    QCOMPARE(traits.tokensCached, std::optional(4));
    if (kind != ProtocolKind::Anthropic) // which does not tell
        QCOMPARE(traits.tokensReasoning, std::optional(2));
}

void WiresTest::whatTheEndOfAResponseRepeatsIsReadOnce()
{
    AnswerReader reader(Protocol::of(ProtocolKind::OpenAiResponses));
    reader.feed(sse(R"({"type":"response.reasoning_summary_text.delta","delta":"hm hm"})"));
    reader.feed(sse(
        R"({"type":"response.output_item.added","item":{"type":"function_call","name":"look","arguments":""}})")); // some give no id
    reader.feed(sse(R"({"type":"response.function_call_arguments.delta","delta":"{}"})"));
    reader.feed(sse(
        R"({"type":"response.completed","response":{"status":"completed","output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm hm"}]},)"
        R"({"type":"function_call","name":"look","arguments":"{}"}]}})"));
    reader.end();
    QVERIFY(!reader.fault());
    QCOMPARE(reader.answer().content.reasoning, QStringLiteral("hm hm"));
    QCOMPARE(reader.answer().content.toolCalls,
             (QVector<ToolCall>{{{}, QStringLiteral("look"), QStringLiteral("{}")}}));
}

void WiresTest::aFloodOfCallsIsBounded()
{
    AnswerReader reader(Protocol::of(ProtocolKind::OpenAi));
    reader.feed(sse(
        R"({"choices":[{"delta":{"tool_calls":[{"index":2000000000,"function":{"name":"x"}},{"index":-5,"function":{"name":"y"}}]}}]})"));
    for (int i = 0; i < 1000; ++i)
        reader.feed(sse(R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"x"}}]}}]})"));
    QVERIFY(reader.answer().content.toolCalls.size() <= 256);
    QCOMPARE(reader.answer().content.toolCalls.first().name, QStringLiteral("y"));
}

void WiresTest::otherChoicesAreKept_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<QByteArray>("bytes");
    using enum ProtocolKind;
    const QByteArray interleaved =
        sse(R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""}},{"index":3,"delta":{"role":"assistant","content":""}}]})")
        + sse(R"({"choices":[{"index":1,"delta":{"content":"se"}}]})")
        + sse(R"({"choices":[{"index":0,"delta":{"content":"fi"}}]})")
        + sse(
            R"({"choices":[{"index":2,"delta":{"reasoning_content":"hm","tool_calls":[{"index":0,"id":"c","function":{"name":"go","arguments":"{"}}]}}]})")
        + sse(
            R"({"choices":[{"index":1,"delta":{"content":"cond"}},{"index":0,"delta":{"content":"rst"}},{"index":2,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}}]})")
        + sse(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})")
        + sse(
            R"({"choices":[{"index":2,"delta":{},"finish_reason":"tool_calls"},{"index":1,"delta":{},"finish_reason":"length"}]})")
        + "data: [DONE]\n\n";
    const QByteArray whole =
        R"({"choices":[{"message":{"content":"first"},"finish_reason":"stop"},{"message":{"content":"second"},"finish_reason":"length"},
        {"message":{"content":null,"reasoning_content":"hm","tool_calls":[{"id":"c","function":{"name":"go","arguments":"{}"}}]},"finish_reason":"tool_calls"}]})";
    for (const ProtocolKind kind : {OpenAi, OpenAiCompatible, Mistral}) {
        QTest::addRow("%s streamed", wireOf(kind).key) << kind << interleaved;
        QTest::addRow("%s whole, without numbers", wireOf(kind).key) << kind << whole;
    }
    const QByteArray last =
        R"({"content":{"parts":[{"text":"hm","thought":true},{"functionCall":{"id":"c","name":"go","args":{}}}]},"finishReason":"TOOL_CALLS","index":2})";
    QTest::newRow("Google streamed")
        << GoogleAi
        << QByteArray(
               sse(R"({"candidates":[{"content":{"parts":[{"text":"fi"}]}},{"content":{"parts":[{"text":"se"}]},"index":1}]})")
               + sse(R"({"candidates":[{"content":{"parts":[{"text":"rst"}]},"finishReason":"STOP","index":0}]})")
               + sse(R"({"candidates":[)" + last + "]}")
               + sse(
                   R"({"candidates":[{"content":{"parts":[{"text":"cond"}]},"finishReason":"MAX_TOKENS","index":1}]})"));
    QTest::newRow("Google whole")
        << GoogleAi
        << QByteArray(R"({"candidates":[)" + last
                      + R"(,{"content":{"parts":[{"text":"second"}]},"finishReason":"MAX_TOKENS","index":1},
        {"content":{"parts":[{"text":"first"}]},"finishReason":"STOP"}]})");
}

void WiresTest::otherChoicesAreKept()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(QByteArray, bytes);
    for (qsizetype cut = 0; cut <= bytes.size(); ++cut) { // in two pieces, wherever the second begins
        AnswerReader reader(Protocol::of(kind));
        QString text = reader.feed(bytes.first(cut));
        text += reader.feed(bytes.sliced(cut));
        text += reader.end();
        if (const auto fault = reader.fault())
            QFAIL(fault->message.c_str());
        QCOMPARE(text, QStringLiteral("first"));
        const AnswerContent &content = reader.answer().content;
        QVERIFY(content.toolCalls.isEmpty() && content.reasoning.isEmpty());
        QCOMPARE(content.others.size(), 2);
        QCOMPARE(content.others[0].index, 1);
        QCOMPARE(content.others[0].text, QStringLiteral("second"));
        QCOMPARE(content.others[0].finish, Finish::Length);
        QCOMPARE(content.others[1].index, 2);
        QVERIFY(content.others[1].text.isEmpty());
        QCOMPARE(content.others[1].reasoning, QStringLiteral("hm"));
        QCOMPARE(content.others[1].finish, Finish::ToolCalls);
        QCOMPARE(content.others[1].toolCalls,
                 (QVector<ToolCall>{{QStringLiteral("c"), QStringLiteral("go"), QStringLiteral("{}")}}));
        const AnswerTraits traits = reader.traits();
        QCOMPARE(traits.finish, Finish::Stop);
        QVERIFY(!traits.toolCalls && !traits.reasoning && traits.isPlain(true));
    }
}

void WiresTest::aChoiceWithoutAFinishReasonIsTold()
{
    const QByteArray first = sse(R"({"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]})"),
                     second = sse(R"({"choices":[{"index":1,"delta":{"content":"b"}}]})");
    AnswerReader marked(Protocol::of(ProtocolKind::OpenAi));
    marked.feed(first + second + "data: [DONE]\n\n");
    marked.end();
    QVERIFY(!marked.fault());
    QCOMPARE(marked.traits().openChoices, 1);
    QVERIFY(!marked.traits().isPlain(true));
    AnswerReader cut(Protocol::of(ProtocolKind::OpenAi));
    cut.feed(second);
    QVERIFY(cut.spoke());
    cut.feed(first);
    cut.end();
    QVERIFY(cut.fault() && cut.fault()->streamCut);
    AnswerReader failed(
        Protocol::of(ProtocolKind::OpenAiCompatible)); // a failure of another choice is not the answer's
    failed.feed(first + sse(R"({"choices":[{"index":1,"error":{"message":"overloaded","code":502}}]})")
                + "data: [DONE]\n\n");
    failed.end();
    QVERIFY(!failed.fault());
    QCOMPARE(failed.answer().content.others.first().finishReason, QStringLiteral("error"));
}

void WiresTest::aFloodOfChoicesIsBounded()
{
    AnswerReader reader(Protocol::of(ProtocolKind::OpenAi));
    QByteArrayList choices{R"({"index":0,"message":{"content":"a"},"finish_reason":"stop"})"};
    for (int i = 0; i < 1000; ++i)
        choices << R"({"index":)" + QByteArray::number(i % 3 ? i : -i)
                       + R"(,"message":{"content":"b"},"finish_reason":"stop"})";
    reader.feed(R"({"choices":[)" + choices.join(',') + "]}");
    reader.end();
    QVERIFY(!reader.fault());
    QCOMPARE(reader.answer().text, QStringLiteral("a"));
    QCOMPARE(reader.answer().content.others.size(), 127);
    QCOMPARE(reader.answer().content.others.last().index, 127);
}

void WiresTest::anArrayIsReadAsItGrows()
{
    const QByteArray one = R"({"candidates":[{"content":{"parts":[{"text":"a]}\\\","}]},"index":0}]})";
    const QByteArray two =
        R"({"candidates":[{"content":{"parts":[{"text":"b{["}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}})";
    const QByteArray array = "\xEF\xBB\xBF \n[" + one + "\r\n,\r\n" + two + "\n]\n";
    const QString first = QStringLiteral("a]}\\\","), all = first + QStringLiteral("b{[");
    const qsizetype firstEnd = array.indexOf(one) + one.size(), secondEnd = array.indexOf(two) + two.size(),
                    bracket = array.lastIndexOf(']') + 1;
    for (qsizetype cut = 0; cut <= array.size(); ++cut) {
        AnswerReader reader(Protocol::of(ProtocolKind::GoogleAi));
        const QString shown = reader.feed(array.first(cut));
        QCOMPARE(shown, cut >= secondEnd ? all : cut >= firstEnd ? first : QString()); // with its last brace
        QVERIFY(!reader.isBody());
        QCOMPARE(reader.spoke(), cut >= firstEnd);
        QCOMPARE(reader.settled(), cut >= bracket);
        QCOMPARE(shown + reader.feed(array.sliced(cut)) + reader.end(), all);
        QVERIFY(!reader.fault());
        QCOMPARE(reader.traits().end, AnswerEnd::Mark);
        QCOMPARE(reader.answer().tokensOut, std::optional(2));
    }
    for (const QByteArray bad : {"[]", "[1]", "[DONE]", "[\"text\", null]", "[{\"a\":}]"}) {
        AnswerReader reader(Protocol::of(ProtocolKind::GoogleAi));
        reader.feed(bad);
        reader.end();
        QVERIFY2(reader.fault() && reader.fault()->malformed, bad);
    }
    AnswerReader holed(Protocol::of(ProtocolKind::GoogleAi));
    holed.feed("[{\"candidates\":!}," + two + "]");
    holed.end();
    QVERIFY(!holed.fault());
    QCOMPARE(holed.traits().unreadable, 1);
    AnswerReader strict(Protocol::of(ProtocolKind::GoogleAi), Undecodable::Fail);
    strict.feed("[7," + two + "]");
    QVERIFY(strict.fault() && strict.fault()->malformed);
}

void WiresTest::aPlainJsonModeIsSentWhereItIsKnown()
{
    ChatRequest chat{QStringLiteral("Hi")};
    for (const Wire &wire : wires())
        QVERIFY2(wire.protocol->refusal(chat).isEmpty() && wire.protocol->refusal(everything()).isEmpty(), wire.key);
    chat.format.kind = ResponseFormat::Kind::Json;
    for (const Wire &wire : wires()) {
        const QString refusal = wire.protocol->refusal(chat);
        QCOMPARE(refusal.isEmpty(), wire.kind != ProtocolKind::Anthropic);
        QVERIFY2(refusal.isEmpty() || refusal.contains(QLatin1String("response_format")), wire.key);
        const HttpRequest request = wire.protocol->buildRequest(provider(wire.kind), chat, {});
        const auto read = wire.protocol->readRequest(request.url.path(QUrl::FullyEncoded).toLatin1(), bodyOf(request));
        QVERIFY2(!refusal.isEmpty() || (read && read->format.kind == ResponseFormat::Kind::Json), request.body);
    }
}

void WiresTest::anthropicsServerTakesSchemasOnly_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<QString>("says"); ///< empty: it is taken
    const auto row = [](const char *name, const char *field, const char *says) {
        QTest::newRow(name) << QByteArray(field) << QString::fromLatin1(says);
    };
    row("a schema", R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}})", "");
    row("its name in the beta", R"("output_format":{"type":"json_schema","schema":{"type":"object"}})", "");
    row("an effort alone", R"("output_config":{"effort":"low"})", "");
    row("OpenAI's field", R"("response_format":{"type":"json_object"})",
        "response_format: Extra inputs are not permitted");
    row("any JSON", R"("output_config":{"format":{"type":"json_object"}})",
        "output_config.format.type: Input should be 'json_schema'");
    row("any JSON in the beta", R"("output_format":{"type":"json_object"})",
        "output_format.type: Input should be 'json_schema'");
    row("no schema", R"("output_config":{"format":{"type":"json_schema"}})",
        "output_config.format.schema: Field required");
}

void WiresTest::anthropicsServerTakesSchemasOnly()
{
    QFETCH(QByteArray, field);
    QFETCH(QString, says);
    const QByteArray body = R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],)" + field + "}";
    const auto prompt =
        wireOf(ProtocolKind::Anthropic).serving->readRequest("/v1/messages", QJsonDocument::fromJson(body).object());
    QCOMPARE(prompt ? QString() : prompt.error().message, says);
    QVERIFY(prompt ? prompt->json == field.contains("schema") : prompt.error().status == 400);
}

void WiresTest::limitsOfTimeByModel_data()
{
    QTest::addColumn<QString>("asked");
    QTest::addColumn<int>("firstToken"); ///< seconds
    QTest::addColumn<int>("idle");
    QTest::newRow("the provider's own model") << QString() << 10 << 20;
    QTest::newRow("by name") << QStringLiteral("o3-pro") << 600 << 30; // what the name leaves open its pattern says
    QTest::newRow("by pattern") << QStringLiteral("o3-mini") << 60 << 30;
    QTest::newRow("the longer pattern first") << QStringLiteral("o3-deep-research") << 900 << 30;
    QTest::newRow("translated before") << QStringLiteral("claude-opus") << 600 << 30;
    QTest::newRow("with a path before the name") << QStringLiteral("models/o3-pro") << 600 << 30;
}

void WiresTest::limitsOfTimeByModel()
{
    QFETCH(QString, asked);
    ProviderConfig p = provider(ProtocolKind::OpenAi);
    p.times = {.firstToken = 10s, .idle = 20s};
    p.modelMap = {{QStringLiteral("claude-opus"), QStringLiteral("o3-pro")}};
    p.modelTimes = {{QStringLiteral("o3-pro"), {.firstToken = 600s}},
                    {QStringLiteral("o3*"), {.firstToken = 60s, .idle = 30s}},
                    {QStringLiteral("o3-deep*"), {.firstToken = 900s}}};
    const ProviderTimes times = timesFor(p, asked);
    QTEST(int(toSeconds(*times.firstToken)), "firstToken");
    QTEST(int(toSeconds(*times.idle)), "idle");
    QVERIFY(!times.attempt && !times.connect && !times.stream);
}

SUITE_TEST(WiresTest)
#include "tst_wires.moc"
