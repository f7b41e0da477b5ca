// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fleet/redisconnection.h"

#include <QNetworkProxy>

#include <vector>

#include <hiredis/hiredis.h>

namespace retryscope {
namespace {

RedisValue valueFrom(const redisReply &reply)
{
    RedisValue value;
    switch (reply.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        value.kind = reply.type == REDIS_REPLY_ERROR ? RedisValue::Kind::Error : RedisValue::Kind::Text;
        value.text = QByteArray(reply.str, qsizetype(reply.len));
        break;
    case REDIS_REPLY_INTEGER:
        value.kind = RedisValue::Kind::Number;
        value.number = reply.integer;
        break;
    case REDIS_REPLY_ARRAY:
        value.kind = RedisValue::Kind::List;
        for (std::size_t i = 0; i < reply.elements; ++i)
            value.list.append(valueFrom(*reply.element[i]));
        break;
    default: break;
    }
    return value;
}

QByteArray written(const QByteArrayList &words)
{
    std::vector<const char *> texts;
    std::vector<std::size_t> sizes;
    for (const QByteArray &word : words) {
        texts.push_back(word.constData());
        sizes.push_back(std::size_t(word.size()));
    }
    char *bytes = nullptr;
    const int size = redisFormatCommandArgv(&bytes, int(words.size()), texts.data(), sizes.data());
    QByteArray command(bytes, size < 0 ? 0 : size);
    redisFreeCommand(bytes);
    return command;
}

} // namespace

RedisConnection::RedisConnection(std::function<void(const QString &)> closed)
    : m_closed(std::move(closed)), m_socket(this)
{
    m_socket.setProxy(QNetworkProxy::NoProxy);
    connect(&m_socket, &QTcpSocket::connected, this,
            [this] { m_socket.setSocketOption(QAbstractSocket::LowDelayOption, 1); });
    connect(&m_socket, &QTcpSocket::readyRead, this, [this] { read(); });
    connect(&m_socket, &QTcpSocket::errorOccurred, this, [this] { fail(m_socket.errorString()); });
}

RedisConnection::~RedisConnection() { close(); }

void RedisConnection::open(const QString &host, quint16 port)
{
    close();
    m_reader = redisReaderCreate();
    m_socket.connectToHost(host, port);
}

void RedisConnection::send(const QByteArrayList &words, Done done)
{
    if (!m_reader)
        return;
    m_waiting.push_back(std::move(done));
    m_socket.write(written(words));
}

void RedisConnection::close()
{
    ++m_life;
    m_waiting.clear();
    if (!m_reader)
        return;
    redisReaderFree(std::exchange(m_reader, nullptr));
    m_socket.abort();
}

void RedisConnection::fail(const QString &why)
{
    if (!m_reader)
        return;
    close();
    m_closed(why);
}

void RedisConnection::read()
{
    if (!m_reader)
        return;
    const QByteArray bytes = m_socket.readAll();
    if (qint64(m_reader->len - m_reader->pos) + bytes.size() > mostUnread)
        return fail(QStringLiteral("it sent more than anybody asked for"));
    redisReaderFeed(m_reader, bytes.constData(), std::size_t(bytes.size()));
    const quint64 life = m_life;
    while (life == m_life) {
        void *raw = nullptr;
        if (redisReaderGetReply(m_reader, &raw) != REDIS_OK)
            return fail(QStringLiteral("it does not speak Redis' protocol"));
        if (!raw)
            return;
        const RedisValue value = valueFrom(*static_cast<redisReply *>(raw));
        freeReplyObject(raw);
        if (m_waiting.empty()) {
            if (m_push)
                m_push(value);
            continue;
        }
        const Done done = std::move(m_waiting.front());
        m_waiting.pop_front();
        if (done)
            done(value);
    }
}

} // namespace retryscope
