// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/retryfields.h"
#include "simulator/policyplay.h"
#include "support/enginerig.h"
#include "support/suite.h"

using namespace retryscope;

/// What the Tune page draws against what the engine does: the same configuration, the same failures, the same chance.
class PolicyPlayTest : public QObject
{
    Q_OBJECT
private slots:
    void isWhatTheEngineDoes();
    void everyReasonIsClassifiedAsItself_data();
    void everyReasonIsClassifiedAsItself();
    void aWaitsRangeIsWhatChanceMakesOfIt();
    void ninetyNineAttemptsAreNotMadeWhereTheCircuitOpens();
    void silenceLastsUntilItsLimit();
    void onlyOneProviderFails();
    void saysWhatMayBeBilled();
    void survivesAnyConfiguration();
    void theSummaryIsTheWorst();
    void theTypicalCallIsTheSameWithOtherLuck();

private:
    static Targets chain(int providers, const std::string &account = {})
    {
        Targets targets;
        for (int i = 0; i < providers; ++i)
            targets.push_back({std::string(1, char('a' + i)), "m", account, false});
        return targets;
    }
    static Script scriptFor(const PlayScenario &s);
    static RetryConfig randomConfig(SeededRandom &random);
    static QStringList told(const PolicyPlay &play);
    static QStringList told(const EngineRig &rig);
};

Script PolicyPlayTest::scriptFor(const PlayScenario &s)
{
    const auto after = [&s](Script script) {
        script.head = script.end = s.after;
        for (auto &piece : script.data)
            piece.first = s.after;
        return script;
    };
    const QByteArray hint = s.hint ? QByteArray::number(qint64(toSeconds(*s.hint))) : QByteArray();
    switch (s.reason) {
    case RetryReason::None: return scripts::openAiAnswer("hi", s.after);
    case RetryReason::RateLimit: return after(scripts::rateLimit(hint));
    case RetryReason::TemporaryFailure: return after(scripts::overloaded());
    case RetryReason::Authentication: return after(scripts::wrongKey());
    case RetryReason::QuotaExhausted: return after(scripts::quotaUsedUp());
    case RetryReason::ModelUnavailable: return after(scripts::modelMissing());
    case RetryReason::InvalidRequest: return after(scripts::badRequest());
    case RetryReason::NetworkTimeout: return scripts::silence();
    case RetryReason::MalformedResponse: return after(scripts::reply(200, "{broken"));
    case RetryReason::Network: {
        Script refused = scripts::refused();
        refused.end = s.after;
        return refused;
    }
    default: return after(scripts::serverError());
    }
}

RetryConfig PolicyPlayTest::randomConfig(SeededRandom &random)
{
    RetryConfig c;
    c.probeInterval = 0s; // the engine's free probes are no part of a play
    const auto upTo = [&random](int n) { return int(random.uniform() * n); };
    const auto seconds = [&](double low, double high) {
        return fromSeconds(std::round(1000.0 * low * std::pow(high / low, random.uniform())) / 1000.0);
    };
    c.maxAttempts = 1 + upTo(12);
    c.attemptsPerProvider = 1 + upTo(5);
    c.backoff = BackoffKind(upTo(3));
    c.jitter = JitterKind(upTo(5));
    c.baseDelay = upTo(5) ? seconds(0.01, 10.0) : 0s;
    c.maxDelay = seconds(0.5, 60.0);
    c.exponentialBase = 1.0 + 3.0 * random.uniform();
    c.rateLimitDelay = upTo(3) ? 0s : seconds(0.1, 60.0);
    c.honourServerHints = upTo(4);
    c.serverHintCap = seconds(1.0, 60.0);
    c.deadline = seconds(1.0, 600.0);
    c.failoverReserve = upTo(3) ? seconds(0.1, 30.0) : 0s;
    c.minAttemptTime = upTo(3) ? seconds(0.01, 2.0) : 0s;
    c.attemptTimeout = seconds(0.3, 60.0);
    c.circuitFailureRatio = 0.1 + 0.9 * random.uniform();
    c.circuitMinCalls = 1 + upTo(12);
    c.circuitOpenTime = seconds(0.5, 30.0);
    c.circuitMaxOpenTime = c.circuitOpenTime * (1 + upTo(8));
    c.retryBudgetRatio = upTo(3) ? 0.2 : 0.0;
    c.retryBudgetFloor = upTo(12);
    c.unconfirmedDelivery = UnconfirmedDelivery(upTo(3));
    if (!upTo(4)) {
        ReasonOverride &o = c.overrides[std::size_t(RetryReason::ServerError)];
        o.maxAttempts = 1 + upTo(4);
        o.baseDelay = seconds(0.01, 5.0);
    }
    return c;
}

