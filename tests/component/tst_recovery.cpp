// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/enginerig.h"
#include "base/timeformat.h"
#include "support/suite.h"

using namespace retryscope;

/// A provider that fails for a minute and comes back, at one call a second and with the default policy: how soon it is in
/// use again, what that costs, and whom it delays.
class RecoveryTest : public QObject
{
    Q_OBJECT
private slots:
    void aProviderThatIsBackIsInUseWithinFifteenSeconds_data();
    void aProviderThatIsBackIsInUseWithinFifteenSeconds();
    void theListLeadsAndOnePromptFollows();
    void anOutageOfAnHourIsOverAsSoon();
    void aUsedUpQuotaIsNotProbed();
    void aListThatNeverCameDoesNotShutOutForEver();
    void aListThatAloneIsBrokenDoesNotShutOutForEver_data();
    void aListThatAloneIsBrokenDoesNotShutOutForEver();
    void lateResultsSayNothingOfAProviderPutInAnew();
    void probesByTimerCanBeTurnedOff();

private:
    enum class Broken { Refused, Error500, Error503, Overloaded, Reset, Silent };
    enum class List { Present, Missing, Unanswered, Stays, Broken502, Broken500 };
    static Script broken(Broken how)
    {
        switch (how) {
        case Broken::Refused: return scripts::refused();
        case Broken::Error500: return scripts::serverError(500);
        case Broken::Error503: return scripts::reply(503, "no healthy upstream");
        case Broken::Overloaded: return scripts::overloaded();
        case Broken::Reset: return scripts::reset();
        case Broken::Silent: return scripts::silence();
        }
        return {};
    }
    /// What `a` answers, broken from `from` to `until`; everybody else is well.
    struct World
    {
        World(EngineRig &r, Broken h, List l, SteadyTime b, SteadyTime e) : rig(r), how(h), list(l), from(b), until(e)
        {
            rig.transport.next = [this](const HttpRequest &request, int) { return answer(request); };
        }
        Script answer(const HttpRequest &request)
        {
            const bool theirs = request.url.host().startsWith(u'a'),
                       down = rig.clock.now() >= from && rig.clock.now() < until;
            if (theirs && down)
                (request.method == "POST" ? posts : gets)++;
            if (request.method == "GET") {
                if (list == List::Stays || (list == List::Present && !down))
                    return scripts::reply(200, R"({"data":[]})");
                if (list == List::Unanswered)
                    return scripts::silence();
                if (list == List::Broken502 || list == List::Broken500)
                    return scripts::serverError(list == List::Broken502 ? 502 : 500);
                return down ? broken(how) : scripts::reply(404, R"({"detail":"Not Found"})");
            }
            return theirs && down ? broken(how) : scripts::openAiAnswer();
        }
        EngineRig &rig;
        Broken how;
        List list;
        SteadyTime from, until;
        int posts = 0, gets = 0;
    };
};

void RecoveryTest::aProviderThatIsBackIsInUseWithinFifteenSeconds_data()
{
    QTest::addColumn<int>("how");
    QTest::addColumn<int>("list");
    QTest::addColumn<bool>("stream");
    const std::pair<const char *, Broken> ways[] = {{"refused", Broken::Refused}, {"500", Broken::Error500},
                                                    {"503", Broken::Error503},    {"529", Broken::Overloaded},
                                                    {"reset", Broken::Reset},     {"silent", Broken::Silent}};
    const std::pair<const char *, List> lists[] = {
        {"a list", List::Present}, {"no list", List::Missing}, {"a list all the time", List::Stays}};
    for (const auto &[way, how] : ways) {
        for (const auto &[name, list] : lists) {
            if (how == Broken::Silent && list == List::Stays)
                continue; // each prompt that tries then hangs as long as it may: nothing tells its end sooner
            QTest::addRow("%s, %s", way, name) << int(how) << int(list) << (how == Broken::Silent);
        }
    }
}

