// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/sandbox.h"
#include "support/suite.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSignalSpy>
#include <QTest>

using namespace retryscope;

/// The simulated providers as a plain HTTP client meets them. tests/sdk has the vendors' own clients.
class SandboxTest : public QObject
{
    Q_OBJECT
private slots:
    void everyWireIsTrue_data();
    void everyWireIsTrue();
    void googlesStreamIsAnArrayWithoutAltSse();
    void aKeyIsWantedByVendorsOnly();
    void limitsAgreeWithTheFault();
    void faultsHaveAShareACountAndATime();
    void theListOfModelsMeetsFaults();
    void peculiarAnswers();
    void requestsAreLogged();
    void thePortOfTheControl();
    void theControlRefuses_data();
    void theControlRefuses();

private:
    struct Got
    {
        int status;
        QByteArray body;
        QList<QNetworkReply::RawHeaderPair> headers;
        QJsonObject json() const { return QJsonDocument::fromJson(body).object(); }
        QByteArray header(const QByteArray &name) const
        {
            for (const auto &[n, v] : headers) {
                if (n.toLower() == name)
                    return v;
            }
            return {};
        }
    };
    Got ask(const QByteArray &method, const QString &url, const QByteArray &body = {},
            const QList<QPair<QByteArray, QByteArray>> &headers = {})
    {
        QNetworkRequest request{QUrl(url)};
        request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
        request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
        for (const auto &[name, value] : headers)
            request.setRawHeader(name, value);
        QNetworkReply *reply = m_network.sendCustomRequest(request, method, body);
        QSignalSpy finished(reply, &QNetworkReply::finished);
        if (!reply->isFinished())
            finished.wait(20'000);
        const Got got{reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), reply->readAll(),
                      reply->rawHeaderPairs()};
        reply->deleteLater();
        return got;
    }
    Got chat(const QString &provider, const QByteArray &more = {})
    {
        return ask("POST", url(provider),
                   R"({"model":"m","messages":[{"role":"user","content":"Say hello."}])" + more + "}",
                   {{"Authorization", "Bearer k"}});
    }
    QString url(const QString &provider, const QString &path = QStringLiteral("/v1/chat/completions")) const
    {
        return QStringLiteral("http://127.0.0.1:%1/%2%3").arg(m_port).arg(provider, path);
    }
    QString control(const QString &path) const
    {
        return QStringLiteral("http://127.0.0.1:%1%2").arg(m_sandbox.controlPort()).arg(path);
    }

    Sandbox m_sandbox{{.firstToken = 2ms, .perToken = 100us, .keyRequired = true, .controlPort = quint16(0)}};
    quint16 m_port = *m_sandbox.start();
    QNetworkAccessManager m_network;
};

/// Its errors, too, whenever they come.
void SandboxTest::googlesStreamIsAnArrayWithoutAltSse()
{
    const QByteArray body = R"({"contents":[{"role":"user","parts":[{"text":"Say hello."}]}]})";
    const auto stream = [&](const QString &query) {
        return ask("POST",
                   url(QStringLiteral("google_ai"), QStringLiteral("/v1beta/models/m:streamGenerateContent") + query),
                   body, {{"x-goog-api-key", "k"}});
    };
    const auto elements = [](const Got &got) { return QJsonDocument::fromJson(got.body).array(); };
    const Got events = stream(QStringLiteral("?alt=sse")), array = stream(QString());
    QVERIFY2(events.body.startsWith("data: {") && events.header("content-type").startsWith("text/event-stream"),
             events.body);
    QVERIFY2(elements(array).size() > 2 && array.header("content-type").startsWith("application/json"), array.body);
    QString text;
    for (const QJsonValue &element : elements(array))
        text += element[QLatin1String("candidates")][0][QLatin1String("content")][QLatin1String("parts")][0]
                       [QLatin1String("text")]
                           .toString();
    QVERIFY2(text.contains(QStringLiteral("Hello")), qPrintable(text));
    QVERIFY(!elements(array).last()[QLatin1String("candidates")][0][QLatin1String("finishReason")].isUndefined());
    const auto met = [&](Fault fault) {
        m_sandbox.setFault(QStringLiteral("google_ai"), {.fault = fault});
        const Got got = stream(QString());
        m_sandbox.setFault(QStringLiteral("google_ai"), {});
        return got;
    };
    const Got refused = met(Fault::RateLimit);
    QCOMPARE(refused.status, 429);
    QCOMPARE(elements(refused).at(0)[QLatin1String("error")][QLatin1String("code")].toInt(), 429);
    const Got broken = met(Fault::ErrorAfterWords), cut = met(Fault::CleanCut);
    QVERIFY2(elements(broken).size() > 1 && elements(broken).last()[QLatin1String("error")].isObject(), broken.body);
    QVERIFY2(cut.body.startsWith("[{") && elements(cut).isEmpty(), cut.body);
}

