// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/postgresserver.h"
#include "support/suite.h"

#include <QFileInfo>
#include <QJsonArray>

#include <sys/stat.h>

using retryscope::PostgresServer;

namespace {

QList<QJsonObject> lines(const QByteArray &text)
{
    QList<QJsonObject> all;
    for (const QByteArray &line : text.split('\n')) {
        if (!line.isEmpty())
            all << QJsonDocument::fromJson(line).object();
    }
    return all;
}

} // namespace

/// The one past, as the command line keeps and reads it.
class CliPastTest : public QObject
{
    Q_OBJECT
private slots:
    void callsAreKeptAndListed();
    void severalProgramsAtOnceAreKeptApart();
    void aCallIsToldByItsName();
    void theListIsFiltered();
    void statisticsCoverTheHistory();
    void aJournalIsKeptOnlyWhereAskedFor();
    void theConfigurationSaysWhere();
    void aServerIsReadToo();
    void withoutAPastItIsSaid();
    void aHistoryThatCannotBeKeptDoesNotStopACall();
};

void CliPastTest::callsAreKeptAndListed()
{
    const CliProgram cli;
    QCOMPARE(cli.run({"send", "Hello"}).code, 0);
    QCOMPARE(cli.run({"send", "--fault", "openai=outage", "Hello"}).code, 0);
    const auto ran = cli.run({"calls", "--json"});
    QVERIFY2(ran.code == 0, ran.said());
    const auto calls = lines(ran.out);
    QCOMPARE(calls.size(), 2);
    QCOMPARE(calls[0]["outcome"].toString(), QStringLiteral("recovered_by_failover")); // the newest first
    QCOMPARE(calls[0]["route"][0]["provider"].toString(), QStringLiteral("openai"));
    QVERIFY(calls[0]["route"][0]["reason"].isString() && calls[0]["route"].toArray().size() >= 2);
    QCOMPARE(calls[1]["outcome"].toString(), QStringLiteral("first_try"));
    QVERIFY(calls[1]["tokens_in"].isDouble() && calls[1]["duration_s"].toDouble() > 0
            && calls[1]["simulated"].toBool());
    const auto text = cli.run({"calls"});
    QCOMPARE(text.out.count('\n'), 2);
    QVERIFY2(text.out.contains("openai") && text.out.contains(" -> anthropic")
                 && text.out.contains("recovered by failover") && text.out.contains("first try"),
             text.out);
    struct stat info{};
    QCOMPARE(::stat(QFile::encodeName(cli.data(QStringLiteral("history.sqlite"))).constData(), &info), 0);
    QCOMPARE(int(info.st_mode & 0777), 0600);
    QVERIFY(!QFileInfo::exists(cli.data(QStringLiteral("events.jsonl"))));
}

void CliPastTest::severalProgramsAtOnceAreKeptApart()
{
    const CliProgram cli;
    std::vector<std::unique_ptr<QProcess>> programs;
    for (int i = 0; i < 6; ++i) {
        programs.push_back(std::make_unique<QProcess>());
        cli.start(*programs.back(), {"send", "Hello"});
    }
    for (const auto &program : programs) {
        const auto ran = CliProgram::end(*program);
        QVERIFY2(ran.code == 0 && !ran.err.contains("history"), ran.said());
    }
    QSet<QString> names;
    for (const QJsonObject &call : lines(cli.run({"calls", "--json"}).out)) {
        QCOMPARE(call["call"].toInt(), 1);
        QCOMPARE(call["attempts"].toInt(), 1);
        names.insert(call["id"].toString());
    }
    QCOMPARE(names.size(), 6);
    const QJsonObject stats = QJsonDocument::fromJson(cli.run({"stats", "--json"}).out).object();
    QCOMPARE(stats["total_calls"].toInt(), 6);
    QCOMPARE(stats["first_try"].toInt(), 6);
}

void CliPastTest::aCallIsToldByItsName()
{
    const CliProgram cli;
    QCOMPARE(cli.run({"send", "--fault", "openai=rate_limit", "Hello"}).code, 0);
    const QString name = lines(cli.run({"calls", "--json"}).out).value(0)["id"].toString();
    const auto told = cli.run({"calls", name});
    QVERIFY2(told.code == 0 && told.out.contains("openai") && told.out.contains("+0.000"), told.said());
    const auto events = lines(cli.run({"calls", "--json", name}).out);
    QCOMPARE(events.first()["kind"].toString(), QStringLiteral("call_submitted"));
    QCOMPARE(events.last()["kind"].toString(), QStringLiteral("call_finished"));
    for (const QString &wrong :
         {QStringLiteral("nothing"), QStringLiteral("-1"), QStringLiteral("zz-999"), QStringLiteral("1-")}) {
        const auto ran = cli.run({"calls", "--", wrong});
        QVERIFY2(ran.code == 2 && ran.err.contains("There is no call"), ran.said());
    }
}

