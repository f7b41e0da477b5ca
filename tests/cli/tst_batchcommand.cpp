// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.h"
#include "sandbox/sandbox.h"
#include "support/cliprogram.h"
#include "support/suite.h"

#include <QJsonArray>

using namespace retryscope;

/// retryscope-cli batch: a file of prompts in; rows, a summary, files and an exit code out.
class BatchCommandTest final : public QObject
{
    Q_OBJECT
private slots:
    void promptsAreSentAndSummedUp();
    void aFailedCallIsAnExitCode();
    void everyFormatIsWritten();
    void jsonLinesComeAsTheCallsEnd();
    void textsAreWrittenWhereTheyAreAskedFor();
    void badLinesStopItBeforeAnythingIsSent();
    void standardInputIsAFileToo();
    void theCeilingEndsIt();
    void anUnknownPriceMustBeAccepted();
    void keepsWhatCameWhenStopped();
    void itsCallsAreInTheHistory();
    void refusesWhatItCannotDo_data();
    void refusesWhatItCannotDo();

private:
    static QByteArray many(int n)
    {
        QByteArray lines;
        for (int i = 0; i < n; ++i)
            lines += "{\"prompt\": \"Say secretword " + QByteArray::number(i) + "\", \"id\": \"p"
                     + QByteArray::number(i) + "\", \"max_tokens\": 10}\n";
        return lines;
    }
    static QList<QJsonObject> objects(const QByteArray &out)
    {
        QList<QJsonObject> all;
        for (const QByteArray &line : out.split('\n')) {
            if (!line.isEmpty())
                all << QJsonDocument::fromJson(line).object();
        }
        return all;
    }
    /// A provider like any real one, but at the sandbox.
    static QByteArray paidProvider(quint16 port, const char *model)
    {
        const ProviderConfig like = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(port))).first();
        return "{\"history\": \"off\", \"providers\": [{\"id\": \"paid\", \"protocol\": \"openai\", \"base_url\": \""
               + like.baseUrl.toEncoded() + "\", \"model\": \"" + model + "\"}], \"retry\": {\"max_attempts\": 2}}";
    }
};

void BatchCommandTest::promptsAreSentAndSummedUp()
{
    const CliProgram cli;
    const auto ran = cli.run({"batch", cli.write("p.jsonl", many(5)), "--runs", "3", "--concurrency", "5"});
    QVERIFY2(ran.code == 0, ran.said().constData());
    QVERIFY(ran.out.startsWith("All 15 calls ended in "));
    QVERIFY2(ran.out.contains("Served            100 %"), ran.out.constData());
    QVERIFY(ran.err.contains("15 calls, up to 60 requests. Simulated: nothing is charged."));
    QVERIFY(!ran.said().contains("secretword"));
}

void BatchCommandTest::aFailedCallIsAnExitCode()
{
    const CliProgram cli;
    const auto ran = cli.run({"batch", cli.write("p.jsonl", many(4)), "--provider", "openai", "--concurrency", "1",
                              "--fault", "openai=content_filter,count=1"});
    QVERIFY2(ran.code == 1, ran.said().constData());
    QVERIFY2(ran.out.contains("Failed            1"), ran.out.constData());
    QVERIFY2(ran.out.contains("Call 1 (line 1): ✗ Content refused, OpenAI: "), ran.out.constData()); // people read names
}

void BatchCommandTest::everyFormatIsWritten()
{
    const CliProgram cli;
    const QString prompts = cli.write("p.csv", "id,prompt\n=1,\"a, b\"\nx,two\n");
    for (const char *format : {"csv", "json", "html"}) {
        const QString file = cli.path(QStringLiteral("rows.") + QLatin1String(format));
        const auto ran = cli.run({"batch", prompts, "--output", file, "--max-tokens", "5"});
        QVERIFY2(ran.code == 0, ran.said().constData());
        QVERIFY(ran.out.startsWith("All 2 calls ended"));
        const auto direct = cli.run({"batch", prompts, "--format", QLatin1String(format), "--max-tokens", "5"});
        QCOMPARE(direct.code, 0);
        for (const QByteArray &bytes : {cli.read(file), direct.out}) {
            QVERIFY2(bytes.contains("first_try") || bytes.contains("First choice"), bytes.constData());
            QVERIFY(!bytes.contains("a, b") && !bytes.contains("simulated model"));
        }
        QVERIFY(direct.err.contains("All 2 calls ended"));
    }
    QVERIFY(cli.read(cli.path("rows.csv")).contains(",'=1,"));
    QCOMPARE(QJsonDocument::fromJson(cli.read(cli.path("rows.json")))["rows"].toArray().size(), 2);
    QVERIFY(cli.read(cli.path("rows.html")).startsWith("<!DOCTYPE html>"));
}

