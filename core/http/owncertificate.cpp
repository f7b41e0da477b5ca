// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/owncertificate.h"

#include "base/userfiles.h"

#include <QFileInfo>
#include <QHostAddress>
#include <QNetworkInterface>
#include <QRegularExpression>
#include <QSaveFile>
#include <QSysInfo>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace retryscope {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::hours life = 825 * 24h; ///< the longest that some systems take
constexpr std::chrono::hours renewal = 30 * 24h;
constexpr std::chrono::hours headStart = 24h; ///< for clocks that go behind

bool isAddress(const QString &name) { return !QHostAddress(name).isNull(); }

QByteArray alternatives(const QStringList &names)
{
    QByteArrayList list;
    for (const QString &name : names)
        list << (isAddress(name) ? "IP:" : "DNS:") + name.toLatin1();
    return list.join(',');
}

bool addExtension(X509 *certificate, int kind, const QByteArray &value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.constData());
    const bool ok = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

/// An end's certificate, no authority's: some libraries take none of those for a server.
bool fill(X509 *certificate, EVP_PKEY *key, const QStringList &names)
{
    unsigned char serial[16];
    if (RAND_bytes(serial, sizeof serial) != 1)
        return false;
    serial[0] = (serial[0] & 0x3f) | 0x40; // positive, and of full length
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, nullptr);
    const bool numbered = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    const auto seconds = [](std::chrono::seconds s) { return long(s.count()); };
    X509_NAME *subject = X509_get_subject_name(certificate);
    return numbered && X509_set_version(certificate, X509_VERSION_3) == 1
           && X509_gmtime_adj(X509_getm_notBefore(certificate), -seconds(headStart))
           && X509_gmtime_adj(X509_getm_notAfter(certificate), seconds(life - headStart))
           && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                         reinterpret_cast<const unsigned char *>("Retryscope gateway"), -1, -1, 0)
                  == 1
           && X509_set_issuer_name(certificate, subject) == 1 && X509_set_pubkey(certificate, key) == 1
           && addExtension(certificate, NID_basic_constraints, "critical,CA:FALSE")
           && addExtension(certificate, NID_key_usage, "critical,digitalSignature")
           && addExtension(certificate, NID_ext_key_usage, "serverAuth")
           && addExtension(certificate, NID_subject_key_identifier, "hash")
           && addExtension(certificate, NID_subject_alt_name, alternatives(names))
           && X509_sign(certificate, key, EVP_sha256()) > 0;
}

struct Pems
{
    QByteArray certificate, key;
};

std::optional<Pems> makePems(const QStringList &names)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *to = BIO_new(BIO_s_mem()), *keyTo = BIO_new(BIO_s_mem());
    const auto taken = [](BIO *from) {
        char *bytes = nullptr;
        const long size = BIO_get_mem_data(from, &bytes);
        return QByteArray(bytes, size);
    };
    std::optional<Pems> pems;
    if (key && certificate && to && keyTo && fill(certificate, key, names) && PEM_write_bio_X509(to, certificate) == 1
        && PEM_write_bio_PrivateKey(keyTo, key, nullptr, nullptr, 0, nullptr, nullptr) == 1)
        pems = Pems{taken(to), taken(keyTo)};
    BIO_free_all(keyTo);
    BIO_free_all(to);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return pems;
}

/// Whole or not at all, and for this user only from its first byte.
bool writePrivately(const QString &file, const QByteArray &bytes)
{
    QSaveFile to(file); // makes its file with 0600
    return to.open(QIODevice::WriteOnly) && to.setPermissions(QFile::ReadOwner | QFile::WriteOwner)
           && to.write(bytes) == bytes.size() && to.commit();
}

