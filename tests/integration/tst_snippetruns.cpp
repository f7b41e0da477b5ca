// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/localengineclient.h"
#include "protocols/registry.h"
#include "sandbox/sandbox.h"
#include "snippets/snippet.h"
#include "support/recordingrelay.h"
#include "support/suite.h"

#include <QJsonDocument>
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
    static Prompt prompt(bool stream)
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
        QObject::connect(&client, &EngineClient::callFinished, &client, [&ended](const CallResult &) { ended = true; });
        client.apply(configuration);
        client.send(prompt, Route{});
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
    for (const Wire &wire : wires()) {
        for (const SnippetTraits &language : snippetLanguages()) {
            for (const bool stream : {false, true})
                QTest::addRow("%s, %s%s", wire.key, language.key, stream ? ", streamed" : "")
                    << QString::fromLatin1(wire.key) << QString::fromLatin1(language.key) << stream;
        }
    }
}

void SnippetRunsTest::sendsWhatTheEngineSends()
{
    QFETCH(QString, wire);
    QFETCH(QString, language);
    QFETCH(bool, stream);
    const SnippetTraits &traits = *snippetLanguage(language);
    if (program(traits.language).isEmpty())
        QSKIP("The program that runs this language is not installed.");
    const ProviderConfig asked = provider(*wireFromKey(wire));
    const auto engine = engineRequest(asked, prompt(stream));
    QVERIFY(engine);
    const auto snippet = snippetFor(traits.language, asked, prompt(stream));
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
    QCOMPARE(QJsonDocument::fromJson(sent.body), QJsonDocument::fromJson(engine->body));
    QTRY_COMPARE(m_sandbox.requests(asked.id).size() + m_sandbox.requests(wire).size(), 1);
    const SandboxRequest answered = m_sandbox.requests(wire).first();
    QCOMPARE(answered.status, 200);
    QCOMPARE(answered.end, SandboxRequest::End::Whole);
    QCOMPARE(answered.stream, stream);
    // What came is printed as it came, but for a line's end behind a whole answer.
    QCOMPARE(ran.out.trimmed().size(), m_relay->answerBody().trimmed().size());
    QCOMPARE(ran.out.trimmed(), m_relay->answerBody().trimmed());
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
