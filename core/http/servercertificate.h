// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"

#include <QByteArray>
#include <QDateTime>
#include <QStringList>

#include <memory>

class QSslConfiguration;

namespace retryscope {

/// Who a server says that it is, with what its connections take of it: TLS 1.2 at least, HTTP/1.1 by ALPN, no certificate
/// asked of the client.
struct ServerCertificate
{
    std::shared_ptr<const QSslConfiguration> tls; ///< with the key in it
    QByteArray fingerprint;                       ///< SHA-256 of the certificate, as openssl prints it: "AB:CD:..."
    QStringList names;  ///< that it is for, in lower case: host names, *.example.org, and addresses
    QDateTime until;    ///< UTC
    bool isOwn = false; ///< made by ownCertificate()

    /// The host names that a Host header may say because somebody gave this certificate; without localhost.
    QByteArrayList hosts() const;
};

/// A certificate (behind it those that signed it) and its key, both PEM; they may be one file. The error is a sentence that
/// names the file and what to do: missing, unreadable, no such thing, encrypted, too weak, of another certificate, ended, not
/// yet begun.
Expected<ServerCertificate, QString> readServerCertificate(const QString &certificateFile, const QString &keyFile);

} // namespace retryscope
