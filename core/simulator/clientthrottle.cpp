// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/clientthrottle.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace retryscope {
namespace {

// botocore's, in its words: scale constant, beta, smoothing, time bucket range, min rate, max rate adjust scale.
constexpr double cubicScale = 0.4, keptWhenLimited = 0.7, newestWeight = 0.8, leastRate = 0.5, mostOfMeasured = 2.0;
constexpr Duration measuredPiece = 500ms;

} // namespace

/// By whole pieces of time; the newest weighs most.
void CubicRate::measure(SteadyTime now)
{
    const qint64 piece = now.time_since_epoch() / measuredPiece;
    m_ended += 1;
    if (!m_piece)
        m_piece = piece;
    if (piece <= *m_piece)
        return;
    const double rate = m_ended / (double(piece - *m_piece) * toSeconds(measuredPiece));
    m_measured = newestWeight * rate + (1 - newestWeight) * m_measured;
    m_ended = 0;
    m_piece = piece;
}

void CubicRate::refill(SteadyTime now)
{
    m_level = std::min(std::max(1.0, m_rate), m_level + m_rate * toSeconds(now - m_refilled));
    m_refilled = now;
}

void CubicRate::ended(bool limited, SteadyTime now)
{
    measure(now);
    if (!limited && !m_limits)
        return;
    double rate;
    if (limited) {
        m_most = m_limits ? std::min(m_measured, m_rate) : m_measured;
        m_flat = std::cbrt(m_most * (1 - keptWhenLimited) / cubicScale);
        m_limitedAt = now;
        rate = keptWhenLimited * m_most;
    } else {
        rate = cubicScale * std::pow(toSeconds(now - m_limitedAt) - m_flat, 3) + m_most;
    }
    rate = std::max(leastRate, std::min(rate, mostOfMeasured * m_measured));
    if (!std::exchange(m_limits, true)) {
        m_level = std::max(1.0, rate);
        m_refilled = now;
    }
    refill(now);
    m_rate = rate;
    m_level = std::min(m_level, std::max(1.0, rate));
}

Duration CubicRate::wait(SteadyTime now)
{
    if (!m_limits)
        return {};
    refill(now);
    constexpr double rounding = 1e-9;
    if (m_level + rounding < 1.0)
        return std::max<Duration>(1ns, fromSeconds((1.0 - m_level) / m_rate));
    m_level -= 1.0;
    return {};
}

ClientThrottle::ClientThrottle(const ThrottleModel &model)
    : m_model(model), m_left(model.quota ? model.quota->tokens : model.tokens ? model.tokens->most : 0.0)
{
}

std::optional<double> ClientThrottle::retry(RetryReason failure)
{
    if (m_model.tokens)
        return m_left > m_model.tokens->most / 2 ? std::optional(0.0) : std::nullopt;
    if (!m_model.quota)
        return 0.0;
    const ThrottleModel::Quota &q = *m_model.quota;
    const double cost = failure == RetryReason::RateLimit        ? q.afterLimit
                        : failure == RetryReason::NetworkTimeout ? q.afterTimeout
                                                                 : q.retry;
    if (m_left < cost)
        return std::nullopt;
    m_left -= cost;
    return cost;
}

/// Of this second, with those that have left the window taken out.
ClientThrottle::Second &ClientThrottle::current(SteadyTime now)
{
    const qint64 second = now.time_since_epoch() / 1s;
    while (!m_window.empty() && m_window.front().second <= second - m_model.accepts->window / 1s) {
        m_requests -= m_window.front().requests;
        m_accepts -= m_window.front().accepts;
        m_window.pop_front();
    }
    if (m_window.empty() || m_window.back().second < second)
        m_window.push_back({second});
    return m_window.back();
}

bool ClientThrottle::refuses(double chance, SteadyTime now)
{
    if (!m_model.accepts)
        return false;
    Second &second = current(now);
    const double share = (m_requests - m_model.accepts->factor * m_accepts) / (m_requests + 1);
    second.requests += 1;
    m_requests += 1;
    return chance < share;
}

void ClientThrottle::ended(RetryReason reason, double cost, SteadyTime now)
{
    const bool succeeded = reason == RetryReason::None;
    if (m_model.quota && succeeded)
        m_left = std::min(m_model.quota->tokens, m_left + (cost > 0.0 ? cost : 1.0));
    if (m_model.tokens)
        m_left = std::clamp(m_left + (succeeded ? m_model.tokens->ratio : -1.0), 0.0, m_model.tokens->most);
    if (m_model.accepts && succeeded) {
        current(now).accepts += 1;
        m_accepts += 1;
    }
    if (m_model.cubic)
        m_rate.ended(reason == RetryReason::RateLimit, now);
}

} // namespace retryscope