void CliPastTest::theListIsFiltered()
{
    const CliProgram cli;
    QCOMPARE(cli.run({"send", "--provider", "mistral", "Hello"}).code, 0);
    QCOMPARE(cli.run({"send", "--provider", "openai", "--fault", "openai=wrong_key", "Hello"}).code, 1);
    QCOMPARE(cli.run({"send", "--chain", "openai,mistral", "--fault", "openai=outage", "Hello"}).code, 0);
    const auto count = [&cli](QStringList arguments) {
        return lines(cli.run(QStringList{"calls", "--json"} + arguments).out).size();
    };
    QCOMPARE(count({}), 3);
    QCOMPARE(count({"--limit", "2"}), 2);
    QCOMPARE(count({"--failed"}), 1);
    QCOMPARE(count({"--provider", "mistral"}), 2);
    QCOMPARE(count({"--provider", "openai"}), 2);
    QCOMPARE(count({"--provider", "openai", "--failed"}), 1);
    QCOMPARE(count({"--provider", "nobody"}), 0);
    QCOMPARE(count({"--since", "1h"}), 3);
    QCOMPARE(count({"--since", "2100-01-01T00:00"}), 0);
    QVERIFY(cli.run({"calls", "--failed"}).out.contains("failed: authentication"));
    QVERIFY(cli.run({"calls", "--provider", "nobody"}).out.contains("No calls match"));
    for (const QStringList &wrong :
         {QStringList{"--since", "yesterday"}, QStringList{"--limit", "0"}, QStringList{"a-1", "b-1"}})
        QCOMPARE(cli.run(QStringList{"calls"} + wrong).code, 2);
}

void CliPastTest::statisticsCoverTheHistory()
{
    const CliProgram cli;
    QCOMPARE(cli.run({"send", "Hello"}).code, 0);
    const QJsonObject stats = QJsonDocument::fromJson(cli.run({"stats", "--json"}).out).object();
    QCOMPARE(stats["total_calls"].toInt(), 1);
    QVERIFY(stats["covers"]["events"].toInt() >= 5 && stats["covers"]["from"].isString()
            && stats["covers"]["to"].isString());
    QCOMPARE(stats["covers"]["place"].toString(), cli.data(QStringLiteral("history.sqlite")));
    const auto text = cli.run({"stats"});
    QVERIFY2(text.out.contains("API Retry Statistics") && text.out.contains("events in"), text.out);
    QCOMPARE(QJsonDocument::fromJson(cli.run({"stats", "--json", "--since", "2100-01-01T00:00"}).out)
                 .object()["total_calls"]
                 .toInt(),
             0);
    QCOMPARE(cli.run({"stats", "--since", "never"}).code, 2);
}

void CliPastTest::aJournalIsKeptOnlyWhereAskedFor()
{
    const CliProgram cli;
    const QString journal = cli.path(QStringLiteral("calls.jsonl"));
    QCOMPARE(cli.run({"send", "--journal", journal, "Hello"}).code, 0);
    QCOMPARE(cli.run({"send", "Hello"}).code, 0);
    const auto events = lines(cli.read(journal));
    QCOMPARE(events.first()["seq"].toInt(), 1); // from the first event on
    QCOMPARE(events.last()["kind"].toString(), QStringLiteral("call_finished"));
    QCOMPARE(QJsonDocument::fromJson(cli.run({"stats", "--json", journal}).out).object()["total_calls"].toInt(), 1);
    QCOMPARE(QJsonDocument::fromJson(cli.run({"stats", "--json"}).out).object()["total_calls"].toInt(), 2);
    const auto ran = cli.run({"send", "--journal", "/dev/full", "Hello"});
    QVERIFY2(ran.code == 0 && ran.err.contains("could not be written to the journal"), ran.said());
}

