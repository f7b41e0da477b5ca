// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/baselines.h"
#include "simulator/scenariofile.h"
#include "simulator/study.h"
#include "support/onescenario.h"
#include "support/suite.h"

#include <algorithm>
#include <cmath>

using namespace retryscope;

namespace {

constexpr quint64 taskSeed = 20'261'130;

/// A hundred calls a second in tasks of `calls`.
Scenario tasksOf(int calls, const ProviderModel &model)
{
    Scenario s = steadyCalls(100, 4'000s, model);
    s.workload.taskCalls = calls;
    return s;
}

/// Of 100 answers one begins after about 10 s instead of 100 ms.
ProviderModel oneInAHundredLate()
{
    ProviderModel m;
    m.latency = {100ms, 0, 0.01, 10s, 1e9};
    return m;
}

SimulatedPolicy taskClient(int attempts, std::optional<HedgeModel> hedge = {})
{
    SimulatedPolicy p = plainClient(beforeOne(), attempts);
    p.hedge = hedge;
    return p;
}

double whole(const SimulationResult &r) { return *valueOf(Measure::Whole, r); }

/// Of whole tasks, those that took longer.
double later(const SimulationResult &r, double seconds)
{
    const auto slow =
        std::count_if(r.tasksAfter.begin(), r.tasksAfter.end(), [seconds](float t) { return t > seconds; });
    return double(slow) / double(r.tasksAfter.size());
}

} // namespace

/// Tasks of several calls: what is rare for one is the rule for all of them.
class TasksTest final : public QObject
{
    Q_OBJECT
private slots:
    void aTaskFailsWithAnyOfItsCalls_data();
    void aTaskFailsWithAnyOfItsCalls();
    void aTaskIsAsSlowAsItsSlowestCall();
    void failuresThatComeTogetherSpoilFewer();
    void agentsPauseAfterTheLast();
    void callsOfTheirOwnAreNoTasks();
    void theFileSaysHowMany();
};

void TasksTest::aTaskFailsWithAnyOfItsCalls_data()
{
    QTest::addColumn<int>("calls");
    QTest::addColumn<int>("attempts");
    QTest::newRow("10 calls") << 10 << 1;
    QTest::newRow("100 calls") << 100 << 1;
    QTest::newRow("100 calls, a retry each") << 100 << 2;
}

/// T13: 1 - 0.99^100 = 0.634.
void TasksTest::aTaskFailsWithAnyOfItsCalls()
{
    QFETCH(int, calls);
    QFETCH(int, attempts);
    ProviderModel m;
    m.failureShare = 0.01;
    const SimulationResult r = simulate(tasksOf(calls, m), taskClient(attempts), taskSeed);
    const double lost = 1 - std::pow(1 - std::pow(0.01, attempts), calls), tasks = double(r.tasks);
    qInfo("%.4f of the tasks lost a call, %.4f by the formula", 1 - whole(r), lost);
    QVERIFY(calls != 100 || attempts != 1 || std::abs(lost - 0.634) < 0.0005);
    QVERIFY(std::abs(1 - whole(r) - lost) < 3 * std::sqrt(lost * (1 - lost) / tasks));
    QCOMPARE(r.calls, r.tasks * calls);
}

/// T13 of times: as many wait longer than 99 % of the calls do. A second copy makes it rare again.
void TasksTest::aTaskIsAsSlowAsItsSlowestCall()
{
    const Scenario s = tasksOf(100, oneInAHundredLate());
    const SimulationResult r = simulate(s, taskClient(1), taskSeed),
                           hedged = simulate(s, taskClient(1, HedgeModel{200ms, {}}), taskSeed);
    qInfo("%.4f of the tasks late, %.4f with second copies", later(r, 1), later(hedged, 1));
    QVERIFY(std::abs(later(r, 1) - 0.634) < 0.025);
    QVERIFY(later(hedged, 1) < 0.02); // 1 - (1 - 0.01 x 0.01)^100 = 0.00995
    QCOMPARE(whole(r), 1.0);
    QVERIFY(*valueOf(Measure::TaskP50, r) > 2);
    QVERIFY(*valueOf(Measure::TaskP50, hedged) < 0.5);
}

/// One call in a hundred fails, all in the same minutes.
void TasksTest::failuresThatComeTogetherSpoilFewer()
{
    ProviderModel m;
    m.faults = {{1'000s, 40s, FaultMode::ServerError}};
    const SimulationResult r = simulate(tasksOf(100, m), taskClient(1), taskSeed);
    QVERIFY(std::abs(double(r.answered) / double(r.calls) - 0.99) < 0.005);
    QVERIFY(whole(r) > 0.98);
}

void TasksTest::agentsPauseAfterTheLast()
{
    ProviderModel m;
    m.latency = {1s, 0, 0.05, 20s, 1e9};
    m.failureShare = 0.02;
    Scenario s = tasksOf(5, m);
    s.length = 20min;
    s.workload.kind = Workload::Kind::Agents;
    s.workload.agents = 3;
    s.workload.think = 1s;
    const SimulationResult r = simulate(s, taskClient(2), taskSeed), again = simulate(s, taskClient(2), taskSeed);
    QCOMPARE(r.digest, again.digest);
    QCOMPARE(r.calls, r.tasks * 5);
    QVERIFY(r.atRest);
    // Of five calls, one in twenty late: a task takes 1 s in 0.77 of all cases, else about 20 s, and then comes the pause.
    const double each = 20.0 * 60 * 3 / double(r.tasks);
    QVERIFY2(each > 5 && each < 9, qPrintable(QString::number(each)));
    s.workload.taskCalls = 1;
    const SimulationResult single = simulate(s, taskClient(2), taskSeed);
    QVERIFY(single.calls > r.tasks); // who waits for one waits less
}

void TasksTest::callsOfTheirOwnAreNoTasks()
{
    Scenario s = tasksOf(1, {});
    s.length = 60s;
    const SimulationResult r = simulate(s, taskClient(1), taskSeed);
    QVERIFY(!valueOf(Measure::Whole, r) && !valueOf(Measure::TaskP50, r));
    s.workload.kind = Workload::Kind::Trace; // each call has its own time
    s.workload.taskCalls = 10;
    s.workload.trace = {{1s, 10, 10}, {2s, 10, 10}};
    QCOMPARE(simulate(s, taskClient(1), taskSeed).calls, 2);
}

void TasksTest::theFileSaysHowMany()
{
    const LoadedScenario loaded = scenarioFromJson(R"({"workload": {"per_second": 5, "calls_a_task": 20}})");
    QVERIFY(loaded.issues.isEmpty());
    QCOMPARE(loaded.scenario.workload.taskCalls, 20);
    QCOMPARE(scenarioFromJson(toJson(loaded.scenario)).scenario.workload.taskCalls, 20);
    QCOMPARE(loaded.scenario.expectedCalls(), 5.0 * 600);
}

SUITE_TEST(TasksTest)
#include "tst_tasks.moc"
