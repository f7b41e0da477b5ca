// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/suite.h"

#include <QJsonArray>

/// retryscope-cli explain: a response in, what it means and what would happen next out.
class ExplainTest : public QObject
{
    Q_OBJECT
private slots:
    void saysWhatARateLimitDoes();
    void saysWhichOwnRuleDecides();
    void readsStandardInput();
    void refusesWhatItCannotRead_data();
    void refusesWhatItCannotRead();
    void masksKeys();
    void checkWarnsOfModelsThatEnd();

private:
    static QJsonObject object(const QByteArray &json) { return QJsonDocument::fromJson(json).object(); }
    static constexpr const char *quota =
        R"({"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","code":"insufficient_quota"}})";
};

void ExplainTest::saysWhatARateLimitDoes()
{
    const CliProgram cli;
    const QString body =
        cli.write(QStringLiteral("body.json"),
                  R"({"error":{"message":"Slow down.","type":"requests","code":"rate_limit_exceeded"}})");
    const auto short1 = cli.run({"explain", "--status", "429", "--body", body, "--header", "Retry-After: 1", "--json"});
    QVERIFY2(short1.code == 0, short1.said());
    const QJsonObject soon = object(short1.out);
    QCOMPARE(soon["reason"].toString(), QStringLiteral("rate_limit"));
    QCOMPARE(soon["provider"].toString(), QStringLiteral("openai"));
    QCOMPARE(soon["next"]["action"].toString(), QStringLiteral("retry"));
    QCOMPARE(soon["next"]["source"].toString(), QStringLiteral("server"));
    QVERIFY(soon["next"]["wait_s"][0].toDouble() >= 1.0 && soon["next"]["wait_s"][1].toDouble() < 2.0);
    QCOMPARE(soon["blocks"].toArray().size(), 0);
    const QJsonObject later = object(cli.run({"explain", "--status", "429", "--body", body, "--header",
                                              "retry-after: 3600", "--provider", "mistral", "--json"})
                                         .out);
    QCOMPARE(later["next"]["action"].toString(), QStringLiteral("fail_over"));
    QCOMPARE(later["next"]["provider"].toString(), QStringLiteral("openai"));
    QCOMPARE(later["blocks"][0]["scope"].toString(), QStringLiteral("model"));
    QVERIFY(later["blocks"][0]["for_s"][0].toDouble() >= 3600);
    const auto words = cli.run({"explain", "--status", "429", "--body", body, "--header", "Retry-After: 1"});
    QVERIFY2(words.out.contains("rate limited (rate_limit); it concerns the model")
                 && words.out.contains("then asks openai again") && words.out.contains("a wait of 1.0 s"),
             words.said());
}

void ExplainTest::saysWhichOwnRuleDecides()
{
    const CliProgram cli;
    const QString body = cli.write(QStringLiteral("body.json"), quota);
    const QString config = cli.write(
        QStringLiteral("c.json"),
        R"({"providers":[{"id":"x","protocol":"openai_compatible","base_url":"https://relay.corp.test/v1","model":"m"}],
        "rules":[{"host":"*.corp.test","code":"insufficient_quota","reason":"temporary_failure","hint":3}]})");
    const auto ran = cli.run({"explain", "--config", config, "--status", "429", "--body", body});
    QVERIFY2(ran.code == 0, ran.said());
    QVERIFY2(ran.out.contains("rules[0], your own: code \"insufficient_quota\", host \"*.corp.test\""), ran.out);
    QVERIFY2(ran.out.contains("quota_exhausted by openai:insufficient_quota, without that rule"), ran.out);
    QVERIFY2(ran.out.contains("waits 3.0 s to "), ran.out);
    const QJsonObject json =
        object(cli.run({"explain", "--config", config, "--status", "429", "--body", body, "--json"}).out);
    QVERIFY(json["own_rule"].toBool());
    QCOMPARE(json["without_own_rule"]["scope"].toString(), QStringLiteral("account"));
}

void ExplainTest::readsStandardInput()
{
    const CliProgram cli;
    const auto ran = cli.run({"explain", "--status", "402", "--body", "-", "--json"}, quota);
    QCOMPARE(ran.code, 0);
    QCOMPARE(object(ran.out)["reason"].toString(), QStringLiteral("quota_exhausted"));
    const auto answer = cli.run({"explain", "--status", "200", "--body", "-"},
                                R"({"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]})");
    QVERIFY2(answer.out.contains("an answer that is whole") && answer.out.contains("the call is done"), answer.said());
    QCOMPARE(object(cli.run({"explain", "--status", "503", "--json"}).out)["rule"].toString(),
             QStringLiteral("status:503"));
}

