// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "replay/simulatedpolicy.h"
#include "simulator/arrivals.h"
#include "simulator/baselines.h"
#include "simulator/scenariofile.h"
#include "simulator/study.h"
#include "support/suite.h"
#include "words/forecastwords.h"
#include "words/simulationwords.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

using namespace retryscope;

namespace {

SimulatedPolicy ours(int attempts, int providers = 2)
{
    RetryConfig c;
    c.maxAttempts = attempts;
    SimulatedPolicy p;
    p.config = std::make_shared<const RetryConfig>(c);
    for (int i = 0; i < providers; ++i) {
        Target target;
        target.provider = "p" + std::to_string(i);
        target.model = "m";
        p.chain.push_back(target);
    }
    return p;
}

QStringList issuesOf(const char *json)
{
    QStringList places;
    for (const ConfigIssue &issue : scenarioFromJson(json).issues)
        places << (issue.severity == ConfigIssue::Severity::Error ? issue.where
                                                                  : QStringLiteral("(%1)").arg(issue.where));
    return places;
}

} // namespace

/// Replications and what may be said from them; scenarios as files.
class StudyTest final : public QObject
{
    Q_OBJECT
private slots:
    void threadsChangeNothing();
    void inPiecesItIsTheSame();
    void anIntervalHoldsAsOftenAsItSays();
    void commonLuckNarrowsADifference();
    void equalPoliciesDifferByNothing();
    void aFewValuesSaySo();
    void itStops();
    void tokensCostWhatTheListSays();
    void aPriceThatIsNotKnownIsNoPrice_data();
    void aPriceThatIsNotKnownIsNoPrice();
    void everyNamedScenarioPlays();
    void callsThatAreDrawnMayBeStopped();
    void callsDrawnBeforeAreThose_data();
    void callsDrawnBeforeAreThose();
    void whatNobodyLooksAtChangesNothing();
    void aScenarioIsReadAsItWasWritten();
    void faultsOfSomePlacesAreReadAsTheyWereWritten();
    void momentsTellWhenItWasBad();
    void aBandHoldsAsOftenAsItSays();
    void whatIsWrongIsNamed_data();
    void whatIsWrongIsNamed();
    void aFaultNamesItsPlaces();
    void traces();
    void aRecordedHour();
    void words();
    void whatADifferenceIsCalled();
};

/// T24: byte for byte on one thread and on four.
void StudyTest::threadsChangeNothing()
{
    Study study{*namedScenario(QStringLiteral("minute-outage")), {ours(4), ours(1)}, 6, 3, 1};
    const StudyResult one = run(study);
    study.threads = 4;
    const StudyResult four = run(study);
    QVERIFY(one.complete && four.complete);
    QCOMPARE(one.digest, four.digest);
    QVERIFY(one.values == four.values);
    study.seed = 4;
    QVERIFY(run(study).digest != one.digest);
}

void StudyTest::inPiecesItIsTheSame()
{
    Study study{*namedScenario(QStringLiteral("minute-outage")), {ours(4), ours(1)}, 7, 3, 2};
    const StudyResult whole = run(study);
    StudyResult pieces;
    double last = 0;
    for (const int upTo : {2, 3, 7}) {
        study.replications = upTo;
        pieces = run(study, [&last](double share) { last = share; }, {}, pieces);
        QVERIFY(pieces.complete);
        QCOMPARE(last, 1.0);
        QCOMPARE(pieces.values[1].size(), std::size_t(upTo));
    }
    QCOMPARE(pieces.digest, whole.digest);
    QCOMPARE(pieces.events, whole.events);
    QVERIFY(pieces.values == whole.values);
    for (int p = 0; p < 2; ++p)
        QVERIFY(pieces.moments(p) == whole.moments(p));
}

