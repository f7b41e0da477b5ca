// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/servercertificate.h"
#include "support/madecertificate.h"

#include <QFile>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTemporaryDir>
#include <QTest>

namespace retryscope {

/// As the server reads it from a file.
inline ServerCertificate servedCertificate(const MadeCertificate::Wish &wish = {})
{
    const QTemporaryDir folder;
    const auto made = MadeCertificate::make(wish);
    QFile file(folder.filePath(QStringLiteral("both.pem")));
    if (!file.open(QIODevice::WriteOnly) || file.write(made.certificate + made.key) < 0 || !file.flush())
        qFatal("no file");
    const auto read = readServerCertificate(file.fileName(), file.fileName());
    if (!read)
        qFatal("%s", qPrintable(read.error()));
    return *read;
}

/// A client over TLS, which believes any certificate.
struct TlsClient
{
    static std::unique_ptr<QSslSocket> connectTo(quint16 port, QSsl::SslProtocol protocol = QSsl::SecureProtocols,
                                                 const QString &address = QStringLiteral("127.0.0.1"))
    {
        auto socket = std::make_unique<QSslSocket>();
        QSslConfiguration tls = socket->sslConfiguration();
        tls.setProtocol(protocol);
        tls.setPeerVerifyMode(QSslSocket::VerifyNone);
        tls.setAllowedNextProtocols({"h2", "http/1.1"});
        socket->setSslConfiguration(tls);
        socket->connectToHostEncrypted(address, port);
        return socket;
    }
    static bool isThrough(const std::unique_ptr<QSslSocket> &socket)
    {
        return QTest::qWaitFor([&] { return socket->isEncrypted(); }, 10'000);
    }
    static QByteArray readUntil(QTcpSocket &socket, const QByteArray &end)
    {
        QByteArray got;
        (void)QTest::qWaitFor(
            [&] {
                got += socket.readAll();
                return got.contains(end);
            },
            10'000);
        return got;
    }
    static QByteArray fingerprint(const QSslSocket &socket)
    {
        return socket.peerCertificate().digest(QCryptographicHash::Sha256).toHex(':').toUpper();
    }
};

} // namespace retryscope
