// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fleet/redisconnection.h"

#include <QPointer>
#include <QProcess>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

namespace retryscope {

/// A real Redis of its own, in memory alone, on a free port of loopback; ended with the test.
class RedisServer
{
public:
    QStringList tls; ///< its options for TLS, such as --tls-cert-file FILE; then it speaks nothing else

    ~RedisServer() { stop(); }

    /// Empty when it runs; else why it cannot.
    QString start(const QString &password = {})
    {
        const QString program = QStandardPaths::findExecutable(QStringLiteral("redis-server"));
        if (program.isEmpty())
            return QStringLiteral("redis-server was not found on the path; Debian's package is redis-server.");
        if (m_port == 0) {
            QTcpServer probe;
            probe.listen(QHostAddress::LocalHost);
            m_port = probe.serverPort();
        }
        QStringList arguments{tls.isEmpty() ? QStringLiteral("--port") : QStringLiteral("--tls-port"),
                              QString::number(m_port),
                              QStringLiteral("--bind"),       QStringLiteral("127.0.0.1"),
                              QStringLiteral("--save"),       QString(),
                              QStringLiteral("--appendonly"), QStringLiteral("no"),
                              QStringLiteral("--dir"),        m_dir.path()};
        if (!password.isEmpty())
            arguments << QStringLiteral("--requirepass") << password;
        if (!tls.isEmpty())
            arguments << QStringLiteral("--port") << QStringLiteral("0") << tls;
        m_process.setStandardOutputFile(m_dir.filePath(QStringLiteral("log")));
        m_process.start(program, arguments);
        const bool there = m_process.waitForStarted(5000)
                           && QTest::qWaitFor(
                               [this] {
                                   QTcpSocket socket;
                                   socket.connectToHost(QHostAddress::LocalHost, m_port);
                                   return socket.waitForConnected(100);
                               },
                               10'000);
        return there ? QString() : QStringLiteral("redis-server does not start: ") + m_process.errorString();
    }
    void stop()
    {
        m_process.kill();
        m_process.waitForFinished(5000);
    }
    quint16 port() const { return m_port; }

    /// Sends one command from a connection of its own and waits for the answer.
    RedisValue ask(const QByteArrayList &words) const
    {
        RedisValue got;
        bool answered = false;
        RedisConnection connection([&](const QString &) { answered = true; });
        connection.open({.host = QStringLiteral("127.0.0.1"), .port = m_port});
        connection.send(words, [&](const RedisValue &value) {
            got = value;
            answered = true;
        });
        [[maybe_unused]] const bool ended = QTest::qWaitFor([&] { return answered; }, 5000);
        return got;
    }

private:
    QTemporaryDir m_dir;
    QProcess m_process;
    quint16 m_port = 0;
};

/// Passes bytes on to a port of loopback; while it is stalled, connections are taken and kept and nothing is passed on: what a
/// network that loses every packet looks like.
class StallingProxy : public QTcpServer
{
public:
    bool stalled = false;

    explicit StallingProxy(quint16 to) : m_to(to)
    {
        listen(QHostAddress::LocalHost);
        connect(this, &QTcpServer::newConnection, this, [this] {
            auto *client = nextPendingConnection();
            auto *server = new QTcpSocket(client);
            server->connectToHost(QHostAddress::LocalHost, m_to);
            pass(client, server);
            pass(server, client);
        });
    }
    /// Passes on what was held back meanwhile, late.
    void heal()
    {
        stalled = false;
        for (QTcpSocket *socket : findChildren<QTcpSocket *>())
            emit socket->readyRead();
    }

private:
    void pass(QTcpSocket *from, QTcpSocket *to)
    {
        connect(from, &QTcpSocket::readyRead, to, [this, from, to = QPointer<QAbstractSocket>(to)] {
            if (!stalled && to)
                to->write(from->readAll());
        });
        connect(from, &QTcpSocket::disconnected, to, [to = QPointer<QAbstractSocket>(to)] {
            if (to)
                to->disconnectFromHost();
        });
    }
    quint16 m_to;
};

} // namespace retryscope
