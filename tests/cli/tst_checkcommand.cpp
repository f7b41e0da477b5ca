// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/suite.h"

/// retryscope-cli check: what is valid and yet likely a mistake is a warning at its place.
class CheckCommandTest final : public QObject
{
    Q_OBJECT
private slots:
    void likelyMistakesAreWarnings_data();
    void likelyMistakesAreWarnings();
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

SUITE_TEST(CheckCommandTest)
#include "tst_checkcommand.moc"
