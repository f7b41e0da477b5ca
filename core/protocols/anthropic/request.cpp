// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"
#include "protocols/anthropic/parts.h"
#include "protocols/chatjson.h"
#include "protocols/effort.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace chatjson;
using namespace served;

namespace {

constexpr int neededMaxTokens = 4096; // the field must be there

QJsonObject imageSource(const ChatPart &image)
{
    if (!image.url.isEmpty())
        return {{QStringLiteral("type"), QStringLiteral("url")}, {QStringLiteral("url"), image.url}};
    return {{QStringLiteral("type"), QStringLiteral("base64")},
            {QStringLiteral("media_type"), image.mediaType},
            {QStringLiteral("data"), QString::fromLatin1(image.data.toBase64())}};
}

QJsonObject blockOf(const ChatPart &part)
{
    switch (part.kind) {
    case ChatPart::Kind::Text: break;
    case ChatPart::Kind::Image:
        return {{QStringLiteral("type"), QStringLiteral("image")}, {QStringLiteral("source"), imageSource(part)}};
    case ChatPart::Kind::ToolCall:
        return {{QStringLiteral("type"), QStringLiteral("tool_use")},
                {QStringLiteral("id"), anthropicId(part.call.id)},
                {QStringLiteral("name"), part.call.name},
                {QStringLiteral("input"), asWritten(argumentsJson(part.call))}};
    case ChatPart::Kind::ToolResult: {
        QJsonObject result{{QStringLiteral("type"), QStringLiteral("tool_result")},
                           {QStringLiteral("tool_use_id"), anthropicId(part.call.id)},
                           {QStringLiteral("content"), part.text}};
        if (part.failed)
            result[QLatin1String("is_error")] = true;
        return result;
    }
    }
    return {{QStringLiteral("type"), QStringLiteral("text")}, {QStringLiteral("text"), part.text}};
}

QJsonObject messageOf(const ChatMessage &message)
{
    QJsonArray blocks;
    for (const ChatPart &part : message.parts)
        blocks.append(blockOf(part));
    const bool plain = message.parts.size() == 1 && message.parts.first().kind == ChatPart::Kind::Text;
    return {
        {QStringLiteral("role"), message.role == ChatRole::User ? QStringLiteral("user") : QStringLiteral("assistant")},
        {QStringLiteral("content"), plain ? QJsonValue(message.parts.first().text) : QJsonValue(blocks)}};
}

/// With every object closed: Anthropic refuses a schema that leaves one open, and none else says so. `opened`: where an
/// object was that had, or may have had, other properties than those that it names.
QJsonValue closed(const QJsonValue &schema, const QString &path, QStringList *opened)
{
    if (schema.isArray()) {
        QJsonArray all;
        for (const QJsonValue &one : schema.toArray())
            all.append(closed(one, QStringLiteral("%1[%2]").arg(path).arg(all.size()), opened));
        return all;
    }
    if (!schema.isObject())
        return schema;
    QJsonObject object = schema.toObject();
    for (const char *key : {"properties", "$defs", "definitions"}) {
        QJsonObject named = object.value(QLatin1String(key)).toObject();
        for (auto it = named.begin(); it != named.end(); ++it)
            it.value() = closed(it.value(), QStringLiteral("%1.%2.%3").arg(path, QLatin1String(key), it.key()), opened);
        if (!named.isEmpty())
            object[QLatin1String(key)] = named;
    }
    for (const char *key : {"items", "anyOf", "allOf"}) {
        if (object.contains(QLatin1String(key)))
            object[QLatin1String(key)] =
                closed(object[QLatin1String(key)], path + QLatin1Char('.') + QLatin1String(key), opened);
    }
    const QJsonValue type = object.value(QLatin1String("type")),
                     others = object.value(QLatin1String("additionalProperties"));
    const bool named = object.value(QLatin1String("properties")).isObject();
    const bool isObject = named || type == QLatin1String("object") || type.toArray().contains(QLatin1String("object"));
    if (!isObject || others == QJsonValue(false))
        return object;
    if (!named || !others.isUndefined())
        opened->append(path + QStringLiteral(".additionalProperties"));
    object[QLatin1String("additionalProperties")] = false;
    return object;
}

void addTools(const ChatRequest &chat, const QJsonArray &strict, QJsonObject *body)
{
    QJsonArray tools;
    for (const ChatTool &tool : chat.tools) {
        const QJsonValue closed = strict[tools.size()];
        const QJsonObject schema = parametersOf(closed.isNull() ? tool.parameters : closed.toObject());
        QJsonObject object{{QStringLiteral("name"), tool.name},
                           {QStringLiteral("input_schema"), schemaOf(schema, tool.written)}};
        put(&object, "description", tool.description);
        if (!closed.isNull())
            object[QLatin1String("strict")] = true;
        tools.append(object);
    }
    if (tools.isEmpty())
        return;
    (*body)[QLatin1String("tools")] = tools;
    static constexpr const char *words[] = {"auto", "none", "any", "tool"};
    QJsonObject choice{{QStringLiteral("type"), QLatin1String(words[int(chat.toolChoice)])}};
    if (chat.toolChoice == ToolChoice::Named)
        choice[QLatin1String("name")] = chat.toolName;
    if (!chat.parallelTools && chat.toolChoice != ToolChoice::None)
        choice[QLatin1String("disable_parallel_tool_use")] = true;
    if (chat.toolChoice != ToolChoice::Auto || !chat.parallelTools)
        (*body)[QLatin1String("tool_choice")] = choice;
}

/// What the text must be, and how much is thought before it: no thoughts at all have a field of their own.
void addOutput(const ChatRequest &chat, const QJsonValue &schema, QJsonObject *body)
{
    QJsonObject output;
    if (!schema.isUndefined())
        output[QLatin1String("format")] =
            QJsonObject{{QStringLiteral("type"), QStringLiteral("json_schema")},
                        {QStringLiteral("schema"), schemaOf(schema.toObject(), chat.format.written)}};
    if (chat.effort == QLatin1String("none"))
        (*body)[QLatin1String("thinking")] = QJsonObject{{QStringLiteral("type"), QStringLiteral("disabled")}};
    else
        put(&output, "effort", toldEffort(chat.effort, anthropic::efforts));
    put(body, "output_config", output);
}

} // namespace

