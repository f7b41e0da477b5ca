// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/connectfailure.h"

namespace retryscope {
namespace {

constexpr qsizetype shown = 200; ///< of a library's own text

/// `error`: of a certificate, as Qt or libcurl has it.
QString remedyFor(const QString &error)
{
    const auto says = [&](const char *sign) { return error.contains(QLatin1String(sign), Qt::CaseInsensitive); };
    if (says("host name") || says("subject name"))
        return QStringLiteral("Write the host that it is for into base_url; no authority makes up for that.");
    if (says("expired"))
        return QStringLiteral("Whoever runs the server has to renew it; check this machine's clock, too.");
    if (says("not yet valid"))
        return QStringLiteral("Check this machine's clock.");
    return QStringLiteral("Name the PEM file of its authority in ca_file, or add it to the system's certificates.");
}

} // namespace

quint16 portOf(const QUrl &url) { return quint16(url.port(url.scheme() == QLatin1String("https") ? 443 : 80)); }

ConnectFailure untrustedCertificate(const QUrl &url, const QString &error)
{
    return {TransportFailure::Certificate, QStringLiteral("The certificate of %1 is not trusted: %2. %3")
                                               .arg(url.host(), error.left(shown), remedyFor(error))};
}

ConnectFailure tlsFailure(const QUrl &url, const QString &text)
{
    for (const char *sign : {"wrong version number", "http request", "packet length too long", "unknown protocol"}) {
        if (text.contains(QLatin1String(sign), Qt::CaseInsensitive))
            return {TransportFailure::WrongScheme,
                    QStringLiteral("%1:%2 does not speak TLS. Write http:// in base_url, or another port.")
                        .arg(url.host())
                        .arg(portOf(url))};
    }
    return {TransportFailure::Tls, QStringLiteral("TLS with %1 failed: %2").arg(url.host(), text.left(shown))};
}

ConnectFailure closedWithinTls(const QUrl &url)
{
    return {TransportFailure::Tls,
            QStringLiteral("%1 closed the connection while TLS was being agreed on.").arg(url.host())};
}

ConnectFailure refusedConnection(const QUrl &url)
{
    return {TransportFailure::Refused,
            QStringLiteral("%1:%2 refused the connection.").arg(url.host()).arg(portOf(url))};
}

ConnectFailure unknownHost(const QUrl &url)
{
    return {TransportFailure::HostNotFound, QStringLiteral("The host %1 was not found.").arg(url.host())};
}

ConnectFailure noConnection(const QUrl &url, const QString &text)
{
    return {TransportFailure::Reset,
            QStringLiteral("No connection to %1:%2: %3.").arg(url.host()).arg(portOf(url)).arg(text.left(shown))};
}

ConnectFailure unusableProxy(const ProxyRoute &route)
{
    return {TransportFailure::Proxy,
            QStringLiteral("The proxy that %1 names cannot be used: write http://HOST:PORT or socks5://HOST:PORT.")
                .arg(route.from)};
}

ConnectFailure proxyDoesNotHelp(const ProxyRoute &route, const QString &text)
{
    if (route.own)
        return {TransportFailure::Proxy, QStringLiteral("The proxy %1, which the field proxy names, does not help: %2.")
                                             .arg(route.name(), text.left(shown))};
    return {TransportFailure::Proxy,
            QStringLiteral("The proxy %1 (%2) does not help: %3. Change that variable, or name the host in no_proxy.")
                .arg(route.name(), route.from, text.left(shown))};
}

ConnectFailure proxyAsksWho(const ProxyRoute &route)
{
    if (route.kind == ProxyRoute::Kind::Direct)
        return {TransportFailure::Proxy, QStringLiteral("The server asks for a proxy's user and password (407).")};
    return {TransportFailure::Proxy,
            QStringLiteral("The proxy %1 (%2) asks for a user and a password, or refuses those that it got.")
                .arg(route.name(), route.from)};
}

} // namespace retryscope
