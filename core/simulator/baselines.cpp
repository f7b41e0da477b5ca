// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/baselines.h"

#include <algorithm>

namespace retryscope {

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
    return {std::make_shared<const RetryConfig>(c), chain.mid(0, 1), true};
}

SimulatedPolicy plainClient(const SimulatedPolicy &beside, std::optional<int> attempts)
{
    SimulatedPolicy plain = plainClient(beside.chain, attempts);
    plain.costs.assign(beside.costs.begin(), beside.costs.begin() + (beside.costs.empty() ? 0 : 1));
    return plain;
}

} // namespace retryscope
