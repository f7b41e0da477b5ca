// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "loopbackserver.h"
#include "streamserver.h"

#include "transport/curltransport.h"
#include "transport/networktransport.h"

#include <QCoreApplication>
#include <QEventLoop>
#include <QFile>
#include <QTimer>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <sys/resource.h>

using namespace retryscope;

/// The two transports beside a client of bare sockets, against the same server, in one run: CPU of the client for each
/// request, and a thousand streams at once on one thread. Each measurement in a process of its own, so that none has
/// another's memory.
namespace {

enum class Client { Bare, Curl, Qt };
constexpr const char *names[] = {"bare sockets", "CurlTransport", "NetworkTransport"};

struct Measured
{
    double cpuUs = 0;  ///< a request, or in all
    double wallUs = 0;
    double p50Us = 0, p99Us = 0; ///< that a piece was under way
    double memoryMb = 0;
    int whole = 0; ///< requests that were answered to their end
};

double cpuUs()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto us = [](timeval t) { return double(t.tv_sec) * 1e6 + double(t.tv_usec); };
    return us(usage.ru_utime) + us(usage.ru_stime);
}

double wallUs() { return double(std::chrono::steady_clock::now().time_since_epoch().count()) / 1e3; }

double residentMb()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QFile::ReadOnly))
        return 0;
    return double(file.readAll().split(' ').at(1).toLongLong()) * double(::sysconf(_SC_PAGESIZE)) / 1e6;
}

std::unique_ptr<Transport> transportOf(Client client)
{
    if (client == Client::Curl)
        return std::make_unique<CurlTransport>(ProxyRules(), ReuseLimits{.quietTime = 50ms});
    return std::make_unique<NetworkTransport>(ProxyRules());
}

/// Runs `requests` of them, `together` at a time; `data` gets every piece.
int run(Transport &transport, const HttpRequest &request, int requests, int together,
        const std::function<void(const QByteArray &)> &data)
{
    QEventLoop loop;
    std::map<int, std::unique_ptr<Exchange>> running;
    int started = 0, over = 0, whole = 0;
    const std::function<void()> next = [&] {
        const int number = started++;
        running[number] = transport.start(
            request, {[] {}, [](const HttpHead &) {}, data, [&, number](const ExchangeEnd &end) {
                          whole += end.failure == TransportFailure::None;
                          running.erase(number);
                          if (++over == requests)
                              loop.quit();
                          else if (started < requests)
                              next();
                      }});
    };
    for (int i = 0; i < std::min(together, requests); ++i)
        next();
    loop.exec();
    return whole;
}

