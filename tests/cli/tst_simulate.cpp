// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/suite.h"

#include <QJsonArray>

#include <cmath>

/// retryscope-cli simulate: a configuration and a scenario in, what it would do out.
class SimulateTest final : public QObject
{
    Q_OBJECT
private slots:
    void comparesWithNoRetry();
    void theSameSeedPrintsTheSame();
    void readsFiles();
    void whatAFileDoesNotSayIsNotMissed();
    void playsClientsByName();
    void playsThoseThatHedgeAndBalance();
    void tellsOfTasksWhereThereAreSome();
    void saysWhatMoreSlotsWouldGive();
    void interruptedItTellsOfTheDaysThatWere();
    void theLargestSeedIsItself();
    void faultsThatNeverComeAreWarnedOf();
    void agentsThatNeverPauseAreRefused();
    void refusesWhatItCannotPlay_data();
    void refusesWhatItCannotPlay();
};

void SimulateTest::comparesWithNoRetry()
{
    const CliProgram cli;
    const auto ran = cli.run({"simulate", "--scenario", "minute-outage", "--replications", "4", "--json"});
    QVERIFY2(ran.code == 0, ran.said());
    const QJsonObject said = QJsonDocument::fromJson(ran.out).object();
    const QJsonArray policies = said["policies"].toArray();
    QCOMPARE(policies.size(), 3);
    QCOMPARE(policies[0]["policy"].toString(), QStringLiteral("default"));
    QCOMPARE(policies[2]["policy"].toString(), QStringLiteral("no-retry"));
    const auto success = [&](int policy) { return policies[policy]["measures"]["success"]["mean"].toDouble(); };
    QVERIFY(success(0) > 0.999 && success(1) < success(0) && success(2) < success(1));
    QCOMPARE(policies[2]["less_the_first"]["success"]["none"].toBool(true), false);
    QVERIFY(policies[2]["measures"]["attempts_per_call"]["mean"].toDouble() == 1.0);
    const auto words = cli.run({"simulate", "--replications", "2"});
    QVERIFY2(words.out.contains("calls answered") && words.out.contains("95 % interval"), words.said());
}

void SimulateTest::theSameSeedPrintsTheSame()
{
    const CliProgram cli;
    const auto with = [&](const char *seed, const char *threads) {
        return cli
            .run({"simulate", "--scenario", "key-revoked", "--replications", "3", "--json", "--seed", seed, "--threads",
                  threads})
            .out;
    };
    QCOMPARE(with("5", "1"), with("5", "3"));
    QVERIFY(with("5", "1") != with("6", "1"));
}

void SimulateTest::readsFiles()
{
    const CliProgram cli;
    const QString scenario =
        cli.write("s.json", R"({"name": "Mine", "length_s": 60, "workload": {"kind": "agents", "agents": 2}})");
    const QString trace = cli.write("t.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.68,374,44\n"
                                             "2023-11-16 18:15:50.99,396,109\n");
    const QString once =
        cli.write("once.json", R"({"retry": {"max_attempts": 1}, "providers": [{"id": "a", "protocol": "openai",
        "base_url": "https://api.openai.com/v1", "model": "gpt-4o", "key": "env:OPENAI_API_KEY"}]})");
    const auto ran = cli.run({"simulate", "--config", once, "--against", once, "--scenario", scenario, "--trace", trace,
                              "--replications", "2", "--json"});
    QVERIFY2(ran.code == 0, ran.said());
    const QJsonObject said = QJsonDocument::fromJson(ran.out).object();
    QCOMPARE(said["scenario"].toString(), QStringLiteral("Mine"));
    QCOMPARE(said["policies"].toArray().size(), 4);
    QCOMPARE(said["policies"][1]["less_the_first"]["success"]["mean"].toDouble(-1), 0.0);
}

void SimulateTest::whatAFileDoesNotSayIsNotMissed()
{
    const CliProgram cli;
    const auto ran = cli.run({"simulate", "--scenario", cli.write("my day.json", R"({"length_s": 60})"), "--replications", "2"});
    QVERIFY2(ran.code == 0 && ran.out.startsWith("my day\n1:00 of it"), ran.said());
}

/// Each once, with a sentence that says what it is; the two that always stand there are not played twice.
void SimulateTest::playsClientsByName()
{
    const CliProgram cli;
    const QStringList asked{"simulate",        "--against", "aws-standard", "--against",      "sre-adaptive",
                            "--against",       "no-retry",  "--against",    "aws-standard",   "--scenario",
                            "minute-outage",   "--replications", "2"};
    const auto ran = cli.run(asked + QStringList{"--json"});
    QVERIFY2(ran.code == 0, ran.said());
    const QJsonArray policies = QJsonDocument::fromJson(ran.out).object()["policies"].toArray();
    QStringList names;
    for (const auto &policy : policies)
        names << policy.toObject()["policy"].toString();
    QCOMPARE(names, QStringList({"default", "aws-standard", "sre-adaptive", "sdk-default", "no-retry"}));
    QVERIFY(policies[1]["about"].toString().contains(QStringLiteral("14 of 500 tokens")));
    // In its bucket are no retries for all of a minute's calls.
    const auto mean = [&](int policy, const char *measure) {
        return policies[policy]["measures"][QLatin1String(measure)]["mean"].toDouble();
    };
    QVERIFY(mean(1, "attempts_per_call") < mean(3, "attempts_per_call"));
    QVERIFY(mean(1, "attempts_per_call") > 1.0);
    const auto words = cli.run(asked);
    QVERIFY2(words.out.contains("\nsre-adaptive: A plain SDK client that refuses"), words.said());
    QVERIFY(!words.out.contains("no-retry: "));
}

