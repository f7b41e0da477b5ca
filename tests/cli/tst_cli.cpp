// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

/// The built command line: exit codes, clean output and sentences on bad input.
class CliTest : public QObject
{
    Q_OBJECT
private slots:
    void exitCodes_data();
    void exitCodes();
    void jsonLinesEndWithTheResult();
    void aLiteralKeyIsRefusedAndNotShown();
    void aPortInUseAndAnUnreachableProvider();
    void theTokenLimitLeavesNothing();
    void strangeServers_data();
    void strangeServers();
    void fullAndClosedOutput();
    void aKeyThatTheServerRepeatsIsNotShown();

private:
    struct Ran { int code; QByteArray out, err; };
    Ran run(const QStringList &arguments, const QByteArray &input = {})
    {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("XDG_DATA_HOME"), m_folder.path());
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(CLI_BINARY), arguments);
        process.write(input);
        process.closeWriteChannel();
        if (!process.waitForFinished(30'000))
            process.kill();
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
                process.readAllStandardError()};
    }
    QString write(const QString &name, const QByteArray &bytes)
    {
        QFile file(m_folder.filePath(name));
        return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() ? file.fileName() : QString();
    }
    QString provider(const QString &url)
    {
        return write(
            QStringLiteral("p.json"), QStringLiteral(
                R"({"providers":[{"id":"x","protocol":"openai_compatible","base_url":"%1","model":"m"}],"retry":{"max_attempts":2,"base_delay_s":0.01}})")
                .arg(url)
                .toUtf8());
    }
    QTemporaryDir m_folder;
};

void CliTest::exitCodes_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char *name, QStringList arguments, const char *input, int code, const char *says) {
        QTest::newRow(name) << arguments << QByteArray(input) << code << QByteArray(says);
    };
    row("help", {"--help"}, "", 0, "Exit codes");
    row("version", {"--version"}, "", 0, "retryscope-cli ");
    row("unknown command", {"fly"}, "", 2, "\"fly\" is no command");
    row("unknown flag", {"send", "--fly", "x"}, "", 2, "--help lists");
    row("no prompt", {"send"}, "", 2, "There is no prompt");
    row("prompt on standard input", {"send"}, "Sent through a pipe", 0, "Sent through a pipe");
    row("unknown provider", {"send", "--provider", "nobody", "x"}, "", 2, "\"nobody\" is no enabled provider");
    row("both routes", {"send", "--provider", "openai", "--chain", "a", "x"}, "", 2, "exclude each other");
    row("failed call", {"send", "--provider", "openai", "--fault", "openai=wrong_key", "x"}, "", 1, "key rejected");
    row("cut by the token limit", {"send", "--provider", "openai", "--fault", "openai=length", "x"}, "", 0,
        "The token limit cut the answer (finish reason length)");
    row("a tool call", {"send", "--stream", "--provider", "anthropic", "--fault", "anthropic=tool_call", "x"}, "", 0,
        "The answer calls a tool and holds no text");
    row("a tool call in JSON", {"send", "--json", "--provider", "openai", "--fault", "openai=tool_call", "x"}, "", 0,
        "\"tool_calls\":[{\"arguments\":");
    row("presets", {"presets"}, "", 0, "github_models");
    row("a preset", {"presets", "azure_classic"}, "", 0, "\"api-version\": \"2024-10-21\"");
    row("no preset", {"presets", "nobody"}, "", 2, "retryscope-cli presets lists them");
    row("the schema", {"schema"}, "", 0, "first_token_timeout_s");
    row("the finish in JSON", {"send", "--json", "--provider", "google_ai", "--fault", "google_ai=length", "x"}, "", 0,
        "\"finish\":\"length\",\"finish_reason\":\"MAX_TOKENS\"");
    row("as code", {"send", "--as", "curl", "--provider", "anthropic", "It's $5"}, "", 0, "x-api-key: $ANTHROPIC_API_KEY");
    row("as code, by whom", {"send", "--as", "python", "--chain", "nobody", "x"}, "", 2, "\"nobody\" is no enabled provider");
    row("as no language", {"send", "--as", "cobol", "x"}, "", 2, "--as takes one of curl, python, javascript");
    row("failover", {"send", "--fault", "openai=outage", "x"}, "", 0, "Fails over from openai to anthropic");
    row("missing file", {"check", "/nonexistent/c.json"}, "", 3, "Does not exist");
    row("bad port", {"sandbox", "--port", "99999"}, "", 2, "--port and --control-port take");
    row("stats", {"stats"}, "", 0, "API Retry Statistics");
}

