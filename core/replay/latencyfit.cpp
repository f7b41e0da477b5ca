// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "replay/latencyfit.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace retryscope {
namespace {

constexpr std::size_t fewestOfDistribution = 20; ///< under which it says little
constexpr double lateTimes = 4;                  ///< the median: later is the tail
constexpr double fastest = 100'000;              ///< tokens a second

double quantile(std::vector<double> &values, double share)
{
    const auto at = values.begin() + qsizetype(share * double(values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

/// Kolmogorov and Smirnov's: of values and a distribution.
double distanceOf(std::vector<double> values, const std::function<double(double)> &distribution)
{
    std::sort(values.begin(), values.end());
    double most = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double model = distribution(values[i]), n = double(values.size());
        most = std::max({most, std::abs(model - double(i) / n), std::abs(model - double(i + 1) / n)});
    }
    return most;
}

double normalBelow(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

double logNormalBelow(double value, double median, double sigma)
{
    return sigma > 0 ? normalBelow(std::log(value / median) / sigma) : value < median ? 0.0 : 1.0;
}

} // namespace

LogNormal logNormalOf(std::vector<double> values)
{
    constexpr double quartileOfNormal = 0.67449;
    const double low = quantile(values, 0.25), high = quantile(values, 0.75);
    return {quantile(values, 0.5), low > 0 ? std::log(high / low) / (2 * quartileOfNormal) : 0};
}

FittedLatency fitLatency(const QVector<RecordedReply> &replies)
{
    FittedLatency fitted;
    LatencyModel &model = fitted.model;
    std::vector<double> first, after, late, perSecond;
    for (const RecordedReply &r : replies) {
        if (r.reason != RetryReason::None || !r.firstToken || *r.firstToken <= Duration::zero())
            continue;
        first.push_back(toSeconds(*r.firstToken));
        if (r.length <= *r.firstToken)
            continue; // it came in one piece
        after.push_back(toSeconds(r.length - *r.firstToken));
        if (r.tokens > 1)
            perSecond.push_back(r.tokens / after.back());
    }
    fitted.answered = int(first.size());
    if (first.empty())
        return fitted;
    const LogNormal times = logNormalOf(first);
    model.firstToken = fromSeconds(times.median);
    model.spread = std::clamp(times.sigma, 0.0, 5.0);
    const double tailFrom = times.median * std::max(lateTimes, std::exp(3 * times.sigma));
    std::copy_if(first.begin(), first.end(), std::back_inserter(late), [&](double s) { return s > tailFrom; });
    model.tailShare = double(late.size()) / double(first.size());
    if (!late.empty())
        model.tail = fromSeconds(quantile(late, 0.5));
    // Whose tokens are not known has usual ones in the scenario, too; what came in one piece has all its time before them.
    const double rate = !perSecond.empty() ? quantile(perSecond, 0.5)
                        : !after.empty()   ? Workload().answerMedian / quantile(after, 0.5)
                                           : fastest;
    model.tokensPerSecond = std::clamp(rate, 0.1, fastest);
    if (first.size() < fewestOfDistribution)
        return fitted;
    fitted.distance = distanceOf(first, [&](double s) {
        return (1 - model.tailShare) * logNormalBelow(s, times.median, times.sigma)
               + model.tailShare * logNormalBelow(s, toSeconds(model.tail), tailSpread);
    });
    return fitted;
}

} // namespace retryscope
