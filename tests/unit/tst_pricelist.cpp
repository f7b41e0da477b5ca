// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/modelissues.h"
#include "pricing/pricelist.h"
#include "support/suite.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

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
    void theVendorIsKnownByItsAddress_data();
    void theVendorIsKnownByItsAddress();
    void pricesHaveDatesHoursAndTiers_data();
    void pricesHaveDatesHoursAndTiers();
    void windowsAreKnown();
    void endsAreKnown_data();
    void endsAreKnown();
    void newConfigurationsStartWithModelsThatStay();
    void damagedDataAreToldAndNothingIsKnown();
    void theConverterGivesWhatTheLibraryGives();

private:
    static WallTime day(const char *iso)
    {
        return WallTime(
            std::chrono::milliseconds(QDateTime::fromString(QLatin1String(iso), Qt::ISODate).toMSecsSinceEpoch()));
    }
    static ModelAt at(const QString &protocol, const QString &model, const char *url = "")
    {
        return {protocol, QUrl(QLatin1String(url)), model};
    }
    static std::optional<Price> find(const PriceList &list, const char *protocol, const char *model, WallTime date)
    {
        return list.find(at(QString::fromLatin1(protocol), QString::fromLatin1(model)), date);
    }
    static QByteArray list(const QByteArray &entries) { return "{\"version\": 1, \"prices\": [" + entries + "]}"; }
    static QByteArray entry(const QByteArray &model, double input, const QByteArray &from = "2020-01-01",
                            const QByteArray &protocol = "openai")
    {
        return QStringLiteral("{'protocol':'%1','model':'%2','input':%3,'output':8,'valid_from':'%4'}")
            .arg(QString::fromLatin1(protocol), QString::fromLatin1(model))
            .arg(input, 0, 'g', 12)
            .arg(QString::fromLatin1(from))
            .replace(QLatin1Char('\''), QLatin1Char('"'))
            .toLatin1();
    }
    const WallTime today = day("2026-11-25T12:00:00Z");
};

