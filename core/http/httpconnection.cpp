// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/httpconnection.h"

#include "http/plainsocket.h"
#include "http/tlssocket.h"

#define BOOST_BEAST_USE_STD_STRING_VIEW
#include <boost/beast/http/status.hpp>

#include <QDateTime>
#include <QHostAddress>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

namespace retryscope {
namespace {

namespace http = boost::beast::http;
constexpr qint64 smallBody = 64 << 10;    ///< needs no grant
constexpr qint64 bodyProgress = 4 << 10;  ///< bytes in each bodyTime
constexpr qint64 grantedBuffer = 1 << 20; ///< of a body that may be received
constexpr Duration drainTime = 300ms;     ///< for a refused client to read why
constexpr const char *foreignHost = "The Host header names another server than this one.";
constexpr qint64 readAtOnce = 1 << 20;    ///< of one client, before others have their turn
constexpr qint64 never = std::numeric_limits<qint64>::max();

/// Of a clock that no person sets.
qint64 steadyNs() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

std::unique_ptr<ClientSocket> socketOf(HttpServerState &state, qintptr descriptor, ClientSocket::Owner &owner)
{
    if (state.options.tls)
        return std::make_unique<TlsSocket>(*state.options.tls, descriptor, owner);
    if (!state.sockets)
        state.sockets = std::make_shared<SocketSet>();
    return std::make_unique<PlainSocket>(state.sockets, int(descriptor), owner);
}

QByteArray reasonPhrase(int status)
{
    if (status == 421)
        return "Misdirected Request";
    const auto text = http::obsolete_reason(http::int_to_status(unsigned(status)));
    return text.empty() ? QByteArray("Unknown") : QByteArray(text.data(), qsizetype(text.size()));
}

/// Of the second that it is.
const QByteArray &dateLine()
{
    thread_local qint64 second = -1;
    thread_local QByteArray line;
    if (const qint64 now = QDateTime::currentSecsSinceEpoch(); now != second) {
        second = now;
        line = "Date: "
               + QLocale::c().toString(QDateTime::fromSecsSinceEpoch(now, Qt::UTC), QStringLiteral("ddd, dd MMM yyyy HH:mm:ss")).toLatin1()
               + " GMT\r\n";
    }
    return line;
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
    : QObject(parent), m_state(std::move(state)), m_socket(socketOf(*m_state, descriptor, *this)),
      m_parser(quint64(m_state->options.bodyBytes), quint32(m_state->options.headBytes)), m_due(never)
{
    ++m_state->connections;
    m_socket->setReadAhead(m_state->options.readAhead);
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { onTimer(); });
    enter(Phase::Head); // a client that connects and says nothing has the time of a head
}

HttpConnection::~HttpConnection()
{
    tellGone();
    if (--m_state->connections == 0)
        m_state->sockets.reset(); // belongs to this thread, which the server need not
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
    case Phase::Idle: m_idleSince = steadyNs(); return arm(o.idleTime);
    case Phase::Head: return arm(o.headTime);
    case Phase::Body:
        m_received = 0;
        return arm(o.bodyTime);
    case Phase::Answering: return disarm(); // silence is ours, until something is written
    case Phase::Draining: return arm(drainTime);
    }
}

void HttpConnection::leave()
{
    m_socket->leave();
    if (backlog() > 0 && m_due == never)
        arm(m_state->options.writeTime);
}

/// A timer that is set anew for every request would be most of its cost: one that runs is left to fire, and looks then.
void HttpConnection::arm(Duration time)
{
    m_due = steadyNs() + std::chrono::nanoseconds(time).count();
    if (m_timer.isActive() && m_fires <= m_due)
        return;
    m_fires = m_due;
    m_timer.start(std::chrono::ceil<std::chrono::milliseconds>(time));
}

void HttpConnection::disarm() { m_due = never; }

void HttpConnection::onTimer()
{
    if (m_due == never)
        return;
    const std::chrono::nanoseconds left(m_due - steadyNs());
    left < 1ms ? onTimeout() : arm(left);
}

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
        backlog() > 0 ? arm(m_state->options.writeTime) : disarm();
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
    m_socket->setReadAhead(std::max(grantedBuffer, m_state->options.readAhead)); // or it would come in drops
    m_state->bodies += wanted;
    m_state->release(0); // there may be room for one more
    return true;
}

/// Where it does not, the rest waits in the socket, and so with the client.
bool HttpConnection::awaitsInput() const
{
    return m_phase != Phase::Answering && !m_waits
           && (m_phase != Phase::Idle || backlog() <= m_state->options.writeBacklog);
}

qint64 HttpConnection::readSome()
{
    std::array<char, 64 << 10> bytes;
    const qint64 got = m_socket->read(bytes.data(), qint64(bytes.size()));
    m_received += got;
    m_parser.feed(QByteArrayView(bytes.data(), got));
    return got;
}

