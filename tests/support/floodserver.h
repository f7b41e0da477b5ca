// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QUrl>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace retryscope {

/// Answers whatever comes with `first` and then with `again`, without an end, as fast as the client takes it; on a thread
/// of its own, with nothing but sockets, so that it disturbs nobody but its clients.
class FloodServer
{
public:
    FloodServer(QByteArray first, QByteArray again)
        : m_first(std::move(first)), m_again(again.repeated(1 + (64 << 10) / std::max<qsizetype>(1, again.size())))
    {
        m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(m_listener, reinterpret_cast<sockaddr *>(&address), size) != 0 || ::listen(m_listener, 64) != 0)
            std::abort();
        ::getsockname(m_listener, reinterpret_cast<sockaddr *>(&address), &size);
        m_port = ntohs(address.sin_port);
        m_thread = std::thread([this] { run(); });
    }
    ~FloodServer()
    {
        m_stop = true;
        m_thread.join();
    }
    QUrl url(const QString &path = QStringLiteral("/v1")) const
    {
        return QUrl(QStringLiteral("http://127.0.0.1:%1%2").arg(m_port).arg(path));
    }
    qint64 sent() const { return m_sent; }

private:
    struct Client { int fd; bool asked = false; qsizetype at = 0; };

    void run()
    {
        std::vector<Client> clients;
        while (!m_stop) {
            std::vector<pollfd> watched{{m_listener, POLLIN, 0}};
            for (const Client &c : clients)
                watched.push_back({c.fd, short(c.asked ? POLLIN | POLLOUT : POLLIN), 0});
            if (::poll(watched.data(), watched.size(), 20) <= 0)
                continue;
            for (std::size_t i = clients.size(); i-- > 0;) {
                if (watched[i + 1].revents && !serve(&clients[i], watched[i + 1].revents)) {
                    ::close(clients[i].fd);
                    clients.erase(clients.begin() + std::ptrdiff_t(i));
                }
            }
            if (watched[0].revents)
                clients.push_back({::accept4(m_listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)});
        }
        for (const Client &c : clients)
            ::close(c.fd);
        ::close(m_listener);
    }
    bool serve(Client *client, short events)
    {
        char buffer[4096];
        if (events & (POLLIN | POLLHUP | POLLERR)) {
            const ssize_t got = ::recv(client->fd, buffer, sizeof buffer, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN))
                return false;
            client->asked = true;
        }
        if (!client->asked)
            return true;
        const bool opening = client->at < m_first.size();
        const QByteArray &what = opening ? m_first : m_again;
        const qsizetype from = opening ? client->at : (client->at - m_first.size()) % m_again.size();
        const ssize_t put =
            ::send(client->fd, what.constData() + from, std::size_t(what.size() - from), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0)
            return errno == EAGAIN;
        client->at += put;
        m_sent += put;
        return true;
    }

    QByteArray m_first, m_again;
    int m_listener = -1;
    int m_port = 0;
    std::atomic<bool> m_stop = false;
    std::atomic<qint64> m_sent = 0;
    std::thread m_thread;
};

} // namespace retryscope
