// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/incidenttracker.h"
#include "health/incidentstore.h"
#include "support/suite.h"
#include "telemetry/against.h"
#include "words/incidentwords.h"
#include "words/labels.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <random>

using namespace retryscope;
using Kind = IncidentChange::Kind;

namespace {

/// Plays a recorded stream into a tracker: one timeline, wall time beside it with an offset that can be stepped.
struct Player
{
    explicit Player(const IncidentRules &rules = {}) : tracker(rules) {}
    Event event(EventKind kind, const char *provider)
    {
        Event e;
        e.seq = ++seq;
        e.kind = kind;
        e.at = now;
        e.wall = wall();
        e.provider = QLatin1String(provider);
        return e;
    }
    WallTime wall() const
    {
        return WallTime(
            std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch() + 1'700'000'000s + step));
    }
    void play(const Event &e) { tracker.onEvent(e); }
    void wait(Duration d)
    {
        for (; d > 1s; d -= 1s) {
            now += 1s;
            tracker.advance(now, wall());
        }
        now += d;
        tracker.advance(now, wall());
    }
    void attempt(const char *provider, RetryReason reason, quint64 call = 0, Duration took = 100ms)
    {
        Event e = event(EventKind::AttemptFinished, provider);
        e.health = traits(reason).health;
        e.reason = reason;
        e.call = CallId{call};
        e.duration = took;
        play(e);
    }
    void attempts(const char *provider, RetryReason reason, int n, Duration apart = 100ms)
    {
        for (int i = 0; i < n; ++i) {
            attempt(provider, reason);
            wait(apart);
        }
    }
    void circuit(const char *provider, CircuitState to, const char *why = "")
    {
        Event e = event(EventKind::CircuitChanged, provider);
        e.circuitTo = to;
        e.detail = QLatin1String(why);
        play(e);
    }
    void slow(const char *provider, bool on)
    {
        Event e = event(EventKind::DegradedChanged, provider);
        e.degraded = on;
        play(e);
    }
    void retry(const char *provider, quint64 call, Duration delay, RetryReason reason = RetryReason::RateLimit)
    {
        Event e = event(EventKind::RetryScheduled, provider);
        e.call = CallId{call};
        e.reason = reason;
        e.delay = delay;
        e.delaySource = DelaySource::Backoff;
        play(e);
    }
    void failover(const char *from, const char *to, quint64 call, RetryReason reason = RetryReason::RateLimit)
    {
        Event e = event(EventKind::FailedOver, from);
        e.toProvider = QLatin1String(to);
        e.call = CallId{call};
        e.reason = reason;
        play(e);
    }
    void start(const char *provider, quint64 call, RetryReason retryOf = RetryReason::None)
    {
        Event e = event(EventKind::AttemptStarted, provider);
        e.call = CallId{call};
        e.reason = retryOf;
        play(e);
    }
    void skip(const char *provider, quint64 call, SkipReason why = SkipReason::CircuitOpen)
    {
        Event e = event(EventKind::ProviderSkipped, provider);
        e.call = CallId{call};
        e.skip = why;
        play(e);
    }
    void byHand(EventKind kind, const char *provider, CircuitState from = CircuitState::Closed,
                CircuitState to = CircuitState::Closed)
    {
        Event e = event(kind, provider);
        e.rule = QStringLiteral("by hand");
        e.circuitFrom = from;
        e.circuitTo = to;
        play(e);
    }
    void answer(const char *provider, quint64 call, std::optional<double> cost)
    {
        Event e = event(EventKind::AttemptFinished, provider);
        e.health = HealthSignal::Success;
        e.call = CallId{call};
        e.costUsd = cost;
        play(e);
    }
    void submit(quint64 call)
    {
        Event e = event(EventKind::CallSubmitted, "");
        e.call = CallId{call};
        play(e);
    }
    void finish(quint64 call, const char *provider, CallOutcome outcome, RetryReason reason = RetryReason::None)
    {
        Event e = event(EventKind::CallFinished, provider);
        e.call = CallId{call};
        e.outcome = outcome;
        e.reason = reason;
        e.attempt = provider[0] ? 1 : 0;
        play(e);
    }
    /// Opens an incident by five failures.
    void breakDown(const char *provider) { attempts(provider, RetryReason::ServerError, 5); }
    void recover(const char *provider)
    {
        attempts(provider, RetryReason::None, 3);
        wait(tracker.rules().quiet + 1s);
    }
    QVector<Kind> kinds(bool updatedToo = false)
    {
        QVector<Kind> kinds;
        for (const IncidentChange &change : tracker.takeChanges()) {
            if (updatedToo || change.kind != Kind::Updated)
                kinds << change.kind;
        }
        return kinds;
    }
    const Incident &last() const { return tracker.incidents().back(); }

    IncidentTracker tracker;
    SteadyTime now{100s};
    Duration step{};
    quint64 seq = 0;
};

Incident sample()
{
    Incident i;
    i.id = 12;
    i.provider = QStringLiteral("openai");
    i.trigger = IncidentTrigger::Unhealthy;
    i.ending = IncidentEnding::Recovered;
    i.started = WallTime(1'700'000'000'123ms);
    i.opened = i.started + 10s;
    i.ended = i.started + 24s;
    i.lastSeen = i.ended + 10s;
    i.lasted = 21s;
    i.reopened = 2;
    i.addCause(RetryReason::RateLimit, 18, i.started, i.started + 15s);
    i.addCause(RetryReason::NetworkTimeout, 2, i.started + 4s, i.ended);
    i.addCause(RetryReason::None, 0, i.started + 5s, i.started + 7s);
    i.failedAttempts = 20;
    i.retries = 11;
    i.failovers = 9;
    i.addCall(CallFate::Failed, i.started + 2s);
    for (int n = 0; n < 11; ++n)
        i.addCall(CallFate::Rerouted, i.started + std::chrono::seconds(n));
    i.addCall(CallFate::Delayed, i.started + 20s);
    i.added.record(1'900ms, 8);
    i.added.record(4'200ms, 2);
    i.addedTotal = 23'600ms;
    i.failedCostUsd = 0.0002;
    i.elsewhereCostUsd = 0.0031;
    i.unpricedElsewhere = 3;
    i.carriedBy = {{QStringLiteral("anthropic"), 11}, {QStringLiteral("mistral"), 1}};
    i.addFact({i.started, IncidentFactKind::FirstFailure, RetryReason::RateLimit, {}});
    i.addFact({i.ended, IncidentFactKind::Ended, RetryReason::None, QStringLiteral("recovered")});
    i.simulated = true;
    i.note = QStringLiteral("=cmd|' /C calc'!A0, \"quoted\"\nsecond line");
    return i;
}

} // namespace

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
    void countsWhatACallLost();
    void cancelledCallsDoNotCount();
    void theCallersOwnErrorsDoNotCount();
    void tellsWhoCarriedTheTrafficWhileTheCircuitWasOpen();
    void isolatingEndsIt();
    void removingTheProviderEndsIt();
    void aSteppedClockChangesNoDuration();
    void rulesAreClamped();
    void memoryIsBounded();
    void survivesRestart();
    void continuesOverARestart();
    void callsThatFoundNobodyAreItsFailedCalls();
    void theCallersOwnMistakesAreNobodysFault();
    void conflictsNeverOpenOne();
    void eachCauseHasItsOwnSpanAndCount();
    void theSpanIsTheDifferenceOfItsTimes();
    void tellsWhatPeopleDid();
    void tellsWhoIsolatedIt();
    void aRefusedKeyIsTheProvidersTrouble_data();
    void aRefusedKeyIsTheProvidersTrouble();
    void saysWhatItCost();
    void theCurveGrowsWithTheSpan();
    void countsAgreeWithANaiveRecount_data();
    void countsAgreeWithANaiveRecount();
    void jsonRoundTrip();
    void readsTheOlderSchema();
    void numbersOutOfRangeAreMovedIntoIt();
    void refusesWhatIsNoIncident();
    void csvIsSafeForSpreadsheets();
    void markdownTellsTheStory();
    void agreesWithTheNaiveReference_data();
    void agreesWithTheNaiveReference();
    void storeSavesAndLoads();
    void storeSetsDamagedFilesAside_data();
    void storeSetsDamagedFilesAside();
    void storeNamesAPlaceThatCannotBeWritten();
    void storeWritesTheNewestOfMany();
};

void IncidentTrackerTest::opensAtTheFifthFailureNotBefore()
{
    Player p;
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
    Player p;
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
    Player p;
    for (int i = 0; i < 20; ++i) {
        p.attempt("openai", RetryReason::ServerError);
        p.wait(11min);
    }
    QVERIFY(p.tracker.incidents().empty());
}

void IncidentTrackerTest::opensWhenTheCircuitStaysOpen()
{
    Player p;
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
    Player p;
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
    Player p;
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
    Player p;
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
    Player p;
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
    Player p;
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
    Player p;
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

void IncidentTrackerTest::countsWhatACallLost()
{
    Player p;
    p.attempts("openai", RetryReason::RateLimit, 4);
    p.submit(7);
    p.attempt("openai", RetryReason::RateLimit, 7, 300ms);
    p.retry("openai", 7, 2s);
    p.start("openai", 7, RetryReason::RateLimit);
    p.attempt("openai", RetryReason::RateLimit, 7, 200ms);
    p.failover("openai", "mistral", 7);
    p.attempt("mistral", RetryReason::None, 7);
    p.finish(7, "mistral", CallOutcome::RecoveredByFailover);
    p.attempt("openai", RetryReason::ServerError, 8, 1s);
    p.finish(8, "openai", CallOutcome::Failed, RetryReason::ServerError);
    const Incident &i = p.last();
    QCOMPARE(i.concernedCalls(), 2ULL);
    QCOMPARE(i.failedCalls, 1ULL);
    QCOMPARE(i.reroutedCalls, 1ULL);
    QCOMPARE(i.retries, 1ULL);
    QCOMPARE(i.failovers, 1ULL);
    QCOMPARE(i.addedTotal, Duration(3'500ms));
    QCOMPARE(i.addedWorst(), std::optional<Duration>(2'500ms)); // exact, not a bucket's middle
    QCOMPARE(i.addedMedian(), std::optional<Duration>(1s));
    QCOMPARE(i.carriedBy.size(), std::size_t(1));
    QCOMPARE(i.cause(), RetryReason::RateLimit);
}

void IncidentTrackerTest::cancelledCallsDoNotCount()
{
    Player p;
    for (quint64 call = 1; call <= 20; ++call) {
        p.attempt("openai", RetryReason::Cancelled, call, 5s);
        p.finish(call, "openai", CallOutcome::Cancelled, RetryReason::Cancelled);
    }
    QVERIFY(p.tracker.incidents().empty());
    p.breakDown("openai");
    p.attempt("openai", RetryReason::RateLimit, 30, 5s);
    p.retry("openai", 30, 60s);
    p.finish(30, "openai", CallOutcome::Cancelled, RetryReason::Cancelled);
    QCOMPARE(p.last().concernedCalls(), 0ULL);
    QCOMPARE(p.last().addedTotal, Duration(0s));
    QCOMPARE(p.last().failedAttempts, 6ULL); // that attempt did fail
}

void IncidentTrackerTest::theCallersOwnErrorsDoNotCount()
{
    Player p;
    for (const RetryReason reason :
         {RetryReason::InvalidRequest, RetryReason::ContextLength, RetryReason::ContentFilter, RetryReason::Unknown})
        p.attempts("openai", reason, 20);
    QVERIFY(p.tracker.incidents().empty());
}

void IncidentTrackerTest::tellsWhoCarriedTheTrafficWhileTheCircuitWasOpen()
{
    Player p;
    p.breakDown("openai");
    p.circuit("openai", CircuitState::Open);
    for (quint64 call = 1; call <= 10; ++call) {
        p.submit(call);
        p.skip("openai", call);
        p.finish(call, call == 10 ? "mistral" : "anthropic", CallOutcome::SecondChoice);
    }
    QCOMPARE(carriedText(p.last()), QStringLiteral("anthropic 90 %, mistral 10 %"));
    QCOMPARE(p.last().reroutedCalls, 10ULL);
    QVERIFY(!p.last().addedMedian()); // they lost no time
    p.circuit("openai", CircuitState::Closed);
    p.submit(11);
    p.finish(11, "openai", CallOutcome::FirstTry);
    QCOMPARE(p.last().concernedCalls(), 10ULL);
}

void IncidentTrackerTest::isolatingEndsIt()
{
    Player p;
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
    Player p;
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
        Player p;
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
    Player p(wild);
    p.attempt("openai", RetryReason::ServerError);
    QCOMPARE(p.tracker.openCount(), 1);
}

void IncidentTrackerTest::memoryIsBounded()
{
    IncidentRules rules;
    rules.mergeWithin = 0s;
    rules.quiet = 0s;
    Player p(rules);
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

void IncidentTrackerTest::survivesRestart()
{
    Player p;
    p.breakDown("openai");
    p.recover("openai");
    p.breakDown("mistral");
    p.wait(5s);
    Player q;
    q.tracker.restore(Incidents(p.tracker.incidents().begin(), p.tracker.incidents().end()));
    QCOMPARE(q.tracker.incidents().size(), std::size_t(2));
    QCOMPARE(q.tracker.incidents()[0], p.tracker.incidents()[0]);
    QCOMPARE(q.last().ending, IncidentEnding::NotWatched);
    QCOMPARE(q.last().ended, p.last().lastSeen);
    QVERIFY(q.tracker.annotate(1, QStringLiteral("vendor confirmed")));
    QVERIFY(!q.tracker.annotate(99, QStringLiteral("nobody")));
    QCOMPARE(q.tracker.find(1)->note, QStringLiteral("vendor confirmed"));
    q.now = p.now + 10min;
    q.breakDown("openai");
    QCOMPARE(q.last().id, 3ULL);
}

void IncidentTrackerTest::continuesOverARestart()
{
    Player p;
    p.breakDown("openai");
    p.wait(5s);
    Player q;
    q.tracker.restore(Incidents(p.tracker.incidents().begin(), p.tracker.incidents().end()));
    q.now = SteadyTime(3s); // another process: its steady time starts anew
    q.step = (p.now - q.now) + 30s;
    q.breakDown("openai");
    QCOMPARE(q.tracker.incidents().size(), std::size_t(1));
    QCOMPARE(q.last().reopened, 1);
    QVERIFY(q.last().isOpen());
    QCOMPARE(q.last().failedAttempts, 10ULL);
}

void IncidentTrackerTest::jsonRoundTrip()
{
    const Incident before = sample();
    const QByteArray bytes = QJsonDocument(toJson(before)).toJson();
    const auto after = incidentFromJson(QJsonDocument::fromJson(bytes).object());
    QVERIFY(after.has_value());
    QCOMPARE(*after, before);
    const QList<QByteArray> lines = toJsonLines({before, before}).split('\n');
    QCOMPARE(lines.size(), 3);
    QCOMPARE(incidentFromJson(QJsonDocument::fromJson(lines[1]).object()), std::optional(before));
}

void IncidentTrackerTest::refusesWhatIsNoIncident()
{
    QVERIFY(!incidentFromJson({}));
    for (const char *key : {"id", "provider", "trigger", "ending", "started", "ended", "schema"}) {
        QJsonObject o = toJson(sample());
        o.remove(QLatin1String(key));
        QVERIFY2(!incidentFromJson(o), key);
    }
    QJsonObject odd = toJson(sample());
    odd[QLatin1String("failed_attempts")] = -4;
    odd[QLatin1String("timeline")] = QStringLiteral("none");
    const auto read = incidentFromJson(odd);
    QVERIFY(read && read->failedAttempts == 0 && read->facts.isEmpty());
}

void IncidentTrackerTest::readsTheOlderSchema()
{
    QJsonObject old{
        {QStringLiteral("schema"), 1},
        {QStringLiteral("id"), 7},
        {QStringLiteral("provider"), QStringLiteral("openai")},
        {QStringLiteral("trigger"), QStringLiteral("failures")},
        {QStringLiteral("ending"), QStringLiteral("recovered")},
        {QStringLiteral("started"), QStringLiteral("2026-11-25T18:37:15.200Z")},
        {QStringLiteral("opened"), QStringLiteral("2026-11-25T18:37:16.000Z")},
        {QStringLiteral("ended"), QStringLiteral("2026-11-25T18:39:19.900Z")},
        {QStringLiteral("last_seen"), QStringLiteral("2026-11-25T18:39:29.000Z")},
        {QStringLiteral("lasted_s"), 65.0},
        {QStringLiteral("reopened"), 1},
        {QStringLiteral("slow"), true},
        {QStringLiteral("failed_attempts"), 12},
        {QStringLiteral("affected_calls"), 9},
        {QStringLiteral("failed_calls"), 2},
        {QStringLiteral("added_median_s"), 30.3},
        {QStringLiteral("added_worst_s"), 30.0},
        {QStringLiteral("reasons"),
         QJsonObject{{QStringLiteral("rate_limit"), 10}, {QStringLiteral("server_error"), 2}}},
        {QStringLiteral("carried_by"), QJsonObject{{QStringLiteral("anthropic"), 5}, {QStringLiteral("openai"), 2}}},
        {QStringLiteral("timeline"),
         QJsonArray{QJsonObject{{QStringLiteral("ts"), QStringLiteral("2026-11-25T18:39:19.900Z")},
                                {QStringLiteral("kind"), QStringLiteral("ended")},
                                {QStringLiteral("what"), QStringLiteral("recovered, 3 successes in a row")}}}}};
    const auto i = incidentFromJson(old);
    QVERIFY(i.has_value());
    QCOMPARE(i->causes.size(), 3);
    QCOMPARE(i->cause(), RetryReason::RateLimit);
    QVERIFY(i->slow());
    QCOMPARE(i->failedCalls, 2ULL);
    QCOMPARE(i->reroutedCalls, 5ULL);
    QCOMPARE(i->delayedCalls, 2ULL);
    QVERIFY(*i->addedMedian() <= *i->addedP95() && *i->addedP95() <= *i->addedWorst());
    QCOMPARE(*i->addedWorst(), Duration(30s));
    QCOMPARE(lastedText(*i), QStringLiteral("unwell for 1:05 of 2:04"));
    QCOMPARE(toSentence(i->facts[0], *i), QStringLiteral("Ended: recovered, 3 successes in a row."));
    QCOMPARE(incidentFromJson(toJson(*i)), i); // and is written as the newer one
}

void IncidentTrackerTest::numbersOutOfRangeAreMovedIntoIt()
{
    std::mt19937 random(4);
    const QVector<QJsonValue> odd{-1.0, 1e300, -1e300, 0.5, 9.3e18, QJsonValue(QStringLiteral("x")),
                                  QJsonValue(),
                                  QJsonArray{1, 2},
                                  QJsonObject{}, true, QStringLiteral("9999-12-31T23:59:59.999Z"),
                                  QStringLiteral("0001-01-01T00:00:00Z"),
                                  QStringLiteral("1000000..86400000000000 0:4294967295 1:4294967295")};
    for (int round = 0; round < 3'000; ++round) {
        QJsonObject o = toJson(sample());
        for (int n = int(1 + random() % 4); n > 0; --n)
            o[o.keys()[qsizetype(random() % quint32(o.size()))]] = odd[qsizetype(random() % quint32(odd.size()))];
        QJsonObject curve = o[QLatin1String("curve")].toObject();
        if (random() % 3 == 0 && !curve.isEmpty()) {
            curve[curve.keys()[qsizetype(random() % quint32(curve.size()))]] =
                odd[qsizetype(random() % quint32(odd.size()))];
            o[QLatin1String("curve")] = curve;
        }
        const auto i = incidentFromJson(o);
        if (!i)
            continue;
        QVERIFY(i->span() >= 0s && i->lasted >= 0s);
        Player p; // and it can go on from there
        p.tracker.restore({*i});
        p.breakDown("openai");
        QVERIFY(!toMarkdown(p.last()).isEmpty() && !toCsv({p.last()}).isEmpty() && !toJsonLines({p.last()}).isEmpty());
    }
}

void IncidentTrackerTest::callsThatFoundNobodyAreItsFailedCalls()
{
    Player p;
    for (const char *provider : {"anthropic", "google_ai", "mistral"})
        p.byHand(EventKind::CircuitChanged, provider, CircuitState::Closed, CircuitState::Isolated);
    p.breakDown("openai");
    p.circuit("openai", CircuitState::Open);
    for (quint64 call = 1; call <= 109; ++call) {
        p.submit(call);
        p.skip("openai", call);
        for (const char *provider : {"anthropic", "google_ai", "mistral"})
            p.skip(provider, call, SkipReason::Isolated);
        p.finish(call, "", CallOutcome::Failed, RetryReason::ServerError);
        p.wait(500ms);
    }
    QCOMPARE(p.tracker.incidents().size(), std::size_t(1));
    QCOMPARE(p.last().failedCalls, 109ULL);
    QCOMPARE(p.last().concernedCalls(), 109ULL);
    QCOMPARE(std::count_if(p.last().facts.begin(), p.last().facts.end(),
                           [](const IncidentFact &f) { return f.kind == IncidentFactKind::FirstSkip; }),
             1);
}

void IncidentTrackerTest::theCallersOwnMistakesAreNobodysFault()
{
    Player p;
    p.breakDown("openai");
    p.circuit("openai", CircuitState::Open);
    p.submit(1);
    p.skip("openai", 1);
    p.finish(1, "anthropic", CallOutcome::Failed, RetryReason::InvalidRequest);
    p.submit(2);
    p.skip("openai", 2);
    p.finish(2, "anthropic", CallOutcome::Failed, RetryReason::ServerError);
    QCOMPARE(p.last().failedCalls, 1ULL);
    QCOMPARE(p.last().concernedCalls(), 1ULL);
}

void IncidentTrackerTest::conflictsNeverOpenOne()
{
    Player p;
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

void IncidentTrackerTest::eachCauseHasItsOwnSpanAndCount()
{
    Player p;
    const WallTime start = p.wall();
    p.attempts("openai", RetryReason::RateLimit, 6, 1s);
    p.attempts("openai", RetryReason::StreamInterrupted, 3, 2s);
    p.attempts("openai", RetryReason::ServerError, 1, 1s);
    const Incident &i = p.last();
    QCOMPARE(i.causes.size(), 3);
    QCOMPARE(i.causes[0], (IncidentCause{RetryReason::RateLimit, 6, start, start + 5s}));
    QCOMPARE(i.causes[1], (IncidentCause{RetryReason::StreamInterrupted, 3, start + 6s, start + 10s}));
    QCOMPARE(i.causes[2], (IncidentCause{RetryReason::ServerError, 1, start + 12s, start + 12s}));
    QCOMPARE(qRound(i.share(i.causes[0]) * 100), 60);
    QCOMPARE(causesText(i), QStringLiteral("%1, %2, %3")
                                .arg(toLabel(RetryReason::RateLimit), toLabel(RetryReason::StreamInterrupted).toLower(),
                                     toLabel(RetryReason::ServerError).toLower()));
    QVERIFY2(
        toSentence(i.causes[0], i).contains(QStringLiteral(": 6 failed attempts (60 %), 22:15:00 to 22:15:05 UTC.")),
        qPrintable(toSentence(i.causes[0], i)));
}

void IncidentTrackerTest::theSpanIsTheDifferenceOfItsTimes()
{
    Incident i = sample();
    i.started = WallTime(1'795'631'835'900ms); // 18:37:15.9
    i.ended = WallTime(1'795'631'959'100ms);   // 18:39:19.1
    i.lasted = 65s;
    i.reopened = 1;
    QCOMPARE(formatDuration(i.span()), QStringLiteral("2:04"));
    QCOMPARE(lastedText(i), QStringLiteral("unwell for 1:05 of 2:04"));
    i.reopened = 0;
    QCOMPARE(lastedText(i), QStringLiteral("2:04"));
    i.ended = i.started + 21'700ms;
    QCOMPARE(lastedText(i), QStringLiteral("21.7 s"));
    i.ended = i.started - 1h; // the clock was set back
    QCOMPARE(lastedText(i), QStringLiteral("1:05"));
}

void IncidentTrackerTest::tellsWhatPeopleDid()
{
    Player p;
    p.breakDown("openai");
    p.circuit("openai", CircuitState::Open);
    p.byHand(EventKind::ProbeFinished, "openai");
    p.play(p.event(EventKind::ProbeFinished, "openai")); // the program's own
    p.wait(60s);
    p.byHand(EventKind::CircuitChanged, "openai", CircuitState::Open, CircuitState::Isolated);
    QCOMPARE(p.last().ending, IncidentEnding::Isolated);
    p.wait(1h);
    p.byHand(EventKind::CircuitChanged, "openai", CircuitState::Isolated, CircuitState::Closed);
    QVector<IncidentFactKind> hands;
    for (const IncidentFact &f : p.last().facts) {
        if (isByHand(f.kind))
            hands << f.kind;
    }
    QCOMPARE(hands, (QVector<IncidentFactKind>{IncidentFactKind::ProbedByHand, IncidentFactKind::IsolatedByHand,
                                               IncidentFactKind::ReleasedByHand}));
    QCOMPARE(p.last().facts.last().at, p.wall());
}

void IncidentTrackerTest::tellsWhoIsolatedIt()
{
    Player p;
    p.breakDown("openai");
    p.circuit("openai", CircuitState::Open);
    const auto fleet = [&](CircuitState from, CircuitState to, const char *detail) {
        Event e = p.event(EventKind::CircuitChanged, "openai");
        e.circuitFrom = from;
        e.circuitTo = to;
        e.rule = QStringLiteral("by the fleet");
        e.detail = QLatin1String(detail);
        p.play(e);
    };
    fleet(CircuitState::Open, CircuitState::Isolated, "isolated by hand at gw-2");
    p.wait(60s);
    fleet(CircuitState::Isolated, CircuitState::Closed, "released by hand at gw-2");
    QStringList hands;
    for (const IncidentFact &f : p.last().facts) {
        if (isByHand(f.kind))
            hands << toSentence(f, p.last());
    }
    QCOMPARE(hands, QStringList({QStringLiteral("Isolated elsewhere: isolated by hand at gw-2."),
                                 QStringLiteral("Released elsewhere: released by hand at gw-2.")}));
    QCOMPARE(endingText(p.last().ending), QStringLiteral("isolated by hand"));
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
    Player p;
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

void IncidentTrackerTest::saysWhatItCost()
{
    Player p;
    p.breakDown("openai");
    p.circuit("openai", CircuitState::Open);
    const auto reroute = [&](quint64 call, std::optional<double> cost) {
        p.submit(call);
        p.skip("openai", call);
        p.answer("anthropic", call, cost);
        p.finish(call, "anthropic", CallOutcome::SecondChoice);
    };
    reroute(1, std::nullopt);
    QCOMPARE(costText(p.last()), QStringLiteral("unknown"));
    reroute(2, 0.002);
    reroute(3, 0.001);
    QCOMPARE(p.last().elsewhereCostUsd, 0.003);
    QCOMPARE(p.last().unpricedElsewhere, 1ULL);
    QCOMPARE(costText(p.last()), QStringLiteral("$0.003 for answers elsewhere; 1 answer of unknown price"));
}

void IncidentTrackerTest::theCurveGrowsWithTheSpan()
{
    IncidentCurve curve;
    quint32 failed = 0;
    for (int s = 0; s < 100'000; s += 7) {
        curve.add(std::chrono::seconds(s), {1, 0, 0});
        ++failed;
        QVERIFY(curve.bins.size() <= IncidentCurve::mostBins);
    }
    quint32 counted = 0;
    for (const auto &bin : curve.bins)
        counted += bin.failed;
    QCOMPARE(counted, failed);
    QCOMPARE(curve.width, Duration(2048s));
}

void IncidentTrackerTest::countsAgreeWithANaiveRecount_data()
{
    QTest::addColumn<quint32>("seed");
    for (quint32 seed = 1; seed <= 100; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

/// Random calls over a provider that comes and goes; each is counted in exactly one way, and added time is ordered.
void IncidentTrackerTest::countsAgreeWithANaiveRecount()
{
    QFETCH(quint32, seed);
    std::mt19937 random(seed);
    IncidentRules rules;
    rules.openFailures = 1; // every failure belongs to an incident
    rules.closeSuccesses = 1;
    rules.quiet = 0s;
    rules.mergeWithin = std::chrono::seconds(random() % 30);
    Player p(rules);
    quint64 failed = 0, rerouted = 0, delayed = 0, attempts = 0;
    Duration total{}, worst{};
    bool open = false;
    for (quint64 call = 1; call <= 300; ++call) {
        p.wait(std::chrono::milliseconds(1 + random() % 2'000));
        if (random() % 20 == 0) {
            open = !open;
            if (open) { // a circuit opens after failures, so an incident is there
                p.attempt("openai", RetryReason::ServerError);
                ++attempts;
            }
            p.circuit("openai", open ? CircuitState::Open : CircuitState::Closed);
        }
        p.submit(call);
        bool touched = false;
        Duration added{};
        if (open) {
            p.skip("openai", call);
        } else if (random() % 3 == 0) {
            const auto took = std::chrono::milliseconds(1 + random() % 30'000),
                       wait = std::chrono::milliseconds(random() % 5'000);
            p.attempt("openai", RetryReason::ServerError, call, took);
            p.retry("openai", call, wait);
            added = took + wait;
            touched = true;
            ++attempts;
        }
        const int end = int(random() % 4);
        if (end == 0) {
            p.finish(call, "openai", CallOutcome::Cancelled, RetryReason::Cancelled);
        } else if (end == 1) {
            p.finish(call, open ? "" : "openai", CallOutcome::Failed, RetryReason::ServerError);
            failed += touched || open;
        } else if (end == 2 || open) {
            p.finish(call, "mistral", open ? CallOutcome::SecondChoice : CallOutcome::RecoveredByFailover);
            rerouted += touched || open;
        } else {
            p.attempt("openai", RetryReason::None, call);
            p.finish(call, "openai", touched ? CallOutcome::RecoveredByRetry : CallOutcome::FirstTry);
            delayed += touched;
        }
        if (touched && end != 0) {
            total += added;
            worst = std::max(worst, added);
        }
    }
    quint64 counted[3] = {}, causes = 0;
    Duration countedTotal{}, countedWorst{};
    for (const Incident &i : p.tracker.incidents()) {
        counted[0] += i.failedCalls;
        counted[1] += i.reroutedCalls;
        counted[2] += i.delayedCalls;
        countedTotal += i.addedTotal;
        for (const IncidentCause &cause : i.causes) {
            causes += cause.attempts;
            QVERIFY(cause.first >= i.started && cause.last >= cause.first && cause.last <= i.lastSeen);
        }
        quint64 carried = 0, inCurve = 0;
        for (const auto &[provider, calls] : i.carriedBy)
            carried += calls;
        for (const auto &bin : i.curve.bins)
            inCurve += bin.failed + bin.rerouted + bin.delayed;
        QCOMPARE(carried, i.reroutedCalls + i.delayedCalls);
        QCOMPARE(inCurve, i.concernedCalls());
        if (i.added.count()) {
            QVERIFY(*i.addedMedian() <= *i.addedP95() && *i.addedP95() <= *i.addedWorst());
            QVERIFY(i.addedTotal >= *i.addedWorst());
            countedWorst = std::max(countedWorst, *i.addedWorst());
        }
        QVERIFY(i.lasted <= i.span() + 1s);
    }
    QCOMPARE(counted[0], failed);
    QCOMPARE(counted[1], rerouted);
    QCOMPARE(counted[2], delayed);
    QCOMPARE(causes, attempts);
    QCOMPARE(countedTotal, total);
    QCOMPARE(countedWorst, worst);
}

void IncidentTrackerTest::csvIsSafeForSpreadsheets()
{
    const QByteArray csv = toCsv({sample()});
    QVERIFY(csv.startsWith("id,provider,cause,"));
    QVERIFY2(csv.contains("\"'=cmd|' /C calc'!A0, \"\"quoted\"\"\nsecond line\"\r\n"), csv.constData());
    QVERIFY(csv.contains("\"anthropic 92 %, mistral 8 %\""));
}

void IncidentTrackerTest::markdownTellsTheStory()
{
    Incident i = sample();
    i.provider = QStringLiteral("open|ai*");
    const QString text = toMarkdown(i);
    for (const char *part :
         {"## Incident 12: open\\|ai\\*, rate limited, timed out, slow answers (simulated)",
          "(unwell for 21.0 s of 24.0 s, recovered)", "| Failed attempts | 20 |", "| Rerouted calls | 11 |",
          "1.9 s median, 4.2 s p95, 4.2 s worst", "anthropic 92 %, mistral 8 %",
          "- 2023-11-14 22:13:44 Ended: recovered", "| Came back | 2 times |", "### Note"})
        QVERIFY2(text.contains(QLatin1String(part)), qPrintable(text));
    QCOMPARE(toSentence(sample()), QStringLiteral("openai: rate limited, timed out, slow answers for 24.0 s, 1 failed "
                                                  "call, 11 rerouted, 1 delayed, +1.9 s median."));
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
    Player player(rules);
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

void IncidentTrackerTest::storeSavesAndLoads()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("deep/er/incidents.json"));
    QVERIFY(loadIncidents(path).problem.isEmpty()); // nothing yet is no problem
    QVERIFY(bool(saveIncidents({sample()}, path)));
    const LoadedIncidents loaded = loadIncidents(path);
    QVERIFY2(loaded.problem.isEmpty(), qPrintable(loaded.problem));
    QCOMPARE(loaded.incidents, Incidents{sample()});
    QCOMPARE(QDir(folder.filePath(QStringLiteral("deep/er"))).entryList(QDir::Files).size(), 1);
}

void IncidentTrackerTest::storeSetsDamagedFilesAside_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<int>("rescued");
    const QByteArray good = QJsonDocument(toJson(sample())).toJson(QJsonDocument::Compact);
    QTest::newRow("cut in the middle") << QByteArray("{\"schema\":1,\"incidents\":[" + good.left(200)) << 0;
    QTest::newRow("empty file") << QByteArray() << 0;
    QTest::newRow("binary") << QByteArray("\0\xff\xfe\x01", 4) << 0;
    QTest::newRow("another program's JSON") << QByteArray("{\"name\":\"x\"}") << 0;
    QTest::newRow("a later schema") << QByteArray("{\"schema\":3,\"incidents\":[]}") << 0;
    QTest::newRow("one good entry among bad ones")
        << QByteArray("{\"schema\":1,\"incidents\":[7,{}," + good + "]}") << 1;
}

void IncidentTrackerTest::storeSetsDamagedFilesAside()
{
    QFETCH(QByteArray, content);
    QFETCH(int, rescued);
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("incidents.json"));
    for (int round = 1; round <= 2; ++round) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        const LoadedIncidents loaded = loadIncidents(path);
        QCOMPARE(loaded.incidents.size(), rescued);
        QVERIFY2(loaded.problem.contains(path) && loaded.problem.contains(QStringLiteral(".broken")),
                 qPrintable(loaded.problem));
        QFile aside(path + (round == 1 ? QStringLiteral(".broken") : QStringLiteral(".broken.2")));
        QVERIFY(aside.open(QIODevice::ReadOnly));
        QCOMPARE(aside.readAll(), content);
    }
}

void IncidentTrackerTest::storeNamesAPlaceThatCannotBeWritten()
{
    QTemporaryDir folder;
    QFile blocker(folder.filePath(QStringLiteral("file")));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    blocker.close();
    const QString below = folder.filePath(QStringLiteral("file/incidents.json"));
    const auto saved = saveIncidents({sample()}, below);
    QVERIFY(!saved);
    QVERIFY2(saved.error().contains(below) && saved.error().contains(QStringLiteral("folder")),
             qPrintable(saved.error()));
    const auto onFolder = saveIncidents({sample()}, folder.path());
    QVERIFY(!onFolder);
    QVERIFY2(loadIncidents(folder.path()).problem.contains(folder.path()), "a folder in the file's place");
}

void IncidentTrackerTest::storeWritesTheNewestOfMany()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("incidents.json"));
    {
        IncidentStore store(path);
        for (quint64 id = 1; id <= 200; ++id) {
            Incident i = sample();
            i.id = id;
            store.save({i});
        }
        QSignalSpy saved(&store, &IncidentStore::saved);
        QVERIFY(saved.wait(suite::patience));
        QVERIFY(saved[0][0].toString().isEmpty());
        Incident last = sample();
        last.id = 201;
        store.save({last});
    } // leaves nothing unwritten behind
    IncidentStore store(path);
    QSignalSpy loaded(&store, &IncidentStore::loaded);
    store.load();
    QVERIFY(loaded.wait(suite::patience));
    QCOMPARE(loaded[0][0].value<LoadedIncidents>().incidents.first().id, 201ULL);
}

SUITE_TEST(IncidentTrackerTest)
#include "tst_incidenttracker.moc"