void RecoveryTest::aProviderThatIsBackIsInUseWithinFifteenSeconds()
{
    QFETCH(int, how);
    QFETCH(int, list);
    QFETCH(bool, stream);
    for (const Duration shift : {0ms, 300ms, 700ms, 999ms}) { // of the outage against the calls
        RetryConfig config; // the defaults
        EngineRig rig(config, 2);
        const SteadyTime back = rig.clock.now() + 80s + shift;
        World world(rig, Broken(how), List(list), back - 60s, back);
        std::optional<SteadyTime> served;
        for (int second = 0; second < 140; ++second) {
            const CallId id = rig.send(stream);
            rig.clock.advance(1s);
            Q_UNUSED(id)
        }
        rig.drain();
        for (const Event &e : rig.of(EventKind::AttemptFinished)) {
            if (e.provider == QLatin1String("a") && e.reason == RetryReason::None && e.at >= back && !served)
                served = e.at;
        }
        QVERIFY2(served && *served - back <= 15s,
                 qPrintable(served ? formatDuration(*served - back) : QStringLiteral("never")));
        QVERIFY2(world.posts <= 8, qPrintable(QStringLiteral("%1 prompts, %2 lists").arg(world.posts).arg(world.gets)));
        Duration longest{};
        for (const auto &[id, result] : rig.results) {
            QVERIFY(result.succeeded());
            longest = std::max(longest, result.duration);
        }
        QVERIFY2(longest <= config.firstTokenTimeout + 1s, qPrintable(formatDuration(longest)));
        rig.check();
    }
}

void RecoveryTest::theListLeadsAndOnePromptFollows()
{
    EngineRig rig(RetryConfig{}, 2);
    const SteadyTime start = rig.clock.now();
    World world(rig, Broken::Error503, List::Stays, start, start + 1h); // the list comes, prompts are refused
    for (int second = 0; second < 30; ++second) {
        rig.send();
        rig.clock.advance(1s);
    }
    rig.drain();
    QStringList changes;
    for (const Event &e : rig.of(EventKind::CircuitChanged))
        changes << toKey(e.circuitFrom) + QLatin1Char('>') + toKey(e.circuitTo);
    QCOMPARE(changes.mid(0, 4), (QStringList{"closed>open", "open>half_open", "half_open>open", "open>half_open"}));
    QVERIFY2(world.posts <= 5, qPrintable(QString::number(world.posts)));
}

void RecoveryTest::anOutageOfAnHourIsOverAsSoon()
{
    EngineRig rig(RetryConfig{}, 2);
    const SteadyTime start = rig.clock.now(), back = start + 1h;
    World world(rig, Broken::Refused, List::Present, start, back);
    while (rig.clock.now() < back + 20s) {
        rig.send();
        rig.clock.advance(1s);
    }
    rig.drain();
    std::optional<SteadyTime> served;
    for (const Event &e : rig.of(EventKind::AttemptFinished)) {
        if (e.provider == QLatin1String("a") && e.reason == RetryReason::None && !served)
            served = e.at;
    }
    QVERIFY(served && *served - back <= 15s);
    QVERIFY2(world.posts <= 3, qPrintable(QString::number(world.posts))); // only the free probes went on
}

void RecoveryTest::aUsedUpQuotaIsNotProbed()
{
    EngineRig rig(RetryConfig{}, 2);
    rig.transport.queue = {scripts::quotaUsedUp()};
    rig.call();
    rig.clock.advance(10min);
    QCOMPARE(rig.count(EventKind::ProbeFinished), 0);
    QCOMPARE(rig.transport.requests.size(), 2);
}

