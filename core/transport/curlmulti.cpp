// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/curlmulti.h"

#include "transport/answerlimits.h"
#include "transport/curltransfer.h"

#include <QFile>
#include <QScopedValueRollback>
#include <QTimerEvent>

#include <array>
#include <chrono>

#include <sys/socket.h>
#include <unistd.h>

namespace retryscope {
namespace {

constexpr long keptConnections = 256;     ///< that nobody uses
constexpr long keptSeconds = 30;          ///< that a connection is kept unused: less than any load balancer's minute
constexpr std::size_t keptEasies = 64;
constexpr long neverMs = 24L * 3600 * 1000; ///< the transport knows no timeouts, and libcurl's own default is one
constexpr quint32 toBeRead = EPOLLIN | EPOLLRDHUP;
constexpr ssize_t goodbyeBytes = 32;      ///< TLS says goodbye in fewer; an answer has more

/// Once in the process. libcurl writes the keys of all connections to a file that SSLKEYLOGFILE names: not ours.
void initialise()
{
    static const bool done = [] {
        constexpr const char *keyLog = "SSLKEYLOGFILE";
        const bool set = qEnvironmentVariableIsSet(keyLog);
        const QByteArray file = qgetenv(keyLog);
        if (set)
            qunsetenv(keyLog);
        if (curl().globalInit(CURL_GLOBAL_DEFAULT) != CURLE_OK)
            qFatal("libcurl cannot be initialised: the process has no memory left.");
        if (set)
            qputenv(keyLog, file);
        return true;
    }();
    Q_UNUSED(done);
}

} // namespace

CurlMulti::CurlMulti(ReuseLimits limits) : m_reuse(limits)
{
    initialise();
    m_multi = curl().multiInit();
    if (!m_multi)
        qFatal("No network for this process: it has no memory left.");
    m_set.emplace([this] { onSockets(); });
    curl().multiSetopt(m_multi, CURLMOPT_SOCKETFUNCTION, &CurlMulti::onSocket);
    curl().multiSetopt(m_multi, CURLMOPT_SOCKETDATA, this);
    curl().multiSetopt(m_multi, CURLMOPT_TIMERFUNCTION, &CurlMulti::onTimer);
    curl().multiSetopt(m_multi, CURLMOPT_TIMERDATA, this);
    curl().multiSetopt(m_multi, CURLMOPT_PIPELINING, long(CURLPIPE_NOTHING)); // one exchange at a time on a connection
    curl().multiSetopt(m_multi, CURLMOPT_MAXCONNECTS, keptConnections);
}

CurlMulti::~CurlMulti() = default;

void CurlMulti::retire()
{
    m_retired = true;
    m_ready.clear();
    m_lingering.clear();
    while (!m_running.empty())
        (*m_running.begin())->detach();
    for (CURL *easy : std::exchange(m_idleEasies, {}))
        curl().easyCleanup(easy);
    curl().multiCleanup(m_multi);
    m_set.reset();
    m_timer.stop();
    m_lingerTimer.stop();
    if (m_depth > 0)
        deleteLater();
    else
        delete this;
}

SteadyTime CurlMulti::now() const { return SteadyTime(std::chrono::steady_clock::now().time_since_epoch()); }

const QByteArray &CurlMulti::extraCertificates()
{
    if (!std::exchange(m_certificatesRead, true)) {
        if (QFile file(qEnvironmentVariable("SSL_CERT_FILE")); !file.fileName().isEmpty() && file.open(QFile::ReadOnly))
            m_extraCertificates = file.readAll() + '\n';
    }
    return m_extraCertificates;
}

CURL *CurlMulti::takeEasy()
{
    if (!m_idleEasies.empty()) {
        CURL *easy = m_idleEasies.back();
        m_idleEasies.pop_back();
        return easy;
    }
    CURL *easy = curl().easyInit();
    if (!easy)
        qFatal("The process has no memory left.");
    const auto set = [easy](CURLoption option, auto value) { curl().easySetopt(easy, option, value); };
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NETRC, long(CURL_NETRC_IGNORED));
    set(CURLOPT_NOPROXY, "");
    set(CURLOPT_PROXYAUTH, long(CURLAUTH_BASIC));
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_HTTP_VERSION, long(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_SSLVERSION, long(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    set(CURLOPT_HTTP09_ALLOWED, 1L); // shows us what came instead of HTTP
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, neverMs);
    set(CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS, 250L);
    set(CURLOPT_MAXAGE_CONN, keptSeconds);
    set(CURLOPT_UPLOAD_BUFFERSIZE, 16L << 10);
    set(CURLOPT_QUICK_EXIT, 1L); // a name that is being looked up holds nobody
    set(CURLOPT_OPENSOCKETFUNCTION, &CurlMulti::openSocket);
    set(CURLOPT_OPENSOCKETDATA, this);
    set(CURLOPT_CLOSESOCKETFUNCTION, &CurlMulti::closeSocket);
    set(CURLOPT_CLOSESOCKETDATA, this);
    return easy;
}

void CurlMulti::giveBack(CURL *easy)
{
    if (m_idleEasies.size() < keptEasies && !m_retired)
        m_idleEasies.push_back(easy);
    else
        curl().easyCleanup(easy);
}

void CurlMulti::add(CurlTransfer *transfer, CURL *easy)
{
    m_running.insert(transfer);
    curl().multiAddHandle(m_multi, easy);
}

void CurlMulti::remove(CurlTransfer *transfer, CURL *easy)
{
    m_running.erase(transfer);
    curl().multiRemoveHandle(m_multi, easy);
}

CurlMulti::Socket &CurlMulti::socket(int fd)
{
    if (std::size_t(fd) >= m_sockets.size())
        m_sockets.resize(std::size_t(fd) + 64);
    return m_sockets[std::size_t(fd)];
}

/// A kept connection is watched for the same, used or not: what nobody wants is taken out of the set when it happens, and
/// mostly somebody wants it again before.
void CurlMulti::watch(int fd, quint32 events)
{
    Socket &s = socket(fd);
    s.wanted = events != 0;
    if (events == 0 && s.events != 0 && !s.open)
        return forget(fd); // libcurl's own, which it closes without a word
    if (events == 0 || s.events == events)
        return;
    s.events == 0 ? m_set->add(fd, events, quint64(fd)) : m_set->change(fd, events, quint64(fd));
    s.events = events;
}

void CurlMulti::forget(int fd)
{
    m_set->remove(fd);
    socket(fd).events = 0;
}

curl_socket_t CurlMulti::openSocket(void *self, curlsocktype, curl_sockaddr *address)
{
    const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd >= 0)
        static_cast<CurlMulti *>(self)->socket(fd) = {.open = true};
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

int CurlMulti::closeSocket(void *self, curl_socket_t fd)
{
    auto *multi = static_cast<CurlMulti *>(self);
    if (multi->socket(fd).idle)
        multi->idleSpoke(fd); // it may have, and that is why it is closed
    multi->endIdle(fd);
    multi->socket(fd) = {};
    return ::close(fd);
}

int CurlMulti::onSocket(CURL *easy, curl_socket_t fd, int what, void *self, void *)
{
    auto *multi = static_cast<CurlMulti *>(self);
    if (what != CURL_POLL_REMOVE) {
        multi->endIdle(fd);
        if (CurlTransfer *transfer = CurlTransfer::of(easy); transfer && multi->socket(fd).open) {
            transfer->setSocket(fd);
            multi->socket(fd).user = transfer;
        }
    }
    multi->watch(fd, what == CURL_POLL_REMOVE  ? 0
                     : what == CURL_POLL_INOUT ? toBeRead | EPOLLOUT
                     : what == CURL_POLL_OUT   ? EPOLLOUT
                                               : toBeRead);
    return 0;
}

int CurlMulti::onTimer(CURLM *, long ms, void *self)
{
    auto *multi = static_cast<CurlMulti *>(self);
    if (ms < 0)
        multi->m_timer.stop();
    else
        multi->m_timer.start(int(std::min(ms, neverMs)), Qt::PreciseTimer, multi);
    return 0;
}

/// Its answer was whole: whether the connection stays is libcurl's to say, and whether it is silent, the server's.
void CurlMulti::leaveAlone(CurlTransfer *transfer, CURL *easy)
{
    long version = 0;
    curl().easyGetinfo(easy, CURLINFO_HTTP_VERSION, &version);
    if (version == CURL_HTTP_VERSION_2_0)
        return m_reuse.speaksHttp2(transfer->host());
    const int fd = transfer->socket();
    if (fd < 0)
        return;
    Socket &s = socket(fd);
    if (!s.open || s.user != transfer || s.wanted)
        return; // closed, or already another's, within this round
    s.idle = true;
    s.tls = transfer->isSecure();
    m_reuse.leftAlone(fd, transfer->host(), now());
    watch(fd, toBeRead);
}

void CurlMulti::endIdle(int fd)
{
    if (std::exchange(socket(fd).idle, false))
        m_reuse.over(fd, now());
}

void CurlMulti::idleSpoke(int fd)
{
    char bytes[goodbyeBytes];
    const ssize_t got = ::recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got > 0 && (!socket(fd).tls || got == goodbyeBytes))
        m_reuse.spoke(fd);
    endIdle(fd);
    watch(fd, 0); // libcurl looks at it before it is used again
}

