// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <optional>

namespace retryscope {

/// When a client sends a second copy of an attempt whose answer has not begun; whichever begins first is kept, and the
/// other is cancelled. One of the two is set:
/// | after | so long after the attempt, as Polly and gRPC have it                                                   |
/// | share | of attempts that get one, within 0 and 1: 0.05 is a copy after the 95th percentile of the time until an |
/// |       | answer begins, as The Tail at Scale has it                                                              |
struct HedgeModel
{
    std::optional<Duration> after;
    std::optional<double> share;
    bool operator==(const HedgeModel &) const = default;
};

/// How long the next attempt is waited for. That of a `share` is found as one goes, from nothing but whether an attempt
/// outlasted it: what a cancelled copy would have taken is never known, so times alone would say too little. It settles
/// where as many outlast it as are to.
class HedgeDelay
{
public:
    explicit HedgeDelay(const HedgeModel &model) : m_model(model) {}

    /// None: not known before an answer has begun.
    std::optional<Duration> now() const { return m_model.after ? m_model.after : m_found; }
    /// An answer has begun, `after` its attempt and within its delay, if it had one.
    void begun(Duration after);
    /// An attempt was still waited for at its delay's end.
    void outlasted();

private:
    void move(double by);

    HedgeModel m_model;
    std::optional<Duration> m_found;
    double m_heard = 0;
};

} // namespace retryscope
