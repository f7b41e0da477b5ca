// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/retryfields.h"
#include "interchange/interchange.h"
#include "support/suite.h"
#include "words/interchangewords.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>

using namespace retryscope;

/// What is written for other tools, to the byte, and what is read of their files.
class InterchangeTest final : public QObject
{
    Q_OBJECT
private slots:
    void writesWhatItAlwaysWrote_data() { targets(); }
    void writesWhatItAlwaysWrote();
    void theTargetsOwnParserReadsIt_data() { targets(); }
    void theTargetsOwnParserReadsIt();
    void tenacityWaitsAsTheReportSays();
    void noKeyIsEverWritten_data() { targets(); }
    void noKeyIsEverWritten();
    void theNumberOfRetriesIsConverted();
    void theReportHasThreeGroups();
    void readsFilesOfOthers_data();
    void readsFilesOfOthers();
    void knowsTheVendorsThatHavePresets_data();
    void knowsTheVendorsThatHavePresets();
    void listsWhatItDoesNotTake();
    void aKeyInTheFileIsNotTaken();
    void refusesWithAPlace_data();
    void refusesWithAPlace();
    void resolvesWhatContradicts();
    void keepsTheProvidersOfThoseWhoImportAPolicy();

private:
    static QString folder() { return QStringLiteral(SOURCE_ROOT "/tests/unit/interchange/"); }
    static QByteArray read(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    static Configuration sample() { return loadConfiguration(folder() + QStringLiteral("configuration.json")).configuration; }
    static void targets()
    {
        QTest::addColumn<QString>("key");
        for (const InterchangeTarget &target : interchangeTargets())
            QTest::newRow(target.key) << QString::fromLatin1(target.key);
    }
    static Imported imported(const char *target, const QByteArray &text)
    {
        return importFrom(*interchangeTarget(QString::fromLatin1(target)), text, interchangeBase());
    }
    static double value(const Imported &i, const QString &field) { return toJson(i.configuration.retry)[field].toDouble(-1); }
    static QString told(const ConfigIssues &issues)
    {
        QString text;
        for (const ConfigIssue &issue : issues)
            text += issue.where + QStringLiteral(": ") + issue.message + QLatin1Char('\n');
        return text;
    }
};

/// RETRYSCOPE_WRITE_GOLDEN=1 writes the files anew; look at the difference before it is committed.
void InterchangeTest::writesWhatItAlwaysWrote()
{
    QFETCH(QString, key);
    const Exported exported = exportTo(*interchangeTarget(key), sample(), QStringLiteral("configuration.json"));
    static const QRegularExpression made(QStringLiteral("Retryscope \\d+\\.\\d+\\.\\d+ from (\\S+) \\([0-9a-f]{12}\\)"));
    QString text = QString::fromUtf8(exported.text);
    QVERIFY(text.left(200).contains(made)); // the version and the hash change with the program
    text.replace(made, QStringLiteral("Retryscope VERSION from \\1 (HASH)"));
    text += QStringLiteral("\n==== report\n") + lossText(exported.report) + lossSummary(exported.report) + QLatin1Char('\n');
    const QString path = folder() + key + QStringLiteral(".txt");
    if (qEnvironmentVariableIsSet("RETRYSCOPE_WRITE_GOLDEN")) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text.toUtf8()) > 0);
    }
    QCOMPARE(text, QString::fromUtf8(read(path)));
}

