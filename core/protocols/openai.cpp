// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/wireformats.h"

#include <QJsonArray>

namespace retryscope {
namespace {

void readUsage(const QJsonValue &usage, Answer *answer)
{
    if (!usage.isObject())
        return;
    answer->tokensIn = usage[QLatin1String("prompt_tokens")].toInt();
    answer->tokensOut = usage[QLatin1String("completion_tokens")].toInt();
}

void readFinish(const QString &reason, Answer *answer)
{
    if (reason.isEmpty())
        return;
    answer->finishReason = reason;
    answer->complete = true;
    answer->refused = reason == QLatin1String("content_filter");
    if (reason == QLatin1String("error") && !answer->failure)
        answer->failure = FailureFacts{.status = 200, .codes = {QStringLiteral("server_error")}, .message = QStringLiteral("The model ended with finish_reason error.")};
}

} // namespace

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
    HttpRequest request;
    request.url = endpoint(provider.baseUrl, QLatin1String(m_dialect.path));
    request.headers = {{"Content-Type", "application/json"}, {"Accept", prompt.stream ? "text/event-stream" : "application/json"}};
    if (!key.isEmpty())
        request.headers.append({"Authorization", "Bearer " + key});
    request.body = toBody(object);
    return request;
}

void OpenAiProtocol::readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const
{
    const QJsonValue error = object[QLatin1String("error")];
    if (name == "error" || error.isObject() || error.isString()) {
        answer->failure = FailureFacts{.status = 200};
        return readErrorObject(object, &*answer->failure);
    }
    readUsage(object[QLatin1String("usage")], answer);
    const QJsonValue choice = object[QLatin1String("choices")][0];
    const QJsonValue delta = choice[QLatin1String("delta")];
    answer->text += delta[QLatin1String("content")].toString();
    answer->otherOutput |= delta[QLatin1String("tool_calls")].isArray();
    readFinish(choice[QLatin1String("finish_reason")].toString(), answer);
}

void OpenAiProtocol::readReply(const QJsonObject &object, Answer *answer) const
{
    const QJsonValue error = object[QLatin1String("error")];
    const bool flat = object[QLatin1String("object")].toString() == QLatin1String("error"); // Mistral, old vLLM
    if (flat || error.isObject() || error.isString()) {
        answer->failure = FailureFacts{.status = 200};
        return readErrorObject(object, &*answer->failure);
    }
    readUsage(object[QLatin1String("usage")], answer);
    const QJsonValue choice = object[QLatin1String("choices")][0];
    const QJsonValue message = choice[QLatin1String("message")];
    answer->text = message[QLatin1String("content")].toString();
    if (const QString refusal = message[QLatin1String("refusal")].toString(); !refusal.isEmpty()) {
        answer->text = refusal;
        answer->refused = true;
    }
    answer->otherOutput = message[QLatin1String("tool_calls")].isArray();
    readFinish(choice[QLatin1String("finish_reason")].toString(), answer);
    answer->complete |= message.isObject();
}

bool OpenAiProtocol::isEndMark(QByteArrayView data) const { return data.trimmed() == "[DONE]"; }

} // namespace retryscope
