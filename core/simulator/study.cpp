// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/study.h"

#include <boost/math/distributions/students_t.hpp>

#include <atomic>
#include <cmath>
#include <mutex>
#include <numeric>
#include <thread>

namespace retryscope {
namespace {

constexpr const char *keys[measureCount] = {"success",           "p50_s",         "p95_s",         "p99_s",
                                            "attempts_per_call", "peak_attempts", "limited_share", "wasted_tokens",
                                            "recovery_s"};

/// The smallest value that so large a share does not exceed.
std::optional<double> quantile(const std::vector<float> &values, double share)
{
    if (values.empty())
        return std::nullopt;
    std::vector<float> sorted = values;
    const auto rank = std::size_t(std::max(0.0, std::ceil(share * double(sorted.size())) - 1));
    std::nth_element(sorted.begin(), sorted.begin() + std::ptrdiff_t(rank), sorted.end());
    return double(sorted[rank]);
}

/// Seconds after the scenario's end are none of it.
std::optional<double> peakOf(const SimulationResult &run)
{
    if (run.calls == 0 || run.seconds.size() < 2)
        return std::nullopt;
    quint32 most = 0;
    for (auto second = run.seconds.begin(); second != run.seconds.end() - 1; ++second)
        most = std::max(most, second->attempts);
    return double(most) * double(run.seconds.size() - 1) / double(run.calls);
}

} // namespace

QString toKey(Measure measure) { return QLatin1String(keys[int(measure)]); }

std::optional<double> valueOf(Measure measure, const SimulationResult &run)
{
    const auto each = [](double of, qint64 whole) {
        return whole > 0 ? std::optional(of / double(whole)) : std::nullopt;
    };
    switch (measure) {
    case Measure::Success: return each(double(run.answered), run.calls);
    case Measure::P50: return quantile(run.answeredAfter, 0.50);
    case Measure::P95: return quantile(run.answeredAfter, 0.95);
    case Measure::P99: return quantile(run.answeredAfter, 0.99);
    case Measure::Attempts: return each(double(run.attempts), run.calls);
    case Measure::Peak: return peakOf(run);
    case Measure::Limited: return each(double(run.limited), run.attempts);
    case Measure::Wasted: return each(run.wasted, run.calls);
    case Measure::Recovery: return run.recovery ? std::optional(toSeconds(*run.recovery)) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<Estimate> estimate(const std::vector<std::optional<double>> &values)
{
    std::vector<double> there;
    for (const auto &value : values) {
        if (value)
            there.push_back(*value);
    }
    if (there.empty())
        return std::nullopt;
    Estimate e;
    const double n = double(there.size());
    e.replications = int(there.size());
    e.mean = std::accumulate(there.begin(), there.end(), 0.0) / n;
    if (there.size() < 2)
        return e;
    double squares = 0;
    for (const double value : there)
        squares += (value - e.mean) * (value - e.mean);
    const boost::math::students_t student(n - 1);
    constexpr double upper = 0.975;
    e.halfWidth = boost::math::quantile(student, upper) * std::sqrt(squares / (n - 1) / n);
    return e;
}

std::optional<Estimate> StudyResult::of(int policy, Measure measure) const
{
    std::vector<std::optional<double>> of;
    for (const auto &replication : values[std::size_t(policy)])
        of.push_back(replication[std::size_t(measure)]);
    return estimate(of);
}

std::optional<Estimate> StudyResult::difference(int policy, int other, Measure measure) const
{
    std::vector<std::optional<double>> of;
    for (std::size_t n = 0; n < values[std::size_t(policy)].size(); ++n) {
        const auto a = values[std::size_t(policy)][n][std::size_t(measure)],
                   b = values[std::size_t(other)][n][std::size_t(measure)];
        of.push_back(a && b ? std::optional(*a - *b) : std::nullopt);
    }
    return estimate(of);
}

namespace {

/// What is kept of a run; the run itself may be large.
struct KeptRun
{
    std::array<std::optional<double>, measureCount> values;
    quint64 digest = 0, events = 0;
};

/// Sums of whole numbers, so that their order does not matter.
using SecondSums = std::vector<std::array<quint64, 4>>;

void add(SecondSums &sums, const std::vector<SimulatedSecond> &seconds)
{
    sums.resize(seconds.size());
    for (std::size_t s = 0; s < seconds.size(); ++s) {
        const SimulatedSecond &second = seconds[s];
        sums[s][0] += second.arrived;
        sums[s][1] += second.answered;
        sums[s][2] += second.failed;
        sums[s][3] += second.attempts;
    }
}

KeptRun keep(const SimulationResult &run)
{
    KeptRun kept{{}, run.digest, run.events};
    for (int m = 0; m < measureCount; ++m)
        kept.values[std::size_t(m)] = valueOf(Measure(m), run);
    return kept;
}

std::vector<StudyResult::Second> means(const SecondSums &sums, int replications)
{
    std::vector<StudyResult::Second> means;
    const double n = std::max(1, replications);
    for (const auto &[arrived, answered, failed, attempts] : sums)
        means.push_back({double(arrived) / n, double(answered) / n, double(failed) / n, double(attempts) / n});
    return means;
}

} // namespace

StudyResult run(const Study &study, const std::function<void(double)> &progress, const std::function<bool()> &stopped)
{
    const std::size_t policies = std::size_t(study.policies.size()), runs = policies * std::size_t(study.replications);
    std::vector<std::optional<KeptRun>> kept(runs);
    std::vector<SecondSums> sums(policies);
    std::mutex mutex;
    std::atomic<std::size_t> next{0}, done{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < runs && !(stopped && stopped()); i = next++) {
            const SimulationResult run = simulate(study.scenario, study.policies[qsizetype(i % policies)],
                                                  study.seed + quint64(i / policies), stopped);
            if (!run.complete)
                return;
            kept[i] = keep(run);
            const std::lock_guard lock(mutex);
            add(sums[i % policies], run.seconds);
            if (progress)
                progress(double(++done) / double(runs));
        }
    };
    const unsigned wanted =
        study.threads > 0 ? unsigned(study.threads) : std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (unsigned t = 1; t < std::min<std::size_t>(wanted, runs); ++t)
        threads.emplace_back(work);
    work();
    for (std::thread &thread : threads)
        thread.join();
    StudyResult result;
    result.complete = std::all_of(kept.begin(), kept.end(), [](const auto &r) { return r.has_value(); });
    result.values.resize(policies);
    for (std::size_t i = 0; i < runs; ++i) {
        if (!kept[i])
            continue;
        result.values[i % policies].push_back(kept[i]->values);
        constexpr quint64 prime = 0x100000001b3u;
        result.digest = (result.digest ^ kept[i]->digest) * prime;
        result.events += kept[i]->events;
    }
    for (std::size_t p = 0; p < policies; ++p)
        result.seconds.push_back(means(sums[p], int(result.values[p].size())));
    return result;
}

} // namespace retryscope
