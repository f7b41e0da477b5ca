// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/parts.h"

#include "base/text.h"

namespace retryscope::openai {
namespace {

void fail(const char *code, const QString &message, Answer *answer)
{
    if (!answer->failure)
        answer->failure = FailureFacts{.status = 200, .codes = {code}, .message = toUtf8(message)};
}

void readThoughts(const QJsonValue &item, Answer *answer)
{
    answer->reasoning = true;
    for (const char *key : {"summary", "content"}) {
        for (const QJsonValue &part : item[QLatin1String(key)].toArray())
            answer->addThought(part[QLatin1String("text")].toString());
    }
}

void readCall(const QJsonValue &item, Answer *answer)
{
    ToolCall &call = answer->newCall();
    call = {item[QLatin1String("call_id")].toString(), item[QLatin1String("name")].toString(),
            item[QLatin1String("arguments")].toString(item[QLatin1String("input")].toString())};
    answer->addToolCall();
}

/// An item of the Responses API's output, or where one begins.
void readResponseItem(const QJsonValue &item, Answer *answer)
{
    const QString type = item[QLatin1String("type")].toString();
    if (type == QLatin1String("reasoning"))
        readThoughts(item, answer);
    else if (type == QLatin1String("function_call") || type == QLatin1String("custom_tool_call"))
        readCall(item, answer);
    else if (type != QLatin1String("message"))
        answer->addOther();
    if (type != QLatin1String("message"))
        return;
    for (const QJsonValue &part : item[QLatin1String("content")].toArray()) {
        readContent(part[QLatin1String("text")], answer);
        readMessage(QJsonObject{{QStringLiteral("refusal"), part[QLatin1String("refusal")]}}, answer);
    }
}

/// A whole response, or the end of a stream, which repeats what has been streamed: that is not read again.
void readOutput(const QJsonArray &output, Answer *answer)
{
    const bool said = !answer->text.isEmpty(), thought = !answer->content.reasoning.isEmpty();
    const bool called = !answer->content.toolCalls.isEmpty(), other = answer->otherOutput;
    for (const QJsonValue &item : output) {
        const QString type = item[QLatin1String("type")].toString();
        const bool isCall = type == QLatin1String("function_call") || type == QLatin1String("custom_tool_call");
        const bool known = type == QLatin1String("message")     ? said
                           : type == QLatin1String("reasoning") ? thought
                           : isCall                             ? called
                                                                : other;
        if (!known)
            readResponseItem(item, answer);
    }
}

/// The end repeats every item whole, also where a server sent none of a call's arguments before.
void settleCalls(const QJsonArray &output, Answer *answer)
{
    QVector<ToolCall> calls;
    for (const QJsonValue &item : output) {
        if (item[QLatin1String("type")].toString().endsWith(QLatin1String("_call"))
            && !item[QLatin1String("call_id")].toString().isEmpty() && calls.size() < 256)
            calls.append({item[QLatin1String("call_id")].toString(), item[QLatin1String("name")].toString(),
                          item[QLatin1String("arguments")].toString(item[QLatin1String("input")].toString())});
    }
    if (!calls.isEmpty())
        answer->content.toolCalls = calls;
}

} // namespace

void readResponse(const QJsonObject &response, Answer *answer)
{
    answer->takeModel(response[QLatin1String("model")]);
    readUsage(response[QLatin1String("usage")], answer);
    const QString status = response[QLatin1String("status")].toString();
    if (readInnerError(response, answer))
        return;
    const QJsonArray output = response[QLatin1String("output")].toArray();
    readOutput(output, answer);
    settleCalls(output, answer);
    if (status == QLatin1String("failed") || status == QLatin1String("cancelled"))
        return fail("answer:finish_reason_error", QStringLiteral("The response ended with status %1.").arg(status),
                    answer);
    if (status != QLatin1String("completed") && status != QLatin1String("incomplete"))
        return;
    const QString why = response[QLatin1String("incomplete_details")][QLatin1String("reason")].toString();
    takeFinish(why.isEmpty() ? status : why, answer);
    answer->ended = true;
}

void readResponseEvent(const QString &type, const QJsonObject &object, Answer *answer)
{
    answer->takeModel(object[QLatin1String("response")][QLatin1String("model")]);
    if (type == QLatin1String("response.output_text.delta"))
        answer->addText(object[QLatin1String("delta")].toString());
    else if (type == QLatin1String("response.refusal.delta"))
        readMessage(QJsonObject{{QStringLiteral("refusal"), object[QLatin1String("delta")]}}, answer);
    else if (type == QLatin1String("response.completed") || type == QLatin1String("response.failed")
             || type == QLatin1String("response.incomplete"))
        readResponse(object[QLatin1String("response")].toObject(), answer);
    else if (type == QLatin1String("response.output_item.added"))
        readResponseItem(object[QLatin1String("item")], answer);
    else if (type.startsWith(QLatin1String("response.reasoning")))
        answer->addThought(type.endsWith(QLatin1String(".delta")) ? object[QLatin1String("delta")].toString()
                                                                  : QString());
    else if (type == QLatin1String("response.function_call_arguments.delta")
             || type == QLatin1String("response.custom_tool_call_input.delta")) {
        if (answer->content.toolCalls.isEmpty())
            answer->newCall();
        answer->content.toolCalls.last().arguments += object[QLatin1String("delta")].toString();
        answer->addToolCall();
    } else if (type == QLatin1String("response.image_generation_call.partial_image"))
        answer->addOther();
}

} // namespace retryscope::openai
