// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"
#include "base/systemclock.h"
#include "support/suite.h"

#include <QTest>

#include <map>

using namespace retryscope;

/// The real clock's timers: in order, never early, never inside startTimer, dropped in time.
class SystemClockTest : public QObject
{
    Q_OBJECT
private slots:
    void firesInOrderAndNeverEarly();
    void equalDeadlinesInOrderOfCreation();
    void nothingFiresInsideStartTimer();
    void aDroppedTimerIsSilent();
    void aCallbackMayDropOthersAndStartNew();
    void aZeroTimerThatRenewsItselfLetsOthersRun();
    void handlesMayOutliveTheClock();
};

void SystemClockTest::firesInOrderAndNeverEarly()
{
    SystemClock clock;
    SeededRandom dice(1);
    struct Due { SteadyTime earliest, latest; }; // the clock itself is read between the two
    std::vector<Due> dues(200);
    std::vector<TimerHandle> handles;
    std::vector<int> fired;
    int early = 0;
    for (int i = 0; i < 200; ++i) {
        const Duration delay = std::chrono::microseconds(int(dice.uniform() * 80'000));
        dues[std::size_t(i)].earliest = clock.now() + delay;
        handles.push_back(clock.startTimer(delay, [&, i] {
            early += clock.now() < dues[std::size_t(i)].earliest;
            fired.push_back(i);
        }));
        dues[std::size_t(i)].latest = clock.now() + delay;
    }
    QVERIFY(QTest::qWaitFor([&] { return fired.size() == 200; }, 5000));
    QCOMPARE(early, 0);
    SteadyTime certain{};
    for (const int i : fired) {
        QVERIFY2(certain <= dues[std::size_t(i)].latest, "one that is certainly due later came first");
        certain = std::max(certain, dues[std::size_t(i)].earliest);
    }
}

void SystemClockTest::equalDeadlinesInOrderOfCreation()
{
    SystemClock clock;
    std::vector<TimerHandle> handles;
    QVector<int> order;
    for (int i = 0; i < 50; ++i)
        handles.push_back(clock.startTimer(0s, [&order, i] { order << i; }));
    QVERIFY(QTest::qWaitFor([&] { return order.size() == 50; }, 5000));
    QVERIFY(std::is_sorted(order.begin(), order.end()));
}

void SystemClockTest::nothingFiresInsideStartTimer()
{
    SystemClock clock;
    bool fired = false;
    const auto handle = clock.startTimer(-5s, [&] { fired = true; });
    QVERIFY(!fired);
    QVERIFY(QTest::qWaitFor([&] { return fired; }, 5000));
}

void SystemClockTest::aDroppedTimerIsSilent()
{
    SystemClock clock;
    bool dropped = false, kept = false;
    auto first = clock.startTimer(5ms, [&] { dropped = true; });
    const auto second = clock.startTimer(20ms, [&] { kept = true; });
    first.reset();
    QVERIFY(QTest::qWaitFor([&] { return kept; }, 5000));
    QVERIFY(!dropped);
}

void SystemClockTest::aCallbackMayDropOthersAndStartNew()
{
    SystemClock clock;
    std::map<int, TimerHandle> handles;
    QStringList said;
    handles[1] = clock.startTimer(5ms, [&] {
        said << QStringLiteral("first");
        handles.erase(2);
        handles[3] = clock.startTimer(1ms, [&] { said << QStringLiteral("new"); });
        handles.erase(1); // itself
    });
    handles[2] = clock.startTimer(5ms, [&] { said << QStringLiteral("dropped"); }); // due later, however slow the machine is
    QVERIFY(QTest::qWaitFor([&] { return said.size() == 2; }, 5000));
    QTest::qWait(10);
    QCOMPARE(said, (QStringList{QStringLiteral("first"), QStringLiteral("new")}));
}

void SystemClockTest::aZeroTimerThatRenewsItselfLetsOthersRun()
{
    SystemClock clock;
    int rounds = 0;
    TimerHandle again;
    const std::function<void()> renew = [&] { ++rounds; again = clock.startTimer(0s, renew); };
    renew();
    bool other = false;
    QMetaObject::invokeMethod(this, [&] { other = true; }, Qt::QueuedConnection);
    QVERIFY(QTest::qWaitFor([&] { return other && rounds > 10; }, 5000));
    again.reset();
}

void SystemClockTest::handlesMayOutliveTheClock()
{
    TimerHandle handle;
    bool fired = false;
    {
        SystemClock clock;
        handle = clock.startTimer(5ms, [&] { fired = true; });
    }
    QVERIFY(QTest::qWaitFor([&] { return fired; }, 5000)); // it is the handle that cancels
    handle.reset();
}

SUITE_TEST(SystemClockTest)
#include "tst_systemclock.moc"
