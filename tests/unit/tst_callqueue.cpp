// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"

#include "policy/callqueue.h"
#include "policy/circuitbreaker.h"

#include <QTest>

#include <algorithm>
#include <map>
#include <random>

using namespace retryscope;

/// What is kept so that it is found quickly, against the plain form of it.
class CallQueueTest final : public QObject
{
    Q_OBJECT

private slots:
    void callsAreInTheOrderInWhichTheyCame_data();
    void callsAreInTheOrderInWhichTheyCame();
    void countsAreThoseOfTheWindow_data();
    void countsAreThoseOfTheWindow();
};

void CallQueueTest::callsAreInTheOrderInWhichTheyCame_data()
{
    QTest::addColumn<int>("most");
    QTest::addColumn<quint64>("apart"); // of one call's id from the next one's
    QTest::newRow("a few") << 4 << quint64(1);
    QTest::newRow("many") << 2'000 << quint64(1);
    QTest::newRow("ids that are alike in their last bits") << 300 << (quint64(1) << 32);
}

void CallQueueTest::callsAreInTheOrderInWhichTheyCame()
{
    QFETCH(int, most);
    QFETCH(quint64, apart);
    std::mt19937_64 random(1);
    CallQueue queue;
    std::vector<CallId> expected;
    for (int step = 0; step < 20'000; ++step) {
        const CallId call{random() % quint64(2 * most) * apart};
        const auto known = std::find(expected.begin(), expected.end(), call);
        QCOMPARE(queue.contains(call), known != expected.end());
        if (known != expected.end()) {
            QVERIFY(queue.remove(call));
            expected.erase(known);
        } else {
            QVERIFY(!queue.remove(call));
            queue.append(call);
            expected.push_back(call);
        }
        if (step % 7 == 0 && !expected.empty()) {
            QVERIFY(queue.remove(queue.first()));
            expected.erase(expected.begin());
        }
        QCOMPARE(queue.size(), expected.size());
        QVERIFY(expected.empty() ? queue.isEmpty() : queue.first() == expected.front());
        if (step % 100 != 0)
            continue;
        std::vector<CallId> all;
        queue.forEach([&](CallId each) { all.push_back(each); });
        QVERIFY(all == expected);
    }
}

void CallQueueTest::countsAreThoseOfTheWindow_data()
{
    QTest::addColumn<qint64>("furthest"); // ms from one to the next
    QTest::addColumn<qint64>("back");     // of that, how far before the one before
    QTest::newRow("many in a tenth") << qint64(100) << qint64(0);
    QTest::newRow("one in a tenth") << qint64(2'000) << qint64(0);
    QTest::newRow("some tenths apart") << qint64(8'000) << qint64(0);
    QTest::newRow("a window and more apart") << qint64(40'000) << qint64(0);
    QTest::newRow("clocks of several threads, in any order") << qint64(3'000) << qint64(1'400);
}

void CallQueueTest::countsAreThoseOfTheWindow()
{
    QFETCH(qint64, furthest);
    QFETCH(qint64, back);
    std::mt19937_64 random(1);
    SlidingCounts counts;
    struct Tenth
    {
        quint64 all = 0, bad = 0;
    };
    std::map<qint64, Tenth> tenths; // the last ten at most, as the window has room for
    SteadyTime now{1h};
    for (int i = 0; i < 5'000; ++i) {
        const Duration window = i < 2'500 ? 10s : 20s;
        if (i == 2'500) { // the tenths of another window are others
            counts = {};
            tenths.clear();
        }
        now += std::chrono::milliseconds(qint64(random() % quint64(furthest)) - back);
        const bool bad = random() % 3 == 0;
        counts.add(bad, now, window);
        const qint64 tenth = now.time_since_epoch() / (window / 10);
        for (auto old = tenths.begin(); old != tenths.end();)
            old = old->first != tenth && (old->first - tenth) % 10 == 0 ? tenths.erase(old) : std::next(old);
        ++tenths[tenth].all;
        tenths[tenth].bad += bad;
        Tenth expected;
        for (auto in = tenths.upper_bound(tenth - 10); in != tenths.end(); ++in) {
            expected.all += in->second.all;
            expected.bad += in->second.bad;
        }
        QCOMPARE(counts.all(), expected.all);
        QCOMPARE(counts.bad(), expected.bad);
    }
}

SUITE_TEST(CallQueueTest)
#include "tst_callqueue.moc"
