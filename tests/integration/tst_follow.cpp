// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/remoteengineclient.h"
#include "support/cutwire.h"
#include "support/gatewayrig.h"
#include "support/madecertificate.h"
#include "support/suite.h"
#include "transport/networktransport.h"

#include <QJsonDocument>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace retryscope;

using FollowState = FollowStatus::State;

static const QByteArray followAnswer =
    R"({"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}})";
static const QByteArray followQuestion = R"({"model":"a-model","messages":[{"role":"user","content":"Hello"}]})";

/// A follower on this thread, over a wire that can be cut, and what it has heard.
struct Follower
{
    explicit Follower(const QUrl &url, const QByteArray &token = GatewayRig::token, const QString &caFile = {})
        : follower({clock, transport}, options(url, token, caFile),
                   {[this](const Event &e) { events.append(e); },
                    [this](const Configuration &c) { configurations.append(c); },
                    [this](const FollowStatus &s) { statuses.append(s); },
                    [this](const QString &sentence) { refused.append(sentence); }})
    {
        follower.start();
    }
    static FollowOptions options(const QUrl &url, const QByteArray &token, const QString &caFile = {})
    {
        return {.url = url, .token = token, .caFile = caFile, .headTime = 2s, .silence = 2s, .firstWait = 30ms, .longestWait = 100ms};
    }
    bool isConnected() const { return follower.status().state == FollowState::Connected; }
    HealthSnapshot health()
    {
        follower.health().advance(clock.now(), clock.wallNow());
        return follower.health().snapshot();
    }

    SystemClock clock;
    NetworkTransport transport{ProxyRules()};
    Events events;
    QVector<Configuration> configurations;
    QVector<FollowStatus> statuses;
    QStringList refused;
    GatewayFollower follower;
};

static QByteArrayList linesOf(const Events &events)
{
    QByteArrayList lines;
    for (const Event &e : events)
        lines << toJsonLine(e);
    return lines;
}

/// Of a rig's events those since its gateway was made: the first is older, that of its configuration.
static Events toldBy(const GatewayRig &rig) { return rig.events.mid(1); }

static Events eventsOfRun(const Events &events, qint64 run)
{
    Events some;
    std::copy_if(events.begin(), events.end(), std::back_inserter(some),
                 [run](const Event &e) { return e.run == run; });
    return some;
}

/// Of the present, what does not depend on the moment.
static QStringList followView(const HealthSnapshot &health)
{
    QStringList lines{QStringLiteral("%1 asked %2 ended %3 in flight %4 served")
                          .arg(health.calls.asked)
                          .arg(health.calls.ended)
                          .arg(health.calls.inFlight)
                          .arg(health.calls.window.served())};
    for (const ProviderReport &p : health.providers)
        lines << QStringLiteral("%1 %2 %3 %4 %5 %6")
                     .arg(p.id, p.name, p.model, toKey(p.state), toKey(p.reason))
                     .arg(p.window.answered());
    return lines;
}

class FollowTest : public QObject
{
    Q_OBJECT
private slots:
    void bothSidesSeeTheSameEventsAfterCuts();
    void whoComesLateKnowsWhatStands();
    void aNewRunIsNoticed();
    void aSlowStartIsWaitedFor();
    void aWrongTokenIsSaid();
    void commandsTakeEffect();
    void aNewConfigurationIsTold();
    void garbageHarmsNobody_data();
    void garbageHarmsNobody();
    void silenceIsNoConnection();
    void hostileTimesStayInRange();
    void addressesThatCannotBeFollowed();
    void overTlsWithTheCertificateOfTheGateway();
    void theClientSpeaksOnItsOwnThread();
};

static void serve(RawServer *server)
{
    server->answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, followAnswer); };
}

