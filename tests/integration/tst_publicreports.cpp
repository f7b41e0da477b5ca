// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/localengineclient.h"
#include "support/rawserver.h"
#include "support/suite.h"
#include "unit/answerrows.h"

#include <QTest>
#include <QTimer>

using namespace retryscope;
using namespace retryscope::rows;

namespace {

enum class Close { Fin, Reset, Open };
using Steps = QVector<std::pair<double, QByteArray>>; ///< seconds to wait, bytes to write

/// What a server sends to the first prompt; every later one gets a good answer.
struct Report
{
    const char *name;
    ProtocolKind kind;
    bool stream;
    Steps steps;
    Close close = Close::Fin;
    const char *text = "";     ///< of the result
    const char *finish = "stop";
    AnswerEnd end = AnswerEnd::Mark;
    int posts = 1;
    const char *reason = "none"; ///< of the first attempt
    int in = -1, out = -1;     ///< tokens; -1: not looked at
};

QByteArray said(const char *text, const char *finish = nullptr)
{
    return sse(gemini(R"([{"text":")" + QByteArray(text) + R"("}])", finish));
}
QByteArray thought()
{
    return sse(R"({"choices":[{"index":0,"delta":{"reasoning_content":"s ","content":null},"finish_reason":null}]})");
}
const QByteArray doneMark = "data: [DONE]\n\n";
const QByteArray claudeThought =
    sse(R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"s "}})",
        "content_block_delta");

QByteArray goodAnswer(ProtocolKind kind, bool stream)
{
    switch (kind) {
    case ProtocolKind::Anthropic:
        return stream ? claude("end_turn") + claudeStop
                      : R"({"type":"message","content":[{"type":"text","text":"good"}],"stop_reason":"end_turn"})";
    case ProtocolKind::GoogleAi: return stream ? said("good", "STOP") : gemini(R"([{"text":"good"}])", "STOP");
    default:
        return stream ? chunk("good", "stop") + doneMark
                      : QByteArray(R"({"choices":[{"message":{"content":"good"},"finish_reason":"stop"}]})");
    }
}

Steps slowly(int times, double pause, const QByteArray &bytes, Steps then)
{
    Steps steps(times, {pause, bytes});
    return steps + then;
}

const QByteArray image =
    sse(R"({"choices":[{"index":0,"delta":{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,)"
        + QByteArray(1'500'000, 'A') + R"("}}]}}]})");
constexpr const char *cut = "stream_interrupted";

