// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.h"
#include "config/providerfields.h"
#include "config/providerpresets.h"
#include "config/retryfields.h"
#include "support/suite.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>
#include <QTest>

using namespace retryscope;

/// A provider in the configuration file: every field in and out, what is refused, the schema, the guide and the presets.
class ProviderFileTest : public QObject
{
    Q_OBJECT
private slots:
    void everyFieldIsReadAndWritten();
    void defaultsAreNotWritten();
    void whatIsWrongIsSaidWithItsPlace_data();
    void whatIsWrongIsSaidWithItsPlace();
    void aSecretIsRefusedAndNotRepeated_data();
    void aSecretIsRefusedAndNotRepeated();
    void theSchemaHasEveryField();
    void theGuideNamesEveryField();
    void everyPresetIsValid();

private:
    static QByteArray file(const QByteArray &fields)
    {
        return R"({"providers":[{"id":"x","protocol":"openai_compatible","base_url":"https://x.test/v1","model":"m")"
               + (fields.isEmpty() ? QByteArray() : ',' + fields) + "}]}";
    }
    static QString issuesOf(const QByteArray &json)
    {
        QStringList lines;
        for (const ConfigIssue &issue : configurationFromJson(json).issues)
            lines << issue.where + QStringLiteral(": ") + issue.message;
        return lines.join(QLatin1Char('\n'));
    }
};

