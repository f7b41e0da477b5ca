// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "crashtest/targettest.h"
#include "support/rawserver.h"
#include "support/recordingrelay.h"
#include "support/suite.h"
#include "words/crashtestwords.h"

#include <QSignalSpy>
#include <QTest>

using namespace retryscope;

/// The crash test against gateways that are not ours: one that only passes on, one that asks again, and ones that are no use.
class TargetTestTest : public QObject
{
    Q_OBJECT
private slots:
    void casesForOneProvider();
    void aNaiveProxyIsSafeAndNoMore();
    void aProxyThatAsksAgainPasses();
    void aProxyThatStormsFails();
    void aTargetThatAsksSomebodyElseIsNamed();
    void aTargetThatIsNotThereIsNamed();
    void stopsAtOnce();

private:
    struct Run
    {
        QMap<QString, CrashResult> results;
        TargetEnd end;
        int ends = 0;
    };
    static TargetOptions optionsFor(quint16 port)
    {
        TargetOptions options;
        options.target.protocol = ProtocolKind::OpenAiCompatible;
        options.target.baseUrl = QUrl(QStringLiteral("http://127.0.0.1:%1/openai/v1").arg(port));
        options.target.model = QStringLiteral("m");
        options.patience = 20s;
        return options;
    }
    static void play(TargetTest &test, const QStringList &only, Run *run)
    {
        QObject::connect(&test, &TargetTest::caseFinished, &test,
                         [run](const CrashResult &r) { run->results[r.key] = r; });
        QObject::connect(&test, &TargetTest::finished, &test, [run](const TargetEnd &end) {
            run->end = end;
            ++run->ends;
        });
        test.start(only);
        QTRY_COMPARE_WITH_TIMEOUT(run->ends, 1, 100'000);
    }
    /// A gateway that asks the provider up to `times` times for each prompt, until it has an answer.
    static void forward(RawServer &gateway, quint16 to, int times);
};

void TargetTestTest::forward(RawServer &gateway, quint16 to, int times)
{
    gateway.answer = [&gateway, to, times](QTcpSocket *client, int) {
        const QByteArray body = gateway.lastBody;
        auto ask = std::make_shared<std::function<void(int)>>();
        QObject::connect(client, &QObject::destroyed, [ask] { *ask = {}; }); // it holds itself
        *ask = [=, client = QPointer(client)](int left) {
            auto *provider = new QTcpSocket(client);
            auto got = std::make_shared<QByteArray>();
            QObject::connect(provider, &QTcpSocket::readyRead, client, [=] { got->append(provider->readAll()); });
            QObject::connect(provider, &QTcpSocket::disconnected, client, [=] {
                if (got->startsWith("HTTP/1.1 200") || left <= 1) {
                    client->write(got->isEmpty() ? QByteArray("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") : *got);
                    client->disconnectFromHost();
                } else {
                    (*ask)(left - 1);
                }
            });
            provider->connectToHost(QHostAddress(QHostAddress::LocalHost), to);
            provider->write("POST /openai/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                            "Content-Type: application/json\r\nAuthorization: Bearer x\r\nContent-Length: "
                            + QByteArray::number(body.size()) + "\r\n\r\n" + body);
        };
        (*ask)(times);
    };
}

void TargetTestTest::casesForOneProvider()
{
    int fit = 0;
    for (const CrashCase &one : crashCases()) {
        const auto kept = caseForTarget(one);
        fit += kept.has_value();
        if (kept)
            QVERIFY2(kept->terms.providers == 1 && kept->terms.programs == 1, one.key);
    }
    QVERIFY2(fit >= 40, qPrintable(QString::number(fit)));
    QVERIFY(!caseForTarget(*crashCase(u"two_down")));
    QVERIFY(!caseForTarget(*crashCase(u"herd")));
    QVERIFY(!caseForTarget(*crashCase(u"refused")));
    QCOMPARE(caseForTarget(*crashCase(u"server_error"))->terms.goal, CrashGoal::Said);
    QCOMPARE(caseForTarget(*crashCase(u"server_error_once"))->terms.goal, CrashGoal::Answer);
    QCOMPARE(caseForTarget(*crashCase(u"gzip"))->terms.goal, CrashGoal::Answer);
}

void TargetTestTest::aNaiveProxyIsSafeAndNoMore()
{
    RecordingRelay relay(0);
    TargetTest test(optionsFor(relay.serverPort()));
    const auto port = test.listen();
    QVERIFY(port);
    QCOMPARE(test.upstream(), QUrl(QStringLiteral("http://127.0.0.1:%1/openai/v1").arg(*port)));
    relay.to = *port;
    Run run;
    play(test, {"server_error_once", "server_error", "gzip", "clean_cut", "tool_call", "quota_spent", "error_in_200"},
         &run);
    QCOMPARE(run.end.kind, TargetEnd::Kind::Complete);
    QCOMPARE(run.results.size(), 7);
    QCOMPARE(run.results["server_error_once"].verdict, CrashVerdict::Safe);
    QCOMPARE(run.results["server_error_once"].finding, CrashFinding::NotAnswered);
    QCOMPARE(run.results["server_error_once"].requests.first().second, 1);
    QVERIFY(run.results["server_error_once"].setting.isEmpty());
    QCOMPARE(run.results["server_error"].verdict, CrashVerdict::Pass);
    QVERIFY(goodSentence(run.results["server_error"]).startsWith(QStringLiteral("With nobody else")));
    for (const char *key : {"gzip", "clean_cut", "tool_call", "quota_spent"})
        QVERIFY2(run.results[key].verdict == CrashVerdict::Pass, key);
    QCOMPARE(run.results["error_in_200"].verdict, CrashVerdict::Safe);
}

void TargetTestTest::aProxyThatAsksAgainPasses()
{
    RawServer gateway;
    TargetTest test(optionsFor(gateway.serverPort()));
    const auto port = test.listen();
    QVERIFY(port);
    forward(gateway, *port, 3);
    Run run;
    play(test, {"server_error_once", "server_error", "reset_once"}, &run);
    QCOMPARE(run.end.kind, TargetEnd::Kind::Complete);
    QCOMPARE(run.results["server_error_once"].verdict, CrashVerdict::Pass);
    QCOMPARE(run.results["server_error_once"].retries, 1);
    QCOMPARE(run.results["server_error_once"].requests.first().second, 2);
    QCOMPARE(run.results["reset_once"].verdict, CrashVerdict::Pass);
    QCOMPARE(run.results["server_error"].verdict, CrashVerdict::Pass);
    QCOMPARE(run.results["server_error"].requests.first().second, 3);
    CrashReport report;
    report.target = true;
    report.configuration = QStringLiteral("127.0.0.1:1/v1");
    report.results = run.results.values();
    report.planned = 3;
    QVERIFY(toMarkdown(report).contains(QStringLiteral("| verdict | case | what happened | this target |")));
    QVERIFY(toHtml(report).contains(QStringLiteral("One simulated provider behind it")));
    QCOMPARE(toJson(report)["target"].toString(), report.configuration);
}

void TargetTestTest::aProxyThatStormsFails()
{
    RawServer gateway;
    TargetTest test(optionsFor(gateway.serverPort()));
    const auto port = test.listen();
    QVERIFY(port);
    forward(gateway, *port, 30);
    Run run;
    play(test, {"server_error"}, &run);
    QCOMPARE(run.results["server_error"].verdict, CrashVerdict::Fail);
    QCOMPARE(run.results["server_error"].finding, CrashFinding::TooManyRequests);
    QCOMPARE(run.results["server_error"].counted, 30.0);
}

void TargetTestTest::aTargetThatAsksSomebodyElseIsNamed()
{
    RawServer gateway;
    gateway.answer = [](QTcpSocket *socket, int) {
        RawServer::reply(socket, "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},"
                                 "\"finish_reason\":\"stop\"}]}");
    };
    TargetOptions options = optionsFor(gateway.serverPort());
    options.patience = 1s;
    TargetTest test(options);
    QVERIFY(test.listen());
    Run run;
    play(test, {}, &run);
    QCOMPARE(run.end.kind, TargetEnd::Kind::NotBehind);
    QVERIFY(run.results.isEmpty());
    QVERIFY(toSentence(run.end, options.target.baseUrl, test.upstream()).contains(QStringLiteral("asks somebody else")));
}

void TargetTestTest::aTargetThatIsNotThereIsNamed()
{
    QTcpServer closed;
    closed.listen(QHostAddress::LocalHost);
    const quint16 port = closed.serverPort();
    closed.close();
    TargetOptions options = optionsFor(port);
    options.patience = 1s;
    TargetTest test(options);
    QVERIFY(test.listen());
    Run run;
    play(test, {}, &run);
    QCOMPARE(run.end.kind, TargetEnd::Kind::NotReached);
    QVERIFY(toSentence(run.end, options.target.baseUrl, test.upstream()).contains(test.upstream().toString()));
}

void TargetTestTest::stopsAtOnce()
{
    RecordingRelay relay(0);
    TargetTest test(optionsFor(relay.serverPort()));
    const auto port = test.listen();
    QVERIFY(port);
    relay.to = *port;
    QSignalSpy started(&test, &TargetTest::caseStarted), finished(&test, &TargetTest::finished);
    test.start({"silence"});
    QTRY_COMPARE(started.size(), 1);
    QTRY_COMPARE(relay.requests.size() >= 2, true);
    test.stop();
    QCOMPARE(finished.size(), 1);
    QCOMPARE(finished.first().first().value<TargetEnd>().kind, TargetEnd::Kind::Stopped);
    test.stop();
    QCOMPARE(finished.size(), 1);
}

SUITE_TEST(TargetTestTest)
#include "tst_targettest.moc"
