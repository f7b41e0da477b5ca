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
    for (const char *key : {"prompt_tokens", "input_tokens"}) {
        if (const QJsonValue n = usage[QLatin1String(key)]; n.isDouble())
            answer->tokensIn = n.toInt();
    }
    for (const char *key : {"completion_tokens", "output_tokens"}) {
        if (const QJsonValue n = usage[QLatin1String(key)]; n.isDouble())
            answer->tokensOut = n.toInt();
    }
}

void fail(const char *code, const QString &message, Answer *answer)
{
    if (!answer->failure)
        answer->failure = FailureFacts{.status = 200, .codes = {QLatin1String(code)}, .message = message};
}

void readFinish(const QString &reason, Answer *answer)
{
    if (reason.isEmpty())
        return;
    answer->finishReason = reason.left(64);
    answer->complete = true;
    answer->refused |= reason == QLatin1String("content_filter");
    if (reason == QLatin1String("error"))
        fail("answer:finish_reason_error", QStringLiteral("The model ended with finish_reason error."), answer);
}

/// Text, or a list of parts of which some are text (Mistral's reasoning models).
void readContent(const QJsonValue &content, Answer *answer)
{
    if (content.isString())
        answer->text += content.toString();
    if (!content.isArray())
        return;
    for (const QJsonValue &part : content.toArray()) {
        answer->text += part[QLatin1String("text")].toString();
        answer->otherOutput |= part[QLatin1String("type")].toString() != QLatin1String("text");
    }
}

/// A delta or a whole message.
void readMessage(const QJsonObject &message, Answer *answer)
{
    readContent(message[QLatin1String("content")], answer);
    if (const QString refusal = message[QLatin1String("refusal")].toString(); !refusal.isEmpty()) {
        answer->text += refusal;
        answer->refused = true;
    }
    for (const char *key : {"reasoning_content", "reasoning", "thinking"})
        answer->otherOutput |= !message[QLatin1String(key)].toString().isEmpty();
    answer->otherOutput |= !message[QLatin1String("tool_calls")].toArray().isEmpty() || message[QLatin1String("function_call")].isObject();
}

void readResponseItem(const QJsonValue &item, Answer *answer)
{
    if (item[QLatin1String("type")].toString() != QLatin1String("message")) {
        answer->otherOutput = true;
        return;
    }
    for (const QJsonValue &part : item[QLatin1String("content")].toArray()) {
        readContent(part[QLatin1String("text")], answer);
        readMessage(QJsonObject{{QStringLiteral("refusal"), part[QLatin1String("refusal")]}}, answer);
    }
}

/// The Responses API: its status, not HTTP's, tells how it ended.
void readResponse(const QJsonObject &response, Answer *answer)
{
    readUsage(response[QLatin1String("usage")], answer);
    const QString status = response[QLatin1String("status")].toString();
    if (readInnerError(response, answer))
        return;
    if (answer->text.isEmpty()) {
        for (const QJsonValue &item : response[QLatin1String("output")].toArray())
            readResponseItem(item, answer);
    }
    const QString why = response[QLatin1String("incomplete_details")][QLatin1String("reason")].toString();
    answer->finishReason = why.isEmpty() ? status : why;
    answer->refused |= why == QLatin1String("content_filter");
    if (status == QLatin1String("failed") || status == QLatin1String("cancelled"))
        return fail("answer:finish_reason_error", QStringLiteral("The response ended with status %1.").arg(status), answer);
    answer->complete = answer->ended = status == QLatin1String("completed") || status == QLatin1String("incomplete");
}

void readResponseEvent(const QString &type, const QJsonObject &object, Answer *answer)
{
    if (type == QLatin1String("response.output_text.delta"))
        answer->text += object[QLatin1String("delta")].toString();
    else if (type == QLatin1String("response.refusal.delta"))
        readMessage(QJsonObject{{QStringLiteral("refusal"), object[QLatin1String("delta")]}}, answer);
    else if (type == QLatin1String("response.completed") || type == QLatin1String("response.failed") || type == QLatin1String("response.incomplete"))
        readResponse(object[QLatin1String("response")].toObject(), answer);
    else if (type == QLatin1String("response.output_item.added"))
        answer->otherOutput |= object[QLatin1String("item")][QLatin1String("type")].toString() != QLatin1String("message");
}

/// One of Ollama's own lines, or its whole answer.
void readOllama(const QJsonObject &object, Answer *answer)
{
    readMessage(object[QLatin1String("message")].toObject(), answer);
    answer->text += object[QLatin1String("response")].toString();
    if (!object[QLatin1String("done")].toBool())
        return;
    if (object[QLatin1String("prompt_eval_count")].isDouble())
        answer->tokensIn = object[QLatin1String("prompt_eval_count")].toInt();
    if (object[QLatin1String("eval_count")].isDouble())
        answer->tokensOut = object[QLatin1String("eval_count")].toInt();
    answer->finishReason = object[QLatin1String("done_reason")].toString(QStringLiteral("stop"));
    answer->complete = answer->ended = true;
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

void OpenAiProtocol::readChoices(const QJsonObject &object, Answer *answer) const
{
    readUsage(object[QLatin1String("usage")], answer);
    const QJsonArray choices = object[QLatin1String("choices")].toArray(); // empty in Azure's first and in the usage chunk
    if (choices.isEmpty())
        return;
    const QJsonObject choice = choices.first().toObject();
    if (readInnerError(choice, answer)) // OpenRouter
        return;
    for (const char *key : {"delta", "message"}) { // whatever the server was asked for
        if (const QJsonValue message = choice[QLatin1String(key)]; message.isObject())
            readMessage(message.toObject(), answer);
    }
    readFinish(choice[QLatin1String("finish_reason")].toString(), answer);
}

void OpenAiProtocol::readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const
{
    const QString type = object[QLatin1String("type")].toString();
    if (name == "error" || type == QLatin1String("error")) {
        answer->failure = FailureFacts{.status = 200};
        return readErrorObject(object, &*answer->failure);
    }
    if (readInnerError(object, answer))
        return;
    if (type.startsWith(QLatin1String("response.")))
        readResponseEvent(type, object, answer);
    else if (object.contains(QLatin1String("done")))
        readOllama(object, answer);
    else
        readChoices(object, answer);
}

void OpenAiProtocol::readReply(const QJsonObject &object, Answer *answer) const
{
    if (object[QLatin1String("object")].toString() == QLatin1String("response"))
        return readResponse(object, answer);
    readEvent({}, object, answer);
    answer->complete |= object[QLatin1String("choices")][0][QLatin1String("message")].isObject();
}

bool OpenAiProtocol::isEndMark(QByteArrayView data) const { return data.trimmed() == "[DONE]"; }

} // namespace retryscope