/// Each step with its exact time and length, in nanoseconds.
QStringList PolicyPlayTest::told(const PolicyPlay &play)
{
    QStringList words;
    for (const PlayStep &s : play.steps) {
        const QString at = QString::number(s.at.count());
        switch (s.kind) {
        case PlayStep::Kind::Attempt:
            words << QStringLiteral("%1 attempt %2 at %3 for %4: %5")
                         .arg(at)
                         .arg(s.attempt)
                         .arg(s.provider)
                         .arg(s.length.count())
                         .arg(toKey(s.reason));
            break;
        case PlayStep::Kind::Wait:
            words << QStringLiteral("%1 wait %2 for %3, %4")
                         .arg(at)
                         .arg(s.length.count())
                         .arg(toKey(s.source), toKey(s.reason));
            break;
        case PlayStep::Kind::Failover: words << QStringLiteral("%1 %2 > %3").arg(at, s.from, s.provider); break;
        case PlayStep::Kind::Skip:
            words << QStringLiteral("%1 skips %2: %3, %4").arg(at, s.provider, toKey(s.skip), toKey(s.reason));
            break;
        case PlayStep::Kind::End:
            words << QStringLiteral("%1 end %2: %3, %4")
                         .arg(at, toKey(s.reason), s.rule)
                         .arg(play.retryIn ? play.retryIn->count() : -1);
            break;
        }
    }
    return words;
}

QStringList PolicyPlayTest::told(const EngineRig &rig)
{
    QStringList words;
    qsizetype started = -1;
    QString begun;
    for (const Event &e : rig.events) {
        const QString at = QString::number((e.at - VirtualClock().now()).count());
        switch (e.kind) {
        case EventKind::AttemptStarted: started = words.size(); begun = at; words << QString(); break;
        case EventKind::AttemptFinished:
            words[started] = QStringLiteral("%1 attempt %2 at %3 for %4: %5")
                                 .arg(begun)
                                 .arg(e.attempt)
                                 .arg(e.provider)
                                 .arg(e.duration.count())
                                 .arg(toKey(e.reason));
            break;
        case EventKind::RetryScheduled:
            words << QStringLiteral("%1 wait %2 for %3, %4")
                         .arg(at)
                         .arg(e.delay.count())
                         .arg(toKey(e.delaySource), toKey(e.reason));
            break;
        case EventKind::ProviderSkipped:
            words << QStringLiteral("%1 skips %2: %3, %4").arg(at, e.provider, toKey(e.skip), toKey(e.reason));
            break;
        case EventKind::FailedOver: words << QStringLiteral("%1 %2 > %3").arg(at, e.provider, e.toProvider); break;
        case EventKind::CallFinished: {
            const auto retryIn = rig.results.at(e.call.value).retryIn;
            words << QStringLiteral("%1 end %2: %3, %4")
                         .arg(at, toKey(e.reason), e.rule)
                         .arg(retryIn ? retryIn->count() : -1);
            break;
        }
        default: break;
        }
    }
    return words;
}

