// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/rawserver.h"

#include <QElapsedTimer>

namespace retryscope {

/// A wire to another port of this machine that a test can cut. On the thread that made it.
class CutWire : public QTcpServer
{
public:
    quint16 to = 0;      ///< the port; 0: what connects is dropped at once
    int connections = 0;

    CutWire() { listen(QHostAddress::LocalHost); }
    QUrl url() const { return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(serverPort())); }
    /// Resets what runs.
    void cut()
    {
        for (QTcpSocket *socket : findChildren<QTcpSocket *>())
            RawServer::reset(socket);
    }
    void cutFor(quint16 port)
    {
        to = port;
        cut();
    }

protected:
    void incomingConnection(qintptr descriptor) override
    {
        ++connections;
        auto *near = new QTcpSocket(this);
        near->setSocketDescriptor(descriptor);
        if (to == 0)
            return RawServer::reset(near);
        auto *far = new QTcpSocket(near);
        far->connectToHost(QHostAddress::LocalHost, to);
        connect(near, &QTcpSocket::readyRead, far, [near, far] { far->write(near->readAll()); });
        connect(far, &QTcpSocket::readyRead, near, [near, far] { near->write(far->readAll()); });
        connect(far, &QTcpSocket::disconnected, near, [near] { near->disconnectFromHost(); });
        connect(near, &QTcpSocket::disconnected, near, &QObject::deleteLater);
    }
};

} // namespace retryscope
