// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet.h"
#include "support/gatewayrig.h"
#include "support/madecertificate.h"
#include "support/redisserver.h"
#include "support/suite.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>

using namespace retryscope;

namespace {

const QByteArray fleetAnswer =
    R"({"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}})";
const QByteArray fleetQuestion = R"({"model":"m","messages":[{"role":"user","content":"Hello"}]})";
const QByteArray quotaError =
    R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}})";

/// A gateway that is in the fleet.
struct Member
{
    explicit Member(const QString &name) { options.name = name; }
    ProviderConfig &add(const QString &id, const RawServer &server,
                        const QString &key = QStringLiteral("env:FLEET_KEY"))
    {
        ProviderConfig &p = rig.add(id, server);
        p.keyReference = key;
        p.model = QStringLiteral("m");
        return p;
    }
    void join(quint16 port, const QString &more = {}, const QString &before = QStringLiteral("redis://127.0.0.1"))
    {
        const auto place = fleetLocationFromText(QStringLiteral("%1:%2/0%3").arg(before).arg(port).arg(more));
        QVERIFY2(place, place ? "" : qPrintable(place.error()));
        rig.start();
        fleet = std::make_unique<Fleet>(Fleet::Parts{rig.clock, rig.engine}, *place, options);
        QObject::connect(fleet.get(), &Fleet::told, fleet.get(), [this](const QString &line) { lines.append(line); });
        rig.gateway->showFleet([this] { return fleet->status(); });
    }
    Got ask(const QByteArray &route = {}) const
    {
        return rig.ask(GatewayRig::post("/v1/chat/completions", fleetQuestion,
                                        route.isEmpty() ? route : "x-retryscope-route: " + route + "\r\n"));
    }
    /// The first change of a circuit whose detail has these words.
    std::optional<Event> change(const QString &words) const
    {
        for (const Event &e : rig.events) {
            if (e.kind == EventKind::CircuitChanged && e.detail.contains(words))
                return e;
        }
        return std::nullopt;
    }
    QJsonObject status() const
    {
        return QJsonDocument::fromJson(rig.ask(GatewayRig::get("/retryscope/status")).body)[QLatin1String("fleet")]
            .toObject();
    }

    GatewayRig rig;
    FleetOptions options{{}, 100ms, 500ms, 50ms, 200ms};
    QStringList lines;
    std::unique_ptr<Fleet> fleet;
};

} // namespace

class FleetTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void anAccountThatIsUsedUpIsAskedOnce();
    void anotherKeyIsAnotherAccount();
    void anOpenCircuitIsDoubtedAndTriedOnce();
    void aDoubtThatNobodyTriedIsOverWithItsWord();
    void anEmptyLimitIsObeyed();
    void tenTogetherStayWithinOneLimit();
    void isolationAndReleaseTravel();
    void whatWasDoneWhileRedisWasAwayIsTold();
    void withoutRedisEachGoesOnAlone();
    void aPartitionHoldsNoCallUp();
    void aReleaseDuringAPartitionIsHeardAfterIt();
    void wordsExpireByThemselves();
    void hostileValuesAreIgnored();
    void aWrongPasswordIsSaidOnce();
    void noKeyIsInRedis();
    void overTlsItIsTheSame();
    void overTlsNobodyIsBelievedWithoutACertificate_data();
    void overTlsNobodyIsBelievedWithoutACertificate();
    void tlsIsNeverLeftOut();

