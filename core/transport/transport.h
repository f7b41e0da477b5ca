// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/httpheaders.h"
#include "base/ids.h"
#include "policy/failureclassifier.h"

#include <QUrl>

#include <functional>
#include <memory>

namespace retryscope {

/// What is sent. The URL must be http or https; a body is sent as it is, with its Content-Length. Headers that frame a
/// request or name its host (Host, Content-Length, Transfer-Encoding, Connection, ...) are the transport's own: such a
/// one is left out. A control character in a header is refused (BadUrl).
struct HttpRequest
{
    QByteArray method = "POST";
    QUrl url;
    HttpHeaders headers;
    QByteArray body;
    QString caFile; ///< PEM file of authorities to be trusted beside the system's; empty: none
    ProviderId provider; ///< whom it is for, where that is known; not sent
    QString proxy;  ///< http://HOST:PORT, socks5://HOST:PORT, "none"; empty: as the environment says
};

/// The first part of a response; the status is never 0 and never an interim one (1xx).
struct HttpHead
{
    int status = 0;
    HttpHeaders headers;
};

/// Where a redirect (3xx) points to, and what to do, as a sentence; empty when it is none. Names scheme, host and path
/// only: a query may hold a secret.
QString redirectSentence(const HttpHead &head);

/// How an exchange ended below HTTP.
struct ExchangeEnd
{
    TransportFailure failure = TransportFailure::None;
    Delivery delivery = Delivery::Answered;
    QString message; ///< a sentence, without credentials
};

/// All must be set. In this order: sent (left out where the connection fails), head, data as often as bytes come, ended.
/// Each may drop the exchange.
struct ExchangeCallbacks
{
    std::function<void()> sent;                    ///< connected, the request is leaving
    std::function<void(const HttpHead &)> head;    ///< at most once; any status
    std::function<void(const QByteArray &)> data;  ///< never empty; chunked framing is taken off, lines may be split
    std::function<void(const ExchangeEnd &)> ended; ///< exactly once, unless dropped before
};

/// A running exchange; dropping it aborts, and nothing is called afterwards.
class Exchange
{
public:
    virtual ~Exchange() = default;
    /// What may have left by now.
    virtual Delivery delivery() const = 0;
    /// It is a fault that a person plays: whatever it tells, the provider did not say it.
    virtual bool isOnPurpose() const { return false; }
    /// The answer was whole: nothing is called any more, and the transfer may end by itself. An exchange that is dropped
    /// without it breaks off, which a server may take for a cancellation.
    virtual void letGo() {}
    /// Nothing is called until resume(): what comes waits with its sender, but for a buffer of bounded size. Silence in
    /// between is nobody's fault. Neither calls back.
    virtual void pause() {}
    virtual void resume() {}
};

/// The seam to the network. Never calls back synchronously; always on the calling thread, which needs an event loop.
/// Knows no timeouts: whoever started an exchange drops it. Must outlive its exchanges.
class Transport
{
public:
    virtual ~Transport() = default;
    [[nodiscard]] virtual std::unique_ptr<Exchange> start(const HttpRequest &request, ExchangeCallbacks callbacks) = 0;
};

} // namespace retryscope
