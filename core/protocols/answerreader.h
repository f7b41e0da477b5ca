// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/protocol.h"
#include "protocols/sse.h"

namespace retryscope {

/// What an event that is no JSON object means: skipped and counted, or the end of a malformed answer.
enum class Undecodable : quint8 { Skip, Fail };

/// Turns the bytes of a 2xx response into an Answer, whatever the server chose to send: events or one JSON body,
/// told apart by the first bytes rather than by the content type.
class AnswerReader
{
public:
    explicit AnswerReader(const Protocol &protocol, Undecodable undecodable = Undecodable::Skip)
        : m_protocol(protocol), m_undecodable(undecodable) {}

    /// The text that these bytes added.
    QString feed(QByteArrayView bytes);
    /// Text found only at the end (a whole body).
    QString end();
    const Answer &answer() const { return m_answer; }
    /// The end mark was seen or an error read: nothing more is needed.
    bool settled() const { return m_endMark || m_answer.ended || m_malformed || m_answer.failure.has_value(); }
    /// The answer is whole, only its end mark (or a last usage event) is missing: a short wait for it is enough.
    bool finishing() const { return m_answer.complete && !settled(); }
    /// What is wrong with the finished answer; none: a whole and good one. Call after end().
    std::optional<FailureFacts> fault() const;

    static constexpr qint64 maxBody = 8 << 20;
    bool tooLarge() const { return m_size > maxBody || m_sse.overflowed(); }

private:
    enum class Shape { Unknown, Events, Body };
    QByteArrayView skipPreamble(QByteArrayView bytes);
    void read(const QVector<SseEvent> &events);
    void readBody();
    bool readJson(const QByteArray &json);
    bool readLines();

    const Protocol &m_protocol;
    Undecodable m_undecodable;
    SseDecoder m_sse;
    Answer m_answer;
    QByteArray m_body;
    Shape m_shape = Shape::Unknown;
    qint64 m_size = 0;
    int m_bom = 0;            ///< bytes of a byte order mark seen at the start
    bool m_inComment = false; ///< within a comment line before anything else
    bool m_sawEvent = false;
    bool m_endMark = false;
    bool m_malformed = false;
    bool m_cut = false;       ///< the body stops in the middle of its JSON
    bool m_page = false;
};

} // namespace retryscope
