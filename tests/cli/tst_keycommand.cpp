// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/rawserver.h"
#include "support/secretservice.h"
#include "support/suite.h"

#include <QTcpServer>
#include <QTcpSocket>

using namespace retryscope;

/// retryscope-cli key, and what other commands do with keychain:NAME, with a secret service of the test's own.
class KeyCommandTest final : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void aKeyIsKeptCheckedAndTakenOut();
    void aConfigurationIsCheckedByItsNames();
    void aCallIsMadeWithIt();
    void aGatewayTakesAReplacedKeyAtSighup();
    void aLockedKeychainIsSaid();
    void noKeychainIsSaid();
    void whatIsNoNameOrNoKeyIsRefused_data();
    void whatIsNoNameOrNoKeyIsRefused();

private:
    CliProgram program() const
    {
        CliProgram cli;
        cli.set(QStringLiteral("DBUS_SESSION_BUS_ADDRESS"), m_service.address());
        cli.unset(QStringLiteral("XDG_CURRENT_DESKTOP"));
        cli.unset(QStringLiteral("KDE_FULL_SESSION"));
        return cli;
    }
    SecretService m_service;
};

void KeyCommandTest::initTestCase()
{
    QCOMPARE(m_service.startBus(), QString());
    QCOMPARE(m_service.startKeyring(SecretService::Start::Unlocked), QString());
}

void KeyCommandTest::aKeyIsKeptCheckedAndTakenOut()
{
    const CliProgram &cli = program();
    auto ran = cli.run({"key", "check", "one"});
    QVERIFY2(ran.code == 1 && ran.out.contains("no key named one"), ran.said());
    ran = cli.run({"key", "set", "one"}, "sk-cli-0123456789\n");
    QVERIFY2(ran.code == 0 && ran.out.contains("keychain:one"), ran.said());
    QVERIFY2(!ran.said().contains("sk-cli"), ran.said());
    ran = cli.run({"key", "check", "one"});
    QVERIFY2(ran.code == 0 && ran.out.contains("keychain:one is there"), ran.said());
    QVERIFY2(!ran.said().contains("sk-cli"), ran.said());
    ran = cli.run({"key", "remove", "one"});
    QVERIFY2(ran.code == 0, ran.said());
    ran = cli.run({"key", "remove", "one"});
    QVERIFY2(ran.code == 1 && ran.err.contains("no key named one"), ran.said());
}

void KeyCommandTest::aConfigurationIsCheckedByItsNames()
{
    const CliProgram &cli = program();
    QCOMPARE(cli.run({"key", "set", "two"}, "sk-cli-two").code, 0);
    const QString file = cli.provider(QStringLiteral("http://127.0.0.1:9/v1"),
                                      QStringLiteral(R"(, "key": "keychain:two", "keys": ["keychain:three"])"));
    auto ran = cli.run({"key", "check", "--config", file});
    QVERIFY2(ran.code == 1 && ran.out.contains("keychain:two is there") && ran.out.contains("no key named three"),
             ran.said());
    ran = cli.run({"check", file});
    QVERIFY2(ran.code == 0 && ran.err.contains("no key named three") && !ran.err.contains("no key named two"), ran.said());
}

/// What reaches the provider is the key, and what is told anywhere is not.
void KeyCommandTest::aCallIsMadeWithIt()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QByteArray asked;
    connect(&server, &QTcpServer::newConnection, this, [&] {
        while (QTcpSocket *socket = server.nextPendingConnection()) {
            connect(socket, &QTcpSocket::readyRead, socket, [&asked, socket] {
                asked += socket->readAll();
                const qsizetype head = asked.indexOf("\r\n\r\n");
                if (head < 0)
                    return;
                const QByteArray body = R"({"error":{"message":"no sk-call-0123456789 here","code":"invalid_api_key"}})";
                socket->write("HTTP/1.1 401 No\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                              + QByteArray::number(body.size()) + "\r\n\r\n" + body);
                socket->disconnectFromHost();
            });
        }
    });
    const CliProgram &cli = program();
    QCOMPARE(cli.run({"key", "set", "call"}, "sk-call-0123456789").code, 0);
    const QString file = cli.provider(QStringLiteral("http://127.0.0.1:%1/v1").arg(server.serverPort()),
                                      QStringLiteral(R"(, "key": "keychain:call")"));
    const auto ran = cli.run({"send", "--config", file, "hello"});
    QVERIFY2(ran.code == 1, ran.said());
    QVERIFY2(asked.contains("Bearer sk-call-0123456789"), asked);
    QVERIFY2(!ran.said().contains("sk-call"), ran.said());
}

