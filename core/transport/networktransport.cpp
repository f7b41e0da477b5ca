// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/networktransport.h"

#include "transport/answerlimits.h"
#include "transport/oneshotmanager.h"

#include <QBasicTimer>
#include <QPointer>

#include <utility>

#include <openssl/crypto.h>

namespace retryscope {
namespace {

/// OpenSSL, which Qt and libcurl share, frees what it keeps for each thread when the process ends. A thread that was
/// joined by QThread::wait() may still be giving back the same memory at that moment, and then the process crashes on its
/// way out. The system takes all of it back anyway. Said while the program is loaded, since only the first word counts.
[[maybe_unused]] const int keptToTheEnd = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);

constexpr qint64 answerBuffer = 256 << 10;  ///< bytes that were read and not taken yet

/// Outlives its handle until the event loop, so that a callback may drop the exchange it is called from.
class NetworkExchange final : public QObject
{
public:
    NetworkExchange(OneShotReply *reply, ExchangeCallbacks callbacks)
        : m_reply(reply), m_callbacks(std::move(callbacks))
    {
        connect(m_reply, &QNetworkReply::requestSent, this, [this] { onSent(); });
        connect(m_reply, &QNetworkReply::metaDataChanged, this, [this] { onHead(); });
        connect(m_reply, &QNetworkReply::readyRead, this, [this] { onData(); });
        connect(m_reply, &QNetworkReply::finished, this, [this] { onFinished(); });
    }
    void drop()
    {
        m_dropped = true;
        if (m_reply) {
            m_reply->disconnect(this); // abort() emits synchronously
            m_reply->abort();
            m_reply->deleteLater();
        }
        deleteLater();
    }
    /// Stays until the reply has ended by itself, a second at most: to a server that counts, a client that leaves before
    /// the end has cancelled.
    void letGo()
    {
        m_dropped = m_lingering = true; // the callbacks stay: one of them may be running
        if (!m_reply || m_reply->isFinished())
            return drop();
        m_reply->readAll();
        connect(m_reply, &QObject::destroyed, this, &QObject::deleteLater); // the transport may go first
        m_timer.start(answerlimits::lingerMs, this);
    }
    bool isLingering() const { return m_lingering; }
    void pause() { m_paused = true; }
    void resume()
    {
        if (std::exchange(m_paused, false))
            QMetaObject::invokeMethod(this, [this] { catchUp(); }, Qt::QueuedConnection);
    }
    Delivery delivery() const
    {
        return m_headSeen ? Delivery::Answered : m_sent ? Delivery::MaybeSent : Delivery::NotSent;
    }

private:
    void onSent()
    {
        m_sent = true;
        if (!m_dropped)
            m_callbacks.sent();
    }
    void onHead()
    {
        if (!m_dropped && !std::exchange(m_headSeen, true))
            m_callbacks.head(m_reply->head());
    }
    void onData()
    {
        if (m_paused && !m_dropped)
            return; // it stays in the reply, which reads no more once its buffer is full
        const QByteArray bytes = m_reply->readAll();
        if (m_dropped || bytes.isEmpty())
            return;
        m_read += bytes.size();
        m_callbacks.data(bytes);
        if (m_dropped || m_reply->head().status < 300 || (m_read < answerlimits::errorBody && m_reply->bytesTaken() < 2 * answerlimits::errorBody))
            return;
        m_reply->disconnect(this);
        m_reply->abort();
        m_callbacks.ended({TransportFailure::None, Delivery::Answered, {}}); // enough is known
    }
    void onFinished()
    {
        if (m_lingering)
            return drop();
        if (m_paused)
            return;
        if (!m_dropped)
            m_callbacks.ended(m_reply->end());
    }
    /// What came and ended while it was paused.
    void catchUp()
    {
        if (m_dropped || m_paused || !m_reply)
            return;
        onData();
        if (!m_dropped && !m_paused && m_reply && m_reply->isFinished())
            onFinished();
    }
    void timerEvent(QTimerEvent *) override
    {
        m_timer.stop();
        drop();
    }

    QPointer<OneShotReply> m_reply;
    ExchangeCallbacks m_callbacks;
    QBasicTimer m_timer;
    qsizetype m_read = 0; ///< of the body
    bool m_lingering = false;
    bool m_sent = false;
    bool m_headSeen = false;
    bool m_dropped = false;
    bool m_paused = false;
};

class Handle final : public Exchange
{
public:
    Handle(OneShotReply *reply, ExchangeCallbacks callbacks)
        : m_exchange(new NetworkExchange(reply, std::move(callbacks)))
    {}
    ~Handle() override
    {
        if (m_exchange && !m_exchange->isLingering())
            m_exchange->drop();
    }
    Delivery delivery() const override { return m_exchange ? m_exchange->delivery() : Delivery::Answered; }
    void letGo() override
    {
        if (m_exchange)
            m_exchange->letGo();
    }
    void pause() override
    {
        if (m_exchange)
            m_exchange->pause();
    }
    void resume() override
    {
        if (m_exchange)
            m_exchange->resume();
    }

private:
    QPointer<NetworkExchange> m_exchange;
};

} // namespace

QString redirectSentence(const HttpHead &head)
{
    const QByteArray location = headerValue(head.headers, "location");
    if (head.status < 300 || head.status > 399 || head.status == 304 || location.isEmpty())
        return {};
    const QUrl to = QUrl(QString::fromUtf8(location.first(std::min<qsizetype>(location.size(), 1000))));
    return QStringLiteral("The server redirects to %1. Redirects are not followed with a key: if that address is "
                          "right, write it as base_url.")
        .arg(to.isRelative() ? QStringLiteral("the path %1 on the same host").arg(to.path().left(200))
                             : to.toString(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment).left(300));
}

NetworkTransport::NetworkTransport(ProxyRules proxies) : m_manager(std::make_unique<OneShotManager>(std::move(proxies)))
{}
NetworkTransport::~NetworkTransport() = default;

std::unique_ptr<Exchange> NetworkTransport::start(const HttpRequest &request, ExchangeCallbacks callbacks)
{
    QNetworkRequest qt(request.url);
    qt.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    for (const auto &[name, value] : request.headers)
        qt.setRawHeader(name, value);
    qt.setAttribute(OneShotManager::proxyAttribute, request.proxy);
    qt.setAttribute(OneShotManager::caFileAttribute, request.caFile);
    QNetworkReply *reply =
        request.method == "GET" ? m_manager->get(qt) : m_manager->sendCustomRequest(qt, request.method, request.body);
    reply->setReadBufferSize(answerBuffer);
    return std::make_unique<Handle>(static_cast<OneShotReply *>(reply), std::move(callbacks));
}

} // namespace retryscope
