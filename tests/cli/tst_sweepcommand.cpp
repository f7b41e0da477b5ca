// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.h"
#include "engine/targets.h"
#include "simulator/scenariofile.h"
#include "simulator/sweep.h"
#include "support/cliprogram.h"
#include "support/suite.h"

#include <QJsonArray>

/// retryscope-cli sweep: what one knob does.
class SweepCommandTest final : public QObject
{
    Q_OBJECT
private slots:
    void saysWhatTheLibrarySays();
    void namesWhatDoesNotMove();
    void refusesWhatItCannotSweep_data();
    void refusesWhatItCannotSweep();
};

void SweepCommandTest::saysWhatTheLibrarySays()
{
    using namespace retryscope;
    const CliProgram cli;
    const auto ran = cli.run({"sweep", "--scenario", "minute-outage", "--set", "max_attempts=1,2", "--replications",
                              "3", "--seed", "7", "--json"});
    QVERIFY2(ran.code == 0, ran.said());
    const QJsonObject said = QJsonDocument::fromJson(ran.out).object();
    QCOMPARE(said["kind"].toString(), QStringLiteral("sweep"));
    QCOMPARE(said["field"].toString(), QStringLiteral("max_attempts"));
    QCOMPARE(said["base"]["value"].toInt(), 4);
    Configuration c;
    c.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:0")));
    const Sweep sweep{*namedScenario(QStringLiteral("minute-outage")),
                      {std::make_shared<const RetryConfig>(), targetsFor(c, {}), false},
                      *sweptFromText(QStringLiteral("max_attempts=1,2")),
                      3,
                      7,
                      0};
    const SweepResult result = run(sweep);
    QCOMPARE(said["digest"].toString(), QString::number(result.digest, 16));
    for (int row = 0; row < 2; ++row) {
        const QJsonObject value = said["values"][row].toObject();
        QCOMPARE(value["value"].toInt(), row + 1);
        for (const Measure m : {Measure::Success, Measure::P99, Measure::Wasted, Measure::Recovery}) {
            const auto &own = result.rows[row].measures[std::size_t(m)];
            const auto &less = result.rows[row].lessBase[std::size_t(m)];
            QCOMPARE(value["measures"][toKey(m)]["mean"].toDouble(), own->mean);
            QCOMPARE(value["measures"][toKey(m)]["half_width_95"].toDouble(-1), own->halfWidth.value_or(-1));
            QCOMPARE(value["less_the_base"][toKey(m)]["mean"].toDouble(), less->mean);
            QCOMPARE(value["less_the_base"][toKey(m)]["none"].toBool(), isNone(*less));
        }
    }
}

void SweepCommandTest::namesWhatDoesNotMove()
{
    const CliProgram cli;
    const auto ran = cli.run({"sweep", "--set", "max_attempts=1,4", "--replications", "3"});
    QVERIFY2(ran.code == 0, ran.said());
    QVERIFY2(ran.out.contains("4 (as it is)") && ran.out.contains("calls answered"), ran.said());
    QVERIFY2(ran.out.contains("No value changes: "), ran.said());
    const auto words = cli.run({"sweep", "--set", "jitter=none,full", "--replications", "2", "--json"});
    QVERIFY2(words.code == 0 && words.out.contains("\"value\":\"none\""), words.said());
    QVERIFY(cli.run({"sweep", "--help"}).out.contains("--set"));
}

void SweepCommandTest::refusesWhatItCannotSweep_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char *name, const QStringList &arguments, int code, const char *words) {
        QTest::newRow(name) << arguments << code << QByteArray(words);
    };
    row("no field", {}, 2, "--set FIELD=VALUE");
    row("two fields", {"--set", "max_attempts=1", "--set", "jitter=none"}, 2, "--set is there 2 times");
    row("unknown", {"--set", "tries=1"}, 2, "There is no field \"tries\"");
    row("out of range", {"--set", "max_attempts=0"}, 2, "from 1 to 20");
    row("empty range", {"--set", "max_attempts=5..1:3"}, 2, "is empty");
    row("huge", {"--set", "base_delay_s=0..1:1000000000"}, 2, "At most 100");
    row("contradiction", {"--set", "base_delay_s=30"}, 2, "Max delay");
    row("replications", {"--set", "max_attempts=1", "--replications", "99999999999"}, 2, "--replications takes");
    row("scenario", {"--set", "max_attempts=1", "--scenario", "tuesday"}, 3, "minute-outage");
    row("file", {"--set", "max_attempts=1", "--config", "/nowhere.json"}, 3, "/nowhere.json");
    row("a word", {"--set", "max_attempts=1", "storm"}, 2, "\"storm\" is no option");
}

void SweepCommandTest::refusesWhatItCannotSweep()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QByteArray, words);
    const CliProgram cli;
    const auto ran = cli.run(QStringList{"sweep"} + arguments);
    QCOMPARE(ran.code, code);
    QVERIFY2(ran.err.contains(words), ran.said());
    QVERIFY(ran.out.isEmpty());
}

SUITE_TEST(SweepCommandTest)
#include "tst_sweepcommand.moc"
