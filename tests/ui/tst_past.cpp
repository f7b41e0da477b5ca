// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historystore.h"
#include "base/timeformat.h"
#include "mainwindow.h"
#include "models/callmodel.h"
#include "models/historyevents.h"
#include "models/historypast.h"
#include "pages/healthheader.h"
#include "support/idleengine.h"
#include "support/suite.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace retryscope;

/// The window's way into the stored past: bins as the dashboard would have counted them itself, and older events.
class PastTest : public QObject
{
    Q_OBJECT
private slots:
    void theDashboardsPastIsWhatItWouldHaveCounted_data();
    void theDashboardsPastIsWhatItWouldHaveCounted();
    void simulatedCallsAreNoPastOfARealProvider();
    void nothingOfThisRunIsCountedTwice();
    void whatOtherProgramsDoMeanwhileIsCounted();
    void whatOtherProgramsRecordComesOnce();
    void aWindowWithoutCallsOfItsOwnShowsThem();
    void theHeadlineSaysHowTheyAreServed();
    void olderEventsComeInPagesAcrossRuns();
    void olderEventsAreFiltered();
    void aShutModelIsNotItsProvider_data();
    void aShutModelIsNotItsProvider();

private:
    static constexpr WallTime start{std::chrono::milliseconds(1'790'000'123'456)};

