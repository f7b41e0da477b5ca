// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/suite.h"

#include <QJsonArray>

/// retryscope-cli export and import.
class InterchangeCommandsTest final : public QObject
{
    Q_OBJECT
private slots:
    void exportsAndReports();
    void whatWasExportedIsImported();
    void strictWritesNothing();
    void overwritesOnlyByForce();
    void theGuidesCommandsRun();
    void refusesWrongUsage_data();
    void refusesWrongUsage();
};

void InterchangeCommandsTest::exportsAndReports()
{
    const CliProgram cli;
    const auto list = cli.run({"export", "--list"});
    QCOMPARE(list.code, 0);
    QVERIFY(list.out.contains("litellm") && list.out.contains("resilience4j") && list.out.contains("mistral-js"));
    const auto words = cli.run({"export", "--to", "envoy"});
    QVERIFY2(words.code == 0, words.said());
    QVERIFY(words.out.startsWith("# Made by Retryscope ") && words.out.contains("from the defaults"));
    QVERIFY(words.out.contains("num_retries: 3") && !words.out.contains("Not expressible"));
    QVERIFY(words.err.contains("Exact (") && words.err.contains("Approximate (") && words.err.contains("Not expressible ("));
    QCOMPARE(cli.run({"export", "--to", "envoy"}).out, words.out);
    const auto json = cli.run({"export", "--to", "envoy", "--json"});
    const QJsonObject said = QJsonDocument::fromJson(json.out).object();
    QCOMPARE(said["text"].toString().toUtf8(), words.out);
    QCOMPARE(said["losses"].toArray().size(),
             said["exact"].toInt() + said["approximate"].toInt() + said["not_expressible"].toInt());
    QVERIFY(said["not_expressible"].toInt() > 0);
}

void InterchangeCommandsTest::whatWasExportedIsImported()
{
    const CliProgram cli;
    const QString mine =
        cli.write("mine.json", R"({"retry": {"max_attempts": 6, "attempts_per_provider": 6, "deadline_s": 77}, "providers":
        [{"id": "a", "protocol": "openai", "base_url": "https://api.openai.com/v1", "model": "m", "key": "env:MY_KEY"}]})");
    const auto exported = cli.run({"export", "--to", "litellm", "--config", mine, "--output", cli.path("config.yaml")});
    QVERIFY2(exported.code == 0 && exported.out.isEmpty(), exported.said());
    QVERIFY(cli.read(cli.path("config.yaml")).contains("api_key: os.environ/MY_KEY"));
    const auto imported = cli.run({"import", "--from", "litellm", cli.path("config.yaml"), "--output", cli.path("back.json")});
    QVERIFY2(imported.code == 0 && imported.out.isEmpty(), imported.said());
    const auto checked = cli.run({"check", cli.path("back.json")});
    QVERIFY2(checked.code == 0, checked.said());
    const QJsonObject back = QJsonDocument::fromJson(cli.read(cli.path("back.json"))).object();
    QCOMPARE(back["retry"].toObject()["max_attempts"].toInt(), 6);
    QCOMPARE(back["providers"].toArray()[0].toObject()["key"].toString(), QStringLiteral("env:MY_KEY"));
    QVERIFY(back["retry"].toObject()["deadline_s"].toInt() != 77); // which LiteLLM cannot tell
    const auto onto = cli.run({"import", "--from", "litellm", "--config", mine, cli.path("config.yaml")});
    QCOMPARE(QJsonDocument::fromJson(onto.out).object()["retry"].toObject()["deadline_s"].toInt(), 77);
}

void InterchangeCommandsTest::strictWritesNothing()
{
    const CliProgram cli;
    const QString file = cli.path("out.json");
    const auto refused = cli.run({"export", "--to", "polly", "--strict", "--output", file});
    QCOMPARE(refused.code, 3);
    QVERIFY(refused.err.contains("Not expressible (") && refused.err.contains("Nothing was written"));
    QVERIFY(!QFile::exists(file));
    QVERIFY(cli.run({"export", "--to", "polly", "--strict"}).out.isEmpty());
    const auto json = cli.run({"export", "--to", "litellm", "--strict", "--json"});
    QCOMPARE(json.code, 3);
    QVERIFY(!QJsonDocument::fromJson(json.out).object().contains("text"));
}