private:
    void answerWith(RawServer &server, const QByteArray &status, const QByteArray &body, const QByteArray &more = {})
    {
        server.answer = [=](QTcpSocket *socket, int) { RawServer::reply(socket, body, status, more); };
    }
    void write(const FleetWord &word, const QByteArray &key, const QByteArray &ms)
    {
        m_redis->ask({"SADD", "retryscope:1:words", key});
        m_redis->ask({"SET", key, toJson(word), "PX", ms});
        m_redis->ask({"PUBLISH", "retryscope:1:news", key});
    }
    /// That somebody found the account of `p` used up.
    static FleetWord blockOf(const ProviderConfig &p)
    {
        FleetWord w;
        w.scope = Scope::Account;
        w.at = addressOf(p);
        w.account = accountHash(w.at, "sk-of-the-fleet");
        w.provider = QStringLiteral("theirs");
        w.reason = RetryReason::QuotaExhausted;
        w.life = 60s;
        w.member = QStringLiteral("somebody");
        w.by = QStringLiteral("gw-9");
        return w;
    }
    /// The Redis speaks TLS from now on, with a certificate for these names that an authority of ours has signed.
    QString startTls(const char *names, bool asksClients)
    {
        m_redis->stop();
        const auto authority = MadeCertificate::make({.mayIssue = true}),
                   server = MadeCertificate::make({.names = names, .authority = &authority}),
                   client = MadeCertificate::make({.names = "DNS:a-gateway", .authority = &authority});
        m_redis->tls = {QStringLiteral("--tls-cert-file"), kept("server.pem", server.certificate),
                        QStringLiteral("--tls-key-file"), kept("server.key", server.key),
                        QStringLiteral("--tls-ca-cert-file"), kept("ca.pem", authority.certificate),
                        QStringLiteral("--tls-auth-clients"), asksClients ? QStringLiteral("yes") : QStringLiteral("no")};
        kept("client.pem", client.certificate);
        kept("client.key", client.key);
        kept("none.pem", "no certificate");
        kept("other.pem", MadeCertificate::make({.mayIssue = true}).certificate);
        return m_redis->start();
    }
    QString kept(const char *name, const QByteArray &text)
    {
        QFile file(m_dir.filePath(QLatin1String(name)));
        return file.open(QFile::WriteOnly) && file.write(text) == text.size() ? file.fileName() : QString();
    }
    QTemporaryDir m_dir;
    std::unique_ptr<RedisServer> m_redis;
};

void FleetTest::init()
{
    qputenv("FLEET_KEY", "sk-of-the-fleet");
    qputenv("FLEET_OTHER_KEY", "sk-of-another-account");
    m_redis = std::make_unique<RedisServer>();
    if (const QString problem = m_redis->start(); !problem.isEmpty())
        QSKIP(qPrintable(problem));
}

/// Whatever each calls it.
void FleetTest::anAccountThatIsUsedUpIsAskedOnce()
{
    RawServer empty, spare;
    answerWith(empty, "429 Too Many Requests", quotaError);
    answerWith(spare, "200 OK", fleetAnswer);
    Member one(QStringLiteral("gw-1")), two(QStringLiteral("gw-2"));
    one.add(QStringLiteral("a"), empty);
    two.add(QStringLiteral("primary"), empty);
    two.add(QStringLiteral("spare"), spare);
    one.join(m_redis->port());
    two.join(m_redis->port());
    QTRY_VERIFY(one.fleet->isConnected() && two.fleet->isConnected());
    QCOMPARE(one.ask().status, 429);
    QTRY_VERIFY(two.change(QStringLiteral("blocked by the fleet: gw-1")));
    const Event e = *two.change(QStringLiteral("blocked by the fleet: gw-1"));
    QCOMPARE(e.provider, QStringLiteral("primary"));
    QCOMPARE(e.reason, RetryReason::QuotaExhausted);
    QVERIFY(*e.openFor > 14min && *e.openFor <= 20min);
    const Got got = two.ask();
    QCOMPARE(got.status, 200);
    QCOMPARE(got.header("x-retryscope-provider"), "spare");
    QCOMPARE(empty.requests, 1);
    Member late(QStringLiteral("gw-3"));
    late.add(QStringLiteral("x"), empty);
    late.join(m_redis->port());
    QTRY_VERIFY(late.change(QStringLiteral("blocked by the fleet: gw-1")));
    QCOMPARE(late.ask().status, 429);
    QCOMPARE(empty.requests, 1);
    QTRY_COMPARE(one.status()[QLatin1String("members")].toArray().size(), 3);
    QCOMPARE(one.status()[QLatin1String("connected")], QJsonValue(true));
    QVERIFY(one.lines.isEmpty() && two.lines.isEmpty());
}

