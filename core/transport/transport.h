// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/failureclassifier.h"

#include <QByteArray>
#include <QList>
#include <QUrl>

#include <functional>
#include <memory>
#include <utility>

namespace retryscope {

using HttpHeaders = QList<std::pair<QByteArray, QByteArray>>;
/// Case-insensitive; empty where there is none.
QByteArray headerValue(const HttpHeaders &headers, QByteArrayView name);

struct HttpRequest
{
    QByteArray method = "POST";
    QUrl url;
    HttpHeaders headers;
    QByteArray body;
};

struct HttpHead
{
    int status = 0;
    HttpHeaders headers;
};

/// How an exchange ended below HTTP.
struct ExchangeEnd
{
    TransportFailure failure = TransportFailure::None;
    Delivery delivery = Delivery::Answered;
    QString message; ///< a sentence, without credentials
};

struct ExchangeCallbacks
{
    std::function<void()> sent;                    ///< connected, the request is leaving
    std::function<void(const HttpHead &)> head;
    std::function<void(const QByteArray &)> data;
    std::function<void(const ExchangeEnd &)> ended; ///< exactly once, unless dropped before
};

/// A running exchange; dropping it aborts, and nothing is called afterwards.
class Exchange
{
public:
    virtual ~Exchange() = default;
    /// What may have left by now.
    virtual Delivery delivery() const = 0;
    /// The answer was whole: nothing is called any more, and the connection may be used again once the transfer has
    /// ended. An exchange that is dropped without it leaves a connection that nothing is sent on any more.
    virtual void letGo() {}
};

/// The seam to the network. Never calls back synchronously; always on the calling thread.
class Transport
{
public:
    virtual ~Transport() = default;
    [[nodiscard]] virtual std::unique_ptr<Exchange> start(const HttpRequest &request, ExchangeCallbacks callbacks) = 0;
};

} // namespace retryscope
