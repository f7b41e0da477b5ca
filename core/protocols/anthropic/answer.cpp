// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"
#include "protocols/anthropic/parts.h"
#include "protocols/chatjson.h"
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
        answer->addThought(block[QLatin1String("thinking")].toString());
    else if (type == QLatin1String("tool_use")) {
        const QString input = chatjson::argumentsText(block[QLatin1String("input")]);
        const bool follows = input == QLatin1String("{}"); // streamed: empty, and its pieces follow
        answer->newCall() = {block[QLatin1String("id")].toString(), block[QLatin1String("name")].toString(),
                             follows ? QString() : input};
        answer->addToolCall();
    }
    else if (type != QLatin1String("text"))
        answer->addOther();
}

void AnthropicProtocol::readReply(const QJsonObject &object, Answer *answer) const
{
    if (object[QLatin1String("type")].toString() == QLatin1String("error"))
        return takeError(object, answer);
    if (readInnerError(object, answer))
        return;
    answer->takeModel(object[QLatin1String("model")]);
    for (const QJsonValue &block : object[QLatin1String("content")].toArray())
        anthropic::readBlock(block, answer);
    anthropic::readUsage(object[QLatin1String("usage")], answer);
    anthropic::readStop(QJsonValue(object), answer);
    answer->complete = answer->ended = object[QLatin1String("content")].isArray();
}

QByteArray anthropic::stop(const ServedAnswer &a)
{
    const QByteArray reason =
        a.stopWord.isEmpty() ? finishWord(a, {"end_turn", "refusal", "max_tokens", "tool_use"}) : R"("stop_sequence")";
    const QByteArray details = a.finish == ServedFinish::Filter
                                   ? R"({"type":"refusal","category":"general_harms","explanation":null})"
                                   : "null";
    return R"("stop_reason":)" + reason + R"(,"stop_sequence":)"
           + (a.stopWord.isEmpty() ? QByteArray("null") : json(a.stopWord)) + R"(,"stop_details":)" + details;
}

QByteArray anthropic::messageId(const ServedContext &c) { return "msg_01" + c.token.left(22); }

QByteArray anthropic::toolBlock(const ServedAnswer &a, int call, bool open)
{
    return R"({"type":"tool_use","id":"toolu_0)" + num(call) + a.context.token.left(21) + R"(","name":)"
           + json(a.calls[call].name) + R"(,"input":)" + (open ? QByteArray("{}") : json(a.calls[call].arguments))
           + "}";
}

QByteArray AnthropicServing::whole(const ServedAnswer &a) const
{
    QByteArrayList blocks;
    for (int i = 0; i < int(a.calls.size()); ++i)
        blocks << anthropic::toolBlock(a, i, false);
    if (a.thoughts)
        blocks << R"({"type":"thinking","thinking":)" + json(text(a)) + R"(,"signature":")" + a.context.token.toBase64()
                      + R"("})";
    else if (!a.words.isEmpty())
        blocks << R"({"type":"text","text":)" + json(text(a)) + "}";
    return R"({"id":")" + anthropic::messageId(a.context) + R"(","type":"message","role":"assistant","model":)"
           + json(a.context.model) + R"(,"content":[)" + blocks.join(',') + "]," + anthropic::stop(a)
           + R"(,"usage":{"input_tokens":)" + num(a.tokensIn)
           + R"(,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":)" + num(a.tokensOut())
           + R"(,"service_tier":"standard"}})";
}

} // namespace retryscope
