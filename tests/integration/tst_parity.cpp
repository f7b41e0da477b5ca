// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/localengineclient.h"
#include "replay/replay.h"
#include "sandbox/sandbox.h"
#include "support/suite.h"

using namespace retryscope;

/// T25: what was decided live, over real sockets, is decided again when its record is played.
class ParityTest final : public QObject
{
    Q_OBJECT
private slots:
    void aRecordPlayedAgainDecidesTheSame_data();
    void aRecordPlayedAgainDecidesTheSame();
    void anotherPolicySavesWhatFailed();

private:
    /// Live, with two providers, one call after the other; a call meets the fault of its number.
    struct Live
    {
        Live(const RetryConfig &retry, const QStringList &faults)
        {
            const auto port = sandbox.start();
            configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*port)));
            configuration.providers.resize(2);
            configuration.retry = retry;
            client.apply(configuration);
            QObject::connect(&client, &EngineClient::eventsArrived, &client, [this](const Events &batch) {
                for (const Event &e : batch) {
                    reader.add(e);
                    tell(e);
                }
            });
            for (const QString &fault : faults)
                call(fault);
        }
        void call(const QString &fault)
        {
            sandbox.setFault(configuration.providers[0].id, {faultFromKey(fault).value_or(Fault::None), 1.0, {}});
            const qsizetype before = ended;
            client.send(Prompt{QStringLiteral("Hello"), {}, {}, 64, true}, Route{});
            done = done && QTest::qWaitFor([&] { return ended > before; }, 30'000);
        }
        void tell(const Event &e)
        {
            if (!e.call)
                return;
            QStringList &story = stories[e.call.value];
            if (e.kind == EventKind::AttemptStarted)
                story << QStringLiteral("ask ") + e.provider;
            else if (e.kind == EventKind::RetryScheduled)
                story << QStringLiteral("wait %1 %2").arg(toKey(e.delaySource)).arg(toSeconds(e.delay), 0, 'f', 1);
            else if (e.kind == EventKind::CallFinished) {
                story << QStringLiteral("end ") + toKey(e.reason);
                ++ended;
            }
        }
        Sandbox sandbox;
        Configuration configuration;
        LocalEngineClient client{7};
        RecordReader reader;
        std::map<quint64, QStringList> stories;
        qsizetype ended = 0;
        bool done = true;
    };
    /// No chance in it.
    static RetryConfig exact()
    {
        RetryConfig c;
        c.jitter = JitterKind::None;
        c.baseDelay = 200ms;
        c.maxDelay = 400ms;
        c.firstTokenTimeout = c.idleTimeout = 600ms;
        c.attemptTimeout = 2s;
        c.deadline = 10s;
        c.circuitOpenTime = 1s;
        c.probeInterval = 0s;
        return c;
    }
    static SimulatedPolicy policyFor(const Live &live, const RetryConfig &retry)
    {
        SimulatedPolicy policy{std::make_shared<const RetryConfig>(retry), {}, false};
        for (const ProviderConfig &provider : live.configuration.providers) {
            Target target;
            target.provider = toUtf8(provider.id);
            target.model = toUtf8(provider.model);
            policy.chain.push_back(target);
        }
        return policy;
    }
};

void ParityTest::aRecordPlayedAgainDecidesTheSame_data()
{
    QTest::addColumn<QStringList>("faults"); // of the first provider, by call
    QTest::newRow("nothing happens") << QStringList{"", "", ""};
    QTest::newRow("server errors") << QStringList{"", "server_error", "server_error", ""};
    QTest::newRow("it is gone, and comes back") << QStringList{"", "outage", "outage", "outage", "", ""};
    QTest::newRow("overloaded and limited") << QStringList{"overloaded", "", "rate_limit", "", ""};
    QTest::newRow("a key that is refused") << QStringList{"", "wrong_key", "wrong_key", ""};
    QTest::newRow("silence") << QStringList{"", "silence", "silence", ""};
}

void ParityTest::aRecordPlayedAgainDecidesTheSame()
{
    QFETCH(QStringList, faults);
    const Live live(exact(), faults);
    QVERIFY(live.done);
    const Record record = live.reader.record();
    QCOMPARE(record.calls.size(), faults.size());
    const SimulatedPolicy policy = policyFor(live, exact());
    std::map<quint64, QStringList> stories;
    const auto provider = [&](const CallStep &step) { return toText(policy.chain[step.target].provider); };
    const SimulationResult played =
        simulate(scenarioOf(record, policy.chain), policy, 1, {}, [&](const SimulatedDecision &d) {
            QStringList &story = stories[d.call];
            switch (d.step.kind) {
            case CallStep::Kind::Queue: break;
            case CallStep::Kind::Send: story << QStringLiteral("ask ") + provider(d.step); break;
            case CallStep::Kind::Wait:
                story << QStringLiteral("wait %1 %2").arg(toKey(d.step.source)).arg(toSeconds(d.step.delay), 0, 'f', 1);
                break;
            case CallStep::Kind::Finish: story << QStringLiteral("end ") + toKey(d.step.reason); break;
            }
        });
    QCOMPARE(played.assumed, 0);
    QCOMPARE(stories.size(), live.stories.size());
    auto there = live.stories.begin();
    for (const auto &[call, story] : stories) // by order of arrival, on both sides
        QCOMPARE(story.join(QStringLiteral(", ")), (there++)->second.join(QStringLiteral(", ")));
    for (const Measure measure : {Measure::Success, Measure::Attempts, Measure::Limited})
        QCOMPARE(valueOf(measure, played), actualOf(record, measure));
}

/// Two calls fail for a client that gives up at once. The record knows what a second attempt there would have met; what another
/// provider would have said it does not.
void ParityTest::anotherPolicySavesWhatFailed()
{
    RetryConfig once = exact(), elsewhere = exact();
    once.maxAttempts = once.attemptsPerProvider = elsewhere.attemptsPerProvider = 1;
    const Live live(once, {"", "server_error", "server_error", ""});
    QVERIFY(live.done);
    const Record record = live.reader.record();
    QCOMPARE(record.actual.answered, 2);
    const auto of = [&](const RetryConfig &config) { return replay(record, policyFor(live, config), 3, 1); };
    const Replay as = of(once), here = of(exact()), there = of(elsewhere);
    QCOMPARE(as.measures[std::size_t(Measure::Success)]->mean, 0.5);
    QCOMPARE(as.saved + as.lost, 0.0);
    for (const Replay &better : {here, there}) {
        QCOMPARE(better.measures[std::size_t(Measure::Success)]->mean, 1.0);
        QCOMPARE(better.saved, 2.0);
        QCOMPARE(better.savedFrom.at(QStringLiteral("max attempts reached")), 2.0);
    }
    QCOMPARE(here.assumed->mean, 0.0);
    QCOMPARE(there.assumed->mean, 2.0 / 6);
}

SUITE_TEST(ParityTest)
#include "tst_parity.moc"
