// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/mistral/writer.h"

#include "protocols/chatjson.h"
#include "protocols/mistral/mistral.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;
using namespace writing;

namespace {

QByteArray thinking(const QString &text)
{
    return R"({"type":"thinking","thinking":[{"type":"text","text":)" + json(text) + "}]}";
}

} // namespace

std::unique_ptr<AnswerWriter> MistralProtocol::writer(const WriterContext &context) const
{
    return std::make_unique<MistralWriter>(context);
}

/// Mistral has no refusal of its own: its words are text.
QByteArray MistralWriter::finishOf(const Choice &choice) const
{
    return finishFields(choice, {"stop", "length", "tool_calls", "content_filter", "content_filter", "length", "stop"});
}

/// Nine letters and digits, or Mistral refuses it when it comes back.
QString MistralWriter::callId(const ToolCall &call, qsizetype place, int choice) const
{
    return chatjson::mistralId(idOf(call, m_context, place, choice));
}

QByteArray MistralWriter::thought(const QString &text) const { return R"("content":[)" + thinking(text) + "]"; }

QByteArray MistralWriter::refused(const QString &text) const { return R"("content":)" + json(text); }

QByteArray MistralWriter::message(const Choice &choice) const
{
    const QString text = choice.text.toString(), &thoughts = choice.content->reasoning;
    QByteArray content = json(text);
    if (!thoughts.isEmpty())
        content = "[" + thinking(thoughts)
                  + (text.isEmpty() ? QByteArray() : R"(,{"type":"text","text":)" + json(text) + "}") + "]";
    return R"("content":)" + content + calls(choice);
}

QByteArray MistralWriter::callDeltas(const Choice &choice, Progress *progress, bool last)
{
    QByteArrayList list;
    for (qsizetype i = 0; i < choice.content->toolCalls.size(); ++i) {
        const ToolCall &call = choice.content->toolCalls[i];
        if (call.name.isEmpty() || progress->calls.contains(i) || (!last && !progress->ends[i].reached(call.arguments)))
            continue;
        const int number = int(progress->calls.size());
        progress->calls[i].number = number;
        list << R"({"index":)" + num(number) + R"(,"id":)" + json(callId(call, i, choice.index))
                    + R"(,"type":"function","function":{"name":)" + json(call.name) + R"(,"arguments":)"
                    + json(argumentsText(call)) + "}}";
    }
    return list.isEmpty() ? QByteArray()
                          : chunk(delta(choice.index, R"("content":"","tool_calls":[)" + list.join(',') + "]"));
}

QByteArray MistralWriter::lastChunks(const QVector<Choice> &choices, const Usage &used) const
{
    QByteArray out;
    for (const Choice &choice : choices)
        out += chunk(delta(choice.index, R"("content":"")", finishOf(choice)),
                     &choice == &choices.last() ? usage(used) : QByteArray());
    return out;
}

} // namespace retryscope
