// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/httpserver.h"

#define BOOST_BEAST_USE_STD_STRING_VIEW
#include <boost/beast/http/status.hpp>

#include <QPointer>
#include <QTcpSocket>
#include <QTimer>

#include <sys/socket.h>

namespace retryscope {
namespace {

namespace http = boost::beast::http;
constexpr auto idleLimit = std::chrono::seconds(30);
constexpr qint64 readAhead = 256 << 10; ///< what a client may send while its request is being answered

QByteArray reasonPhrase(int status)
{
    const auto text = http::obsolete_reason(http::int_to_status(unsigned(status)));
    return text.empty() ? QByteArray("Unknown") : QByteArray(text.data(), qsizetype(text.size()));
}

class Connection final : public QTcpSocket
{
public:
    Connection(const RequestHandler &handler, qintptr descriptor, QObject *parent) : QTcpSocket(parent), m_handler(handler)
    {
        setSocketDescriptor(descriptor);
        setSocketOption(LowDelayOption, 1);
        m_idle.setSingleShot(true);
        m_idle.setInterval(idleLimit);
        connect(&m_idle, &QTimer::timeout, this, [this] { abort(); });
        setReadBufferSize(readAhead);
        connect(this, &QTcpSocket::readyRead, this, [this] { parse(); });
        connect(this, &QTcpSocket::disconnected, this, &QObject::deleteLater);
        m_idle.start();
    }

    void writeHead(int status, const HttpHeaders &headers, const QByteArray &framing)
    {
        QByteArray head = "HTTP/1.1 " + QByteArray::number(status) + ' ' + reasonPhrase(status) + "\r\n";
        for (const auto &[name, value] : headers)
            head += name + ": " + value + "\r\n";
        write(head + framing + (m_keepAlive ? "" : "Connection: close\r\n") + "\r\n");
    }
    void answered()
    {
        m_busy = false;
        if (!m_keepAlive)
            return disconnectFromHost();
        m_idle.start();
        QTimer::singleShot(0, this, [this] { parse(); }); // a pipelined request may wait
    }
    void resetHard()
    {
        const linger option{1, 0};
        ::setsockopt(int(socketDescriptor()), SOL_SOCKET, SO_LINGER, &option, sizeof option);
        abort();
    }

private:
    void parse();
    void refuse(int status)
    {
        m_keepAlive = false;
        const QByteArray body = QByteArray("{\"error\":\"") + reasonPhrase(status) + "\"}";
        writeHead(status, {{"Content-Type", "application/json"}}, "Content-Length: " + QByteArray::number(body.size()) + "\r\n");
        write(body);
        m_busy = true;
        disconnectFromHost();
    }

    RequestHandler m_handler;
    RequestParser m_parser;
    QTimer m_idle;
    bool m_busy = false;
    bool m_keepAlive = true;
};

class ConnectionResponder final : public Responder
{
public:
    explicit ConnectionResponder(Connection *connection) : m_connection(connection) {}
    ~ConnectionResponder() override { if (m_connection && !m_done) m_connection->abort(); }
    void send(int status, const HttpHeaders &headers, const QByteArray &body) override
    {
        if (!take())
            return;
        m_connection->writeHead(status, headers, "Content-Length: " + QByteArray::number(body.size()) + "\r\n");
        m_connection->write(body);
        m_connection->answered();
    }
    void sendTruncated(int status, const HttpHeaders &headers, const QByteArray &body) override
    {
        if (!take())
            return;
        m_connection->writeHead(status, headers, "Content-Length: " + QByteArray::number(body.size() * 2 + 100) + "\r\n");
        m_connection->write(body);
        m_connection->disconnectFromHost();
    }
    void beginStream(int status, const HttpHeaders &headers) override
    {
        if (m_connection)
            m_connection->writeHead(status, headers, "Transfer-Encoding: chunked\r\n");
    }
    void writeChunk(const QByteArray &bytes) override
    {
        if (m_connection && !bytes.isEmpty())
            m_connection->write(QByteArray::number(bytes.size(), 16) + "\r\n" + bytes + "\r\n");
    }
    void endStream() override
    {
        if (!take())
            return;
        m_connection->write("0\r\n\r\n");
        m_connection->answered();
    }
    void reset() override { if (take()) m_connection->resetHard(); }
    void closeAbruptly() override { if (take()) m_connection->disconnectFromHost(); }
    bool clientGone() const override { return !m_connection; }

private:
    bool take() { return m_connection && !std::exchange(m_done, true); }
    QPointer<Connection> m_connection;
    bool m_done = false;
};

void Connection::parse()
{
    if (m_busy)
        return; // the rest waits in the socket, and so with the client
    if (bytesAvailable() > 0) {
        m_parser.feed(readAll());
        m_idle.start();
    }
    const auto request = m_parser.next();
    if (m_parser.error())
        return refuse(m_parser.error());
    if (!request)
        return;
    m_keepAlive = m_parser.keepAlive();
    m_busy = true;
    m_idle.stop(); // silence is now ours
    m_handler(*request, std::make_shared<ConnectionResponder>(this));
}

} // namespace

HttpServer::HttpServer(RequestHandler handler, QObject *parent) : QTcpServer(parent), m_handler(std::move(handler)) {}

void HttpServer::incomingConnection(qintptr descriptor) { new Connection(m_handler, descriptor, this); }

} // namespace retryscope
