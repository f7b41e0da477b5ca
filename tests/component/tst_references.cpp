// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/retryfields.h"
#include "policy/circuitbreaker.h"
#include "simulator/simulation.h"
#include "support/suite.h"

#include <cmath>
#include <random>
#include <set>

using namespace retryscope;

namespace {

constexpr quint32 referenceSeed = 20'261'110;

/// A mean and how far from it the truth may be: three standard errors.
struct Measured
{
    double mean = 0, within = 0;
    QByteArray text() const
    {
        return QStringLiteral("%1 +- %2, seed %3").arg(mean).arg(within).arg(referenceSeed).toUtf8();
    }
};

Measured measured(const std::vector<double> &values)
{
    double sum = 0, squares = 0;
    for (const double value : values) {
        sum += value;
        squares += value * value;
    }
    const double n = double(values.size()), mean = sum / n;
    return {mean, 3 * std::sqrt((squares / n - mean * mean) / (n - 1))};
}

/// So many calls, of all runs together, are more than any reference asks for: it does not open as it should.
constexpr double never = 1e7;

/// A breaker that is told of a call each second until it opens: how many calls that took.
double callsUntilOpen(const SharedRetryConfig &config, double failing, std::mt19937_64 &random)
{
    std::bernoulli_distribution fails(failing);
    CircuitBreaker breaker(config);
    SteadyTime now{1h};
    for (double calls = 1; calls < never; ++calls, now += 1s) {
        const HealthSignal signal = fails(random) ? HealthSignal::Failure : HealthSignal::Success;
        if (breaker.record(*breaker.acquire(now), signal, now))
            return calls;
    }
    return never;
}

Measured meanRun(const RetryConfig &config, double failing, int runs)
{
    const auto shared = std::make_shared<const RetryConfig>(config);
    std::mt19937_64 random(referenceSeed);
    std::vector<double> values;
    double calls = 0;
    for (int run = 0; run < runs; ++run) {
        values.push_back(callsUntilOpen(shared, failing, random));
        if ((calls += values.back()) >= never)
            return {never, 0};
    }
    return measured(values);
}

/// Only the sequential rule can open it.
RetryConfig sequentialOnly()
{
    RetryConfig c;
    c.circuitMinCalls = 1'000;
    c.circuitWindow = 30s;
    return c;
}

/// At a call a second its window holds the last `k` calls, all of which must fail.
RetryConfig consecutive(int k)
{
    RetryConfig c;
    c.circuitMinCalls = k;
    c.circuitFailureRatio = 1.0;
    c.circuitWindow = std::chrono::seconds(k);
    return c;
}

/// As Polly's defaults: a tenth of at least 100 calls in 30 s.
RetryConfig aTenthOfAHundred()
{
    RetryConfig c;
    c.circuitMinCalls = 100;
    c.circuitFailureRatio = 0.1;
    c.circuitWindow = 30s;
    return c;
}

/// Whether `calls` calls, `gap` apart, with `failures` of them dealt evenly and one the last, open the circuit.
bool opens(const SharedRetryConfig &config, int calls, int failures, Duration gap)
{
    CircuitBreaker breaker(config);
    SteadyTime now{1h};
    for (int i = 0; i < calls; ++i, now += gap) {
        const bool fails = qint64(i + 1) * failures / calls > qint64(i) * failures / calls;
        if (breaker.record(*breaker.acquire(now), fails ? HealthSignal::Failure : HealthSignal::Success, now))
            return true;
    }
    return false;
}

Targets placesOf(int providers)
{
    Targets chain;
    for (int i = 0; i < providers; ++i) {
        Target target;
        target.provider = "p" + std::to_string(i);
        target.model = "m";
        chain.push_back(target);
    }
    return chain;
}

ProviderModel promptModel()
{
    ProviderModel m;
    m.latency = {20ms, 0, 0, 0s, 1e6};
    return m;
}

/// Nothing but what a case is about ends or delays a call.
RetryConfig endless()
{
    RetryConfig c;
    c.maxAttempts = c.attemptsPerProvider = 100;
    c.jitter = JitterKind::None;
    c.retryBudgetRatio = 1.0;
    c.retryBudgetFloor = 1'000'000;
    c.deadline = 2h;
    c.serverHintCap = c.hintPatience = 1h;
    c.maxConcurrent = 1'000;
    c.recoveryRamp = false;
    c.probeInterval = 0s;
    return c;
}

SimulatedPolicy playedBy(const RetryConfig &config, int providers, bool plain)
{
    return {std::make_shared<const RetryConfig>(config), placesOf(providers), plain};
}

/// One call at 1 s, whose failures open the circuit, and 1,000 at 5 s. What is met goes by time: errors, then
/// `then`.
Scenario thousandBehindACircuit(const QVector<RecordedReply> &then)
{
    Scenario s;
    s.length = 10min;
    s.workload.kind = Workload::Kind::Trace;
    s.workload.trace.append({1s, 10, 1});
    for (int i = 0; i < 1'000; ++i)
        s.workload.trace.append({5s, 10, 1});
    ProviderModel m = promptModel();
    m.ofRecord = true;
    qsizetype kind = -1;
    for (Duration at = 0s; at < 10min; at += 1s) {
        while (kind + 1 < then.size() && then[kind + 1].at <= at)
            ++kind;
        RecordedReply reply = kind < 0 ? RecordedReply{} : then[kind];
        if (kind < 0)
            reply.reason = RetryReason::ServerError;
        reply.at = at;
        reply.length = 20ms;
        if (reply.reason == RetryReason::None)
            reply.firstToken = 10ms;
        m.recorded.append(reply);
    }
    s.models = {m};
    return s;
}

/// Each attempt's moment, and how many were under way then, itself too.
struct Sends
{
    std::vector<double> at;
    std::vector<qsizetype> underWay;
    SimulationResult result;
    QByteArray text() const
    {
        QString all;
        for (std::size_t i = 0; i < std::min<std::size_t>(at.size(), 12); ++i)
            all += QStringLiteral("%1 s (%2) ").arg(at[i]).arg(underWay[i]);
        return all.toUtf8();
    }
};

Sends sendsOf(const Scenario &s, const RetryConfig &config)
{
    Sends sends;
    std::set<quint64> running;
    sends.result = simulate(s, playedBy(config, 1, false), referenceSeed, {}, [&](const SimulatedDecision &d) {
        running.erase(d.call);
        if (d.step.kind != CallStep::Kind::Send)
            return;
        running.insert(d.call);
        sends.at.push_back(toSeconds(d.at));
        sends.underWay.push_back(qsizetype(running.size()));
    });
    return sends;
}

/// `from` and `to` in seconds.
struct Outage
{
    int provider = 0, from = 0, to = 0;
};

/// A call in the middle of each second of an hour, and who is down when.
Scenario hourWith(const QVector<Outage> &outages, const QVector<int> &chain)
{
    Scenario s;
    s.length = 1h;
    s.workload.kind = Workload::Kind::Trace;
    for (int second = 0; second < 3'600; ++second)
        s.workload.trace.append({second * 1s + 500ms, 10, 1});
    for (const int provider : chain) {
        ProviderModel m = promptModel();
        for (const Outage &o : outages) {
            if (o.provider == provider)
                m.faults.append({o.from * 1s, (o.to - o.from) * 1s, FaultMode::Refused});
        }
        s.models.append(m);
    }
    return s;
}

/// Each provider is asked once, in order, whatever was known of it.
SimulatedPolicy onceEach(int providers)
{
    RetryConfig c = endless();
    c.maxAttempts = providers;
    c.attemptsPerProvider = 1;
    return playedBy(c, providers, true);
}

/// `callers` calls at once to a limit of `aWindow` requests in each minute; a scout: one of them comes
/// before the others, who know from its answer what is left.
Scenario herd(int callers, int aWindow, bool scout)
{
    Scenario s;
    s.length = 2h;
    s.workload.kind = Workload::Kind::Trace;
    if (scout)
        s.workload.trace.append({Duration(1ms), 10, 1});
    for (int i = scout; i < callers; ++i)
        s.workload.trace.append({scout ? Duration(1s) : Duration(1ms), 10, 1});
    ProviderModel m = promptModel();
    m.quota.requestsPerMinute = aWindow;
    m.quota.burst = 1min;
    m.quota.fixedWindow = true;
    m.quota.failuresCount = false;
    s.models = {m};
    return s;
}

} // namespace

/// Circuits, herds and chains against results that are known without this program.
class ReferencesTest final : public QObject
{
    Q_OBJECT
private slots:
    void failuresInARowOpenAfterAMeanRun_data();
    void failuresInARowOpenAfterAMeanRun();
    void theSequentialRule_data();
    void theSequentialRule();
    void aTenthOfAFullWindowTripsFalsely_data();
    void aTenthOfAFullWindowTripsFalsely();
    void belowItsMinimumAWindowIsSilent();
    void oneProbeForAThousand();
    void aLimitedProbeLetsNobodyThrough();
    void probesThatAreLimitedWithoutAHintAreFew();
    void oneLeaveOfAThousand();
    void theHerdOfTwoHundred();
    void aPacedHerdAsksOnceEach_data();
    void aPacedHerdAsksOnceEach();
    void independentProvidersFailTogetherByChance();
    void recordedOutagesOverlapExactly();
    void aWindowOutlastsFewOutages_data();
    void aWindowOutlastsFewOutages();
};

void ReferencesTest::failuresInARowOpenAfterAMeanRun_data()
{
    QTest::addColumn<int>("k");
    QTest::addColumn<double>("failing");
    QTest::addColumn<int>("runs");
    QTest::addColumn<double>("calls");
    QTest::newRow("one, at 2 %") << 1 << 0.02 << 10'000 << 50.0;
    QTest::newRow("one, at 20 %") << 1 << 0.2 << 20'000 << 5.0;
    QTest::newRow("two, at 2 %") << 2 << 0.02 << 1'500 << 2'550.0;
    QTest::newRow("two, at 5 %") << 2 << 0.05 << 2'000 << 420.0;
}

/// T14: (p^-k - 1) / (1 - p) calls until k failures in a row.
void ReferencesTest::failuresInARowOpenAfterAMeanRun()
{
    QFETCH(int, k);
    QFETCH(double, failing);
    QFETCH(int, runs);
    QFETCH(double, calls);
    QVERIFY(!hasErrors(validate(consecutive(k))));
    const Measured run = meanRun(consecutive(k), failing, runs);
    qInfo() << run.text().constData();
    QVERIFY2(std::abs(run.mean - calls) < run.within, run.text());
}

void ReferencesTest::theSequentialRule_data()
{
    QTest::addColumn<double>("failing");
    QTest::addColumn<int>("runs");
    QTest::addColumn<double>("calls");
    QTest::addColumn<double>("threeInARow");
    QTest::newRow("2 %") << 0.02 << 30 << 66'757.5 << 127'550.0;
    QTest::newRow("5 %") << 0.05 << 1'000 << 2'654.14 << 8'420.0;
    QTest::newRow("10 %") << 0.1 << 10'000 << 250.667 << 1'110.0;
    QTest::newRow("20 %") << 0.2 << 10'000 << 37.5347 << 155.0;
    QTest::newRow("50 %") << 0.5 << 50'000 << 7.82308 << 14.0;
}

/// T14 and table 1.4: three straight failures open it, and never two. `calls`: the mean run solved as a Markov
/// chain of the failures and successes since the sum was last 0. Wald's formula, which knows no overshoot, says 7.1
/// for 50 %. Three in a row are enough, so that it comes before a counter of three, but not before 1 / (false
/// alarm) calls at 2 % (Lorden).
void ReferencesTest::theSequentialRule()
{
    QFETCH(double, failing);
    QFETCH(int, runs);
    QFETCH(double, calls);
    QFETCH(double, threeInARow);
    const auto config = std::make_shared<const RetryConfig>(sequentialOnly());
    QVERIFY(!opens(config, 2, 2, 1s));
    QVERIFY(opens(config, 3, 3, 1s));
    const Measured run = meanRun(*config, failing, runs);
    qInfo() << run.text().constData();
    QVERIFY2(std::abs(run.mean - calls) < run.within, run.text());
    QVERIFY2(run.mean < threeInARow, run.text());
    QVERIFY2(failing > 0.02 || run.mean > 9'900, run.text());
}

void ReferencesTest::aTenthOfAFullWindowTripsFalsely_data()
{
    QTest::addColumn<double>("failing");
    QTest::addColumn<double>("trips");
    QTest::newRow("2 %") << 0.02 << 0.00003;
    QTest::newRow("5 %") << 0.05 << 0.028;
    QTest::newRow("8 %") << 0.08 << 0.278;
}

/// T14: how often 100 calls open it. Their failures are dealt evenly, which the window does not see and which says
/// nothing to the sequential rule.
void ReferencesTest::aTenthOfAFullWindowTripsFalsely()
{
    QFETCH(double, failing);
    QFETCH(double, trips);
    const auto config = std::make_shared<const RetryConfig>(aTenthOfAHundred());
    std::mt19937_64 random(referenceSeed);
    std::binomial_distribution<int> failures(100, failing);
    std::vector<double> tripped;
    for (int window = 0; window < 10'000; ++window)
        tripped.push_back(opens(config, 100, failures(random), 250ms));
    const Measured share = measured(tripped);
    qInfo() << share.text().constData();
    const double error = 3 * std::sqrt(trips * (1 - trips) / double(tripped.size()));
    QVERIFY2(std::abs(share.mean - trips) < error + trips / 50, share.text()); // of the printed digits
}

/// T14: a sixth of the calls fail, which is more than a tenth: never seen below 100 calls in 30 s. The sequential
/// rule is not so blind: all of two calls a minute.
void ReferencesTest::belowItsMinimumAWindowIsSilent()
{
    const auto config = std::make_shared<const RetryConfig>(aTenthOfAHundred());
    QVERIFY(!opens(config, 9'000, 1'500, 400ms)); // an hour of 75 in 30 s
    QVERIFY(opens(config, 9'000, 1'500, 200ms));
    QVERIFY(opens(config, 3, 3, 30s));
}

/// T15: the circuit's time is over for 1,000 at once; one asks. It fails: the circuit is open again, twice as long.
/// It is answered: all the others follow.
void ReferencesTest::oneProbeForAThousand()
{
    RecordedReply answered;
    answered.at = 40s;
    const Sends sends = sendsOf(thousandBehindACircuit({answered}), endless());
    // Its three failures end at 2.56 s; open 15 s, a probe of 20 ms, open 30 s, a probe.
    const std::vector<double> first{1, 1.52, 2.54, 17.56, 47.58};
    QVERIFY2(std::equal(first.begin(), first.end(), sends.at.begin()), sends.text());
    for (std::size_t i = 0; i < first.size(); ++i)
        QCOMPARE(sends.underWay[i], 1);
    QCOMPARE(sends.at[first.size()], 47.6); // not before the probe's answer
    QCOMPARE(*std::max_element(sends.underWay.begin(), sends.underWay.end()), 1'000); // and no slot held them back
    QCOMPARE(sends.at.size(), 5u + 1'000u);
    QCOMPARE(sends.result.answered, 1'001);
    QVERIFY(sends.result.atRest);
}

/// T15: a 429 is no success: the circuit stays half open. With a Retry-After nobody asks before it is over, and
/// then one does.
void ReferencesTest::aLimitedProbeLetsNobodyThrough()
{
    RecordedReply limited, answered;
    limited.at = 10s;
    limited.reason = RetryReason::RateLimit;
    limited.hint = 20s;
    answered.at = 30s;
    const Sends sends = sendsOf(thousandBehindACircuit({limited, answered}), endless());
    const std::vector<double> first{1, 1.52, 2.54, 17.56, 37.58};
    QVERIFY2(std::equal(first.begin(), first.end(), sends.at.begin()), sends.text());
    for (std::size_t i = 0; i < first.size(); ++i)
        QCOMPARE(sends.underWay[i], 1);
    QCOMPARE(sends.at[first.size()], 37.6);
    QCOMPARE(sends.result.limited, 1);
    QCOMPARE(sends.result.answered, 1'001);
}

/// T15: without a Retry-After it frees the one place of a probe and no more; three in a row shut the model's
/// circuit.
void ReferencesTest::probesThatAreLimitedWithoutAHintAreFew()
{
    RecordedReply limited, answered;
    limited.at = 10s;
    limited.reason = RetryReason::RateLimit;
    answered.at = 30s;
    const Sends sends = sendsOf(thousandBehindACircuit({limited, answered}), endless());
    const std::vector<double> first{1, 1.52, 2.54, 17.56, 17.58, 17.6, 32.62};
    QVERIFY2(std::equal(first.begin(), first.end(), sends.at.begin()), sends.text());
    for (std::size_t i = 0; i < first.size(); ++i)
        QCOMPARE(sends.underWay[i], 1);
    QCOMPARE(sends.result.limited, 3);
    QCOMPARE(sends.result.answered, 1'001);
}

/// T15 at the circuit itself: 1,000 ask, one gets leave; so again after an answer that says nothing.
void ReferencesTest::oneLeaveOfAThousand()
{
    RetryConfig c;
    CircuitBreaker breaker(c);
    SteadyTime now{1h};
    for (int i = 0; i < 3; ++i)
        breaker.record(*breaker.acquire(now), HealthSignal::Failure, now);
    QCOMPARE(breaker.state(), CircuitState::Open);
    now += c.circuitOpenTime;
    const auto leave = [&] {
        QVector<Permit> given;
        for (int caller = 0; caller < 1'000; ++caller) {
            if (const auto permit = breaker.acquire(now))
                given.append(*permit);
        }
        return given;
    };
    for (int again = 0; again < 3; ++again) {
        const QVector<Permit> given = leave();
        QCOMPARE(given.size(), 1);
        QVERIFY(given.first().probe);
        QVERIFY(!breaker.record(given.first(), HealthSignal::Ignored, now, RetryReason::RateLimit));
        QCOMPARE(breaker.state(), CircuitState::HalfOpen);
    }
    QVERIFY(breaker.record(leave().first(), HealthSignal::Failure, now));
    QCOMPARE(breaker.state(), CircuitState::Open);
    QVERIFY(leave().isEmpty());
    now = *breaker.probeAt();
    QVERIFY(breaker.record(leave().first(), HealthSignal::Success, now));
    QCOMPARE(breaker.state(), CircuitState::Closed);
    QCOMPARE(leave().size(), 1'000);
}

/// T16: the last window is not full.
void ReferencesTest::theHerdOfTwoHundred()
{
    RetryConfig c = endless();
    c.backoff = BackoffKind::Constant;
    c.baseDelay = c.maxDelay = 1min;
    c.paceFromHeaders = c.honourServerHints = false;
    const SimulationResult r = simulate(herd(200, 60, false), playedBy(c, 1, true), referenceSeed);
    QCOMPARE(r.answered, 200);
    QCOMPARE(r.attempts, 440);
}

void ReferencesTest::aPacedHerdAsksOnceEach_data()
{
    QTest::addColumn<int>("callers");
    QTest::addColumn<int>("aWindow");
    QTest::newRow("1000 callers, 100 a minute") << 1'000 << 100;
    QTest::newRow("500 callers, 50 a minute") << 500 << 50;
    QTest::newRow("200 callers, 60 a minute") << 200 << 60;
}

/// T16: n attempts, as long as no more run at once than a window lets in.
void ReferencesTest::aPacedHerdAsksOnceEach()
{
    QFETCH(int, callers);
    QFETCH(int, aWindow);
    RetryConfig c = endless();
    c.maxConcurrent = RetryConfig().maxConcurrent;
    const SimulationResult r = simulate(herd(callers, aWindow, true), playedBy(c, 1, false), referenceSeed);
    QCOMPARE(r.answered, callers);
    QCOMPARE(r.attempts, callers);
    QCOMPARE(r.limited, 0);
}

/// T20: 1 - (1 - a)(1 - b)(1 - c) are answered; who is asked at all follows the same chain.
void ReferencesTest::independentProvidersFailTogetherByChance()
{
    Scenario s = hourWith({}, {0, 1, 2});
    s.workload.kind = Workload::Kind::Poisson;
    s.workload.perSecond = 10;
    s.models[0].failureShare = 0.5;
    s.models[1].failureShare = 0.2;
    s.models[2].failureShare = 0.1;
    const SimulationResult r = simulate(s, onceEach(3), referenceSeed);
    const double calls = double(r.calls), lost = double(r.failed()) / calls, attempts = double(r.attempts) / calls;
    qInfo("%lld calls, lost %.5f, attempts %.4f, seed %u", r.calls, lost, attempts, referenceSeed);
    QVERIFY(calls > 35'000);
    QVERIFY(std::abs(lost - 0.01) < 3 * std::sqrt(0.01 * 0.99 / calls));
    // 1, 2 or 3 attempts with 0.5, 0.4 and 0.1
    QVERIFY(std::abs(attempts - 1.6) < 3 * std::sqrt(0.5 + 4 * 0.4 + 9 * 0.1 - 1.6 * 1.6) / std::sqrt(calls));
}

/// T20: of one call a second a chain loses as many as all its providers were down at once, in seconds, and no
/// other. Two of them together 1.6 times as often as if they were independent.
void ReferencesTest::recordedOutagesOverlapExactly()
{
    const QVector<Outage> outages{{0, 300, 900},     {0, 1'800, 2'100}, {1, 600, 1'200},
                                  {1, 2'000, 2'400}, {2, 840, 870},     {2, 2'050, 3'000}};
    const auto lost = [&](const QVector<int> &chain) {
        return simulate(hourWith(outages, chain), onceEach(int(chain.size())), referenceSeed).failed();
    };
    QCOMPARE(lost({0}), 900);
    QCOMPARE(lost({1}), 1'000);
    QCOMPARE(lost({2}), 980);
    QCOMPARE(lost({0, 1}), 300 + 100);
    QCOMPARE(lost({1, 2}), 30 + 350);
    QCOMPARE(lost({0, 2}), 30 + 50);
    QCOMPARE(lost({0, 1, 2}), 30 + 50);
    QCOMPARE(lost({2, 1, 0}), 30 + 50);
    QCOMPARE(double(lost({0, 1})) * 3'600 / double(lost({0}) * lost({1})), 1.6);
    // Whoever may wait two minutes outlasts 30 s and 50 s of nobody.
    const SimulationResult patient = simulate(hourWith(outages, {0, 1, 2}), playedBy({}, 3, false), referenceSeed);
    QCOMPARE(patient.calls, 3'600);
    QCOMPARE(patient.failed(), 0);
}

namespace {

double normalBelow(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

double normalQuantile(double share)
{
    double low = -10, high = 10;
    while (high - low > 1e-10) {
        const double middle = (low + high) / 2;
        (normalBelow(middle) < share ? low : high) = middle;
    }
    return low;
}

/// One call every other minute of so many outages of these lengths (minutes), one after the other, and none between them.
struct OutageRow
{
    Scenario scenario;
    explicit OutageRow(const std::vector<double> &minutes)
    {
        scenario.workload.kind = Workload::Kind::Trace;
        ProviderModel m = promptModel();
        double at = 60, part = 0; // of a minute
        for (const double length : minutes) {
            m.faults.append({fromSeconds(at * 60), fromSeconds(length * 60), FaultMode::Refused});
            part = std::fmod(part + 0.618034, 1.0); // evenly over the outages
            for (double call = 2 * part; call < length; call += 2)
                scenario.workload.trace.append({fromSeconds((at + call) * 60), 10, 1});
            at += length + 120;
        }
        scenario.length = fromSeconds(at * 60);
        scenario.models = {m};
    }
};

} // namespace

void ReferencesTest::aWindowOutlastsFewOutages_data()
{
    QTest::addColumn<double>("mu");
    QTest::addColumn<double>("sigma");
    QTest::addColumn<int>("minutes");
    QTest::addColumn<double>("published");
    const double openai[] = {0.0064, 0.063, 0.175, 0.306}, anthropic[] = {0.0077, 0.073, 0.187, 0.308};
    const int windows[] = {1, 10, 30, 60};
    for (int i = 0; i < 4; ++i) {
        QTest::addRow("OpenAI, %d min", windows[i]) << 4.34 << 1.19 << windows[i] << openai[i];
        QTest::addRow("Anthropic, %d min", windows[i]) << 3.87 << 1.41 << windows[i] << anthropic[i];
    }
}

/// T19: who fails within an outage and may try until w later is answered with probability integral of P(D > x) from 0 to
/// w, over E[D]. The outages' lengths D are the log-normal's own quantiles.
void ReferencesTest::aWindowOutlastsFewOutages()
{
    QFETCH(double, mu);
    QFETCH(double, sigma);
    QFETCH(int, minutes);
    QFETCH(double, published);
    constexpr int steps = 10'000;
    double integral = 0;
    for (int i = 0; i < steps; ++i) {
        const double x = (i + 0.5) * minutes / steps;
        integral += (1 - normalBelow((std::log(x) - mu) / sigma)) * minutes / steps;
    }
    const double expected = integral / std::exp(mu + sigma * sigma / 2);
    QVERIFY2(std::abs(expected / published - 1) < 0.02, qPrintable(QString::number(expected)));

    constexpr int outages = 800, together = 40;
    RetryConfig c = endless(); // one retry, at the window's end
    c.maxAttempts = c.attemptsPerProvider = 2;
    c.backoff = BackoffKind::Constant;
    c.baseDelay = c.maxDelay = std::chrono::minutes(minutes);
    double calls = 0, answered = 0;
    for (int first = 0; first < outages / together; ++first) {
        std::vector<double> lengths;
        for (int i = first; i < outages; i += outages / together)
            lengths.push_back(std::exp(mu + sigma * normalQuantile((i + 0.5) / outages)));
        const SimulationResult r = simulate(OutageRow(lengths).scenario, playedBy(c, 1, true), referenceSeed);
        QCOMPARE(r.attempts, 2 * r.calls);
        calls += double(r.calls);
        answered += double(r.answered);
    }
    qInfo("%.0f calls, %.4f answered, %.4f expected", calls, answered / calls, expected);
    QVERIFY2(std::abs(answered / calls / expected - 1) < 0.03, qPrintable(QString::number(answered / calls)));
}

SUITE_TEST(ReferencesTest)
#include "tst_references.moc"
