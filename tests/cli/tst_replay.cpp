// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/historysamples.h"
#include "support/incidentstory.h"
#include "support/suite.h"

#include "base/systemclock.h"
#include "history/historyarchive.h"
#include "replay/pastincidents.h"
#include "replay/replay.h"
#include "replay/simulatedpolicy.h"
#include "words/forecastwords.h"
#include "words/incidentreplaywords.h"

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

WallTime anHourAgo() { return std::chrono::time_point_cast<std::chrono::seconds>(SystemClock().wallNow()) - 1h; }

QByteArray linesOf(const Events &events)
{
    QByteArray lines;
    for (const Event &event : events)
        lines += toJsonLine(event) + '\n';
    return lines;
}

/// A history of its own in the program's data folder.
bool keepHistory(const CliProgram &cli, const QVector<IncidentStory> &stories)
{
    HistoryLocation location;
    location.file = cli.data(QStringLiteral("history.sqlite"));
    return keepStories(location, stories);
}

} // namespace

/// retryscope-cli replay: the past and another configuration in, what would have become of it out.
class ReplayTest final : public QObject
{
    Q_OBJECT
private slots:
    void sameConfigurationSameStory();
    void saysWhatMadeTheDifference();
    void fitsAScenarioThatCanBePlayed();
    void realAndSimulatedCallsAreNotMixed();
    void theLastIncidentUnderTwoConfigurations();
    void anIncidentOfAJournal();
    void saysWhyThereIsNoIncident();
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
    QVERIFY2(ran.err.contains("60 real calls") && ran.err.contains("server_error") && ran.err.contains("fitted, and played"),
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

void ReplayTest::realAndSimulatedCallsAreNotMixed()
{
    const CliProgram cli;
    const IncidentStory real{.start = anHourAgo(), .run = 7, .calls = 50, .failing = 0},
        simulated{.start = anHourAgo(), .run = 8, .simulated = true, .calls = 30, .failingFrom = 0, .failing = 30,
                  .served = false};
    const QString journal = cli.write("j.jsonl", linesOf(inOrder(real.events() + simulated.events()))),
                  config = cli.write("once.json", once);
    const QStringList arguments{"replay", "--journal", journal, "--config", config, "--json", "--replications", "2"};
    const auto read = [&](const QStringList &more) {
        return QJsonDocument::fromJson(cli.run(arguments + more).out).object();
    };
    const QJsonObject usual = read({}), played = read({"--calls", "simulated"});
    QCOMPARE(usual["calls"].toInt(), 50);
    QCOMPARE(usual["actual"]["success"].toDouble(), 1.0);
    QCOMPARE(usual["other_kind"].toInt(), 30);
    QVERIFY(!usual["simulated"].toBool(true));
    QCOMPARE(played["calls"].toInt(), 30);
    QCOMPARE(played["actual"]["success"].toDouble(1), 0.0);
    QVERIFY(played["simulated"].toBool());
    const auto fitted = cli.run({"fit", "--journal", journal, "--config", config, "--calls", "simulated"});
    QVERIFY2(fitted.code == 0 && fitted.err.contains("30 simulated calls") && fitted.err.contains("50 real"), fitted.said());
}

/// Its numbers are those of the core, to the last digit, and so are its words.
void ReplayTest::theLastIncidentUnderTwoConfigurations()
{
    const CliProgram cli;
    const WallTime start = anHourAgo();
    QVERIFY(keepHistory(cli, {{.start = start, .run = 5, .simulated = true},
                              {.start = start - 48h, .run = 6},
                              {.start = start, .run = 7, .served = false}}));
    const QString draft = cli.write("draft.json", again), running = cli.write("running.json", once);
    const QStringList arguments{"replay", "--incident", "last", "--config", draft, "--against", running};
    const auto ran = cli.run(arguments + QStringList{"--json"});
    QVERIFY2(ran.code == 0, ran.said());
    const QJsonObject said = QJsonDocument::fromJson(ran.out).object(), incident = said["incident"].toObject();
    QCOMPARE(incident["provider"].toString(), QStringLiteral("a"));
    QCOMPARE(incident["run"].toInteger(), 7);
    QCOMPARE(incident["failed_calls"].toInt(), 20);
    QCOMPARE(said["calls"].toInt(), 120);

    HistoryLocation location;
    location.file = cli.data(QStringLiteral("history.sqlite"));
    HistoryArchive past(location);
    QCOMPARE(past.open(), QString());
    const FoundIncidents found = findIncidents(past.reader(), {CallKind::RealIfAny, 5, start - 72h, start + 2h});
    QCOMPARE(int(found.incidents.size()), 2);
    const IncidentRecord made = readIncident(past.reader(), found.incidents.first());
    RecordStudy study(made.record, {simulatedPolicy(loadConfiguration(draft).configuration),
                                    simulatedPolicy(loadConfiguration(running).configuration)}, 1);
    while (study.played() < 20)
        QVERIFY(study.playNext());
    const StudyResult result = study.result();
    for (const Measure measure : {Measure::Success, Measure::P95, Measure::Attempts, Measure::Failovers}) {
        const QString key = toKey(measure);
        for (int p = 0; p < 2; ++p)
            QCOMPARE(said["policies"][p]["measures"][key]["mean"].toDouble(-1), result.of(p, measure)->mean);
        QCOMPARE(said["policies"][1]["first_has_against_it"][key]["mean"].toDouble(-9),
                 result.difference(0, 1, measure)->mean);
    }
    QVERIFY(result.difference(0, 1, Measure::Success)->mean > 0);
    QVERIFY2(!isNone(*result.difference(0, 1, Measure::Success)), cli.run(arguments).said());
    const auto words = cli.run(arguments);
    QVERIFY2(words.out.contains(incidentStory(made).toUtf8()), words.said());
    QVERIFY2(words.out.contains(differenceText(Measure::Success, *result.difference(0, 1, Measure::Success)).toUtf8()),
             words.said());
    const auto second = cli.run(arguments + QStringList{"--incident", "2", "--json"});
    QCOMPARE(QJsonDocument::fromJson(second.out)["incident"]["run"].toInteger(), 6);
    const auto simulated = cli.run(arguments + QStringList{"--calls", "simulated", "--json"});
    QCOMPARE(QJsonDocument::fromJson(simulated.out)["incident"]["run"].toInteger(), 5);
}

void ReplayTest::anIncidentOfAJournal()
{
    const CliProgram cli;
    const QString journal = cli.write("j.jsonl", linesOf(IncidentStory{.start = anHourAgo(), .calls = 40,
                                                                       .failingFrom = 10, .failing = 8}.events())),
                  config = cli.write("once.json", once);
    const auto ran = cli.run({"replay", "--incident", "last", "--journal", journal, "--config", config});
    QVERIFY2(ran.code == 0 && ran.out.contains("a: server error") && ran.out.contains("8 rerouted"), ran.said());
    QVERIFY2(ran.out.contains("Only 40 calls are on record"), ran.said());
}

void ReplayTest::saysWhyThereIsNoIncident()
{
    const CliProgram cli;
    QVERIFY(keepHistory(cli, {{.start = anHourAgo(), .run = 5, .simulated = true}, {.start = anHourAgo(), .failing = 0}}));
    const QString config = cli.write("once.json", once);
    const auto ran = cli.run({"replay", "--incident", "last", "--config", config});
    QVERIFY2(ran.code != 0 && ran.err.contains("No incident is on record among the real calls in the last 30 days."),
             ran.said());
    QVERIFY2(ran.err.contains("Choose the simulated ones") && ran.out.isEmpty(), ran.said());
    const auto wrong = cli.run({"replay", "--incident", "never", "--config", config});
    QVERIFY2(wrong.code != 0 && wrong.err.contains("--incident takes last"), wrong.said());
    const auto kind = cli.run({"replay", "--calls", "mixed", "--config", config});
    QVERIFY2(kind.code != 0 && kind.err.contains("--calls takes auto"), kind.said());
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
