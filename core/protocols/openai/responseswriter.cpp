// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/responses.h"
#include "protocols/openai/writer.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;
using namespace writing;

namespace {

/// Items of output, one after the other, in named and numbered events; the last repeats them all.
class ResponsesWriter final : public ItemWriter
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

private:
    QByteArray itemId(Kind kind) const;
    /// The open item as it begins, or with all that it holds.
    QByteArray item(Kind kind, const ToolCall *call, const QString &all, const char *status) const;
    QByteArray part(Kind kind, const QString &text) const;
    QByteArray place(Kind kind) const;
    QByteArray response(const char *status, const QByteArray &why, const QByteArray &usage) const;
    QByteArray ended(const Answer &answer, const AnswerTraits &traits, const char **status);
    void event(const char *type, const QByteArray &fields);

    int m_number = 0;
    QByteArrayList m_items; ///< the closed ones
};

/// Why the response is incomplete; empty: it is complete.
QByteArray incomplete(const Choice &choice)
{
    return writing::finishOf(choice,
                             {"", "max_output_tokens", "", "content_filter",
                              choice.content->refusal.isEmpty() ? "content_filter" : "", "max_output_tokens", ""});
}

QByteArray usageFields(const Usage &u)
{
    return R"({"input_tokens":)" + num(u.in) + R"(,"input_tokens_details":{"cached_tokens":)" + num(u.cached)
           + R"(},"output_tokens":)" + num(u.out) + R"(,"output_tokens_details":{"reasoning_tokens":)"
           + num(u.reasoning) + R"(},"total_tokens":)" + num(u.in + u.out) + "}";
}

void ResponsesWriter::event(const char *type, const QByteArray &fields)
{
    m_out += served::event(
        R"({"type":")" + QByteArray(type) + R"(","sequence_number":)" + num(m_number++) + "," + fields + "}", type);
}

QByteArray ResponsesWriter::itemId(Kind kind) const
{
    return (kind == Kind::Call ? "fc_" : kind == Kind::Thought ? "rs_" : "msg_") + num(m_items.size()) + m_context.id;
}

QByteArray ResponsesWriter::part(Kind kind, const QString &text) const
{
    return kind == Kind::Thought ? R"({"type":"summary_text","text":)" + json(text) + "}"
           : kind == Kind::Refusal
               ? R"({"type":"refusal","refusal":)" + json(text) + "}"
               : R"({"type":"output_text","text":)" + json(text) + R"(,"annotations":[],"logprobs":[]})";
}

QByteArray ResponsesWriter::item(Kind kind, const ToolCall *call, const QString &all, const char *status) const
{
    const QByteArray head = R"({"id":")" + itemId(kind) + R"(","type":)";
    if (kind == Kind::Call)
        return head + R"("function_call","status":")" + status + R"(","call_id":)" + json(call->id) + R"(,"name":)"
               + json(call->name) + R"(,"arguments":)" + json(all) + "}";
    const QByteArray parts = all.isEmpty() ? QByteArray() : part(kind, all);
    if (kind == Kind::Thought)
        return head + R"("reasoning","summary":[)" + parts + "]}";
    return head + R"("message","status":")" + status + R"(","role":"assistant","content":[)" + parts + "]}";
}

/// Where in the output an event belongs.
QByteArray ResponsesWriter::place(Kind kind) const
{
    const QByteArray item = R"("item_id":")" + itemId(kind) + R"(","output_index":)" + num(m_items.size());
    return kind == Kind::Call      ? item
           : kind == Kind::Thought ? item + R"(,"summary_index":0)"
                                   : item + R"(,"content_index":0)";
}

QByteArray ResponsesWriter::response(const char *status, const QByteArray &why, const QByteArray &usage) const
{
    return R"({"id":"resp_)" + m_context.id + R"(","object":"response","created_at":)" + num(seconds(m_context))
           + R"(,"status":")" + status + R"(","background":false,"error":null,"incomplete_details":)" + why
           + R"(,"instructions":null,"max_output_tokens":null,"model":)" + json(m_context.model) + R"(,"output":[)"
           + m_items.join(',')
           + R"(],"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},"store":false,)"
           + R"("temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":)"
           + usage + R"(,"metadata":{}})";
}

