// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/rawserver.h"
#include "support/suite.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QTest>

/// retryscope-cli serve, as far as it tells other systems of itself.
class ServeReportsTest : public QObject
{
    Q_OBJECT
private slots:
    void theAccessLogSurvivesARotation();
    void theAccessLogOnStandardOutputIsJson();
    void anUnwritableAccessLogIsToldOnce();
    void theEnvironmentNamesTheReceiver();
    void theDashboardIsInstalled();

private:
    struct Running
    {
        Running(const CliProgram &cli, const QStringList &more) : program(cli)
        {
            cli.start(process, QStringList{QStringLiteral("serve"), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0"),
                                          QStringLiteral("--json")} + more);
            if (QTest::qWaitFor([this] { return process.canReadLine() || process.state() == QProcess::NotRunning; }, 20'000))
                url = QJsonDocument::fromJson(process.readLine())[QLatin1String("url")].toString();
        }
        QByteArray call() const
        {
            return program.shell(QStringLiteral("curl -s %1/v1/chat/completions -H \"Authorization: Bearer $(cat %2)\" -d "
                                                "'{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}'")
                                     .arg(url, program.data(QStringLiteral("gateway-token")))).out;
        }
        CliProgram::Ran stop()
        {
            ::kill(pid_t(process.processId()), SIGTERM);
            return CliProgram::end(process);
        }
        const CliProgram &program;
        QProcess process;
        QString url;
    };
};

void ServeReportsTest::theAccessLogSurvivesARotation()
{
    const CliProgram cli;
    const QString log = cli.path(QStringLiteral("access.jsonl"));
    Running gateway(cli, {QStringLiteral("--access-log"), log});
    QVERIFY(gateway.call().contains("simulated model"));
    QTRY_COMPARE(cli.read(log).count('\n'), 1);
    QVERIFY(QFile::rename(log, log + QStringLiteral(".1")));
    ::kill(pid_t(gateway.process.processId()), SIGHUP);
    QTRY_VERIFY(QFile::exists(log));
    QVERIFY(gateway.call().contains("simulated model"));
    QCOMPARE(gateway.stop().code, 0);
    QCOMPARE(cli.read(log).count('\n'), 1);
    QCOMPARE(cli.read(log + QStringLiteral(".1")).count('\n'), 1);
    QVERIFY(!(QFileInfo(log).permissions() & (QFile::ReadGroup | QFile::ReadOther)));
    const QJsonObject line = QJsonDocument::fromJson(cli.read(log)).object();
    QCOMPARE(line[QLatin1String("call")].toInt(), 2);
    QVERIFY(line[QLatin1String("simulated")].toBool());
}

void ServeReportsTest::theAccessLogOnStandardOutputIsJson()
{
    const CliProgram cli;
    Running gateway(cli, {QStringLiteral("--access-log"), QStringLiteral("-")});
    gateway.call();
    const auto ended = gateway.stop();
    QCOMPARE(ended.code, 0);
    QCOMPARE(ended.out.count('\n'), 1);
    QCOMPARE(QJsonDocument::fromJson(ended.out)[QLatin1String("status")].toInt(), 200);
}

void ServeReportsTest::anUnwritableAccessLogIsToldOnce()
{
    const CliProgram cli;
    Running gateway(cli, {QStringLiteral("--access-log"), cli.path(QStringLiteral("no/such/folder/log"))});
    QVERIFY(gateway.call().contains("simulated model"));
    QVERIFY(gateway.call().contains("simulated model"));
    const auto ended = gateway.stop();
    QCOMPARE(ended.code, 0);
    QCOMPARE(ended.err.count("access log"), 1);
    QVERIFY2(ended.err.contains("no/such/folder/log"), ended.err.constData());
}

/// What has not been handed over yet when it is stopped goes out then.
void ServeReportsTest::theEnvironmentNamesTheReceiver()
{
    retryscope::RawServer receiver;
    QByteArrayList bodies;
    receiver.answer = [&](QTcpSocket *socket, int) {
        bodies << receiver.heads.last().split(' ').value(1) + ' ' + receiver.lastBody;
        retryscope::RawServer::reply(socket, "{}");
    };
    CliProgram cli;
    cli.set(QStringLiteral("OTEL_EXPORTER_OTLP_ENDPOINT"), receiver.url(QString()).toString());
    cli.set(QStringLiteral("OTEL_SERVICE_NAME"), QStringLiteral("of-the-test"));
    Running gateway(cli, {QStringLiteral("--fault"), QStringLiteral("openai=server_error,count=1")});
    QVERIFY(gateway.call().contains("simulated model"));
    const auto ended = gateway.stop();
    QCOMPARE(ended.code, 0);
    QVERIFY2(ended.err.isEmpty(), ended.err.constData());
    const auto traces = std::find_if(bodies.begin(), bodies.end(), [](const QByteArray &b) { return b.startsWith("/v1/traces "); });
    QVERIFY(traces != bodies.end());
    const QJsonDocument sent = QJsonDocument::fromJson(traces->mid(11));
    QCOMPARE(sent[QLatin1String("resourceSpans")][0][QLatin1String("scopeSpans")][0][QLatin1String("spans")].toArray().size(), 3);
    QVERIFY(traces->contains("of-the-test"));
    QVERIFY(std::any_of(bodies.begin(), bodies.end(), [](const QByteArray &b) { return b.startsWith("/v1/metrics "); }));
}

void ServeReportsTest::theDashboardIsInstalled()
{
    const CliProgram cli;
    const QString build = QFileInfo(QStringLiteral(CLI_BINARY)).path() + QStringLiteral("/..");
    const auto ran = cli.shell(QStringLiteral("cmake --install '%1' --component service --prefix '%2'")
                                   .arg(build, cli.path(QStringLiteral("p"))));
    QVERIFY2(ran.code == 0, ran.said().constData());
    QVERIFY(!QJsonDocument::fromJson(cli.read(cli.path(QStringLiteral("p/share/retryscope/grafana/retryscope.json")))).isEmpty());
}

SUITE_TEST(ServeReportsTest)
#include "tst_servereports.moc"
