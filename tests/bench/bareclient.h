// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "peer.h"

#include <QByteArray>

#include <ctime>
#include <sys/epoll.h>

#include <algorithm>
#include <vector>

namespace retryscope::bench {

/// What many clients saw of many answers.
struct Seen
{
    int whole = 0, refused = 0;      ///< answers that came to their own end; of these, those that were no success
    qint64 pieces = 0;               ///< of streams
    double wallUs = 0;
    std::vector<double> latencyUs{}; ///< of each answer
    std::vector<double> lateUs{};    ///< of each piece, since it left the upstream
    static double at(std::vector<double> *values, double share)
    {
        if (values->empty())
            return 0;
        std::sort(values->begin(), values->end());
        return (*values)[std::min(values->size() - 1, std::size_t(share * double(values->size())))];
    }
};

/// The cheapest client there is: kept connections, one thread, no library. Reads answers with a length and chunked ones.
class BareClient
{
public:
    BareClient(int port, QByteArray request) : m_port(port), m_request(std::move(request)) {}
    ~BareClient()
    {
        for (const Connection &one : m_connections)
            ::close(one.fd);
    }
    /// `requests` of them, `together` at a time; `seconds` at most.
    Seen run(int requests, int together, int seconds = 120)
    {
        const int set = ::epoll_create1(0);
        open(together, set);
        m_seen = {};
        m_seen.latencyUs.reserve(std::size_t(requests));
        m_left = requests;
        const double begin = nowUs();
        for (Connection &one : m_connections)
            ask(&one);
        epoll_event events[256];
        int ended = 0;
        while (ended < requests && nowUs() - begin < seconds * 1e6) {
            const int count = ::epoll_wait(set, events, 256, 1000);
            for (int i = 0; i < count; ++i)
                ended += advance(&m_connections[events[i].data.u32]);
        }
        m_seen.wallUs = nowUs() - begin;
        ::close(set);
        return m_seen;
    }

private:
    struct Connection
    {
        int fd = -1;
        QByteArray in;        ///< of the answer that comes; of a stream its end
        qint64 awaited = -1;  ///< bytes of the body that are still to come; -1: not known, -2: chunked
        bool head = false;
        double begun = 0;
    };

    static double nowUs()
    {
        timespec t{};
        ::clock_gettime(CLOCK_MONOTONIC, &t);
        return double(t.tv_sec) * 1e6 + double(t.tv_nsec) / 1e3;
    }
    void open(int together, int set)
    {
        while (int(m_connections.size()) > together) {
            ::close(m_connections.back().fd);
            m_connections.pop_back();
        }
        m_connections.resize(std::size_t(together));
        for (std::size_t i = 0; i < m_connections.size(); ++i) {
            if (m_connections[i].fd < 0)
                m_connections[i].fd = connectTo(m_port);
            if (m_connections[i].fd < 0)
                std::fprintf(stderr, "no connection to port %d\n", m_port);
            epoll_event event{EPOLLIN, {.u32 = quint32(i)}};
            ::epoll_ctl(set, EPOLL_CTL_ADD, m_connections[i].fd, &event);
        }
    }
    void ask(Connection *one)
    {
        if (m_left <= 0)
            return;
        --m_left;
        *one = Connection{.fd = one->fd, .begun = nowUs()};
        (void)!::send(one->fd, m_request.constData(), std::size_t(m_request.size()), MSG_NOSIGNAL);
    }
    /// Whether an answer has ended, well or not.
    bool advance(Connection *one)
    {
        char buffer[64 << 10];
        const ssize_t got = ::recv(one->fd, buffer, sizeof buffer, 0);
        if (got <= 0) {
            ::close(one->fd); // epoll forgets it; what it was asked is lost
            one->fd = -1;
            return true;
        }
        one->in.append(buffer, got);
        if (!one->head && !readHead(one))
            return false;
        if (one->awaited == -2)
            takePieces(one);
        const bool ended = one->awaited >= 0 ? one->in.size() >= one->awaited : one->in.endsWith("0\r\n\r\n");
        if (!ended)
            return false;
        ++m_seen.whole;
        m_seen.latencyUs.push_back(nowUs() - one->begun);
        ask(one);
        return true;
    }
    bool readHead(Connection *one)
    {
        const qsizetype end = one->in.indexOf("\r\n\r\n");
        if (end < 0)
            return false;
        const QByteArray head = one->in.left(end + 2).toLower();
        one->in.remove(0, end + 4);
        one->head = true;
        m_seen.refused += !head.startsWith("http/1.1 200");
        const qsizetype field = head.indexOf("\r\ncontent-length:");
        const qsizetype value = field + 17;
        one->awaited = field < 0 ? -2 : head.mid(value, head.indexOf("\r\n", value) - value).trimmed().toLongLong();
        return true;
    }
    /// Each says when it left: t=, in ns of the clock that this one reads, up to a mark that is no digit.
    void takePieces(Connection *one)
    {
        const double now = nowUs();
        qsizetype taken = 0;
        for (qsizetype at = 0; (at = one->in.indexOf("t=", at)) >= 0; at += 2) {
            qsizetype end = at + 2;
            while (end < one->in.size() && one->in[end] >= '0' && one->in[end] <= '9')
                ++end;
            if (end == one->in.size())
                break; // the rest of the number comes
            m_seen.lateUs.push_back(now - one->in.mid(at + 2, end - at - 2).toDouble() / 1e3);
            ++m_seen.pieces;
            taken = end;
        }
        one->in.remove(0, taken);
    }

    int m_port, m_left = 0;
    QByteArray m_request;
    std::vector<Connection> m_connections;
    Seen m_seen;
};

} // namespace retryscope::bench