void InterchangeTest::theTargetsOwnParserReadsIt()
{
    QFETCH(QString, key);
    const InterchangeTarget &target = *interchangeTarget(key);
    const QString file = QLatin1String(target.file);
    QString program;
    QStringList arguments;
    if (file.endsWith(QStringLiteral(".py"))) {
        program = QStringLiteral("/usr/bin/python3");
        arguments = {"-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())"};
    } else if (file.endsWith(QStringLiteral("ml"))) { // yaml, yml
        program = QStringLiteral("/usr/bin/python3");
        arguments = {"-c", "import sys\ntry:\n import yaml\nexcept ImportError:\n sys.exit(77)\n"
                           "assert isinstance(yaml.safe_load(open(sys.argv[1])), dict)"};
    } else if (file.endsWith(QStringLiteral(".json"))) {
        program = QStringLiteral("/usr/bin/python3");
        arguments = {"-c", "import json, sys; json.load(open(sys.argv[1]))"};
    } else if (file.endsWith(QStringLiteral(".mjs"))) {
        program = QStandardPaths::findExecutable(QStringLiteral("node"));
        arguments = {"--check"};
    }
    if (program.isEmpty() || !QFile::exists(program))
        QSKIP("Its parser is not there.");
    QTemporaryDir temporary;
    QFile out(temporary.filePath(file));
    QVERIFY(out.open(QIODevice::WriteOnly));
    out.write(exportTo(target, sample(), QStringLiteral("configuration.json")).text);
    out.close();
    QProcess process;
    process.start(program, arguments << out.fileName());
    QVERIFY(process.waitForFinished(60'000));
    if (process.exitCode() == 77)
        QSKIP("PyYAML is not there.");
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
}

void InterchangeTest::tenacityWaitsAsTheReportSays()
{
    QTemporaryDir temporary;
    QFile out(temporary.filePath(QStringLiteral("llm_retry.py")));
    QVERIFY(out.open(QIODevice::WriteOnly));
    out.write(exportTo(*interchangeTarget(u"tenacity"), sample(), QStringLiteral("c.json")).text);
    out.write(R"py(
class Response:
    def __init__(self, status, headers):
        self.status_code, self.headers = status, headers

class Failure(Exception):
    def __init__(self, status, **headers):
        self.response = Response(status, {k.replace("_", "-"): v for k, v in headers.items()})

def attempts_of(error):
    waits, calls = [], []
    @llm_retry
    def ask():
        calls.append(1)
        raise error
    ask.retry.sleep = waits.append
    try:
        ask()
    except Failure:
        pass
    return len(calls), waits

count, waits = attempts_of(Failure(500))
assert count == 4, count
for wait, whole in zip(waits, (0.75, 1.125, 1.6875)):
    assert whole / 2 <= wait <= whole, (wait, whole)
assert attempts_of(Failure(400))[0] == 1
assert attempts_of(Failure(429))[0] == 1
count, waits = attempts_of(Failure(503, retry_after="7"))
assert waits == [7.0, 7.0, 7.0], waits
count, waits = attempts_of(Failure(503, retry_after="700"))
assert waits == [45, 45, 45], waits
)py");
    out.close();
    QProcess process;
    process.start(QStringLiteral("/usr/bin/python3"), {"-c", "import tenacity"});
    if (!process.waitForFinished(60'000) || process.exitCode() != 0)
        QSKIP("tenacity is not there.");
    process.start(QStringLiteral("/usr/bin/python3"), {out.fileName()});
    QVERIFY(process.waitForFinished(60'000));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
}

void InterchangeTest::noKeyIsEverWritten()
{
    QFETCH(QString, key);
    qputenv("OPENAI_API_KEY", "sk-this-must-not-be-written");
    const Exported exported = exportTo(*interchangeTarget(key), sample(), QStringLiteral("x"));
    qunsetenv("OPENAI_API_KEY");
    QVERIFY(!exported.text.contains("sk-this"));
    QVERIFY(!exported.text.contains("env:")); // the reference stands in the target's own form
}

void InterchangeTest::theNumberOfRetriesIsConverted()
{
    Configuration c = interchangeBase();
    c.providers.resize(1);
    c.retry.maxAttempts = 5;
    const auto text = [&](const char *target) {
        return exportTo(*interchangeTarget(QString::fromLatin1(target)), c, QStringLiteral("x")).text;
    };
    for (const char *target : {"litellm", "envoy"})
        QVERIFY2(text(target).contains("num_retries: 4"), target);
    QVERIFY(text("portkey").contains("\"attempts\": 4"));
    QVERIFY(text("polly").contains("\"MaxRetryAttempts\": 4"));
    QVERIFY(text("openai-python").contains("max_retries=4") && text("anthropic-js").contains("maxRetries: 4"));
    QVERIFY(text("resilience4j").contains("maxAttempts: 5")); // these count the first one
    QVERIFY(text("tenacity").contains("stop_after_attempt(5)"));
    QVERIFY(text("google-genai-js").contains("attempts: 5"));
    for (const InterchangeTarget &target : interchangeTargets()) {
        if (!QLatin1String(target.key).startsWith(QLatin1String("mistral")))
            QVERIFY2(text(target.key).left(200).contains("1 initial + 4 retries"), target.key);
    }
    c.retry.maxAttempts = 9; // Portkey has at most 5 retries
    const Exported most = exportTo(*interchangeTarget(u"portkey"), c, QStringLiteral("x"));
    QVERIFY(most.text.contains("\"attempts\": 5"));
    const auto line = std::find_if(most.report.lines.begin(), most.report.lines.end(),
                                   [](const LossLine &l) { return l.field == QLatin1String("retry.max_attempts"); });
    QVERIFY(line->kept == Kept::Approximate && line->ours == QJsonValue(9) && line->back == QJsonValue(6));
}

void InterchangeTest::theReportHasThreeGroups()
{
    const LossReport report = exportTo(*interchangeTarget(u"envoy"), sample(), QStringLiteral("x")).report;
    const QString text = lossText(report);
    QVERIFY(report.count(Kept::Exact) > 0 && report.count(Kept::Approximate) > 0 && report.count(Kept::NotExpressible) > 0);
    QVERIFY(text.indexOf(QStringLiteral("Exact (")) < text.indexOf(QStringLiteral("Approximate ("))
            && text.indexOf(QStringLiteral("Approximate (")) < text.indexOf(QStringLiteral("Not expressible (")));
    QVERIFY2(text.contains(QStringLiteral("retry.jitter: equal → built in: from 0 to the wait (as if it were full). ")),
             qPrintable(text));
    QVERIFY(text.contains(QStringLiteral("providers.openai.timeouts: {\"attempt_timeout_s\":45}. The file has no place")));
    QVERIFY(!text.contains(QStringLiteral("providers.off"))); // it is not asked
    QVERIFY(!text.contains(QStringLiteral("stream_mode")));   // every client shows answers as they come
}

void InterchangeTest::knowsTheVendorsThatHavePresets_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("expected"); ///< protocol, address, model, key
    const auto litellm = [](const char *parameters, const char *expected) {
        QTest::addRow("litellm: %s", parameters)
            << QByteArray("litellm")
            << "model_list:\n- {model_name: a, litellm_params: {" + QByteArray(parameters) + "}}\n" << expected;
    };
    litellm("model: groq/llama-3.3-70b-versatile",
            "openai_compatible https://api.groq.com/openai/v1 llama-3.3-70b-versatile env:GROQ_API_KEY");
    litellm("model: groq/m, api_key: os.environ/K", "openai_compatible https://api.groq.com/openai/v1 m env:K");
    litellm("model: openrouter/openai/gpt-4o-mini",
            "openai_compatible https://openrouter.ai/api/v1 openai/gpt-4o-mini env:OPENROUTER_API_KEY");
    litellm("model: azure/eu, api_base: https://r.openai.azure.com, api_key: os.environ/AZURE_API_KEY",
            "openai https://r.openai.azure.com/openai/v1 eu env:AZURE_API_KEY");
    litellm("model: azure/eu, api_base: https://r.openai.azure.com/", "openai https://r.openai.azure.com/openai/v1 eu "
                                                                      "env:AZURE_OPENAI_API_KEY");
    litellm("model: ollama_chat/llama3.2, api_base: http://gpu:11434", "openai_compatible http://gpu:11434/v1 llama3.2 ");
    litellm("model: hosted_vllm/m, api_base: http://gpu:8000/own/v1", "openai_compatible http://gpu:8000/own/v1 m ");
    litellm("model: fireworks_ai/accounts/fireworks/models/m",
            "openai_compatible https://api.fireworks.ai/inference/v1 accounts/fireworks/models/m env:FIREWORKS_API_KEY");
    litellm("model: claude-sonnet-4-5", "anthropic https://api.anthropic.com claude-sonnet-4-5 env:ANTHROPIC_API_KEY");
    litellm("model: gpt-4o", "openai https://api.openai.com/v1 gpt-4o env:OPENAI_API_KEY");
    litellm("model: openai/m, api_base: http://localhost:8000/v1", "openai_compatible http://localhost:8000/v1 m ");
    QTest::newRow("portkey: groq") << QByteArray("portkey")
                                   << QByteArray(R"({"targets":[{"provider":"groq","override_params":{"model":"m"}}]})")
                                   << "openai_compatible https://api.groq.com/openai/v1 m env:GROQ_API_KEY";
    QTest::newRow("portkey: x-ai") << QByteArray("portkey") << QByteArray(R"({"targets":[{"provider":"x-ai"}]})")
                                   << "openai_compatible https://api.x.ai/v1 grok-4 env:XAI_API_KEY";
}

void InterchangeTest::knowsTheVendorsThatHavePresets()
{
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, text);
    const Imported read = imported(target.constData(), text);
    QCOMPARE(read.configuration.providers.size(), 1);
    const ProviderConfig &p = read.configuration.providers.first();
    QTEST(QStringLiteral("%1 %2 %3 %4").arg(toKey(p.protocol), p.baseUrl.toString(), p.model, p.keyReference), "expected");
}

void InterchangeTest::readsFilesOfOthers_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("field");
    QTest::addColumn<double>("expected");
    const auto row = [](const char *name, const char *target, const QByteArray &text, const char *field, double expected) {
        QTest::newRow(name) << QByteArray(target) << text << QString::fromLatin1(field) << expected;
    };
    row("anchors and merge keys", "litellm",
        "x: &usual\n  api_key: os.environ/K\nmodel_list:\n- model_name: a\n  litellm_params: {<<: *usual, model: openai/m}\n"
        "router_settings: {num_retries: 5}\n", "max_attempts", 6);
    row("LiteLLM's own default", "litellm", "model_list:\n- {model_name: a, litellm_params: {model: openai/m}}\n",
        "max_attempts", 3);
    row("a chain is asked whole", "litellm",
        "model_list:\n- {model_name: a, litellm_params: {model: openai/m}}\n- {model_name: b, litellm_params: {model: "
        "gemini/m}}\n"
        "router_settings: {num_retries: 1, fallbacks: [{a: [b]}]}\n",
        "max_attempts", 4);
    row("per cent", "portkey", R"({"retry":{"attempts":3},"strategy":{"cb_config":{"failure_threshold_percentage":29}}})",
        "circuit_failure_ratio", 0.29);
    row("milliseconds", "portkey", R"({"request_timeout":1500})", "attempt_timeout_s", 1.5);
    row("a policy of a route alone", "envoy",
        "virtual_hosts:\n- routes:\n  - route: {cluster: a, retry_policy: {num_retries: 7}}\n", "max_attempts", 8);
    row("Envoy's default base", "envoy", "virtual_hosts:\n- retry_policy: {num_retries: 2}\n", "base_delay_s", 0.025);
    row("ten times the base", "envoy", "virtual_hosts:\n- retry_policy: {retry_back_off: {base_interval: 2s}}\n",
        "max_delay_s", 20);
    row("a section of any name", "polly", R"({"A":{"B":{"Retry":{"Delay":"00:00:03","MaxRetryAttempts":6}}}})",
        "base_delay_s", 3);
    row("days", "polly", R"({"A":{"TotalRequestTimeout":{"Timeout":"1.00:00:00"}}})", "deadline_s", 86400);
    row("the handler's default", "polly", R"({"A":{"Retry":{}}})", "max_attempts", 4);
    row("dashes and ISO", "resilience4j",
        "resilience4j.retry:\n  instances:\n    a: {max-attempts: 5, wait-duration: PT1.5S}\n", "base_delay_s", 1.5);
    row("a base configuration", "resilience4j",
        "resilience4j:\n  retry:\n    configs:\n      default: {maxAttempts: 9, waitDuration: 2s}\n    instances:\n      a: {baseConfig: default}\n",
        "max_attempts", 9);
    row("backoff without a wait is not read", "resilience4j",
        "resilience4j:\n  retry:\n    instances:\n      a: {enableExponentialBackoff: true, exponentialBackoffMultiplier: 3}\n",
        "base_delay_s", 0.5);
    row("a decorator", "tenacity",
        "from tenacity import *\n\n@retry(stop=stop_after_attempt(7), wait=wait_random_exponential(multiplier=1, max=60))\n"
        "def ask():\n    return 1\n", "max_attempts", 7);
    row("positions", "tenacity", "r = retry(wait=wait_exponential(2, 30), stop=stop_after_attempt(3))\n", "max_delay_s", 30);
    row("underscores", "openai-js", "const c = new OpenAI({ timeout: 30_000, maxRetries: 0 });\n", "attempt_timeout_s", 30);
    row("the SDK's default", "openai-python", "client = openai.AsyncOpenAI()\n", "max_attempts", 3);
    row("quoted names", "anthropic-js", "let a = new Anthropic({'maxRetries': 4})", "max_attempts", 5);
    row("no retry options is no retry", "google-genai-js", "const ai = new GoogleGenAI({apiKey: process.env.K});\n",
        "max_attempts", 1);
    row("zero attempts is none", "google-genai-python",
        "c = genai.Client(http_options=types.HttpOptions(retry_options=types.HttpRetryOptions(attempts=0)))\n", "max_attempts", 1);
    row("no strategy", "mistral-python", "m = Mistral(api_key=os.environ[\"K\"])\n", "max_attempts", 1);
}

void InterchangeTest::readsFilesOfOthers()
{
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, text);
    QFETCH(QString, field);
    QFETCH(double, expected);
    const Imported read = imported(target.constData(), text);
    QVERIFY2(!hasErrors(read.issues), qPrintable(told(read.issues)));
    QCOMPARE(value(read, field), expected);
}

void InterchangeTest::listsWhatItDoesNotTake()
{
    const Imported read = imported("litellm", "model_list:\n  - model_name: a\n    litellm_params:\n      model: openai/m\n"
                                              "      rpm: 60\nrouter_settings:\n  num_retries: 1\n  redis_host: x\n"
                                              "general_settings:\n  master_key: os.environ/M\n");
    QVERIFY2(!hasErrors(read.issues), qPrintable(told(read.issues)));
    QCOMPARE(read.notTaken, (QStringList{"model_list[0].litellm_params.rpm, line 5", "router_settings.redis_host, line 8",
                                         "general_settings, line 10"}));
    const Imported json = imported("polly", R"({"A":{"Retry":{"MaxRetryAttempts":2,"Colour":1},"Hedging":{}}})");
    QCOMPARE(json.notTaken, (QStringList{"A.Retry.Colour", "A.Hedging"}));
}

void InterchangeTest::aKeyInTheFileIsNotTaken()
{
    for (const auto &[target, text] :
         {std::pair("litellm", "model_list:\n- {model_name: a, litellm_params: {model: openai/m, api_key: sk-abcdef0123456789}}\n"),
          std::pair("portkey", R"({"targets":[{"provider":"openai","api_key":"sk-abcdef0123456789"}],"retry":{"attempts":1}})"),
          std::pair("openai-python", "c = OpenAI(api_key=\"sk-abcdef0123456789\")\n")}) {
        const Imported read = imported(target, text);
        QVERIFY2(!hasErrors(read.issues), qPrintable(told(read.issues)));
        QVERIFY2(told(read.issues).contains(QStringLiteral("api_key")), target);
        QVERIFY(!told(read.issues).contains(QStringLiteral("abcdef")) && !toJson(read.configuration).contains("abcdef"));
    }
}

void InterchangeTest::refusesWithAPlace_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char *name, const char *target, const QByteArray &text, const char *place, const char *sentence) {
        QTest::newRow(name) << QByteArray(target) << text << QString::fromUtf8(place) << QString::fromUtf8(sentence);
    };
    row("empty", "litellm", "", "(file), line 1", "must hold a YAML map");
    row("a list", "litellm", "- a\n", "(file), line 1", "must hold a YAML map");
    row("a document that is a list", "envoy", "a: 1\n---\n- b\n", "(file), line 3", "must hold a YAML map");
    row("broken YAML", "envoy", "a: 1\nb: [1, 2\nc: }\n", "(file), line 3", "Not valid YAML");
    row("broken JSON", "portkey", "{\n \"retry\": {\n", "(file), line 3", "Not valid JSON");
    row("a word for a number", "litellm", "model_list: []\nrouter_settings:\n  num_retries: many\n",
        "router_settings.num_retries, line 3", "Must be a number");
    row("a list for a map", "litellm", "router_settings: [1]\n", "router_settings, line 1", "Must be a map");
    row("half a retry", "envoy", "virtual_hosts:\n- retry_policy:\n    num_retries: 1.5\n",
        "retry_policy.num_retries, line 3", "Must be a whole number");
    row("a duration", "envoy", "virtual_hosts:\n- retry_policy:\n    per_try_timeout: 5 minutes\n",
        "retry_policy.per_try_timeout, line 3", "Must be a duration in seconds");
    row("no virtual host", "envoy", "a: 1\n", "virtual_hosts", "Is not there");
    row("an alias in itself", "litellm", "a: &a [*a]\n", "(file), line 1", "stands inside of what it names");
    row("twice", "litellm", "a: 1\na: 2\n", "(file), line 2", "stands twice");
    row("laughs", "litellm",
        "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n", "(file), line 5", "More than 50000 values");
    row("deep YAML", "litellm", "a: " + QByteArray(400, '[') + QByteArray(400, ']') + "\n", "(file), line 1", "levels deep");
    row("deep JSON", "polly", "{\"a\":" + QByteArray(600, '[') + QByteArray(600, ']') + "}", "(file)", "levels deep");
    row("too large", "litellm", QByteArray(2 << 20, ' '), "(file)", "larger than 256 KB");
    row("no handler", "polly", "{}", "(file)", "Has no section with Retry");
    row("growth", "polly", R"({"A":{"Retry":{"BackoffType":"Fibonacci"}}})", "A.Retry.BackoffType",
        "Must be Constant, Linear or Exponential");
    row("no resilience", "resilience4j", "spring: {}\n", "resilience4j", "Is not there");
    row("a loop", "tenacity", "import tenacity\n\nfor x in y:\n    pass\n", "(file), line 3", "only assignments");
    row("no decorator", "tenacity", "x = 1\n", "(file)", "Has no call of tenacity's retry()");
    row("an unknown wait", "tenacity", "r = retry(stop=stop_after_attempt(2),\n wait=wait_chain(wait_fixed(1)))\n",
        "wait, line 2", "Is none of wait_exponential");
    row("a text without end", "openai-python", "c = OpenAI(\n  api_key=\"abc\n)\n", "(file), line 2", "has no end");
    row("deep Python", "openai-python", "c = " + QByteArray(5000, '[') + "\n", "(file), line 1", "levels deep");
    QByteArray many;
    for (int i = 0; i < 20'000; ++i)
        many += 'a' + QByteArray::number(i) + " = 1\n";
    row("many assignments", "openai-python", many, "(file), line 1001", "More than 1000 assignments");
    row("no client", "openai-js", "const a = 1;\n", "(file)", "Makes no client");
    row("an address", "openai-python", "c = OpenAI(base_url=\"ftp://x\")\n", "providers[0].base_url", "http or https");
    row("a status", "portkey", R"({"retry":{"attempts":1,"on_status_codes":["soon"]}})", "retry.on_status_codes",
        "Must hold statuses");
    row("only written", "polly-csharp", "x", "(file)", "is only written");
}

void InterchangeTest::refusesWithAPlace()
{
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, text);
    QFETCH(QString, place);
    QFETCH(QString, sentence);
    const Imported read = imported(target.constData(), text);
    QVERIFY(hasErrors(read.issues));
    const auto found = std::find_if(read.issues.begin(), read.issues.end(), [&](const ConfigIssue &issue) {
        return issue.severity == ConfigIssue::Severity::Error && issue.where == place && issue.message.contains(sentence);
    });
    QVERIFY2(found != read.issues.end(), qPrintable(told(read.issues)));
}