void RecoveryTest::aListThatNeverCameDoesNotShutOutForEver()
{
    EngineRig rig(RetryConfig{}, 2);
    const SteadyTime start = rig.clock.now(), back = start + 30s;
    World world(rig, Broken::Error500, List::Unanswered, start, back); // it never answers a GET, well or not
    while (rig.clock.now() < start + 3min) {
        rig.send();
        rig.clock.advance(1s);
    }
    rig.drain();
    QCOMPARE(rig.results.rbegin()->second.provider, QStringLiteral("a"));
}

void RecoveryTest::aListThatAloneIsBrokenDoesNotShutOutForEver_data()
{
    QTest::addColumn<int>("list");
    QTest::addColumn<bool>("cameBefore");
    QTest::newRow("502, never came") << int(List::Broken502) << false;
    QTest::newRow("502, came before") << int(List::Broken502) << true;
    QTest::newRow("500, came before") << int(List::Broken500) << true;
    QTest::newRow("silent, came before") << int(List::Unanswered) << true;
}

void RecoveryTest::aListThatAloneIsBrokenDoesNotShutOutForEver()
{
    QFETCH(int, list);
    QFETCH(bool, cameBefore);
    EngineRig rig(RetryConfig{}, 2);
    const SteadyTime start = rig.clock.now(), back = start + 30s;
    World world(rig, Broken::Error503, cameBefore ? List::Stays : List(list), start, back);
    if (cameBefore) {
        rig.handler->probe(QStringLiteral("a"));
        rig.clock.advance(1s);
        world.list = List(list);
    }
    while (rig.clock.now() < start + 8min) {
        rig.send();
        rig.clock.advance(1s);
    }
    rig.drain();
    QCOMPARE(rig.results.rbegin()->second.provider, QStringLiteral("a"));
    QVERIFY2(world.posts <= 4, qPrintable(QString::number(world.posts)));
    rig.check();
}

void RecoveryTest::lateResultsSayNothingOfAProviderPutInAnew()
{
    RetryConfig c = EngineRig::exact();
    c.maxAttempts = 1;
    EngineRig rig(c, 2);
    Script late = scripts::serverError();
    late.head = late.end = late.data[0].first = 10s;
    rig.transport.queue = {late, late, late, late};
    for (int i = 0; i < 4; ++i)
        rig.send(false, {QStringLiteral("a")});
    rig.clock.advance(1s);
    Configuration without = rig.configuration;
    without.providers.removeFirst();
    rig.handler->configure(without);
    rig.handler->configure(rig.configuration);
    rig.drain();
    QCOMPARE(rig.handler->providers().healthStatus().front().state, CircuitState::Closed);
    QCOMPARE(rig.handler->providers().healthStatus().front().failures, 0);
    rig.check();
    // Nor do they close it: a success of before says nothing of what has failed since.
    Script slow = scripts::openAiAnswer("hi", 10s);
    rig.transport.queue = {slow};
    rig.send(false, {QStringLiteral("a")});
    rig.clock.advance(1s);
    rig.handler->configure(without);
    rig.handler->configure(rig.configuration);
    rig.transport.queue = {scripts::serverError(), scripts::serverError(), scripts::serverError()};
    for (int i = 0; i < 3; ++i) {
        rig.send(false, {QStringLiteral("a")});
        rig.clock.advance(200ms);
    }
    QCOMPARE(rig.handler->providers().healthStatus().front().state, CircuitState::Open);
    rig.drain();
    QCOMPARE(rig.handler->providers().healthStatus().front().state, CircuitState::Open);
    rig.check();
}

void RecoveryTest::probesByTimerCanBeTurnedOff()
{
    RetryConfig c;
    c.probeInterval = 0s;
    EngineRig rig(c, 2);
    rig.transport.queue = {scripts::serverError(), scripts::serverError(), scripts::serverError()};
    for (int i = 0; i < 3; ++i)
        rig.call();
    rig.clock.advance(10min);
    QCOMPARE(rig.count(EventKind::ProbeFinished), 0);
}

SUITE_TEST(RecoveryTest)
#include "tst_recovery.moc"