anthropic::ToldSchemas anthropic::toldSchemas(const ChatRequest &chat)
{
    ToldSchemas told{{}, QJsonValue::Undefined, {}};
    const auto placeOf = [](const SourcePath &at, const QString &ours) { return at.path.isEmpty() ? ours : at.path; };
    for (const ChatTool &tool : chat.tools) {
        QStringList opened;
        const QJsonObject said = tool.parameters.isEmpty() ? parametersOf({}) : tool.parameters;
        const QJsonValue schema = tool.strict ? closed(said, {}, &opened) : QJsonValue();
        if (!opened.isEmpty())
            told.lost << placeOf(tool.schemaAt, QStringLiteral("tools[%1]").arg(told.tools.size()))
                             + QStringLiteral(" (not strict)");
        told.tools.append(opened.isEmpty() ? schema : QJsonValue());
    }
    if (chat.format.kind == ResponseFormat::Kind::Schema)
        told.answer =
            closed(chat.format.schema, placeOf(chat.format.schemaAt, QStringLiteral("response_format")), &told.lost);
    return told;
}

HttpRequest AnthropicProtocol::buildRequest(const ProviderConfig &provider, const ChatRequest &chat,
                                            const QByteArray &key) const
{
    QJsonArray messages;
    for (const ChatMessage &message : pairedTurns(chat))
        messages.append(messageOf(message));
    QJsonObject body{{QStringLiteral("model"), modelFor(provider, chat.model)},
                     {QStringLiteral("max_tokens"), chat.maxTokens > 0 ? chat.maxTokens : neededMaxTokens},
                     {QStringLiteral("messages"), messages}};
    put(&body, "system", chat.system);
    const anthropic::ToldSchemas schemas = anthropic::toldSchemas(chat);
    addTools(chat, schemas.tools, &body);
    addOutput(chat, schemas.answer, &body);
    put(&body, "temperature", chat.temperature);
    put(&body, "top_p", chat.topP);
    put(&body, "top_k", chat.topK);
    put(&body, "stop_sequences", QJsonArray::fromStringList(chat.stop));
    if (const QJsonValue user = chat.metadata[QLatin1String("user_id")]; user.isString()) // it takes no other
        body[QLatin1String("metadata")] = QJsonObject{{QStringLiteral("user_id"), user}};
    if (chat.stream)
        body[QLatin1String("stream")] = true;
    HttpRequest request = startRequest(wireOf(ProtocolKind::Anthropic), provider, chat, key);
    request.body = bodyFor(provider, chat, body);
    return request;
}

/// An instruction to write JSON would be no promise that the answer is JSON, and a forced tool would answer in a tool's words.
QString AnthropicProtocol::refusal(const ChatRequest &chat) const
{
    if (chat.format.kind != ResponseFormat::Kind::Json)
        return {};
    return QStringLiteral("response_format json_object is not known to Anthropic's interface, so nothing was sent. Ask "
                          "for a JSON schema (json_schema), which it takes.");
}

ServedAction AnthropicServing::action(const QByteArray &method, const QByteArray &path) const
{
    if (method == "POST")
        return path.endsWith("/messages")                ? ServedAction::Prompt
               : path.endsWith("/messages/count_tokens") ? ServedAction::CountTokens
                                                         : ServedAction::None;
    if (method != "GET")
        return ServedAction::None;
    return path.endsWith("/models")    ? ServedAction::Models
           : path.contains("/models/") ? ServedAction::Model
                                       : ServedAction::None;
}

std::optional<ServedRefusal> AnthropicServing::checkAccess(const QByteArray &, const HttpHeaders &headers,
                                                           bool keyRequired) const
{
    const bool key =
        !headerValue(headers, "x-api-key").isEmpty() || headerValue(headers, "authorization").startsWith("Bearer ");
    if (keyRequired && !key)
        return ServedRefusal{401, QStringLiteral("x-api-key header is required"), {}};
    if (headerValue(headers, "anthropic-version").isEmpty())
        return ServedRefusal{400, QStringLiteral("anthropic-version: header is required"), {}};
    return std::nullopt;
}

