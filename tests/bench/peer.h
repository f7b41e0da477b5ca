// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QFile>
#include <QProcess>
#include <QProcessEnvironment>

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace retryscope::bench {

/// A free port of loopback.
inline int freePort()
{
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<sockaddr *>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

/// A connection to a port of loopback; -1 when nobody listens.
inline int connectTo(int port)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(quint16(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0)
        return fd;
    ::close(fd);
    return -1;
}

/// Another program that stands between the client and the upstream, and what the kernel counts of it.
class Peer
{
public:
    ~Peer()
    {
        m_process.terminate();
        if (!m_process.waitForFinished(10'000))
            m_process.kill();
        m_process.waitForFinished(5000);
    }
    /// False where it cannot be started, or does not listen within 20 s.
    bool start(const QString &program, const QStringList &arguments, int port, const QProcessEnvironment &environment)
    {
        m_process.setProcessEnvironment(environment);
        m_process.setStandardOutputFile(QProcess::nullDevice());
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.start(program, arguments);
        if (!m_process.waitForStarted(5000))
            return false;
        for (int i = 0; i < 200 && m_process.state() == QProcess::Running; ++i) {
            if (const int fd = connectTo(port); fd >= 0) {
                ::close(fd);
                return true;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            m_process.waitForFinished(1);
        }
        return false;
    }
    /// Of all its threads, ended ones too; counted by the kernel in ticks of 10 ms.
    double cpuUs() const
    {
        const QList<QByteArray> fields = read("stat").split(')').last().simplified().split(' ');
        return (fields.value(11).toDouble() + fields.value(12).toDouble()) * 1e6 / double(::sysconf(_SC_CLK_TCK));
    }
    double residentMb() const { return field("VmRSS:"); }
    double peakMb() const { return field("VmHWM:"); }

private:
    QByteArray read(const char *what) const
    {
        QFile file(QStringLiteral("/proc/%1/%2").arg(m_process.processId()).arg(QLatin1String(what)));
        return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
    }
    double field(const char *name) const
    {
        for (const QByteArray &line : read("status").split('\n')) {
            if (line.startsWith(name))
                return line.mid(qsizetype(std::strlen(name))).simplified().split(' ').first().toDouble() * 1024 / 1e6;
        }
        return 0;
    }

    QProcess m_process;
};

} // namespace retryscope::bench
