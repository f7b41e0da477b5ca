// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/answerreader.h"

#include "base/text.h"
#include "protocols/writtenjson.h"

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
    m_quiet += bytes.size();
    if (tooLarge() || settled())
        return {};
    if (m_shape == Shape::Unknown) {
        bytes = skipPreamble(bytes);
        if (bytes.isEmpty())
            return {};
        const char c = bytes.front();
        m_shape = c == '[' ? Shape::Array : c == '{' || c == '<' ? Shape::Body : Shape::Events;
    }
    if (m_shape == Shape::Body) {
        m_body.append(bytes);
        return {};
    }
    const qsizetype before = m_answer.text.size();
    const int pieces = m_answer.pieces;
    if (m_shape == Shape::Array)
        readElements(bytes);
    else
        read(m_sse.feed(bytes));
    if (m_answer.pieces != pieces)
        m_quiet = 0;
    if (!settled() && m_protocol.isEndMark(m_sse.pending())) // its event may never be closed
        m_endMark = true;
    return m_answer.text.sliced(before);
}

/// The first bytes of a stream that was cut within its first word.
static bool startsAField(const QByteArray &text)
{
    static constexpr std::array<QByteArrayView, 4> fields{"data", "event", "id", "retry"};
    return std::any_of(fields.begin(), fields.end(),
                       [word = text.trimmed()](QByteArrayView field) { return field.startsWith(word); });
}

QString AnswerReader::end(AnswerEnd how)
{
    const qsizetype before = m_answer.text.size();
    if (m_end == AnswerEnd::None)
        m_end = how;
    if (tooLarge() || settled())
        return {};
    if (m_shape == Shape::Body) {
        readBody();
        return m_answer.text.sliced(before);
    }
    if (m_shape == Shape::Array) {
        m_cut = true;
        if (m_array.isInside())
            cutOff();
        return {};
    }
    QVector<SseEvent> rest = m_sse.end();
    const qsizetype whole = std::max<qsizetype>(rest.size() - 1, 0);
    read(rest.first(whole));
    m_open = true; // the last one never ended
    read(rest.sliced(whole));
    if (!m_answer.failure && !m_answer.complete && !m_endMark && !m_sse.unframed().isEmpty()
        && !readUnframed(m_sse.unframed()))
        m_malformed = !m_sawEvent && !startsAField(m_sse.unframed()); // text that is neither events nor JSON
    return m_answer.text.sliced(before);
}

void AnswerReader::read(const QVector<SseEvent> &events)
{
    for (const SseEvent &event : events) {
        if (settled())
            return;
        m_sawEvent = true;
        if (!readData(event.name, event.data))
            m_open ? cutOff() : skipped();
    }
}

void AnswerReader::readElements(QByteArrayView bytes)
{
    for (const QByteArray &element : m_array.feed(bytes)) {
        if (settled())
            return;
        const QJsonDocument json = withArgumentsAsText(element);
        m_sawEvent |= json.isObject();
        json.isObject() ? take({}, json.object()) : skipped();
    }
    if (!m_array.closed() || settled())
        return;
    m_endMark = true;
    m_malformed |= !m_sawEvent;
}

/// A piece of an event at the very end is a cut, not a fault of its own.
void AnswerReader::cutOff()
{
    if (m_end == AnswerEnd::Closed)
        m_end = AnswerEnd::Reset;
}

void AnswerReader::skipped()
{
    ++m_answer.unreadable;
    m_malformed |= m_undecodable == Undecodable::Fail;
}

/// The data of one event; false where nothing of it could be read.
bool AnswerReader::readData(const QByteArray &name, const QByteArray &data)
{
    if (m_protocol.isEndMark(data)) {
        m_endMark = true;
        return true;
    }
    const QJsonDocument json = withArgumentsAsText(data);
    if (json.isObject()) {
        take(name, json.object());
        return true;
    }
    if (data.trimmed().isEmpty() || readLinesOf(name, data))
        return true;
    if (name != "error")
        return false;
    const QString text = json.isNull() ? QString::fromUtf8(data) // words alone, bare or as a JSON string
                                       : json.array().first().toString();
    take(name, QJsonObject{{QStringLiteral("error"), text.trimmed()}});
    return true;
}

