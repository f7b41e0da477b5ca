// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/oneanswer.h"
#include "support/suite.h"

#include <QDir>
#include <QJsonArray>
#include <QTimer>

#include <tuple>

#include <sys/stat.h>

namespace {

QString promptOf(const QByteArray &request)
{
    const QJsonObject body = QJsonDocument::fromJson(request.mid(request.indexOf("\r\n\r\n") + 4)).object();
    return body["messages"][0]["content"].toString();
}

void answerWell(QTcpSocket &socket, const QByteArray &)
{
    OneAnswer::reply(
        socket, "200 OK",
        R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}]})",
        "Content-Type: application/json\r\n");
}

} // namespace

/// What goes into the command line, how it is stopped, and what it does where the system gives it little.
class CliInputTest : public QObject
{
    Q_OBJECT
private slots:
    void aPromptIsReadToItsEnd_data();
    void aPromptIsReadToItsEnd();
    void moreThanFourMegabytesAreRefusedBeforeAnythingIsSent();
    void theTokenLimitIsAnOption();
    void halvesOfACharacterAreJoined();
    void theOtherChoicesAreTold();
    void isStoppedWhileItReads_data();
    void isStoppedWhileItReads();
    void aHangupEndsTheCallsStory();
    void aFifoIsNoConfiguration();
    void aFileIsNamedOnceWithWhatIsWrong_data();
    void aFileIsNamedOnceWithWhatIsWrong();
    void aNumberIsRefusedByItsName_data();
    void aNumberIsRefusedByItsName();
    void tooFewDescriptorsAreSaid();
    void withoutAHomeNothingIsWrittenToTheRoot();
    void withoutLibcurlItIsNamedWhereItIsNeeded();
};

void CliInputTest::aPromptIsReadToItsEnd_data()
{
    QTest::addColumn<QList<QByteArray>>("parts");
    QTest::newRow("two writes half a second apart") << QList<QByteArray>{"first ", "second"};
    QTest::newRow("200 KB") << QList<QByteArray>{QByteArray(200'000, 'a')};
    QTest::newRow("4 MB") << QList<QByteArray>{QByteArray(4 << 20, 'a')};
    QTest::newRow("a character over two writes") << QList<QByteArray>{"caf\xc3", "\xa9"};
}

void CliInputTest::aPromptIsReadToItsEnd()
{
    QFETCH(QList<QByteArray>, parts);
    OneAnswer server(answerWell);
    const CliProgram cli;
    QProcess process;
    cli.start(process, {"send", "--config", cli.provider(server.url()), "-"});
    for (qsizetype i = 0; i < parts.size(); ++i) {
        if (i > 0)
            QTest::qWait(500);
        process.write(parts[i]);
    }
    process.closeWriteChannel();
    const auto ran = CliProgram::end(process);
    QVERIFY2(ran.code == 0, ran.said());
    QCOMPARE(server.requests.size(), 1);
    QVERIFY(promptOf(server.requests[0]) == QString::fromUtf8(parts.join()));
}

/// Every option that takes a file, and every file that is none for it: one line, which names it once.
void CliInputTest::aFileIsNamedOnceWithWhatIsWrong_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("code");
    const std::tuple<QStringList, int> commands[] = {
        {{"send", "--config", "FILE", "hi"}, 3},
        {{"check", "FILE"}, 3},
        {{"batch", "PROMPTS", "--config", "FILE"}, 3},
        {{"calls", "--config", "FILE"}, 3},
        {{"stats", "--config", "FILE"}, 3},
        {{"simulate", "--config", "FILE"}, 3},
        {{"simulate", "--scenario", "FILE"}, 3},
        {{"simulate", "--trace", "FILE"}, 3},
        {{"recommend", "--config", "FILE"}, 3},
        {{"recommend", "--scenario", "FILE"}, 3},
        {{"certify", "--config", "FILE"}, 3},
        {{"crashtest", "--config", "FILE"}, 3},
        {{"explain", "--config", "FILE", "--status", "429"}, 3},
        {{"export", "--config", "FILE", "--to", "litellm"}, 3},
        {{"import", "--from", "envoy", "FILE"}, 3},
        {{"serve", "--config", "FILE"}, 3},
        {{"replay", "--journal", "FILE"}, 4},
        {{"fit", "--journal", "FILE"}, 4},
    };
    for (const char *file : {"missing", "folder", "unreadable", "empty", "text", "list", "binary"}) {
        for (const auto &[arguments, code] : commands)
            QTest::addRow("%s, %s %s", file, qPrintable(arguments[0]), qPrintable(arguments[1]))
                << arguments << QString::fromLatin1(file) << code;
        if (qstrcmp(file, "empty") != 0) // a journal to which nothing was written yet
            QTest::addRow("%s, stats", file) << QStringList{"stats", "FILE"} << QString::fromLatin1(file) << 4;
    }
}

void CliInputTest::aFileIsNamedOnceWithWhatIsWrong()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, file);
    QFETCH(int, code);
    const CliProgram cli;
    const QString path = cli.path(file + QStringLiteral(".strange"));
    const std::pair<const char *, QByteArray> contents[] = {
        {"unreadable", "{}"}, {"empty", ""}, {"text", "this is {no JSON"}, {"list", "[1, 2]"}, {"binary", "\x01\xff\xfe\x80"}};
    for (const auto &[name, bytes] : contents) {
        if (file == QLatin1String(name))
            cli.write(file + QStringLiteral(".strange"), bytes);
    }
    if (file == QLatin1String("folder"))
        QVERIFY(QDir().mkpath(path));
    if (file == QLatin1String("unreadable")) {
        QVERIFY(QFile::setPermissions(path, {}));
        if (QFile(path).open(QIODevice::ReadOnly))
            QSKIP("Whoever runs this may read every file.");
    }
    arguments.replaceInStrings(QStringLiteral("PROMPTS"), cli.write(QStringLiteral("p.txt"), "hi\n"));
    arguments.replaceInStrings(QStringLiteral("FILE"), path);
    const auto ran = cli.run(arguments);
    QVERIFY2(ran.code == code, ran.said());
    const QByteArray said = ran.err.trimmed();
    QVERIFY2(!said.contains('\n') && said.endsWith('.'), ran.said());
    QVERIFY2(said.count(path.toUtf8()) == 1 && !said.contains("(file)"), ran.said());
    QVERIFY2(ran.out.isEmpty(), ran.said());
}

