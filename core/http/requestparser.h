// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/transport.h"

#include <memory>
#include <optional>

namespace retryscope {

/// One request that a client made of us.
struct ServedRequest
{
    QByteArray method;
    QByteArray target;  ///< path and query, still encoded
    HttpHeaders headers;
    QByteArray body;
};

/// Reads HTTP/1.1 requests from the bytes of one connection, split anywhere and pipelined or not. Knows no socket and
/// no time. Limits: headers 16 KB, body 4 MB. On any thread, one at a time.
class RequestParser
{
public:
    static constexpr quint32 headerLimit = 16 << 10; ///< bytes; beyond it error() is 431
    static constexpr quint64 bodyLimit = 4 << 20;    ///< bytes; beyond it error() is 413

    RequestParser();
    ~RequestParser();
    /// Ignored once error() is set.
    void feed(QByteArrayView bytes);
    /// The next whole request, in order of arrival; none while bytes are missing or once error() is set.
    std::optional<ServedRequest> next();
    /// The status to refuse the connection with: 400, 413 or 431; 0 while nothing is wrong. Final.
    int error() const { return m_error; }
    /// Whether the request returned last leaves the connection open.
    bool keepAlive() const { return m_keepAlive; }

private:
    struct State;
    void restart();
    bool headIsRead();
    bool put(qsizetype length);
    bool bodyIsRead();
    bool chunksAreRead();
    std::optional<QByteArray> takeLine(qsizetype limit, int status);
    void refuse(int status);

    std::unique_ptr<State> m_state; ///< of the request being read
    QByteArray m_input;
    int m_error = 0;
    bool m_keepAlive = true;
};

} // namespace retryscope
