// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "engine/exchangerecord.h"

#include <functional>

namespace retryscope {

/// Gathers the pieces of all exchanges that are looked at, and gives them out at most ten times a second. On the engine's
/// thread.
class ExchangeFeed
{
public:
    ExchangeFeed(Clock &clock, std::function<void(const ExchangeRecords &)> give) : m_clock(clock), m_give(std::move(give))
    {}
    /// What is new of the attempt that `name` names, to be filled in; valid until the next call.
    ExchangeRecord &piece(const ExchangeRecord &name);
    /// Gives out what there is, where any of it is the call's: before its end is told.
    void flush(CallId call);

private:
    void giveOut();

    Clock &m_clock;
    std::function<void(const ExchangeRecords &)> m_give;
    ExchangeRecords m_pieces;
    TimerHandle m_timer;
    std::optional<SteadyTime> m_given; ///< when pieces were given out last
};

} // namespace retryscope