void SandboxTest::everyWireIsTrue_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QString>("models");
    QTest::addColumn<QByteArray>("broken");
    const QByteArray turns =
        R"("messages":[{"role":"user","content":"Say hello."},{"role":"assistant","content":"Hello!"},{"role":"user","content":[{"type":"text","text":"Tell me about jitter."}]}])";
    QTest::newRow("openai") << "openai/v1/chat/completions"
                            << R"({"model":"m",)" + turns + "}" << QByteArray("Authorization") << "openai/v1/models"
                            << QByteArray(R"({"model":"m"})");
    QTest::newRow("openai, responses")
        << "openai/v1/responses"
        << QByteArray(
               R"({"model":"m","input":[{"role":"user","content":"Hi"},{"role":"user","content":[{"type":"input_text","text":"Tell me about jitter."}]}]})")
        << QByteArray("Authorization") << "openai/v1/models" << QByteArray(R"({"model":"m"})");
    QTest::newRow("anthropic") << "anthropic/v1/messages"
                               << R"({"model":"m","max_tokens":500,)" + turns + "}" << QByteArray("x-api-key")
                               << "anthropic/v1/models" << QByteArray(R"({"model":"m","max_tokens":1})");
    QTest::newRow("google_ai")
        << "google_ai/v1beta/models/m:generateContent"
        << QByteArray(
               R"({"contents":[{"role":"user","parts":[{"text":"Say hello."}]},{"role":"model","parts":[{"text":"Hello!"}]},{"role":"user","parts":[{"text":"Tell me about jitter."}]}]})")
        << QByteArray("x-goog-api-key") << "google_ai/v1beta/models" << QByteArray(R"({"contents":[]})");
    QTest::newRow("mistral") << "mistral/v1/chat/completions"
                             << R"({"model":"m",)" + turns + "}" << QByteArray("Authorization") << "mistral/v1/models"
                             << QByteArray(R"({"model":"m"})");
    QTest::newRow("openai_compatible") << "local/v1/chat/completions"
                                       << R"({"model":"m",)" + turns + "}" << QByteArray("Authorization")
                                       << "local/v1/models" << QByteArray(R"({"model":"m"})");
}

void SandboxTest::everyWireIsTrue()
{
    QFETCH(QString, path);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, key);
    QFETCH(QString, models);
    QFETCH(QByteArray, broken);
    const QString root = QStringLiteral("http://127.0.0.1:%1/").arg(m_port);
    const QList<QPair<QByteArray, QByteArray>> headers{{key, "Bearer k"}, {"anthropic-version", "2023-06-01"}};
    const Got first = ask("POST", root + path, body, headers), second = ask("POST", root + path, body, headers);
    QCOMPARE(first.status, 200);
    QVERIFY2(first.body.contains("itter"), first.body);
    QVERIFY(first.json()["id"].toString() + first.json()["responseId"].toString()
            != second.json()["id"].toString() + second.json()["responseId"].toString());
    const QDateTime date = QLocale::c().toDateTime(QString::fromLatin1(first.header("date")),
                                                   QStringLiteral("ddd, dd MMM yyyy HH:mm:ss 'GMT'"));
    QVERIFY2(date.isValid()
                 && qAbs(QDateTime(date.date(), date.time(), Qt::UTC).secsTo(QDateTime::currentDateTimeUtc())) < 60,
             first.header("date"));
    const Got list = ask("GET", root + models, {}, headers);
    QCOMPARE(list.status, 200);
    QVERIFY2(!list.json()[path.startsWith("google") ? "models" : "data"].toArray().isEmpty(), list.body);
    const Got refused = ask("POST", root + path, broken, headers);
    QCOMPARE(refused.status, path.startsWith("mistral") ? 422 : 400);
    const Got unknown = ask("POST", root + path + "/nowhere", body, headers);
    QCOMPARE(unknown.status, 404);
    const Got gone = ask("POST", QString(root + path).replace("/m:", "/x-gone:"),
                         QByteArray(body).replace("\"m\"", "\"x-gone\""), headers);
    QCOMPARE(gone.status, 404);
    QVERIFY2(gone.body.contains("x-gone"), gone.body);
}

