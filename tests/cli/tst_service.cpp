// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/rawserver.h"
#include "support/suite.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTest>

#include <csignal>
#include <cstring>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/// retryscope-cli serve as a service manager sees it, and the units that start it.
class ServiceTest : public QObject
{
    Q_OBJECT
private slots:
    void theManagerIsTold_data();
    void theManagerIsTold();
    void nobodyIsToldWhereNobodyWaits();
    void credentialsAreVariables();
    void dataGoToTheStateDirectory_data();
    void dataGoToTheStateDirectory();
    void linesInTheJournalHaveAPriority();
    void theUnitsAreInstalledAndSound();

private:
    /// The manager's end: datagrams.
    struct Manager
    {
        explicit Manager(const QByteArray &name)
        {
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            std::memcpy(address.sun_path, name.constData(), std::size_t(name.size()));
            if (name.startsWith('@'))
                address.sun_path[0] = '\0';
            handle = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            ok = ::bind(handle, reinterpret_cast<const sockaddr *>(&address),
                        socklen_t(offsetof(sockaddr_un, sun_path) + std::size_t(name.size())))
                 == 0;
        }
        ~Manager() { ::close(handle); }
        bool hears(const QByteArray &words)
        {
            return QTest::qWaitFor(
                [&] {
                    char bytes[4096];
                    for (ssize_t size = 0; (size = ::recv(handle, bytes, sizeof bytes, 0)) > 0;)
                        heard += QByteArray(bytes, size) + '\n';
                    return heard.contains(words);
                },
                20'000);
        }
        int handle = -1;
        bool ok = false;
        QByteArray heard;
    };
    static void serve(const CliProgram &cli, QProcess &process, const QStringList &more = {})
    {
        cli.start(process, QStringList{QStringLiteral("serve"), QStringLiteral("--listen"),
                                       QStringLiteral("127.0.0.1:0"), QStringLiteral("--json")}
                               + more);
        QVERIFY(
            QTest::qWaitFor([&] { return process.canReadLine() || process.state() == QProcess::NotRunning; }, 20'000));
        QCOMPARE(process.state(), QProcess::Running);
    }
};

void ServiceTest::theManagerIsTold_data()
{
    QTest::addColumn<bool>("abstract");
    QTest::newRow("a file") << false;
    QTest::newRow("a name without a file") << true;
}

void ServiceTest::theManagerIsTold()
{
    QFETCH(bool, abstract);
    CliProgram cli;
    const QByteArray name = abstract ? "@retryscope-test-" + QByteArray::number(::getpid())
                                     : QFile::encodeName(cli.path(QStringLiteral("notify")));
    Manager manager(name);
    QVERIFY(manager.ok);
    cli.set(QStringLiteral("NOTIFY_SOCKET"), QString::fromLatin1(name));
    cli.set(QStringLiteral("WATCHDOG_USEC"), QStringLiteral("300000"));
    QProcess process;
    serve(cli, process, {QStringLiteral("--config"), cli.provider(QStringLiteral("http://127.0.0.1:1/v1"))});
    QVERIFY(manager.hears("READY=1\nSTATUS=Serving on http://127.0.0.1:"));
    QVERIFY(manager.hears("WATCHDOG=1\nWATCHDOG=1\n"));
    manager.heard.clear();
    ::kill(pid_t(process.processId()), SIGHUP);
    QVERIFY(manager.hears("RELOADING=1\nMONOTONIC_USEC="));
    QVERIFY(manager.hears("READY=1"));
    QVERIFY2(manager.heard.indexOf("RELOADING=1") < manager.heard.indexOf("READY=1"), manager.heard.constData());
    QVERIFY(!manager.heard.contains("STOPPING"));
    ::kill(pid_t(process.processId()), SIGTERM);
    QVERIFY(manager.hears("STOPPING=1"));
    QCOMPARE(CliProgram::end(process).code, 0);
}

void ServiceTest::nobodyIsToldWhereNobodyWaits()
{
    CliProgram cli;
    for (const QString &place : {QStringLiteral("/nowhere/at/all"), QStringLiteral("relative"),
                                 QStringLiteral("/") + QString(200, QLatin1Char('x'))}) {
        cli.set(QStringLiteral("NOTIFY_SOCKET"), place);
        QProcess process;
        serve(cli, process);
        ::kill(pid_t(process.processId()), SIGTERM);
        const auto ended = CliProgram::end(process);
        QCOMPARE(ended.code, 0);
        QCOMPARE(ended.err, QByteArray());
    }
}

void ServiceTest::credentialsAreVariables()
{
    CliProgram cli;
    QVERIFY(QDir(cli.path({})).mkdir(QStringLiteral("credentials")));
    cli.write(QStringLiteral("credentials/RETRYSCOPE_TOKEN"), "rs-the-token-of-the-manager\n");
    cli.write(QStringLiteral("credentials/A_KEY"), "key-of-the-manager\n");
    cli.write(QStringLiteral("credentials/OWN_KEY"), "not-this-one\n");
    cli.write(QStringLiteral("credentials/tls-key"), "x\n"); // no variable's name
    cli.set(QStringLiteral("CREDENTIALS_DIRECTORY"), cli.path(QStringLiteral("credentials")));
    cli.set(QStringLiteral("OWN_KEY"), QStringLiteral("the-right-one"));
    for (const auto &[variable, key] :
         {std::pair("A_KEY", "key-of-the-manager"), std::pair("OWN_KEY", "the-right-one")}) {
        retryscope::RawServer server;
        server.answer = [](QTcpSocket *socket, int) {
            retryscope::RawServer::reply(
                socket, R"({"choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}]})");
        };
        QProcess process;
        serve(cli, process,
              {QStringLiteral("--config"),
               cli.provider(server.url(QStringLiteral("/v1")).toString(),
                            QStringLiteral(R"(,"key":"env:%1")").arg(QLatin1String(variable)))});
        const QString at = QJsonDocument::fromJson(process.readLine())[QLatin1String("url")].toString();
        const auto call = cli.shell(
            QStringLiteral("curl -sS %1/v1/chat/completions -H 'Authorization: Bearer rs-the-token-of-the-manager' -d "
                           "'{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}'")
                .arg(at));
        QVERIFY2(call.out.contains("\"hi\""), call.said().constData());
        QVERIFY2(server.heads.last().contains(QByteArray("Bearer ") + key), server.heads.last().constData());
        ::kill(pid_t(process.processId()), SIGTERM);
        QVERIFY(!CliProgram::end(process).said().contains(key));
    }
}

