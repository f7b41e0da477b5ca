// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fleet/redistls.h"

#include "base/userfiles.h"

#include <QSslCertificate>
#include <QSslKey>
#include <QSslSocket>

namespace retryscope {
namespace {

constexpr qint64 largestPem = 1 << 20; ///< bytes

Unexpected<QString> unusable(const QString &sentence) { return {sentence}; }

Expected<QList<QSslCertificate>, QString> certificatesIn(const QString &file)
{
    const auto pem = readRegularFile(file, largestPem);
    if (!pem)
        return unusable(QStringLiteral("%1 %2").arg(file, pem.error()));
    const QList<QSslCertificate> all = QSslCertificate::fromData(*pem, QSsl::Pem);
    if (all.isEmpty() || all.first().isNull())
        return unusable(QStringLiteral("%1 holds no certificate; it must be PEM").arg(file));
    return all;
}

Expected<QSslKey, QString> keyIn(const QString &file)
{
    const auto pem = readRegularFile(file, largestPem);
    if (!pem)
        return unusable(QStringLiteral("%1 %2").arg(file, pem.error()));
    for (const QSsl::KeyAlgorithm kind : {QSsl::Rsa, QSsl::Ec}) {
        if (const QSslKey key(*pem, kind); !key.isNull())
            return key;
    }
    return unusable(QStringLiteral("%1 holds no RSA or EC key without a passphrase; it must be PEM").arg(file));
}

} // namespace

Expected<QSslConfiguration, QString> redisTls(const FleetLocation &location)
{
    if (!QSslSocket::supportsSsl())
        return unusable(QStringLiteral("Qt finds no TLS library on this machine; install OpenSSL 3 (libssl3)"));
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    if (!location.caFile.isEmpty()) {
        const auto authorities = certificatesIn(location.caFile);
        if (!authorities)
            return unusable(authorities.error());
        tls.setCaCertificates(*authorities);
    }
    if (!location.certificateFile.isEmpty()) {
        const auto chain = certificatesIn(location.certificateFile);
        if (!chain)
            return unusable(chain.error());
        const auto key = keyIn(location.keyFile);
        if (!key)
            return unusable(key.error());
        tls.setLocalCertificateChain(*chain);
        tls.setPrivateKey(*key);
    }
    return tls;
}

QString redisTlsProblem(const QSslSocket &socket)
{
    const QString text = socket.errorString();
    if (const auto errors = socket.sslHandshakeErrors(); !errors.isEmpty())
        return QStringLiteral("its certificate cannot be trusted (%1); name the authority that signed it with ca=FILE, and "
                              "the host as the certificate does")
            .arg(errors.first().errorString());
    if (text.contains(QLatin1String("certificate required"))) // the alert of TLS 1.3, which comes when all seems well
        return QStringLiteral("it wants to see a certificate of this gateway; add cert=FILE&key=FILE");
    if (socket.error() == QAbstractSocket::SslHandshakeFailedError
        || (!socket.isEncrypted() && socket.error() == QAbstractSocket::SslInternalError))
        return QStringLiteral("no TLS comes about (%1); does that port speak it?").arg(text);
    return text;
}

} // namespace retryscope