void PolicyPlayTest::isWhatTheEngineDoes()
{
    using enum RetryReason;
    static constexpr std::array reasons{
        ServerError,      RateLimit,      TemporaryFailure,  Network, NetworkTimeout, Authentication, QuotaExhausted,
        ModelUnavailable, InvalidRequest, MalformedResponse, None};
    std::map<QString, int> endings;
    int waits = 0, failovers = 0, skips = 0;
    for (quint64 seed = 1; seed <= 1500; ++seed) {
        SeededRandom random(seed);
        const RetryConfig config = randomConfig(random);
        const int providers = 1 + int(random.uniform() * 4);
        PlayScenario scenario;
        scenario.reason = reasons[std::size_t(random.uniform() * 14) % reasons.size()];
        scenario.after = std::chrono::milliseconds(2 + int(random.uniform() * 3000));
        scenario.streamed = false;
        if (scenario.reason == RateLimit && random.uniform() < 0.5)
            scenario.hint = std::chrono::seconds(1 + int(random.uniform() * 60));
        if (random.uniform() < 0.4)
            scenario.failing = QStringLiteral("a");
        std::vector<double> draws;
        for (int i = 0; i < 64; ++i)
            draws.push_back(random.uniform());
        ScriptedRandom chance(draws);
        const QString account =
            random.uniform() < 0.3 ? QStringLiteral("shared") : QString(); // one quota, so that some are skipped
        const PolicyPlay play = playPolicy(config, chain(providers, toUtf8(account)), scenario, chance);

        EngineRig rig(config, providers, draws);
        for (ProviderConfig &p : rig.configuration.providers)
            p.account = account;
        rig.handler->configure(rig.configuration);
        rig.transport.next = [&](const HttpRequest &request, int) {
            PlayScenario here = scenario;
            if (!scenario.failing.isEmpty() && !request.url.host().startsWith(scenario.failing))
                here.reason = None;
            return scriptFor(here);
        };
        rig.call();
        rig.check();
        const QByteArray where = "seed " + QByteArray::number(seed) + ", " + toKey(scenario.reason).toLatin1();
        QVERIFY2(told(play) == told(rig), where + "\nplayed:\n" + told(play).join(QLatin1Char('\n')).toLatin1()
                                              + "\nengine:\n" + told(rig).join(QLatin1Char('\n')).toLatin1());
        QCOMPARE(play.attempts, rig.count(EventKind::AttemptStarted));
        ++endings[play.steps.last().rule];
        waits += rig.count(EventKind::RetryScheduled);
        failovers += rig.count(EventKind::FailedOver);
        skips += rig.count(EventKind::ProviderSkipped);
    }
    // The configurations reach what they are meant to reach.
    QVERIFY(waits > 500 && failovers > 500 && skips > 10);
    for (const char *rule : {"answered", "max attempts reached", "no wait fits the deadline",
                             "the retry budget is empty", "all providers are cooling", "no other provider to ask"})
        QVERIFY2(endings[QLatin1String(rule)] > 0, rule);
}

void PolicyPlayTest::everyReasonIsClassifiedAsItself_data()
{
    QTest::addColumn<RetryReason>("reason");
    for (int i = 1; i < retryReasonCount; ++i)
        QTest::newRow(keyOf(RetryReason(i)).data()) << RetryReason(i);
}

void PolicyPlayTest::everyReasonIsClassifiedAsItself()
{
    QFETCH(RetryReason, reason);
    ScriptedRandom chance({0.5});
    PlayScenario scenario;
    scenario.reason = reason;
    const PolicyPlay play = playPolicy({}, chain(1), scenario, chance);
    QCOMPARE(toKey(play.steps.first().reason), toKey(reason));
    QVERIFY(!play.steps.first().rule.isEmpty());
}

