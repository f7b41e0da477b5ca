// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/requestparser.h"

#define BOOST_BEAST_USE_STD_STRING_VIEW
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace retryscope {

namespace http = boost::beast::http;

struct RequestParser::State
{
    http::request_parser<http::string_body> parser;
    qsizetype searched = 0; ///< of the input, for the end of the head
};

RequestParser::RequestParser() { restart(); }
RequestParser::~RequestParser() = default;

void RequestParser::restart()
{
    m_state = std::make_unique<State>();
    m_state->parser.header_limit(headerLimit);
    m_state->parser.body_limit(bodyLimit);
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
    const qsizetype end = m_input.indexOf("\r\n\r\n", std::max<qsizetype>(0, m_state->searched - 3));
    m_state->searched = m_input.size();
    if (end < 0 ? m_input.size() > qsizetype(headerLimit) : end + 4 > qsizetype(headerLimit)) {
        refuse(431);
    } else if (end >= 0) {
        put(end + 4);
        if (m_error == 0 && !m_state->parser.is_header_done())
            refuse(400);
    }
    return m_error == 0 && m_state->parser.is_header_done();
}

/// Hands the next `length` bytes to the parser; false when it wants more than it got, or refuses.
bool RequestParser::put(qsizetype length)
{
    boost::beast::error_code error;
    const std::size_t used = m_state->parser.put(boost::asio::const_buffer(m_input.constData(), std::size_t(length)), error);
    m_input.remove(0, qsizetype(used));
    if (error && error != http::error::need_more)
        refuse(error == http::error::header_limit ? 431 : error == http::error::body_limit ? 413 : 400);
    return !error && used > 0;
}

void RequestParser::refuse(int status)
{
    m_error = status;
    m_input.clear();
}

std::optional<ServedRequest> RequestParser::next()
{
    if (m_error != 0 || !headIsRead())
        return std::nullopt;
    auto &parser = m_state->parser;
    while (!m_input.isEmpty() && !parser.is_done() && put(m_input.size())) { }
    if (m_error != 0 || !parser.is_done())
        return std::nullopt;
    const auto &message = parser.get();
    const auto bytes = [](auto view) { return QByteArray(view.data(), qsizetype(view.size())); };
    ServedRequest request{bytes(message.method_string()), bytes(message.target()), {}, QByteArray::fromStdString(message.body())};
    for (const auto &field : message)
        request.headers.append({bytes(field.name_string()), bytes(field.value())});
    m_keepAlive = message.keep_alive();
    restart();
    return request;
}

} // namespace retryscope
