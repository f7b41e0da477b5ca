// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/moments.h"

#include "simulator/intervals.h"

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace retryscope {
namespace {

constexpr int mostMoments = 120;
constexpr double bandQuantile = 0.975;

std::size_t momentsIn(Duration scenario)
{
    return std::max<std::size_t>(1, std::size_t(std::ceil(toSeconds(scenario) / toSeconds(momentLength(scenario)))));
}

} // namespace

Duration momentLength(Duration scenario) { return fromSeconds(std::ceil(toSeconds(scenario) / mostMoments)); }

RunMoments momentsOf(const SimulationResult &run, Duration scenario)
{
    RunMoments kept;
    kept.lastFailure = run.lastFailure;
    kept.sums.resize(momentsIn(scenario));
    const auto each = std::max<std::size_t>(1, std::size_t(momentLength(scenario) / 1s));
    for (std::size_t s = 0; s + 1 < run.seconds.size(); ++s) { // the last one holds what came after the end
        RunMoments::Sums &to = kept.sums[std::min(kept.sums.size() - 1, s / each)];
        const SimulatedSecond &second = run.seconds[s];
        to.arrived += second.arrived;
        to.answered += second.answered;
        to.failed += second.failed;
        to.attempts += second.attempts;
        to.waited += second.waited;
    }
    return kept;
}

void RatioSum::add(double part, double whole)
{
    m_n += 1;
    m_part += part;
    m_whole += whole;
    m_parts += part * part;
    m_wholes += whole * whole;
    m_mixed += part * whole;
}

/// The ratio estimator of survey sampling: what each replication has more or less than the ratio would give it.
std::optional<Band> RatioSum::band() const
{
    if (m_whole <= 0.0)
        return std::nullopt;
    const double ratio = m_part / m_whole;
    if (m_n < 2)
        return Band{ratio, ratio, ratio};
    const double squares = std::max(0.0, m_parts - 2 * ratio * m_mixed + ratio * ratio * m_wholes);
    const boost::math::students_t student(m_n - 1);
    const double mean = m_whole / m_n,
                 half = boost::math::quantile(student, bandQuantile) * std::sqrt(squares / (m_n - 1) / m_n) / mean;
    return Band{ratio, ratio - half, ratio + half};
}

std::optional<Band> RatioSum::shareBand() const
{
    auto shared = band();
    if (!shared || m_n < 2)
        return shared;
    const double half = std::max(shared->high - shared->mean, leastHalfWidth(m_part, m_whole));
    return Band{shared->mean, shared->mean - half, shared->mean + half};
}

MomentSums::MomentSums(Duration scenario) : m_ratios(momentsIn(scenario)), m_length(retryscope::momentLength(scenario))
{}

void MomentSums::add(const RunMoments &run)
{
    ++m_runs;
    for (std::size_t i = 0; i < m_ratios.size(); ++i) {
        const RunMoments::Sums &s = run.sums[i];
        Ratios &r = m_ratios[i];
        r.success.add(s.answered, s.answered + s.failed);
        r.latency.add(s.waited, s.answered);
        r.attempts.add(s.attempts, s.arrived);
        r.recovered += run.lastFailure <= m_length * (qint64(i) + 1);
    }
}

std::vector<Moment> MomentSums::moments() const
{
    std::vector<Moment> moments;
    const auto within = [](std::optional<Band> band, double least, double most) {
        if (band) {
            band->low = std::max(band->low, least);
            band->high = std::min(band->high, most);
        }
        return band;
    };
    constexpr double endless = std::numeric_limits<double>::infinity();
    for (const Ratios &r : m_ratios) {
        Moment m;
        m.success = within(r.success.shareBand(), 0.0, 1.0);
        m.latency = within(r.latency.band(), 0.0, endless);
        m.attempts = within(r.attempts.band(), 0.0, endless);
        if (m_runs > 0)
            m.recovered = wilson(r.recovered, m_runs);
        moments.push_back(m);
    }
    return moments;
}

} // namespace retryscope
