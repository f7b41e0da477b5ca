// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/answerwriter.h"
#include "protocols/chatjson.h"

#include <map>
#include <span>

namespace retryscope::writing {

using chatjson::argumentsJson;
using chatjson::argumentsText;
using chatjson::isWhole;

// What the wires' writers share.

/// One choice of an answer.
struct Choice
{
    int index = 0;
    QStringView text; ///< the refusal is part of it
    const ChoiceContent *content = nullptr;
    Finish finish = Finish::Unknown; ///< settled; Unknown: this choice has no end
    QString word;                    ///< the provider's own
};
/// The answer's own; with the others that it has behind it.
Choice ownOf(const Answer &answer, const AnswerTraits &traits);
QVector<Choice> choicesOf(const Answer &answer, const AnswerTraits &traits);
/// How one wire says why an answer ended, in words that its clients know. `own`: further ones of the wire for what is none of
/// ours, which stay where the provider, or a relay before it, said them.
struct FinishWords
{
    const char *stop, *length, *toolCalls, *filter, *refusal;
    const char *unfinished; ///< it stopped before its end, and no word of the wire says by what
    const char *unknown;    ///< the provider's word is none that we know
    std::span<const char *const> own = {};
};
/// The word; empty where there is none.
QByteArray finishOf(const Choice &choice, const FinishWords &words);
/// As JSON; null where there is none.
QByteArray finishWord(const Choice &choice, const FinishWords &words);
/// The provider's own word where the wire has none for it, as one more field of the name that relays have for it: SDKs do not
/// look at it, a person may. `said`: what stands there for it. Empty: it says the same.
QByteArray nativeFinish(const Choice &choice, const QByteArray &said);
/// The word as JSON, with that field behind it.
QByteArray finishFields(const Choice &choice, const FinishWords &words);

/// What was used, with 0 for what is not known.
struct Usage
{
    int in, out, cached, reasoning, fresh, written;
    bool known; ///< any of it
};
Usage usageOf(const Answer &answer, const AnswerTraits &traits);

/// The model that the provider says it was, once it has said so.
void learnModel(const Answer &answer, WriterContext *context);
/// Since 1970.
qint64 seconds(const WriterContext &context);
/// The call's own id, or one made of the answer's and the choice's.
QString idOf(const ToolCall &call, const WriterContext &context, qsizetype place, int choice = 0);
/// The last call, cut within its arguments by the limit on tokens or whatever else, must not be told as a whole one.
bool isCut(const Choice &choice, qsizetype place);

/// How far a text has been written.
class Mark
{
public:
    /// What has come since, without half a character at its end except when `last`.
    QString take(QStringView text, bool last);
    qsizetype at() const { return m_at; }

private:
    qsizetype m_at = 0;
};

/// Finds the closing bracket of arguments that grow, looking at each letter once.
class ArgumentsEnd
{
public:
    bool reached(QStringView arguments);

private:
    qsizetype m_at = 0;
    int m_depth = 0;
    bool m_inText = false, m_escaped = false, m_closed = false;
};

/// How far a choice has been written.
struct Progress
{
    bool opened = false;
    Mark thought, text, refusal;
    struct Call
    {
        int number = -1;
        Mark arguments;
    };
    std::map<qsizetype, Call> calls;        ///< those begun, by their place
    std::map<qsizetype, ArgumentsEnd> ends; ///< of those that wait for it
};

/// What a choice has grown by, with the refusal apart from the text.
struct Growth
{
    QString thought, text, refusal;
    bool any() const { return !thought.isEmpty() || !text.isEmpty() || !refusal.isEmpty(); }
};
Growth growthOf(const Choice &choice, Progress *progress, bool last);
/// The whole text without its refusal, where that stands at the end.
QStringView textBeforeRefusal(const Choice &choice);

/// A stream that tells one thing after the other: a thing is opened, grows and is closed before the next. A call holds
/// back what comes behind it until its arguments are whole.
class ItemWriter : public AnswerWriter
{
public:
    explicit ItemWriter(const WriterContext &context) : m_context(context) {}
    QByteArray grown(const Answer &answer) final;
    QByteArray ending(const Answer &answer, const AnswerTraits &traits) final;

protected:
    enum class Kind : quint8 { None, Thought, Text, Refusal, Call };
    virtual void begin(const Answer &answer) = 0;
    /// `call`: the one that a Call is about.
    virtual void open(Kind kind, const ToolCall *call) = 0;
    virtual void add(Kind kind, const QString &piece) = 0;
    /// All that the item holds.
    virtual void close(Kind kind, const ToolCall *call, const QString &all) = 0;
    virtual void finish(const Answer &answer, const AnswerTraits &traits) = 0;
    /// Thoughts that this wire does not tell.
    virtual bool tellsThoughts() const { return true; }
    virtual void thinks() {}
    virtual bool tellsRefusalsApart() const { return true; }
    /// As the vendor takes it back.
    virtual QString callId(const QString &id) const { return id; }

    WriterContext m_context;
    QByteArray m_out;
    bool m_cut = false; ///< the ending is no end of what is open

private:
    void update(const Answer &answer, const AnswerTraits &traits, bool last);
    void say(Kind kind, const QString &piece);
    void shut();
    qsizetype nextCall(const ChoiceContent &content) const;
    bool openNextCall(const ChoiceContent &content);
    bool growCall(const ChoiceContent &content, bool others, bool last);

    Progress m_progress;
    Kind m_open = Kind::None;
    ToolCall m_call;       ///< the open one
    QString m_all;         ///< of the open item
    qsizetype m_place = 0; ///< its place among the answer's
    Growth m_waiting;
};

} // namespace retryscope::writing
