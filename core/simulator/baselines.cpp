// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/retrypresets.h"
#include "simulator/baselines.h"

#include <algorithm>

namespace retryscope {
namespace {

struct ClientRow
{
    const char *key;
    int attempts = 0; ///< 0: as the SDK default
    /// None: as the SDK default.
    std::optional<Duration> base = {}, cap = {}, baseAfterLimit = {};
    std::optional<ThrottleModel> throttle = {};
    std::optional<HedgeModel> hedge = {};
    bool asksQuickest = false;
};

const ClientRow &rowOf(NamedClient client)
{
    static const ClientRow rows[namedClientCount] = {
        {"sdk-default", 0},
        {"no-retry", 1},
        {"aws-standard", 3, 50ms, 20s, 1s, ThrottleModel{ThrottleModel::Quota{500, 14, 5, 14}, {}, {}, false}},
        {"aws-standard-2025", 3, 1s, 20s, {}, ThrottleModel{ThrottleModel::Quota{500, 5, 5, 10}, {}, {}, false}},
        {"aws-adaptive", 3, 50ms, 20s, 1s, ThrottleModel{ThrottleModel::Quota{500, 14, 5, 14}, {}, {}, true}},
        {"grpc-throttling", 4, 100ms, 1s, {}, ThrottleModel{{}, ThrottleModel::Tokens{10, 0.1}, {}, false}},
        {"sre-adaptive", 0, {}, {}, {}, ThrottleModel{{}, {}, ThrottleModel::Accepts{2, 120s}, false}},
        {.key = "hedged-tail", .hedge = HedgeModel{{}, 0.05}},
        {.key = "hedged-2s", .hedge = HedgeModel{2s, {}}},
        {.key = "peak-ewma", .asksQuickest = true},
    };
    return rows[int(client)];
}

/// With the client's limits of time and not those that the user's configuration gives the provider.
Target bare(Target target)
{
    target.attemptTimeout.reset();
    target.times = {};
    return target;
}

/// The first target of each provider.
Targets oneOfEach(const Targets &chain)
{
    Targets first;
    for (const Target &target : chain) {
        if (std::none_of(first.begin(), first.end(), [&](const Target &t) { return t.provider == target.provider; }))
            first.push_back(bare(target));
    }
    return first;
}

} // namespace

SimulatedPolicy plainClient(const Targets &chain, std::optional<int> attempts)
{
    const QVector<RetryPreset> &presets = retryPresets();
    RetryConfig c = std::find_if(presets.begin(), presets.end(), [](const RetryPreset &p) {
                        return QLatin1String(p.key) == QLatin1String("openai_sdk");
                    })->config;
    c.maxAttempts = c.attemptsPerProvider = attempts.value_or(c.maxAttempts);
    c.firstTokenTimeout = c.idleTimeout = c.attemptTimeout;
    c.retryBudgetRatio = 1.0;
    c.retryBudgetFloor = 1'000'000;
    c.maxConcurrent = 1'000'000;
    c.paceFromHeaders = false;
    c.probeInterval = Duration::zero();
    c.failoverReserve = Duration::zero();
    return {std::make_shared<const RetryConfig>(c), {bare(chain.front())}, true};
}

SimulatedPolicy plainClient(const SimulatedPolicy &beside, std::optional<int> attempts)
{
    SimulatedPolicy plain = plainClient(beside.chain, attempts);
    plain.costs.assign(beside.costs.begin(), beside.costs.begin() + (beside.costs.empty() ? 0 : 1));
    return plain;
}

QString toKey(NamedClient client) { return QLatin1String(rowOf(client).key); }

std::optional<NamedClient> namedClientFromKey(const QString &key)
{
    for (int i = 0; i < namedClientCount; ++i) {
        if (key == toKey(NamedClient(i)))
            return NamedClient(i);
    }
    return std::nullopt;
}

SimulatedPolicy namedClient(NamedClient client, const SimulatedPolicy &beside)
{
    const ClientRow &row = rowOf(client);
    SimulatedPolicy policy = plainClient(beside, row.attempts > 0 ? std::optional(row.attempts) : std::nullopt);
    policy.throttle = row.throttle;
    policy.hedge = row.hedge;
    if (row.asksQuickest) {
        policy.asksQuickest = true;
        policy.chain = oneOfEach(beside.chain);
        policy.costs = beside.costs;
    }
    RetryConfig c = *policy.config;
    c.honourServerHints &= !row.throttle && !row.asksQuickest;
    if (row.base) {
        c.jitter = JitterKind::Full;
        c.baseDelay = *row.base;
        c.maxDelay = *row.cap;
        c.overrides[std::size_t(RetryReason::RateLimit)].baseDelay = row.baseAfterLimit;
    }
    policy.config = std::make_shared<const RetryConfig>(c);
    return policy;
}

} // namespace retryscope
