// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

HttpRequest AnthropicProtocol::buildRequest(const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key) const
{
    const QJsonObject message{{QStringLiteral("role"), QStringLiteral("user")}, {QStringLiteral("content"), prompt.text}};
    QJsonObject object{{QStringLiteral("model"), prompt.model.isEmpty() ? provider.model : prompt.model},
                       {QStringLiteral("max_tokens"), prompt.maxTokens}, {QStringLiteral("messages"), QJsonArray{message}}};
    if (!prompt.system.isEmpty())
        object[QLatin1String("system")] = prompt.system;
    if (prompt.stream)
        object[QLatin1String("stream")] = true;
    HttpRequest request = startRequest(wireOf(ProtocolKind::Anthropic), provider, prompt, key);
    request.body = toBody(object);
    return request;
}

ServedAction AnthropicServing::action(const QByteArray &method, const QByteArray &path) const
{
    if (method == "POST")
        return path.endsWith("/messages") ? ServedAction::Prompt : path.endsWith("/messages/count_tokens") ? ServedAction::CountTokens : ServedAction::None;
    if (method != "GET")
        return ServedAction::None;
    return path.endsWith("/models") ? ServedAction::Models : path.contains("/models/") ? ServedAction::Model : ServedAction::None;
}

std::optional<ServedRefusal> AnthropicServing::checkAccess(const QByteArray &, const HttpHeaders &headers, bool keyRequired) const
{
    const bool key = !headerValue(headers, "x-api-key").isEmpty() || headerValue(headers, "authorization").startsWith("Bearer ");
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
            return ServedRefusal{400, QStringLiteral("messages.%1.role: Input should be 'user' or 'assistant'").arg(i), {}};
        const Content read = served::readContent(content);
        QStringList results;
        for (const QJsonValue &block : content.toArray()) {
            if (block[QLatin1String("type")].toString() == QLatin1String("tool_result"))
                results << served::readContent(block[QLatin1String("content")]).text;
        }
        if (role == QLatin1String("user") && read.text.isEmpty() && read.images == 0 && content.toArray().isEmpty())
            return ServedRefusal{400, QStringLiteral("messages.%1: user messages must have non-empty content").arg(i), {}};
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
        prompt->tools.append({tool[QLatin1String("name")].toString(), tool[QLatin1String("description")].toString(), tool[QLatin1String("input_schema")]});
    const QJsonValue choice = body[QLatin1String("tool_choice")];
    const QString type = choice[QLatin1String("type")].toString();
    prompt->choice = type == QLatin1String("none") ? ServedToolChoice::None : type == QLatin1String("any") || type == QLatin1String("tool") ? ServedToolChoice::Any : ServedToolChoice::Auto;
    if (type == QLatin1String("tool"))
        prompt->allowedTools = {choice[QLatin1String("name")].toString()};
}

} // namespace

Expected<ServedPrompt, ServedRefusal> AnthropicServing::readRequest(const QByteArray &path, const QJsonObject &body) const
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
    QJsonValue format = body[QLatin1String("output_config")][QLatin1String("format")];
    if (!format.isObject())
        format = body[QLatin1String("output_format")]; // its name in the beta
    prompt.json = format.isObject();
    prompt.schema = format[QLatin1String("schema")];
    return prompt;
}

QByteArray AnthropicServing::tokenCount(int tokens) const { return R"({"input_tokens":)" + num(tokens) + "}"; }

} // namespace retryscope
