// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/provideredits.h"
#include "pricing/catalogue.h"
#include "support/suite.h"

#include <QTest>

using namespace retryscope;

namespace {

Configuration editedConfiguration()
{
    return configurationFromJson(
               "{\"note\": 1, \"providers\": ["
               "{\"id\": \"a\", \"protocol\": \"openai\", \"base_url\": \"http://a.test/v1\", \"model\": \"m\", "
               "\"colour\": \"red\"},"
               "{\"id\": \"b\", \"protocol\": \"mistral\", \"base_url\": \"http://b.test\", \"model\": \"m\"},"
               "{\"id\": \"c\", \"protocol\": \"openai\", \"base_url\": \"http://127.0.0.1:0/c/v1\", \"model\": \"m\", "
               "\"simulated\": true}], \"routes\": {\"fast\": [\"a\", \"b\"]}}")
        .configuration;
}

QStringList idsOf(const Configuration &configuration)
{
    QStringList ids;
    for (const ProviderConfig &p : configuration.providers)
        ids << p.id;
    return ids;
}

const ProviderConfig &first(const Configuration &configuration) { return configuration.providers.first(); }

} // namespace

/// What the Providers page does to a configuration, and how fields are written and read.
class ProviderEditsTest : public QObject
{
    Q_OBJECT
private slots:
    void everyPresetCanBeAddedTwice();
    void aCopyKeepsWhatWeDoNotKnow();
    void whatIsTakenOutLeavesItsRoutes();
    void aNewIdIsFollowedEverywhere();
    void theOrderChanges();
    void stepsGoForwardAndBack();
    void fieldsAreWrittenAsTheyAreRead_data();
    void fieldsAreWrittenAsTheyAreRead();
    void mistakesAreTold_data();
    void mistakesAreTold();
    void everyFieldHasAForm();
    void keysAreFoundByTheirNames();
    void theCatalogueNamesModels();
};

void ProviderEditsTest::everyPresetCanBeAddedTwice()
{
    Configuration all;
    QStringList ids;
    for (int round = 0; round < 2; ++round) {
        for (const ProviderPreset &preset : providerPresets()) {
            ProviderId id;
            all = withPreset(all, preset, &id);
            QVERIFY2(!ids.contains(id), qPrintable(id));
            ids << id;
        }
    }
    QCOMPARE(idsOf(all), ids);
    QVERIFY(!hasErrors(validate(all)));
}

void ProviderEditsTest::aCopyKeepsWhatWeDoNotKnow()
{
    ProviderId id;
    const Configuration after = withDuplicate(editedConfiguration(), QStringLiteral("a"), &id);
    QCOMPARE(id, QStringLiteral("a-2"));
    QCOMPARE(idsOf(after), QStringList({"a", "a-2", "b", "c"}));
    QVERIFY(!after.providers[1].enabled);
    QVERIFY(toJson(after).count("\"red\"") == 2);
    ProviderId third;
    QCOMPARE(idsOf(withDuplicate(after, QStringLiteral("a-2"), &third)), QStringList({"a", "a-2", "a-3", "b", "c"}));
}

void ProviderEditsTest::whatIsTakenOutLeavesItsRoutes()
{
    const Configuration after = withoutProvider(editedConfiguration(), QStringLiteral("a"));
    QCOMPARE(after.routes.value(QStringLiteral("fast")), QVector<ProviderId>{QStringLiteral("b")});
    QVERIFY(!hasErrors(validate(after)));
    QVERIFY(!toJson(after).contains("red") && toJson(after).contains("\"note\""));
    QCOMPARE(idsOf(withoutSimulated(editedConfiguration())), QStringList({"a", "b"}));
}

void ProviderEditsTest::aNewIdIsFollowedEverywhere()
{
    ProviderConfig changed = first(editedConfiguration());
    changed.id = QStringLiteral("z");
    const Configuration after = withProvider(editedConfiguration(), QStringLiteral("a"), changed);
    QCOMPARE(idsOf(after), QStringList({"z", "b", "c"}));
    QCOMPARE(after.routes.value(QStringLiteral("fast")),
             QVector<ProviderId>({QStringLiteral("z"), QStringLiteral("b")}));
    QVERIFY(toJson(after).contains("red"));
    QVERIFY(!hasErrors(validate(after)));
}

void ProviderEditsTest::theOrderChanges()
{
    QCOMPARE(idsOf(withProviderAt(editedConfiguration(), QStringLiteral("a"), 2)), QStringList({"b", "c", "a"}));
    QCOMPARE(idsOf(withProviderAt(editedConfiguration(), QStringLiteral("c"), -5)), QStringList({"c", "a", "b"}));
    QCOMPARE(idsOf(withProviderAt(editedConfiguration(), QStringLiteral("x"), 0)), QStringList({"a", "b", "c"}));
}

void ProviderEditsTest::stepsGoForwardAndBack()
{
    const Configuration before = editedConfiguration();
    ProviderConfig renamed = first(before);
    renamed.id = QStringLiteral("z");
    ProviderId id;
    for (const Configuration &after :
         {withDuplicate(before, QStringLiteral("a"), &id), withoutProvider(before, QStringLiteral("b")),
          withProvider(before, QStringLiteral("a"), renamed), withProviderAt(before, QStringLiteral("c"), 0),
          withPreset(before, providerPresets().first(), &id), withoutSimulated(before)}) {
        const ConfigurationChanges changes = changesBetween(before, after);
        QVERIFY(!changes.isEmpty());
        QCOMPARE(toJson(withChanges(before, changes, true)), toJson(after));
        QCOMPARE(toJson(withChanges(after, changes, false)), toJson(before));
    }
}

