// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace retryscope {

/// What a person may do with a call that runs, beside stopping it.
enum class Steering : std::uint8_t {
    TryNow,      ///< the wait ends, and the attempt that was waited for is made
    FailOverNow, ///< the next provider of the chain is asked, whatever is waited for or asked now
};

/// Why that was not done; nothing has changed then. The sentence is steeringText's.
enum class SteeringRefusal : std::uint8_t {
    None,           ///< it was done
    CallEnded,      ///< or there never was one
    NotWaiting,     ///< for anything that a person could shorten
    ContentShown,   ///< of the running attempt, so that it cannot be repeated unseen
    MaybeDelivered, ///< and the policy does not repeat what may have been
    AttemptsUsedUp,
    NoTime,         ///< for another attempt, before the deadline
    NobodyElse,     ///< may be asked now
    Probing,        ///< whoever is waited for is asked by the one call that tries it
    Isolated,       ///< by hand, and only a hand lets it go
};
std::string_view keyOf(SteeringRefusal refusal);

/// The rules of events that came of it.
inline constexpr std::string_view triedByHand = "tried now by hand";
inline constexpr std::string_view failedOverByHand = "failed over by hand";

} // namespace retryscope
