// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/retryfields.h"
#include "simulator/sweep.h"
#include "support/suite.h"
#include "words/simulationwords.h"

using namespace retryscope;

namespace {

/// A provider that fails once in ten, for five minutes.
Sweep sweepOf(const char *text)
{
    Sweep sweep;
    sweep.scenario.length = 5min;
    sweep.scenario.models = {ProviderModel{}};
    sweep.scenario.models[0].failureShare = 0.1;
    sweep.base.config = std::make_shared<const RetryConfig>();
    Target target;
    target.provider = "p";
    target.model = "m";
    sweep.base.chain = {target};
    sweep.swept = *sweptFromText(QLatin1String(text));
    sweep.replications = 4;
    sweep.threads = 1;
    return sweep;
}

} // namespace

/// One field over many values, on the same luck.
class SweepTest final : public QObject
{
    Q_OBJECT
private slots:
    void valuesAreRead_data();
    void valuesAreRead();
    void whatCannotBeSweptIsNamed_data();
    void whatCannotBeSweptIsNamed();
    void everyFieldCanBeSwept();
    void aRowIsTheStudyOfItsValue();
    void threadsChangeNothingInASweep();
    void aContradictionIsFoundBeforeItIsPlayed();
    void aSweepStops();
};

void SweepTest::valuesAreRead_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("values");
    const auto row = [](const char *text, const QStringList &values) {
        QTest::newRow(text) << QString::fromLatin1(text) << values;
    };
    row("max_attempts=1,2,4", {"1", "2", "4"});
    row("max_attempts=1..5:5", {"1", "2", "3", "4", "5"});
    row("max_attempts=1..3:9", {"1", "2", "3"}); // whole numbers, each once
    row(" base_delay_s = 0.1 , 2.5 ", {"0.1", "2.5"});
    row("base_delay_s=0.5..1.5:3", {"0.5", "1", "1.5"});
    row("jitter=none,full,none", {"none", "full"});
    row("pace_from_headers=false,true", {"false", "true"});
}

void SweepTest::valuesAreRead()
{
    QFETCH(QString, text);
    QFETCH(QStringList, values);
    const auto swept = sweptFromText(text);
    QVERIFY2(swept, qPrintable(swept ? QString() : sentence(swept.error())));
    QStringList read;
    for (const double value : swept->values)
        read << valueText(*swept->field, value);
    QCOMPARE(read, values);
}

void SweepTest::whatCannotBeSweptIsNamed_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<SweepProblem::Kind>("kind");
    QTest::addColumn<QString>("word");
    using enum SweepProblem::Kind;
    const auto row = [](const char *text, SweepProblem::Kind kind, const char *word) {
        QTest::newRow(text) << QString::fromLatin1(text) << kind << QString::fromLatin1(word);
    };
    row("max_attempts", NoAssignment, "FIELD=VALUE");
    row("=3", NoAssignment, "FIELD=VALUE");
    row("max_atempts=3", UnknownField, "max_attempts");
    row("max_attempts=", NoValue, "from 1 to 20");
    row("max_attempts=1,,2", NoValue, "max_attempts");
    row("max_attempts=many", NotAValue, "\"many\"");
    row("jitter=1", NotAValue, "one of none, full");
    row("recovery_ramp=1", NotAValue, "true or false");
    row("max_attempts=1.5", NotWhole, "whole numbers");
    row("max_attempts=21", OutOfRange, "cannot be 21");
    row("base_delay_s=nan", OutOfRange, "from 0 to 600");
    row("base_delay_s=1..601:3", OutOfRange, "601");
    row("max_attempts=4..4:2", EmptyRange, "is empty");
    row("max_attempts=5..2:2", EmptyRange, "is empty");
    row("max_attempts=1..5", NoSteps, "FROM..TO:STEPS");
    row("max_attempts=1..5:1", NoSteps, "2 to 100");
    row("max_attempts=1..5:x", NoSteps, "FROM..TO:STEPS");
    row("jitter=none..full:2", WordsAreNamed, "commas");
    row("base_delay_s=0..9:101", TooMany, "At most 100");
    row("base_delay_s=0..9:99999999999999", TooMany, "At most 100");
}

