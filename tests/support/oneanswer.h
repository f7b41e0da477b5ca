// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <functional>

/// Reads whole requests and answers each by a function of its bytes. On the thread of the test.
class OneAnswer final : public QTcpServer
{
public:
    using Answer = std::function<void(QTcpSocket &socket, const QByteArray &request)>;

    explicit OneAnswer(Answer answer) : m_answer(std::move(answer))
    {
        QVERIFY(listen(QHostAddress::LocalHost));
        connect(this, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *socket = nextPendingConnection())
                connect(socket, &QTcpSocket::readyRead, socket, [this, socket, bytes = QByteArray()]() mutable {
                    bytes += socket->readAll();
                    if (!isWhole(bytes))
                        return;
                    requests.append(bytes);
                    m_answer(*socket, std::exchange(bytes, {}));
                });
        });
    }
    QString url() const { return QStringLiteral("http://127.0.0.1:%1/v1").arg(serverPort()); }
    /// A whole response with its length, and the connection closed.
    static void reply(QTcpSocket &socket, const QByteArray &status, const QByteArray &body,
                      const QByteArray &headers = {})
    {
        socket.write("HTTP/1.1 " + status + "\r\nConnection: close\r\n" + headers
                     + "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
        socket.disconnectFromHost();
    }
    QList<QByteArray> requests;

private:
    static bool isWhole(const QByteArray &bytes)
    {
        const qsizetype head = bytes.indexOf("\r\n\r\n");
        if (head < 0)
            return false;
        const qsizetype at = bytes.left(head).toLower().indexOf("content-length:");
        const qsizetype length =
            at < 0 ? 0 : bytes.mid(at + 15, bytes.indexOf('\r', at) - at - 15).trimmed().toLongLong();
        return bytes.size() >= head + 4 + length;
    }
    Answer m_answer;
};
