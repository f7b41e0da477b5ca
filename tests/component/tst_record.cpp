// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "replay/pastincidents.h"
#include "replay/replay.h"
#include "support/incidentstory.h"
#include "support/suite.h"

using namespace retryscope;

namespace {

constexpr WallTime start{std::chrono::milliseconds(1'790'000'000'000)};

/// What one history holds of a real and a simulated program, whose providers have the same names.
RecordReader readMixed()
{
    const IncidentStory real{.start = start, .run = 7, .calls = 50, .failing = 0},
        simulated{.start = start, .run = 8, .simulated = true, .calls = 30, .failingFrom = 0, .failing = 30,
                  .served = false};
    RecordReader reader;
    for (const Event &event : inOrder(real.events() + simulated.events()))
        reader.add(event);
    return reader;
}

} // namespace

/// What a record takes of the past.
class RecordTest final : public QObject
{
    Q_OBJECT
private slots:
    void realAndSimulatedCallsAreNotMixed_data();
    void realAndSimulatedCallsAreNotMixed();
    void simulatedCallsStandWhereThereAreNoReal();
    void anIncidentIsFoundByTheLiveRules();
    void programsHaveTheirOwnIncidents();
    void anIncidentsCallsAreItsProgramsAndInTheMargin();
    void knownEventsBecomeKnownArrivalsAndAnOutage();
    void whatIsMissingIsCounted();
    void moneyIsKnownWhereTokensAre();
};

void RecordTest::realAndSimulatedCallsAreNotMixed_data()
{
    QTest::addColumn<CallKind>("kind");
    QTest::addColumn<int>("calls");
    QTest::addColumn<int>("answered");
    QTest::addColumn<bool>("simulated");
    QTest::newRow("real where there are any") << CallKind::RealIfAny << 50 << 50 << false;
    QTest::newRow("real") << CallKind::Real << 50 << 50 << false;
    QTest::newRow("simulated") << CallKind::Simulated << 30 << 0 << true;
}

void RecordTest::realAndSimulatedCallsAreNotMixed()
{
    QFETCH(CallKind, kind);
    QFETCH(int, calls);
    QFETCH(int, answered);
    QFETCH(bool, simulated);
    const Record record = readMixed().record(kind);
    QCOMPARE(int(record.calls.size()), calls);
    QCOMPARE(int(record.actual.answered), answered);
    QCOMPARE(record.simulated, simulated);
    QCOMPARE(int(record.otherKind), 80 - calls);
    const auto replies = record.replies.at(QStringLiteral("a"));
    QCOMPARE(int(replies.size()), calls);
    for (const RecordedReply &reply : replies)
        QCOMPARE(reply.reason == RetryReason::None, answered > 0);
}

void RecordTest::simulatedCallsStandWhereThereAreNoReal()
{
    RecordReader reader;
    for (const Event &event : IncidentStory{.start = start, .simulated = true, .calls = 10}.events())
        reader.add(event);
    QVERIFY(reader.record().simulated);
    QCOMPARE(int(reader.record().calls.size()), 10);
    QVERIFY(reader.record(CallKind::Real).calls.isEmpty());
    QCOMPARE(int(reader.record(CallKind::Real).otherKind), 10);
}

void RecordTest::anIncidentIsFoundByTheLiveRules()
{
    IncidentFinder finder;
    for (const Event &event : IncidentStory{.start = start}.events())
        finder.add(event);
    QCOMPARE(int(finder.found().size()), 1);
    const PastIncident one = finder.found().first();
    QCOMPARE(one.run, 7);
    QCOMPARE(one.incident.provider, QStringLiteral("a"));
    QCOMPARE(one.incident.cause(), RetryReason::ServerError);
    QCOMPARE(one.incident.started, start + 40s + 50ms);
    QCOMPARE(one.incident.ending, IncidentEnding::Recovered);
    QCOMPARE(int(one.incident.reroutedCalls), 20);
    QVERIFY(finder.isCalm() && !one.incident.simulated);
    IncidentFinder calm;
    for (const Event &event : IncidentStory{.start = start, .failing = 4}.events())
        calm.add(event);
    QVERIFY(calm.found().isEmpty());
}

