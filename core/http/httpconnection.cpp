// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/httpconnection.h"

#define BOOST_BEAST_USE_STD_STRING_VIEW
#include <boost/beast/http/status.hpp>

#include <QDateTime>
#include <QHostAddress>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>
#include <QSslConfiguration>
#include <QSslSocket>

#include <algorithm>
#include <chrono>

#include <sys/socket.h>

namespace retryscope {
namespace {

namespace http = boost::beast::http;
constexpr qint64 smallBody = 64 << 10;    ///< needs no grant
constexpr qint64 bodyProgress = 4 << 10;  ///< bytes in each bodyTime
constexpr qint64 grantedBuffer = 1 << 20; ///< of a body that may be received
constexpr Duration drainTime = 300ms;     ///< for a refused client to read why
constexpr const char *foreignHost = "The Host header names another server than this one.";

QByteArray reasonPhrase(int status)
{
    if (status == 421)
        return "Misdirected Request";
    const auto text = http::obsolete_reason(http::int_to_status(unsigned(status)));
    return text.empty() ? QByteArray("Unknown") : QByteArray(text.data(), qsizetype(text.size()));
}

/// The name of a Host header, without its port.
QByteArray hostName(QByteArray host)
{
    if (host.startsWith('['))
        return host.mid(1, host.indexOf(']') - 1);
    const qsizetype colon = host.indexOf(':');
    host = (colon < 0 ? host : host.first(colon)).toLower();
    return host.endsWith('.') ? host.chopped(1) : host;
}

/// Without the zone and the IPv6 form of an address of IPv4.
QHostAddress plain(QHostAddress address)
{
    bool isOld = false;
    const quint32 old = address.toIPv4Address(&isOld);
    if (isOld)
        return QHostAddress(old);
    address.setScopeId({});
    return address;
}

/// "*.example.org" stands for one name more.
bool isNamedBy(const QByteArray &pattern, const QByteArray &name)
{
    if (!pattern.startsWith("*."))
        return name == pattern;
    const qsizetype dot = name.indexOf('.');
    return dot > 0 && name.mid(dot) == pattern.mid(1);
}

} // namespace

void HttpServerState::release(qint64 bytes)
{
    bodies -= bytes;
    while (!waiting.empty() && bodies < options.bodiesBytes) {
        const auto next = waiting.front();
        waiting.pop_front();
        if (next) {
            next->parseLater();
            break; // it tells the next one when it has what it wants
        }
    }
}

HttpConnection::HttpConnection(std::shared_ptr<HttpServerState> state, qintptr descriptor, QObject *parent)
    : QObject(parent), m_state(std::move(state)),
      m_parser(quint64(m_state->options.bodyBytes), quint32(m_state->options.headBytes))
{
    ++m_state->connections;
    if (m_state->options.tls)
        m_socket.reset(m_tls = new QSslSocket);
    else
        m_socket = std::make_unique<QTcpSocket>();
    m_socket->setSocketDescriptor(descriptor);
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    m_socket->setReadBufferSize(m_state->options.readAhead);
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { onTimeout(); });
    connect(m_socket.get(), &QTcpSocket::readyRead, this, [this] { parse(); });
    connect(m_socket.get(), &QTcpSocket::disconnected, this, [this] { onGone(); });
    enter(Phase::Head); // a client that connects and says nothing has the time of a head
    if (m_tls)
        encrypt();
    else
        connect(m_socket.get(), &QTcpSocket::bytesWritten, this, [this] { onWritten(); });
}

void HttpConnection::encrypt()
{
    connect(m_tls, &QSslSocket::encryptedBytesWritten, this, [this] { onWritten(); });
    connect(m_tls, &QSslSocket::encrypted, this, [this] { enter(m_phase); }); // its time begins now
    m_tls->setSslConfiguration(*m_state->options.tls);
    m_tls->startServerEncryption();
}

HttpConnection::~HttpConnection()
{
    disconnect(m_socket.get(), nullptr, this, nullptr); // closing tells so once more
    tellGone();
    --m_state->connections;
    m_state->release(m_granted);
    if (m_state->left)
        m_state->left();
}

void HttpConnection::onGone()
{
    deleteLater();
    tellGone();
}

void HttpConnection::tellGone()
{
    if (const auto gone = std::exchange(m_watch, {}).gone; gone && m_phase == Phase::Answering)
        gone();
}

void HttpConnection::enter(Phase phase)
{
    m_phase = phase;
    const HttpServerOptions &o = m_state->options;
    switch (phase) {
    case Phase::Idle:
        m_idleSince = std::chrono::steady_clock::now().time_since_epoch().count();
        return arm(o.idleTime);
    case Phase::Head: return arm(o.headTime);
    case Phase::Body:
        m_received = 0;
        return arm(o.bodyTime);
    case Phase::Answering: return m_timer.stop(); // silence is ours, until something is written
    case Phase::Draining: return arm(drainTime);
    }
}

qint64 HttpConnection::backlog() const
{
    return m_socket->bytesToWrite() + (m_tls ? m_tls->encryptedBytesToWrite() : 0);
}

