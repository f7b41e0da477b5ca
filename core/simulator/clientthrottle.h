// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "policy/retryreason.h"

#include <QtGlobal>

#include <deque>
#include <optional>

namespace retryscope {

/// How clients of others hold their own attempts back. Any of the four, each off unless it is set:
/// | quota   | AWS SDKs: a retry costs tokens of a bucket that is full at first. A success gives back what its own attempt had cost,
/// |         | one token where that was the first. An empty bucket: the call ends with its error                             |
/// | tokens  | gRPC: a failed attempt takes one token, a success gives `ratio`; retries while more than half are there         |
/// | accepts | Google SRE: an attempt is refused with probability max(0, (requests - factor accepts) / (requests + 1)) of the
/// |         | window; what was refused here is a request, too                                                                 |
/// | cubic   | AWS adaptive mode: once limited, attempts wait for a rate that falls to 0.7 and grows back along a cubic      |
struct ThrottleModel
{
    struct Quota
    {
        double tokens = 500;
        double retry = 14, afterLimit = 5, afterTimeout = 14; ///< what a retry costs, by how the attempt before it failed
        bool operator==(const Quota &) const = default;
    };
    struct Tokens
    {
        double most = 10, ratio = 0.1;
        bool operator==(const Tokens &) const = default;
    };
    struct Accepts
    {
        double factor = 2;
        Duration window = 120s; ///< in whole seconds
        bool operator==(const Accepts &) const = default;
    };
    std::optional<Quota> quota;
    std::optional<Tokens> tokens;
    std::optional<Accepts> accepts;
    bool cubic = false;
    bool operator==(const ThrottleModel &) const = default;
};

/// The rate limiter of the AWS SDKs' adaptive mode, as botocore has it. Rates are attempts a second.
class CubicRate
{
public:
    /// An attempt has ended; `limited`: by a rate limit.
    void ended(bool limited, SteadyTime now);
    /// How long until the next attempt may go. 0: now, and it is counted.
    Duration wait(SteadyTime now);
    /// None: it was never limited, so nothing waits.
    std::optional<double> rate() const { return m_limits ? std::optional(m_rate) : std::nullopt; }
    double measured() const { return m_measured; }

private:
    void measure(SteadyTime now);
    void refill(SteadyTime now);

    bool m_limits = false;
    double m_rate = 0, m_level = 0;
    SteadyTime m_refilled{};
    double m_most = 0, m_flat = 0; ///< the rate when it was limited last, and s until it is back there
    SteadyTime m_limitedAt{};
    double m_measured = 0;
    double m_ended = 0; ///< since the last piece of time that was measured
    std::optional<qint64> m_piece;
};

/// One client's throttle: may this attempt go now? Pure: time and chance come in, its answers go out.
class ClientThrottle
{
public:
    explicit ClientThrottle(const ThrottleModel &model);

    /// A retry is wanted after `failure`: what it costs; none: it is not made.
    std::optional<double> retry(RetryReason failure);
    /// Any attempt is about to go: whether it is refused here. `chance`: uniform in [0, 1).
    bool refuses(double chance, SteadyTime now);
    /// Asked for one that is not refused, until it says 0.
    Duration wait(SteadyTime now) { return m_model.cubic ? m_rate.wait(now) : Duration::zero(); }
    /// An attempt has ended that had `cost` so much; 0: it was the first.
    void ended(RetryReason reason, double cost, SteadyTime now);

    /// Left in the bucket of `quota` or of `tokens`.
    double left() const { return m_left; }

private:
    struct Second
    {
        qint64 second = 0;
        double requests = 0, accepts = 0;
    };
    Second &current(SteadyTime now);

    ThrottleModel m_model;
    double m_left = 0;
    std::deque<Second> m_window;
    double m_requests = 0, m_accepts = 0; ///< in it
    CubicRate m_rate;
};

} // namespace retryscope
