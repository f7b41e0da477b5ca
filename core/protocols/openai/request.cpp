// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"
#include "protocols/effort.h"
#include "protocols/openai/openai.h"
#include "protocols/openai/parts.h"
#include "protocols/openai/strictschema.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace chatjson;
using namespace served;

namespace {

QJsonObject imageObject(const ChatPart &part)
{
    return {{QStringLiteral("type"), QStringLiteral("image_url")},
            {QStringLiteral("image_url"), QJsonObject{{QStringLiteral("url"), imageUrl(part)}}}};
}

using IdRule = QString (*)(const QString &id);
QString anyId(const QString &id) { return id; }

QJsonObject callObject(const ToolCall &call, IdRule idOf)
{
    return {{QStringLiteral("id"), idOf(call.id)},
            {QStringLiteral("type"), QStringLiteral("function")},
            {QStringLiteral("function"),
             QJsonObject{{QStringLiteral("name"), call.name}, {QStringLiteral("arguments"), argumentsText(call)}}}};
}

/// Text alone is a string, which every server of this wire takes; else a list of parts.
QJsonValue contentOf(const ChatMessage &message)
{
    QJsonArray parts;
    QString text;
    for (const ChatPart &part : message.parts) {
        if (part.kind == ChatPart::Kind::Text)
            parts.append(
                QJsonObject{{QStringLiteral("type"), QStringLiteral("text")}, {QStringLiteral("text"), part.text}});
        else if (part.kind == ChatPart::Kind::Image)
            parts.append(imageObject(part));
        text = part.kind == ChatPart::Kind::Text ? part.text : text;
    }
    const bool plain =
        parts.isEmpty() || (parts.size() == 1 && parts[0][QLatin1String("type")].toString() == QLatin1String("text"));
    return plain ? QJsonValue(text) : QJsonValue(parts);
}

/// The results of tools are messages of their own.
void addMessage(const ChatMessage &message, IdRule idOf, QJsonArray *messages)
{
    QJsonArray calls;
    bool speaks = message.parts.isEmpty();
    for (const ChatPart &part : message.parts) {
        if (part.kind == ChatPart::Kind::ToolCall)
            calls.append(callObject(part.call, idOf));
        else if (part.kind == ChatPart::Kind::ToolResult)
            messages->append(QJsonObject{{QStringLiteral("role"), QStringLiteral("tool")},
                                         {QStringLiteral("tool_call_id"), idOf(part.call.id)},
                                         {QStringLiteral("content"), part.text}});
        else
            speaks = true;
    }
    if (!speaks && calls.isEmpty())
        return;
    QJsonObject object{
        {QStringLiteral("role"), message.role == ChatRole::User ? QStringLiteral("user") : QStringLiteral("assistant")},
        {QStringLiteral("content"), speaks ? contentOf(message) : QJsonValue(QJsonValue::Null)}};
    if (!calls.isEmpty())
        object[QLatin1String("tool_calls")] = calls;
    messages->append(object);
}

void addTools(const ChatRequest &request, const OpenAiDialect &dialect, QJsonObject *body)
{
    QJsonArray tools;
    for (const ChatTool &tool : request.tools) {
        const bool plain = tool.strictUnsaid && dialect.kind == ProtocolKind::OpenAiCompatible; // not all know strict
        const openai::ToldSchema told =
            plain ? openai::ToldSchema{tool.parameters, false, false} : openai::toldSchema(tool);
        QJsonObject function{{QStringLiteral("name"), tool.name},
                             {QStringLiteral("parameters"), schemaOf(parametersOf(told.schema), tool.written)}};
        put(&function, "description", tool.description);
        if (told.strict)
            function[QLatin1String("strict")] = true;
        tools.append(
            QJsonObject{{QStringLiteral("type"), QStringLiteral("function")}, {QStringLiteral("function"), function}});
    }
    if (tools.isEmpty())
        return;
    (*body)[QLatin1String("tools")] = tools;
    if (!request.parallelTools)
        (*body)[QLatin1String("parallel_tool_calls")] = false;
    if (request.toolChoice == ToolChoice::Named)
        (*body)[QLatin1String("tool_choice")] =
            QJsonObject{{QStringLiteral("type"), QStringLiteral("function")},
                        {QStringLiteral("function"), QJsonObject{{QStringLiteral("name"), request.toolName}}}};
    else if (request.toolChoice != ToolChoice::Auto)
        (*body)[QLatin1String("tool_choice")] =
            QLatin1String(request.toolChoice == ToolChoice::None ? "none" : dialect.requiredTool);
}

void addFormat(const ResponseFormat &format, QJsonObject *body)
{
    if (format.kind == ResponseFormat::Kind::Json)
        (*body)[QLatin1String("response_format")] =
            QJsonObject{{QStringLiteral("type"), QStringLiteral("json_object")}};
    if (format.kind != ResponseFormat::Kind::Schema)
        return;
    const openai::ToldSchema told = openai::toldSchema(format);
    (*body)[QLatin1String("response_format")] = QJsonObject{
        {QStringLiteral("type"), QStringLiteral("json_schema")},
        {QStringLiteral("json_schema"), QJsonObject{{QStringLiteral("name"), schemaName(format)},
                                                    {QStringLiteral("schema"), schemaOf(told.schema, format.written)},
                                                    {QStringLiteral("strict"), told.strict}}}};
}

} // namespace

