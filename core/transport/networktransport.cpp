// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/networktransport.h"

#include <QBasicTimer>
#include <QHash>
#include <QIODevice>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QPointer>

namespace retryscope {
namespace {

/// Can be read once and not rewound: Qt then refuses to resend it.
class OneShotBody final : public QIODevice
{
public:
    explicit OneShotBody(QByteArray bytes, QObject *parent) : QIODevice(parent), m_bytes(std::move(bytes)) { open(ReadOnly); }
    bool isSequential() const override { return true; }
    qint64 bytesAvailable() const override { return m_bytes.size() - m_at + QIODevice::bytesAvailable(); }
    bool atEnd() const override { return bytesAvailable() == 0; }
    bool reset() override { return false; }

protected:
    qint64 readData(char *data, qint64 maxSize) override
    {
        const qint64 n = std::min<qint64>(maxSize, m_bytes.size() - m_at);
        if (n <= 0)
            return -1;
        std::copy_n(m_bytes.constData() + m_at, n, data);
        m_at += n;
        return n;
    }
    qint64 writeData(const char *, qint64) override { return -1; }

private:
    QByteArray m_bytes;
    qint64 m_at = 0;
};

struct ErrorRow { QNetworkReply::NetworkError error; TransportFailure failure; Delivery delivery; };
constexpr ErrorRow errorRows[] = {
    {QNetworkReply::NoError, TransportFailure::None, Delivery::Answered},
    {QNetworkReply::ConnectionRefusedError, TransportFailure::Refused, Delivery::NotSent},
    {QNetworkReply::HostNotFoundError, TransportFailure::HostNotFound, Delivery::NotSent},
    {QNetworkReply::SslHandshakeFailedError, TransportFailure::Tls, Delivery::NotSent},
    {QNetworkReply::ProxyConnectionRefusedError, TransportFailure::Refused, Delivery::NotSent},
    {QNetworkReply::ProxyNotFoundError, TransportFailure::HostNotFound, Delivery::NotSent},
    {QNetworkReply::ProtocolUnknownError, TransportFailure::BadUrl, Delivery::NotSent},
    {QNetworkReply::ProtocolInvalidOperationError, TransportFailure::BadUrl, Delivery::MaybeSent},
    {QNetworkReply::ProtocolFailure, TransportFailure::NotHttp, Delivery::MaybeSent},
};

constexpr std::size_t maxManagers = 64;
constexpr int exchangesPerHost = 1;  // Qt gives a waiting request to whichever connection is free, also to a dying one

constexpr int lingerMs = 1000;        // for an answer that was read to its end mark to end by itself

/// What a manager is busy with; shared with the exchanges, which may outlive the transport.
struct Load
{
    QHash<QString, int> running; ///< by host and port
    bool broken = false;         ///< a connection broke or was aborted: Qt may give the next request to its remains
};

/// Counts one exchange of a manager for as long as it lives.
class LoadMark
{
public:
    LoadMark(std::shared_ptr<Load> load, QString host) : m_load(std::move(load)), m_host(std::move(host)) { ++m_load->running[m_host]; }
    ~LoadMark()
    {
        if (--m_load->running[m_host] == 0)
            m_load->running.remove(m_host);
    }
    void breaks() { m_load->broken = true; }
    Q_DISABLE_COPY_MOVE(LoadMark)

private:
    std::shared_ptr<Load> m_load;
    QString m_host;
};

QString hostOf(const QUrl &url) { return url.host() + QLatin1Char(':') + QString::number(url.port(url.scheme() == QLatin1String("https") ? 443 : 80)); }

/// Outlives its handle until the event loop, so that a callback may drop the exchange it is called from.
class NetworkExchange final : public QObject
{
public:
    NetworkExchange(QNetworkReply *reply, ExchangeCallbacks callbacks, const std::shared_ptr<Load> &load, const QString &host)
        : m_load(std::in_place, load, host), m_reply(reply), m_callbacks(std::move(callbacks))
    {
        connect(m_reply, &QNetworkReply::requestSent, this, [this] { onSent(); });
        connect(m_reply, &QNetworkReply::uploadProgress, this, [this](qint64 sent, qint64) { if (sent > 0) onSent(); });
        connect(m_reply, &QNetworkReply::metaDataChanged, this, [this] { onHead(); });
        connect(m_reply, &QNetworkReply::readyRead, this, [this] { onData(); });
        // Queued: an already failed reply must not call back from inside start().
        connect(m_reply, &QNetworkReply::finished, this, [this] { onFinished(); }, Qt::QueuedConnection);
    }
    void drop()
    {
        m_dropped = true;
        if (m_reply) {
            m_reply->disconnect(this); // abort() emits synchronously
            m_reply->abort();
            m_reply->deleteLater();
        }
        m_load.reset();
        deleteLater();
    }
    void distrust()
    {
        if (m_load)
            m_load->breaks();
    }
    /// Stays until the reply has ended by itself, a second at most.
    void letGo()
    {
        m_dropped = m_lingering = true; // the callbacks stay: one of them may be running
        if (!m_reply || m_reply->isFinished())
            return drop();
        m_reply->readAll();
        connect(m_reply, &QObject::destroyed, this, &QObject::deleteLater); // the transport may go first
        m_timer.start(lingerMs, this);
    }
    bool isLingering() const { return m_lingering; }
    Delivery delivery() const { return m_headSeen ? Delivery::Answered : m_sent ? Delivery::MaybeSent : Delivery::NotSent; }

private:
    void onSent()
    {
        if (!std::exchange(m_sent, true) && !m_dropped)
            m_callbacks.sent();
    }
    void onHead()
    {
        const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        if (m_dropped || status == 0 || std::exchange(m_headSeen, true))
            return;
        HttpHead head{status, {}};
        for (const auto &[name, value] : m_reply->rawHeaderPairs())
            head.headers.append({name, value});
        m_callbacks.head(head);
    }
    void onData()
    {
        onHead();
        if (m_dropped)
            return;
        if (const QByteArray bytes = m_reply->readAll(); !bytes.isEmpty())
            m_callbacks.data(bytes);
    }
    void onFinished()
    {
        if (m_lingering)
            return drop();
        onData();
        if (m_dropped)
            return;
        m_callbacks.ended(end());
    }
    void timerEvent(QTimerEvent *) override
    {
        m_timer.stop();
        distrust();
        drop();
    }
    ExchangeEnd end() const
    {
        const auto error = m_reply->error();
        if (m_headSeen && error != QNetworkReply::NoError) {
            // An error status is a whole answer; only a broken transfer is a transport failure.
            const bool broken = error < QNetworkReply::ProxyConnectionRefusedError;
            return {broken ? TransportFailure::Reset : TransportFailure::None, Delivery::Answered, m_reply->errorString().left(300)};
        }
        for (const ErrorRow &row : errorRows) {
            if (row.error == error && (m_headSeen || error != QNetworkReply::NoError))
                return {row.failure, row.delivery, m_reply->errorString().left(300)};
        }
        if (error == QNetworkReply::NoError)
            return {TransportFailure::NotHttp, Delivery::MaybeSent, QStringLiteral("The answer is not HTTP.")};
        return {TransportFailure::Reset, m_sent ? Delivery::MaybeSent : Delivery::NotSent, m_reply->errorString().left(300)};
    }

