// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/systemclock.h"
#include "batch/batchrun.h"
#include "engine/localengineclient.h"
#include "sandbox/sandbox.h"
#include "support/suite.h"
#include "words/batchwords.h"

#include <QTest>

#include <map>

using namespace retryscope;

/// A batch on the engine against the sandbox; what it tells is counted again from the events.
class BatchTest : public QObject
{
    Q_OBJECT
private slots:
    void everyRowIsWhatItsEventsSay();
    void theCeilingIsKeptAtAProviderThatWantsMoney();
    void stopKeepsWhatCame();
    void callsOfOthersAreNoRows();

private:
    struct Rig
    {
        explicit Rig(const RetryConfig &retry = {})
        {
            const auto port = sandbox.start();
            configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*port)));
            configuration.retry = retry;
            client.setPrices(prices);
            client.apply(configuration);
            QObject::connect(&client, &EngineClient::eventsArrived, &client,
                             [this](const Events &batch) { events += batch; });
        }
        bool end(int within = 60'000)
        {
            return QTest::qWaitFor([this] { return !run.isRunning(); }, within);
        }
        static BatchPlan plan(int prompts, int concurrency)
        {
            BatchPlan plan;
            plan.name = QStringLiteral("test");
            for (int i = 0; i < prompts; ++i) {
                BatchPrompt one;
                one.prompt.text = QStringLiteral("Say %1").arg(i);
                one.prompt.maxTokens = 12;
                one.prompt.stream = true;
                plan.prompts.append(one);
            }
            plan.concurrency = concurrency;
            return plan;
        }
        Sandbox sandbox;
        PriceList prices = PriceList::builtIn();
        Configuration configuration;
        LocalEngineClient client{7};
        SystemClock clock;
        BatchRun run{client, clock};
        Events events;
    };
    /// What the events of one call say, counted without the batch's help.
    struct Naive
    {
        int attempts = 0, retries = 0, failovers = 0, ends = 0;
        QString provider;
        std::optional<Event> last;
    };
    static std::map<quint64, Naive> recount(const Events &events)
    {
        std::map<quint64, Naive> calls;
        std::map<quint64, QString> asked;
        for (const Event &e : events) {
            if (!e.call)
                continue;
            Naive &call = calls[e.call.value];
            if (e.kind == EventKind::AttemptStarted) {
                QString &before = asked[e.call.value];
                call.retries += before == e.provider;
                call.failovers += !before.isEmpty() && before != e.provider;
                before = call.provider = e.provider;
                ++call.attempts;
            } else if (e.kind == EventKind::CallFinished) {
                ++call.ends;
                call.last = e;
            }
        }
        return calls;
    }
};

void BatchTest::everyRowIsWhatItsEventsSay()
{
    RetryConfig retry;
    retry.baseDelay = 20ms;
    retry.maxDelay = 50ms;
    Rig rig(retry);
    rig.sandbox.setFault(QStringLiteral("openai"), {.fault = Fault::ServerError, .requests = 3});
    BatchPlan plan = rig.plan(15, 5);
    plan.runs = 2;
    int begun = 0, ended = 0;
    connect(&rig.run, &BatchRun::rowBegan, this, [&](int place) { QCOMPARE(place, begun++); });
    connect(&rig.run, &BatchRun::rowEnded, this, [&] {
        if (++ended == 10) // from now on nobody answers
            for (const ProviderConfig &p : rig.configuration.providers)
                rig.sandbox.setFault(p.id, {.fault = Fault::ContentFilter, .requests = 3});
    });
    rig.run.start(plan, rig.configuration, rig.prices);
    QVERIFY(rig.end());
    QCOMPARE(begun, 30);
    QCOMPARE(ended, 30);
    auto calls = recount(rig.events);
    QCOMPARE(calls.size(), std::size_t(30));
    int failed = 0, retried = 0, failedOver = 0, requests = 0;
    for (const BatchRow &row : rig.run.rows()) {
        const Naive &call = calls[row.call.value];
        QCOMPARE(call.ends, 1);
        QVERIFY(row.state == RowState::Done);
        QCOMPARE(row.attempts, call.attempts);
        QCOMPARE(row.retries, call.retries);
        QCOMPARE(row.failovers, call.failovers);
        QCOMPARE(row.provider, call.provider);
        QVERIFY(row.outcome == call.last->outcome);
        QVERIFY(row.reason == call.last->reason);
        QCOMPARE(row.duration, call.last->duration);
        QCOMPARE(row.firstToken, call.last->firstToken);
        QCOMPARE(row.tokensOut, call.last->tokensOut);
        QCOMPARE(row.costUsd, call.last->costUsd);
        QCOMPARE(toKey(row.finish), call.last->finish);
        failed += call.last->outcome == CallOutcome::Failed;
        retried += call.retries > 0;
        failedOver += call.failovers > 0;
        requests += call.attempts;
    }
    const BatchSummary sum = summaryOf(rig.run.rows());
    QCOMPARE(sum.failed, failed);
    QCOMPARE(sum.retried, retried);
    QCOMPARE(sum.failedOver, failedOver);
    QCOMPARE(sum.requests, requests);
    QCOMPARE(sum.served + sum.failed, 30);
    QVERIFY2(failed > 0 && retried + failedOver > 0 && sum.served > 0, qPrintable(endSentence(rig.run.report())));
    QCOMPARE(int(rowsOf(rig.run.rows(), BatchMode::Failed).size()), failed);
    QVERIFY(sum.simulated && !sum.real);
    QCOMPARE(rig.run.report().spent, 0.0); // invented prices are never paid
}