void FleetTest::anotherKeyIsAnotherAccount()
{
    RawServer empty;
    answerWith(empty, "429 Too Many Requests", quotaError);
    Member one(QStringLiteral("gw-1")), two(QStringLiteral("gw-2"));
    one.add(QStringLiteral("a"), empty);
    two.add(QStringLiteral("a"), empty, QStringLiteral("env:FLEET_OTHER_KEY"));
    two.add(QStringLiteral("same"), empty);
    one.join(m_redis->port());
    two.join(m_redis->port());
    QTRY_VERIFY(one.fleet->isConnected() && two.fleet->isConnected());
    one.ask();
    QTRY_VERIFY(two.change(QStringLiteral("blocked by the fleet")));
    QCOMPARE(two.change(QStringLiteral("blocked by the fleet"))->provider, QStringLiteral("same"));
    two.ask("a");
    QCOMPARE(empty.requests, 2);
}

void FleetTest::anOpenCircuitIsDoubtedAndTriedOnce()
{
    RawServer down;
    answerWith(down, "500 Internal Server Error", R"({"error":{"message":"broken"}})");
    Member one(QStringLiteral("gw-1")), two(QStringLiteral("gw-2"));
    one.add(QStringLiteral("a"), down);
    two.add(QStringLiteral("b"), down);
    one.rig.configuration.retry.maxAttempts = 1;
    one.join(m_redis->port());
    two.join(m_redis->port());
    QTRY_VERIFY(one.fleet->isConnected() && two.fleet->isConnected());
    for (int i = 0; i < 10 && !one.change(QStringLiteral("too many failures")); ++i)
        one.ask();
    QVERIFY(one.change(QStringLiteral("too many failures")));
    QTRY_VERIFY(two.change(QStringLiteral("doubted by the fleet: gw-1")));
    QCOMPARE(two.change(QStringLiteral("doubted by the fleet: gw-1"))->circuitTo, CircuitState::HalfOpen);
    answerWith(down, "200 OK", fleetAnswer); // for everybody but gw-1, say
    const int before = down.requests;
    QCOMPARE(two.ask().status, 200);
    QCOMPARE(down.requests, before + 1);
    QVERIFY(two.change(QStringLiteral("the probe succeeded")));
}

void FleetTest::aDoubtThatNobodyTriedIsOverWithItsWord()
{
    RawServer server;
    answerWith(server, "200 OK", fleetAnswer);
    Member one(QStringLiteral("gw-1"));
    FleetWord word = blockOf(one.add(QStringLiteral("a"), server));
    word.kind = FleetWord::Kind::Circuit;
    word.scope = Scope::Provider;
    word.life = 1s;
    one.join(m_redis->port());
    QTRY_VERIFY(one.fleet->isConnected());
    write(word, "retryscope:1:w:somebody:1", "1000");
    QTRY_VERIFY(one.change(QStringLiteral("doubted by the fleet: gw-9")));
    QTRY_VERIFY(one.change(QStringLiteral("the word of gw-9 is over")));
    QCOMPARE(one.change(QStringLiteral("the word of gw-9 is over"))->circuitTo, CircuitState::Closed);
}

void FleetTest::anEmptyLimitIsObeyed()
{
    RawServer limited, spare;
    answerWith(
        limited, "200 OK", fleetAnswer,
        "x-ratelimit-limit-requests: 60\r\nx-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 60s\r\n");
    answerWith(spare, "200 OK", fleetAnswer);
    Member one(QStringLiteral("gw-1")), two(QStringLiteral("gw-2"));
    one.add(QStringLiteral("a"), limited);
    two.add(QStringLiteral("b"), limited);
    two.add(QStringLiteral("spare"), spare);
    one.join(m_redis->port());
    two.join(m_redis->port());
    QTRY_VERIFY(one.fleet->isConnected() && two.fleet->isConnected());
    QCOMPARE(one.ask().status, 200);
    QTRY_VERIFY(!two.rig.engine.learned().isEmpty());
    QCOMPARE(two.ask().header("x-retryscope-provider"), "spare");
    QCOMPARE(limited.requests, 1);
}

