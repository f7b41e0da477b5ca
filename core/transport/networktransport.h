// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/transport.h"

#include <vector>

namespace retryscope {

/// The real network on QNetworkAccessManager. A body is sent from a one-shot device, so that Qt cannot silently
/// send a prompt twice when a server drops the connection; such an exchange ends as Reset and MaybeSent.
/// Each manager has at most one exchange with a host at a time, so there are as many as run at once (up to 64, each
/// with a thread of Qt's): a manager with several gives a waiting request to any connection that becomes free, also to
/// one that is just being closed, and the request then fails without having been sent. For the same reason a manager
/// whose exchange broke or was aborted starts anew with fresh connections. See docs/adr/0003.
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
