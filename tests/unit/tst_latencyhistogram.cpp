// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"
#include "telemetry/latencyhistogram.h"

#include <QTest>

#include <random>

using namespace retryscope;

/// Merged is as recorded together, whatever buckets the two have.
class LatencyHistogramTest : public QObject
{
    Q_OBJECT
private slots:
    void mergedIsAsRecordedTogether();
    void mergedWithItselfIsTwice();
    void nothingAddsNothing();
};

void LatencyHistogramTest::mergedIsAsRecordedTogether()
{
    for (unsigned seed = 1; seed <= 200; ++seed) {
        std::mt19937 random(seed);
        std::lognormal_distribution<> seconds(0.0, 0.2 + double(seed % 7));
        LatencyHistogram merged, together;
        for (int part = 0; part < 5; ++part) {
            LatencyHistogram own;
            for (unsigned n = random() % 40; n > 0; --n) {
                const Duration d = fromSeconds(std::min(1e5, seconds(random)));
                own.record(d);
                together.record(d);
            }
            merged.merge(own);
        }
        QVERIFY2(merged == together, qPrintable(QStringLiteral("seed %1").arg(seed)));
    }
}

void LatencyHistogramTest::mergedWithItselfIsTwice()
{
    LatencyHistogram once, twice;
    for (const Duration d : {2ms, 30ms, 400ms, 5'000ms}) {
        once.record(d);
        twice.record(d, 2);
    }
    once.merge(once);
    QVERIFY(once == twice);
}

void LatencyHistogramTest::nothingAddsNothing()
{
    LatencyHistogram some, none;
    some.record(3s);
    const LatencyHistogram before = some;
    some.merge(none);
    QVERIFY(some == before);
    none.merge(some);
    QVERIFY(none == some);
}

SUITE_TEST(LatencyHistogramTest)
#include "tst_latencyhistogram.moc"
