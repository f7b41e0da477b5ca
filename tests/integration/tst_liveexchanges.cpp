// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/localengineclient.h"
#include "protocols/registry.h"
#include "sandbox/sandbox.h"
#include "support/suite.h"

#include <QElapsedTimer>
#include <QTest>

using namespace retryscope;

/// What a workbench is shown over real sockets: on every wire, without keys, and not faster than a window can take it; and
/// that a fault on purpose keeps a provider from being asked.
class LiveExchangesTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void everyWireIsShownWithoutItsKeys_data();
    void everyWireIsShownWithoutItsKeys();
    void fourFastColumnsAreToldInBatches();
    void aHandSteersACallOnTheEnginesThread();
    void aProviderBehindAFaultGetsNoRequest();

private:
    bool ended(CallId call) const { return m_results.contains(call.value); }
    ExchangeRecord record(CallId call) const
    {
        for (const ExchangeRecord &r : m_records) {
            if (r.call == call)
                return r;
        }
        return {};
    }
    std::unique_ptr<Sandbox> m_sandbox;
    std::unique_ptr<LocalEngineClient> m_client;
    Configuration m_configuration;
    ExchangeRecords m_records;
    QHash<quint64, CallResult> m_results;
    int m_told = 0;
};

void LiveExchangesTest::init()
{
    m_client.reset();
    m_records.clear();
    m_results.clear();
    m_told = 0;
    SandboxOptions options;
    options.firstToken = 20ms;
    options.perToken = 5ms; // 200 events a second
    m_sandbox = std::make_unique<Sandbox>(options);
    const auto port = m_sandbox->start();
    QVERIFY(bool(port));
    m_configuration = {};
    m_configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*port)));
    m_client = std::make_unique<LocalEngineClient>(7);
    m_client->apply(m_configuration);
    connect(m_client.get(), &EngineClient::exchangesArrived, this, [this](const ExchangeRecords &pieces) {
        ++m_told;
        for (const ExchangeRecord &piece : pieces) {
            const auto known = std::find_if(m_records.begin(), m_records.end(),
                                            [&](const ExchangeRecord &r) { return r.isSameAttempt(piece); });
            if (known == m_records.end())
                m_records.append(piece);
            else
                known->append(piece);
        }
    });
    connect(m_client.get(), &EngineClient::callFinished, this,
            [this](const CallResult &r) { m_results[r.call.value] = r; });
}

void LiveExchangesTest::everyWireIsShownWithoutItsKeys_data()
{
    QTest::addColumn<int>("place");
    QTest::addColumn<bool>("stream");
    for (int place = 0; place < 4; ++place) {
        for (const bool stream : {false, true})
            QTest::addRow("provider %d, %s", place, stream ? "streamed" : "whole") << place << stream;
    }
}

void LiveExchangesTest::everyWireIsShownWithoutItsKeys()
{
    QFETCH(int, place);
    QFETCH(bool, stream);
    const QByteArray key = "live-key-abcdefghijklmnop", secret = "live-secret-0123456789";
    qputenv("RETRYSCOPE_LIVE_KEY", key);
    qputenv("RETRYSCOPE_LIVE_SECRET", secret);
    ProviderConfig &p = m_configuration.providers[place];
    p.keyReference = QStringLiteral("env:RETRYSCOPE_LIVE_KEY");
    p.headers = {{QStringLiteral("X-Team"), QStringLiteral("env:RETRYSCOPE_LIVE_SECRET")}};
    p.query = {{QStringLiteral("key"), QStringLiteral("env:RETRYSCOPE_LIVE_KEY")},
               {QStringLiteral("team"), QStringLiteral("env:RETRYSCOPE_LIVE_SECRET")}};
    m_client->apply(m_configuration);
    const CallId call = m_client->send(Prompt{QStringLiteral("Tell me of the sea"), {}, {}, 64, stream},
                                       Route{{p.id}}, {Capture::Yes});
    QTRY_VERIFY(ended(call));
    QVERIFY2(m_results[call.value].succeeded(), qPrintable(m_results[call.value].message));
    const ExchangeRecord r = record(call); // whole by now: it comes before the end of its call
    QVERIFY(r.ended && r.sent && r.head && r.firstByte);
    QVERIFY(*r.sent <= *r.head && *r.head <= *r.firstByte && *r.firstByte <= *r.ended);
    QCOMPARE(r.firstToken.has_value(), stream);
    QCOMPARE(r.status, 200);
    QCOMPARE(r.method, QByteArray("POST"));
    QCOMPARE(r.url.host(), QStringLiteral("127.0.0.1"));
    QVERIFY(r.requestBody.contains("Tell me of the sea"));
    QVERIFY(!r.responseHeaders.isEmpty() && r.simulated);
    QCOMPARE(r.received, r.raw.size());
    QCOMPARE(r.eventCount > 0, stream);
    QCOMPARE(r.eventCount, r.events.size());
    QByteArray all = r.url.toEncoded() + r.requestBody + r.raw + r.message.toUtf8();
    for (const HttpHeaders &headers : {r.requestHeaders, r.responseHeaders}) {
        for (const auto &[name, value] : headers)
            all += name + ": " + value + '\n';
    }
    for (const StreamEvent &event : r.events)
        all += event.data;
    QVERIFY2(!all.contains(key) && !all.contains(secret), all.constData());
    QVERIFY2(all.contains("[key]"), all.constData());
}

