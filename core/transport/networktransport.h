// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/transport.h"

class QNetworkAccessManager;

namespace retryscope {

/// The real network on QNetworkAccessManager. A body is sent from a one-shot device, so that Qt cannot silently
/// send a prompt twice when a server drops the connection; such an exchange ends as Reset and MaybeSent. Redirects are
/// not followed. At most six connections a host; more exchanges wait inside Qt.
class NetworkTransport final : public Transport
{
public:
    NetworkTransport();
    ~NetworkTransport() override;
    std::unique_ptr<Exchange> start(const HttpRequest &request, ExchangeCallbacks callbacks) override;

private:
    std::unique_ptr<QNetworkAccessManager> m_manager;
};

} // namespace retryscope