int connectTo(int port)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(quint16(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
        std::abort();
    return fd;
}

/// The least that any client has to do: one kept connection for each that runs, and the bytes read. `answer`: bytes of one.
int runBare(int port, const QByteArray &request, int requests, int together, qsizetype answer,
            const std::function<void(const QByteArray &)> &data)
{
    std::vector<pollfd> watched;
    std::vector<qsizetype> got(std::size_t(together), 0);
    int started = 0, whole = 0;
    const auto ask = [&](int fd) { ++started; (void)::send(fd, request.constData(), std::size_t(request.size()), MSG_NOSIGNAL); };
    for (int i = 0; i < together; ++i) {
        watched.push_back({connectTo(port), POLLIN, 0});
        ask(watched.back().fd);
    }
    char buffer[16 << 10];
    while (whole < requests && ::poll(watched.data(), watched.size(), 10'000) > 0) {
        for (std::size_t i = 0; i < watched.size(); ++i) {
            if (!watched[i].revents)
                continue;
            const ssize_t n = ::recv(watched[i].fd, buffer, sizeof buffer, 0);
            if (n <= 0) {
                watched[i].fd = -1;
                continue;
            }
            const QByteArray bytes(buffer, n);
            data(bytes);
            got[i] += n;
            if (answer ? got[i] < answer : !bytes.endsWith("0\r\n\r\n"))
                continue;
            got[i] = 0;
            ++whole;
            if (started < requests)
                ask(watched[i].fd);
        }
    }
    for (const pollfd &one : watched)
        ::close(one.fd);
    return whole;
}

QByteArray bareRequest() { return "POST /v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}"; }

HttpRequest requestTo(int port)
{
    return {"POST", QUrl(QStringLiteral("http://127.0.0.1:%1/v1").arg(port)), {{"Content-Type", "application/json"}}, "{}"};
}

Measured requests(Client client, int port, int together, qsizetype answer)
{
    constexpr int count = 6000;
    int argc = 0;
    QCoreApplication app(argc, nullptr);
    const auto none = [](const QByteArray &) {};
    const auto transport = transportOf(client);
    const auto round = [&](int n) {
        return client == Client::Bare ? runBare(port, bareRequest(), n, together, answer, none)
                                      : run(*transport, requestTo(port), n, together, none);
    };
    round(200); // warms up, and earns what can be earned
    QEventLoop pause;
    QTimer::singleShot(100, &pause, &QEventLoop::quit);
    pause.exec();
    round(200);
    const double cpu = cpuUs(), wall = wallUs();
    Measured m;
    m.whole = round(count);
    m.cpuUs = (cpuUs() - cpu) / count;
    m.wallUs = (wallUs() - wall) / count;
    return m;
}

Measured streams(Client client, int port, int count)
{
    int argc = 0;
    QCoreApplication app(argc, nullptr);
    std::vector<double> late;
    const auto note = [&late](const QByteArray &bytes) {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        const qsizetype at = bytes.lastIndexOf("t=");
        if (at >= 0)
            late.push_back(double(now.tv_sec) * 1e6 + double(now.tv_nsec) / 1e3
                           - bytes.mid(at + 2, bytes.indexOf('\n', at) - at - 2).toDouble() / 1e3);
    };
    const auto transport = transportOf(client);
    if (client != Client::Bare)
        run(*transport, requestTo(port), 1, 1, note); // what is needed once
    late.clear();
    late.reserve(std::size_t(count) * 64);
    const double before = residentMb(), cpu = cpuUs();
    Measured m;
    QTimer peak;
    QObject::connect(&peak, &QTimer::timeout, &peak, [&] { m.memoryMb = std::max(m.memoryMb, residentMb() - before); });
    peak.start(100);
    m.whole = client == Client::Bare ? runBare(port, bareRequest(), count, count, 0, note)
                                     : run(*transport, requestTo(port), count, count, note);
    m.cpuUs = cpuUs() - cpu;
    std::sort(late.begin(), late.end());
    if (!late.empty()) {
        m.p50Us = late[late.size() / 2];
        m.p99Us = late[late.size() * 99 / 100];
    }
    return m;
}

/// In a process of its own.
template <typename What> Measured apart(What what)
{
    int ends[2];
    Measured m;
    if (::pipe(ends) != 0)
        std::abort();
    const pid_t child = ::fork();
    if (child == 0) {
        m = what();
        (void)!::write(ends[1], &m, sizeof m);
        ::_exit(0);
    }
    ::close(ends[1]);
    if (::read(ends[0], &m, sizeof m) != sizeof m)
        std::fprintf(stderr, "a measurement failed\n");
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return m;
}

constexpr Client clients[] = {Client::Bare, Client::Curl, Client::Qt};

void compareRequests(int port, int together, qsizetype answer)
{
    std::printf("one JSON answer, %d at a time (6,000 requests)\n", together);
    double bare = 0;
    for (const Client client : clients) {
        const Measured m = apart([&] { return requests(client, port, together, answer); });
        bare = client == Client::Bare ? m.cpuUs : bare;
        std::printf("  %-18s %6.1f us CPU a request %5.2fx bare  %6.0f requests a second  %d whole\n",
                    names[int(client)], m.cpuUs, m.cpuUs / bare, 1e6 / m.wallUs, m.whole);
    }
    std::fflush(stdout);
}

void compareStreams(int port, int count)
{
    std::printf("%d streams at once, a piece every 100 ms for %d s each, one thread\n", count,
                bench::StreamWords().pieces / 10);
    for (const Client client : clients) {
        const Measured m = apart([&] { return streams(client, port, count); });
        std::printf("  %-18s %d whole  %6.1f MB more  %6.0f ms CPU  under way p50 %5.0f us, p99 %5.0f us\n",
                    names[int(client)], m.whole, m.memoryMb, m.cpuUs / 1e3, m.p50Us, m.p99Us);
    }
    std::fflush(stdout);
}

} // namespace

int main()
{
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, 8192);
    ::setrlimit(RLIMIT_NOFILE, &files);
    const QByteArray body = R"({"choices":[{"message":{"content":")" + QByteArray(400, 'x') + R"("},"finish_reason":"stop"}]})";
    const QByteArray answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                              + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    bench::LoopbackServer server(answer, answer);
    for (const int together : {1, 32})
        compareRequests(server.port(), together, answer.size());
    bench::StreamServer streamed;
    compareStreams(streamed.port(), 1000);
    return 0;
}
