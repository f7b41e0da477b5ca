// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/backoff.h"

#include <cmath>

namespace retryscope {
namespace {

double uncapped(const RetryConfig &c, int retryIndex)
{
    const double base = toSeconds(c.baseDelay);
    switch (c.backoff) {
    case BackoffKind::Exponential: return base * std::pow(c.exponentialBase, retryIndex);
    case BackoffKind::Linear: return base * (retryIndex + 1);
    case BackoffKind::Constant: return base;
    }
    return base;
}

struct Range { double low, high; };

Range jittered(const RetryConfig &c, double value, double previous)
{
    const double base = toSeconds(c.baseDelay);
    switch (c.jitter) {
    case JitterKind::None: return {value, value};
    case JitterKind::Full: return {0.0, value};
    case JitterKind::Equal: return {value / 2.0, value};
    case JitterKind::Decorrelated:
        return {std::min(base, toSeconds(c.maxDelay)), std::min(toSeconds(c.maxDelay), 3.0 * std::max(previous, base))};
    case JitterKind::Proportional: return {0.75 * value, value};
    }
    return {value, value};
}

} // namespace

BackoffDelay backoffDelay(const RetryConfig &config, RetryReason reason, int retryIndex, Duration previous, RandomSource &random)
{
    // The seed's constant wait stands outside the cap: cutting 65 s to 60 s was one of its defects.
    if (reason == RetryReason::RateLimit && config.rateLimitDelay > 0s)
        return {config.rateLimitDelay, config.rateLimitDelay, config.rateLimitDelay};
    const double value = std::min(toSeconds(config.maxDelay), uncapped(config, std::max(0, retryIndex)));
    const Range range = jittered(config, value, toSeconds(previous));
    const double drawn = range.low + (range.high - range.low) * random.uniform();
    return {fromSeconds(range.low), fromSeconds(range.high), fromSeconds(drawn)};
}

QVector<BackoffDelay> backoffSchedule(const RetryConfig &config, RetryReason reason, quint64 seed)
{
    SeededRandom random(seed);
    QVector<BackoffDelay> schedule;
    Duration previous{};
    for (int retry = 0; retry + 1 < config.maxAttempts; ++retry) {
        schedule.append(backoffDelay(config, reason, retry, previous, random));
        previous = schedule.last().drawn;
    }
    return schedule;
}

} // namespace retryscope