/// A second copy is an attempt more and an earlier tail; who asks the quickest passes a slow provider by.
void SimulateTest::playsThoseThatHedgeAndBalance()
{
    const CliProgram cli;
    const QString two = cli.write("two.json", R"({"providers": [{"id": "a", "protocol": "openai",
        "base_url": "https://a.example/v1", "model": "m", "key": "env:A"}, {"id": "b", "protocol": "openai",
        "base_url": "https://b.example/v1", "model": "m", "key": "env:B"}]})");
    const QString slow = cli.write("slow.json", R"({"length_s": 600, "workload": {"per_second": 4},
        "providers": [{"latency": {"tail_share": 0.04}}, {}],
        "faults": [{"places": [1], "mode": "slow", "factor": 8, "from_s": 200, "length_s": 200}]})");
    const auto ran = cli.run({"simulate", "--config", two, "--against", "hedged-tail", "--against", "peak-ewma",
                              "--scenario", slow, "--replications", "4", "--json"});
    QVERIFY2(ran.code == 0, ran.said());
    const QJsonArray policies = QJsonDocument::fromJson(ran.out).object()["policies"].toArray();
    const auto mean = [&](int policy, const char *measure) {
        return policies[policy]["measures"][QLatin1String(measure)]["mean"].toDouble();
    };
    QCOMPARE(policies[1]["policy"].toString(), QStringLiteral("hedged-tail"));
    QCOMPARE(policies[3]["policy"].toString(), QStringLiteral("sdk-default"));
    QVERIFY2(mean(1, "attempts_per_call") > mean(3, "attempts_per_call") + 0.03, ran.said());
    QVERIFY2(mean(2, "p95_s") < mean(3, "p95_s") / 2, ran.said());
}

void SimulateTest::saysWhatMoreSlotsWouldGive()
{
    const CliProgram cli;
    const auto said = [&cli](const char *scenario) {
        return cli.run({"simulate", "--scenario", scenario, "--replications", "3", "--json"});
    };
    const auto relief = [](const QByteArray &out) {
        return QJsonDocument::fromJson(out).object()["policies"].toArray().at(0)["more_slots"].toObject();
    };
    const auto storm = said("storm");
    const QJsonObject more = relief(storm.out);
    QVERIFY2(!more.isEmpty(), storm.said());
    QCOMPARE(more["max_concurrent"].toInt(), 6);
    QCOMPARE(more["replications"].toInt(), 3);
    QVERIFY(more["share_of_the_time"].toDouble() > 0.5 && more["share_of_the_time"].toDouble() <= 1.0);
    const QJsonObject with = more["with"].toObject();
    QCOMPARE(with["max_concurrent"].toInt(), 24); // 12 are not enough for 17 calls a second of one second each
    QVERIFY(with["slot_wait_s"]["mean"].toDouble() < 0.1 * more["slot_wait_s"]["mean"].toDouble());
    QVERIFY(with["p95_s"]["mean"].toDouble() < more["p95_s"]["mean"].toDouble());
    QVERIFY(more["words"].toString().contains(QStringLiteral("With max_concurrent 24 in place of 6")));
    const auto words = cli.run({"simulate", "--scenario", "storm", "--replications", "3"});
    QVERIFY2(words.out.contains(more["words"].toString().toUtf8()), words.said());
    QVERIFY(relief(said("minute-outage").out).isEmpty());
}

void SimulateTest::tellsOfTasksWhereThereAreSome()
{
    const CliProgram cli;
    const auto played = [&cli](const char *calls, bool json) {
        const QString file = cli.write("hour.json", QByteArray(R"({"length_s": 1200, "workload": {"per_second": 20)")
                                                         + calls + R"(}, "providers": [{"failure_share": 0.01}]})");
        return cli.run(QStringList{"simulate", "--scenario", file, "--replications", "4"}
                       + (json ? QStringList{"--json"} : QStringList{}));
    };
    const auto one = played("", false), many = played(R"(, "calls_a_task": 100)", false);
    QVERIFY2(one.code == 0 && !one.out.contains("tasks"), one.said());
    QVERIFY2(many.code == 0 && many.out.contains("tasks answered whole") && many.out.contains("p50 of whole tasks"),
             many.said());
    const QJsonObject said = QJsonDocument::fromJson(played(R"(, "calls_a_task": 100)", true).out).object();
    const auto last = said["policies"].toArray().last();
    QCOMPARE(last["policy"].toString(), QStringLiteral("no-retry"));
    QVERIFY(std::abs(last["measures"]["whole_tasks"]["mean"].toDouble() - 0.366) < 0.05);
}

