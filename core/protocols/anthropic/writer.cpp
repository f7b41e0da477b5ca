// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"
#include "protocols/chatjson.h"
#include "protocols/servedjson.h"
#include "protocols/writing.h"

namespace retryscope {

using namespace served;
using namespace writing;

namespace {

/// Blocks, one after the other, in named events.
class AnthropicWriter final : public ItemWriter
{
public:
    using ItemWriter::ItemWriter;
    QByteArray whole(const Answer &answer, const AnswerTraits &traits) override;

protected:
    void begin(const Answer &answer) override;
    void open(Kind kind, const ToolCall *call) override;
    void add(Kind kind, const QString &piece) override;
    void close(Kind kind, const ToolCall *call, const QString &all) override;
    void finish(const Answer &answer, const AnswerTraits &traits) override;
    bool tellsThoughts() const override { return m_context.unsignedThoughts; }
    void thinks() override { event("ping", R"({"type":"ping"})"); }
    bool tellsRefusalsApart() const override { return false; }
    QString callId(const QString &id) const override { return chatjson::anthropicId(id); }

private:
    QByteArray messageId() const { return "msg_01" + m_context.id.left(22); }
    void event(const char *type, const QByteArray &data) { m_out += served::event(data, type); }

    int m_block = 0;
};

QByteArray toolBlock(const ToolCall &call, const QByteArray &input)
{
    return R"({"type":"tool_use","id":)" + json(call.id) + R"(,"name":)" + json(call.name) + R"(,"input":)" + input
           + "}";
}

QByteArray usageFields(const Usage &u)
{
    return R"("input_tokens":)" + num(u.fresh) + R"(,"cache_creation_input_tokens":)" + num(u.written)
           + R"(,"cache_read_input_tokens":)" + num(u.cached) + R"(,"output_tokens":)";
}

QByteArray stopFields(const Choice &choice)
{
    static constexpr const char *own[] = {"pause_turn"};
    return R"("stop_reason":)"
           + finishFields(choice,
                          {"end_turn", "max_tokens", "tool_use", "refusal", "refusal", "max_tokens", "end_turn", own})
           + R"(,"stop_sequence":null,"stop_details":null)";
}

QByteArray AnthropicWriter::whole(const Answer &answer, const AnswerTraits &traits)
{
    learnModel(answer, &m_context);
    const Choice own = ownOf(answer, traits);
    QByteArrayList blocks;
    if (tellsThoughts() && !answer.content.reasoning.isEmpty())
        blocks << R"({"type":"thinking","thinking":)" + json(answer.content.reasoning) + R"(,"signature":""})";
    if (!answer.text.isEmpty())
        blocks << R"({"type":"text","text":)" + json(answer.text) + R"(,"citations":null})";
    for (qsizetype i = 0; i < answer.content.toolCalls.size(); ++i) {
        ToolCall call = answer.content.toolCalls[i];
        if (call.name.isEmpty() || isCut(own, i))
            continue;
        call.id = callId(idOf(call, m_context, i));
        blocks << toolBlock(call, argumentsJson(call));
    }
    const Usage used = usageOf(answer, traits);
    return R"({"id":")" + messageId() + R"(","type":"message","role":"assistant","model":)" + json(m_context.model)
           + R"(,"content":[)" + blocks.join(',') + "]," + stopFields(own) + R"(,"usage":{)" + usageFields(used)
           + num(used.out) + R"(,"service_tier":"standard"}})";
}

void AnthropicWriter::begin(const Answer &answer)
{
    const Usage used = usageOf(answer, answer);
    event("message_start",
          R"({"type":"message_start","message":{"id":")" + messageId()
              + R"(","type":"message","role":"assistant","model":)" + json(m_context.model)
              + R"(,"content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"usage":{)"
              + usageFields(used) + num(used.out) + R"(,"service_tier":"standard"}}})");
}

void AnthropicWriter::open(Kind kind, const ToolCall *call)
{
    const QByteArray block = kind == Kind::Call      ? toolBlock(*call, "{}")
                             : kind == Kind::Thought ? QByteArray(R"({"type":"thinking","thinking":"","signature":""})")
                                                     : QByteArray(R"({"type":"text","text":"","citations":null})");
    event("content_block_start",
          R"({"type":"content_block_start","index":)" + num(m_block) + R"(,"content_block":)" + block + "}");
}

void AnthropicWriter::add(Kind kind, const QString &piece)
{
    const QByteArray field = kind == Kind::Call      ? R"("input_json_delta","partial_json":)"
                             : kind == Kind::Thought ? R"("thinking_delta","thinking":)"
                                                     : R"("text_delta","text":)";
    event("content_block_delta", R"({"type":"content_block_delta","index":)" + num(m_block) + R"(,"delta":{"type":)"
                                     + field + json(piece) + "}}");
}

void AnthropicWriter::close(Kind, const ToolCall *, const QString &)
{
    event("content_block_stop", R"({"type":"content_block_stop","index":)" + num(m_block++) + "}");
}

void AnthropicWriter::finish(const Answer &answer, const AnswerTraits &traits)
{
    const Usage used = usageOf(answer, traits);
    event("message_delta", R"({"type":"message_delta","delta":{)" + stopFields(ownOf(answer, traits)) + R"(},"usage":{)"
                               + usageFields(used) + num(used.out) + "}}");
    event("message_stop", R"({"type":"message_stop"})");
}

} // namespace

std::unique_ptr<AnswerWriter> AnthropicProtocol::writer(const WriterContext &context) const
{
    return std::make_unique<AnthropicWriter>(context);
}

} // namespace retryscope
