// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/proxyrules.h"

#include <QHostAddress>
#include <QRegularExpression>

namespace retryscope {
namespace {

bool isLoopback(const QString &host)
{
    return host == QLatin1String("localhost") || host.endsWith(QLatin1String(".localhost"))
           || QHostAddress(host).isLoopback();
}

ProxyRoute parsed(const QString &value, const QString &variable)
{
    ProxyRoute route;
    if (value.trimmed().isEmpty())
        return route;
    route.from = variable;
    const QString text =
        value.contains(QLatin1String("://")) ? value.trimmed() : QStringLiteral("http://") + value.trimmed();
    const QUrl url(text);
    const QString scheme = url.scheme();
    const bool socks =
        scheme == QLatin1String("socks5") || scheme == QLatin1String("socks5h") || scheme == QLatin1String("socks");
    route.kind = socks                                                      ? ProxyRoute::Kind::Socks5
                 : scheme == QLatin1String("http") && !url.host().isEmpty() ? ProxyRoute::Kind::Http
                                                                            : ProxyRoute::Kind::Unusable;
    route.host = url.host(QUrl::FullyEncoded);
    route.port = quint16(url.port(socks ? 1080 : 80));
    route.user = url.userName(QUrl::FullyDecoded);
    route.password = url.password(QUrl::FullyDecoded);
    if (socks && url.host().isEmpty())
        route.kind = ProxyRoute::Kind::Unusable;
    return route;
}

/// One entry of no_proxy: a port after the last colon is taken off, unless the colon belongs to an IPv6 address.
std::pair<QString, int> hostAndPort(const QString &entry)
{
    static const QRegularExpression withPort(QStringLiteral("^(\\[[0-9a-f:.]+\\]|[^:]*)(?::([0-9]{1,5}))?$"));
    const auto match = withPort.match(entry);
    if (!match.hasMatch())
        return {entry, 0};
    QString host = match.captured(1);
    if (host.startsWith(QLatin1Char('[')))
        host = host.sliced(1, host.size() - 2);
    return {host, match.captured(2).toInt()};
}

bool matches(const QString &entry, const QString &host, int port)
{
    if (entry.contains(QLatin1Char('/'))) {
        const auto block = QHostAddress::parseSubnet(entry);
        const QHostAddress address(host);
        return block.second >= 0 && !address.isNull() && address.isInSubnet(block);
    }
    auto [name, onlyPort] = hostAndPort(entry);
    if (onlyPort && onlyPort != port)
        return false;
    if (name.contains(QLatin1Char('*')))
        return QRegularExpression(QRegularExpression::wildcardToRegularExpression(name)).match(host).hasMatch();
    while (name.startsWith(QLatin1Char('.')))
        name.remove(0, 1);
    const QHostAddress address(name);
    if (!address.isNull())
        return QHostAddress(host) == address;
    return !name.isEmpty() && (host == name || host.endsWith(QLatin1Char('.') + name));
}

} // namespace

QString ProxyRoute::name() const
{
    return (host.contains(QLatin1Char(':')) ? QStringLiteral("[%1]:%2") : QStringLiteral("%1:%2")).arg(host).arg(port);
}

ProxyRules ProxyRules::from(const std::function<QString(const QString &)> &variable)
{
    const auto read = [&](const QString &name) -> std::optional<std::pair<QString, QString>> {
        for (const QString &spelled : {name, name.toUpper()}) {
            if (const QString value = variable(spelled); !value.isNull())
                return std::pair{value, spelled};
        }
        return std::nullopt;
    };
    ProxyRules rules;
    const auto all = read(QStringLiteral("all_proxy"));
    for (const auto &[name, route] : {std::pair{QStringLiteral("http_proxy"), &rules.m_http},
                                      std::pair{QStringLiteral("https_proxy"), &rules.m_https}}) {
        if (const auto own = read(name); own || all)
            *route = parsed((own ? own : all)->first, (own ? own : all)->second);
    }
    static const QRegularExpression between(QStringLiteral("[,\\s]+"));
    if (const auto exempt = read(QStringLiteral("no_proxy")))
        rules.m_exempt = exempt->first.toLower().split(between, Qt::SkipEmptyParts);
    return rules;
}

ProxyRules ProxyRules::fromEnvironment()
{
    return from([](const QString &name) {
        return qEnvironmentVariableIsSet(name.toLatin1()) ? qEnvironmentVariable(name.toLatin1(), QStringLiteral(""))
                                                          : QString();
    });
}

bool ProxyRules::isExempt(const QString &host, int port) const
{
    if (isLoopback(host) && !m_exempt.contains(QLatin1String("<-loopback>")))
        return true;
    return std::any_of(m_exempt.begin(), m_exempt.end(),
                       [&](const QString &entry) { return matches(entry, host, port); });
}

ProxyRoute ProxyRules::routeTo(const QString &proxy, const QString &from)
{
    if (proxy == QLatin1String("none"))
        return {};
    ProxyRoute route = parsed(proxy, from);
    route.own = true;
    return route;
}

ProxyRoute ProxyRules::routeFor(const QUrl &url) const
{
    const bool secure = url.scheme() == QLatin1String("https");
    const ProxyRoute &route = secure ? m_https : m_http;
    if (route.kind == ProxyRoute::Kind::Direct
        || isExempt(url.host(QUrl::FullyEncoded).toLower(), url.port(secure ? 443 : 80)))
        return {};
    return route;
}

} // namespace retryscope
