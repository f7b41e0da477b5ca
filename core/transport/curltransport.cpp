// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/curltransport.h"

#include "transport/curlmulti.h"
#include "transport/curltransfer.h"

namespace retryscope {
namespace {

class CurlExchange final : public Exchange
{
public:
    explicit CurlExchange(std::shared_ptr<CurlTransfer> transfer) : m_transfer(std::move(transfer)) {}
    ~CurlExchange() override { m_transfer->drop(); }
    Delivery delivery() const override { return m_transfer->delivery(); }
    void letGo() override { m_transfer->letGo(); }
    void pause() override { m_transfer->pause(); }
    void resume() override { m_transfer->resume(); }

private:
    std::shared_ptr<CurlTransfer> m_transfer;
};

} // namespace

CurlTransport::CurlTransport(ProxyRules proxies, ReuseLimits reuse)
    : m_proxies(std::move(proxies)), m_multi(new CurlMulti(reuse))
{}
CurlTransport::~CurlTransport() { m_multi->retire(); }

std::unique_ptr<Exchange> CurlTransport::start(const HttpRequest &request, ExchangeCallbacks callbacks)
{
    ProxyRoute route = request.proxy.isEmpty()
                           ? m_proxies.routeFor(request.url)
                           : ProxyRules::routeTo(request.proxy, QStringLiteral("the provider's proxy"));
    auto transfer = std::make_shared<CurlTransfer>(*m_multi, request, std::move(route), std::move(callbacks));
    transfer->start();
    return std::make_unique<CurlExchange>(std::move(transfer));
}

} // namespace retryscope