    /// One call a second on two providers: every fifth fails once and is tried again elsewhere.
    static Events traffic(WallTime from, int seconds)
    {
        Events events;
        quint64 seq = 0;
        const auto add = [&](int second, EventKind kind, auto fill) {
            Event e;
            e.seq = ++seq;
            e.kind = kind;
            e.wall = from + std::chrono::seconds(second);
            e.at = SteadyTime(1h + std::chrono::seconds(second));
            e.call = CallId{quint64(second + 1)};
            e.provider = second % 3 ? QStringLiteral("openai") : QStringLiteral("mistral");
            e.model = QStringLiteral("m");
            e.attempt = 1;
            e.simulated = true;
            fill(e);
            events.append(e);
        };
        for (int s = 0; s < seconds; ++s) {
            add(s, EventKind::CallSubmitted, [](Event &e) { e.attempt = 0; e.provider.clear(); });
            add(s, EventKind::AttemptStarted, [](Event &) {});
            const bool fails = s % 5 == 4;
            add(s, EventKind::AttemptFinished, [&](Event &e) {
                e.reason = fails ? RetryReason::RateLimit : RetryReason::None;
                e.health = traits(e.reason).health;
                e.duration = std::chrono::milliseconds(100 + s % 7);
            });
            if (fails) {
                add(s, EventKind::FailedOver, [](Event &e) {
                    e.reason = RetryReason::RateLimit;
                    e.toProvider = QStringLiteral("anthropic");
                });
                add(s, EventKind::AttemptStarted, [](Event &e) {
                    e.provider = QStringLiteral("anthropic");
                    e.attempt = 2;
                });
                add(s, EventKind::AttemptFinished, [](Event &e) {
                    e.provider = QStringLiteral("anthropic");
                    e.attempt = 2;
                    e.duration = 50ms;
                });
            }
            add(s, EventKind::CallFinished, [&](Event &e) {
                e.provider = fails ? QStringLiteral("anthropic") : e.provider;
                e.attempt = fails ? 2 : 1;
                e.outcome = fails ? CallOutcome::RecoveredByFailover : CallOutcome::FirstTry;
                e.duration = 200ms;
            });
        }
        return events;
    }
    static HistoryLocation in(const QTemporaryDir &folder)
    {
        HistoryLocation location;
        location.file = folder.filePath(QStringLiteral("history.sqlite"));
        return location;
    }
    static HistoryOptions withClock(WallTime now, qint64 run)
    {
        HistoryOptions options;
        options.now = [now] { return now; };
        options.run = run;
        return options;
    }
    void write(const QTemporaryDir &folder, const Events &events, qint64 run)
    {
        HistoryStore store(in(folder), withClock(events.last().wall, run));
        store.append(events);
        bool flushed = false;
        store.flush(this, [&] { flushed = true; });
        QVERIFY(QTest::qWaitFor([&] { return flushed; }, 10'000));
    }
    PastAnswer ask(HistoryStore &store, const PastRequest &request)
    {
        HistoryPast past(store);
        std::optional<PastAnswer> answer;
        past.request(request, [&](const PastAnswer &a) { answer = a; });
        if (!QTest::qWaitFor([&] { return answer.has_value(); }, 10'000))
            QTest::qFail("no answer", __FILE__, __LINE__);
        return answer.value_or(PastAnswer{});
    }
    struct Sum
    {
        quint64 attempts = 0, failures = 0, calls = 0, retries = 0;
        bool operator==(const Sum &) const = default;
    };
    static void add(Sum &sum, const TrafficBin &bin)
    {
        sum.attempts += bin.attempts();
        sum.failures += bin.failures;
        sum.calls += bin.owed();
        sum.retries += bin.retryCount() + bin.failoverCount();
    }
};

void PastTest::theDashboardsPastIsWhatItWouldHaveCounted_data()
{
    QTest::addColumn<int>("span");
    for (std::size_t span = 0; span < seriesSpans.size(); ++span)
        QTest::addRow("%s", qPrintable(formatDuration(seriesSpans[span].window))) << int(span);
}

void PastTest::theDashboardsPastIsWhatItWouldHaveCounted()
{
    QFETCH(int, span);
    QTemporaryDir folder;
    const int seconds = span == 0 ? 100 : 1500;
    const Events events = traffic(start, seconds);
    write(folder, events, 11);
    const WallTime until = events.last().wall + 7s; // the new run begins
    HistoryStore store(in(folder), withClock(until, 12));
    const PastRequest request{
        std::size_t(span),
        until - std::chrono::duration_cast<std::chrono::milliseconds>(seriesSpans[std::size_t(span)].window), until};
    const PastAnswer answer = ask(store, request);
    QVERIFY2(answer.problem.isEmpty(), qPrintable(answer.problem));

    TimeSeries counted; // what a dashboard would have seen
    counted.sync(events.first().at, events.first().wall);
    for (const Event &e : events)
        counted.onEvent(e);
    TimeSeries merged;
    merged.setPast(std::size_t(span), answer.pieces);
    int compared = 0;
    for (const char *provider : {"openai", "mistral", "anthropic"}) {
        for (qint64 key = TimeSeries::keyOf(std::size_t(span), start);
             key <= TimeSeries::keyOf(std::size_t(span), until); ++key) {
            const TrafficBin *expected = counted.bin(QLatin1String(provider), std::size_t(span), key);
            const TrafficBin *actual = merged.bin(QLatin1String(provider), std::size_t(span), key);
            if (!expected || TimeSeries::startOf(std::size_t(span), key) < request.from)
                continue;
            QVERIFY2(actual, qPrintable(QStringLiteral("%1 has no bin %2").arg(QLatin1String(provider)).arg(key)));
            Sum a, b;
            add(a, *actual);
            add(b, *expected);
            QVERIFY2(a == b, qPrintable(QStringLiteral("%1, bin %2: %3/%4/%5/%6 instead of %7/%8/%9/%10")
                                            .arg(QLatin1String(provider))
                                            .arg(key)
                                            .arg(a.attempts)
                                            .arg(a.failures)
                                            .arg(a.calls)
                                            .arg(a.retries)
                                            .arg(b.attempts)
                                            .arg(b.failures)
                                            .arg(b.calls)
                                            .arg(b.retries)));
            QCOMPARE(actual->real, 0ULL);
            QCOMPARE(actual->latency.count(), expected->latency.count());
            if (expected->latency.count() > 0) {
                for (const double q : {0.5, 0.95}) {
                    const double is = toSeconds(*actual->latency.quantile(q)),
                                 should = toSeconds(*expected->latency.quantile(q));
                    QVERIFY2(std::abs(is / should - 1.0) < 0.2,
                             qPrintable(QStringLiteral("%1 s instead of %2 s").arg(is).arg(should)));
                }
            }
            ++compared;
        }
    }
    QVERIFY(compared > 0);
}

void PastTest::simulatedCallsAreNoPastOfARealProvider()
{
    QTemporaryDir folder;
    const Events simulated = traffic(start, 60);
    Events real = traffic(start + 60s, 30);
    for (Event &e : real)
        e.simulated = false;
    write(folder, simulated, 11);
    write(folder, real, 13);
    const WallTime until = start + 120s;
    HistoryStore store(in(folder), withClock(until, 12));
    PastRequest request{1, until - 15min, until};
    const auto owed = [&](const ProviderId &provider) {
        quint64 n = 0;
        for (const SeriesPiece &piece : ask(store, request).pieces)
            n += piece.provider == provider ? piece.bin.attempts() : 0;
        return n;
    };
    const auto counted = [](const Events &events, const ProviderId &provider) {
        return quint64(std::count_if(events.begin(), events.end(), [&](const Event &e) {
            return e.kind == EventKind::AttemptFinished && e.provider == provider;
        }));
    };
    const ProviderId openai = QStringLiteral("openai"), mistral = QStringLiteral("mistral");
    QCOMPARE(owed(openai), counted(simulated, openai) + counted(real, openai)); // nobody is configured
    request.traffic = {{{openai, false}, {QStringLiteral("anthropic"), true}}, {true, true}};
    QCOMPARE(owed(openai), counted(real, openai));
    QCOMPARE(owed(QStringLiteral("anthropic")), counted(simulated, QStringLiteral("anthropic")));
    QCOMPARE(owed(mistral), counted(simulated, mistral) + counted(real, mistral)); // was taken out; may have been either
    request.traffic = {{{openai, false}}, {true, false}};
    QCOMPARE(owed(mistral), counted(real, mistral));
}

void PastTest::nothingOfThisRunIsCountedTwice()
{
    QTemporaryDir folder;
    write(folder, traffic(start, 60), 11);
    const WallTime begun = start + 60s;
    HistoryStore store(in(folder), withClock(begun + 60s, 12));
    store.append(traffic(begun, 60)); // this run's own, which the dashboard sees live
    bool flushed = false;
    store.flush(this, [&] { flushed = true; });
    QVERIFY(QTest::qWaitFor([&] { return flushed; }, 10'000));
    for (std::size_t span = 1; span < seriesSpans.size(); ++span) {
        const PastAnswer answer =
            ask(store,
                {span, begun - std::chrono::duration_cast<std::chrono::milliseconds>(seriesSpans[span].window), begun});
        Sum sum;
        for (const auto &[provider, at, bin] : answer.pieces)
            add(sum, bin);
        QVERIFY2(sum.calls >= 59 && sum.calls <= 60,
                 qPrintable(QStringLiteral("%1 calls in span %2").arg(sum.calls).arg(span))); // to the second
    }
}

/// One program before, this one, and another that began before this one and goes on beside it.
void PastTest::whatOtherProgramsDoMeanwhileIsCounted()
{
    QTemporaryDir folder;
    const WallTime begun = start + 60s, now = begun + 60s;
    write(folder, traffic(start, 60), 11);
    write(folder, traffic(start + 30s, 80), 13);
    HistoryStore store(in(folder), withClock(now, 12));
    store.append(traffic(begun, 60));
    bool flushed = false;
    store.flush(this, [&] { flushed = true; });
    QVERIFY(QTest::qWaitFor([&] { return flushed; }, 10'000));
    for (std::size_t span = 1; span < seriesSpans.size(); ++span) {
        const WallTime from = now - std::chrono::duration_cast<std::chrono::milliseconds>(seriesSpans[span].window);
        for (const WallTime first : {begun - 400ms, begun + 20s, now}) { // when the dashboard counted its own first
            const PastAnswer answer = ask(store, {span, from, first, begun, now});
            QVERIFY2(answer.problem.isEmpty(), qPrintable(answer.problem));
            Sum sum;
            for (const auto &[provider, at, bin] : answer.pieces)
                add(sum, bin);
            QCOMPARE(sum.calls, 140ULL);
            for (const WatchedSpan &watched : answer.watched)
                QVERIFY(watched.to < begun + 60s - 1s); // this run's own time is not the past's
        }
        const PastAnswer played = ask(store, {span, from, begun - 40s, begun, now}); // a rehearsal lies between
        Sum sum;
        for (const auto &[provider, at, bin] : played.pieces)
            add(sum, bin);
        QVERIFY2(sum.calls >= 68 && sum.calls <= 72, // 20 before and 50 beside, to the second
                 qPrintable(QString::number(sum.calls)));
    }
}

void PastTest::whatOtherProgramsRecordComesOnce()
{
    QTemporaryDir folder;
    write(folder, traffic(start, 10), 11);
    const WallTime begun = start + 60s;
    const Events own = traffic(begun, 5), early = traffic(begun + 1s, 5), late = traffic(begun + 2s, 30);
    HistoryStore store(in(folder), withClock(begun + 60s, 12));
    store.append(own);
    HistoryEvents events(store);
    QSignalSpy came(&events, &OlderEventsSource::came), arrived(&events, &OlderEventsSource::arrived);
    Events rehearsed = own, mine = own;
    for (Event &e : rehearsed)
        e.run = 99;
    for (Event &e : mine)
        e.run = 12;
    events.heard(rehearsed); // begins nothing
    events.heard(mine);
    write(folder, early, 13);
    write(folder, late.mid(0, 40), 14);
    Events told;
    const auto take = [&] {
        while (!came.isEmpty())
            told += came.takeFirst()[0].value<Events>();
        return told.size();
    };
    QTRY_COMPARE_WITH_TIMEOUT(take(), early.size() + 40, 30'000);
    write(folder, late, 14); // the first forty are known to the store, too
    QTRY_COMPARE_WITH_TIMEOUT(take(), early.size() + late.size(), 30'000);
    QHash<qint64, quint64> last;
    for (const Event &e : std::as_const(told)) {
        QVERIFY(e.run == 13 || e.run == 14);
        QCOMPARE(e.seq, ++last[e.run]);
        QVERIFY(!e.call || e.call.value > HistoryEvents::runStep);
    }
    events.request({}, mine.first().wall, mine.first().seq, 1'000); // what was before, and nothing of the others
    QVERIFY(arrived.wait(suite::patience));
    const Events older = arrived.takeFirst()[0].value<Events>();
    QCOMPARE(older.size(), traffic(start, 10).size());
    QVERIFY(std::all_of(older.begin(), older.end(), [](const Event &e) { return e.run == 11; }));
}

/// Its one event has come before the history is open.
void PastTest::aWindowWithoutCallsOfItsOwnShowsThem()
{
    QTemporaryDir folder;
    IdleEngine engine;
    Theme theme(ThemeMode::Light);
    MainWindow window(engine, [](const ProviderId &, Fault) {}, theme);
    Event applied;
    applied.kind = EventKind::ConfigurationApplied;
    applied.run = 12;
    applied.seq = 1;
    applied.wall = start;
    emit engine.eventsArrived({applied});
    HistoryStore store(in(folder), withClock(start + 60s, 12));
    HistoryEvents events(store);
    window.setOlderEvents(&events);
    write(folder, traffic(start + 1s, 10), 13);
    const auto *calls = window.findChild<CallModel *>();
    QVERIFY(calls);
    QTRY_COMPARE_WITH_TIMEOUT(calls->calls(), 10, 30'000);
    window.setOlderEvents(nullptr);
}

/// And no longer than it is known.
void PastTest::theHeadlineSaysHowTheyAreServed()
{
    QTemporaryDir folder;
    IdleEngine engine;
    Theme theme(ThemeMode::Light);
    MainWindow window(engine, [](const ProviderId &, Fault) {}, theme);
    window.show();
    const WallTime now = SystemClock().wallNow();
    Event applied;
    applied.kind = EventKind::ConfigurationApplied;
    applied.run = 12;
    applied.seq = 1;
    applied.wall = now - 60s;
    emit engine.eventsArrived({applied});
    const auto *header = window.findChild<HealthHeader *>();
    QVERIFY(header);
    QCOMPARE(header->service(), ServiceState::Unproven);
    HistoryStore store(in(folder), withClock(now, 12));
    HistoryEvents events(store);
    window.setOlderEvents(&events);
    Events failed = traffic(now - 20s, 15);
    for (Event &e : failed) {
        if (e.kind == EventKind::CallFinished) {
            e.outcome = CallOutcome::Failed;
            e.reason = RetryReason::Network;
        }
    }
    write(folder, failed, 13);
    QTRY_COMPARE_WITH_TIMEOUT(header->service(), ServiceState::Bad, 30'000);
    QVERIFY2(header->sentence().startsWith(QStringLiteral("0 % of calls served, in another program (simulated) · ")),
             qPrintable(header->sentence()));
    QVERIFY2(header->sentence().contains(QLatin1String("15 calls failed since ")), qPrintable(header->sentence()));
    window.setOlderEvents(nullptr);
    QTRY_COMPARE_WITH_TIMEOUT(header->service(), ServiceState::Unproven, 30'000);
}

void PastTest::olderEventsComeInPagesAcrossRuns()
{
    QTemporaryDir folder;
    const Events first = traffic(start, 20), second = traffic(start + 60s, 20);
    write(folder, first, 11);
    HistoryStore store(in(folder), withClock(start + 100s, 12));
    store.append(second);
    bool flushed = false;
    store.flush(this, [&] { flushed = true; });
    QVERIFY(QTest::qWaitFor([&] { return flushed; }, 10'000));
    HistoryEvents older(store);
    QSignalSpy arrived(&older, &OlderEventsSource::arrived), failed(&older, &OlderEventsSource::failed);
    Events all;
    WallTime before = second.last().wall;
    quint64 beforeSeq = second.last().seq;
    for (bool more = true; more;) {
        older.request({}, before, beforeSeq, 30);
        QVERIFY(arrived.wait(suite::patience));
        QCOMPARE(failed.count(), 0);
        const auto page = arrived.takeFirst();
        const Events events = page[0].value<Events>();
        more = page[1].toBool();
        if (events.isEmpty())
            break;
        all = events + all;
        before = events.first().wall;
        beforeSeq = events.first().seq;
    }
    QCOMPARE(all.size(), first.size() + second.size() - 1);
    for (qsizetype i = 0; i < first.size(); ++i) {
        QCOMPARE(all[i].seq, first[i].seq);
        QCOMPARE(all[i].call.value, first[i].call.value + HistoryEvents::runStep); // not mixed up with this run's calls
    }
    for (qsizetype i = 0; i + 1 < second.size(); ++i)
        QCOMPARE(all[first.size() + i].call.value, second[i].call.value);
    EventFilter ofCall;
    ofCall.call = CallId{5 + HistoryEvents::runStep};
    older.request(ofCall, start + 200s, 1, 100);
    QVERIFY(arrived.wait(suite::patience));
    const Events story = arrived.takeFirst()[0].value<Events>();
    QCOMPARE(story.size(), 7); // the fifth call failed over
    QCOMPARE(story.first().kind, EventKind::CallSubmitted);
}

void PastTest::olderEventsAreFiltered()
{
    QTemporaryDir folder;
    const Events events = traffic(start, 300);
    write(folder, events, 11);
    HistoryStore store(in(folder), withClock(start + 400s, 12));
    HistoryEvents older(store);
    QSignalSpy arrived(&older, &OlderEventsSource::arrived);
    EventFilter filter;
    filter.outcome =
        CallOutcome::RecoveredByFailover; // the store cannot filter by it: page after page is looked through
    filter.from = start + 50s;
    filter.to = start + 250s;
    older.request(filter, start + 400s, 1, 25);
    QVERIFY(arrived.wait(10'000));
    const auto page = arrived.takeFirst();
    const Events found = page[0].value<Events>();
    QCOMPARE(found.size(), 25);
    QVERIFY(page[1].toBool());
    for (const Event &e : found)
        QVERIFY(filter.matches(e));
    QCOMPARE(found.last().wall, start + 249s);
}

void PastTest::aShutModelIsNotItsProvider_data()
{
    QTest::addColumn<int>("scope");
    QTest::addColumn<bool>("othersAnswer");
    QTest::addColumn<int>("state");
    QTest::newRow("its others answer") << int(Scope::Model) << true << int(ProviderState::Failing);
    QTest::newRow("nothing answers") << int(Scope::Model) << false << int(ProviderState::Down);
    QTest::newRow("the provider is shut") << int(Scope::Provider) << true << int(ProviderState::Down);
}

/// As the engine judges it live.
void PastTest::aShutModelIsNotItsProvider()
{
    QFETCH(int, scope);
    QFETCH(bool, othersAnswer);
    QFETCH(int, state);
    HistoryWindow window;
    window.from = start;
    window.to = start + 60s;
    window.bucket = 10s;
    HistorySeries series;
    series.provider = QStringLiteral("openai");
    for (int i = 0; i < 6; ++i) {
        HistoryPoint point{start + std::chrono::seconds(10 * i), {}};
        Event e;
        e.kind = EventKind::AttemptFinished;
        e.provider = series.provider;
        e.health = HealthSignal::Success;
        if (othersAnswer || i == 0)
            point.counts.add(e);
        series.points.append(point);
    }
    window.series = {series};
    CircuitSpan span;
    span.provider = series.provider;
    span.scope = Scope(scope);
    span.from = start + 15s;
    span.to = start + 45s;
    window.circuits = {span};
    PastAnswer answer;
    addToPast(window, {}, &answer);
    const auto &changes = answer.changes[series.provider];
    const auto at = std::find_if(changes.begin(), changes.end(), [&](const StateChange &c) { return c.at == span.from; });
    QVERIFY(at != changes.end());
    QCOMPARE(int(at->state), state);
}

SUITE_TEST(PastTest)
#include "tst_past.moc"