/// Lines that are no field of an event: JSON alone, or behind the word that old llama.cpp puts before its errors.
bool AnswerReader::readUnframed(const QByteArray &text)
{
    static constexpr QByteArrayView word("error:");
    if (!text.startsWith(word))
        return readJson(text);
    const QByteArray said = text.sliced(word.size()).trimmed();
    const QJsonDocument json = QJsonDocument::fromJson(said);
    const QJsonValue error = json.isObject() ? QJsonValue(json.object()) : QJsonValue(QString::fromUtf8(said));
    take("error", QJsonObject{{QStringLiteral("error"), error}});
    return true;
}

/// Some relays keep events apart by one line end only, or put the prefix on twice.
bool AnswerReader::readLinesOf(const QByteArray &name, const QByteArray &data)
{
    const QList<QByteArray> lines = data.split('\n');
    int good = 0, bad = 0;
    bool lastIsBad = false;
    for (qsizetype i = 0; i < lines.size() && !settled(); ++i) {
        QByteArray line = lines[i].trimmed();
        while (line.startsWith("data:"))
            line = line.sliced(5).trimmed();
        const QJsonDocument json = withArgumentsAsText(line);
        m_endMark = m_protocol.isEndMark(line);
        if (json.isObject())
            take(i + 1 == lines.size() ? name : QByteArray(), json.object());
        good += m_endMark || json.isObject();
        if (line.isEmpty())
            continue;
        lastIsBad = !m_endMark && !json.isObject();
        bad += lastIsBad;
    }
    if (good > 0 && lastIsBad && m_open) {
        cutOff();
        --bad;
    }
    for (; good > 0 && bad > 0; --bad)
        skipped();
    return good > 0;
}

/// One object of a stream. Output that follows a finish reason takes it back.
void AnswerReader::take(const QByteArray &name, const QJsonObject &object)
{
    const bool finished = std::exchange(m_answer.complete, false);
    const int before = m_answer.pieces;
    m_protocol.readEvent(name, object, &m_answer);
    const bool grew = m_answer.pieces != before;
    m_prolonged |= finished && grew;
    m_answer.complete |= finished && !grew;
}

/// One JSON value; false when it is none.
bool AnswerReader::readJson(const QByteArray &text)
{
    const QJsonDocument json = withArgumentsAsText(text);
    if (json.isObject()) {
        m_protocol.readReply(json.object(), &m_answer);
    } else if (json.isArray() && !json.array().isEmpty()) { // a wrapped error
        for (const QJsonValue &value : json.array()) {
            if (settled())
                break;
            value.isObject() ? take({}, value.toObject()) : skipped();
        }
    } else {
        QJsonParseError error;
        QJsonDocument::fromJson(text, &error);
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
        const QJsonDocument json = withArgumentsAsText(line);
        if (json.isObject())
            take({}, json.object());
        else if (&line == &lines.last())
            m_cut = true;
        else
            skipped();
    }
    m_cut = !m_answer.complete;
    return true;
}

void AnswerReader::readBody()
{
    m_page = m_body.startsWith('<');
    m_wholeBody = readJson(m_body);
    if (!m_wholeBody && !readLines())
        m_malformed = true;
    m_body.clear();
}

AnswerTraits AnswerReader::traits() const
{
    AnswerTraits traits = m_answer;
    if (traits.finish == Finish::Stop && traits.toolCalls)
        traits.finish = Finish::ToolCalls;
    if (m_answer.refused && traits.finish != Finish::ContentFilter)
        traits.finish = Finish::Refusal;
    traits.openChoices = int(std::count_if(m_answer.content.others.begin(), m_answer.content.others.end(),
                                           [](const AnswerChoice &c) { return c.finishReason.isEmpty(); }));
    traits.end = m_endMark || m_answer.ended || (m_wholeBody && m_answer.complete) ? AnswerEnd::Mark : m_end;
    return traits;
}

