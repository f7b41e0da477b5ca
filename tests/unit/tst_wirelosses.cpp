// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"
#include "unit/lossrows.h"

#include "protocols/losses.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace retryscope;

Q_DECLARE_METATYPE(const LossRow *)

namespace {

QJsonObject json(const char *text) { return QJsonDocument::fromJson(text).object(); }

ChatRequest read(ProtocolKind kind, const char *body)
{
    return Protocol::of(kind).readRequest("/v1beta/models/m:generateContent", json(body)).value_or(ChatRequest());
}

QJsonObject sentTo(ProtocolKind kind, const ChatRequest &chat)
{
    ProviderConfig provider;
    provider.protocol = kind;
    provider.baseUrl = QUrl(QStringLiteral("https://host.test/v1"));
    return QJsonDocument::fromJson(Protocol::of(kind).buildRequest(provider, chat, "k").body).object();
}

} // namespace

/// What is lost between two wires is named, and what is not is not.
class WireLossesTest : public QObject
{
    Q_OBJECT
private slots:
    void unreadFieldsAreNamed_data();
    void unreadFieldsAreNamed();
    void anyJsonIsLookedAt_data() { unreadFieldsAreNamed_data(); }
    void anyJsonIsLookedAt();
    void whatIsNamedIsLeftOut();
    void hintsAreNoReasonNotToAsk();
    void anImagesBytesAreReadOrNamed();
    void theLineOfALongConversationIsShort();
    void budgetsOfThoughtAreEfforts_data();
    void budgetsOfThoughtAreEfforts();
    void googlesSchemasBecomeJsonSchemas();
    void strictIsToldWhereTheSchemaAllowsIt_data();
    void strictIsToldWhereTheSchemaAllowsIt();
    void strictOfOpenAiIsKept();
    void strictToolsOfAnthropicAreToldAlike();
    void anthropicIsToldThatObjectsAreClosed();
    void aSystemTurnThatMovesIsNamed();
    void aToolThatMustBeCalledIsThere();
    void headersOfOneVendorAreNamed();
};

void WireLossesTest::unreadFieldsAreNamed_data()
{
    QTest::addColumn<const LossRow *>("row");
    for (const LossRow &row : lossRows)
        QTest::newRow(row.name) << &row;
}

void WireLossesTest::unreadFieldsAreNamed()
{
    QFETCH(const LossRow *, row);
    const QJsonObject body = json(row->body);
    QVERIFY(!body.isEmpty());
    QCOMPARE(unreadFields(row->kind, "/v1beta/models/m:generateContent", body).join(QLatin1Char(' ')),
             QString::fromLatin1(row->lost));
    QVERIFY(!read(row->kind, row->body).messages.isEmpty());
}

/// Nothing here trips over wrong types.
void WireLossesTest::anyJsonIsLookedAt()
{
    QFETCH(const LossRow *, row);
    const QJsonObject body = json(row->body);
    const QJsonValue wrong[] = {QJsonValue::Null,
                                true,
                                1.5,
                                QStringLiteral("x"),
                                QJsonArray{1, QJsonArray{}, QStringLiteral("y")},
                                QJsonObject{{QStringLiteral("type"), 1}}};
    for (auto it = body.begin(); it != body.end(); ++it) {
        for (const QJsonValue &value : wrong) {
            QJsonObject changed = body;
            changed[it.key()] = value;
            const QStringList lost = unreadFields(row->kind, {}, changed);
            Protocol::of(row->kind).readRequest({}, changed);
            QVERIFY(lost.size() < 100);
            if (value.isNull())
                QVERIFY(!lost.contains(it.key()));
        }
    }
}

