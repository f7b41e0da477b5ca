// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/pricelist.h"

#include <QDateTime>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace retryscope;

class PriceListTest : public QObject
{
    Q_OBJECT
private slots:
    void theBuiltInListIsWhole();
    void costsByTheMillion();
    void unknownStaysUnknown_data();
    void unknownStaysUnknown();
    void theMostLiteralPatternWinsThenTheLatestDay();
    void theUsersFileOverridesAndExtends();
    void aMissingFileIsNoIssue();
    void aBadFileIsReportedWholeAndNotUsed_data();
    void aBadFileIsReportedWholeAndNotUsed();
    void aFileThatCannotBeReadIsNamed();
    void standsBesideTheConfiguration();

private:
    static WallTime day(const char *iso)
    {
        return WallTime(std::chrono::milliseconds(QDateTime::fromString(QLatin1String(iso), Qt::ISODate).toMSecsSinceEpoch()));
    }
    static std::optional<Price> find(const PriceList &list, const char *protocol, const char *model, WallTime date)
    {
        return list.find(QString::fromLatin1(protocol), QString::fromLatin1(model), date);
    }
    static QByteArray list(const QByteArray &entries) { return "{\"version\": 1, \"prices\": [" + entries + "]}"; }
    static QByteArray entry(const QByteArray &model, double input, const QByteArray &from = "2020-01-01", const QByteArray &protocol = "openai")
    {
        return QStringLiteral("{'protocol':'%1','model':'%2','input':%3,'output':8,'valid_from':'%4'}")
            .arg(QString::fromLatin1(protocol), QString::fromLatin1(model)).arg(input, 0, 'g', 12).arg(QString::fromLatin1(from)).replace(QLatin1Char('\''), QLatin1Char('"')).toLatin1();
    }
    const WallTime today = day("2026-11-25T12:00:00Z");
};

