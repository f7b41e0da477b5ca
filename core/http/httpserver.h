// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "http/requestparser.h"

#include <QTcpServer>

#include <functional>
#include <memory>
#include <optional>

class QSslConfiguration;

namespace retryscope {

/// What becomes of a client while it is answered. Called on the thread of the server, never from inside a member of the
/// responder; may be empty.
struct ClientWatch
{
    std::function<void()> drained; ///< it has taken what was kept for it, but for a quarter of writeBacklog
    std::function<void()> gone;    ///< it left, or was cut for taking nothing, before the answer's end; once
};

/// Answers one request, once: by send, by beginStream, writeChunk and endStream, or by cut.
/// On the thread of the server. Safe to use after the client has left: everything is then ignored. Dropped without an
/// answer, it aborts the connection.
class Responder
{
public:
    virtual ~Responder() = default;
    virtual void send(int status, const HttpHeaders &headers, const QByteArray &body) = 0;
    /// An answer in pieces follows. Without a length each writeChunk goes out as one chunk; to a client of HTTP/1.0 the
    /// bytes go out plain, and the connection ends with them. With a length they go out plain, and so many are owed.
    virtual void beginStream(int status, const HttpHeaders &headers, std::optional<qint64> length = {}) = 0;
    virtual void writeChunk(const QByteArray &bytes) = 0;
    /// As writeChunk, for who writes no more in this round of the event loop: it goes out at once where the client takes it.
    virtual void writeChunkNow(const QByteArray &bytes) = 0;
    virtual void endStream() = 0;
    /// Breaks off whatever was being sent: closes after it, or resets at once.
    enum class Cut : quint8 { Close, Reset };
    virtual void cut(Cut how) = 0;
    virtual bool clientGone() const = 0;
    /// Bytes that were written and wait for the client to take them.
    virtual qint64 backlog() const = 0;
    /// Replaces the watch before.
    virtual void watch(ClientWatch watch) = 0;
};
using ResponderPtr = std::shared_ptr<Responder>;
/// Called on the thread of the server; may answer at once or later.
using RequestHandler = std::function<void(const ServedRequest &, const ResponderPtr &)>;

/// | field        | what                                                              | unit  | default | beyond it            |
/// | connections  | at once; at most half of the descriptors that the process may have | count | 512     | an idle one goes, else 503 |
/// | headBytes    | the head of a request                                              | bytes | 16 KB   | 431                  |
/// | bodyBytes    | one request's body                                                 | bytes | 4 MB    | 413                  |
/// | bodiesBytes  | bodies over 64 KB that are being received, all together             | bytes | 64 MB   | the next one waits   |
/// | readAhead    | read of a client while its request is being answered                | bytes | 64 KB   | waits with the client |
/// | writeBacklog | answers that a client has not read, before its next request is read | bytes | 256 KB  | waits with the client |
/// | idleTime     | between two requests                                               | time  | 30 s    | closed               |
/// | headTime     | for a whole head, from its first byte or the connection             | time  | 10 s    | 408                  |
/// | bodyTime     | for each 4 KB of a body, or its end                                | time  | 10 s    | 408                  |
/// | writeTime    | without a byte that the client takes of its answer                  | time  | 30 s    | aborted              |
/// | hosts        | further names that a Host header may have, in lower case; *.example.org: any one name before it | names | none | 421 |
/// | admits       | a head with a body over 64 KB; false: handled without it, and closed |       | all     |                      |
/// | wording      | headers and body of what the server refuses by itself              |       | JSON    |                      |
/// | tls          | encrypts every connection; the handshake has headTime                 |       | none    | cut                  |
/// | refused      | told of each request that the server refused by itself, with what was read of it |       | nobody  |       |
///
/// Without hosts a Host header may name the address that the connection came to; on loopback, localhost too.
struct HttpServerOptions
{
    int connections = 512;
    qint64 headBytes = RequestParser::headerLimit;
    qint64 bodyBytes = RequestParser::bodyLimit;
    qint64 bodiesBytes = 64 << 20;
    qint64 readAhead = 64 << 10;
    qint64 writeBacklog = 256 << 10;
    Duration idleTime = 30s;
    Duration headTime = 10s;
    Duration bodyTime = 10s;
    Duration writeTime = 30s;
    QByteArrayList hosts;
    std::function<void(int status, const ServedRequest &request)> refused;
    std::function<bool(const ServedRequest &head)> admits;
    std::function<std::pair<HttpHeaders, QByteArray>(int status, const QByteArray &problem, const ServedRequest &request)>
        wording;
    std::shared_ptr<const QSslConfiguration> tls;
};

/// A small HTTP/1.1 server, bounded by its options whatever its clients do. Malformed requests get 400 with
/// a sentence, a foreign Host 421 (a web page could have sent it). Keep-alive, pipelining and Expect: 100-continue are
/// honoured; one request of a connection at a time. Out of descriptors, it pauses and tries again.
class HttpServer : public QTcpServer
{
    Q_OBJECT
public:
    explicit HttpServer(RequestHandler handler, QObject *parent = nullptr)
        : HttpServer(std::move(handler), HttpServerOptions{}, parent)
    {}
    HttpServer(RequestHandler handler, HttpServerOptions options, QObject *parent = nullptr);
    ~HttpServer() override;

    /// For connections from now on; those that are there go on with what they have. Only where there was a tls before.
    void setTls(std::shared_ptr<const QSslConfiguration> tls, const QByteArrayList &hosts);
    /// Listens no more and closes each connection behind the answer that it is at. drained() follows, at once (queued) where
    /// there is none.
    void drain();
    /// Connections that are open.
    int connections() const;

signals:
    void drained();

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    void makeRoom();

    std::shared_ptr<struct HttpServerState> m_state; ///< with the connections
};

} // namespace retryscope
