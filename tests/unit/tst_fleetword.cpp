// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/fleetlocation.h"
#include "fleet/fleetdirectory.h"
#include "policy/retryafter.h"
#include "support/suite.h"

#include <QTest>

#include <random>

using namespace retryscope;

class FleetWordTest : public QObject
{
    Q_OBJECT
private slots:
    void readsTheLine_data();
    void readsTheLine();
    void refusesWithASentence_data();
    void refusesWithASentence();
    void theConfigurationKeepsTheLine();
    void aWordIsReadAsItWasWritten_data();
    void aWordIsReadAsItWasWritten();
    void whatIsNoWordIsRefused_data();
    void whatIsNoWordIsRefused();
    void damagedWordsAreRefusedOrHarmless();
    void anAccountIsTheSameByAnyName();
    void anAddressIsReadAsAPersonWould();

private:
    static FleetWord block()
    {
        FleetWord w;
        w.scope = Scope::Account;
        w.at = QStringLiteral("openai https://api.example:443/v1");
        w.account = QStringLiteral("0123456789abcdef");
        w.provider = QStringLiteral("a");
        w.reason = RetryReason::QuotaExhausted;
        w.life = 90s;
        w.member = QStringLiteral("m1");
        w.by = QStringLiteral("gw-1");
        return w;
    }
    static FleetWord limits()
    {
        FleetWord w = block();
        w.kind = FleetWord::Kind::Limits;
        w.scope = Scope::Model;
        w.model = QStringLiteral("m");
        w.reason = RetryReason::RateLimit;
        w.wait = 5s;
        w.limits = {{LimitKind::Requests, 60, 0, 30s, false}, {LimitKind::OutputTokens, {}, 1'000'000, 90s, true}};
        return w;
    }
};

void FleetWordTest::readsTheLine_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<FleetLocation>("location");
    const FleetLocation plain{QStringLiteral("r.example"), {}};
    QTest::newRow("a host alone") << QStringLiteral("redis://r.example") << plain;
    QTest::newRow("everything") << QStringLiteral("redis://ops@[::1]:6380/3?password=env:REDIS_PW&prefix=team:a")
                                << FleetLocation{QStringLiteral("::1"),      QStringLiteral("ops"),   6380, 3,
                                                 QStringLiteral("REDIS_PW"), QStringLiteral("team:a")};
    FleetLocation tls = plain;
    tls.tls = true;
    QTest::newRow("TLS") << QStringLiteral("rediss://r.example") << tls;
    tls.caFile = QStringLiteral("/etc/ca.pem");
    tls.certificateFile = QStringLiteral("/etc/our own.pem");
    tls.keyFile = QStringLiteral("/etc/key.pem");
    QTest::newRow("TLS with files")
        << QStringLiteral("rediss://r.example?ca=/etc/ca.pem&cert=/etc/our%20own.pem&key=/etc/key.pem") << tls;
}

void FleetWordTest::readsTheLine()
{
    QFETCH(const QString, line);
    QFETCH(const FleetLocation, location);
    const auto read = fleetLocationFromText(line);
    QVERIFY2(read, read ? "" : qPrintable(read.error()));
    QVERIFY(*read == location);
}

void FleetWordTest::refusesWithASentence_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("says");
    QTest::newRow("another scheme") << QStringLiteral("http://h") << QStringLiteral("Must be redis://");
    QTest::newRow("an authority without TLS") << QStringLiteral("redis://h/0?ca=/a.pem") << QStringLiteral("Write rediss://");
    QTest::newRow("a file from somewhere") << QStringLiteral("rediss://h/0?ca=a.pem") << QStringLiteral("the whole path");
    QTest::newRow("a certificate without its key") << QStringLiteral("rediss://h/0?cert=/a.pem")
                                                   << QStringLiteral("cert and key belong together");
    QTest::newRow("a password") << QStringLiteral("redis://:s3cr3t@h/0") << QStringLiteral("A password may not stand");
    QTest::newRow("a literal in the query")
        << QStringLiteral("redis://h/0?password=s3cr3t") << QStringLiteral("must be a reference");
    QTest::newRow("no host") << QStringLiteral("redis:///0") << QStringLiteral("server or its port is missing");
    QTest::newRow("no port") << QStringLiteral("redis://h:0/0") << QStringLiteral("server or its port is missing");
    QTest::newRow("a database by name") << QStringLiteral("redis://h/s3cr3t")
                                        << QStringLiteral("The database is a number");
    QTest::newRow("a wild prefix") << QStringLiteral("redis://h/0?prefix=a%20b")
                                   << QStringLiteral("prefix has 1 to 64");
    QTest::newRow("unknown") << QStringLiteral("redis://h/0?s3cr3t=1") << QStringLiteral("only password=env:NAME");
}

