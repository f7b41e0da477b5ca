// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/clientsocket.h"

#include <QSslSocket>

namespace retryscope {

/// A client over TLS: Qt's own socket.
class TlsSocket final : public ClientSocket
{
public:
    TlsSocket(const QSslConfiguration &tls, qintptr descriptor, Owner &owner);
    ~TlsSocket() override;
    bool isConnected() const override { return m_socket.state() == QAbstractSocket::ConnectedState; }
    QHostAddress localAddress() const override { return m_socket.localAddress(); }
    bool hasInput() const override { return m_socket.bytesAvailable() > 0; }
    qint64 read(char *into, qint64 size) override { return std::max<qint64>(m_socket.read(into, size), 0); }
    void setReadAhead(qint64 bytes) override { m_socket.setReadBufferSize(bytes); }
    void write(QByteArrayView bytes) override { m_socket.write(bytes.data(), bytes.size()); }
    void flush() override {}
    qint64 backlog() const override { return m_socket.bytesToWrite() + m_socket.encryptedBytesToWrite(); }
    void leave() override { m_socket.isEncrypted() ? m_socket.disconnectFromHost() : m_socket.abort(); }
    void abort() override { m_socket.abort(); }
    void reset() override;

private:
    QSslSocket m_socket;
};

} // namespace retryscope
