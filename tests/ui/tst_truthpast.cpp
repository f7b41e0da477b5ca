// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/systemclock.h"
#include "charts/dashboardcharts.h"
#include "health/healthmonitor.h"
#include "history/historyarchive.h"
#include "history/historystore.h"
#include "models/historypast.h"
#include "models/incidentmodel.h"
#include "pages/dashboardpage.h"
#include "pages/eventspage.h"
#include "support/chartsum.h"
#include "support/cliprogram.h"
#include "support/randomcalls.h"
#include "support/suite.h"

#include <QApplication>
#include <QJsonArray>
#include <QLocale>

using namespace retryscope;

/// One truth, told again: two programs one after the other write random but grammatical streams into one history; the
/// Events page, the incidents, a restarted dashboard, the history read back, `stats --json` and `calls --json` are each
/// compared with a recount by hand.
class TruthPastTest : public QObject
{
    Q_OBJECT
private slots:
    void everyReaderOfThePastCountsTheSame_data();
    void everyReaderOfThePastCountsTheSame();
    void incidentsAddUp_data();
    void incidentsAddUp();

private:
    static constexpr std::array outcomes{CallOutcome::FirstTry,         CallOutcome::SecondChoice,
                                         CallOutcome::RecoveredByRetry, CallOutcome::RecoveredByFailover,
                                         CallOutcome::Failed,           CallOutcome::Cancelled};
    /// One program of `seconds`, whose wall clock begins at `start` and is set back by `back` in the middle.
    static Events program(quint64 seed, qint64 run, int seconds, WallTime start, std::chrono::milliseconds back)
    {
        RandomCalls calls(seed);
        Events all;
        for (int second = 0; second < seconds; ++second) {
            for (std::size_t i = calls.pick(4); i > 0; --i)
                calls.call();
            calls.stream.wait(1s);
            const qsizetype before = all.size();
            all += calls.stream.take();
            for (qsizetype i = before; i < all.size(); ++i) {
                all[i].run = run;
                all[i].wall = start + (all[i].wall - RecordedStream::startWall)
                              - (second >= seconds / 2 ? back : std::chrono::milliseconds(0));
            }
        }
        return all;
    }
    static void keep(const HistoryLocation &place, const Events &events)
    {
        HistoryOptions options;
        options.run = events.first().run;
        HistoryStore store(place, options);
        store.append(events);
        bool written = false;
        QObject receiver;
        store.flush(&receiver, [&] { written = true; });
        QVERIFY(QTest::qWaitFor([&] { return written; }, 20'000));
    }
    static void compareStats(const QJsonObject &stats, const Recount &all, std::map<ProviderId, Recount> &by);
    static void compareCalls(const QByteArray &lines, const Recount &all);
    static void compareDashboard(const HistoryLocation &place, WallTime last, const Recount &all,
                                 std::map<ProviderId, Recount> &by);
};

void TruthPastTest::everyReaderOfThePastCountsTheSame_data()
{
    QTest::addColumn<quint64>("seed");
    QTest::addColumn<int>("back");
    QTest::newRow("seed 1") << quint64(1) << 0;
    QTest::newRow("seed 2") << quint64(2) << 0;
    QTest::newRow("seed 3, clock set back 7 s") << quint64(3) << 7'000;
    QTest::newRow("seed 4, clock set back 25 s") << quint64(4) << 25'000;
}

void TruthPastTest::everyReaderOfThePastCountsTheSame()
{
    QFETCH(quint64, seed);
    QFETCH(int, back);
    const CliProgram cli;
    const HistoryLocation place{HistoryLocation::Kind::Sqlite, cli.data(QStringLiteral("history.sqlite"))};
    const WallTime start = SystemClock().wallNow() - 20min;
    Recount all;
    std::map<ProviderId, Recount> by;
    Theme theme(ThemeMode::Light);
    EventsPage page(theme);
    page.setProviders(RecordedStream::fourProviders());
    WallTime last{};
    qsizetype events = 0;
    for (const qint64 run : {21, 22}) {
        const Events written =
            program(seed * 100 + quint64(run), run, 60, start + (run - 21) * 90s, std::chrono::milliseconds(back));
        for (const Event &e : written) {
            all.add(e);
            by[e.provider].add(e);
            last = std::max(last, e.wall);
        }
        events += written.size();
        keep(place, written);
        page.onEvents(written);
    }
    QVERIFY(all.submitted > 100 && all.of(CallOutcome::Failed) > 0 && all.skips > 0);

    // The history, read back.
    HistoryArchive archive(place);
    QCOMPARE(archive.open(), QString());
    Recount kept;
    qsizetype read = 0;
    QCOMPARE(archive.reader().eachEvent({}, [&](const Event &e) { kept.add(e); return ++read > 0; }), QString());
    QCOMPARE(read, events);
    QVERIFY(kept.outcomes == all.outcomes && kept.submitted == all.submitted && kept.retries == all.retries
            && kept.failovers == all.failovers && kept.skips == all.skips && kept.failedAttempts == all.failedAttempts);
    // The Events page: a row a call.
    std::map<CallOutcome, quint64> rows;
    for (int i = 0; i < page.model().rowCount(); ++i)
        ++rows[page.model().row(i).outcome];
    QCOMPARE(quint64(page.model().calls()), all.submitted);
    for (const CallOutcome outcome : outcomes)
        QCOMPARE(rows[outcome], all.of(outcome));
    QCOMPARE(rows[CallOutcome::None], all.submitted - all.owed() - all.of(CallOutcome::Cancelled));
    // The command line.
    const auto stats = cli.run({QStringLiteral("stats"), QStringLiteral("--json")});
    QVERIFY2(stats.code == 0, stats.said());
    compareStats(QJsonDocument::fromJson(stats.out).object(), all, by);
    const auto calls = cli.run(
        {QStringLiteral("calls"), QStringLiteral("--json"), QStringLiteral("--limit"), QStringLiteral("100000")});
    QVERIFY2(calls.code == 0, calls.said());
    compareCalls(calls.out, all);
    // A dashboard that was started afterwards.
    compareDashboard(place, last, all, by);
}

void TruthPastTest::compareStats(const QJsonObject &stats, const Recount &all, std::map<ProviderId, Recount> &by)
{
    QCOMPARE(quint64(stats[QLatin1String("total_calls")].toInt()), all.owed() + all.of(CallOutcome::Cancelled));
    for (const CallOutcome outcome : outcomes)
        QCOMPARE(quint64(stats[toKey(outcome)].toInt()), all.of(outcome));
    quint64 failed = 0;
    for (const QJsonValue &n : stats[QLatin1String("retries_by_reason")].toObject())
        failed += quint64(n.toInt());
    QCOMPARE(failed - quint64(stats[QLatin1String("retries_by_reason")][toKey(RetryReason::Cancelled)].toInt()),
             all.failedAttempts);
    const QJsonObject providers = stats[QLatin1String("providers")].toObject();
    for (auto &[id, counts] : by) {
        if (!id.isEmpty())
            QCOMPARE(quint64(stats[QLatin1String("provider_failures")][id].toInt()), counts.failedAttempts);
        if (counts.started)
            QCOMPARE(quint64(providers[id][QLatin1String("attempts")].toInt()), counts.started);
    }
}

void TruthPastTest::compareCalls(const QByteArray &lines, const Recount &all)
{
    std::map<QString, quint64> told;
    quint64 skips = 0, attempts = 0;
    for (const QByteArray &line : lines.split('\n')) {
        if (line.isEmpty())
            continue;
        const QJsonObject call = QJsonDocument::fromJson(line).object();
        ++told[call[QLatin1String("outcome")].toString()];
        attempts += quint64(call[QLatin1String("attempts")].toInt());
        for (const QJsonValue &stop : call[QLatin1String("route")].toArray())
            skips += stop[QLatin1String("skipped")].isString();
    }
    for (const CallOutcome outcome : outcomes)
        QCOMPARE(told[toKey(outcome)], all.of(outcome));
    QCOMPARE(told[QStringLiteral("unfinished")], all.submitted - all.owed() - all.of(CallOutcome::Cancelled));
    QCOMPARE(attempts, all.started);
    QCOMPARE(skips, all.skips);
}

void TruthPastTest::compareDashboard(const HistoryLocation &place, WallTime last, const Recount &all,
                                     std::map<ProviderId, Recount> &by)
{
    HistoryStore store(place);
    HistoryPast past(store);
    Theme theme(ThemeMode::Light);
    DashboardState state;
    state.setProviders(RecordedStream::fourProviders());
    DashboardPage page(state, theme);
    page.resize(1100, 900);
    state.advance(RecordedStream::startSteady, last + 3s);
    page.setPast(&past);
    page.refresh(RecordedStream::startSteady);
    for (const std::size_t span : {std::size_t(1), std::size_t(2)}) { // those that hold it all
        page.model().setSpan(span);
        QVERIFY(QTest::qWaitFor([&] { return !page.model().isLoading(); }, 10'000));
        page.refresh(RecordedStream::startSteady);
        const ChartTable retries = page.charts()[0]->table(), latency = page.charts()[1]->table(),
                         ends = page.charts()[2]->table();
        QCOMPARE(columnSum(retries, int(retries.headers.size()) - 1), all.retries + all.failovers);
        int column = 1;
        for (const CallOutcome o : {CallOutcome::FirstTry, CallOutcome::SecondChoice, CallOutcome::RecoveredByRetry,
                                    CallOutcome::RecoveredByFailover, CallOutcome::Failed})
            QCOMPARE(columnSum(ends, column++), all.of(o));
        for (int i = 0; i < int(shownProviders.size()); ++i)
            QCOMPARE(columnSum(latency, 3 + 3 * i), by[shownProviders[i]].answered);
    }
    page.setPast(nullptr);
}

void TruthPastTest::incidentsAddUp_data()
{
    QTest::addColumn<quint64>("seed");
    for (quint64 seed = 1; seed <= 8; ++seed)
        QTest::addRow("seed %llu", static_cast<unsigned long long>(seed)) << seed;
}

void TruthPastTest::incidentsAddUp()
{
    QFETCH(quint64, seed);
    HealthMonitor monitor;
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    monitor.configure(configuration);
    IncidentModel model;
    Events events = program(seed, 3, 120, RecordedStream::startWall, {});
    for (qsizetype i = 0; i < events.size(); ++i) { // no two at once, so that a span tells which events are in it
        events[i].at = RecordedStream::startSteady + i * 37ms;
        events[i].wall = RecordedStream::startWall + i * 37ms;
    }
    for (const Event &e : events)
        monitor.onEvent(e);
    model.onHealth(monitor.take());
    QVERIFY(model.rowCount() > 0);
    for (const Incident &incident : model.all()) {
        quint64 against = 0, ends = 0;
        for (const Event &e : events) {
            const bool within = e.wall >= incident.started && (incident.isOpen() || e.wall <= incident.ended);
            against += within && e.provider == incident.provider && e.kind == EventKind::AttemptFinished
                       && e.health == HealthSignal::Failure;
            ends +=
                e.kind == EventKind::CallFinished && e.wall >= incident.started && e.outcome != CallOutcome::Cancelled;
        }
        QCOMPARE(incident.failedAttempts, against);
        quint64 causes = 0, drawn = 0, carried = 0;
        for (const IncidentCause &cause : incident.causes)
            causes += cause.attempts;
        for (const IncidentCurve::Bin &bin : incident.curve.bins)
            drawn += bin.failed + bin.rerouted + bin.delayed;
        for (const auto &[who, calls] : incident.carriedBy)
            carried += calls;
        QCOMPARE(causes, incident.failedAttempts);
        QCOMPARE(drawn, incident.concernedCalls());
        QCOMPARE(carried, incident.reroutedCalls + incident.delayedCalls);
        QVERIFY(incident.concernedCalls() <= ends);
        QVERIFY(incident.addedMedian() <= incident.addedP95() && incident.addedP95() <= incident.addedWorst());
    }
}

SUITE_MAIN(TruthPastTest)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    QApplication app(argc, argv);
    TruthPastTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_truthpast.moc"