void CliTest::exitCodes()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, input);
    QFETCH(int, code);
    QFETCH(QByteArray, says);
    const Ran ran = run(arguments, input);
    QVERIFY2((ran.out + ran.err).contains(says), ran.out + ran.err);
    QCOMPARE(ran.code, code);
}

void CliTest::jsonLinesEndWithTheResult()
{
    const Ran ran = run({"send", "--json", "--stream", "Hello"});
    QCOMPARE(ran.code, 0);
    const auto lines = ran.out.trimmed().split('\n');
    QVERIFY(lines.size() >= 5);
    for (const QByteArray &line : lines)
        QVERIFY2(QJsonDocument::fromJson(line).isObject(), line);
    const QJsonObject result = QJsonDocument::fromJson(lines.last()).object();
    QCOMPARE(result["kind"].toString(), QStringLiteral("result"));
    QCOMPARE(result["outcome"].toString(), QStringLiteral("first_try"));
    QVERIFY(result["simulated"].toBool());
}

void CliTest::aLiteralKeyIsRefusedAndNotShown()
{
    const QString file = write(
        QStringLiteral("k.json"),
        R"({"providers":[{"id":"x","protocol":"openai","base_url":"https://a.example","model":"m","key":"sk-secret"}]})");
    const Ran ran = run({"check", file});
    QCOMPARE(ran.code, 3);
    QVERIFY(ran.err.contains("providers[0].key"));
    QVERIFY(!ran.err.contains("sk-secret"));
    const Ran broken = run({"check", write(QStringLiteral("b.json"), "{\n \"retry\": {,}\n}")});
    QCOMPARE(broken.code, 3);
    QVERIFY2(broken.err.contains("line 2"), broken.err);
}

void CliTest::aPortInUseAndAnUnreachableProvider()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const QString taken = QString::number(server.serverPort());
    const Ran inUse = run({"sandbox", "--port", taken});
    QCOMPARE(inUse.code, 4);
    QVERIFY2(inUse.err.contains("already in use"), inUse.err);
    server.close();
    const Ran refused = run({"send", "--config", provider(QStringLiteral("http://127.0.0.1:%1/v1").arg(taken)), "x"});
    QCOMPARE(refused.code, 1);
    QVERIFY2(refused.err.contains("x: network"), refused.err);
}

void CliTest::theTokenLimitLeavesNothing()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QTcpServer::newConnection, &server, [&server] {
        QTcpSocket *socket = server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [socket] {
            if (!socket->readAll().contains("\"messages\""))
                return;
            const QByteArray body =
                R"({"choices":[{"index":0,"message":{"content":"","reasoning_content":"long"},"finish_reason":"length"}]})";
            socket->write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + QByteArray::number(body.size())
                          + "\r\n\r\n" + body);
            socket->disconnectFromHost();
        });
    });
    QProcess process;
    process.start(
        QStringLiteral(CLI_BINARY),
        {"send", "--config", provider(QStringLiteral("http://127.0.0.1:%1/v1").arg(server.serverPort())), "x"});
    QVERIFY(QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, 30'000));
    const QByteArray err = process.readAllStandardError();
    QVERIFY2(err.contains("The token limit ended the answer before any text (finish reason length)"), err);
    QCOMPARE(process.exitCode(), 1);
}

