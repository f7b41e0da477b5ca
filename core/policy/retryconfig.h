// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "policy/retryreason.h"

#include <array>
#include <memory>
#include <optional>

namespace retryscope {

enum class BackoffKind : std::uint8_t { Exponential, Linear, Constant };
enum class JitterKind : std::uint8_t { None, Full, Equal, Decorrelated, Proportional };
/// Live shows content as it comes and so cannot repeat once shown; CompleteAnswer holds it back until whole.
enum class StreamMode : std::uint8_t { Live, CompleteAnswer };
/// What an attempt that may have been delivered means for the next one: the provider may bill both.
enum class UnconfirmedDelivery : std::uint8_t { Repeat, RepeatWithKey, Stop };

/// What differs for one reason; none: as for all.
struct ReasonOverride
{
    std::optional<int> maxAttempts;     ///< on one provider, the first included
    std::optional<Duration> baseDelay, maxDelay;
    std::optional<bool> failOver;       ///< whether another provider is asked; none: as the failure's own rule says
    bool operator==(const ReasonOverride &) const = default;
};

/// Everything that decides when and where a call is tried again. Keys, units, ranges and labels: retryConfigFields().
struct RetryConfig
{
    int maxAttempts = 4;            ///< for the whole call, the first included
    int attemptsPerProvider = 2;    ///< before failing over; the first included
    BackoffKind backoff = BackoffKind::Exponential;
    JitterKind jitter = JitterKind::Full;
    Duration baseDelay = 500ms;
    Duration maxDelay = 8s;         ///< cap, applied before jitter
    double exponentialBase = 2.0;   ///< ignored unless backoff is exponential
    Duration rateLimitDelay = 0s;   ///< constant wait after rate_limit without a hint; 0 = ordinary backoff
    bool honourServerHints = true;
    Duration serverHintCap = 30s;   ///< a longer hint blocks the provider until then and fails over
    Duration hintPatience = 2s;     ///< a longer hint is not waited for while another provider may be asked
    Duration attemptTimeout = 60s;  ///< of a streamed answer: until it is under way
    Duration connectTimeout = 10s;
    Duration firstTokenTimeout = 30s; ///< of a streamed answer, while another provider could be asked
    Duration idleTimeout = 20s;
    Duration streamTimeout = 600s;  ///< of a streamed answer, from its first output
    Duration deadline = 120s;       ///< for the whole call; of a streamed answer: until it is under way
    double circuitFailureRatio = 0.5;
    int circuitMinCalls = 10;       ///< of the failure ratio; the sequential rule acts below it and above it
    Duration circuitWindow = 30s;
    Duration circuitOpenTime = 15s;
    Duration circuitMaxOpenTime = 300s;
    double retryBudgetRatio = 0.2;  ///< retries as a share of calls
    int retryBudgetFloor = 10;      ///< retries always allowed in a full bucket
    int maxConcurrent = 6;          ///< attempts at once on one provider
    bool recoveryRamp = true;       ///< after an outage concurrency grows from 1, one more for each success
    bool paceFromHeaders = true;    ///< a window known to be empty is waited out, or failed over, before the 429
    StreamMode streamMode = StreamMode::Live;
    UnconfirmedDelivery unconfirmedDelivery = UnconfirmedDelivery::Repeat;
    Duration failoverReserve = 10s; ///< kept back for the next provider, at most half of what is left
    Duration minAttemptTime = 250ms;///< an attempt with less time left than this is not started
    Duration slowAfter = 20s; ///< a first token (whole answer where not streamed) later than this is slow; 0: never
    double slowRatio = 0.5;         ///< share of slow answers in the window that makes a provider degraded
    Duration probeInterval =
        11s; ///< a provider whose circuit failures opened is asked for its models this often; 0: never
    std::array<ReasonOverride, retryReasonCount> overrides{}; ///< by reason

    bool operator==(const RetryConfig &) const = default;
};
/// One configuration for all that obey it. Not null.
using SharedRetryConfig = std::shared_ptr<const RetryConfig>;

} // namespace retryscope
