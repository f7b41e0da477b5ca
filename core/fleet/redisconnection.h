// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/fleetlocation.h"
#include "fleet/redisreader.h"

#include <QTcpSocket>

#include <deque>
#include <functional>

class QSslSocket;

namespace retryscope {

/// A connection to a Redis: hiredis writes and reads its words, Qt carries the bytes, so that nothing waits, not even for a
/// name. On one thread. Callbacks may close it or send, and must not delete it.
class RedisConnection final : public QObject
{
public:
    using Done = std::function<void(const RedisValue &)>;

    /// `closed` is called once for each open(), with the reason, when the connection has ended by itself.
    explicit RedisConnection(std::function<void(const QString &why)> closed);
    ~RedisConnection() override;

    /// Ends what was; commands may be sent at once, and go when it is there.
    void open(const FleetLocation &location);
    /// `done` is called with the answer, unless the connection ends before.
    void send(const QByteArrayList &words, Done done = {});
    /// From now on every value that is no answer goes there: what a channel says.
    void onPush(Done push) { m_push = std::move(push); }
    /// No callback follows.
    void close();

private:
    void watch();
    void read();
    void fail(const QString &why);

    std::function<void(const QString &)> m_closed;
    QTcpSocket *m_socket = nullptr; ///< ours, as a QObject
    QSslSocket *m_tls = nullptr;    ///< the same one, where it speaks TLS
    std::shared_ptr<RedisReader> m_reader; ///< of the connection that is open
    std::deque<Done> m_waiting;
    Done m_push;
};

} // namespace retryscope
