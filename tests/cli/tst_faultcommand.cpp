// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/oneanswer.h"
#include "support/suite.h"

#include <algorithm>
#include <csignal>

/// --fault of send and serve before a provider that is no simulated one: a server of the test.
class FaultCommandTest : public QObject
{
    Q_OBJECT
private slots:
    void theProviderIsNotAskedWhileItLasts_data();
    void theProviderIsNotAskedWhileItLasts();
    void withoutAFaultItIsAsked();
    void aShareMeetsSomeOfTheCalls();
    void itEndsByItself();
    void aGatewayAnswersInItsPlace();
    void aGatewaysFaultEndsByItself();
    void whatIsWrongIsNamed_data();
    void whatIsWrongIsNamed();

private:
    /// The provider: counts what reaches it, and answers.
    struct Provider
    {
        OneAnswer server{[](QTcpSocket &socket, const QByteArray &) {
            OneAnswer::reply(socket, "200 OK",
                             R"({"id":"1","object":"chat.completion","model":"m","choices":[{"index":0,"message":)"
                             R"({"role":"assistant","content":"from the provider"},"finish_reason":"stop"}]})",
                             "Content-Type: application/json\r\n");
        }};
        qsizetype posts() const
        {
            return std::count_if(server.requests.begin(), server.requests.end(),
                                 [](const QByteArray &request) { return request.startsWith("POST "); });
        }
        QString configuration(const CliProgram &cli, int attempts, double delay = 0.2) const
        {
            return cli.write(
                QStringLiteral("own.json"),
                R"({"providers":[{"id":"x","name":"Own house","protocol":"openai_compatible","model":"m","base_url":")"
                    + server.url().toUtf8() + R"("}],"retry":{"max_attempts":)" + QByteArray::number(attempts)
                    + R"(,"jitter":"none","backoff":"constant","max_delay_s":10,"base_delay_s":)"
                    + QByteArray::number(delay) + "}}");
        }
    };
    /// The lines of --json of this kind.
    static QVector<QJsonObject> ofKind(const QByteArray &lines, const char *kind)
    {
        QVector<QJsonObject> found;
        for (const QByteArray &line : lines.split('\n')) {
            const QJsonObject object = QJsonDocument::fromJson(line).object();
            if (object[QLatin1String("kind")].toString() == QLatin1String(kind))
                found << object;
        }
        return found;
    }
    static bool onPurpose(const QJsonObject &event) { return event[QLatin1String("on_purpose")].toBool(); }

    struct Gateway
    {
        Gateway(const CliProgram &cli, const QString &file, const QString &fault)
            : token(cli.data(QStringLiteral("gateway-token")))
        {
            cli.start(process,
                      {QStringLiteral("serve"), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0"),
                       QStringLiteral("--json"), QStringLiteral("--config"), file, QStringLiteral("--fault"), fault});
            if (QTest::qWaitFor([this] { return process.canReadLine() || process.state() == QProcess::NotRunning; },
                                30'000))
                url = QJsonDocument::fromJson(process.readLine())[QLatin1String("url")].toString();
        }
        /// The answer with its head.
        QByteArray ask(const CliProgram &cli) const
        {
            return cli
                .shell(QStringLiteral("curl -si %1/v1/chat/completions -H \"Authorization: Bearer $(cat %2)\" -d "
                                      "'{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}'")
                           .arg(url, token),
                       60'000)
                .out;
        }
        CliProgram::Ran stop()
        {
            ::kill(pid_t(process.processId()), SIGTERM);
            return CliProgram::end(process);
        }
        QProcess process;
        QString token, url;
    };
};

void FaultCommandTest::theProviderIsNotAskedWhileItLasts_data()
{
    QTest::addColumn<QString>("fault");
    QTest::addColumn<QByteArray>("told");
    QTest::addColumn<int>("status");
    const auto row = [](const char *fault, const char *told, int status) {
        QTest::newRow(fault) << QString::fromLatin1(fault) << QByteArray(told) << status;
    };
    row("server_error", "Own house: server error (500) for every call, for 5:00.", 500);
    row("server_error,share=1,for=10m", "Own house: server error (500) for every call, for 10:00.", 500);
    row("unavailable,share=1", "Own house: unavailable (503) for every call, for 5:00.", 503);
    row("refused,for=1h", "Own house: connection refused for every call, for", 0);
    row("malformed,share=1,for=5m", "Own house: malformed answer for every call, for 5:00.", 200);
}

void FaultCommandTest::theProviderIsNotAskedWhileItLasts()
{
    QFETCH(QString, fault);
    QFETCH(QByteArray, told);
    QFETCH(int, status);
    const CliProgram cli;
    const Provider provider;
    const auto ran =
        cli.run({"send", "--json", "--config", provider.configuration(cli, 2), "--fault", "x=" + fault, "Hello"});
    QVERIFY2(ran.code == 1, ran.said());
    QCOMPARE(provider.server.requests.size(), 0);
    QVERIFY2(ran.err.contains("On purpose: " + told) && ran.err.contains("The provider is not to blame."), ran.err);
    const auto attempts = ofKind(ran.out, "attempt_finished");
    QVERIFY2(!attempts.isEmpty(), ran.out);
    for (const QJsonObject &attempt : attempts) {
        QVERIFY2(onPurpose(attempt) && attempt["rule"].toString().startsWith(QLatin1String("on purpose: ")), ran.out);
        QCOMPARE(attempt["status"].toInt(), status);
    }
    QVERIFY2(onPurpose(ofKind(ran.out, "call_finished").value(0)), ran.out);
    const auto words = cli.run({"send", "--config", provider.configuration(cli, 1), "--fault", "x=" + fault, "Hello"});
    QVERIFY2(words.code == 1 && words.out.isEmpty() && words.err.contains("It was made so on purpose."), words.said());
    QCOMPARE(provider.server.requests.size(), 0);
}

void FaultCommandTest::withoutAFaultItIsAsked()
{
    const CliProgram cli;
    const Provider provider;
    const auto ran = cli.run({"send", "--json", "--config", provider.configuration(cli, 2), "Hello"});
    QVERIFY2(ran.code == 0 && ran.out.contains("from the provider") && !ran.out.contains("on_purpose"), ran.said());
    QCOMPARE(provider.posts(), 1);
}

/// One in two: calls until both kinds have been seen, which takes more than fifty once in a million million runs.
void FaultCommandTest::aShareMeetsSomeOfTheCalls()
{
    const CliProgram cli;
    const Provider provider;
    const QStringList arguments{
        "send", "--json", "--config", provider.configuration(cli, 1), "--fault", "x=refused,share=0.5", "Hello"};
    int met = 0, passed = 0;
    for (int i = 0; i < 50 && (met == 0 || passed == 0); ++i) {
        const auto ran = cli.run(arguments);
        QVERIFY2(ran.err.contains("Own house: connection refused for one in 2 calls, for 5:00."), ran.said());
        const bool onPurposeNow = onPurpose(ofKind(ran.out, "call_finished").value(0));
        QVERIFY2(ran.code == (onPurposeNow ? 1 : 0), ran.said());
        ++(onPurposeNow ? met : passed);
        QCOMPARE(provider.posts(), passed);
    }
    QVERIFY(met > 0 && passed > 0);
}

/// One call: it tries again until the fault is over, and then the provider answers.
void FaultCommandTest::itEndsByItself()
{
    const CliProgram cli;
    const Provider provider;
    const auto ran = cli.run(
        {"send", "--json", "--config", provider.configuration(cli, 9, 2), "--fault", "x=refused,for=3s", "Hello"});
    QVERIFY2(ran.code == 0, ran.said());
    const auto attempts = ofKind(ran.out, "attempt_finished");
    QVERIFY2(attempts.size() >= 2 && onPurpose(attempts.first()) && !onPurpose(attempts.last()), ran.out);
    QCOMPARE(provider.posts(), 1);
    const QJsonObject result = ofKind(ran.out, "result").value(0);
    QCOMPARE(result["text"].toString(), QStringLiteral("from the provider"));
    QCOMPARE(result["outcome"].toString(), QStringLiteral("recovered_by_retry"));
}

void FaultCommandTest::aGatewayAnswersInItsPlace()
{
    const CliProgram cli;
    const Provider provider;
    Gateway gateway(cli, provider.configuration(cli, 2), QStringLiteral("x=server_error,share=1,for=10m"));
    QVERIFY(!gateway.url.isEmpty());
    const QByteArray answer = gateway.ask(cli);
    QVERIFY2(answer.startsWith("HTTP/1.1 500") && answer.contains("x-retryscope-attempts: 2"), answer);
    QVERIFY2(!answer.contains("from the provider"), answer);
    QVERIFY2(answer.contains("x-retryscope-on-purpose: yes\r"), answer);
    const QJsonObject body = QJsonDocument::fromJson(answer.mid(answer.indexOf("\r\n\r\n") + 4)).object();
    QVERIFY2(body["error"]["message"].toString().contains(QLatin1String("on purpose")), answer);
    const auto ended = gateway.stop();
    QCOMPARE(ended.code, 0);
    QVERIFY2(ended.err.contains(
                 "On purpose: Own house: server error (500) for every call, for 10:00. The provider is not to "
                 "blame."),
             ended.err);
    QCOMPARE(provider.server.requests.size(), 0);
}

void FaultCommandTest::aGatewaysFaultEndsByItself()
{
    const CliProgram cli;
    const Provider provider;
    Gateway gateway(cli, provider.configuration(cli, 9, 3), QStringLiteral("x=refused,for=5s"));
    QVERIFY(!gateway.url.isEmpty());
    const QByteArray answer = gateway.ask(cli);
    QVERIFY2(answer.startsWith("HTTP/1.1 200") && answer.contains("from the provider"), answer);
    QVERIFY2(!answer.contains("x-retryscope-attempts: 1\r") && answer.contains("x-retryscope-on-purpose: yes\r"), answer);
    QCOMPARE(provider.posts(), 1);
    const QByteArray over = gateway.ask(cli);
    QVERIFY2(over.contains("x-retryscope-attempts: 1\r") && !over.contains("on-purpose"), over);
    QCOMPARE(provider.posts(), 2);
    QCOMPARE(gateway.stop().code, 0);
}

void FaultCommandTest::whatIsWrongIsNamed_data()
{
    QTest::addColumn<QString>("fault");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char *name, const char *fault, const char *says) {
        QTest::newRow(name) << QString::fromLatin1(fault) << "--fault " + QByteArray(fault) + ": " + says;
    };
    row("share above 1", "x=overloaded,share=2",
        "share is a number above 0 and at most 1, such as share=0.2, not \"2\".");
    row("share of nothing", "x=overloaded,share=0",
        "share is a number above 0 and at most 1, such as share=0.2, not \"0\".");
    row("no share", "x=overloaded,share=", "share is a number above 0 and at most 1, such as share=0.2, not \"\".");
    row("share in words", "x=overloaded,share=half",
        "share is a number above 0 and at most 1, such as share=0.2, not \"half\".");
    row("share that is none", "x=overloaded,share=nan",
        "share is a number above 0 and at most 1, such as share=0.2, not \"nan\".");
    row("no time", "x=overloaded,for=0s", "for is a time from 1s to 24h, such as for=5m, not \"0s\".");
    row("too long", "x=overloaded,share=0.2,for=25h", "for is a time from 1s to 24h, such as for=5m, not \"25h\".");
    row("time in words", "x=overloaded,for=ever", "for is a time from 1s to 24h, such as for=5m, not \"ever\".");
    row("a simulated one's word", "x=overloaded,count=1",
        "\"count=1\" is not understood after a fault. There are share=0.2 and "
        "for=5m.");
    row("no such fault", "x=sunshine,share=0.2",
        "\"sunshine\" is no fault that can be played before a provider. There are "
        "rate_limit, server_error, unavailable, overloaded, refused,");
    row("a simulated one's fault", "x=outage", "\"outage\" is no fault that can be played before a provider.");
    row("no such provider", "nobody=overloaded,share=0.2,for=5m",
        "\"nobody\" is no enabled provider of this configuration. There "
        "are x.");
    row("switched off", "off=overloaded", "\"off\" is no enabled provider of this configuration. There are x.");
    row("no fault", "x", "\"x\" names no provider and fault. Write ID=FAULT");
    row("no provider", "=overloaded", "\"=overloaded\" names no provider and fault. Write ID=FAULT");
}

/// What and where, and nobody is asked; by both commands.
void FaultCommandTest::whatIsWrongIsNamed()
{
    QFETCH(QString, fault);
    QFETCH(QByteArray, says);
    const CliProgram cli;
    const Provider provider;
    const QString file = cli.write(
        QStringLiteral("two.json"),
        R"({"providers":[{"id":"x","protocol":"openai_compatible","model":"m","base_url":")"
            + provider.server.url().toUtf8()
            + R"("},{"id":"off","enabled":false,"protocol":"openai","model":"m",)"
              R"("base_url":"http://127.0.0.1:1/v1"}]})");
    const QStringList options{"--config", file, "--fault", "x=refused,share=0.5", "--fault", fault};
    const auto sent = cli.run(QStringList{"send", "Hello"} + options);
    QCOMPARE(sent.code, 2);
    QVERIFY2(sent.err.contains(says) && sent.out.isEmpty(), sent.said());
    const auto served = cli.run(QStringList{"serve", "--listen", "127.0.0.1:0"} + options);
    QCOMPARE(served.code, 2);
    QVERIFY2(served.err.contains(says) && served.out.isEmpty(), served.said());
    QCOMPARE(provider.server.requests.size(), 0);
}

SUITE_TEST(FaultCommandTest)
#include "tst_faultcommand.moc"
