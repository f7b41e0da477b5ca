// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/eventbatch.h"
#include "health/timeseries.h"

#include "support/recordedstream.h"

#include <QTest>

#include <random>

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
    void quantilesStayWithinFivePercent();
    void twoQuantilesCanBeRestored_data();
    void twoQuantilesCanBeRestored();
    void thePastIsAdded();
    void whatIsTooOldIsNotMerged();
    void changesAreBoundedAndOrdered();
    void unknownProvidersAreBounded();
    void aFullBatchKeepsChangesOfState();

private:
    static void feed(TimeSeries *series, const Events &events)
    {
        for (const Event &e : events)
            series->onEvent(e);
    }
    static SeriesBin sum(const TimeSeries &series, const ProviderId &provider, std::size_t span, WallTime end)
    {
        SeriesBin all;
        const qint64 last = TimeSeries::keyOf(span, end);
        for (int i = 0; i < seriesSpans[span].bins; ++i) {
            if (const SeriesBin *bin = series.bin(provider, span, last - i))
                all.add(*bin);
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
        const SeriesBin all = sum(series, QStringLiteral("a"), span, s.wall());
        QCOMPARE(all.attempts, 80U);
        QCOMPARE(all.failures, 20U);
        QCOMPARE(all.retries[std::size_t(RetryReason::ServerError)], 20U);
        QCOMPARE(all.outcomes[std::size_t(CallOutcome::FirstTry)], 40U);
        QCOMPARE(all.outcomes[std::size_t(CallOutcome::RecoveredByRetry)], 20U);
        QCOMPARE(all.callAttempts, 80U);
        QCOMPARE(all.duration.count(), 60ULL);
        QCOMPARE(all.firstToken.count(), 60ULL);
        QVERIFY(all.simulated);
    }
    const SeriesBin *first = series.bin(QStringLiteral("a"), 0, TimeSeries::keyOf(0, RecordedStream::startWall));
    QVERIFY(first);
    QCOMPARE(first->attempts, 2U);
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
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall()).retries[std::size_t(RetryReason::RateLimit)], 1U);
    QCOMPARE(sum(series, QStringLiteral("b"), 0, s.wall()).retries[std::size_t(RetryReason::Network)], 1U);
    QCOMPARE(sum(series, QStringLiteral("c"), 0, s.wall()).callAttempts, 3U);
}

void TimeSeriesTest::cancelledAttemptsSayNothing()
{
    RecordedStream s;
    s.beginCall();
    s.attempt(QStringLiteral("a"), RetryReason::Cancelled, 100ms);
    s.endCall(QStringLiteral("a"), CallOutcome::Cancelled, 100ms, RetryReason::Cancelled);
    TimeSeries series;
    feed(&series, s.take());
    const SeriesBin all = sum(series, QStringLiteral("a"), 0, s.wall());
    QCOMPARE(all.attempts, 0U);
    QCOMPARE(all.calls(), 0U);
    QCOMPARE(all.callAttempts, 0U);
    QCOMPARE(all.outcomes[std::size_t(CallOutcome::Cancelled)], 1U);
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
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall()).attempts, 1U);
    QCOMPARE(sum(series, QStringLiteral("a"), 1, s.wall()).attempts, 2U);
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
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall() + 1h).attempts, 1U);
    QCOMPARE(sum(series, QStringLiteral("a"), 2, s.wall() + 1h).attempts, 2U);
    QCOMPARE(series.wallOf(s.now()), s.wall() + 1h);
}

void TimeSeriesTest::aClockSetBackForgetsTheFuture()
{
    RecordedStream s;
    TimeSeries series;
    s.answered(QStringLiteral("a"), 1s);
    s.circuit(QStringLiteral("a"), CircuitState::Closed, CircuitState::Open, 5s);
    feed(&series, s.take());
    series.sync(s.now(), s.wall() - 1h);
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall()).attempts, 0U);
    QVERIFY(series.changes(QStringLiteral("a")).empty());
    s.wait(1s);
    s.answered(QStringLiteral("a"), 1s);
    Events next = s.take();
    for (Event &e : next)
        e.wall -= 1h;
    feed(&series, next);
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall() - 1h).attempts, 1U);
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

