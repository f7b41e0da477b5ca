// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"
#include "support/suite.h"
#include "telemetry/statscollector.h"

#include <QJsonDocument>
#include <QTest>

#include <cmath>

using namespace retryscope;

/// The original's dictionary and log text, the wider statistics against a naive count, and the bound on memory.
class StatsCollectorTest : public QObject
{
    Q_OBJECT
private slots:
    void logTextIsTheOriginals();
    void cancelledCallsAreNoFailures();
    void anEmptyCollectorHasTheOriginalsKeysAndNoRates();
    void countsWhatOneCallDid();
    void unknownCostStaysUnknownAndSimulatedMoneyApart();
    void aSumIsWrittenWithoutItsNoise();
    void agreesWithANaiveCount_data();
    void agreesWithANaiveCount();
    void quantilesAreWithinTheirBucket();
    void memoryIsBounded();
    void aCopyIsASnapshot();

private:
    static Event event(EventKind kind, const QString &provider = QStringLiteral("openai"),
                       const QString &model = QStringLiteral("m"))
    {
        Event e;
        e.kind = kind;
        e.provider = provider;
        e.model = model;
        return e;
    }
    static Event failedAttempt(RetryReason reason, const QString &provider)
    {
        Event e = event(EventKind::AttemptFinished, provider);
        e.reason = reason;
        e.delivery = Delivery::Answered;
        return e;
    }
    static Event finished(CallOutcome outcome, Duration took = 1s)
    {
        Event e = event(EventKind::CallFinished);
        e.outcome = outcome;
        e.duration = took;
        if (outcome == CallOutcome::Failed)
            e.reason = RetryReason::ServerError;
        return e;
    }
};

void StatsCollectorTest::logTextIsTheOriginals()
{
    StatsCollector stats;
    QCOMPARE(stats.logText(),
             QStringLiteral("API Retry Statistics\n  Total calls: 0\n  Success rate: 0.0%\n  Retry rate: 0.0%\n"));
    for (const RetryReason reason : {RetryReason::ServerError, RetryReason::RateLimit, RetryReason::RateLimit})
        stats.onEvent(failedAttempt(reason, QStringLiteral("openai")));
    stats.onEvent(failedAttempt(RetryReason::Authentication, QStringLiteral("anthropic")));
    stats.onEvent(failedAttempt(RetryReason::Cancelled, QStringLiteral("mistral")));
    stats.onEvent(finished(CallOutcome::FirstTry));
    stats.onEvent(finished(CallOutcome::RecoveredByRetry));
    stats.onEvent(finished(CallOutcome::Failed));
    QCOMPARE(stats.logText(),
             QStringLiteral("API Retry Statistics\n  Total calls: 3\n  Success rate: 66.7%\n  Retry rate: 133.3%\n"
                            "  Retries by reason:\n    authentication: 1\n    rate_limit: 2\n    server_error: 1\n"
                            "  Failures by provider:\n    anthropic: 1\n    openai: 3\n"));
}

/// As the window's headline: what a person took back is owed to nobody.
void StatsCollectorTest::cancelledCallsAreNoFailures()
{
    StatsCollector stats;
    stats.onEvent(finished(CallOutcome::Cancelled));
    QCOMPARE(stats.logText(),
             QStringLiteral("API Retry Statistics\n  Total calls: 1\n  Cancelled: 1\n  Success rate: –\n"
                            "  Retry rate: 0.0%\n"));
    for (int i = 0; i < 3; ++i)
        stats.onEvent(finished(CallOutcome::FirstTry));
    QVERIFY2(stats.logText().contains(QStringLiteral("  Cancelled: 1\n  Success rate: 100.0%\n")),
             qPrintable(stats.logText()));
    QCOMPARE(stats.toJson()[QStringLiteral("success_rate")].toDouble(), 1.0);
    stats.onEvent(finished(CallOutcome::Failed));
    QCOMPARE(stats.toJson()[QStringLiteral("success_rate")].toDouble(), 0.75);
}

void StatsCollectorTest::anEmptyCollectorHasTheOriginalsKeysAndNoRates()
{
    const QJsonObject o = StatsCollector().toJson();
    for (const char *key : {"total_calls", "successful_calls", "failed_calls", "success_rate", "retry_rate"})
        QCOMPARE(o[QLatin1String(key)].toDouble(-1.0), 0.0);
    for (const char *key : {"retries_by_reason", "provider_failures"})
        QVERIFY(o[QLatin1String(key)].isObject() && o[QLatin1String(key)].toObject().isEmpty());
    QVERIFY(!o.contains(QLatin1String("call_p50_s")));
}

