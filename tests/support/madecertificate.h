// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

namespace retryscope {

/// A certificate with whatever is wrong with it, and its key, both PEM.
struct MadeCertificate
{
    struct Wish
    {
        long from = -3'600, until = 3'600; ///< seconds from now
        const char *names = "DNS:localhost,IP:127.0.0.1";
        int rsaBits = 0;                  ///< 0: EC P-256
        const char *kind = nullptr;       ///< another kind of key, such as "ED25519"
        const char *passphrase = nullptr; ///< that the key is encrypted with
        const char *issuer = nullptr;     ///< another one than itself
        bool sha1 = false;
        bool mayIssue = false;                      ///< is an authority
        const MadeCertificate *authority = nullptr; ///< that signs it, in place of its own key
    };
    QByteArray certificate, key;

    static MadeCertificate make(const Wish &wish)
    {
        EVP_PKEY *key = wish.rsaBits ? EVP_RSA_gen(unsigned(wish.rsaBits))
                        : wish.kind  ? EVP_PKEY_Q_keygen(nullptr, nullptr, wish.kind)
                                     : EVP_EC_gen("P-256");
        X509 *made = X509_new();
        X509_set_version(made, X509_VERSION_3);
        static long serial = 1;
        ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
        X509_gmtime_adj(X509_getm_notBefore(made), wish.from);
        X509_gmtime_adj(X509_getm_notAfter(made), wish.until);
        setName(X509_get_subject_name(made), nameOf(wish));
        setName(X509_get_issuer_name(made), wish.issuer ? wish.issuer : wish.authority ? "an authority" : nameOf(wish));
        X509_set_pubkey(made, key);
        extend(made, NID_subject_alt_name, wish.names);
        if (wish.mayIssue)
            extend(made, NID_basic_constraints, "critical,CA:TRUE");
        EVP_PKEY *signer = wish.authority ? wish.authority->readKey() : key;
        X509_sign(made, signer, wish.kind ? nullptr : wish.sha1 ? EVP_sha1() : EVP_sha256());
        if (signer != key)
            EVP_PKEY_free(signer);
        BIO *to = BIO_new(BIO_s_mem()), *keyTo = BIO_new(BIO_s_mem());
        PEM_write_bio_X509(to, made);
        PEM_write_bio_PKCS8PrivateKey(keyTo, key, wish.passphrase ? EVP_aes_256_cbc() : nullptr, nullptr, 0, nullptr,
                                      const_cast<char *>(wish.passphrase));
        const MadeCertificate all{taken(to), taken(keyTo)};
        X509_free(made);
        EVP_PKEY_free(key);
        return all;
    }

private:
    static const char *nameOf(const Wish &wish) { return wish.mayIssue ? "an authority" : "localhost"; }
    static void extend(X509 *made, int what, const char *value)
    {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
        X509_add_ext(made, extension, -1);
        X509_EXTENSION_free(extension);
    }
    EVP_PKEY *readKey() const
    {
        BIO *from = BIO_new_mem_buf(key.constData(), int(key.size()));
        EVP_PKEY *read = PEM_read_bio_PrivateKey(from, nullptr, nullptr, nullptr);
        BIO_free_all(from);
        return read;
    }
    static void setName(X509_NAME *name, const char *text)
    {
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char *>(text), -1, -1, 0);
    }
    static QByteArray taken(BIO *from)
    {
        char *bytes = nullptr;
        const long size = BIO_get_mem_data(from, &bytes);
        const QByteArray all(bytes, size);
        BIO_free_all(from);
        return all;
    }
};

} // namespace retryscope
