// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/simulation.h"

namespace retryscope {

/// Poisson calls at one kind of provider.
inline Scenario steadyCalls(double perSecond, Duration length, const ProviderModel &model)
{
    Scenario s;
    s.length = length;
    s.workload.perSecond = perSecond;
    s.models = {model};
    return s;
}

/// The default configuration before one provider.
inline SimulatedPolicy beforeOne()
{
    SimulatedPolicy p;
    p.config = std::make_shared<const RetryConfig>();
    Target target;
    target.provider = "p0";
    target.model = "m";
    p.chain.push_back(target);
    return p;
}

} // namespace retryscope