void PolicyPlayTest::aWaitsRangeIsWhatChanceMakesOfIt()
{
    int looked = 0;
    for (quint64 seed = 1; seed <= 400; ++seed) {
        SeededRandom random(seed);
        const RetryConfig config = randomConfig(random);
        PlayScenario scenario;
        scenario.reason = seed % 3 ? RetryReason::ServerError : RetryReason::RateLimit;
        if (seed % 6 == 0)
            scenario.hint = 3s;
        std::vector<double> draws;
        for (int i = 0; i < 40; ++i)
            draws.push_back(random.uniform());
        ScriptedRandom chance(draws);
        const PolicyPlay play = playPolicy(config, chain(2), scenario, chance);
        std::size_t drawn = 0;
        for (const PlayStep &step : play.steps) {
            if (step.kind != PlayStep::Kind::Wait)
                continue;
            QVERIFY(step.shortest <= step.length && step.length <= step.longest);
            ++looked;
            // The first wait again, with chance at both ends, wherever it still fits.
            if (drawn++ == 0 && step.source == DelaySource::Backoff) {
                for (const double end : {0.0, std::nextafter(1.0, 0.0)}) {
                    ScriptedRandom extreme({end});
                    const PolicyPlay other = playPolicy(config, chain(2), scenario, extreme);
                    const auto wait = std::find_if(other.steps.begin(), other.steps.end(),
                                                   [](const PlayStep &s) { return s.kind == PlayStep::Kind::Wait; });
                    if (wait != other.steps.end() && wait->at == step.at && wait->reason == step.reason)
                        QVERIFY(abs(wait->length - (end == 0.0 ? step.shortest : step.longest)) <= 1us);
                }
            }
        }
    }
    QVERIFY(looked > 200);
}

void PolicyPlayTest::ninetyNineAttemptsAreNotMadeWhereTheCircuitOpens()
{
    RetryConfig c;
    c.probeInterval = 0s; // the engine's free probes are no part of a play
    c.maxAttempts = c.attemptsPerProvider = 99;
    ScriptedRandom chance({0.5});
    const PolicyPlay play = playPolicy(c, chain(1), {}, chance);
    QVERIFY2(play.attempts < 15, qPrintable(QString::number(play.attempts)));
    QVERIFY(play.total <= c.deadline);
    EngineRig rig(c, 1, {0.5});
    rig.transport.next = [](const HttpRequest &, int) { return scripts::serverError(); };
    QCOMPARE(rig.call().attempts, play.attempts);
}

void PolicyPlayTest::silenceLastsUntilItsLimit()
{
    RetryConfig c;
    c.jitter = JitterKind::None;
    c.attemptTimeout = 7s;
    c.firstTokenTimeout = 3s;
    PlayScenario silence;
    silence.reason = RetryReason::NetworkTimeout;
    ScriptedRandom chance({0.5});
    const PolicyPlay streamed = playPolicy(c, chain(2), silence, chance);
    QCOMPARE(streamed.steps[0].length, Duration(3s));
    QCOMPARE(streamed.steps[0].rule, QLatin1String("timeout:first_token"));
    QVERIFY(streamed.steps[0].limited && streamed.steps[0].billable);
    QCOMPARE(streamed.steps[1].kind, PlayStep::Kind::Failover);
    QCOMPARE(streamed.steps[1].rule, QLatin1String("another attempt here would not help"));
    silence.streamed = false;
    QCOMPARE(playPolicy(c, chain(2), silence, chance).steps[0].length, Duration(7s));
}

void PolicyPlayTest::onlyOneProviderFails()
{
    ScriptedRandom chance({0.5});
    PlayScenario one;
    one.failing = QStringLiteral("a");
    const PolicyPlay play = playPolicy({}, chain(3), one, chance);
    QCOMPARE(play.reason, RetryReason::None);
    QCOMPARE(play.attempts, 3); // two on a, then b answers
    QCOMPARE(play.steps.last().provider, QStringLiteral("b"));
    QCOMPARE(play.steps[3].rule, QLatin1String("enough attempts here"));
}

