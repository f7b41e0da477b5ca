// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"
#include "protocols/chatjson.h"

namespace retryscope {

using namespace chatjson;

namespace {

constexpr int neededMaxTokens = 4096; // the field must be there

QJsonObject imageSource(const ChatPart &image)
{
    if (!image.url.isEmpty())
        return {{QStringLiteral("type"), QStringLiteral("url")}, {QStringLiteral("url"), image.url}};
    return {{QStringLiteral("type"), QStringLiteral("base64")}, {QStringLiteral("media_type"), image.mediaType}, {QStringLiteral("data"), QString::fromLatin1(image.data.toBase64())}};
}

QJsonObject blockOf(const ChatPart &part)
{
    switch (part.kind) {
    case ChatPart::Kind::Text: break;
    case ChatPart::Kind::Image: return {{QStringLiteral("type"), QStringLiteral("image")}, {QStringLiteral("source"), imageSource(part)}};
    case ChatPart::Kind::ToolCall:
        return {{QStringLiteral("type"), QStringLiteral("tool_use")}, {QStringLiteral("id"), part.call.id}, {QStringLiteral("name"), part.call.name}, {QStringLiteral("input"), objectOf(part.call.arguments)}};
    case ChatPart::Kind::ToolResult: {
        QJsonObject result{{QStringLiteral("type"), QStringLiteral("tool_result")}, {QStringLiteral("tool_use_id"), part.call.id}, {QStringLiteral("content"), part.text}};
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
    return {{QStringLiteral("role"), message.role == ChatRole::User ? QStringLiteral("user") : QStringLiteral("assistant")},
            {QStringLiteral("content"), plain ? QJsonValue(message.parts.first().text) : QJsonValue(blocks)}};
}

void addTools(const ChatRequest &chat, QJsonObject *body)
{
    QJsonArray tools;
    for (const ChatTool &tool : chat.tools) {
        QJsonObject object{{QStringLiteral("name"), tool.name}, {QStringLiteral("input_schema"), tool.parameters}};
        put(&object, "description", tool.description);
        tools.append(object);
    }
    if (tools.isEmpty())
        return;
    (*body)[QLatin1String("tools")] = tools;
    static constexpr const char *words[] = {"auto", "none", "any", "tool"};
    QJsonObject choice{{QStringLiteral("type"), QLatin1String(words[int(chat.toolChoice)])}};
    if (chat.toolChoice == ToolChoice::Named)
        choice[QLatin1String("name")] = chat.toolName;
    if (chat.toolChoice != ToolChoice::Auto)
        (*body)[QLatin1String("tool_choice")] = choice;
}

/// What the text must be, and how much is thought before it.
void addOutput(const ChatRequest &chat, QJsonObject *body)
{
    QJsonObject output;
    if (chat.format.kind == ResponseFormat::Kind::Schema)
        output[QLatin1String("format")] = QJsonObject{{QStringLiteral("type"), QStringLiteral("json_schema")}, {QStringLiteral("schema"), chat.format.schema}};
    put(&output, "effort", chat.effort);
    put(body, "output_config", output);
}

} // namespace

HttpRequest AnthropicProtocol::buildRequest(const ProviderConfig &provider, const ChatRequest &chat, const QByteArray &key) const
{
    QJsonArray messages;
    for (const ChatMessage &message : chat.turns())
        messages.append(messageOf(message));
    QJsonObject body{{QStringLiteral("model"), modelFor(provider, chat.model)}, {QStringLiteral("max_tokens"), chat.maxTokens > 0 ? chat.maxTokens : neededMaxTokens},
                     {QStringLiteral("messages"), messages}};
    put(&body, "system", chat.system);
    addTools(chat, &body);
    addOutput(chat, &body);
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

std::optional<ServedPrompt> AnthropicServing::readRequest(const QByteArray &, const QJsonObject &body) const
{
    const QJsonArray messages = body[QLatin1String("messages")].toArray();
    if (messages.isEmpty())
        return std::nullopt;
    return ServedPrompt{body[QLatin1String("model")].toString(), messages.last()[QLatin1String("content")].toString(), body[QLatin1String("stream")].toBool(), false};
}

} // namespace retryscope
