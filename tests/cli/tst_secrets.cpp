// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/oneanswer.h"
#include "support/suite.h"

#include <QDirIterator>

namespace {

const QByteArray key = "sk-Proj/a+b_9876=xyz";
const QByteArray prompt = "The merger with Contoso closes on Friday";

QByteArray percent(const QByteArray &text)
{
    QByteArray out;
    for (const char c : text)
        out += '%' + QByteArray(1, c).toHex();
    return out;
}

/// The key as servers have been seen to repeat it.
QList<QByteArray> forms()
{
    return {key, key.toLower(),
            key.toUpper(), percent(key),
            QByteArray(key).replace("/", "%2F").replace("+", "%2B").replace("=", "%3D"), key.toBase64(),
            ("user:" + key).toBase64(), ("u:" + key + ":x").toBase64(QByteArray::Base64UrlEncoding), key.toHex()};
}

/// Whatever of the key could be used: itself, in any of its forms, or the larger half of one.
QByteArray leak(const QByteArray &text)
{
    const QByteArray folded = text.toLower();
    for (const QByteArray &form : forms()) {
        for (const QByteArray &part : {form, form.left(form.size() / 2 + 2), form.right(form.size() / 2 + 2)}) {
            if (folded.contains(part.toLower()))
                return part + " in: " + text;
        }
    }
    return {};
}

} // namespace

/// No key, and nothing of a prompt, in anything that is shown or kept, whatever a server sends back.
class SecretsTest : public QObject
{
    Q_OBJECT
private slots:
    void aKeyThatAServerRepeatsIsNowhere_data();
    void aKeyThatAServerRepeatsIsNowhere();
    void aQuotedPromptIsNotKept();
    void aKeyThatCannotBeUsedIsRefusedBeforeSending_data();
    void aKeyThatCannotBeUsedIsRefusedBeforeSending();
    void anUnsetKeyFailsOver();
    void aShortKeyLeavesOurSentencesAlone();
    void headersThatMeanSomethingCarryNoIdempotencyKey_data();
    void headersThatMeanSomethingCarryNoIdempotencyKey();

private:
    /// Everything below the program's home.
    static QByteArray kept(const CliProgram &cli)
    {
        QByteArray all;
        QDirIterator files(cli.path(QStringLiteral("retryscope")), QDir::Files | QDir::Hidden,
                           QDirIterator::Subdirectories);
        while (files.hasNext())
            all += cli.read(files.next());
        return all;
    }
};

void SecretsTest::aKeyThatAServerRepeatsIsNowhere_data()
{
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("protocol");
    for (const char *protocol : {"openai", "anthropic", "google_ai", "mistral", "openai_compatible"}) {
        QTest::addRow("%s, refused", protocol)
            << QByteArray("401 Unauthorized")
            << QByteArray(
                   R"({"error":{"message":"Wrong key: %KEY","code":"invalid_api_key","type":"%KEY","param":"%KEY"}})")
            << QString::fromLatin1(protocol);
        QTest::addRow("%s, plain text", protocol)
            << QByteArray("500 Oops %KEY") << QByteArray("Header was Bearer %KEY, %KEY")
            << QString::fromLatin1(protocol);
    }
    QTest::newRow("a page") << QByteArray("403 Forbidden") << QByteArray("<html><title>No %KEY</title><p>%KEY</html>")
                            << QStringLiteral("openai");
    QTest::newRow("cut in the middle of the key")
        << QByteArray("400 Bad Request") << QByteArray(QByteArray(390, '-') + " %KEY") << QStringLiteral("openai");
    QTest::newRow("an error in a 200") << QByteArray("200 OK")
                                       << QByteArray(R"({"error":{"message":"%KEY is wrong","code":"%KEY"}})")
                                       << QStringLiteral("openai_compatible");
    QTest::newRow("a refusal")
        << QByteArray("200 OK")
        << QByteArray(
               R"({"choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"no"},"finish_reason":"content_filter"}]})")
        << QStringLiteral("openai");
    QTest::newRow("an answer")
        << QByteArray("200 OK")
        << QByteArray(
               R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}]})")
        << QStringLiteral("openai");
    QTest::newRow("a redirect") << QByteArray("307 Temporary Redirect") << QByteArray("moved")
                                << QStringLiteral("openai");
}

