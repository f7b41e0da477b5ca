// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/plainsocket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace retryscope {
namespace {

constexpr qsizetype keptOut = 4 << 10;      ///< of memory for what is written, while nothing is
constexpr qsizetype compactedOut = 1 << 20; ///< taken by the client, before its memory is given back
constexpr int mostUnread = 16;              ///< reads of what nobody wants: closed with it, the answer could be lost

} // namespace

SocketSet::SocketSet() : m_set([this] { onReady(); }) {}

void SocketSet::add(PlainSocket *socket, int fd)
{
    if (std::size_t(fd) >= m_entries.size())
        m_entries.resize(std::size_t(fd) + 64);
    Entry &entry = m_entries[std::size_t(fd)];
    entry = {socket, entry.generation + 1, false};
    m_set.add(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, word(fd, entry.generation));
}

void SocketSet::remove(int fd)
{
    Entry &entry = m_entries[std::size_t(fd)];
    entry = {nullptr, entry.generation, false};
}

PlainSocket *SocketSet::at(quint64 word)
{
    Entry &entry = m_entries[std::size_t(quint32(word))];
    return entry.generation == quint32(word >> 32) ? entry.socket : nullptr;
}

void SocketSet::later(int fd)
{
    Entry &entry = m_entries[std::size_t(fd)];
    if (std::exchange(entry.waits, true))
        return;
    m_later.push_back(word(fd, entry.generation));
    if (m_later.size() == 1)
        QMetaObject::invokeMethod(
            this, [this] { settle(); }, Qt::QueuedConnection);
}

void SocketSet::settle()
{
    const auto self = shared_from_this(); // the server may go meanwhile
    for (const quint64 word : std::exchange(m_later, {})) {
        if (PlainSocket *socket = at(word)) {
            m_entries[std::size_t(quint32(word))].waits = false;
            socket->settle();
        }
    }
}

void SocketSet::onReady()
{
    const auto self = shared_from_this();
    std::array<epoll_event, 64> room;
    for (const epoll_event &event : m_set.take(room)) {
        if (PlainSocket *socket = at(event.data.u64))
            socket->onEvents(event.events);
    }
}

PlainSocket::PlainSocket(std::shared_ptr<SocketSet> set, int fd, Owner &owner)
    : m_set(std::move(set)), m_owner(owner), m_fd(fd)
{
    const int at_once = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    m_set->add(this, fd);
}

PlainSocket::~PlainSocket()
{
    m_goneTold = true;
    close();
}

QHostAddress PlainSocket::localAddress() const
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    return ::getsockname(m_fd, reinterpret_cast<sockaddr *>(&address), &size) == 0
               ? QHostAddress(reinterpret_cast<const sockaddr *>(&address))
               : QHostAddress();
}

qint64 PlainSocket::read(char *into, qint64 size)
{
    if (!m_readable)
        return 0;
    const ssize_t got = ::recv(m_fd, into, std::size_t(size), MSG_DONTWAIT);
    m_readable = got > 0 && (got == size || m_hungUp); // what comes after a part of it is told anew
    m_broken |= got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    if (m_hungUp || m_broken)
        m_set->later(m_fd);
    return std::max<qint64>(got, 0);
}

void PlainSocket::write(QByteArrayView bytes)
{
    if (!isConnected())
        return;
    m_out.append(bytes);
    if (!m_blocked)
        m_set->later(m_fd);
}

void PlainSocket::flush()
{
    while (m_fd >= 0 && !m_blocked && !m_broken && backlog() > 0) {
        const ssize_t sent =
            ::send(m_fd, m_out.constData() + m_taken, std::size_t(backlog()), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0)
            m_taken += sent;
        else if (errno == EAGAIN || errno == ENOBUFS)
            m_blocked = true; // until it is told that there is room
        else if (errno != EINTR)
            m_broken = true;
    }
    if (m_broken && m_fd >= 0)
        m_set->later(m_fd);
    forgetOut();
}

void PlainSocket::forgetOut()
{
    if (m_taken == m_out.size()) {
        if (m_out.capacity() > keptOut)
            m_out = {};
        else
            m_out.resize(0);
        m_taken = 0;
    } else if (m_taken >= compactedOut) {
        m_out.remove(0, std::exchange(m_taken, 0));
    }
}

void PlainSocket::onEvents(quint32 events)
{
    m_hungUp |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    m_broken |= (events & EPOLLERR) != 0;
    m_readable |= m_hungUp || (events & EPOLLIN) != 0;
    if ((events & EPOLLOUT) && std::exchange(m_blocked, false)) {
        flush();
        m_owner.onWritten();
    }
    if (m_fd >= 0 && m_readable && m_owner.awaitsInput())
        m_owner.onReadable();
    if (mayHaveLeft())
        tellGone();
}

void PlainSocket::settle()
{
    const qint64 waiting = backlog();
    flush();
    if (backlog() < waiting)
        m_owner.onWritten();
    if (mayHaveLeft())
        tellGone();
}

/// Whether nothing more is to come of it, in either direction.
bool PlainSocket::mayHaveLeft()
{
    return m_fd < 0 || m_broken || (m_leaving && backlog() == 0) || (m_hungUp && !m_owner.awaitsInput());
}

void PlainSocket::leave()
{
    if (m_fd < 0 || std::exchange(m_leaving, true))
        return;
    flush();
    m_set->later(m_fd); // and is gone
}

void PlainSocket::abort()
{
    m_out = {};
    m_taken = 0;
    tellGone();
}

void PlainSocket::reset()
{
    const linger option{1, 0};
    if (m_fd >= 0)
        ::setsockopt(m_fd, SOL_SOCKET, SO_LINGER, &option, sizeof option);
    abort();
}

void PlainSocket::close()
{
    if (m_fd < 0)
        return;
    if (m_leaving && m_readable) {
        std::array<char, 16 << 10> unread;
        for (int i = 0; i<mostUnread && ::recv(m_fd, unread.data(), unread.size(), MSG_DONTWAIT)> 0; ++i) {}
    }
    m_readable = false;
    m_set->remove(m_fd);
    ::close(std::exchange(m_fd, -1));
}

void PlainSocket::tellGone()
{
    close();
    if (!std::exchange(m_goneTold, true))
        m_owner.onGone();
}

} // namespace retryscope
