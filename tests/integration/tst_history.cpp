// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historystore.h"
#include "history/rollup.h"
#include "support/historysamples.h"
#include "support/suite.h"

#include <QJsonDocument>
#include <QTemporaryDir>
#include <QThread>

using namespace retryscope;

namespace {

constexpr WallTime noon{std::chrono::milliseconds(1'790'000'000'000)};

HistoryOptions quick(WallTime now = noon + 24h, int batch = 700)
{
    HistoryOptions options;
    options.batch = batch;
    options.flushEvery = std::chrono::milliseconds(20);
    options.now = [now] { return now; };
    return options;
}

/// One event of the kind with every field that the kind uses.
Event full(EventKind kind, quint64 seq)
{
    Event e;
    e.seq = seq;
    e.kind = kind;
    e.at = SteadyTime(Duration(123'456'789'012'345));
    e.wall = noon + std::chrono::milliseconds(seq);
    e.call = CallId{(quint64(1) << 52) + 7};
    e.attempt = 2;
    e.maxAttempts = 5;
    e.provider = QStringLiteral("open\"ai");
    e.model = QStringLiteral("modèle-日本 'x'");
    e.rule = QStringLiteral("status 429");
    e.detail = QStringLiteral("a line\nand a \\ tab\t");
    e.simulated = true;
    e.costUsd = 0.000123;
    e.tokensIn = 11;
    e.tokensOut = 2'000'000;
    e.tokensCached = 3;
    e.finish = QStringLiteral("other");
    e.finishReason = QStringLiteral("out-of-\"steam\"");
    e.unreadable = 2;
    e.firstToken = Duration(21'234'567);
    if (kind == EventKind::AttemptFinished) {
        e.reason = RetryReason::RateLimit;
        e.delivery = Delivery::MaybeSent;
        e.status = 429;
        e.duration = Duration(812'345'678);
        e.scope = Scope::Model;
        e.limits = {{LimitKind::Requests, 100, 0, Duration(1'500'000'000), true},
                    {LimitKind::OutputTokens, std::nullopt, 5, std::nullopt, false}};
        e.headers = {{QStringLiteral("retry-after"), QStringLiteral("2")},
                     {QStringLiteral("x-request-id"), QStringLiteral("abc")}};
    } else if (kind == EventKind::RetryScheduled || kind == EventKind::FailedOver) {
        e.reason = RetryReason::ServerError;
        e.delay = Duration(350'000'001);
        e.delaySource = DelaySource::Server;
        e.toProvider = kind == EventKind::FailedOver ? QStringLiteral("mistral") : QString();
    } else if (kind == EventKind::CircuitChanged) {
        e.circuitFrom = CircuitState::HalfOpen;
        e.circuitTo = CircuitState::Isolated;
        e.openFor = Duration(30'000'000'000);
        e.scope = Scope::Account;
    } else if (kind == EventKind::ProbeFinished) {
        e.duration = Duration(99'000'001);
    } else if (kind == EventKind::CallFinished) {
        e.delay = Duration(4'000'000'005);
        e.outcome = CallOutcome::RecoveredByFailover;
        e.duration = Duration(7'000'000'003);
    } else if (kind == EventKind::DegradedChanged) {
        e.degraded = true;
    } else if (kind == EventKind::AttemptStarted) {
        e.maybeTwice = true;
    }
    return e;
}

} // namespace

class HistoryTest : public QObject
{
    Q_OBJECT
private slots:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); QVERIFY(m_dir->isValid()); }
    void everyFieldComesBack();
    void rollUpsEqualANaiveRecount_data();
    void rollUpsEqualANaiveRecount();
    void anEventFromThePastStillCounts();
    void circuitsAreListedExactly();
    void slownessAndRunsAreGivenOut();
    void whatWasRecordedAfterAClockSetBackWasWatched();
    void aRestartEndsTheCircuitsOfTheRunBefore();
    void filtersAndPagesFindEveryEventOnce();
    void callsOfDifferentRunsAreKeptApart();
    void theSameEventIsWrittenOnce();
    void aFullQueueDropsTheOldestAndCounts();
    void offKeepsNothingAndSaysSo();
    void aReceiverThatIsGoneGetsNoAnswer();
    void answersArriveOnTheReceiversThread();

private:
    HistoryLocation place() const
    {
        return {HistoryLocation::Kind::Sqlite, m_dir->filePath(QStringLiteral("deep/er/history.sqlite"))};
    }
    std::unique_ptr<QTemporaryDir> m_dir;
};

void HistoryTest::everyFieldComesBack()
{
    HistoryStore store(place(), quick());
    Events events;
    for (int kind = 0; kind <= int(EventKind::DegradedChanged); ++kind)
        events << full(EventKind(kind), quint64(kind) + 1);
    store.append(events);
    QVERIFY(flushed(store));
    const StoredEvents stored = eventsOf(store, {});
    QCOMPARE(stored.problem, QString());
    QCOMPARE(stored.events.size(), events.size());
    for (qsizetype i = 0; i < events.size(); ++i) {
        const Event &was = events[i];
        Event is = stored.events[events.size() - 1 - i].event;
        QCOMPARE(is.run, store.run());
        is.run = was.run;
        QCOMPARE(toJson(is), toJson(was));
        QCOMPARE(QJsonDocument::fromJson(toJsonLine(was)).object(), toJson(was));
        QCOMPARE(is.seq, was.seq);
        QVERIFY(is.kind == was.kind && is.at == was.at && is.wall == was.wall && is.call == was.call
                && is.scope == was.scope);
        QVERIFY(is.attempt == was.attempt && is.maxAttempts == was.maxAttempts && is.status == was.status
                && is.delivery == was.delivery);
        QVERIFY(is.provider == was.provider && is.toProvider == was.toProvider && is.model == was.model
                && is.rule == was.rule && is.detail == was.detail);
        QVERIFY(is.reason == was.reason && is.outcome == was.outcome && is.delaySource == was.delaySource
                && is.delay == was.delay && is.duration == was.duration);
        QVERIFY(is.firstToken == was.firstToken && is.tokensIn == was.tokensIn && is.tokensOut == was.tokensOut
                && is.tokensCached == was.tokensCached && is.finish == was.finish && is.finishReason == was.finishReason && is.unreadable == was.unreadable
                && is.costUsd == was.costUsd);
        QVERIFY(is.circuitFrom == was.circuitFrom && is.circuitTo == was.circuitTo && is.openFor == was.openFor
                && is.degraded == was.degraded);
        QVERIFY(is.maybeTwice == was.maybeTwice && is.limits == was.limits && is.headers == was.headers
                && is.simulated == was.simulated);
    }
}

void HistoryTest::rollUpsEqualANaiveRecount_data()
{
    QTest::addColumn<qint64>("seconds");
    QTest::addColumn<int>("points");
    QTest::addColumn<qint64>("bucket");
    QTest::newRow("2 min by the second") << qint64(120) << 120 << qint64(1);
    QTest::newRow("30 min by ten seconds") << qint64(1'800) << 180 << qint64(10);
    QTest::newRow("6 h by the minute") << qint64(6 * 3'600) << 360 << qint64(60);
    QTest::newRow("24 h by five minutes") << qint64(24 * 3'600) << 288 << qint64(300);
    QTest::newRow("7 d by half hours") << qint64(7 * 24 * 3'600) << 336 << qint64(1'800);
    QTest::newRow("6 h in 100 points") << qint64(6 * 3'600) << 100 << qint64(240);
    QTest::newRow("24 h in 7 points") << qint64(24 * 3'600) << 7 << qint64(12'600);
}

void HistoryTest::rollUpsEqualANaiveRecount()
{
    QFETCH(const qint64, seconds);
    QFETCH(const int, points);
    QFETCH(const qint64, bucket);
    const quint64 seed = 4'711;
    qInfo("seed %llu", seed);
    const std::chrono::seconds span(seconds);
    SampleTraffic traffic(seed, noon, std::chrono::duration_cast<std::chrono::milliseconds>(span) / 8'000);
    const Events events = traffic.make(9'000); // a little more than the window
    HistoryStore store(place(), quick(traffic.wall()));
    for (qsizetype i = 0; i < events.size(); i += 450) // many batches share their buckets
        store.append(events.mid(i, 450));
    QVERIFY(flushed(store));

    const HistoryWindow window = windowOf(
        store,
        {noon + 5min * (seconds / 3'600), noon + 5min * (seconds / 3'600) + span, points, {}, HistoryTraffic::Any});
    QCOMPARE(window.problem, QString());
    QVERIFY2(window.points.size() <= points + 1, qPrintable(QString::number(window.points.size())));
    QCOMPARE(qint64(window.bucket.count()), bucket * 1'000);
    std::map<std::pair<QString, bool>, std::map<qint64, NaiveCounts>> naive;
    std::map<qint64, NaiveCounts> together;
    NaiveCounts total;
    for (const Event &e : events) {
        if (e.wall < window.from || e.wall >= window.to)
            continue;
        const qint64 point = (e.wall - window.from) / window.bucket;
        naive[{e.provider, e.simulated}][point].add(e);
        together[point].add(e);
        total.add(e);
    }
    QVERIFY(total.counts.started > 500);
    QCOMPARE(difference(window.total, total), QString());
    for (qsizetype i = 0; i < window.points.size(); ++i) {
        QCOMPARE(window.points[i].start, window.from + i * window.bucket);
        QCOMPARE(difference(window.points[i].counts, together[i]), QString());
    }
    QCOMPARE(window.series.size(), qsizetype(10)); // four providers and nobody yet, real and simulated
    for (const HistorySeries &series : window.series) {
        NaiveCounts sum;
        for (const Event &e : events) {
            if (e.wall >= window.from && e.wall < window.to && e.provider == series.provider
                && e.simulated == series.simulated)
                sum.add(e);
        }
        QCOMPARE(difference(series.total, sum), QString());
        for (qsizetype i = 0; i < series.points.size(); ++i)
            QCOMPARE(difference(series.points[i].counts, naive[{series.provider, series.simulated}][i]), QString());
    }
    const HistoryWindow real =
        windowOf(store, {window.from, window.to, points, {QStringLiteral("mistral")}, HistoryTraffic::Real});
    QCOMPARE(real.series.size(), qsizetype(1));
    QVERIFY(real.series[0].provider == QStringLiteral("mistral") && !real.series[0].simulated);
    QCOMPARE(real.total.started, real.series[0].total.started);
}

void HistoryTest::anEventFromThePastStillCounts()
{
    HistoryStore store(place(), quick());
    NaiveCounts all;
    quint64 seq = 0;
    for (const int minute : {30, 31, 0, 59, 0, 30}) { // the clock is set back and forth
        Event e = full(EventKind::AttemptFinished, ++seq);
        e.wall = noon + std::chrono::minutes(minute);
        all.add(e);
        store.append(e);
        QVERIFY(flushed(store));
    }
    const HistoryWindow window = windowOf(store, {noon, noon + 1h, 60, {}, HistoryTraffic::Any});
    QCOMPARE(difference(window.total, all), QString());
    QCOMPARE(window.points[0].counts.ends[std::size_t(RetryReason::RateLimit)], quint64(2));
}

void HistoryTest::circuitsAreListedExactly()
{
    HistoryStore store(place(), quick());
    quint64 seq = 0;
    const auto change = [&](int second, CircuitState from, CircuitState to, Scope scope = Scope::Provider) {
        Event e = full(EventKind::CircuitChanged, ++seq);
        e.provider = QStringLiteral("openai");
        e.wall = noon + std::chrono::seconds(second);
        e.circuitFrom = from;
        e.circuitTo = to;
        e.scope = scope;
        e.openFor = to == CircuitState::Open ? std::optional<Duration>(10s) : std::nullopt;
        store.append(e);
    };
    change(-500, CircuitState::Closed, CircuitState::Open);   // before the window, and over before it
    change(-400, CircuitState::Open, CircuitState::Closed);
    change(-60, CircuitState::Closed, CircuitState::Isolated, Scope::Model); // before it, and still so
    change(10, CircuitState::Closed, CircuitState::Open);
    change(20, CircuitState::Open, CircuitState::HalfOpen);
    change(21, CircuitState::HalfOpen, CircuitState::Closed);
    change(100, CircuitState::Closed, CircuitState::Open);
    QVERIFY(flushed(store));
    const HistoryWindow window = windowOf(store, {noon, noon + 2min, 120, {}, HistoryTraffic::Any});
    QCOMPARE(window.circuits.size(), qsizetype(4));
    const auto is = [&](int i, CircuitState state, int from, int to, bool ongoing) {
        const CircuitSpan &s = window.circuits[i];
        return s.state == state && s.from == noon + std::chrono::seconds(from)
               && s.to == noon + std::chrono::seconds(to) && s.ongoing == ongoing;
    };
    QVERIFY(is(0, CircuitState::Isolated, 0, 120, true));
    QCOMPARE(window.circuits[0].model, full(EventKind::CircuitChanged, 1).model);
    QVERIFY(is(1, CircuitState::Open, 10, 20, false));
    QVERIFY(window.circuits[1].openFor == Duration(10s) && window.circuits[1].model.isEmpty());
    QVERIFY(is(2, CircuitState::HalfOpen, 20, 21, false));
    QVERIFY(is(3, CircuitState::Open, 100, 120, true));
}

void HistoryTest::slownessAndRunsAreGivenOut()
{
    const auto slow = [](quint64 seq, int second, bool is) {
        Event e = full(EventKind::DegradedChanged, seq);
        e.provider = QStringLiteral("openai");
        e.wall = noon + std::chrono::seconds(second);
        e.degraded = is;
        return e;
    };
    {
        HistoryOptions options = quick();
        options.now = [] { return noon - 10s; };
        HistoryStore store(place(), options);
        store.append({slow(1, 10, true), slow(2, 20, false), slow(3, 30, true)});
    }
    HistoryOptions options = quick();
    options.now = [] { return noon + 90s; };
    HistoryStore store(place(), options);
    store.append(slow(1, 95, true));
    QVERIFY(flushed(store));
    const HistoryWindow window = windowOf(store, {noon, noon + 2min, 120, {}, HistoryTraffic::Any});
    QCOMPARE(window.circuits.size(), qsizetype(2));
    QVERIFY(window.circuits[0].slow && window.circuits[0].from == noon + 10s && window.circuits[0].to == noon + 20s);
    QVERIFY(window.circuits[1].slow && window.circuits[1].ongoing && window.circuits[1].from == noon + 95s);
    QCOMPARE(window.runs.size(), qsizetype(2));
    QVERIFY(window.runs[0].from == noon && window.runs[0].to == noon + 30s
            && !window.runs[0].ongoing); // cut to the window; then nobody watched
    QVERIFY(window.runs[1].from == noon + 90s && window.runs[1].ongoing && window.runs[1].run == store.run());
}

/// Else the charts say "not running" over calls that they count.
void HistoryTest::whatWasRecordedAfterAClockSetBackWasWatched()
{
    HistoryOptions options = quick();
    options.now = [] { return noon + 60min; };
    {
        HistoryStore store(place(), options);
        Event before = full(EventKind::CallFinished, 1), after = full(EventKind::CallFinished, 2);
        before.wall = noon + 61min;
        after.wall = noon + 2min;
        store.append(before);
        QVERIFY(flushed(store));
        store.append(after);
    }
    options.now = [] { return noon + 90min; };
    HistoryStore store(place(), options);
    const HistoryWindow window = windowOf(store, {noon, noon + 2h, 120, {}, HistoryTraffic::Any});
    QVERIFY(!window.runs.isEmpty());
    QVERIFY(window.runs[0].from == noon + 2min && window.runs[0].to == noon + 61min);
}

void HistoryTest::aRestartEndsTheCircuitsOfTheRunBefore()
{
    {
        HistoryStore store(place(), quick());
        Event open = full(EventKind::CircuitChanged, 1), last = full(EventKind::CallFinished, 2);
        open.circuitTo = CircuitState::Open;
        open.wall = noon;
        last.wall = noon + 30s;
        store.append({open, last});
    } // the destructor writes what waits
    HistoryStore store(place(), quick());
    Event later = full(EventKind::CallFinished, 1);
    later.wall = noon + 60s;
    store.append(later);
    QVERIFY(flushed(store));
    const HistoryWindow window = windowOf(store, {noon, noon + 2min, 120, {}, HistoryTraffic::Any});
    QCOMPARE(window.circuits.size(), qsizetype(1));
    QVERIFY(window.circuits[0].to == noon + 30s && !window.circuits[0].ongoing);
    QCOMPARE(window.total.owed(), quint64(2)); // both runs are in the past of this one
}

void HistoryTest::filtersAndPagesFindEveryEventOnce()
{
    HistoryStore store(place(), quick());
    SampleTraffic traffic(99, noon, std::chrono::milliseconds(1)); // many share a millisecond
    const Events events = traffic.make(3'000);
    store.append(events);
    QVERIFY(flushed(store));
    EventQuery query;
    query.limit = 170;
    QList<QJsonObject> paged;
    for (StoredEvents page = eventsOf(store, query);; page = eventsOf(store, query)) {
        QCOMPARE(page.problem, QString());
        paged += jsonOf(page);
        if (!page.more)
            break;
        query.before = page.events.last().position();
    }
    Events newestFirst(events.rbegin(), events.rend());
    QCOMPARE(paged, jsonOf(newestFirst));

    const auto expect = [&](EventQuery ask, const std::function<bool(const Event &)> &match) {
        Events expected;
        std::copy_if(newestFirst.begin(), newestFirst.end(), std::back_inserter(expected), match);
        ask.limit = 5'000;
        return !expected.isEmpty() && jsonOf(eventsOf(store, ask)) == jsonOf(expected);
    };
    EventQuery provider, reasons, kinds, span, simulated;
    provider.providers = {QStringLiteral("mistral")};
    QVERIFY(expect(provider, [](const Event &e) {
        return e.provider == QStringLiteral("mistral") || e.toProvider == QStringLiteral("mistral");
    }));
    reasons.reasons = {RetryReason::RateLimit, RetryReason::Network};
    QVERIFY(expect(reasons, [](const Event &e) {
        return e.reason == RetryReason::RateLimit || e.reason == RetryReason::Network;
    }));
    reasons.reasons = {RetryReason::None};
    QVERIFY(expect(reasons, [](const Event &e) { return e.reason == RetryReason::None; }));
    kinds.kinds = {EventKind::CircuitChanged, EventKind::FailedOver};
    QVERIFY(expect(
        kinds, [](const Event &e) { return e.kind == EventKind::CircuitChanged || e.kind == EventKind::FailedOver; }));
    span.from = noon + 500ms;
    span.to = noon + 900ms;
    QVERIFY(expect(span, [](const Event &e) { return e.wall >= noon + 500ms && e.wall < noon + 900ms; }));
    simulated.traffic = HistoryTraffic::Simulated;
    QVERIFY(expect(simulated, [](const Event &e) { return e.simulated; }));
}

void HistoryTest::callsOfDifferentRunsAreKeptApart()
{
    qint64 first = 0;
    const Events events = SampleTraffic(5, noon, std::chrono::milliseconds(10)).make(200);
    {
        HistoryStore store(place(), quick());
        first = store.run();
        store.append(events);
    }
    HistoryStore store(place(), quick());
    QVERIFY(first > 0 && store.run() > 0 && store.run() != first);
    Event other = full(EventKind::CallSubmitted, 1);
    other.call = CallId{1};
    store.append(other);
    QVERIFY(flushed(store));
    const auto story = await<StoredEvents>([&](QObject *receiver, std::function<void(const StoredEvents &)> reply) {
        store.requestCall(first, CallId{1}, receiver, reply);
    });
    Events expected;
    std::copy_if(events.begin(), events.end(), std::back_inserter(expected),
                 [](const Event &e) { return e.call == CallId{1}; });
    QVERIFY(story && expected.size() > 2);
    QCOMPARE(jsonOf(*story), jsonOf(expected)); // oldest first
}

void HistoryTest::theSameEventIsWrittenOnce()
{
    HistoryStore store(place(), quick());
    const Events events = SampleTraffic(6, noon, std::chrono::milliseconds(10)).make(500);
    store.append(events);
    store.append(events.mid(0, 100)); // in the same batch
    QVERIFY(flushed(store));
    store.append(events);             // in a later one
    QVERIFY(flushed(store));
    EventQuery query;
    query.limit = 5'000;
    QCOMPARE(eventsOf(store, query).events.size(), events.size());
    NaiveCounts all;
    for (const Event &e : events)
        all.add(e);
    QCOMPARE(difference(windowOf(store, {noon, noon + 1h, 60, {}, HistoryTraffic::Any}).total, all), QString());
    QCOMPARE(store.status().unwritten, quint64(0));
}

void HistoryTest::aFullQueueDropsTheOldestAndCounts()
{
    HistoryOptions options = quick();
    options.queue = 1'000;
    options.flushEvery = std::chrono::hours(1);
    options.batch = 1'000;
    const Events events = SampleTraffic(7, noon, std::chrono::milliseconds(10)).make(50'000);
    HistoryStore store(place(), options);
    store.append(events); // in one go: the writer cannot keep up with it
    QVERIFY(flushed(store));
    EventQuery query;
    query.limit = 100'000;
    const StoredEvents stored = eventsOf(store, query);
    QCOMPARE(quint64(stored.events.size()) + store.status().unwritten, quint64(events.size()));
    QVERIFY(store.status().unwritten > 0);
    QCOMPARE(stored.events.first().event.seq, events.last().seq); // the newest is there
    QCOMPARE(stored.events.size(),
             qsizetype(events.last().seq - stored.events.last().event.seq + 1)); // and the gap is one piece
}

void HistoryTest::offKeepsNothingAndSaysSo()
{
    HistoryStore store({HistoryLocation::Kind::Off});
    store.append(full(EventKind::CallFinished, 1));
    QVERIFY(flushed(store));
    QCOMPARE(store.status().state, HistoryStatus::State::Off);
    QVERIFY(eventsOf(store, {}).problem.contains(QStringLiteral("off")));
}

void HistoryTest::aReceiverThatIsGoneGetsNoAnswer()
{
    HistoryStore store(place(), quick());
    int answers = 0;
    {
        QObject receiver;
        store.requestEvents({}, &receiver, [&](const StoredEvents &) { ++answers; });
        store.flush(&receiver, [&] { ++answers; });
    }
    QVERIFY(flushed(store));
    QCOMPARE(eventsOf(store, {}).problem, QString()); // both threads are past the requests of the gone one
    QCoreApplication::processEvents();
    QCOMPARE(answers, 0);
}

void HistoryTest::answersArriveOnTheReceiversThread()
{
    HistoryStore store(place(), quick());
    QThread thread;
    QObject receiver;
    receiver.moveToThread(&thread);
    thread.start();
    std::atomic<QThread *> where{nullptr};
    store.requestEvents({}, &receiver, [&](const StoredEvents &) { where = QThread::currentThread(); });
    QTRY_VERIFY(where.load());
    thread.quit();
    thread.wait();
    QCOMPARE(where.load(), &thread);
}

SUITE_TEST(HistoryTest)
#include "tst_history.moc"
