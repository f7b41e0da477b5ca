// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace retryscope {

/// Tokens, or requests.
using Amount = long long;

/// What a rate limit counts.
enum class LimitKind : std::uint8_t { Requests, Tokens, InputTokens, OutputTokens };

/// One limit as a response's headers told it. What a header did not say stays none.
struct LimitWindow
{
    LimitKind kind = LimitKind::Requests;
    std::optional<Amount> limit;       ///< of a full window
    std::optional<Amount> remaining;   ///< 0: known to be empty
    std::optional<Duration> resetIn;   ///< until the window is full again, counted from the response's arrival
    bool continuous = false; ///< refills a little at a time (token bucket): one unit is back after resetIn / missing
    bool operator==(const LimitWindow &) const = default;
};
using LimitWindows = std::vector<LimitWindow>;

} // namespace retryscope
