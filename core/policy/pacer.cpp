// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/pacer.h"

#include <algorithm>

namespace retryscope {

Amount Pacer::cost(LimitKind kind, Amount tokens)
{
    switch (kind) {
    case LimitKind::Requests: return 1;
    case LimitKind::Tokens:
    case LimitKind::InputTokens: return std::max<Amount>(1, tokens);
    case LimitKind::OutputTokens: return 1; // not known before the answer
    }
    return 1;
}

Amount Pacer::of(const Sent &sent, LimitKind kind)
{
    switch (kind) {
    case LimitKind::Requests: return sent.requests;
    case LimitKind::Tokens:
    case LimitKind::InputTokens: return sent.tokens;
    case LimitKind::OutputTokens: return 0;
    }
    return 0;
}

bool Pacer::report(const LimitWindows &windows, SteadyTime now, const Sent &sent)
{
    const auto takeAll = [&] {
        for (const LimitWindow &w : windows) {
            if (w.remaining)
                take(w, now, std::min(of(sent, w.kind), of(m_sent, w.kind))); // what was known may have been forgotten since
        }
    };
    if (!m_awaited) {
        takeAll();
        return false;
    }
    const SteadyTime before = readyAt(*m_awaited, now).value_or(now);
    takeAll();
    const SteadyTime after = readyAt(*m_awaited, now).value_or(now);
    // Where it had fitted already, a larger one may still wait: whoever does says so again.
    const bool news = before == now || after == now || (before - after) * 8 > before - now;
    if (news)
        m_awaited.reset();
    return news;
}

/// The longest time to a reset that was told of this limit; of a bucket the shortest that follows from what is missing,
/// because servers round up.
Duration Pacer::period(const Known &old, const LimitWindow &told)
{
    const Amount limit = told.limit.value_or(0);
    const Duration known = old.limit == limit && old.continuous == told.continuous ? old.period : 0s;
    const Duration reset = told.resetIn.value_or(0s);
    if (!told.continuous)
        return std::max(known, reset);
    const Amount missing = limit - *told.remaining;
    if (missing <= 0 || reset <= 0s)
        return known;
    const Duration now(Amount(double(reset.count()) * double(limit) / double(missing)));
    return known > 0s ? std::min(known, now) : now;
}

void Pacer::take(const LimitWindow &w, SteadyTime now, Amount sentBefore)
{
    Known &known = m_known[std::size_t(w.kind)];
    m_told = true;
    known = {w.resetIn ? Source::Told : Source::None, w.continuous, w.limit.value_or(0), *w.remaining, sentBefore, now,
             now + w.resetIn.value_or(0s), period(known, w)};
}

void Pacer::hear(const LimitWindows &windows, SteadyTime now)
{
    for (const LimitWindow &w : windows) {
        const Known &known = m_known[std::size_t(w.kind)];
        const bool told = known.source == Source::Told && now < known.fullAt;
        if (w.remaining && w.resetIn && (!told || *w.remaining < known.remaining - spent(w.kind)))
            take(w, now, known.holds(now) ? known.sentBefore : of(m_sent, w.kind));
    }
}

/// The window is over and a request leaves: until an answer tells of the next one, it is a full one of the same limit.
void Pacer::roll(LimitKind kind, SteadyTime now)
{
    Known &k = m_known[std::size_t(kind)];
    if (k.source == Source::None || now < k.fullAt || k.limit <= 0 || k.period <= 0s)
        return;
    double missing = 0;
    if (k.continuous) { // full again only if nothing was taken out meanwhile
        const double back = double((now - k.toldAt).count()) / double(k.period.count()) * double(ours(k.limit));
        missing = std::max(0.0, double(ours(k.limit) - ours(k.remaining) + spent(kind)) - back);
    }
    k = {Source::Assumed, k.continuous,  k.limit, k.limit, of(m_sent, kind) - Amount(missing),
         now,             now + k.period, k.period};
}

LimitWindows Pacer::windows(SteadyTime now) const
{
    LimitWindows all;
    for (std::size_t i = 0; i < m_known.size(); ++i) {
        const Known &k = m_known[i];
        if (k.source == Source::Told && now < k.fullAt)
            all.push_back({LimitKind(i), k.limit > 0 ? std::optional(k.limit) : std::nullopt,
                        std::max<Amount>(0, k.remaining - spent(LimitKind(i))), k.fullAt - now, k.continuous});
    }
    return all;
}

void Pacer::hold(SteadyTime until, RetryReason reason)
{
    if (until <= m_held)
        return;
    m_held = until;
    m_heldFor = reason;
}

Pacer::Sent Pacer::charge(Amount tokens, SteadyTime now)
{
    for (std::size_t i = 0; m_told && i < m_known.size(); ++i)
        roll(LimitKind(i), now);
    m_sent.requests += cost(LimitKind::Requests, tokens);
    m_sent.tokens += cost(LimitKind::Tokens, tokens);
    return m_sent;
}

std::optional<SteadyTime> Pacer::readyByWindows(Amount tokens, SteadyTime now) const
{
    std::optional<SteadyTime> ready;
    for (std::size_t i = 0; i < m_known.size(); ++i) {
        const Known &k = m_known[i];
        const Amount left = ours(k.remaining) - spent(LimitKind(i));
        const Amount needed = k.limit > 0 ? std::min(cost(LimitKind(i), tokens), k.limit) : cost(LimitKind(i), tokens);
        if (!k.holds(now) || left >= needed)
            continue;
        SteadyTime at = k.fullAt;
        if (k.continuous && k.period > 0s) { // a token bucket: only the missing part must come back
            const double part = double(needed - left) * m_share.of / double(k.limit);
            at = std::min(at, k.toldAt + Duration(Amount(double(k.period.count()) * part)));
        }
        if (at > now && (!ready || at > *ready))
            ready = at;
    }
    return ready;
}

} // namespace retryscope
