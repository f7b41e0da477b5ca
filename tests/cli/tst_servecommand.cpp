// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/redisserver.h"
#include "support/suite.h"

#include <QJsonArray>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTest>

#include <csignal>

/// retryscope-cli serve, from outside.
class ServeCommandTest : public QObject
{
    Q_OBJECT
private slots:
    void theGuidesFiveMinutes();
    void prometheusAcceptsItsMetrics();
    void aChangedFileIsReadAgain();
    void aFleetActsAsOne();
    void wrongUsageIsNamed_data();
    void wrongUsageIsNamed();

private:
    /// A gateway that runs, with what it said about where.
    struct Serving
    {
        explicit Serving(const CliProgram &cli, const QStringList &more = {})
        {
            cli.start(process, QStringList{QStringLiteral("serve"), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0"),
                                           QStringLiteral("--json")}
                                   + more);
            if (QTest::qWaitFor([this] { return process.canReadLine() || process.state() == QProcess::NotRunning; }, 20'000))
                url = QJsonDocument::fromJson(process.readLine())[QLatin1String("url")].toString();
        }
        CliProgram::Ran stop()
        {
            ::kill(pid_t(process.processId()), SIGTERM);
            return CliProgram::end(process);
        }
        QProcess process;
        QString url;
    };
};

/// Every line of the page's blocks, with a port that is free.
void ServeCommandTest::theGuidesFiveMinutes()
{
    QFile page(QStringLiteral(SOURCE_ROOT "/docs/gateway.md"));
    QVERIFY(page.open(QIODevice::ReadOnly));
    static const QRegularExpression block(QStringLiteral("```sh\n(.*?)```"), QRegularExpression::DotMatchesEverythingOption);
    QStringList blocks;
    for (auto it = block.globalMatch(QString::fromUtf8(page.readAll())); it.hasNext();)
        blocks << it.next().captured(1).trimmed();
    QVERIFY(blocks.size() >= 3);
    QVERIFY(blocks[0].startsWith(QStringLiteral("retryscope-cli serve --listen 127.0.0.1:4180")));
    const CliProgram cli;
    Serving gateway(cli);
    QVERIFY(!gateway.url.isEmpty());
    const QStringList lines = blocks[1].split(QLatin1Char('\n'));
    QVERIFY(lines.size() >= 6 && lines[0].startsWith(QStringLiteral("TOKEN=")));
    const QString token = QString(lines[0]).replace(QStringLiteral("~/.local/share/retryscope/gateway-token"),
                                                    cli.data(QStringLiteral("gateway-token")));
    for (const QString &line : lines.sliced(1)) {
        const auto ran = cli.shell(token + QLatin1Char('\n')
                                   + QString(line).replace(QStringLiteral("http://127.0.0.1:4180"), gateway.url));
        QCOMPARE(ran.code, 0);
        const QJsonObject answer = QJsonDocument::fromJson(ran.out).object();
        QVERIFY2(!answer.isEmpty() && !answer.contains(QStringLiteral("error")), ran.out.constData());
        if (!line.contains(QStringLiteral("status")))
            QVERIFY2(ran.out.contains("simulated model"), ran.out.constData());
    }
    const auto ended = gateway.stop();
    QCOMPARE(ended.code, 0);
    QVERIFY2(cli.run({QStringLiteral("calls")}).out.count('\n') >= 4, "the calls are in the history");
    // The last block: a configuration of one's own.
    QVERIFY(blocks[2] == QStringLiteral("retryscope-cli serve --config config.json"));
}

void ServeCommandTest::prometheusAcceptsItsMetrics()
{
    if (QStandardPaths::findExecutable(QStringLiteral("promtool")).isEmpty())
        QSKIP("promtool is not installed; scripts/setup test does that");
    const CliProgram cli;
    Serving gateway(cli, {QStringLiteral("--fault"), QStringLiteral("openai=server_error,count=2")});
    const QString token = QStringLiteral("TOKEN=$(cat %1)\n").arg(cli.data(QStringLiteral("gateway-token")));
    const auto call = cli.shell(token + QStringLiteral("curl -s %1/v1/chat/completions -H \"Authorization: Bearer $TOKEN\" -d "
                                                       "'{\"model\":\"m\\\\\\\"\\u00e9\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}'")
                                            .arg(gateway.url));
    QVERIFY2(call.out.contains("simulated model"), call.out.constData());
    const auto checked = cli.shell(
        token + QStringLiteral("curl -s %1/metrics -H \"Authorization: Bearer $TOKEN\" | promtool check metrics").arg(gateway.url));
    QVERIFY2(checked.code == 0 && checked.said().isEmpty(), checked.said().constData());
    QCOMPARE(gateway.stop().code, 0);
}

void ServeCommandTest::aChangedFileIsReadAgain()
{
    const CliProgram cli;
    const auto file = [&cli](const char *model) {
        return cli.write(QStringLiteral("config.json"),
                         QByteArray(R"({"providers":[{"id":"a","protocol":"openai","base_url":"http://127.0.0.1:1/v1","model":")")
                             + model + "\"}]}");
    };
    Serving gateway(cli, {QStringLiteral("--config"), file("one")});
    const QString models = QStringLiteral("curl -s %1/v1/models -H \"Authorization: Bearer $(cat %2)\"")
                               .arg(gateway.url, cli.data(QStringLiteral("gateway-token")));
    QVERIFY(cli.shell(models).out.contains("\"one\""));
    file("two");
    ::kill(pid_t(gateway.process.processId()), SIGHUP);
    QTRY_VERIFY(cli.shell(models).out.contains("\"two\""));
    file("three\", \"model\": ");
    ::kill(pid_t(gateway.process.processId()), SIGHUP);
    QByteArray said;
    QVERIFY(QTest::qWaitFor([&] {
        said += gateway.process.readAllStandardError();
        return said.contains("the configuration before stays");
    }, 10'000));
    QTest::qWait(300);
    said += gateway.process.readAllStandardError();
    QCOMPARE(said.count("the configuration before stays"), 1);
    QVERIFY(cli.shell(models).out.contains("\"two\""));
    QCOMPARE(gateway.stop().code, 0);
}

/// Two gateways, a real Redis, and a person at one of them.
void ServeCommandTest::aFleetActsAsOne()
{
    retryscope::RedisServer redis;
    if (const QString problem = redis.start(); !problem.isEmpty())
        QSKIP(qPrintable(problem));
    CliProgram cli;
    cli.set(QStringLiteral("FLEET_TEST_KEY"), QStringLiteral("sk-of-the-fleet"));
    const auto file = [&](const char *id) {
        return cli.write(QLatin1String(id) + QStringLiteral(".json"),
                         "{\"fleet\":\"redis://127.0.0.1:" + QByteArray::number(redis.port())
                             + R"(/0?prefix=t","providers":[{"id":")" + id
                             + R"(","protocol":"openai","base_url":"http://127.0.0.1:1/v1","model":"m","key":"env:FLEET_TEST_KEY"}]})");
    };
    Serving one(cli, {QStringLiteral("--config"), file("a")}), two(cli, {QStringLiteral("--config"), file("b")});
    const auto ask = [&](const Serving &gateway, const QString &path, const QString &more = {}) {
        const QString token = QStringLiteral("Authorization: Bearer $(cat %1)").arg(cli.data(QStringLiteral("gateway-token")));
        const auto ran = cli.shell(QStringLiteral("curl -s %1 -H \"%2\" %3%4").arg(more, token, gateway.url, path));
        return QJsonDocument::fromJson(ran.out).object();
    };
    const auto status = [&](const Serving &gateway) { return ask(gateway, QStringLiteral("/retryscope/status")); };
    const auto fleet = [&](const Serving &gateway) { return status(gateway)[QLatin1String("fleet")].toObject(); };
    QTRY_COMPARE(fleet(one)[QLatin1String("members")].toArray().size(), 2);
    const auto stateOf = [&](const Serving &gateway) {
        return status(gateway)[QLatin1String("providers")].toArray().first()[QLatin1String("state")].toString();
    };
    ask(one, QStringLiteral("/retryscope/providers/a/isolate"), QStringLiteral("-X POST"));
    QTRY_COMPARE(stateOf(two), QStringLiteral("isolated"));
    ask(two, QStringLiteral("/retryscope/providers/b/release"), QStringLiteral("-X POST"));
    QTRY_VERIFY(stateOf(one) != QStringLiteral("isolated"));
    redis.stop();
    QTRY_COMPARE(fleet(one)[QLatin1String("connected")], QJsonValue(false));
    const auto ended = one.stop();
    QCOMPARE(ended.code, 0);
    QVERIFY2(ended.err.contains("goes on alone") && !ended.said().contains("sk-of"), ended.err.constData());
    QCOMPARE(two.stop().code, 0);
}

void ServeCommandTest::wrongUsageIsNamed_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("named");
    QTest::newRow("no port") << QStringList{"--listen", "127.0.0.1"} << 2 << QByteArray("--listen");
    QTest::newRow("everybody's address") << QStringList{"--listen", "0.0.0.0:0"} << 4 << QByteArray("loopback");
    QTest::newRow("a word") << QStringList{"now"} << 2 << QByteArray("\"now\" is no option");
    QTest::newRow("no origin") << QStringList{"--listen", "127.0.0.1:0", "--cors", "*"} << 2 << QByteArray("--cors: \"*\"");
    QTest::newRow("no such fault") << QStringList{"--listen", "127.0.0.1:0", "--fault", "openai=nothing"} << 2
                                   << QByteArray("nothing");
    QTest::newRow("no such file") << QStringList{"--config", "/nowhere/config.json"} << 3 << QByteArray("/nowhere/config.json");
}

void ServeCommandTest::wrongUsageIsNamed()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QByteArray, named);
    const auto ran = CliProgram().run(QStringList{QStringLiteral("serve")} + arguments);
    QCOMPARE(ran.code, code);
    QVERIFY2(ran.err.contains(named), ran.err.constData());
    QVERIFY(ran.out.isEmpty());
}

SUITE_TEST(ServeCommandTest)
#include "tst_servecommand.moc"