void TimeSeriesTest::quantilesStayWithinFivePercent()
{
    constexpr quint64 seed = 42;
    qInfo("seed %llu", static_cast<unsigned long long>(seed));
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<> exponent(std::log(0.002), std::log(900.0));
    for (int round = 0; round < 50; ++round) {
        std::vector<double> values(200);
        LatencySketch sketch;
        for (double &v : values) {
            v = std::exp(exponent(random));
            sketch.record(fromSeconds(v));
        }
        std::sort(values.begin(), values.end());
        for (const double q : {0.01, 0.5, 0.95, 1.0}) {
            const double exact = values[std::size_t(std::ceil(q * double(values.size()))) - 1], got = toSeconds(*sketch.quantile(q));
            QVERIFY2(std::abs(got / exact - 1.0) < 0.05, qPrintable(QStringLiteral("q %1: %2 instead of %3").arg(q).arg(got).arg(exact)));
        }
    }
    QVERIFY(!LatencySketch().quantile(0.5));
}

void TimeSeriesTest::twoQuantilesCanBeRestored_data()
{
    QTest::addColumn<uint>("samples");
    for (const uint n : {1U, 2U, 3U, 19U, 20U, 21U, 100U, 12'345U})
        QTest::addRow("%u samples", n) << n;
}

void TimeSeriesTest::twoQuantilesCanBeRestored()
{
    QFETCH(uint, samples);
    const LatencySketch sketch = LatencySketch::ofQuantiles(samples, 800ms, 3s);
    QCOMPARE(sketch.count(), quint64(samples));
    QVERIFY(std::abs(toSeconds(*sketch.quantile(0.95)) / 3.0 - 1.0) < 0.05);
    if (samples > 1)
        QVERIFY(std::abs(toSeconds(*sketch.quantile(0.5)) / 0.8 - 1.0) < 0.05);
}

void TimeSeriesTest::thePastIsAdded()
{
    RecordedStream s;
    TimeSeries series;
    s.answered(QStringLiteral("a"), 1s);
    feed(&series, s.take());
    SeriesBin past;
    past.attempts = 5;
    series.merge(2, QStringLiteral("a"), s.wall(), past);
    series.merge(2, QStringLiteral("a"), s.wall() - 3h, past);
    QCOMPARE(sum(series, QStringLiteral("a"), 2, s.wall()).attempts, 11U);
    QCOMPARE(sum(series, QStringLiteral("a"), 1, s.wall()).attempts, 1U);
}

void TimeSeriesTest::whatIsTooOldIsNotMerged()
{
    RecordedStream s;
    TimeSeries series;
    s.answered(QStringLiteral("a"), 1s);
    feed(&series, s.take());
    SeriesBin past;
    past.attempts = 5;
    series.merge(0, QStringLiteral("a"), s.wall() - 121s, past); // would take the place of the newest
    QCOMPARE(sum(series, QStringLiteral("a"), 0, s.wall()).attempts, 1U);
}

void TimeSeriesTest::changesAreBoundedAndOrdered()
{
    RecordedStream s;
    TimeSeries series;
    for (int i = 0; i < 1'500; ++i) {
        s.circuit(QStringLiteral("a"), CircuitState::Closed, i % 2 ? CircuitState::Closed : CircuitState::Open, 1s);
        s.wait(1s);
    }
    feed(&series, s.take());
    QCOMPARE(series.changes(QStringLiteral("a")).size(), TimeSeries::mostChanges);
    TimeSeries fresh;
    s.circuit(QStringLiteral("a"), CircuitState::Open, CircuitState::Closed);
    feed(&fresh, s.take());
    fresh.mergeChanges(QStringLiteral("a"), {{s.wall() - 1h, CircuitState::Open, false, {}}, {s.wall() - 2h, CircuitState::HalfOpen, false, {}}, {s.wall() + 1h, CircuitState::Open, false, {}}});
    const auto &changes = fresh.changes(QStringLiteral("a"));
    QCOMPARE(changes.size(), std::size_t(3)); // the one after what was seen here is not believed
    QVERIFY(std::is_sorted(changes.begin(), changes.end(), [](const auto &x, const auto &y) { return x.at < y.at; }));
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

QTEST_GUILESS_MAIN(TimeSeriesTest)
#include "tst_timeseries.moc"