/// Not even the file that is imported.
void InterchangeCommandsTest::overwritesOnlyByForce()
{
    const CliProgram cli;
    const QString there = cli.write("there.yaml", "model_list: []\n");
    const QStringList toItself{"import", "--from", "litellm", there, "--output", there},
        toFile{"export", "--to", "envoy", "--output", there},
        fit{"fit", "--journal", cli.path("none.jsonl"), "--output", there};
    for (const QStringList &arguments : {toItself, toFile, fit}) {
        const auto refused = cli.run(arguments);
        QVERIFY2(refused.code == 2 && refused.out.isEmpty(), refused.said());
        QVERIFY2(refused.err.contains(
                     "there.yaml is there already. Name a new file with --output, or overwrite it with --force."),
                 refused.said());
        QCOMPARE(cli.read(there), QByteArray("model_list: []\n"));
    }
    const auto imported = cli.run(QStringList(toItself) << "--force");
    QVERIFY2(imported.code == 0 && cli.read(there).startsWith('{'), imported.said());
    const auto exported = cli.run(QStringList(toFile) << "--force");
    QVERIFY2(exported.code == 0 && cli.read(there).startsWith("# Made by Retryscope"), exported.said());
}

/// Every command of docs/interchange.md, one after the other in one folder; and every target has its row there.
void InterchangeCommandsTest::theGuidesCommandsRun()
{
    const CliProgram cli;
    const QByteArray page = cli.read(QStringLiteral(SOURCE_ROOT "/docs/interchange.md"));
    int ran = 0;
    for (const QByteArray &row : page.split('\n')) {
        if (!row.startsWith("retryscope-cli "))
            continue;
        const QString command = QString::fromUtf8(row.mid(15));
        const auto result = cli.shell(QStringLiteral("cd '%1' && CLI %2").arg(cli.path({}), command));
        QVERIFY2(result.code == 0, (row + '\n' + result.said()).constData());
        ++ran;
    }
    QVERIFY(ran >= 6);
    const QByteArray targets = cli.run({"export", "--list"}).out;
    for (const QByteArray &line : targets.trimmed().split('\n'))
        QVERIFY2(page.contains('`' + line.left(line.indexOf(' ')) + '`'), line.constData());
}

void InterchangeCommandsTest::refusesWrongUsage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("no target") << QStringList{"export"} << 2 << QByteArray("--to with one of litellm");
    QTest::newRow("unknown target") << QStringList{"export", "--to", "nginx"} << 2 << QByteArray("\"nginx\" is not known");
    QTest::newRow("a word") << QStringList{"export", "--to", "envoy", "now"} << 2 << QByteArray("\"now\" is no option");
    QTest::newRow("unknown flag") << QStringList{"export", "--to", "envoy", "--hard"} << 2 << QByteArray("hard");
    QTest::newRow("no such configuration") << QStringList{"export", "--to", "envoy", "--config", "/nowhere.json"} << 3
                                           << QByteArray("/nowhere.json");
    QTest::newRow("no such folder") << QStringList{"export", "--to", "envoy", "--output", "/nowhere/x.yaml"} << 4
                                    << QByteArray("/nowhere/x.yaml could not be written");
    QTest::newRow("import without a file") << QStringList{"import", "--from", "envoy"} << 2 << QByteArray("Name one file");
    QTest::newRow("import without a target") << QStringList{"import", "x.yaml"} << 2 << QByteArray("--from with one of");
    QTest::newRow("only written") << QStringList{"import", "--from", "polly-csharp", "x"} << 2 << QByteArray("only written");
    QTest::newRow("no such file") << QStringList{"import", "--from", "envoy", "/nowhere.yaml"} << 3
                                  << QByteArray("/nowhere.yaml cannot be read");
    QTest::newRow("another kind of file") << QStringList{"import", "--from", "portkey", QStringLiteral(SOURCE_ROOT "/README.md")}
                                          << 3 << QByteArray("Not valid JSON");
}

void InterchangeCommandsTest::refusesWrongUsage()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QByteArray, words);
    const CliProgram cli;
    const auto ran = cli.run(arguments);
    QVERIFY2(ran.code == code, ran.said());
    QVERIFY2(ran.err.contains(words), ran.said());
    QVERIFY(ran.out.isEmpty());
}

SUITE_TEST(InterchangeCommandsTest)
#include "tst_interchangecommands.moc"
