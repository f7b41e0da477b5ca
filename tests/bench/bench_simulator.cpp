// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/arrivals.h"
#include "simulator/eventqueue.h"
#include "simulator/keyedrandom.h"
#include "simulator/scenariofile.h"
#include "simulator/simulation.h"

#include <benchmark/benchmark.h>

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
        target.provider = QStringLiteral("provider-%1").arg(i);
        target.model = QStringLiteral("model");
        p.chain.append(target);
    }
    return p;
}

void played(benchmark::State &state)
{
    const Scenario s = busyHour();
    const SimulatedPolicy p = policy(int(state.range(0)));
    quint64 events = 0, seed = 0;
    qint64 calls = 0;
    for (auto _ : state) {
        const SimulationResult r = simulate(s, p, ++seed);
        events += r.events;
        calls += r.calls;
    }
    state.counters["events/s"] = benchmark::Counter(double(events), benchmark::Counter::kIsRate);
    state.counters["calls/s"] = benchmark::Counter(double(calls), benchmark::Counter::kIsRate);
}

void emptyEvents(benchmark::State &state)
{
    constexpr int pending = 100, atOnce = 100'000;
    quint64 events = 0;
    for (auto _ : state) {
        EventQueue queue;
        for (quint32 i = 0; i < pending; ++i)
            queue.push({SteadyTime(std::chrono::nanoseconds(i)), 0, i, 0});
        for (quint64 n = 0; n < atOnce; ++n) {
            SimulatedEvent event = *queue.pop();
            event.at += std::chrono::nanoseconds(qint64(1e9 * uniformAt({1, Purpose::Arrival, n, 0})));
            queue.push(event);
        }
        events += atOnce;
    }
    state.counters["events/s"] = benchmark::Counter(double(events), benchmark::Counter::kIsRate);
}

BENCHMARK(played)->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond);
BENCHMARK(emptyEvents)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
