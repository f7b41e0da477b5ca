// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.h"
#include "engine/targets.h"
#include "simulator/certificate.h"
#include "simulator/recommendation.h"
#include "simulator/scenariofile.h"
#include "support/cliprogram.h"
#include "support/suite.h"

#include <QJsonArray>

/// retryscope-cli certify and recommend: the same as the library says, and files that load.
class RecommendCommandTest final : public QObject
{
    Q_OBJECT
private slots:
    void certifiesAsTheLibraryDoes();
    void recommendsAsTheLibraryDoes();
    void writesAConfigurationThatLoads();
    void interruptedItShowsWhatItFound();
    void stoppedAtOnceItWritesNothing();
    void refusesWhatItCannotDo_data();
    void refusesWhatItCannotDo();

private:
    static QString day(const CliProgram &cli);
    static QString configuration(const CliProgram &cli);
};

QString RecommendCommandTest::day(const CliProgram &cli)
{
    return cli.write("day.json", R"({"name": "One in four", "length_s": 60, "workload": {"per_second": 0.8},
        "providers": [{"failure_share": 0.25}, {}]})");
}

QString RecommendCommandTest::configuration(const CliProgram &cli)
{
    return cli.write("mine.json", R"({"retry": {"max_attempts": 1, "attempts_per_provider": 1}, "note": "kept",
        "providers": [{"id": "a", "protocol": "openai", "base_url": "https://api.openai.com/v1", "model": "gpt-4o",
        "key": "env:OPENAI_API_KEY"}, {"id": "b", "protocol": "mistral", "base_url": "https://api.mistral.ai/v1",
        "model": "mistral-small-latest", "key": "env:MISTRAL_API_KEY"}]})");
}

void RecommendCommandTest::certifiesAsTheLibraryDoes()
{
    using namespace retryscope;
    const CliProgram cli;
    const QStringList arguments{"certify", "--machines",     "2", "--service", "1s", "--stall", "2s", "--calls",
                                "500",     "--replications", "2", "--seed",    "3"};
    const auto ran = cli.run(arguments + QStringList{"--json"});
    QVERIFY2(ran.code == 0, ran.said());
    const QJsonObject said = QJsonDocument::fromJson(ran.out).object();
    Configuration c;
    c.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:0")));
    CertificateQuestion question;
    question.policy = {std::make_shared<const RetryConfig>(), targetsFor(c, {}), false};
    question.capacity = {2, 1s};
    question.stall = 2s;
    question.calls = 500;
    question.replications = 2;
    question.seed = 3;
    const Certificate certificate = certify(question);
    QCOMPARE(said["safe_load"]["played"]["mean"].toDouble(), certificate.safeLoad.value->mean);
    QCOMPARE(said["safe_load"]["formula"]["per_second"].toDouble(), *certificate.formulas.safeLoad);
    QCOMPARE(said["safe_load"]["formula"]["bound"].toString(), QStringLiteral("machines"));
    QCOMPARE(said["recovery"]["played"]["mean"].toDouble(), certificate.recovery.value->mean);
    QVERIFY(said["storm_free"].toBool() && said["trigger"]["formula"]["never"].toBool());
    QVERIFY(said["sentences"].toArray().size() >= 4);
    const auto words = cli.run(arguments);
    QVERIFY2(words.code == 0 && words.out.contains("Largest safe load: 2.00 calls a second by formula"), words.said());
}

