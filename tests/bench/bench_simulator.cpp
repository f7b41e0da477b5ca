// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "allocations.h"
#include "simulator/arrivals.h"
#include "simulator/eventqueue.h"
#include "simulator/keyedrandom.h"
#include "simulator/scenariofile.h"
#include "simulator/simulation.h"
#include "simulator/study.h"

#include <QFile>
#include <QProcess>
#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <numeric>

using namespace retryscope;

/// Events a second of one core with the real policy in the loop, beside the same number of events that mean nothing: a
/// queue of as many as are pending there, and one draw each. The ratio is what policy and providers cost.
namespace {

Scenario busyHour()
{
    Scenario s = *namedScenario(QStringLiteral("storm"));
    s.length = 20min;
    return s;
}

SimulatedPolicy policy(int providers)
{
    RetryConfig c;
    c.maxConcurrent = 1'000;
    SimulatedPolicy p{std::make_shared<const RetryConfig>(c), {}, false};
    for (int i = 0; i < providers; ++i) {
        Target target;
        target.provider = "provider-" + std::to_string(i);
        target.model = "model";
        p.chain.push_back(target);
    }
    return p;
}

void played(benchmark::State &state)
{
    const Scenario s = busyHour();
    const SimulatedPolicy p = policy(int(state.range(0)));
    quint64 events = 0, seed = 0;
    qint64 calls = 0;
    const std::uint64_t before = bench::allocations;
    for (auto _ : state) {
        const SimulationResult r = simulate(s, p, ++seed);
        events += r.events;
        calls += r.calls;
    }
    state.counters["allocations/event"] = double(bench::allocations - before) / double(events);
    state.counters["events/s"] = benchmark::Counter(double(events), benchmark::Counter::kIsRate);
    state.counters["calls/s"] = benchmark::Counter(double(calls), benchmark::Counter::kIsRate);
}

/// 200 configurations, 50 days each of an hour at two calls a second: 72 million calls on all cores.
void manyConfigurations(benchmark::State &state)
{
    Study study;
    study.scenario = *namedScenario(QStringLiteral("minute-outage"));
    study.scenario.length = 1h;
    study.scenario.workload.kind = Workload::Kind::Poisson;
    study.scenario.workload.perSecond = 2;
    study.replications = 50;
    for (int i = 0; i < 200; ++i) {
        RetryConfig c;
        c.maxAttempts = 1 + i % 8;
        c.attemptsPerProvider = 1 + i / 8 % 3;
        c.baseDelay = std::chrono::milliseconds(100 + 20 * i);
        SimulatedPolicy p = policy(4);
        p.config = std::make_shared<const RetryConfig>(c);
        study.policies.append(p);
    }
    quint64 events = 0;
    for (auto _ : state)
        events += run(study).events;
    state.counters["events"] = double(events);
    state.counters["events/s"] = benchmark::Counter(double(events), benchmark::Counter::kIsRate);
}

/// 50 agents, who make about a million calls in a day.
void aDayOfAgents(benchmark::State &state)
{
    Scenario s = *namedScenario(QStringLiteral("minute-outage"));
    s.length = 24h;
    s.workload.kind = Workload::Kind::Agents;
    s.workload.agents = 50;
    s.workload.think = 500ms;
    SimulatedPolicy p = policy(4);
    RetryConfig c;
    c.maxConcurrent = 50;
    p.config = std::make_shared<const RetryConfig>(c);
    qint64 calls = 0;
    quint64 seed = 0;
    for (auto _ : state)
        calls += simulate(s, p, ++seed).calls;
    state.counters["calls"] = benchmark::Counter(double(calls), benchmark::Counter::kAvgIterations);
}

void emptyEvents(benchmark::State &state)
{
    constexpr int pending = 100, atOnce = 100'000;
    quint64 events = 0;
    for (auto _ : state) {
        EventQueue queue;
        for (quint32 i = 0; i < pending; ++i)
            queue.push({.at = SteadyTime(std::chrono::nanoseconds(i)), .subject = i});
        for (quint64 n = 0; n < atOnce; ++n) {
            SimulatedEvent event = *queue.pop();
            event.at += std::chrono::nanoseconds(qint64(1e9 * uniformAt({1, Purpose::Arrival, n, 0})));
            queue.push(event);
        }
        events += atOnce;
    }
    state.counters["events/s"] = benchmark::Counter(double(events), benchmark::Counter::kIsRate);
}

/// One queue with retries that all can play: Poisson calls, one machine with exponential service, so much patience until a call
/// is begun, a constant wait, and a machine that works on for those who have left.
namespace queueOfAll {
constexpr double rate = 30;
constexpr Duration service = 10ms, patience = 20ms, wait = 10ms;
constexpr int attempts = 3, batches = 20;
} // namespace queueOfAll

struct Outcome
{
    double answered = 0, attempts = 0, seconds = 0, mean = 0, error = 0; ///< `error`: standard, of the mean of batches
};

double cpuSeconds()
{
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) + double(t.tv_nsec) / 1e9;
}

