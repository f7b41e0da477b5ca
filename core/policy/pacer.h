// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/ratelimits.h"
#include "policy/retryreason.h"

#include <array>

namespace retryscope {

/// What is known of one model's rate limits: the last words of the response headers, less what was sent since.
/// Pure: time comes in, nothing is allocated.
class Pacer
{
public:
    /// What a response told; a limit that it does not mention keeps its last word.
    void report(const LimitWindows &windows, SteadyTime now);
    /// What another one was told of the same account; taken where it leaves less than we know of.
    void hear(const LimitWindows &windows, SteadyTime now);
    /// The windows that hold now, as they were told, less what was sent since.
    LimitWindows windows(SteadyTime now) const;
    /// A request of about `tokens` prompt tokens leaves now.
    void charge(qint64 tokens);
    /// When a request of about `tokens` fits again; none: now, or not known. A window without a reset time is not waited for.
    std::optional<SteadyTime> readyAt(qint64 tokens, SteadyTime now) const;
    /// A server has asked not to be asked before `until`; an earlier word that reaches further stays.
    void hold(SteadyTime until, RetryReason reason);
    /// Until when it asked for that; none: it did not, or the time is over.
    std::optional<SteadyTime> heldUntil(SteadyTime now) const
    {
        return m_held > now ? std::optional(m_held) : std::nullopt;
    }
    RetryReason heldFor() const { return m_heldFor; }

private:
    struct Known
    {
        bool told = false;
        bool continuous = false;
        qint64 limit = 0;     ///< 0: not told
        qint64 remaining = 0; ///< as told
        qint64 spent = 0;     ///< sent since
        SteadyTime toldAt{}, fullAt{};
    };
    static qint64 cost(LimitKind kind, qint64 tokens);
    std::array<Known, 4> m_known{}; ///< by LimitKind
    SteadyTime m_held{};
    RetryReason m_heldFor = RetryReason::None;
};

} // namespace retryscope