void RecommendCommandTest::recommendsAsTheLibraryDoes()
{
    using namespace retryscope;
    const CliProgram cli;
    const QString file = configuration(cli), scenario = day(cli);
    const auto ran = cli.run({"recommend", "--config", file, "--scenario", scenario, "--held-out", scenario,
                              "--candidates", "8", "--replications", "2", "--json"});
    QVERIFY2(ran.code == 0, ran.said());
    const QJsonObject said = QJsonDocument::fromJson(ran.out).object();
    const Configuration c = loadConfiguration(file).configuration;
    RecommendationTask task;
    task.current = {std::make_shared<const RetryConfig>(c.retry), targetsFor(c, {}), false};
    task.scenarios = task.heldOut = {scenarioFromJson(cli.read(scenario)).scenario};
    task.candidates = 8;
    task.replications = 2;
    const Recommendation r = recommend(task);
    QVERIFY(said["complete"].toBool());
    QCOMPARE(said["chosen"].toInt(), r.chosen);
    QCOMPARE(said["runs"].toInt(), int(r.runs));
    QCOMPARE(said["front"].toArray().size(), r.front.size());
    QCOMPARE(said["front"][r.chosen]["retry"].toObject(), toJson(r.front[r.chosen].config));
    QCOMPARE(said["less_yours"]["success"]["mean"].toDouble(), r.less[0]->mean);
    QCOMPARE(said["checks"][1]["held_out"].toBool(), true);
    QCOMPARE(said["checks"][1]["chosen"]["p99_s"]["mean"].toDouble(), r.checks[1].chosen[1]->mean);
}

void RecommendCommandTest::writesAConfigurationThatLoads()
{
    const CliProgram cli;
    const QString file = configuration(cli), chosen = cli.path("chosen.json");
    const QStringList arguments{"recommend",  "--config",    file,           "--scenario", day(cli),
                                "--held-out", "cut-streams", "--candidates", "8",          "--replications",
                                "2",          "--write",     chosen};
    const auto ran = cli.run(arguments);
    QVERIFY2(ran.code == 0, ran.said());
    QVERIFY2(ran.out.contains("Change ") && ran.out.contains("chosen"), ran.said());
    const retryscope::LoadedConfiguration loaded = retryscope::loadConfiguration(chosen);
    const retryscope::LoadedConfiguration mine = retryscope::loadConfiguration(file);
    QVERIFY(loaded.configuration.retry.maxAttempts > 1);
    QVERIFY(loaded.configuration.providers == mine.configuration.providers);
    QCOMPARE(loaded.issues, mine.issues); // of the key that is not known, and is kept
    QVERIFY(cli.read(chosen).contains("\"kept\""));
    const auto again = cli.run(arguments); // nothing that is there is overwritten
    QCOMPARE(again.code, 2);
    QVERIFY2(again.err.contains("is there already"), again.said());
    const auto plain = cli.path("plain.json");
    QCOMPARE(cli.run({"recommend", "--scenario", day(cli), "--held-out", "cut-streams", "--candidates", "2",
                      "--replications", "2", "--write", plain})
                 .code,
             0);
    QVERIFY(retryscope::loadConfiguration(plain).issues.isEmpty());
}

