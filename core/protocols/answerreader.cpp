// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/answerreader.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <array>

namespace retryscope {

/// Drops what may stand before an answer: a byte order mark, blank lines, comments (a server that is queueing).
QByteArrayView AnswerReader::skipPreamble(QByteArrayView bytes)
{
    static constexpr std::array bom{'\xEF', '\xBB', '\xBF'};
    while (!bytes.isEmpty()) {
        const char c = bytes.front();
        if (m_inComment)
            m_inComment = c != '\n' && c != '\r';
        else if (c == ':')
            m_inComment = true;
        else if (m_bom < int(bom.size()) && c == bom[std::size_t(m_bom)])
            ++m_bom;
        else if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
            break;
        bytes = bytes.sliced(1);
    }
    return bytes;
}

QString AnswerReader::feed(QByteArrayView bytes)
{
    m_size += bytes.size();
    if (tooLarge() || settled())
        return {};
    if (m_shape == Shape::Unknown) {
        bytes = skipPreamble(bytes);
        if (bytes.isEmpty())
            return {};
        const char c = bytes.front();
        m_shape = c == '{' || c == '[' || c == '<' ? Shape::Body : Shape::Events;
    }
    if (m_shape == Shape::Body) {
        m_body.append(bytes);
        return {};
    }
    const qsizetype before = m_answer.text.size();
    read(m_sse.feed(bytes));
    return m_answer.text.sliced(before);
}

/// The first bytes of a stream that was cut within its first word.
static bool startsAField(const QByteArray &text)
{
    static constexpr std::array<QByteArrayView, 4> fields{"data", "event", "id", "retry"};
    return std::any_of(fields.begin(), fields.end(), [word = text.trimmed()](QByteArrayView field) { return field.startsWith(word); });
}

QString AnswerReader::end()
{
    const qsizetype before = m_answer.text.size();
    if (tooLarge() || settled())
        return {};
    if (m_shape == Shape::Body) {
        readBody();
    } else {
        const int undecodable = m_answer.undecodable;
        read(m_sse.end());
        if (m_answer.undecodable > undecodable) { // a piece of an event is a cut, not a fault of its own
            m_answer.undecodable = undecodable;
            m_malformed = false;
        }
        if (!m_answer.failure && !m_answer.complete && !m_endMark && !m_sse.unframed().isEmpty() && !readJson(m_sse.unframed()))
            m_malformed = !m_sawEvent && !startsAField(m_sse.unframed()); // text that is neither events nor JSON
    }
    return m_answer.text.sliced(before);
}

void AnswerReader::read(const QVector<SseEvent> &events)
{
    for (const SseEvent &event : events) {
        if (settled())
            return;
        m_sawEvent = true;
        if (m_protocol.isEndMark(event.data)) {
            m_endMark = true;
            return;
        }
        if (event.data.trimmed().isEmpty())
            continue;
        const QJsonDocument json = QJsonDocument::fromJson(event.data);
        if (json.isObject()) {
            m_protocol.readEvent(event.name, json.object(), &m_answer);
        } else {
            ++m_answer.undecodable;
            m_malformed = m_undecodable == Undecodable::Fail && !m_answer.complete;
        }
    }
}

/// One JSON value; false when it is none.
bool AnswerReader::readJson(const QByteArray &text)
{
    QJsonParseError error;
    const QJsonDocument json = QJsonDocument::fromJson(text, &error);
    if (json.isObject()) {
        m_protocol.readReply(json.object(), &m_answer);
    } else if (json.isArray() && !json.array().isEmpty()) { // Gemini without alt=sse, or a wrapped error
        for (const QJsonValue &value : json.array()) {
            if (!settled())
                m_protocol.readEvent({}, value.toObject(), &m_answer);
        }
    } else {
        m_cut = error.error != QJsonParseError::NoError && error.offset >= text.size() - 1; // it stops in the middle
        return false;
    }
    return true;
}

/// Ollama's own stream: an object a line.
bool AnswerReader::readLines()
{
    const QList<QByteArray> lines = m_body.split('\n');
    if (lines.size() < 2 || !QJsonDocument::fromJson(lines.first()).isObject())
        return false;
    for (const QByteArray &line : lines) {
        if (settled() || line.trimmed().isEmpty())
            continue;
        const QJsonDocument json = QJsonDocument::fromJson(line);
        if (json.isObject()) {
            m_protocol.readEvent({}, json.object(), &m_answer);
        } else if (&line == &lines.last()) {
            m_cut = true;
        } else {
            ++m_answer.undecodable;
            m_malformed |= m_undecodable == Undecodable::Fail;
        }
    }
    m_cut = !m_answer.complete;
    return true;
}

void AnswerReader::readBody()
{
    m_page = m_body.startsWith('<');
    if (!readJson(m_body) && !readLines())
        m_malformed = !m_cut || !m_body.startsWith('['); // an array is a stream; one object came as the server meant it
    m_body.clear();
}

/// The limit on tokens ended it: empty is then no fault of the provider.
static bool endedByLength(const QString &reason)
{
    static constexpr std::array reasons{"length", "max_tokens", "MAX_TOKENS", "model_length", "max_output_tokens"};
    return std::any_of(reasons.begin(), reasons.end(), [&](const char *r) { return reason == QLatin1String(r); });
}

std::optional<FailureFacts> AnswerReader::fault() const
{
    if (m_answer.failure)
        return m_answer.failure;
    FailureFacts facts{.status = 200};
    const bool noContent = m_answer.text.isEmpty() && !m_answer.otherOutput;
    const bool byLength = endedByLength(m_answer.finishReason);
    if (tooLarge()) {
        facts.transport = TransportFailure::TooLarge;
        facts.message = QStringLiteral("The answer is larger than %1 MB.").arg(maxBody >> 20);
    } else if (m_answer.refused) {
        facts.codes = {QStringLiteral("answer:refused")};
        facts.message = QStringLiteral("The provider refused the content (%1).").arg(m_answer.detail.isEmpty() ? m_answer.finishReason : m_answer.detail);
    } else if (m_malformed) {
        facts.malformed = true;
        facts.html = m_page;
        facts.message = m_page ? QStringLiteral("The answer is an HTML page instead of JSON.")
            : m_cut ? QStringLiteral("The answer's JSON stops in the middle.") : QStringLiteral("The answer could not be decoded.");
    } else if (!m_answer.complete && !m_endMark) {
        facts.streamCut = m_shape != Shape::Body || m_cut || !m_answer.text.isEmpty();
        facts.malformed = !facts.streamCut;
        facts.message = facts.streamCut ? QStringLiteral("The answer ended before its end mark.") : QStringLiteral("The answer has none of the expected fields.");
    } else if (noContent && byLength && m_answer.tokensOut == 0) { // some servers say an overflow so
        facts.codes = {QStringLiteral("context_length_exceeded")};
        facts.message = QStringLiteral("The prompt leaves no room for an answer.");
    } else if (noContent && !byLength) {
        facts.empty = true;
        facts.message = QStringLiteral("The answer is empty.");
    } else {
        return std::nullopt;
    }
    return facts;
}

} // namespace retryscope
