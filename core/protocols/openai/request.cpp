// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"
#include "protocols/openai/openai.h"

namespace retryscope {

using namespace chatjson;

namespace {

QJsonObject imageObject(const ChatPart &part)
{
    return {{QStringLiteral("type"), QStringLiteral("image_url")}, {QStringLiteral("image_url"), QJsonObject{{QStringLiteral("url"), imageUrl(part)}}}};
}

QJsonObject callObject(const ToolCall &call)
{
    return {{QStringLiteral("id"), call.id}, {QStringLiteral("type"), QStringLiteral("function")},
            {QStringLiteral("function"), QJsonObject{{QStringLiteral("name"), call.name}, {QStringLiteral("arguments"), call.arguments}}}};
}

/// Text alone is a string, which every server of this wire takes; else a list of parts.
QJsonValue contentOf(const ChatMessage &message)
{
    QJsonArray parts;
    QString text;
    for (const ChatPart &part : message.parts) {
        if (part.kind == ChatPart::Kind::Text)
            parts.append(QJsonObject{{QStringLiteral("type"), QStringLiteral("text")}, {QStringLiteral("text"), part.text}});
        else if (part.kind == ChatPart::Kind::Image)
            parts.append(imageObject(part));
        text = part.kind == ChatPart::Kind::Text ? part.text : text;
    }
    const bool plain = parts.isEmpty() || (parts.size() == 1 && parts[0][QLatin1String("type")].toString() == QLatin1String("text"));
    return plain ? QJsonValue(text) : QJsonValue(parts);
}

/// The results of tools are messages of their own.
void addMessage(const ChatMessage &message, QJsonArray *messages)
{
    QJsonArray calls;
    bool speaks = message.parts.isEmpty();
    for (const ChatPart &part : message.parts) {
        if (part.kind == ChatPart::Kind::ToolCall)
            calls.append(callObject(part.call));
        else if (part.kind == ChatPart::Kind::ToolResult)
            messages->append(QJsonObject{{QStringLiteral("role"), QStringLiteral("tool")}, {QStringLiteral("tool_call_id"), part.call.id}, {QStringLiteral("content"), part.text}});
        else
            speaks = true;
    }
    if (!speaks && calls.isEmpty())
        return;
    QJsonObject object{{QStringLiteral("role"), message.role == ChatRole::User ? QStringLiteral("user") : QStringLiteral("assistant")},
                       {QStringLiteral("content"), speaks ? contentOf(message) : QJsonValue(QJsonValue::Null)}};
    if (!calls.isEmpty())
        object[QLatin1String("tool_calls")] = calls;
    messages->append(object);
}

void addTools(const ChatRequest &request, const char *required, QJsonObject *body)
{
    QJsonArray tools;
    for (const ChatTool &tool : request.tools) {
        QJsonObject function{{QStringLiteral("name"), tool.name}, {QStringLiteral("parameters"), tool.parameters}};
        put(&function, "description", tool.description);
        tools.append(QJsonObject{{QStringLiteral("type"), QStringLiteral("function")}, {QStringLiteral("function"), function}});
    }
    if (tools.isEmpty())
        return;
    (*body)[QLatin1String("tools")] = tools;
    if (request.toolChoice == ToolChoice::Named)
        (*body)[QLatin1String("tool_choice")] = QJsonObject{{QStringLiteral("type"), QStringLiteral("function")}, {QStringLiteral("function"), QJsonObject{{QStringLiteral("name"), request.toolName}}}};
    else if (request.toolChoice != ToolChoice::Auto)
        (*body)[QLatin1String("tool_choice")] = QLatin1String(request.toolChoice == ToolChoice::None ? "none" : required);
}

void addFormat(const ResponseFormat &format, QJsonObject *body)
{
    if (format.kind == ResponseFormat::Kind::Json)
        (*body)[QLatin1String("response_format")] = QJsonObject{{QStringLiteral("type"), QStringLiteral("json_object")}};
    else if (format.kind == ResponseFormat::Kind::Schema)
        (*body)[QLatin1String("response_format")] = QJsonObject{{QStringLiteral("type"), QStringLiteral("json_schema")},
            {QStringLiteral("json_schema"), QJsonObject{{QStringLiteral("name"), schemaName(format)}, {QStringLiteral("schema"), format.schema}, {QStringLiteral("strict"), true}}}};
}

} // namespace

HttpRequest OpenAiProtocol::buildRequest(const ProviderConfig &provider, const ChatRequest &chat, const QByteArray &key) const
{
    QJsonArray messages;
    if (!chat.system.isEmpty())
        messages.append(QJsonObject{{QStringLiteral("role"), QStringLiteral("system")}, {QStringLiteral("content"), chat.system}});
    for (const ChatMessage &message : chat.turns())
        addMessage(message, &messages);
    QJsonObject body{{QStringLiteral("model"), modelFor(provider, chat.model)}, {QStringLiteral("messages"), messages}};
    put(&body, m_dialect.maxTokensKey, chat.maxTokens);
    addTools(chat, m_dialect.requiredTool, &body);
    addFormat(chat.format, &body);
    put(&body, "reasoning_effort", chat.effort);
    put(&body, "temperature", chat.temperature);
    put(&body, "top_p", chat.topP);
    if (m_dialect.topK)
        put(&body, "top_k", chat.topK);
    put(&body, m_dialect.seedKey, chat.seed);
    put(&body, "stop", QJsonArray::fromStringList(chat.stop));
    put(&body, "metadata", chat.metadata);
    if (chat.stream) {
        body[QLatin1String("stream")] = true;
        if (m_dialect.streamOptions)
            body[QLatin1String("stream_options")] = QJsonObject{{QStringLiteral("include_usage"), true}};
    }
    HttpRequest request = startRequest(wireOf(m_dialect.kind), provider, chat, key);
    request.headers.append({"Accept", QByteArray(chat.stream ? "text/event-stream" : "application/json")});
    request.body = bodyFor(provider, chat, body);
    return request;
}

std::optional<ServedPrompt> OpenAiServing::readRequest(const QByteArray &, const QJsonObject &body) const
{
    const QJsonArray messages = body[QLatin1String("messages")].toArray();
    if (messages.isEmpty())
        return std::nullopt;
    return ServedPrompt{body[QLatin1String("model")].toString(), messages.last()[QLatin1String("content")].toString(), body[QLatin1String("stream")].toBool(),
                        body[QLatin1String("stream_options")][QLatin1String("include_usage")].toBool()};
}

} // namespace retryscope