/// Why the kept one will not do; empty: it will.
QString fault(const OwnCertificate &own, const Expected<ServerCertificate, QString> &kept, const QStringList &more)
{
    if (!QFileInfo::exists(own.certificateFile))
        return QStringLiteral("there was none");
    if (!kept)
        return QStringLiteral("the one before cannot be used: ") + kept.error();
    if (kept->until < QDateTime::currentDateTimeUtc().addSecs(std::chrono::seconds(renewal).count()))
        return QStringLiteral("the one before ends on ") + kept->until.toString(QStringLiteral("yyyy-MM-dd"));
    for (const QString &name : more) {
        if (!kept->names.contains(name))
            return QStringLiteral("the one before is not for ") + name;
    }
    return {};
}

} // namespace

/// Nothing that could break out of the text of an extension.
bool isHostName(const QString &name)
{
    static const QRegularExpression plain(QStringLiteral("^[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9_])?$"));
    return isAddress(name) || plain.match(name).hasMatch();
}

QStringList machineHosts()
{
    const QString host = QSysInfo::machineHostName().toLower();
    if (!isHostName(host) || isAddress(host) || host == QLatin1String("localhost"))
        return {};
    return host.contains(QLatin1Char('.')) ? QStringList{host} : QStringList{host, host + QStringLiteral(".local")};
}

QStringList machineNames()
{
    QStringList names =
        machineHosts() + QStringList{QStringLiteral("localhost"), QStringLiteral("127.0.0.1"), QStringLiteral("::1")};
    for (const QHostAddress &address : QNetworkInterface::allAddresses()) {
        if (!address.isLinkLocal())
            names << address.toString().section(QLatin1Char('%'), 0, 0);
    }
    names.removeDuplicates();
    return names;
}

QString machineAddress()
{
    for (const auto wanted : {QAbstractSocket::IPv4Protocol, QAbstractSocket::IPv6Protocol}) {
        for (const QHostAddress &address : QNetworkInterface::allAddresses()) {
            if (address.protocol() == wanted && !address.isLoopback() && !address.isLinkLocal())
                return wanted == QAbstractSocket::IPv6Protocol ? QStringLiteral("[%1]").arg(address.toString())
                                                               : address.toString();
        }
    }
    return QStringLiteral("127.0.0.1");
}

Expected<OwnCertificate, QString> ownCertificate(const QString &folder, const QStringList &more)
{
    OwnCertificate own{
        folder + QStringLiteral("/gateway-certificate.pem"), folder + QStringLiteral("/gateway-key.pem"), {}, {}};
    if (QFileInfo::exists(own.keyFile))
        makePrivateFile(own.keyFile); // mends what others may read
    auto kept = readServerCertificate(own.certificateFile, own.keyFile);
    own.madeBecause = fault(own, kept, more);
    if (!own.madeBecause.isEmpty()) {
        QStringList names = machineNames() + more;
        names.removeDuplicates();
        if (const auto odd = std::find_if_not(names.begin(), names.end(), isHostName); odd != names.end())
            return Unexpected{
                QStringLiteral("\"%1\" is no host name that a certificate can be made for. Give a name such as "
                               "gateway.example.org, or an address.")
                    .arg(*odd)};
        const auto pems = makePems(names);
        if (!pems)
            return Unexpected{
                QStringLiteral("OpenSSL could not make a certificate. Give one with --tls-cert and --tls-key.")};
        errno = 0;
        if (!makePrivateFolder(folder) || !writePrivately(own.keyFile, pems->key)
            || !writePrivately(own.certificateFile, pems->certificate))
            return Unexpected{
                QStringLiteral("The gateway's certificate cannot be written to %1: %2. Make the folder writable, or "
                               "give a certificate with --tls-cert and --tls-key.")
                    .arg(folder, QString::fromLocal8Bit(std::strerror(errno)))};
        kept = readServerCertificate(own.certificateFile, own.keyFile);
    }
    if (!kept)
        return Unexpected{kept.error()};
    own.certificate = *kept;
    own.certificate.isOwn = true;
    return own;
}

} // namespace retryscope
