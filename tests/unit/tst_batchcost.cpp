// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "batch/batchrun.h"
#include "support/idleengine.h"
#include "support/suite.h"
#include "words/batchwords.h"

#include "base/virtualclock.h"

#include <QTest>

#include <set>

using namespace retryscope;

namespace {

/// An engine whose calls end when the test says so.
class HeldEngine final : public IdleEngine
{
public:
    CallId send(const Prompt &prompt, const Route &, const SendOptions & = {}) override
    {
        sent.append(prompt);
        open.insert(++last);
        return CallId{last};
    }
    void cancel(CallId call) override { cancelled.append(call.value); }

    void attempt(quint64 call, std::optional<double> cost, Delivery delivery = Delivery::Answered, int status = 200,
                 RetryReason reason = RetryReason::None)
    {
        Event e;
        e.kind = EventKind::AttemptFinished;
        e.call = CallId{call};
        e.costUsd = cost;
        e.delivery = delivery;
        e.status = status;
        e.reason = reason;
        emit eventsArrived({e});
    }
    void finish(quint64 call, CallOutcome outcome = CallOutcome::FirstTry, Duration took = 1s)
    {
        CallResult r;
        r.call = CallId{call};
        r.outcome = outcome;
        r.reason = outcome == CallOutcome::Cancelled ? RetryReason::Cancelled
                   : outcome == CallOutcome::Failed  ? RetryReason::ServerError
                                                     : RetryReason::None;
        r.attempts = 1;
        r.duration = took;
        r.answer.finish = Finish::Other;
        r.answer.finishReason = QStringLiteral("policy_pause");
        open.erase(call);
        emit callFinished(r);
    }
    QVector<Prompt> sent;
    QVector<quint64> cancelled;
    std::set<quint64> open;
    quint64 last = 0;
};

} // namespace

