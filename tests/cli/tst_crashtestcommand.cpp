// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/suite.h"

#include <QJsonArray>
#include <QRegularExpression>
#include <QXmlStreamReader>

/// retryscope-cli crashtest: a configuration in, verdicts, reports and an exit code out.
class CrashTestCommandTest final : public QObject
{
    Q_OBJECT
private slots:
    void itsPagesCommands();
    void aCaseThatFailsIsAnExitCode();
    void nothingSecretIsWritten();
    void keepsWhatCameWhenStopped();
    void listsItsCases();
    void refusesWhatItCannotTest_data();
    void refusesWhatItCannotTest();

private:
    static QJsonObject caseOf(const QJsonObject &report, const char *key)
    {
        for (const QJsonValue &one : report["cases"].toArray()) {
            if (one["case"].toString() == QLatin1String(key))
                return one.toObject();
        }
        return {};
    }
};

/// Repeats a used-up quota: a rule of its own says so.
static QByteArray badConfiguration()
{
    return R"({"providers":[
        {"id":"one","protocol":"openai","base_url":"https://api.openai.com/v1","model":"m","key":"env:RS_CRASH_KEY",
         "headers":{"X-Api-Token":"Bearer env:RS_CRASH_TOKEN"}},
        {"id":"two","protocol":"mistral","base_url":"https://api.mistral.ai","model":"m","key":"env:RS_CRASH_KEY"}],
        "rules":[{"code":"insufficient_quota","reason":"temporary_failure","scope":"request","retry_here":true}],
        "retry":{"attempts_per_provider":9,"max_attempts":10,"base_delay_s":0.01,"max_delay_s":0.02}})";
}

/// Every line of the page's blocks, in one folder; the first runs every case against the defaults.
void CrashTestCommandTest::itsPagesCommands()
{
    QFile page(QStringLiteral(SOURCE_ROOT "/docs/crashtest.md"));
    QVERIFY(page.open(QIODevice::ReadOnly));
    static const QRegularExpression block(QStringLiteral("```sh\n(.*?)```"),
                                          QRegularExpression::DotMatchesEverythingOption);
    QStringList lines;
    for (auto it = block.globalMatch(QString::fromUtf8(page.readAll())); it.hasNext();)
        lines += it.next().captured(1).trimmed().split(QLatin1Char('\n'));
    QVERIFY(lines.size() >= 4);
    QCOMPARE(lines.first(), QStringLiteral("retryscope-cli crashtest"));
    const CliProgram cli;
    QVERIFY(
        !cli.write(QStringLiteral("config.json"),
                   R"({"providers":[{"id":"a","protocol":"openai","base_url":"https://api.openai.com/v1","model":"m"},
                       {"id":"b","protocol":"mistral","base_url":"https://api.mistral.ai","model":"m"}]})")
             .isEmpty());
    QProcess whole;
    cli.start(whole, {"crashtest"});
    const auto passed = cli.end(whole, 100'000);
    QCOMPARE(passed.code, 0);
    QVERIFY2(passed.out.contains(" pass; score 100 of 100."), passed.said().constData());
    QVERIFY(passed.out.count('\n') >= 40);
    for (const QString &line : lines.mid(1)) {
        const auto ran = cli.shell(QStringLiteral("cd %1; ").arg(cli.path({}))
                                   + QString(line).replace(QStringLiteral("retryscope-cli"), QStringLiteral("CLI")));
        QVERIFY2(ran.code == 0, (line.toUtf8() + '\n' + ran.said()).constData());
    }
    QVERIFY(cli.read(cli.path(QStringLiteral("report.html"))).startsWith("<!DOCTYPE html>"));
    QVERIFY(cli.read(cli.path(QStringLiteral("report.md"))).startsWith("# Crash test: config.json"));
    QVERIFY(cli.read(cli.path(QStringLiteral("report.xml"))).contains("<testcase classname=\"crashtest\""));
}

void CrashTestCommandTest::aCaseThatFailsIsAnExitCode()
{
    CliProgram cli;
    cli.set(QStringLiteral("RS_CRASH_KEY"), QStringLiteral("x"));
    cli.set(QStringLiteral("RS_CRASH_TOKEN"), QStringLiteral("y"));
    const QString file = cli.write(QStringLiteral("bad.json"), badConfiguration());
    const auto ran = cli.run({"crashtest", "--config", file, "--only", "quota_spent", "--only", "gzip"});
    QCOMPARE(ran.code, 1);
    QVERIFY2(ran.out.contains("Fail: Quota used up (quota_spent)") && ran.out.contains("Why? A provider was asked")
                 && ran.out.contains("rules[0]") && ran.out.contains("1 pass, 1 fail; score 50 of 100."),
             ran.said());
    const auto json = cli.run({"crashtest", "--config", file, "--only", "quota_spent", "--json"});
    QCOMPARE(json.code, 1);
    const QJsonObject report = QJsonDocument::fromJson(json.out).object();
    QCOMPARE(report["configuration"].toString(), QStringLiteral("bad.json"));
    QCOMPARE(report["verdicts"]["fail"].toInt(), 1);
    const QJsonObject one = caseOf(report, "quota_spent");
    QCOMPARE(one["setting"].toString(), QStringLiteral("rules[0]"));
    QVERIFY(one["requests"]["one"].toInt() > 2); // as the provider counted
    QCOMPARE(cli.run({"crashtest", "--config", file, "--only", "gzip", "--json"}).code, 0);
}