/// Each of ten gateways is asked ten times at once, where the provider has told that 39 requests are left.
void FleetTest::tenTogetherStayWithinOneLimit()
{
    constexpr int limit = 40, gateways = 10, calls = 10;
    RawServer limited, spare;
    limited.answer = [](QTcpSocket *socket, int number) {
        RawServer::reply(socket, fleetAnswer, number <= limit ? "200 OK" : "429 Too Many Requests",
                         "x-ratelimit-limit-requests: 40\r\nx-ratelimit-remaining-requests: "
                             + QByteArray::number(std::max(0, limit - number)) + "\r\nx-ratelimit-reset-requests: 300s\r\n");
    };
    answerWith(spare, "200 OK", fleetAnswer);
    std::vector<std::unique_ptr<Member>> fleet;
    for (int i = 0; i < gateways; ++i) {
        fleet.push_back(std::make_unique<Member>(QStringLiteral("gw-%1").arg(i)));
        fleet.back()->add(QStringLiteral("a"), limited);
        fleet.back()->add(QStringLiteral("spare"), spare, QStringLiteral("env:FLEET_OTHER_KEY"));
        fleet.back()->join(m_redis->port());
    }
    for (const auto &member : fleet)
        QTRY_COMPARE(member->fleet->status()[QLatin1String("members")].toArray().size(), gateways);
    QCOMPARE(fleet[0]->ask().status, 200);
    for (const auto &member : fleet)
        QTRY_VERIFY(!member->rig.engine.learned().isEmpty());
    std::vector<std::unique_ptr<QTcpSocket>> clients;
    for (int i = 0; i < gateways * calls; ++i) {
        clients.push_back(fleet[std::size_t(i % gateways)]->rig.connectTo());
        clients.back()->write(GatewayRig::post("/v1/chat/completions", fleetQuestion));
    }
    for (const auto &client : clients) {
        QTRY_COMPARE(client->state(), QAbstractSocket::UnconnectedState);
        QCOMPARE(GatewayRig::read(client->readAll()).status, 200);
    }
    QCOMPARE(limited.requests + spare.requests, 1 + gateways * calls);
    QVERIFY2(limited.requests <= limit, qPrintable(QString::number(limited.requests)));
    QVERIFY2(limited.requests >= limit / 2, qPrintable(QString::number(limited.requests))); // and is made use of
}

void FleetTest::isolationAndReleaseTravel()
{
    RawServer server;
    answerWith(server, "200 OK", fleetAnswer);
    Member one(QStringLiteral("gw-1")), two(QStringLiteral("gw-2"));
    one.add(QStringLiteral("a"), server);
    two.add(QStringLiteral("b"), server);
    two.add(QStringLiteral("not-meant"), server, QStringLiteral("env:FLEET_OTHER_KEY"));
    one.join(m_redis->port());
    two.join(m_redis->port());
    QTRY_VERIFY(one.fleet->isConnected() && two.fleet->isConnected());
    one.rig.engine.isolate(QStringLiteral("a"));
    QTRY_VERIFY(two.change(QStringLiteral("isolated by hand at gw-1")));
    QCOMPARE(two.change(QStringLiteral("isolated by hand at gw-1"))->provider, QStringLiteral("b"));
    QVERIFY(two.ask("b").status >= 400);
    QCOMPARE(two.ask("not-meant").status, 200);
    QCOMPARE(server.requests, 1);
    Member late(QStringLiteral("gw-3"));
    late.add(QStringLiteral("c"), server);
    late.join(m_redis->port());
    QTRY_VERIFY(late.change(QStringLiteral("isolated by hand at gw-1")));
    two.rig.engine.release(QStringLiteral("b"));
    QTRY_VERIFY(one.change(QStringLiteral("released by hand at gw-2")));
    QTRY_VERIFY(late.change(QStringLiteral("released by hand at gw-2")));
    QCOMPARE(one.ask().status, 200);
    Member later(QStringLiteral("gw-4"));
    later.add(QStringLiteral("d"), server);
    later.join(m_redis->port());
    QTRY_VERIFY(later.fleet->isConnected());
    QTest::qWait(200);
    QVERIFY(!later.change(QStringLiteral("by hand")));
}

