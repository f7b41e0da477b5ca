// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/epollset.h"
#include "transport/curllibrary.h"
#include "transport/reuserules.h"

#include <QBasicTimer>
#include <QObject>

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace retryscope {

class CurlTransfer;

/// libcurl's multi handle on the event loop of the thread that makes it. All sockets stand in one epoll set, so that a
/// thousand that are silent cost nothing. Nothing of a caller runs inside a callback of libcurl: its callbacks only note
/// what came, and the transfers deliver afterwards.
class CurlMulti final : public QObject
{
public:
    explicit CurlMulti(ReuseLimits limits);
    /// Ends everything without a word, and deletes this, now or as soon as it is not running.
    void retire();

    /// A handle with what is the same for all requests set; never null.
    CURL *takeEasy();
    void giveBack(CURL *easy);
    void add(CurlTransfer *transfer, CURL *easy);
    /// Not from inside libcurl.
    void remove(CurlTransfer *transfer, CURL *easy);
    /// Calls transfer->deliver(), not from here.
    void deliverSoon(CurlTransfer *transfer);
    /// Keeps it for a second at most, or until it is done.
    void linger(const std::shared_ptr<CurlTransfer> &transfer);
    ReuseRules &reuse() { return m_reuse; }
    /// Of SSL_CERT_FILE; read once.
    const QByteArray &extraCertificates();
    SteadyTime now() const;

private:
    ~CurlMulti() override;
    struct Socket
    {
        quint32 events = 0;           ///< that it is in the set for; 0: it is not in it
        CurlTransfer *user = nullptr; ///< the last one; only to be compared, as it may be gone
        bool wanted = false, open = false, idle = false, tls = false;
    };
    static int onSocket(CURL *easy, curl_socket_t fd, int what, void *self, void *);
    static int onTimer(CURLM *, long ms, void *self);
    static curl_socket_t openSocket(void *self, curlsocktype purpose, curl_sockaddr *address);
    static int closeSocket(void *self, curl_socket_t fd);
    Socket &socket(int fd);
    void watch(int fd, quint32 events);
    void forget(int fd);
    void leaveAlone(CurlTransfer *transfer, CURL *easy);
    void endIdle(int fd);
    void idleSpoke(int fd);
    void onSockets();
    void timerEvent(QTimerEvent *event) override;
    void act(int fd, int what);
    void endRound();
    void readMessages();
    void wake();
    void deliver();
    void endLingering();

    CURLM *m_multi;
    std::optional<EpollSet> m_set; ///< of all sockets
    QBasicTimer m_timer, m_lingerTimer;
    std::vector<Socket> m_sockets; ///< by descriptor
    std::unordered_set<CurlTransfer *> m_running;
    std::unordered_map<CurlTransfer *, std::pair<SteadyTime, std::shared_ptr<CurlTransfer>>> m_lingering;
    std::deque<std::shared_ptr<CurlTransfer>> m_ready;
    std::vector<CURL *> m_idleEasies;
    ReuseRules m_reuse;
    QByteArray m_extraCertificates;
    int m_depth = 0; ///< handlers that are running
    bool m_inRound = false; ///< libcurl runs, and what it brings is delivered afterwards
    bool m_certificatesRead = false, m_woken = false, m_retired = false;
};

} // namespace retryscope