void CliInputTest::aNumberIsRefusedByItsName_data()
{
    QTest::addColumn<QString>("option");
    QTest::addColumn<QString>("given");
    for (const char *option : {"runs", "concurrency", "max-tokens"}) {
        for (const char *given : {"0", "-1", "1e9", "abc", "", "99999999999", "1.5"})
            QTest::addRow("%s %s", option, given) << QString::fromLatin1(option) << QString::fromLatin1(given);
    }
}

void CliInputTest::aNumberIsRefusedByItsName()
{
    QFETCH(QString, option);
    QFETCH(QString, given);
    const CliProgram cli;
    const QString prompts = cli.write(QStringLiteral("p.txt"), "hi\n");
    const auto ran = cli.run({"batch", prompts, QStringLiteral("--%1=%2").arg(option, given)});
    QCOMPARE(ran.code, 2);
    QVERIFY2(ran.err.startsWith(QStringLiteral("--%1 takes a whole number from 1 to ").arg(option).toUtf8()), ran.err);
    QVERIFY2(ran.err.trimmed().endsWith(QStringLiteral(", not \"%1\".").arg(given).toUtf8()), ran.err);
    QVERIFY2(ran.err.trimmed().count('\n') == 0, ran.err);
    if (option == QLatin1String("max-tokens")) {
        const auto sent = cli.run({"send", QStringLiteral("--max-tokens=") + given, "hi"});
        QCOMPARE(sent.code, 2);
        QVERIFY2(sent.err.startsWith("--max-tokens takes a whole number from 1 on, not "), sent.err);
    }
}

