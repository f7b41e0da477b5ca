// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/incidenttracker.h"
#include "support/suite.h"
#include "words/incidentwords.h"

#include <QJsonDocument>
#include <QTest>

using namespace retryscope;

namespace {

QJsonObject sound()
{
    return QJsonDocument::fromJson(
               R"({"schema":1,"id":1,"provider":"openai","trigger":"failures","ending":"recovered","started":"2026-11-25T10:00:00.000Z","opened":"2026-11-25T10:00:10.000Z",
        "ended":"2026-11-25T10:01:00.000Z","last_seen":"2026-11-25T10:01:00.000Z","lasted_s":60,"affected_calls":3,"failed_attempts":5,"carried_by":{"anthropic":3}})")
        .object();
}

} // namespace

/// A file of incidents may hold anything: what is read is within what can be, so that nothing computed from it overflows.
class DamagedIncidentsTest : public QObject
{
    Q_OBJECT
private slots:
    void anyValueIsMovedIntoWhatCanBe_data();
    void anyValueIsMovedIntoWhatCanBe();
};

void DamagedIncidentsTest::anyValueIsMovedIntoWhatCanBe_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QJsonValue>("value");
    for (const char *key : {"started", "opened", "ended", "last_seen"}) {
        for (const char *time : {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1969-01-01T00:00:00Z"})
            QTest::addRow("%s %s", key, time) << QString::fromLatin1(key) << QJsonValue(QLatin1String(time));
    }
    for (const char *key : {"lasted_s", "added_total_s", "added_worst_s", "added_median_s", "affected_calls",
                            "failed_attempts", "reopened", "id"}) {
        for (const double number : {1e300, -1e300, 9.3e18, -1.0})
            QTest::addRow("%s %g", key, number) << QString::fromLatin1(key) << QJsonValue(number);
    }
    QTest::newRow("nobody carried anything")
        << QStringLiteral("carried_by") << QJsonValue(QJsonObject{{QStringLiteral("anthropic"), 0}});
    QTest::newRow("two carried more than there is")
        << QStringLiteral("carried_by")
        << QJsonValue(QJsonObject{{QStringLiteral("anthropic"), qint64(9'223'372'036'854'775'807)},
                                  {QStringLiteral("mistral"), qint64(9'223'372'036'854'775'807)}});
    QTest::newRow("reasons beyond counting")
        << QStringLiteral("reasons")
        << QJsonValue(QJsonObject{{QStringLiteral("rate_limit"), qint64(-5)}, {QStringLiteral("network"), 1e300}});
}

void DamagedIncidentsTest::anyValueIsMovedIntoWhatCanBe()
{
    QFETCH(QString, key);
    QFETCH(QJsonValue, value);
    QJsonObject object = sound();
    object[key] = value;
    const auto incident = incidentFromJson(object);
    if (!incident)
        return; // refused as a whole is fine too
    QVERIFY(incident->lasted >= Duration::zero()
            && incident->addedWorst().value_or(Duration::zero()) >= Duration::zero());
    QVERIFY(!carriedText(*incident).contains(QLatin1String("nan"))
            && !carriedText(*incident).contains(QLatin1Char('-')));
    QVERIFY(!toSentence(*incident).isEmpty() && !toMarkdown(*incident).isEmpty() && !toCsv({*incident}).isEmpty());
    QEXPECT_FAIL("two carried more than there is", "open: clamped again when it is read back", Continue);
    QVERIFY(incidentFromJson(toJson(*incident)) == incident);
    IncidentTracker tracker;
    tracker.restore({*incident});
    Event failed;
    failed.kind = EventKind::AttemptFinished;
    failed.provider = QStringLiteral("openai");
    failed.reason = RetryReason::ServerError;
    failed.health = HealthSignal::Failure;
    failed.wall = WallTime(std::chrono::milliseconds(1'795'600'870'000));
    for (int i = 0; i < 20; ++i) {
        failed.at += 1s;
        failed.wall += 1s;
        tracker.onEvent(failed);
    }
    QVERIFY(tracker.openCount() <= 1);
}

SUITE_TEST(DamagedIncidentsTest)
#include "tst_damagedincidents.moc"
