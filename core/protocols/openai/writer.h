// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/writing.h"

namespace retryscope {

/// Chat completions. Thoughts are written as reasoning_content, the name that clients of compatible servers know.
class OpenAiWriter : public AnswerWriter
{
public:
    explicit OpenAiWriter(const WriterContext &context) : m_context(context) {}
    QByteArray whole(const Answer &answer, const AnswerTraits &traits) override;
    QByteArray grown(const Answer &answer) override;
    QByteArray ending(const Answer &answer, const AnswerTraits &traits) override;

protected:
    virtual QByteArray answerId() const { return "chatcmpl-" + m_context.id.left(29); }
    virtual QByteArray finishOf(const writing::Choice &choice) const;
    virtual QByteArray message(const writing::Choice &choice) const;
    virtual QByteArray thought(const QString &text) const;
    virtual QByteArray refused(const QString &text) const;
    virtual QByteArray usage(const writing::Usage &used) const;
    virtual bool needsUsage() const { return false; }
    /// The number of a whole message's call, where the wire has it there.
    virtual QByteArray callIndex(qsizetype) const { return {}; }
    virtual QString callId(const ToolCall &call, qsizetype place, int choice) const
    {
        return writing::idOf(call, m_context, place, choice);
    }
    /// The deltas of calls that have begun, grown or ended.
    virtual QByteArray callDeltas(const writing::Choice &choice, writing::Progress *progress, bool last);
    virtual QByteArray lastChunks(const QVector<writing::Choice> &choices, const writing::Usage &used) const;
    QByteArray calls(const writing::Choice &choice) const;
    QByteArray head(const char *object) const;
    QByteArray chunk(const QByteArray &choices, const QByteArray &usage = {}) const;
    QByteArray delta(int index, const QByteArray &fields, const QByteArray &finish = "null") const;
    QByteArray grow(const QVector<writing::Choice> &choices, bool last);

    WriterContext m_context;
    std::map<int, writing::Progress> m_progress; ///< by the choice's index
};

} // namespace retryscope
