// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/epollset.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace retryscope {

EpollSet::EpollSet(std::function<void()> ready) : m_set(::epoll_create1(EPOLL_CLOEXEC))
{
    if (m_set < 0)
        qFatal("No network for this process: it has no memory or no file descriptors left.");
    m_notifier = std::make_unique<QSocketNotifier>(m_set, QSocketNotifier::Read);
    QObject::connect(m_notifier.get(), &QSocketNotifier::activated, m_notifier.get(), std::move(ready));
}

EpollSet::~EpollSet()
{
    m_notifier.reset();
    ::close(m_set);
}

void EpollSet::control(int what, int fd, quint32 events, quint64 word)
{
    epoll_event event{};
    event.events = events;
    event.data.u64 = word;
    ::epoll_ctl(m_set, what, fd, &event);
}

std::span<const epoll_event> EpollSet::take(std::span<epoll_event> room)
{
    const int count = ::epoll_wait(m_set, room.data(), int(room.size()), 0);
    return room.first(std::size_t(std::max(0, count)));
}

} // namespace retryscope
