// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/connectfailure.h"
#include "transport/transport.h"

#include <QBasicTimer>
#include <QHostAddress>
#include <QObject>
#include <QSslConfiguration>
#include <QTcpSocket>

#include <functional>
#include <optional>
#include <vector>

namespace retryscope {

/// Opens one connection: looks the name up, tries its addresses a quarter of a second apart until one answers, through
/// a proxy where the route says so, and speaks TLS for https. Blocks nowhere; calls back once, or never when it was
/// deleted before. Knows no timeout.
class Connector final : public QObject
{
public:
    struct Callbacks
    {
        std::function<void(QTcpSocket *)> ready; ///< the socket is the callee's now
        std::function<void(const ConnectFailure &)> failed;
    };
    Connector(const QUrl &url, ProxyRoute route, std::optional<QSslConfiguration> tls, Callbacks callbacks);
    ~Connector() override;
    /// May call back at once.
    void start();
    /// Ends a connection without waiting for anything.
    static void retire(QTcpSocket *socket);

private:
    void lookUp(const QString &host, quint16 port);
    void tryNext();
    QTcpSocket *newSocket();
    void tunnel();
    void won(QTcpSocket *socket);
    void lost(QTcpSocket *socket, QAbstractSocket::SocketError error);
    void encrypt();
    void encryptionFailed();
    void fail(const ConnectFailure &failure);
    void failToConnect(QAbstractSocket::SocketError error, const QString &text);
    void timerEvent(QTimerEvent *) override;

    QUrl m_url;
    ProxyRoute m_route;
    std::optional<QSslConfiguration> m_tls; ///< of https only
    Callbacks m_callbacks;
    QList<QHostAddress> m_addresses;
    qsizetype m_next = 0;
    quint16 m_port = 0;
    std::vector<QTcpSocket *> m_trying;
    QTcpSocket *m_socket = nullptr; ///< the one that connected
    QBasicTimer m_stagger;
    int m_lookup = -1;
};

} // namespace retryscope
