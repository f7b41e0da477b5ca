// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/arrayframe.h"
#include "protocols/googleai/googleai.h"
#include "protocols/servedjson.h"
#include "protocols/writing.h"

namespace retryscope {

using namespace served;
using namespace writing;

namespace {

/// Each event is an answer of its own with the parts that have come; calls come whole. No end mark: the connection's
/// end.
class GoogleAiWriter final : public AnswerWriter
{
public:
    explicit GoogleAiWriter(const WriterContext &context) : m_context(context) {}
    QByteArray whole(const Answer &answer, const AnswerTraits &traits) override;
    QByteArray grown(const Answer &answer) override;
    QByteArray ending(const Answer &answer, const AnswerTraits &traits) override;

private:
    QByteArrayList partsOf(const Choice &choice, bool last);
    QByteArray candidate(int index, QByteArrayList parts, const QByteArray &finish = {}) const;
    QByteArray response(const QByteArray &candidates, const QByteArray &usage = {}) const;

    WriterContext m_context;
    std::map<int, Progress> m_progress; ///< by the candidate's index
};

QByteArray textPart(const QString &text, const char *more = "") { return R"({"text":)" + json(text) + more + "}"; }

/// A provider's word for which there is none is the message beside it.
QByteArray finishOf(const Choice &choice)
{
    static constexpr const char *own[] = {"FINISH_REASON_UNSPECIFIED",
                                          "MALFORMED_FUNCTION_CALL",
                                          "UNEXPECTED_TOOL_CALL",
                                          "TOO_MANY_TOOL_CALLS",
                                          "MISSING_THOUGHT_SIGNATURE",
                                          "MALFORMED_RESPONSE",
                                          "NO_IMAGE",
                                          "IMAGE_OTHER"};
    const QByteArray word =
        finishWord(choice, {"STOP", "MAX_TOKENS", "STOP", "SAFETY", "SAFETY", "OTHER", "OTHER", own});
    const bool foreign = word == "\"OTHER\"" && !choice.word.isEmpty() && choice.word != QLatin1String("OTHER");
    return foreign ? word + R"(,"finishMessage":)" + json(choice.word) : word;
}

QByteArray usageFields(const Answer &answer, const AnswerTraits &traits)
{
    const Usage u = usageOf(answer, traits);
    if (!u.known)
        return {};
    const int thoughts = std::min(u.reasoning, u.out);
    return R"({"promptTokenCount":)" + num(u.in) + R"(,"candidatesTokenCount":)" + num(u.out - thoughts)
           + R"(,"totalTokenCount":)" + num(u.in + u.out)
           + (u.cached ? R"(,"cachedContentTokenCount":)" + num(u.cached) : QByteArray())
           + (thoughts ? R"(,"thoughtsTokenCount":)" + num(thoughts) : QByteArray()) + "}";
}

/// What has come since, in parts.
QByteArrayList GoogleAiWriter::partsOf(const Choice &choice, bool last)
{
    Progress &progress = m_progress[choice.index];
    const Growth more = growthOf(choice, &progress, last);
    QByteArrayList parts;
    if (!more.thought.isEmpty())
        parts << textPart(more.thought, R"(,"thought":true)");
    if (const QString text = more.text + more.refusal; !text.isEmpty())
        parts << textPart(text);
    for (qsizetype i = 0; i < choice.content->toolCalls.size(); ++i) {
        const ToolCall &call = choice.content->toolCalls[i];
        if (call.name.isEmpty() || progress.calls.contains(i) || (!last && !progress.ends[i].reached(call.arguments))
            || (last && isCut(choice, i)))
            continue;
        progress.calls[i] = {};
        parts << R"({"functionCall":{"id":)" + json(idOf(call, m_context, i, choice.index)) + R"(,"name":)"
                     + json(call.name) + R"(,"args":)" + argumentsJson(call) + "}}";
    }
    return parts;
}

/// Without a part the chat helper of the official SDK forgets the turn.
QByteArray GoogleAiWriter::candidate(int index, QByteArrayList parts, const QByteArray &finish) const
{
    if (parts.isEmpty())
        parts << textPart({});
    return R"({"content":{"role":"model","parts":[)" + parts.join(',') + "]}"
           + (finish.isEmpty() || finish == "null" ? QByteArray() : R"(,"finishReason":)" + finish) + R"(,"index":)"
           + num(index) + "}";
}

QByteArray GoogleAiWriter::response(const QByteArray &candidates, const QByteArray &usage) const
{
    return R"({"candidates":[)" + candidates + "]" + (usage.isEmpty() ? QByteArray() : R"(,"usageMetadata":)" + usage)
           + R"(,"modelVersion":)" + json(m_context.model) + R"(,"responseId":")" + m_context.id.left(22) + "\"}";
}

QByteArray GoogleAiWriter::whole(const Answer &answer, const AnswerTraits &traits)
{
    learnModel(answer, &m_context);
    QByteArrayList candidates;
    for (const Choice &choice : choicesOf(answer, traits))
        candidates << candidate(choice.index, partsOf(choice, true), finishOf(choice));
    return response(candidates.join(','), usageFields(answer, traits));
}

QByteArray GoogleAiWriter::grown(const Answer &answer)
{
    learnModel(answer, &m_context);
    QByteArray out;
    for (const Choice &choice : choicesOf(answer, answer)) {
        if (const QByteArrayList parts = partsOf(choice, false); !parts.isEmpty())
            out += event(response(candidate(choice.index, parts)));
    }
    return out;
}

QByteArray GoogleAiWriter::ending(const Answer &answer, const AnswerTraits &traits)
{
    learnModel(answer, &m_context);
    QByteArrayList candidates;
    for (const Choice &choice : choicesOf(answer, traits))
        candidates << candidate(choice.index, partsOf(choice, true), finishOf(choice));
    return event(response(candidates.join(','), usageFields(answer, traits)));
}

} // namespace

std::unique_ptr<AnswerWriter> GoogleAiProtocol::writer(const WriterContext &context) const
{
    auto events = std::make_unique<GoogleAiWriter>(context);
    return context.array ? inArray(std::move(events)) : std::move(events);
}

} // namespace retryscope
