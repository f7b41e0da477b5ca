// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>

namespace retryscope {

/// Names one call for its whole life; 0 means none.
struct CallId
{
    unsigned long long value = 0;
    friend auto operator<=>(CallId, CallId) = default;
    explicit operator bool() const { return value != 0; }
};

} // namespace retryscope