void FleetWordTest::refusesWithASentence()
{
    QFETCH(const QString, line);
    QFETCH(const QString, says);
    const auto read = fleetLocationFromText(line);
    QVERIFY(!read);
    QVERIFY2(read.error().contains(says), qPrintable(read.error()));
    QVERIFY2(!read.error().contains(QStringLiteral("s3cr3t")), qPrintable(read.error()));
}

void FleetWordTest::theConfigurationKeepsTheLine()
{
    const QByteArray json = R"({"fleet": "redis://h/1", "providers": []})";
    const LoadedConfiguration loaded = configurationFromJson(json);
    QCOMPARE(loaded.configuration.fleet, QStringLiteral("redis://h/1"));
    QCOMPARE(configurationFromJson(toJson(loaded.configuration)).configuration.fleet, QStringLiteral("redis://h/1"));
    const auto issueOf = [](const QByteArray &text) {
        for (const ConfigIssue &issue : configurationFromJson(text).issues) {
            if (issue.where == QLatin1String("fleet"))
                return issue.message;
        }
        return QString();
    };
    const QString literal = issueOf(R"({"fleet": "redis://:pw@h/1"})"), number = issueOf(R"({"fleet": 7})");
    QVERIFY(issueOf(json).isEmpty());
    QVERIFY(literal.contains(QStringLiteral("password")));
    QVERIFY(number.contains(QStringLiteral("text in quotes")));
}

void FleetWordTest::aWordIsReadAsItWasWritten_data()
{
    QTest::addColumn<FleetWord>("word");
    QTest::newRow("block") << block();
    QTest::newRow("limits") << limits();
    FleetWord circuit = block();
    circuit.kind = FleetWord::Kind::Circuit;
    circuit.scope = Scope::Model;
    circuit.model = QStringLiteral("gpt \"x\" \\ é");
    QTest::newRow("circuit") << circuit;
    FleetWord hand = block();
    hand.kind = FleetWord::Kind::Hand;
    hand.scope = Scope::Provider;
    hand.reason = RetryReason::None;
    hand.act = QStringLiteral("act-1");
    QTest::newRow("isolate") << hand;
    hand.hand = Hand::Release;
    QTest::newRow("release") << hand;
}

void FleetWordTest::aWordIsReadAsItWasWritten()
{
    QFETCH(const FleetWord, word);
    const auto read = wordFromJson(toJson(word));
    QVERIFY(read);
    QCOMPARE(toJson(*read), toJson(word));
    QVERIFY(*read == word);
}

void FleetWordTest::whatIsNoWordIsRefused_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<WordProblem>("problem");
    const auto with = [](const FleetWord &word, const char *from, const char *to) {
        const QByteArray json = toJson(word);
        return json.contains(from) ? QByteArray(json).replace(from, to) : QByteArray("the test is wrong");
    };
    const auto row = [](const char *name, const QByteArray &json, WordProblem problem = WordProblem::Garbage) {
        QVERIFY2(json != "the test is wrong", name);
        QTest::newRow(name) << json << problem;
    };
    row("nothing", {});
    row("no JSON", "\xff{");
    row("a list", "[1]");
    row("no version", with(block(), "\"v\":1", "\"w\":1"));
    row("a newer version", with(block(), "\"v\":1", "\"v\":2"), WordProblem::Newer);
    row("a newer version of another shape", R"({"v":3,"what":[]})", WordProblem::Newer);
    row("an unknown kind", with(block(), "\"block\"", "\"blob\""));
    row("an unknown scope", with(block(), "\"scope\":\"account\"", "\"scope\":\"all\""));
    row("of a request", with(block(), "\"scope\":\"account\"", "\"scope\":\"request\""));
    row("an unknown reason", with(block(), "quota_exhausted", "bad_mood"));
    row("for ever", with(block(), "90000", "1e300"));
    row("for a year", with(block(), "90000", "31536000000"));
    row("for no time", with(block(), "90000", "0"));
    row("for less", with(block(), "90000", "-5"));
    row("a time in words", with(block(), "90000", "\"90000\""));
    row("of no account", with(block(), "\"account\":\"0123456789abcdef\",", ""));
    row("at no address", with(block(), "openai https://api.example:443/v1", ""));
    row("by nobody", with(block(), "\"member\":\"m1\"", "\"member\":\"\""));
    row("half a limit", with(limits(), "\"remaining\":0,", ""));
    row("less than nothing left", with(limits(), "\"remaining\":0,", "\"remaining\":-1,"));
    row("too many left", with(limits(), "\"remaining\":0,", "\"remaining\":1e19,"));
    row("an unknown limit", with(limits(), "\"requests\"", "\"wishes\""));
    FleetWord large = block();
    large.model = QString(5000, QLatin1Char('m'));
    row("too large", toJson(large));
    large.model = QString(400, QLatin1Char('m'));
    row("a text too long", toJson(large));
    FleetWord many = limits();
    for (int i = 0; i < 5; ++i)
        many.limits.push_back(many.limits.front());
    row("too many limits", toJson(many));
    row("deep", QByteArray(2000, '[') + QByteArray(2000, ']'));
}