void PriceListTest::theBuiltInListIsWhole()
{
    QFile file(QStringLiteral(SOURCE_ROOT "/resources/prices.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const LoadedPrices read = pricesFromJson(file.readAll());
    QVERIFY2(read.issues.isEmpty(), read.issues.isEmpty() ? "" : qPrintable(read.issues.first().where + read.issues.first().message));
    QCOMPARE(PriceList::builtIn().size(), read.prices.size());
    QVERIFY(read.prices.size() > 10);
    const auto simulated = find(PriceList::builtIn(), "anthropic", "anthropic-sim", today);
    QVERIFY(simulated && simulated->simulated);
}

void PriceListTest::costsByTheMillion()
{
    const PriceList prices = PriceList::builtIn();
    const auto cost = [&](int in, int out, int cached) { return *prices.cost(u"openai", u"gpt-4o-mini", in, out, today, cached); };
    QCOMPARE(cost(1'000'000, 0, 0), 0.15);
    QCOMPARE(cost(0, 1'000'000, 0), 0.60);
    QCOMPARE(cost(1'000'000, 1'000'000, 1'000'000), 0.675);
    QCOMPARE(cost(0, 0, 0), 0.0);
}

void PriceListTest::unknownStaysUnknown_data()
{
    QTest::addColumn<QString>("protocol");
    QTest::addColumn<QString>("model");
    QTest::addColumn<int>("in");
    QTest::addColumn<int>("cached");
    QTest::addColumn<QString>("when");
    const auto row = [](const char *name, const char *protocol, const char *model, int in, int cached, const char *when = "2026-11-25T00:00:00Z") {
        QTest::newRow(name) << QString::fromLatin1(protocol) << QString::fromLatin1(model) << in << cached << QString::fromLatin1(when);
    };
    row("a model not in the list", "openai", "gpt-99", 1, 0);
    row("a name that only begins like one", "openai", "gpt-4o-mini-audio", 1, 0);
    row("the same name at another provider", "openai_compatible", "gpt-4o-mini", 1, 0);
    row("before its first day", "openai", "gpt-4o-mini", 1, 0, "2024-07-17T23:59:59Z");
    row("a negative count", "openai", "gpt-4o-mini", -1, 0);
    row("more cached than in all", "openai", "gpt-4o-mini", 1, 2);
    row("no model", "openai", "", 1, 0);
}

void PriceListTest::unknownStaysUnknown()
{
    QFETCH(QString, protocol);
    QFETCH(QString, model);
    QFETCH(int, in);
    QFETCH(int, cached);
    QFETCH(QString, when);
    QVERIFY(!PriceList::builtIn().cost(protocol, model, in, 1, day(when.toLatin1().constData()), cached));
}

void PriceListTest::theMostLiteralPatternWinsThenTheLatestDay()
{
    const PriceList prices = pricesFromJson(list(entry("*", 1, "2020-01-01", "*") + ',' + entry("gpt-*", 2) + ',' + entry("gpt-?", 3) + ',' + entry("gpt-5", 4, "2025-01-01") + ','
                                                 + entry("gpt-5", 5, "2025-06-01") + ',' + entry("gpt-5", 6, "2027-01-01"))).prices;
    QCOMPARE(find(prices, "mistral", "m", today)->input, 1.0);
    QCOMPARE(find(prices, "openai", "gpt-55", today)->input, 2.0);
    QCOMPARE(find(prices, "openai", "gpt-6", today)->input, 2.0); // as literal as gpt-?, and listed first
    QCOMPARE(find(prices, "openai", "gpt-5", today)->input, 5.0);
    QCOMPARE(find(prices, "openai", "gpt-5", day("2025-03-01T00:00:00Z"))->input, 4.0);
    QCOMPARE(find(prices, "openai", "gpt-5", day("2027-01-01T00:00:00Z"))->input, 6.0);
}

void PriceListTest::theUsersFileOverridesAndExtends()
{
    QTemporaryDir dir;
    QFile file(dir.filePath(QStringLiteral("prices.json")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(list(entry("gpt-4o*", 42) + ',' + entry("my-model", 7, "2026-01-01", "openai_compatible")));
    file.close();
    const LoadedPrices loaded = loadPrices(file.fileName());
    QVERIFY(loaded.issues.isEmpty());
    QCOMPARE(find(loaded.prices, "openai", "gpt-4o-mini", today)->input, 42.0); // even a wider pattern, for it is the user's
    QCOMPARE(find(loaded.prices, "openai_compatible", "my-model", today)->input, 7.0);
    QCOMPARE(find(loaded.prices, "anthropic", "claude-haiku-4-5", today)->input, 1.0);
}

void PriceListTest::aMissingFileIsNoIssue()
{
    const LoadedPrices loaded = loadPrices(QStringLiteral("/nowhere/prices.json"));
    QVERIFY(loaded.issues.isEmpty());
    QCOMPARE(loaded.prices.size(), PriceList::builtIn().size());
}

void PriceListTest::aBadFileIsReportedWholeAndNotUsed_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QStringList>("where");
    const auto row = [](const char *name, const QByteArray &json, QStringList where) { QTest::newRow(name) << json << where; };
    row("not JSON", "{\"prices\": [\n  oops", {"(file)"});
    row("a list at the top", "[]", {"(file)"});
    row("no prices", "{}", {"(file)"});
    row("an entry that is no object", list("5"), {"prices[0]"});
    row("a negative and a missing price", list(R"({"protocol":"openai","model":"m","input":-1,"valid_from":"2025-01-01"})"), {"prices[0].input", "prices[0].output"});
    row("a price as text", list(R"({"protocol":"openai","model":"m","input":"1","output":1,"valid_from":"2025-01-01"})"), {"prices[0].input"});
    row("a price for each token instead of a million", list(entry("m", 5e6)), {"prices[0].input"});
    row("no such day", list(entry("m", 1, "2025-02-30")), {"prices[0].valid_from"});
    row("an unknown protocol", list(entry("m", 1, "2025-01-01", "opnai")), {"prices[0].protocol"});
    row("the second of two", list(entry("m", 1) + ',' + entry("", 1)), {"prices[1].model"});
}

void PriceListTest::aBadFileIsReportedWholeAndNotUsed()
{
    QFETCH(QByteArray, json);
    QFETCH(QStringList, where);
    QTemporaryDir dir;
    QFile file(dir.filePath(QStringLiteral("prices.json")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(json);
    file.close();
    const LoadedPrices loaded = loadPrices(file.fileName());
    QStringList found;
    for (const ConfigIssue &issue : loaded.issues) {
        found << issue.where;
        QVERIFY(issue.message.size() > 10);
    }
    QCOMPARE(found, where);
    QVERIFY(hasErrors(loaded.issues));
    QCOMPARE(loaded.prices.size(), PriceList::builtIn().size());
}

void PriceListTest::aFileThatCannotBeReadIsNamed()
{
    QTemporaryDir dir;
    const LoadedPrices loaded = loadPrices(dir.path()); // a folder
    QCOMPARE(loaded.issues.size(), 1);
    QCOMPARE(loaded.issues.first().where, dir.path());
    QVERIFY(loaded.issues.first().message.startsWith(QStringLiteral("Cannot be read")));
}

void PriceListTest::standsBesideTheConfiguration()
{
    QCOMPARE(pricesFileBeside(QStringLiteral("/home/a/.config/retryscope/config.json")), QStringLiteral("/home/a/.config/retryscope/prices.json"));
}

QTEST_APPLESS_MAIN(PriceListTest)
#include "tst_pricelist.moc"
