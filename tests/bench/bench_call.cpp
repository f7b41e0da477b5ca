// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "loopbackserver.h"

#include "base/systemclock.h"
#include "engine/apiretryhandler.h"
#include "engine/localengineclient.h"
#include "transport/networktransport.h"

#include <QCoreApplication>
#include <QEventLoop>
#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>

#include <algorithm>
#include <cstdio>
#include <sys/resource.h>

using namespace retryscope;

/// CPU of this process for each call through the engine, against a bare QNetworkAccessManager that posts the same bytes
/// to the same server and reads the same answer, and against one that also decodes the JSON, as every client must. In
/// turns within one run; the ratio is the median of the rounds' ratios.
namespace {

constexpr int rounds = 26, callsPerRound = 120;

double cpuSeconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](timeval t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Makes calls one after the other or several at a time, and ends when all are done.
template <typename Start> double microsecondsPerCall(int concurrent, Start start)
{
    QEventLoop loop;
    int started = 0, done = 0;
    std::function<void()> next = [&] {
        if (++done == callsPerRound)
            return loop.quit();
        if (started < callsPerRound) {
            ++started;
            start(next);
        }
    };
    const double before = cpuSeconds();
    for (int i = 0; i < concurrent; ++i) {
        ++started;
        start(next);
    }
    loop.exec();
    return (cpuSeconds() - before) * 1e6 / callsPerRound;
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// The text of an answer, read in the plainest way.
qsizetype decodedSize(const QByteArray &bytes)
{
    if (bytes.startsWith('{'))
        return QJsonDocument::fromJson(
                   bytes)[QLatin1String("choices")][0][QLatin1String("message")][QLatin1String("content")]
            .toString()
            .size();
    QString text;
    for (const QByteArray &event : bytes.split('\n')) {
        if (event.startsWith("data: {"))
            text += QJsonDocument::fromJson(
                        event.sliced(6))[QLatin1String("choices")][0][QLatin1String("delta")][QLatin1String("content")]
                        .toString();
    }
    return text.size();
}

class Bare
{
public:
    Bare(const QUrl &url, QByteArray body, bool decode) : m_body(std::move(body)), m_decode(decode)
    {
        m_request.setUrl(url);
        m_request.setHeader(QNetworkRequest::ContentTypeHeader, QByteArray("application/json"));
        m_request.setRawHeader("Accept", "application/json");
    }
    void call(const std::function<void()> &done)
    {
        QNetworkReply *reply = m_manager.post(m_request, m_body);
        QObject::connect(reply, &QNetworkReply::finished, reply, [this, reply, done] {
            const QByteArray bytes = reply->readAll();
            if (reply->error() != QNetworkReply::NoError || bytes.isEmpty() || (m_decode && decodedSize(bytes) == 0))
                qFatal("bare: %s", qPrintable(reply->errorString()));
            reply->deleteLater();
            done();
        });
    }

private:
    QNetworkAccessManager m_manager;
    QNetworkRequest m_request;
    QByteArray m_body;
    bool m_decode;
};

class Engine
{
public:
    Engine(const Configuration &configuration, bool stream) : m_prompt{QStringLiteral("Hello"), {}, {}, 64, stream}
    {
        m_handler.configure(configuration);
    }
    void call(const std::function<void()> &done)
    {
        m_handler.send(CallId{++m_next}, m_prompt, {}, [done](const CallResult &r) {
            if (!r.succeeded())
                qFatal("engine: %s", qPrintable(r.message));
            done();
        });
    }

private:
    SystemClock m_clock;
    NetworkTransport m_transport;
    SeededRandom m_random{1};
    ApiRetryHandler m_handler{m_clock, m_transport, m_random};
    Prompt m_prompt;
    quint64 m_next = 0;
};

class ThreadedEngine
{
public:
    ThreadedEngine(const Configuration &configuration, bool stream)
        : m_prompt{QStringLiteral("Hello"), {}, {}, 64, stream}
    {
        m_client.apply(configuration);
        QObject::connect(&m_client, &EngineClient::callFinished, &m_client, [this](const CallResult &r) {
            if (!r.succeeded())
                qFatal("client: %s", qPrintable(r.message));
            m_done();
        });
    }
    void call(const std::function<void()> &done)
    {
        m_done = done;
        m_client.send(m_prompt, {});
    }

private:
    LocalEngineClient m_client{1};
    Prompt m_prompt;
    std::function<void()> m_done;
};

Configuration configuration(int port, const char *path)
{
    Configuration c;
    ProviderConfig p;
    p.id = QStringLiteral("bench");
    p.protocol = ProtocolKind::OpenAiCompatible;
    p.baseUrl = QUrl(QStringLiteral("http://127.0.0.1:%1/%2").arg(port).arg(QLatin1String(path)));
    p.model = QStringLiteral("m");
    c.providers = {p};
    return c;
}

QByteArray response(const char *type, const QByteArray &body)
{
    return QByteArray("HTTP/1.1 200 OK\r\nContent-Type: ") + type
           + "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
}

QByteArray wholeBody()
{
    return R"({"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":")"
           + QByteArray(400, 'x')
           + R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":100,"total_tokens":109}})";
}

QByteArray streamBody(int events)
{
    QByteArray body;
    for (int i = 0; i < events; ++i)
        body +=
            R"(data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]})"
            "\n\n";
    return body
           + R"(data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
             "\n\ndata: [DONE]\n\n";
}

void compare(const char *what, int port, bool stream, int concurrent)
{
    const char *path = stream ? "stream/v1" : "v1";
    const Configuration config = configuration(port, path);
    const HttpRequest same =
        Protocol::of(ProtocolKind::OpenAiCompatible)
            .buildRequest(config.providers.first(), Prompt{QStringLiteral("Hello"), {}, {}, 64, stream}, {});
    Bare bytes(same.url, same.body, false), decoding(same.url, same.body, true);
    Engine engine(config, stream);
    ThreadedEngine threaded(config, stream);
    const std::function<void(const std::function<void()> &)> clients[] = {
        [&](const auto &done) { bytes.call(done); }, [&](const auto &done) { decoding.call(done); },
        [&](const auto &done) { engine.call(done); }, [&](const auto &done) { threaded.call(done); }};
    std::vector<double> cost[4], ratio[4], toDecoding[4];
    for (int round = 0; round < rounds; ++round) {
        double now[4];
        for (int i = 0; i < 4; ++i)
            now[i] = microsecondsPerCall(concurrent, clients[i]);
        for (int i = 0; round > 0 && i < 4; ++i) { // the first round warms up
            cost[i].push_back(now[i]);
            ratio[i].push_back(now[i] / now[0]);
            toDecoding[i].push_back(now[i] / now[1]);
        }
    }
    std::printf("%s\n", what);
    const char *names[] = {"bare QNetworkAccessManager", "bare, JSON decoded", "ApiRetryHandler",
                           "LocalEngineClient (own thread)"};
    for (int i = 0; i < 4; ++i)
        std::printf("  %-32s %7.1f us  %5.2fx bare  %5.2fx decoded\n", names[i], median(cost[i]), median(ratio[i]),
                    median(toDecoding[i]));
    std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv)
{
    bench::LoopbackServer server(response("application/json", wholeBody()),
                                 response("text/event-stream", streamBody(40)));
    QCoreApplication app(argc, argv);
    std::printf("CPU per call (user and system, this process), %d calls a round, median of %d rounds in turns\n",
                callsPerRound, rounds - 1);
    compare("one JSON answer, one at a time", server.port(), false, 1);
    compare("one JSON answer, six at a time", server.port(), false, 6);
    compare("40 events, one at a time", server.port(), true, 1);
    compare("40 events, six at a time", server.port(), true, 6);
    return 0;
}