/// A call that is under way is answered whole, with the key that it began with.
void KeyCommandTest::aGatewayTakesAReplacedKeyAtSighup()
{
    const QByteArray good = R"({"id":"1","object":"chat.completion","model":"m","choices":[{"index":0,"message":)"
                            R"({"role":"assistant","content":"all is well"},"finish_reason":"stop"}]})";
    RawServer provider;
    QPointer<QTcpSocket> held;
    provider.answer = [&](QTcpSocket *socket, int number) {
        if (number == 1)
            held = socket;
        else
            RawServer::reply(socket, good);
    };
    CliProgram cli = program();
    QCOMPARE(cli.run({"key", "set", "served"}, "sk-old-0123456789").code, 0);
    const QString file = cli.write(QStringLiteral("served.json"),
                                   R"({"providers":[{"id":"x","protocol":"openai_compatible","model":"m","base_url":")"
                                       + provider.url(QStringLiteral("/v1")).toString().toUtf8()
                                       + R"(","key":"keychain:served"}],"retry":{"first_token_timeout_s":600,)"
                                         R"("attempt_timeout_s":600,"deadline_s":1200}})");
    QProcess gateway, first;
    cli.start(gateway, {"serve", "--listen", "127.0.0.1:0", "--json", "--config", file});
    QVERIFY(QTest::qWaitFor([&] { return gateway.canReadLine(); }, 30'000));
    const QString url = QJsonDocument::fromJson(gateway.readLine())[QLatin1String("url")].toString();
    const QString ask = QStringLiteral("curl -si %1/v1/chat/completions -H \"Authorization: Bearer $(cat %2)\" -d "
                                       "'{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}'")
                            .arg(url, cli.data(QStringLiteral("gateway-token")));
    first.start(QStringLiteral("sh"), {QStringLiteral("-c"), ask});
    QTRY_VERIFY_WITH_TIMEOUT(!held.isNull(), 30'000);
    QVERIFY2(provider.heads.first().contains("Bearer sk-old-0123456789"), provider.heads.first());

    QCOMPARE(cli.run({"key", "set", "served"}, "sk-new-0123456789").code, 0);
    QVERIFY2(cli.shell(ask).out.contains("all is well"), "before it is told");
    QVERIFY2(provider.heads.last().contains("Bearer sk-old-0123456789"), provider.heads.last());
    ::kill(pid_t(gateway.processId()), SIGHUP);
    QVERIFY(QTest::qWaitFor([&] {
        return cli.shell(ask).out.contains("all is well") && provider.heads.last().contains("Bearer sk-new-0123456789");
    }, 30'000));

    m_service.stopKeyring(); // of which nothing is known then: the key that was read goes on
    ::kill(pid_t(gateway.processId()), SIGHUP);
    QByteArray said;
    QVERIFY(QTest::qWaitFor([&] {
        said += gateway.readAllStandardError();
        return said.count("was read again") >= 2;
    }, 30'000));
    for (int i = 0; i < 5; ++i) {
        QVERIFY2(cli.shell(ask).out.contains("all is well"), "the keychain is away");
        QVERIFY2(provider.heads.last().contains("Bearer sk-new-0123456789"), provider.heads.last());
    }
    QCOMPARE(m_service.startKeyring(SecretService::Start::Unlocked), QString());
    QCOMPARE(cli.run({"key", "set", "served"}, "sk-third-0123456789").code, 0);
    ::kill(pid_t(gateway.processId()), SIGHUP);
    QVERIFY(QTest::qWaitFor([&] {
        return cli.shell(ask).out.contains("all is well") && provider.heads.last().contains("Bearer sk-third-0123456789");
    }, 30'000));

    QVERIFY(held);
    RawServer::reply(held, good);
    const auto answered = CliProgram::end(first);
    QVERIFY2(answered.out.startsWith("HTTP/1.1 200") && answered.out.contains("all is well"), answered.said());
    QVERIFY2(answered.out.contains("x-retryscope-attempts: 1\r"), answered.said());
    ::kill(pid_t(gateway.processId()), SIGTERM);
    const auto ended = CliProgram::end(gateway);
    QCOMPARE(ended.code, 0);
    QVERIFY(!(said + ended.said()).contains("sk-"));
}

void KeyCommandTest::aLockedKeychainIsSaid()
{
    QCOMPARE(m_service.startKeyring(SecretService::Start::Locked), QString());
    const CliProgram &cli = program();
    for (const QStringList &words : {QStringList{"key", "check", "two"}, {"key", "remove", "two"}, {"key", "set", "new"}}) {
        const auto ran = cli.run(words, "sk-x-0123456789");
        QVERIFY2(ran.code == 1 && ran.said().contains("the keychain is locked"), ran.said());
        QVERIFY2(!ran.said().contains("sk-x"), ran.said());
    }
    QCOMPARE(m_service.startKeyring(SecretService::Start::Unlocked), QString());
    const auto ran = cli.run({"key", "check", "two"}); // it was not touched, and outlived the service
    QVERIFY2(ran.code == 0, ran.said());
}

void KeyCommandTest::noKeychainIsSaid()
{
    m_service.stopKeyring();
    CliProgram cli = program();
    const QString file = cli.provider(QStringLiteral("http://127.0.0.1:9/v1"), QStringLiteral(R"(, "key": "keychain:two")"));
    for (const QString &address : {m_service.address(), QStringLiteral("unix:path=/nowhere"), QString()}) {
        if (address.isEmpty())
            cli.unset(QStringLiteral("DBUS_SESSION_BUS_ADDRESS"));
        else
            cli.set(QStringLiteral("DBUS_SESSION_BUS_ADDRESS"), address);
        cli.set(QStringLiteral("XDG_RUNTIME_DIR"), cli.path(QStringLiteral("nowhere"))); // where a bus may be as well
        cli.unset(QStringLiteral("DISPLAY"));
        auto ran = cli.run({"key", "set", "two"}, "sk-x-0123456789");
        QVERIFY2(ran.code == 1 && ran.err.contains("no keychain answers on this machine"), ran.said());
        QVERIFY2(!ran.said().contains("sk-x"), ran.said());
        ran = cli.run({"check", file});
        QVERIFY2(ran.code == 0 && ran.err.contains("no keychain answers on this machine") && ran.err.contains("env:NAME"),
                 ran.said());
    }
}

void KeyCommandTest::whatIsNoNameOrNoKeyIsRefused_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("a key as a name") << QStringList{"set", "sk-oops/0123456789"} << QByteArray("x") << QByteArray("A name has");
    QTest::newRow("nothing") << QStringList{"set", "a"} << QByteArray(" \n") << QByteArray("No key came");
    QTest::newRow("two lines") << QStringList{"set", "a"} << QByteArray("sk-oops\nsk-more") << QByteArray("line break");
    QTest::newRow("too long") << QStringList{"set", "a"} << QByteArray(20'000, 'k') << QByteArray("longer than 16 KiB");
    QTest::newRow("no name") << QStringList{"remove"} << QByteArray() << QByteArray("Say set NAME");
    QTest::newRow("no action") << QStringList{"show", "a"} << QByteArray() << QByteArray("Say set NAME");
}

void KeyCommandTest::whatIsNoNameOrNoKeyIsRefused()
{
    QFETCH(QStringList, words);
    QFETCH(QByteArray, input);
    QFETCH(QByteArray, said);
    const auto ran = program().run(QStringList{"key"} + words, input);
    QVERIFY2(ran.code == 2 && ran.err.contains(said), ran.said());
    QVERIFY2(!ran.said().contains("sk-oops"), ran.said());
}

SUITE_TEST(KeyCommandTest)
#include "tst_keycommand.moc"
