// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/simulation.h"

namespace retryscope {

/// A client as the official SDKs are unless told otherwise: the preset "openai_sdk" on the first target alone, with no circuits,
/// no budget, no pacing and no limit on how many attempts run at once. What a policy is worth is measured beside it.
/// `attempts` in place of the preset's; 1: no retry at all. `chain` is not empty.
SimulatedPolicy plainClient(const Targets &chain, std::optional<int> attempts = {});
/// Beside a policy, down its chain and at its prices.
SimulatedPolicy plainClient(const SimulatedPolicy &beside, std::optional<int> attempts = {});

} // namespace retryscope
