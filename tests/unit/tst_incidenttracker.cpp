// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/incidentplayer.h"
#include "support/suite.h"
#include "telemetry/against.h"

#include <QTest>

#include <random>

using namespace retryscope;
using Kind = IncidentChange::Kind;

/// When an incident opens, closes, and is another one.
class IncidentTrackerTest : public QObject
{
    Q_OBJECT
private slots:
    void opensAtTheFifthFailureNotBefore();
    void threeSuccessesBetweenKeepItShut();
    void aLoneFailureIsForgotten();
    void opensWhenTheCircuitStaysOpen();
    void opensWhenSlowForLong();
    void closesAfterSuccessesAndAQuietTime();
    void anOpenCircuitKeepsItOpen();
    void flappingContinuesTheSameIncident();
    void aLateReturnIsANewIncident();
    void twoProvidersOverlap();
    void isolatingEndsIt();
    void removingTheProviderEndsIt();
    void aSteppedClockChangesNoDuration();
    void rulesAreClamped();
    void memoryIsBounded();
    void conflictsNeverOpenOne();
    void aRefusedKeyIsTheProvidersTrouble_data();
    void aRefusedKeyIsTheProvidersTrouble();
    void agreesWithTheNaiveReference_data();
    void agreesWithTheNaiveReference();
};

void IncidentTrackerTest::opensAtTheFifthFailureNotBefore()
{
    IncidentPlayer p;
    p.attempts("openai", RetryReason::RateLimit, 4);
    QVERIFY(p.tracker.incidents().empty());
    p.attempt("openai", RetryReason::RateLimit);
    QCOMPARE(p.tracker.incidents().size(), std::size_t(1));
    QVERIFY(p.last().isOpen());
    QCOMPARE(p.last().cause(), RetryReason::RateLimit);
    QCOMPARE(p.last().failedAttempts, 5ULL);
    QCOMPARE(p.last().opened - p.last().started, WallTime::duration(400ms));
    QCOMPARE(p.kinds(), QVector<Kind>{Kind::Opened});
}

void IncidentTrackerTest::threeSuccessesBetweenKeepItShut()
{
    IncidentPlayer p;
    for (int i = 0; i < 50; ++i) {
        p.attempts("openai", RetryReason::ServerError, 4);
        p.attempts("openai", RetryReason::None, 3);
    }
    QVERIFY(p.tracker.incidents().empty());
    for (int i = 0; i < 5; ++i) { // two in a row are not enough to forget
        p.attempts("openai", RetryReason::ServerError, 1);
        p.attempts("openai", RetryReason::None, 2);
    }
    QCOMPARE(p.tracker.incidents().size(), std::size_t(1));
}

void IncidentTrackerTest::aLoneFailureIsForgotten()
{
    IncidentPlayer p;
    for (int i = 0; i < 20; ++i) {
        p.attempt("openai", RetryReason::ServerError);
        p.wait(11min);
    }
    QVERIFY(p.tracker.incidents().empty());
}

