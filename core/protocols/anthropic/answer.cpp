// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"
#include "protocols/anthropic/parts.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

void anthropic::readStop(const QJsonValue &holder, Answer *answer)
{
    const QString reason = holder[QLatin1String("stop_reason")].toString();
    if (reason.isEmpty())
        return;
    takeFinish(reason, answer);
    answer->complete = false; // message_stop ends the stream, nothing else
    answer->detail = holder[QLatin1String("stop_details")][QLatin1String("category")].toString().left(64);
    answer->otherOutput |= reason == QLatin1String("pause_turn");
}

void anthropic::readUsage(const QJsonValue &usage, Answer *answer)
{
    takeCount(usage[QLatin1String("input_tokens")], &answer->tokensFresh);
    takeCount(usage[QLatin1String("cache_creation_input_tokens")], &answer->tokensWritten);
    takeCount(usage[QLatin1String("cache_read_input_tokens")], &answer->tokensCached);
    if (answer->tokensFresh)
        answer->tokensIn = *answer->tokensFresh + answer->tokensWritten.value_or(0) + answer->tokensCached.value_or(0);
    takeCount(usage[QLatin1String("output_tokens")], &answer->tokensOut);
}

void anthropic::readBlock(const QJsonValue &block, Answer *answer)
{
    const QString type = block[QLatin1String("type")].toString();
    answer->addText(block[QLatin1String("text")].toString());
    if (type == QLatin1String("thinking") || type == QLatin1String("redacted_thinking"))
        answer->reasoning = true;
    else if (type == QLatin1String("tool_use"))
        answer->addToolCall();
    else if (type != QLatin1String("text"))
        answer->addOther();
}

void AnthropicProtocol::readReply(const QJsonObject &object, Answer *answer) const
{
    if (object[QLatin1String("type")].toString() == QLatin1String("error"))
        return takeError(object, answer);
    if (readInnerError(object, answer))
        return;
    for (const QJsonValue &block : object[QLatin1String("content")].toArray())
        anthropic::readBlock(block, answer);
    anthropic::readUsage(object[QLatin1String("usage")], answer);
    anthropic::readStop(QJsonValue(object), answer);
    answer->complete = answer->ended = object[QLatin1String("content")].isArray();
}

QByteArray anthropic::stop(const ServedAnswer &a) { return finishWord(a, {"end_turn", "refusal", "max_tokens", "tool_use"}); }

QByteArray AnthropicServing::whole(const ServedAnswer &a) const
{
    const QByteArray block = a.finish == ServedFinish::ToolCalls ? QByteArray(anthropic::tool)
        : a.thoughts ? R"({"type":"thinking","thinking":)" + json(text(a)) + R"(,"signature":"sim"})" : R"({"type":"text","text":)" + json(text(a)) + "}";
    return R"({"id":"msg_sim","type":"message","role":"assistant","model":)" + json(a.model) + R"(,"content":[)" + block
        + R"(],"stop_reason":)" + anthropic::stop(a) + R"(,"usage":{"input_tokens":)" + num(a.tokensIn) + R"(,"output_tokens":)" + num(int(a.words.size())) + "}}";
}

} // namespace retryscope