void InterchangeTest::resolvesWhatContradicts()
{
    const Imported slow = imported("polly", R"({"A":{"Retry":{"Delay":"00:00:20","MaxDelay":"00:00:05"}}})");
    QVERIFY2(!hasErrors(slow.issues), qPrintable(told(slow.issues)));
    QCOMPARE(value(slow, QStringLiteral("max_delay_s")), 20.0);
    QVERIFY(told(slow.issues).contains(QStringLiteral("retry.max_delay_s: Would be 5, shorter than retry.base_delay_s: 20")));
    const Imported many = imported("litellm", "model_list:\n- {model_name: a, litellm_params: {model: openai/m}}\n"
                                              "router_settings: {num_retries: 99}\n");
    QVERIFY2(!hasErrors(many.issues), qPrintable(told(many.issues)));
    QCOMPARE(value(many, QStringLiteral("max_attempts")), 20.0);
    QVERIFY(told(many.issues).contains(QStringLiteral("router_settings.num_retries, line 3: Is 100 in terms of")));
}

void InterchangeTest::keepsTheProvidersOfThoseWhoImportAPolicy()
{
    const Configuration mine = sample();
    const Imported read = importFrom(*interchangeTarget(u"tenacity"), "r = retry(stop=stop_after_attempt(2))\n", mine);
    QCOMPARE(read.configuration.providers, mine.providers);
    QCOMPARE(read.configuration.retry.maxAttempts, 2);
    QCOMPARE(read.configuration.retry.circuitOpenTime, mine.retry.circuitOpenTime); // which the file cannot tell
}

SUITE_TEST(InterchangeTest)
#include "tst_interchange.moc"
