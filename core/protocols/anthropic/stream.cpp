// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"
#include "protocols/anthropic/parts.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

namespace {

void readDelta(const QJsonValue &delta, Answer *answer)
{
    const QString type = delta[QLatin1String("type")].toString();
    answer->addText(delta[QLatin1String("text")].toString());
    if (type == QLatin1String("thinking_delta") || type == QLatin1String("signature_delta"))
        answer->addThought(delta[QLatin1String("thinking")].toString());
    else if (type == QLatin1String("input_json_delta") && !answer->content.toolCalls.isEmpty())
        answer->content.toolCalls.last().arguments += delta[QLatin1String("partial_json")].toString();
    else if (type == QLatin1String("input_json_delta")) // of a tool that the server runs itself
        answer->addOther();
}

QByteArray finished(const ServedAnswer &a)
{
    return event(R"({"type":"message_delta","delta":{)" + anthropic::stop(a) + R"(},"usage":{"input_tokens":)"
                     + num(a.tokensIn)
                     + R"(,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":)"
                     + num(a.tokensOut()) + "}}",
                 "message_delta");
}

QByteArray blockStart(int index, const QByteArray &block)
{
    return event(R"({"type":"content_block_start","index":)" + num(index) + R"(,"content_block":)" + block + "}",
                 "content_block_start");
}

QByteArray blockDelta(int index, const QByteArray &delta)
{
    return event(R"({"type":"content_block_delta","index":)" + num(index) + R"(,"delta":)" + delta + "}",
                 "content_block_delta");
}

QByteArray blockStop(int index)
{
    return event(R"({"type":"content_block_stop","index":)" + num(index) + "}", "content_block_stop");
}

} // namespace

void AnthropicProtocol::readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const
{
    const QString type = object[QLatin1String("type")].toString();
    if (name == "error" || type == QLatin1String("error"))
        return takeError(object, answer);
    if (type == QLatin1String("content_block_delta"))
        readDelta(object[QLatin1String("delta")], answer);
    else if (type == QLatin1String("content_block_start"))
        anthropic::readBlock(object[QLatin1String("content_block")], answer);
    else if (type == QLatin1String("message_start")) {
        answer->takeModel(object[QLatin1String("message")][QLatin1String("model")]);
        anthropic::readUsage(object[QLatin1String("message")][QLatin1String("usage")], answer);
    } else if (type == QLatin1String("message_delta")) {
        anthropic::readUsage(object[QLatin1String("usage")], answer);
        anthropic::readStop(object[QLatin1String("delta")], answer);
    } else if (type == QLatin1String("message_stop"))
        answer->complete = answer->ended = true;
    else if (type.isEmpty() || type == QLatin1String("message")) // a gateway's error, or a whole message in one event
        readReply(object, answer);
}

QByteArray AnthropicServing::opening(const ServedAnswer &a) const
{
    const QByteArray begun = event(
        R"({"type":"message_start","message":{"id":")" + anthropic::messageId(a.context)
            + R"(","type":"message","role":"assistant","model":)" + json(a.context.model)
            + R"(,"content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"usage":{"input_tokens":)"
            + num(a.tokensIn)
            + R"(,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1,"service_tier":"standard"}}})",
        "message_start");
    const QByteArray ping = event(R"({"type":"ping"})", "ping");
    if (a.words.isEmpty())
        return begun + ping;
    return begun
           + blockStart(0, a.thoughts ? R"({"type":"thinking","thinking":"","signature":""})"
                                      : R"({"type":"text","text":""})")
           + ping;
}

QByteArray AnthropicServing::early(const ServedAnswer &a) const { return finished(a); }

QByteArray AnthropicServing::delta(const ServedAnswer &a, int word) const
{
    const QByteArray piece = a.thoughts ? R"({"type":"thinking_delta","thinking":)" + json(a.words[word])
                                        : R"({"type":"text_delta","text":)" + json(a.words[word]);
    return blockDelta(0, piece + "}") + (a.finishEverywhere ? finished(a) : QByteArray());
}

QByteArray AnthropicServing::ending(const ServedAnswer &a) const
{
    QByteArray out;
    for (int i = 0; i < int(a.calls.size()); ++i) {
        const QByteArray input = json(QString::fromUtf8(json(a.calls[i].arguments)));
        out += blockStart(i, anthropic::toolBlock(a, i, true))
               + blockDelta(i, R"({"type":"input_json_delta","partial_json":""})")
               + blockDelta(i, R"({"type":"input_json_delta","partial_json":)" + input + "}") + blockStop(i);
    }
    if (a.thoughts)
        out += blockDelta(0, R"({"type":"signature_delta","signature":")" + a.context.token.toBase64() + R"("})");
    if (!a.words.isEmpty())
        out += blockStop(0);
    return out + finished(a) + event(R"({"type":"message_stop"})", "message_stop");
}

QByteArray AnthropicServing::errorEvent(const ServedContext &c) const
{
    return event(error(ServedFault::Overloaded, c).body, "error");
}

} // namespace retryscope
