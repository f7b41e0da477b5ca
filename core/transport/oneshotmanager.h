// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/connector.h"
#include "transport/responsereader.h"

#include <QNetworkAccessManager>
#include <QNetworkReply>

#include <memory>

namespace retryscope {

/// A reply with a connection of its own, for one request and its one answer (docs/adr/0003). Sends the body once.
/// Holds at most a read buffer of the answer; nothing blocks, and abort() closes the socket at once.
class OneShotReply final : public QNetworkReply
{
public:
    OneShotReply(QNetworkAccessManager::Operation operation, const QNetworkRequest &request, QByteArray body,
                 ProxyRoute route, std::optional<QSslConfiguration> tls, QString problem, QObject *parent);
    ~OneShotReply() override;

    const HttpHead &head() const { return m_head; }
    /// How it ended; only once it has finished.
    const ExchangeEnd &end() const { return m_end; }
    /// Of the connection so far, framing included.
    qint64 bytesTaken() const { return m_taken; }
    void abort() override;
    qint64 bytesAvailable() const override { return m_body.size() + QNetworkReply::bytesAvailable(); }
    bool isSequential() const override { return true; }

protected:
    qint64 readData(char *data, qint64 maxSize) override;

private:
    void begin();
    void onConnected(QTcpSocket *socket);
    void onSocketError(QAbstractSocket::SocketError error);
    void readMore();
    void take(QByteArrayView bytes);
    bool showHead();
    QByteArray requestBytes() const;
    void close() override;
    void finishWith(TransportFailure failure, const QString &message);

    QByteArray m_method;
    QByteArray m_requestBody;
    ProxyRoute m_route;
    std::optional<QSslConfiguration> m_tls;
    QString m_problem; ///< why it cannot be sent at all
    std::unique_ptr<Connector> m_connector;
    QTcpSocket *m_socket = nullptr;
    ResponseReader m_reader;
    HttpHead m_head;
    QByteArray m_body;
    ExchangeEnd m_end;
    qint64 m_taken = 0;
    bool m_sent = false;
};

/// The network manager of the transport: every request gets a connection that nothing was sent on before and nothing is
/// sent on afterwards. Qt's own HTTP is not used: it cannot be kept from giving one call's answer to another, nor be
/// bounded in what it holds of a head. HTTP/1.1 only. Raw headers of a reply are in head(), not in rawHeader().
class OneShotManager final : public QNetworkAccessManager
{
public:
    explicit OneShotManager(ProxyRules proxies);
    /// Of a request: HttpRequest's proxy and caFile, where not empty.
    static constexpr auto proxyAttribute = QNetworkRequest::Attribute(QNetworkRequest::User);
    static constexpr auto caFileAttribute = QNetworkRequest::Attribute(QNetworkRequest::User + 1);

protected:
    QNetworkReply *createRequest(Operation operation, const QNetworkRequest &request, QIODevice *outgoingData) override;

private:
    QSslConfiguration tlsFor(const QString &caFile, QString *problem);

    ProxyRules m_proxies;
    std::optional<QSslConfiguration> m_tls; ///< once somebody needs it: to make one opens the TLS library
};

} // namespace retryscope
