// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/healthsnapshot.h"

#include <algorithm>
#include <array>

namespace retryscope {

QString toKey(ProviderState state)
{
    static constexpr std::array keys{"unproven", "well", "slow", "failing", "down", "probing", "isolated"};
    return QString::fromLatin1(keys[std::size_t(state)]);
}

int gravity(ProviderState state)
{
    static constexpr std::array order{0, 1, 3, 4, 6, 5, 2}; // by Unproven, Well, Slow, Failing, Down, Probing, Isolated
    return order[std::size_t(state)];
}

QString toKey(ServiceState state)
{
    static constexpr std::array keys{"unproven", "good", "pain", "bad"};
    return QString::fromLatin1(keys[std::size_t(state)]);
}

std::optional<double> CallReport::servedShare() const
{
    return window.owed() ? std::optional(double(window.served()) / double(window.owed())) : std::nullopt;
}

std::optional<Duration> LimitReport::resetIn(SteadyTime now) const
{
    return window.resetIn ? std::optional(std::max<Duration>(0s, at + *window.resetIn - now)) : std::nullopt;
}

std::optional<qint64> LimitReport::remaining(SteadyTime now) const
{
    const auto left = resetIn(now);
    return left && *left == 0s && window.limit ? window.limit : window.remaining;
}

double ProviderReport::errorShare() const
{
    return window.attempts() ? double(window.failures) / double(window.attempts()) : 0.0;
}

const ProviderReport *HealthSnapshot::provider(const ProviderId &id) const
{
    const auto it =
        std::find_if(providers.begin(), providers.end(), [&](const ProviderReport &p) { return p.id == id; });
    return it == providers.end() ? nullptr : &*it;
}

ProviderState HealthSnapshot::worst() const
{
    ProviderState worst = ProviderState::Unproven;
    for (const ProviderReport &p : providers)
        worst = gravity(p.state) > gravity(worst) ? p.state : worst;
    return worst;
}

const ProviderReport *HealthSnapshot::firstTrouble() const
{
    const auto it =
        std::find_if(providers.begin(), providers.end(), [](const ProviderReport &p) { return !isCalm(p.state); });
    return it == providers.end() ? nullptr : &*it;
}

const ProviderReport *HealthSnapshot::carrier(const ProviderId &without) const
{
    const ProviderReport *best = nullptr;
    for (const ProviderReport &p : providers) {
        if (p.id != without && p.carried > (best ? best->carried : 0))
            best = &p;
    }
    return best;
}

bool HealthSnapshot::simulated() const
{
    return std::any_of(providers.begin(), providers.end(), [](const ProviderReport &p) { return p.simulated; });
}

} // namespace retryscope