void StatsCollectorTest::countsWhatOneCallDid()
{
    StatsCollector stats;
    stats.onEvent(event(EventKind::AttemptStarted));
    Event cut = failedAttempt(RetryReason::NetworkTimeout, QStringLiteral("openai"));
    cut.delivery = Delivery::MaybeSent;
    stats.onEvent(cut);
    Event wait = event(EventKind::RetryScheduled);
    wait.delay = 1500ms;
    stats.onEvent(wait);
    Event again = event(EventKind::AttemptStarted, QStringLiteral("anthropic"), QStringLiteral("c"));
    again.maybeTwice = true;
    stats.onEvent(again);
    Event token = event(EventKind::FirstToken, QStringLiteral("anthropic"), QStringLiteral("c"));
    token.firstToken = 80ms;
    stats.onEvent(token);
    Event good = failedAttempt(RetryReason::None, QStringLiteral("anthropic"));
    good.model = QStringLiteral("c");
    good.duration = 400ms;
    good.tokensIn = 9;
    good.tokensOut = 30;
    good.costUsd = 0.25;
    stats.onEvent(good);
    Event end = finished(CallOutcome::RecoveredByFailover, 2s);
    end.provider = QStringLiteral("anthropic");
    stats.onEvent(end);

    const QJsonObject o = stats.toJson();
    const auto number = [&o](const char *key) { return o[QLatin1String(key)].toDouble(-1.0); };
    QCOMPARE(number("recovered_by_failover"), 1.0);
    QCOMPARE(number("recovered_by_retry"), 0.0);
    QCOMPARE(number("attempts"), 2.0);
    QCOMPARE(number("amplification"), 2.0);
    QCOMPARE(number("waiting_s"), 1.5);
    QCOMPARE(number("maybe_sent"), 1.0);
    QCOMPARE(number("maybe_delivered_twice"), 1.0);
    QCOMPARE(number("tokens_in"), 9.0);
    QCOMPARE(number("tokens_out"), 30.0);
    QCOMPARE(number("cost_usd"), 0.25);
    QVERIFY(std::abs(number("ttft_p50_s") - 0.080) < 0.080 * 0.025);
    QVERIFY(std::abs(number("call_p99_s") - 2.0) < 2.0 * 0.025);
    const QJsonObject openai = o[QLatin1String("providers")][QLatin1String("openai")].toObject();
    QCOMPARE(openai[QLatin1String("failed_by_reason")].toObject(),
             (QJsonObject{{QStringLiteral("network_timeout"), 1}}));
    QCOMPARE(openai[QLatin1String("waiting_s")].toDouble(), 1.5);
    QCOMPARE(openai[QLatin1String("calls_answered")].toInt(-1), 0);
    const QJsonObject model =
        o[QLatin1String("providers")][QLatin1String("anthropic")][QLatin1String("models")][QLatin1String("c")]
            .toObject();
    QCOMPARE(model[QLatin1String("answered")].toInt(), 1);
    QCOMPARE(model[QLatin1String("maybe_delivered_twice")].toInt(), 1);
    QCOMPARE(model[QLatin1String("cost_usd")].toDouble(), 0.25);
}

void StatsCollectorTest::aSumIsWrittenWithoutItsNoise()
{
    StatsCollector stats;
    Event e = failedAttempt(RetryReason::None, QStringLiteral("openai"));
    for (const double cost : {0.1, 0.2}) {
        e.costUsd = cost;
        e.simulated = false;
        stats.onEvent(e);
        e.simulated = true;
        stats.onEvent(e);
    }
    QVERIFY(stats.attempts().costUsd != 0.3); // the noise is there
    const QByteArray json = QJsonDocument(stats.toJson()).toJson();
    QVERIFY2(json.contains("\"cost_usd\": 0.3,") && json.contains("\"simulated_cost_usd\": 0.3,"), json);
    QVERIFY2(!json.contains("0000000"), json);
}

void StatsCollectorTest::unknownCostStaysUnknownAndSimulatedMoneyApart()
{
    StatsCollector stats;
    Event e = failedAttempt(RetryReason::None, QStringLiteral("openai"));
    stats.onEvent(e);
    e.costUsd = 0.5;
    stats.onEvent(e);
    e.costUsd = 8.0;
    e.simulated = true;
    stats.onEvent(e);
    QCOMPARE(stats.attempts().costUsd, 0.5);
    QCOMPARE(stats.attempts().simulatedCostUsd, 8.0);
    QCOMPARE(stats.attempts().unpriced, quint64(1));
}

void StatsCollectorTest::agreesWithANaiveCount_data()
{
    QTest::addColumn<quint64>("seed");
    for (const quint64 seed : {1ULL, 2ULL, 3ULL, 20261125ULL})
        QTest::newRow(qPrintable(QStringLiteral("seed %1").arg(seed))) << seed;
}