void RecordTest::programsHaveTheirOwnIncidents()
{
    IncidentFinder finder; // three failures in each of two programs are no incident, five in one are
    for (const Event &event : inOrder(IncidentStory{.start = start, .run = 1, .failing = 3}.events()
                                      + IncidentStory{.start = start, .run = 2, .failing = 3}.events()
                                      + IncidentStory{.start = start, .run = 3, .simulated = true, .failing = 5}.events()))
        finder.add(event);
    QCOMPARE(int(finder.found().size()), 1);
    QCOMPARE(finder.found().first().run, 3);
    const IncidentSearch search{CallKind::RealIfAny, 5, start, start + 1h};
    QVERIFY(choose(finder.found(), search, true, true).incidents.isEmpty());
    QVERIFY(choose(finder.found(), search, false, true).simulated);
    QCOMPARE(int(choose(finder.found(), search, false, true).incidents.size()), 1);
    QCOMPARE(int(choose(finder.found(), {CallKind::Simulated, 5, start, start + 1h}, true, true).incidents.size()), 1);
}

namespace {

IncidentRecord recordOf(const Events &events)
{
    IncidentFinder finder;
    for (const Event &event : events)
        finder.add(event);
    IncidentRecordReader reader(finder.found().value(0));
    for (const Event &event : events)
        reader.add(event);
    return reader.record();
}

SimulatedPolicy onceEach(double price = 0)
{
    RetryConfig c;
    c.maxAttempts = c.attemptsPerProvider = 1;
    c.maxConcurrent = 1'000;
    c.probeInterval = 0s;
    Target a, b;
    a.provider = "a";
    b.provider = "b";
    SimulatedPolicy policy{std::make_shared<const RetryConfig>(c), {a, b}, true};
    if (price > 0)
        policy.costs = {{price, price}, {price, price}};
    return policy;
}

} // namespace

/// Of 2,000 calls, those from five minutes before until five minutes after; none of another program.
void RecordTest::anIncidentsCallsAreItsProgramsAndInTheMargin()
{
    const IncidentStory story{.start = start, .calls = 2'000, .failingFrom = 1'000, .failing = 20};
    const IncidentRecord made =
        recordOf(inOrder(story.events() + IncidentStory{.start = start, .run = 9, .calls = 2'000, .failing = 0}.events()));
    const WallTime::duration lasted = made.of.end() - made.of.incident.started;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lasted + 10min).count();
    QVERIFY(made.record.calls.size() == seconds || made.record.calls.size() == seconds + 1);
    QCOMPARE(made.record.from, start + 701s); // the first whole second within the margin
    QCOMPARE(int(made.record.unfinished), 0);
    QCOMPARE(made.missing, 0);
    QVERIFY(!made.cut);
}

/// A call a second, and "a" fails the ones from 40 to 59 while "b" answers.
void RecordTest::knownEventsBecomeKnownArrivalsAndAnOutage()
{
    const IncidentRecord made = recordOf(IncidentStory{.start = start}.events());
    const Scenario scenario = scenarioOf(made.record, onceEach().chain);
    QCOMPARE(int(scenario.workload.trace.size()), 120);
    for (int i = 0; i < 120; ++i)
        QCOMPARE(scenario.workload.trace[i].at, Duration(i * 1s));
    QCOMPARE(int(scenario.models.size()), 2);
    QCOMPARE(int(scenario.models[0].recorded.size()), 120);
    QCOMPARE(int(scenario.models[1].recorded.size()), 20);
    for (int i = 0; i < 120; ++i)
        QCOMPARE(scenario.models[0].recorded[i].reason == RetryReason::None, i < 40 || i >= 60);
    RecordStudy study(made.record, {onceEach()}, 1); // it does not ask "b", so the twenty fail
    QVERIFY(study.playNext() && study.playNext());
    QCOMPARE(study.result().of(0, Measure::Success)->mean, 100.0 / 120.0);
    QCOMPARE(study.replayOf(0).lost, 20.0);
    QCOMPARE(*actualOf(made.record, Measure::Success), 1.0);
    QCOMPARE(*actualOf(made.record, Measure::Failovers), 20.0 / 120.0);
}

void RecordTest::whatIsMissingIsCounted()
{
    Events events = IncidentStory{.start = start}.events();
    events.removeIf([](const Event &e) { return e.call.value == 50 && e.kind == EventKind::CallFinished; });
    const IncidentRecord made = recordOf(events);
    QCOMPARE(made.missing, 1);
    QCOMPARE(int(made.record.unfinished), 1);
    QCOMPARE(int(made.record.calls.size()), 119);
}

void RecordTest::moneyIsKnownWhereTokensAre()
{
    const auto cost = [](int tokens) {
        RecordStudy study(recordOf(IncidentStory{.start = start, .served = false, .tokens = tokens}.events()).record,
                          {onceEach(0.001)}, 1);
        return study.playNext() ? study.result().of(0, Measure::Cost) : std::nullopt;
    };
    QVERIFY(!cost(0));
    QVERIFY(cost(100) && cost(100)->mean > 0.1);
}

SUITE_TEST(RecordTest)
#include "tst_record.moc"