void LiveExchangesTest::fourFastColumnsAreToldInBatches()
{
    QVector<CallId> calls;
    QElapsedTimer timer;
    timer.start();
    for (const ProviderConfig &p : std::as_const(m_configuration.providers))
        calls << m_client->send(Prompt{QStringLiteral("Write a long story about the sea, please"), {}, {}, 400, true},
                                Route{{p.id}}, {Capture::Yes});
    QTRY_VERIFY_WITH_TIMEOUT(std::all_of(calls.begin(), calls.end(), [this](CallId call) { return ended(call); }),
                             60'000);
    // Ten times a second, and once more for the end of each call.
    const qint64 most = timer.elapsed() / 100 + 2 + calls.size();
    QVERIFY2(m_told <= most, qPrintable(QStringLiteral("%1 > %2").arg(m_told).arg(most)));
    for (const CallId call : calls) {
        const ExchangeRecord r = record(call);
        QVERIFY(r.ended && r.eventCount > 0 && r.eventCount == r.events.size());
    }
}

void LiveExchangesTest::aHandSteersACallOnTheEnginesThread()
{
    QVector<SteeringRefusal> answers;
    connect(m_client.get(), &EngineClient::steered, this,
            [&](CallId, Steering, SteeringRefusal refusal) { answers << refusal; });
    m_sandbox->setFault(QStringLiteral("openai"), {Fault::Silence, 1.0, {}});
    const CallId call = m_client->send(Prompt{QStringLiteral("Hello"), {}, {}, 16, true}, {});
    QTRY_COMPARE(m_sandbox->postsReceived(QStringLiteral("openai")), 1);
    m_client->tryNow(call);
    m_client->failOverNow(call);
    QTRY_VERIFY(ended(call));
    QCOMPARE(m_results[call.value].provider, QStringLiteral("anthropic"));
    QCOMPARE(m_results[call.value].outcome, CallOutcome::RecoveredByFailover);
    QTRY_COMPARE(answers.size(), 2);
    QCOMPARE(answers, (QVector<SteeringRefusal>{SteeringRefusal::NotWaiting, SteeringRefusal::None}));
}

void LiveExchangesTest::aProviderBehindAFaultGetsNoRequest()
{
    m_configuration.providers.resize(1);
    m_configuration.providers.first().simulated = false; // as real as one on this machine can be
    m_configuration.retry.maxAttempts = 1;
    m_client->apply(m_configuration);
    StandingFaults standing;
    connect(m_client.get(), &EngineClient::faultsChanged, this, [&](const StandingFaults &faults) { standing = faults; });
    const ProviderId id = m_configuration.providers.first().id;
    FaultPlan plan;
    plan.fault = PlayedFault::Overloaded;
    m_client->playFault(id, plan);
    const CallId call = m_client->send(Prompt{QStringLiteral("Hello"), {}, {}, 16, true}, {}, {Capture::Yes});
    QTRY_VERIFY(ended(call));
    QCOMPARE(standing.size(), 1);
    QCOMPARE(m_results[call.value].status, 529);
    QVERIFY(record(call).onPurpose);
    QCOMPARE(m_sandbox->postsReceived(id), 0);
    m_client->stopFaults();
    const CallId next = m_client->send(Prompt{QStringLiteral("Hello"), {}, {}, 16, true}, {});
    QTRY_VERIFY(ended(next));
    QVERIFY(m_results[next.value].succeeded() && standing.isEmpty());
    QCOMPARE(m_sandbox->postsReceived(id), 1);
}

SUITE_TEST(LiveExchangesTest)
#include "tst_liveexchanges.moc"
