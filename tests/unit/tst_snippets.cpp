// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "snippets/snippet.h"
#include "support/suite.h"
#include "words/snippetwords.h"

#include <QTest>

using namespace retryscope;

/// What the code looks like, and what is never in it. That it runs is tst_snippetruns' matter.
class SnippetsTest : public QObject
{
    Q_OBJECT
private slots:
    void aShortPromptAsCurl();
    void aShortPromptAsPython();
    void aShortPromptAsJavaScript();
    void everySecretIsAVariable_data();
    void everySecretIsAVariable();
    void aKeyInTheAddressIsAVariable();
    void hiddenCharactersAreWrittenOut();
    void proxiesAndAuthoritiesAreNamedOrSaidToBeLeftOut();
    void whatCannotBeSentIsRefused();
    void languagesAreFoundByTheirKeys();

private:
    static ProviderConfig provider()
    {
        ProviderConfig p;
        p.id = QStringLiteral("main");
        p.protocol = ProtocolKind::OpenAi;
        p.baseUrl = QUrl(QStringLiteral("https://api.example.com/v1"));
        p.model = QStringLiteral("m");
        p.keyReference = QStringLiteral("env:OPENAI_API_KEY");
        p.parameters.removed = {QStringLiteral("stream_options"), QStringLiteral("max_completion_tokens")};
        return p;
    }
    static QString code(SnippetLanguage language, const ProviderConfig &p, const QString &text = QStringLiteral("It's $5"),
                        bool stream = false)
    {
        const auto snippet = snippetFor(language, p, Prompt{text, {}, {}, 16, stream});
        return snippet ? snippet->text : toSentence(snippet.error());
    }
    static constexpr SnippetLanguage all[] = {SnippetLanguage::Curl, SnippetLanguage::Python,
                                              SnippetLanguage::JavaScript};
};

void SnippetsTest::aShortPromptAsCurl()
{
    QCOMPARE(code(SnippetLanguage::Curl, provider()),
             QStringLiteral("curl -sS --fail-with-body 'https://api.example.com/v1/chat/completions' \\\n"
                            "  -H 'Content-Type: application/json' \\\n"
                            "  -H \"Authorization: Bearer $OPENAI_API_KEY\" \\\n"
                            "  -H 'Accept: application/json' \\\n"
                            "  --data-binary @- <<'JSON'\n"
                            "{\n"
                            "    \"messages\": [\n"
                            "        {\n"
                            "            \"content\": \"It's $5\",\n"
                            "            \"role\": \"user\"\n"
                            "        }\n"
                            "    ],\n"
                            "    \"model\": \"m\"\n"
                            "}\n"
                            "JSON\n"));
    QVERIFY(code(SnippetLanguage::Curl, provider(), QStringLiteral("x"), true).contains(QStringLiteral(" --no-buffer ")));
}

void SnippetsTest::aShortPromptAsPython()
{
    QCOMPARE(code(SnippetLanguage::Python, provider(), QStringLiteral("x"), true),
             QStringLiteral("import json\nimport os\nimport sys\nimport urllib.error\nimport urllib.request\n"
                            "\n"
                            "body = {\n"
                            "    \"messages\": [\n"
                            "        {\n"
                            "            \"content\": \"x\",\n"
                            "            \"role\": \"user\"\n"
                            "        }\n"
                            "    ],\n"
                            "    \"model\": \"m\",\n"
                            "    \"stream\": True\n"
                            "}\n"
                            "request = urllib.request.Request(\n"
                            "    \"https://api.example.com/v1/chat/completions\",\n"
                            "    data=json.dumps(body).encode(),\n"
                            "    headers={\n"
                            "        \"Content-Type\": \"application/json\",\n"
                            "        \"Authorization\": \"Bearer \" + os.environ[\"OPENAI_API_KEY\"],\n"
                            "        \"Accept\": \"text/event-stream\",\n"
                            "    },\n"
                            "    method=\"POST\",\n"
                            ")\n"
                            "try:\n"
                            "    with urllib.request.urlopen(request) as response:\n"
                            "        for line in response:\n"
                            "            print(line.decode(), end=\"\", flush=True)\n"
                            "except urllib.error.HTTPError as error:\n"
                            "    sys.exit(f\"HTTP {error.code}: {error.read().decode(errors='replace')}\")\n"));
}