void PolicyPlayTest::saysWhatMayBeBilled()
{
    ScriptedRandom chance({0.5});
    PlayScenario scenario; // a refusal is not billed
    QCOMPARE(playPolicy({}, chain(1), scenario, chance).billable, 0);
    scenario.reason = RetryReason::NetworkTimeout;
    const PolicyPlay silent = playPolicy({}, chain(2), scenario, chance);
    QCOMPARE(silent.billable, silent.attempts);
    scenario.reason = RetryReason::Network; // nothing was sent
    QCOMPARE(playPolicy({}, chain(2), scenario, chance).billable, 0);
    scenario.reason = RetryReason::StreamInterrupted; // it was shown, so it is not repeated
    const PolicyPlay cut = playPolicy({}, chain(2), scenario, chance);
    QCOMPARE(cut.attempts, 1);
    QCOMPARE(cut.billable, 1);
    RetryConfig held;
    held.streamMode = StreamMode::CompleteAnswer;
    QVERIFY(playPolicy(held, chain(2), scenario, chance).attempts > 1);
}

void PolicyPlayTest::survivesAnyConfiguration()
{
    for (quint64 seed = 1; seed <= 400; ++seed) { // what can be typed need not be valid
        SeededRandom random(seed);
        RetryConfig c;
        for (const RetryConfigField &f : retryConfigFields()) {
            static constexpr std::array odd{0.0, 1e-9, 1.0, 99.0, 1e6, 9.99e8};
            if (random.uniform() < 0.5)
                f.set(c, f.kind == FieldKind::Choice ? std::floor(random.uniform() * double(f.choices.size()))
                                                     : odd[std::size_t(random.uniform() * odd.size())]);
        }
        PlayScenario scenario;
        scenario.reason = RetryReason(int(random.uniform() * retryReasonCount));
        const PolicyPlay play = playPolicy(c, chain(int(random.uniform() * 4)), scenario, random);
        QCOMPARE(play.steps.last().kind, PlayStep::Kind::End);
        QVERIFY(play.attempts <= 200);
        QCOMPARE(play.attempts, int(std::count_if(play.steps.begin(), play.steps.end(), [](const PlayStep &s) {
                     return s.kind == PlayStep::Kind::Attempt;
                 })));
    }
}

void PolicyPlayTest::theSummaryIsTheWorst()
{
    RetryConfig c;
    PlayScenario scenario;
    const PlaySummary summary = summarizePlays(c, chain(1), scenario, 5);
    for (quint64 seed = 5; seed < 35; ++seed) {
        SeededRandom random(seed);
        const PolicyPlay play = playPolicy(c, chain(1), scenario, random);
        QVERIFY(play.total <= summary.longest && play.attempts <= summary.attempts);
    }
    QVERIFY(summary.typical <= summary.longest && !summary.answered && !summary.rule.isEmpty());
}

/// Its two digits: half of all calls take no longer.
void PolicyPlayTest::theTypicalCallIsTheSameWithOtherLuck()
{
    const RetryConfig c;
    PlayScenario scenario;
    std::vector<double> totals;
    for (quint64 seed = 1'000'000; seed < 1'040'000; ++seed) {
        SeededRandom random(seed);
        totals.push_back(toSeconds(playOnce(c, chain(1), scenario, random).total));
    }
    std::nth_element(totals.begin(), totals.begin() + qsizetype(totals.size() / 2), totals.end());
    const double median = totals[totals.size() / 2];
    for (quint64 seed = 0; seed < 50; ++seed) {
        const double told = toSeconds(summarizePlays(c, chain(1), scenario, seed * 5'000).typical);
        QVERIFY2(std::abs(told / median - 1) < 0.05, qPrintable(QStringLiteral("%1, %2").arg(told).arg(median)));
    }
}

SUITE_TEST(PolicyPlayTest)
#include "tst_policyplay.moc"