QVector<Report> reports()
{
    using enum AnswerEnd;
    return {
        {"2 STOP in every event", GoogleKind, true,
         {{0, said("One ", "STOP")}, {0.8, said("two ", "STOP")}, {0.8, said("three.", "STOP")}}, Close::Fin,
         "One two three.", "stop", Closed},
        {"2 the same, reset after the first", GoogleKind, true,
         {{0, said("One ", "STOP")}, {0.2, ""}}, Close::Reset, "One ", "stop", Reset},
        {"2 stop in every chunk", AnyKind, true,
         {{0, chunk("One ", "stop")}, {0.8, chunk("two ", "stop")}, {0.8, chunk("three.", "stop")}, {0, doneMark}},
         Close::Fin, "One two three."},
        {"4 an empty STOP first", GoogleKind, true,
         {{0, sse(gemini("[]", "STOP"))}, {0.9, said("The text.")}, {0, sse(gemini(R"([{"text":""}])", "STOP"))}},
         Close::Fin, "The text.", "stop", Closed},
        {"6 one glued pair", AnyKind, true,
         {{0, chunk("One ")},
          {0.1, chunk("two ").chopped(1) + chunk("three ")},
          {0.1, chunk("four")},
          {0, chunk("", "stop") + doneMark}},
         Close::Fin, "One two three four"},
        {"6 all apart by one line end", AnyKind, true,
         {{0.2, chunk("One ").chopped(1)},
          {0.2, chunk("two ").chopped(1)},
          {0.2, chunk("three").chopped(1)},
          {0.2, chunk("", "stop").chopped(1)},
          {0, "data: [DONE]\n"}},
         Close::Open, "One two three"},
        {"8 the limit used up by thinking", AnyKind, true,
         {{0, thought()}, {0, chunk("", "length") + doneMark}}, Close::Fin, "", "length"},
        {"8 the same, Google, whole", GoogleKind, false,
         {{0,
           R"({"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS","index":0}],"usageMetadata":{"promptTokenCount":17,"thoughtsTokenCount":1020,"totalTokenCount":1037}})"}},
         Close::Fin, "", "length", Mark, 1, "none", 17, 1020},
        {"10 reasoning only", AnyKind, false,
         {{0,
           R"({"choices":[{"index":0,"message":{"role":"assistant","content":"","reasoning_content":"Good morning!"},"finish_reason":"stop"}]})"}},
         Close::Fin, "good", "stop", Mark, 2, "malformed_response"},
        {"11 thinking is a sign of life", AnyKind, true,
         slowly(15, 0.2, thought(), {{0, chunk("42")}, {0, chunk("", "stop") + doneMark}}), Close::Fin, "42"},
        {"11 the same, Anthropic", AnthropicKind, true,
         slowly(15, 0.2, claudeThought, {{0, claude("end_turn") + claudeStop}}), Close::Fin, "hi"},
        {"12 the last provider is slow", AnyKind, true,
         {{0, ""}, {3, chunk("late")}, {0, chunk("", "stop") + doneMark}}, Close::Fin, "late"},
        {"14 [DONE] without a finish reason", AnyKind, true,
         {{0, chunk("one, ")}, {0, chunk("two, a") + doneMark}}, Close::Fin,
         "one, two, a", "", Mark, 1, cut},
        {"14 the same before any text", AnyKind, true,
         {{0, thought() + doneMark}}, Close::Fin, "good", "stop", Mark, 2, cut},
        {"23 a text-only error", AnyKind, true,
         {{0, sse(R"({"error":"an error was encountered while running the model: unexpected EOF"})")}}, Close::Fin,
         "good", "stop", Mark, 2, "server_error"},
        {"23 the same, whole", AnyKind, false,
         {{0, R"({"error":"an error was encountered while running the model: unexpected EOF"})"}}, Close::Fin, "good",
         "stop", Mark, 2, "server_error"},
        {"23 with a message and no more", AnyKind, true,
         {{0, sse(R"({"error":{"message":"Compute error."}})")}}, Close::Fin, "good", "stop", Mark, 2, "server_error"},
        {"30 a large event", AnyKind, true,
         {{0, chunk("Here is your image.")}, {0, image}, {0, chunk("", "stop") + doneMark}}, Close::Fin,
         "Here is your image."},
        {"30 images only, whole", AnyKind, false,
         {{0,
           R"({"choices":[{"message":{"content":"","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,)"
               + QByteArray(1'500'000, 'A') + R"("}}]},"finish_reason":"stop"}]})"}},
         Close::Fin, ""},
        {"40 a late usage", AnyKind, true,
         {{0, chunk("Hi")},
          {0, chunk("", "stop")},
          {0.8, sse(R"({"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":7}})") + doneMark}},
         Close::Fin, "Hi", "stop", Mark, 1, "none", 12, 7},
        {"42 the prefix twice", AnyKind, true,
         {{0, "data: " + chunk("One ") + "data: " + chunk("", "stop") + "data: " + doneMark}}, Close::Fin, "One "},
        {"a steady stream", AnyKind, true, slowly(30, 0.1, chunk("x"), {{0, chunk(".", "stop") + doneMark}}),
         Close::Fin, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx."},
        {"silence after the finish reason", AnyKind, true,
         {{0, chunk("Hi", "stop")}}, Close::Open, "Hi", "stop", Silence},
        {"a relay's finish reason", AnyKind, true,
         {{0, thought() + chunk("", "overloaded_error") + doneMark}}, Close::Fin, "good", "stop", Mark, 2,
         "temporary_failure"},
        {"a thought and a reset", AnyKind, true,
         {{0, thought()}, {0.2, ""}}, Close::Reset, "good", "stop", Mark, 2, cut},
    };
}

} // namespace

/// What people have reported of other programs, over real sockets with the pauses that they saw. The numbers are those
/// of our collection. The rows run together and are looked at one by one.
class PublicReportsTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void answers_data();
    void answers();

private:
    void serve(const Report &report, RawServer &server);

    QVector<Report> m_reports = reports();
    std::vector<std::unique_ptr<RawServer>> m_servers;
    LocalEngineClient m_client{11};
    QVector<CallId> m_calls;
    std::map<quint64, CallResult> m_results;
    std::map<quint64, Events> m_events;
    std::map<quint64, QString> m_shown;
};

