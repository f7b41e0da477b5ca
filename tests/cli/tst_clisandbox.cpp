// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/sandbox.h"
#include "support/cliprogram.h"
#include "support/suite.h"

#include <QRegularExpression>
#include <QTcpSocket>

using namespace retryscope;

/// The simulated providers as the command line serves them.
class CliSandboxTest : public QObject
{
    Q_OBJECT
private slots:
    void helpTellsEverything();
    void wrongOptions_data();
    void wrongOptions();
    void linesOnStandardInput_data();
    void linesOnStandardInput();
    void requestsAndPostsArePrinted();
    void sendTakesTheSameFaults();

private:
    /// Reads on until the output holds this.
    static bool waitFor(QProcess &process, QByteArray *out, const QByteArray &text)
    {
        return QTest::qWaitFor([&] { *out += process.readAllStandardOutput(); return out->contains(text); }, 20'000);
    }
    static quint16 portOf(const QByteArray &out)
    {
        return QRegularExpression(QStringLiteral("providers on 127\\.0\\.0\\.1:(\\d+)"))
            .match(QString::fromUtf8(out))
            .captured(1)
            .toUShort();
    }
    static int statusOf(quint16 port, const QByteArray &provider)
    {
        const QByteArray body = R"({"model":"m","messages":[{"role":"user","content":"x"}]})";
        QTcpSocket socket;
        socket.connectToHost(QStringLiteral("127.0.0.1"), port);
        socket.write("POST /" + provider
                     + "/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
                       "k\r\nContent-Length: "
                     + QByteArray::number(body.size()) + "\r\n\r\n" + body);
        while (socket.state() != QAbstractSocket::UnconnectedState && socket.waitForReadyRead(10'000)) {}
        return socket.readAll().split(' ').value(1).toInt();
    }
    CliProgram m_program;
};

void CliSandboxTest::helpTellsEverything()
{
    const auto ran = m_program.run({QStringLiteral("sandbox"), QStringLiteral("--help")});
    QCOMPARE(ran.code, 0);
    for (const FaultTraits &fault : faultTable())
        QVERIFY2(ran.out.contains(QByteArray("  ") + fault.key + ' '), fault.key);
    for (const char *said :
         {"--port", "--control-port", "--fault", "--latency", "--rate", "--retry-after", "--keyless", "--seed", "--log",
          "--json", "probability=0.3", "duration=10s", "count=2", "posts", "requests"})
        QVERIFY2(ran.out.contains(said), said);
}

void CliSandboxTest::wrongOptions_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char *name, QStringList arguments, const char *says) {
        QTest::newRow(name) << arguments << QByteArray(says);
    };
    row("port", {"--port", "99999"}, "--port and --control-port take 0 to 65535");
    row("control port", {"--control-port", "x"}, "--port and --control-port take 0 to 65535");
    row("latency", {"--latency", "fast"}, "a duration such as 60ms");
    row("rate", {"--rate", "0"}, "words a second");
    row("fault", {"--fault", "openai=sunshine"}, "\"sunshine\" is no fault");
    row("no fault at all", {"--fault", "openai"}, "\"openai\" names no provider and fault. Write ID=FAULT");
    row("share", {"--fault", "openai=outage,probability=2"}, "probability is a number from 0 to 1");
    row("time", {"--fault", "openai=outage,duration=0"}, "duration is a time such as");
    row("count", {"--fault", "openai=outage,count=x"}, "count is a whole number from 1 on");
    row("a word", {"openai=outage"}, "\"openai=outage\" is no option");
}

void CliSandboxTest::wrongOptions()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, says);
    const auto ran = m_program.run(QStringList{QStringLiteral("sandbox")} + arguments);
    QCOMPARE(ran.code, 2);
    QVERIFY2(ran.err.contains(says), ran.err);
}

void CliSandboxTest::linesOnStandardInput_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char *name, const char *line, const char *says) {
        QTest::newRow(name) << QByteArray(line) << QByteArray(says);
    };
    row("a fault", "openai rate_limit probability=0.5 duration=10s count=3",
        "openai: rate_limit, probability 0.5, for 10 s, 3 time(s)");
    row("off", "openai none", "openai: none");
    row("one word", "flights", "\"flights\" is not understood. Write a provider and a fault");
    row("no such fault", "openai sunshine",
        "\"sunshine\" is no fault. retryscope-cli sandbox --help lists them; \"openai none\" switches one off.");
    row("a bad name", "a/b outage", "\"a/b\" is no provider's name");
    row("too much", "openai outage now please", "\"now\" is not understood after a fault");
    row("not text", "\xff\xfe\x01 \x02", "is no provider's name");
    row("posts", "posts", "POSTs: none.");
    row("help", "help", "Faults:");
}

void CliSandboxTest::linesOnStandardInput()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, says);
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    m_program.start(process, {QStringLiteral("sandbox")});
    QByteArray out;
    QVERIFY(waitFor(process, &out, "mistral"));
    process.write("\n" + line + "\n");
    QVERIFY2(waitFor(process, &out, says), out);
    process.closeWriteChannel();
    QCOMPARE(statusOf(portOf(out), "other"), 200); // it serves on
    process.terminate();
    QCOMPARE(CliProgram::end(process).code, 0);
}

void CliSandboxTest::requestsAndPostsArePrinted()
{
    QProcess process;
    m_program.start(process,
                    {QStringLiteral("sandbox"), QStringLiteral("--log"), QStringLiteral("--latency"),
                     QStringLiteral("1ms"), QStringLiteral("--fault"), QStringLiteral("openai=server_error,count=1")});
    QByteArray out;
    QVERIFY(waitFor(process, &out, "mistral"));
    QCOMPARE(statusOf(portOf(out), "openai"), 500);
    QCOMPARE(statusOf(portOf(out), "openai"), 200);
    QVERIFY2(waitFor(process, &out, "openai  POST /openai/v1/chat/completions  500  whole"), out);
    QVERIFY2(out.contains("fault server_error"), out);
    QVERIFY2(waitFor(process, &out, "openai  POST /openai/v1/chat/completions  200  whole"), out);
    process.terminate();
    const auto ran = CliProgram::end(process);
    QCOMPARE(ran.code, 0);
    QVERIFY2((out + ran.out).endsWith("POSTs: openai 2.\n"), out + ran.out);
    QProcess json;
    m_program.start(json, {QStringLiteral("sandbox"), QStringLiteral("--json"), QStringLiteral("--control-port"),
                           QStringLiteral("0")});
    out.clear();
    QVERIFY(waitFor(json, &out, "\n"));
    const QJsonObject told = QJsonDocument::fromJson(out).object();
    QVERIFY2(told["base_urls"]["anthropic"].toString().endsWith("/anthropic")
                 && told["control"].toString().startsWith("http://127.0.0.1:"),
             out);
    json.terminate();
    QCOMPARE(CliProgram::end(json).code, 0);
}

void CliSandboxTest::sendTakesTheSameFaults()
{
    const auto ran =
        m_program.run({"send", "--json", "--provider", "openai", "--fault", "openai=server_error,count=1", "Hello"});
    QVERIFY2(ran.code == 0 && ran.out.contains("\"attempts\":2") && ran.out.contains("recovered_by_retry"), ran.said());
    const auto wrong = m_program.run({"send", "--fault", "openai=server_error,count=0", "Hello"});
    QCOMPARE(wrong.code, 2);
    QVERIFY2(wrong.err.contains("--fault openai=server_error,count=0: count is a whole number from 1 on"), wrong.err);
}

SUITE_TEST(CliSandboxTest)
#include "tst_clisandbox.moc"