void WireLossesTest::whatIsNamedIsLeftOut()
{
    for (const LossRow &row : lossRows) {
        const ChatRequest chat = read(row.kind, row.body);
        for (const ChatMessage &message : chat.messages) {
            QVERIFY2(!message.parts.isEmpty(), row.name);
            for (const ChatPart &part : message.parts) {
                QVERIFY2(part.kind != ChatPart::Kind::Text || !part.text.isEmpty(), row.name);
                QVERIFY2(part.kind != ChatPart::Kind::Image || part.mediaType.startsWith(QLatin1String("image/"))
                             || (!part.url.isEmpty() && !part.url.endsWith(QLatin1String(".pdf"))
                                 && !part.url.contains(QLatin1String("youtube"))),
                         row.name);
                QVERIFY2(part.kind != ChatPart::Kind::ToolCall || !part.call.name.isEmpty(), row.name);
            }
        }
        for (const ChatTool &tool : chat.tools)
            QVERIFY2(!tool.name.isEmpty() && tool.name != QLatin1String("web_search"), row.name);
    }
}

/// What coding agents send with every request would otherwise shut all other wires to them.
void WireLossesTest::hintsAreNoReasonNotToAsk()
{
    QStringList hints, others;
    for (const LossRow &row : lossRows) {
        for (const QString &field : QString::fromLatin1(row.lost).split(QLatin1Char(' '), Qt::SkipEmptyParts))
            (isHint(field) ? hints : others) << field;
    }
    for (const char *hint :
         {"system[0].cache_control", "tools[1].cache_control", "messages[0].content[2].cache_control", "prompt_cache_key",
          "prediction", "user", "safety_identifier", "context_management", "labels", "reasoning.summary",
          "include[0].reasoning", "input[1].encrypted_content", "messages[1].content[0].thinking",
          "messages[1].content[1].data", "messages[3].reasoning_content", "messages[2].content[3].image_url.detail",
          "input[0].content[0].detail", "contents[0].parts[0].thought",
          "generationConfig.thinkingConfig.includeThoughts", "input[2].content.reasoning", "thinking.display",
          "thinking.adaptive", "thinking.budget_tokens", "tools[0].eager_input_streaming", "anthropic-beta",
          "reasoning_effort (as low)"})
        QVERIFY2(isHint(QString::fromLatin1(hint)), hint);
    for (const char *no :
         {"n", "seed", "stop", "top_k", "logprobs", "modalities", "store", "service_tier", "verbosity", "tools[0].type",
          "tools.strict", "messages[0].content[0].type", "messages[0].content[1].source.type", "input[2].type",
          "messages[1].name", "previous_response_id", "safetySettings", "cachedContent", "parallel_tool_calls",
          "input[1].content", "input[1].content[0].text", "thinking.type", "reasoning_effort", "output_config.effort"})
        QVERIFY2(!isHint(QString::fromLatin1(no)), no);
    QVERIFY(isHint(QStringLiteral("metadata.team")) && isHint(QStringLiteral("metadata"))
            && isHint(QStringLiteral("is_error")));
    QVERIFY2(hints.size() >= 15 && others.size() >= 60,
             qPrintable(QStringLiteral("%1 and %2").arg(hints.size()).arg(others.size())));
}

/// In either alphabet, as Google's Python SDK writes the other one; what is no Base64 was left out in silence, or sent broken.
void WireLossesTest::anImagesBytesAreReadOrNamed()
{
    using enum ProtocolKind;
    const QByteArray bytes("\xfb\xff\xfe\xfb", 4);
    const std::tuple<ProtocolKind, const char *, const char *> wires[] = {
        {OpenAi, R"({"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"data:image/png;base64,%1"}}]}]})",
         "messages[0].content[1].image_url.url"},
        {OpenAiResponses, R"({"input":[{"role":"user","content":[{"type":"input_text","text":"x"},{"type":"input_image","image_url":"data:image/png;base64,%1"}]}]})",
         "input[0].content[1].image_url"},
        {Anthropic, R"({"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"%1"}}]}]})",
         "messages[0].content[1].source.data"},
        {GoogleAi, R"({"contents":[{"role":"user","parts":[{"text":"x"},{"inlineData":{"mimeType":"image/png","data":"%1"}}]}]})",
         "contents[0].parts[1].inlineData.data"}};
    for (const auto &[kind, text, place] : wires) {
        const auto with = [form = QString::fromLatin1(text)](const char *data) { return form.arg(QLatin1String(data)).toUtf8(); };
        for (const char *good : {"+//++w==", "-__--w==", "-__--w", "+//+\\n+w=="}) {
            QCOMPARE(unreadFields(kind, "/v1beta/models/m:generateContent", json(with(good))), QStringList());
            QCOMPARE(read(kind, with(good)).messages.first().parts.last().data, bytes);
        }
        for (const char *bad : {"@@@", "", "+//++w=x", "not an image!"}) {
            const QStringList lost = unreadFields(kind, "/v1beta/models/m:generateContent", json(with(bad)));
            QVERIFY2(lost == QStringList{QLatin1String(place)} && !isHint(lost.first()), qPrintable(lost.join(QLatin1Char(' '))));
        }
    }
    const QByteArray plain = R"({"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"data:image/svg+xml,%3Csvg/%3E"}}]}]})";
    QCOMPARE(unreadFields(OpenAi, {}, json(plain)).size(), 1);
}

