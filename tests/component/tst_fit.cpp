// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "replay/fit.h"
#include "simulator/study.h"
#include "support/suite.h"

#include <cmath>

using namespace retryscope;

namespace {

/// The past as a model made it: calls to "p0", and what they met.
Record recordFrom(const ProviderModel &model, double perSecond, Duration length, quint64 seed)
{
    Record record;
    record.length = length;
    Scenario s;
    s.length = length;
    s.workload.perSecond = perSecond;
    s.models = {model};
    RetryConfig c;
    c.maxAttempts = c.attemptsPerProvider = 1;
    c.maxConcurrent = 1'000;
    c.probeInterval = 0s;
    Target target;
    target.provider = "p0";
    const SimulatedPolicy policy{std::make_shared<const RetryConfig>(c), {target}, true};
    std::map<quint64, Duration> begun;
    record.actual = simulate(s, policy, seed, {}, [&](const SimulatedDecision &d) {
        if (d.step.kind == CallStep::Kind::Send) {
            begun[d.call] = d.at;
            record.calls.append({d.at, 100, 50});
        } else if (d.step.kind == CallStep::Kind::Finish) {
            RecordedReply reply;
            reply.at = begun[d.call];
            reply.reason = d.step.reason;
            reply.length = d.at - reply.at;
            if (reply.reason == RetryReason::None) // tokens come so fast that all is the first one
                reply.firstToken = reply.length;
            record.replies[QStringLiteral("p0")].append(reply);
        }
    });
    auto &replies = record.replies[QStringLiteral("p0")];
    std::sort(replies.begin(), replies.end(), [](const auto &a, const auto &b) { return a.at < b.at; });
    return record;
}

ProviderModel usual()
{
    ProviderModel m;
    m.latency = {800ms, 0.3, 0.0, 4s, 1e6};
    return m;
}

Fit fitOf(const Record &record)
{
    Target target;
    target.provider = "p0";
    Target other;
    other.provider = "never asked";
    return fit(record, {target, other});
}

} // namespace

/// What is fitted to a record that a known scenario made is that scenario again.
class FitTest final : public QObject
{
    Q_OBJECT
private slots:
    void latencyAndRateComeBack();
    void theFittedDayTakesAsLong_data();
    void theFittedDayTakesAsLong();
    void aSpanOfFailuresIsFound();
    void singleFailuresAreAShare();
    void regularCallsAreNoPoisson();
    void whatIsNotKnownIsSaid();
};

void FitTest::latencyAndRateComeBack()
{
    const Fit f = fitOf(recordFrom(usual(), 2, 1h, 3));
    const ProviderModel &m = f.scenario.models[0];
    QVERIFY(std::abs(toSeconds(m.latency.firstToken) - 0.8) < 0.02);
    QVERIFY(std::abs(m.latency.spread - 0.3) < 0.02);
    QVERIFY(m.latency.tailShare < 0.005);
    QVERIFY(std::abs(f.scenario.workload.perSecond - 2) < 0.1);
    QCOMPARE(f.scenario.workload.kind, Workload::Kind::Poisson);
    QVERIFY(std::abs(f.gapsCv - 1) < 0.06);
    QCOMPARE(m.failureShare, 0.0);
    QVERIFY(m.faults.isEmpty());
    QVERIFY(f.providers[0].answered > 6'900 && f.providers[0].distance.value_or(1) < 0.03);
}

void FitTest::theFittedDayTakesAsLong_data()
{
    QTest::addColumn<double>("tailShare");
    QTest::addColumn<double>("share"); // of an answer's time that is its first token
    QTest::newRow("in one piece") << 0.0 << 1.0;
    QTest::newRow("streamed") << 0.0 << 0.4;
    QTest::newRow("some late") << 0.03 << 1.0;
}

/// Played, a fitted day has the times of the record, whether its tokens are known or not.
void FitTest::theFittedDayTakesAsLong()
{
    QFETCH(double, tailShare);
    QFETCH(double, share);
    ProviderModel model = usual();
    model.latency.tailShare = tailShare;
    model.latency.tail = 8s;
    Record record = recordFrom(model, 2, 2h, 4);
    for (RecordedReply &reply : record.replies[QStringLiteral("p0")])
        reply.firstToken = fromSeconds(share * toSeconds(reply.length));
    for (TraceRow &row : record.calls)
        row.promptTokens = row.answerTokens = 1; // not known
    const Fit f = fitOf(record);
    QVERIFY2(f.providers[0].distance.value_or(1) < 0.03, qPrintable(QString::number(f.providers[0].distance.value_or(1))));
    RetryConfig c;
    c.maxAttempts = c.attemptsPerProvider = 1;
    c.maxConcurrent = 1'000;
    Target target;
    target.provider = "p0";
    const SimulationResult played =
        simulate(f.scenario, {std::make_shared<const RetryConfig>(c), {target}, true}, 9);
    const double was = *valueOf(Measure::P50, record.actual), is = *valueOf(Measure::P50, played);
    QVERIFY2(std::abs(is / was - 1) < (share < 1 ? 0.15 : 0.05), qPrintable(QStringLiteral("%1 and %2").arg(was).arg(is)));
}

void FitTest::aSpanOfFailuresIsFound()
{
    ProviderModel broken = usual();
    broken.faults = {{10min, 3min, FaultMode::Overloaded, 1.0}};
    const Fit f = fitOf(recordFrom(broken, 2, 30min, 3));
    const QVector<FaultSpan> &found = f.scenario.models[0].faults;
    QCOMPARE(found.size(), 1);
    QCOMPARE(found[0].mode, FaultMode::Overloaded);
    QVERIFY(std::chrono::abs(found[0].from - 10min) < 5s);
    QVERIFY(std::chrono::abs(found[0].length - 3min) < 10s);
    QCOMPARE(f.scenario.models[0].failureShare, 0.0);
}

void FitTest::singleFailuresAreAShare()
{
    ProviderModel unsteady = usual();
    unsteady.failureShare = 0.02;
    const Fit f = fitOf(recordFrom(unsteady, 2, 1h, 5));
    QVERIFY(f.scenario.models[0].faults.isEmpty());
    QVERIFY(std::abs(f.scenario.models[0].failureShare - 0.02) < 0.006);
}

void FitTest::regularCallsAreNoPoisson()
{
    Record record = recordFrom(usual(), 2, 10min, 3);
    for (qsizetype i = 0; i < record.calls.size(); ++i)
        record.calls[i].at = i * 500ms;
    const Fit f = fitOf(record);
    QCOMPARE(f.scenario.workload.kind, Workload::Kind::Renewal);
    QVERIFY(f.gapsCv < 0.01);
}

void FitTest::whatIsNotKnownIsSaid()
{
    Record record = recordFrom(usual(), 2, 10min, 3);
    for (TraceRow &row : record.calls)
        row.promptTokens = row.answerTokens = 1; // as a record without usage has it
    const Fit f = fitOf(record);
    QCOMPARE(f.tokensKnown, 0);
    QCOMPARE(f.scenario.workload.promptMedian, Workload().promptMedian);
    QCOMPARE(f.providers[1].asked, 0);
    QVERIFY(!f.providers[1].distance);
    QCOMPARE(f.scenario.models[1].latency, LatencyModel());
}

SUITE_TEST(FitTest)
#include "tst_fit.moc"
