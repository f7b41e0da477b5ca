// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/simulation.h"

#include <optional>
#include <vector>

namespace retryscope {

/// A mean over replications with the ends of its 95 % interval. Shares stay between 0 and 1.
struct Band
{
    double mean = 0, low = 0, high = 0;
    bool operator==(const Band &) const = default;
};

/// A stretch of a scenario, over all replications of a policy. None: nothing was there to be measured.
struct Moment
{
    std::optional<Band> success;   ///< share of the calls that ended in it
    std::optional<Band> latency;   ///< s, mean of the calls that were answered in it
    std::optional<Band> attempts;  ///< for each call that came in it
    std::optional<Band> recovered; ///< share of replications in which no call fails after it
    bool operator==(const Moment &) const = default;
};

/// How a scenario is cut into moments: whole seconds each, at most 120 of them.
Duration momentLength(Duration scenario);

/// What is kept of one run for its moments: a few kilobytes, however long the day.
struct RunMoments
{
    struct Sums
    {
        double arrived = 0, answered = 0, failed = 0, attempts = 0, waited = 0;
    };
    std::vector<Sums> sums;
    Duration lastFailure{}; ///< 0: none failed
};
RunMoments momentsOf(const SimulationResult &run, Duration scenario);

/// The sum of one number over the sum of another, by replication: what a mean of ratios would weigh wrongly.
class RatioSum
{
public:
    void add(double part, double whole);
    /// None: there was nothing of the whole.
    std::optional<Band> band() const;
    /// Of a share of calls: as wide at least as the few events leave open.
    std::optional<Band> shareBand() const;

private:
    double m_n = 0, m_part = 0, m_whole = 0, m_parts = 0, m_wholes = 0, m_mixed = 0;
};

/// Adds runs up, one after the other; equal for equal runs in equal order.
class MomentSums
{
public:
    explicit MomentSums(Duration scenario);
    void add(const RunMoments &run);
    int runs() const { return m_runs; }
    Duration momentLength() const { return m_length; }
    std::vector<Moment> moments() const;

private:
    struct Ratios
    {
        RatioSum success, latency, attempts;
        int recovered = 0;
    };
    std::vector<Ratios> m_ratios;
    Duration m_length;
    int m_runs = 0;
};

} // namespace retryscope