void CurlMulti::act(int fd, int what)
{
    int left = 0;
    curl().multiSocketAction(m_multi, fd, what, &left);
}

void CurlMulti::onSockets()
{
    const QScopedValueRollback running(m_depth, m_depth + 1);
    m_inRound = true;
    std::array<epoll_event, 64> room;
    for (const epoll_event &event : m_set->take(room)) {
        const int fd = int(event.data.u64);
        const quint32 what = event.events;
        if (socket(fd).idle)
            idleSpoke(fd);
        else if (!socket(fd).wanted)
            forget(fd);
        else
            act(fd, (what & EPOLLIN ? CURL_CSELECT_IN : 0) | (what & EPOLLOUT ? CURL_CSELECT_OUT : 0)
                        | (what & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0));
    }
    endRound();
}

void CurlMulti::timerEvent(QTimerEvent *event)
{
    if (event->timerId() == m_lingerTimer.timerId())
        return endLingering();
    const QScopedValueRollback running(m_depth, m_depth + 1);
    m_inRound = true;
    m_timer.stop();
    act(CURL_SOCKET_TIMEOUT, 0);
    endRound();
}

void CurlMulti::endRound()
{
    readMessages();
    m_inRound = false;
    deliver();
}

void CurlMulti::readMessages()
{
    int left = 0;
    while (const CURLMsg *message = curl().multiInfoRead(m_multi, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL *easy = message->easy_handle;
        const CURLcode code = message->data.result;
        CurlTransfer *transfer = CurlTransfer::of(easy);
        if (code == CURLE_OK)
            leaveAlone(transfer, easy);
        transfer->done(code);
        m_lingering.erase(transfer);
    }
}

void CurlMulti::deliverSoon(CurlTransfer *transfer)
{
    m_ready.push_back(transfer->shared_from_this());
    if (!m_inRound)
        wake();
}

void CurlMulti::wake()
{
    if (std::exchange(m_woken, true))
        return;
    QMetaObject::invokeMethod(
        this,
        [this] {
            const QScopedValueRollback running(m_depth, m_depth + 1);
            m_woken = false;
            deliver();
        }, Qt::QueuedConnection);
}

/// Those that are ready now; what becomes ready meanwhile has its turn in the next round of the loop.
void CurlMulti::deliver()
{
    for (std::size_t turns = m_ready.size(); turns > 0 && !m_ready.empty(); --turns) {
        const auto transfer = std::move(m_ready.front());
        m_ready.pop_front();
        transfer->deliver(); // may start, drop and pause others, and retire all of us
    }
    if (!m_ready.empty())
        wake();
}

void CurlMulti::linger(const std::shared_ptr<CurlTransfer> &transfer)
{
    m_lingering[transfer.get()] = {now() + std::chrono::milliseconds(answerlimits::lingerMs), transfer};
    if (!m_lingerTimer.isActive())
        m_lingerTimer.start(answerlimits::lingerMs / 4, this);
}

void CurlMulti::endLingering()
{
    const SteadyTime time = now();
    for (auto it = m_lingering.begin(); it != m_lingering.end();) {
        const auto transfer = it->second.second;
        const bool late = it->second.first <= time;
        it = late ? m_lingering.erase(it) : std::next(it);
        if (late)
            transfer->detach();
    }
    if (m_lingering.empty())
        m_lingerTimer.stop();
}

} // namespace retryscope
