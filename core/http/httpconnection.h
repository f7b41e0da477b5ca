// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/clientsocket.h"
#include "http/httpserver.h"

#include <QPointer>
#include <QTimer>

#include <deque>

namespace retryscope {

class HttpConnection;
class SocketSet;

/// What the connections of a server share.
struct HttpServerState
{
    RequestHandler handler;
    HttpServerOptions options;
    qint64 bodies = 0; ///< bytes granted to bodies that are being received
    std::deque<QPointer<HttpConnection>> waiting; ///< for some of them, in order of arrival
    int connections = 0;
    bool draining = false;
    std::function<void()> left; ///< a connection has gone
    std::shared_ptr<SocketSet> sockets; ///< of those without TLS, while there are connections

    /// Gives back what a body had, and lets the next ones in.
    void release(qint64 bytes);
};

/// One client. Reads only what it may keep: nothing while an answer is on its way, nor while the client leaves answers
/// unread, nor while too many bodies are being received. Over TLS what waits encrypted counts as unread too.
class HttpConnection final : public QObject, private ClientSocket::Owner
{
public:
    HttpConnection(std::shared_ptr<HttpServerState> state, qintptr descriptor, QObject *parent);
    ~HttpConnection() override;
    /// Between two requests: it may be closed without harm.
    bool isIdle() const { return m_phase == Phase::Idle; }
    qint64 idleSince() const { return m_idleSince; }
    bool isConnected() const { return m_socket->isConnected(); }
    /// Bytes that the client has not taken yet, encrypted or not.
    qint64 backlog() const { return m_socket->backlog(); }
    /// Behind what is still to be written; at once where a handshake is not through.
    void leave();
    void abort() { m_socket->abort(); }
    void refuse(int status, const QByteArray &problem, const ServedRequest &request = {});
    void parseLater() { QTimer::singleShot(0, this, [this] { parse(); }); }

    void writeHead(int status, const HttpHeaders &headers, const QByteArray &framing);
    void beginStream(int status, const HttpHeaders &headers, std::optional<qint64> length);
    void writeBody(const QByteArray &bytes);
    void writeChunk(const QByteArray &bytes);
    void writeChunkNow(const QByteArray &bytes);
    void endStream();
    void answered();
    void resetHard();
    void watch(ClientWatch watch) { m_watch = std::move(watch); }
    /// Leaves now where it is idle, else behind its answer.
    void drain();

private:
    enum class Phase { Idle, Head, Body, Answering, Draining };
    void enter(Phase phase);
    void arm(Duration time);
    void disarm();
    void parse();
    void discard();
    qint64 readSome();
    std::optional<ServedRequest> readRequest();
    bool mayRead();
    bool isTurnedAway();
    bool isForeign(const ServedRequest &request);
    void writeFramed(const QByteArray &bytes);
    void onTimer();
    void onTimeout();
    void tellGone();

    void onReadable() override { parse(); }
    void onWritten() override;
    void onGone() override;
    void onReady() override { enter(m_phase); } // its time begins now
    bool awaitsInput() const override;

    std::shared_ptr<HttpServerState> m_state;
    std::unique_ptr<ClientSocket> m_socket;
    RequestParser m_parser;
    QTimer m_timer;     ///< fires at m_fires, which may be before m_due
    qint64 m_fires = 0; ///< ns, steady
    qint64 m_due;       ///< ns, steady: when the phase's time is over
    Phase m_phase = Phase::Draining;
    qint64 m_idleSince = 0;
    qint64 m_granted = 0;  ///< of the bodies' budget
    qint64 m_received = 0; ///< of the body since the timer was set
    QByteArray m_ownHost;  ///< a Host header that named this server
    bool m_waits = false;  ///< for the budget
    bool m_keepAlive = true;
    bool m_newClient = true; ///< speaks HTTP/1.1
    bool m_chunked = true;   ///< the answer is
    bool m_headOnly = false; ///< HEAD: no body follows
    bool m_bodyIgnored = false; ///< of the request that is answered: it may still come
    bool m_continued = false; ///< the request that comes was told to go on
    ClientWatch m_watch;      ///< of the request that is answered
};

ResponderPtr makeResponder(HttpConnection *connection);

} // namespace retryscope