void SecretsTest::aKeyThatAServerRepeatsIsNowhere()
{
    QFETCH(QByteArray, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, protocol);
    static const QByteArray names[] = {"Date", "Server", "X-Request-Id", "Request-Id", "Via",
                                       "X-RateLimit-Limit-Requests", "X-RateLimit-Reset-Tokens", "Retry-After",
                                       "CF-Ray", "OpenAI-Processing-Ms", "OpenAI-Organization",
                                       "X-Envoy-Upstream-Service-Time", "Server-Timing",
                                       "anthropic-ratelimit-tokens-limit", "X-Amzn-RequestId"};
    const QList<QByteArray> all = forms();
    const QByteArray together = all.join(' ');
    qsizetype next = 0;
    QByteArray headers = "X-RateLimit-" + key.toHex() + ": 1\r\nLocation: http://127.0.0.1:1/" + all[3]
                         + "\r\nContent-Type: text/" + all[4] + "\r\n";
    for (int round = 0; round < 2; ++round) { // each form in two headers at least
        for (const QByteArray &name : names)
            headers += name + ": " + all[next++ % all.size()] + "\r\n";
    }
    OneAnswer server([&](QTcpSocket &socket, const QByteArray &) {
        OneAnswer::reply(socket, QByteArray(status).replace("%KEY", together),
                         QByteArray(body).replace("%KEY", together), headers);
    });
    CliProgram cli;
    cli.set(QStringLiteral("RS_KEY"), QString::fromLatin1(key));
    const QString file = cli.provider(server.url(), QStringLiteral(R"(,"key":"env:RS_KEY")"), protocol),
                  journal = cli.path(QStringLiteral("journal"));
    const auto ran = cli.run({"send", "--json", "--config", file, "--journal", journal, "Hello"});
    QVERIFY(!server.requests.isEmpty());
    QVERIFY2(server.requests[0].contains(key), "the key did not arrive");
    QVERIFY2(ran.out.contains("[key]"), ran.out);
    const auto plain = cli.run({"send", "--config", file, "Hello"});
    const auto calls = cli.run({"calls", "--json"});
    QCOMPARE(calls.code, 0);
    QVERIFY(kept(cli).size() > 1'000 && cli.read(journal).size() > 1'000);
    for (const QByteArray &said : {ran.out, ran.err, plain.out, plain.err, calls.out, kept(cli), cli.read(journal)})
        QVERIFY2(leak(said).isEmpty(), leak(said));
}

void SecretsTest::aQuotedPromptIsNotKept()
{
    for (const QByteArray &status : {QByteArray("400 Bad Request"), QByteArray("200 OK")}) {
        OneAnswer server([&](QTcpSocket &socket, const QByteArray &) {
            OneAnswer::reply(socket, status,
                             R"({"error":{"message":"Flagged: \")" + prompt
                                 + R"(\"","code":"content_policy_violation"}})");
        });
        const CliProgram cli;
        const auto ran = cli.run({"send", "--json", "--config", cli.provider(server.url()), "--journal",
                                  cli.path(QStringLiteral("journal")), QString::fromLatin1(prompt)});
        QVERIFY2(ran.out.contains("Flagged: ") && ran.out.contains("[prompt]"), ran.out);
        for (const QByteArray &said : {ran.out, ran.err, kept(cli), cli.read(cli.path(QStringLiteral("journal")))})
            QVERIFY2(!said.contains("Contoso"), said);
    }
    // an answer that was shown and then quoted
    OneAnswer server([&](QTcpSocket &socket, const QByteArray &) {
        socket.write(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"A recipe for something terrible\"}}]}\n\n"
            "data: {\"error\":{\"message\":\"Stopped at: A recipe for something "
            "terrible\",\"code\":\"server_error\"}}\n\n");
        socket.disconnectFromHost();
    });
    const CliProgram cli;
    const auto ran = cli.run({"send", "--stream", "--config", cli.provider(server.url()), "--journal",
                              cli.path(QStringLiteral("journal")), "Hello"});
    QVERIFY2(ran.err.contains("[answer]") && !ran.err.contains("terrible"), ran.err);
    QVERIFY(!kept(cli).contains("terrible") && !cli.read(cli.path(QStringLiteral("journal"))).contains("terrible"));
}

void SecretsTest::aKeyThatCannotBeUsedIsRefusedBeforeSending_data()
{
    QTest::addColumn<QString>("value");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("not set") << QString() << QByteArray("RS_KEY, which should hold the key, is not set");
    QTest::newRow("only white space") << QStringLiteral("  \n")
                                      << QByteArray("RS_KEY, which should hold the key, is not set");
    QTest::newRow("a further header line")
        << QStringLiteral("sk-abc\nX-Evil: 1") << QByteArray("RS_KEY holds a line break");
    QTest::newRow("a control character") << QStringLiteral("sk-\x01"
                                                           "abc")
                                         << QByteArray("RS_KEY holds a line break or another control character");
}

