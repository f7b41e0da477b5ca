// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/openai.h"
#include "protocols/openai/parts.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

HttpRequest OpenAiProtocol::buildRequest(const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key) const
{
    QJsonArray messages;
    if (!prompt.system.isEmpty())
        messages.append(QJsonObject{{QStringLiteral("role"), QStringLiteral("system")}, {QStringLiteral("content"), prompt.system}});
    messages.append(QJsonObject{{QStringLiteral("role"), QStringLiteral("user")}, {QStringLiteral("content"), prompt.text}});
    QJsonObject object{{QStringLiteral("model"), prompt.model.isEmpty() ? provider.model : prompt.model},
                       {QStringLiteral("messages"), messages},
                       {QLatin1String(m_dialect.maxTokensKey), prompt.maxTokens}};
    if (prompt.stream) {
        object[QLatin1String("stream")] = true;
        if (m_dialect.streamOptions)
            object[QLatin1String("stream_options")] = QJsonObject{{QStringLiteral("include_usage"), true}};
    }
    HttpRequest request = startRequest(wireOf(m_dialect.kind), provider, prompt, key);
    request.headers.append({"Accept", QByteArray(prompt.stream ? "text/event-stream" : "application/json")});
    request.body = toBody(object);
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
    return path.endsWith("/models") ? ServedAction::Models : path.contains("/models/") ? ServedAction::Model : ServedAction::None;
}

std::optional<ServedRefusal> OpenAiServing::checkAccess(const QByteArray &, const HttpHeaders &headers, bool keyRequired) const
{
    const QByteArray given = headerValue(headers, "authorization");
    if (!keyRequired || (given.startsWith("Bearer ") && given.trimmed().size() > 7) || !headerValue(headers, "api-key").isEmpty())
        return std::nullopt;
    return ServedRefusal{401, QStringLiteral("You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
                                             "(i.e. Authorization: Bearer YOUR_KEY)."), {}};
}

/// The last turn decides; tools may have answered since the user spoke.
std::optional<ServedRefusal> openai::readMessages(const QJsonArray &messages, ServedPrompt *prompt)
{
    static const QStringList roles{QStringLiteral("system"), QStringLiteral("developer"), QStringLiteral("user"), QStringLiteral("assistant"), QStringLiteral("tool"), QStringLiteral("function")};
    for (qsizetype i = 0; i < messages.size(); ++i) {
        const QString role = messages[i][QLatin1String("role")].toString();
        const Content content = served::readContent(messages[i][QLatin1String("content")]);
        prompt->characters += int(content.text.size());
        if (!roles.contains(role))
            return ServedRefusal{400, QStringLiteral("Invalid value: '%1' is no role. Supported values are: '%2'.").arg(role.left(40), roles.join(QStringLiteral("', '"))), QStringLiteral("messages[%1].role").arg(i)};
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
        prompt->tools.append({name, function[QLatin1String("description")].toString(), function[QLatin1String("parameters")]});
}

void openai::readToolChoice(const QJsonValue &choice, ServedPrompt *prompt)
{
    const QString word = choice.toString();
    const QJsonValue named = choice[QLatin1String("function")].isObject() ? choice[QLatin1String("function")][QLatin1String("name")] : choice[QLatin1String("name")];
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
        return Refused{{400, QStringLiteral("Missing required parameter: 'messages', a list with at least one message."), QStringLiteral("messages")}};
    if (body[QLatin1String("n")].toInt(1) != 1)
        return Refused{{400, QStringLiteral("Invalid 'n': the simulated model gives one choice only."), QStringLiteral("n")}};
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
