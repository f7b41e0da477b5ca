// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/openai.h"

namespace retryscope {

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

std::optional<ServedPrompt> OpenAiServing::readRequest(const QByteArray &, const QJsonObject &body) const
{
    const QJsonArray messages = body[QLatin1String("messages")].toArray();
    if (messages.isEmpty())
        return std::nullopt;
    return ServedPrompt{body[QLatin1String("model")].toString(), messages.last()[QLatin1String("content")].toString(), body[QLatin1String("stream")].toBool(),
                        body[QLatin1String("stream_options")][QLatin1String("include_usage")].toBool()};
}

} // namespace retryscope