void FleetTest::whatWasDoneWhileRedisWasAwayIsTold()
{
    RawServer server;
    answerWith(server, "200 OK", fleetAnswer);
    Member one(QStringLiteral("gw-1")), two(QStringLiteral("gw-2"));
    one.add(QStringLiteral("a"), server);
    two.add(QStringLiteral("a"), server);
    one.join(m_redis->port());
    two.join(m_redis->port());
    QTRY_VERIFY(one.fleet->isConnected() && two.fleet->isConnected());
    m_redis->stop();
    QTRY_VERIFY(!one.fleet->isConnected() && !two.fleet->isConnected());
    one.rig.engine.isolate(QStringLiteral("a"));
    QCOMPARE(m_redis->start(), QString());
    QTRY_VERIFY(two.change(QStringLiteral("isolated by hand at gw-1")));
    m_redis->stop(); // which keeps nothing
    QTRY_VERIFY(!one.fleet->isConnected() && !two.fleet->isConnected());
    one.fleet.reset();
    QCOMPARE(m_redis->start(), QString());
    Member late(QStringLiteral("gw-3"));
    late.add(QStringLiteral("c"), server);
    late.join(m_redis->port());
    QTRY_VERIFY(late.change(QStringLiteral("isolated by hand at gw-1"))); // from gw-2, which obeys it
}

void FleetTest::withoutRedisEachGoesOnAlone()
{
    RawServer server, empty;
    answerWith(server, "200 OK", fleetAnswer);
    answerWith(empty, "429 Too Many Requests", quotaError);
    Member one(QStringLiteral("gw-1"));
    one.add(QStringLiteral("a"), server);
    one.add(QStringLiteral("empty"), empty);
    one.join(m_redis->port());
    QTRY_VERIFY(one.fleet->isConnected());
    m_redis->stop();
    QTRY_COMPARE(one.lines.size(), 1);
    QVERIFY2(one.lines[0].contains(QStringLiteral("is away")), qPrintable(one.lines[0]));
    QCOMPARE(one.status()[QLatin1String("connected")], QJsonValue(false));
    QVERIFY(!one.status()[QLatin1String("why")].toString().isEmpty());
    QCOMPARE(one.ask().status, 200);
    one.ask("empty"); // learned while Redis is away
    QTest::qWait(500);
    QCOMPARE(one.lines.size(), 1);
    QCOMPARE(m_redis->start(), QString());
    QTRY_VERIFY(one.fleet->isConnected());
    QTRY_COMPARE(one.lines.size(), 2);
    QVERIFY2(one.lines[1].contains(QStringLiteral("there again")), qPrintable(one.lines[1]));
    Member two(QStringLiteral("gw-2"));
    two.add(QStringLiteral("other"), empty);
    two.join(m_redis->port());
    QTRY_VERIFY(two.change(QStringLiteral("blocked by the fleet: gw-1")));
    QCOMPARE(empty.requests, 1);
}

void FleetTest::aPartitionHoldsNoCallUp()
{
    RawServer server, empty;
    answerWith(server, "200 OK", fleetAnswer);
    answerWith(empty, "429 Too Many Requests", quotaError);
    StallingProxy proxy(m_redis->port());
    Member one(QStringLiteral("gw-1")), two(QStringLiteral("gw-2"));
    one.add(QStringLiteral("a"), server);
    one.add(QStringLiteral("empty"), empty);
    two.add(QStringLiteral("empty"), empty);
    one.join(proxy.serverPort());
    two.join(m_redis->port());
    QTRY_VERIFY(one.fleet->isConnected() && two.fleet->isConnected());
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 20; ++i)
        QCOMPARE(one.ask("a").status, 200);
    const qint64 before = timer.restart();
    proxy.stalled = true;
    for (int i = 0; i < 20; ++i)
        QCOMPARE(one.ask("a").status, 200);
    const qint64 during = timer.elapsed();
    QVERIFY2(during < 3 * before + 2'000,
             qPrintable(QStringLiteral("%1 ms before, %2 ms during").arg(before).arg(during)));
    QTRY_VERIFY(!one.fleet->isConnected());
    QVERIFY2(one.lines.value(0).contains(QStringLiteral("it does not answer")), qPrintable(one.lines.value(0)));
    one.ask("empty");
    QTest::qWait(300);
    QVERIFY(!two.change(QStringLiteral("by the fleet")));
    proxy.heal();
    QTRY_VERIFY(two.change(QStringLiteral("blocked by the fleet: gw-1")));
    QVERIFY(one.fleet->isConnected());
}

