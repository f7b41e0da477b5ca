// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/arraydecoder.h"
#include "protocols/protocol.h"
#include "protocols/sse.h"

namespace retryscope {

/// What an event that is no JSON object means: skipped and counted, or the end of a malformed answer.
enum class Undecodable : quint8 { Skip, Fail };

/// Turns the bytes of a 2xx response into an Answer, whatever the server chose to send: events, an array of them that grows
/// (Google's without alt=sse) or one JSON body, told apart by the first bytes rather than by the content type.
///
/// An answer is whole with the protocol's own end and a finish reason. A stream that stops after its finish reason, in
/// whatever way, is whole too, and its traits tell how it stopped; but once output has followed a finish reason, that
/// server's finish reasons prove nothing, and only the end mark (or the connection's end, on a wire without one) does.
class AnswerReader
{
public:
    explicit AnswerReader(const Protocol &protocol, Undecodable undecodable = Undecodable::Skip,
                          EndRule rule = EndRule::Protocol, qint64 largestBody = maxBody)
        : m_protocol(protocol), m_undecodable(undecodable), m_rule(rule), m_largestBody(largestBody)
    {}

    /// The text that these bytes added.
    QString feed(QByteArrayView bytes);
    /// No more bytes will come. Text found only now: of a whole body, or of an event without its end.
    QString end(AnswerEnd how = AnswerEnd::Closed);
    const Answer &answer() const { return m_answer; }
    /// The answer's, with its finish and end settled.
    AnswerTraits traits() const;
    /// Anything of the model's came: text, a thought, a tool call, an image. Never a comment, a ping or a count.
    bool spoke() const
    {
        return m_answer.pieces > 0 || m_answer.reasoning || m_answer.otherOutput || m_answer.othersSpoke;
    }
    /// It comes as one body instead of events.
    bool isBody() const { return m_shape == Shape::Body; }
    /// Of an array of events: bytes that came since the last whole one.
    qsizetype openElement() const { return m_array.open(); }
    /// The end mark was seen or an error read: nothing more is needed.
    bool settled() const { return m_endMark || m_answer.ended || m_malformed || m_answer.failure.has_value(); }
    /// What is wrong with the finished answer; none: a whole one. Call once settled, or after end().
    std::optional<FailureFacts> fault() const;

    static constexpr qint64 maxBody =
        8 << 20; ///< bytes of one body by default, or of a stream since its last output; characters of text
    static constexpr qint64 maxStream = 256 << 20; ///< bytes of a stream: some events hold a kilobyte for a word
    bool tooLarge() const
    {
        return m_quiet > m_largestBody || m_size > maxStream || m_answer.text.size() > m_largestBody
               || m_sse.overflowed();
    }

private:
    enum class Shape { Unknown, Events, Array, Body };
    QByteArrayView skipPreamble(QByteArrayView bytes);
    void read(const QVector<SseEvent> &events);
    void readElements(QByteArrayView bytes);
    bool readData(const QByteArray &name, const QByteArray &data);
    bool readLinesOf(const QByteArray &name, const QByteArray &data);
    void take(const QByteArray &name, const QJsonObject &object);
    void skipped();
    void cutOff();
    void readBody();
    bool readJson(const QByteArray &json);
    bool readUnframed(const QByteArray &text);
    bool readLines();
    bool whole() const;
    FailureFacts cutFault() const;
    std::optional<FailureFacts> emptyFault() const;

    const Protocol &m_protocol;
    Undecodable m_undecodable;
    EndRule m_rule;
    qint64 m_largestBody;
    SseDecoder m_sse;
    ArrayDecoder m_array;
    Answer m_answer;
    QByteArray m_body;
    Shape m_shape = Shape::Unknown;
    AnswerEnd m_end = AnswerEnd::None;
    qint64 m_size = 0;
    qint64 m_quiet = 0; ///< bytes since the last output
    int m_bom = 0;            ///< bytes of a byte order mark seen at the start
    bool m_inComment = false; ///< within a comment line before anything else
    bool m_sawEvent = false;  ///< or an object of an array
    bool m_open = false;      ///< the event that is read has no end, so its last line may be a piece
    bool m_endMark = false;
    bool m_prolonged = false; ///< output came after a finish reason
    bool m_wholeBody = false; ///< one JSON value, closed
    bool m_malformed = false;
    bool m_cut = false;       ///< the body stops in the middle of its JSON
    bool m_page = false;
};

} // namespace retryscope
