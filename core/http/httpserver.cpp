// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/httpserver.h"

#define BOOST_BEAST_USE_STD_STRING_VIEW
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <QPointer>
#include <QTcpSocket>
#include <QTimer>

#include <optional>

#include <sys/socket.h>

namespace retryscope {
namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;
constexpr auto idleLimit = std::chrono::seconds(30);

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
        connect(this, &QTcpSocket::readyRead, this, [this] { m_input += readAll(); m_idle.start(); parse(); });
        connect(this, &QTcpSocket::disconnected, this, &QObject::deleteLater);
        m_idle.start();
        restart();
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
        restart();
        QTimer::singleShot(0, this, [this] { parse(); }); // a pipelined request may wait
    }
    void resetHard()
    {
        const linger option{1, 0};
        ::setsockopt(int(socketDescriptor()), SOL_SOCKET, SO_LINGER, &option, sizeof option);
        abort();
    }

private:
    void restart()
    {
        m_parser.emplace();
        m_parser->header_limit(16 << 10);
        m_parser->body_limit(4 << 20);
        m_parser->eager(true);
    }
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
    std::optional<Parser> m_parser;
    QByteArray m_input;
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
    boost::beast::error_code error;
    while (!m_busy && !m_input.isEmpty() && !m_parser->is_done()) {
        const std::size_t used = m_parser->put(boost::asio::const_buffer(m_input.constData(), std::size_t(m_input.size())), error);
        m_input.remove(0, qsizetype(used));
        if (error == http::error::need_more)
            return;
        if (error)
            return refuse(error == http::error::header_limit ? 431 : error == http::error::body_limit ? 413 : 400);
        if (used == 0)
            return;
    }
    if (m_busy || !m_parser->is_done())
        return;
    const auto &message = m_parser->get();
    const auto bytes = [](auto view) { return QByteArray(view.data(), qsizetype(view.size())); };
    ServedRequest request{bytes(message.method_string()), bytes(message.target()), {}, QByteArray::fromStdString(message.body())};
    for (const auto &field : message)
        request.headers.append({bytes(field.name_string()), bytes(field.value())});
    m_keepAlive = message.keep_alive();
    m_busy = true;
    m_idle.stop(); // silence is now ours
    m_handler(request, std::make_shared<ConnectionResponder>(this));
}

} // namespace

HttpServer::HttpServer(RequestHandler handler, QObject *parent) : QTcpServer(parent), m_handler(std::move(handler)) {}

void HttpServer::incomingConnection(qintptr descriptor) { new Connection(m_handler, descriptor, this); }

} // namespace retryscope
