// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>

#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

namespace retryscope::bench {

/// What a stream says: each event has the time at which it left between `before` and `after`, the last is followed by `end`.
struct StreamWords
{
    int pieces = 50;
    QByteArray before = "data: word ", after = "\n\n", end;
};

/// Answers every request with a stream, a piece every 100 ms, each with the time at which it left ("t=", in ns of the
/// monotonic clock); from a process of its own. Make it before any thread and any Qt object. Ends with its owner.
class StreamServer
{
public:
    explicit StreamServer(StreamWords words = {}) : m_words(std::move(words))
    {
        const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener, reinterpret_cast<sockaddr *>(&address), size) != 0 || ::listen(listener, 4096) != 0)
            std::abort();
        ::getsockname(listener, reinterpret_cast<sockaddr *>(&address), &size);
        m_port = ntohs(address.sin_port);
        const pid_t parent = ::getpid();
        m_child = ::fork();
        if (m_child == 0)
            serve(listener, parent, m_words);
        ::close(listener);
    }
    ~StreamServer()
    {
        ::kill(m_child, SIGKILL);
        ::waitpid(m_child, nullptr, 0);
    }
    int port() const { return m_port; }

private:
    static constexpr long long paceNs = 100'000'000;
    static long long now()
    {
        timespec t{};
        ::clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
    }
    static void put(int fd, const QByteArray &bytes)
    {
        (void)!::send(fd, bytes.constData(), std::size_t(bytes.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    struct Stream { int left = 0; long long due = 0; };

    /// Spread over the 100 ms, as streams are that begin by themselves.
    static void begin(int fd, std::map<int, Stream> *streams, int pieces)
    {
        if ((*streams)[fd].left > 0)
            return; // more of the same request
        put(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
        (*streams)[fd] = {pieces, now() + (fd * 7919LL % 1000) * paceNs / 1000};
    }
    static void advance(std::map<int, Stream> *streams, const StreamWords &words)
    {
        for (auto &[fd, stream] : *streams) {
            const long long time = now();
            if (stream.left == 0 || time < stream.due)
                continue;
            const QByteArray piece = words.before + "t=" + QByteArray::number(time) + words.after
                                     + (stream.left == 1 ? words.end : QByteArray());
            put(fd, QByteArray::number(piece.size(), 16) + "\r\n" + piece + "\r\n"
                        + (stream.left == 1 ? "0\r\n\r\n" : ""));
            --stream.left;
            stream.due += paceNs;
        }
    }
    [[noreturn]] static void serve(int listener, pid_t parent, const StreamWords &words)
    {
        const int set = ::epoll_create1(0);
        epoll_event event{EPOLLIN, {.fd = listener}};
        ::epoll_ctl(set, EPOLL_CTL_ADD, listener, &event);
        std::map<int, Stream> streams;
        epoll_event events[64];
        char buffer[4096];
        while (::getppid() == parent) {
            const int count = ::epoll_wait(set, events, 64, 1);
            for (int i = 0; i < count; ++i) {
                const int fd = events[i].data.fd;
                if (fd == listener) {
                    event = {EPOLLIN, {.fd = ::accept(listener, nullptr, nullptr)}};
                    ::epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event);
                } else if (::recv(fd, buffer, sizeof buffer, 0) > 0) {
                    begin(fd, &streams, words.pieces);
                } else {
                    streams.erase(fd);
                    ::close(fd);
                }
            }
            advance(&streams, words);
        }
        ::_exit(0);
    }

    StreamWords m_words;
    pid_t m_child = -1;
    int m_port = 0;
};

} // namespace retryscope::bench
