// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/proxyrules.h"
#include "transport/reuserules.h"
#include "transport/transport.h"

namespace retryscope {

class CurlMulti;

/// The network on libcurl's multi interface, driven by the event loop of the thread that makes it (docs/adr/0012):
/// HTTP/1.1, and HTTP/2 over TLS, one exchange at a time on a connection, which is kept where the host has shown that it
/// can be (ReuseRules). One exchange is at most one request, whatever libcurl would do by itself. Obeys of the environment
/// what NetworkTransport obeys: the proxy variables and SSL_CERT_FILE. The bounds are NetworkTransport's: of a head 64 KB,
/// of the body of an error 256 KB; a fast sender waits. Interim answers (1xx) are skipped; redirects are not followed.
class CurlTransport final : public Transport
{
public:
    explicit CurlTransport(ProxyRules proxies = ProxyRules::fromEnvironment(), ReuseLimits reuse = {});
    ~CurlTransport() override;
    std::unique_ptr<Exchange> start(const HttpRequest &request, ExchangeCallbacks callbacks) override;

private:
    ProxyRules m_proxies;
    CurlMulti *m_multi; ///< goes later where it is running
};

} // namespace retryscope