void IncidentTrackerTest::opensWhenTheCircuitStaysOpen()
{
    IncidentPlayer p;
    p.circuit("openai", CircuitState::Open, "a long hint");
    p.wait(4s);
    p.circuit("openai", CircuitState::HalfOpen);
    p.wait(5'900ms);
    QVERIFY(p.tracker.incidents().empty());
    p.wait(100ms);
    QCOMPARE(p.tracker.incidents().size(), std::size_t(1));
    QCOMPARE(p.last().trigger, IncidentTrigger::Unhealthy);
    QCOMPARE(causeText(p.last()), QStringLiteral("Circuit open"));
}

void IncidentTrackerTest::opensWhenSlowForLong()
{
    IncidentPlayer p;
    p.slow("openai", true);
    p.wait(5s);
    p.slow("openai", false);
    p.wait(60s);
    QVERIFY(p.tracker.incidents().empty());
    p.slow("openai", true);
    p.wait(10s);
    QCOMPARE(p.tracker.incidents().size(), std::size_t(1));
    QCOMPARE(p.last().trigger, IncidentTrigger::Slow);
    QCOMPARE(causeText(p.last()), QStringLiteral("Slow answers"));
}

void IncidentTrackerTest::closesAfterSuccessesAndAQuietTime()
{
    IncidentPlayer p;
    p.breakDown("openai");
    p.wait(19'500ms);
    const WallTime firstGood = p.wall();
    p.attempts("openai", RetryReason::None, 2);
    p.wait(60s);
    QVERIFY(p.last().isOpen()); // two successes
    p.attempt("openai", RetryReason::None);
    p.wait(1s);
    QVERIFY(!p.last().isOpen());
    QCOMPARE(p.last().ending, IncidentEnding::Recovered);
    QCOMPARE(p.last().ended, firstGood);
    QCOMPARE(p.last().lasted, Duration(20s));
    p.wait(59s);
    QCOMPARE(p.kinds(), (QVector<Kind>{Kind::Opened, Kind::Ended, Kind::Settled}));
}

void IncidentTrackerTest::anOpenCircuitKeepsItOpen()
{
    IncidentPlayer p;
    p.breakDown("openai");
    p.circuit("openai", CircuitState::Open);
    p.attempts("openai", RetryReason::None, 10, 5s); // late answers
    QVERIFY(p.last().isOpen());
    p.circuit("openai", CircuitState::Closed);
    p.wait(9s);
    QVERIFY(p.last().isOpen());
    p.wait(1s);
    QVERIFY(!p.last().isOpen());
}

void IncidentTrackerTest::flappingContinuesTheSameIncident()
{
    IncidentPlayer p;
    for (int i = 0; i < 6; ++i) {
        p.breakDown("openai");
        p.recover("openai");
        p.wait(20s);
    }
    QCOMPARE(p.tracker.incidents().size(), std::size_t(1));
    QCOMPARE(p.last().reopened, 5);
    QCOMPARE(p.last().failedAttempts, 30ULL);
    QCOMPARE(p.last().lasted, Duration(6 * 500ms));
    p.wait(2min);
    const auto kinds = p.kinds();
    QCOMPARE(kinds.count(Kind::Opened), 1);
    QCOMPARE(kinds.count(Kind::Reopened), 5);
    QCOMPARE(kinds.count(Kind::Ended), 6);
    QCOMPARE(kinds.count(Kind::Settled), 1);
    QCOMPARE(kinds.last(), Kind::Settled);
}

void IncidentTrackerTest::aLateReturnIsANewIncident()
{
    IncidentPlayer p;
    p.breakDown("openai");
    p.recover("openai");
    p.wait(61s);
    p.breakDown("openai");
    QCOMPARE(p.tracker.incidents().size(), std::size_t(2));
    QCOMPARE(p.last().id, 2ULL);
    QCOMPARE(p.last().reopened, 0);
}

void IncidentTrackerTest::twoProvidersOverlap()
{
    IncidentPlayer p;
    for (int i = 0; i < 5; ++i) {
        p.attempt("openai", RetryReason::RateLimit, quint64(i) + 1, 200ms);
        p.failover("openai", "anthropic", quint64(i) + 1);
        p.attempt("anthropic", RetryReason::TemporaryFailure, quint64(i) + 1, 300ms);
        p.failover("anthropic", "mistral", quint64(i) + 1, RetryReason::TemporaryFailure);
        p.attempt("mistral", RetryReason::None, quint64(i) + 1);
        p.finish(quint64(i) + 1, "mistral", CallOutcome::RecoveredByFailover);
        p.wait(1s);
    }
    QCOMPARE(p.tracker.incidents().size(), std::size_t(2));
    const Incident &a = p.tracker.incidents()[0], &b = p.tracker.incidents()[1];
    QCOMPARE(a.provider, QStringLiteral("openai"));
    QCOMPARE(a.cause(), RetryReason::RateLimit);
    QCOMPARE(a.addedWorst(), std::optional<Duration>(200ms)); // each has its own part of the loss
    QCOMPARE(b.cause(), RetryReason::TemporaryFailure);
    QCOMPARE(b.addedWorst(), std::optional<Duration>(300ms));
    QCOMPARE(a.failovers, 5ULL);
    QCOMPARE(carriedText(a), QStringLiteral("mistral 100 %"));
    p.attempts("openai", RetryReason::None, 3);
    p.wait(11s);
    QVERIFY(!a.isOpen());
    QVERIFY(b.isOpen());
}

void IncidentTrackerTest::isolatingEndsIt()
{
    IncidentPlayer p;
    p.breakDown("openai");
    p.circuit("openai", CircuitState::Isolated);
    QCOMPARE(p.last().ending, IncidentEnding::Isolated);
    p.breakDown("openai"); // answers that were still on their way
    p.wait(5min);
    QCOMPARE(p.tracker.openCount(), 0);
    p.circuit("openai", CircuitState::Closed);
    p.breakDown("openai");
    QCOMPARE(p.tracker.incidents().size(), std::size_t(2));
    QCOMPARE(p.tracker.openCount(), 1);
}

void IncidentTrackerTest::removingTheProviderEndsIt()
{
    IncidentPlayer p;
    p.breakDown("openai");
    p.breakDown("mistral");
    p.tracker.keepProviders({QStringLiteral("mistral")});
    QCOMPARE(p.tracker.incidents()[0].ending, IncidentEnding::Removed);
    QVERIFY(p.tracker.incidents()[1].isOpen());
    p.wait(1s); // and nothing refers to what is gone
}

void IncidentTrackerTest::aSteppedClockChangesNoDuration()
{
    for (const Duration step : {Duration(-2h), Duration(2h)}) {
        IncidentPlayer p;
        p.attempts("openai", RetryReason::ServerError, 4);
        p.circuit("openai", CircuitState::Open);
        p.step = step;
        p.wait(1s);
        QVERIFY(p.tracker.incidents().empty()); // two hours passed on the wall only
        p.attempt("openai", RetryReason::ServerError);
        p.wait(9s);
        p.circuit("openai", CircuitState::Closed);
        p.recover("openai");
        QCOMPARE(p.last().lasted, Duration(10'400ms));
        QCOMPARE(p.last().ending, IncidentEnding::Recovered);
        p.wait(30s);
        p.step = 0s;
        p.breakDown("openai");
        QCOMPARE(p.tracker.incidents().size(), std::size_t(1)); // merged: 41 s later in truth
        QCOMPARE(p.last().reopened, 1);
    }
}

void IncidentTrackerTest::rulesAreClamped()
{
    const IncidentRules wild{0, -5s, 100'000, 48h, -1s, 0s};
    QCOMPARE(wild.clamped(), (IncidentRules{1, 1s, 1000, 1h, 0s, 1s}));
    QCOMPARE(IncidentRules{}.clamped(), IncidentRules{});
    IncidentPlayer p(wild);
    p.attempt("openai", RetryReason::ServerError);
    QCOMPARE(p.tracker.openCount(), 1);
}

void IncidentTrackerTest::memoryIsBounded()
{
    IncidentRules rules;
    rules.mergeWithin = 0s;
    rules.quiet = 0s;
    IncidentPlayer p(rules);
    p.breakDown("stuck"); // open all the time, so it stays
    for (int i = 0; i < 2'500; ++i) {
        p.breakDown("openai");
        p.attempts("openai", RetryReason::None, 3);
        p.wait(1s);
    }
    QCOMPARE(p.tracker.incidents().size(), IncidentTracker::mostIncidents);
    QCOMPARE(p.tracker.incidents().front().provider, QStringLiteral("stuck"));
    QCOMPARE(p.last().id, 2'501ULL);
    for (int i = 0; i < 500; ++i) {
        p.circuit("stuck", CircuitState::Open);
        p.circuit("stuck", CircuitState::HalfOpen);
    }
    const Incident &stuck = p.tracker.incidents().front();
    QCOMPARE(stuck.facts.size(), qsizetype(Incident::mostFacts));
    QCOMPARE(stuck.facts.first().kind, IncidentFactKind::FirstFailure);
    QCOMPARE(stuck.factsDropped, 902ULL);
}

void IncidentTrackerTest::conflictsNeverOpenOne()
{
    IncidentPlayer p;
    for (int i = 0; i < 6; ++i) { // six 409s: the engine says that they say nothing of the provider
        Event e = p.event(EventKind::AttemptFinished, "openai");
        e.reason = RetryReason::TemporaryFailure;
        e.status = 409;
        e.health = HealthSignal::Ignored;
        e.call = CallId{quint64(i) + 1};
        p.play(e);
        p.wait(1s);
    }
    QVERIFY(p.tracker.incidents().empty());
}

void IncidentTrackerTest::aRefusedKeyIsTheProvidersTrouble_data()
{
    QTest::addColumn<RetryReason>("reason");
    QTest::addColumn<Scope>("scope");
    QTest::addColumn<bool>("isTrouble");
    QTest::newRow("key") << RetryReason::Authentication << Scope::Account << true;
    QTest::newRow("rights") << RetryReason::Permission << Scope::Account << true;
    QTest::newRow("quota") << RetryReason::QuotaExhausted << Scope::Account << true;
    QTest::newRow("this request is too dear") << RetryReason::QuotaExhausted << Scope::Request << false;
    QTest::newRow("a model that the key may not ask") << RetryReason::Permission << Scope::Model << false;
    QTest::newRow("too long") << RetryReason::ContextLength << Scope::Request << false;
}

/// The engine's circuits ignore all of them: another attempt later heals none.
void IncidentTrackerTest::aRefusedKeyIsTheProvidersTrouble()
{
    QFETCH(RetryReason, reason);
    QFETCH(Scope, scope);
    QFETCH(bool, isTrouble);
    IncidentPlayer p;
    for (int i = 0; i < 5; ++i) {
        Event e = p.event(EventKind::AttemptFinished, "openai");
        e.health = HealthSignal::Ignored;
        e.reason = reason;
        e.scope = scope;
        QCOMPARE(speaksAgainst(e), isTrouble);
        p.play(e);
        p.wait(1s);
    }
    QCOMPARE(p.kinds().contains(Kind::Opened), isTrouble);
    if (isTrouble)
        QCOMPARE(p.last().causes.first().reason, reason);
}

namespace {

/// One step of one provider's life, as the reference sees it.
struct Step { SteadyTime at; int kind; }; // 0 tick, 1 failure, 2 success, 3 circuit open, 4 circuit closed
struct Span { SteadyTime opened; bool again; std::optional<SteadyTime> ended; quint64 failures = 0; };

/// The rules read off the whole past at every step: slow and obvious.
class Reference
{
public:
    Reference(const IncidentRules &rules, const QVector<Step> &steps) : r(rules), all(steps) {}
    std::vector<Span> run()
    {
        for (std::size_t n = 1; n <= std::size_t(all.size()); ++n)
            step(qsizetype(n) - 1);
        return spans;
    }

private:
    int successesInARow(qsizetype upTo, qsizetype from) const
    {
        int count = 0;
        for (qsizetype i = upTo; i >= from && all[i].kind != 1; --i)
            count += all[i].kind == 2;
        return count;
    }
    std::optional<SteadyTime> openSince(qsizetype upTo) const
    {
        std::optional<SteadyTime> since;
        for (qsizetype i = 0; i <= upTo; ++i) {
            if (all[i].kind == 3 && !since)
                since = all[i].at;
            if (all[i].kind == 4)
                since.reset();
        }
        return since;
    }
    SteadyTime lastBad(qsizetype upTo, qsizetype from) const
    {
        bool open = openSince(from - 1).has_value();
        SteadyTime bad = all[from].at;
        for (qsizetype i = from; i <= upTo; ++i) {
            if (all[i].kind == 1 || (all[i].kind == 4 && open))
                bad = all[i].at;
            open = all[i].kind == 3 || (open && all[i].kind != 4);
        }
        return bad;
    }
    SteadyTime goodSince(qsizetype upTo, qsizetype from) const
    {
        SteadyTime good{};
        bool run = false, open = false;
        for (qsizetype i = from; i <= upTo; ++i) {
            if (all[i].kind == 1)
                run = false;
            if (all[i].kind == 2 && !std::exchange(run, true))
                good = all[i].at;
            if (all[i].kind == 4 && open)
                good = all[i].at;
            open = all[i].kind == 3 || (open && all[i].kind != 4);
        }
        return good;
    }
    quint64 failures(qsizetype upTo, qsizetype from) const
    {
        quint64 count = 0;
        for (qsizetype i = from; i <= upTo; ++i)
            count += all[i].kind == 1;
        return count;
    }
    void step(qsizetype i)
    {
        // Time first: what was true before this step may have come due. The step itself then counts.
        const auto due = [&](qsizetype seen) {
            const SteadyTime now = all[i].at;
            const auto unwell = openSince(seen);
            if (suspectFrom >= 0 && !isOpen && seen >= suspectFrom) {
                if (failures(seen, suspectFrom) >= quint64(r.openFailures)
                    || (unwell && now - *unwell >= r.openAfter)) {
                    isOpen = true;
                    const bool again = !spans.empty() && spans.back().ended
                                       && all[suspectFrom].at - *spans.back().ended <= r.mergeWithin;
                    spans.push_back({now, again, {}, 0});
                } else if (!unwell
                           && (successesInARow(seen, suspectFrom) >= r.closeSuccesses
                               || now - lastBad(seen, suspectFrom) >= r.forgetAfter)) {
                    suspectFrom = -1;
                }
            }
            if (isOpen) {
                spans.back().failures = failures(seen, suspectFrom);
                if (!unwell && successesInARow(seen, suspectFrom) >= r.closeSuccesses
                    && now - lastBad(seen, suspectFrom) >= r.quiet) {
                    spans.back().ended = goodSince(seen, suspectFrom);
                    isOpen = false;
                    suspectFrom = -1;
                }
            }
        };
        due(i - 1);
        if (suspectFrom < 0 && (all[i].kind == 1 || all[i].kind == 3))
            suspectFrom = i;
        due(i);
    }

    IncidentRules r;
    QVector<Step> all;
    std::vector<Span> spans;
    qsizetype suspectFrom = -1;
    bool isOpen = false;
};

} // namespace

void IncidentTrackerTest::agreesWithTheNaiveReference_data()
{
    QTest::addColumn<quint32>("seed");
    for (quint32 seed = 1; seed <= 200; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

void IncidentTrackerTest::agreesWithTheNaiveReference()
{
    QFETCH(quint32, seed);
    std::mt19937 random(seed);
    IncidentRules rules;
    rules.openFailures = int(1 + random() % 6);
    rules.closeSuccesses = int(1 + random() % 4);
    rules.openAfter = std::chrono::seconds(1 + random() % 15);
    rules.quiet = std::chrono::seconds(random() % 8);
    rules.mergeWithin = std::chrono::seconds(random() % 40);
    rules.forgetAfter = std::chrono::seconds(5 + random() % 60);
    IncidentPlayer player(rules);
    QVector<Step> steps;
    std::vector<Span> got;
    const auto read = [&] {
        for (const IncidentChange &change : player.tracker.takeChanges()) {
            if (change.kind == Kind::Opened || change.kind == Kind::Reopened)
                got.push_back({player.now, change.kind == Kind::Reopened, {}, 0});
            if (change.kind == Kind::Ended)
                got.back().ended =
                    SteadyTime(player.tracker.find(change.id)->ended.time_since_epoch() - 1'700'000'000s);
        }
    };
    bool bad = false, open = false;
    for (int i = 0; i < 600; ++i) {
        player.now += std::chrono::milliseconds(1 + random() % 3000);
        if (random() % 25 == 0)
            bad = !bad;
        const int roll = int(random() % 10);
        int kind = roll == 0 ? 0 : (random() % 10 < (bad ? 8U : 1U)) ? 1 : 2;
        if (roll == 1 && bad != open) {
            open = bad;
            kind = open ? 3 : 4;
        }
        steps.append({player.now, kind});
        player.tracker.advance(player.now,
                               player.wall()); // an end and a return may fall on one step: read between them
        read();
        switch (kind) {
        case 0: break;
        case 1: player.attempt("p", RetryReason::ServerError); break;
        case 2: player.attempt("p", RetryReason::None); break;
        case 3: player.circuit("p", CircuitState::Open); break;
        default: player.circuit("p", CircuitState::Closed); break;
        }
        read();
    }
    const std::vector<Span> expected = Reference(rules, steps).run();
    QCOMPARE(got.size(), expected.size());
    quint64 failures = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        QVERIFY2(got[i].opened == expected[i].opened, qPrintable(QStringLiteral("span %1 opened").arg(i)));
        QVERIFY2(got[i].again == expected[i].again, qPrintable(QStringLiteral("span %1 merged").arg(i)));
        QVERIFY2(got[i].ended.has_value() == expected[i].ended.has_value(),
                 qPrintable(QStringLiteral("span %1 end").arg(i)));
        QVERIFY2(!got[i].ended || *got[i].ended == *expected[i].ended,
                 qPrintable(QStringLiteral("span %1 ended").arg(i)));
        failures += expected[i].failures;
    }
    quint64 counted = 0;
    for (const Incident &incident : player.tracker.incidents())
        counted += incident.failedAttempts;
    QCOMPARE(counted, failures);
    QVERIFY(!expected.empty());
}

SUITE_TEST(IncidentTrackerTest)
#include "tst_incidenttracker.moc"
