// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/requestparser.h"

#define BOOST_BEAST_USE_STD_STRING_VIEW
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <cctype>
#include <cstring>

namespace retryscope {

namespace http = boost::beast::http;

struct RequestParser::State
{
    http::request_parser<http::string_body> parser;
    qsizetype searched = 0; ///< of the input, for the end of the head
    QByteArray body;          ///< of a chunked request
    qsizetype chunkLeft = -1; ///< of the running chunk; -1: its size comes next
    bool inTrailer = false;
    qsizetype trailer = 0;    ///< bytes of it so far
};

namespace {

constexpr qsizetype sizeLineLimit = 1024;

/// A bare end of line above all: to another reader it would be the end of this one.
bool hasControls(QByteArrayView line)
{
    return std::any_of(line.begin(), line.end(), [](char c) { return (uchar(c) < 0x20 && c != '\t') || c == 0x7f; });
}

/// A field of a trailer; what is none could be a request to another reader.
bool isField(const QByteArray &line)
{
    const qsizetype colon = line.indexOf(':');
    return colon > 0 && isHeaderToken(line.first(colon)) && !hasControls(line);
}

/// The size of a chunk from its line, without extensions; -1: not one, or absurd.
qsizetype chunkSize(QByteArrayView line)
{
    const qsizetype semicolon = line.indexOf(';');
    QByteArrayView digits = semicolon < 0 ? line : line.first(semicolon);
    while (digits.endsWith(' ') || digits.endsWith('\t'))
        digits.chop(1);
    if (hasControls(line))
        return -1;
    bool ok = !digits.isEmpty() && digits.size() <= 8 && std::all_of(digits.begin(), digits.end(), [](char c) {
        return std::isxdigit(static_cast<unsigned char>(c));
    });
    const qsizetype size = ok ? digits.toByteArray().toLongLong(&ok, 16) : -1;
    return ok ? size : -1;
}

/// A target as a proxy is given it, http://host/path: the path alone, and the Host that it names, which counts more than the
/// header (RFC 9112, 3.2.2). False: it names none.
bool takeHostFromTarget(ServedRequest *request)
{
    const QByteArray begin = request->target.left(8).toLower();
    const qsizetype from = begin.startsWith("http://") ? 7 : begin == "https://" ? 8 : 0;
    if (from == 0)
        return true;
    qsizetype end = from;
    while (end < request->target.size() && !std::strchr("/?#", request->target[end]))
        ++end;
    const QByteArray host = request->target.mid(from, end - from);
    request->target.remove(0, end);
    if (!request->target.startsWith('/'))
        request->target.prepend('/');
    for (auto &[name, value] : request->headers) {
        if (name.compare("host", Qt::CaseInsensitive) == 0)
            value = host;
    }
    return !host.isEmpty() && !host.contains('@');
}

} // namespace

RequestParser::RequestParser(quint64 largestBody, quint32 largestHead)
    : m_largestBody(largestBody), m_largestHead(largestHead)
{
    restart();
}
RequestParser::~RequestParser() = default;

void RequestParser::restart()
{
    m_state = std::make_unique<State>();
    m_state->parser.header_limit(m_largestHead);
    m_state->parser.body_limit(m_largestBody);
    m_state->parser.eager(true);
}

void RequestParser::feed(QByteArrayView bytes)
{
    if (m_error == 0)
        m_input.append(bytes);
}

/// Beast judges a head by how it was split (a bare CR is refused or waited for), so it gets each head whole and alone.
bool RequestParser::headIsRead()
{
    if (m_state->parser.is_header_done())
        return true;
    while (m_input.startsWith("\r\n")) { // some clients end a body with one (RFC 9112, 2.2)
        m_input.remove(0, 2);
        m_state->searched = 0;
    }
    if (!m_input.isEmpty()
        && (quint8(m_input[0]) >= 0x7f || (quint8(m_input[0]) < 0x20 && m_input[0] != '\r' && m_input[0] != '\n'))) {
        refuse(400, "This is not HTTP. To a port without TLS write http://, not https://.");
        return false;
    }
    const qsizetype end = m_input.indexOf("\r\n\r\n", std::max<qsizetype>(0, m_state->searched - 3));
    m_state->searched = m_input.size();
    if (end < 0 ? m_input.size() > qsizetype(m_largestHead) : end + 4 > qsizetype(m_largestHead)) {
        refuse(431, "The head of the request is too large.");
    } else if (end >= 0) {
        put(end + 4);
        if (m_error == 0 && !m_state->parser.is_header_done())
            refuse(400);
        else if (m_error == 0)
            checkHead();
    }
    return m_error == 0 && m_state->parser.is_header_done();
}

/// Beast takes what a second reader of the same bytes could understand differently.
void RequestParser::checkHead()
{
    const auto &message = m_state->parser.get();
    const auto hosts = message.count(http::field::host), codings = message.count(http::field::transfer_encoding);
    if (const auto expected = message[http::field::expect];
        message.version() >= 11 && !expected.empty() && !boost::beast::iequals(expected, "100-continue"))
        return refuse(417, "The only Expect that is understood is 100-continue.");
    if (hosts > 1 || (hosts == 0 && message.version() >= 11))
        return refuse(400, hosts ? "The request names more than one Host." : "The request names no Host.");
    if (codings == 0)
        return;
    if (message.version() < 11)
        return refuse(400, "HTTP/1.0 knows no Transfer-Encoding.");
    if (message.count(http::field::content_length) > 0)
        return refuse(400, "The request has both a Content-Length and a Transfer-Encoding.");
    if (codings > 1 || !boost::beast::iequals(message[http::field::transfer_encoding], "chunked"))
        refuse(501, "The only Transfer-Encoding that is understood is chunked.");
}

qint64 RequestParser::pendingBody() const
{
    const auto &parser = m_state->parser;
    if (m_error != 0 || !parser.is_header_done())
        return 0;
    const auto length = parser.content_length();
    return parser.chunked() ? qint64(m_largestBody) : length ? qint64(*length) : 0;
}

bool RequestParser::expectsContinue() const
{
    const auto &parser = m_state->parser;
    return m_error == 0 && parser.is_header_done() && parser.get().version() >= 11
           && boost::beast::iequals(parser.get()[http::field::expect], "100-continue");
}

/// Hands the next `length` bytes to the parser; false when it wants more than it got, or refuses.
bool RequestParser::put(qsizetype length)
{
    boost::beast::error_code error;
    const std::size_t used =
        m_state->parser.put(boost::asio::const_buffer(m_input.constData(), std::size_t(length)), error);
    m_input.remove(0, qsizetype(used));
    if (error && error != http::error::need_more)
        error == http::error::header_limit ? refuse(431, "The head of the request is too large.")
            : error == http::error::body_limit ? refuse(413, "The body of the request is too large.") : refuse(400);
    return !error && used > 0;
}

void RequestParser::refuse(int status, const char *problem)
{
    m_error = status;
    m_problem = problem;
    m_input.clear();
}

/// Takes the line that the input begins with; none: it is not there yet. `limit` bytes at most, else `status`.
std::optional<QByteArray> RequestParser::takeLine(qsizetype limit, int status)
{
    const qsizetype end = m_input.indexOf("\r\n");
    if (end < 0 ? m_input.size() > limit + 1 : end > limit)
        refuse(status);
    if (end < 0 || m_error != 0)
        return std::nullopt;
    const QByteArray line = m_input.left(end);
    m_input.remove(0, end + 2);
    return line;
}

/// Beast's own reader of chunks trips over some of them when they come in pieces. True when the body is whole.
bool RequestParser::chunksAreRead()
{
    State &s = *m_state;
    for (;;) {
        if (s.inTrailer) {
            const auto line = takeLine(qsizetype(m_largestHead) - s.trailer, 431);
            if (!line || line->isEmpty())
                return line.has_value();
            s.trailer += line->size() + 2;
            if (!isField(*line)) {
                refuse(400, "A line behind the last chunk is no header field.");
                return false;
            }
        } else if (s.chunkLeft < 0) {
            const auto line = takeLine(sizeLineLimit, 400);
            if (!line)
                return false;
            s.chunkLeft = chunkSize(*line);
            s.inTrailer = s.chunkLeft == 0;
            if (s.chunkLeft < 0)
                refuse(400);
            else if (s.body.size() + s.chunkLeft > qsizetype(m_largestBody))
                refuse(413, "The body of the request is too large.");
            if (m_error != 0)
                return false;
        } else {
            const qsizetype taken = std::min(s.chunkLeft, m_input.size());
            s.body.append(m_input.constData(), taken);
            m_input.remove(0, taken);
            s.chunkLeft -= taken;
            if (s.chunkLeft > 0 || m_input.size() < 2)
                return false;
            if (!m_input.startsWith("\r\n")) {
                refuse(400);
                return false;
            }
            m_input.remove(0, 2);
            s.chunkLeft = -1;
        }
    }
}

bool RequestParser::bodyIsRead()
{
    auto &parser = m_state->parser;
    if (parser.chunked())
        return chunksAreRead();
    while (!m_input.isEmpty() && !parser.is_done() && put(m_input.size())) { }
    return m_error == 0 && parser.is_done();
}

ServedRequest RequestParser::head() const
{
    ServedRequest request = written();
    takeHostFromTarget(&request); // one that names none is refused once it is whole
    return request;
}

/// Without its body.
ServedRequest RequestParser::written() const
{
    const auto &message = m_state->parser.get();
    const auto bytes = [](auto view) { return QByteArray(view.data(), qsizetype(view.size())); };
    ServedRequest request{bytes(message.method_string()), bytes(message.target()), {}, {}};
    for (const auto &field : message)
        request.headers.append({bytes(field.name_string()), bytes(field.value())});
    return request;
}

std::optional<ServedRequest> RequestParser::next()
{
    if (m_error != 0 || !headIsRead() || !bodyIsRead())
        return std::nullopt;
    auto &parser = m_state->parser;
    const auto &message = parser.get();
    ServedRequest request = written();
    request.body = parser.chunked() ? m_state->body : QByteArray::fromStdString(message.body());
    if (!takeHostFromTarget(&request)) {
        refuse(400, "The address names no host, or a user with it.");
        return std::nullopt;
    }
    m_keepAlive = message.keep_alive();
    m_version = int(message.version());
    restart();
    return request;
}

} // namespace retryscope
