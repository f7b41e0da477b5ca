// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/transport.h"

#include <vector>

namespace retryscope {

/// The real network on QNetworkAccessManager. A body is sent from a one-shot device, so that Qt cannot silently
/// send a prompt twice when a server drops the connection; such an exchange ends as Reset and MaybeSent.
/// One manager opens at most six connections to a host and queues the rest where nobody sees them, so there are
/// several: each is given at most six exchanges with one host at a time. Up to 16 managers, each with a thread of Qt's.
class NetworkTransport final : public Transport
{
public:
    NetworkTransport();
    ~NetworkTransport() override;
    std::unique_ptr<Exchange> start(const HttpRequest &request, ExchangeCallbacks callbacks) override;

private:
    struct Managed;
    Managed &managerFor(const QUrl &url);

    std::vector<std::unique_ptr<Managed>> m_managers;
};

} // namespace retryscope
