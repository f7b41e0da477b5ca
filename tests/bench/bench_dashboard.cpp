// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// What a picture of the dashboard costs, and what a week of events leaves in memory. Prints medians and 99th
// percentiles of single frames; a frame is: a quarter of a second of events, refresh, and every changed widget painted.
#include "pages/dashboardpage.h"

#include "health/healthmonitor.h"

#include "../support/recordedstream.h"

#include <QApplication>
#include <QFile>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <random>

using namespace retryscope;

namespace {

constexpr quint64 seed = 20'260'302;
const std::array providers{QStringLiteral("openai"), QStringLiteral("anthropic"), QStringLiteral("google_ai"),
                           QStringLiteral("mistral")};
constexpr std::array reasons{RetryReason::RateLimit,      RetryReason::TemporaryFailure, RetryReason::ServerError,
                             RetryReason::NetworkTimeout, RetryReason::Network,          RetryReason::StreamInterrupted,
                             RetryReason::Unknown};

/// Traffic with all reasons, outcomes and circuits; at least four events for each call.
class BusyTraffic
{
public:
    RecordedStream stream;
    void call()
    {
        const QString &first = providers[m_random() % providers.size()];
        const Duration took = fromSeconds(0.8 * std::exp(0.5 * m_normal(m_random)));
        stream.beginCall();
        if (m_random() % 10 == 0) {
            const RetryReason reason = reasons[m_random() % reasons.size()];
            stream.attempt(first, reason, took / 3);
            stream.retry(first, reason, 500ms);
        }
        stream.attempt(first, RetryReason::None, took).limits = {
            {LimitKind::Requests, 500, qint64(m_random() % 500), 30s, false}};
        stream.endCall(first, CallOutcome::FirstTry, took);
        if (m_random() % 2'000 == 0)
            stream.circuit(first, CircuitState::Closed, CircuitState::Open, 30s, RetryReason::RateLimit);
        if (m_random() % 2'000 == 0)
            stream.circuit(first, CircuitState::HalfOpen, CircuitState::Closed);
    }

private:
    std::mt19937_64 m_random{seed};
    std::normal_distribution<> m_normal;
};

double residentMb()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    return file.open(QIODevice::ReadOnly) ? double(file.readAll().split(' ').value(1).toLongLong()) * 4096.0 / 1e6
                                          : 0.0;
}

struct Stand
{
    Stand() : page(state, theme)
    {
        Configuration configuration;
        configuration.providers = RecordedStream::fourProviders();
        monitor.configure(configuration);
        state.setProviders(configuration.providers);
        page.rebuildCards();
        page.resize(1160, 740);
        page.show();
    }
    /// What the engine's thread does.
    HealthUpdate judge()
    {
        for (const Event &e : traffic.stream.take())
            monitor.onEvent(e);
        monitor.advance(traffic.stream.now(), traffic.stream.wall());
        return monitor.take();
    }
    void frame() { frame(judge()); }
    void frame(const HealthUpdate &update)
    {
        state.onHealth(update);
        state.advance(traffic.stream.now(), traffic.stream.wall());
        page.refresh(traffic.stream.now());
        QApplication::sendPostedEvents();
        QApplication::processEvents(); // paints what was updated
    }
    Theme theme{ThemeMode::Dark};
    DashboardState state;
    HealthMonitor monitor;
    DashboardPage page;
    BusyTraffic traffic;
};

/// Of this thread: what a frame costs, also on a machine that is busy with other things.
double cpuMs()
{
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return double(t.tv_sec) * 1e3 + double(t.tv_nsec) / 1e6;
}

void report(benchmark::State &bench, const std::string &what, std::vector<double> ms)
{
    std::sort(ms.begin(), ms.end());
    bench.counters[what + "_median_ms"] = ms[ms.size() / 2];
    bench.counters[what + "_p99_ms"] = ms[ms.size() * 99 / 100];
}

/// Six hours behind it, a thousand events a second coming in, all four charts and cards drawn anew.
void dashboardFrame(benchmark::State &bench)
{
    Stand stand;
    stand.page.model().setSpan(std::size_t(bench.range(0)));
    for (int i = 0; i < 6 * 3600; ++i) {
        stand.traffic.call();
        stand.traffic.stream.wait(1s);
        if (i % 1'000 == 0)
            stand.state.onHealth(stand.judge());
    }
    stand.frame();
    std::vector<double> wall, cpu;
    for (auto _ : bench) {
        bench.PauseTiming();
        for (int i = 0; i < 60; ++i) // at least 250 events, a thousand a second, as frames come every 250 ms
            stand.traffic.call();
        stand.traffic.stream.wait(250ms);
        const HealthUpdate update = stand.judge();
        bench.ResumeTiming();
        const auto start = std::chrono::steady_clock::now();
        const double before = cpuMs();
        stand.frame(update);
        cpu.push_back(cpuMs() - before);
        wall.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    report(bench, "wall", std::move(wall));
    report(bench, "cpu", std::move(cpu));
}

/// Ten times a second between the charts' frames: states and countdowns alone.
void countdownTick(benchmark::State &bench)
{
    Stand stand;
    for (int i = 0; i < 600; ++i) {
        stand.traffic.call();
        stand.traffic.stream.wait(100ms);
    }
    stand.traffic.stream.circuit(providers[0], CircuitState::Closed, CircuitState::Open, 600s, RetryReason::RateLimit);
    stand.frame();
    for (auto _ : bench) {
        stand.traffic.stream.wait(100ms);
        stand.frame();
    }
}

/// Events into the judgement, and what it gives out into the series of all five windows.
void takeEvents(benchmark::State &bench)
{
    BusyTraffic traffic;
    DashboardState state;
    HealthMonitor monitor;
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    monitor.configure(configuration);
    std::size_t events = 0;
    for (auto _ : bench) {
        bench.PauseTiming();
        for (int i = 0; i < 200; ++i) {
            traffic.call();
            traffic.stream.wait(1ms);
        }
        const Events batch = traffic.stream.take();
        bench.ResumeTiming();
        for (const Event &e : batch)
            monitor.onEvent(e);
        state.onHealth(monitor.take());
        events += std::size_t(batch.size());
    }
    bench.SetItemsProcessed(qint64(events));
}

/// A simulated week at ten calls a second; the resident memory of each day's end.
void weekInMemory(benchmark::State &bench)
{
    for (auto _ : bench) {
        Stand stand;
        for (int day = 0; day < 8; ++day) {
            for (int second = 0; second < 86'400; ++second) {
                for (int i = 0; i < 10; ++i)
                    stand.traffic.call();
                stand.traffic.stream.wait(1s);
                if (second % 10 == 0)
                    stand.state.onHealth(stand.judge());
                if (second % 3'600 == 0)
                    stand.frame();
            }
            bench.counters[(QStringLiteral("day%1_MB").arg(day + 1)).toStdString()] = residentMb();
        }
    }
}

BENCHMARK(dashboardFrame)->Arg(0)->Arg(2)->Arg(4)->Iterations(1'000)->Unit(benchmark::kMillisecond);
BENCHMARK(countdownTick)->Unit(benchmark::kMicrosecond);
BENCHMARK(takeEvents)->Unit(benchmark::kMicrosecond);
BENCHMARK(weekInMemory)->Iterations(1)->Unit(benchmark::kSecond);

} // namespace

int main(int argc, char **argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    qputenv("QT_LOGGING_RULES", "qt.qpa.*=false");
    QApplication app(argc, argv);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
