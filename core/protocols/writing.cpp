// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/writing.h"

#include "protocols/chatjson.h"
#include "protocols/servedjson.h"

#include <QJsonDocument>

namespace retryscope::writing {

/// A word that we do not know says nothing against the calls that came.
static Finish settled(Finish finish, const QString &word, const ChoiceContent &content)
{
    if (!content.refusal.isEmpty() && finish != Finish::ContentFilter)
        return Finish::Refusal;
    const bool mayCall = finish == Finish::Stop || (finish == Finish::Other && !isUnfinished(word));
    return mayCall && !content.toolCalls.isEmpty() ? Finish::ToolCalls : finish;
}

Choice ownOf(const Answer &answer, const AnswerTraits &traits)
{
    const Finish finish = traits.finish == Finish::Unknown ? Finish::Stop : traits.finish;
    return {0, answer.text, &answer.content, settled(finish, traits.finishReason, answer.content), traits.finishReason};
}

QVector<Choice> choicesOf(const Answer &answer, const AnswerTraits &traits)
{
    QVector<Choice> all{ownOf(answer, traits)};
    for (const AnswerChoice &c : answer.content.others)
        all.append({c.index, c.text, &c, settled(c.finish, c.finishReason, c), c.finishReason});
    return all;
}

QByteArray finishOf(const Choice &choice, const FinishWords &words)
{
    switch (choice.finish) {
    case Finish::Unknown: return {};
    case Finish::Stop: return words.stop;
    case Finish::Length: return words.length;
    case Finish::ToolCalls: return words.toolCalls;
    case Finish::ContentFilter: return words.filter;
    case Finish::Refusal: return words.refusal;
    case Finish::Other: break;
    }
    const QString said = plainFinish(choice.word);
    for (const char *own : words.own) {
        if (said == plainFinish(QLatin1String(own)))
            return own;
    }
    return isUnfinished(said) ? words.unfinished : words.unknown;
}

QByteArray finishWord(const Choice &choice, const FinishWords &words)
{
    const QByteArray word = finishOf(choice, words);
    return word.isEmpty() ? QByteArray("null") : '"' + word + '"';
}

QByteArray nativeFinish(const Choice &choice, const QByteArray &said)
{
    const bool foreign = choice.finish == Finish::Other && !choice.word.isEmpty() && choice.word.toUtf8() != said;
    return foreign ? R"(,"native_finish_reason":)" + served::json(choice.word) : QByteArray();
}

QByteArray finishFields(const Choice &choice, const FinishWords &words)
{
    return finishWord(choice, words) + nativeFinish(choice, finishOf(choice, words));
}

Usage usageOf(const Answer &answer, const AnswerTraits &traits)
{
    Usage u{answer.tokensIn.value_or(0),
            answer.tokensOut.value_or(0),
            traits.tokensCached.value_or(0),
            traits.tokensReasoning.value_or(0),
            0,
            answer.tokensWritten.value_or(0),
            answer.tokensIn.has_value() || answer.tokensOut.has_value()};
    u.fresh = answer.tokensFresh.value_or(std::max(0, u.in - u.cached - u.written));
    return u;
}

void learnModel(const Answer &answer, WriterContext *context)
{
    if (!answer.model.isEmpty())
        context->model = answer.model;
}

qint64 seconds(const WriterContext &context)
{
    return std::chrono::duration_cast<std::chrono::seconds>(context.now.time_since_epoch()).count();
}

QString idOf(const ToolCall &call, const WriterContext &context, qsizetype place, int choice)
{
    if (!call.id.isEmpty())
        return call.id;
    return QStringLiteral("call_%1_%2_%3").arg(choice).arg(place).arg(QLatin1String(context.id.left(22)));
}

bool isCut(const Choice &choice, qsizetype place)
{
    return (choice.finish == Finish::Length || choice.finish == Finish::Other)
           && place + 1 == choice.content->toolCalls.size() && !isWhole(choice.content->toolCalls[place].arguments);
}

QString Mark::take(QStringView text, bool last)
{
    qsizetype end = text.size();
    if (!last && end > m_at && text[end - 1].isHighSurrogate())
        --end;
    if (end <= m_at)
        return {};
    const QString more = text.sliced(m_at, end - m_at).toString();
    m_at = end;
    return more;
}

bool ArgumentsEnd::reached(QStringView arguments)
{
    for (; m_at < arguments.size() && !m_closed; ++m_at) {
        const QChar c = arguments[m_at];
        if (m_inText) {
            m_inText = m_escaped || c != QLatin1Char('"');
            m_escaped = !m_escaped && c == QLatin1Char('\\');
        } else if (c == QLatin1Char('"')) {
            m_inText = true;
        } else if (c == QLatin1Char('{') || c == QLatin1Char('[')) {
            ++m_depth;
        } else if (c == QLatin1Char('}') || c == QLatin1Char(']')) {
            m_closed = --m_depth <= 0;
        }
    }
    return m_closed;
}

QStringView textBeforeRefusal(const Choice &choice)
{
    const QString &refusal = choice.content->refusal;
    return choice.text.endsWith(refusal) ? choice.text.chopped(refusal.size()) : choice.text;
}

Growth growthOf(const Choice &choice, Progress *progress, bool last)
{
    Growth growth{progress->thought.take(choice.content->reasoning, last), {}, {}};
    growth.text = progress->text.take(textBeforeRefusal(choice), last);
    if (textBeforeRefusal(choice).size() < choice.text.size())
        growth.refusal = progress->refusal.take(choice.content->refusal, last);
    return growth;
}

QByteArray ItemWriter::grown(const Answer &answer)
{
    learnModel(answer, &m_context);
    update(answer, answer, false);
    return std::exchange(m_out, {});
}

QByteArray ItemWriter::ending(const Answer &answer, const AnswerTraits &traits)
{
    learnModel(answer, &m_context);
    const Choice own = ownOf(answer, traits);
    m_cut = own.finish == Finish::Length || (own.finish == Finish::Other && isUnfinished(own.word));
    update(answer, traits, true);
    shut();
    finish(answer, traits);
    return std::exchange(m_out, {});
}

void ItemWriter::update(const Answer &answer, const AnswerTraits &traits, bool last)
{
    const Choice own = ownOf(answer, traits);
    const Growth more = growthOf(own, &m_progress, last);
    m_waiting.thought += more.thought;
    m_waiting.text += more.text;
    m_waiting.refusal += more.refusal;
    const auto called = [&] { return nextCall(*own.content) >= 0; };
    if (!m_progress.opened && !m_waiting.any() && !called() && !last)
        return;
    if (!std::exchange(m_progress.opened, true))
        begin(answer);
    if (m_open == Kind::Call && !growCall(*own.content, m_waiting.any() || called(), last))
        return;
    if (tellsThoughts())
        say(Kind::Thought, m_waiting.thought);
    else if (!m_waiting.thought.isEmpty())
        thinks();
    if (tellsRefusalsApart()) {
        say(Kind::Text, m_waiting.text);
        say(Kind::Refusal, m_waiting.refusal);
    } else {
        say(Kind::Text, m_waiting.text + m_waiting.refusal);
    }
    m_waiting = {};
    while (openNextCall(*own.content)) {
        if (!growCall(*own.content, called(), last))
            return;
    }
}

void ItemWriter::say(Kind kind, const QString &piece)
{
    if (piece.isEmpty())
        return;
    if (m_open != kind) {
        shut();
        open(m_open = kind, nullptr);
    }
    m_all += piece;
    add(kind, piece);
}

void ItemWriter::shut()
{
    if (m_open != Kind::None)
        close(m_open, m_open == Kind::Call ? &m_call : nullptr, m_all);
    m_open = Kind::None;
    m_all.clear();
}

/// The first call that has a name and has not been opened; they may come in any order.
qsizetype ItemWriter::nextCall(const ChoiceContent &content) const
{
    for (qsizetype i = 0; i < content.toolCalls.size(); ++i) {
        if (!content.toolCalls[i].name.isEmpty() && !m_progress.calls.contains(i))
            return i;
    }
    return -1;
}

bool ItemWriter::openNextCall(const ChoiceContent &content)
{
    const qsizetype place = nextCall(content);
    if (place < 0)
        return false;
    shut();
    m_place = place;
    m_call = content.toolCalls[place];
    m_call.id = callId(idOf(m_call, m_context, place));
    m_progress.calls[place] = {};
    open(m_open = Kind::Call, &m_call);
    return true;
}

/// True: the open call is closed, and something else may come.
bool ItemWriter::growCall(const ChoiceContent &content, bool others, bool last)
{
    if (m_place < content.toolCalls.size()) // an end that repeats the calls may tell fewer of them
        m_call.arguments = content.toolCalls[m_place].arguments;
    Mark &mark = m_progress.calls[m_place].arguments;
    if (const QString piece = mark.take(m_call.arguments, last); !piece.isEmpty()) {
        m_all += piece;
        add(Kind::Call, piece);
    }
    if (!last && (!others || !m_progress.ends[m_place].reached(m_call.arguments)))
        return false;
    shut();
    return true;
}

} // namespace retryscope::writing