/// The estimate before a batch, and the ceiling while it runs.
class BatchCostTest : public QObject
{
    Q_OBJECT
private slots:
    void anEstimateIsReckonedFromChainPolicyAndPrices();
    void simulatedProvidersCostNothing();
    void anUnknownPriceIsNamedAndNeverNothing();
    void imagesAndOwnLimitsMakeThePriceUnknown();
    void callsThatGoTheirOwnWaysAreSummed();
    void whatNobodyKnowsIsSaidBeforeASend();
    void picturesAreTheReasonAndNotTheirProvider();
    void noTextHasMoreTokensThanCounted();
    void whatIsInFlightCountsWithItsWorst();
    void whatMayHaveBeenBilledCountsWithItsWorst();
    void theCeilingEndsTheBatchAndKeepsWhatCame();
    void aBatchWaitsForRoomUnderTheCeiling();
    void aConfigurationWithoutPriceEndsIt();
    void concurrencyAndSpacingAreKept();
    void stopCancelsWhatIsInFlightAndKeepsTheRest();
    void aReasonIsGivenWhereItMustNotBegin();
    void theTimeThatIsLeftFollowsThePace();

private:
    static ProviderConfig provider(const char *id, const char *model)
    {
        ProviderConfig p;
        p.id = QLatin1String(id);
        p.protocol = ProtocolKind::OpenAi;
        p.baseUrl = QUrl(QStringLiteral("https://%1.test/v1").arg(p.id));
        p.model = QLatin1String(model);
        return p;
    }
    static Configuration configuration(const ProviderConfigs &providers)
    {
        Configuration c;
        c.providers = providers;
        c.retry.maxAttempts = 3;
        c.retry.attemptsPerProvider = 2;
        return c;
    }
    /// Dollars a million tokens: cheap 1 and 10, dear 2 and 20.
    static PriceList prices()
    {
        Price cheap;
        cheap.protocol = QStringLiteral("*");
        cheap.model = QStringLiteral("cheap");
        cheap.input = 1;
        cheap.output = 10;
        Price dear = cheap;
        dear.model = QStringLiteral("dear");
        dear.input = 2;
        dear.output = 20;
        return PriceList({cheap, dear});
    }
    static BatchPrompts prompts(int n, int maxTokens = 100'000)
    {
        BatchPrompts all;
        for (int i = 0; i < n; ++i) {
            BatchPrompt one;
            one.prompt.text = QStringLiteral("Hello");
            one.prompt.maxTokens = maxTokens;
            one.line = i + 1;
            all.append(one);
        }
        return all;
    }
    static constexpr double perAttempt = 1.0; ///< of "cheap" with 100,000 tokens, without the prompt's few
    static bool isAbout(double value, double expected) { return value >= expected && value < expected + 0.001; }
};

void BatchCostTest::anEstimateIsReckonedFromChainPolicyAndPrices()
{
    const BatchCosts costs(configuration({provider("a", "cheap"), provider("b", "dear")}), prices(), {}, {});
    const BatchEstimate e = estimateOf(prompts(4), 5, costs);
    QCOMPARE(e.calls, 20);
    QCOMPARE(e.requests, 60);
    QVERIFY(e.real && e.isKnown());
    QVERIFY(isAbout(e.likely, 20 * perAttempt));     // the first of the chain answers at once
    QVERIFY(isAbout(e.dearest, 3 * 2 * perAttempt)); // each attempt at the dearest
    QVERIFY(e.most >= 20 * 6.0 && e.most < 20 * 6.001);
    const QString sentence = estimateSentence(e, 0.5);
    QVERIFY2(sentence.startsWith(QStringLiteral("20 calls, up to 60 requests: about $20.00")), qPrintable(sentence));
    QVERIFY(sentence.endsWith(QStringLiteral("Stops at $0.50.")));
    const BatchCosts one(configuration({provider("a", "cheap"), provider("b", "dear")}), prices(),
                         Route{{QStringLiteral("a")}}, {});
    QCOMPARE(estimateOf(prompts(4), 5, one).requests, 40); // a provider alone is asked twice
}

void BatchCostTest::simulatedProvidersCostNothing()
{
    ProviderConfig simulated = provider("a", "cheap");
    simulated.simulated = true;
    const BatchEstimate e = estimateOf(prompts(2), 1, BatchCosts(configuration({simulated}), prices(), {}, {}));
    QVERIFY(!e.real && e.isKnown());
    QCOMPARE(e.most, 0.0);
    QVERIFY(estimateSentence(e, 0.5).contains(QStringLiteral("Simulated: nothing is charged")));
    QVERIFY(ceilingProblem(e, 0.0, false).isEmpty());
}

void BatchCostTest::anUnknownPriceIsNamedAndNeverNothing()
{
    const BatchCosts costs(configuration({provider("a", "cheap"), provider("b", "strange")}), prices(), {}, {});
    const BatchEstimate e = estimateOf(prompts(2), 1, costs);
    QCOMPARE(e.unpriced, QStringList{QStringLiteral("b (strange)")});
    QVERIFY(estimateSentence(e, 0.5).contains(QStringLiteral("price unknown: b (strange)")));
    QVERIFY(estimateSentence(e, 0.5).contains(QStringLiteral("cannot be kept")));
    QVERIFY(ceilingProblem(e, 100.0, false).contains(QStringLiteral("b (strange)")));
    QVERIFY(ceilingProblem(e, 100.0, true).isEmpty());
    QVERIFY(ceilingProblem(e, std::nullopt, false).isEmpty()); // nobody asked for a ceiling
    CostLedger ledger(100.0), accepted(100.0, true);
    const CallCost cost = costs.of(prompts(1).first().prompt);
    QVERIFY(ledger.mayStart(cost) == CostLedger::Verdict::Unknown);
    QVERIFY(accepted.mayStart(cost) == CostLedger::Verdict::Start);
}

void BatchCostTest::imagesAndOwnLimitsMakeThePriceUnknown()
{
    const BatchCosts costs(configuration({provider("a", "cheap")}), prices(), {}, {});
    Prompt image;
    image.messages.append(
        {ChatRole::User, {{.kind = ChatPart::Kind::Image, .url = QStringLiteral("https://x.test/i.png")}}});
    QVERIFY(costs.of(image).pictures && !costs.of(image).isKnown());
    QVERIFY(CostLedger(100.0).mayStart(costs.of(image)) == CostLedger::Verdict::Unknown);
    ProviderConfig unlimited = provider("a", "cheap");
    unlimited.parameters.removed << QStringLiteral("max_tokens");
    QCOMPARE(BatchCosts(configuration({unlimited}), prices(), {}, {}).of(prompts(1).first().prompt).unpriced.size(), 1);
}

void BatchCostTest::callsThatGoTheirOwnWaysAreSummed()
{
    const Configuration both = configuration({provider("a", "cheap"), provider("b", "dear")});
    const Prompt prompt = prompts(1).first().prompt;
    const auto of = [&](const char *id) {
        return BatchCosts(both, prices(), Route{{QLatin1String(id)}}, {}).of(prompt);
    };
    const BatchEstimate e = estimateOf({of("a"), of("b"), of("b")});
    QCOMPARE(e.calls, 3);
    QCOMPARE(e.requests, 6);
    QVERIFY(isAbout(e.likely, (1 + 2 + 2) * perAttempt));
    QVERIFY(isAbout(e.most, 2 * (1 + 2 + 2) * perAttempt));
    QVERIFY(isAbout(e.dearest, 2 * 2 * perAttempt));
    QCOMPARE(sendCostText(e), QStringLiteral("Costs about $5.00, at most $10.00"));
    const BatchEstimate nobody = estimateOf(QVector<CallCost>());
    QVERIFY(nobody.calls == 0 && sendCostText(nobody).isEmpty());
}

void BatchCostTest::whatNobodyKnowsIsSaidBeforeASend()
{
    ProviderConfig simulated = provider("s", "cheap");
    simulated.simulated = true;
    const Configuration all = configuration({provider("a", "cheap"), provider("x", "strange"), simulated});
    const auto of = [&](const char *id, const Prompt &prompt) {
        return BatchCosts(all, prices(), Route{{QLatin1String(id)}}, {}).of(prompt);
    };
    const Prompt text = prompts(1).first().prompt;
    QCOMPARE(sendCostText(estimateOf({of("s", text)})),
             QStringLiteral("Simulated: nothing is charged."));
    QCOMPARE(sendCostText(estimateOf({of("x", text)})), QStringLiteral("Cost unknown for x (strange)"));
    QCOMPARE(sendCostText(estimateOf({of("a", text), of("x", text), of("x", text), of("s", text)})),
             QStringLiteral("Cost unknown for x (strange); the rest at most $2.00")); // not "about": x is not in it
    Prompt picture = text;
    picture.messages.append(
        {ChatRole::User, {{.kind = ChatPart::Kind::Image, .url = QStringLiteral("https://x.test/i.png")}}});
    const BatchEstimate e = estimateOf({of("a", picture), of("s", picture)});
    QVERIFY(e.pictures && !e.isKnown());
    QCOMPARE(sendCostText(e), QStringLiteral("Cost unknown: every provider counts a picture in its own way"));
    QVERIFY(!estimateOf({of("s", picture)}).pictures); // nobody there who counts it
    QCOMPARE(sendCostText(estimateOf({of("a", picture), of("x", picture)})),
             QStringLiteral("Cost unknown for x (strange) and for pictures")); // short enough for its line
    Price free;
    free.protocol = QStringLiteral("*");
    free.model = QStringLiteral("strange");
    QCOMPARE(sendCostText(estimateOf({BatchCosts(all, PriceList({free}), Route{{QStringLiteral("x")}}, {}).of(text)})),
             QStringLiteral("Costs nothing by the price list"));
}

/// A provider with a price is not named for a picture; one without it is named all the same.
void BatchCostTest::picturesAreTheReasonAndNotTheirProvider()
{
    const Configuration both = configuration({provider("a", "cheap"), provider("x", "strange")});
    Prompt picture = prompts(1).first().prompt;
    picture.messages.append(
        {ChatRole::User, {{.kind = ChatPart::Kind::Image, .url = QStringLiteral("https://x.test/i.png")}}});
    const auto of = [&](const char *id) {
        return estimateOf({BatchCosts(both, prices(), Route{{QLatin1String(id)}}, {}).of(picture)});
    };
    const BatchEstimate priced = of("a"), strange = of("x");
    QVERIFY(priced.unpriced.isEmpty());
    QCOMPARE(strange.unpriced, QStringList{QStringLiteral("x (strange)")});
    const QString why = QStringLiteral(", which every provider counts in its own way");
    for (const BatchEstimate &e : {priced, strange}) {
        QVERIFY(estimateSentence(e, 1.0).contains(QStringLiteral("unknown with pictures") + why));
        QVERIFY(estimateSentence(e, 1.0).contains(QStringLiteral("$1.00 cannot be kept")));
        QVERIFY(ceilingProblem(e, 1.0, false).contains(QStringLiteral("pictures in it") + why));
        QVERIFY(ceilingProblem(e, 1.0, false).contains(QStringLiteral("the ceiling of $1.00 cannot be kept.")));
        QVERIFY(ceilingProblem(e, 1.0, true).isEmpty());
        const bool named = !e.unpriced.isEmpty();
        QCOMPARE(estimateSentence(e, 1.0).contains(QStringLiteral("price unknown: x (strange)")), named);
        QCOMPARE(ceilingProblem(e, 1.0, false).contains(QStringLiteral("The price of x (strange)")), named);
        QCOMPARE(estimateSentence(e, 1.0).contains(QStringLiteral("a (cheap)")), false);
    }
}

void BatchCostTest::noTextHasMoreTokensThanCounted()
{
    Prompt prompt;
    prompt.text = QStringLiteral("日本語");
    prompt.system = QStringLiteral("abc");
    QVERIFY(*mostTokensOf(prompt) >= 9 + 3);
    const qint64 before = *mostTokensOf(prompt);
    prompt.tools.append({QStringLiteral("weather"),
                         QStringLiteral("Tells it"),
                         {{QStringLiteral("type"), QStringLiteral("object")}},
                         false});
    QVERIFY(*mostTokensOf(prompt) > before + 15);
}

void BatchCostTest::whatIsInFlightCountsWithItsWorst()
{
    CallCost cost;
    cost.attempt = 0.1;
    cost.attempts = 3;
    CostLedger ledger(1.0);
    for (quint64 call = 1; call <= 3; ++call) {
        QVERIFY(ledger.mayStart(cost) == CostLedger::Verdict::Start);
        ledger.start(CallId{call}, cost);
    }
    QCOMPARE(ledger.inFlight(), 0.9);
    QVERIFY(ledger.mayStart(cost) == CostLedger::Verdict::Wait);
    ledger.finish(CallId{1}); // nothing was billed
    QVERIFY(ledger.mayStart(cost) == CostLedger::Verdict::Start);
}

void BatchCostTest::whatMayHaveBeenBilledCountsWithItsWorst()
{
    CallCost cost;
    cost.attempt = 0.1;
    cost.attempts = 4;
    CostLedger ledger(10.0);
    ledger.start(CallId{1}, cost);
    Event e;
    e.kind = EventKind::AttemptFinished;
    e.call = CallId{1};
    const auto ended = [&](std::optional<double> billed, Delivery delivery, int status, bool simulated = false) {
        e.costUsd = billed;
        e.delivery = delivery;
        e.status = status;
        e.simulated = simulated;
        ledger.attemptEnded(e);
    };
    ended({}, Delivery::Answered, 429); // refused: not billed
    ended({}, Delivery::NotSent, 0);
    QCOMPARE(ledger.spent() + ledger.uncertain(), 0.0);
    ended({}, Delivery::MaybeSent, 0); // a time limit ran out: perhaps
    QCOMPARE(ledger.uncertain(), 0.1);
    ended(0.03, Delivery::Answered, 200);
    QCOMPARE(ledger.spent(), 0.03);
    QCOMPARE(ledger.inFlight(), 0.0);   // no attempt is left
    ended({}, Delivery::Answered, 200); // answered, but its use was not told
    QCOMPARE(ledger.uncertain(), 0.2);
    ended(5.0, Delivery::Answered, 200, true); // invented
    QCOMPARE(ledger.spent(), 0.03);
    e.call = CallId{2}; // somebody else's
    ended(5.0, Delivery::Answered, 200);
    QCOMPARE(ledger.spent(), 0.03);
}

void BatchCostTest::theCeilingEndsTheBatchAndKeepsWhatCame()
{
    HeldEngine engine;
    VirtualClock clock;
    BatchRun run(engine, clock);
    BatchPlan plan;
    plan.prompts = prompts(10);
    plan.concurrency = 1;
    plan.ceiling = 4.5;
    std::optional<BatchEnd> end;
    connect(&run, &BatchRun::finished, this, [&](BatchEnd how) { end = how; });
    run.start(plan, configuration({provider("a", "cheap")}), prices()); // at most two attempts, 2.00... a call
    double paid = 0;
    while (!end) {
        QCOMPARE(engine.open.size(), std::size_t(1));
        paid += perAttempt;
        engine.attempt(engine.last, perAttempt);
        engine.finish(engine.last);
        QVERIFY(engine.last < 20);
    }
    QVERIFY(*end == BatchEnd::Ceiling);
    QCOMPARE(run.rows().size(), 3); // 3.00 are spent; one more might make it 5.00
    QVERIFY(paid <= 4.5);
    QCOMPARE(run.report().spent, paid);
    QCOMPARE(run.rows().first().finishWord(), QStringLiteral("policy_pause")); // the provider's own, as no word of ours says it
    QVERIFY(endSentence(run.report()).contains(QStringLiteral("ceiling of $4.50")));
}

void BatchCostTest::aBatchWaitsForRoomUnderTheCeiling()
{
    HeldEngine engine;
    VirtualClock clock;
    BatchRun run(engine, clock);
    BatchPlan plan;
    plan.prompts = prompts(6);
    plan.concurrency = 6;
    plan.ceiling = 6.5; // three of two attempts at once, six of one after another
    run.start(plan, configuration({provider("a", "cheap")}), prices());
    QCOMPARE(engine.open.size(), std::size_t(3));
    while (!engine.open.empty()) {
        const quint64 call = *engine.open.begin();
        engine.attempt(call, perAttempt);
        engine.finish(call);
        QVERIFY(run.ledger().spent() + run.ledger().inFlight() <= 6.5);
    }
    QVERIFY(!run.isRunning());
    QVERIFY(run.report().spent <= 6.5);
    QVERIFY(run.rows().size() >= 5);
}

void BatchCostTest::aConfigurationWithoutPriceEndsIt()
{
    HeldEngine engine;
    VirtualClock clock;
    BatchRun run(engine, clock);
    BatchPlan plan;
    plan.prompts = prompts(5, 100);
    plan.concurrency = 1;
    plan.ceiling = 1;
    run.start(plan, configuration({provider("a", "cheap")}), prices());
    run.setConfiguration(configuration({provider("a", "strange")}));
    engine.finish(engine.last);
    QVERIFY(!run.isRunning());
    QVERIFY(run.report().end == BatchEnd::PriceUnknown);
    QCOMPARE(run.rows().size(), 1);
}

void BatchCostTest::concurrencyAndSpacingAreKept()
{
    HeldEngine engine;
    VirtualClock clock;
    BatchRun run(engine, clock);
    BatchPlan plan;
    plan.prompts = prompts(3, 10);
    plan.runs = 2;
    plan.concurrency = 2;
    plan.spacing = 200ms;
    run.start(plan, configuration({provider("a", "cheap")}), prices());
    QCOMPARE(engine.sent.size(), 1);
    clock.advance(199ms);
    QCOMPARE(engine.sent.size(), 1);
    clock.advance(1ms);
    QCOMPARE(engine.sent.size(), 2);
    clock.advance(10s);
    QCOMPARE(engine.sent.size(), 2); // two at once
    engine.finish(1);
    QCOMPARE(engine.sent.size(), 3);
    engine.finish(2);
    QCOMPARE(engine.sent.size(), 3); // too soon after the last
    clock.advance(200ms);
    QCOMPARE(engine.sent.size(), 4);
    const BatchRow &fourth = run.rows()[3];
    QCOMPARE(fourth.prompt, 0);
    QCOMPARE(fourth.run, 2);
    QCOMPARE(fourth.began, 10'400ms);
    run.stop();
    for (const quint64 call : std::set(engine.open))
        engine.finish(call, CallOutcome::Cancelled);
    QVERIFY(!run.isRunning());
    QCOMPARE(clock.pendingTimers(), std::size_t(0));
}

void BatchCostTest::stopCancelsWhatIsInFlightAndKeepsTheRest()
{
    HeldEngine engine;
    VirtualClock clock;
    BatchRun run(engine, clock);
    BatchPlan plan;
    plan.prompts = prompts(8, 10);
    plan.concurrency = 3;
    run.start(plan, configuration({provider("a", "cheap")}), prices());
    engine.finish(1);
    engine.finish(2, CallOutcome::Failed);
    run.stop();
    QVERIFY(run.isRunning() && run.isEnding());
    QCOMPARE(engine.cancelled.size(), 3);
    for (const quint64 call : std::set(engine.open))
        engine.finish(call, CallOutcome::Cancelled);
    QVERIFY(!run.isRunning());
    const BatchSummary sum = summaryOf(run.rows());
    QCOMPARE(sum.began, 5);
    QCOMPARE(sum.served, 1);
    QCOMPARE(sum.failed, 1);
    QCOMPARE(sum.cancelled, 3);
    QCOMPARE(*sum.share(), 0.5); // of those that ended by themselves
    QVERIFY(run.report().end == BatchEnd::Stopped);
    QVERIFY(endSentence(run.report()).contains(QStringLiteral("2 of 8 calls")));
}

void BatchCostTest::aReasonIsGivenWhereItMustNotBegin()
{
    const BatchCosts costs(configuration({provider("a", "cheap")}), prices(), {}, {});
    const BatchEstimate e = estimateOf(prompts(1), 1, costs);
    QVERIFY(ceilingProblem(e, 1.5, false).contains(QStringLiteral("more than the ceiling of $1.50")));
    QVERIFY(ceilingProblem(e, 2.5, false).isEmpty());
}

void BatchCostTest::theTimeThatIsLeftFollowsThePace()
{
    HeldEngine engine;
    VirtualClock clock;
    BatchRun run(engine, clock);
    BatchPlan plan;
    plan.prompts = prompts(10, 10);
    plan.concurrency = 2;
    run.start(plan, configuration({provider("a", "cheap")}), prices());
    QVERIFY(!run.left());
    clock.advance(4s);
    engine.finish(1);
    engine.finish(2);
    QCOMPARE(*run.left(), 16s); // two in four seconds
    QVERIFY(progressText(run, 0).endsWith(QStringLiteral("16.0 s left")));
}

SUITE_TEST(BatchCostTest)
#include "tst_batchcost.moc"
