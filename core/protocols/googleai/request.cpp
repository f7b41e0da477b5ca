// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/googleai/googleai.h"

namespace retryscope {

HttpRequest GoogleAiProtocol::buildRequest(const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key) const
{
    const auto content = [](const QString &text) { return QJsonArray{QJsonObject{{QStringLiteral("text"), text}}}; };
    QJsonObject object{{QStringLiteral("contents"), QJsonArray{QJsonObject{{QStringLiteral("role"), QStringLiteral("user")}, {QStringLiteral("parts"), content(prompt.text)}}}},
                       {QStringLiteral("generationConfig"), QJsonObject{{QStringLiteral("maxOutputTokens"), prompt.maxTokens}}}};
    if (!prompt.system.isEmpty())
        object[QLatin1String("systemInstruction")] = QJsonObject{{QStringLiteral("parts"), content(prompt.system)}};
    HttpRequest request = startRequest(wireOf(ProtocolKind::GoogleAi), provider, prompt, key);
    request.body = toBody(object);
    return request;
}

/// The method stands behind the last colon: models/gemini-2.5-flash:generateContent.
bool GoogleAiServing::takes(const QByteArray &path) const { return path.mid(path.lastIndexOf('/') + 1).contains(':'); }

std::optional<ServedPrompt> GoogleAiServing::readRequest(const QByteArray &path, const QJsonObject &body) const
{
    const QJsonArray contents = body[QLatin1String("contents")].toArray();
    if (contents.isEmpty())
        return std::nullopt;
    const QByteArray action = path.mid(path.lastIndexOf('/') + 1);
    return ServedPrompt{QString::fromLatin1(action.left(action.indexOf(':'))), contents[0][QLatin1String("parts")][0][QLatin1String("text")].toString(),
                        action.endsWith(":streamGenerateContent"), false};
}

} // namespace retryscope
