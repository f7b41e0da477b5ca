// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/protocol.h"
#include "protocols/sse.h"

namespace retryscope {

/// Turns the bytes of a 2xx response into an Answer, whatever the server chose to send: events or one JSON body,
/// told apart by the first bytes rather than by the content type.
class AnswerReader
{
public:
    explicit AnswerReader(const Protocol &protocol) : m_protocol(protocol) {}

    /// The text that these bytes added.
    QString feed(QByteArrayView bytes);
    /// Text found only at the end (a whole body).
    QString end();
    const Answer &answer() const { return m_answer; }
    /// The end mark was seen or an error read: nothing more is needed.
    bool settled() const { return m_endMark || m_answer.failure.has_value(); }
    /// What is wrong with the finished answer; none: a whole and good one. Call after end().
    std::optional<FailureFacts> fault() const;

    static constexpr qint64 maxBody = 8 << 20;
    bool tooLarge() const { return m_size > maxBody; }

private:
    enum class Shape { Unknown, Events, Body };
    void read(const QVector<SseEvent> &events);
    void readWhole(const QByteArray &body);

    const Protocol &m_protocol;
    SseDecoder m_sse;
    Answer m_answer;
    QByteArray m_body;
    Shape m_shape = Shape::Unknown;
    qint64 m_size = 0;
    bool m_endMark = false;
    bool m_malformed = false;
};

} // namespace retryscope
