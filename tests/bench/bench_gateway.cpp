// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "bareclient.h"
#include "loopbackserver.h"
#include "streamserver.h"

#include <QCoreApplication>
#include <QDir>
#include <QStandardPaths>
#include <QTemporaryDir>

#include <cstring>
#include <memory>
#include <sys/resource.h>

using namespace retryscope;
using bench::Seen;

/// The gateway beside its like, in one run: the same static upstream, the same client, and the CPU of the process between
/// them as the kernel counts it. Parts are named as arguments (requests, streams, memory); without any all are run.
/// PORTKEY names build/start-server.js of @portkey-ai/gateway, HAPROXY another place of that program, and
/// RETRYSCOPE_BENCH_BEFORE a retryscope-cli of another build.
namespace {

constexpr const char *token = "rs-a-token-of-the-benchmark";
constexpr const char *prompt = R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]})";
constexpr const char *streamPrompt = R"({"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"Hello"}]})";

/// Somebody between the client and the upstream; the upstream itself where `peer` is empty.
struct Lane
{
    QString name;
    int port = 0;
    QByteArray headers;
    std::unique_ptr<bench::Peer> peer;
    QByteArray request(const char *body) const
    {
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
               "Authorization: Bearer " + QByteArray(token) + "\r\n" + headers + "Content-Length: " + QByteArray::number(qsizetype(std::strlen(body)))
               + "\r\n\r\n" + body;
    }
    double cpuUs() const { return peer ? peer->cpuUs() : 0; }
};

QString written(const QTemporaryDir &dir, const QString &name, const QByteArray &text)
{
    QFile file(dir.filePath(name));
    if (!file.open(QFile::WriteOnly) || file.write(text) != text.size())
        std::abort();
    return file.fileName();
}

QProcessEnvironment environmentIn(const QTemporaryDir &dir)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char *name : {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"})
        environment.insert(QLatin1String(name), dir.path());
    environment.insert(QStringLiteral("RETRYSCOPE_TOKEN"), QLatin1String(token));
    environment.insert(QStringLiteral("BENCH_KEY"), QStringLiteral("sk-of-the-benchmark"));
    environment.insert(QStringLiteral("TRUSTED_CUSTOM_HOSTS"), QStringLiteral("127.0.0.1"));
    environment.insert(QStringLiteral("NODE_ENV"), QStringLiteral("production"));
    return environment;
}

class Lanes
{
public:
    explicit Lanes(int upstream) : m_upstream(upstream) { m_all.push_back({QStringLiteral("bare upstream"), upstream, {}, {}}); }

    void addGateway(const QString &transport, const QString &program = QStringLiteral(CLI_BINARY))
    {
        const QByteArray config = R"({"providers": [{"id": "up", "protocol": "openai_compatible", "model": "gpt-4o-mini",
            "key": "env:BENCH_KEY", "base_url": "http://127.0.0.1:)" + QByteArray::number(m_upstream)
            + R"(/v1"}], "retry": {"max_concurrent": 10000}})";
        const int port = bench::freePort();
        const QString name = program == QLatin1String(CLI_BINARY) ? QStringLiteral("gateway, ") : QStringLiteral("before, ");
        add({name + transport, port, {}, {}}, program,
            {QStringLiteral("serve"), QStringLiteral("--config"), written(m_dir, QStringLiteral("config.json"), config),
             QStringLiteral("--transport"), transport, QStringLiteral("--listen"), QStringLiteral("127.0.0.1:%1").arg(port)});
    }
    void addHaproxy()
    {
        const QString program = qEnvironmentVariable("HAPROXY", QStandardPaths::findExecutable(
            QStringLiteral("haproxy"), {QStringLiteral("/usr/sbin"), QStringLiteral("/usr/local/sbin")}));
        if (program.isEmpty())
            return void(std::printf("HAProxy is left out: it is not installed (Debian's package is haproxy)\n"));
        const int port = bench::freePort();
        const QByteArray config = "global\n  maxconn 4096\n  nbthread 1\ndefaults\n  mode http\n  timeout connect 5s\n"
            "  timeout client 120s\n  timeout server 120s\n  option http-no-delay\n  http-reuse always\nlisten bench\n  bind 127.0.0.1:"
            + QByteArray::number(port) + "\n  server up 127.0.0.1:" + QByteArray::number(m_upstream) + "\n";
        add({QStringLiteral("HAProxy"), port, {}, {}}, program,
            {QStringLiteral("-db"), QStringLiteral("-f"), written(m_dir, QStringLiteral("haproxy.cfg"), config)});
    }
    void addPortkey()
    {
        const QString script = qEnvironmentVariable("PORTKEY");
        if (script.isEmpty())
            return void(std::printf("Portkey's gateway is left out: PORTKEY does not name it\n"));
        const int port = bench::freePort();
        const QByteArray headers = "x-portkey-provider: openai\r\nx-portkey-custom-host: http://127.0.0.1:"
                                   + QByteArray::number(m_upstream) + "/v1\r\n";
        add({QStringLiteral("Portkey"), port, headers, {}}, QStringLiteral("node"),
            {script, QStringLiteral("--port=%1").arg(port), QStringLiteral("--headless")});
    }
    std::vector<Lane> &all() { return m_all; }

