// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/random.h"

#include <QtGlobal>

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

/// Both halves of the whole product, as wyhash has it: each bit of the result hangs on all bits of both.
inline quint64 mixed(quint64 a, quint64 b)
{
    __extension__ using Whole = unsigned __int128;
    const Whole product = Whole(a) * b;
    return quint64(product) ^ quint64(product >> 64);
}

/// Uniform in [0, 1), a multiple of 2^-53.
inline double uniformAt(const DrawKey &key)
{
    const quint64 luck = key.seed ^ (quint64(key.purpose) << 56) ^ 0xa0761d6478bd642fu;
    quint64 x = mixed(luck + key.n * 0x9e3779b97f4a7c15u, key.call ^ 0xe7037ed1a0b428dbu);
    x = mixed(x, x ^ 0x8ebc6af09c88c6e3u); // by itself: a small step of any part is no step of the result
    return double(qint64(x >> 11)) * 0x1.0p-53; // signed: one instruction
}

/// The standard normal below which a share `u` of [0, 1) lies, and the same of an exponential of mean 1; to 1e-7.
double normalOf(double u);
double exponentialOf(double u);
/// Standard normal; grows with the uniform of the same key.
inline double normalAt(const DrawKey &key) { return normalOf(uniformAt(key)); }
/// Of an attempt's first token, standard normal: by how much it is late or early.
inline double firstTokenDraw(quint64 seed, quint64 call, int attempt)
{
    return normalAt({seed, Purpose::FirstToken, call, quint64(attempt)});
}
/// With mean 1.
inline double exponentialAt(const DrawKey &key) { return exponentialOf(uniformAt(key)); }

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