void CliPastTest::theConfigurationSaysWhere()
{
    const CliProgram cli;
    const QString file = cli.path(QStringLiteral("team/past.sqlite"));
    const QString configuration = cli.write(
        QStringLiteral("c.json"), QString::fromLatin1(
            R"({"history":"sqlite:%1","providers":[{"id":"openai","protocol":"openai","base_url":"http://127.0.0.1:0/openai/v1","model":"m","simulated":true}]})")
            .arg(file)
            .toUtf8());
    QCOMPARE(cli.run({"send", "--config", configuration, "Hello"}).code, 0);
    QVERIFY(QFileInfo::exists(file) && !QFileInfo::exists(cli.data(QStringLiteral("history.sqlite"))));
    QCOMPARE(lines(cli.run({"calls", "--json", "--config", configuration}).out).size(), 1);
    const QString off = cli.write(
        QStringLiteral("off.json"),
        R"({"history":"off","providers":[{"id":"openai","protocol":"openai","base_url":"http://127.0.0.1:0/openai/v1","model":"m","simulated":true}]})");
    QCOMPARE(cli.run({"send", "--config", off, "Hello"}).code, 0);
    QVERIFY(!QFileInfo::exists(cli.data(QStringLiteral("history.sqlite"))));
    const auto ran = cli.run({"calls", "--config", off});
    QVERIFY2(ran.code == 4 && ran.err.contains("The history is off"), ran.said());
}

void CliPastTest::aServerIsReadToo()
{
    PostgresServer server;
    if (const QString problem = server.start(); !problem.isEmpty())
        QSKIP(qPrintable(problem));
    CliProgram cli;
    cli.set(QLatin1String(PostgresServer::passwordVariable), QLatin1String(PostgresServer::password));
    const QString configuration = cli.write(
        QStringLiteral("c.json"), QStringLiteral(
            R"({"history":"postgresql://retryscope@127.0.0.1:%1/postgres?password=env:%2","providers":[{"id":"openai","protocol":"openai","base_url":"http://127.0.0.1:0/openai/v1","model":"m","simulated":true}]})")
            .arg(server.location().port)
            .arg(QLatin1String(PostgresServer::passwordVariable))
            .toUtf8());
    QCOMPARE(cli.run({"send", "--config", configuration, "Hello"}).code, 0);
    const auto calls = cli.run({"calls", "--json", "--config", configuration});
    QVERIFY2(calls.code == 0 && lines(calls.out).size() == 1, calls.said());
    const auto stats = cli.run({"stats", "--json", "--config", configuration});
    QVERIFY2(QJsonDocument::fromJson(stats.out).object()["total_calls"].toInt() == 1, stats.said());
    server.signalAll(SIGSTOP); // frozen: the call goes on, and the end comes
    QProcess process;
    cli.start(process, {"send", "--config", configuration, "Hello"});
    const auto frozen = CliProgram::end(process, 15'000);
    server.signalAll(SIGCONT);
    QVERIFY2(frozen.code == 0 && frozen.err.contains("could not be written to the history"), frozen.said());
}

void CliPastTest::withoutAPastItIsSaid()
{
    const CliProgram cli;
    for (const char *command : {"calls", "stats"}) {
        const auto ran = cli.run({QLatin1String(command)});
        QVERIFY2(ran.code == 0 && ran.out.contains("No calls yet"), ran.said());
    }
    for (const char *one : {"calls abc-1", "calls --json abc-1"}) {
        const auto ran = cli.run(QString::fromLatin1(one).split(QLatin1Char(' ')));
        QVERIFY2(ran.code == 2 && ran.out.isEmpty() && ran.err.contains("There is no call \"abc-1\""), ran.said());
    }
    const auto none = cli.run({"calls", "--json"}); // JSON Lines of nothing
    QVERIFY2(none.code == 0 && none.out.isEmpty() && none.err.isEmpty(), none.said());
    const auto counted = cli.run({"stats", "--json"});
    QVERIFY2(counted.code == 0, counted.said());
    QCOMPARE(QJsonDocument::fromJson(counted.out).object()["covers"].toObject()["events"].toInt(-1), 0);
    for (const char *one : {"replay", "fit", "replay --incident last"}) {
        const auto ran = cli.run(QString::fromLatin1(one).split(QLatin1Char(' ')));
        QVERIFY2(ran.code == 4 && ran.out.isEmpty() && ran.err.contains("no history"), ran.said());
    }
    for (const char *command : {"calls", "stats"})
        QVERIFY(cli.run({QLatin1String(command), "--help"}).out.contains("exits with 0"));
    QVERIFY(!QFileInfo::exists(cli.data(QString())));
    cli.run({"send", "Hello"});
    QFile damaged(cli.data(QStringLiteral("history.sqlite")));
    QVERIFY(damaged.open(QIODevice::WriteOnly) && damaged.write(QByteArray(9'000, 'x')) == 9'000);
    damaged.close();
    QFile::remove(damaged.fileName() + QStringLiteral("-wal"));
    const auto ran = cli.run({"calls"});
    QVERIFY2(ran.code == 4 && ran.err.contains("damaged"), ran.said());
}

void CliPastTest::aHistoryThatCannotBeKeptDoesNotStopACall()
{
    CliProgram cli;
    cli.set(QStringLiteral("XDG_DATA_HOME"), QStringLiteral("/proc/nowhere"));
    const auto ran = cli.run({"send", "Hello"});
    QVERIFY2(ran.code == 0 && ran.err.contains("The history /proc/nowhere/retryscope/history.sqlite cannot be opened"),
             ran.said());
}

SUITE_TEST(CliPastTest)
#include "tst_clipast.moc"
