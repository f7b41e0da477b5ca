// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArrayList>
#include <QTcpSocket>
#include <QVector>

#include <deque>
#include <functional>

struct redisReader;

namespace retryscope {

/// One value of Redis' protocol.
struct RedisValue
{
    enum class Kind : quint8 { Nil, Text, Number, Error, List };
    Kind kind = Kind::Nil;
    QByteArray text; ///< of Text and Error
    qint64 number = 0;
    QVector<RedisValue> list;
};

/// A connection to a Redis: hiredis writes and reads its words, Qt carries the bytes, so that nothing waits, not even for a
/// name. On one thread. Callbacks may close it or send, and must not delete it.
class RedisConnection final : public QObject
{
public:
    using Done = std::function<void(const RedisValue &)>;
    /// More that is not read yet ends the connection.
    static constexpr qint64 mostUnread = 16 << 20;

    /// `closed` is called once for each open(), with the reason, when the connection has ended by itself.
    explicit RedisConnection(std::function<void(const QString &why)> closed);
    ~RedisConnection() override;

    /// Ends what was; commands may be sent at once, and go when it is there.
    void open(const QString &host, quint16 port);
    /// `done` is called with the answer, unless the connection ends before.
    void send(const QByteArrayList &words, Done done = {});
    /// From now on every value that is no answer goes there: what a channel says.
    void onPush(Done push) { m_push = std::move(push); }
    /// No callback follows.
    void close();

private:
    void read();
    void fail(const QString &why);

    std::function<void(const QString &)> m_closed;
    QTcpSocket m_socket;
    redisReader *m_reader = nullptr;
    std::deque<Done> m_waiting;
    Done m_push;
    quint64 m_life = 0; ///< of open and close: callbacks may have begun another one
};

} // namespace retryscope
