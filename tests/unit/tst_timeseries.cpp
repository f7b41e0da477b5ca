// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/eventbatch.h"
#include "health/timeseries.h"

#include "support/recordedstream.h"
#include "support/suite.h"

#include <random>

#include <QTest>

using namespace retryscope;

/// Bins, rings and clocks of the series, against counts made by hand.
class TimeSeriesTest : public QObject
{
    Q_OBJECT
private slots:
    void everyWindowCountsTheSameEvents();
    void aWaitThatEndsElsewhereIsOneNextAttempt();
    void cancelledAttemptsSayNothing();
    void theRingForgetsWhatLeftTheWindow();
    void aClockSetForwardLeavesAGap();
    void aClockSetBackForgetsTheFuture();
    void driftChangesNothing();
    void piecesAddUpToTheEvents();
    void thePastLiesUnderThePresent();
    void whatIsTooOldIsLeftOut();
    void changesAreOrdered();
    void manyChangesKeepTheirTimes();
    void nobodyWatchedBetweenTwoPrograms();
    void unknownProvidersAreBounded();
    void aFullBatchKeepsChangesOfState();

private:
    static void feed(TimeSeries *series, const Events &events)
    {
        for (const Event &e : events)
            series->onEvent(e);
    }
    static TrafficBin sum(const TimeSeries &series, const ProviderId &provider, std::size_t span, WallTime end)
    {
        TrafficBin all;
        const qint64 last = TimeSeries::keyOf(span, end);
        for (int i = 0; i < seriesSpans[span].bins; ++i) {
            if (const TrafficBin *bin = series.bin(provider, span, last - i))
                all.merge(*bin);
        }
        return all;
    }
};

void TimeSeriesTest::everyWindowCountsTheSameEvents()
{
    RecordedStream s;
    for (int i = 0; i < 60; ++i) {
        s.beginCall();
        if (i % 3 == 0) {
            s.attempt(QStringLiteral("a"), RetryReason::ServerError, 100ms);
            s.retry(QStringLiteral("a"), RetryReason::ServerError, 1s);
        }
        s.attempt(QStringLiteral("a"), RetryReason::None, 1s);
        s.endCall(QStringLiteral("a"), i % 3 == 0 ? CallOutcome::RecoveredByRetry : CallOutcome::FirstTry, 1s);
        s.wait(1s);
    }
    TimeSeries series;
    feed(&series, s.take());
    for (std::size_t span = 0; span < seriesSpans.size(); ++span) {
        const TrafficBin all = sum(series, QStringLiteral("a"), span, s.wall());
        QCOMPARE(all.attempts(), 80ULL);
        QCOMPARE(all.failures, 20ULL);
        QCOMPARE(all.retries[std::size_t(RetryReason::ServerError)], 20ULL);
        QCOMPARE(all.outcomes[std::size_t(CallOutcome::FirstTry)], 40ULL);
        QCOMPARE(all.outcomes[std::size_t(CallOutcome::RecoveredByRetry)], 20ULL);
        QCOMPARE(all.callAttempts, 80ULL);
        QCOMPARE(all.latency.count(), 60ULL);
        QCOMPARE(all.firstToken.count(), 60ULL);
        QCOMPARE(all.real, 0ULL);
    }
    const TrafficBin *first = series.bin(QStringLiteral("a"), 0, TimeSeries::keyOf(0, RecordedStream::startWall));
    QVERIFY(first);
    QCOMPARE(first->attempts(), 2ULL);
    QCOMPARE(series.bin(QStringLiteral("b"), 0, TimeSeries::keyOf(0, RecordedStream::startWall)), nullptr);
}