/// It goes into a header, of which clients read some kilobytes and no more.
void WireLossesTest::theLineOfALongConversationIsShort()
{
    QStringList lost;
    for (int i = 0; i < 400; ++i)
        lost << QStringLiteral("messages[%1].content[0].thinking").arg(2 * i + 1)
             << QStringLiteral("messages[%1].content[0].cache_control").arg(2 * i);
    lost << QStringLiteral("is_error");
    QCOMPARE(lossesLine(lost), QStringLiteral("messages[1].content[0].thinking (and 399 more), "
                                              "messages[0].content[0].cache_control (and 399 more), is_error"));
    QStringList odd;
    for (int i = 0; i < 1'000; ++i)
        odd << QStringLiteral("field%1").arg(i) + QString(1'000, QLatin1Char('x'));
    QVERIFY(lossesLine(odd).size() < 4'000 && lossesLine(odd).endsWith(QStringLiteral("and 970 other fields")));
    QCOMPARE(lossesLine({QStringLiteral("top_k")}), QStringLiteral("top_k"));
    QCOMPARE(lossesLine({}), QString());
}

void WireLossesTest::budgetsOfThoughtAreEfforts_data()
{
    QTest::addColumn<int>("budget");
    QTest::addColumn<QString>("effort");
    QTest::newRow("none") << 0 << QStringLiteral("none");
    QTest::newRow("minimal") << 512 << QStringLiteral("minimal");
    QTest::newRow("the least of Anthropic") << 1024 << QStringLiteral("low");
    QTest::newRow("medium") << 8192 << QStringLiteral("medium");
    QTest::newRow("high") << 24576 << QStringLiteral("high");
    QTest::newRow("highest") << 32000 << QStringLiteral("high");
}

void WireLossesTest::budgetsOfThoughtAreEfforts()
{
    QFETCH(int, budget);
    QFETCH(QString, effort);
    const QByteArray
        anthropic = R"({"messages":[{"role":"user","content":"x"}],"thinking":{"type":"enabled","budget_tokens":)"
                    + QByteArray::number(budget) + "}}",
        google = R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":)"
                 + QByteArray::number(budget) + "}}}";
    QCOMPARE(read(ProtocolKind::Anthropic, anthropic).effort, effort);
    QCOMPARE(read(ProtocolKind::GoogleAi, google).effort, effort);
}

void WireLossesTest::googlesSchemasBecomeJsonSchemas()
{
    const ChatRequest chat =
        read(ProtocolKind::GoogleAi,
             R"({"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":
        {"type":"OBJECT","propertyOrdering":["type"],"required":["type"],"properties":{"type":{"type":"STRING","enum":["STRING","NUMBER"],"nullable":true},
         "nullable":{"type":"ARRAY","items":{"nullable":true,"anyOf":[{"type":"INTEGER","format":"int32"},{"type":"NUMBER"}]},"minItems":"2","example":[1]}}}}]}],
        "generationConfig":{"responseSchema":{"type":"BOOLEAN"},"thinkingConfig":{"thinkingLevel":"HIGH"}}})");
    QCOMPARE(
        chat.tools.value(0).parameters,
        json(
            R"({"type":"object","required":["type"],"properties":{"type":{"type":["string","null"],"enum":["STRING","NUMBER",null]},
         "nullable":{"type":"array","items":{"anyOf":[{"type":"integer"},{"type":"number"},{"type":"null"}]},"minItems":2}}})"));
    QCOMPARE(chat.format.schema, json(R"({"type":"boolean"})"));
    QCOMPARE(chat.effort, QStringLiteral("high"));
}

