// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/responsereader.h"

#include <algorithm>
#include <cctype>

namespace retryscope {
namespace {

bool allDigits(QByteArrayView text, int base)
{
    return !text.isEmpty() && text.size() <= 15 && std::all_of(text.begin(), text.end(), [base](char c) {
        return base == 16 ? std::isxdigit(static_cast<unsigned char>(c)) : std::isdigit(static_cast<unsigned char>(c));
    });
}

QList<QByteArray> listedValues(const HttpHeaders &headers, QByteArrayView name)
{
    QList<QByteArray> values;
    for (const auto &[key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0) {
            for (const QByteArray &one : value.split(','))
                values.append(one.trimmed().toLower());
        }
    }
    return values;
}

} // namespace

void ResponseReader::fail(TransportFailure failure, const char *problem)
{
    m_failure = failure;
    m_problem = QLatin1String(problem);
    m_line.clear();
}

/// Moves bytes into the line; true when it has its end, which is then taken off.
bool ResponseReader::takeLine(QByteArrayView *bytes)
{
    const qsizetype end = bytes->indexOf('\n');
    const QByteArrayView part = end < 0 ? *bytes : bytes->first(end);
    const bool framing = m_state == State::ChunkSize || m_state == State::ChunkEnd;
    m_headSize += framing ? 0 : part.size() + (end >= 0 ? 1 : 0);
    if (framing ? m_line.size() + part.size() > m_limits.line : m_headSize > m_limits.head) {
        if (framing)
            fail(TransportFailure::NotHttp, "The answer's chunks cannot be read.");
        else
            fail(TransportFailure::HeadTooLarge,
                 "The head of the answer is larger than any provider's: reading it was given up.");
        return false;
    }
    m_line.append(part.data(), part.size());
    *bytes = bytes->sliced(end < 0 ? bytes->size() : end + 1);
    if (end >= 0 && m_line.endsWith('\r'))
        m_line.chop(1);
    return end >= 0;
}

qsizetype ResponseReader::feed(QByteArrayView bytes, QByteArray *body)
{
    const qsizetype size = bytes.size();
    const bool hadHead = m_head.has_value();
    while (!bytes.isEmpty() && !failed() && !whole() && hadHead == m_head.has_value()) {
        if (m_state == State::Counted || m_state == State::UntilClose || m_state == State::ChunkData) {
            takeBody(&bytes, body);
            continue;
        }
        const bool complete = takeLine(&bytes);
        if (failed())
            break;
        const bool tooShort = !complete && (m_line == "\r" || m_line == "\x15"); // to tell what it is
        if (m_state == State::Status && !tooShort
            && !QByteArrayView("HTTP/").startsWith(
                QByteArrayView(m_line).first(std::min<qsizetype>(5, m_line.size())))) {
            if (m_line.startsWith("\x15\x03"))
                fail(TransportFailure::WrongScheme, "The server speaks TLS here. Write https:// in base_url.");
            else
                fail(TransportFailure::NotHttp, "The answer is not HTTP.");
            break;
        }
        if (complete) {
            readLine();
            m_line.clear();
        }
    }
    return size - bytes.size();
}

void ResponseReader::readLine()
{
    switch (m_state) {
    case State::Status: return readStatus();
    case State::Headers: return m_line.isEmpty() ? headIsRead() : readHeader();
    case State::ChunkSize: return readChunkSize();
    case State::ChunkEnd:
        if (!m_line.isEmpty())
            return fail(TransportFailure::NotHttp, "The answer's chunks cannot be read.");
        m_state = State::ChunkSize;
        return;
    case State::Trailer:
        if (m_line.isEmpty())
            bodyIsRead();
        return;
    default: return;
    }
}

void ResponseReader::readStatus()
{
    if (m_line.isEmpty())
        return; // some servers send an empty line too much
    const qsizetype space = m_line.indexOf(' ');
    const QByteArray code = space < 0 ? QByteArray() : m_line.mid(space + 1, 3);
    if (!allDigits(code, 10) || code.size() != 3 || code[0] == '0'
        || (m_line.size() > space + 4 && m_line[space + 4] != ' '))
        return fail(TransportFailure::NotHttp, "The answer is not HTTP.");
    m_reading = {code.toInt(), {}};
    m_state = State::Headers;
}

void ResponseReader::readHeader()
{
    if (m_line[0] == ' ' || m_line[0] == '\t') { // folded
        if (!m_reading.headers.isEmpty())
            m_reading.headers.last().second += ' ' + withoutControls(m_line.trimmed());
        return;
    }
    if (const qsizetype colon = m_line.indexOf(':'); colon > 0)
        m_reading.headers.append({m_line.first(colon).trimmed(), withoutControls(m_line.sliced(colon + 1).trimmed())});
}

void ResponseReader::headIsRead()
{
    if (m_reading.status == 101)
        return fail(TransportFailure::NotHttp, "The server wants to speak another protocol than HTTP.");
    if (m_reading.status < 200) {
        if (++m_interim > m_limits.interim)
            return fail(TransportFailure::HeadTooLarge, "The server sent interim answers (1xx) without an end.");
        m_state = State::Status;
        return;
    }
    framing();
    if (failed())
        return;
    if (m_framing == Framing::TakenOff)
        m_state = State::UntilClose;
    m_head = std::move(m_reading);
    const auto encodings = listedValues(m_head->headers, "content-encoding");
    if (!encodings.isEmpty()
        && (encodings.last() == "gzip" || encodings.last() == "x-gzip" || encodings.last() == "deflate"))
        m_inflater.emplace(encodings.last() == "deflate" ? Inflater::Format::Deflate : Inflater::Format::Gzip);
    if (m_state == State::Counted && m_left == 0)
        bodyIsRead();
}

/// How the end of the body is told.
void ResponseReader::framing()
{
    const auto codings = listedValues(m_reading.headers, "transfer-encoding");
    const auto lengths = listedValues(m_reading.headers, "content-length");
    m_state = State::Counted;
    m_left = 0;
    if (m_reading.status == 204 || m_reading.status == 304)
        return;
    if (!codings.isEmpty()) {
        if (codings.size() > 1 || codings.first() != "chunked")
            return fail(TransportFailure::NotHttp, "The answer has a transfer coding that is not known.");
        m_state = State::ChunkSize;
    } else if (lengths.isEmpty()) {
        m_state = State::UntilClose;
    } else if (!allDigits(lengths.first(), 10) || lengths.count(lengths.first()) != lengths.size()) {
        fail(TransportFailure::NotHttp, "The answer's Content-Length is not a number.");
    } else {
        m_left = lengths.first().toLongLong();
    }
}

void ResponseReader::readChunkSize()
{
    const qsizetype semicolon = m_line.indexOf(';');
    const QByteArray digits = (semicolon < 0 ? m_line : m_line.first(semicolon)).trimmed();
    if (!allDigits(digits, 16))
        return fail(TransportFailure::NotHttp, "The answer's chunks cannot be read.");
    m_left = digits.toLongLong(nullptr, 16);
    m_state = m_left == 0 ? State::Trailer : State::ChunkData;
}

void ResponseReader::takeBody(QByteArrayView *bytes, QByteArray *body)
{
    const qsizetype taken =
        m_state == State::UntilClose ? bytes->size() : qsizetype(std::min<qint64>(m_left, bytes->size()));
    const QByteArrayView part = bytes->first(taken);
    if (!m_inflater)
        body->append(part.data(), part.size());
    else if (!m_inflater->feed(part, body))
        fail(TransportFailure::NotHttp, "The compressed answer cannot be read.");
    *bytes = bytes->sliced(taken);
    if (m_state == State::UntilClose)
        return;
    m_left -= taken;
    if (m_left == 0 && m_state == State::ChunkData)
        m_state = State::ChunkEnd;
    else if (m_left == 0 && !failed())
        bodyIsRead();
}

void ResponseReader::bodyIsRead()
{
    if (m_inflater && !m_inflater->atEnd())
        return fail(TransportFailure::Reset, "The compressed answer ends too early.");
    m_state = State::Whole;
}

void ResponseReader::end()
{
    if (whole() || failed())
        return;
    if (m_state == State::UntilClose)
        return bodyIsRead();
    if (m_head)
        fail(TransportFailure::Reset, "The connection was closed before the answer was whole.");
    else if (m_headSize == 0)
        fail(TransportFailure::Reset, "The connection was closed without an answer.");
    else
        fail(TransportFailure::Reset, "The connection was closed within the head of the answer.");
}

} // namespace retryscope
