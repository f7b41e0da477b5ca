// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"
#include "config/valuetext.h"
#include "support/suite.h"

#include <QLocale>
#include <QTest>

#include <cmath>

using namespace retryscope;

Q_DECLARE_METATYPE(ValueTextError)

/// Durations and numbers as people write them: read as meant or refused, never changed by a factor.
class ValueTextTest : public QObject
{
    Q_OBJECT
private slots:
    void readsDurations_data();
    void readsDurations();
    void refusesDurations_data();
    void refusesDurations();
    void aPlainNumberCountsTheUnitThatIsShown();
    void whatIsWrittenIsReadAgain();
    void readsNumbers_data();
    void readsNumbers();
    void theLocaleDecidesNothing();
};

void ValueTextTest::readsDurations_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<double>("seconds");
    const auto row = [](const char *text, double seconds) {
        QTest::newRow(text) << QString::fromUtf8(text) << seconds;
    };
    row("250 ms", 0.25);
    row("200ms", 0.2);
    row("2.5 s", 2.5);
    row("2,5 s", 2.5);
    row("2.5", 2.5);
    row("2,5", 2.5);
    row(".5", 0.5);
    row("0,125", 0.125);
    row("1.125", 1.125);
    row("1:30", 90.0);
    row("0:05", 5.0);
    row("1:02:30.5", 3750.5);
    row("90:00", 5400.0);
    row("1m30s", 90.0);
    row("1 m 30 s", 90.0);
    row("1h 5min", 3900.0);
    row("1m2,5s", 62.5);
    row("2m", 120.0);
    row("2 Min", 120.0);
    row("1.5 h", 5400.0);
    row("500 us", 0.0005);
    row("500 µs", 0.0005);
    row("  3  s ", 3.0);
    row("3\u00a0s", 3.0);
    row("0", 0.0);
    row("1000", 1000.0);
    row("1234567 ms", 1234.567);
}

void ValueTextTest::readsDurations()
{
    QFETCH(QString, text);
    QFETCH(double, seconds);
    const auto read = durationFromText(text);
    QVERIFY2(bool(read), qPrintable(text));
    QCOMPARE(*read, fromSeconds(seconds));
}

void ValueTextTest::refusesDurations_data()
{
    using enum ValueTextError;
    QTest::addColumn<QString>("text");
    QTest::addColumn<ValueTextError>("error");
    const auto row = [](const char *text, ValueTextError error) {
        QTest::newRow(text) << QString::fromUtf8(text) << error;
    };
    row("", Empty);
    row("  ", Empty);
    row("soon", NotANumber);
    row("s", NotANumber);
    row(".", NotANumber);
    row("2 fortnights", UnknownUnit);
    row("2 s later", NotANumber);
    row("-1 s", Negative);
    row("\u22121", Negative);
    row("1,000", GroupSeparator);
    row("1,000 s", GroupSeparator);
    row("12,345 ms", GroupSeparator);
    row("1.000,5", GroupSeparator);
    row("1,000.5", GroupSeparator);
    row("1.2.3", GroupSeparator);
    row("30s1m", UnitOrder);
    row("1s 1s", UnitOrder);
    row("1.5m30s", UnitOrder);
    row("1m30", NotANumber);
    row("1:75", ClockPart);
    row("1:5", ClockPart);
    row("1.5:30", ClockPart);
    row("1:2:3:4", ClockPart);
    row("1:30 s", NotANumber);
    row(":30", NotANumber);
    row("1e3", UnknownUnit);
    row("99999999999999 h", TooLarge);
    row("٣", NotANumber);
}

void ValueTextTest::refusesDurations()
{
    QFETCH(QString, text);
    QFETCH(ValueTextError, error);
    const auto read = durationFromText(text);
    QVERIFY2(!read, qPrintable(text));
    QCOMPARE(int(read.error()), int(error));
}

void ValueTextTest::aPlainNumberCountsTheUnitThatIsShown()
{
    QCOMPARE(*durationFromText(u"200", unitOf(500ms)), Duration(200ms));
    QCOMPARE(*durationFromText(u"200", unitOf(2s)), Duration(200s));
    QCOMPARE(*durationFromText(u"2", DurationUnit::Minutes), Duration(2min));
    QCOMPARE(*durationFromText(u"2", DurationUnit::Hours), Duration(2h));
    QCOMPARE(*durationFromText(u"200 ms", DurationUnit::Hours), Duration(200ms)); // a unit that is written decides
}

void ValueTextTest::whatIsWrittenIsReadAgain()
{
    QCOMPARE(durationToText(0s), QStringLiteral("0 s"));
    QCOMPARE(durationToText(250ms), QStringLiteral("250 ms"));
    QCOMPARE(durationToText(1500us), QStringLiteral("1.5 ms"));
    QCOMPARE(durationToText(1s), QStringLiteral("1 s"));
    QCOMPARE(durationToText(2500ms), QStringLiteral("2.5 s"));
    QCOMPARE(durationToText(24h), QStringLiteral("86400 s"));
    SeededRandom random(11);
    for (int i = 0; i < 20'000; ++i) {
        const Duration d(qint64(std::pow(10.0, 15.0 * random.uniform())));
        const auto read = durationFromText(durationToText(d), DurationUnit::Hours);
        QVERIFY2(read && *read == d, qPrintable(durationToText(d)));
    }
    for (const double value : {0.0, 0.05, 0.2, 1.0 / 3.0, 2.0, 10.0, 1234.5})
        QCOMPARE(*numberFromText(numberToText(value)), value);
}

void ValueTextTest::readsNumbers_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<double>("value"); // -1: refused
    QTest::addColumn<int>("whole");
    QTest::newRow("decimal comma") << QStringLiteral("2,5") << 2.5 << -1;
    QTest::newRow("decimal dot") << QStringLiteral("2.5") << 2.5 << -1;
    QTest::newRow("whole") << QStringLiteral("25") << 25.0 << 25;
    QTest::newRow("group or decimal") << QStringLiteral("1,000") << -1.0 << -1;
    QTest::newRow("both") << QStringLiteral("1.000,0") << -1.0 << -1;
    QTest::newRow("percent") << QStringLiteral("50 %") << -1.0 << -1;
    QTest::newRow("negative") << QStringLiteral("-2") << -1.0 << -1;
    QTest::newRow("too many digits") << QStringLiteral("12345678901") << 12345678901.0 << -1;
    QTest::newRow("exponent") << QStringLiteral("1e3") << -1.0 << -1;
}

void ValueTextTest::readsNumbers()
{
    QFETCH(QString, text);
    QFETCH(double, value);
    QFETCH(int, whole);
    const auto number = numberFromText(text);
    QCOMPARE(number ? *number : -1.0, value);
    const auto integer = wholeNumberFromText(text);
    QCOMPARE(integer ? *integer : -1, whole);
}

void ValueTextTest::theLocaleDecidesNothing()
{
    for (const auto language : {QLocale::German, QLocale::English, QLocale::French}) {
        QLocale::setDefault(QLocale(language));
        QCOMPARE(*durationFromText(u"2,5 s"), Duration(2500ms));
        QCOMPARE(*durationFromText(u"2.5 s"), Duration(2500ms));
        QCOMPARE(*numberFromText(u"0,25"), 0.25);
        QCOMPARE(durationToText(1234s), QStringLiteral("1234 s"));
    }
    QLocale::setDefault(QLocale::c());
}

SUITE_TEST(ValueTextTest)
#include "tst_valuetext.moc"
