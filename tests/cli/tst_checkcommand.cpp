// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/suite.h"

#include <QJsonArray>

/// retryscope-cli check: what is valid and yet likely a mistake is a warning at its place.
class CheckCommandTest final : public QObject
{
    Q_OBJECT
private slots:
    void likelyMistakesAreWarnings_data();
    void likelyMistakesAreWarnings();
    void liveChecksAskTheProviders();
    void liveChecksNameTheStageThatFailed();
    void liveChecksRefuseWhatTheyCannotUse();
};

void CheckCommandTest::likelyMistakesAreWarnings_data()
{
    QTest::addColumn<QByteArray>("retry");
    QTest::addColumn<QByteArray>("warning"); // empty: none
    QTest::newRow("the default") << QByteArray("{}") << QByteArray();
    QTest::newRow("a first token that is never waited for")
        << QByteArray(R"({"first_token_timeout_s": 61})")
        << QByteArray("warning: retry.first_token_timeout_s: The first-token timeout of 1:01 never ends an attempt");
    QTest::newRow("just waited for") << QByteArray(R"({"first_token_timeout_s": 60})") << QByteArray();
    QTest::newRow("no second attempt")
        << QByteArray(R"({"jitter": "equal", "base_delay_s": 8, "deadline_s": 4, "attempt_timeout_s": 4,
                          "connect_timeout_s": 4, "first_token_timeout_s": 4, "slow_after_s": 2})")
        << QByteArray("warning: retry.deadline_s: No second attempt fits the deadline of 4.0 s");
}

void CheckCommandTest::likelyMistakesAreWarnings()
{
    QFETCH(QByteArray, retry);
    QFETCH(QByteArray, warning);
    const CliProgram cli;
    const QString file = cli.write("c.json", R"({"providers": [{"id": "a", "protocol": "openai_compatible",
        "base_url": "http://127.0.0.1:9/v1", "model": "m"}], "retry": )" + retry + "}");
    const auto ran = cli.run({"check", file});
    QVERIFY2(ran.code == 0, ran.said());
    QVERIFY2(warning.isEmpty() ? !ran.err.contains("retry.") : ran.err.contains(warning), ran.said());
}

void CheckCommandTest::liveChecksAskTheProviders()
{
    const CliProgram cli;
    const QString file = cli.write("c.json", R"({"providers": [{"id": "openai", "protocol": "openai", "simulated": true,
        "base_url": "http://127.0.0.1:0/openai/v1", "model": "openai-sim"}, {"id": "google_ai", "protocol": "google_ai",
        "simulated": true, "base_url": "http://127.0.0.1:0/google_ai/v1beta", "model": "google-sim"}]})");
    const auto ran = cli.run({"check", file, "--live"});
    QVERIFY2(ran.code == 0, ran.said());
    QVERIFY2(ran.err.contains("openai: Asks for the list of models and sends two short prompts"), ran.said());
    QVERIFY2(ran.out.contains("openai (openai-sim)") && ran.out.contains("google_ai (google-sim)"), ran.said());
    QVERIFY2(ran.out.count("Streaming") == 2 && !ran.out.contains("\u2717"), ran.said());
    for (const char *transport : {"qt", "curl"}) {
        const auto json = cli.run({"check", file, "--live", "--json", "--transport", transport, "google_ai"});
        QVERIFY2(json.code == 0, json.said());
        const QJsonObject told = QJsonDocument::fromJson(json.out.trimmed()).object();
        QCOMPARE(told[QLatin1String("provider")].toString(), QStringLiteral("google_ai"));
        QVERIFY(told[QLatin1String("passed")].toBool());
        QVERIFY(told[QLatin1String("models")].toArray().contains(QStringLiteral("google-sim")));
    }
}

void CheckCommandTest::liveChecksNameTheStageThatFailed()
{
    CliProgram cli;
    cli.unset(QStringLiteral("CHECK_COMMAND_KEY"));
    const QString file = cli.write("c.json", R"({"providers": [{"id": "a", "protocol": "openai",
        "base_url": "http://127.0.0.1:9/v1", "model": "m"}, {"id": "b", "protocol": "openai",
        "base_url": "http://127.0.0.1:9/v1", "model": "m", "key": "env:CHECK_COMMAND_KEY"}]})");
    const auto ran = cli.run({"check", file, "--live", "a"});
    QVERIFY2(ran.code == 1, ran.said());
    QVERIFY2(ran.out.contains("127.0.0.1:9 refused the connection.") && ran.out.contains("correct the port in base_url"), ran.said());
    QVERIFY2(!ran.out.contains("b (m)"), ran.said());
    const auto other = cli.run({"check", file, "--live", "b"});
    QVERIFY2(other.code == 1 && other.out.contains("CHECK_COMMAND_KEY"), other.said());
}

void CheckCommandTest::liveChecksRefuseWhatTheyCannotUse()
{
    const CliProgram cli;
    const QString file = cli.write("c.json", R"({"providers": [{"id": "a", "protocol": "openai",
        "base_url": "http://127.0.0.1:9/v1", "model": "m"}]})");
    const auto unknown = cli.run({"check", file, "--live", "nobody"});
    QVERIFY2(unknown.code == 2 && unknown.err.contains("There are: a."), unknown.said());
    QVERIFY2(cli.run({"check", file, "a"}).code == 2, "a name without --live");
    const auto transport = cli.run({"check", file, "--live", "--transport", "pigeon"});
    QVERIFY2(transport.code == 2 && transport.err.contains("qt or curl"), transport.said());
}

SUITE_TEST(CheckCommandTest)
#include "tst_checkcommand.moc"