/// The provider is asked over the network as any real one, and its model has a price.
void BatchTest::theCeilingIsKeptAtAProviderThatWantsMoney()
{
    Rig rig;
    ProviderConfig paid = rig.configuration.providers.first();
    paid.simulated = false;
    paid.model = QStringLiteral("gpt-4o-mini");
    rig.configuration.providers = {paid};
    rig.client.apply(rig.configuration);
    BatchPlan plan = rig.plan(40, 4);
    const BatchEstimate all =
        estimateOf(plan.prompts, 1, BatchCosts(rig.configuration, rig.prices, {}, rig.clock.wallNow()));
    QVERIFY(all.real && all.isKnown());
    plan.ceiling = all.dearest * 6;
    rig.run.start(plan, rig.configuration, rig.prices);
    QVERIFY(rig.end());
    double paidFor = 0; // by the events
    for (const Event &e : std::as_const(rig.events))
        paidFor += e.kind == EventKind::AttemptFinished ? e.costUsd.value_or(0) : 0;
    const BatchReport report = rig.run.report();
    QVERIFY(report.end == BatchEnd::Ceiling);
    QVERIFY(paidFor > 0 && paidFor <= *plan.ceiling);
    QVERIFY(std::abs(report.spent - paidFor) < 1e-12);
    QVERIFY(report.rows.size() >= 6 && report.rows.size() < 40);
    for (const BatchRow &row : report.rows)
        QVERIFY(row.isServed());
}

void BatchTest::stopKeepsWhatCame()
{
    Rig rig;
    BatchPlan plan = rig.plan(30, 3);
    plan.keepAnswers = true;
    connect(&rig.run, &BatchRun::rowEnded, this, [&] {
        if (rig.run.ended() == 5)
            rig.run.stop();
    });
    rig.run.start(plan, rig.configuration, rig.prices);
    QVERIFY(rig.end());
    const BatchReport report = rig.run.report();
    const BatchSummary sum = summaryOf(report.rows);
    QVERIFY(report.end == BatchEnd::Stopped);
    QVERIFY(sum.served >= 5 && sum.began < 30);
    QCOMPARE(sum.served + sum.cancelled + sum.failed, sum.began);
    for (const BatchRow &row : report.rows)
        QVERIFY(!row.isServed() || !row.answer.isEmpty());
    rig.run.start(rig.plan(2, 2), rig.configuration, rig.prices); // and again, from nothing
    QVERIFY(rig.end());
    QCOMPARE(rig.run.rows().size(), 2);
    QVERIFY(rig.run.rows().first().answer.isEmpty());
}

void BatchTest::callsOfOthersAreNoRows()
{
    Rig rig;
    rig.run.start(rig.plan(4, 2), rig.configuration, rig.prices);
    for (int i = 0; i < 4; ++i)
        rig.client.send(Prompt{QStringLiteral("Hi"), {}, {}, 8, true}, {});
    QVERIFY(rig.end());
    QCOMPARE(rig.run.rows().size(), 4);
    QCOMPARE(summaryOf(rig.run.rows()).served, 4);
}

SUITE_TEST(BatchTest)
#include "tst_batch.moc"
