// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QSocketNotifier>

#include <functional>
#include <memory>
#include <span>

#include <sys/epoll.h>

namespace retryscope {

/// Descriptors that the event loop of the thread which makes it sees as one, so that a thousand that are silent cost
/// nothing. Ends the process where the system gives no descriptor for it.
class EpollSet
{
public:
    /// `ready`: take() has something to give; may delete the set.
    explicit EpollSet(std::function<void()> ready);
    ~EpollSet();
    EpollSet(const EpollSet &) = delete;
    void operator=(const EpollSet &) = delete;

    /// `word` comes back with what happens to it.
    void add(int fd, quint32 events, quint64 word) { control(EPOLL_CTL_ADD, fd, events, word); }
    void change(int fd, quint32 events, quint64 word) { control(EPOLL_CTL_MOD, fd, events, word); }
    /// Needless for one that is closed.
    void remove(int fd) { control(EPOLL_CTL_DEL, fd, 0, 0); }
    /// What happened, as much of it as there is room for. Never waits.
    std::span<const epoll_event> take(std::span<epoll_event> room);

private:
    void control(int what, int fd, quint32 events, quint64 word);
    int m_set;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace retryscope
