// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/writer.h"

#include "protocols/openai/openai.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;
using namespace writing;

namespace {

QByteArray callObject(const QByteArray &index, const QString &id, const QString &name, const QString &arguments)
{
    return "{" + index + R"("id":)" + json(id) + R"(,"type":"function","function":{"name":)" + json(name)
           + R"(,"arguments":)" + json(arguments) + "}}";
}

} // namespace

std::unique_ptr<AnswerWriter> OpenAiProtocol::writer(const WriterContext &context) const
{
    return std::make_unique<OpenAiWriter>(context);
}

/// A refusal in its own words stops; without any it is the filter's.
QByteArray OpenAiWriter::finishOf(const Choice &choice) const
{
    return finishFields(choice, {"stop", "length", "tool_calls", "content_filter",
                                 choice.content->refusal.isEmpty() ? "content_filter" : "stop", "length", "stop"});
}

QByteArray OpenAiWriter::head(const char *object) const
{
    return R"({"id":")" + answerId() + R"(","object":")" + object + R"(","created":)" + num(seconds(m_context))
           + R"(,"model":)" + json(m_context.model) + R"(,"choices":)";
}

QByteArray OpenAiWriter::usage(const Usage &u) const
{
    return R"({"prompt_tokens":)" + num(u.in) + R"(,"completion_tokens":)" + num(u.out) + R"(,"total_tokens":)"
           + num(u.in + u.out) + R"(,"prompt_tokens_details":{"cached_tokens":)" + num(u.cached)
           + R"(,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":)" + num(u.reasoning) + "}}";
}

QByteArray OpenAiWriter::thought(const QString &text) const { return R"("reasoning_content":)" + json(text); }

QByteArray OpenAiWriter::refused(const QString &text) const { return R"("refusal":)" + json(text); }

QByteArray OpenAiWriter::calls(const Choice &choice) const
{
    QByteArrayList list;
    for (qsizetype i = 0; i < choice.content->toolCalls.size(); ++i) {
        const ToolCall &call = choice.content->toolCalls[i];
        if (!call.name.isEmpty())
            list << callObject(callIndex(list.size()), callId(call, i, choice.index), call.name, argumentsText(call));
    }
    return list.isEmpty() ? QByteArray() : R"(,"tool_calls":[)" + list.join(',') + "]";
}

QByteArray OpenAiWriter::message(const Choice &choice) const
{
    const QString text = textBeforeRefusal(choice).toString(), &refusal = choice.content->refusal;
    const bool refuses = text.size() < choice.text.size(), calls = !choice.content->toolCalls.isEmpty();
    QByteArray out = R"("content":)" + (text.isEmpty() && (refuses || calls) ? QByteArray("null") : json(text));
    if (!choice.content->reasoning.isEmpty())
        out += "," + thought(choice.content->reasoning);
    return out + R"(,"refusal":)" + (refuses ? json(refusal) : QByteArray("null")) + R"(,"annotations":[])"
           + this->calls(choice);
}

QByteArray OpenAiWriter::whole(const Answer &answer, const AnswerTraits &traits)
{
    learnModel(answer, &m_context);
    QByteArrayList list;
    for (const Choice &choice : choicesOf(answer, traits))
        list << R"({"index":)" + num(choice.index) + R"(,"message":{"role":"assistant",)" + message(choice)
                    + R"(},"logprobs":null,"finish_reason":)" + finishOf(choice) + "}";
    const Usage used = usageOf(answer, traits);
    return head("chat.completion") + "[" + list.join(',') + "]"
           + (used.known || needsUsage() ? R"(,"usage":)" + usage(used) : QByteArray()) + "}";
}

QByteArray OpenAiWriter::chunk(const QByteArray &choices, const QByteArray &usage) const
{
    const QByteArray used = !usage.isEmpty()                          ? R"(,"usage":)" + usage
                            : m_context.includeUsage && !needsUsage() ? QByteArray(R"(,"usage":null)")
                                                                      : QByteArray();
    return event(head("chat.completion.chunk") + choices + used + "}");
}

QByteArray OpenAiWriter::delta(int index, const QByteArray &fields, const QByteArray &finish) const
{
    return R"([{"index":)" + num(index) + R"(,"delta":{)" + fields + R"(},"logprobs":null,"finish_reason":)" + finish
           + "}]";
}

/// Of each call first its name, then its arguments as they come.
QByteArray OpenAiWriter::callDeltas(const Choice &choice, Progress *progress, bool last)
{
    QByteArray out;
    for (qsizetype i = 0; i < choice.content->toolCalls.size(); ++i) {
        const ToolCall &call = choice.content->toolCalls[i];
        if (call.name.isEmpty())
            continue;
        Progress::Call &known = progress->calls[i];
        if (known.number < 0) {
            known.number = int(progress->calls.size()) - 1;
            out += chunk(delta(choice.index, R"("tool_calls":[)"
                                                 + callObject(R"("index":)" + num(known.number) + ",",
                                                              callId(call, i, choice.index), call.name, {})
                                                 + "]"));
        }
        QString piece = known.arguments.take(call.arguments, last);
        if (last && call.arguments.trimmed().isEmpty())
            piece = argumentsText(call);
        if (!piece.isEmpty())
            out += chunk(delta(choice.index, R"("tool_calls":[{"index":)" + num(known.number)
                                                 + R"(,"function":{"arguments":)" + json(piece) + "}}]"));
    }
    return out;
}

QByteArray OpenAiWriter::grow(const QVector<Choice> &choices, bool last)
{
    QByteArray out;
    for (const Choice &choice : choices) {
        Progress &progress = m_progress[choice.index];
        const Growth more = growthOf(choice, &progress, last);
        QByteArray pieces;
        if (!more.thought.isEmpty())
            pieces += chunk(delta(choice.index, thought(more.thought)));
        if (!more.text.isEmpty())
            pieces += chunk(delta(choice.index, R"("content":)" + json(more.text)));
        if (!more.refusal.isEmpty())
            pieces += chunk(delta(choice.index, refused(more.refusal)));
        pieces += callDeltas(choice, &progress, last);
        if ((pieces.isEmpty() && !last) || std::exchange(progress.opened, true)) {
            out += pieces;
            continue;
        }
        out += chunk(delta(choice.index, R"("role":"assistant","content":"")")) + pieces;
    }
    return out;
}

QByteArray OpenAiWriter::grown(const Answer &answer)
{
    learnModel(answer, &m_context);
    return grow(choicesOf(answer, answer), false);
}

QByteArray OpenAiWriter::lastChunks(const QVector<Choice> &choices, const Usage &used) const
{
    QByteArray out;
    for (const Choice &choice : choices)
        out += chunk(delta(choice.index, {}, finishOf(choice)));
    return m_context.includeUsage && used.known ? out + chunk("[]", usage(used)) : out;
}

QByteArray OpenAiWriter::ending(const Answer &answer, const AnswerTraits &traits)
{
    learnModel(answer, &m_context);
    const QVector<Choice> choices = choicesOf(answer, traits);
    return grow(choices, true) + lastChunks(choices, usageOf(answer, traits)) + "data: [DONE]\n\n";
}

} // namespace retryscope