void CrashTestCommandTest::nothingSecretIsWritten()
{
    CliProgram cli;
    cli.set(QStringLiteral("RS_CRASH_KEY"), QStringLiteral("sk-proj-0123456789abcdefghij"));
    cli.set(QStringLiteral("RS_CRASH_TOKEN"), QStringLiteral("tok-9876543210zyxwvu"));
    const QString file = cli.write(QStringLiteral("bad.json"), badConfiguration());
    QStringList arguments{"crashtest", "--config", file, "--json"};
    for (const char *key :
         {"quota_spent", "key_revoked", "redirect", "refused", "server_error", "content_refused", "tool_call"})
        arguments << QStringLiteral("--only") << QString::fromLatin1(key);
    QByteArray all;
    for (const char *option : {"junit", "html", "markdown"})
        arguments << QStringLiteral("--%1").arg(QLatin1String(option)) << cli.path(QLatin1String(option));
    all = cli.run(arguments).said();
    QVERIFY(all.contains("quota_spent"));
    for (const char *option : {"junit", "html", "markdown"}) {
        const QByteArray report = cli.read(cli.path(QLatin1String(option)));
        QVERIFY2(report.size() > 500, option);
        all += report;
    }
    for (const char *secret : {"0123456789abcdefghij", "9876543210zyxwvu", "RS_CRASH_KEY", "crash-test-key"})
        QVERIFY2(!all.contains(secret), secret);
    QXmlStreamReader xml(cli.read(cli.path(QStringLiteral("junit"))));
    while (!xml.atEnd())
        xml.readNext();
    QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
}

void CrashTestCommandTest::keepsWhatCameWhenStopped()
{
    const CliProgram cli;
    QProcess process;
    cli.start(process, {"crashtest", "--together", "2", "--junit", cli.path(QStringLiteral("part.xml"))});
    QByteArray said;
    QVERIFY(QTest::qWaitFor([&] { return (said += process.readAllStandardOutput()).count('\n') >= 2; }, 30'000));
    ::kill(pid_t(process.processId()), SIGINT);
    const auto ended = cli.end(process);
    QCOMPARE(ended.code, 5);
    said += ended.out;
    static const QRegularExpression stopped(QStringLiteral("Stopped after (\\d+) of (\\d+) cases\\."));
    const auto match = stopped.match(QString::fromUtf8(said));
    QVERIFY2(match.hasMatch(), said.constData());
    const int done = match.captured(1).toInt();
    QVERIFY(done >= 2 && done < match.captured(2).toInt());
    QCOMPARE(cli.read(cli.path(QStringLiteral("part.xml"))).count("<testcase"), done);
}

void CrashTestCommandTest::listsItsCases()
{
    const CliProgram cli;
    const auto ran = cli.run({"crashtest", "--list"});
    QCOMPARE(ran.code, 0);
    QVERIFY(ran.out.count('\n') >= 40);
    QVERIFY(ran.out.contains("quota_spent ")
            && ran.out.contains("The first provider says that the account's quota is used up."));
}

void CrashTestCommandTest::refusesWhatItCannotTest_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("no such case") << QStringList{"--only", "tuesday"} << 2
                                  << QByteArray("--only tuesday: there is no such case");
    QTest::newRow("none at once") << QStringList{"--together", "0"} << 2
                                  << QByteArray("--together takes a number from 1 to 64");
    QTest::newRow("a word") << QStringList{"storm"} << 2 << QByteArray("\"storm\" is no option");
    QTest::newRow("no such option") << QStringList{"--fast"} << 2 << QByteArray("crashtest --help lists the options");
    QTest::newRow("no such file") << QStringList{"--config", "/no/such.json"} << 3
                                  << QByteArray("/no/such.json: error");
    QTest::newRow("no configuration") << QStringList{"--config", QStringLiteral(SOURCE_ROOT "/README.md")} << 3
                                      << QByteArray("README.md: error");
    QTest::newRow("no folder") << QStringList{"--html", "/no/such/folder/r.html"} << 4
                               << QByteArray("--html /no/such/folder/r.html cannot be written");
    QTest::newRow("no name") << QStringList{"--junit", ""} << 4 << QByteArray("--junit takes the name of a file.");
}

void CrashTestCommandTest::refusesWhatItCannotTest()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QByteArray, words);
    const CliProgram cli;
    const auto ran = cli.run(QStringList{"crashtest"} + arguments);
    QVERIFY2(ran.code == code && ran.err.contains(words), ran.said());
    QVERIFY2(ran.out.isEmpty(), ran.out.constData());
}

SUITE_TEST(CrashTestCommandTest)
#include "tst_crashtestcommand.moc"