void TimeSeriesTest::aWaitThatEndsElsewhereIsOneNextAttempt()
{
    RecordedStream s;
    s.beginCall();
    s.attempt(QStringLiteral("a"), RetryReason::RateLimit, 100ms);
    s.retry(QStringLiteral("a"), RetryReason::RateLimit, 1s);
    s.failOver(QStringLiteral("a"), QStringLiteral("b"), RetryReason::RateLimit);
    s.attempt(QStringLiteral("b"), RetryReason::Network, 100ms);
    s.failOver(QStringLiteral("b"), QStringLiteral("c"), RetryReason::Network); // at once, without a wait
    s.attempt(QStringLiteral("c"), RetryReason::None, 100ms);
    s.endCall(QStringLiteral("c"), CallOutcome::RecoveredByFailover, 2s);
    TimeSeries series;
    feed(&series, s.take());
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall()).retryCount(), 0ULL);
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall()).failovers[std::size_t(RetryReason::RateLimit)], 1ULL);
    QCOMPARE(sum(series, QStringLiteral("b"), 0, s.wall()).failovers[std::size_t(RetryReason::Network)], 1ULL);
    QCOMPARE(sum(series, QStringLiteral("c"), 0, s.wall()).callAttempts, 3ULL);
}

void TimeSeriesTest::cancelledAttemptsSayNothing()
{
    RecordedStream s;
    s.beginCall();
    s.attempt(QStringLiteral("a"), RetryReason::Cancelled, 100ms);
    s.endCall(QStringLiteral("a"), CallOutcome::Cancelled, 100ms, RetryReason::Cancelled);
    TimeSeries series;
    feed(&series, s.take());
    const TrafficBin all = sum(series, QStringLiteral("a"), 0, s.wall());
    QCOMPARE(all.attempts(), 0ULL);
    QCOMPARE(all.owed(), 0ULL);
    QCOMPARE(all.callAttempts, 0ULL);
    QCOMPARE(all.outcomes[std::size_t(CallOutcome::Cancelled)], 1ULL);
}

void TimeSeriesTest::theRingForgetsWhatLeftTheWindow()
{
    RecordedStream s;
    TimeSeries series;
    s.answered(QStringLiteral("a"), 1s);
    const qint64 first = TimeSeries::keyOf(0, s.wall());
    s.wait(121s); // the ring of 2 min has this place again
    s.answered(QStringLiteral("a"), 1s);
    feed(&series, s.take());
    QCOMPARE(series.bin(QStringLiteral("a"), 0, first), nullptr);
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall()).attempts(), 1ULL);
    QCOMPARE(sum(series, QStringLiteral("a"), 1, s.wall()).attempts(), 2ULL);
}

void TimeSeriesTest::aClockSetForwardLeavesAGap()
{
    RecordedStream s;
    TimeSeries series;
    s.answered(QStringLiteral("a"), 1s);
    feed(&series, s.take());
    s.wait(1s);
    s.answered(QStringLiteral("a"), 1s);
    Events late = s.take();
    for (Event &e : late)
        e.wall += 1h; // the machine slept: the steady clock did not see it
    feed(&series, late);
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall() + 1h).attempts(), 1ULL);
    QCOMPARE(sum(series, QStringLiteral("a"), 2, s.wall() + 1h).attempts(), 2ULL);
    QCOMPARE(series.wallOf(s.now()), s.wall() + 1h);
}

void TimeSeriesTest::aClockSetBackForgetsTheFuture()
{
    RecordedStream s;
    TimeSeries series;
    s.answered(QStringLiteral("a"), 1s);
    feed(&series, s.take());
    series.addChange(QStringLiteral("a"), {s.wall(), ProviderState::Down, RetryReason::Network});
    series.watchedFrom(s.wall() - 10min);
    series.missed({s.wall() - 2s, s.wall() - 1s});
    series.sync(s.now(), s.wall() - 1h);
    QVERIFY(series.watched(s.wall() - 1h, s.wall() - 1h + 1s)); // though it began to, by the clock, later
    QVERIFY(series.watched(s.wall() - 2s, s.wall() - 1s));
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall()).attempts(), 0ULL);
    QVERIFY(series.changes(QStringLiteral("a")).empty());
    s.wait(1s);
    s.answered(QStringLiteral("a"), 1s);
    Events next = s.take();
    for (Event &e : next)
        e.wall -= 1h;
    feed(&series, next);
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall() - 1h).attempts(), 1ULL);
}

