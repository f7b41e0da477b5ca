// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/pacer.h"

#include <algorithm>

namespace retryscope {

qint64 Pacer::cost(LimitKind kind, qint64 tokens)
{
    switch (kind) {
    case LimitKind::Requests: return 1;
    case LimitKind::Tokens:
    case LimitKind::InputTokens: return std::max<qint64>(1, tokens);
    case LimitKind::OutputTokens: return 1; // not known before the answer
    }
    return 1;
}

qint64 Pacer::of(const Sent &sent, LimitKind kind)
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
    if (!m_awaited) {
        take(windows, now, sent);
        return false;
    }
    const SteadyTime before = readyAt(*m_awaited, now).value_or(now);
    take(windows, now, sent);
    const SteadyTime after = readyAt(*m_awaited, now).value_or(now);
    // Where it had fitted already, a larger one may still wait: whoever does says so again.
    const bool news = before == now || after == now || (before - after) * 8 > before - now;
    if (news)
        m_awaited.reset();
    return news;
}

void Pacer::take(const LimitWindows &windows, SteadyTime now, const Sent &sent)
{
    for (const LimitWindow &w : windows) {
        if (!w.remaining)
            continue;
        const qint64 before = std::min(of(sent, w.kind), of(m_sent, w.kind)); // what was known may have been forgotten since
        m_known[std::size_t(w.kind)] = {w.resetIn.has_value(), w.continuous, w.limit.value_or(0), *w.remaining, before, now,
                                        now + w.resetIn.value_or(0s)};
    }
}

void Pacer::hear(const LimitWindows &windows, SteadyTime now)
{
    for (const LimitWindow &w : windows) {
        Known &known = m_known[std::size_t(w.kind)];
        const bool holds = known.told && now < known.fullAt;
        const qint64 before = known.sentBefore;
        if (!w.remaining || !w.resetIn || (holds && *w.remaining >= known.remaining - spent(w.kind)))
            continue;
        take({w}, now, m_sent);
        if (holds)
            known.sentBefore = before;
    }
}

LimitWindows Pacer::windows(SteadyTime now) const
{
    LimitWindows all;
    for (std::size_t i = 0; i < m_known.size(); ++i) {
        const Known &k = m_known[i];
        if (k.told && now < k.fullAt)
            all.append({LimitKind(i), k.limit > 0 ? std::optional(k.limit) : std::nullopt,
                        std::max<qint64>(0, k.remaining - spent(LimitKind(i))), k.fullAt - now, k.continuous});
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

Pacer::Sent Pacer::charge(qint64 tokens)
{
    m_sent.requests += cost(LimitKind::Requests, tokens);
    m_sent.tokens += cost(LimitKind::Tokens, tokens);
    return m_sent;
}

std::optional<SteadyTime> Pacer::readyAt(qint64 tokens, SteadyTime now) const
{
    std::optional<SteadyTime> ready;
    for (std::size_t i = 0; i < m_known.size(); ++i) {
        const Known &k = m_known[i];
        const qint64 left = ours(k.remaining) - spent(LimitKind(i));
        const qint64 needed = k.limit > 0 ? std::min(cost(LimitKind(i), tokens), k.limit) : cost(LimitKind(i), tokens);
        if (!k.told || now >= k.fullAt || left >= needed)
            continue;
        SteadyTime at = k.fullAt;
        if (k.continuous && k.limit > k.remaining) { // a token bucket: only the missing part must come back
            const double share = double(needed - left) * m_share.of / double(k.limit - k.remaining);
            at = k.toldAt + Duration(qint64(double((k.fullAt - k.toldAt).count()) * std::min(1.0, share)));
        }
        if (at > now && (!ready || at > *ready))
            ready = at;
    }
    return ready;
}

} // namespace retryscope
