// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/requestparser.h"

#include <QTcpServer>

#include <functional>
#include <memory>

namespace retryscope {

/// Answers one request, once: by send, by beginStream, writeChunk and endStream, or by one of the three that break it.
/// On the thread of the server. Safe to use after the client has left: everything is then ignored. Dropped without an
/// answer, it aborts the connection.
class Responder
{
public:
    virtual ~Responder() = default;
    virtual void send(int status, const HttpHeaders &headers, const QByteArray &body) = 0;
    /// A chunked answer follows; each writeChunk goes out as one chunk.
    virtual void beginStream(int status, const HttpHeaders &headers) = 0;
    virtual void writeChunk(const QByteArray &bytes) = 0;
    virtual void endStream() = 0;
    /// Announces more than it sends, then closes.
    virtual void sendTruncated(int status, const HttpHeaders &headers, const QByteArray &body) = 0;
    /// TCP reset.
    virtual void reset() = 0;
    /// Closes in the middle of whatever was being sent.
    virtual void closeAbruptly() = 0;
    virtual bool clientGone() const = 0;
};
using ResponderPtr = std::shared_ptr<Responder>;
/// Called on the thread of the server; may answer at once or later.
using RequestHandler = std::function<void(const ServedRequest &, const ResponderPtr &)>;

/// A small HTTP/1.1 server on 127.0.0.1. Limits: header 16 KB (431), body 4 MB (413), 30 s without a byte.
/// Malformed requests get 400. At most 256 KB of what a client sends ahead are read. Keep-alive and pipelining are
/// honoured; one request of a connection at a time.
class HttpServer : public QTcpServer
{
    Q_OBJECT
public:
    explicit HttpServer(RequestHandler handler, QObject *parent = nullptr);

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    RequestHandler m_handler;
};

} // namespace retryscope
