// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/incidenttracker.h"
#include "health/incidentstore.h"

#include <QDir>
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
    WallTime wall() const { return WallTime(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch() + 1'700'000'000s + step)); }
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
    i.ended = i.started + 21s;
    i.lastSeen = i.ended + 10s;
    i.lasted = 21s;
    i.reopened = 2;
    i.reasons[std::size_t(RetryReason::RateLimit)] = 18;
    i.reasons[std::size_t(RetryReason::NetworkTimeout)] = 2;
    i.slow = true;
    i.failedAttempts = 20;
    i.retries = 11;
    i.failovers = 9;
    i.affectedCalls = 10;
    i.failedCalls = 1;
    i.addedTotal = 19s;
    i.addedWorst = 4'200ms;
    i.addedMedian = 1'900ms;
    i.carriedBy = {{QStringLiteral("anthropic"), 11}, {QStringLiteral("mistral"), 1}};
    i.addFact({i.started, IncidentFactKind::FirstFailure, RetryReason::RateLimit, {}});
    i.addFact({i.ended, IncidentFactKind::Ended, RetryReason::None, QStringLiteral("recovered, 3 successes in a row")});
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
    void jsonRoundTrip();
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
    QCOMPARE(a.addedWorst, Duration(200ms)); // each has its own part of the loss
    QCOMPARE(b.cause(), RetryReason::TemporaryFailure);
    QCOMPARE(b.addedWorst, Duration(300ms));
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
    p.attempt("openai", RetryReason::RateLimit, 7, 200ms);
    p.failover("openai", "mistral", 7);
    p.attempt("mistral", RetryReason::None, 7);
    p.finish(7, "mistral", CallOutcome::RecoveredByFailover);
    p.attempt("openai", RetryReason::ServerError, 8, 1s);
    p.finish(8, "openai", CallOutcome::Failed, RetryReason::ServerError);
    const Incident &i = p.last();
    QCOMPARE(i.affectedCalls, 2ULL);
    QCOMPARE(i.failedCalls, 1ULL);
    QCOMPARE(i.retries, 1ULL);
    QCOMPARE(i.failovers, 1ULL);
    QCOMPARE(i.addedTotal, Duration(3'500ms));
    QCOMPARE(i.addedWorst, Duration(2'500ms));
    QVERIFY(i.addedMedian >= 975ms && i.addedMedian <= 2'563ms); // one of the two, within the histogram's 2.5 %
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
    QCOMPARE(p.last().affectedCalls, 0ULL);
    QCOMPARE(p.last().failedCalls, 0ULL);
    QCOMPARE(p.last().addedTotal, Duration(0s));
    QCOMPARE(p.last().failedAttempts, 6ULL); // that attempt did fail
}

void IncidentTrackerTest::theCallersOwnErrorsDoNotCount()
{
    Player p;
    for (const RetryReason reason : {RetryReason::InvalidRequest, RetryReason::ContextLength, RetryReason::ContentFilter, RetryReason::Unknown})
        p.attempts("openai", reason, 20);
    QVERIFY(p.tracker.incidents().empty());
}

void IncidentTrackerTest::tellsWhoCarriedTheTrafficWhileTheCircuitWasOpen()
{
    Player p;
    p.breakDown("openai");
    p.circuit("openai", CircuitState::Open);
    for (quint64 call = 1; call <= 10; ++call) { // the chain starts at the next provider: no event names the one left out
        p.submit(call);
        p.finish(call, call == 10 ? "mistral" : "anthropic", CallOutcome::FirstTry);
    }
    QCOMPARE(carriedText(p.last()), QStringLiteral("anthropic 90 %, mistral 10 %"));
    QCOMPARE(p.last().affectedCalls, 0ULL);
    p.circuit("openai", CircuitState::Closed);
    p.submit(11);
    p.finish(11, "openai", CallOutcome::FirstTry);
    QCOMPARE(carriedText(p.last()), QStringLiteral("anthropic 90 %, mistral 10 %"));
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
    for (const char *part : {"## Incident 12: open\\|ai\\*, rate limited (simulated)", "(21.0 s, recovered)", "| Failed attempts | 20 |", "1.9 s median, 4.2 s worst", "anthropic 92 %, mistral 8 %",
                             "- 2023-11-14 22:13:41 Ended: recovered", "| Came back | 2 times |", "### Note"})
        QVERIFY2(text.contains(QLatin1String(part)), qPrintable(text));
    QCOMPARE(toSentence(sample()), QStringLiteral("openai: rate limited for 21.0 s, 20 failed attempts, 9 failovers, 1 failed call, +1.9 s median."));
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
                if (failures(seen, suspectFrom) >= quint64(r.openFailures) || (unwell && now - *unwell >= r.openAfter)) {
                    isOpen = true;
                    const bool again = !spans.empty() && spans.back().ended && all[suspectFrom].at - *spans.back().ended <= r.mergeWithin;
                    spans.push_back({now, again, {}, 0});
                } else if (!unwell && (successesInARow(seen, suspectFrom) >= r.closeSuccesses || now - lastBad(seen, suspectFrom) >= r.forgetAfter)) {
                    suspectFrom = -1;
                }
            }
            if (isOpen) {
                spans.back().failures = failures(seen, suspectFrom);
                if (!unwell && successesInARow(seen, suspectFrom) >= r.closeSuccesses && now - lastBad(seen, suspectFrom) >= r.quiet) {
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
                got.back().ended = SteadyTime(player.tracker.find(change.id)->ended.time_since_epoch() - 1'700'000'000s);
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
        player.tracker.advance(player.now, player.wall()); // an end and a return may fall on one step: read between them
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
        QVERIFY2(got[i].ended.has_value() == expected[i].ended.has_value(), qPrintable(QStringLiteral("span %1 end").arg(i)));
        QVERIFY2(!got[i].ended || *got[i].ended == *expected[i].ended, qPrintable(QStringLiteral("span %1 ended").arg(i)));
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
    QTest::newRow("a later schema") << QByteArray("{\"schema\":2,\"incidents\":[]}") << 0;
    QTest::newRow("one good entry among bad ones") << QByteArray("{\"schema\":1,\"incidents\":[7,{}," + good + "]}") << 1;
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
        QVERIFY2(loaded.problem.contains(path) && loaded.problem.contains(QStringLiteral(".broken")), qPrintable(loaded.problem));
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
    QVERIFY2(saved.error().contains(below) && saved.error().contains(QStringLiteral("folder")), qPrintable(saved.error()));
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
        QVERIFY(saved.wait(5000));
        QVERIFY(saved[0][0].toString().isEmpty());
        Incident last = sample();
        last.id = 201;
        store.save({last});
    } // leaves nothing unwritten behind
    IncidentStore store(path);
    QSignalSpy loaded(&store, &IncidentStore::loaded);
    store.load();
    QVERIFY(loaded.wait(5000));
    QCOMPARE(loaded[0][0].value<LoadedIncidents>().incidents.first().id, 201ULL);
}

QTEST_GUILESS_MAIN(IncidentTrackerTest)
#include "tst_incidenttracker.moc"