/// T27 in small: of 200 intervals of ten replications each, 92 to 98 % hold what thousands of replications say.
void StudyTest::anIntervalHoldsAsOftenAsItSays()
{
    Scenario s;
    s.length = 60s;
    s.workload.perSecond = 2;
    s.models = {ProviderModel{}};
    s.models[0].failureShare = 0.3;
    const SimulatedPolicy policy = ours(2, 1);
    const Study all{s, {policy}, 2'000, 1'000'000, 0};
    const double truth = run(all).of(0, Measure::Attempts)->mean;
    int held = 0;
    constexpr int studies = 200;
    for (int i = 0; i < studies; ++i) {
        const Estimate e = *run({s, {policy}, 10, quint64(1 + 10 * i), 0}).of(0, Measure::Attempts);
        held += std::abs(e.mean - truth) <= *e.halfWidth;
    }
    QVERIFY2(held >= 184 && held <= 197, qPrintable(QString::number(held)));
}

void StudyTest::commonLuckNarrowsADifference()
{
    Scenario s;
    s.length = 20min;
    s.workload.perSecond = 0.5; // far below what the slots carry
    s.models = {ProviderModel{}};
    s.models[0].failureShare = 0.05;
    const StudyResult r = run({s, {ours(1, 1), ours(2, 1)}, 12, 5, 0});
    const Estimate first = *r.of(0, Measure::Success), second = *r.of(1, Measure::Success),
                   difference = *r.difference(1, 0, Measure::Success);
    QCOMPARE(difference.mean, second.mean - first.mean);
    QVERIFY(difference.mean > 0 && !isNone(difference));
    QVERIFY(*difference.halfWidth < *first.halfWidth + *second.halfWidth);
}

void StudyTest::equalPoliciesDifferByNothing()
{
    const StudyResult r = run({*namedScenario(QStringLiteral("minute-outage")), {ours(4), ours(4)}, 4, 1, 0});
    for (int m = 0; m < measureCount; ++m) {
        if (const auto difference = r.difference(1, 0, Measure(m))) {
            QCOMPARE(difference->mean, 0.0);
            QVERIFY(isNone(*difference));
        }
    }
}

void StudyTest::aFewValuesSaySo()
{
    QVERIFY(!estimate({}));
    QVERIFY(!estimate({std::nullopt, std::nullopt}));
    const Estimate one = *estimate({std::nullopt, 3.0});
    QCOMPARE(one.mean, 3.0);
    QVERIFY(!one.halfWidth && isNone(one));
    const Estimate three = *estimate({1.0, 2.0, 3.0});
    QVERIFY(std::abs(*three.halfWidth - 4.3027 * 1.0 / std::sqrt(3.0)) < 1e-3); // t(0.975, 2)
}

void StudyTest::itStops()
{
    std::atomic<int> asked{0};
    const StudyResult r =
        run({*namedScenario(QStringLiteral("minute-outage")), {ours(4)}, 50, 1, 2}, {}, [&] { return ++asked > 3; });
    QVERIFY(!r.complete);
    QCOMPARE(r.values[0].size(), std::size_t(3));
    int events = 0;
    const SimulationResult cut =
        simulate(*namedScenario(QStringLiteral("storm")), ours(4), 1, [&events] { return ++events > 1; });
    QVERIFY(!cut.complete && cut.events < 100'000); // in the midst of a day
    QVERIFY(!run({{}, {ours(4)}, 5, 1, 2}, {}, [] { return true; }).of(0, Measure::Success));
    asked = 0; // three policies: what one has played and another has not is no replication
    const StudyResult several =
        run({*namedScenario(QStringLiteral("minute-outage")), {ours(4), ours(1), ours(2)}, 50, 1, 1}, {},
            [&] { return ++asked > 8; });
    QVERIFY(!several.complete);
    QCOMPARE(several.replications(), 2);
    for (const auto &policy : several.values)
        QCOMPARE(policy.size(), std::size_t(2));
    QVERIFY(several.difference(1, 0, Measure::Success));
}

void StudyTest::tokensCostWhatTheListSays()
{
    Scenario s;
    s.length = 10min;
    s.models = {ProviderModel{}, ProviderModel{}};
    s.models[0].cutPerToken = 0.002; // some is generated for nothing
    s.models[0].failureShare = 0.3;  // and some is asked of the second one
    SimulatedPolicy policy = ours(4);
    QVERIFY(!simulate(s, policy, 1).cost);
    policy.costs = {{2e-6, 8e-6}, {2e-6, 8e-6}};
    const SimulationResult same = simulate(s, policy, 1);
    QVERIFY(same.failovers > 0 && *same.wastedCost > 0);
    QVERIFY(qFuzzyCompare(*same.cost, 2e-6 * same.promptTokens + 8e-6 * same.answerTokens));
    policy.costs[1] = {4e-6, 16e-6}; // dearer, and asked after the first
    const SimulationResult dearer = simulate(s, policy, 1);
    QCOMPARE(dearer.digest, same.digest);
    QVERIFY(*dearer.cost > *same.cost && *dearer.cost < 2 * *same.cost);
    const SimulatedPolicy once = plainClient(policy, 1);
    QCOMPARE(once.costs.size(), std::size_t(1));
    const StudyResult both = run({s, {policy, once}, 2, 1, 1});
    QVERIFY(both.of(1, Measure::Cost) && both.difference(0, 1, Measure::WastedCost));
}

void StudyTest::aPriceThatIsNotKnownIsNoPrice_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<bool>("simulated");
    QTest::addColumn<bool>("known");
    QTest::newRow("listed") << QStringLiteral("gpt-4o") << false << true;
    QTest::newRow("not listed") << QStringLiteral("gpt-of-our-own") << false << false;
    QTest::newRow("invented") << QStringLiteral("openai-sim") << true << false;
}

void StudyTest::aPriceThatIsNotKnownIsNoPrice()
{
    QFETCH(QString, model);
    QFETCH(bool, simulated);
    QFETCH(bool, known);
    Configuration c;
    c.providers = builtInProviders().mid(0, 1);
    if (simulated)
        c.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:0"))).mid(0, 1);
    c.providers[0].enabled = true;
    c.providers[0].model = model;
    const WallTime when(std::chrono::hours(24 * 365 * 55)); // 2025
    const SimulatedPolicy policy = simulatedPolicy(c, PriceList::builtIn(), when);
    QCOMPARE(policy.chain.size(), 1);
    QCOMPARE(!policy.costs.empty(), known);
    if (known)
        QVERIFY(policy.costs[0].answer > policy.costs[0].prompt && policy.costs[0].answer < 1e-3);
    QVERIFY(simulatedPolicy(c).costs.empty());
}

void StudyTest::everyNamedScenarioPlays()
{
    QVERIFY(scenarioNames().size() >= 7);
    for (const QString &name : scenarioNames()) {
        QFile file(QStringLiteral(":/retryscope/scenarios/%1.json").arg(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const LoadedScenario loaded = scenarioFromJson(file.readAll());
        QVERIFY2(loaded.issues.isEmpty(), qPrintable(name));
        QVERIFY(!loaded.scenario.name.isEmpty() && !loaded.scenario.about.isEmpty());
        Scenario s = loaded.scenario;
        s.length = std::min<Duration>(s.length, 10min);
        const SimulationResult r = simulate(s, ours(4), 1);
        QVERIFY2(r.calls > 100 && r.atRest, qPrintable(name));
    }
    QVERIFY(!namedScenario(QStringLiteral("../prices")));
}

void StudyTest::callsDrawnBeforeAreThose_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("taskCalls");
    QTest::newRow("poisson") << int(Workload::Kind::Poisson) << 1;
    QTest::newRow("renewal") << int(Workload::Kind::Renewal) << 1;
    QTest::newRow("on and off") << int(Workload::Kind::OnOff) << 1;
    QTest::newRow("a day's wave") << int(Workload::Kind::Diurnal) << 1;
    QTest::newRow("tasks of three") << int(Workload::Kind::Poisson) << 3;
}

/// That a study draws the calls of a day once for all its policies is no policy's matter.
void StudyTest::callsDrawnBeforeAreThose()
{
    QFETCH(int, kind);
    QFETCH(int, taskCalls);
    Scenario s = *namedScenario(QStringLiteral("storm"));
    s.length = 5min;
    s.workload.kind = Workload::Kind(kind);
    s.workload.taskCalls = taskCalls;
    s.workload.cv = 2;
    DrawnDay day;
    for (const quint64 seed : {1, 2, 1}) {
        const auto drawn = day.of(s, seed);
        QVERIFY(drawn && drawn->lengths.size() == drawn->arrivals.size() * std::size_t(taskCalls));
        const SimulationResult alone = simulate(s, ours(4), seed),
                               with = simulate(s, ours(4), seed, {}, {}, drawn.get());
        QCOMPARE(with.digest, alone.digest);
        QCOMPARE(with.endedAfter, alone.endedAfter);
        QCOMPARE(with.promptTokens, alone.promptTokens);
        QCOMPARE(with.answerTokens, alone.answerTokens);
        QCOMPARE(with.events, alone.events);
    }
    s.workload.kind = Workload::Kind::Agents;
    QVERIFY(!day.of(s, 1)); // who call as they are answered
}

/// Where a client could send a second copy, each first token is an event; where none can, only a reply's end is. Neither
/// changes what happens.
void StudyTest::whatNobodyLooksAtChangesNothing()
{
    for (const QString &name : scenarioNames()) {
        Scenario s = *namedScenario(name);
        s.length = std::min<Duration>(s.length, 10min);
        SimulatedPolicy whole = ours(4);
        whole.plain = true;
        SimulatedPolicy pieces = whole;
        pieces.hedge = HedgeModel{.after = 240h, .share = {}}; // when no attempt runs any more
        const SimulationResult a = simulate(s, whole, 5), b = simulate(s, pieces, 5);
        QCOMPARE(a.digest, b.digest);
        QCOMPARE(a.endedAfter, b.endedAfter);
        QCOMPARE(a.answerTokens, b.answerTokens);
        QCOMPARE(b.hedges, 0);
        QVERIFY2(a.events < b.events, qPrintable(name));
    }
}

void StudyTest::aScenarioIsReadAsItWasWritten()
{
    for (const QString &name : scenarioNames()) {
        const Scenario s = *namedScenario(name);
        const LoadedScenario again = scenarioFromJson(toJson(s));
        QVERIFY2(again.issues.isEmpty(), qPrintable(name));
        QCOMPARE(toJson(again.scenario), toJson(s));
        QVERIFY(again.scenario.models == s.models);
        QCOMPARE(simulate(again.scenario, ours(4), 3).digest, simulate(s, ours(4), 3).digest);
    }
}

void StudyTest::faultsOfSomePlacesAreReadAsTheyWereWritten()
{
    const FaultSpan down{10s, 20s, FaultMode::Refused, 0.25, 5}, slow{5s, 40s, FaultMode::Slow, 1, 8};
    Scenario s;
    s.models = QVector<ProviderModel>(3);
    s.models[1].failureShare = 0.125;
    s.models[0].faults = {down, slow};
    s.models[1].faults = {slow, down}; // the other order, so that they cannot be one
    s.models[2].faults = {slow};       // and of all places behind it
    const LoadedScenario again = scenarioFromJson(toJson(s));
    QVERIFY(again.issues.isEmpty());
    for (int place = 0; place < 32; ++place)
        QVERIFY2(again.scenario.model(place) == s.model(place), qPrintable(QString::number(place)));
    QVERIFY(scenarioFromJson(toJson(again.scenario)).issues.isEmpty());
    Scenario everywhere;
    everywhere.models = QVector<ProviderModel>(5);
    for (ProviderModel &m : everywhere.models)
        m.faults = {down};
    QVERIFY(!toJson(everywhere).contains("places"));
    QVERIFY(scenarioFromJson(toJson(everywhere)).scenario.models == everywhere.models);
}

/// A provider that is down from the second to the third minute, and nobody else to ask.
void StudyTest::momentsTellWhenItWasBad()
{
    Scenario s;
    s.length = 10min;
    s.models = {ProviderModel{}};
    s.models[0].faults = {{2min, 1min, FaultMode::ServerError, 1, 5}};
    SimulatedPolicy once = ours(1, 1), again = ours(4, 1);
    RetryConfig spendthrift = *again.config; // as often as it wants to
    spendthrift.retryBudgetRatio = 1;
    spendthrift.retryBudgetFloor = 1'000;
    again.config = std::make_shared<const RetryConfig>(spendthrift);
    once.plain = again.plain = true; // no circuit that they would wait for
    Study study{s, {once, again}, 10, 1, 1};
    const StudyResult r = run(study);
    QCOMPARE(r.sums[0].momentLength(), 5s);
    const std::vector<Moment> alone = r.moments(0);
    QCOMPARE(alone.size(), 120u);
    const Moment &before = alone[20], &during = alone[30], &after = alone[80];
    QVERIFY(before.success->mean == 1.0 && after.success->mean == 1.0);
    QVERIFY(during.success->mean < 0.05); // what began before may still be written
    QVERIFY(before.latency->low < before.latency->mean && before.latency->mean < before.latency->high);
    QCOMPARE(before.recovered->mean, 0.0);
    QCOMPARE(after.recovered->mean, 1.0);
    QVERIFY(after.recovered->low < 0.8); // ten days are not many
    QVERIFY(before.attempts->mean > 0.8 && before.attempts->mean < 1.25); // some leave later than they came
    QVERIFY(r.moments(1)[30].attempts->mean > 1.5);
    study.threads = 4;
    QVERIFY(run(study).moments(0) == alone);
}

void StudyTest::aBandHoldsAsOftenAsItSays()
{
    SeededRandom random(9);
    int held = 0;
    constexpr int studies = 400;
    for (int i = 0; i < studies; ++i) {
        RatioSum sum;
        for (int n = 0; n < 12; ++n) { // days of 20 to 60 calls of which three in ten fail
            const int calls = 20 + int(random.uniform() * 41);
            int failed = 0;
            for (int c = 0; c < calls; ++c)
                failed += random.uniform() < 0.3;
            sum.add(failed, calls);
        }
        held += sum.band()->low <= 0.3 && 0.3 <= sum.band()->high;
    }
    QVERIFY2(held >= 366 && held <= 394, qPrintable(QString::number(held))); // 95 % of 400, within 3.2 sigma
    QVERIFY(!RatioSum().band());
}

void StudyTest::whatIsWrongIsNamed_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QStringList>("places");
    const auto row = [](const char *name, const char *json, const QStringList &places) {
        QTest::newRow(name) << QByteArray(json) << places;
    };
    row("no JSON", "{", {QString()});
    row("a list", "[]", {QString()});
    row("empty", "{}", {});
    row("a length", R"({"length_s": "long"})", {"length_s"});
    row("no such kind", R"({"workload": {"kind": "bursts"}})", {"workload.kind"});
    row("half an agent", R"({"workload": {"agents": 1.5}})", {"workload.agents"});
    row("a task of nothing", R"({"workload": {"calls_a_task": 0}})", {"workload.calls_a_task"});
    row("nobody", R"({"workload": {"per_second": 0}})", {"workload.per_second"});
    row("a share", R"({"providers": [{"failure_share": 2}]})", {"providers[0].failure_share"});
    row("not a number", R"({"providers": [{"latency": {"spread": null}}]})", {"providers[0].latency.spread"});
    row("too many calls", R"({"length_s": 604800, "workload": {"per_second": 1000}})", {"workload"});
    row("hasty agents", R"({"length_s": 604800, "workload": {"kind": "agents", "agents": 100, "think_s": 0}})",
        {"workload"});
    row("misspelt", R"({"providers": [{"latncy": {}}]})", {"(providers[0].latncy)"});
    row("a mode", R"({"faults": [{"mode": "slow"}, {"mode": "melted"}]})", {"faults[1].mode"});
    row("place 0", R"({"faults": [{"places": [0]}]})", {"faults[0].places"});
    row("place 1e9", R"({"faults": [{"places": [1e9]}]})", {"faults[0].places"});
    row("a number for a list", R"({"faults": 3, "providers": 4})", {"providers", "faults"});
}

void StudyTest::whatIsWrongIsNamed()
{
    QFETCH(QByteArray, json);
    QFETCH(QStringList, places);
    QCOMPARE(issuesOf(json.constData()), places);
}

void StudyTest::aFaultNamesItsPlaces()
{
    const Scenario s = scenarioFromJson(R"({"providers": [{"failure_share": 0.5}],
        "faults": [{"places": [2], "mode": "hang", "length_s": 5}, {"mode": "slow", "length_s": 5}]})")
                           .scenario;
    QCOMPARE(s.models.size(), 3); // the second, and those behind it
    QCOMPARE(s.model(0).faults.size(), 1);
    QCOMPARE(s.model(1).faults.size(), 2);
    QCOMPARE(s.model(7).faults.size(), 1);
    QCOMPARE(s.model(7).failureShare, 0.5);
}

