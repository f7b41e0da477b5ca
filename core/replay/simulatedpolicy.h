// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"
#include "pricing/pricelist.h"
#include "simulator/simulation.h"

namespace retryscope {

/// What a simulation plays of a configuration: its retry fields and own rules down the chain of its enabled providers, in order
/// of priority, with their models, keys and time limits. The chain is empty where none is enabled, and then there is nobody to play.
/// What tokens cost is as `prices` say it for `when`, without cached tokens and tiers; not known unless
/// each model's price is; an invented one says nothing.
SimulatedPolicy simulatedPolicy(const Configuration &configuration, const PriceList &prices = {}, WallTime when = {});

} // namespace retryscope
