// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArrayList>
#include <QString>
#include <QVector>

#include <memory>
#include <optional>

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

/// A command as Redis' protocol has it.
QByteArray redisCommand(const QByteArrayList &words);

/// Reads the values out of what a Redis, or whoever answers in its place, sends; bounded whatever that is.
class RedisReader
{
public:
    /// More that is not read yet is a problem.
    static constexpr qint64 mostUnread = 16 << 20;
    /// A list that says to be longer is a problem: nothing that is asked for is.
    static constexpr qint64 longestList = 64 << 10;

    RedisReader();
    ~RedisReader();
    void feed(const QByteArray &bytes);
    /// None: it is not there as a whole yet, or there is a problem.
    std::optional<RedisValue> next();
    /// Why no more can be read, as half a sentence; empty: more can.
    const QString &problem() const { return m_problem; }

private:
    static constexpr qsizetype longestCount = 32; ///< bytes of the line that tells one
    bool mayPass(QByteArrayView bytes);

    redisReader *m_reader;
    QByteArray m_line;  ///< that comes; of one that tells no count its first byte
    qint64 m_skip = 0;  ///< bytes of a text that come
    QString m_problem;
};

} // namespace retryscope
