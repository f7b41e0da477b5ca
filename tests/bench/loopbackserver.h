// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>

#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

namespace retryscope::bench {

/// Answers every POST with the same bytes, keep-alive, from a process of its own, so that its CPU is not counted in
/// ours. Make it before any thread and any Qt object. Ends with its owner.
class LoopbackServer
{
public:
    /// A target that contains "stream" gets `streamed`, any other `whole`; both are whole responses.
    LoopbackServer(QByteArray whole, QByteArray streamed)
    {
        const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener, reinterpret_cast<sockaddr *>(&address), size) != 0 || ::listen(listener, 64) != 0)
            std::abort();
        ::getsockname(listener, reinterpret_cast<sockaddr *>(&address), &size);
        m_port = ntohs(address.sin_port);
        const pid_t parent = ::getpid();
        m_child = ::fork();
        if (m_child == 0)
            serve(listener, parent, whole, streamed);
        ::close(listener);
    }
    ~LoopbackServer()
    {
        ::kill(m_child, SIGKILL);
        ::waitpid(m_child, nullptr, 0);
    }
    int port() const { return m_port; }

private:
    struct Client { int fd; QByteArray in; };

    [[noreturn]] static void serve(int listener, pid_t parent, const QByteArray &whole, const QByteArray &streamed)
    {
        std::vector<Client> clients;
        while (::getppid() == parent) {
            std::vector<pollfd> watched{{listener, POLLIN, 0}};
            for (const Client &client : clients)
                watched.push_back({client.fd, POLLIN, 0});
            if (::poll(watched.data(), watched.size(), 1000) <= 0)
                continue;
            for (std::size_t i = clients.size(); i-- > 0;) {
                if (watched[i + 1].revents && !answer(&clients[i], whole, streamed)) {
                    ::close(clients[i].fd);
                    clients.erase(clients.begin() + std::ptrdiff_t(i));
                }
            }
            if (watched[0].revents)
                clients.push_back({::accept(listener, nullptr, nullptr), {}});
        }
        ::_exit(0);
    }
    /// False when the client has left.
    static bool answer(Client *client, const QByteArray &whole, const QByteArray &streamed)
    {
        char buffer[65536];
        const ssize_t got = ::recv(client->fd, buffer, sizeof buffer, 0);
        if (got <= 0)
            return false;
        client->in.append(buffer, got);
        const qsizetype head = client->in.indexOf("\r\n\r\n");
        const qsizetype field = client->in.toLower().indexOf("content-length:");
        if (head < 0)
            return true;
        const qsizetype length =
            field < 0 ? 0
                      : client->in.mid(field + 15, client->in.indexOf('\r', field) - field - 15).trimmed().toLongLong();
        if (client->in.size() < head + 4 + length)
            return true;
        const QByteArray &response = client->in.left(client->in.indexOf('\r')).contains("stream") ? streamed : whole;
        client->in.clear();
        return ::send(client->fd, response.constData(), std::size_t(response.size()), MSG_NOSIGNAL) == response.size();
    }

    pid_t m_child = -1;
    int m_port = 0;
};

} // namespace retryscope::bench