bool AnswerReader::whole() const
{
    const bool reasoned = !m_answer.finishReason.isEmpty();
    if (m_wholeBody)
        return m_answer.complete || m_answer.ended || reasoned;
    if (m_endMark || m_answer.ended)
        return reasoned || m_rule != EndRule::Protocol;
    if (m_rule == EndRule::Connection && m_end == AnswerEnd::Closed)
        return m_shape == Shape::Events || m_shape == Shape::Array;
    const bool closeEnds = m_protocol.endsWithConnection() && m_shape != Shape::Array; // which has an end of its own
    return m_answer.complete && m_answer.othersEnded() && (!m_prolonged || (closeEnds && m_end == AnswerEnd::Closed));
}

FailureFacts AnswerReader::cutFault() const
{
    FailureFacts facts{.status = 200};
    facts.streamCut = m_shape == Shape::Events || m_shape == Shape::Unknown || m_cut || spoke();
    facts.malformed = !facts.streamCut;
    facts.silent = m_size == 0;
    if (facts.malformed)
        facts.message = "The answer has none of the expected fields.";
    else if (m_endMark || m_answer.ended)
        facts.message = "The answer has its end mark but no finish reason, so it may be cut. Where a "
                        "server never gives one, set \"end\": \"mark\" for it.";
    else if (m_prolonged)
        facts.message = "The answer ended without an end mark, and its finish reasons came too early to prove its "
                        "end. Where a server always ends so, set \"end\": \"connection\" for it.";
    else
        facts.message = "The answer ended before its end mark.";
    return facts;
}

/// A whole answer without a word in it.
std::optional<FailureFacts> AnswerReader::emptyFault() const
{
    FailureFacts facts{.status = 200};
    if (!m_answer.text.isEmpty() || m_answer.toolCalls || m_answer.otherOutput)
        return std::nullopt;
    if (m_answer.finish == Finish::Length) {
        if (m_answer.tokensOut != 0 || m_answer.reasoning)
            return std::nullopt; // the caller's limit: no fault of the provider
        facts.codes = {"context_length_exceeded"}; // some servers say an overflow so
        facts.message = "The prompt leaves no room for an answer.";
        return facts;
    }
    facts.empty = true;
    facts.message = m_answer.reasoning ? "The answer holds the model's thoughts and no text." : "The answer is empty.";
    return facts;
}

std::optional<FailureFacts> AnswerReader::fault() const
{
    if (m_answer.failure)
        return m_answer.failure;
    FailureFacts facts{.status = 200};
    if (tooLarge()) {
        facts.transport = TransportFailure::TooLarge;
        facts.message = toUtf8(QStringLiteral("The answer is larger than %1 MB.")
                                   .arg((m_size > maxStream ? maxStream : m_largestBody) >> 20));
    } else if (m_answer.refused) {
        facts.codes = {m_answer.finish == Finish::ContentFilter ? "answer:filtered" : "answer:refused"};
        facts.message = toUtf8(QStringLiteral("The provider refused the content (%1).")
                                   .arg(m_answer.detail.isEmpty() ? m_answer.finishReason : m_answer.detail));
    } else if (m_malformed) {
        facts.malformed = true;
        facts.html = m_page;
        facts.message = m_page                ? "The answer is an HTML page instead of JSON."
                        : m_cut               ? "The answer's JSON stops in the middle."
                        : m_answer.unreadable ? "A part of the answer could not be read."
                                              : "The answer could not be decoded.";
    } else if (!whole()) {
        facts = cutFault();
    } else {
        return emptyFault();
    }
    return facts;
}

} // namespace retryscope