void FollowTest::bothSidesSeeTheSameEventsAfterCuts()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int number) { // every fourth has to be repeated
        if (number % 4 == 0)
            RawServer::reply(socket, "{}", "500 Internal Server Error");
        else
            RawServer::reply(socket, followAnswer);
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server).name = QStringLiteral("First");
    rig.start();
    rig.ask(GatewayRig::post("/v1/chat/completions", followQuestion)); // before anybody follows
    CutWire wire;
    wire.to = rig.port;
    Follower follower(wire.url());
    QTRY_VERIFY(follower.isConnected());
    for (int i = 0; i < 24; ++i) {
        if (i % 4 == 1)
            wire.cut();
        if (i % 8 == 3)
            wire.cutFor(0);
        QCOMPARE(rig.ask(GatewayRig::post("/v1/chat/completions", followQuestion)).status, 200);
        wire.to = rig.port;
    }
    QTRY_VERIFY(follower.isConnected());
    QTRY_COMPARE(follower.events.size(), toldBy(rig).size());
    QCOMPARE(linesOf(follower.events), linesOf(toldBy(rig)));
    QVERIFY2(wire.connections > 6, qPrintable(QString::number(wire.connections)));
    QCOMPARE(follower.follower.unread(), 0ULL);
    QCOMPARE(follower.configurations.size(), 1);
    rig.health.advance(rig.clock.now(), rig.clock.wallNow());
    QTRY_COMPARE(followView(follower.health()), followView(rig.health.snapshot()));
    QCOMPARE(follower.health().provider(QStringLiteral("a"))->name, QStringLiteral("First"));
    QCOMPARE(follower.follower.health().take().missed.size(), 0U); // everything was heard in the end
}

/// A provider that was shut long before, and a call that runs.
void FollowTest::whoComesLateKnowsWhatStands()
{
    RawServer server;
    QPointer<QTcpSocket> held;
    server.answer = [&held](QTcpSocket *socket, int) { held = socket; };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.add(QStringLiteral("b"), server);
    rig.start();
    rig.engine.isolate(QStringLiteral("b"));
    for (std::size_t i = 0; i < EventFeed::kept; ++i) { // nobody keeps the word of it any more
        Event e;
        e.kind = EventKind::RetryScheduled;
        rig.engine.events().publish(e);
    }
    const auto socket = rig.connectTo();
    socket->write(GatewayRig::post("/v1/chat/completions", followQuestion));
    QTRY_COMPARE(server.requests, 1);
    Follower follower(QUrl(QStringLiteral("http://localhost:%1").arg(rig.port)));
    QTRY_VERIFY(follower.isConnected());
    QVERIFY(std::none_of(follower.events.begin(), follower.events.end(),
                         [](const Event &e) { return e.kind == EventKind::CircuitChanged; }));
    const HealthSnapshot health = follower.health();
    QCOMPARE(health.provider(QStringLiteral("b"))->state, ProviderState::Isolated);
    QCOMPARE(health.provider(QStringLiteral("a"))->inFlight, 1ULL);
    QVERIFY(held);
    RawServer::reply(held, followAnswer);
    QTRY_COMPARE(follower.health().calls.inFlight, 0ULL);
}

void FollowTest::aNewRunIsNoticed()
{
    RawServer server;
    serve(&server);
    auto first = std::make_unique<GatewayRig>();
    first->add(QStringLiteral("a"), server);
    first->start();
    CutWire wire;
    wire.to = first->port;
    Follower follower(wire.url());
    QTRY_VERIFY(follower.isConnected());
    first->ask(GatewayRig::post("/v1/chat/completions", followQuestion));
    first->engine.isolate(QStringLiteral("a"));
    QTRY_COMPARE(follower.events.size(), toldBy(*first).size());
    QCOMPARE(follower.health().provider(QStringLiteral("a"))->state, ProviderState::Isolated);
    const Events before = toldBy(*first);
    follower.follower.health().take(); // with the moment before it was first heard
    wire.cutFor(0);
    first.reset();
    QTRY_COMPARE(follower.follower.status().state, FollowState::Lost);
    QVERIFY(follower.health().lostSince);
    QVERIFY(!follower.follower.status().problem.isEmpty());
    QTest::qWait(50);

    GatewayRig second;
    second.add(QStringLiteral("a"), server);
    second.add(QStringLiteral("c"), server);
    second.start();
    second.ask(GatewayRig::post("/v1/chat/completions", followQuestion));
    wire.to = second.port;
    QTRY_VERIFY(follower.isConnected());
    QCOMPARE(linesOf(eventsOfRun(follower.events, before.first().run)), linesOf(before));
    QTRY_COMPARE(linesOf(follower.events), linesOf(before + toldBy(second)));
    const HealthSnapshot health = follower.health();
    QVERIFY(!health.lostSince);
    QCOMPARE(health.provider(QStringLiteral("a"))->state, ProviderState::Well); // the isolation went with the first
    QVERIFY(health.provider(QStringLiteral("c")));
    const auto missed = follower.follower.health().take().missed;
    QCOMPARE(missed.size(), 1U);
    QVERIFY(missed.front().to - missed.front().from >= std::chrono::milliseconds(40));
}