void HttpConnection::leave()
{
    if (m_tls && !m_tls->isEncrypted())
        return abort();
    m_socket->disconnectFromHost();
    if (backlog() > 0 && !m_timer.isActive())
        arm(m_state->options.writeTime);
}

void HttpConnection::arm(Duration time) { m_timer.start(std::chrono::ceil<std::chrono::milliseconds>(time)); }

void HttpConnection::onTimeout()
{
    switch (m_phase) {
    case Phase::Idle:
    case Phase::Draining:
    case Phase::Answering: return backlog() > 0 ? abort() : leave(); // the client takes nothing
    case Phase::Head:
        return m_parser.hasInput() ? refuse(408, "The head of the request did not come in time.")
                                   : leave();
    case Phase::Body:
        if (m_received < bodyProgress && !m_waits)
            return refuse(408, "The body of the request comes too slowly.", m_parser.head());
        return enter(Phase::Body);
    }
}

/// A client that reads its answer has time; one that does not, has writeTime.
void HttpConnection::onWritten()
{
    if (m_phase == Phase::Answering) {
        backlog() > 0 ? arm(m_state->options.writeTime) : m_timer.stop();
        if (const auto drained = m_watch.drained; drained && backlog() <= m_state->options.writeBacklog / 4)
            drained();
        return;
    }
    if (m_phase != Phase::Idle)
        return;
    arm(m_state->options.idleTime);
    if (backlog() <= m_state->options.writeBacklog)
        parseLater(); // a pipelined request may wait
}

/// Whether the rest of the body may be kept; where not, the client waits for its turn.
bool HttpConnection::mayRead()
{
    const qint64 wanted = m_parser.pendingBody();
    if (wanted <= smallBody || m_granted > 0)
        return true;
    if (m_state->bodies > 0 && m_state->bodies + wanted > m_state->options.bodiesBytes) {
        m_waits ? m_state->waiting.emplace_front(this) : m_state->waiting.emplace_back(this);
        m_waits = true;
        return false;
    }
    m_granted = wanted;
    m_waits = false;
    m_socket->setReadBufferSize(std::max(grantedBuffer, m_state->options.readAhead)); // or it would come in drops
    m_state->bodies += wanted;
    m_state->release(0); // there may be room for one more
    return true;
}

void HttpConnection::parse()
{
    if (m_phase == Phase::Draining) {
        m_socket->readAll();
        return;
    }
    if (m_phase == Phase::Answering || (m_phase == Phase::Idle && backlog() > m_state->options.writeBacklog))
        return; // the rest waits in the socket, and so with the client
    if (m_waits) {
        if (std::count(m_state->waiting.begin(), m_state->waiting.end(), this) > 0 || !mayRead())
            return;
        enter(Phase::Body);
    }
    if (m_phase == Phase::Idle && (m_parser.hasInput() || m_socket->bytesAvailable() > 0))
        enter(Phase::Head);
    auto request = m_parser.next(); // of what was read before; more only when that is used up
    if (!request && !m_parser.error() && m_socket->bytesAvailable() > 0) {
        const QByteArray bytes = m_socket->readAll();
        m_received += bytes.size();
        m_parser.feed(bytes);
        request = m_parser.next();
    }
    if (m_parser.error())
        return refuse(m_parser.error(), m_parser.problem(), m_parser.head());
    if (!request) {
        if (m_phase == Phase::Head && m_parser.pendingBody() > 0) {
            if (m_parser.pendingBody() > smallBody && isTurnedAway())
                return;
            enter(Phase::Body);
            mayRead();
        }
        if (m_phase == Phase::Body && !m_waits && m_parser.expectsContinue() && !std::exchange(m_continued, true))
            m_socket->write("HTTP/1.1 100 Continue\r\n\r\n");
        return;
    }
    if (m_granted > 0) {
        m_state->release(std::exchange(m_granted, 0));
        m_socket->setReadBufferSize(m_state->options.readAhead);
    }
    m_keepAlive = m_parser.keepAlive();
    m_newClient = m_parser.version() >= 11;
    m_headOnly = request->method == "HEAD";
    m_continued = false;
    if (isForeign(*request))
        return refuse(421, foreignHost, *request);
    enter(Phase::Answering);
    m_state->handler(*request, makeResponder(this));
}

/// Whoever may not come in at all gets no room for a body: it would keep others from theirs.
bool HttpConnection::isTurnedAway()
{
    const ServedRequest head = m_parser.head();
    if (isForeign(head)) {
        refuse(421, foreignHost, head);
        return true;
    }
    if (!m_state->options.admits || m_state->options.admits(head))
        return false;
    m_keepAlive = false;
    m_bodyIgnored = true;
    m_headOnly = head.method == "HEAD";
    enter(Phase::Answering);
    m_state->handler(head, makeResponder(this));
    return true;
}

