// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/suite.h"

#include "telemetry/event.h"

#include <QJsonArray>

using namespace retryscope;

namespace {

/// Calls to "a" a second apart; those of `failing` met a 500 and were given up.
QByteArray journalOf(int calls, const QVector<int> &failing)
{
    QByteArray journal;
    quint64 seq = 0;
    const WallTime start{std::chrono::milliseconds(1'790'000'000'000)};
    for (int i = 1; i <= calls; ++i) {
        const bool fails = failing.contains(i);
        const auto add = [&](EventKind kind, Duration after, const std::function<void(Event &)> &fill) {
            Event e;
            e.run = 7;
            e.seq = ++seq;
            e.kind = kind;
            e.call = CallId{quint64(i)};
            e.wall = start + std::chrono::duration_cast<WallTime::duration>(i * 1s + after);
            e.provider = QStringLiteral("a");
            fill(e);
            journal += toJsonLine(e) + '\n';
        };
        add(EventKind::CallSubmitted, 0ms, [](Event &) {});
        add(EventKind::AttemptStarted, 0ms, [](Event &e) { e.attempt = 1; });
        add(EventKind::AttemptFinished, 100ms, [&](Event &e) {
            e.attempt = 1;
            e.duration = 100ms;
            e.reason = fails ? RetryReason::ServerError : RetryReason::None;
        });
        add(EventKind::CallFinished, 100ms, [&](Event &e) {
            e.duration = 100ms;
            e.reason = fails ? RetryReason::ServerError : RetryReason::None;
            e.outcome = fails ? CallOutcome::Failed : CallOutcome::FirstTry;
            e.rule = fails ? QStringLiteral("max attempts reached") : QStringLiteral("answered");
        });
    }
    return journal;
}

/// One provider "a", with this policy.
QByteArray configurationWith(const char *retry)
{
    return QByteArray("{\"retry\": ") + retry
           + ", \"providers\": [{\"id\": \"a\", \"protocol\": \"openai\", \"model\": \"gpt-4o\", \"base_url\": "
             "\"https://api.openai.com/v1\", \"key\": \"env:OPENAI_API_KEY\"}]}";
}
const QByteArray once = configurationWith("{\"max_attempts\": 1}");
const QByteArray again = configurationWith(
    "{\"max_attempts\": 4, \"attempts_per_provider\": 4, \"jitter\": \"none\", \"base_delay_s\": 1}");

} // namespace

/// retryscope-cli replay: the past and another configuration in, what would have become of it out.
class ReplayTest final : public QObject
{
    Q_OBJECT
private slots:
    void sameConfigurationSameStory();
    void saysWhatMadeTheDifference();
    void fitsAScenarioThatCanBePlayed();
    void refusesWhatItCannotPlay_data();
    void refusesWhatItCannotPlay();
};

void ReplayTest::sameConfigurationSameStory()
{
    const CliProgram cli;
    const QString journal = cli.write("j.jsonl", journalOf(20, {5, 6})), config = cli.write("once.json", once);
    const auto ran = cli.run({"replay", "--journal", qPrintable(journal), "--config", qPrintable(config), "--since",
                              "2020-01-01T00:00", "--json", "--replications", "3"});
    QVERIFY2(ran.code == 0, ran.said());
    const QJsonObject said = QJsonDocument::fromJson(ran.out).object(), policy = said["policies"][0].toObject();
    QCOMPARE(said["calls"].toInt(), 20);
    QCOMPARE(said["actual"]["success"].toDouble(), 0.9);
    QCOMPARE(policy["measures"]["success"]["mean"].toDouble(), 0.9);
    QCOMPARE(policy["assumed_share"]["mean"].toDouble(1), 0.0);
    QCOMPARE(policy["saved"].toDouble(1) + policy["lost"].toDouble(1), 0.0);
}

void ReplayTest::saysWhatMadeTheDifference()
{
    const CliProgram cli;
    const QString journal = cli.write("j.jsonl", journalOf(20, {5, 6})), config = cli.write("again.json", again);
    const QStringList arguments{"replay", "--journal", journal, "--config", config, "--since", "2020-01-01T00:00"};
    const auto ran = cli.run(arguments + QStringList{"--json"});
    QVERIFY2(ran.code == 0, ran.said());
    const QJsonObject policy = QJsonDocument::fromJson(ran.out).object()["policies"][0].toObject();
    QCOMPARE(policy["saved"].toDouble(), 2.0); // the next call's moment was a good one
    QCOMPARE(policy["saved_from"]["max attempts reached"].toDouble(), 2.0);
    const auto words = cli.run(arguments);
    QVERIFY2(words.out.contains("answers 2 calls that had failed. What had ended them: \"max attempts reached\" 2."),
             words.said());
}

void ReplayTest::fitsAScenarioThatCanBePlayed()
{
    const CliProgram cli;
    const QString journal = cli.write("j.jsonl", journalOf(60, {20, 21, 22, 23})), config = cli.write("once.json", once),
                  day = cli.path("day.json");
    const auto ran = cli.run(
        {"fit", "--journal", journal, "--config", config, "--since", "2020-01-01T00:00", "--output", day});
    QVERIFY2(ran.code == 0 && ran.out.isEmpty(), ran.said());
    QVERIFY2(ran.err.contains("60 calls") && ran.err.contains("server_error") && ran.err.contains("fitted, and played"),
             ran.said());
    const QJsonObject scenario = QJsonDocument::fromJson(cli.read(day)).object(), fault = scenario["faults"][0].toObject();
    QCOMPARE(fault["mode"].toString(), QStringLiteral("server_error"));
    QCOMPARE(fault["from_s"].toDouble(), 19.0);
    QCOMPARE(fault["length_s"].toDouble(), 4.0);
    const auto played = cli.run({"simulate", "--scenario", day, "--config", config, "--replications", "4", "--json"});
    QVERIFY2(played.code == 0, played.said());
    const double success = QJsonDocument::fromJson(played.out).object()["policies"][0]["measures"]["success"]["mean"].toDouble();
    QVERIFY2(success > 0.85 && success < 0.99, played.said());
}

void ReplayTest::refusesWhatItCannotPlay_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("no journal") << QStringList{"--journal", "/nowhere/j.jsonl"} << QByteArray("/nowhere/j.jsonl");
    QTest::newRow("no time") << QStringList{"--since", "yesterday"} << QByteArray("--since and --until take");
    QTest::newRow("the wrong way round") << QStringList{"--since", "1h", "--until", "2h"} << QByteArray("the earlier one");
    QTest::newRow("a word") << QStringList{"now"} << QByteArray("\"now\" is no option");
    QTest::newRow("no configuration") << QStringList{"--config", "/nowhere/c.json"} << QByteArray("/nowhere/c.json");
    QTest::newRow("too often") << QStringList{"--replications", "-1"} << QByteArray("--replications takes");
}

void ReplayTest::refusesWhatItCannotPlay()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, says);
    const CliProgram cli;
    const auto ran = cli.run(QStringList{"replay"} + arguments);
    QVERIFY2(ran.code != 0 && ran.err.contains(says), ran.said());
    QVERIFY(ran.out.isEmpty());
}

SUITE_TEST(ReplayTest)
#include "tst_replay.moc"
