// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

namespace retryscope {

/// gnome-keyring on a message bus of its own, with a home of its own; ended with the test. The bus starts nothing by itself, so
/// nobody is asked for a password.
class SecretService
{
public:
    static constexpr int within = 30'000;

    ~SecretService()
    {
        end(m_keyring);
        end(m_bus);
    }

    /// Empty when the bus runs; else why it cannot.
    QString startBus()
    {
        QDir(m_dir.path()).mkdir(QStringLiteral("run"));
        QFile::setPermissions(m_dir.filePath(QStringLiteral("run")), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        QFile configuration(m_dir.filePath(QStringLiteral("bus.conf")));
        if (!configuration.open(QIODevice::WriteOnly))
            return QStringLiteral("The bus cannot be configured.");
        configuration.write("<busconfig><type>session</type><listen>unix:dir=" + m_dir.path().toUtf8()
                            + "</listen><auth>EXTERNAL</auth><policy context=\"default\"><allow send_destination=\"*\" "
                              "eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>");
        configuration.close();
        m_bus.start(QStringLiteral("dbus-daemon"), {QStringLiteral("--nofork"), QStringLiteral("--print-address=1"),
                                                    QStringLiteral("--config-file=") + configuration.fileName()});
        if (!m_bus.waitForStarted(within))
            return QStringLiteral("dbus-daemon does not start; Debian's package is dbus-daemon.");
        if (!QTest::qWaitFor([this] { return m_bus.canReadLine(); }, within))
            return QStringLiteral("dbus-daemon tells no address: ") + QString::fromUtf8(m_bus.readAllStandardError());
        m_address = QString::fromUtf8(m_bus.readLine().trimmed());
        return {};
    }
    enum class Start { Unlocked, Locked };
    /// Of the same keys each time. Empty when it runs.
    QString startKeyring(Start how)
    {
        end(m_keyring);
        if (QStandardPaths::findExecutable(QStringLiteral("gnome-keyring-daemon")).isEmpty())
            return QStringLiteral("gnome-keyring-daemon was not found; Debian's package is gnome-keyring.");
        QStringList arguments{QStringLiteral("--foreground"), QStringLiteral("--components=secrets")};
        if (how == Start::Unlocked)
            arguments << QStringLiteral("--unlock");
        m_keyring.setProcessEnvironment(environment());
        m_keyring.start(QStringLiteral("gnome-keyring-daemon"), arguments);
        if (!m_keyring.waitForStarted(within))
            return QStringLiteral("gnome-keyring-daemon does not start.");
        if (how == Start::Unlocked)
            m_keyring.write("password of the test");
        m_keyring.closeWriteChannel();
        const auto ready = [&] { return isThere() && (how == Start::Locked || isUnlocked()); };
        return QTest::qWaitFor(ready, within) ? QString()
                                                                     : QStringLiteral("No secret service came on the bus.");
    }
    void stopKeyring() { end(m_keyring); }
    /// As a desktop does after a while; nobody can unlock it again.
    bool lock() const
    {
        return send({QStringLiteral("--dest=org.freedesktop.secrets"), QStringLiteral("/org/freedesktop/secrets"),
                     QStringLiteral("org.freedesktop.Secret.Service.Lock"),
                     QStringLiteral("array:objpath:/org/freedesktop/secrets/collection/login")})
            .contains("collection/login");
    }
    QString address() const { return m_address; }
    QString path(const QString &name) const { return m_dir.filePath(name); }
    QProcessEnvironment environment() const
    {
        QProcessEnvironment own = QProcessEnvironment::systemEnvironment();
        own.insert(QStringLiteral("DBUS_SESSION_BUS_ADDRESS"), m_address);
        own.insert(QStringLiteral("XDG_RUNTIME_DIR"), m_dir.filePath(QStringLiteral("run")));
        for (const char *name : {"HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"})
            own.insert(QLatin1String(name), m_dir.path());
        own.remove(QStringLiteral("XDG_CURRENT_DESKTOP")); // the keychain of no desktop but this
        own.remove(QStringLiteral("KDE_FULL_SESSION"));
        own.remove(QStringLiteral("GNOME_KEYRING_CONTROL"));
        return own;
    }

private:
    QByteArray send(const QStringList &words) const
    {
        QProcess ask;
        ask.setProcessEnvironment(environment());
        ask.start(QStringLiteral("dbus-send"), QStringList{QStringLiteral("--session"), QStringLiteral("--print-reply")} + words);
        return ask.waitForFinished(within) ? ask.readAllStandardOutput() : QByteArray();
    }
    bool isThere() const
    {
        return send({QStringLiteral("--dest=org.freedesktop.DBus"), QStringLiteral("/"),
                     QStringLiteral("org.freedesktop.DBus.NameHasOwner"), QStringLiteral("string:org.freedesktop.secrets")})
            .contains("true");
    }
    bool isUnlocked() const
    {
        return send({QStringLiteral("--dest=org.freedesktop.secrets"),
                     QStringLiteral("/org/freedesktop/secrets/aliases/default"),
                     QStringLiteral("org.freedesktop.DBus.Properties.Get"),
                     QStringLiteral("string:org.freedesktop.Secret.Collection"), QStringLiteral("string:Locked")})
            .contains("boolean false");
    }
    static void end(QProcess &process)
    {
        if (process.state() == QProcess::NotRunning)
            return;
        process.terminate();
        if (!process.waitForFinished(within)) {
            process.kill();
            process.waitForFinished(within);
        }
    }

    QTemporaryDir m_dir;
    QString m_address;
    QProcess m_bus, m_keyring;
};

} // namespace retryscope
