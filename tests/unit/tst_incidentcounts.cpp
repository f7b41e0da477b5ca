// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/incidentplayer.h"
#include "base/timeformat.h"
#include "support/suite.h"
#include "words/incidentwords.h"
#include "words/labels.h"

#include <QTest>

#include <random>

using namespace retryscope;
using Kind = IncidentChange::Kind;

/// What an incident says that it did to calls, and to whom it cost what.
class IncidentCountsTest : public QObject
{
    Q_OBJECT
private slots:
    void countsWhatACallLost();
    void cancelledCallsDoNotCount();
    void theCallersOwnErrorsDoNotCount();
    void tellsWhoCarriedTheTrafficWhileTheCircuitWasOpen();
    void callsThatFoundNobodyAreItsFailedCalls();
    void theCallersOwnMistakesAreNobodysFault();
    void eachCauseHasItsOwnSpanAndCount();
    void theSpanIsTheDifferenceOfItsTimes();
    void tellsWhatPeopleDid();
    void tellsWhoIsolatedIt();
    void saysWhatItCost();
    void theCurveGrowsWithTheSpan();
    void countsAgreeWithANaiveRecount_data();
    void countsAgreeWithANaiveRecount();
};

void IncidentCountsTest::countsWhatACallLost()
{
    IncidentPlayer p;
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

void IncidentCountsTest::cancelledCallsDoNotCount()
{
    IncidentPlayer p;
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

void IncidentCountsTest::theCallersOwnErrorsDoNotCount()
{
    IncidentPlayer p;
    for (const RetryReason reason :
         {RetryReason::InvalidRequest, RetryReason::ContextLength, RetryReason::ContentFilter, RetryReason::Unknown})
        p.attempts("openai", reason, 20);
    QVERIFY(p.tracker.incidents().empty());
}

void IncidentCountsTest::tellsWhoCarriedTheTrafficWhileTheCircuitWasOpen()
{
    IncidentPlayer p;
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

void IncidentCountsTest::callsThatFoundNobodyAreItsFailedCalls()
{
    IncidentPlayer p;
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

void IncidentCountsTest::theCallersOwnMistakesAreNobodysFault()
{
    IncidentPlayer p;
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

void IncidentCountsTest::eachCauseHasItsOwnSpanAndCount()
{
    IncidentPlayer p;
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

void IncidentCountsTest::theSpanIsTheDifferenceOfItsTimes()
{
    Incident i = sampleIncident();
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

void IncidentCountsTest::tellsWhatPeopleDid()
{
    IncidentPlayer p;
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

void IncidentCountsTest::tellsWhoIsolatedIt()
{
    IncidentPlayer p;
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

void IncidentCountsTest::saysWhatItCost()
{
    IncidentPlayer p;
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

void IncidentCountsTest::theCurveGrowsWithTheSpan()
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

void IncidentCountsTest::countsAgreeWithANaiveRecount_data()
{
    QTest::addColumn<quint32>("seed");
    for (quint32 seed = 1; seed <= 100; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

/// Random calls over a provider that comes and goes; each is counted in exactly one way, and added time is ordered.
void IncidentCountsTest::countsAgreeWithANaiveRecount()
{
    QFETCH(quint32, seed);
    std::mt19937 random(seed);
    IncidentRules rules;
    rules.openFailures = 1; // every failure belongs to an incident
    rules.closeSuccesses = 1;
    rules.quiet = 0s;
    rules.mergeWithin = std::chrono::seconds(random() % 30);
    IncidentPlayer p(rules);
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

SUITE_TEST(IncidentCountsTest)
#include "tst_incidentcounts.moc"
