// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/wireformats.h"

namespace retryscope {

HttpRequest AnthropicProtocol::buildRequest(const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key) const
{
    const QJsonObject message{{QStringLiteral("role"), QStringLiteral("user")}, {QStringLiteral("content"), prompt.text}};
    QJsonObject object{{QStringLiteral("model"), prompt.model.isEmpty() ? provider.model : prompt.model},
                       {QStringLiteral("max_tokens"), prompt.maxTokens}, {QStringLiteral("messages"), QJsonArray{message}}};
    if (!prompt.system.isEmpty())
        object[QLatin1String("system")] = prompt.system;
    if (prompt.stream)
        object[QLatin1String("stream")] = true;
    HttpRequest request;
    request.url = endpoint(provider.baseUrl, QStringLiteral("/v1/messages"));
    request.headers = {{"Content-Type", "application/json"}, {"anthropic-version", "2023-06-01"}};
    if (!key.isEmpty())
        request.headers.append({"x-api-key", key});
    request.body = toBody(object);
    return request;
}

namespace {

void readStop(const QJsonValue &holder, Answer *answer)
{
    const QString reason = holder[QLatin1String("stop_reason")].toString();
    if (reason.isEmpty())
        return;
    takeFinish(reason, answer);
    answer->complete = false; // message_stop ends the stream, nothing else
    answer->detail = holder[QLatin1String("stop_details")][QLatin1String("category")].toString().left(64);
    answer->otherOutput |= reason == QLatin1String("pause_turn");
}

/// What was read from or written to the cache is part of what came in.
void readUsage(const QJsonValue &usage, Answer *answer)
{
    takeCount(usage[QLatin1String("input_tokens")], &answer->tokensFresh);
    takeCount(usage[QLatin1String("cache_creation_input_tokens")], &answer->tokensWritten);
    takeCount(usage[QLatin1String("cache_read_input_tokens")], &answer->tokensCached);
    if (answer->tokensFresh)
        answer->tokensIn = *answer->tokensFresh + answer->tokensWritten.value_or(0) + answer->tokensCached.value_or(0);
    takeCount(usage[QLatin1String("output_tokens")], &answer->tokensOut);
}

/// A block whole, or where it starts.
void readBlock(const QJsonValue &block, Answer *answer)
{
    const QString type = block[QLatin1String("type")].toString();
    answer->addText(block[QLatin1String("text")].toString());
    if (type == QLatin1String("thinking") || type == QLatin1String("redacted_thinking"))
        answer->reasoning = true;
    else if (type == QLatin1String("tool_use"))
        answer->addToolCall();
    else if (type != QLatin1String("text"))
        answer->addOther();
}

void readDelta(const QJsonValue &delta, Answer *answer)
{
    const QString type = delta[QLatin1String("type")].toString();
    answer->addText(delta[QLatin1String("text")].toString());
    if (type == QLatin1String("thinking_delta") || type == QLatin1String("signature_delta"))
        answer->reasoning = true;
    else if (type == QLatin1String("input_json_delta") && !answer->toolCalls) // of a tool that the server runs itself
        answer->addOther();
}

} // namespace

void AnthropicProtocol::readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const
{
    const QString type = object[QLatin1String("type")].toString();
    if (name == "error" || type == QLatin1String("error"))
        return takeError(object, answer);
    if (type == QLatin1String("content_block_delta"))
        readDelta(object[QLatin1String("delta")], answer);
    else if (type == QLatin1String("content_block_start"))
        readBlock(object[QLatin1String("content_block")], answer);
    else if (type == QLatin1String("message_start"))
        readUsage(object[QLatin1String("message")][QLatin1String("usage")], answer);
    else if (type == QLatin1String("message_delta")) {
        readUsage(object[QLatin1String("usage")], answer);
        readStop(object[QLatin1String("delta")], answer);
    } else if (type == QLatin1String("message_stop"))
        answer->complete = answer->ended = true;
    else if (type.isEmpty() || type == QLatin1String("message")) // a gateway's error, or a whole message in one event
        readReply(object, answer);
}

void AnthropicProtocol::readReply(const QJsonObject &object, Answer *answer) const
{
    if (object[QLatin1String("type")].toString() == QLatin1String("error"))
        return takeError(object, answer);
    if (readInnerError(object, answer))
        return;
    for (const QJsonValue &block : object[QLatin1String("content")].toArray())
        readBlock(block, answer);
    readUsage(object[QLatin1String("usage")], answer);
    readStop(QJsonValue(object), answer);
    answer->complete = answer->ended = object[QLatin1String("content")].isArray();
}

} // namespace retryscope