void SecretsTest::aKeyThatCannotBeUsedIsRefusedBeforeSending()
{
    QFETCH(QString, value);
    QFETCH(QByteArray, says);
    OneAnswer server(
        [](QTcpSocket &socket, const QByteArray &) { OneAnswer::reply(socket, "401 Unauthorized", "{}"); });
    CliProgram cli;
    cli.unset(QStringLiteral("RS_KEY"));
    if (!value.isEmpty())
        cli.set(QStringLiteral("RS_KEY"), value);
    const QString file = cli.provider(server.url(), QStringLiteral(R"(,"key":"env:RS_KEY")"));
    const auto ran = cli.run({"send", "--json", "--config", file, "Hello"});
    QCOMPARE(ran.code, 1);
    QVERIFY2(ran.out.contains(says) && ran.out.contains("\"reason\":\"authentication\"")
                 && ran.out.contains("\"delivery\":\"not_sent\""),
             ran.out);
    QVERIFY(server.requests.isEmpty());
    QVERIFY2(!ran.said().contains("sk-"), ran.said());
    const auto checked = cli.run({"check", file});
    QCOMPARE(checked.code, 0);
    QVERIFY2(checked.err.contains("warning: providers[0].key") && checked.err.contains(says), checked.err);
}

void SecretsTest::anUnsetKeyFailsOver()
{
    OneAnswer server([](QTcpSocket &socket, const QByteArray &) {
        OneAnswer::reply(
            socket, "200 OK",
            R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}]})");
    });
    const CliProgram cli;
    const QString file = cli.write(
        QStringLiteral("two.json"), QStringLiteral(
            R"({"providers":[{"id":"a","protocol":"openai","base_url":"%1","model":"m","key":"env:NOT_SET_ANYWHERE"},
        {"id":"b","protocol":"openai","base_url":"%1","model":"m"}]})")
            .arg(server.url())
            .toUtf8());
    const auto ran = cli.run({"send", "--config", file, "Hello"});
    QVERIFY2(ran.code == 0, ran.said());
    QCOMPARE(ran.out, QByteArray("Yes.\n"));
    QVERIFY2(ran.err.contains("Fails over from a to b"), ran.err);
    QCOMPARE(server.requests.size(), 1);
}

void SecretsTest::aShortKeyLeavesOurSentencesAlone()
{
    OneAnswer server([](QTcpSocket &socket, const QByteArray &) {
        OneAnswer::reply(socket, "401 Unauthorized", R"({"error":{"message":"Bad key k.","code":"invalid_api_key"}})");
    });
    CliProgram cli;
    cli.set(QStringLiteral("RS_KEY"), QStringLiteral("k"));
    const auto ran =
        cli.run({"send", "--config", cli.provider(server.url(), QStringLiteral(R"(,"key":"env:RS_KEY")")), "Hello"});
    QVERIFY2(ran.err.contains("\"Bad key [key].\"") && ran.err.contains("Check the key"), ran.err);
}

void SecretsTest::headersThatMeanSomethingCarryNoIdempotencyKey_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("code");
    for (const char *name : {"Host", "Transfer-Encoding", "transfer-encoding", "Content-Length", "Authorization",
                             "Connection", "Upgrade", "TE", "Trailer", "Keep-Alive", "Proxy-Authorization",
                             "Proxy-Connection", "x-api-key", "x-goog-api-key", "Content-Type", "Accept-Encoding",
                             "Cookie", "User-Agent", "Expect", "X Y", "A:B"})
        QTest::newRow(name) << QString::fromLatin1(name) << 3;
    for (const char *name : {"Idempotency-Key", "X-Request-Id", "X-Idempotency-Key"})
        QTest::newRow(name) << QString::fromLatin1(name) << 0;
}

void SecretsTest::headersThatMeanSomethingCarryNoIdempotencyKey()
{
    QFETCH(QString, name);
    QFETCH(int, code);
    const CliProgram cli;
    const auto ran = cli.run({"check", cli.provider(QStringLiteral("http://127.0.0.1:1/v1"),
                                                    QStringLiteral(R"(,"idempotency_header":"%1")").arg(name))});
    QVERIFY2(ran.code == code, ran.said());
    QVERIFY(code == 0 || ran.err.contains("providers[0].idempotency_header"));
}

SUITE_TEST(SecretsTest)
#include "tst_secrets.moc"
