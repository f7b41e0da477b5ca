// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"
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

/// Mistral's thoughts are a list of texts, others' a text.
static QString thoughtOf(const QJsonValue &part)
{
    const QJsonValue thinking = part[QLatin1String("thinking")];
    QString thought = thinking.toString(part[QLatin1String("text")].toString());
    for (const QJsonValue &piece : thinking.toArray())
        thought += piece[QLatin1String("text")].toString();
    return thought;
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
            answer->addThought(thoughtOf(part));
        else if (!type.endsWith(QLatin1String("text")) && type != QLatin1String("reference"))
            answer->addOther();
    }
}

/// A call comes whole, or its name first and then its arguments in pieces; Mistral and Gemini's relay number none.
static void readCalls(const QJsonObject &message, Answer *answer)
{
    const QJsonArray calls = message[QLatin1String("tool_calls")].toArray();
    for (const QJsonValue &piece : calls) {
        const QJsonValue function = piece[QLatin1String("function")], index = piece[QLatin1String("index")];
        const QString id = piece[QLatin1String("id")].toString(), name = function[QLatin1String("name")].toString();
        const bool begins = !name.isEmpty() || answer->content.toolCalls.isEmpty();
        ToolCall &call = index.isDouble() ? answer->callAt(index.toInt())
                         : begins         ? answer->newCall()
                                          : answer->content.toolCalls.last();
        if (!id.isEmpty())
            call.id = id;
        if (!name.isEmpty())
            call.name = name;
        const QJsonValue arguments = function[QLatin1String("arguments")];
        call.arguments += arguments.isObject() ? chatjson::argumentsText(arguments) : arguments.toString();
    }
    const QJsonValue old = message[QLatin1String("function_call")];
    if (old.isObject()) {
        ToolCall &call = answer->callAt(0);
        call.name += old[QLatin1String("name")].toString();
        call.arguments += old[QLatin1String("arguments")].toString();
    }
    if (!calls.isEmpty() || old.isObject())
        answer->addToolCall();
}

void openai::readMessage(const QJsonObject &message, Answer *answer)
{
    readContent(message[QLatin1String("content")], answer);
    if (const QString refusal = message[QLatin1String("refusal")].toString(); !refusal.isEmpty()) {
        answer->addText(refusal);
        answer->content.refusal += refusal;
        answer->refused = true;
    }
    for (const char *key : {"reasoning_content", "reasoning", "thinking"}) {
        if (const QString thought = message[QLatin1String(key)].toString(); !thought.isEmpty()) {
            answer->addThought(thought);
            break; // some send the same under two names
        }
    }
    answer->reasoning |= !message[QLatin1String("reasoning_details")].toArray().isEmpty(); // OpenRouter
    readCalls(message, answer);
    if (!message[QLatin1String("images")].toArray().isEmpty() || message[QLatin1String("audio")].isObject())
        answer->addOther();
}

static void readChoice(const QJsonObject &choice, Answer *answer)
{
    if (choice.contains(QLatin1String("error")) && readInnerError(choice, answer)) // OpenRouter
        return;
    openai::readUsage(choice[QLatin1String("usage")], answer); // Moonshot
    for (const char *key : {"delta", "message"}) { // whatever the server was asked for
        if (const QJsonValue message = choice[QLatin1String(key)]; message.isObject())
            openai::readMessage(message.toObject(), answer);
    }
    takeFinish(choice[QLatin1String("finish_reason")].toString(), answer);
}

void openai::readChoices(const QJsonObject &object, Answer *answer)
{
    answer->takeModel(object[QLatin1String("model")]);
    readUsage(object[QLatin1String("usage")], answer);
    const QJsonArray choices =
        object[QLatin1String("choices")].toArray(); // none in Azure's first and in the usage chunk
    readChoice(firstChoice(choices), answer);
    readOtherChoices(choices, answer, readChoice);
}

void OpenAiProtocol::readReply(const QJsonObject &object, Answer *answer) const
{
    if (object[QLatin1String("object")].toString() == QLatin1String("response"))
        return openai::readResponse(object, answer);
    readEvent({}, object, answer);
    answer->complete |= firstChoice(object[QLatin1String("choices")].toArray())[QLatin1String("message")].isObject();
}

QByteArray openai::stop(const ServedAnswer &a)
{
    return finishWord(a, {"stop", "content_filter", "length", "tool_calls"});
}

QByteArray openai::usage(const ServedAnswer &a)
{
    return R"({"prompt_tokens":)" + num(a.tokensIn) + R"(,"completion_tokens":)" + num(a.tokensOut())
           + R"(,"total_tokens":)" + num(a.tokensIn + a.tokensOut())
           + R"(,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":)"
           + num(a.thoughts ? a.tokensOut() : 0) + "}}";
}

QByteArray OpenAiServing::answerId(const ServedContext &c) const { return "chatcmpl-" + c.token.left(29); }

QByteArray OpenAiServing::callId(const ServedContext &c, int call) const
{
    return "call_" + num(call) + c.token.left(23);
}

QByteArray OpenAiServing::messageFields() const { return R"(,"refusal":null,"annotations":[])"; }

/// The tool_calls of a message; in a stream they carry their index.
QByteArray OpenAiServing::calls(const ServedAnswer &a, bool streamed) const
{
    QByteArrayList list;
    for (int i = 0; i < int(a.calls.size()); ++i)
        list << "{" + (streamed ? R"("index":)" + num(i) + "," : QByteArray()) + R"("id":")" + callId(a.context, i)
                    + R"(","type":"function","function":{"name":)" + json(a.calls[i].name) + R"(,"arguments":)"
                    + json(QString::fromUtf8(json(a.calls[i].arguments))) + "}}";
    return R"("tool_calls":[)" + list.join(',') + "]";
}

QByteArray OpenAiServing::said(const ServedAnswer &a, const QString &t) const
{
    return a.thoughts ? R"("content":"","reasoning_content":)" + json(t) : R"("content":)" + json(t);
}

QByteArray OpenAiServing::whole(const ServedAnswer &a) const
{
    return R"({"id":")" + answerId(a.context) + R"(","object":"chat.completion","created":)" + num(seconds(a.context))
           + R"(,"model":)" + json(a.context.model) + R"(,"choices":[{"index":0,"message":{"role":"assistant",)"
           + (a.finish == ServedFinish::ToolCalls ? R"("content":null,)" + calls(a, false) : said(a, text(a)))
           + messageFields() + R"(},"logprobs":null,"finish_reason":)" + openai::stop(a) + R"(}],"usage":)"
           + openai::usage(a) + R"(,"service_tier":"default"})";
}

} // namespace retryscope
