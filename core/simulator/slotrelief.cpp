// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/slotrelief.h"

#include <algorithm>
#include <numeric>

namespace retryscope {
namespace {

/// By replication.
struct SlotDays
{
    std::vector<std::optional<double>> wait, p95;
    double waited = 0, spent = 0; ///< s, of all calls of all days
};

std::optional<SlotDays> playSlots(const Scenario &scenario, const SimulatedPolicy &policy, int atOnce, quint64 seed, int days,
                                  const std::function<bool()> &stopped)
{
    SimulatedPolicy played = policy;
    RetryConfig config = *policy.config;
    config.maxConcurrent = atOnce;
    played.config = std::make_shared<const RetryConfig>(config);
    SlotDays all;
    for (int day = 0; day < days; ++day) {
        const SimulationResult run = simulate(scenario, played, daySeed(seed, std::size_t(day)), stopped);
        if (!run.complete)
            return std::nullopt;
        all.wait.push_back(valueOf(Measure::SlotWait, run));
        all.p95.push_back(valueOf(Measure::P95, run));
        all.waited += run.slotWait;
        all.spent += std::accumulate(run.endedAfter.begin(), run.endedAfter.end(), 0.0);
    }
    return all;
}

std::optional<Estimate> lessThan(const std::vector<std::optional<double>> &now, const std::vector<std::optional<double>> &then)
{
    std::vector<std::optional<double>> less;
    for (std::size_t i = 0; i < now.size(); ++i)
        less.push_back(now[i] && then[i] ? std::optional(*then[i] - *now[i]) : std::nullopt);
    return estimate(less);
}

} // namespace

std::optional<SlotRelief> slotRelief(const Scenario &scenario, const SimulatedPolicy &policy, quint64 seed, int replications,
                                     const std::function<bool()> &stopped)
{
    constexpr int mostDays = 5, mostTimes = 16, mostSlots = 10'000; // the last is the field's own bound
    constexpr double mainly = 0.5, gone = 0.1;
    const int days = std::min(replications, mostDays), atOnce = policy.config->maxConcurrent;
    const auto now = playSlots(scenario, policy, atOnce, seed, days, stopped);
    if (!now || now->spent <= 0.0 || now->waited < mainly * now->spent)
        return std::nullopt;
    SlotRelief relief;
    relief.atOnce = atOnce;
    relief.days = days;
    relief.share = now->waited / now->spent;
    relief.wait = estimate(now->wait);
    relief.p95 = estimate(now->p95);
    for (int more = 2 * atOnce; more <= std::min(mostTimes * atOnce, mostSlots); more *= 2) {
        const auto then = playSlots(scenario, policy, more, seed, days, stopped);
        if (!then)
            return std::nullopt;
        relief.more = more;
        relief.waitThen = estimate(then->wait);
        relief.p95Then = estimate(then->p95);
        relief.later = lessThan(now->p95, then->p95);
        if (then->waited <= gone * now->waited)
            break;
    }
    return relief.more > 0 ? std::optional(relief) : std::nullopt;
}

} // namespace retryscope
