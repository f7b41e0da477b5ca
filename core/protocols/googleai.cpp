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

namespace {

/// How an answer ended, where it is not simply whole.
struct Ending
{
    const char *reason;
    bool refused; ///< false: the model wrote something unusable, which its next try may not
};
constexpr Ending endings[] = {
    {"SAFETY", true}, {"PROHIBITED_CONTENT", true}, {"BLOCKLIST", true}, {"SPII", true}, {"RECITATION", true}, {"LANGUAGE", true},
    {"IMAGE_SAFETY", true}, {"IMAGE_PROHIBITED_CONTENT", true}, {"IMAGE_RECITATION", true}, {"MALFORMED_FUNCTION_CALL", false},
    {"MALFORMED_RESPONSE", false}, {"UNEXPECTED_TOOL_CALL", false}, {"TOO_MANY_TOOL_CALLS", false},
};

void readFinish(const QString &reason, Answer *answer)
{
    if (reason.isEmpty())
        return;
    answer->finishReason = reason.left(64);
    answer->complete = true;
    for (const Ending &ending : endings) {
        if (reason != QLatin1String(ending.reason))
            continue;
        answer->refused = ending.refused;
        if (!ending.refused) {
            answer->failure = FailureFacts{.status = 200, .codes = {QStringLiteral("answer:malformed_function_call")},
                                           .message = QStringLiteral("The model's output is unusable (%1).").arg(reason)};
        }
    }
}

void readPart(const QJsonObject &part, Answer *answer)
{
    if (part[QLatin1String("thought")].toBool()) {
        answer->otherOutput = true;
        return;
    }
    answer->text += part[QLatin1String("text")].toString();
    for (auto it = part.begin(); it != part.end(); ++it)
        answer->otherOutput |= it.value().isObject(); // functionCall, inlineData, executableCode and the like
}

} // namespace

void GoogleAiProtocol::readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const
{
    if (name == "error" && !object.contains(QLatin1String("error"))) {
        answer->failure = FailureFacts{.status = 200};
        return readErrorObject(object, &*answer->failure);
    }
    if (readInnerError(object, answer))
        return;
    const QJsonValue usage = object[QLatin1String("usageMetadata")];
    if (usage[QLatin1String("promptTokenCount")].isDouble())
        answer->tokensIn = usage[QLatin1String("promptTokenCount")].toInt();
    if (usage[QLatin1String("candidatesTokenCount")].isDouble() || usage[QLatin1String("thoughtsTokenCount")].isDouble())
        answer->tokensOut = usage[QLatin1String("candidatesTokenCount")].toInt() + usage[QLatin1String("thoughtsTokenCount")].toInt();
    const QJsonValue candidate = object[QLatin1String("candidates")][0];
    for (const QJsonValue &part : candidate[QLatin1String("content")][QLatin1String("parts")].toArray())
        readPart(part.toObject(), answer);
    readFinish(candidate[QLatin1String("finishReason")].toString(), answer);
    if (const QString blocked = object[QLatin1String("promptFeedback")][QLatin1String("blockReason")].toString(); !blocked.isEmpty()) {
        answer->finishReason = blocked.left(64);
        answer->refused = answer->complete = answer->ended = true;
    }
}

} // namespace retryscope
