// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/rawserver.h"
#include "support/suite.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace retryscope;

/// A process that was stopped (SIGSTOP, a suspended machine) while an answer came: it reads the answer before it believes
/// its timers.
class StoppedTest : public QObject
{
    Q_OBJECT
private slots:
    void anAnswerThatCameMeanwhileIsRead_data();
    void anAnswerThatCameMeanwhileIsRead();
};

void StoppedTest::anAnswerThatCameMeanwhileIsRead_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("whole")
        << QStringList()
        << QByteArray(
               R"({"choices":[{"index":0,"message":{"role":"assistant","content":"read in time"},"finish_reason":"stop"}]})");
    QTest::newRow("streamed")
        << QStringList{QStringLiteral("--stream")}
        << QByteArray(R"(data: {"choices":[{"index":0,"delta":{"content":"read in time"},"finish_reason":null}]})"
                      "\n\n"
                      R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
                      "\n\ndata: [DONE]\n\n");
}

void StoppedTest::anAnswerThatCameMeanwhileIsRead()
{
    QFETCH(QStringList, options);
    QFETCH(QByteArray, answer);
    RawServer server;
    QPointer<QTcpSocket> asked;
    server.answer = [&](QTcpSocket *socket, int) { asked = socket; };
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("c.json")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QStringLiteral(R"({"providers":[{"id":"x","protocol":"openai_compatible","base_url":"%1","model":"m"}],
        "retry":{"max_attempts":1,"attempt_timeout_s":1.5,"first_token_timeout_s":1.2,"idle_timeout_s":1,"deadline_s":2,"connect_timeout_s":1}})")
                   .arg(server.url(QStringLiteral("/v1")).toString())
                   .toUtf8());
    file.close();
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("XDG_DATA_HOME"), folder.path());
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(CLI_BINARY),
                  QStringList{QStringLiteral("send"), QStringLiteral("--config"), file.fileName()} + options
                      + QStringList{QStringLiteral("Hello")});
    QVERIFY(QTest::qWaitFor([&] { return asked != nullptr; }, 20'000));
    ::kill(pid_t(process.processId()), SIGSTOP);
    RawServer::reply(asked, answer);
    QTest::qWait(2500); // every limit of the call passes
    ::kill(pid_t(process.processId()), SIGCONT);
    QVERIFY(QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, 20'000));
    const QByteArray err = process.readAllStandardError();
    QVERIFY2(process.exitCode() == 0, err.constData());
    QVERIFY(process.readAllStandardOutput().contains("read in time"));
    QCOMPARE(server.requests, 1);
}

SUITE_TEST(StoppedTest)
#include "tst_stopped.moc"