void FleetWordTest::whatIsNoWordIsRefused()
{
    QFETCH(const QByteArray, json);
    QFETCH(const WordProblem, problem);
    const auto read = wordFromJson(json);
    QVERIFY(!read);
    QCOMPARE(int(read.error()), int(problem));
}

/// Whatever is believed lies within the bounds.
void FleetWordTest::damagedWordsAreRefusedOrHarmless()
{
    const quint32 seed = 20261126;
    std::mt19937 random(seed);
    int believed = 0;
    for (int i = 0; i < 20'000; ++i) {
        QByteArray json = toJson(i % 2 ? block() : limits());
        for (quint32 n = 1 + random() % 3; n > 0; --n) {
            const qsizetype at = qsizetype(random() % quint32(json.size()));
            switch (random() % 3) {
            case 0: json[at] = char(random()); break;
            case 1: json.remove(at, qsizetype(random() % 20)); break;
            default: json.insert(at, json.mid(qsizetype(random() % quint32(json.size())), 10)); break;
            }
            if (json.isEmpty())
                json = "{";
        }
        const auto read = wordFromJson(json);
        if (!read)
            continue;
        ++believed;
        const bool sane = read->life > 0s && read->life <= maxHint && read->wait >= 0s && read->wait <= maxHint
                          && !read->at.isEmpty() && read->at.size() <= 300 && read->by.size() <= 64
                          && read->limits.size() <= 4 && !read->by.contains(QLatin1Char('\n'));
        QVERIFY2(sane,
                 qPrintable(QStringLiteral("seed %1, round %2: %3").arg(seed).arg(i).arg(QString::fromUtf8(json))));
    }
    QVERIFY(believed > 100); // the damage is small enough to be a test of both
}

void FleetWordTest::anAccountIsTheSameByAnyName()
{
    qputenv("FLEET_A", "sk-one");
    qputenv("FLEET_B", "sk-one");
    qputenv("FLEET_C", "sk-two");
    const auto directory = [](const QString &id, const QString &url, const QString &key, bool simulated = false) {
        ProviderConfig p;
        p.id = id;
        p.baseUrl = QUrl(url);
        p.model = QStringLiteral("m");
        p.keyReference = key;
        p.simulated = simulated;
        Configuration c;
        c.providers = {p};
        FleetDirectory d;
        d.configure(c);
        return d;
    };
    const QString url = QStringLiteral("https://api.example/v1");
    const auto mine = directory(QStringLiteral("a"), url, QStringLiteral("env:FLEET_A"));
    Learned quota{Learned::Kind::Block,
                  Scope::Account,
                  {},
                  {},
                  QStringLiteral("env:FLEET_A@api.example"),
                  RetryReason::QuotaExhausted,
                  60s,
                  {}};
    const auto word = mine.wordFor(quota);
    QVERIFY(word);
    QVERIFY(!toJson(*word).contains("sk-one"));
    const auto heard =
        directory(QStringLiteral("b"), QStringLiteral("https://API.example:443/v1/"), QStringLiteral("env:FLEET_B"))
            .evidenceOf(*word);
    QCOMPARE(heard.size(), 1);
    QCOMPARE(heard[0].provider, QStringLiteral("b"));
    QCOMPARE(heard[0].account, QStringLiteral("env:FLEET_B@api.example:443"));
    QVERIFY(directory(QStringLiteral("b"), url, QStringLiteral("env:FLEET_C")).evidenceOf(*word).isEmpty());
    QVERIFY(directory(QStringLiteral("b"), QStringLiteral("https://api.example/v2"), QStringLiteral("env:FLEET_A"))
                .evidenceOf(*word)
                .isEmpty());
    QVERIFY(directory(QStringLiteral("b"), url, QStringLiteral("env:FLEET_A"), true).evidenceOf(*word).isEmpty());
}

void FleetWordTest::anAddressIsReadAsAPersonWould()
{
    const auto address = [](const char *url) {
        ProviderConfig p;
        p.baseUrl = QUrl(QLatin1String(url));
        return addressOf(p);
    };
    QCOMPARE(address("https://API.example/v1/"), address("https://api.example:443/v1"));
    QCOMPARE(address("https://u:p@api.example/v1?key=x#f"), address("https://api.example/v1"));
    QVERIFY(address("http://api.example/v1") != address("https://api.example/v1"));
    QVERIFY(address("https://api.example/v1") != address("https://api.example/v2"));
    QVERIFY(address("https://api.example:8443/v1") != address("https://api.example/v1"));
    QVERIFY(!address("https://u:p@api.example/v1?key=x").contains(QLatin1Char('p') + QStringLiteral("@")));
    QVERIFY(accountHash(address("https://a.example"), "k") != accountHash(address("https://b.example"), "k"));
}

SUITE_TEST(FleetWordTest)
#include "tst_fleetword.moc"