void RecommendCommandTest::interruptedItShowsWhatItFound()
{
    const CliProgram cli;
    QProcess process;
    cli.start(process, {"recommend", "--config", configuration(cli), "--scenario", day(cli), "--candidates", "400",
                        "--replications", "40", "--json"});
    QByteArray told;
    QVERIFY(QTest::qWaitFor([&] { return (told += process.readAllStandardError()).contains(" left"); }, 20'000));
    kill(pid_t(process.processId()), SIGINT);
    process.closeWriteChannel();
    const auto ran = CliProgram::end(process);
    QCOMPARE(ran.code, 5);
    const QJsonObject said = QJsonDocument::fromJson(ran.out).object();
    QVERIFY2(!said["complete"].toBool(true) && said["chosen"].toInt(-1) >= 0, ran.said());
    QVERIFY(said["sentences"][0].toString().startsWith(QStringLiteral("It was stopped")));
    QVERIFY2(told.contains("Screening: ") || told.contains("Comparing the better ones: "), told); // whatever is quick
}

/// Nothing was found: no file, and it says so.
void RecommendCommandTest::stoppedAtOnceItWritesNothing()
{
    const CliProgram cli;
    const QString long_ = cli.write("long.json", R"({"length_s": 604800, "workload": {"per_second": 20}})");
    const QString chosen = cli.path("chosen.json");
    const auto stopped = [&](const QStringList &arguments) {
        QProcess process;
        cli.start(process, arguments);
        if (!CliProgram::catches(process, SIGINT))
            qWarning("it does not listen");
        kill(pid_t(process.processId()), SIGINT);
        process.closeWriteChannel();
        return CliProgram::end(process);
    };
    const auto searched = stopped({"recommend", "--scenario", long_, "--held-out", "cut-streams", "--write", chosen});
    QCOMPARE(searched.code, 5);
    QVERIFY2(searched.err.contains("chosen.json was not written") && !QFile::exists(chosen), searched.said());
    const auto certified = stopped({"certify", "--machines", "500", "--calls", "1000000"});
    QCOMPARE(certified.code, 5);
    QVERIFY2(certified.err.contains("The certificate was stopped after "), certified.said());
    const auto played = stopped({"simulate", "--scenario", long_});
    QCOMPARE(played.code, 5);
    QVERIFY2(played.err.contains("It was stopped after 0 of 20 days, which are too few"), played.said());
    const auto swept = stopped({"sweep", "--scenario", long_, "--set", "max_attempts=1,2"});
    QCOMPARE(swept.code, 5);
    QVERIFY2(swept.err.contains("It was stopped after 0 of 20 days"), swept.said());
}

void RecommendCommandTest::refusesWhatItCannotDo_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char *name, const QStringList &arguments, int code, const char *words) {
        QTest::newRow(name) << arguments << code << QByteArray(words);
    };
    row("no machine", {"certify", "--machines", "0"}, 2, "--machines takes a number from 1 to 10000");
    row("too many machines", {"certify", "--machines", "99999999999"}, 2, "--machines takes");
    row("a service", {"certify", "--service", "quick"}, 2, "--service takes a time");
    row("a service of nothing", {"certify", "--service", "0"}, 2, "--service takes a time");
    row("an endless stall", {"certify", "--stall", "11min"}, 2, "--stall takes a time");
    row("a day without calls", {"certify", "--calls", "0"}, 2, "--calls takes a number from 100");
    row("a load", {"certify", "--load", "nan"}, 2, "--load takes calls a second");
    row("certify a word", {"certify", "storm"}, 2, "\"storm\" is no option");
    row("certify no file", {"certify", "--config", "/nowhere.json"}, 3, "/nowhere.json");
    row("certify replications", {"certify", "--replications", "1"}, 2, "--replications takes");
    row("candidates", {"recommend", "--candidates", "2001"}, 2, "--candidates takes a number from 1 to 2000");
    row("a scenario", {"recommend", "--scenario", "tuesday"}, 3, "minute-outage");
    row("held out", {"recommend", "--held-out", "tuesday"}, 3, "minute-outage");
    row("no folder", {"recommend", "--write", "/nowhere/chosen.json"}, 2, "there is no folder /nowhere");
    row("recommend a word", {"recommend", "more"}, 2, "\"more\" is no option");
    row("recommend no file", {"recommend", "--config", "/nowhere.json"}, 3, "/nowhere.json");
    row("recommend a seed", {"recommend", "--seed", "x"}, 2, "--seed");
}

void RecommendCommandTest::refusesWhatItCannotDo()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QByteArray, words);
    const CliProgram cli;
    const auto ran = cli.run(arguments);
    QCOMPARE(ran.code, code);
    QVERIFY2(ran.err.contains(words), ran.said());
    QVERIFY(ran.out.isEmpty());
    const auto help = cli.run({arguments.first(), "--help"});
    QVERIFY(help.code == 0 && help.out.contains("--config"));
}

SUITE_TEST(RecommendCommandTest)
#include "tst_recommend.moc"