void PublicReportsTest::serve(const Report &report, RawServer &server)
{
    server.answer = [&report](QTcpSocket *socket, int number) {
        const QByteArray type = report.stream ? "text/event-stream" : "application/json";
        socket->write("HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nConnection: close\r\n\r\n");
        if (number > 1) {
            socket->write(goodAnswer(report.kind, report.stream));
            return socket->disconnectFromHost();
        }
        double at = 0;
        for (const auto &[pause, bytes] : report.steps)
            QTimer::singleShot(std::chrono::milliseconds(int((at += pause) * 1000)), Qt::PreciseTimer, socket,
                               [socket, bytes = bytes] { socket->write(bytes); });
        QTimer::singleShot(std::chrono::milliseconds(int(at * 1000) + 1), Qt::PreciseTimer, socket,
                           [socket, close = report.close] {
                               if (close == Close::Reset)
                                   RawServer::reset(socket);
                               else if (close == Close::Fin)
                                   socket->disconnectFromHost();
                           });
    };
}

void PublicReportsTest::initTestCase()
{
    Configuration configuration;
    RetryConfig &c = configuration.retry;
    c.baseDelay = c.maxDelay = 10ms;
    c.firstTokenTimeout = 1s;
    c.idleTimeout = 2s;
    c.attemptTimeout = 10s;
    for (const Report &report : std::as_const(m_reports)) {
        m_servers.push_back(std::make_unique<RawServer>());
        serve(report, *m_servers.back());
        ProviderConfig p;
        p.id = QStringLiteral("p%1").arg(m_servers.size());
        p.protocol = report.kind;
        p.baseUrl = m_servers.back()->url(QStringLiteral("/v1"));
        p.model = QStringLiteral("m");
        configuration.providers.append(p);
    }
    m_client.apply(configuration);
    connect(&m_client, &EngineClient::callFinished, this, [this](const CallResult &r) { m_results[r.call.value] = r; });
    connect(&m_client, &EngineClient::textArrived, this,
            [this](CallId call, const QString &text) { m_shown[call.value] += text; });
    connect(&m_client, &EngineClient::eventsArrived, this, [this](const Events &events) {
        for (const Event &e : events)
            m_events[e.call.value].append(e);
    });
    for (qsizetype i = 0; i < m_reports.size(); ++i)
        m_calls << m_client.send(Prompt{QStringLiteral("Hello"), {}, {}, 64, m_reports[i].stream},
                                 Route{{configuration.providers[i].id}});
    QVERIFY2(QTest::qWaitFor([this] { return m_results.size() == std::size_t(m_reports.size()); }, 30'000),
             qPrintable(QStringLiteral("%1 of %2 calls ended").arg(m_results.size()).arg(m_reports.size())));
}

void PublicReportsTest::answers_data()
{
    QTest::addColumn<int>("index");
    for (qsizetype i = 0; i < m_reports.size(); ++i)
        QTest::newRow(m_reports[i].name) << int(i);
}

void PublicReportsTest::answers()
{
    QFETCH(int, index);
    const Report &report = m_reports[index];
    const quint64 call = m_calls[index].value;
    const CallResult &result = m_results[call];
    const Events &events = m_events[call];
    const auto first =
        std::find_if(events.begin(), events.end(), [](const Event &e) { return e.kind == EventKind::AttemptFinished; });
    QVERIFY(first != events.end());
    QVERIFY2(toKey(first->reason) == QLatin1String(report.reason),
             qPrintable(first->rule + QLatin1Char(' ') + first->detail));
    QCOMPARE(result.text, QString::fromLatin1(report.text));
    QCOMPARE(m_shown[call], result.text);
    QCOMPARE(m_servers[std::size_t(index)]->requests, report.posts);
    QCOMPARE(result.attempts, report.posts);
    QCOMPARE(result.maybeTwice, report.posts - 1); // each was delivered
    QCOMPARE(result.succeeded(), report.posts == 2 || first->reason == RetryReason::None);
    QCOMPARE(toKey(result.answer.finish), QString::fromLatin1(report.finish));
    if (report.end == AnswerEnd::Reset) // sockets of Qt tell a reset after the last byte as a close
        return;
    QCOMPARE(result.isPlain(), result.succeeded() && !result.text.isEmpty() && result.answer.finish == Finish::Stop
                                   && report.end != AnswerEnd::Silence);
    if (result.succeeded() && report.posts == 1)
        QCOMPARE(toKey(result.answer.end), toKey(report.end));
    if (report.in >= 0)
        QCOMPARE(std::pair(result.tokensIn, result.tokensOut),
                 std::pair(std::optional(report.in), std::optional(report.out)));
}

SUITE_TEST(PublicReportsTest)
#include "tst_publicreports.moc"
