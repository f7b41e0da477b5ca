// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/servercertificate.h"

#include "base/userfiles.h"

#include <QCryptographicHash>
#include <QHostAddress>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslSocket>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace retryscope {
namespace {

constexpr qint64 largestPem = 1 << 20; ///< bytes
constexpr int weakest = 112;           ///< bits of security: what OpenSSL itself asks of a server's key and signature

template <auto free> struct FreedBy
{
    template <typename T> void operator()(T *it) const { free(it); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, FreedBy<X509_free>>;
using BytesHandle = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using Problem = Unexpected<QString>;

BytesHandle bytesOf(const QByteArray &text) { return BytesHandle(BIO_new_mem_buf(text.constData(), int(text.size()))); }

/// Nobody is there to type it.
int noPassphrase(char *, int, int, void *wanted)
{
    *static_cast<bool *>(wanted) = true;
    return -1;
}

struct ReadKey
{
    KeyHandle handle;
    QSslKey key;
};

Expected<ReadKey, QString> readKey(const QString &file)
{
    const auto pem = readRegularFile(file, largestPem);
    if (!pem)
        return Problem{QStringLiteral("The key %1 %2.").arg(file, pem.error())};
    bool encrypted = false;
    KeyHandle handle(PEM_read_bio_PrivateKey(bytesOf(*pem).get(), nullptr, noPassphrase, &encrypted));
    ERR_clear_error(); // or the next user of the library takes it for its own
    if (encrypted)
        return Problem{
            QStringLiteral("The key %1 is encrypted, and nobody is there to type its passphrase. Write it out without "
                           "one (openssl pkey -in FILE -out NEW), in a file that only the gateway's user can read.")
                .arg(file)};
    if (!handle)
        return Problem{
            QStringLiteral("%1 holds no private key. It must be PEM, with a line -----BEGIN PRIVATE KEY-----.")
                .arg(file)};
    const int kind = EVP_PKEY_get_base_id(handle.get());
    const QSslKey key(*pem, kind == EVP_PKEY_RSA ? QSsl::Rsa : QSsl::Ec);
    if ((kind != EVP_PKEY_RSA && kind != EVP_PKEY_EC) || key.isNull())
        return Problem{
            QStringLiteral("The key %1 is neither RSA nor EC, which are the kinds that can be used. Make a new one of "
                           "them, and a certificate for it.")
                .arg(file)};
    if (EVP_PKEY_get_security_bits(handle.get()) < weakest)
        return Problem{
            QStringLiteral("The key %1 is too weak: programs would refuse it. Make one of EC P-256, or RSA with 2048 "
                           "bits at least.")
                .arg(file)};
    return ReadKey{std::move(handle), key};
}

QString utcDay(const QDateTime &time) { return time.toUTC().toString(QStringLiteral("yyyy-MM-dd hh:mm 'UTC'")); }

/// Empty, or why the certificate cannot stand before a client now.
QString problemOf(const QSslCertificate &certificate, const QString &file)
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    if (certificate.expiryDate() <= now)
        return QStringLiteral("The certificate %1 ended on %2. Renew it.").arg(file, utcDay(certificate.expiryDate()));
    if (certificate.effectiveDate() > now)
        return QStringLiteral("The certificate %1 begins on %2 only. Is this machine's clock right?")
            .arg(file, utcDay(certificate.effectiveDate()));
    const QByteArray der = certificate.toDer();
    auto from = reinterpret_cast<const unsigned char *>(der.constData());
    const CertificateHandle handle(d2i_X509(nullptr, &from, long(der.size())));
    int strength = 0;
    if (!certificate.isSelfSigned() && handle
        && X509_get_signature_info(handle.get(), nullptr, nullptr, &strength, nullptr) == 1 && strength < weakest)
        return QStringLiteral("The certificate %1 is signed too weakly: programs would refuse it. Have it made anew, "
                              "with SHA-256.")
            .arg(file);
    return {};
}

/// Signed for that key.
bool isFor(const QSslCertificate &certificate, const KeyHandle &key)
{
    const QByteArray der = certificate.toDer();
    auto from = reinterpret_cast<const unsigned char *>(der.constData());
    const CertificateHandle handle(d2i_X509(nullptr, &from, long(der.size())));
    const bool ok = handle && X509_check_private_key(handle.get(), key.get()) == 1;
    ERR_clear_error();
    return ok;
}

QStringList namesOf(const QSslCertificate &certificate)
{
    QStringList names;
    const auto all = certificate.subjectAlternativeNames();
    for (const auto kind : {QSsl::DnsEntry, QSsl::IpAddressEntry}) {
        for (const QString &name : all.values(kind))
            names << name.toLower();
    }
    if (names.isEmpty()) // as it was before there were alternatives
        names = certificate.subjectInfo(QSslCertificate::CommonName);
    names.sort();
    return names;
}

std::shared_ptr<const QSslConfiguration> tlsWith(const QList<QSslCertificate> &chain, const QSslKey &key)
{
    auto tls = std::make_shared<QSslConfiguration>();
    tls->setProtocol(QSsl::TlsV1_2OrLater);
    tls->setPeerVerifyMode(QSslSocket::VerifyNone);
    tls->setAllowedNextProtocols({QByteArrayLiteral("http/1.1")});
    tls->setCaCertificates({}); // those of the system are for clients, and would be read for each connection
    tls->setLocalCertificateChain(chain);
    tls->setPrivateKey(key);
    return tls;
}

} // namespace

QByteArrayList ServerCertificate::hosts() const
{
    QByteArrayList list;
    for (const QString &name : names) {
        if (!isOwn && QHostAddress(name).isNull() && name != QLatin1String("localhost"))
            list << name.toLatin1();
    }
    return list;
}

Expected<ServerCertificate, QString> readServerCertificate(const QString &certificateFile, const QString &keyFile)
{
    if (!QSslSocket::supportsSsl())
        return Problem{QStringLiteral("Qt finds no TLS library on this machine. Install OpenSSL 3 (libssl3).")};
    const auto pem = readRegularFile(certificateFile, largestPem);
    if (!pem)
        return Problem{QStringLiteral("The certificate %1 %2.").arg(certificateFile, pem.error())};
    const QList<QSslCertificate> chain = QSslCertificate::fromData(*pem, QSsl::Pem);
    if (chain.isEmpty() || chain.first().isNull())
        return Problem{
            QStringLiteral("%1 holds no certificate. It must be PEM, with a line -----BEGIN CERTIFICATE-----.")
                .arg(certificateFile)};
    const auto key = readKey(keyFile);
    if (!key)
        return Problem{key.error()};
    if (!isFor(chain.first(), key->handle))
        return Problem{
            QStringLiteral("The key %1 is not that of the certificate %2 (of its first one, where it holds several). "
                           "Give the two that were made for each other.")
                .arg(keyFile, certificateFile)};
    if (const QString problem = problemOf(chain.first(), certificateFile); !problem.isEmpty())
        return Problem{problem};
    return ServerCertificate{tlsWith(chain, key->key),
                             chain.first().digest(QCryptographicHash::Sha256).toHex(':').toUpper(),
                             namesOf(chain.first()), chain.first().expiryDate().toUTC()};
}

} // namespace retryscope