void FollowTest::aSlowStartIsWaitedFor()
{
    CutWire wire;
    Follower follower(wire.url());
    QTRY_VERIFY(wire.connections > 2);
    QCOMPARE(follower.follower.status().state, FollowState::Connecting);
    QVERIFY(follower.health().lostSince);
    RawServer server;
    serve(&server);
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    wire.to = rig.port;
    QTRY_VERIFY(follower.isConnected());
    QVERIFY(!follower.health().lostSince);
    rig.ask(GatewayRig::post("/v1/chat/completions", followQuestion));
    QTRY_COMPARE(linesOf(follower.events), linesOf(toldBy(rig)));
}

void FollowTest::aWrongTokenIsSaid()
{
    RawServer server;
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    Follower follower(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(rig.port)), "rs-a-token-of-another");
    QTRY_COMPARE(follower.follower.status().state, FollowState::Refused);
    const QString problem = follower.follower.status().problem;
    QVERIFY2(problem.contains(QLatin1String("token")) && problem.contains(QString::number(rig.port)),
             qPrintable(problem));
    QVERIFY(!problem.contains(QLatin1String("of-another")));
    follower.follower.command(QStringLiteral("a"), "isolate");
    QVERIFY2(follower.refused.value(0).contains(QLatin1String("not connected")), qPrintable(follower.refused.value(0)));
    QVERIFY(follower.events.isEmpty() && follower.health().providers.empty());
    QVERIFY(follower.health().lostSince);
}

void FollowTest::commandsTakeEffect()
{
    RawServer server;
    serve(&server);
    GatewayRig rig;
    rig.add(QStringLiteral("an id/ä?"), server);
    rig.start();
    Follower follower(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(rig.port)));
    QTRY_VERIFY(follower.isConnected());
    const QString id = rig.configuration.providers.first().id;
    const auto state = [&] { return follower.health().provider(id)->state; };
    follower.follower.command(id, "isolate");
    QTRY_COMPARE(state(), ProviderState::Isolated);
    QCOMPARE(rig.health.snapshot().provider(id)->state, ProviderState::Isolated);
    follower.follower.command(id, "release");
    QTRY_VERIFY(state() != ProviderState::Isolated);
    follower.follower.command(id, "probe");
    QTRY_VERIFY(!rig.ofKind(EventKind::ProbeFinished).isEmpty());
    QVERIFY2(follower.refused.isEmpty(), qPrintable(follower.refused.join(QLatin1Char('\n'))));
    follower.follower.command(QStringLiteral("nobody"), "isolate");
    QTRY_COMPARE(follower.refused.size(), 1);
    QVERIFY2(follower.refused.first().contains(QLatin1String("nobody")), qPrintable(follower.refused.first()));
}

void FollowTest::aNewConfigurationIsTold()
{
    RawServer server;
    serve(&server);
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    Follower follower(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(rig.port)));
    QTRY_VERIFY(follower.isConnected());
    rig.add(QStringLiteral("b"), server).enabled = false;
    rig.add(QStringLiteral("c"), server).keyReference = QStringLiteral("env:GATEWAY_TEST_KEY");
    rig.configuration.retry.firstTokenTimeout = 7s;
    rig.health.configure(rig.configuration);
    rig.engine.configure(rig.configuration);
    QTRY_COMPARE(follower.configurations.size(), 2);
    const Configuration told = follower.configurations.last();
    QCOMPARE(told.providers.size(), 2);
    QCOMPARE(told.providers.last().id, QStringLiteral("c"));
    QVERIFY(told.providers.last().keyReference.isEmpty()); // nobody's business
    QCOMPARE(told.retry.firstTokenTimeout, Duration(7s));
    QVERIFY(follower.health().provider(QStringLiteral("c")));
}

static const QByteArray feedHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
static QByteArray feedHello(qint64 run = 77, const QByteArray &providers = R"([{"id":"a"}])")
{
    return "event: hello\ndata: {\"run\":" + QByteArray::number(run) + ",\"mono_ns\":5,\"providers\":" + providers
           + "}\n\n";
}

