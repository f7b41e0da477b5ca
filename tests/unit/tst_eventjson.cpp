// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/historysamples.h"
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
};

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