void WireLossesTest::strictIsToldWhereTheSchemaAllowsIt_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("told"); // empty: as it is, and not strict
    const auto row = [](const char *name, const char *schema, const char *told) {
        QTest::newRow(name) << QByteArray(schema) << QByteArray(told);
    };
    const char *form =
        R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false})";
    row("strict form", form, form);
    row("closed everywhere",
        R"({"type":"object","properties":{"a":{"type":"array","items":{"$ref":"#/$defs/d"}},"b":{"anyOf":[{"type":"object","properties":{}},{"type":"null"}]}},"required":["a","b"],"$defs":{"d":{"type":["object","null"],"properties":{"c":{"type":"integer","minimum":1}},"required":["c"]}}})",
        R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"array","items":{"$ref":"#/$defs/d"}},"b":{"anyOf":[{"type":"object","properties":{},"additionalProperties":false},{"type":"null"}]}},"required":["a","b"],"$defs":{"d":{"type":["object","null"],"additionalProperties":false,"properties":{"c":{"type":"integer","minimum":1}},"required":["c"]}}})");
    row("optional", R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["a"]})", "");
    row("optional within",
        R"({"type":"object","required":["a"],"properties":{"a":{"type":"array","items":{"type":"object","properties":{"b":{"type":"string"}}}}}})",
        "");
    row("any properties", R"({"type":"object"})", "");
    row("further ones", R"({"type":"object","properties":{},"additionalProperties":true})", "");
    row("further ones of a type", R"({"type":"object","properties":{},"additionalProperties":{"type":"string"}})", "");
    row("unknown words",
        R"({"type":"object","properties":{"a":{"oneOf":[{"type":"string"}]}},"required":["a"]})", "");
    row("unknown format",
        R"({"type":"object","properties":{"a":{"type":"string","format":"uri"}},"required":["a"]})", "");
    row("no type", R"({"type":"object","properties":{"a":{}},"required":["a"]})", "");
    row("list of anything", R"({"type":"object","properties":{"a":{"type":"array"}},"required":["a"]})", "");
    row("no schema", R"({"type":"object","properties":{"a":true},"required":["a"]})", "");
    row("list", R"({"type":"array","items":{"type":"string"}})", "");
}