void FollowTest::garbageHarmsNobody_data()
{
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<bool>("connects");
    const QByteArray good = feedHead + feedHello() + "event: standing\ndata: {\"events\":[]}\n\n";
    QTest::newRow("no HTTP") << QByteArray("SSH-2.0-OpenSSH_9.2\r\n") << false;
    QTest::newRow("another site") << QByteArray(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello")
                                  << false;
    QTest::newRow("elsewhere") << QByteArray(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
                               << false;
    QTest::newRow("no hello")
        << feedHead + "event: call_submitted\ndata: {\"schema\":1,\"kind\":\"call_submitted\",\"run\":77,\"seq\":1}\n\n"
        << false;
    QTest::newRow("hello without a run") << feedHead + "event: hello\ndata: {}\n\n" << false;
    QTest::newRow("no JSON") << good + "event: call_submitted\ndata: {{{{\n\n" << true;
    QTest::newRow("an unknown kind")
        << good + "event: dinner\ndata: {\"schema\":1,\"kind\":\"dinner\",\"run\":77,\"seq\":1}\n\n"
        << true;
    QTest::newRow("another run") << good + "data: {\"schema\":1,\"kind\":\"call_submitted\",\"run\":78,\"seq\":1}\n\n"
                                 << true;
    QTest::newRow("a large event")
        << good + "data: {\"schema\":1,\"kind\":\"call_submitted\",\"run\":77,\"seq\":1,\"detail\":\""
               + QByteArray(1 << 20, 'x') + "\"}\n\n"
        << true;
    QTest::newRow("a line without an end") << feedHead + feedHello() + "data: " + QByteArray(9 << 20, 'x') << false;
    QTest::newRow("thousands of providers")
        << feedHead + feedHello(77, "[" + QByteArray(R"({"id":"p"},{"id":7},{"id":""},[],null,)").repeated(3000) + "1]")
               + "event: standing\ndata: {\"events\":7}\n\n"
        << true;
    QTest::newRow("strange standing") << feedHead + feedHello() + R"(event: standing
data: {"events":[1,null,{"schema":1,"kind":"circuit_changed","provider":"a","to":"open","open_for_s":1e300,"mono_ns":-9223372036854775808,"ts":"x"}]}

)" << true;
    QTest::newRow("bytes") << feedHead + QByteArray("\0\xff\xfe\n\r\n\n\x80: :\n\n", 14) << false;
}

void FollowTest::garbageHarmsNobody()
{
    QFETCH(QByteArray, sent);
    QFETCH(bool, connects);
    RawServer server;
    server.answer = [&sent](QTcpSocket *socket, int) { socket->write(sent); };
    Follower follower(server.url(QString()));
    QTRY_VERIFY(server.requests > 0);
    if (connects) {
        QTRY_VERIFY(follower.isConnected());
        QVERIFY(follower.health().providers.size() == 1);
        QTest::qWait(100);
    } else {
        QTRY_VERIFY(!follower.follower.status().problem.isEmpty());
        QVERIFY(!follower.isConnected());
        QVERIFY(follower.health().lostSince);
    }
    QVERIFY(follower.events.isEmpty());
    QCOMPARE(follower.health().calls.asked, 0ULL);
}

void FollowTest::silenceIsNoConnection()
{
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) {
        socket->write(feedHead + feedHello() + "event: standing\ndata: {\"events\":[]}\n\n");
    };
    Follower follower(server.url(QString()));
    QTRY_VERIFY(follower.isConnected());
    const WallTime connected = follower.clock.wallNow();
    QTRY_VERIFY_WITH_TIMEOUT(std::any_of(follower.statuses.begin(), follower.statuses.end(),
                                         [](const FollowStatus &s) { return s.state == FollowState::Lost; }),
                             8000);
    const auto lost = std::find_if(follower.statuses.begin(), follower.statuses.end(),
                                   [](const FollowStatus &s) { return s.state == FollowState::Lost; });
    QVERIFY(lost->since
            <= connected + std::chrono::milliseconds(500)); // since it was last heard, not since it was noticed
    QTRY_VERIFY(server.requests > 1);
}