/// The response at its end.
QByteArray ResponsesWriter::ended(const Answer &answer, const AnswerTraits &traits, const char **status)
{
    const Choice own = ownOf(answer, traits);
    const Usage used = usageOf(answer, traits);
    const QByteArray why = incomplete(own);
    *status = why.isEmpty() ? "completed" : "incomplete";
    return response(*status,
                    (why.isEmpty() ? QByteArray("null") : R"({"reason":")" + why + "\"}") + nativeFinish(own, why),
                    used.known ? usageFields(used) : QByteArray("null"));
}

QByteArray ResponsesWriter::whole(const Answer &answer, const AnswerTraits &traits)
{
    ending(answer, traits); // leaves the items behind
    const char *status = nullptr;
    return ended(answer, traits, &status);
}

void ResponsesWriter::begin(const Answer &)
{
    const QByteArray opened = R"("response":)" + response("in_progress", "null", "null");
    event("response.created", opened);
    event("response.in_progress", opened);
}

void ResponsesWriter::open(Kind kind, const ToolCall *call)
{
    event("response.output_item.added",
          R"("output_index":)" + num(m_items.size()) + R"(,"item":)" + item(kind, call, {}, "in_progress"));
    if (kind == Kind::Thought)
        event("response.reasoning_summary_part.added", place(kind) + R"(,"part":)" + part(kind, {}));
    else if (kind != Kind::Call)
        event("response.content_part.added", place(kind) + R"(,"part":)" + part(kind, {}));
}

void ResponsesWriter::add(Kind kind, const QString &piece)
{
    const char *type = kind == Kind::Call      ? "response.function_call_arguments.delta"
                       : kind == Kind::Thought ? "response.reasoning_summary_text.delta"
                       : kind == Kind::Refusal ? "response.refusal.delta"
                                               : "response.output_text.delta";
    event(type, place(kind) + R"(,"delta":)" + json(piece) + (kind == Kind::Text ? R"(,"logprobs":[])" : ""));
}

void ResponsesWriter::close(Kind kind, const ToolCall *call, const QString &all)
{
    const QString held = call ? argumentsText({{}, {}, all}) : all;
    if (kind == Kind::Call) {
        event("response.function_call_arguments.done",
              place(kind) + R"(,"name":)" + json(call->name) + R"(,"arguments":)" + json(held));
    } else if (kind == Kind::Thought) {
        event("response.reasoning_summary_text.done", place(kind) + R"(,"text":)" + json(held));
        event("response.reasoning_summary_part.done", place(kind) + R"(,"part":)" + part(kind, held));
    } else {
        event(kind == Kind::Refusal ? "response.refusal.done" : "response.output_text.done",
              place(kind)
                  + (kind == Kind::Refusal ? R"(,"refusal":)" + json(held)
                                           : R"(,"text":)" + json(held) + R"(,"logprobs":[])"));
        event("response.content_part.done", place(kind) + R"(,"part":)" + part(kind, held));
    }
    const bool cut = m_cut && !(call && isWhole(all));
    const QByteArray whole = item(kind, call, held, cut ? "incomplete" : "completed");
    event("response.output_item.done", R"("output_index":)" + num(m_items.size()) + R"(,"item":)" + whole);
    m_items << whole;
}

void ResponsesWriter::finish(const Answer &answer, const AnswerTraits &traits)
{
    const char *status = nullptr;
    const QByteArray response = ended(answer, traits, &status);
    event(status == QLatin1String("completed") ? "response.completed" : "response.incomplete",
          R"("response":)" + response);
}

} // namespace

std::unique_ptr<AnswerWriter> OpenAiResponsesProtocol::writer(const WriterContext &context) const
{
    return std::make_unique<ResponsesWriter>(context);
}

} // namespace retryscope
