// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/oneshotmanager.h"

#include "transport/answerlimits.h"
#include "transport/requestrules.h"

#include <QPointer>
#include <QSslSocket>

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

constexpr qint64 bytesATurn = 16 << 10;  ///< of one connection, before others have their turn

QByteArray methodOf(QNetworkAccessManager::Operation operation, const QNetworkRequest &request)
{
    switch (operation) {
    case QNetworkAccessManager::GetOperation: return "GET";
    case QNetworkAccessManager::HeadOperation: return "HEAD";
    case QNetworkAccessManager::PutOperation: return "PUT";
    case QNetworkAccessManager::DeleteOperation: return "DELETE";
    case QNetworkAccessManager::PostOperation: return "POST";
    default: return request.attribute(QNetworkRequest::CustomVerbAttribute).toByteArray();
    }
}

/// Host and, where it is not the scheme's own, port; as in the Host header.
QByteArray authority(const QUrl &url)
{
    QByteArray host = url.host(QUrl::FullyEncoded).toLatin1();
    if (host.contains(':') && !host.startsWith('['))
        host = '[' + host + ']';
    return url.port() < 0 ? host : host + ':' + QByteArray::number(url.port());
}

QByteArray target(const QUrl &url)
{
    QByteArray path = url.path(QUrl::FullyEncoded).toLatin1();
    if (!path.startsWith('/'))
        path.prepend('/');
    return url.hasQuery() ? path + '?' + url.query(QUrl::FullyEncoded).toLatin1() : path;
}

HttpHeaders headersOf(const QNetworkRequest &request)
{
    HttpHeaders headers;
    for (const QByteArray &name : request.rawHeaderList())
        headers.append({name, request.rawHeader(name)});
    return headers;
}

} // namespace

OneShotReply::OneShotReply(QNetworkAccessManager::Operation operation, const QNetworkRequest &request, QByteArray body,
                           ProxyRoute route, std::optional<QSslConfiguration> tls, QString problem, QObject *parent)
    : QNetworkReply(parent), m_method(methodOf(operation, request)), m_requestBody(std::move(body)),
      m_route(std::move(route)), m_tls(std::move(tls)), m_problem(std::move(problem))
{
    setRequest(request);
    setUrl(request.url());
    setOperation(operation);
    open(ReadOnly | Unbuffered);
    QMetaObject::invokeMethod(this, [this] { begin(); }, Qt::QueuedConnection);
}

OneShotReply::~OneShotReply() { close(); }

void OneShotReply::begin()
{
    if (isFinished())
        return;
    if (const QString no = requestRefusal(m_method, url(), headersOf(request())); !no.isEmpty())
        return finishWith(TransportFailure::BadUrl, no);
    if (!m_problem.isEmpty())
        return finishWith(TransportFailure::Certificate, m_problem);
    Connector::Callbacks callbacks;
    callbacks.ready = [this](QTcpSocket *socket) { onConnected(socket); };
    callbacks.failed = [this](const ConnectFailure &failure) {
        m_connector.release()->deleteLater(); // it is calling
        finishWith(failure.failure, failure.message);
    };
    m_connector = std::make_unique<Connector>(url(), m_route, m_tls, std::move(callbacks));
    m_connector->start();
}

QByteArray OneShotReply::requestBytes() const
{
    const bool viaProxy = m_route.kind == ProxyRoute::Kind::Http && url().scheme() == QLatin1String("http");
    QByteArray bytes = m_method + ' ' + (viaProxy ? "http://" + authority(url()) : QByteArray()) + target(url())
                       + " HTTP/1.1\r\nHost: " + authority(url()) + "\r\n";
    if (viaProxy && !m_route.user.isEmpty())
        bytes += "Proxy-Authorization: Basic "
                 + (m_route.user + QLatin1Char(':') + m_route.password).toUtf8().toBase64() + "\r\n";
    for (const QByteArray &name : request().rawHeaderList()) {
        if (!isOwnHeader(name))
            bytes += name + ": " + request().rawHeader(name) + "\r\n";
    }
    if (!request().hasRawHeader("User-Agent"))
        bytes += "User-Agent: Retryscope/" RETRYSCOPE_VERSION "\r\n";
    if (!m_requestBody.isEmpty() || (m_method != "GET" && m_method != "HEAD"))
        bytes += "Content-Length: " + QByteArray::number(m_requestBody.size()) + "\r\n";
    return bytes + "Connection: close\r\n\r\n";
}

void OneShotReply::onConnected(QTcpSocket *socket)
{
    m_connector.release()->deleteLater(); // it is calling
    m_socket = socket;
    m_socket->setParent(this);
    connect(m_socket, &QTcpSocket::readyRead, this, [this] { readMore(); });
    connect(m_socket, &QTcpSocket::errorOccurred, this,
            [this](QAbstractSocket::SocketError error) { onSocketError(error); });
    m_sent = true;
    const QPointer<OneShotReply> self(this);
    emit requestSent();
    if (!self || isFinished())
        return;
    if (m_socket->bytesAvailable() > 0) // nobody asked yet
        return finishWith(TransportFailure::NotHttp,
                          QStringLiteral("The server spoke before it was asked: it is no HTTP server."));
    QByteArray bytes = requestBytes();
    if (m_requestBody.size() < bytesATurn)
        bytes += m_requestBody; // one packet, where it fits
    m_socket->write(bytes);
    if (m_requestBody.size() >= bytesATurn)
        m_socket->write(m_requestBody);
}