void SandboxTest::aKeyIsWantedByVendorsOnly()
{
    const QByteArray body =
        R"({"model":"m","max_tokens":5,"messages":[{"role":"user","content":"x"}],"contents":[{"parts":[{"text":"x"}]}]})";
    QCOMPARE(ask("POST", url("openai"), body).status, 401);
    QCOMPARE(ask("POST", url("mistral"), body).status, 401);
    QCOMPARE(ask("POST", url("anthropic", "/v1/messages"), body, {{"anthropic-version", "2023-06-01"}}).status, 401);
    QCOMPARE(ask("POST", url("google_ai", "/v1beta/models/m:generateContent"), body).status, 403);
    QCOMPARE(ask("POST", url("google_ai", "/v1beta/models/m:generateContent?key=k"), body).status, 200);
    QCOMPARE(ask("POST", url("ollama"), body).status, 200);
    QCOMPARE(ask("POST", url("openai"), body, {{"Authorization", "Bearer a-wrong-key"}})
                 .json()["error"]
                 .toObject()["code"]
                 .toString(),
             QStringLiteral("invalid_api_key"));
    Sandbox open{{.firstToken = 1ms, .perToken = 1us}};
    QCOMPARE(
        ask("POST", QStringLiteral("http://127.0.0.1:%1/openai/v1/chat/completions").arg(*open.start()), body).status,
        200);
}

void SandboxTest::limitsAgreeWithTheFault()
{
    const int before = chat("openai-limits").header("x-ratelimit-remaining-requests").toInt();
    QCOMPARE(chat("openai-limits").header("x-ratelimit-remaining-requests").toInt(), before - 1);
    m_sandbox.setFault("openai-limits", {Fault::RateLimit});
    const Got limited = chat("openai-limits");
    QCOMPARE(limited.status, 429);
    QCOMPARE(limited.header("x-ratelimit-remaining-requests"), QByteArray("0"));
    QCOMPARE(limited.header("x-ratelimit-reset-requests"), QByteArray("2s"));
    QCOMPARE(limited.header("retry-after"), QByteArray("2"));
    m_sandbox.setFault("openai-limits", {Fault::RateLimitNoHint});
    const Got unhinted = chat("openai-limits");
    QCOMPARE(unhinted.status, 429);
    QVERIFY(unhinted.header("x-ratelimit-reset-requests").isEmpty() && unhinted.header("retry-after").isEmpty());
    m_sandbox.setFault("openai-limits", {Fault::OverloadedHint});
    QCOMPARE(chat("openai-limits").status, 529);
    QCOMPARE(chat("openai-limits").header("retry-after"), QByteArray("2"));
}

void SandboxTest::faultsHaveAShareACountAndATime()
{
    m_sandbox.setFault("openai-count", {Fault::ServerError, 1.0, {}, 2});
    QCOMPARE(chat("openai-count").status, 500);
    QCOMPARE(m_sandbox.faultSetting("openai-count").requests, 1);
    QCOMPARE(chat("openai-count").status, 500);
    QCOMPARE(chat("openai-count").status, 200);
    m_sandbox.setFault("openai-share", {Fault::ServerError, 0.5});
    int failed = 0;
    for (int i = 0; i < 40; ++i)
        failed += chat("openai-share").status == 500;
    QVERIFY2(failed > 5 && failed < 35, qPrintable(QString::number(failed))); // 1 in 300,000 beyond
    m_sandbox.setFault("openai-time", {Fault::ServerError, 1.0, 300ms});
    QCOMPARE(chat("openai-time").status, 500);
    QTRY_COMPARE(chat("openai-time").status, 200);
    QCOMPARE(m_sandbox.fault("openai-time"), Fault::None);
    m_sandbox.setFault("openai-outage", {Fault::Outage, 0.5, {}, 3});
    int answered = 0;
    for (int i = 0; i < 40 && m_sandbox.fault("openai-outage") == Fault::Outage; ++i)
        answered +=
            ask("GET", url("openai-outage", "/v1/models"), {}, {{"Authorization", "Bearer k"}}).status == 0 ? 0 : 1;
    QVERIFY2(answered > 5 && answered < 35, qPrintable(QString::number(answered)));
}