void BatchCommandTest::jsonLinesComeAsTheCallsEnd()
{
    const CliProgram cli;
    const auto ran = cli.run({"batch", cli.write("p.jsonl", many(6)), "--json"});
    QCOMPARE(ran.code, 0);
    const auto all = objects(ran.out);
    QCOMPARE(all.size(), 7);
    QCOMPARE(all.last()["kind"].toString(), QStringLiteral("batch"));
    QCOMPARE(all.last()["served"].toInt(), 6);
    QCOMPARE(all.last()["success_share"].toDouble(), 1.0);
    double cost = 0;
    QStringList ids;
    for (const QJsonObject &row : all.mid(0, 6)) {
        QCOMPARE(row["kind"].toString(), QStringLiteral("row"));
        QVERIFY(row["duration_s"].toDouble() >= row["ttft_s"].toDouble());
        cost += row["cost_usd"].toDouble();
        ids << row["id"].toString();
    }
    QVERIFY(std::abs(cost - all.last()["cost_usd"].toDouble()) < 1e-12);
    ids.sort();
    QCOMPARE(ids.join(QLatin1Char(' ')), QStringLiteral("p0 p1 p2 p3 p4 p5"));
}

void BatchCommandTest::textsAreWrittenWhereTheyAreAskedFor()
{
    const CliProgram cli;
    const auto ran = cli.run({"batch", cli.write("p.jsonl", many(1)), "--format", "csv", "--with-texts"});
    QCOMPARE(ran.code, 0);
    QVERIFY2(ran.out.contains("Say secretword 0,"), ran.out.constData());
}

void BatchCommandTest::badLinesStopItBeforeAnythingIsSent()
{
    const CliProgram cli;
    const QString file = cli.write("p.jsonl", "\"good\"\n{bad\n[1]\n");
    const auto ran = cli.run({"batch", file});
    QCOMPARE(ran.code, 2);
    QVERIFY2(ran.err.contains("p.jsonl: Line 2: not valid JSON") && ran.err.contains("p.jsonl: Line 3: a list."),
             ran.err.constData());
    QVERIFY(ran.out.isEmpty() && !QFile::exists(cli.data("history.sqlite")));
    const auto others = cli.run({"batch", file, "--skip-bad-lines"});
    QCOMPARE(others.code, 0);
    QVERIFY(others.out.startsWith("1 call ended in "));
}

void BatchCommandTest::standardInputIsAFileToo()
{
    const CliProgram cli;
    const auto ran = cli.run({"batch", "-", "--max-tokens", "5"}, "What is a retry?\nAnd a failover?\n");
    QVERIFY2(ran.code == 0, ran.said().constData());
    QVERIFY(ran.out.startsWith("All 2 calls ended"));
}

void BatchCommandTest::theCeilingEndsIt()
{
    const CliProgram cli;
    Sandbox sandbox;
    const auto port = sandbox.start();
    QVERIFY(port);
    const QString configuration = cli.write("c.json", paidProvider(*port, "gpt-4o-mini"));
    const QString prompts = cli.write("p.jsonl", many(60)), out = cli.path("rows.json");
    // A call: at most two attempts with some hundred tokens in at $0.15 and ten out at $0.60 a million.
    const auto ran = cli.run({"batch", prompts, "--config", configuration, "--max-cost", "0.0002", "--output", out});
    QVERIFY2(ran.code == 5, ran.said().constData());
    QVERIFY2(ran.err.contains("60 calls, up to 120 requests: about $") && ran.err.contains("Stops at $0.0002."),
             ran.err.constData());
    QVERIFY(ran.out.startsWith("Stopped at the ceiling of $0.0002 after "));
    const QJsonObject report = QJsonDocument::fromJson(cli.read(out)).object();
    QCOMPARE(report["end"].toString(), QStringLiteral("ceiling"));
    QVERIFY(report["spent_usd"].toDouble() > 0 && report["spent_usd"].toDouble() <= 0.0002);
    const int rows = int(report["rows"].toArray().size());
    QVERIFY(rows > 1 && rows < 60);
    const auto none = cli.run({"batch", prompts, "--config", configuration, "--max-cost", "0.00000001"});
    QCOMPARE(none.code, 2);
    QVERIFY2(none.err.contains("One call alone may cost") && none.out.isEmpty(), none.said().constData());
}

