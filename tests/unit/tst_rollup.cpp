// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historyreader.h"
#include "history/rollup.h"
#include "support/historysamples.h"
#include "support/suite.h"

using namespace retryscope;

/// The arithmetic of roll-ups, without a database.
class RollupTest : public QObject
{
    Q_OBJECT
private slots:
    void countsComeBackFromTheirText();
    void aReasonOfANewerVersionCountsAsUnknown();
    void histogramsComeBackFromTheirText();
    void damagedCountsDrownNothing();
    void aDamagedHistogramIsNoticed();
    void partsAddUpToTheWhole();
    void bucketsBeginAtWholeMultiplesAlsoBefore1970();
    void theBucketFitsWindowAndPoints_data();
    void theBucketFitsWindowAndPoints();
};

void RollupTest::countsComeBackFromTheirText()
{
    ReasonCounts reasons{}, back{};
    OutcomeCounts outcomes{}, outcomesBack{};
    for (std::size_t i = 0; i < reasons.size(); ++i)
        reasons[i] = i * 1'000'000'007;
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        outcomes[i] = i;
    mergeReasons(&back, encodeReasons(reasons));
    mergeOutcomes(&outcomesBack, encodeOutcomes(outcomes));
    QVERIFY(back == reasons);
    QVERIFY(outcomesBack == outcomes);
    mergeReasons(&back, encodeReasons(reasons));
    QCOMPARE(back[3], 2 * reasons[3]); // it adds
}

void RollupTest::aReasonOfANewerVersionCountsAsUnknown()
{
    ReasonCounts counts{};
    mergeReasons(&counts, u"rate_limit:2 gone_fishing:3");
    QCOMPARE(counts[std::size_t(RetryReason::RateLimit)], quint64(2));
    QCOMPARE(counts[std::size_t(RetryReason::Unknown)], quint64(3));
}

void RollupTest::histogramsComeBackFromTheirText()
{
    SeededRandom random(8);
    LatencyHistogram one, other;
    for (int i = 0; i < 5'000; ++i)
        one.record(fromSeconds(random.uniform() * random.uniform() * 90'000.0));
    QVERIFY(other.mergeEncoded(one.encoded()));
    QCOMPARE(other.count(), one.count());
    for (const double q : {0.0, 0.01, 0.5, 0.95, 1.0})
        QVERIFY(other.quantile(q) == one.quantile(q));
    QVERIFY(LatencyHistogram().encoded().isEmpty() && LatencyHistogram().mergeEncoded({}));
}

void RollupTest::damagedCountsDrownNothing()
{
    ReasonCounts counts{};
    mergeReasons(
        &counts,
        u"rate_limit:18446744073709551615 rate_limit:99999999999999999999999 server_error:-5 network:x :1 none");
    QCOMPARE(counts[std::size_t(RetryReason::RateLimit)], quint64(1) << 53);
    QCOMPARE(counts[std::size_t(RetryReason::ServerError)], quint64(0));
}

void RollupTest::aDamagedHistogramIsNoticed()
{
    for (const char *text : {"1", "1:", ":1", "1:2,3:4", "376:1", "x:1", "-1:1", "1:2  3:4"})
        QVERIFY2(!LatencyHistogram().mergeEncoded(text), text);
}

void RollupTest::partsAddUpToTheWhole()
{
    const quint64 seed = 77;
    qInfo("seed %llu", seed);
    const Events events = SampleTraffic(seed, WallTime(), std::chrono::milliseconds(5)).make(4'000);
    TrafficBin whole, sum, part;
    NaiveCounts naive;
    for (qsizetype i = 0; i < events.size(); ++i) {
        whole.add(events[i]);
        part.add(events[i]);
        naive.add(events[i]);
        if (i % 97 == 0) {
            sum.merge(part);
            part = {};
        }
    }
    sum.merge(part);
    sum.costUsd = whole.costUsd; // added in another order
    QVERIFY(sum == whole);
    QCOMPARE(difference(whole, naive), QString());
}

void RollupTest::bucketsBeginAtWholeMultiplesAlsoBefore1970()
{
    QCOMPARE(bucketStart(12'345, std::chrono::seconds(10)), 10'000);
    QCOMPARE(bucketStart(10'000, std::chrono::seconds(10)), 10'000);
    QCOMPARE(bucketStart(-1, std::chrono::seconds(10)), -10'000);
}

void RollupTest::theBucketFitsWindowAndPoints_data()
{
    QTest::addColumn<qint64>("agoSeconds"); // from
    QTest::addColumn<qint64>("spanSeconds");
    QTest::addColumn<int>("points");
    QTest::addColumn<int>("level");
    QTest::addColumn<qint64>("bucketSeconds");
    QTest::newRow("2 min") << qint64(120) << qint64(120) << 400 << 0 << qint64(1);
    QTest::newRow("30 min") << qint64(1'800) << qint64(1'800) << 400 << 1 << qint64(10);
    QTest::newRow("6 h") << qint64(21'600) << qint64(21'600) << 400 << 2 << qint64(60);
    QTest::newRow("6 h by two minutes") << qint64(21'600) << qint64(21'600) << 180 << 2 << qint64(120);
    QTest::newRow("24 h") << qint64(86'400) << qint64(86'400) << 400 << 3 << qint64(300);
    QTest::newRow("24 h by ten minutes") << qint64(86'400) << qint64(86'400) << 144 << 3 << qint64(600);
    QTest::newRow("7 d") << qint64(604'800) << qint64(604'800) << 400 << 4 << qint64(1'800);
    QTest::newRow("7 d by the hour") << qint64(604'800) << qint64(604'800) << 168 << 4 << qint64(3'600);
    QTest::newRow("30 d: a multiple of half hours")
        << qint64(2'592'000) << qint64(2'592'000) << 400 << 4 << qint64(7'200);
    QTest::newRow("2 min, five days ago: seconds are gone") << qint64(432'000) << qint64(120) << 400 << 1 << qint64(10);
    QTest::newRow("2 min, a year ago: half hours are left")
        << qint64(31'536'000) << qint64(120) << 400 << 4 << qint64(1'800);
    QTest::newRow("one point") << qint64(7'200) << qint64(7'200) << 1 << 2 << qint64(7'200);
}

void RollupTest::theBucketFitsWindowAndPoints()
{
    QFETCH(const qint64, agoSeconds);
    QFETCH(const qint64, spanSeconds);
    QFETCH(const int, points);
    QFETCH(const int, level);
    QFETCH(const qint64, bucketSeconds);
    const WallTime now{std::chrono::seconds(1'790'000'000 / 7'200 * 7'200)};
    const WallTime from = now - std::chrono::seconds(agoSeconds);
    const auto [chosen, bucket] = HistoryReader::resolution(
        {from, from + std::chrono::seconds(spanSeconds), points, {}, HistoryTraffic::Any}, now);
    QCOMPARE(chosen, level);
    QCOMPARE(qint64(bucket.count()), bucketSeconds * 1'000);
}

SUITE_TEST(RollupTest)
#include "tst_rollup.moc"