void ProviderEditsTest::fieldsAreWrittenAsTheyAreRead_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("written");
    QTest::addColumn<QString>("read");
    const auto row = [](const char *key, const char *written, const char *read = nullptr) {
        QTest::newRow(qPrintable(QStringLiteral("%1 %2").arg(QLatin1String(key), QLatin1String(written))))
            << QString::fromLatin1(key) << QString::fromLatin1(written) << QString::fromLatin1(read ? read : written);
    };
    row("name", "  A name ", "A name");
    row("model", "gpt-4o");
    row("protocol", "anthropic");
    row("enabled", "false");
    row("enabled", "true");
    row("context_window", "128000");
    row("context_window", "");
    row("priority", "-3");
    row("key", "env:SOME_KEY");
    row("key", "");
    row("keys", "env:K1\nenv:K2");
    row("keys", " env:K1 \n\n", "env:K1");
    row("headers", "x-team = blue");
    row("headers", "authorization = Bearer env:TOKEN");
    row("query", "api-version=2024-10-21", "api-version = 2024-10-21");
    row("model_map", "* = llama3:8b\ngpt-4o = mistral-large");
    row("timeouts", "first_token_timeout_s = 120\nidle_timeout_s = 2.5");
    row("parameters", "{\"remove\": [\"seed\"]}", "{\n    \"remove\": [\n        \"seed\"\n    ]\n}");
    row("parameters", "");
    row("end", "connection");
    row("end", "protocol");
}

void ProviderEditsTest::fieldsAreWrittenAsTheyAreRead()
{
    QFETCH(QString, key);
    QFETCH(QString, written);
    const ProviderField *field = providerField(key);
    QVERIFY(field);
    const auto after = withFieldText(*field, first(editedConfiguration()), written);
    QVERIFY2(bool(after), qPrintable(after ? QString() : after.error()));
    QTEST(fieldText(*field, *after), "read");
    const auto again = withFieldText(*field, *after, fieldText(*field, *after));
    QVERIFY(again && *again == *after);
}

void ProviderEditsTest::mistakesAreTold_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("written");
    const auto row = [](const char *key, const char *written) {
        QTest::newRow(qPrintable(QStringLiteral("%1 %2").arg(QLatin1String(key), QLatin1String(written))))
            << QString::fromLatin1(key) << QString::fromLatin1(written);
    };
    row("id", "Not An Id");
    row("model", "");
    row("base_url", "nowhere");
    row("base_url", "https://user:secret@a.test/v1");
    row("key", "sk-SECRET-0123456789");
    row("keys", "sk-SECRET-0123456789");
    row("headers", "x-api-key = SECRET");
    row("headers", "no pair");
    row("headers", "x-a = 1\nx-a = 2");
    row("headers", "host = other");
    row("timeouts", "idle_timeout_s = soon");
    row("timeouts", "unknown_s = 5");
    row("context_window", "many");
    row("priority", "100000");
    row("parameters", "{");
    row("parameters", "{\"other\": 1}");
    row("model_timeouts", "[]");
    row("proxy", "ftp://proxy");
    row("proxy", "http://user:SECRET@proxy:3128");
}

void ProviderEditsTest::mistakesAreTold()
{
    QFETCH(QString, key);
    QFETCH(QString, written);
    const auto after = withFieldText(*providerField(key), first(editedConfiguration()), written);
    QVERIFY(!after);
    QVERIFY2(!after.error().isEmpty() && !after.error().contains(QStringLiteral("SECRET"), Qt::CaseSensitive),
             qPrintable(after.error()));
}

void ProviderEditsTest::everyFieldHasAForm()
{
    for (const ProviderField &field : providerFields()) {
        const ProviderConfig provider = first(editedConfiguration());
        const auto same = withFieldText(field, provider, fieldText(field, provider));
        QVERIFY2(same && *same == provider, field.key);
        QCOMPARE(formOf(field) == FieldForm::Word, !wordsOf(field).isEmpty());
    }
    QCOMPARE(formOf(*providerField(QStringLiteral("timeouts"))), FieldForm::Pairs);
    QCOMPARE(formOf(*providerField(QStringLiteral("model_timeouts"))), FieldForm::Json);
    QVERIFY(!providerField(QStringLiteral("no_such")));
}

void ProviderEditsTest::keysAreFoundByTheirNames()
{
    qputenv("GROQ_API_KEY", "a-secret-value");
    qputenv("MISTRAL_API_KEY", "");
    QStringList variables;
    for (const FoundKey &key : foundKeys())
        variables << key.variable;
    QVERIFY(variables.contains(QStringLiteral("GROQ_API_KEY")));
    QVERIFY(!variables.contains(QStringLiteral("MISTRAL_API_KEY")));
    QCOMPARE(variables.removeDuplicates(), 0);
    qunsetenv("GROQ_API_KEY");
    qunsetenv("MISTRAL_API_KEY");
}

void ProviderEditsTest::theCatalogueNamesModels()
{
    const auto names =
        Catalogue::builtIn().names({QStringLiteral("openai"), QUrl(QStringLiteral("https://api.openai.com/v1")), {}});
    QVERIFY2(names.contains(QStringLiteral("gpt-4o-mini")), qPrintable(names.join(QLatin1Char(' '))));
    for (const QString &name : names)
        QVERIFY2(!name.isEmpty() && !name.contains(QLatin1Char('*')) && !name.contains(QLatin1Char('/')),
                 qPrintable(name));
    QVERIFY(Catalogue::builtIn()
                .names({QStringLiteral("openai_compatible"), QUrl(QStringLiteral("http://127.0.0.1:1")), {}})
                .isEmpty());
}

SUITE_TEST(ProviderEditsTest)
#include "tst_provideredits.moc"
