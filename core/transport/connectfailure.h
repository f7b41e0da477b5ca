// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/failureclassifier.h"
#include "transport/proxyrules.h"

namespace retryscope {

/// Why no connection came about; nothing was sent.
struct ConnectFailure
{
    TransportFailure failure = TransportFailure::Refused;
    QString message; ///< a sentence, without credentials
};

/// 80 or 443 where the URL names no port.
quint16 portOf(const QUrl &url);
/// `error` and `text` are those of the TLS library.
ConnectFailure untrustedCertificate(const QUrl &url, const QString &error);
ConnectFailure tlsFailure(const QUrl &url, const QString &text);
ConnectFailure closedWithinTls(const QUrl &url);
ConnectFailure refusedConnection(const QUrl &url);
ConnectFailure unknownHost(const QUrl &url);
ConnectFailure noConnection(const QUrl &url, const QString &text);
ConnectFailure unusableProxy(const ProxyRoute &route);
ConnectFailure proxyDoesNotHelp(const ProxyRoute &route, const QString &text);
/// 407, from the proxy or, where there is none, from the server.
ConnectFailure proxyAsksWho(const ProxyRoute &route);

} // namespace retryscope
