// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/backoff.h"

#include <cmath>

namespace retryscope {
namespace {

/// Base and cap for one reason, in seconds.
struct Bounds { double base, cap; };

Bounds boundsFor(const RetryConfig &c, RetryReason reason)
{
    const ReasonOverride &o = c.overrides[std::size_t(reason)];
    return {toSeconds(o.baseDelay.value_or(c.baseDelay)), toSeconds(o.maxDelay.value_or(c.maxDelay))};
}

double uncapped(const RetryConfig &c, double base, int retryIndex)
{
    switch (c.backoff) {
    case BackoffKind::Exponential: return base * std::pow(c.exponentialBase, retryIndex);
    case BackoffKind::Linear: return base * (retryIndex + 1);
    case BackoffKind::Constant: return base;
    }
    return base;
}

struct Range { double low, high; };

Range jittered(JitterKind kind, Bounds bounds, double value, double previous)
{
    switch (kind) {
    case JitterKind::None: return {value, value};
    case JitterKind::Full: return {0.0, value};
    case JitterKind::Equal: return {value / 2.0, value};
    case JitterKind::Decorrelated:
        return {std::min(bounds.base, bounds.cap), std::min(bounds.cap, 3.0 * std::max(previous, bounds.base))};
    case JitterKind::Proportional: return {0.75 * value, value};
    }
    return {value, value};
}

} // namespace

BackoffDelay backoffDelay(const RetryConfig &config, RetryReason reason, int retryIndex, Duration previous,
                          RandomSource &random)
{
    // The seed's constant wait stands outside the cap: cutting 65 s to 60 s was one of its defects.
    if (reason == RetryReason::RateLimit && config.rateLimitDelay > 0s)
        return {config.rateLimitDelay, config.rateLimitDelay, config.rateLimitDelay};
    const Bounds bounds = boundsFor(config, reason);
    const double value = std::min(bounds.cap, uncapped(config, bounds.base, std::max(0, retryIndex)));
    const Range range = jittered(config.jitter, bounds, value, toSeconds(previous));
    const double drawn = range.low + (range.high - range.low) * random.uniform();
    return {fromSeconds(range.low), fromSeconds(range.high), fromSeconds(drawn)};
}

Duration spread(const RetryConfig &config, Duration named, RandomSource &random)
{
    if (config.jitter == JitterKind::None || named <= 0s)
        return 0s;
    const double most = std::min(1.0, 0.1 * toSeconds(named) + toSeconds(config.baseDelay));
    return fromSeconds(most * random.uniform());
}

} // namespace retryscope
