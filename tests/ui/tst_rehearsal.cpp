// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal.h"
#include "support/suite.h"

#include <QTest>
#include <QUrl>

using namespace retryscope;

/// What the demo shows of the two minutes before its first frame.
class RehearsalTest : public QObject
{
    Q_OBJECT
private slots:
    void everyAnswerCostsWhatItsListSays();
    void withoutAListTheCostIsUnknown();

private:
    static Events played(const PriceList &prices)
    {
        Configuration configuration;
        configuration.providers = simulatedProviders(QUrl(QStringLiteral("http://127.0.0.1")));
        return rehearse({configuration, prices}, 20s, SteadyTime(1h), WallTime(1'764'200'000'000ms), 5);
    }
};

void RehearsalTest::everyAnswerCostsWhatItsListSays()
{
    int priced = 0;
    for (const Event &event : played(PriceList::builtIn())) {
        if (event.kind != EventKind::CallFinished)
            continue;
        QVERIFY(event.costUsd && *event.costUsd > 0);
        ++priced;
    }
    QVERIFY2(priced >= 30, qPrintable(QString::number(priced)));
}

void RehearsalTest::withoutAListTheCostIsUnknown()
{
    for (const Event &event : played({}))
        QVERIFY(!event.costUsd);
}

SUITE_TEST(RehearsalTest)
#include "tst_rehearsal.moc"
