// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/virtualclock.h"
#include "gateway/shipper.h"
#include "support/scriptedtransport.h"
#include "support/suite.h"

#include <QTest>

using namespace retryscope;

/// What is handed over to another system, on virtual time.
class ShipperTest : public QObject
{
    Q_OBJECT
private slots:
    void oneAtATimeAndInOrder();
    void aFailureIsRepeated_data();
    void aFailureIsRepeated();
    void retryAfterIsHonoured();
    void waitsDoubleUpToTheirLimit();
    void aRefusalLosesTheShipmentAndIsToldOnce();
    void afterItsAttemptsAShipmentIsDropped();
    void theQueueIsBounded();
    void aSilentReceiverIsLeft();
    void hurryingLeavesOutTheWait();
    void troubleAndItsEndAreToldOnce();

private:
    struct Rig
    {
        explicit Rig(ShipperOptions with = {}) : options(with)
        {
            options.what = QStringLiteral("The receiver");
            options.request.url = QUrl(QStringLiteral("http://r.test:4318/secret/path?key=secret"));
            shipper = std::make_unique<Shipper>(clock, transport, random, options,
                                                ShipperCallbacks{[this](const QString &s) { told << s; },
                                                                 [this](int items) { dropped += items; },
                                                                 [this](const QByteArray &answer) { answers << answer; }});
        }
        void add(const QByteArray &body, int items = 1) { shipper->add({body, {{"x-n", body}}, items}); }
        QByteArrayList bodies() const
        {
            QByteArrayList all;
            for (const HttpRequest &request : transport.requests)
                all << request.body;
            return all;
        }
        ShipperOptions options;
        VirtualClock clock;
        ScriptedTransport transport{clock};
        ScriptedRandom random{{1.0}}; // the whole wait
        std::unique_ptr<Shipper> shipper;
        QStringList told;
        QByteArrayList answers;
        int dropped = 0;
    };
};

void ShipperTest::oneAtATimeAndInOrder()
{
    Rig rig;
    rig.transport.next = [](const HttpRequest &, int n) { return scripts::reply(200, QByteArray::number(n)); };
    for (const char *body : {"a", "b", "c"})
        rig.add(body);
    QCOMPARE(rig.transport.requests.size(), 1);
    QCOMPARE(rig.transport.requests[0].method, QByteArray("POST"));
    QCOMPARE(headerValue(rig.transport.requests[0].headers, "x-n"), QByteArray("a"));
    rig.clock.advance(150ms);
    QCOMPARE(rig.transport.running, 1);
    rig.clock.advance(1s);
    QCOMPARE(rig.bodies(), QByteArrayList({"a", "b", "c"}));
    QCOMPARE(rig.answers, QByteArrayList({"1", "2", "3"}));
    QVERIFY(rig.shipper->isIdle() && rig.told.isEmpty() && rig.dropped == 0);
    QCOMPARE(rig.clock.pendingTimers(), std::size_t(0));
}

void ShipperTest::aFailureIsRepeated_data()
{
    QTest::addColumn<int>("status"); // 0: no answer
    QTest::addColumn<bool>("repeated");
    for (const int status : {0, 429, 502, 503, 504})
        QTest::addRow("%d", status) << status << true;
    for (const int status : {301, 400, 401, 404, 413, 500, 501})
        QTest::addRow("%d", status) << status << false;
}

void ShipperTest::aFailureIsRepeated()
{
    QFETCH(const int, status);
    QFETCH(const bool, repeated);
    Rig rig;
    rig.transport.queue = {status ? scripts::reply(status, "no") : scripts::refused(), scripts::reply(200, "yes")};
    rig.add("a", 7);
    rig.clock.advance(5s);
    QCOMPARE(rig.transport.requests.size(), repeated ? 2 : 1);
    QCOMPARE(rig.dropped, repeated ? 0 : 7);
    QVERIFY(rig.shipper->isIdle());
}

void ShipperTest::retryAfterIsHonoured()
{
    Rig rig;
    rig.transport.queue = {scripts::reply(429, "", {{"Retry-After", "30"}}), scripts::reply(503, "", {{"retry-after", "86400"}}),
                           scripts::reply(200, "")};
    rig.add("a");
    rig.clock.advance(30s);
    QCOMPARE(rig.transport.requests.size(), 1); // it came after 100 ms
    rig.clock.advance(100ms);
    QCOMPARE(rig.transport.requests.size(), 2);
    rig.clock.advance(1h);
    QCOMPARE(rig.transport.requests.size(), 2);
    rig.clock.advance(1s); // a day is not waited for
    QCOMPARE(rig.transport.requests.size(), 3);
}