void OneShotReply::readMore()
{
    if (isFinished() || !m_socket || (readBufferSize() > 0 && m_body.size() >= readBufferSize()))
        return;
    const QPointer<OneShotReply> self(this);
    take(m_socket->read(bytesATurn));
    if (self && !isFinished() && m_socket && m_socket->bytesAvailable() > 0)
        QMetaObject::invokeMethod(this, [this] { readMore(); }, Qt::QueuedConnection);
}

/// Every piece is handed out before the next one is unpacked. The reply may be finished or gone afterwards.
void OneShotReply::take(QByteArrayView bytes)
{
    const QPointer<OneShotReply> self(this);
    m_taken += bytes.size();
    while (self && !isFinished() && !bytes.isEmpty()) {
        const QByteArrayView piece = m_reader.compressed() ? bytes.first(std::min(answerlimits::packedPiece, bytes.size())) : bytes;
        bytes = bytes.sliced(m_reader.feed(piece, &m_body));
        if (!showHead())
            return;
        if (!m_body.isEmpty())
            emit readyRead();
        if (!self || isFinished())
            return;
        if (m_reader.failed())
            return finishWith(m_reader.failure(), m_reader.problem());
        if (m_reader.whole())
            return finishWith(TransportFailure::None, {}); // what is left is surplus, and goes with the connection
    }
}

/// False: finished or gone meanwhile.
bool OneShotReply::showHead()
{
    if (m_head.status != 0 || !m_reader.head())
        return true;
    m_head = *m_reader.head();
    if (m_head.status == 407) {
        const ConnectFailure who = proxyAsksWho(m_route);
        finishWith(who.failure, who.message);
        return false;
    }
    setAttribute(QNetworkRequest::HttpStatusCodeAttribute, m_head.status);
    const QPointer<OneShotReply> self(this);
    emit metaDataChanged();
    return self && !isFinished();
}

void OneShotReply::onSocketError(QAbstractSocket::SocketError error)
{
    const QPointer<OneShotReply> self(this);
    while (self && !isFinished() && m_socket && m_socket->bytesAvailable() > 0)
        take(m_socket->read(bytesATurn));
    if (!self || isFinished())
        return;
    if (error == QAbstractSocket::RemoteHostClosedError)
        m_reader.end();
    if (m_reader.whole())
        return finishWith(TransportFailure::None, {});
    finishWith(TransportFailure::Reset,
               m_reader.failed() ? m_reader.problem()
                                 : QStringLiteral("The connection broke: %1.").arg(m_socket->errorString().left(200)));
}

void OneShotReply::close()
{
    m_connector.reset();
    if (m_socket)
        Connector::retire(std::exchange(m_socket, nullptr));
}

void OneShotReply::finishWith(TransportFailure failure, const QString &message)
{
    m_end = {failure, m_head.status ? Delivery::Answered : m_sent ? Delivery::MaybeSent : Delivery::NotSent, message};
    if (failure == TransportFailure::Proxy)
        m_end.delivery = Delivery::NotSent; // it stopped at the proxy
    if (failure != TransportFailure::None)
        setError(failure == TransportFailure::BadUrl ? ProtocolUnknownError : UnknownNetworkError, message);
    close();
    setFinished(true);
    emit finished();
}

void OneShotReply::abort()
{
    if (isFinished())
        return;
    close();
    setError(OperationCanceledError, QStringLiteral("Cancelled."));
    setFinished(true);
    emit finished();
}

qint64 OneShotReply::readData(char *data, qint64 maxSize)
{
    const qsizetype taken = std::min<qsizetype>(maxSize, m_body.size());
    if (taken == 0)
        return isFinished() ? -1 : 0;
    const bool wasFull = readBufferSize() > 0 && m_body.size() >= readBufferSize();
    std::copy_n(m_body.constData(), taken, data);
    if (taken == m_body.size())
        m_body.clear();
    else
        m_body.remove(0, taken);
    if (wasFull)
        QMetaObject::invokeMethod(this, [this] { readMore(); }, Qt::QueuedConnection);
    return taken;
}

OneShotManager::OneShotManager(ProxyRules proxies) : m_proxies(std::move(proxies))
{
    setAutoDeleteReplies(false);
}

/// Reads the certificates: only where they are needed. Those of a provider's own file are read for each request, so that a
/// changed file counts.
QSslConfiguration OneShotManager::tlsFor(const QString &caFile, QString *problem)
{
    if (!m_tls) {
        m_tls = QSslConfiguration::defaultConfiguration();
        m_tls->setAllowedNextProtocols({QByteArrayLiteral("http/1.1")});
        if (const QString file = qEnvironmentVariable("SSL_CERT_FILE"); !file.isEmpty())
            m_tls->addCaCertificates(file);
    }
    QSslConfiguration tls = *m_tls;
    if (!caFile.isEmpty() && !tls.addCaCertificates(caFile))
        *problem = unreadableCaFile(caFile);
    return tls;
}

QNetworkReply *OneShotManager::createRequest(Operation operation, const QNetworkRequest &request,
                                             QIODevice *outgoingData)
{
    QString problem;
    const bool secure = request.url().scheme() == QLatin1String("https");
    std::optional<QSslConfiguration> tls;
    if (secure)
        tls = tlsFor(request.attribute(caFileAttribute).toString(), &problem);
    const QString proxy = request.attribute(proxyAttribute).toString();
    const ProxyRoute route = proxy.isEmpty() ? m_proxies.routeFor(request.url())
                                             : ProxyRules::routeTo(proxy, QStringLiteral("the provider's proxy"));
    return new OneShotReply(operation, request, outgoingData ? outgoingData->readAll() : QByteArray(), route, tls,
                            problem, this);
}

} // namespace retryscope
