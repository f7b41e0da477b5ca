// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/study.h"

namespace retryscope {

/// What more slots would give where calls wait mainly for the policy's own (RetryConfig::maxConcurrent), measured by playing the
/// same days with more of them.
struct SlotRelief
{
    int atOnce = 0, more = 0;                    ///< as the policy has it, and what was played beside it
    int days = 0;                                ///< of the study, the first ones, that all of this rests on
    double share = 0;                            ///< of all calls' time from arrival to end, in the queue for a slot; 0 to 1
    std::optional<Estimate> wait, waitThen;      ///< s a call
    std::optional<Estimate> p95, p95Then, later; ///< s; `later`: with more slots less as it is, by replication
};

/// None: less than half of the calls' time is that wait, or it was stopped. Plays at most five of the study's days, on the calling
/// thread: twice as many slots, and twice as many again, until a tenth of the wait is left; at most 16 times as many.
std::optional<SlotRelief> slotRelief(const Scenario &scenario, const SimulatedPolicy &policy, quint64 seed, int replications,
                                     const std::function<bool()> &stopped = {});

} // namespace retryscope
