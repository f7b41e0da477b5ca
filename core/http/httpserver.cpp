// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/httpserver.h"

#include "http/httpconnection.h"

#include <algorithm>

#include <sys/resource.h>

namespace retryscope {
namespace {

constexpr std::chrono::milliseconds acceptPause{200}; ///< when the process has no descriptor left

class ConnectionResponder final : public Responder
{
public:
    explicit ConnectionResponder(HttpConnection *connection) : m_connection(connection) {}
    ~ConnectionResponder() override
    {
        if (m_connection && !m_done) {
            m_connection->watch({});
            m_connection->abort();
        }
    }
    void send(int status, const HttpHeaders &headers, const QByteArray &body) override
    {
        if (!take())
            return;
        m_connection->writeHead(status, headers, "Content-Length: " + QByteArray::number(body.size()) + "\r\n");
        m_connection->writeBody(body);
        m_connection->answered();
    }
    void beginStream(int status, const HttpHeaders &headers, std::optional<qint64> length) override
    {
        if (m_connection && !m_done)
            m_connection->beginStream(status, headers, length);
    }
    void writeChunk(const QByteArray &bytes) override
    {
        if (m_connection && !m_done && !bytes.isEmpty())
            m_connection->writeChunk(bytes);
    }
    void writeChunkNow(const QByteArray &bytes) override
    {
        if (m_connection && !m_done && !bytes.isEmpty())
            m_connection->writeChunkNow(bytes);
    }
    void endStream() override { if (take()) m_connection->endStream(); }
    void cut(Cut how) override
    {
        if (!take())
            return;
        m_connection->watch({});
        how == Cut::Reset ? m_connection->resetHard() : m_connection->leave();
    }
    bool clientGone() const override
    {
        return !m_connection || !m_connection->isConnected();
    }
    qint64 backlog() const override { return m_connection ? m_connection->backlog() : 0; }
    void watch(ClientWatch watch) override
    {
        if (m_connection && !m_done)
            m_connection->watch(std::move(watch));
    }

private:
    bool take() { return m_connection && !std::exchange(m_done, true); }
    QPointer<HttpConnection> m_connection;
    bool m_done = false;
};

/// Half of the descriptors at most: the process needs some for itself.
int affordable(int connections)
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return connections;
    return int(std::clamp<rlim_t>(limit.rlim_cur / 2, 1, rlim_t(std::max(1, connections))));
}

} // namespace

ResponderPtr makeResponder(HttpConnection *connection) { return std::make_shared<ConnectionResponder>(connection); }

HttpServer::HttpServer(RequestHandler handler, HttpServerOptions options, QObject *parent)
    : QTcpServer(parent), m_state(std::make_shared<HttpServerState>())
{
    m_state->handler = std::move(handler);
    m_state->options = std::move(options);
    m_state->options.connections = affordable(m_state->options.connections);
#if QT_VERSION >= QT_VERSION_CHECK(6, 3, 0)
    setListenBacklogSize(m_state->options.connections); // or a burst of clients waits for a second
#endif
    connect(this, &QTcpServer::acceptError, this, [this] {
        pauseAccepting();
        QTimer::singleShot(acceptPause, this, [this] { resumeAccepting(); });
    });
}

HttpServer::~HttpServer() { m_state->left = {}; }

int HttpServer::connections() const { return m_state->connections; }

void HttpServer::setTls(std::shared_ptr<const QSslConfiguration> tls, const QByteArrayList &hosts)
{
    m_state->options.tls = std::move(tls);
    m_state->options.hosts = hosts;
}

void HttpServer::drain()
{
    close();
    m_state->draining = true;
    m_state->left = [this] {
        if (m_state->connections == 0)
            QMetaObject::invokeMethod(this, &HttpServer::drained, Qt::QueuedConnection);
    };
    for (QObject *child : QObjectList(children())) {
        if (auto *connection = dynamic_cast<HttpConnection *>(child))
            connection->drain();
    }
    m_state->left();
}

void HttpServer::incomingConnection(qintptr descriptor)
{
    if (m_state->connections >= m_state->options.connections)
        makeRoom();
    auto *connection = new HttpConnection(m_state, descriptor, this);
    if (m_state->connections > m_state->options.connections)
        connection->refuse(503, "Too many connections at once. Close some, or try again later.");
}

/// The client that has said nothing for the longest time loses its connection: it will open another one.
void HttpServer::makeRoom()
{
    HttpConnection *longest = nullptr;
    for (QObject *child : children()) {
        auto *connection = dynamic_cast<HttpConnection *>(child);
        if (connection && connection->isIdle() && connection->isConnected()
            && (!longest || connection->idleSince() < longest->idleSince()))
            longest = connection;
    }
    if (longest) {
        longest->abort();
        delete longest;
    }
}

} // namespace retryscope
