// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/proxyrules.h"
#include "transport/transport.h"

#include <memory>

namespace retryscope {

class OneShotManager;

/// The real network on QNetworkAccessManager, made exact (docs/adr/0003): every exchange has a connection of its own, so
/// that no byte of one can reach another, one exchange is at most one POST, and one that is bad harms nobody. Blocks
/// nowhere, and needs no thread of its own. Of a head at most 64 KB are taken, of the body of an error 256 KB; a fast
/// sender waits. Interim answers (1xx) are skipped; redirects are not followed.
class NetworkTransport final : public Transport
{
public:
    explicit NetworkTransport(ProxyRules proxies = ProxyRules::fromEnvironment());
    ~NetworkTransport() override;
    std::unique_ptr<Exchange> start(const HttpRequest &request, ExchangeCallbacks callbacks) override;

private:
    std::unique_ptr<OneShotManager> m_manager;
};

} // namespace retryscope
