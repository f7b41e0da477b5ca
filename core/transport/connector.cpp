// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/connector.h"

#include <QHostInfo>
#include <QNetworkProxy>
#include <QSslSocket>

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

constexpr int staggerMs = 250;              ///< between two addresses of one name (RFC 8305)
constexpr qint64 socketBuffer = 64 << 10;   ///< so that a fast sender waits in the kernel, not in our memory

/// Addresses of both families in turns, so that a dead family costs one step only.
QList<QHostAddress> inTurns(const QList<QHostAddress> &found)
{
    QList<QHostAddress> first, second, mixed;
    for (const QHostAddress &address : found)
        (address.protocol() == found.first().protocol() ? first : second).append(address);
    for (qsizetype i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size())
            mixed.append(first[i]);
        if (i < second.size())
            mixed.append(second[i]);
    }
    return mixed;
}

} // namespace

Connector::Connector(const QUrl &url, ProxyRoute route, std::optional<QSslConfiguration> tls, Callbacks callbacks)
    : m_url(url), m_route(std::move(route)), m_tls(std::move(tls)), m_callbacks(std::move(callbacks))
{
}

Connector::~Connector()
{
    if (m_lookup >= 0)
        QHostInfo::abortHostLookup(m_lookup);
    for (QTcpSocket *socket : std::exchange(m_trying, {}))
        retire(socket);
    if (m_socket)
        retire(m_socket);
}

void Connector::retire(QTcpSocket *socket)
{
    socket->disconnect();
    socket->setParent(nullptr);
    if (auto *tls = qobject_cast<QSslSocket *>(socket); tls && tls->isEncrypted())
        tls->disconnectFromHost(); // says goodbye, as far as the kernel takes it at once
    socket->abort();
    socket->deleteLater();
}

void Connector::start()
{
    switch (m_route.kind) {
    case ProxyRoute::Kind::Unusable: return fail(unusableProxy(m_route));
    case ProxyRoute::Kind::Direct: return lookUp(m_url.host(QUrl::FullyEncoded), portOf(m_url));
    case ProxyRoute::Kind::Http:
        if (!m_tls)
            return lookUp(m_route.host, m_route.port);
        [[fallthrough]];
    case ProxyRoute::Kind::Socks5: return tunnel();
    }
}

void Connector::lookUp(const QString &host, quint16 port)
{
    m_port = port;
    QString plain = host;
    if (plain.startsWith(QLatin1Char('[')))
        plain = plain.sliced(1, plain.size() - 2);
    if (const QHostAddress address(plain); !address.isNull()) {
        m_addresses = {address};
        return tryNext();
    }
    m_lookup = QHostInfo::lookupHost(host, this, [this](const QHostInfo &info) {
        m_lookup = -1;
        if (info.addresses().isEmpty())
            return failToConnect(QAbstractSocket::HostNotFoundError, info.errorString());
        m_addresses = inTurns(info.addresses());
        tryNext();
    });
}

QTcpSocket *Connector::newSocket()
{
    QTcpSocket *socket = m_tls ? new QSslSocket(this) : new QTcpSocket(this);
    m_trying.push_back(socket);
    socket->setReadBufferSize(socketBuffer);
    connect(socket, &QAbstractSocket::connected, this, [this, socket] { won(socket); });
    connect(socket, &QAbstractSocket::errorOccurred, this,
            [this, socket](QAbstractSocket::SocketError error) { lost(socket, error); });
    return socket;
}

void Connector::tryNext()
{
    QTcpSocket *socket = newSocket();
    socket->setProxy(QNetworkProxy::NoProxy);
    const QHostAddress address = m_addresses[m_next++];
    if (m_next < m_addresses.size())
        m_stagger.start(staggerMs, this);
    socket->connectToHost(address, m_port); // may call won or lost at once
}

void Connector::tunnel()
{
    QTcpSocket *socket = newSocket();
    const bool socks = m_route.kind == ProxyRoute::Kind::Socks5;
    socket->setProxy({socks ? QNetworkProxy::Socks5Proxy : QNetworkProxy::HttpProxy, m_route.host, m_route.port,
                      m_route.user, m_route.password});
    socket->connectToHost(m_url.host(QUrl::FullyEncoded), portOf(m_url));
}

void Connector::timerEvent(QTimerEvent *)
{
    m_stagger.stop();
    tryNext();
}

void Connector::won(QTcpSocket *socket)
{
    m_stagger.stop();
    m_socket = socket;
    for (QTcpSocket *other : std::exchange(m_trying, {})) {
        if (other != socket)
            retire(other);
    }
    socket->disconnect(this);
    socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    if (m_tls)
        return encrypt();
    m_callbacks.ready(std::exchange(m_socket, nullptr));
}

void Connector::lost(QTcpSocket *socket, QAbstractSocket::SocketError error)
{
    std::erase(m_trying, socket);
    const QString text = socket->errorString();
    retire(socket);
    if (m_next < m_addresses.size()) {
        m_stagger.stop();
        return tryNext();
    }
    if (m_trying.empty())
        failToConnect(error, text);
}

void Connector::encrypt()
{
    auto *socket = static_cast<QSslSocket *>(m_socket);
    socket->setSslConfiguration(*m_tls);
    socket->setPeerVerifyName(m_url.host(QUrl::FullyEncoded));
    connect(socket, &QSslSocket::encrypted, this, [this] {
        m_socket->disconnect(this);
        m_callbacks.ready(std::exchange(m_socket, nullptr));
    });
    connect(socket, &QAbstractSocket::errorOccurred, this, [this] { encryptionFailed(); });
    socket->startClientEncryption();
}

void Connector::encryptionFailed()
{
    const auto *socket = static_cast<QSslSocket *>(m_socket);
    if (const auto errors = socket->sslHandshakeErrors(); !errors.isEmpty())
        return fail(untrustedCertificate(m_url, errors.first().errorString()));
    ConnectFailure failure = tlsFailure(m_url, socket->errorString());
    if (failure.failure == TransportFailure::Tls && socket->error() == QAbstractSocket::RemoteHostClosedError)
        failure = closedWithinTls(m_url);
    fail(failure);
}

void Connector::failToConnect(QAbstractSocket::SocketError error, const QString &text)
{
    const bool toProxy = m_route.kind == ProxyRoute::Kind::Http && !m_tls; // the only peer that we connect to then
    switch (error) {
    case QAbstractSocket::ProxyAuthenticationRequiredError: return fail(proxyAsksWho(m_route));
    case QAbstractSocket::ProxyConnectionRefusedError:
    case QAbstractSocket::ProxyConnectionClosedError:
    case QAbstractSocket::ProxyConnectionTimeoutError:
    case QAbstractSocket::ProxyNotFoundError:
    case QAbstractSocket::ProxyProtocolError: break;
    case QAbstractSocket::ConnectionRefusedError:
        if (!toProxy)
            return fail(refusedConnection(m_url));
        break;
    case QAbstractSocket::HostNotFoundError:
        if (!toProxy)
            return fail(unknownHost(m_url));
        break;
    default:
        if (!toProxy)
            return fail(noConnection(m_url, text));
    }
    fail(proxyDoesNotHelp(m_route, text));
}

void Connector::fail(const ConnectFailure &failure) { m_callbacks.failed(failure); }

} // namespace retryscope
