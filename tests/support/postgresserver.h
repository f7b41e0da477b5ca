// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/historylocation.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTemporaryDir>

#include <csignal>

#include <pwd.h>
#include <unistd.h>

namespace retryscope {

/// A real server of its own, in a temporary folder, on a free port of loopback; stopped and removed at the end.
/// PostgreSQL refuses to run as root, so root runs it as the user postgres.
class PostgresServer
{
public:
    static constexpr const char *passwordVariable = "RETRYSCOPE_TEST_DB_PASSWORD";
    static constexpr const char *password = "it's a \\ \"secret\"";

    ~PostgresServer() { stop("immediate"); }

    /// Empty when it runs; else why it cannot.
    QString start()
    {
        if (m_bin.isEmpty()) {
            const QString problem = prepare();
            if (!problem.isEmpty())
                return problem;
        }
        const QString options =
            QStringLiteral("-p %1 -k '' -c listen_addresses=127.0.0.1 -c fsync=off -c autovacuum_naptime=1")
                .arg(m_port);
        return run(QStringLiteral("pg_ctl"),
                   {QStringLiteral("start"), QStringLiteral("-w"), QStringLiteral("-D"), data(), QStringLiteral("-l"),
                    m_dir.filePath(QStringLiteral("log")), QStringLiteral("-o"), options});
    }
    /// "immediate" is a crash: no checkpoint, every connection cut.
    void stop(const char *mode)
    {
        if (!m_bin.isEmpty())
            run(QStringLiteral("pg_ctl"), {QStringLiteral("stop"), QStringLiteral("-w"), QStringLiteral("-D"), data(),
                                           QStringLiteral("-m"), QLatin1String(mode)});
    }
    /// To the server and all that work for it, such as SIGSTOP: then its connections stay open and nobody answers.
    void signalAll(int number) const
    {
        QFile file(data() + QStringLiteral("/postmaster.pid"));
        const qint64 server = file.open(QIODevice::ReadOnly) ? file.readLine().trimmed().toLongLong() : 0;
        for (const QString &pid : QDir(QStringLiteral("/proc")).entryList(QDir::Dirs)) {
            QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
            if (server == 0 || pid.toLongLong() == 0 || !stat.open(QIODevice::ReadOnly))
                continue;
            const QByteArray text = stat.readAll();
            const qint64 parent = text.mid(text.lastIndexOf(')') + 2).split(' ').value(1).toLongLong();
            if (pid.toLongLong() == server || parent == server)
                ::kill(pid_t(pid.toLongLong()), number);
        }
    }
    HistoryLocation location(const QString &database = QStringLiteral("postgres")) const
    {
        HistoryLocation where{
            HistoryLocation::Kind::PostgreSql, {}, QStringLiteral("retryscope"), QStringLiteral("127.0.0.1"), database};
        where.port = m_port;
        where.passwordVariable = QLatin1String(passwordVariable);
        return where;
    }

private:
    QString data() const { return m_dir.filePath(QStringLiteral("data")); }

    QString prepare()
    {
        for (const QString &version : QDir(QStringLiteral("/usr/lib/postgresql"))
                                          .entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name | QDir::Reversed)) {
            if (m_bin.isEmpty() && QFile::exists(QStringLiteral("/usr/lib/postgresql/%1/bin/initdb").arg(version)))
                m_bin = QStringLiteral("/usr/lib/postgresql/%1/bin/").arg(version);
        }
        if (m_bin.isEmpty() && !QStandardPaths::findExecutable(QStringLiteral("initdb")).isEmpty())
            m_bin = QFileInfo(QStandardPaths::findExecutable(QStringLiteral("initdb"))).path() + QLatin1Char('/');
        if (m_bin.isEmpty())
            return QStringLiteral("PostgreSQL's server is not installed (initdb was found neither in "
                                  "/usr/lib/postgresql nor on the path; Debian's package is postgresql).");
        const passwd *owner = geteuid() == 0 ? getpwnam("postgres") : nullptr;
        if (geteuid() == 0
            && (!owner || chown(QFile::encodeName(m_dir.path()).constData(), owner->pw_uid, owner->pw_gid) != 0))
            return QStringLiteral("This runs as root, which PostgreSQL refuses, and there is no user postgres.");
        QTcpServer probe;
        probe.listen(QHostAddress::LocalHost);
        m_port = probe.serverPort();
        qputenv(passwordVariable, password);
        const QString secret = m_dir.filePath(QStringLiteral("secret"));
        QFile file(secret);
        if (!file.open(QIODevice::WriteOnly) || file.write(password) < 0)
            return file.errorString();
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther);
        return run(QStringLiteral("initdb"),
                   {QStringLiteral("-D"), data(), QStringLiteral("-U"), QStringLiteral("retryscope"),
                    QStringLiteral("-A"), QStringLiteral("scram-sha-256"), QStringLiteral("--pwfile"), secret,
                    QStringLiteral("-N"), QStringLiteral("-E"), QStringLiteral("UTF8"), QStringLiteral("--locale=C")});
    }
    QString run(const QString &program, const QStringList &arguments)
    {
        QProcess process;
        process.setWorkingDirectory(m_dir.path());
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.setStandardOutputFile(m_dir.path()
                                      + QStringLiteral("/out")); // a pipe would stay open as long as the server runs
        if (geteuid() == 0)
            process.start(QStringLiteral("runuser"), QStringList{QStringLiteral("-u"), QStringLiteral("postgres"),
                                                                 QStringLiteral("--"), m_bin + program}
                                                         + arguments);
        else
            process.start(m_bin + program, arguments);
        if (process.waitForFinished(60'000) && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0)
            return {};
        QFile out(m_dir.path() + QStringLiteral("/out"));
        return QStringLiteral("%1 failed: %2 %3")
            .arg(program, process.errorString(),
                 out.open(QIODevice::ReadOnly) ? QString::fromUtf8(out.readAll()) : QString());
    }

    QTemporaryDir m_dir;
    QString m_bin;
    int m_port = 0;
};

} // namespace retryscope