void SweepTest::whatCannotBeSweptIsNamed()
{
    QFETCH(QString, text);
    QFETCH(SweepProblem::Kind, kind);
    QFETCH(QString, word);
    const auto swept = sweptFromText(text);
    QVERIFY(!swept);
    QCOMPARE(swept.error().kind, kind);
    QVERIFY2(sentence(swept.error()).contains(word), qPrintable(sentence(swept.error())));
    QString many = QStringLiteral("base_delay_s=0");
    for (int i = 1; i <= mostSweptValues; ++i)
        many += QStringLiteral(",%1").arg(i);
    QCOMPARE(sweptFromText(many).error().kind, SweepProblem::Kind::TooMany);
}

/// Every row of the table of fields gives its own ends back.
void SweepTest::everyFieldCanBeSwept()
{
    for (const RetryConfigField &field : retryConfigFields()) {
        QCOMPARE(retryConfigField(QLatin1String(field.key)), &field);
        const auto swept = sweptFromText(QStringLiteral("%1=%2,%3").arg(
            QLatin1String(field.key), valueText(field, field.minimum), valueText(field, field.maximum)));
        QVERIFY2(swept, field.key);
        QCOMPARE(swept->values, (QVector<double>{field.minimum, field.maximum}));
    }
}

void SweepTest::aRowIsTheStudyOfItsValue()
{
    const Sweep sweep = sweepOf("max_attempts=1,4,6");
    int told = 0;
    const SweepResult result = run(sweep, [&told](double) { ++told; });
    QVERIFY(result.complete);
    QCOMPARE(result.rows.size(), 3);
    QCOMPARE(told, 3 * 4); // the base is one of the values
    QVERIFY(result.rows[1].isBase && !result.rows[0].isBase);
    RetryConfig once;
    once.maxAttempts = 1;
    const Study study{sweep.scenario,
                      {sweep.base, {std::make_shared<const RetryConfig>(once), sweep.base.chain, false}},
                      sweep.replications,
                      sweep.seed,
                      1};
    const StudyResult played = run(study);
    for (int m = 0; m < measureCount; ++m) {
        const auto same = [m](const std::optional<Estimate> &a, const std::optional<Estimate> &b) {
            QCOMPARE(a.has_value(), b.has_value());
            if (a) {
                QCOMPARE(a->mean, b->mean);
                QVERIFY(a->halfWidth == b->halfWidth);
            }
            Q_UNUSED(m);
        };
        same(result.base[std::size_t(m)], played.of(0, Measure(m)));
        same(result.rows[0].measures[std::size_t(m)], played.of(1, Measure(m)));
        same(result.rows[0].lessBase[std::size_t(m)], played.difference(1, 0, Measure(m)));
    }
    const Estimate success = *result.rows[0].lessBase[std::size_t(Measure::Success)];
    QVERIFY(success.mean < -0.05 && !isNone(success)); // 0.9 instead of nearly all
    QVERIFY(result.rows[2].lessBase[std::size_t(Measure::Success)]->mean >= 0);
    QCOMPARE(result.rows[1].lessBase[std::size_t(Measure::P95)]->mean, 0.0);
}

void SweepTest::threadsChangeNothingInASweep()
{
    Sweep sweep = sweepOf("base_delay_s=0.1,1");
    const SweepResult one = run(sweep);
    sweep.threads = 3;
    QCOMPARE(run(sweep).digest, one.digest);
    sweep.seed = 2;
    QVERIFY(run(sweep).digest != one.digest);
}

void SweepTest::aContradictionIsFoundBeforeItIsPlayed()
{
    QVERIFY(!problemOf(sweepOf("base_delay_s=0.1,8")));
    const auto problem = problemOf(sweepOf("base_delay_s=0.1,9")); // above the longest delay
    QVERIFY(problem);
    QCOMPARE(problem->kind, SweepProblem::Kind::Contradiction);
    QVERIFY2(sentence(*problem).contains(QStringLiteral("Max delay")), qPrintable(sentence(*problem)));
}

void SweepTest::aSweepStops()
{
    const SweepResult result = run(sweepOf("max_attempts=1..20:20"), {}, [] { return true; });
    QVERIFY(!result.complete && result.rows.isEmpty());
}

SUITE_TEST(SweepTest)
#include "tst_sweep.moc"