void ProviderFileTest::everyFieldIsReadAndWritten()
{
    const QByteArray json = file(
        R"("name":"X","enabled":false,"key":"env:A","keys":["env:B","env:C"],"account":"team","idempotency_header":"Idempotency-Key",
        "headers":{"X-Team":"blue","Authorization":"Bearer env:D"},"query":{"api-version":"1","token":"env:E"},
        "parameters":{"rename":{"max_tokens":"max_new_tokens"},"remove":["top_k"],"add":{"safe":true}},
        "model_map":{"gpt-x":"m-x","*":"m-y"},"context_window":128000,"priority":-2,"end":"mark",
        "timeouts":{"connect_timeout_s":3,"first_token_timeout_s":90,"idle_timeout_s":40,"attempt_timeout_s":100,"stream_timeout_s":500},
        "model_timeouts":{"o3-pro":{"first_token_timeout_s":600,"attempt_timeout_s":900},"o3*":{"idle_timeout_s":45}},
        "proxy":"socks5://127.0.0.1:1080","ca_file":"/etc/ca.pem","simulated":false)");
    const LoadedConfiguration loaded = configurationFromJson(json);
    for (const ConfigIssue &issue : loaded.issues)
        QVERIFY2(issue.severity == ConfigIssue::Severity::Warning || issue.where == QLatin1String("providers"),
                 qPrintable(issue.where + issue.message));
    const ProviderConfig &p = loaded.configuration.providers.first();
    QCOMPARE(p.keys, (QStringList{QStringLiteral("env:B"), QStringLiteral("env:C")}));
    QCOMPARE(p.headers.value(QStringLiteral("Authorization")), QStringLiteral("Bearer env:D"));
    QCOMPARE(p.query.value(QStringLiteral("token")), QStringLiteral("env:E"));
    QCOMPARE(p.parameters.renamed.value(QStringLiteral("max_tokens")), QStringLiteral("max_new_tokens"));
    QCOMPARE(p.parameters.removed, QStringList{QStringLiteral("top_k")});
    QCOMPARE(p.parameters.added, (QJsonObject{{QStringLiteral("safe"), true}}));
    QCOMPARE(p.modelMap.value(QStringLiteral("*")), QStringLiteral("m-y"));
    QCOMPARE(p.contextWindow, 128'000);
    QCOMPARE(p.priority, -2);
    QCOMPARE(p.times.firstToken, std::optional<Duration>(90s));
    QCOMPARE(p.times.stream, std::optional<Duration>(500s));
    QCOMPARE(p.modelTimes.value(QStringLiteral("o3-pro")).firstToken, std::optional<Duration>(600s));
    QCOMPARE(p.modelTimes.value(QStringLiteral("o3*")).idle, std::optional<Duration>(45s));
    QCOMPARE(p.proxy + p.caFile, QStringLiteral("socks5://127.0.0.1:1080/etc/ca.pem"));
    const QByteArray written = toJson(loaded.configuration);
    QCOMPARE(configurationFromJson(written).configuration, loaded.configuration);
    const QJsonObject before = QJsonDocument::fromJson(json)["providers"][0].toObject(),
                      after = QJsonDocument::fromJson(written)["providers"][0].toObject();
    for (auto it = before.begin(); it != before.end(); ++it) {
        if (it.key() != QLatin1String("simulated"))
            QVERIFY2(after[it.key()] == it.value(), qPrintable(it.key()));
    }
    for (const ProviderField &field : providerFields())
        QVERIFY2(before.contains(QLatin1String(field.key)), field.key); // this test knows all of them
}

void ProviderFileTest::defaultsAreNotWritten()
{
    const QJsonObject written =
        QJsonDocument::fromJson(toJson(configurationFromJson(file("")).configuration))["providers"][0].toObject();
    QCOMPARE(written.keys(),
             (QStringList{QStringLiteral("base_url"), QStringLiteral("enabled"), QStringLiteral("id"),
                          QStringLiteral("model"), QStringLiteral("name"), QStringLiteral("protocol")}));
}

void ProviderFileTest::whatIsWrongIsSaidWithItsPlace_data()
{
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const char *fields, const char *says) {
        QTest::newRow(name) << QByteArray(fields) << QString::fromLatin1(says);
    };
    row("headers as a list", R"("headers":["a"])", "providers[0].headers: Must be an object of names and texts");
    row("a header that is a number", R"("headers":{"X-A":1})", "providers[0].headers.X-A: Must be a text in quotes.");
    row("a header's name", R"("headers":{"X A":"b"})", "providers[0].headers.X A: Must be the name of a header");
    row("a header that frames", R"("headers":{"Transfer-Encoding":"chunked"})",
        "providers[0].headers.Transfer-Encoding: Is written by the program itself");
    row("a line break in a header", R"("headers":{"X-A":"a\r\nHost: b"})",
        "providers[0].headers.X-A: Must hold no line break");
    row("keys that are no list", R"("keys":"env:A")", "providers[0].keys: Must be a list of texts");
    row("a key twice", R"("key":"env:A","keys":["env:A"])", "providers[0].keys: Names a key twice");
    row("parameters", R"("parameters":{"replace":{}})",
        "providers[0].parameters.replace: Not known here. Use rename, remove or add.");
    row("an empty new name", R"("parameters":{"rename":{"a":""}})",
        "providers[0].parameters.rename.a: Must name a field.");
    row("the window", R"("context_window":1.5)",
        "providers[0].context_window: Must be a whole number from 0 to 1000000000.");
    row("the priority", R"("priority":"high")", "providers[0].priority: Must be a whole number from -1000 to 1000.");
    row("a limit of time", R"("timeouts":{"first_token_timeout_s":-1})",
        "providers[0].timeouts.first_token_timeout_s: Must be from ");
    row("a limit that is none", R"("timeouts":{"deadline_s":3})", "providers[0].timeouts.deadline_s: Not known here.");
    row("a model's limit of time", R"("model_timeouts":{"m-1":{"idle_timeout_s":-1}})",
        "providers[0].model_timeouts.m-1.idle_timeout_s: Must be from ");
    row("a model's limit that is none", R"("model_timeouts":{"m-1":{"first_token":3}})",
        "providers[0].model_timeouts.m-1.first_token: Not known here.");
    row("a model's limits that are a number", R"("model_timeouts":{"m-1":3})",
        "providers[0].model_timeouts.m-1: Must be an object, such as ");
    row("limits without a model", R"("model_timeouts":{"":{"idle_timeout_s":3}})",
        "providers[0].model_timeouts: Must name the model of each limit");
    row("a model without a limit", R"("model_timeouts":{"m-1":{}})", "providers[0].model_timeouts.m-1: Holds no limit");
    row("the proxy", R"("proxy":"proxy.corp:8080")", "providers[0].proxy: Must be http://HOST:PORT");
    row("the proxy's password", R"("proxy":"http://me:pw@proxy.corp:8080")",
        "providers[0].proxy: Must hold no password.");
    row("the file of authorities", R"("ca_file":"/nowhere/at/all.pem")",
        "providers[0].ca_file: There is no file of this name here");
    row("the map of models", R"("model_map":{"a":""})", "providers[0].model_map.a: Must name a model on both sides.");
    row("the end", R"("end":"eof")", "providers[0].end: \"eof\" is not known.");
    row("a query in the address", R"("base_url":"https://x.test/v1?api-version=1")",
        "providers[0].base_url: Must hold no user, password or query");
    row("a flag", R"("enabled":"yes")", "providers[0].enabled: Must be true or false.");
    row("the protocol", R"("protocol":"gopher")",
        "Use openai, anthropic, google_ai, mistral, openai_compatible or openai_responses.");
}

void ProviderFileTest::whatIsWrongIsSaidWithItsPlace()
{
    QFETCH(QByteArray, fields);
    QFETCH(QString, says);
    const QString issues = issuesOf(file(fields));
    QVERIFY2(issues.contains(says), qPrintable(issues));
}