void PriceListTest::theBuiltInListIsWhole()
{
    for (const char *name : {"simulatedprices.json", "prices.json"})
        QVERIFY2(QFile::exists(QStringLiteral(SOURCE_ROOT "/resources/") + QLatin1String(name)), name);
    QFile file(QStringLiteral(SOURCE_ROOT "/resources/prices.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto read = Catalogue::fromJson(file.readAll());
    QVERIFY2(bool(read), read ? "" : qPrintable(read.error()));
    QCOMPARE(Catalogue::builtIn().size(), (*read)->size());
    QVERIFY((*read)->size() > 1000);
    const auto simulated = find(PriceList::builtIn(), "anthropic", "anthropic-sim", today);
    QVERIFY(simulated && simulated->simulated);
}

void PriceListTest::costsByTheMillion()
{
    const PriceList prices = PriceList::builtIn();
    const auto cost = [&](int in, int out, int cached) {
        return *prices.cost(at(QStringLiteral("openai"), QStringLiteral("gpt-4o-mini")), {in, out, cached}, today);
    };
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
    const auto row = [](const char *name, const char *protocol, const char *model, int in, int cached,
                        const char *when = "2026-11-25T00:00:00Z") {
        QTest::newRow(name) << QString::fromLatin1(protocol) << QString::fromLatin1(model) << in << cached
                            << QString::fromLatin1(when);
    };
    row("a model not in the list", "openai", "gpt-99", 1, 0);
    row("a name that only begins like one", "openai", "gpt-4o-miniature", 1, 0);
    row("a model that is listed without prices", "mistral", "devstral-small:free", 1, 0);
    row("the same name at another provider", "openai_compatible", "gpt-4o-mini", 1, 0);
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
    QVERIFY(!PriceList::builtIn().cost(at(protocol, model), {in, 1, cached}, day(when.toLatin1().constData())));
}

void PriceListTest::theMostLiteralPatternWinsThenTheLatestDay()
{
    const PriceList prices =
        pricesFromJson(list(entry("*", 1, "2020-01-01", "*") + ',' + entry("gpt-*", 2) + ',' + entry("gpt-?", 3) + ','
                            + entry("gpt-5", 4, "2025-01-01") + ',' + entry("gpt-5", 5, "2025-06-01") + ','
                            + entry("gpt-5", 6, "2027-01-01")))
            .prices;
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
    QCOMPARE(find(loaded.prices, "openai", "gpt-4o-mini", today)->input,
             42.0); // even a wider pattern, for it is the user's
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
    const auto row = [](const char *name, const QByteArray &json, QStringList where) {
        QTest::newRow(name) << json << where;
    };
    row("not JSON", "{\"prices\": [\n  oops", {"(file)"});
    row("a list at the top", "[]", {"(file)"});
    row("no prices", "{}", {"(file)"});
    row("an entry that is no object", list("5"), {"prices[0]"});
    row("a negative and a missing price",
        list(R"({"protocol":"openai","model":"m","input":-1,"valid_from":"2025-01-01"})"),
        {"prices[0].input", "prices[0].output"});
    row("a price as text",
        list(R"({"protocol":"openai","model":"m","input":"1","output":1,"valid_from":"2025-01-01"})"),
        {"prices[0].input"});
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
    QCOMPARE(pricesFileBeside(QStringLiteral("/home/a/.config/retryscope/config.json")),
             QStringLiteral("/home/a/.config/retryscope/prices.json"));
}

void PriceListTest::theVendorIsKnownByItsAddress_data()
{
    QTest::addColumn<QString>("protocol");
    QTest::addColumn<QByteArray>("url");
    QTest::addColumn<QString>("model");
    QTest::addColumn<double>("input"); // -1: unknown
    const auto row = [](const char *name, const char *protocol, const char *url, const char *model, double input) {
        QTest::newRow(name) << QString::fromLatin1(protocol) << QByteArray(url) << QString::fromLatin1(model) << input;
    };
    row("OpenAI", "openai", "https://api.openai.com/v1", "gpt-4o-mini", 0.15);
    row("capitals", "openai", "https://api.openai.com/v1", "GPT-4o-mini", 0.15);
    row("a gateway that speaks OpenAI's wire", "openai", "https://gateway.corp.test/v1", "gpt-4o-mini", 0.15);
    row("anybody compatible", "openai_compatible", "https://gateway.corp.test/v1", "gpt-4o-mini", -1);
    row("OpenAI by the compatible wire", "openai_compatible", "https://api.openai.com/v1", "gpt-4o-mini", 0.15);
    row("OpenRouter's own name", "openai_compatible", "https://openrouter.ai/api/v1", "openai/gpt-4o-mini", 0.15);
    row("Azure, served for another vendor", "openai_compatible", "https://x.openai.azure.com/openai/v1",
        "claude-haiku-4-5", 1.0);
    row("Anthropic with a date", "anthropic", "https://api.anthropic.com", "claude-haiku-4-5-20251001", 1.0);
    row("another vendor's model is not guessed", "openai_compatible", "https://api.groq.com/openai/v1", "gpt-4o-mini",
        -1);
    row("a name like an address", "openai_compatible", "https://evil.test/?https://api.openai.com", "gpt-4o-mini", -1);
}

void PriceListTest::theVendorIsKnownByItsAddress()
{
    QFETCH(QString, protocol);
    QFETCH(QByteArray, url);
    QFETCH(QString, model);
    QFETCH(double, input);
    const auto price = PriceList::builtIn().find(at(protocol, model, url.constData()), today);
    QCOMPARE(price ? price->input : -1.0, input);
}

void PriceListTest::pricesHaveDatesHoursAndTiers_data()
{
    QTest::addColumn<QString>("when");
    QTest::addColumn<int>("in");
    QTest::addColumn<int>("cached");
    QTest::addColumn<double>("cost");
    QTest::newRow("the first price") << "2026-01-01T12:00:00Z" << 1'000'000 << 0 << 1.0;
    QTest::newRow("cached") << "2026-01-01T12:00:00Z" << 100'000 << 50'000 << 0.055;
    QTest::newRow("at the edge of the tier") << "2026-01-01T12:00:00Z" << 200'000 << 0 << 0.2;
    QTest::newRow("beyond the tier") << "2026-03-01T12:00:00Z" << 200'001 << 0 << 0.800004;
    QTest::newRow("from its first day") << "2026-03-01T01:00:00Z" << 100'000 << 0 << 0.2;
    QTest::newRow("the day before") << "2026-02-28T22:59:59Z" << 100'000 << 0 << 0.1;
    QTest::newRow("in its hours") << "2026-03-01T23:30:00Z" << 100'000 << 0 << 0.05;
    QTest::newRow("in its hours, past midnight") << "2026-03-02T00:30:00Z" << 100'000 << 0 << 0.05;
    QTest::newRow("after its hours") << "2026-03-02T01:00:00Z" << 100'000 << 0 << 0.2;
}

void PriceListTest::pricesHaveDatesHoursAndTiers()
{
    QFETCH(QString, when);
    QFETCH(int, in);
    QFETCH(int, cached);
    const auto read = Catalogue::fromJson(
        R"({"version":2,"vendors":[{"id":"v","url":"https://v\\.test","models":[{"model":["m"],"prices":[{"input":1,"output":1,"cached_input":0.1},
        {"valid_from":"2026-03-01","input":2,"output":2,"tiers":[{"above":200000,"input":4}]},{"hours":["23:00:00Z","01:00:00Z"],"input":0.5,"output":1}]}]}]})");
    QVERIFY(bool(read));
    const ListedModel *model = (*read)->find(at(QStringLiteral("openai"), QStringLiteral("m"), "https://v.test/v1"));
    QVERIFY(model);
    const auto listed = priceAt(*model, day(when.toLatin1().constData()));
    QVERIFY(listed);
    const Price price{QStringLiteral("*"),
                      QStringLiteral("m"),
                      *listed->input,
                      *listed->output, listed->cachedInput, {},
                      {}, false,
                      {}, listed->tiers};
    QFETCH(double, cost);
    const double found = *PriceList(QVector<Price>{price})
                              .cost(at(QStringLiteral("openai"), QStringLiteral("m")), {in, 0, cached}, today);
    QVERIFY2(std::abs(found - cost) < 1e-9, qPrintable(QString::number(found, 'g', 12)));
}

