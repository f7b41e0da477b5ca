// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"

#include "simulator/keyedrandom.h"

#include <QTest>

#include <cmath>
#include <vector>

using namespace retryscope;

/// What a run draws: that it is as even as chance, whichever part of a key counts up, and of the right distribution.
class KeyedRandomTest final : public QObject
{
    Q_OBJECT

private slots:
    void drawsAreEvenWhicheverPartOfTheKeyCountsUp_data();
    void drawsAreEvenWhicheverPartOfTheKeyCountsUp();
    void normalDrawsHaveTheNormalsShares();
    void exponentialDrawsHaveTheExponentialsShares();
    void drawsGrowWithTheUniformOfTheirKey();
};

void KeyedRandomTest::drawsAreEvenWhicheverPartOfTheKeyCountsUp_data()
{
    QTest::addColumn<int>("part");
    QTest::newRow("seed") << 0;
    QTest::newRow("call") << 1;
    QTest::newRow("attempt") << 2;
    QTest::newRow("agent's call") << 3;
    QTest::newRow("purpose, then call") << 4;
    QTest::newRow("attempts of a call") << 5;
    QTest::newRow("faults of an attempt") << 6;
}

/// Pearson's test of 256 bins, of single draws and of pairs with the next one; 5 standard deviations.
void KeyedRandomTest::drawsAreEvenWhicheverPartOfTheKeyCountsUp()
{
    QFETCH(int, part);
    constexpr int draws = 1 << 18, bins = 256, side = 16;
    std::vector<double> single(bins), pairs(bins);
    double before = 0.5;
    for (quint64 i = 0; i < draws; ++i) {
        const DrawKey key = part == 0 ? DrawKey{i, Purpose::Answer, 7, 1}
            : part == 1               ? DrawKey{1, Purpose::Answer, i, 1}
            : part == 2               ? DrawKey{1, Purpose::Answer, 7, i}
            : part == 3               ? DrawKey{1, Purpose::Answer, (i % 64 + 1) << 32 | i / 64, 1}
            : part == 4               ? DrawKey{1, Purpose(i % 11), i / 11, 0}
            : part == 5               ? DrawKey{1, Purpose::Outcome, i / 4, (i % 4 + 1) << 16}
                                      : DrawKey{1, Purpose::Outcome, i / 4, 1 << 16 | i % 4};
        const double u = uniformAt(key);
        QVERIFY(u >= 0.0 && u < 1.0);
        ++single[std::size_t(u * bins)];
        ++pairs[std::size_t(u * side) * side + std::size_t(before * side)];
        before = u;
    }
    for (const auto &counts : {single, pairs}) {
        const double expected = double(draws) / bins;
        double squares = 0;
        for (const double count : counts)
            squares += (count - expected) * (count - expected) / expected;
        QVERIFY2(std::abs(squares - (bins - 1)) < 5 * std::sqrt(2.0 * (bins - 1)), qPrintable(QString::number(squares)));
    }
}

void KeyedRandomTest::normalDrawsHaveTheNormalsShares()
{
    const auto share = [](double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; };
    for (int i = 1; i < 100'000; ++i) {
        const double u = i / 100'000.0, density = std::exp(-normalOf(u) * normalOf(u) / 2) / std::sqrt(2 * M_PI);
        QVERIFY(std::abs(share(normalOf(u)) - u) < 1e-7 * density);
    }
    for (int halvings = 2; halvings <= 53; ++halvings) {
        const double tail = std::ldexp(1.0, -halvings);
        QVERIFY(std::abs(share(normalOf(tail)) / tail - 1.0) < 1e-6);
        QCOMPARE(normalOf(1.0 - tail), -normalOf(tail));
    }
    QCOMPARE(normalOf(0.5), 0.0);
    QVERIFY(normalOf(0.0) < -8.0 && std::isfinite(normalOf(0.0)));
}

void KeyedRandomTest::exponentialDrawsHaveTheExponentialsShares()
{
    QCOMPARE(exponentialOf(0.0), 0.0);
    for (int i = 1; i < 100'000; ++i)
        QVERIFY(std::abs(exponentialOf(i / 100'000.0) + std::log1p(-i / 100'000.0)) < 1e-7);
    QVERIFY(std::isfinite(exponentialOf(1.0 - 0x1.0p-53)));
}

void KeyedRandomTest::drawsGrowWithTheUniformOfTheirKey()
{
    double normal = normalOf(0.0), exponential = -1.0;
    for (int i = 1; i < 1'000'000; ++i) {
        const double u = i / 1e6;
        QVERIFY(normalOf(u) > normal && exponentialOf(u) > exponential);
        normal = normalOf(u);
        exponential = exponentialOf(u);
    }
}

SUITE_TEST(KeyedRandomTest)
#include "tst_keyedrandom.moc"
