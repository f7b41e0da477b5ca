// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <QStringList>
#include <QUrl>

#include <functional>

namespace retryscope {

/// How a host is reached.
struct ProxyRoute
{
    enum class Kind { Direct, Http, Socks5, Unusable };
    Kind kind = Kind::Direct;
    QString host, user, password;
    quint16 port = 0;
    QString from;     ///< the variable that said so, or `own` in words
    bool own = false; ///< the provider's field says so, and no variable
    /// Host and port, never the password.
    QString name() const;
};

/// The proxy variables, read as curl reads them: `http_proxy`, `https_proxy` and `all_proxy`, in small letters before
/// capitals, an empty one meaning "none"; `no_proxy` with hosts (and all below them), addresses, CIDR blocks, a port
/// after a colon, `*` alone or as a part. Loopback is never proxied, unless `no_proxy` says `<-loopback>`.
class ProxyRules
{
public:
    ProxyRules() = default; ///< everything direct
    /// `variable` gives a variable's value; a null string when it is not set.
    static ProxyRules from(const std::function<QString(const QString &)> &variable);
    static ProxyRules fromEnvironment();
    ProxyRoute routeFor(const QUrl &url) const;
    /// One proxy for everything, loopback too; "none": direct. `from`: who says so, for messages.
    static ProxyRoute routeTo(const QString &proxy, const QString &from);

private:
    bool isExempt(const QString &host, int port) const;
    ProxyRoute m_http, m_https;
    QStringList m_exempt; ///< of no_proxy, in small letters
};

} // namespace retryscope
