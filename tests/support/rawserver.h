// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>

#include <functional>

#include <sys/socket.h>

namespace retryscope {

/// Counts every whole request that reaches it and answers with whatever bytes, or none: below HTTP, so that nothing
/// about the wire is assumed. On the thread that made it.
class RawServer : public QTcpServer
{
public:
    /// Called with each whole request, numbered from 1.
    std::function<void(QTcpSocket *, int number)> answer;
    int requests = 0;
    int connections = 0;
    QList<QByteArray> heads;
    QByteArray lastBody; ///< of the request that is being answered

    RawServer() { listen(QHostAddress::LocalHost); }
    QUrl url(const QString &path = QStringLiteral("/v1/chat/completions")) const
    {
        return QUrl(QStringLiteral("http://127.0.0.1:%1%2").arg(serverPort()).arg(path));
    }

    static void reset(QTcpSocket *socket)
    {
        const linger option{1, 0};
        ::setsockopt(int(socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, &option, sizeof option);
        socket->abort();
    }
    static void reply(QTcpSocket *socket, const QByteArray &body, const QByteArray &status = "200 OK",
                      const QByteArray &more = {})
    {
        socket->write("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: "
                      + QByteArray::number(body.size()) + "\r\n" + more + "\r\n" + body);
    }

protected:
    void incomingConnection(qintptr descriptor) override
    {
        ++connections;
        auto *socket = new QTcpSocket(this);
        socket->setSocketDescriptor(descriptor);
        socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        auto input = std::make_shared<QByteArray>();
        connect(socket, &QTcpSocket::readyRead, this, [this, socket = QPointer(socket), input] {
            input->append(socket->readAll());
            while (socket && takeRequest(*input)) {
                ++requests;
                answer(socket, requests);
            }
        });
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
    }

private:
    bool takeRequest(QByteArray &input)
    {
        const qsizetype headEnd = input.indexOf("\r\n\r\n");
        if (headEnd < 0)
            return false;
        const QByteArray head = input.left(headEnd);
        const qsizetype at = head.toLower().indexOf("content-length:");
        const qsizetype length =
            at < 0 ? 0
                   : head.mid(at + 15, head.indexOf('\r', at) < 0 ? -1 : head.indexOf('\r', at) - at - 15)
                         .trimmed()
                         .toLongLong();
        if (input.size() < headEnd + 4 + length)
            return false;
        heads.append(head);
        lastBody = input.mid(headEnd + 4, length);
        input.remove(0, headEnd + 4 + length);
        return true;
    }
};

} // namespace retryscope