/// OpenAI refuses a strict schema that is not in its strict form, which no other vendor asks for.
void WireLossesTest::strictIsToldWhereTheSchemaAllowsIt()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, told);
    using enum ProtocolKind;
    struct Caller
    {
        ProtocolKind kind;
        const char *body, *path;
    };
    const Caller callers[] = {
        {GoogleAi, R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseJsonSchema":%1}})",
         "generationConfig.responseJsonSchema"},
        {GoogleAi, R"({"contents":[{"parts":[{"text":"x"}]}],"generation_config":{"response_schema":%1}})",
         "generationConfig.responseSchema"},
        {Anthropic,
         R"({"messages":[{"role":"user","content":"x"}],"output_config":{"format":{"type":"json_schema","schema":%1}}})",
         "output_config.format.schema"},
        {Anthropic, R"({"messages":[{"role":"user","content":"x"}],"output_format":{"type":"json_schema","schema":%1}})",
         "output_format.schema"}};
    for (const Caller &caller : callers) {
        const ChatRequest chat = read(caller.kind, QByteArray(caller.body).replace("%1", schema).constData());
        const QJsonValue chatFormat = sentTo(OpenAi, chat)[QLatin1String("response_format")];
        const QJsonValue text = sentTo(OpenAiResponses, chat)[QLatin1String("text")];
        const QJsonObject inChat = chatFormat[QLatin1String("json_schema")].toObject();
        const QJsonObject inResponses = text[QLatin1String("format")].toObject();
        for (const QJsonObject &format : {inChat, inResponses}) {
            QCOMPARE(format[QLatin1String("strict")], QJsonValue(!told.isEmpty()));
            QCOMPARE(format[QLatin1String("schema")].toObject(), json(told.isEmpty() ? schema.constData() : told.constData()));
        }
        const QString named = QLatin1String(caller.path) + QStringLiteral(" (not strict)");
        const QStringList lost = unsayableFields(OpenAi, chat);
        QCOMPARE(lost, told.isEmpty() ? QStringList{named} : QStringList());
        QCOMPARE(unsayableFields(OpenAiResponses, chat), lost);
        QVERIFY(std::all_of(lost.begin(), lost.end(), isHint));
        QCOMPARE(unsayableFields(GoogleAi, chat), QStringList());
        // Anthropic, too, asks for closed objects.
        const QByteArray test = QTest::currentDataTag();
        const QString open = QLatin1String(caller.path) + QStringLiteral(".additionalProperties");
        QCOMPARE(unsayableFields(Anthropic, chat),
                 test.startsWith("any ") || test.startsWith("further ") ? QStringList{open} : QStringList());
    }
}

void WireLossesTest::strictOfOpenAiIsKept()
{
    using enum ProtocolKind;
    const QJsonObject schema = json(R"({"type":"object","properties":{"a":{"type":"string"}}})");
    for (const char *strict : {"true", "false"}) {
        const QByteArray body = R"({"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":
            {"name":"f","strict":%1,"parameters":{"type":"object","properties":{"a":{"type":"string"}}}}}],
            "response_format":{"type":"json_schema","json_schema":
            {"name":"n","strict":%1,"schema":{"type":"object","properties":{"a":{"type":"string"}}}}}})";
        const ChatRequest chat = read(OpenAi, QByteArray(body).replace("%1", strict).constData());
        const QJsonObject sent = sentTo(OpenAiResponses, chat);
        const bool wanted = strict == QByteArray("true");
        QCOMPARE(sent[QLatin1String("text")][QLatin1String("format")][QLatin1String("strict")], QJsonValue(wanted));
        QCOMPARE(sent[QLatin1String("text")][QLatin1String("format")][QLatin1String("schema")], QJsonValue(schema));
        QCOMPARE(sent[QLatin1String("tools")][0][QLatin1String("strict")], QJsonValue(wanted));
        QCOMPARE(sent[QLatin1String("tools")][0][QLatin1String("parameters")], QJsonValue(schema));
        QCOMPARE(unsayableFields(OpenAiResponses, chat), QStringList());
        const auto again = Protocol::of(OpenAiResponses).readRequest("/v1/responses", sent);
        const QJsonValue format = sentTo(Mistral, *again)[QLatin1String("response_format")];
        QCOMPARE(format[QLatin1String("json_schema")][QLatin1String("strict")], QJsonValue(wanted));
    }
}

