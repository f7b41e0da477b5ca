// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/study.h"

#include "simulator/arrivals.h"
#include "simulator/intervals.h"

#include <boost/math/distributions/students_t.hpp>

#include <atomic>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <thread>

namespace retryscope {
namespace {

constexpr const char *keys[measureCount] = {
    "success",       "p50_s",         "p95_s",         "p99_s",      "attempts_per_call", "failovers_per_call",
    "peak_attempts", "limited_share", "wasted_tokens", "recovery_s", "usd_per_call",      "wasted_usd_per_call",
    "whole_tasks",   "task_p50_s",    "slot_wait_s"};

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

quint64 daySeed(quint64 seed, quint64 n) // SplitMix64: one bit of the seed turns half of all
{
    quint64 x = seed + 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (x ^ (x >> 31)) + n;
}

RunShares sharesOf(const SimulationResult &run)
{
    return {{{double(run.failed()), double(run.calls)},
             {double(run.limited), double(run.attempts)},
             {double(run.tasks) - double(run.tasksAfter.size()), double(run.tasks)}}};
}

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
    case Measure::Failovers: return each(double(run.failovers), run.calls);
    case Measure::Peak: return peakOf(run);
    case Measure::Limited: return each(double(run.limited), run.attempts);
    case Measure::Wasted: return each(run.wasted, run.calls);
    case Measure::Cost: return run.cost ? each(*run.cost, run.calls) : std::nullopt;
    case Measure::WastedCost: return run.wastedCost ? each(*run.wastedCost, run.calls) : std::nullopt;
    case Measure::Whole: return each(double(run.tasksAfter.size()), run.tasks);
    case Measure::TaskP50: return quantile(run.tasksAfter, 0.50);
    case Measure::SlotWait: return each(run.slotWait, run.calls);
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

namespace {

/// The place of a measure among the shares; none: it is no share of events.
std::optional<std::size_t> shareIndex(Measure measure)
{
    const auto *at = std::find(std::begin(rareShares), std::end(rareShares), measure);
    return at == std::end(rareShares) ? std::nullopt : std::optional(std::size_t(at - std::begin(rareShares)));
}

/// It is the same in many days.
bool isOftenTheSame(Measure measure)
{
    return measure == Measure::P50 || measure == Measure::P95 || measure == Measure::P99 || measure == Measure::TaskP50
           || measure == Measure::Recovery;
}

void widen(std::optional<Estimate> *e, double least)
{
    if (*e && (*e)->halfWidth)
        (*e)->halfWidth = std::max(*(*e)->halfWidth, least);
}

} // namespace

std::optional<Estimate> StudyResult::of(int policy, Measure measure) const
{
    std::vector<std::optional<double>> of;
    for (const auto &replication : values[std::size_t(policy)])
        of.push_back(replication[std::size_t(measure)]);
    auto e = estimate(of);
    if (const auto index = shareIndex(measure); index && !shares.empty()) {
        ShareOf all;
        for (const RunShares &run : shares[std::size_t(policy)]) {
            all.part += run[*index].part;
            all.whole += run[*index].whole;
        }
        widen(&e, leastHalfWidth(all.part, all.whole));
    } else if (e && isOftenTheSame(measure) && !differEnough(of)) {
        e->halfWidth.reset();
    }
    return e;
}

bool StudyResult::tells(Measure measure) const
{
    constexpr double noticed = 0.01; // s
    if (measure != Measure::SlotWait)
        return !isToldWhereKnown(measure) || of(0, measure);
    for (int policy = 0; policy < int(values.size()); ++policy) {
        if (const auto wait = of(policy, measure); wait && wait->mean >= noticed)
            return true;
    }
    return false;
}

std::optional<Estimate> StudyResult::difference(int policy, int other, Measure measure) const
{
    std::vector<std::optional<double>> of;
    for (std::size_t n = 0; n < values[std::size_t(policy)].size(); ++n) {
        const auto a = values[std::size_t(policy)][n][std::size_t(measure)],
                   b = values[std::size_t(other)][n][std::size_t(measure)];
        of.push_back(a && b ? std::optional(*a - *b) : std::nullopt);
    }
    auto e = estimate(of);
    if (const auto index = shareIndex(measure);
        index && !shares.empty()) { // by the calls that end otherwise, as far as seen
        ShareOf all;
        for (std::size_t n = 0; n < shares[std::size_t(policy)].size(); ++n) {
            const ShareOf &a = shares[std::size_t(policy)][n][*index], &b = shares[std::size_t(other)][n][*index];
            all.part += std::abs(a.part - b.part);
            all.whole += (a.whole + b.whole) / 2;
        }
        widen(&e, all.part < all.whole / 2 ? leastHalfWidth(all.part, all.whole) : 0.0);
    } else if (e && isOftenTheSame(measure) && !differEnough(of) && !onOneSide(of)) {
        e->halfWidth.reset();
    }
    return e;
}

namespace {

/// What is kept of a run; the run itself may be large.
struct KeptRun
{
    std::array<std::optional<double>, measureCount> values;
    RunShares shares;
    quint64 digest = 0, events = 0;
};

KeptRun keep(const SimulationResult &run)
{
    KeptRun kept{{}, sharesOf(run), run.digest, run.events};
    for (int m = 0; m < measureCount; ++m)
        kept.values[std::size_t(m)] = valueOf(Measure(m), run);
    return kept;
}

/// The moments of a policy's runs, added in the order of the replications, whoever played them: what comes before its
/// turn waits.
class MomentQueue
{
public:
    explicit MomentQueue(MomentSums sums) : m_sums(std::move(sums)), m_next(m_sums.runs()) {}
    void add(int replication, RunMoments run)
    {
        m_waiting.emplace(replication, std::move(run));
        for (auto next = m_waiting.find(m_next); next != m_waiting.end(); next = m_waiting.find(++m_next)) {
            m_sums.add(next->second);
            m_waiting.erase(next);
        }
    }
    const MomentSums &sums() const { return m_sums; }

private:
    MomentSums m_sums;
    std::map<int, RunMoments> m_waiting; ///< by replication
    int m_next;
};

/// The runs of a study from number `first` on, by replication and then by policy; none: it was stopped before.
class Runs
{
public:
    /// `sums`: by policy, of the replications before.
    Runs(const Study &study, std::size_t first, const std::vector<MomentSums> &sums)
        : m_study(study), m_policies(std::size_t(study.policies.size())), m_first(first),
          m_kept(m_policies * std::size_t(study.replications) - first), m_sums(sums.begin(), sums.end())
    {
    }
    const std::vector<std::optional<KeptRun>> &kept() const { return m_kept; }
    const MomentSums &sums(std::size_t policy) const { return m_sums[policy].sums(); }
    bool tooMany() const { return m_tooMany; }

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
        for (std::size_t i = m_next++; i < m_kept.size() && !m_tooMany && !(stopped && stopped()); i = m_next++) {
            const std::size_t number = m_first + i;
            const quint64 seed = daySeed(m_study.seed, number / m_policies);
            const auto calls = m_policies > 1 ? m_day.of(m_study.scenario, seed, stopped) : nullptr;
            const SimulationResult run = simulate(m_study.scenario, m_study.policies[qsizetype(number % m_policies)],
                                                  seed, stopped, {}, calls.get());
            if (run.tooMany)
                m_tooMany = true;
            if (!run.complete)
                return;
            m_kept[i] = keep(run);
            RunMoments moments = momentsOf(run, m_study.scenario.length);
            const std::lock_guard lock(m_mutex);
            m_sums[number % m_policies].add(int(number / m_policies), std::move(moments));
            if (progress)
                progress(double(++m_done) / double(m_kept.size()));
        }
    }