namespace {

using Refused = Unexpected<ServedRefusal>;

/// The last turn is the user's: text, images, or what tools answered.
std::optional<ServedRefusal> readTurns(const QJsonArray &messages, ServedPrompt *prompt)
{
    for (qsizetype i = 0; i < messages.size(); ++i) {
        const QString role = messages[i][QLatin1String("role")].toString();
        const QJsonValue content = messages[i][QLatin1String("content")];
        if (role != QLatin1String("user") && role != QLatin1String("assistant") && role != QLatin1String("system"))
            return ServedRefusal{
                400, QStringLiteral("messages.%1.role: Input should be 'user' or 'assistant'").arg(i), {}};
        const Content read = served::readContent(content);
        QStringList results;
        for (const QJsonValue &block : content.toArray()) {
            if (block[QLatin1String("type")].toString() == QLatin1String("tool_result"))
                results << served::readContent(block[QLatin1String("content")]).text;
        }
        if (role == QLatin1String("user") && read.text.isEmpty() && read.images == 0 && content.toArray().isEmpty())
            return ServedRefusal{
                400, QStringLiteral("messages.%1: user messages must have non-empty content").arg(i), {}};
        prompt->characters += int(read.text.size() + results.join(QString()).size());
        if (role != QLatin1String("user"))
            continue;
        prompt->toolResults = results;
        prompt->images = read.images;
        if (!read.text.isEmpty())
            prompt->text = read.text;
    }
    return std::nullopt;
}

void readTools(const QJsonObject &body, ServedPrompt *prompt)
{
    for (const QJsonValue &tool : body[QLatin1String("tools")].toArray())
        prompt->tools.append({tool[QLatin1String("name")].toString(), tool[QLatin1String("description")].toString(),
                              tool[QLatin1String("input_schema")]});
    const QJsonValue choice = body[QLatin1String("tool_choice")];
    const QString type = choice[QLatin1String("type")].toString();
    prompt->choice = type == QLatin1String("none")                                   ? ServedToolChoice::None
                     : type == QLatin1String("any") || type == QLatin1String("tool") ? ServedToolChoice::Any
                                                                                     : ServedToolChoice::Auto;
    if (type == QLatin1String("tool"))
        prompt->allowedTools = {choice[QLatin1String("name")].toString()};
}

/// There is no JSON without a schema here.
std::optional<ServedRefusal> readFormat(const QJsonObject &body, ServedPrompt *prompt)
{
    if (body.contains(QLatin1String("response_format")))
        return ServedRefusal{400, QStringLiteral("response_format: Extra inputs are not permitted"), {}};
    QString place = QStringLiteral("output_config.format");
    QJsonValue format = body[QLatin1String("output_config")][QLatin1String("format")];
    if (!format.isObject()) {
        place = QStringLiteral("output_format"); // its name in the beta
        format = body[QLatin1String("output_format")];
    }
    if (!format.isObject())
        return std::nullopt;
    if (format[QLatin1String("type")].toString() != QLatin1String("json_schema"))
        return ServedRefusal{400, place + QStringLiteral(".type: Input should be 'json_schema'"), {}};
    if (!format[QLatin1String("schema")].isObject())
        return ServedRefusal{400, place + QStringLiteral(".schema: Field required"), {}};
    prompt->json = true;
    prompt->schema = format[QLatin1String("schema")];
    return std::nullopt;
}

} // namespace

Expected<ServedPrompt, ServedRefusal> AnthropicServing::readRequest(const QByteArray &path,
                                                                    const QJsonObject &body) const
{
    ServedPrompt prompt;
    prompt.model = body[QLatin1String("model")].toString();
    prompt.stream = body[QLatin1String("stream")].toBool();
    if (prompt.model.isEmpty())
        return Refused{{400, QStringLiteral("model: Field required"), {}}};
    if (const auto wrong = readLimit(body[QLatin1String("max_tokens")], "max_tokens", &prompt.maxTokens))
        return Refused{*wrong};
    if (!prompt.maxTokens && !path.endsWith("/count_tokens"))
        return Refused{{400, QStringLiteral("max_tokens: Field required"), {}}};
    const QJsonArray messages = body[QLatin1String("messages")].toArray();
    if (messages.isEmpty())
        return Refused{{400, QStringLiteral("messages: at least one message is required"), {}}};
    prompt.characters = int(served::readContent(body[QLatin1String("system")]).text.size());
    if (const auto wrong = readTurns(messages, &prompt))
        return Refused{*wrong};
    readTools(body, &prompt);
    if (const auto wrong = checkTools(prompt, prompt.choice == ServedToolChoice::Any))
        return Refused{*wrong};
    prompt.stops = readStops(body[QLatin1String("stop_sequences")]);
    if (const auto wrong = readFormat(body, &prompt))
        return Refused{*wrong};
    return prompt;
}

QByteArray AnthropicServing::tokenCount(int tokens) const { return R"({"input_tokens":)" + num(tokens) + "}"; }

} // namespace retryscope