void TimeSeriesTest::driftChangesNothing()
{
    TimeSeries series;
    series.sync(RecordedStream::startSteady, RecordedStream::startWall);
    const quint64 version = series.version();
    series.sync(RecordedStream::startSteady + 10s, RecordedStream::startWall + std::chrono::milliseconds(11'900));
    QCOMPARE(series.version(), version);
    QCOMPARE(series.wallOf(RecordedStream::startSteady), RecordedStream::startWall);
}

void TimeSeriesTest::piecesAddUpToTheEvents()
{
    RecordedStream s;
    TimeSeries whole, pieces;
    for (int i = 0; i < 40; ++i) {
        s.answered(i % 2 ? QStringLiteral("a") : QStringLiteral("b"), 1s);
        s.wait(700ms);
    }
    const Events events = s.take();
    feed(&whole, events);
    for (const Event &e : events) {
        SeriesPiece piece{e.provider, TimeSeries::startOf(0, TimeSeries::keyOf(0, e.wall)), {}};
        piece.bin.add(e);
        pieces.add(piece);
    }
    for (std::size_t span = 0; span < seriesSpans.size(); ++span) {
        QCOMPARE(sum(pieces, QStringLiteral("a"), span, s.wall()), sum(whole, QStringLiteral("a"), span, s.wall()));
        QCOMPARE(sum(pieces, {}, span, s.wall()), sum(whole, {}, span, s.wall()));
    }
}

void TimeSeriesTest::thePastLiesUnderThePresent()
{
    RecordedStream s;
    TimeSeries series;
    s.answered(QStringLiteral("a"), 1s);
    feed(&series, s.take());
    TrafficBin past;
    past.ends[0] = 5;
    const SeriesPieces pieces{{QStringLiteral("a"), s.wall(), past}, {QStringLiteral("a"), s.wall() - 3h, past}};
    series.setPast(2, pieces);
    QCOMPARE(sum(series, QStringLiteral("a"), 2, s.wall()).attempts(), 11ULL);
    QCOMPARE(sum(series, QStringLiteral("a"), 1, s.wall()).attempts(), 1ULL);
    series.setPast(2, pieces); // laid again, not added
    QCOMPARE(sum(series, QStringLiteral("a"), 2, s.wall()).attempts(), 11ULL);
    s.answered(QStringLiteral("a"), 1s); // in the bin that both share
    feed(&series, s.take());
    QCOMPARE(sum(series, QStringLiteral("a"), 2, s.wall()).attempts(), 12ULL);
    series.setPast(2, {});
    QCOMPARE(sum(series, QStringLiteral("a"), 2, s.wall()).attempts(), 2ULL);
}

void TimeSeriesTest::whatIsTooOldIsLeftOut()
{
    RecordedStream s;
    TimeSeries series;
    s.answered(QStringLiteral("a"), 1s);
    feed(&series, s.take());
    TrafficBin past;
    past.ends[0] = 5;
    series.setPast(0, {{QStringLiteral("a"), s.wall() - 122s, past}}); // would take the place of the newest
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall()).attempts(), 1ULL);
}

