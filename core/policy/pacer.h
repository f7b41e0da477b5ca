// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/ratelimits.h"
#include "policy/retryreason.h"

#include <algorithm>
#include <array>
#include <optional>

namespace retryscope {

/// One of those that share an account's limits evenly; what does not divide goes to the first of them.
struct LimitShare
{
    int place = 0; ///< 0 to of - 1
    int of = 1;    ///< 1: all of it
    bool operator==(const LimitShare &) const = default;
};

/// What is known of one model's rate limits: the last words of the response headers, less what was sent since the request
/// that they answer. At its reset a limit is not forgotten: the next window is assumed to be a full one of the same limit
/// until an answer tells of it, or a crowd that waited would leave at once. Pure: time comes in, nothing is allocated.
class Pacer
{
public:
    /// All that was sent up to a request, this one too.
    struct Sent
    {
        Amount requests = 0, tokens = 0;
    };
    /// What the response to the request of `sent` told: what left after it may not be counted in it. A limit that it does not
    /// mention keeps its last word. True: a request that somebody waits for fits now, or markedly sooner than was known.
    bool report(const LimitWindows &windows, SteadyTime now, const Sent &sent);
    /// The same of the last request.
    bool report(const LimitWindows &windows, SteadyTime now) { return report(windows, now, m_sent); }
    /// Somebody waits for room for a request of about `tokens`; until it is told of.
    void await(Amount tokens) { m_awaited = std::min(tokens, m_awaited.value_or(tokens)); }
    /// What another one was told of the same account; taken where it leaves less than we know of. What we sent is not in it.
    void hear(const LimitWindows &windows, SteadyTime now);
    /// Others ask with the same account: only this much of what is left is ours.
    void setShare(const LimitShare &share) { m_share = share; }
    /// The windows that hold now, as they were told, less what was sent since; never one that is assumed.
    LimitWindows windows(SteadyTime now) const;
    /// A request of about `tokens` prompt tokens leaves now.
    Sent charge(Amount tokens, SteadyTime now);
    /// When a request of about `tokens` fits again; none: now, or not known. A window without a reset time is not waited for,
    /// and when one is over a request goes whatever its size.
    std::optional<SteadyTime> readyAt(Amount tokens, SteadyTime now) const
    {
        return m_told ? readyByWindows(tokens, now) : std::nullopt;
    }
    /// A server has asked not to be asked before `until`; an earlier word that reaches further stays.
    void hold(SteadyTime until, RetryReason reason);
    /// Until when it asked for that; none: it did not, or the time is over.
    std::optional<SteadyTime> heldUntil(SteadyTime now) const
    {
        return m_held > now ? std::optional(m_held) : std::nullopt;
    }
    RetryReason heldFor() const { return m_heldFor; }

private:
    enum class Source : std::uint8_t { None, Told, Assumed };
    struct Known
    {
        Source source = Source::None;
        bool continuous = false;
        Amount limit = 0;     ///< 0: not told
        Amount remaining = 0; ///< at toldAt
        Amount sentBefore = 0; ///< what is counted in it
        SteadyTime toldAt{}, fullAt{};
        Duration period{}; ///< a window's length, as far as it was told; of a token bucket: from empty to full
        bool holds(SteadyTime now) const { return source != Source::None && now < fullAt; }
    };
    void take(const LimitWindow &window, SteadyTime now, Amount sentBefore);
    void roll(LimitKind kind, SteadyTime now);
    std::optional<SteadyTime> readyByWindows(Amount tokens, SteadyTime now) const;
    static Duration period(const Known &old, const LimitWindow &told);
    static Amount cost(LimitKind kind, Amount tokens);
    static Amount of(const Sent &sent, LimitKind kind);
    Amount spent(LimitKind kind) const { return of(m_sent, kind) - m_known[std::size_t(kind)].sentBefore; }
    Amount ours(Amount remaining) const { return remaining / m_share.of + (m_share.place < remaining % m_share.of); }
    std::array<Known, 4> m_known{}; ///< by LimitKind
    bool m_told = false; ///< any of them, ever: nobody looks at each where no header has told of one
    std::optional<Amount> m_awaited; ///< tokens of the smallest request that somebody waits for
    Sent m_sent;
    LimitShare m_share;
    SteadyTime m_held{};
    RetryReason m_heldFor = RetryReason::None;
};

} // namespace retryscope