void ServiceTest::dataGoToTheStateDirectory_data()
{
    QTest::addColumn<QString>("home");
    QTest::addColumn<QString>("data");
    QTest::addColumn<QString>("expected"); // below the test's folder
    QTest::newRow("a service without a home") << QString() << QString() << QStringLiteral("state");
    QTest::newRow("whose home is the root") << QStringLiteral("/") << QString() << QStringLiteral("state");
    QTest::newRow("with a home, whose folder may be another's")
        << QStringLiteral("HERE/home") << QString() << QStringLiteral("home/.local/share/retryscope");
    QTest::newRow("a data folder without a home")
        << QString() << QStringLiteral("HERE/data") << QStringLiteral("data/retryscope");
}

void ServiceTest::dataGoToTheStateDirectory()
{
    QFETCH(QString, home);
    QFETCH(QString, data);
    QFETCH(QString, expected);
    CliProgram cli;
    const auto set = [&cli](const QString &variable, QString value) {
        value.replace(QStringLiteral("HERE"), cli.path(QStringLiteral("x")).chopped(2));
        value.isEmpty() ? cli.unset(variable) : cli.set(variable, value);
    };
    set(QStringLiteral("HOME"), home);
    set(QStringLiteral("XDG_DATA_HOME"), data);
    cli.set(QStringLiteral("STATE_DIRECTORY"), cli.path(QStringLiteral("state")) + QStringLiteral(":/nowhere"));
    QProcess process;
    serve(cli, process, {QStringLiteral("--tls")});
    ::kill(pid_t(process.processId()), SIGTERM);
    const auto ended = CliProgram::end(process);
    QVERIFY2(ended.code == 0 && ended.err.isEmpty(), ended.err.constData());
    for (const char *name : {"gateway-token", "gateway-key.pem", "gateway-certificate.pem", "history.sqlite"})
        QVERIFY2(QFile::exists(cli.path(expected + QLatin1Char('/') + QLatin1String(name))), name);
}