void SandboxTest::theListOfModelsMeetsFaults()
{
    const auto list = [this] {
        return ask("GET", url("openai-list", "/v1/models"), {}, {{"Authorization", "Bearer k"}}).status;
    };
    m_sandbox.setFault("openai-list", {Fault::Overloaded, 1.0, {}, 1});
    QCOMPARE(list(), 503);
    QCOMPARE(list(), 503); // prompts alone are counted
    m_sandbox.setFault("openai-list", {Fault::QuotaExhausted});
    QCOMPARE(list(), 200); // a vendor lists its models to who has nothing left
    m_sandbox.setFault("openai-list", {Fault::Outage});
    QCOMPARE(list(), 0);
}

void SandboxTest::peculiarAnswers()
{
    m_sandbox.setFault("openai-odd", {Fault::Redirect});
    const Got moved =
        ask("POST", url("openai-odd", "/v1/chat/completions?a=b"),
            R"({"model":"m","messages":[{"role":"user","content":"x"}]})", {{"Authorization", "Bearer k"}});
    QCOMPARE(moved.status, 307);
    QCOMPARE(moved.header("location"), QByteArray("/openai-odd-moved/v1/chat/completions?a=b"));
    m_sandbox.setFault("openai-odd", {Fault::Gzip});
    const Got packed =
        ask("POST", url("openai-odd"), R"({"model":"m","messages":[{"role":"user","content":"Say hello."}]})",
            {{"Authorization", "Bearer k"}, {"Accept-Encoding", "gzip"}});
    QCOMPARE(packed.header("content-encoding"), QByteArray("gzip"));
    QVERIFY(packed.body.startsWith("\x1f\x8b"));
    m_sandbox.setFault("openai-odd", {Fault::SlowDrip});
    QElapsedTimer timer;
    timer.start();
    const Got dripped = chat("openai-odd", R"(,"stream":true)");
    QVERIFY2(dripped.body.endsWith("data: [DONE]\n\n"), dripped.body);
    QVERIFY(timer.elapsed() > 200);
}

void SandboxTest::requestsAreLogged()
{
    QSignalSpy ended(&m_sandbox, &Sandbox::requestEnded);
    m_sandbox.setFault("mistral-log", {Fault::CutStream, 1.0, {}, 1});
    chat("mistral-log", R"(,"stream":true)");
    chat("mistral-log");
    chat("mistral-log", R"(,"n":3)");
    ask("GET", url("mistral-log", "/v1/models?secret=1"), {}, {{"Authorization", "Bearer k"}});
    QTRY_COMPARE(ended.size(), 4);
    const auto log = m_sandbox.requests("mistral-log");
    QCOMPARE(log.size(), 4);
    QCOMPARE(log[0].end, SandboxRequest::End::Cut);
    QCOMPARE(log[0].fault, Fault::CutStream);
    QVERIFY(log[0].stream && log[0].bytes > 0);
    QCOMPARE(log[1].end, SandboxRequest::End::Whole);
    QCOMPARE(log[1].model, QStringLiteral("m"));
    QCOMPARE(log[2].status, 400);
    QCOMPARE(log[3].path, QByteArray("/mistral-log/v1/models"));
    QCOMPARE(m_sandbox.postsReceived("mistral-log"), 3);
    m_sandbox.setFault("mistral-log", {Fault::Silence});
    QNetworkRequest request{QUrl(url("mistral-log"))};
    request.setRawHeader("Authorization", "Bearer k");
    QNetworkReply *silent = m_network.post(request, R"({"model":"m","messages":[{"role":"user","content":"x"}]})");
    QTRY_COMPARE(m_sandbox.postsReceived("mistral-log"), 4);
    silent->abort();
    silent->deleteLater();
    QTRY_COMPARE(ended.size(), 5);
    QCOMPARE(m_sandbox.requests("mistral-log").last().end, SandboxRequest::End::Left);
}

