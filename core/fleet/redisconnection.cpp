// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fleet/redisconnection.h"

#include "fleet/redistls.h"

#include <QNetworkProxy>
#include <QSslSocket>

#include <utility>

namespace retryscope {

RedisConnection::RedisConnection(std::function<void(const QString &why)> closed) : m_closed(std::move(closed)) {}

RedisConnection::~RedisConnection() { close(); }

void RedisConnection::open(const FleetLocation &location)
{
    close();
    m_reader = std::make_shared<RedisReader>();
    if (!location.tls) {
        m_socket = new QTcpSocket(this);
        watch();
        m_socket->connectToHost(location.host, quint16(location.port));
        return;
    }
    m_socket = m_tls = new QSslSocket(this);
    watch();
    const auto tls = redisTls(location);
    if (!tls) { // told when whoever opens it is through
        QMetaObject::invokeMethod(m_socket, [this, why = tls.error()] { fail(why); }, Qt::QueuedConnection);
        return;
    }
    m_tls->setSslConfiguration(*tls);
    m_tls->connectToHostEncrypted(location.host, quint16(location.port));
}

void RedisConnection::watch()
{
    m_socket->setProxy(QNetworkProxy::NoProxy);
    connect(m_socket, &QTcpSocket::connected, this,
            [this] { m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1); });
    connect(m_socket, &QTcpSocket::readyRead, this, [this] { read(); });
    connect(m_socket, &QTcpSocket::errorOccurred, this,
            [this] { fail(m_tls ? redisTlsProblem(*m_tls) : m_socket->errorString()); });
}

void RedisConnection::send(const QByteArrayList &words, Done done)
{
    if (!m_reader)
        return;
    m_waiting.push_back(std::move(done));
    m_socket->write(redisCommand(words));
}

void RedisConnection::close()
{
    m_waiting.clear();
    if (!m_reader)
        return;
    m_reader.reset();
    m_tls = nullptr;
    QTcpSocket *socket = std::exchange(m_socket, nullptr); // it may be what calls us
    socket->disconnect(this);
    socket->abort();
    socket->deleteLater();
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
    const std::shared_ptr<RedisReader> reader = m_reader; // callbacks may close
    if (!reader)
        return;
    reader->feed(m_socket->readAll());
    while (reader == m_reader) {
        const auto value = reader->next();
        if (!reader->problem().isEmpty())
            return fail(reader->problem());
        if (!value)
            return;
        if (m_waiting.empty()) {
            if (m_push)
                m_push(*value);
            continue;
        }
        const Done done = std::move(m_waiting.front());
        m_waiting.pop_front();
        if (done)
            done(*value);
    }
}

} // namespace retryscope