void CliInputTest::moreThanFourMegabytesAreRefusedBeforeAnythingIsSent()
{
    OneAnswer server(answerWell);
    const CliProgram cli;
    const auto ran = cli.run({"send", "--config", cli.provider(server.url()), "-"}, QByteArray(4'300'000, 'a'));
    QCOMPARE(ran.code, 2);
    QVERIFY2(ran.err.contains("more than 4 MB"), ran.err);
    QVERIFY(server.requests.isEmpty());
}

void CliInputTest::theTokenLimitIsAnOption()
{
    OneAnswer server(answerWell);
    const CliProgram cli;
    QCOMPARE(cli.run({"send", "--config", cli.provider(server.url()), "--max-tokens", "77", "Hello"}).code, 0);
    QVERIFY2(server.requests.value(0).contains("\"max_tokens\":77"), server.requests.value(0));
    QCOMPARE(cli.run({"send", "--config", cli.provider(server.url()), "Hello"}).code, 0);
    QVERIFY2(server.requests.value(1).contains("\"max_tokens\":1024"), server.requests.value(1));
    QCOMPARE(cli.run({"send", "--max-tokens", "0", "Hello"}).code, 2);
    QCOMPARE(cli.run({"send", "--max-tokens", "many", "Hello"}).code, 2);
    QVERIFY(cli.run({"send", "--help"}).out.contains("default: 1024"));
}

void CliInputTest::halvesOfACharacterAreJoined()
{
    OneAnswer server([](QTcpSocket &socket, const QByteArray &) {
        socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                     "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"smile \\ud83d\"}}]}\n\n");
        QTimer::singleShot(400, &socket, [&socket] {
            socket.write(
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\ude00 end\"}}]}\n\n"
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
            socket.disconnectFromHost();
        });
    });
    const CliProgram cli;
    const auto ran = cli.run({"send", "--stream", "--config", cli.provider(server.url()), "Hello"});
    QCOMPARE(ran.code, 0);
    QCOMPARE(ran.out, QByteArray("smile \xf0\x9f\x98\x80 end\n"));
}

void CliInputTest::theOtherChoicesAreTold()
{
    OneAnswer server([](QTcpSocket &socket, const QByteArray &) {
        OneAnswer::reply(
            socket, "200 OK",
            R"({"choices":[{"index":0,"message":{"content":"One."},"finish_reason":"stop"},{"index":1,"message":{"content":"Two","reasoning_content":"hm",)"
            R"("tool_calls":[{"id":"c","function":{"name":"go","arguments":"{}"}}]},"finish_reason":"length"}]})",
            "Content-Type: application/json\r\n");
    });
    const CliProgram cli;
    const CliProgram::Ran ran =
        cli.run({"send", "--json", "--config", cli.provider(server.url(), R"(,"parameters":{"add":{"n":2}})"), "hi"});
    QVERIFY2(ran.code == 0, ran.said());
    QVERIFY(server.requests.first().contains("\"n\":2"));
    const QJsonObject result = QJsonDocument::fromJson(ran.out.trimmed().split('\n').last()).object();
    QCOMPARE(result["text"].toString(), "One.");
    QCOMPARE(result["finish"].toString(), "stop");
    const QJsonArray expected{
        QJsonObject{{"index", 1},
                    {"text", "Two"},
                    {"finish", "length"},
                    {"finish_reason", "length"},
                    {"reasoning", "hm"},
                    {"tool_calls", QJsonArray{QJsonObject{{"id", "c"}, {"name", "go"}, {"arguments", "{}"}}}}}};
    QCOMPARE(result["other_choices"].toArray(), expected);
}

void CliInputTest::isStoppedWhileItReads_data()
{
    QTest::addColumn<int>("signal");
    QTest::newRow("Ctrl+C") << SIGINT;
    QTest::newRow("SIGTERM") << SIGTERM;
    QTest::newRow("SIGHUP") << SIGHUP;
}

