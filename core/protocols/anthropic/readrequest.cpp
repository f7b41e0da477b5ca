// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"
#include "protocols/anthropic/anthropic.h"

namespace retryscope {

using namespace chatjson;

namespace {

QString textOf(const QJsonValue &content)
{
    QString text = content.toString();
    for (const QJsonValue &block : content.toArray())
        addLine(&text, block[QLatin1String("text")].toString());
    return text;
}

ChatPart readPart(const QJsonValue &block, const QString &path)
{
    const QString type = block[QLatin1String("type")].toString();
    const QJsonValue source = block[QLatin1String("source")];
    if (type == QLatin1String("image"))
        return {.kind = ChatPart::Kind::Image,
                .url = source[QLatin1String("url")].toString(),
                .mediaType = source[QLatin1String("media_type")].toString(),
                .data = bytesFrom(source[QLatin1String("data")].toString()).value_or(QByteArray())};
    if (type == QLatin1String("tool_use"))
        return {.kind = ChatPart::Kind::ToolCall,
                .call = {block[QLatin1String("id")].toString(), block[QLatin1String("name")].toString(),
                         argumentsText(block[QLatin1String("input")])},
                .jsonAt = {path + QStringLiteral(".input")}};
    if (type == QLatin1String("tool_result"))
        return {.kind = ChatPart::Kind::ToolResult,
                .text = textOf(block[QLatin1String("content")]),
                .call = {block[QLatin1String("tool_use_id")].toString(), {}, {}},
                .failed = block[QLatin1String("is_error")].toBool()};
    return {.text = block[QLatin1String("text")].toString()};
}

void readTools(const QJsonObject &body, ChatRequest *chat)
{
    const QJsonArray tools = body[QLatin1String("tools")].toArray();
    for (qsizetype i = 0; i < tools.size(); ++i) {
        const QJsonValue tool = tools[i];
        if (tool[QLatin1String("type")].toString(QStringLiteral("custom")) != QLatin1String("custom"))
            continue; // one that the vendor runs
        if (tool[QLatin1String("name")].toString().isEmpty())
            continue;
        const QString path = QStringLiteral("tools[%1].input_schema").arg(i);
        chat->tools.append({.name = tool[QLatin1String("name")].toString(),
                            .description = tool[QLatin1String("description")].toString(),
                            .parameters = tool[QLatin1String("input_schema")].toObject(),
                            .strict = tool[QLatin1String("strict")].toBool(),
                            .schemaAt = {path},
                            .written = {{path}}});
    }
    const QJsonValue choice = body[QLatin1String("tool_choice")];
    const QString word = choice[QLatin1String("type")].toString();
    chat->parallelTools = chat->tools.isEmpty() || !choice[QLatin1String("disable_parallel_tool_use")].toBool();
    chat->toolName = choice[QLatin1String("name")].toString();
    chat->toolChoice = word == QLatin1String("tool")   ? ToolChoice::Named
                       : word == QLatin1String("any")  ? ToolChoice::Required
                       : word == QLatin1String("none") ? ToolChoice::None
                                                       : ToolChoice::Auto;
}

} // namespace

std::optional<ChatRequest> AnthropicProtocol::readRequest(const QByteArray &, const QJsonObject &body) const
{
    ChatRequest chat;
    const QJsonArray messages = body[QLatin1String("messages")].toArray();
    for (qsizetype i = 0; i < messages.size(); ++i) {
        const QJsonValue message = messages[i];
        ChatMessage said{message[QLatin1String("role")].toString() == QLatin1String("assistant") ? ChatRole::Assistant
                                                                                                 : ChatRole::User,
                         {}};
        const QJsonValue content = message[QLatin1String("content")];
        if (content.isString())
            addPart({.text = content.toString()}, &said);
        const QJsonArray blocks = content.toArray();
        for (qsizetype j = 0; j < blocks.size(); ++j)
            addPart(readPart(blocks[j], QStringLiteral("messages[%1].content[%2]").arg(i).arg(j)), &said);
        addMessage(said, &chat);
    }
    if (chat.messages.isEmpty())
        return std::nullopt;
    chat.system = textOf(body[QLatin1String("system")]);
    chat.model = body[QLatin1String("model")].toString();
    chat.maxTokens = body[QLatin1String("max_tokens")].toInt();
    chat.stream = body[QLatin1String("stream")].toBool();
    readTools(body, &chat);
    const QJsonValue output = body[QLatin1String("output_config")], thinking = body[QLatin1String("thinking")];
    const bool beta = !output[QLatin1String("format")].isObject();
    const QJsonValue format = beta ? body[QLatin1String("output_format")] : output[QLatin1String("format")];
    chat.format = readFormat(format[QLatin1String("type")].toString(), {}, format[QLatin1String("schema")].toObject());
    chat.format.schemaAt = {beta ? QStringLiteral("output_format.schema") : QStringLiteral("output_config.format.schema")};
    chat.format.written.at = chat.format.schemaAt;
    chat.effort = output[QLatin1String("effort")].toString();
    if (thinking[QLatin1String("type")].toString() == QLatin1String("disabled"))
        chat.effort = QStringLiteral("none");
    else if (const QJsonValue budget = thinking[QLatin1String("budget_tokens")];
             chat.effort.isEmpty() && budget.isDouble())
        chat.effort = effortOf(budget.toInt());
    readSampling(body, "temperature", "top_p", "top_k", &chat);
    chat.stop = stringList(body[QLatin1String("stop_sequences")]);
    chat.metadata = body[QLatin1String("metadata")].toObject();
    return chat;
}

} // namespace retryscope