void SnippetsTest::aShortPromptAsJavaScript()
{
    QCOMPARE(code(SnippetLanguage::JavaScript, provider(), QStringLiteral("x"), true),
             QStringLiteral("async function main() {\n"
                            "  const response = await fetch(\"https://api.example.com/v1/chat/completions\", {\n"
                            "    method: \"POST\",\n"
                            "    headers: {\n"
                            "      \"Content-Type\": \"application/json\",\n"
                            "      \"Authorization\": \"Bearer \" + process.env.OPENAI_API_KEY,\n"
                            "      \"Accept\": \"text/event-stream\",\n"
                            "    },\n"
                            "    body: JSON.stringify({\n"
                            "        \"messages\": [\n"
                            "            {\n"
                            "                \"content\": \"x\",\n"
                            "                \"role\": \"user\"\n"
                            "            }\n"
                            "        ],\n"
                            "        \"model\": \"m\",\n"
                            "        \"stream\": true\n"
                            "    }),\n"
                            "  });\n"
                            "  for await (const chunk of response.body) process.stdout.write(chunk);\n"
                            "  if (!response.ok) process.exitCode = 1;\n"
                            "}\n"
                            "\n"
                            "main();\n"));
}

void SnippetsTest::everySecretIsAVariable_data()
{
    QTest::addColumn<QString>("header");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("variable");
    QTest::newRow("a reference") << "x-team" << "env:TEAM_TOKEN" << "TEAM_TOKEN";
    QTest::newRow("a reference behind a word") << "authorization" << "Basic env:GATE" << "GATE";
    QTest::newRow("a key that should not be there, by the header's name") << "x-secret" << "hunter2hunter2" << "X_SECRET";
    QTest::newRow("a key that should not be there, by its look") << "x-team" << "sk-abcdef123456" << "X_TEAM";
}

void SnippetsTest::everySecretIsAVariable()
{
    QFETCH(QString, header);
    QFETCH(QString, value);
    QFETCH(QString, variable);
    qputenv("TEAM_TOKEN", "value-of-a-token");
    qputenv("GATE", "value-of-a-gate");
    qputenv("OPENAI_API_KEY", "sk-value-of-the-key");
    ProviderConfig p = provider();
    p.headers = {{header, value}};
    for (const SnippetLanguage language : all) {
        const auto snippet = snippetFor(language, p, Prompt{QStringLiteral("x")});
        QVERIFY(snippet);
        QVERIFY2(snippet->variables.contains(variable), qPrintable(snippet->text));
        QVERIFY2(!snippet->text.contains(QStringLiteral("value-of")), qPrintable(snippet->text));
        QVERIFY2(!snippet->text.contains(QStringLiteral("hunter2")), qPrintable(snippet->text));
        QVERIFY2(!snippet->text.contains(QStringLiteral("sk-abcdef")), qPrintable(snippet->text));
        QVERIFY2(!snippet->text.contains(QStringLiteral("Gap")), qPrintable(snippet->text));
    }
    for (const char *name : {"TEAM_TOKEN", "GATE", "OPENAI_API_KEY"})
        qunsetenv(name);
}

void SnippetsTest::aKeyInTheAddressIsAVariable()
{
    ProviderConfig p = provider();
    p.keyReference.clear();
    p.query = {{QStringLiteral("key"), QStringLiteral("env:MAPS_KEY")},
               {QStringLiteral("v"), QStringLiteral("a b'$`[1]")}};
    const QString curl = code(SnippetLanguage::Curl, p), python = code(SnippetLanguage::Python, p),
                  script = code(SnippetLanguage::JavaScript, p);
    QVERIFY2(curl.contains(QStringLiteral("key=$MAPS_KEY")) || curl.contains(QStringLiteral("key='\"$MAPS_KEY\"'")),
             qPrintable(curl));
    QVERIFY2(python.contains(QStringLiteral("key=\" + urllib.parse.quote(os.environ[\"MAPS_KEY\"], safe=\"\") + \"&v=")),
             qPrintable(python));
    QVERIFY2(script.contains(QStringLiteral("encodeURIComponent(process.env.MAPS_KEY)")), qPrintable(script));
}