void ProviderFileTest::aSecretIsRefusedAndNotRepeated_data()
{
    QTest::addColumn<QByteArray>("fields");
    const auto row = [](const char *name, const char *fields) { QTest::newRow(name) << QByteArray(fields); };
    row("key", R"("key":"sk-secret-1")");
    row("keys", R"("keys":["env:A","sk-secret-1"])");
    row("Authorization", R"("headers":{"Authorization":"Bearer sk-secret-1"})");
    row("Authorization, any scheme", R"("headers":{"authorization":"secret-1"})");
    row("api-key", R"("headers":{"Api-Key":"secret-1"})");
    row("a gateway's key", R"("headers":{"x-portkey-api-key":"secret-1"})");
    row("a cookie", R"("headers":{"Cookie":"session=secret-1"})");
    row("what looks like one", R"("headers":{"X-Anything":"sk-secret-1"})");
    row("in the query", R"("query":{"key":"secret-1"})");
    row("a token in the query", R"("query":{"access_token":"secret-1"})");
    row("in the body", R"("parameters":{"add":{"api_key":"sk-secret-1"}})");
    row("in the proxy", R"("proxy":"http://me:secret-1@proxy.corp:8080")");
}

void ProviderFileTest::aSecretIsRefusedAndNotRepeated()
{
    QFETCH(QByteArray, fields);
    const LoadedConfiguration loaded = configurationFromJson(file(fields));
    QVERIFY(hasErrors(loaded.issues));
    const QString issues = issuesOf(file(fields));
    QVERIFY2(!issues.contains(QStringLiteral("secret-1")), qPrintable(issues));
    QVERIFY2(issues.contains(QStringLiteral("reference")) || issues.contains(QStringLiteral("env:NAME")),
             qPrintable(issues));
}

void ProviderFileTest::theSchemaHasEveryField()
{
    const QJsonObject schema = configurationSchema();
    const QJsonValue item = schema["properties"]["providers"]["items"];
    for (const ProviderField &field : providerFields()) {
        const QJsonObject property = item["properties"][QLatin1String(field.key)].toObject();
        QVERIFY2(!property["description"].toString().isEmpty()
                     && (property.contains("type") || property.contains("enum")),
                 field.key);
    }
    QCOMPARE(item["properties"]["protocol"]["enum"].toArray().size(), 6);
    for (const RetryConfigField &field : retryConfigFields())
        QVERIFY2(schema["properties"]["retry"]["properties"].toObject().contains(QLatin1String(field.key)), field.key);
}

void ProviderFileTest::theGuideNamesEveryField()
{
    QFile guide(QStringLiteral(SOURCE_ROOT "/docs/guide.md"));
    QVERIFY(guide.open(QIODevice::ReadOnly));
    const QByteArray text = guide.readAll();
    for (const ProviderField &field : providerFields())
        QVERIFY2(text.contains("| `" + QByteArray(field.key) + "` |"), field.key);
}

void ProviderFileTest::everyPresetIsValid()
{
    const QStringList needed{QStringLiteral("openai"),     QStringLiteral("anthropic"), QStringLiteral("google_ai"),
                             QStringLiteral("mistral"),    QStringLiteral("azure"),     QStringLiteral("azure_classic"),
                             QStringLiteral("openrouter"), QStringLiteral("groq"),      QStringLiteral("deepseek"),
                             QStringLiteral("together"),   QStringLiteral("fireworks"), QStringLiteral("xai"),
                             QStringLiteral("cerebras"),   QStringLiteral("cohere"),    QStringLiteral("github_models"),
                             QStringLiteral("ollama"),     QStringLiteral("vllm"),      QStringLiteral("lm_studio"),
                             QStringLiteral("llama_cpp"),  QStringLiteral("portkey"),   QStringLiteral("litellm"),
                             QStringLiteral("other")};
    QStringList keys;
    for (const ProviderPreset &preset : providerPresets()) {
        keys << preset.key;
        const QByteArray json =
            QJsonDocument(QJsonObject{{QStringLiteral("providers"), QJsonArray{preset.json}}}).toJson();
        QVERIFY2(issuesOf(json).isEmpty(), qPrintable(preset.key + QLatin1Char('\n') + issuesOf(json)));
        QVERIFY2(!preset.label.isEmpty(), qPrintable(preset.key));
    }
    for (const QString &key : needed)
        QVERIFY2(keys.contains(key), qPrintable(key));
    QCOMPARE(QSet<QString>(keys.begin(), keys.end()).size(), keys.size());
}

SUITE_TEST(ProviderFileTest)
#include "tst_providerfile.moc"