/// And what was heard before it does not come back.
void FleetTest::aReleaseDuringAPartitionIsHeardAfterIt()
{
    RawServer server;
    answerWith(server, "200 OK", fleetAnswer);
    StallingProxy proxy(m_redis->port());
    Member one(QStringLiteral("gw-1")), two(QStringLiteral("gw-2"));
    const FleetWord word = blockOf(one.add(QStringLiteral("a"), server));
    two.add(QStringLiteral("b"), server);
    one.join(m_redis->port());
    two.join(proxy.serverPort());
    QTRY_VERIFY(one.fleet->isConnected() && two.fleet->isConnected());
    write(word, "retryscope:1:w:somebody:1", "60000");
    QTRY_VERIFY(one.change(QStringLiteral("blocked by the fleet: gw-9")));
    QTRY_VERIFY(two.change(QStringLiteral("blocked by the fleet: gw-9")));
    proxy.stalled = true;
    QTRY_VERIFY(!two.fleet->isConnected());
    one.rig.engine.release(QStringLiteral("a"));
    QTest::qWait(200);
    proxy.heal();
    QTRY_VERIFY(two.change(QStringLiteral("released by hand at gw-1")));
    QTest::qWait(300);
    QCOMPARE(one.ask().status, 200);
    QCOMPARE(two.ask().status, 200);
    QCOMPARE(server.requests, 2);
}

void FleetTest::wordsExpireByThemselves()
{
    RawServer server;
    answerWith(server, "200 OK", fleetAnswer);
    StallingProxy proxy(m_redis->port());
    Member one(QStringLiteral("gw-1"));
    const FleetWord word = blockOf(one.add(QStringLiteral("a"), server));
    one.rig.configuration.retry.deadline = 10s;
    one.join(proxy.serverPort());
    QTRY_VERIFY(one.fleet->isConnected());
    write(word, "retryscope:1:w:somebody:1", "1500"); // says a minute, but Redis knows better
    QTRY_VERIFY(one.change(QStringLiteral("blocked by the fleet: gw-9")));
    QVERIFY(*one.change(QStringLiteral("blocked by the fleet: gw-9"))->openFor <= 1500ms);
    proxy.stalled = true;             // nobody can tell that it is over
    QVERIFY(one.ask().status == 200); // waits for it
    QCOMPARE(server.requests, 1);
    QTRY_COMPARE(one.fleet->status()[QLatin1String("words")], QJsonValue(0));
}