void SnippetsTest::hiddenCharactersAreWrittenOut()
{
    const QString text = QStringLiteral("a") + QChar(0x202e) + QChar(0x2028) + QChar(0x85) + QChar(0x0) + QChar(0xd800)
                         + QStringLiteral("é😀");
    for (const SnippetLanguage language : all) {
        const QString written = code(language, provider(), text);
        QVERIFY2(written.contains(QStringLiteral("\"a\\u202e\\u2028\\u0085\\u0000\\ud800é😀\"")), qPrintable(written));
    }
}

void SnippetsTest::proxiesAndAuthoritiesAreNamedOrSaidToBeLeftOut()
{
    ProviderConfig p = provider();
    p.proxy = QStringLiteral("socks5://127.0.0.1:1080");
    p.caFile = QStringLiteral("/etc/own 'ca'.pem");
    const Prompt prompt{QStringLiteral("x")};
    const auto curl = snippetFor(SnippetLanguage::Curl, p, prompt), python = snippetFor(SnippetLanguage::Python, p, prompt),
               script = snippetFor(SnippetLanguage::JavaScript, p, prompt);
    QCOMPARE(curl->notes, QVector<SnippetNote>{SnippetNote::OneAttempt});
    QVERIFY2(curl->text.contains(QStringLiteral("--proxy 'socks5://127.0.0.1:1080'")), qPrintable(curl->text));
    QVERIFY2(curl->text.contains(QStringLiteral("--cacert '/etc/own '\\''ca'\\''.pem'")), qPrintable(curl->text));
    QCOMPARE(python->notes, (QVector<SnippetNote>{SnippetNote::OneAttempt, SnippetNote::Proxy}));
    QVERIFY2(python->text.contains(QStringLiteral("load_verify_locations(\"/etc/own 'ca'.pem\")")), qPrintable(python->text));
    QCOMPARE(script->notes,
             (QVector<SnippetNote>{SnippetNote::OneAttempt, SnippetNote::Proxy, SnippetNote::Authority}));
    for (const SnippetNote note : script->notes)
        QVERIFY(toSentence(note, SnippetLanguage::JavaScript).endsWith(QLatin1Char('.')));
    p.proxy = QStringLiteral("none");
    QVERIFY(code(SnippetLanguage::Curl, p).contains(QStringLiteral("--noproxy '*'")));
    QVERIFY(code(SnippetLanguage::Python, p).contains(QStringLiteral("ProxyHandler({})")));
}

void SnippetsTest::whatCannotBeSentIsRefused()
{
    ProviderConfig p = provider();
    p.headers = {{QStringLiteral("x-team"), QStringLiteral("a") + QChar(0) + QStringLiteral("b")}};
    QVERIFY(code(SnippetLanguage::Curl, p).contains(QStringLiteral("\"x-team\" holds a line break")));
    p = provider();
    p.baseUrl = QUrl(QStringLiteral("http://127.0.0.1:0/openai/v1"));
    QVERIFY(code(SnippetLanguage::Python, p).contains(QStringLiteral("main has no address")));
    p = provider();
    p.protocol = ProtocolKind::Anthropic;
    Prompt prompt{QStringLiteral("x")};
    prompt.format.kind = ResponseFormat::Kind::Json;
    const auto refused = snippetFor(SnippetLanguage::JavaScript, p, prompt);
    QVERIFY(!refused);
    QVERIFY(toSentence(refused.error()).contains(QStringLiteral("json_schema")));
}

void SnippetsTest::languagesAreFoundByTheirKeys()
{
    for (const SnippetTraits &traits : snippetLanguages())
        QCOMPARE(snippetLanguage(QString::fromLatin1(traits.key))->language, traits.language);
    QCOMPARE(snippetLanguage(u"cobol"), nullptr);
    QCOMPARE(variablesSentence({}), QString());
    QCOMPARE(variablesSentence({QStringLiteral("A"), QStringLiteral("B"), QStringLiteral("C")}),
             QStringLiteral("A, B and C must be set where it runs."));
}

SUITE_TEST(SnippetsTest)
#include "tst_snippets.moc"