bool HttpConnection::isForeign(const ServedRequest &request) const
{
    const QByteArray host = headerValue(request.headers, "host");
    if (host.isNull())
        return false;
    const QByteArray name = hostName(host);
    const QHostAddress here = plain(m_socket->localAddress()), named(QString::fromLatin1(name));
    if (here.isLoopback() ? name == "localhost" || name.endsWith(".localhost") || named.isLoopback()
                          : !named.isNull() && plain(named) == here)
        return false;
    const QByteArrayList &hosts = m_state->options.hosts;
    return std::none_of(hosts.begin(), hosts.end(), [&name](const QByteArray &pattern) { return isNamedBy(pattern, name); });
}

void HttpConnection::refuse(int status, const QByteArray &problem, const ServedRequest &request)
{
    if (const auto told = m_state->options.refused)
        told(status, request);
    m_keepAlive = false;
    const auto &wording = m_state->options.wording;
    const auto [headers, body] =
        wording ? wording(status, problem, request)
                : std::pair(HttpHeaders{{"Content-Type", "application/json"}},
                            QJsonDocument(QJsonObject{{QStringLiteral("error"),
                                                       QJsonObject{{QStringLiteral("message"), QString::fromLatin1(problem)}}}})
                                .toJson(QJsonDocument::Compact));
    writeHead(status, headers, "Content-Length: " + QByteArray::number(body.size()) + "\r\n");
    m_socket->write(body);
    enter(Phase::Draining); // closed at once, the kernel could take the answer back
    m_socket->readAll();
}

void HttpConnection::writeHead(int status, const HttpHeaders &headers, const QByteArray &framing)
{
    QByteArray head = "HTTP/1.1 " + QByteArray::number(status) + ' ' + reasonPhrase(status) + "\r\n";
    head +=
        "Date: "
        + QLocale::c().toString(QDateTime::currentDateTimeUtc(), QStringLiteral("ddd, dd MMM yyyy HH:mm:ss")).toLatin1()
        + " GMT\r\n";
    for (const auto &[name, value] : headers) {
        if (isHeaderToken(name)) // both may be a provider's or a caller's words
            head += name + ": " + withoutControls(value) + "\r\n";
    }
    const bool bodyless = status == 204 || status == 304; // and so without any framing
    m_headOnly |= bodyless;
    m_socket->write(head + (bodyless ? QByteArray() : framing) + (m_keepAlive && !m_state->draining ? "" : "Connection: close\r\n") + "\r\n");
    arm(m_state->options.writeTime);
}

void HttpConnection::beginStream(int status, const HttpHeaders &headers, std::optional<qint64> length)
{
    m_chunked = m_newClient && !length;
    m_keepAlive = m_keepAlive && (m_chunked || length);
    writeHead(status, headers,
              length      ? "Content-Length: " + QByteArray::number(*length) + "\r\n"
              : m_chunked ? QByteArray("Transfer-Encoding: chunked\r\n")
                          : QByteArray());
}

void HttpConnection::writeBody(const QByteArray &bytes)
{
    if (!m_headOnly)
        m_socket->write(bytes);
}

void HttpConnection::writeChunk(const QByteArray &bytes)
{
    if (backlog() == 0)
        arm(m_state->options.writeTime);
    writeBody(framed(bytes));
}

QByteArray HttpConnection::framed(const QByteArray &bytes) const
{
    return m_chunked ? QByteArray::number(bytes.size(), 16) + "\r\n" + bytes + "\r\n" : bytes;
}

/// Past the socket's own buffer, which costs two more rounds of the event loop for each piece. What the system does not
/// take, and whatever is wrong, is left to the socket.
void HttpConnection::writeChunkNow(const QByteArray &bytes)
{
    if (m_tls || m_headOnly || backlog() > 0 || !isConnected())
        return writeChunk(bytes);
    const QByteArray piece = framed(bytes);
    const auto sent = ::send(int(m_socket->socketDescriptor()), piece.constData(), std::size_t(piece.size()),
                             MSG_NOSIGNAL | MSG_DONTWAIT);
    const auto taken = qsizetype(std::max<decltype(sent)>(sent, 0));
    if (taken == piece.size())
        return;
    arm(m_state->options.writeTime);
    m_socket->write(piece.mid(taken));
}

void HttpConnection::endStream()
{
    if (m_chunked)
        writeBody("0\r\n\r\n");
    answered();
}

void HttpConnection::answered()
{
    m_watch = {};
    if (m_bodyIgnored) { // closed at once, the kernel could take the answer back
        enter(Phase::Draining);
        m_socket->readAll();
        return;
    }
    if (!m_keepAlive || m_state->draining)
        return leave(); // after what is still to be written
    enter(Phase::Idle);
    parseLater(); // a pipelined request may wait
}

void HttpConnection::drain()
{
    if (m_phase == Phase::Idle || (m_phase == Phase::Head && !m_parser.hasInput() && m_socket->bytesAvailable() == 0))
        leave();
}

void HttpConnection::resetHard()
{
    m_watch = {};
    const linger option{1, 0};
    ::setsockopt(int(m_socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, &option, sizeof option);
    abort();
}

} // namespace retryscope