void SandboxTest::thePortOfTheControl()
{
    const Got set = ask("PUT", control("/faults/openai-control"),
                        R"({"fault":"rate_limit","probability":1,"duration_s":60,"count":2})");
    QCOMPARE(set.status, 200);
    QCOMPARE(set.json()["fault"].toString(), QStringLiteral("rate_limit"));
    QCOMPARE(chat("openai-control").status, 429);
    const QJsonObject told = ask("GET", control("/providers/openai-control")).json();
    QCOMPARE(told["posts"].toInt(), 1);
    QCOMPARE(told["count"].toInt(), 1);
    QVERIFY(told["duration_s"].toDouble() <= 60.0 && told["base_url"].toString().endsWith("/openai-control/v1"));
    QCOMPARE(ask("DELETE", control("/faults/openai-control")).json()["fault"].toString(), QStringLiteral("none"));
    QCOMPARE(chat("openai-control").status, 200);
    const QJsonArray requests = ask("GET", control("/requests?provider=openai-control")).json()["requests"].toArray();
    QCOMPARE(requests.size(), 2);
    QCOMPARE(requests[0]["fault"].toString(), QStringLiteral("rate_limit"));
    QCOMPARE(requests[1]["status"].toInt(), 200);
    QCOMPARE(ask("GET", control("/faults")).json()["faults"].toArray().size(), faultTable().size());
    QVERIFY(ask("GET", control("/")).json()["requests"].toObject().contains("PUT /faults/ID"));
    const QJsonObject speed = ask("PUT", control("/speed"), R"({"latency_s":0.3})").json();
    QCOMPARE(speed["latency_s"].toDouble(), 0.3);
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(chat("openai-control").status, 200);
    QVERIFY(timer.elapsed() > 60); // log-normal around 300 ms
    ask("PUT", control("/speed"), R"({"latency_s":0.002,"rate":10000})");
    ask("DELETE", control("/requests"));
    QCOMPARE(ask("GET", control("/providers/openai-control")).json()["posts"].toInt(), 0);
    QVERIFY(ask("GET", control("/requests")).json()["requests"].toArray().isEmpty());
}

void SandboxTest::theControlRefuses_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const char *method, const char *path, const char *body, int status,
                        const char *says) {
        QTest::newRow(name) << QByteArray(method) << QString::fromLatin1(path) << QByteArray(body) << status
                            << QString::fromLatin1(says);
    };
    row("no such path", "GET", "/flights", "", 404, "GET / lists");
    row("no JSON", "PUT", "/faults/openai", "rate_limit", 400, "JSON object");
    row("no fault", "PUT", "/faults/openai", R"({"fault":"sunshine"})", 400, "\"sunshine\" is no fault");
    row("unknown field", "PUT", "/faults/openai", R"({"fault":"outage","probabilty":1})", 400,
        "\"probabilty\" is no field");
    row("share", "PUT", "/faults/openai", R"({"fault":"outage","probability":2})", 400, "0 to 1");
    row("time", "PUT", "/faults/openai", R"({"fault":"outage","duration_s":0})", 400, "above 0");
    row("count", "PUT", "/faults/openai", R"({"fault":"outage","count":-1})", 400, "from 1 on");
    row("name", "PUT", "/faults/a%20b", R"({"fault":"outage"})", 400, "A provider's name");
    row("speed", "PUT", "/speed", R"({"rate":0})", 400, "words a second");
}

void SandboxTest::theControlRefuses()
{
    QFETCH(QByteArray, method);
    QFETCH(QString, path);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QString, says);
    const Got got = ask(method, control(path), body);
    QCOMPARE(got.status, status);
    QVERIFY2(got.json()["error"].toObject()["message"].toString().contains(says), got.body);
    QCOMPARE(m_sandbox.fault("openai"), Fault::None);
}

SUITE_TEST(SandboxTest)
#include "tst_sandbox.moc"
