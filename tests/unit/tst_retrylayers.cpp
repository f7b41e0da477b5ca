// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/retrylayers.h"
#include "support/suite.h"
#include "words/layerwords.h"

#include <QSet>

using namespace retryscope;

/// Layers that retry around each other.
class RetryLayersTest final : public QObject
{
    Q_OBJECT
private slots:
    void theyMultiply_data();
    void theyMultiply();
    void theTableIsWhole();
    void aSentence();
};

void RetryLayersTest::theyMultiply_data()
{
    QTest::addColumn<QVector<int>>("attempts"); // by place: queue, client, beyond
    QTest::addColumn<qint64>("requests");
    QTest::addColumn<double>("seconds"); // each layer waits 2 s in all; ours makes 4 attempts in 10 s
    QTest::newRow("none") << QVector<int>{1, 1, 1} << qint64(4) << 10.0;
    QTest::newRow("a client") << QVector<int>{1, 3, 1} << qint64(12) << 32.0;
    QTest::newRow("what is beyond us takes no time of its own") << QVector<int>{1, 1, 2} << qint64(8) << 10.0;
    QTest::newRow("4 attempts x 3 layers") << QVector<int>{1, 4, 4} << qint64(64) << 42.0;
    QTest::newRow("a queue repeats what the client repeats") << QVector<int>{5, 3, 1} << qint64(60) << 162.0;
}

void RetryLayersTest::theyMultiply()
{
    QFETCH(QVector<int>, attempts);
    QFETCH(qint64, requests);
    QFETCH(double, seconds);
    QVector<LayerUse> layers;
    for (int place = 0; place < layerPlaceCount; ++place)
        layers.append({LayerPlace(place), attempts[place], 2s});
    const LayersTotal total = multiplyLayers(layers, 4, 10s);
    QCOMPARE(total.requests, requests);
    QCOMPARE(toSeconds(total.longest), seconds);
    std::reverse(layers.begin(), layers.end()); // the place decides, not the order
    QCOMPARE(multiplyLayers(layers, 4, 10s).longest, total.longest);
}

void RetryLayersTest::theTableIsWhole()
{
    QSet<QString> keys;
    for (const RetryLayer &layer : retryLayers()) {
        const QString key = QLatin1String(layer.key);
        QVERIFY2(!keys.contains(key) && !key.contains(QLatin1Char(' ')), layer.key);
        keys.insert(key);
        QCOMPARE(findRetryLayer(key), &layer);
        QVERIFY2(layer.attempts > 1 && layer.waits >= 0s && QByteArray(layer.off).size() > 10, layer.key);
    }
    QVERIFY(!findRetryLayer(QStringLiteral("nothing")) && !findRetryLayer(QString()));
}

void RetryLayersTest::aSentence()
{
    QCOMPARE(layersText({}, 1, 5s), QStringLiteral("Nothing else retries: one call is at most 1 request and takes up "
                                                   "to 5.0 s."));
    QCOMPARE(layersText({{LayerPlace::Client, 3, 1500ms}, {LayerPlace::Beyond, 2, 1s}}, 4, 10s),
             QStringLiteral("One call may become 3 × 4 × 2 = 24 requests and take up to 31.5 s. Let one layer retry, "
                            "and switch the others off."));
    const RetryLayer &sidekiq = *findRetryLayer(QStringLiteral("sidekiq"));
    const QString days = layersText({{sidekiq.place, sidekiq.attempts, sidekiq.waits}}, 4, 60s);
    QVERIFY2(days.contains(QStringLiteral("26 × 4 = 104 requests")) && days.contains(QStringLiteral("20 d 10 h")),
             qPrintable(days));
}

SUITE_TEST(RetryLayersTest)
#include "tst_retrylayers.moc"