    const Study &m_study;
    std::size_t m_policies, m_first;
    std::vector<std::optional<KeptRun>> m_kept;
    std::vector<MomentQueue> m_sums;
    DrawnDay m_day;
    std::mutex m_mutex;
    std::atomic<std::size_t> m_next{0};
    std::atomic<bool> m_tooMany{false};
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
    result.shares.resize(policies);
    result.sums.resize(policies, MomentSums(study.scenario.length));
    Runs runs(study, played * policies, result.sums);
    runs.play(progress, stopped);
    result.tooMany = runs.tooMany();
    std::size_t whole = 0; // runs, of whole replications from the first on
    while (whole < runs.kept().size() && runs.kept()[whole])
        ++whole;
    result.complete = whole == runs.kept().size();
    whole -= whole % policies;
    for (std::size_t i = 0; i < whole; ++i) {
        const std::optional<KeptRun> &kept = runs.kept()[i];
        result.values[i % policies].push_back(kept->values);
        result.shares[i % policies].push_back(kept->shares);
        constexpr quint64 prime = 0x100000001b3u;
        result.digest = (result.digest ^ kept->digest) * prime;
        result.events += kept->events;
    }
    for (std::size_t p = 0; p < policies; ++p)
        result.sums[p] = runs.sums(p);
    return result;
}

} // namespace retryscope
