// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/wireformats.h"

namespace retryscope {
namespace {

void readUsage(const QJsonValue &usage, Answer *answer)
{
    if (!usage.isObject())
        return;
    for (const char *key : {"prompt_tokens", "input_tokens"})
        takeCount(usage[QLatin1String(key)], &answer->tokensIn);
    for (const char *key : {"completion_tokens", "output_tokens"})
        takeCount(usage[QLatin1String(key)], &answer->tokensOut);
    for (const char *key : {"prompt_tokens_details", "input_tokens_details"})
        takeCount(usage[QLatin1String(key)][QLatin1String("cached_tokens")], &answer->tokensCached);
    takeCount(usage[QLatin1String("prompt_cache_hit_tokens")], &answer->tokensCached); // DeepSeek
    for (const char *key : {"completion_tokens_details", "output_tokens_details"})
        takeCount(usage[QLatin1String(key)][QLatin1String("reasoning_tokens")], &answer->tokensReasoning);
}

void fail(const char *code, const QString &message, Answer *answer)
{
    if (!answer->failure)
        answer->failure = FailureFacts{.status = 200, .codes = {QLatin1String(code)}, .message = message};
}

/// Text, or a list of parts of which some are text (Mistral's reasoning models).
void readContent(const QJsonValue &content, Answer *answer)
{
    if (content.isString())
        answer->addText(content.toString());
    if (!content.isArray())
        return;
    for (const QJsonValue &part : content.toArray()) {
        const QString type = part[QLatin1String("type")].toString();
        answer->addText(part[QLatin1String("text")].toString());
        if (type == QLatin1String("thinking") || type == QLatin1String("reasoning"))
            answer->reasoning = true;
        else if (!type.endsWith(QLatin1String("text")) && type != QLatin1String("reference"))
            answer->addOther();
    }
}

/// A delta or a whole message.
void readMessage(const QJsonObject &message, Answer *answer)
{
    readContent(message[QLatin1String("content")], answer);
    if (const QString refusal = message[QLatin1String("refusal")].toString(); !refusal.isEmpty()) {
        answer->addText(refusal);
        answer->refused = true;
    }
    for (const char *key : {"reasoning_content", "reasoning", "thinking"})
        answer->reasoning |= !message[QLatin1String(key)].toString().isEmpty();
    answer->reasoning |= !message[QLatin1String("reasoning_details")].toArray().isEmpty(); // OpenRouter
    if (!message[QLatin1String("tool_calls")].toArray().isEmpty() || message[QLatin1String("function_call")].isObject())
        answer->addToolCall();
    if (!message[QLatin1String("images")].toArray().isEmpty() || message[QLatin1String("audio")].isObject())
        answer->addOther();
}

/// An item of the Responses API's output, or where one begins.
void readResponseItem(const QJsonValue &item, Answer *answer)
{
    const QString type = item[QLatin1String("type")].toString();
    if (type == QLatin1String("reasoning"))
        answer->reasoning = true;
    else if (type == QLatin1String("function_call") || type == QLatin1String("custom_tool_call"))
        answer->addToolCall();
    else if (type != QLatin1String("message"))
        answer->addOther();
    if (type != QLatin1String("message"))
        return;
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
    if (status == QLatin1String("failed") || status == QLatin1String("cancelled"))
        return fail("answer:finish_reason_error", QStringLiteral("The response ended with status %1.").arg(status), answer);
    if (status != QLatin1String("completed") && status != QLatin1String("incomplete"))
        return;
    const QString why = response[QLatin1String("incomplete_details")][QLatin1String("reason")].toString();
    takeFinish(why.isEmpty() ? status : why, answer);
    answer->ended = true;
}

void readResponseEvent(const QString &type, const QJsonObject &object, Answer *answer)
{
    if (type == QLatin1String("response.output_text.delta"))
        answer->addText(object[QLatin1String("delta")].toString());
    else if (type == QLatin1String("response.refusal.delta"))
        readMessage(QJsonObject{{QStringLiteral("refusal"), object[QLatin1String("delta")]}}, answer);
    else if (type == QLatin1String("response.completed") || type == QLatin1String("response.failed") || type == QLatin1String("response.incomplete"))
        readResponse(object[QLatin1String("response")].toObject(), answer);
    else if (type == QLatin1String("response.output_item.added"))
        readResponseItem(object[QLatin1String("item")], answer);
    else if (type.startsWith(QLatin1String("response.reasoning")))
        answer->reasoning = true;
    else if (type == QLatin1String("response.function_call_arguments.delta") || type == QLatin1String("response.custom_tool_call_input.delta"))
        answer->addToolCall();
    else if (type == QLatin1String("response.image_generation_call.partial_image"))
        answer->addOther();
}

/// One of Ollama's own lines, or its whole answer.
void readOllama(const QJsonObject &object, Answer *answer)
{
    readMessage(object[QLatin1String("message")].toObject(), answer);
    answer->addText(object[QLatin1String("response")].toString());
    if (!object[QLatin1String("done")].toBool())
        return;
    takeCount(object[QLatin1String("prompt_eval_count")], &answer->tokensIn);
    takeCount(object[QLatin1String("eval_count")], &answer->tokensOut);
    takeFinish(object[QLatin1String("done_reason")].toString(QStringLiteral("stop")), answer); // older ones give none
    answer->ended = true;
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
    const QJsonObject choice = firstChoice(object[QLatin1String("choices")].toArray()); // none in Azure's first and in the usage chunk
    if (readInnerError(choice, answer)) // OpenRouter
        return;
    readUsage(choice[QLatin1String("usage")], answer); // Moonshot
    for (const char *key : {"delta", "message"}) { // whatever the server was asked for
        if (const QJsonValue message = choice[QLatin1String(key)]; message.isObject())
            readMessage(message.toObject(), answer);
    }
    takeFinish(choice[QLatin1String("finish_reason")].toString(), answer);
}

void OpenAiProtocol::readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const
{
    const QString type = object[QLatin1String("type")].toString();
    if (name == "error" || type == QLatin1String("error"))
        return takeError(object, answer);
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
    answer->complete |= firstChoice(object[QLatin1String("choices")].toArray())[QLatin1String("message")].isObject();
}

bool OpenAiProtocol::isEndMark(QByteArrayView data) const { return data.trimmed() == "[DONE]"; }

} // namespace retryscope
