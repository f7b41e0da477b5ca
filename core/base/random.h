// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace retryscope {

/// The seam to chance. On one thread at a time.
class RandomSource
{
public:
    virtual ~RandomSource() = default;
    /// Uniform in [0, 1).
    virtual double uniform() = 0;
};

/// SplitMix64: small, fast, and the same numbers on every platform.
class SeededRandom final : public RandomSource
{
public:
    explicit SeededRandom(std::uint64_t seed) : m_state(seed) {}
    double uniform() override;

private:
    std::uint64_t m_state;
};

/// Repeats the given draws, for tests that assert exact delays.
class ScriptedRandom final : public RandomSource
{
public:
    explicit ScriptedRandom(std::vector<double> draws) : m_draws(std::move(draws)) {}
    double uniform() override { return m_draws.empty() ? 0.0 : m_draws[m_next++ % m_draws.size()]; }

private:
    std::vector<double> m_draws;
    std::size_t m_next = 0;
};

} // namespace retryscope
