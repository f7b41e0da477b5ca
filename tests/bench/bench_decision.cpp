// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "allocations.h"

#include "policy/callmachine.h"
#include "protocols/protocol.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

using namespace retryscope;

/// Nanoseconds and heap allocations of one classification and one decision. Aims: below 300 ns each, no allocation in a
/// decision.
namespace {

class Counted
{
public:
    explicit Counted(benchmark::State &state) : m_state(state) {}
    /// Only what lies between start() and stop() is counted.
    void start() { m_before = bench::allocations; }
    void stop() { m_total += bench::allocations - m_before; }
    ~Counted()
    {
        m_state.counters["allocations"] = benchmark::Counter(double(m_total), benchmark::Counter::kAvgIterations);
    }

private:
    benchmark::State &m_state;
    std::uint64_t m_before = 0, m_total = 0;
};

/// The median beside the mean: one interruption by another program does not move it.
class Times
{
public:
    explicit Times(benchmark::State &state) : m_state(state) { m_ns.reserve(1 << 20); }
    void record(benchmark::State &state, std::chrono::steady_clock::duration d)
    {
        state.SetIterationTime(std::chrono::duration<double>(d).count());
        if (m_ns.size() < m_ns.capacity())
            m_ns.push_back(float(std::chrono::nanoseconds(d).count()));
    }
    ~Times()
    {
        std::nth_element(m_ns.begin(), m_ns.begin() + std::ptrdiff_t(m_ns.size() / 2), m_ns.end());
        m_state.counters["median_ns"] = m_ns.empty() ? 0.0 : double(m_ns[m_ns.size() / 2]);
    }

private:
    benchmark::State &m_state;
    std::vector<float> m_ns;
};

FailureFacts facts(int status, std::vector<std::string> codes, const std::string &message)
{
    FailureFacts f;
    f.status = status;
    f.codes = std::move(codes);
    f.message = message;
    return f;
}

const std::string longText =
    "Rate limit reached for gpt-4o in organization org-abc on tokens per min (TPM): Limit 30000, "
    "Used 29000, Requested 2000. Please try again in 2s. Visit the account page to learn more.";

void classifyOne(benchmark::State &state, const FailureFacts &f)
{
    Counted counted(state);
    for (auto _ : state) {
        counted.start();
        Classification c = classify(f);
        counted.stop();
        benchmark::DoNotOptimize(c);
    }
}

void readAndClassify(benchmark::State &state, const QByteArray &body)
{
    Counted counted(state);
    for (auto _ : state) {
        counted.start();
        FailureFacts f{.status = 429};
        readErrorBody(body, &f);
        Classification c = classify(f);
        counted.stop();
        benchmark::DoNotOptimize(c);
    }
}

struct World
{
    explicit World(RetryConfig config) : budget(config.retryBudgetRatio, 1000) { providers.configure(config, order); }
    CallMachine machine(const RetryConfig &config) { return CallMachine(config, targets, {providers, budget, random}); }
    std::vector<std::string> order{"openai", "anthropic", "google_ai", "mistral"};
    Targets targets{{order[0], "m"}, {order[1], "m"}};
    ProviderFailoverHandler providers;
    RetryBudget budget;
    ScriptedRandom random{{0.5}};
};

AttemptFacts ended(RetryReason reason, int status)
{
    AttemptFacts a;
    if (reason != RetryReason::None)
        a.classification = classify(facts(status, {}, {}));
    return a;
}

/// The decision alone: making the machine, starting it and letting it go is outside the count and the clock.
void decide(benchmark::State &state, const AttemptFacts &outcome, int attemptsBefore)
{
    RetryConfig config;
    config.maxAttempts = 20;
    config.circuitMinCalls = 10'000;
    config.circuitFailureRatio = 1.0;
    const AttemptFacts failure = ended(RetryReason::ServerError, 500);
    Counted counted(state);
    Times times(state);
    SteadyTime now{1h};
    for (auto _ : state) {
        World world(config);
        CallMachine machine = world.machine(config);
        CallStep step = machine.start(now);
        const auto send = [&] {
            if (step.kind == CallStep::Kind::Wait)
                step = machine.onTimer(now += step.delay);
            if (step.kind == CallStep::Kind::Queue)
                step = machine.begin(now);
        };
        send();
        for (int i = 0; i < attemptsBefore; ++i) {
            step = machine.onAttempt(failure, now);
            send();
        }
        counted.start();
        const auto before = std::chrono::steady_clock::now();
        CallStep next = machine.onAttempt(outcome, now);
        const auto after = std::chrono::steady_clock::now();
        counted.stop();
        benchmark::DoNotOptimize(next);
        times.record(state, after - before);
    }
}

void clockItself(benchmark::State &state)
{
    Times times(state);
    for (auto _ : state) {
        const auto before = std::chrono::steady_clock::now();
        const auto after = std::chrono::steady_clock::now();
        times.record(state, after - before);
    }
}

} // namespace

BENCHMARK_CAPTURE(classifyOne, by_code, facts(429, {"rate_limit_exceeded", "tokens"}, longText));
BENCHMARK_CAPTURE(classifyOne, by_status, facts(503, {}, {}));
BENCHMARK_CAPTURE(classifyOne, by_status_with_text, facts(503, {}, longText));
BENCHMARK_CAPTURE(classifyOne, unknown_code, facts(418, {"teapot", "short_and_stout"}, longText));
BENCHMARK_CAPTURE(classifyOne, transport, FailureFacts{.transport = TransportFailure::Reset});
BENCHMARK_CAPTURE(
    readAndClassify, openai_body, QByteArray(
        R"({"error":{"message":"Rate limit reached.","type":"tokens","param":null,"code":"rate_limit_exceeded"}})"));
BENCHMARK(clockItself)->UseManualTime()->MinTime(0.02); // to take off from the decisions below
BENCHMARK_CAPTURE(decide, success, ended(RetryReason::None, 200), 0)->UseManualTime()->MinTime(0.02);
BENCHMARK_CAPTURE(decide, retry_here, ended(RetryReason::ServerError, 500), 0)->UseManualTime()->MinTime(0.02);
BENCHMARK_CAPTURE(decide, fail_over, ended(RetryReason::ServerError, 500), 1)->UseManualTime()->MinTime(0.02);
BENCHMARK_CAPTURE(decide, callers_own_fault, ended(RetryReason::InvalidRequest, 400), 0)
    ->UseManualTime()
    ->MinTime(0.02);

BENCHMARK_MAIN();
