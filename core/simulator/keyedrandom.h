// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/random.h"

namespace retryscope {

/// What a draw is for. Each has draws of its own, so that a policy that draws more or less often changes nobody else's.
enum class Purpose : quint8 { Arrival, Prompt, Answer, Outcome, FirstToken, Tail, Cut, Service, Jitter, Probe, Throttle };

/// Names one draw by what it is for, never by how many were made before it: two policies on one seed meet the same calls,
/// the same lengths and, attempt by attempt, the same luck.
struct DrawKey
{
    quint64 seed = 0;
    Purpose purpose = Purpose::Arrival;
    quint64 call = 0;
    quint64 n = 0; ///< the attempt, or the number of the draw
};

/// The finaliser of SplitMix64.
inline quint64 mixed(quint64 x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/// Uniform in [0, 1), a multiple of 2^-53.
inline double uniformAt(const DrawKey &key)
{
    quint64 x = mixed(key.seed ^ (quint64(key.purpose) << 56));
    x = mixed(x ^ key.call);
    x = mixed(x ^ key.n);
    return double(x >> 11) * 0x1.0p-53;
}

/// Standard normal; grows with the uniform of the same key.
double normalAt(const DrawKey &key);
/// Of an attempt's first token, standard normal: by how much it is late or early.
double firstTokenDraw(quint64 seed, quint64 call, int attempt);
/// With mean 1.
double exponentialAt(const DrawKey &key);

/// The draws that a call's machine makes, in its own order.
class CallRandom final : public RandomSource
{
public:
    explicit CallRandom(quint64 seed) : m_seed(seed) {}
    /// The next draws are those of `call`, of which `made` were made before.
    void turnTo(quint64 call, quint32 made)
    {
        m_call = call;
        m_made = made;
    }
    quint32 made() const { return m_made; }
    double uniform() override { return uniformAt({m_seed, Purpose::Jitter, m_call, m_made++}); }

private:
    quint64 m_seed, m_call = 0;
    quint32 m_made = 0;
};

} // namespace retryscope