private:
    void add(Lane lane, const QString &program, const QStringList &arguments)
    {
        lane.peer = std::make_unique<bench::Peer>();
        if (lane.peer->start(program, arguments, lane.port, environmentIn(m_dir)))
            m_all.push_back(std::move(lane));
        else
            std::printf("%s is left out: it does not start\n", qPrintable(lane.name));
    }

    int m_upstream;
    QTemporaryDir m_dir;
    std::vector<Lane> m_all;
};

double median(std::vector<double> values) { return Seen::at(&values, 0.5); }

struct Turns
{
    std::vector<double> addedUs, cpuUs, perSecond; ///< of each turn
    int bad = 0;
};

/// Everybody gets a turn in each round, so that other work on the machine is everybody's.
void compareRequests(Lanes &lanes)
{
    constexpr int count = 3000;
    const int rounds = std::max(1, qEnvironmentVariable("RETRYSCOPE_BENCH_TURNS", QStringLiteral("7")).toInt());
    std::vector<Turns> turns(lanes.all().size());
    for (int round = -1; round < rounds; ++round) { // the first warms up
        double bare = 0;
        for (std::size_t i = 0; i < lanes.all().size(); ++i) {
            const Lane &lane = lanes.all()[i];
            bench::BareClient client(lane.port, lane.request(prompt));
            Seen one = client.run(1000, 1);
            const double p50 = Seen::at(&one.latencyUs, 0.5), cpu = lane.cpuUs();
            bare = i == 0 ? p50 : bare;
            const Seen many = client.run(count, 32);
            if (round < 0)
                continue;
            turns[i].addedUs.push_back(p50 - bare);
            turns[i].cpuUs.push_back((lane.cpuUs() - cpu) / count);
            turns[i].perSecond.push_back(count * 1e6 / many.wallUs);
            turns[i].bad += 1000 + count - one.whole - many.whole + one.refused + many.refused;
        }
    }
    std::printf("one JSON answer, medians of %d turns: p50 added of 1,000 at one client; 3,000 at 32 clients\n", rounds);
    for (std::size_t i = 0; i < turns.size(); ++i)
        std::printf("  %-16s p50 +%5.0f us   %6.1f us CPU a request   %6.0f a second   %d failed\n",
                    qPrintable(lanes.all()[i].name), median(turns[i].addedUs), median(turns[i].cpuUs),
                    median(turns[i].perSecond), turns[i].bad);
    std::fflush(stdout);
}