void ShipperTest::waitsDoubleUpToTheirLimit()
{
    Rig rig;
    rig.transport.next = [](const HttpRequest &, int) { return scripts::refused(); };
    std::vector<SteadyTime> times;
    rig.add("a");
    qsizetype seen = 0;
    while (times.size() < 10 && rig.clock.advanceToNext()) {
        if (rig.transport.requests.size() > seen) {
            seen = rig.transport.requests.size();
            times.push_back(rig.clock.now());
        }
    }
    QList<int> waits;
    for (std::size_t i = 1; i < times.size(); ++i)
        waits << qRound(toSeconds(times[i] - times[i - 1]));
    QCOMPARE(waits, QList<int>({1, 2, 4, 8, 16, 32, 60, 60, 60}));
}

void ShipperTest::aRefusalLosesTheShipmentAndIsToldOnce()
{
    Rig rig;
    rig.transport.next = [](const HttpRequest &, int) { return scripts::reply(400, "no"); };
    for (const char *body : {"a", "b", "c"})
        rig.add(body, 2);
    rig.clock.advance(10s);
    QCOMPARE(rig.bodies(), QByteArrayList({"a", "b", "c"}));
    QCOMPARE(rig.dropped, 6);
    QCOMPARE(rig.told.size(), 1);
    QVERIFY2(rig.told[0].contains(QStringLiteral("r.test:4318")) && rig.told[0].contains(QStringLiteral("400")), qPrintable(rig.told[0]));
    QVERIFY2(!rig.told[0].contains(QStringLiteral("secret")), qPrintable(rig.told[0]));
}

void ShipperTest::afterItsAttemptsAShipmentIsDropped()
{
    ShipperOptions options;
    options.attempts = 3;
    Rig rig(options);
    rig.transport.next = [](const HttpRequest &request, int) {
        return request.body == "a" ? scripts::reply(503, "") : scripts::reply(204, "");
    };
    rig.add("a", 5);
    rig.add("b");
    rig.clock.advance(1min);
    QCOMPARE(rig.bodies(), QByteArrayList({"a", "a", "a", "b"}));
    QCOMPARE(rig.dropped, 5);
    QVERIFY(rig.shipper->isIdle());
}

void ShipperTest::theQueueIsBounded()
{
    ShipperOptions options;
    options.queue = 3;
    Rig rig(options);
    rig.transport.next = [](const HttpRequest &, int) { return scripts::silence(); };
    for (const char *body : {"a", "b", "c", "d", "e"})
        rig.add(body, 10);
    QCOMPARE(rig.dropped, 20); // b and c: a is on its way
    QCOMPARE(rig.shipper->items(), 30);
    rig.transport.next = [](const HttpRequest &, int) { return scripts::reply(200, ""); };
    rig.clock.advance(1min);
    QCOMPARE(rig.bodies(), QByteArrayList({"a", "a", "d", "e"}));
    QCOMPARE(rig.dropped, 20);
}

void ShipperTest::aSilentReceiverIsLeft()
{
    ShipperOptions options;
    options.timeout = 2s;
    Rig rig(options);
    rig.transport.queue = {scripts::silence()};
    rig.add("a");
    rig.clock.advance(2s);
    QCOMPARE(rig.transport.running, 0);
    QCOMPARE(rig.told.size(), 1);
    rig.clock.advance(5s);
    QCOMPARE(rig.transport.requests.size(), 2);
    QVERIFY(rig.shipper->isIdle());
}

void ShipperTest::hurryingLeavesOutTheWait()
{
    Rig rig;
    rig.transport.queue = {scripts::reply(503, "", {{"Retry-After", "600"}})};
    rig.add("a");
    rig.clock.advance(1s);
    QCOMPARE(rig.transport.requests.size(), 1);
    rig.shipper->hurry();
    rig.shipper->hurry(); // is on its way already
    QCOMPARE(rig.transport.requests.size(), 2);
    rig.clock.advance(1s);
    QVERIFY(rig.shipper->isIdle());
}

void ShipperTest::troubleAndItsEndAreToldOnce()
{
    Rig rig;
    bool down = true;
    rig.transport.next = [&down](const HttpRequest &, int) { return down ? scripts::refused() : scripts::reply(200, ""); };
    rig.add("a");
    rig.clock.advance(3min);
    QCOMPARE(rig.told.size(), 1);
    down = false;
    rig.clock.advance(2min);
    QCOMPARE(rig.told.size(), 2);
    QVERIFY2(rig.told[1].contains(QStringLiteral("again")), qPrintable(rig.told[1]));
    down = true; // it flaps: not a word more within ten minutes of the first
    rig.add("b");
    rig.clock.advance(1min);
    down = false;
    rig.clock.advance(2min);
    QVERIFY(rig.shipper->isIdle());
    QCOMPARE(rig.told.size(), 2);
    rig.clock.advance(10min);
    down = true;
    rig.add("c");
    rig.clock.advance(1min);
    QCOMPARE(rig.told.size(), 3);
}

SUITE_TEST(ShipperTest)
#include "tst_shipper.moc"
