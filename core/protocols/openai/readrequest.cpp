// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"
#include "protocols/openai/openai.h"

namespace retryscope {

using namespace chatjson;

namespace {

ChatPart readPart(const QJsonValue &part)
{
    if (part[QLatin1String("type")].toString() == QLatin1String("image_url")) {
        const QJsonValue image = part[QLatin1String("image_url")];
        return imageFrom(image.isString() ? image.toString() : image[QLatin1String("url")].toString());
    }
    return {.text = part[QLatin1String("text")].toString(part[QLatin1String("refusal")].toString())};
}

QString textOf(const QJsonValue &content)
{
    QString text = content.toString();
    for (const QJsonValue &part : content.toArray())
        text += readPart(part).text;
    return text;
}

void readMessage(const QJsonValue &message, const QString &path, ChatRequest *chat)
{
    const QString role = message[QLatin1String("role")].toString();
    const QJsonValue content = message[QLatin1String("content")];
    if (role == QLatin1String("system") || role == QLatin1String("developer"))
        return addLine(&chat->system, textOf(content));
    if (role == QLatin1String("tool")) {
        const ToolCall answered{
            message[QLatin1String("tool_call_id")].toString(), message[QLatin1String("name")].toString(), {}};
        return addResult(chat, {.kind = ChatPart::Kind::ToolResult, .text = textOf(content), .call = answered});
    }
    if (role == QLatin1String("function")) // results of long ago, which have no id
        return;
    ChatMessage said{role == QLatin1String("assistant") ? ChatRole::Assistant : ChatRole::User, {}};
    if (content.isString())
        addPart({.text = content.toString()}, &said);
    for (const QJsonValue &part : content.toArray())
        addPart(readPart(part), &said);
    addPart({.text = message[QLatin1String("refusal")].toString()}, &said);
    const QJsonArray calls = message[QLatin1String("tool_calls")].toArray();
    for (qsizetype i = 0; i < calls.size(); ++i) {
        const QJsonValue function = calls[i][QLatin1String("function")],
                         arguments = function[QLatin1String("arguments")];
        ChatPart call{.kind = ChatPart::Kind::ToolCall,
                      .call = {calls[i][QLatin1String("id")].toString(), function[QLatin1String("name")].toString(),
                               argumentsText(arguments)}};
        if (arguments.isObject())
            call.jsonAt.path = QStringLiteral("%1.tool_calls[%2].function.arguments").arg(path).arg(i);
        addPart(call, &said);
    }
    addMessage(said, chat);
}

void readTools(const QJsonObject &body, ChatRequest *chat)
{
    const QJsonArray tools = body[QLatin1String("tools")].toArray();
    for (qsizetype i = 0; i < tools.size(); ++i) {
        const QJsonValue function = tools[i][QLatin1String("function")];
        if (!function[QLatin1String("name")].toString().isEmpty())
            chat->tools.append({.name = function[QLatin1String("name")].toString(),
                                .description = function[QLatin1String("description")].toString(),
                                .parameters = function[QLatin1String("parameters")].toObject(),
                                .strict = function[QLatin1String("strict")].toBool(),
                                .written = {{QStringLiteral("tools[%1].function.parameters").arg(i)}}});
    }
    chat->parallelTools = chat->tools.isEmpty() || body[QLatin1String("parallel_tool_calls")].toBool(true);
    const QJsonValue choice = body[QLatin1String("tool_choice")];
    chat->toolName = choice[QLatin1String("function")][QLatin1String("name")].toString();
    chat->toolChoice = !chat->toolName.isEmpty()                    ? ToolChoice::Named
                       : choice.toString() == QLatin1String("none") ? ToolChoice::None
                       : choice.toString() == QLatin1String("required") || choice.toString() == QLatin1String("any")
                           ? ToolChoice::Required
                           : ToolChoice::Auto;
}

} // namespace

std::optional<ChatRequest> OpenAiProtocol::readRequest(const QByteArray &, const QJsonObject &body) const
{
    ChatRequest chat;
    const QJsonArray messages = body[QLatin1String("messages")].toArray();
    for (qsizetype i = 0; i < messages.size(); ++i)
        readMessage(messages[i], QStringLiteral("messages[%1]").arg(i), &chat);
    if (chat.messages.isEmpty())
        return std::nullopt;
    chat.model = body[QLatin1String("model")].toString();
    chat.stream = body[QLatin1String("stream")].toBool();
    chat.maxTokens = body[QLatin1String("max_completion_tokens")].toInt(body[QLatin1String("max_tokens")].toInt());
    readTools(body, &chat);
    const QJsonValue format = body[QLatin1String("response_format")], schema = format[QLatin1String("json_schema")];
    chat.format = readFormat(format[QLatin1String("type")].toString(), schema[QLatin1String("name")].toString(),
                             schema[QLatin1String("schema")].toObject());
    chat.format.written.at = {QStringLiteral("response_format.json_schema.schema")};
    if (chat.format.kind == ResponseFormat::Kind::Schema)
        chat.format.strict = schema[QLatin1String("strict")].toBool();
    chat.effort = body[QLatin1String("reasoning_effort")].toString();
    readSampling(body, "temperature", "top_p", "top_k", &chat);
    readPenalties(body, "frequency_penalty", "presence_penalty", "n", &chat);
    const QJsonValue stop = body[QLatin1String("stop")], seed = body.contains(QLatin1String("random_seed"))
                                                                    ? body[QLatin1String("random_seed")]
                                                                    : body[QLatin1String("seed")];
    chat.stop = stop.isString() ? QStringList{stop.toString()} : stringList(stop);
    if (seed.isDouble())
        chat.seed = seed.toInteger();
    chat.metadata = body[QLatin1String("metadata")].toObject();
    return chat;
}

} // namespace retryscope