void WireLossesTest::strictToolsOfAnthropicAreToldAlike()
{
    using enum ProtocolKind;
    const ChatRequest chat = read(
        Anthropic,
        R"({"messages":[{"role":"user","content":"x"}],"tools":[{"type":"web_search_20250305","name":"web_search"},
        {"name":"f","strict":true,"input_schema":{"type":"object","properties":{"a":{"type":"string"}}}},
        {"name":"g","strict":true,"input_schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}},
        {"name":"h","input_schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}]})");
    QCOMPARE(unsayableFields(OpenAi, chat), QStringList{QStringLiteral("tools[1].input_schema (not strict)")});
    const QJsonArray tools = sentTo(OpenAiResponses, chat)[QLatin1String("tools")].toArray();
    QCOMPARE(tools[0][QLatin1String("strict")], QJsonValue(false));
    QCOMPARE(tools[1][QLatin1String("strict")], QJsonValue(true));
    QCOMPARE(tools[1][QLatin1String("parameters")][QLatin1String("additionalProperties")], QJsonValue(false));
    QCOMPARE(tools[2][QLatin1String("strict")], QJsonValue(false));
    QVERIFY(tools[2][QLatin1String("parameters")][QLatin1String("additionalProperties")].isUndefined());
    QCOMPARE(sentTo(Anthropic, chat)[QLatin1String("tools")][0][QLatin1String("strict")], QJsonValue(true));
}

/// It refuses a schema with an object that is not. One whose further properties are none of ours to forbid is named, and closed
/// where the caller lets it go; a strict tool is then told as one that is not.
void WireLossesTest::anthropicIsToldThatObjectsAreClosed()
{
    using enum ProtocolKind;
    const char *unsaid = R"({"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":
        {"b":{"$ref":"#/$defs/c"}}}}},
        "$defs":{"c":{"anyOf":[{"type":"object","properties":{"d":{"type":"string"}}},{"type":"null"}]}}})";
    const char *closed = R"({"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":
        {"b":{"$ref":"#/$defs/c"}},"additionalProperties":false}}},"$defs":{"c":{"anyOf":[{"type":"object","properties":
        {"d":{"type":"string"}},"additionalProperties":false},{"type":"null"}]}},"additionalProperties":false})";
    const char *open =
        R"({"type":"object","properties":{"any":{"type":["object","null"]},"said":{"type":"object","properties":{},
        "additionalProperties":true},"map":{"type":"array","items":{"anyOf":[{"type":"object","additionalProperties":
        {"type":"string"}}]}},"shut":{"type":"object","additionalProperties":false}}})";
    const char *shut = R"({"type":"object","properties":{"any":{"type":["object","null"],"additionalProperties":false},
        "said":{"type":"object","properties":{},"additionalProperties":false},"map":{"type":"array","items":{"anyOf":
        [{"type":"object","additionalProperties":false}]}},"shut":{"type":"object","additionalProperties":false}},
        "additionalProperties":false})";
    const auto asked = [](const char *schema) {
        return read(
            GoogleAi,
            QByteArray(R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseJsonSchema":%1}})")
                .replace("%1", schema)
                .constData());
    };
    const auto told = [](const ChatRequest &chat) {
        return sentTo(Anthropic, chat)[QLatin1String("output_config")][QLatin1String("format")][QLatin1String("schema")]
            .toObject();
    };
    QCOMPARE(told(asked(unsaid)), json(closed));
    QCOMPARE(unsayableFields(Anthropic, asked(unsaid)), QStringList());
    QCOMPARE(told(asked(open)), json(shut));
    const QStringList named{
        QStringLiteral("generationConfig.responseJsonSchema.properties.any.additionalProperties"),
        QStringLiteral("generationConfig.responseJsonSchema.properties.map.items.anyOf[0].additionalProperties"),
        QStringLiteral("generationConfig.responseJsonSchema.properties.said.additionalProperties")};
    QCOMPARE(unsayableFields(Anthropic, asked(open)), named);
    QVERIFY(std::none_of(named.begin(), named.end(), isHint));
    QCOMPARE(sentTo(GoogleAi, asked(open))[QLatin1String("generationConfig")][QLatin1String("responseJsonSchema")]
                 .toObject(),
             json(open));
    const ChatRequest tools = read(OpenAi, QByteArray(R"({"messages":[{"role":"user","content":"x"}],"tools":[
            {"type":"function","function":{"name":"f","strict":true,"parameters":%1}},
            {"type":"function","function":{"name":"g","parameters":%2}},
            {"type":"function","function":{"name":"h","strict":true,"parameters":%2}}]})")
                                               .replace("%1", unsaid)
                                               .replace("%2", open)
                                               .constData());
    const QJsonArray sent = sentTo(Anthropic, tools)[QLatin1String("tools")].toArray();
    QCOMPARE(sent[0][QLatin1String("input_schema")].toObject(), json(closed));
    QCOMPARE(sent[0][QLatin1String("strict")], QJsonValue(true));
    QCOMPARE(sent[1][QLatin1String("input_schema")].toObject(), json(open));
    QCOMPARE(sent[2][QLatin1String("input_schema")].toObject(), json(open));
    QVERIFY(sent[2][QLatin1String("strict")].isUndefined());
    QCOMPARE(unsayableFields(Anthropic, tools), QStringList{QStringLiteral("tools[2] (not strict)")});
}

