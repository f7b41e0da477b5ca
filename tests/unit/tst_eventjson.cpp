// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/historysamples.h"
#include "base/timeformat.h"
#include "support/suite.h"
#include "telemetry/event.h"

#include <QDateTime>
#include <QJsonDocument>

using namespace retryscope;

/// The line and the object are one encoding, and times are what Qt says they are.
class EventJsonTest : public QObject
{
    Q_OBJECT
private slots:
    void theLineIsTheObject();
    void strangeTextsAreEscaped_data();
    void strangeTextsAreEscaped();
    void timesAreWrittenAsQtWritesThem();
    void secondsComeBackAsTheSameNanoseconds();
    void aCostIsWrittenWithAsManyDigitsAsItHas_data();
    void aCostIsWrittenWithAsManyDigitsAsItHas();
};

void EventJsonTest::aCostIsWrittenWithAsManyDigitsAsItHas_data()
{
    QTest::addColumn<double>("cost");
    QTest::addColumn<QByteArray>("written");
    const auto row = [](double cost, const char *written) { QTest::newRow(written) << cost << QByteArray(written); };
    row(0.1 + 0.2, "0.3");
    row(3 * 1e-9, "3e-09");
    row(0.0000051 + 0.0000204, "2.55e-05");
    row(0.7 + 0.1, "0.8");
    row(0.0, "0");
    row(1.23456789012, "1.23456789012");
    row(123456.789012, "123456.789012");
    row(-0.25, "-0.25");
}

void EventJsonTest::aCostIsWrittenWithAsManyDigitsAsItHas()
{
    QFETCH(double, cost);
    QFETCH(QByteArray, written);
    Event e;
    e.kind = EventKind::CallFinished;
    e.costUsd = cost;
    const QByteArray line = toJsonLine(e);
    QVERIFY2(line.contains("\"cost_usd\":" + written + ",") || line.contains("\"cost_usd\":" + written + "}"), line);
    QCOMPARE(toJson(e)[QStringLiteral("cost_usd")].toDouble(), written.toDouble());
}

void EventJsonTest::theLineIsTheObject()
{
    const quint64 seed = 2'024;
    qInfo("seed %llu", seed);
    for (const Event &e :
         SampleTraffic(seed, WallTime(std::chrono::milliseconds(1'790'000'000'123)), std::chrono::milliseconds(777))
             .make(5'000)) {
        QJsonParseError error;
        const QJsonDocument line = QJsonDocument::fromJson(toJsonLine(e), &error);
        QVERIFY2(error.error == QJsonParseError::NoError, qPrintable(error.errorString()));
        QCOMPARE(line.object(), toJson(e));
        const auto back = eventFromJson(line.object());
        QVERIFY(back);
        QCOMPARE(toJson(*back), toJson(e));
    }
}

void EventJsonTest::strangeTextsAreEscaped_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("quotes and backslashes") << QStringLiteral("\"\\\" \\\\ \\n");
    QTest::newRow("line ends and tabs") << QStringLiteral("a\nb\r\n\tc");
    QTest::newRow("every control character")
        << QString::fromLatin1(QByteArray("\0\x01\x02\x08\x0b\x0c\x1b\x1f\x7f", 9));
    QTest::newRow("beyond Latin") << QStringLiteral("modèle 日本 😀");
}

void EventJsonTest::strangeTextsAreEscaped()
{
    QFETCH(const QString, text);
    Event e;
    e.detail = text;
    const QByteArray line = toJsonLine(e);
    QVERIFY(!line.contains('\n'));
    QCOMPARE(QJsonDocument::fromJson(line).object()[QLatin1String("detail")].toString(), text);
}

void EventJsonTest::timesAreWrittenAsQtWritesThem()
{
    SeededRandom random(5);
    for (int i = 0; i < 20'000; ++i) {
        const auto ms = qint64((random.uniform() - 0.2) * 253'402'300'799'999.0 / 0.8);
        const QDateTime qt = QDateTime::fromMSecsSinceEpoch(ms, Qt::UTC);
        QCOMPARE(formatWallTime(WallTime(std::chrono::milliseconds(ms))), qt.toString(Qt::ISODateWithMs));
    }
    QCOMPARE(formatWallTime(WallTime(std::chrono::milliseconds(951'782'400'007))),
             QStringLiteral("2000-02-29T00:00:00.007Z"));
}

void EventJsonTest::secondsComeBackAsTheSameNanoseconds()
{
    SeededRandom random(6);
    for (int i = 0; i < 100'000; ++i) {
        const Duration d{qint64(random.uniform() * 10.0 * 86'400e9)};
        QCOMPARE(fromSeconds(double(d.count()) / 1e9).count(), d.count());
    }
}

SUITE_TEST(EventJsonTest)
#include "tst_eventjson.moc"