void FollowTest::hostileTimesStayInRange()
{
    RawServer server;
    QByteArray sent = feedHead + feedHello();
    int seq = 0;
    for (const char *mono : {"9223372036854775807", "-9223372036854775808", "0", "1e300"}) {
        for (const char *ts : {"9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "x"}) {
            const QByteArray number = QByteArray::number(++seq);
            sent += R"(data: {"schema":1,"kind":"call_submitted","run":77,"call":)" + number + ",\"seq\":" + number
                    + ",\"mono_ns\":" + mono + ",\"ts\":\"" + ts + "\"}\n\n";
        }
    }
    server.answer = [&](QTcpSocket *socket, int) {
        socket->write(sent + "event: standing\ndata: {\"events\":[]}\n\n");
    };
    Follower follower(server.url(QString()));
    QTRY_VERIFY(follower.isConnected());
    QCOMPARE(follower.events.size(), seq);
    const WallTime now = follower.clock.wallNow();
    for (const Event &e : follower.events) {
        QVERIFY(e.at <= follower.clock.now() && follower.clock.now() - e.at < 200h);
        QVERIFY(e.wall <= now + std::chrono::seconds(2) && now - e.wall < std::chrono::hours(200));
    }
}

void FollowTest::addressesThatCannotBeFollowed()
{
    for (const char *fine :
         {"http://127.0.0.1:4180", "http://localhost:4180/", "http://[::1]:4180", "https://gw.example.org"})
        QVERIFY2(followProblem(QUrl(QLatin1String(fine))).isEmpty(), fine);
    for (const char *wrong : {"", "127.0.0.1:4180", "ftp://127.0.0.1", "http://", "http://gw.example.org:4180"})
        QVERIFY2(!followProblem(QUrl(QLatin1String(wrong))).isEmpty(), wrong);
}

void FollowTest::overTlsWithTheCertificateOfTheGateway()
{
    const QTemporaryDir folder;
    const MadeCertificate made = MadeCertificate::make({});
    const QString certificate = folder.filePath(QStringLiteral("c.pem")), key = folder.filePath(QStringLiteral("k.pem"));
    for (const auto &[path, bytes] : {std::pair(certificate, made.certificate), std::pair(key, made.key)}) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
    }
    const auto read = readServerCertificate(certificate, key);
    QVERIFY(bool(read));
    RawServer server;
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    GatewayOptions options;
    options.certificate = *read;
    rig.start(options);
    const QUrl url(QStringLiteral("https://localhost:%1").arg(rig.port));
    Follower stranger(url), follower(url, GatewayRig::token, certificate);
    QTRY_VERIFY(follower.isConnected());
    follower.follower.command(QStringLiteral("a"), "isolate");
    QTRY_COMPARE(follower.health().provider(QStringLiteral("a"))->state, ProviderState::Isolated);
    QTRY_COMPARE(linesOf(follower.events), linesOf(toldBy(rig)));
    QTRY_VERIFY(!stranger.follower.status().problem.isEmpty());
    QVERIFY2(!stranger.isConnected() && stranger.events.isEmpty(), qPrintable(stranger.follower.status().problem));
}

void FollowTest::theClientSpeaksOnItsOwnThread()
{
    RawServer server;
    serve(&server);
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    rig.start();
    RemoteEngineClient client(
        Follower::options(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(rig.port)), GatewayRig::token));
    Events events;
    HealthSnapshot health;
    connect(&client, &EngineClient::eventsArrived, this, [&](const Events &more) { events += more; });
    connect(&client, &EngineClient::healthUpdated, this, [&](const HealthUpdate &update) { health = update.now; });
    QSignalSpy refused(&client, &RemoteEngineClient::refused), finished(&client, &EngineClient::callFinished);
    client.follow();
    QTRY_VERIFY(!health.providers.empty() && !health.lostSince);
    for (int i = 0; i < 10; ++i)
        rig.ask(GatewayRig::post("/v1/chat/completions", followQuestion));
    QTRY_COMPARE(linesOf(events), linesOf(toldBy(rig)));
    QTRY_COMPARE(health.calls.ended, 10ULL);
    QCOMPARE(health.calls.service, ServiceState::Good);
    client.isolate(QStringLiteral("a"));
    QTRY_COMPARE(health.providers.front().state, ProviderState::Isolated);
    client.apply({});
    QCOMPARE(refused.value(0).value(0).toString(), client.refusal(EngineClient::Request::Apply));
    const CallId call = client.send({}, {});
    QTRY_COMPARE(finished.size(), 1);
    const auto result = finished[0][0].value<CallResult>();
    QVERIFY(result.call == call && !result.succeeded());
    QCOMPARE(result.message, client.refusal(EngineClient::Request::Send));
    QVERIFY(!result.message.isEmpty());
}

SUITE_TEST(FollowTest)
#include "tst_follow.moc"