void SimulateTest::interruptedItTellsOfTheDaysThatWere()
{
    const CliProgram cli;
    const auto stoppedAfter = [&cli](int ms) {
        QProcess process;
        cli.start(process, {"simulate", "--replications", "10000", "--json"});
        const bool catches = CliProgram::catches(process, SIGINT);
        QTest::qWait(ms);
        kill(pid_t(process.processId()), SIGINT);
        process.closeWriteChannel();
        const auto ran = CliProgram::end(process);
        return catches ? ran : decltype(ran)();
    };
    auto ran = stoppedAfter(1'000);
    for (const int longer : {4'000, 16'000}) { // a slow machine has not played two days by then
        if (!ran.err.contains(" of 10000 days"))
            ran = stoppedAfter(longer);
    }
    QCOMPARE(ran.code, 5);
    QVERIFY2(ran.err.contains(" of 10000 days; this is what those say."), ran.said());
    const QJsonObject said = QJsonDocument::fromJson(ran.out).object();
    QVERIFY2(!said["complete"].toBool(true) && said["replications"].toInt() >= 2, ran.said());
    QCOMPARE(said["policies"][1]["measures"]["success"]["replications"].toInt(), said["replications"].toInt());
}

void SimulateTest::theLargestSeedIsItself()
{
    const CliProgram cli;
    const auto seedOf = [&cli](const char *seed) {
        const auto ran = cli.run({"simulate", "--replications", "2", "--json", "--seed", seed});
        return QJsonDocument::fromJson(ran.out).object().value(QLatin1String("seed"));
    };
    QCOMPARE(seedOf("18446744073709551615").toString(), QStringLiteral("18446744073709551615"));
    QCOMPARE(seedOf("7").toInt(), 7);
}

void SimulateTest::faultsThatNeverComeAreWarnedOf()
{
    const CliProgram cli;
    const QString trace = cli.write("t.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.68,374,44\n"
                                             "2023-11-16 18:15:50.99,396,109\n");
    const auto late =
        cli.run({"simulate", "--replications", "2", "--scenario",
                 cli.write("late.json", R"({"length_s": 60, "faults": [{"from_s": 60, "length_s": 5}]})")});
    QVERIFY2(late.code == 0 && late.err.contains("faults[0].from_s: The day is over after 60 s"), late.said());
    QVERIFY2(late.out.contains("no fault ends"), late.said());
    const auto traced = cli.run({"simulate", "--replications", "2", "--trace", trace});
    QVERIFY2(traced.code == 0 && traced.err.contains("a fault of the scenario") && traced.err.contains("never comes"),
             traced.said());
    const auto json = cli.run({"simulate", "--replications", "2", "--trace", trace, "--json"});
    const QJsonObject said = QJsonDocument::fromJson(json.out).object();
    QVERIFY2(said["policies"][0]["measures"]["recovery_s"]["none"].toBool(), json.said());
}

/// They make 50 calls a second each at most: more agents than can be played are counted before, or as they call.
void SimulateTest::agentsThatNeverPauseAreRefused()
{
    const CliProgram cli;
    const auto ran =
        cli.run({"simulate", "--replications", "2", "--scenario",
                 cli.write("busy.json",
                           R"({"length_s": 600, "workload": {"kind": "agents", "agents": 100000, "think_s": 0}})")});
    QCOMPARE(ran.code, 3);
    QVERIFY2(ran.err.contains("million"), ran.said());
}

void SimulateTest::refusesWhatItCannotPlay_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("no such scenario") << QStringList{"--scenario", "tuesday"} << 3 << QByteArray("minute-outage");
    QTest::newRow("one replication") << QStringList{"--replications", "1"} << 2 << QByteArray("--replications takes");
    QTest::newRow("no scenario") << QStringList{"--scenario", QStringLiteral(SOURCE_ROOT "/README.md")} << 3
                                 << QByteArray("README.md: error: This is no scenario");
    QTest::newRow("a word") << QStringList{"storm"} << 2 << QByteArray("\"storm\" is no option");
    QTest::newRow("a seed") << QStringList{"--seed", "luck"} << 2 << QByteArray("--seed");
    QTest::newRow("no such file") << QStringList{"--config", "/nowhere.json"} << 3 << QByteArray("/nowhere.json");
    QTest::newRow("a trace") << QStringList{"--trace", "/nowhere.csv"} << 3 << QByteArray("/nowhere.csv");
}

void SimulateTest::refusesWhatItCannotPlay()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QByteArray, words);
    const CliProgram cli;
    const auto ran = cli.run(QStringList{"simulate"} + arguments);
    QCOMPARE(ran.code, code);
    QVERIFY2(ran.err.contains(words), ran.said());
    QVERIFY(ran.out.isEmpty());
}

SUITE_TEST(SimulateTest)
#include "tst_simulate.moc"