HttpRequest OpenAiProtocol::buildRequest(const ProviderConfig &provider, const ChatRequest &chat,
                                         const QByteArray &key) const
{
    QJsonArray messages;
    if (!chat.system.isEmpty())
        messages.append(
            QJsonObject{{QStringLiteral("role"), QStringLiteral("system")}, {QStringLiteral("content"), chat.system}});
    for (const ChatMessage &message : pairedTurns(chat))
        addMessage(message, m_dialect.shortIds ? mistralId : anyId, &messages);
    if (m_dialect.prefix && beginsTheAnswer(chat)) {
        QJsonObject begun = messages.last().toObject();
        begun[QLatin1String("prefix")] = true;
        messages.replace(messages.size() - 1, begun);
    }
    QJsonObject body{{QStringLiteral("model"), modelFor(provider, chat.model)}, {QStringLiteral("messages"), messages}};
    put(&body, m_dialect.maxTokensKey, chat.maxTokens);
    addTools(chat, m_dialect, &body);
    addFormat(chat.format, &body);
    put(&body, "reasoning_effort",
        m_dialect.efforts.empty() ? chat.effort : toldEffort(chat.effort, m_dialect.efforts));
    put(&body, "temperature", chat.temperature);
    put(&body, "top_p", chat.topP);
    if (m_dialect.topK)
        put(&body, "top_k", chat.topK);
    put(&body, m_dialect.seedKey, chat.seed);
    put(&body, "frequency_penalty", chat.frequencyPenalty);
    put(&body, "presence_penalty", chat.presencePenalty);
    if (chat.choices > 1)
        body[QLatin1String("n")] = chat.choices;
    put(&body, "stop", QJsonArray::fromStringList(chat.stop));
    if (m_dialect.metadata)
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

const Serving &OpenAiServing::at(const QByteArray &path) const
{
    static const ResponsesServing responses;
    return path.endsWith("/responses") ? static_cast<const Serving &>(responses) : *this;
}

ServedAction OpenAiServing::action(const QByteArray &method, const QByteArray &path) const
{
    if (method == "POST")
        return path.endsWith("/chat/completions") ? ServedAction::Prompt : ServedAction::None;
    if (method != "GET")
        return ServedAction::None;
    return path.endsWith("/models")    ? ServedAction::Models
           : path.contains("/models/") ? ServedAction::Model
                                       : ServedAction::None;
}

std::optional<ServedRefusal> OpenAiServing::checkAccess(const QByteArray &, const HttpHeaders &headers,
                                                        bool keyRequired) const
{
    const QByteArray given = headerValue(headers, "authorization");
    if (!keyRequired || (given.startsWith("Bearer ") && given.trimmed().size() > 7)
        || !headerValue(headers, "api-key").isEmpty())
        return std::nullopt;
    return ServedRefusal{401,
                         QStringLiteral("You didn't provide an API key. You need to provide your API key in an "
                                        "Authorization header using Bearer auth "
                                        "(i.e. Authorization: Bearer YOUR_KEY)."),
                         {}};
}

/// The last turn decides; tools may have answered since the user spoke.
std::optional<ServedRefusal> openai::readMessages(const QJsonArray &messages, ServedPrompt *prompt)
{
    static const QStringList roles{QStringLiteral("system"), QStringLiteral("developer"),
                                   QStringLiteral("user"),   QStringLiteral("assistant"),
                                   QStringLiteral("tool"),   QStringLiteral("function")};
    for (qsizetype i = 0; i < messages.size(); ++i) {
        const QString role = messages[i][QLatin1String("role")].toString();
        const Content content = served::readContent(messages[i][QLatin1String("content")]);
        prompt->characters += int(content.text.size());
        if (!roles.contains(role))
            return ServedRefusal{400,
                                 QStringLiteral("Invalid value: '%1' is no role. Supported values are: '%2'.")
                                     .arg(role.left(40), roles.join(QStringLiteral("', '"))),
                                 QStringLiteral("messages[%1].role").arg(i)};
        if (role == QLatin1String("tool") || role == QLatin1String("function")) {
            prompt->toolResults << content.text;
            continue;
        }
        prompt->toolResults.clear();
        if (role == QLatin1String("user")) {
            prompt->text = content.text;
            prompt->images = content.images;
        }
    }
    return std::nullopt;
}

void openai::readTool(const QJsonObject &function, ServedPrompt *prompt)
{
    const QString name = function[QLatin1String("name")].toString();
    if (!name.isEmpty())
        prompt->tools.append(
            {name, function[QLatin1String("description")].toString(), function[QLatin1String("parameters")]});
}

void openai::readToolChoice(const QJsonValue &choice, ServedPrompt *prompt)
{
    const QString word = choice.toString();
    const QJsonValue named = choice[QLatin1String("function")].isObject()
                                 ? choice[QLatin1String("function")][QLatin1String("name")]
                                 : choice[QLatin1String("name")];
    if (word == QLatin1String("none"))
        prompt->choice = ServedToolChoice::None;
    else if (word == QLatin1String("required") || word == QLatin1String("any") || named.isString())
        prompt->choice = ServedToolChoice::Any;
    if (named.isString())
        prompt->allowedTools = {named.toString()};
}

void openai::readFormat(const QJsonObject &format, const QJsonValue &schema, ServedPrompt *prompt)
{
    const QString type = format[QLatin1String("type")].toString();
    prompt->json = type == QLatin1String("json_object") || type == QLatin1String("json_schema");
    if (type == QLatin1String("json_schema"))
        prompt->schema = schema;
}

Expected<ServedPrompt, ServedRefusal> OpenAiServing::readRequest(const QByteArray &, const QJsonObject &body) const
{
    using Refused = Unexpected<ServedRefusal>;
    ServedPrompt prompt;
    prompt.model = body[QLatin1String("model")].toString();
    prompt.stream = body[QLatin1String("stream")].toBool();
    prompt.includeUsage = body[QLatin1String("stream_options")][QLatin1String("include_usage")].toBool();
    if (prompt.model.isEmpty())
        return Refused{{400, QStringLiteral("you must provide a model parameter"), QStringLiteral("model")}};
    const QJsonArray messages = body[QLatin1String("messages")].toArray();
    if (messages.isEmpty())
        return Refused{{400,
                        QStringLiteral("Missing required parameter: 'messages', a list with at least one message."),
                        QStringLiteral("messages")}};
    if (body[QLatin1String("n")].toInt(1) != 1)
        return Refused{
            {400, QStringLiteral("Invalid 'n': the simulated model gives one choice only."), QStringLiteral("n")}};
    if (const auto wrong = openai::readMessages(messages, &prompt))
        return Refused{*wrong};
    for (const char *key : {"max_tokens", "max_completion_tokens"}) {
        if (const auto wrong = readLimit(body[QLatin1String(key)], key, &prompt.maxTokens))
            return Refused{*wrong};
    }
    prompt.stops = readStops(body[QLatin1String("stop")]);
    for (const QJsonValue &tool : body[QLatin1String("tools")].toArray())
        openai::readTool(tool[QLatin1String("function")].toObject(), &prompt);
    openai::readToolChoice(body[QLatin1String("tool_choice")], &prompt);
    if (const auto wrong = checkTools(prompt, prompt.choice == ServedToolChoice::Any))
        return Refused{*wrong};
    const QJsonObject format = body[QLatin1String("response_format")].toObject();
    openai::readFormat(format, format[QLatin1String("json_schema")][QLatin1String("schema")], &prompt);
    return prompt;
}

} // namespace retryscope
