// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/protocol.h"

#include <memory>

namespace retryscope {

/// What a writer knows of the answer beside what it says.
struct WriterContext
{
    QByteArray id; ///< 24 to 32 hex digits, never twice: the ids of the answer and of its calls are made of it
    WallTime now{};
    QString model;            ///< the one that was asked; an answer that names another is told with that name
    bool includeUsage = true; ///< OpenAI's stream_options.include_usage; the other wires tell it always
    /// Anthropic only: thoughts are written although no signature of the vendor proves them. A caller sends them back
    /// with its next request, which the vendor then refuses; so a stream has pings in their place.
    bool unsignedThoughts = false;
    bool array = false; ///< Google AI only: a stream is one JSON array (application/json)
};

/// Writes the answer of any wire in the words of one, as a caller of that wire expects them from its vendor. One writer
/// for one answer, whole or streamed. What a wire has no word for is left out: other choices on Anthropic and the
/// Responses API, and the order of text and calls, which no answer here keeps: thoughts come first, then text, then
/// calls. A finish reason that nobody gave is told as a plain stop, since the provider's settings say that its answers
/// end so.
class AnswerWriter
{
public:
    virtual ~AnswerWriter() = default;
    /// The whole body (application/json).
    virtual QByteArray whole(const Answer &answer, const AnswerTraits &traits) = 0;
    /// Of a stream (text/event-stream): the bytes for whatever the answer has grown by since the last call, with the
    /// opening before the first. Empty where nothing grew, or where what grew has to wait: half a character, and on
    /// wires that tell calls whole or one after the other a call whose arguments are not complete.
    virtual QByteArray grown(const Answer &answer) = 0;
    /// The stream's ending: what has waited, finish reason, usage and end mark, with everything still open closed.
    virtual QByteArray ending(const Answer &answer, const AnswerTraits &traits) = 0;
};

std::unique_ptr<AnswerWriter> makeAnswerWriter(ProtocolKind kind, const WriterContext &context);

} // namespace retryscope
