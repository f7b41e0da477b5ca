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
        answer->reasoning = true;
    else if (type == QLatin1String("input_json_delta") && !answer->toolCalls) // of a tool that the server runs itself
        answer->addOther();
}

QByteArray finished(const ServedAnswer &a)
{
    return event(R"({"type":"message_delta","delta":{"stop_reason":)" + anthropic::stop(a) + R"(},"usage":{"output_tokens":)" + num(int(a.words.size())) + "}}", "message_delta");
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
    else if (type == QLatin1String("message_start"))
        anthropic::readUsage(object[QLatin1String("message")][QLatin1String("usage")], answer);
    else if (type == QLatin1String("message_delta")) {
        anthropic::readUsage(object[QLatin1String("usage")], answer);
        anthropic::readStop(object[QLatin1String("delta")], answer);
    } else if (type == QLatin1String("message_stop"))
        answer->complete = answer->ended = true;
    else if (type.isEmpty() || type == QLatin1String("message")) // a gateway's error, or a whole message in one event
        readReply(object, answer);
}

QByteArray AnthropicServing::opening(const ServedAnswer &a) const
{
    const QByteArray block = a.finish == ServedFinish::ToolCalls ? QByteArray(anthropic::tool)
        : a.thoughts ? QByteArray(R"({"type":"thinking","thinking":"","signature":""})") : QByteArray(R"({"type":"text","text":""})");
    return event(R"({"type":"message_start","message":{"id":"msg_sim","type":"message","role":"assistant","model":)" + json(a.model)
                 + R"(,"content":[],"usage":{"input_tokens":)" + num(a.tokensIn) + R"(,"output_tokens":1}}})", "message_start")
        + event(R"({"type":"content_block_start","index":0,"content_block":)" + block + "}", "content_block_start") + event(R"({"type":"ping"})", "ping");
}

QByteArray AnthropicServing::early(const ServedAnswer &a) const { return finished(a); }

QByteArray AnthropicServing::delta(const ServedAnswer &a, const QString &t) const
{
    const QByteArray piece = a.thoughts ? R"({"type":"thinking_delta","thinking":)" + json(t) : R"({"type":"text_delta","text":)" + json(t);
    return event(R"({"type":"content_block_delta","index":0,"delta":)" + piece + "}}", "content_block_delta") + (a.finishEverywhere ? finished(a) : QByteArray());
}

QByteArray AnthropicServing::ending(const ServedAnswer &a) const
{
    const QByteArray input = event(R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}})", "content_block_delta");
    return (a.finish == ServedFinish::ToolCalls ? input : QByteArray()) + event(R"({"type":"content_block_stop","index":0})", "content_block_stop")
        + finished(a) + event(R"({"type":"message_stop"})", "message_stop");
}

QByteArray AnthropicServing::errorEvent() const { return event(anthropic::error("overloaded_error", "Overloaded"), "error"); }

} // namespace retryscope