Outcome playedHere(qint64 calls)
{
    RetryConfig c;
    c.maxAttempts = c.attemptsPerProvider = queueOfAll::attempts;
    c.jitter = JitterKind::None;
    c.baseDelay = c.maxDelay = queueOfAll::wait;
    c.attemptTimeout = c.firstTokenTimeout = queueOfAll::patience;
    c.retryBudgetFloor = 1'000'000;
    c.maxConcurrent = 1'000'000;
    c.failoverReserve = 0s;
    c.minAttemptTime = 1ms;
    c.deadline = 1h;
    SimulatedPolicy p = policy(1);
    p.config = std::make_shared<const RetryConfig>(c);
    p.plain = true;
    ProviderModel m;
    m.latency = {1ns, 0, 0, 1ns, 1e9};
    m.capacity.machines = 1;
    m.capacity.service = queueOfAll::service;
    Scenario s;
    s.workload.perSecond = queueOfAll::rate;
    s.length = fromSeconds(double(calls) / queueOfAll::rate);
    s.models = {m};
    const double begun = cpuSeconds();
    const SimulationResult r = simulate(s, p, 1);
    Outcome o{double(r.answered), double(r.attempts), cpuSeconds() - begun};
    const std::size_t size = r.answeredAfter.size() / queueOfAll::batches;
    std::array<double, queueOfAll::batches> means{};
    for (std::size_t i = 0; i < means.size(); ++i) {
        const auto from = r.answeredAfter.begin() + std::ptrdiff_t(i * size);
        means[i] = std::accumulate(from, from + std::ptrdiff_t(size), 0.0) / double(size);
    }
    o.mean = std::accumulate(means.begin(), means.end(), 0.0) / double(means.size());
    double squares = 0;
    for (const double mean : means)
        squares += (mean - o.mean) * (mean - o.mean);
    o.error = std::sqrt(squares / double(means.size() - 1) / double(means.size()));
    return o;
}

std::optional<Outcome> playedThere(const char *kind, qint64 calls)
{
    const QString debians = QStringLiteral("/usr/bin/python3"); // another one would not see Debian's SimPy
    QProcess python;
    python.setProcessChannelMode(QProcess::SeparateChannels);
    python.start(QFile::exists(debians) ? debians : QStringLiteral("python3"),
                 {QStringLiteral(PEERS_SCRIPT), QLatin1String(kind), QString::number(calls), QStringLiteral("1"),
                  QString::number(queueOfAll::rate), QString::number(toSeconds(queueOfAll::service)),
                  QString::number(toSeconds(queueOfAll::patience)), QString::number(toSeconds(queueOfAll::wait)),
                  QString::number(queueOfAll::attempts)});
    if (!python.waitForFinished(600'000) || python.exitCode() != 0)
        return std::nullopt;
    const QList<QByteArray> said = python.readAllStandardOutput().simplified().split(' ');
    if (said.size() != 5)
        return std::nullopt;
    return Outcome{said[0].toDouble(), said[1].toDouble(), said[2].toDouble(), said[3].toDouble(), said[4].toDouble()};
}

/// In turns, so that all meet the same machine. False: they do not play the same queue.
bool besidePeers()
{
    constexpr int turns = 3;
    constexpr double sure = 4; // standard errors of the difference
    struct Peer
    {
        const char *kind;
        qint64 calls; ///< as many as take it a second or a few
        double aim;
        std::vector<double> ratios = {};
        std::optional<Outcome> last = {};
    };
    std::array<Peer, 2> peers{{{"heapq", 200'000, 20}, {"simpy", 50'000, 50}}};
    Outcome ours;
    for (int turn = 0; turn < turns; ++turn) {
        ours = playedHere(1'000'000);
        for (Peer &peer : peers) {
            if (turn > 0 && !peer.last)
                continue;
            peer.last = playedThere(peer.kind, peer.calls);
            if (peer.last)
                peer.ratios.push_back((ours.attempts / ours.seconds) / (peer.last->attempts / peer.last->seconds));
        }
    }
    std::printf("A queue with retries: mean time until the answer here %.4f ms +- %.4f, %.0f attempts a second\n",
                ours.mean * 1e3, ours.error * 1e3, ours.attempts / ours.seconds);
    bool same = true;
    for (Peer &peer : peers) {
        if (!peer.last) {
            std::printf("%s: left out, as this Python has none\n", peer.kind);
            continue;
        }
        std::sort(peer.ratios.begin(), peer.ratios.end());
        const double apart = std::abs(peer.last->mean - ours.mean) / std::hypot(peer.last->error, ours.error);
        same &= apart < sure;
        std::printf("%s: %.4f ms +- %.4f, %s (%.1f standard errors apart); %.0f attempts a second; "
                    "here %.1f times as many (%.1f to %.1f), aim %.0f\n",
                    peer.kind, peer.last->mean * 1e3, peer.last->error * 1e3, apart < sure ? "the same" : "NOT THE SAME",
                    apart, peer.last->attempts / peer.last->seconds, peer.ratios[peer.ratios.size() / 2],
                    peer.ratios.front(), peer.ratios.back(), peer.aim);
    }
    return same;
}

BENCHMARK(played)->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond);
BENCHMARK(emptyEvents)->Unit(benchmark::kMillisecond);
BENCHMARK(aDayOfAgents)->Unit(benchmark::kMillisecond);
BENCHMARK(manyConfigurations)->Unit(benchmark::kSecond)->Iterations(1)->UseRealTime()->MeasureProcessCPUTime();

} // namespace

int main(int argc, char **argv)
{
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return besidePeers() ? 0 : 1;
}
