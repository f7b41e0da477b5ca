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

void Pacer::report(const LimitWindows &windows, SteadyTime now)
{
    for (const LimitWindow &w : windows) {
        if (!w.remaining)
            continue;
        Known &known = m_known[std::size_t(w.kind)];
        known = {w.resetIn.has_value(),       w.continuous, w.limit.value_or(0), *w.remaining, 0, now,
                 now + w.resetIn.value_or(0s)};
    }
}

void Pacer::hear(const LimitWindows &windows, SteadyTime now)
{
    for (const LimitWindow &w : windows) {
        const Known &known = m_known[std::size_t(w.kind)];
        const bool holds = known.told && now < known.fullAt;
        if (w.remaining && w.resetIn && (!holds || *w.remaining < known.remaining - known.spent))
            report({w}, now);
    }
}

LimitWindows Pacer::windows(SteadyTime now) const
{
    LimitWindows all;
    for (std::size_t i = 0; i < m_known.size(); ++i) {
        const Known &k = m_known[i];
        if (k.told && now < k.fullAt)
            all.append({LimitKind(i), k.limit > 0 ? std::optional(k.limit) : std::nullopt,
                        std::max<qint64>(0, k.remaining - k.spent), k.fullAt - now, k.continuous});
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

void Pacer::charge(qint64 tokens)
{
    for (std::size_t i = 0; i < m_known.size(); ++i) {
        if (LimitKind(i) != LimitKind::OutputTokens)
            m_known[i].spent += cost(LimitKind(i), tokens);
    }
}

std::optional<SteadyTime> Pacer::readyAt(qint64 tokens, SteadyTime now) const
{
    std::optional<SteadyTime> ready;
    for (std::size_t i = 0; i < m_known.size(); ++i) {
        const Known &k = m_known[i];
        const qint64 left = k.remaining - k.spent;
        const qint64 needed = k.limit > 0 ? std::min(cost(LimitKind(i), tokens), k.limit) : cost(LimitKind(i), tokens);
        if (!k.told || now >= k.fullAt || left >= needed)
            continue;
        SteadyTime at = k.fullAt;
        if (k.continuous && k.limit > k.remaining) { // a token bucket: only the missing part must come back
            const double share = double(needed - left) / double(k.limit - k.remaining);
            at = k.toldAt + Duration(qint64(double((k.fullAt - k.toldAt).count()) * std::min(1.0, share)));
        }
        if (at > now && (!ready || at > *ready))
            ready = at;
    }
    return ready;
}

} // namespace retryscope
