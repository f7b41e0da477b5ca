// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/localengineclient.h"
#include "protocols/registry.h"
#include "sandbox/sandbox.h"
#include "snippets/snippet.h"
#include "support/recordingrelay.h"
#include "support/suite.h"
#include "workbench/exchangehar.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace retryscope;

Q_DECLARE_METATYPE(SnippetLanguage)

/// Runs the generated code against the simulated providers: it sends what the engine sends, and prints what they answer.
class SnippetRunsTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void sendsWhatTheEngineSends_data();
    void sendsWhatTheEngineSends();
    void theArchiveHoldsWhatWentOverTheWire_data();
    void theArchiveHoldsWhatWentOverTheWire();
    void aRefusalEndsWithAnError_data();
    void aRefusalEndsWithAnError();

private:
    struct Ran { int code = -1; QByteArray out, err; };

    static QString program(SnippetLanguage language)
    {
        static const char *const names[] = {"curl", "python3", "node"};
        const QString path = QStandardPaths::findExecutable(QLatin1String(names[int(language)]));
        return language == SnippetLanguage::Curl && !path.isEmpty() ? QStandardPaths::findExecutable(QStringLiteral("sh"))
                                                                    : path;
    }
    Ran runCode(const SnippetTraits &language, const QString &code)
    {
        QFile file(m_folder.filePath(QLatin1String(language.file)));
        if (!file.open(QIODevice::WriteOnly))
            return {};
        file.write(code.toUtf8());
        file.close();
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("SNIPPET_KEY"), QLatin1String(key));
        environment.insert(QStringLiteral("no_proxy"), QStringLiteral("127.0.0.1"));
        environment.insert(QStringLiteral("PYTHONIOENCODING"), QStringLiteral("utf-8"));
        process.setProcessEnvironment(environment);
        process.start(program(language.language), {file.fileName()});
        process.closeWriteChannel();
        if (!QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, 60'000))
            process.kill();
        process.waitForFinished(5'000);
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
                process.readAllStandardError()};
    }
    ProviderConfig provider(const Wire &wire) const
    {
        ProviderConfig p;
        p.id = QStringLiteral("p");
        p.protocol = wire.kind;
        p.baseUrl = QUrl(QStringLiteral("http://127.0.0.1:%1/%2%3")
                             .arg(m_relay->serverPort())
                             .arg(QLatin1String(wire.key), QLatin1String(wire.servedPath)));
        p.model = QStringLiteral("model/with $signs'and\"quotes");
        p.keyReference = QStringLiteral("env:SNIPPET_KEY");
        p.headers = {{QStringLiteral("x-quoting"), QStringLiteral("it's \"$HOME\" `id` \\ é")}};
        p.query = {{QStringLiteral("tenant"), QStringLiteral("a b&c'd$e[1-3]{x,y}")}};
        return p;
    }
    /// Words of every kind, and a tool; or what the Test page's other chips add: pictures, a JSON schema, tools, and a
    /// conversation in which one was called.
    enum class Asked { Words, Everything };
    static Prompt prompt(bool stream, Asked asked = Asked::Words)
    {
        return asked == Asked::Words ? words(stream) : everything(stream);
    }
    static Prompt everything(bool stream)
    {
        const QByteArray picture =
            QByteArray::fromBase64("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+"
                                   "A8AAQUBAScY42YAAAAASUVORK5CYII=");
        const QJsonObject schema =
            QJsonDocument::fromJson(R"({"type":"object","properties":{)"
                                    R"("it's":{"type":"string","enum":["$a","\u2028'\\"]},)"
                                    R"("nested":{"type":"array","items":{"type":"object","properties":{)"
                                    R"("n":{"type":"number"}},"required":["n"],)"
                                    R"("additionalProperties":false}}},)"
                                    R"("required":["it's","nested"],"additionalProperties":false})")
                .object();
        Prompt prompt;
        prompt.stream = stream;
        prompt.system = QStringLiteral("Answer as JSON.");
        prompt.maxTokens = 200;
        prompt.topP = 0.25;
        prompt.text = QStringLiteral("And what is on this one?");
        prompt.tools = {
            {QStringLiteral("look_up"), QStringLiteral("It's \"$cheap\""), schema},
            {QStringLiteral("other"),
             {},
             {{QStringLiteral("type"), QStringLiteral("object")}, {QStringLiteral("properties"), QJsonObject()}}}};
        prompt.toolChoice = ToolChoice::Named;
        prompt.toolName = QStringLiteral("look_up");
        prompt.parallelTools = false;
        prompt.format.kind = ResponseFormat::Kind::Schema;
        prompt.format.name = QStringLiteral("what_is_seen");
        prompt.format.schema = schema;
        const ChatPart image{.kind = ChatPart::Kind::Image, .mediaType = QStringLiteral("image/png"), .data = picture};
        const ToolCall call{QStringLiteral("call_1"), QStringLiteral("look_up"), QStringLiteral("{\"it's\": \"$a\"}")};
        ChatPart result{.kind = ChatPart::Kind::ToolResult, .text = QStringLiteral("`nothing` \\ $found")};
        result.call = call;
        prompt.messages = {{ChatRole::User, {{ChatPart::Kind::Text, QStringLiteral("What is on it?")}, image}},
                           {ChatRole::Assistant, {ChatPart{.kind = ChatPart::Kind::ToolCall, .call = call}}},
                           {ChatRole::User, {result}},
                           {ChatRole::Assistant, {{ChatPart::Kind::Text, QStringLiteral("A dot.")}}},
                           {ChatRole::User, {image}}};
        return prompt;
    }
    static Prompt words(bool stream)
    {
        Prompt prompt;
        prompt.text = QStringLiteral("He said \"don't\" \\ \\n\n\t$HOME `id` $(id) !! %s ${X} #{y} '''\"\"\" </script>\nJSON\n"
                                     "日本語 é 😀 ")
                      + QChar(0x2028) + QChar(0x202e) + QChar(0x7f) + QChar(0) + QStringLiteral(" end\\");
        prompt.system = QStringLiteral("'; rm -rf / #\r\nEOF");
        prompt.stream = stream;
        prompt.maxTokens = 64;
        prompt.temperature = 0.7;
        prompt.stop = {QStringLiteral("'\"\\")};
        prompt.messages = {{ChatRole::User, {{ChatPart::Kind::Text, QStringLiteral("first\\\\")}}},
                           {ChatRole::Assistant, {{ChatPart::Kind::Text, QStringLiteral("$`second`")}}}};
        prompt.tools = {{QStringLiteral("look_up"), QStringLiteral("It's \"$cheap\""),
                         {{QStringLiteral("type"), QStringLiteral("object")},
                          {QStringLiteral("properties"),
                           QJsonObject{{QStringLiteral("__proto__"),
                                        QJsonObject{{QStringLiteral("type"), QStringLiteral("string")}}}}}}}};
        prompt.toolChoice = ToolChoice::None;
        prompt.seed = 9007199254740993;
        return prompt;
    }
    /// What the engine sends for it, as it passed the relay.
    std::optional<RecordingRelay::Request> engineRequest(const ProviderConfig &provider, const Prompt &prompt)
    {
        m_relay->requests.clear();
        LocalEngineClient client{7};
        Configuration configuration;
        configuration.providers = {provider};
        configuration.retry.maxAttempts = 1;
        bool ended = false;
        m_exchanges.clear();
        QObject::connect(&client, &EngineClient::callFinished, &client, [&ended](const CallResult &) { ended = true; });
        QObject::connect(&client, &EngineClient::exchangesArrived, &client, [this](const ExchangeRecords &pieces) {
            for (const ExchangeRecord &piece : pieces) {
                if (m_exchanges.isEmpty() || !m_exchanges.last().isSameAttempt(piece))
                    m_exchanges.append(piece);
                else
                    m_exchanges.last().append(piece);
            }
        });
        client.apply(configuration);
        client.send(prompt, Route{}, {.capture = Capture::Yes});
        if (!QTest::qWaitFor([&] { return ended && !m_relay->requests.isEmpty(); }, 30'000))
            return std::nullopt;
        return m_relay->requests.first();
    }
    static QByteArray header(const RecordingRelay::Request &request, const char *name)
    {
        return headerValue(request.headers, name);
    }

    static constexpr char key[] = "sk-snippet-test-0123456789";
    Sandbox m_sandbox;
    std::unique_ptr<RecordingRelay> m_relay;
    ExchangeRecords m_exchanges; ///< of engineRequest
    QTemporaryDir m_folder;
};

void SnippetRunsTest::initTestCase()
{
    qputenv("SNIPPET_KEY", key);
    const auto port = m_sandbox.start();
    QVERIFY(port);
    m_sandbox.setSpeed(1ms, 0ms);
    m_relay = std::make_unique<RecordingRelay>(*port);
}

void SnippetRunsTest::sendsWhatTheEngineSends_data()
{
    QTest::addColumn<QString>("wire");
    QTest::addColumn<QString>("language");
    QTest::addColumn<bool>("stream");
    QTest::addColumn<bool>("everything");
    for (const Wire &wire : wires()) {
        for (const SnippetTraits &language : snippetLanguages()) {
            for (const bool stream : {false, true}) {
                for (const bool everything : {false, true})
                    QTest::addRow("%s, %s%s%s", wire.key, language.key,
                                  everything ? ", pictures, tools and a schema" : "", stream ? ", streamed" : "")
                        << QString::fromLatin1(wire.key) << QString::fromLatin1(language.key) << stream << everything;
            }
        }
    }
}

void SnippetRunsTest::sendsWhatTheEngineSends()
{
    QFETCH(QString, wire);
    QFETCH(QString, language);
    QFETCH(bool, stream);
    QFETCH(bool, everything);
    const Prompt said = prompt(stream, everything ? Asked::Everything : Asked::Words);
    const SnippetTraits &traits = *snippetLanguage(language);
    if (program(traits.language).isEmpty())
        QSKIP("The program that runs this language is not installed.");
    const ProviderConfig asked = provider(*wireFromKey(wire));
    const auto engine = engineRequest(asked, said);
    QVERIFY(engine);
    const auto snippet = snippetFor(traits.language, asked, said);
    QVERIFY(snippet);
    QVERIFY(!snippet->text.contains(QLatin1String(key)));
    QCOMPARE(snippet->variables, QStringList{QStringLiteral("SNIPPET_KEY")});
    m_relay->requests.clear();
    m_sandbox.forgetRequests();
    const Ran ran = runCode(traits, snippet->text);
    QVERIFY2(ran.code == 0, ran.err + ran.out + snippet->text.toUtf8());
    QCOMPARE(m_relay->requests.size(), 1);
    const RecordingRelay::Request &sent = m_relay->requests.first();
    QCOMPARE(sent.method, engine->method);
    QCOMPARE(sent.target, engine->target);
    for (const auto &[name, value] : engine->headers) {
        static const QByteArrayList own{"host", "content-length", "connection", "accept-encoding", "user-agent", "accept",
                                        "accept-language", "cache-control", "pragma"};
        if (!own.contains(name.toLower()))
            QCOMPARE(header(sent, name.constData()), value);
    }
    QVERIFY(QJsonDocument::fromJson(engine->body).isObject());
    QCOMPARE(QJsonDocument::fromJson(sent.body), QJsonDocument::fromJson(engine->body));
    if (everything) { // it is all in there, whatever the wire calls it
        for (const QByteArray &part : {QByteArray("iVBORw0KGgo"), QByteArray("nested"), QByteArray("look_up")})
            QVERIFY2(sent.body.contains(part), part);
        QCOMPARE(sent.body.count("iVBORw0KGgo"), 2);
    }
    QTRY_COMPARE(m_sandbox.requests(asked.id).size() + m_sandbox.requests(wire).size(), 1);
    const SandboxRequest answered = m_sandbox.requests(wire).first();
    QCOMPARE(answered.status, 200);
    QCOMPARE(answered.end, SandboxRequest::End::Whole);
    QCOMPARE(answered.stream, stream);
    // What came is printed as it came, but for a line's end behind a whole answer.
    QCOMPARE(ran.out.trimmed().size(), m_relay->answerBody().trimmed().size());
    QCOMPARE(ran.out.trimmed(), m_relay->answerBody().trimmed());
}

void SnippetRunsTest::theArchiveHoldsWhatWentOverTheWire_data()
{
    QTest::addColumn<QString>("wire");
    QTest::addColumn<bool>("stream");
    for (const Wire &wire : wires()) {
        for (const bool stream : {false, true})
            QTest::addRow("%s%s", wire.key, stream ? ", streamed" : "") << QString::fromLatin1(wire.key) << stream;
    }
}

/// Of a call as the Test page makes it: both bodies whole, and no key, wherever it went.
void SnippetRunsTest::theArchiveHoldsWhatWentOverTheWire()
{
    QFETCH(QString, wire);
    QFETCH(bool, stream);
    ProviderConfig asked = provider(*wireFromKey(wire));
    asked.headers.insert(QStringLiteral("x-team-token"), QString::fromLatin1(key));
    asked.query.insert(QStringLiteral("key"), QString::fromLatin1(key));
    const auto sent = engineRequest(asked, prompt(stream, Asked::Everything));
    QVERIFY(sent);
    QVERIFY(sent->target.contains(key) && header(*sent, "x-team-token") == key); // it did go out
    QCOMPARE(m_exchanges.size(), 1);
    const QByteArray har = exchangesToHar(m_exchanges, QStringLiteral("1.2.3"));
    QVERIFY(!har.contains(key));
    QVERIFY(!har.contains(QByteArray(key).toBase64()));
    const QJsonObject log = QJsonDocument::fromJson(har)["log"].toObject();
    QCOMPARE(log["version"].toString(), QStringLiteral("1.2"));
    QCOMPARE(log["entries"].toArray().size(), 1);
    const QJsonObject entry = log["entries"].toArray().first().toObject(), request = entry["request"].toObject(),
                      response = entry["response"].toObject(), timings = entry["timings"].toObject();
    QCOMPARE(request["method"].toString(), QStringLiteral("POST"));
    QVERIFY(request["url"].toString().contains(QStringLiteral("REDACTED")));
    QCOMPARE(request["bodySize"].toInt(), int(sent->body.size()));
    QCOMPARE(request["postData"]["text"].toString().toUtf8(), sent->body);
    QCOMPARE(response["status"].toInt(), 200);
    QCOMPARE(response["content"]["text"].toString().toUtf8(), m_relay->answerBody());
    QCOMPARE(response["content"]["size"].toInt(), int(m_relay->answerBody().size()));
    QVERIFY(QDateTime::fromString(entry["startedDateTime"].toString(), Qt::ISODateWithMs).isValid());
    double sum = 0.0;
    for (const char *part : {"blocked", "dns", "connect", "send", "wait", "receive"}) // ssl is part of connect
        sum += std::max(0.0, timings[QLatin1String(part)].toDouble(-1.0));
    QVERIFY2(std::abs(sum - entry["time"].toDouble()) < 0.01, qPrintable(QString::number(sum)));
    for (const char *side : {"request", "response"}) {
        for (const QJsonValue value : entry[QLatin1String(side)]["headers"].toArray())
            QVERIFY(value["name"].isString() && value["value"].isString());
    }
}

void SnippetRunsTest::aRefusalEndsWithAnError_data()
{
    QTest::addColumn<QString>("language");
    for (const SnippetTraits &language : snippetLanguages())
        QTest::newRow(language.key) << QString::fromLatin1(language.key);
}

void SnippetRunsTest::aRefusalEndsWithAnError()
{
    QFETCH(QString, language);
    const SnippetTraits &traits = *snippetLanguage(language);
    if (program(traits.language).isEmpty())
        QSKIP("The program that runs this language is not installed.");
    const Wire &wire = wires()[0];
    m_sandbox.setFault(QLatin1String(wire.key), {.fault = Fault::WrongKey, .requests = 1});
    const auto snippet = snippetFor(traits.language, provider(wire), prompt(false));
    QVERIFY(snippet);
    const Ran ran = runCode(traits, snippet->text);
    QVERIFY2(ran.code > 0, ran.out + ran.err);
    QVERIFY2((ran.out + ran.err).contains("Incorrect API key"), ran.out + ran.err);
}

SUITE_TEST(SnippetRunsTest)
#include "tst_snippetruns.moc"
