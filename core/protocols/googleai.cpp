// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/wireformats.h"

#include <QJsonArray>

namespace retryscope {

HttpRequest GoogleAiProtocol::buildRequest(const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key) const
{
    const auto content = [](const QString &text) { return QJsonArray{QJsonObject{{QStringLiteral("text"), text}}}; };
    QJsonObject object{{QStringLiteral("contents"), QJsonArray{QJsonObject{{QStringLiteral("role"), QStringLiteral("user")}, {QStringLiteral("parts"), content(prompt.text)}}}},
                       {QStringLiteral("generationConfig"), QJsonObject{{QStringLiteral("maxOutputTokens"), prompt.maxTokens}}}};
    if (!prompt.system.isEmpty())
        object[QLatin1String("systemInstruction")] = QJsonObject{{QStringLiteral("parts"), content(prompt.system)}};
    const QString model = QString::fromLatin1(QUrl::toPercentEncoding(prompt.model.isEmpty() ? provider.model : prompt.model));
    HttpRequest request;
    request.url = endpoint(provider.baseUrl, QStringLiteral("/models/%1:%2").arg(model, prompt.stream ? QStringLiteral("streamGenerateContent") : QStringLiteral("generateContent")),
                           prompt.stream ? QStringLiteral("alt=sse") : QString());
    request.headers = {{"Content-Type", "application/json"}};
    if (!key.isEmpty())
        request.headers.append({"x-goog-api-key", key});
    request.body = toBody(object);
    return request;
}

void GoogleAiProtocol::readEvent(const QByteArray &, const QJsonObject &object, Answer *answer) const
{
    if (object[QLatin1String("error")].isObject()) {
        answer->failure = FailureFacts{.status = 200};
        return readErrorObject(object, &*answer->failure);
    }
    const QJsonValue usage = object[QLatin1String("usageMetadata")];
    if (usage.isObject()) {
        answer->tokensIn = usage[QLatin1String("promptTokenCount")].toInt();
        answer->tokensOut = usage[QLatin1String("candidatesTokenCount")].toInt() + usage[QLatin1String("thoughtsTokenCount")].toInt();
    }
    const QJsonValue candidate = object[QLatin1String("candidates")][0];
    for (const QJsonValue &part : candidate[QLatin1String("content")][QLatin1String("parts")].toArray()) {
        answer->text += part[QLatin1String("text")].toString();
        answer->otherOutput |= part[QLatin1String("functionCall")].isObject();
    }
    const bool blocked = object[QLatin1String("promptFeedback")][QLatin1String("blockReason")].isString();
    const QString reason = blocked ? QStringLiteral("SAFETY") : candidate[QLatin1String("finishReason")].toString();
    if (reason.isEmpty())
        return;
    static const QStringList refusals{QStringLiteral("SAFETY"), QStringLiteral("PROHIBITED_CONTENT"), QStringLiteral("BLOCKLIST"), QStringLiteral("SPII"), QStringLiteral("RECITATION")};
    answer->finishReason = reason;
    answer->complete = true;
    answer->refused = refusals.contains(reason);
}

} // namespace retryscope
