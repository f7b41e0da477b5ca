// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/openai.h"
#include "protocols/openai/parts.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

void openai::readUsage(const QJsonValue &usage, Answer *answer)
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

void openai::readContent(const QJsonValue &content, Answer *answer)
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

void openai::readMessage(const QJsonObject &message, Answer *answer)
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

void openai::readChoices(const QJsonObject &object, Answer *answer)
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

void OpenAiProtocol::readReply(const QJsonObject &object, Answer *answer) const
{
    if (object[QLatin1String("object")].toString() == QLatin1String("response"))
        return openai::readResponse(object, answer);
    readEvent({}, object, answer);
    answer->complete |= firstChoice(object[QLatin1String("choices")].toArray())[QLatin1String("message")].isObject();
}

QByteArray openai::stop(const ServedAnswer &a) { return finishWord(a, {"stop", "content_filter", "length", "tool_calls"}); }

QByteArray openai::call() { return R"("tool_calls":[{"index":0,"id":"call_sim","type":"function","function":{"name":"look_up","arguments":"{}"}}])"; }

QByteArray openai::usage(const ServedAnswer &a)
{
    const int out = int(a.words.size());
    return R"({"prompt_tokens":)" + num(a.tokensIn) + R"(,"completion_tokens":)" + num(out) + R"(,"total_tokens":)" + num(a.tokensIn + out) + "}";
}

QByteArray OpenAiServing::said(const ServedAnswer &a, const QString &t) const
{
    return a.thoughts ? R"("content":"","reasoning_content":)" + json(t) : R"("content":)" + json(t);
}

QByteArray OpenAiServing::whole(const ServedAnswer &a) const
{
    return R"({"id":"chatcmpl-sim","object":"chat.completion","created":1790000000,"model":)" + json(a.model)
        + R"(,"choices":[{"index":0,"message":{"role":"assistant",)" + (a.finish == ServedFinish::ToolCalls ? R"("content":null,)" + openai::call() : said(a, text(a)))
        + R"(},"finish_reason":)" + openai::stop(a) + R"(}],"usage":)" + openai::usage(a) + "}";
}

} // namespace retryscope
