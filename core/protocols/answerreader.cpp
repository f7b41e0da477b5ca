// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/answerreader.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace retryscope {

QString AnswerReader::feed(QByteArrayView bytes)
{
    m_size += bytes.size();
    if (tooLarge())
        return {};
    if (m_shape != Shape::Events) {
        m_body.append(bytes);
        if (m_shape == Shape::Unknown) {
            const QByteArray start = m_body.trimmed();
            if (start.isEmpty())
                return {};
            m_shape = start.front() == '{' || start.front() == '[' || start.front() == '<' ? Shape::Body : Shape::Events;
        }
        if (m_shape == Shape::Body)
            return {};
    }
    const qsizetype before = m_answer.text.size();
    read(m_sse.feed(m_body.isEmpty() ? bytes : QByteArrayView(m_body)));
    m_body.clear();
    return m_answer.text.sliced(before);
}

QString AnswerReader::end()
{
    const qsizetype before = m_answer.text.size();
    if (m_shape == Shape::Body)
        readWhole(m_body);
    else {
        read(m_sse.end());
        if (!m_answer.failure && !m_answer.complete && !m_sse.unframed().isEmpty())
            readWhole(m_sse.unframed());
    }
    return m_answer.text.sliced(before);
}

void AnswerReader::read(const QVector<SseEvent> &events)
{
    for (const SseEvent &event : events) {
        if (settled())
            return;
        if (m_protocol.isEndMark(event.data)) {
            m_endMark = true;
            continue;
        }
        const QJsonDocument json = QJsonDocument::fromJson(event.data);
        if (json.isObject())
            m_protocol.readEvent(event.name, json.object(), &m_answer);
        else
            ++m_answer.undecodable;
    }
}

void AnswerReader::readWhole(const QByteArray &body)
{
    const QJsonDocument json = QJsonDocument::fromJson(body);
    if (json.isObject()) {
        m_protocol.readReply(json.object(), &m_answer);
    } else if (json.isArray() && !json.array().isEmpty()) { // Gemini without alt=sse, or a wrapped error
        for (const QJsonValue &value : json.array())
            m_protocol.readEvent({}, value.toObject(), &m_answer);
    } else {
        m_malformed = true;
    }
}

std::optional<FailureFacts> AnswerReader::fault() const
{
    if (m_answer.failure)
        return m_answer.failure;
    FailureFacts facts{.status = 200};
    if (tooLarge() || m_sse.overflowed()) {
        facts.transport = TransportFailure::TooLarge;
        facts.message = QStringLiteral("The answer is larger than %1 MB.").arg(maxBody >> 20);
    } else if (m_answer.refused) {
        facts.codes = {QStringLiteral("content_filter")};
        facts.message = QStringLiteral("The provider refused the content (%1).").arg(m_answer.finishReason);
    } else if (m_malformed) {
        facts.malformed = true;
        facts.message = QStringLiteral("The answer could not be decoded.");
    } else if (!m_answer.complete && !m_endMark) {
        facts.streamCut = m_shape == Shape::Events || m_size == 0;
        facts.malformed = !facts.streamCut;
        facts.message = facts.streamCut ? QStringLiteral("The answer ended before its end mark.") : QStringLiteral("The answer has none of the expected fields.");
    } else if (m_answer.text.isEmpty() && !m_answer.otherOutput && m_answer.finishReason != QLatin1String("length")
               && m_answer.finishReason != QLatin1String("max_tokens") && m_answer.finishReason != QLatin1String("MAX_TOKENS")) {
        facts.empty = true;
        facts.message = QStringLiteral("The answer is empty.");
    } else {
        return std::nullopt;
    }
    return facts;
}

} // namespace retryscope
