// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"

#include "simulator/eventqueue.h"

#include <QTest>

#include <map>
#include <random>

using namespace retryscope;

/// The queue of a run against an ordered map: the same events in the same order, whatever is planned in between.
class EventQueueTest final : public QObject
{
    Q_OBJECT

private slots:
    void theOrderIsThatOfTimeAndOfPlanning_data();
    void theOrderIsThatOfTimeAndOfPlanning();
    void whatIsPlannedForThePastHappensNow();
    void anEmptyOneMayBeFilledAgain();
    void whatHappensLaterStaysAndMayBeOvertaken();
};

void EventQueueTest::theOrderIsThatOfTimeAndOfPlanning_data()
{
    QTest::addColumn<qint64>("furthest"); // ns ahead
    QTest::addColumn<int>("pending");
    QTest::newRow("many at once") << qint64(3) << 200;
    QTest::newRow("within a microsecond") << qint64(1'000) << 50;
    QTest::newRow("within an hour") << qint64(3'600'000'000'000) << 1'000;
    QTest::newRow("one at a time") << qint64(1'000'000'000) << 1;
}

void EventQueueTest::theOrderIsThatOfTimeAndOfPlanning()
{
    QFETCH(qint64, furthest);
    QFETCH(int, pending);
    for (unsigned seed = 1; seed <= 20; ++seed) {
        std::mt19937_64 random(seed);
        EventQueue queue;
        std::multimap<SteadyTime, quint32> expected; // of equal times in the order of insertion
        SteadyTime now{1h};
        quint32 planned = 0;
        const auto plan = [&] {
            const SteadyTime at = now + Duration(qint64(random() % quint64(furthest)));
            queue.push({.at = at, .subject = planned});
            expected.emplace(at, planned++);
        };
        for (int i = 0; i < pending; ++i)
            plan();
        for (int step = 0; step < 5'000; ++step) {
            const auto event = queue.pop();
            QCOMPARE(event.has_value(), !expected.empty());
            if (event) {
                QVERIFY2(event->at == expected.begin()->first && event->subject == expected.begin()->second,
                         qPrintable(QStringLiteral("seed %1, step %2").arg(seed).arg(step)));
                expected.erase(expected.begin());
                now = event->at;
            }
            for (auto more = random() % 3; more > 0 && int(expected.size()) < 2 * pending; --more)
                plan();
        }
    }
}

void EventQueueTest::whatIsPlannedForThePastHappensNow()
{
    EventQueue queue;
    queue.push({.at = SteadyTime(2s), .subject = 1});
    queue.push({.at = SteadyTime(3s), .subject = 2});
    QCOMPARE(queue.pop()->subject, 1u);
    queue.push({.at = SteadyTime(1s), .subject = 3});
    const auto late = queue.pop();
    QCOMPARE(late->subject, 3u);
    QVERIFY(late->at == SteadyTime(2s));
    QCOMPARE(queue.pop()->subject, 2u);
    QVERIFY(!queue.pop());
}

void EventQueueTest::anEmptyOneMayBeFilledAgain()
{
    EventQueue queue;
    QVERIFY(!queue.pop());
    for (quint32 i = 1; i <= 3; ++i) {
        queue.push({.at = SteadyTime(std::chrono::seconds(i)), .subject = i});
        QCOMPARE(queue.pop()->subject, i);
        QVERIFY(!queue.pop());
    }
}

void EventQueueTest::whatHappensLaterStaysAndMayBeOvertaken()
{
    std::mt19937_64 random(1);
    EventQueue queue;
    std::multimap<SteadyTime, quint32> expected;
    SteadyTime now{1h};
    for (quint32 planned = 0; planned < 20'000; ++planned) {
        const SteadyTime at = now + Duration(qint64(random() % 1'000));
        queue.push({.at = at, .subject = planned});
        expected.emplace(at, planned);
        const SteadyTime end = now + Duration(qint64(random() % 50));
        while (const auto event = queue.popUntil(end)) {
            QVERIFY(!expected.empty() && event->subject == expected.begin()->second);
            QVERIFY(event->at <= end);
            expected.erase(expected.begin());
        }
        QVERIFY(expected.empty() || expected.begin()->first > end);
        now = end;
    }
}

SUITE_TEST(EventQueueTest)
#include "tst_eventqueue.moc"
