// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/virtualclock.h"
#include "engine/apiretryhandler.h"
#include "support/eventgrammar.h"
#include "support/suite.h"

#include <QTest>

using namespace retryscope;

/// The runner on virtual time: whole event stories and exact delays.
class WithRetryTest : public QObject
{
    Q_OBJECT
private slots:
    void retriesAnyFunctionWithExactDelays();
    void cancelWhileWaitingAndWhileRunning();
    void aLateReportAfterCancelIsHarmless();

private:
    struct NoTransport final : Transport
    {
        std::unique_ptr<Exchange> start(const HttpRequest &, ExchangeCallbacks) override { return nullptr; }
    };
    struct Rig
    {
        Rig()
        {
            Configuration c;
            c.providers = builtInProviders();
            for (ProviderConfig &p : c.providers)
                p.enabled = true;
            c.retry.jitter = JitterKind::None;
            c.retry.baseDelay = 1s;
            grammar.attach(handler.events());
            handler.configure(c);
            handler.events().subscribe([this](const Event &e) {
                story << toKey(e.kind);
                if (e.kind == EventKind::RetryScheduled)
                    delays << toSeconds(e.delay);
            });
        }
        ~Rig()
        {
            if (!grammar.problem(true).isEmpty() || !handler.atRest())
                QTest::qFail(qPrintable(grammar.problem(true) + QStringLiteral(" (or something is still held)")),
                             __FILE__, __LINE__);
        }
        EventGrammar grammar;
        VirtualClock clock;
        NoTransport transport;
        ScriptedRandom random{{0.5}};
        ApiRetryHandler handler{clock, transport, random};
        QStringList story;
        QVector<double> delays;
        std::vector<CallResult> results;
    };
    static AttemptResult failed(int status)
    {
        AttemptResult r;
        FailureFacts facts;
        facts.status = status;
        r.facts.classification = classify(facts);
        return r;
    }
};

void WithRetryTest::retriesAnyFunctionWithExactDelays()
{
    Rig rig;
    rig.handler.withOpenAiRetry(CallId{1}, QStringLiteral("m"),
        [](int number, ApiRetryHandler::Report done) { done(number < 3 ? failed(500) : AttemptResult{}); },
        [&](const CallResult &r) { rig.results.push_back(r); });
    rig.clock.advance(10s);
    QCOMPARE(rig.results.size(), std::size_t(1));
    QCOMPARE(toKey(rig.results[0].outcome), QStringLiteral("recovered_by_retry"));
    QCOMPARE(rig.results[0].attempts, 3);
    QCOMPARE(rig.delays, (QVector<double>{1.0, 2.0}));
    QCOMPARE(rig.results[0].duration, Duration(3s));
    QCOMPARE(rig.story, (QStringList{"call_submitted", "attempt_started", "attempt_finished", "retry_scheduled",
                                     "attempt_started", "attempt_finished", "retry_scheduled", "attempt_started",
                                     "attempt_finished", "call_finished"}));
    QCOMPARE(rig.handler.runningCalls(), std::size_t(0));
    QCOMPARE(rig.clock.pendingTimers(), std::size_t(0));
}

void WithRetryTest::cancelWhileWaitingAndWhileRunning()
{
    for (const bool waiting : {true, false}) {
        Rig rig;
        rig.handler.withOpenAiRetry(
            CallId{1}, QStringLiteral("m"),
            [&](int, ApiRetryHandler::Report done) {
                if (waiting)
                    done(failed(500));
            },
            [&](const CallResult &r) { rig.results.push_back(r); });
        rig.clock.advance(500ms);
        rig.handler.cancel(CallId{1});
        rig.handler.cancel(CallId{1});
        rig.clock.advance(10min);
        QCOMPARE(rig.results.size(), std::size_t(1));
        QCOMPARE(toKey(rig.results[0].outcome), QStringLiteral("cancelled"));
        QCOMPARE(rig.story.count(QStringLiteral("call_finished")), 1);
        QCOMPARE(rig.story.count(QStringLiteral("attempt_started")),
                 rig.story.count(QStringLiteral("attempt_finished")));
        QCOMPARE(rig.story.last(), QStringLiteral("call_finished"));
        QCOMPARE(rig.clock.pendingTimers(), std::size_t(0));
    }
}

void WithRetryTest::aLateReportAfterCancelIsHarmless()
{
    Rig rig;
    ApiRetryHandler::Report late;
    rig.handler.withOpenAiRetry(CallId{1}, QStringLiteral("m"), [&](int, ApiRetryHandler::Report done) { late = done; },
                                {});
    rig.handler.cancel(CallId{1});
    rig.clock.advance(1s);
    const auto before = rig.story;
    late(AttemptResult{});
    rig.clock.advance(1s);
    QCOMPARE(rig.story, before);
}

SUITE_TEST(WithRetryTest)
#include "tst_withretry.moc"