/// The next one, of what was read before; more is read only when that is used up.
std::optional<ServedRequest> HttpConnection::readRequest()
{
    auto request = m_parser.next();
    for (qint64 all = 0, got = 1; !request && !m_parser.error();) {
        if (m_phase == Phase::Head && m_parser.pendingBody() > 0) {
            if (m_parser.pendingBody() > smallBody && isTurnedAway())
                break;
            enter(Phase::Body);
            if (!mayRead())
                break;
        }
        if (got == 0 || !m_socket->hasInput())
            break;
        if (all >= readAtOnce) {
            parseLater();
            break;
        }
        all += got = readSome();
        request = m_parser.next();
    }
    return request;
}

/// What a refused client still sends is nobody's.
void HttpConnection::discard()
{
    std::array<char, 64 << 10> bytes;
    for (qint64 all = 0, got = 1; got > 0 && m_socket->hasInput(); all += got) {
        if (all >= readAtOnce)
            return parseLater();
        got = m_socket->read(bytes.data(), qint64(bytes.size()));
    }
}

void HttpConnection::parse()
{
    if (m_phase == Phase::Draining)
        return discard();
    if (m_waits) {
        if (std::count(m_state->waiting.begin(), m_state->waiting.end(), this) > 0 || !mayRead())
            return;
        enter(Phase::Body);
    }
    if (!awaitsInput())
        return;
    if (m_phase == Phase::Idle && (m_parser.hasInput() || m_socket->hasInput()))
        enter(Phase::Head);
    const auto request = readRequest();
    if (m_parser.error())
        return refuse(m_parser.error(), m_parser.problem(), m_parser.head());
    if (!request) {
        if (m_phase == Phase::Body && !m_waits && m_parser.expectsContinue() && !std::exchange(m_continued, true)) {
            m_socket->write("HTTP/1.1 100 Continue\r\n\r\n");
            m_socket->flush();
        }
        return;
    }
    if (m_granted > 0) {
        m_state->release(std::exchange(m_granted, 0));
        m_socket->setReadAhead(m_state->options.readAhead);
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

bool HttpConnection::isForeign(const ServedRequest &request)
{
    const QByteArray host = headerValue(request.headers, "host");
    if (host.isNull() || (!m_ownHost.isNull() && host == m_ownHost))
        return false;
    const QByteArray name = hostName(host);
    const QHostAddress here = plain(m_socket->localAddress()), named(QString::fromLatin1(name));
    const QByteArrayList &hosts = m_state->options.hosts;
    const bool own = here.isLoopback() ? name == "localhost" || name.endsWith(".localhost") || named.isLoopback()
                                       : !named.isNull() && plain(named) == here;
    if (!own && std::none_of(hosts.begin(), hosts.end(), [&name](const QByteArray &pattern) {
            return isNamedBy(pattern, name);
        }))
        return true;
    m_ownHost = host;
    return false;
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
    m_socket->flush();
    enter(Phase::Draining); // closed at once, the kernel could take the answer back
    discard();
}

void HttpConnection::writeHead(int status, const HttpHeaders &headers, const QByteArray &framing)
{
    QByteArray head;
    head.reserve(512);
    head.append("HTTP/1.1 ").append(QByteArray::number(status)).append(' ').append(reasonPhrase(status)).append("\r\n");
    head.append(dateLine());
    for (const auto &[name, value] : headers) {
        if (isHeaderToken(name)) // both may be a provider's or a caller's words
            head.append(name).append(": ").append(withoutControls(value)).append("\r\n");
    }
    const bool bodyless = status == 204 || status == 304; // and so without any framing
    m_headOnly |= bodyless;
    if (!bodyless)
        head.append(framing);
    if (!m_keepAlive || m_state->draining)
        head.append("Connection: close\r\n");
    m_socket->write(head.append("\r\n"));
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
    writeFramed(bytes);
}

void HttpConnection::writeFramed(const QByteArray &bytes)
{
    if (m_headOnly)
        return;
    if (m_chunked)
        m_socket->write(QByteArray::number(bytes.size(), 16) + "\r\n");
    m_socket->write(bytes);
    if (m_chunked)
        m_socket->write("\r\n");
}

void HttpConnection::writeChunkNow(const QByteArray &bytes)
{
    const bool waited = backlog() > 0;
    writeFramed(bytes);
    m_socket->flush();
    if (backlog() == 0)
        disarm();
    else if (!waited)
        arm(m_state->options.writeTime);
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
        m_socket->flush();
        enter(Phase::Draining);
        return discard();
    }
    if (!m_keepAlive || m_state->draining)
        return leave(); // after what is still to be written
    m_socket->flush();
    enter(Phase::Idle);
    if (m_parser.hasInput() || m_socket->hasInput())
        parseLater(); // a pipelined request
}

void HttpConnection::drain()
{
    if (m_phase == Phase::Idle || (m_phase == Phase::Head && !m_parser.hasInput() && !m_socket->hasInput()))
        leave();
}

void HttpConnection::resetHard()
{
    m_watch = {};
    m_socket->reset();
}

} // namespace retryscope