    std::optional<LoadMark> m_load; ///< until the reply is done with
    QPointer<QNetworkReply> m_reply;
    ExchangeCallbacks m_callbacks;
    QBasicTimer m_timer;
    bool m_lingering = false;
    bool m_sent = false;
    bool m_headSeen = false;
    bool m_dropped = false;
};

class Handle final : public Exchange
{
public:
    Handle(QNetworkReply *reply, ExchangeCallbacks callbacks, const std::shared_ptr<Load> &load, const QUrl &url)
        : m_exchange(new NetworkExchange(reply, std::move(callbacks), load, hostOf(url))) {}
    ~Handle() override
    {
        if (!m_exchange || m_exchange->isLingering())
            return;
        m_exchange->distrust(); // nobody said that it was whole
        m_exchange->drop();
    }
    Delivery delivery() const override { return m_exchange ? m_exchange->delivery() : Delivery::Answered; }
    void letGo() override
    {
        if (m_exchange)
            m_exchange->letGo();
    }

private:
    QPointer<NetworkExchange> m_exchange;
};

} // namespace

QByteArray headerValue(const HttpHeaders &headers, QByteArrayView name)
{
    for (const auto &[key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return {};
}

struct NetworkTransport::Managed
{
    QNetworkAccessManager manager;
    std::shared_ptr<Load> load = std::make_shared<Load>();
};

NetworkTransport::NetworkTransport() = default;
NetworkTransport::~NetworkTransport() = default;

NetworkTransport::Managed &NetworkTransport::managerFor(const QUrl &url)
{
    const QString host = hostOf(url);
    Managed *least = nullptr;
    for (const auto &managed : m_managers) {
        Load &load = *managed->load;
        if (load.broken && load.running.isEmpty()) {
            managed->manager.clearConnectionCache();
            load.broken = false;
        }
        const int running = load.running.value(host);
        if (!load.broken && running < exchangesPerHost)
            return *managed; // the first that has room: its connections are warm
        if (!least || running < least->load->running.value(host))
            least = managed.get();
    }
    if (m_managers.size() >= maxManagers)
        return *least;
    m_managers.push_back(std::make_unique<Managed>());
    m_managers.back()->manager.setAutoDeleteReplies(false);
    return *m_managers.back();
}

std::unique_ptr<Exchange> NetworkTransport::start(const HttpRequest &request, ExchangeCallbacks callbacks)
{
    Managed &managed = managerFor(request.url);
    QNetworkRequest qt(request.url);
    qt.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    qt.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    qt.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    qt.setDecompressedSafetyCheckThreshold(16 << 20);
    for (const auto &[name, value] : request.headers)
        qt.setRawHeader(name, value);
    if (request.method == "GET")
        return std::make_unique<Handle>(managed.manager.get(qt), std::move(callbacks), managed.load, request.url);
    qt.setAttribute(QNetworkRequest::DoNotBufferUploadDataAttribute, true);
    qt.setHeader(QNetworkRequest::ContentLengthHeader, request.body.size());
    auto *body = new OneShotBody(request.body, nullptr);
    QNetworkReply *reply = managed.manager.sendCustomRequest(qt, request.method, body);
    body->setParent(reply);
    return std::make_unique<Handle>(reply, std::move(callbacks), managed.load, request.url);
}

} // namespace retryscope