/// A provider that flaps for a week: few changes are kept, and in each bin of each window each state stood as long as it did.
void TimeSeriesTest::manyChangesKeepTheirTimes()
{
    const ProviderId a = QStringLiteral("a");
    const std::array states{ProviderState::Down, ProviderState::Probing, ProviderState::Well};
    TimeSeries live, restarted;
    std::vector<StateChange> all;
    std::mt19937_64 random(11);
    for (WallTime at = RecordedStream::startWall; at < RecordedStream::startWall + 170h;
         at += std::chrono::milliseconds(1 + random() % 30'000)) {
        const RetryReason why = random() % 9 ? RetryReason::ServerError : RetryReason::Network;
        all.push_back({at, states[all.size() % states.size()], why});
        live.addChange(a, all.back());
    }
    restarted.setPastChanges({{a, all}});
    const WallTime now = all.back().at;
    using Lengths = std::map<std::tuple<qint64, ProviderState, RetryReason>, WallTime::duration>;
    const auto lengths = [&](const auto &changes, std::size_t span) {
        Lengths lengths;
        const WallTime begin =
            std::max(TimeSeries::startOf(span, TimeSeries::keyOf(span, now) - seriesSpans[span].bins + 1), now - 168h);
        for (std::size_t i = 0; i + 1 < changes.size(); ++i) {
            for (WallTime at = std::max(changes[i].at, begin); at < changes[i + 1].at;) {
                const qint64 key = TimeSeries::keyOf(span, at);
                const WallTime to = std::min(changes[i + 1].at, TimeSeries::startOf(span, key + 1));
                lengths[{key, changes[i].state, changes[i].reason}] += to - at;
                at = to;
            }
        }
        return lengths;
    };
    QVERIFY(all.size() > 30'000);
    for (const TimeSeries *series : {&live, &restarted}) {
        const auto &kept = series->changes(a);
        QVERIFY2(kept.size() < 7'000, qPrintable(QString::number(kept.size())));
        QVERIFY(std::is_sorted(kept.begin(), kept.end(), [](const auto &x, const auto &y) { return x.at < y.at; }));
        QCOMPARE(kept.back().state, all.back().state);
        for (std::size_t span = 0; span < seriesSpans.size(); ++span) {
            const Lengths is = lengths(kept, span), should = lengths(all, span);
            QVERIFY(!should.empty());
            QVERIFY2(is == should, qPrintable(QStringLiteral("window %1").arg(span)));
        }
    }
}

void TimeSeriesTest::changesAreOrdered()
{
    const WallTime at = RecordedStream::startWall;
    TimeSeries fresh;
    fresh.addChange(QStringLiteral("a"), {at, ProviderState::Well, RetryReason::None});
    fresh.setPastChanges({{QStringLiteral("a"),
                           {{at - 1h, ProviderState::Down, {}},
                            {at - 2h, ProviderState::Probing, {}},
                            {at + 1h, ProviderState::Down, {}}}}});
    const auto &changes = fresh.changes(QStringLiteral("a"));
    QCOMPARE(changes.size(), std::size_t(3)); // the one after what was seen here is not believed
    QVERIFY(std::is_sorted(changes.begin(), changes.end(), [](const auto &x, const auto &y) { return x.at < y.at; }));
}

void TimeSeriesTest::nobodyWatchedBetweenTwoPrograms()
{
    TimeSeries series;
    const WallTime start = RecordedStream::startWall;
    QVERIFY(series.watched(start - 1h, start)); // nothing is known of any program
    series.watchedFrom(start);
    QVERIFY(!series.watched(start - 1h, start - 1s));
    QVERIFY(series.watched(start - 1s, start + 1s));
    series.setPastWatched({{start - 2h, start - 1h}});
    QVERIFY(series.watched(start - 2h, start - 2h + 1s));
    QVERIFY(!series.watched(start - 30min, start - 1s));
}

void TimeSeriesTest::unknownProvidersAreBounded()
{
    RecordedStream s;
    for (int i = 0; i < 200; ++i)
        s.answered(QStringLiteral("p%1").arg(i), 1s);
    TimeSeries series;
    feed(&series, s.take());
    QVERIFY(series.bin(QStringLiteral("p63"), 0, TimeSeries::keyOf(0, s.wall())));
    QCOMPARE(series.bin(QStringLiteral("p64"), 0, TimeSeries::keyOf(0, s.wall())), nullptr);
}

void TimeSeriesTest::aFullBatchKeepsChangesOfState()
{
    EventBatch batch;
    Event e;
    QVERIFY(batch.add(e));
    for (qsizetype i = 0; i < EventBatch::most + 100; ++i) {
        e.seq = quint64(i + 1);
        QVERIFY(!batch.add(e));
    }
    e.kind = EventKind::CircuitChanged;
    batch.add(e);
    const Events taken = batch.take();
    QCOMPARE(taken.size(), EventBatch::most + 1);
    QCOMPARE(taken.last().kind, EventKind::CircuitChanged);
    QCOMPARE(taken[EventBatch::most - 1].seq, quint64(EventBatch::most - 1));
    QVERIFY(batch.take().isEmpty());
    QVERIFY(batch.add(e)); // the next one wakes again
}

SUITE_TEST(TimeSeriesTest)
#include "tst_timeseries.moc"