void ServiceTest::linesInTheJournalHaveAPriority()
{
    CliProgram cli;
    const QString file = cli.write(QStringLiteral("errors"), {});
    struct stat info
    {};
    QCOMPARE(::stat(QFile::encodeName(file).constData(), &info), 0);
    const auto ask = [&](const QString &stream) {
        cli.set(QStringLiteral("JOURNAL_STREAM"), stream);
        const auto ran = cli.shell(QStringLiteral("CLI serve now 2> '%1'").arg(file));
        return ran.code == 2 ? cli.read(file) : QByteArray("no");
    };
    const QString journal = QStringLiteral("%1:%2").arg(info.st_dev).arg(info.st_ino);
    QVERIFY(ask(journal).startsWith("<3>\"now\" is no option"));
    QVERIFY(ask(QStringLiteral("1:2")).startsWith("\"now\" is no option")); // somebody else's stream
    QVERIFY(ask(QString()).startsWith("\"now\" is no option"));
}

/// As cmake --install puts them there; by systemd's own judgement where it is installed.
void ServiceTest::theUnitsAreInstalledAndSound()
{
    const CliProgram cli;
    const QString units = QFileInfo(QStringLiteral(CLI_BINARY)).path() + QStringLiteral("/../resources/systemd/");
    const QString one = QStringLiteral("retryscope-gateway@.service"),
                  persons = QStringLiteral("retryscope-gateway.service");

    for (const QString &unit : {one, persons}) {
        QByteArray text = cli.read(units + unit);
        QVERIFY2(text.contains("\nType=notify\n") && text.contains("\nExecReload=kill -HUP $MAINPID\n"),
                 qPrintable(unit));
        static const QRegularExpression start(QStringLiteral("\nExecStart=(\\S+/retryscope-cli) serve "));
        const QByteArray program = start.match(QString::fromUtf8(text)).captured(1).toUtf8();
        QVERIFY2(program.startsWith('/'), text.constData());
        text.replace(program, CLI_BINARY); // which is there, as the installed one may not be
        cli.write(unit, text);
        cli.write(QString(unit).replace(QStringLiteral("@."), QStringLiteral("@main.")), text);
    }
    if (QStandardPaths::findExecutable(QStringLiteral("systemd-analyze")).isEmpty())
        QSKIP("systemd-analyze is not installed");
    const QString instance = cli.path(QStringLiteral("retryscope-gateway@main.service"));
    for (const QString &line :
         {QStringLiteral("verify '%1'").arg(instance), QStringLiteral("--user verify '%1'").arg(cli.path(persons))}) {
        const auto ran = cli.shell(QStringLiteral("XDG_RUNTIME_DIR='%1' systemd-analyze --man=no --generators=no %2")
                                       .arg(cli.path(QString()), line));
        QVERIFY2(ran.code == 0 && !ran.said().contains("retryscope-gateway"), ran.said().constData());
    }
    const auto judged = cli.shell(
        QStringLiteral("systemd-analyze security --no-pager --offline=yes --threshold=20 '%1'").arg(instance));
    QVERIFY2(judged.code == 0, judged.said().constData()); // exposed by 2.0 of 10 at most
}

SUITE_TEST(ServiceTest)
#include "tst_service.moc"
