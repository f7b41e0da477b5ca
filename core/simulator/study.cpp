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
                                            "recovery_s",        "usd_per_call",  "wasted_usd_per_call"};

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
    case Measure::Cost: return run.cost ? each(*run.cost, run.calls) : std::nullopt;
    case Measure::WastedCost: return run.wastedCost ? each(*run.wastedCost, run.calls) : std::nullopt;
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

/// Whole again, so that a study in pieces gives the same as one in a piece.
SecondSums sumsOf(const std::vector<StudyResult::Second> &means, std::size_t replications)
{
    SecondSums sums;
    const auto whole = [n = double(replications)](double mean) { return quint64(std::llround(mean * n)); };
    for (const StudyResult::Second &s : means)
        sums.push_back({whole(s.arrived), whole(s.answered), whole(s.failed), whole(s.attempts)});
    return sums;
}

/// The runs of a study from number `first` on, by replication and then by policy; none: it was stopped before.
class Runs
{
public:
    Runs(const Study &study, std::size_t first)
        : m_study(study), m_policies(std::size_t(study.policies.size())), m_first(first),
          m_kept(m_policies * std::size_t(study.replications) - first), m_sums(m_policies)
    {
    }
    const std::vector<std::optional<KeptRun>> &kept() const { return m_kept; }
    SecondSums &sums(std::size_t policy) { return m_sums[policy]; }

    void play(const std::function<void(double)> &progress, const std::function<bool()> &stopped)
    {
        const std::size_t wanted =
            m_study.threads > 0 ? std::size_t(m_study.threads) : std::max(1u, std::thread::hardware_concurrency());
        std::vector<std::thread> threads;
        for (std::size_t t = 1; t < std::min(wanted, m_kept.size()); ++t)
            threads.emplace_back([&] { work(progress, stopped); });
        work(progress, stopped);
        for (std::thread &thread : threads)
            thread.join();
    }

private:
    void work(const std::function<void(double)> &progress, const std::function<bool()> &stopped)
    {
        for (std::size_t i = m_next++; i < m_kept.size() && !(stopped && stopped()); i = m_next++) {
            const std::size_t number = m_first + i;
            const SimulationResult run =
                simulate(m_study.scenario, m_study.policies[qsizetype(number % m_policies)],
                         m_study.seed + quint64(number / m_policies), stopped);
            if (!run.complete)
                return;
            m_kept[i] = keep(run);
            const std::lock_guard lock(m_mutex);
            add(m_sums[number % m_policies], run.seconds);
            if (progress)
                progress(double(++m_done) / double(m_kept.size()));
        }
    }

    const Study &m_study;
    std::size_t m_policies, m_first;
    std::vector<std::optional<KeptRun>> m_kept;
    std::vector<SecondSums> m_sums;
    std::mutex m_mutex;
    std::atomic<std::size_t> m_next{0};
    std::size_t m_done = 0;
};

} // namespace

StudyResult run(const Study &study, const std::function<void(double)> &progress, const std::function<bool()> &stopped,
                const StudyResult &before)
{
    const std::size_t policies = std::size_t(study.policies.size()),
                      played = before.values.empty() ? 0 : before.values.front().size();
    StudyResult result = before;
    result.values.resize(policies);
    result.seconds.resize(policies);
    Runs runs(study, played * policies);
    for (std::size_t p = 0; p < policies; ++p)
        runs.sums(p) = sumsOf(result.seconds[p], played);
    runs.play(progress, stopped);
    result.complete = true;
    for (std::size_t i = 0; i < runs.kept().size(); ++i) {
        const std::optional<KeptRun> &kept = runs.kept()[i];
        result.complete &= kept.has_value();
        if (!kept)
            continue;
        result.values[i % policies].push_back(kept->values);
        constexpr quint64 prime = 0x100000001b3u;
        result.digest = (result.digest ^ kept->digest) * prime;
        result.events += kept->events;
    }
    for (std::size_t p = 0; p < policies; ++p)
        result.seconds[p] = means(runs.sums(p), int(result.values[p].size()));
    return result;
}

} // namespace retryscope
