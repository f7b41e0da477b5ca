// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <QVector>

#include <optional>

namespace retryscope {

/// What a rate limit counts.
enum class LimitKind : quint8 { Requests, Tokens, InputTokens, OutputTokens };

/// One limit as a response's headers told it. What a header did not say stays none.
struct LimitWindow
{
    LimitKind kind = LimitKind::Requests;
    std::optional<qint64> limit;       ///< of a full window
    std::optional<qint64> remaining;   ///< 0: known to be empty
    std::optional<Duration> resetIn;   ///< until the window is full again, counted from the response's arrival
    bool continuous = false; ///< refills a little at a time (token bucket): one unit is back after resetIn / missing
    bool operator==(const LimitWindow &) const = default;
};
using LimitWindows = QVector<LimitWindow>;

} // namespace retryscope