void StudyTest::traces()
{
    const auto rows = traceFromCsv("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\r\n"
                                   "2023-11-16 18:15:50.9951690,396,109\n");
    QVERIFY(rows);
    QCOMPARE(rows->size(), 2);
    QCOMPARE(rows->at(1).at, 4'314'579us);
    QCOMPARE(rows->at(1).promptTokens, 396);
    const auto zones = traceFromCsv("head\n2024-05-10 00:00:00.009930+00:00,1,2\n2024-05-10T00:00:01Z,1,2\n"
                                    "2024-05-10 02:00:02+02:00,1,2\n");
    QVERIFY(zones);
    QCOMPARE(zones->at(1).at, 990'070us);
    QCOMPARE(zones->at(2).at, 1'990'070us);
    QVERIFY(!traceFromCsv("head\n2024-05-10 00:00:00.,1,2\n"));
    QVERIFY(!traceFromCsv("TIMESTAMP\n"));
    QVERIFY(!traceFromCsv("head\n3956-11-16 18:17:03,1,2\n")); // nanoseconds have no room for it
    QVERIFY(
        traceFromCsv("head\n2023-11-16 18:15:46,1,2\n2023-11-16,x,y\n").error().startsWith(QStringLiteral("Line 3")));
    const auto named =
        traceFromCsv("\xef\xbb\xbfModel,GeneratedTokens,contexttokens,TIMESTAMP\nm,44,374,2023-11-16 18:15:46\n");
    QVERIFY(named);
    QVERIFY(named->at(0).promptTokens == 374 && named->at(0).answerTokens == 44);
    const QString headless = traceFromCsv("2023-11-16 18:15:46,1,2\n2023-11-16 18:15:47,1,2\n").error();
    QVERIFY2(headless.contains(QStringLiteral("is a row already")), qPrintable(headless));
    QVERIFY(traceFromCsv("TIMESTAMP,Context,Generated\n2023-11-16 18:15:46,1,2\n")
                .error()
                .contains(QStringLiteral("names not all")));
    const QString years = traceFromCsv("head\n2023-11-16 18:15:46,1,2\n2025-11-16 18:15:46,1,2\n").error();
    QVERIFY2(years.contains(QStringLiteral("at most 7")), qPrintable(years));
}

/// T23: every call of the recorded hour comes when it came, and is as long as it was.
void StudyTest::aRecordedHour()
{
    QFile file(QStringLiteral(SOURCE_ROOT "/../shared/data/azure-llm-2023-conv.csv"));
    if (!file.open(QIODevice::ReadOnly))
        QSKIP("SKIPPED: the recorded hour is not here");
    Scenario s;
    s.workload.kind = Workload::Kind::Trace;
    s.workload.trace = *traceFromCsv(file.readAll());
    s.models = {ProviderModel{}};
    QCOMPARE(s.workload.trace.size(), 19'366);
    s.length = s.workload.trace.last().at + 1s;
    QVERIFY(std::abs(toSeconds(s.workload.trace.last().at) - 3'501.7) < 0.1);
    SimulatedPolicy policy = ours(4, 1);
    RetryConfig c;
    c.maxConcurrent = 10'000;
    policy.config = std::make_shared<const RetryConfig>(c);
    const SimulationResult r = simulate(s, policy, 1);
    QCOMPARE(r.calls, 19'366);
    double prompts = 0, answers = 0;
    for (const TraceRow &row : s.workload.trace) {
        prompts += double(row.promptTokens);
        answers += double(row.answerTokens);
    }
    QCOMPARE(r.answered, r.calls);
    QCOMPARE(r.promptTokens, prompts);
    QCOMPARE(r.answerTokens, answers);
}

void StudyTest::words()
{
    QCOMPARE(estimateText(Measure::Success, Estimate{0.99871, 0.00052, 20}), QStringLiteral("99.871 % ± 0.052"));
    QCOMPARE(estimateText(Measure::P95, Estimate{1.2345, 0.21, 20}), QStringLiteral("1.23 s ± 0.21"));
    QCOMPARE(estimateText(Measure::P95, std::nullopt), QStringLiteral("none"));
    QCOMPARE(estimateText(Measure::Recovery, std::nullopt), QStringLiteral("no fault ends"));
    QCOMPARE(meanText(Measure::Recovery, std::nullopt), QStringLiteral("no fault ends"));
    QCOMPARE(estimateText(Measure::Attempts, Estimate{1.5, 0.012, 20}, Estimate{0.01, 0.02, 20}),
             QStringLiteral("1.50 ± 0.01 ~"));
    QCOMPARE(estimateText(Measure::Attempts, Estimate{1.5, {}, 1}), QStringLiteral("1.50"));
    QCOMPARE(estimateText(Measure::Cost, Estimate{0.00123456, 0.00002, 20}), QStringLiteral("1.235 ± 0.020"));
}

void StudyTest::whatADifferenceIsCalled()
{
    QCOMPARE(meanText(Measure::Success, Estimate{0.99871, 0.00052, 20}), QStringLiteral("99.871 %"));
    QCOMPARE(halfWidthText(Measure::Success, Estimate{0.99871, 0.00052, 20}), QStringLiteral("± 0.052"));
    QCOMPARE(meanText(Measure::P95, std::nullopt), QStringLiteral("none"));
    const Estimate more{0.031, 0.004, 20}, less{-0.31, 0.02, 20}, none{0.031, 0.04, 20};
    QCOMPARE(differenceText(Measure::Success, more), QStringLiteral("+3.10 ± 0.40 points"));
    QCOMPARE(shortDifferenceText(Measure::Success, more), QStringLiteral("+3.10 ± 0.40"));
    QCOMPARE(differenceText(Measure::P95, less), QStringLiteral("−0.31 ± 0.02 s"));
    QCOMPARE(differenceText(Measure::Attempts, none), QStringLiteral("no difference"));
    const StudyResult r = run({*namedScenario(QStringLiteral("minute-outage")), {ours(4), ours(1), ours(4)}, 6, 1, 0});
    const QString sentence = forecastSentence(r, 0, 1, QStringLiteral("one attempt"));
    QVERIFY2(sentence.startsWith(QStringLiteral("Against one attempt, "))
                 && sentence.contains(QStringLiteral(" points more calls are answered; "))
                 && sentence.contains(QStringLiteral("a call costs ")),
             qPrintable(sentence));
    QVERIFY(forecastSentence(r, 0, 2, QStringLiteral("itself")).startsWith(QStringLiteral("No difference to itself")));
}

void StudyTest::callsThatAreDrawnMayBeStopped()
{
    Scenario s;
    s.workload.perSecond = 10;
    s.length = 3h;
    DrawnDay day;
    int asked = 0;
    QVERIFY(!day.of(s, 1, [&asked] { return ++asked == 2; }));
    QCOMPARE(asked, 2);
    const auto calls = day.of(s, 1, [] { return false; });
    QVERIFY(calls && calls->lengths.size() > 100'000);
}

SUITE_TEST(StudyTest)
#include "tst_study.moc"
