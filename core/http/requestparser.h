// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/httpheaders.h"

#include <memory>
#include <optional>

namespace retryscope {

/// One request that a client made of us.
struct ServedRequest
{
    QByteArray method;
    QByteArray target;  ///< path and query, still encoded; of http://host/path too, whose host is then the Host header's
    HttpHeaders headers;
    QByteArray body;
};

/// Reads HTTP/1.1 requests from the bytes of one connection, split anywhere and pipelined or not. Knows no socket and
/// no time. Refuses what two readers could understand differently: more than one Host, in HTTP/1.1 none; a length beside
/// a transfer coding; a coding other than chunked, or any in HTTP/1.0. On any thread, one at a time.
class RequestParser
{
public:
    static constexpr quint32 headerLimit = 16 << 10; ///< bytes, by default; beyond it error() is 431
    static constexpr quint64 bodyLimit = 4 << 20;    ///< bytes, by default; beyond it error() is 413

    explicit RequestParser(quint64 largestBody = bodyLimit, quint32 largestHead = headerLimit);
    ~RequestParser();
    /// Ignored once error() is set.
    void feed(QByteArrayView bytes);
    /// The next whole request, in order of arrival; none while bytes are missing or once error() is set.
    std::optional<ServedRequest> next();
    /// The status to refuse the connection with: 400, 413, 417, 431 or 501; 0 while nothing is wrong. Final.
    int error() const { return m_error; }
    /// A sentence about the error.
    QByteArray problem() const { return m_problem; }
    /// Bytes of a further request are there.
    bool hasInput() const { return !m_input.isEmpty(); }
    /// What the body may still grow to, once the head is read and while the body is missing; 0 else. Bytes.
    qint64 pendingBody() const;
    /// The request that is being read, without its body: as much of it as its head has told so far.
    ServedRequest head() const;
    /// The head is read and wants "100 Continue" before its body comes.
    bool expectsContinue() const;
    /// Whether the request returned last leaves the connection open.
    bool keepAlive() const { return m_keepAlive; }
    /// Of the request returned last: 10 or 11.
    int version() const { return m_version; }

private:
    struct State;
    void restart();
    ServedRequest written() const;
    bool headIsRead();
    bool put(qsizetype length);
    bool bodyIsRead();
    bool chunksAreRead();
    std::optional<QByteArray> takeLine(qsizetype limit, int status);
    void checkHead();
    void refuse(int status, const char *problem = "The request cannot be read.");

    quint64 m_largestBody;
    quint32 m_largestHead;
    std::unique_ptr<State> m_state; ///< of the request being read
    QByteArray m_input;
    int m_error = 0;
    QByteArray m_problem;
    bool m_keepAlive = true;
    int m_version = 11;
};

} // namespace retryscope
