// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/httpheaders.h"

#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>

#include <memory>

namespace retryscope {

/// Hands every byte on to a port of this machine and back, and keeps what passed. Understands only as much of HTTP as it must
/// to tell requests. On the thread that made it.
class RecordingRelay : public QTcpServer
{
public:
    struct Request
    {
        QByteArray method, target;
        HttpHeaders headers;
        QByteArray body;
    };
    QList<Request> requests;
    QByteArray answer; ///< all that came back on the newest connection

    quint16 to;        ///< may be set later

    explicit RecordingRelay(quint16 port) : to(port) { listen(QHostAddress::LocalHost); }

    /// The body of the newest answer, without its framing.
    QByteArray answerBody() const
    {
        const qsizetype end = answer.indexOf("\r\n\r\n");
        QByteArray body = answer.mid(end + 4);
        if (!answer.left(end).toLower().contains("transfer-encoding: chunked"))
            return body;
        QByteArray whole;
        while (!body.isEmpty()) {
            const qsizetype line = body.indexOf("\r\n");
            const qsizetype size = body.left(line).toLongLong(nullptr, 16);
            if (line < 0 || size == 0)
                break;
            whole += body.mid(line + 2, size);
            body.remove(0, line + 2 + size + 2);
        }
        return whole;
    }

protected:
    void incomingConnection(qintptr descriptor) override
    {
        auto *client = new QTcpSocket(this);
        client->setSocketDescriptor(descriptor);
        auto *provider = new QTcpSocket(client);
        provider->connectToHost(QHostAddress(QHostAddress::LocalHost), to);
        answer.clear();
        auto input = std::make_shared<QByteArray>();
        connect(client, &QTcpSocket::readyRead, this, [this, client, provider, input] {
            const QByteArray bytes = client->readAll();
            provider->write(bytes);
            input->append(bytes);
            while (take(*input)) { }
        });
        connect(provider, &QTcpSocket::readyRead, this, [this, client, provider] {
            const QByteArray bytes = provider->readAll();
            answer += bytes;
            client->write(bytes);
        });
        connect(provider, &QTcpSocket::disconnected, client, [client] { client->disconnectFromHost(); });
        connect(client, &QTcpSocket::disconnected, client, &QObject::deleteLater);
    }

private:
    bool take(QByteArray &input)
    {
        const qsizetype headEnd = input.indexOf("\r\n\r\n");
        if (headEnd < 0)
            return false;
        const QList<QByteArray> lines = input.left(headEnd).split('\n');
        Request request;
        const QList<QByteArray> first = lines.first().trimmed().split(' ');
        request.method = first.value(0);
        request.target = first.value(1);
        for (const QByteArray &line : lines.mid(1)) {
            const qsizetype colon = line.indexOf(':');
            request.headers.append({line.left(colon), line.mid(colon + 1).trimmed()});
        }
        const qsizetype length = headerValue(request.headers, "content-length").toLongLong();
        if (input.size() < headEnd + 4 + length)
            return false;
        request.body = input.mid(headEnd + 4, length);
        input.remove(0, headEnd + 4 + length);
        requests.append(request);
        return true;
    }
};

} // namespace retryscope