void BatchCommandTest::anUnknownPriceMustBeAccepted()
{
    const CliProgram cli;
    Sandbox sandbox;
    const auto port = sandbox.start();
    QVERIFY(port);
    const QString configuration = cli.write("c.json", paidProvider(*port, "my-own-model"));
    const QString prompts = cli.write("p.jsonl", many(2));
    const auto refused = cli.run({"batch", prompts, "--config", configuration});
    QCOMPARE(refused.code, 2);
    QVERIFY2(refused.err.contains("price unknown: paid (my-own-model)")
                 && refused.err.contains("--accept-unknown-cost"),
             refused.err.constData());
    const auto accepted = cli.run({"batch", prompts, "--config", configuration, "--accept-unknown-cost"});
    QVERIFY2(accepted.code == 0, accepted.said().constData());
    QVERIFY2(accepted.out.contains("$0.00 + 2 unknown"), accepted.out.constData());
    QCOMPARE(cli.run({"batch", prompts, "--config", configuration, "--max-cost", "none"}).code, 0);
}

void BatchCommandTest::keepsWhatCameWhenStopped()
{
    const CliProgram cli;
    const QString out = cli.path("rows.csv");
    QProcess process;
    cli.start(process, {"batch", cli.write("p.jsonl", many(200)), "--json", "--spacing", "20ms", "--output", out});
    QVERIFY(CliProgram::catches(process, SIGINT));
    QByteArray came;
    QVERIFY(QTest::qWaitFor(
        [&] {
            came += process.readAllStandardOutput();
            return came.count('\n') >= 3;
        },
        30'000));
    ::kill(pid_t(process.processId()), SIGINT);
    const auto ran = cli.end(process);
    came += ran.out;
    QVERIFY2(ran.code == 5, ran.err.constData());
    const auto all = objects(came);
    QCOMPARE(all.last()["end"].toString(), QStringLiteral("stopped"));
    const int ended = all.last()["ended"].toInt();
    QVERIFY(ended >= 3 && ended < 200);
    QCOMPARE(all.size(), ended + 1);
    QCOMPARE(cli.read(out).count('\n'), ended + 1); // the header and a row a call
}

void BatchCommandTest::itsCallsAreInTheHistory()
{
    const CliProgram cli;
    QCOMPARE(cli.run({"batch", cli.write("p.jsonl", many(3))}).code, 0);
    const auto ran = cli.run({"calls", "--json"});
    QCOMPARE(objects(ran.out).size(), 3);
}

void BatchCommandTest::refusesWhatItCannotDo_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char *name, const QStringList &arguments, int code, const char *words) {
        QTest::newRow(name) << (QStringList{"batch"} + arguments) << code << QByteArray(words);
    };
    row("no file", {}, 2, "takes one FILE");
    row("two files", {"a", "b"}, 2, "takes one FILE");
    row("missing", {"/no/such/file.jsonl"}, 4, "cannot be read");
    row("runs", {"GOOD", "--runs", "0"}, 2, "--runs takes");
    row("too many", {"GOOD", "--runs", "15000"}, 2, "20000 calls");
    row("concurrency", {"GOOD", "--concurrency", "9999"}, 2, "--concurrency");
    row("spacing", {"GOOD", "--spacing", "soon"}, 2, "--spacing takes");
    row("cost", {"GOOD", "--max-cost", "much"}, 2, "--max-cost takes");
    row("format", {"GOOD", "--format", "xml"}, 2, "--format takes csv, json or html");
    row("ending", {"GOOD", "--output", "x.xml"}, 2, "the ending of x.xml is none of them");
    row("both", {"GOOD", "--json", "--format", "csv"}, 2, "--output");
    row("folder", {"GOOD", "--output", "/no/such/folder/x.csv"}, 4, "cannot be written");
    row("provider", {"GOOD", "--provider", "nobody"}, 2, "\"nobody\" is no enabled provider");
    row("chain", {"GOOD", "--provider", "openai", "--chain", "openai"}, 2, "exclude each other");
    row("fault", {"GOOD", "--fault", "x"}, 2, "--fault");
    row("configuration", {"GOOD", "--config", "/no/such"}, 3, "/no/such");
}

void BatchCommandTest::refusesWhatItCannotDo()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QByteArray, words);
    const CliProgram cli;
    const QString good = cli.write("good.jsonl", many(2));
    arguments.replaceInStrings(QStringLiteral("GOOD"), good);
    const auto ran = cli.run(arguments);
    QVERIFY2(ran.code == code && ran.err.contains(words), ran.said().constData());
    QVERIFY(ran.out.isEmpty());
}

SUITE_TEST(BatchCommandTest)
#include "tst_batchcommand.moc"
