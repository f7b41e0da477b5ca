// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/gateway.h"

#include <QCommandLineParser>

#include <chrono>
#include <optional>

namespace retryscope::cli {

/// What serve's options say of TLS and of the names it is known by: the certificate at the start, and the one that takes its
/// place while it serves.
class ServeTls
{
public:
    static QList<QCommandLineOption> options();
    /// None, or the exit code where it cannot start so; the sentence has been printed.
    std::optional<int> read(const QCommandLineParser &parser, const QHostAddress &address);
    void applyTo(GatewayOptions *options) const;

    /// http://127.0.0.1:4180, or where others reach it.
    QString root(const QHostAddress &address, quint16 port) const;
    /// For a person to compare, and what happened to the certificate; empty without one.
    QString told() const;
    QByteArray fingerprint() const { return m_now ? m_now->fingerprint : QByteArray(); }

    enum class Look { WhenDue, Now };
    /// The certificate that new connections should get, once: its files have changed, or the one of our own ends soon. One
    /// that cannot be used is named, and the one before stays. In the last two weeks of a given one it warns once a day.
    std::optional<ServerCertificate> renewed(Look look);

private:
    Expected<ServerCertificate, QString> load();
    QByteArray stamp() const;
    void warnOfItsEnd(std::chrono::steady_clock::time_point now);

    QString m_certificateFile, m_keyFile; ///< given ones
    bool m_own = false;
    QStringList m_hosts; ///< --host
    QString m_address;   ///< that is listened on; empty: all of them
    QString m_made;      ///< why our own was made
    std::optional<ServerCertificate> m_now;
    QByteArray m_read, m_seen; ///< stamps of the files: as they were read, and at the last look
    std::chrono::steady_clock::time_point m_nextLook{}, m_nextWarning{};
};

} // namespace retryscope::cli
