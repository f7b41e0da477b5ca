// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/tlssocket.h"

#include <QSslConfiguration>

#include <sys/socket.h>

namespace retryscope {

TlsSocket::TlsSocket(const QSslConfiguration &tls, qintptr descriptor, Owner &owner)
{
    const auto tell = [this, &owner](auto signal, void (Owner::*member)()) {
        QObject::connect(&m_socket, signal, &m_socket, [&owner, member] { (owner.*member)(); });
    };
    tell(&QSslSocket::readyRead, &Owner::onReadable);
    tell(&QSslSocket::encryptedBytesWritten, &Owner::onWritten);
    tell(&QSslSocket::encrypted, &Owner::onReady);
    tell(&QSslSocket::disconnected, &Owner::onGone);
    m_socket.setSocketDescriptor(descriptor);
    m_socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
    m_socket.setSslConfiguration(tls);
    m_socket.startServerEncryption();
}

TlsSocket::~TlsSocket() { QObject::disconnect(&m_socket, nullptr, &m_socket, nullptr); } // closing tells so once more

void TlsSocket::reset()
{
    const linger option{1, 0};
    ::setsockopt(int(m_socket.socketDescriptor()), SOL_SOCKET, SO_LINGER, &option, sizeof option);
    abort();
}

} // namespace retryscope