/// Everything kept, counted afterwards in the plainest way.
void StatsCollectorTest::agreesWithANaiveCount()
{
    QFETCH(quint64, seed);
    SeededRandom random(seed);
    const auto below = [&random](int n) { return int(random.uniform() * n); };
    StatsCollector stats;
    Events all;
    for (int i = 0; i < 5000; ++i) {
        Event e = event(EventKind(below(11)), QStringLiteral("p%1").arg(below(5)), QStringLiteral("m%1").arg(below(3)));
        e.reason = RetryReason(below(3) ? 0 : below(retryReasonCount));
        e.outcome = CallOutcome(1 + below(5));
        e.delivery = Delivery(below(3));
        e.duration = Duration(qint64(random.uniform() * 1e10));
        e.delay = Duration(below(1'000'000));
        e.maybeTwice = below(4) == 0;
        e.simulated = below(2);
        if (below(2))
            e.tokensIn = below(1000);
        if (below(2))
            e.costUsd = below(8) / 8.0; // exact in binary, so that sums are too
        stats.onEvent(e);
        all.append(e);
    }
    const auto count = [&all](auto which) { return quint64(std::count_if(all.begin(), all.end(), which)); };
    const auto finishedWith = [](CallOutcome o) {
        return [o](const Event &e) { return e.kind == EventKind::CallFinished && e.outcome == o; };
    };
    for (int o = 1; o <= 5; ++o)
        QCOMPARE(stats.count(CallOutcome(o)), count(finishedWith(CallOutcome(o))));
    QCOMPARE(stats.failedCalls(), count(finishedWith(CallOutcome::Failed)));
    QCOMPARE(stats.totalCalls(), count([](const Event &e) { return e.kind == EventKind::CallFinished; }));
    for (int p = 0; p < 5; ++p) {
        const QString id = QStringLiteral("p%1").arg(p);
        const StatsCollector::Provider &row = stats.providers().at(id);
        const auto ours = [&](const Event &e, EventKind kind) { return e.kind == kind && e.provider == id; };
        QCOMPARE(row.all.started, count([&](const Event &e) { return ours(e, EventKind::AttemptStarted); }));
        QCOMPARE(row.all.maybeTwice,
                 count([&](const Event &e) { return ours(e, EventKind::AttemptStarted) && e.maybeTwice; }));
        QCOMPARE(row.all.maybeSent, count([&](const Event &e) {
                     return ours(e, EventKind::AttemptFinished) && e.delivery == Delivery::MaybeSent;
                 }));
        QCOMPARE(row.all.failedByReason[std::size_t(RetryReason::RateLimit)], count([&](const Event &e) {
                     return ours(e, EventKind::AttemptFinished) && e.reason == RetryReason::RateLimit;
                 }));
        Duration waiting{};
        qint64 tokens = 0, modelTokens = 0;
        double cost = 0.0;
        for (const Event &e : all) {
            waiting += ours(e, EventKind::RetryScheduled) ? e.delay : 0s;
            tokens += ours(e, EventKind::AttemptFinished) ? e.tokensIn.value_or(0) : 0;
            cost += ours(e, EventKind::AttemptFinished) && !e.simulated ? e.costUsd.value_or(0) : 0;
        }
        for (const auto &[name, model] : row.models)
            modelTokens += model.tokensIn;
        QCOMPARE(row.waiting, waiting);
        QCOMPARE(row.all.tokensIn, tokens);
        QCOMPARE(modelTokens, tokens);
        QCOMPARE(row.all.costUsd, cost);
    }
}

void StatsCollectorTest::quantilesAreWithinTheirBucket()
{
    SeededRandom random(7);
    LatencyHistogram histogram;
    std::vector<double> sorted;
    for (int i = 0; i < 20'000; ++i) {
        const double s = 0.002 * std::exp(random.uniform() * 12.0); // 2 ms to 5 minutes
        sorted.push_back(s);
        histogram.record(fromSeconds(s));
    }
    std::sort(sorted.begin(), sorted.end());
    for (const double q : {0.0, 0.5, 0.9, 0.95, 0.99, 1.0}) {
        const double exact = sorted[std::size_t(std::max(0.0, std::ceil(q * 20'000) - 1))];
        QVERIFY2(std::abs(toSeconds(*histogram.quantile(q)) / exact - 1.0) <= 0.026, QByteArray::number(q).constData());
    }
}

void StatsCollectorTest::memoryIsBounded()
{
    StatsCollector stats;
    for (int p = 0; p < 200; ++p) {
        for (int m = 0; m < 200; ++m)
            stats.onEvent(event(EventKind::AttemptStarted, QStringLiteral("p%1").arg(p), QStringLiteral("m%1").arg(m)));
    }
    QCOMPARE(stats.providers().size(), StatsCollector::maxProviders + 1);
    quint64 total = 0;
    for (const auto &[id, row] : stats.providers()) {
        QCOMPARE(row.models.size(), StatsCollector::maxModels + 1);
        total += row.all.started;
    }
    QCOMPARE(total, quint64(200 * 200));
    QCOMPARE(stats.providers().at(QStringLiteral("(other)")).all.started,
             quint64((200 - StatsCollector::maxProviders) * 200));
}

void StatsCollectorTest::aCopyIsASnapshot()
{
    StatsCollector stats;
    stats.onEvent(finished(CallOutcome::FirstTry));
    const StatsCollector before = stats;
    stats.onEvent(finished(CallOutcome::Failed));
    QCOMPARE(before.totalCalls(), quint64(1));
    QCOMPARE(stats.totalCalls() - before.totalCalls(), quint64(1));
    QCOMPARE(before.failedCalls(), quint64(0));
}

SUITE_TEST(StatsCollectorTest)
#include "tst_statscollector.moc"