void compareStreams(Lanes &lanes, int pieces)
{
    constexpr int count = 1000;
    std::printf("%d streams at once, a piece every 100 ms for %d s each\n", count, pieces / 10);
    double bare = 0;
    for (const Lane &lane : lanes.all()) {
        const double cpu = lane.cpuUs(), before = lane.peer ? lane.peer->residentMb() : 0;
        Seen seen = bench::BareClient(lane.port, lane.request(streamPrompt)).run(count, count, pieces / 10 + 60);
        const double p50 = Seen::at(&seen.lateUs, 0.5), p99 = Seen::at(&seen.lateUs, 0.99);
        bare = lane.peer ? bare : p99;
        std::printf("  %-16s %4d whole, %lld of %d pieces   under way p50 %5.0f us, p99 %6.0f us (%+.0f)   "
                    "%.1f us CPU a piece   %.1f MB at most (%.1f before)\n",
                    qPrintable(lane.name), seen.whole - seen.refused, seen.pieces, count * pieces, p50, p99, p99 - bare,
                    (lane.cpuUs() - cpu) / (count * pieces), lane.peer ? lane.peer->peakMb() : 0, before);
        std::fflush(stdout);
    }
}

void watchMemory(Lanes &lanes)
{
    const int requests = std::max(20'000, qEnvironmentVariableIntValue("RETRYSCOPE_BENCH_REQUESTS"));
    const Lane &lane = lanes.all().back();
    std::printf("memory of the gateway over %d requests, 32 at a time\n", requests);
    bench::BareClient client(lane.port, lane.request(prompt));
    client.run(10'000, 32);
    const double first = lane.peer->residentMb();
    int failed = 0;
    for (int tenth = 0; tenth <= 10; ++tenth) {
        if (tenth > 0) {
            const Seen seen = client.run(requests / 10, 32, 3600);
            failed += requests / 10 - seen.whole + seen.refused;
        }
        std::printf("  %8d requests %7.1f MB (%+.1f)  %d failed\n", 10'000 + tenth * (requests / 10), lane.peer->residentMb(),
                    lane.peer->residentMb() - first, failed);
        std::fflush(stdout);
    }
}

} // namespace

int main(int argc, char **argv)
{
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, 8192);
    ::setrlimit(RLIMIT_NOFILE, &files);
    const QByteArray body = R"({"id":"c","object":"chat.completion","created":1,"model":"gpt-4o-mini","choices":[{"index":0,)"
                            R"("message":{"role":"assistant","content":")" + QByteArray(400, 'x')
                            + R"("},"finish_reason":"stop"}],)"
                              R"("usage":{"prompt_tokens":9,"completion_tokens":100,"total_tokens":109}})";
    const QByteArray answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                              + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    bench::LoopbackServer server(answer, answer);
    constexpr int pieces = 600;
    bench::StreamServer streamed({.pieces = pieces,
                                  .before = R"(data: {"object":"chat.completion.chunk","choices":[{"delta":{"content":"word )",
                                  .after = "\"}}]}\n\n",
                                  .end = R"(data: {"object":"chat.completion.chunk","choices":[{"delta":{},)"
                                         R"("finish_reason":"stop"}]})" "\n\ndata: [DONE]\n\n"});
    QCoreApplication app(argc, argv);
    const QStringList parts = app.arguments().mid(1);
    const auto wanted = [&](const char *part) { return parts.isEmpty() || parts.contains(QLatin1String(part)); };
    if (wanted("requests")) {
        Lanes lanes(server.port());
        lanes.addHaproxy();
        lanes.addGateway(QStringLiteral("curl"));
        lanes.addGateway(QStringLiteral("qt"));
        if (const QString before = qEnvironmentVariable("RETRYSCOPE_BENCH_BEFORE"); !before.isEmpty())
            lanes.addGateway(QStringLiteral("curl"), before);
        lanes.addPortkey();
        compareRequests(lanes);
    }
    if (wanted("streams")) {
        Lanes lanes(streamed.port());
        lanes.addHaproxy();
        lanes.addGateway(QStringLiteral("curl"));
        lanes.addGateway(QStringLiteral("qt"));
        compareStreams(lanes, pieces);
    }
    if (wanted("memory")) {
        Lanes lanes(server.port());
        lanes.addGateway(QStringLiteral("curl"));
        watchMemory(lanes);
    }
    return 0;
}
