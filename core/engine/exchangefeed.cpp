// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/exchangefeed.h"

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

constexpr Duration feedPace = 100ms;

} // namespace

ExchangeRecord &ExchangeFeed::piece(const ExchangeRecord &name)
{
    if (!m_timer) {
        const SteadyTime now = m_clock.now();
        const Duration wait = m_given ? std::max<Duration>(0s, *m_given + feedPace - now) : 0s;
        m_timer = m_clock.startTimer(wait, [this] { giveOut(); });
    }
    const auto known = std::find_if(m_pieces.begin(), m_pieces.end(),
                                    [&](const ExchangeRecord &piece) { return piece.isSameAttempt(name); });
    if (known != m_pieces.end())
        return *known;
    m_pieces.append(name);
    return m_pieces.last();
}

void ExchangeFeed::giveOut()
{
    m_timer.reset();
    m_given = m_clock.now();
    m_give(std::exchange(m_pieces, {}));
}

void ExchangeFeed::flush(CallId call)
{
    if (std::any_of(m_pieces.begin(), m_pieces.end(), [call](const ExchangeRecord &piece) { return piece.call == call; }))
        giveOut();
}

} // namespace retryscope
