// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/parts.h"

namespace retryscope::openai {
namespace {

void fail(const char *code, const QString &message, Answer *answer)
{
    if (!answer->failure)
        answer->failure = FailureFacts{.status = 200, .codes = {QLatin1String(code)}, .message = message};
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

} // namespace

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

} // namespace retryscope::openai