void CliTest::strangeServers_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<qsizetype>("repeat");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("not HTTP") << QByteArray("SSH-2.0-OpenSSH_9.2\r\n") << qsizetype(0) << QByteArray("x: ");
    QTest::newRow("HTML with 200") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>")
                                   << qsizetype(0) << QByteArray("malformed answer");
    QTest::newRow("garbage with 200") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{\x01\xff}")
                                      << qsizetype(0) << QByteArray("malformed answer");
    QTest::newRow("50 MB") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n{") << qsizetype(50)
                           << QByteArray("larger than 8 MB");
    QTest::newRow("redirect") << QByteArray(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
                              << qsizetype(0) << QByteArray("redirects to http://127.0.0.1:1/");
}

void CliTest::strangeServers()
{
    QFETCH(QByteArray, answer);
    QFETCH(qsizetype, repeat);
    QFETCH(QByteArray, says);
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const QByteArray megabyte(1 << 20, 'x');
    connect(&server, &QTcpServer::newConnection, &server, [&] {
        while (QTcpSocket *socket = server.nextPendingConnection())
            connect(socket, &QTcpSocket::readyRead, socket, [&, socket] {
                if (socket->readAll().contains("POST")) {
                    socket->write(answer);
                    for (qsizetype i = 0; i < repeat; ++i)
                        socket->write(megabyte);
                    socket->disconnectFromHost();
                }
            });
    });
    QProcess process;
    process.start(
        QStringLiteral(CLI_BINARY),
        {"send", "--config", provider(QStringLiteral("http://127.0.0.1:%1/v1").arg(server.serverPort())), "x"});
    QTRY_COMPARE(process.state(), QProcess::NotRunning);
    const QByteArray err = process.readAllStandardError();
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 1);
    QVERIFY2(err.contains(says), err);
}

void CliTest::fullAndClosedOutput()
{
    for (const char *target : {"> /dev/full", ">&-"}) {
        QProcess process;
        process.start(
            QStringLiteral("sh"),
            {"-c", QStringLiteral("%1 send Hello %2").arg(QStringLiteral(CLI_BINARY), QLatin1String(target))});
        QVERIFY(process.waitForFinished(20'000));
        QCOMPARE(process.exitCode(), 6);
    }
}

void CliTest::aKeyThatTheServerRepeatsIsNotShown()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    bool keyArrived = false;
    connect(&server, &QTcpServer::newConnection, &server, [&] {
        QTcpSocket *socket = server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [&keyArrived, socket] {
            keyArrived |= socket->readAll().contains("sk-very-secret");
            const QByteArray body = R"({"error":{"message":"Wrong key sk-very-secret.","code":"invalid_api_key"}})";
            socket->write("HTTP/1.1 401 Unauthorized\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n"
                          + body);
        });
    });
    const QString file = write(
        QStringLiteral("e.json"), QString::fromLatin1(
            R"({"providers":[{"id":"x","protocol":"openai","base_url":"http://127.0.0.1:%1/v1","model":"m","key":"env:RS_TEST_KEY"}]})")
            .arg(server.serverPort())
            .toUtf8());
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("XDG_DATA_HOME"), m_folder.path());
    environment.insert(QStringLiteral("RS_TEST_KEY"), QStringLiteral("sk-very-secret"));
    process.setProcessEnvironment(environment);
    process.start(
        QStringLiteral(CLI_BINARY),
        {"send", "--json", "--journal", m_folder.filePath(QStringLiteral("events.jsonl")), "--config", file, "x"});
    QTRY_COMPARE(process.state(), QProcess::NotRunning);
    QVERIFY(keyArrived);
    const QByteArray said = process.readAllStandardOutput() + process.readAllStandardError();
    QVERIFY2(said.contains("[key]") && !said.contains("sk-very-secret"), said);
    QFile journal(m_folder.filePath(QStringLiteral("events.jsonl")));
    QVERIFY(journal.open(QIODevice::ReadOnly));
    QVERIFY(!journal.readAll().contains("sk-very-secret"));
}

SUITE_TEST(CliTest)
#include "tst_cli.moc"