/// No other wire has a place for it within the conversation, as it is read.
void WireLossesTest::aSystemTurnThatMovesIsNamed()
{
    using enum ProtocolKind;
    const QByteArray turns = R"([{"role":"system","content":"a"},{"role":"developer","content":"b"},{"role":"user","content":"x"},
        {"role":"developer","content":"c"},{"role":"assistant","content":"y"},{"role":"system","content":"d"},{"role":"user","content":"z"}])";
    const QByteArray chat = R"({"model":"m","messages":)" + turns + "}", input = R"({"model":"m","input":)" + turns + "}";
    for (const ProtocolKind kind : {OpenAi, OpenAiCompatible, Mistral}) {
        const QStringList lost = unreadFields(kind, "/v1/chat/completions", json(chat.constData()));
        QCOMPARE(lost, (QStringList{QStringLiteral("messages[3].role (moved to the front)"),
                                    QStringLiteral("messages[5].role (moved to the front)")}));
        QVERIFY(std::all_of(lost.begin(), lost.end(), isHint));
        QCOMPARE(lossesLine(lost), QStringLiteral("messages[3].role (moved to the front) (and 1 more)"));
    }
    QCOMPARE(unreadFields(OpenAiResponses, "/v1/responses", json(input.constData())).value(0),
             QStringLiteral("input[3].role (moved to the front)"));
    QCOMPARE(read(OpenAi, chat.constData()).system, QStringLiteral("a\nb\nc\nd"));
}

void WireLossesTest::aToolThatMustBeCalledIsThere()
{
    const std::pair<ProtocolKind, const char *> wires[] = {
        {ProtocolKind::OpenAi, R"({"messages":[{"role":"user","content":"x"}],"tool_choice":"required"})"},
        {ProtocolKind::OpenAiResponses, R"({"input":"x","tool_choice":{"type":"function","name":"f"}})"},
        {ProtocolKind::Anthropic, R"({"messages":[{"role":"user","content":"x"}],"tool_choice":{"type":"any"}})"},
        {ProtocolKind::GoogleAi,
         R"({"contents":[{"parts":[{"text":"x"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}})"}};
    for (const auto &[from, body] : wires) {
        for (const ProtocolKind to : {ProtocolKind::OpenAi, ProtocolKind::OpenAiResponses, ProtocolKind::Anthropic,
                                      ProtocolKind::GoogleAi, ProtocolKind::Mistral})
            QCOMPARE(unsayableFields(to, read(from, body)), QStringList{QStringLiteral("tool_choice")});
    }
    QVERIFY(!isHint(QStringLiteral("tool_choice")));
}

void WireLossesTest::headersOfOneVendorAreNamed()
{
    const HttpHeaders headers{{"anthropic-version", "2023-06-01"}, {"Anthropic-Beta", "context-1m-2025-08-07"}};
    QCOMPARE(unreadHeaders(ProtocolKind::Anthropic, headers), QStringList{QStringLiteral("anthropic-beta")});
    QCOMPARE(unreadHeaders(ProtocolKind::OpenAi, headers), QStringList());
    QCOMPARE(unreadHeaders(ProtocolKind::Anthropic, {}), QStringList());
}

SUITE_TEST(WireLossesTest)
#include "tst_wirelosses.moc"
