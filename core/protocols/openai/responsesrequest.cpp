// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"
#include "protocols/openai/responses.h"
#include "protocols/openai/strictschema.h"

namespace retryscope {

using namespace chatjson;

namespace {

QJsonObject textPart(const ChatPart &part, ChatRole role)
{
    return {
        {QStringLiteral("type"), role == ChatRole::User ? QStringLiteral("input_text") : QStringLiteral("output_text")},
        {QStringLiteral("text"), part.text}};
}

/// A message's text and images are one item, each tool call and each result another.
void addItems(const ChatMessage &message, QJsonArray *input)
{
    QJsonArray content;
    for (const ChatPart &part : message.parts) {
        if (part.kind == ChatPart::Kind::Text)
            content.append(textPart(part, message.role));
        else if (part.kind == ChatPart::Kind::Image)
            content.append(QJsonObject{{QStringLiteral("type"), QStringLiteral("input_image")},
                                       {QStringLiteral("image_url"), imageUrl(part)}});
        else if (part.kind == ChatPart::Kind::ToolResult)
            input->append(QJsonObject{{QStringLiteral("type"), QStringLiteral("function_call_output")},
                                      {QStringLiteral("call_id"), part.call.id},
                                      {QStringLiteral("output"), part.text}});
    }
    const QString role = message.role == ChatRole::User ? QStringLiteral("user") : QStringLiteral("assistant");
    if (!content.isEmpty())
        input->append(QJsonObject{{QStringLiteral("type"), QStringLiteral("message")},
                                  {QStringLiteral("role"), role},
                                  {QStringLiteral("content"), content}});
    for (const ChatPart &part : message.parts) {
        if (part.kind == ChatPart::Kind::ToolCall)
            input->append(QJsonObject{{QStringLiteral("type"), QStringLiteral("function_call")},
                                      {QStringLiteral("call_id"), part.call.id},
                                      {QStringLiteral("name"), part.call.name},
                                      {QStringLiteral("arguments"), argumentsText(part.call)}});
    }
}

void addTools(const ChatRequest &chat, QJsonObject *body)
{
    QJsonArray tools;
    for (const ChatTool &tool : chat.tools) {
        const openai::ToldSchema told = openai::toldSchema(tool);
        QJsonObject function{{QStringLiteral("type"), QStringLiteral("function")},
                             {QStringLiteral("name"), tool.name},
                             {QStringLiteral("parameters"), schemaOf(parametersOf(told.schema), tool.written)},
                             {QStringLiteral("strict"), told.strict}};
        put(&function, "description", tool.description);
        tools.append(function);
    }
    if (tools.isEmpty())
        return;
    (*body)[QLatin1String("tools")] = tools;
    if (!chat.parallelTools)
        (*body)[QLatin1String("parallel_tool_calls")] = false;
    if (chat.toolChoice == ToolChoice::Named)
        (*body)[QLatin1String("tool_choice")] =
            QJsonObject{{QStringLiteral("type"), QStringLiteral("function")}, {QStringLiteral("name"), chat.toolName}};
    else if (chat.toolChoice != ToolChoice::Auto)
        (*body)[QLatin1String("tool_choice")] =
            chat.toolChoice == ToolChoice::None ? QStringLiteral("none") : QStringLiteral("required");
}

void addFormat(const ResponseFormat &format, QJsonObject *body)
{
    QJsonObject object;
    if (format.kind == ResponseFormat::Kind::Json) {
        object[QLatin1String("type")] = QStringLiteral("json_object");
    } else if (format.kind == ResponseFormat::Kind::Schema) {
        const openai::ToldSchema told = openai::toldSchema(format);
        object = {{QStringLiteral("type"), QStringLiteral("json_schema")},
                  {QStringLiteral("name"), schemaName(format)},
                  {QStringLiteral("schema"), schemaOf(told.schema, format.written)},
                  {QStringLiteral("strict"), told.strict}};
    }
    if (!object.isEmpty())
        (*body)[QLatin1String("text")] = QJsonObject{{QStringLiteral("format"), object}};
}

} // namespace

HttpRequest OpenAiResponsesProtocol::buildRequest(const ProviderConfig &provider, const ChatRequest &chat,
                                                  const QByteArray &key) const
{
    QJsonArray input;
    for (const ChatMessage &message : pairedTurns(chat))
        addItems(message, &input);
    QJsonObject body{{QStringLiteral("model"), modelFor(provider, chat.model)},
                     {QStringLiteral("input"), input},
                     {QStringLiteral("store"), false}}; // nothing is kept
    put(&body, "instructions", chat.system);
    put(&body, "max_output_tokens", chat.maxTokens);
    addTools(chat, &body);
    addFormat(chat.format, &body);
    if (!chat.effort.isEmpty())
        body[QLatin1String("reasoning")] = QJsonObject{{QStringLiteral("effort"), chat.effort}};
    put(&body, "temperature", chat.temperature);
    put(&body, "top_p", chat.topP);
    put(&body, "metadata", chat.metadata);
    if (chat.stream)
        body[QLatin1String("stream")] = true;
    HttpRequest request = startRequest(wireOf(ProtocolKind::OpenAiResponses), provider, chat, key);
    request.headers.append({"Accept", QByteArray(chat.stream ? "text/event-stream" : "application/json")});
    request.body = bodyFor(provider, chat, body);
    return request;
}

namespace {

ChatPart readPart(const QJsonValue &part)
{
    if (part[QLatin1String("type")].toString() != QLatin1String("input_image"))
        return {.text = part[QLatin1String("text")].toString(part[QLatin1String("refusal")].toString())};
    const QJsonValue url = part[QLatin1String("image_url")];
    return imageFrom(url.toString());
}

QString textOf(const QJsonValue &content)
{
    QString text = content.toString();
    for (const QJsonValue &part : content.toArray())
        text += readPart(part).text;
    return text;
}

void readItem(const QJsonValue &item, const QString &path, ChatRequest *chat)
{
    const QString type = item[QLatin1String("type")].toString(), role = item[QLatin1String("role")].toString();
    const QString id = item[QLatin1String("call_id")].toString();
    if (type == QLatin1String("function_call_output"))
        return addResult(
            chat,
            {.kind = ChatPart::Kind::ToolResult, .text = textOf(item[QLatin1String("output")]), .call = {id, {}, {}}});
    if (type == QLatin1String("function_call")) {
        if (item[QLatin1String("name")].toString().isEmpty())
            return; // nobody could answer it
        if (chat->messages.isEmpty() || chat->messages.last().role != ChatRole::Assistant)
            chat->messages.append({ChatRole::Assistant, {}});
        return chat->messages.last().parts.append(
            {.kind = ChatPart::Kind::ToolCall,
             .call = {id, item[QLatin1String("name")].toString(), argumentsText(item[QLatin1String("arguments")])},
             .jsonAt = {path + QStringLiteral(".arguments")}});
    }
    if (role.isEmpty())
        return; // thoughts and references to earlier answers
    const QJsonValue content = item[QLatin1String("content")];
    if (role == QLatin1String("system") || role == QLatin1String("developer"))
        return addLine(&chat->system, textOf(content));
    ChatMessage said{role == QLatin1String("assistant") ? ChatRole::Assistant : ChatRole::User, {}};
    if (content.isString())
        addPart({.text = content.toString()}, &said);
    for (const QJsonValue &part : content.toArray())
        addPart(readPart(part), &said);
    addMessage(said, chat);
}

void readTools(const QJsonObject &body, ChatRequest *chat)
{
    const QJsonArray tools = body[QLatin1String("tools")].toArray();
    for (qsizetype i = 0; i < tools.size(); ++i) {
        const QJsonValue tool = tools[i], strict = tool[QLatin1String("strict")];
        if (tool[QLatin1String("type")].toString() == QLatin1String("function")
            && !tool[QLatin1String("name")].toString().isEmpty())
            chat->tools.append({.name = tool[QLatin1String("name")].toString(),
                                .description = tool[QLatin1String("description")].toString(),
                                .parameters = tool[QLatin1String("parameters")].toObject(),
                                .strict = strict.toBool(),
                                .written = {{QStringLiteral("tools[%1].parameters").arg(i)}},
                                .strictUnsaid = !strict.isBool()});
    }
    chat->parallelTools = chat->tools.isEmpty() || body[QLatin1String("parallel_tool_calls")].toBool(true);
    const QJsonValue choice = body[QLatin1String("tool_choice")];
    chat->toolName = choice[QLatin1String("name")].toString();
    chat->toolChoice = !chat->toolName.isEmpty()                        ? ToolChoice::Named
                       : choice.toString() == QLatin1String("none")     ? ToolChoice::None
                       : choice.toString() == QLatin1String("required") ? ToolChoice::Required
                                                                        : ToolChoice::Auto;
}

} // namespace

std::optional<ChatRequest> OpenAiResponsesProtocol::readRequest(const QByteArray &, const QJsonObject &body) const
{
    ChatRequest chat;
    chat.system = body[QLatin1String("instructions")].toString();
    const QJsonValue input = body[QLatin1String("input")];
    if (input.isString())
        chat.messages.append({ChatRole::User, {{.text = input.toString()}}});
    const QJsonArray items = input.toArray();
    for (qsizetype i = 0; i < items.size(); ++i)
        readItem(items[i], QStringLiteral("input[%1]").arg(i), &chat);
    if (chat.messages.isEmpty())
        return std::nullopt;
    chat.model = body[QLatin1String("model")].toString();
    chat.stream = body[QLatin1String("stream")].toBool();
    chat.maxTokens = body[QLatin1String("max_output_tokens")].toInt();
    readTools(body, &chat);
    const QJsonValue format = body[QLatin1String("text")][QLatin1String("format")];
    chat.format = readFormat(format[QLatin1String("type")].toString(), format[QLatin1String("name")].toString(),
                             format[QLatin1String("schema")].toObject());
    chat.format.written.at = {QStringLiteral("text.format.schema")};
    if (chat.format.kind == ResponseFormat::Kind::Json)
        chat.format.schemaAt = {QStringLiteral("text.format")};
    if (chat.format.kind == ResponseFormat::Kind::Schema)
        chat.format.strict = format[QLatin1String("strict")].toBool();
    chat.effort = body[QLatin1String("reasoning")][QLatin1String("effort")].toString();
    readSampling(body, "temperature", "top_p", "top_k", &chat);
    chat.metadata = body[QLatin1String("metadata")].toObject();
    return chat;
}

} // namespace retryscope