void FleetTest::hostileValuesAreIgnored()
{
    RawServer server;
    answerWith(server, "200 OK", fleetAnswer);
    Member one(QStringLiteral("gw-1"));
    const FleetWord good = blockOf(one.add(QStringLiteral("a"), server));
    const QByteArray json = toJson(good), root = "retryscope:1:w:x:";
    const std::pair<QByteArray, QByteArray> values[] = {
        {"garbage", "\x00\xff{{{"},
        {"newer", QByteArray(json).replace("\"v\":1", "\"v\":2")},
        {"long", QByteArray(100'000, 'x')},
        {"scope", QByteArray(json).replace("\"account\"", "\"request\"")},
        {"time", QByteArray(json).replace("60000", "1e300")},
    };
    for (const auto &[key, value] : values)
        write(good, root + key, "60000"), m_redis->ask({"SET", root + key, value, "PX", "60000"});
    m_redis->ask({"LPUSH", root + "list", "x"});
    m_redis->ask({"SET", root + "forever", json});
    m_redis->ask(
        {"SADD", "retryscope:1:words", root + "list", root + "forever", "somebody-elses", QByteArray(5000, 'k')});
    m_redis->ask({"SET", "somebody-elses", json, "PX", "60000"});
    one.join(m_redis->port());
    QTRY_VERIFY(one.fleet->isConnected());
    QTRY_COMPARE(one.lines.size(), 2);
    for (const QByteArray &news :
         QByteArrayList{"", "!", "\xff\xfe", root + "gone", root + "garbage", QByteArray(10'000, 'n')})
        m_redis->ask({"PUBLISH", "retryscope:1:news", news});
    m_redis->ask({"LPUSH", "retryscope:1:m:strange", "x"});
    m_redis->ask({"SADD", "retryscope:1:members", "strange", "\n\x1b[31m"});
    QTest::qWait(300);
    QCOMPARE(one.lines.size(), 2); // once for each kind
    QVERIFY(one.lines.filter(QStringLiteral("newer version")).size() == 1);
    QVERIFY(!one.change(QString()));
    QCOMPARE(one.ask().status, 200);
    QVERIFY(one.fleet->isConnected());
    write(good, root + "good", "60000");
    QTRY_VERIFY(one.change(QStringLiteral("blocked by the fleet: gw-9")));
}

void FleetTest::aWrongPasswordIsSaidOnce()
{
    m_redis->stop();
    QCOMPARE(m_redis->start(QStringLiteral("the-right-one")), QString());
    qputenv("FLEET_PASSWORD", "the-right-one");
    qputenv("FLEET_WRONG", "the-wrong-one");
    RawServer server;
    answerWith(server, "200 OK", fleetAnswer);
    Member right(QStringLiteral("gw-1")), wrong(QStringLiteral("gw-2")), none(QStringLiteral("gw-3"));
    for (Member *member : {&right, &wrong, &none})
        member->add(QStringLiteral("a"), server);
    right.join(m_redis->port(), QStringLiteral("?password=env:FLEET_PASSWORD"));
    wrong.join(m_redis->port(), QStringLiteral("?password=env:FLEET_WRONG"));
    none.join(m_redis->port());
    QTRY_VERIFY(right.fleet->isConnected());
    QTRY_VERIFY(!wrong.lines.isEmpty() && !none.lines.isEmpty());
    QTest::qWait(300);
    QCOMPARE(wrong.lines.size(), 1);
    QVERIFY2(wrong.lines[0].contains(QStringLiteral("FLEET_WRONG")), qPrintable(wrong.lines[0]));
    QVERIFY2(none.lines[0].contains(QStringLiteral("?password=env:NAME")), qPrintable(none.lines[0]));
    const QByteArray shown = QJsonDocument(wrong.status()).toJson() + wrong.lines.join(QLatin1Char(' ')).toUtf8();
    QVERIFY2(!shown.contains("the-wrong-one"), shown.constData());
    QCOMPARE(wrong.ask().status, 200);
}

void FleetTest::noKeyIsInRedis()
{
    RawServer empty;
    answerWith(empty, "429 Too Many Requests", quotaError);
    Member one(QStringLiteral("gw-1"));
    one.add(QStringLiteral("a"), empty);
    one.join(m_redis->port());
    QTRY_VERIFY(one.fleet->isConnected());
    one.ask();
    one.rig.engine.isolate(QStringLiteral("a"));
    QTRY_VERIFY(m_redis->ask({"KEYS", "*"}).list.size() >= 4);
    QByteArray all;
    for (const RedisValue &key : m_redis->ask({"KEYS", "*"}).list) {
        all += key.text + '\n' + m_redis->ask({"GET", key.text}).text + '\n';
        QVERIFY2(m_redis->ask({"PTTL", key.text}).number > 0, key.text.constData());
    }
    QVERIFY2(!all.contains("sk-of") && !all.contains("FLEET_KEY"), all.constData());
    QVERIFY2(all.contains("quota_exhausted") && all.contains("isolate"), all.constData());
}

void FleetTest::overTlsItIsTheSame()
{
    QCOMPARE(startTls("DNS:localhost", true), QString());
    RawServer server;
    answerWith(server, "200 OK", fleetAnswer);
    Member one(QStringLiteral("gw-1")), two(QStringLiteral("gw-2"));
    const QString files = QStringLiteral("?ca=%1/ca.pem&cert=%1/client.pem&key=%1/client.key").arg(m_dir.path());
    for (Member *member : {&one, &two}) {
        member->add(QStringLiteral("a"), server);
        member->join(m_redis->port(), files, QStringLiteral("rediss://localhost"));
    }
    QTRY_VERIFY_WITH_TIMEOUT(one.fleet->isConnected() && two.fleet->isConnected(), 20'000);
    one.rig.engine.isolate(QStringLiteral("a"));
    QTRY_VERIFY_WITH_TIMEOUT(two.change(QStringLiteral("isolated by hand at gw-1")), 20'000);
    QCOMPARE(one.status()[QLatin1String("tls")], QJsonValue(true));
    m_redis->stop();
    QTRY_VERIFY_WITH_TIMEOUT(!two.fleet->isConnected(), 20'000);
    QCOMPARE(m_redis->start(), QString());
    QTRY_VERIFY_WITH_TIMEOUT(one.fleet->isConnected() && two.fleet->isConnected(), 20'000);
}

void FleetTest::overTlsNobodyIsBelievedWithoutACertificate_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("more"); // %1 stands for the folder
    QTest::addColumn<bool>("asksClients");
    QTest::addColumn<QString>("says");
    const QString tls = QStringLiteral("rediss://localhost"), ca = QStringLiteral("?ca=%1/ca.pem");
    QTest::newRow("an authority of nobody") << tls << QString() << false << QStringLiteral("cannot be trusted");
    QTest::newRow("another authority") << tls << QStringLiteral("?ca=%1/other.pem") << false
                                       << QStringLiteral("cannot be trusted");
    QTest::newRow("another host") << QStringLiteral("rediss://127.0.0.1") << ca << false
                                  << QStringLiteral("cannot be trusted");
    QTest::newRow("who comes is not said") << tls << ca << true << QStringLiteral("add cert=FILE&key=FILE");
    QTest::newRow("no such file") << tls << QStringLiteral("?ca=%1/missing.pem") << false << QStringLiteral("missing.pem");
    QTest::newRow("no certificate in it") << tls << QStringLiteral("?ca=%1/none.pem") << false
                                          << QStringLiteral("holds no certificate");
    QTest::newRow("no key in it") << tls << ca + QStringLiteral("&cert=%1/client.pem&key=%1/none.pem") << false
                                  << QStringLiteral("holds no RSA or EC key");
    QTest::newRow("no TLS") << QStringLiteral("redis://localhost") << QString() << false << QStringLiteral("away");
}

void FleetTest::overTlsNobodyIsBelievedWithoutACertificate()
{
    QFETCH(const QString, before);
    QFETCH(const QString, more);
    QFETCH(const bool, asksClients);
    QFETCH(const QString, says);
    QCOMPARE(startTls("DNS:localhost", asksClients), QString());
    RawServer server;
    answerWith(server, "200 OK", fleetAnswer);
    Member one(QStringLiteral("gw-1"));
    one.add(QStringLiteral("a"), server);
    one.join(m_redis->port(), more.contains(QLatin1String("%1")) ? more.arg(m_dir.path()) : more, before);
    QTRY_VERIFY_WITH_TIMEOUT(!one.lines.isEmpty(), 20'000);
    QVERIFY2(one.lines[0].contains(says), qPrintable(one.lines[0]));
    QVERIFY(!one.fleet->isConnected());
    QCOMPARE(one.ask().status, 200); // it goes on alone
}

/// A Redis without TLS is not spoken to in plain words where TLS was asked for.
void FleetTest::tlsIsNeverLeftOut()
{
    RawServer server;
    answerWith(server, "200 OK", fleetAnswer);
    Member one(QStringLiteral("gw-1"));
    one.add(QStringLiteral("a"), server);
    one.join(m_redis->port(), {}, QStringLiteral("rediss://localhost"));
    QTRY_VERIFY_WITH_TIMEOUT(!one.lines.isEmpty(), 20'000);
    QVERIFY2(one.lines[0].contains(QStringLiteral("is away")), qPrintable(one.lines[0]));
    QTest::qWait(300);
    QVERIFY(!one.fleet->isConnected());
    QCOMPARE(m_redis->ask({"KEYS", "*"}).list.size(), 0);
}

SUITE_TEST(FleetTest)
#include "tst_fleet.moc"
