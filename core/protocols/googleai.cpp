// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/wireformats.h"

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

namespace {

void readUsage(const QJsonValue &usage, Answer *answer)
{
    takeCount(usage[QLatin1String("promptTokenCount")], &answer->tokensIn);
    takeCount(usage[QLatin1String("cachedContentTokenCount")], &answer->tokensCached);
    takeCount(usage[QLatin1String("thoughtsTokenCount")], &answer->tokensReasoning);
    std::optional<int> out;
    takeCount(usage[QLatin1String("candidatesTokenCount")], &out);
    if (out || usage[QLatin1String("thoughtsTokenCount")].isDouble())
        takeCount(out.value_or(0) + usage[QLatin1String("thoughtsTokenCount")].toInt(), &answer->tokensOut);
}

void readPart(const QJsonObject &part, Answer *answer)
{
    answer->reasoning |= part.contains(QLatin1String("thoughtSignature"));
    if (part[QLatin1String("thought")].toBool()) {
        answer->reasoning = true;
        return;
    }
    answer->addText(part[QLatin1String("text")].toString());
    if (part[QLatin1String("functionCall")].isObject())
        return answer->addToolCall();
    for (auto it = part.begin(); it != part.end(); ++it) {
        if (it.value().isObject()) // inlineData, executableCode and the like
            return answer->addOther();
    }
}

} // namespace

void GoogleAiProtocol::readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const
{
    if (name == "error" && !object.contains(QLatin1String("error")))
        return takeError(object, answer);
    if (readInnerError(object, answer))
        return;
    readUsage(object[QLatin1String("usageMetadata")], answer);
    const QJsonObject candidate = firstChoice(object[QLatin1String("candidates")].toArray());
    for (const QJsonValue &part : candidate[QLatin1String("content")][QLatin1String("parts")].toArray())
        readPart(part.toObject(), answer);
    takeFinish(candidate[QLatin1String("finishReason")].toString(), answer);
    if (const QString blocked = object[QLatin1String("promptFeedback")][QLatin1String("blockReason")].toString(); !blocked.isEmpty()) {
        answer->finishReason = blocked.left(64);
        answer->finish = Finish::ContentFilter;
        answer->refused = answer->complete = answer->ended = true;
    }
}

} // namespace retryscope
