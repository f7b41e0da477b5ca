// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

#include <optional>

namespace retryscope {

/// Why a model stopped, in one set of words for all wires.
enum class Finish : quint8 {
    Unknown,       ///< the provider gave no reason
    Stop,          ///< it had said all
    Length,        ///< the limit on tokens cut it
    ToolCalls,     ///< it wants a tool's answer
    ContentFilter, ///< a filter ended it
    Refusal,       ///< the model refused
    Other,         ///< a word that we do not know, or that fits none of these
};
/// stop, length, tool_calls, content_filter, refusal, other; empty for Unknown.
QString toKey(Finish finish);

/// What ended the transfer of an answer.
enum class AnswerEnd : quint8 {
    None,    ///< not ended
    Mark,    ///< the protocol's own end mark, or the end of a whole body
    Closed,  ///< the connection was closed in order
    Reset,   ///< the connection broke, or closed within an event
    Silence, ///< a time limit ran out
};
QString toKey(AnswerEnd end);

/// What is to be known of an answer beside its text.
struct AnswerTraits
{
    Finish finish = Finish::Unknown;
    QString finishReason;           ///< the provider's own word, at most 64 characters
    AnswerEnd end = AnswerEnd::None;
    int unreadable = 0;             ///< pieces that could not be read and were skipped: the text may have holes
    bool reasoning = false;         ///< thoughts came; they are no part of the text
    bool toolCalls = false;
    bool otherOutput = false;       ///< images and whatever else is neither text, thought nor tool call
    std::optional<int> tokensCached;    ///< of the tokens that went in: read from the provider's cache
    std::optional<int> tokensReasoning; ///< of the tokens that came out: thoughts
    int openChoices = 0; ///< of several choices, those beside the first that have no finish reason: they may be cut
    bool operator==(const AnswerTraits &) const = default;

    /// A successful answer of which nothing but its text needs telling: it stopped by itself, has text, arrived whole.
    bool isPlain(bool hasText) const
    {
        return hasText && finish == Finish::Stop && unreadable == 0 && openChoices == 0
               && (end == AnswerEnd::Mark || end == AnswerEnd::Closed);
    }
};

struct Answer;
/// Reads a finish reason of any wire into `answer`: what it means, and the failure that some servers report so. An
/// empty reason says nothing.
void takeFinish(const QString &reason, Answer *answer);
/// Of those that are Finish::Other: the answer is known to have stopped before its end. One that we do not know is most
/// often another word for stop.
bool isUnfinished(const QString &reason);
/// In small letters, with underscores.
QString plainFinish(const QString &reason);

} // namespace retryscope
