// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"

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
    HttpRequest request = startRequest(wireOf(ProtocolKind::Anthropic), provider, prompt, key);
    request.body = toBody(object);
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