void ExplainTest::refusesWhatItCannotRead_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("sentence");
    QTest::newRow("no status") << QStringList{} << 2 << QByteArray("--status takes");
    QTest::newRow("no number") << QStringList{"--status", "many"} << 2 << QByteArray("from 200 to 599");
    QTest::newRow("no status of a response") << QStringList{"--status", "99"} << 2 << QByteArray("from 200 to 599");
    QTest::newRow("no such file") << QStringList{"--status", "429", "--body", "/nowhere/body.json"} << 2
                                  << QByteArray("/nowhere/body.json ");
    QTest::newRow("a folder") << QStringList{"--status", "429", "--body", "/"} << 2
                              << QByteArray("--body takes a file");
    QTest::newRow("no header") << QStringList{"--status", "429", "--header", "Retry-After 20"} << 2
                               << QByteArray("such as --header \"Retry-After: 20\"");
    QTest::newRow("no provider") << QStringList{"--status", "429", "--provider", "nobody"} << 2
                                 << QByteArray("Use one of: openai, anthropic, google_ai, mistral.");
    QTest::newRow("a body without its option")
        << QStringList{"--status", "429", "body.json"} << 2 << QByteArray("--body FILE");
    QTest::newRow("an unknown option") << QStringList{"--code", "429"} << 2 << QByteArray("--help");
    QTest::newRow("a configuration that is none")
        << QStringList{"--status", "429", "--config", "/nowhere/c.json"} << 3 << QByteArray("/nowhere/c.json");
}

void ExplainTest::refusesWhatItCannotRead()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, sentence);
    const CliProgram cli;
    const auto ran = cli.run(QStringList{"explain"} + arguments);
    QTEST(ran.code, "code");
    QVERIFY2(ran.err.contains(sentence) && ran.out.isEmpty(), ran.said());
}

void ExplainTest::masksKeys()
{
    CliProgram cli;
    cli.set(QStringLiteral("OPENAI_API_KEY"), QStringLiteral("the-key-of-the-test-4711"));
    for (const QStringList &more : {QStringList{}, QStringList{"--json"}}) {
        const auto ran =
            cli.run(QStringList{"explain", "--status", "401", "--header", "x-request-id: the-key-of-the-test-4711",
                                "--body", "-"}
                        + more,
                    R"({"error":{"message":"Bad key the-key-of-the-test-4711.","code":"the-key-of-the-test-4711"}})");
        QVERIFY2(ran.code == 0 && !ran.said().contains("4711"), ran.said());
        QVERIFY2(ran.out.contains("[key]"), ran.out);
    }
    // and what has the look of a vendor's key, though nobody configured it
    for (const char *key : {"sk-proj-Qwertz0123456789", "gsk_Qwertz0123456789", "ghp_Qwertz0123456789",
                            "github_pat_Qwertz0123456789", "AIzaQwertz0123456789"}) {
        const QByteArray body = R"({"error":{"message":"Incorrect API key provided: )" + QByteArray(key)
                                + R"(.","code":"invalid_api_key"}})";
        const auto ran = cli.run({"explain", "--status", "401", "--body", "-"}, body);
        QVERIFY2(ran.code == 0 && !ran.said().contains("Qwertz") && ran.out.contains("[key]"), ran.said());
    }
}

void ExplainTest::checkWarnsOfModelsThatEnd()
{
    const CliProgram cli;
    const QString file = cli.write(
        QStringLiteral("c.json"),
        R"({"providers":[{"id":"g","protocol":"google_ai","base_url":"https://generativelanguage.googleapis.com/v1beta","model":"gemini-2.0-flash"},
        {"id":"a","protocol":"anthropic","base_url":"https://api.anthropic.com","model":"claude-haiku-4-5"}]})");
    const auto ran = cli.run({"check", file});
    QCOMPARE(ran.code, 0);
    QVERIFY2(ran.err.contains(
                 "warning: providers[0].model: Google's gemini-2.0-flash has been shut down. Choose another model."),
             ran.err);
    QVERIFY2(!ran.err.contains("providers[1].model"), ran.err);
}

SUITE_TEST(ExplainTest)
#include "tst_explain.moc"