void PriceListTest::windowsAreKnown()
{
    const PriceList prices = PriceList::builtIn();
    QCOMPARE(prices.contextWindow(at(QStringLiteral("openai"), QStringLiteral("gpt-4o-mini"))), 128'000);
    QCOMPARE(prices.contextWindow(at(QStringLiteral("google_ai"), QStringLiteral("gemini-2.5-flash"))), 1'048'576);
    QCOMPARE(prices.contextWindow(at(QStringLiteral("openai"), QStringLiteral("nobody-knows"))), 0);
    QCOMPARE(PriceList().contextWindow(at(QStringLiteral("openai"), QStringLiteral("gpt-4o-mini"))), 0);
}

void PriceListTest::endsAreKnown_data()
{
    QTest::addColumn<QString>("protocol");
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("today");
    QTest::addColumn<QString>("told");
    const auto row = [](const char *name, const char *protocol, const char *model, const char *today,
                        const char *told) {
        QTest::newRow(name) << QString::fromLatin1(protocol) << QString::fromLatin1(model) << QString::fromLatin1(today)
                            << QString::fromLatin1(told);
    };
    row("far away", "google_ai", "gemini-2.5-flash", "2026-09-01", "");
    row("near", "google_ai", "gemini-2.5-flash", "2026-11-26", "will be shut down on 2026-12-01, in 5 days");
    row("the day before", "google_ai", "gemini-2.5-flash", "2026-11-30", "will be shut down on 2026-12-01, tomorrow");
    row("on the day", "google_ai", "gemini-2.5-flash", "2026-12-01", "was shut down on 2026-12-01");
    row("past", "google_ai", "gemini-2.5-flash", "2027-06-01", "was shut down on 2026-12-01");
    row("another model", "google_ai", "gemini-3.5-flash-lite", "2027-06-01", "");
    row("gone without a day", "openai", "gpt-4.1-nano", "2026-11-26", "has been shut down");
    row("deprecated", "mistral", "mistral-tiny", "2026-11-26", "is deprecated");
    row("not known", "openai", "nobody-knows", "2026-11-26", "");
}

void PriceListTest::endsAreKnown()
{
    QFETCH(QString, told);
    QFETCH(QString, protocol);
    QFETCH(QString, model);
    QFETCH(QString, today);
    ProviderConfig provider;
    provider.id = QStringLiteral("x");
    provider.protocol = *protocolFromKey(protocol);
    provider.model = model;
    const QString warning = modelWarning(provider, QDate::fromString(today, Qt::ISODate));
    QVERIFY2(told.isEmpty() ? warning.isEmpty()
                            : warning.contains(told) && warning.contains(model)
                                  && warning.contains(QStringLiteral("Choose another model.")),
             qPrintable(warning));
    Configuration configuration;
    configuration.providers = {provider, provider, provider};
    configuration.providers[0].enabled = false;
    configuration.providers[2].simulated = true;
    const ConfigIssues issues = modelIssues(configuration, QDate::fromString(today, Qt::ISODate));
    QCOMPARE(issues.size(), told.isEmpty() ? 0 : 1);
    if (!issues.isEmpty())
        QCOMPARE(issues.first().where, QStringLiteral("providers[1].model"));
}

void PriceListTest::newConfigurationsStartWithModelsThatStay()
{
    const ProviderConfigs providers = builtInProviders();
    QCOMPARE(providers.size(), 4);
    for (const ProviderConfig &provider : providers) {
        const ModelAt model{toKey(provider.protocol), provider.baseUrl, provider.model};
        QCOMPARE(provider.model, defaultModel(toKey(provider.protocol)));
        QVERIFY2(PriceList::builtIn().find(model, today), qPrintable(provider.model));
        QVERIFY2(!Catalogue::builtIn().ending(model), qPrintable(provider.model));
    }
}

void PriceListTest::damagedDataAreToldAndNothingIsKnown()
{
    for (const char *json : {"", "{", "[]", "{}", R"({"version":1,"vendors":[{}]})", R"({"version":2,"vendors":[]})",
                             R"({"version":2,"vendors":[{"id":"v","models":[]}]})",
                             R"({"version":2,"vendors":[{"id":"v","url":"(","models":[]}]})",
                             R"({"version":2,"vendors":[{"id":"v","url":"x","models":[{"model":[]}]}]})",
                             R"({"version":2,"vendors":[{"id":"v","url":"x","models":[{"model":["/(/"]}]}]})"}) {
        const auto read = Catalogue::fromJson(json);
        QVERIFY2(!read && read.error().startsWith(QStringLiteral("The price data "))
                     && read.error().endsWith(QLatin1Char('.')),
                 json);
    }
}

/// What the library of the data says, for models, days and lengths of all kinds (written by its own calcPrice).
void PriceListTest::theConverterGivesWhatTheLibraryGives()
{
    QFile file(QStringLiteral(SOURCE_ROOT "/tests/unit/prices_expected.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QJsonArray rows = QJsonDocument::fromJson(file.readAll()).array();
    QVERIFY(rows.size() > 200);
    for (const QJsonValue &row : rows) {
        const QString model = row[QLatin1String("model")].toString();
        const auto cost = PriceList::builtIn().cost(
            at(QStringLiteral("openai_compatible"), model, row[QLatin1String("url")].toString().toLatin1().constData()),
            {row[QLatin1String("in")].toInt(), row[QLatin1String("out")].toInt(), row[QLatin1String("cached")].toInt()},
            day(row[QLatin1String("at")].toString().toLatin1().constData()));
        const QJsonValue expected = row[QLatin1String("usd")];
        QVERIFY2(expected.isNull() ? !cost
                                   : cost && std::abs(*cost - expected.toDouble()) < 1e-9 + 1e-9 * expected.toDouble(),
                 qPrintable(QStringLiteral("%1 at %2: %3 instead of %4")
                                .arg(model, row[QLatin1String("at")].toString())
                                .arg(cost.value_or(-1))
                                .arg(expected.toDouble(-1))));
    }
}

SUITE_TEST(PriceListTest)
#include "tst_pricelist.moc"
