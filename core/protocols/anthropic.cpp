// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/wireformats.h"

#include <QJsonArray>

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

static void readAnthropicStop(const QJsonValue &holder, Answer *answer)
{
    const QString reason = holder[QLatin1String("stop_reason")].toString();
    if (reason.isEmpty())
        return;
    answer->finishReason = reason;
    answer->refused = reason == QLatin1String("refusal");
    answer->otherOutput |= reason == QLatin1String("tool_use");
    if (reason == QLatin1String("model_context_window_exceeded"))
        answer->failure = FailureFacts{.status = 200, .codes = {QStringLiteral("context_length_exceeded")}, .message = QStringLiteral("The context window is exceeded.")};
}

static void readAnthropicUsage(const QJsonValue &usage, Answer *answer)
{
    if (usage[QLatin1String("input_tokens")].isDouble())
        answer->tokensIn = usage[QLatin1String("input_tokens")].toInt();
    if (usage[QLatin1String("output_tokens")].isDouble())
        answer->tokensOut = usage[QLatin1String("output_tokens")].toInt();
}

void AnthropicProtocol::readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const
{
    const QString type = object[QLatin1String("type")].toString();
    if (name == "error" || type == QLatin1String("error")) {
        answer->failure = FailureFacts{.status = 200};
        return readErrorObject(object, &*answer->failure);
    }
    if (type == QLatin1String("content_block_delta"))
        answer->text += object[QLatin1String("delta")][QLatin1String("text")].toString();
    else if (type == QLatin1String("message_start"))
        readAnthropicUsage(object[QLatin1String("message")][QLatin1String("usage")], answer);
    else if (type == QLatin1String("message_delta")) {
        readAnthropicUsage(object[QLatin1String("usage")], answer);
        readAnthropicStop(object[QLatin1String("delta")], answer);
    } else if (type == QLatin1String("message_stop"))
        answer->complete = true;
}

void AnthropicProtocol::readReply(const QJsonObject &object, Answer *answer) const
{
    if (object[QLatin1String("type")].toString() == QLatin1String("error") || object[QLatin1String("error")].isObject()) {
        answer->failure = FailureFacts{.status = 200};
        return readErrorObject(object, &*answer->failure);
    }
    for (const QJsonValue &block : object[QLatin1String("content")].toArray())
        answer->text += block[QLatin1String("text")].toString();
    readAnthropicUsage(object[QLatin1String("usage")], answer);
    readAnthropicStop(QJsonValue(object), answer);
    answer->complete = object[QLatin1String("content")].isArray();
}

} // namespace retryscope