void CliInputTest::isStoppedWhileItReads()
{
    QFETCH(int, signal);
    const CliProgram cli;
    QProcess process;
    cli.start(process, {"send", "-"});
    process.write("the beginning of ");
    QVERIFY(CliProgram::catches(process, signal));
    QTest::qWait(100); // it reads
    ::kill(pid_t(process.processId()), signal);
    const auto ran = CliProgram::end(process, 3'000);
    QCOMPARE(ran.code, 5);
}

/// It is opened by who asks for it; everything else runs without it.
void CliInputTest::withoutLibcurlItIsNamedWhereItIsNeeded()
{
    CliProgram cli;
    cli.write(QStringLiteral("libcurl.so.4"), "no library");
    cli.set(QStringLiteral("LD_LIBRARY_PATH"), cli.path({}));
    for (const QStringList &asked : {QStringList{"send", "--transport", "curl", "hi"}, {"serve"}}) {
        const auto ran = cli.run(asked);
        QCOMPARE(ran.code, 2);
        QVERIFY2(ran.err.startsWith("--transport curl needs libcurl 7.88 or later (on Debian the package libcurl4): "), ran.err);
        QVERIFY2(ran.err.trimmed().endsWith("Install it, or take --transport qt."), ran.err);
        QCOMPARE(ran.err.trimmed().count('\n'), 0);
    }
    QCOMPARE(cli.run({"send", "hi"}).code, 0);
}

void CliInputTest::aHangupEndsTheCallsStory()
{
    OneAnswer server([](QTcpSocket &, const QByteArray &) {}); // never answers
    const CliProgram cli;
    QProcess process;
    cli.start(process, {"send", "--json", "--config", cli.provider(server.url()), "Hello"});
    QVERIFY(QTest::qWaitFor([&] { return !server.requests.isEmpty(); }, 10'000));
    ::kill(pid_t(process.processId()), SIGHUP);
    const auto ran = CliProgram::end(process, 5'000);
    QCOMPARE(ran.code, 5);
    QVERIFY2(ran.out.contains("\"kind\":\"call_finished\"") && ran.out.contains("\"outcome\":\"cancelled\""), ran.out);
}

void CliInputTest::aFifoIsNoConfiguration()
{
    const CliProgram cli;
    const QString fifo = cli.path(QStringLiteral("fifo"));
    QCOMPARE(mkfifo(QFile::encodeName(fifo).constData(), 0600), 0);
    for (const QStringList &arguments : {QStringList{"check", fifo}, QStringList{"send", "--config", fifo, "Hello"}}) {
        QProcess process;
        cli.start(process, arguments);
        const auto ran = CliProgram::end(process, 3'000);
        QCOMPARE(ran.code, 3);
        QVERIFY2(ran.err.contains("not an ordinary file"), ran.err);
    }
    QProcess process;
    cli.start(process, {"stats", fifo});
    QCOMPARE(CliProgram::end(process, 3'000).code, 4);
}

void CliInputTest::tooFewDescriptorsAreSaid()
{
    const CliProgram cli;
    for (int most = 4; most < 64; most += 4) {
        const auto ran = cli.shell(QStringLiteral("ulimit -n %1; CLI send --fault openai=outage Hello").arg(most));
        QVERIFY2(ran.code == 0 || (ran.code == 4 && ran.err.contains("ulimit -n"))
                     || (ran.code == 127 && ran.err.contains("loading shared libraries")),
                 QByteArray::number(most) + ' ' + QByteArray::number(ran.code) + ran.said());
    }
    QCOMPARE(cli.shell(QStringLiteral("ulimit -n 16; CLI send Hello")).code, 4);
    QCOMPARE(cli.shell(QStringLiteral("ulimit -S -n 16; CLI send Hello")).code, 0); // may be raised
}

void CliInputTest::withoutAHomeNothingIsWrittenToTheRoot()
{
    CliProgram cli;
    cli.unset(QStringLiteral("HOME"));
    cli.unset(QStringLiteral("XDG_DATA_HOME"));
    const bool before = QFile::exists(QStringLiteral("/.local"));
    const auto ran = cli.run({"send", "Hello"});
    QCOMPARE(ran.code, 0);
    QVERIFY2(ran.err.contains("none of HOME, XDG_DATA_HOME and STATE_DIRECTORY"), ran.err);
    QCOMPARE(QFile::exists(QStringLiteral("/.local")), before);
}

SUITE_TEST(CliInputTest)
#include "tst_cliinput.moc"
