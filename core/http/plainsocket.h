// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/epollset.h"
#include "http/clientsocket.h"

#include <QObject>

#include <vector>

namespace retryscope {

class PlainSocket;

/// The sockets of a server, of which Qt's event loop sees one. Each is told once of what changes, so that a silent one costs
/// nothing and a busy one no further system call.
class SocketSet final : public QObject, public std::enable_shared_from_this<SocketSet>
{
public:
    SocketSet();
    void add(PlainSocket *socket, int fd);
    void remove(int fd);
    /// Calls socket->settle(), not from here.
    void later(int fd);

private:
    struct Entry
    {
        PlainSocket *socket = nullptr;
        quint32 generation = 0; ///< a descriptor is soon another connection's
        bool waits = false;     ///< for its settle()
    };
    static quint64 word(int fd, quint32 generation) { return quint64(generation) << 32 | quint32(fd); }
    PlainSocket *at(quint64 word);
    void onReady();
    void settle();

    std::vector<Entry> m_entries; ///< by descriptor
    std::vector<quint64> m_later;
    EpollSet m_set;
};

/// A client without TLS. What it sends is read when it is wanted and not before; what it is sent leaves at once or in one
/// piece at the end of the round.
class PlainSocket final : public ClientSocket
{
public:
    PlainSocket(std::shared_ptr<SocketSet> set, int fd, Owner &owner);
    ~PlainSocket() override;
    bool isConnected() const override { return m_fd >= 0 && !m_leaving; }
    QHostAddress localAddress() const override;
    bool hasInput() const override { return m_readable; }
    qint64 read(char *into, qint64 size) override;
    void setReadAhead(qint64) override {}
    void write(QByteArrayView bytes) override;
    void flush() override;
    qint64 backlog() const override { return m_out.size() - m_taken; }
    void leave() override;
    void abort() override;
    void reset() override;

    void onEvents(quint32 events);
    /// What was left for the end of the round.
    void settle();

private:
    bool mayHaveLeft();
    void forgetOut();
    void close();
    void tellGone();

    std::shared_ptr<SocketSet> m_set;
    Owner &m_owner;
    int m_fd;
    QByteArray m_out;        ///< what was written
    qsizetype m_taken = 0;   ///< of it
    bool m_blocked = false;  ///< the system takes no more for now
    bool m_readable = false; ///< until a read finds nothing
    bool m_hungUp = false;   ///< the client closed its side, or all of it; there may be bytes before that
    bool m_broken = false;
    bool m_leaving = false, m_goneTold = false;
};

} // namespace retryscope
