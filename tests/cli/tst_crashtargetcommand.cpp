// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/suite.h"

#include <QJsonArray>
#include <QRandomGenerator>
#include <QTcpServer>

#include <csignal>

/// retryscope-cli crashtest --target: our own gateway as the client under test, and wrong usage.
class CrashTargetCommandTest : public QObject
{
    Q_OBJECT
private slots:
    void ourGatewayIsTested();
    void wrongUsageIsNamed_data();
    void wrongUsageIsNamed();

private:
    /// For a program that starts later: below those that the system gives to others meanwhile.
    static quint16 freePort()
    {
        static quint16 next = quint16(QRandomGenerator::global()->bounded(20'000, 32'000));
        QTcpServer server;
        while (!server.listen(QHostAddress::LocalHost, next++)) { }
        return server.serverPort();
    }
};

void CrashTargetCommandTest::ourGatewayIsTested()
{
    CliProgram cli;
    cli.set(QStringLiteral("RETRYSCOPE_TOKEN"), QStringLiteral("token-of-the-test-0123456789"));
    cli.set(QStringLiteral("UPSTREAM_KEY"), QStringLiteral("sk-upstream"));
    const quint16 upstream = freePort(), port = freePort();
    const QString file = cli.write(
        QStringLiteral("gateway.json"),
        QStringLiteral("{\"providers\":[{\"id\":\"one\",\"protocol\":\"openai\",\"base_url\":\"http://127.0.0.1:%1/openai/v1\","
                       "\"model\":\"m\",\"key\":\"env:UPSTREAM_KEY\"}],\"retry\":{\"base_delay_s\":0.05,"
                       "\"deadline_s\":12}}") // with one provider a call waits for it until then
            .arg(upstream)
            .toUtf8());
    QProcess gateway;
    cli.start(gateway, {"serve", "--config", file, "--listen", QStringLiteral("127.0.0.1:%1").arg(port), "--json"});
    QVERIFY(QTest::qWaitFor([&] { return gateway.canReadLine(); }, 30'000));
    QProcess test;
    cli.start(test, {"crashtest", "--target", QStringLiteral("http://127.0.0.1:%1/v1").arg(port), "--target-key",
                     "env:RETRYSCOPE_TOKEN", "--upstream-listen", QStringLiteral("127.0.0.1:%1").arg(upstream), "--json",
                     "--only", "server_error_once", "--only", "reset_once", "--only", "gzip", "--only", "clean_cut", "--only",
                     "server_error", "--markdown", cli.path(QStringLiteral("report.md"))});
    const auto ran = CliProgram::end(test, 110'000);
    ::kill(pid_t(gateway.processId()), SIGTERM);
    CliProgram::end(gateway);
    QVERIFY2(ran.code == 0, ran.said());
    QVERIFY2(ran.err.contains(QStringLiteral("http://127.0.0.1:%1/openai/v1").arg(upstream).toUtf8()), ran.err);
    const QJsonObject report = QJsonDocument::fromJson(ran.out).object();
    QCOMPARE(report["target"].toString(), QStringLiteral("127.0.0.1:%1/v1").arg(port));
    QCOMPARE(report["verdicts"]["pass"].toInt(), 5);
    for (const QJsonValue &one : report["cases"].toArray()) {
        const QString key = one["case"].toString();
        const int requests = one["requests"]["provider"].toInt();
        QVERIFY2(requests == (key == QLatin1String("server_error_once") || key == QLatin1String("reset_once") ? 2
                              : key == QLatin1String("server_error") ? requests : 1) && requests >= 1 && requests <= 4,
                 ran.out);
    }
    QVERIFY(cli.read(cli.path(QStringLiteral("report.md"))).contains("this target"));
    QVERIFY2(!(ran.said() + cli.read(cli.path(QStringLiteral("report.md")))).contains("token-of-the-test"), ran.said());
}

void CrashTargetCommandTest::wrongUsageIsNamed_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    const QString url = QStringLiteral("http://127.0.0.1:1/v1");
    const auto row = [url](const char *name, const QStringList &more, const char *says, const QString &target = {}) {
        QTest::newRow(name) << QStringList{"crashtest", "--target", target.isEmpty() ? url : target} + more << QByteArray(says);
    };
    row("no address", {}, "--target takes a whole http or https address", QStringLiteral("gateway"));
    row("a key in the address", {}, "without user, password or query", QStringLiteral("http://a:b@127.0.0.1/v1"));
    row("a configuration too", {"--config", "x.json"}, "--config and --target exclude each other");
    row("a key itself", {"--target-key", "sk-secret"}, "--target-key takes a reference");
    row("a variable that is not set", {"--target-key", "env:RS_NOT_SET_AT_ALL"}, "RS_NOT_SET_AT_ALL");
    row("a wrong place", {"--upstream-listen", "here"}, "--upstream-listen takes an address");
    row("a case for chains", {"--only", "two_down"}, "is not for --target");
    row("no protocol", {"--target-protocol", "smtp"}, "--target-protocol takes one of");
}

void CrashTargetCommandTest::wrongUsageIsNamed()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, says);
    const CliProgram cli;
    const auto ran = cli.run(arguments);
    QCOMPARE(ran.code, 2);
    QVERIFY2(ran.err.contains(says), ran.err);
    QVERIFY(!ran.err.contains("sk-secret"));
}

SUITE_TEST(CrashTargetCommandTest)
#include "tst_crashtargetcommand.moc"
