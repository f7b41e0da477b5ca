// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "replay/simulatedpolicy.h"

#include "engine/targets.h"

namespace retryscope {

SimulatedPolicy simulatedPolicy(const Configuration &configuration, const PriceList &prices, WallTime when)
{
    SimulatedPolicy policy{std::make_shared<const RetryConfig>(configuration.retry), targetsFor(configuration, {}),
                           false};
    policy.rules = configuration.rules;
    constexpr double each = 1e6; // tokens that a price is for
    for (const ProviderId &id : enabledProviders(configuration)) {
        const ProviderConfig &p = *findProvider(configuration, id);
        const auto price = prices.find({toKey(p.protocol), p.baseUrl, p.model}, when);
        if (!price || price->simulated) {
            policy.costs.clear();
            break;
        }
        policy.costs.push_back({price->input / each, price->output / each});
    }
    return policy;
}

} // namespace retryscope
