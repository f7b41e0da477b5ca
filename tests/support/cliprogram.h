// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

/// The built command line with a home of its own.
class CliProgram
{
public:
    struct Ran { int code; QByteArray out, err; QByteArray said() const { return out + err; } };

    CliProgram()
    {
        m_environment.insert(QStringLiteral("XDG_DATA_HOME"), m_folder.path());
        m_environment.insert(QStringLiteral("HOME"), m_folder.path());
    }
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QString data(const QString &name) const { return m_folder.filePath(QStringLiteral("retryscope/") + name); }
    QString write(const QString &name, const QByteArray &bytes) const
    {
        QFile file(path(name));
        return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() ? file.fileName() : QString();
    }
    QByteArray read(const QString &file) const
    {
        QFile f(file);
        return f.open(QIODevice::ReadOnly) ? f.readAll() : QByteArray();
    }
    void set(const QString &variable, const QString &value) { m_environment.insert(variable, value); }
    void unset(const QString &variable) { m_environment.remove(variable); }

    /// Standard input stays open until the caller closes it.
    void start(QProcess &process, const QStringList &arguments) const
    {
        process.setProcessEnvironment(m_environment);
        process.start(QStringLiteral(CLI_BINARY), arguments);
        QVERIFY(process.waitForStarted());
    }
    /// Waits, bounded, until the program handles the signal itself: before that it would end it as any program.
    static bool catches(const QProcess &process, int signal)
    {
        return QTest::qWaitFor([&] {
            QFile status(QStringLiteral("/proc/%1/status").arg(process.processId()));
            const QByteArray text = status.open(QIODevice::ReadOnly) ? status.readAll() : QByteArray();
            const qsizetype at = text.indexOf("SigCgt:");
            return at >= 0 && (text.mid(at + 7, 40).trimmed().left(16).toULongLong(nullptr, 16) >> (signal - 1) & 1);
        }, 20'000);
    }
    /// Events of this thread go on meanwhile, so a server of the test may answer.
    static Ran end(QProcess &process, int within = 30'000)
    {
        if (!QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, within))
            process.kill();
        process.waitForFinished(5'000);
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
                process.readAllStandardError()};
    }
    Ran run(const QStringList &arguments, const QByteArray &input = {}) const
    {
        QProcess process;
        start(process, arguments);
        process.write(input);
        process.closeWriteChannel();
        return end(process);
    }
    Ran shell(const QString &line, int within = 30'000) const
    {
        QProcess process;
        process.setProcessEnvironment(m_environment);
        process.start(QStringLiteral("sh"),
                      {QStringLiteral("-c"), QString(line).replace(QStringLiteral("CLI"), QStringLiteral(CLI_BINARY))});
        process.closeWriteChannel();
        return end(process, within);
    }
    /// A configuration with one provider x at the URL; `more` are further fields of it.
    QString provider(const QString &url, const QString &more = {},
                     const QString &protocol = QStringLiteral("openai_compatible")) const
    {
        return write(
            QStringLiteral("provider.json"), QStringLiteral(
                R"({"providers":[{"id":"x","protocol":"%3","base_url":"%1","model":"m"%2}],"retry":{"max_attempts":2,"base_delay_s":0.01}})")
                .arg(url, more, protocol)
                .toUtf8());
    }

private:
    QTemporaryDir m_folder;
    QProcessEnvironment m_environment = QProcessEnvironment::systemEnvironment();
};
