// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "replay/fit.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace retryscope {
namespace {

constexpr int fewestOfSpan = 3;     ///< failures in a row that are more than bad luck
constexpr int fewestOfSample = 20;  ///< under which a distribution says little
constexpr Duration longestGap = 5min; ///< between two failures of one span
constexpr double independent = 0.2; ///< so far from 1 a coefficient of variation is still chance
constexpr double lateTimes = 4;     ///< the median: later is the tail

/// Of positive values: the median, and sigma of a log-normal by the middle half, which a tail does not move.
struct LogNormal
{
    double median = 0, sigma = 0;
};

double quantile(std::vector<double> &values, double share)
{
    const auto at = values.begin() + qsizetype(share * double(values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

LogNormal logNormalOf(std::vector<double> values)
{
    constexpr double quartileOfNormal = 0.67449;
    const double low = quantile(values, 0.25), high = quantile(values, 0.75);
    return {quantile(values, 0.5), low > 0 ? std::log(high / low) / (2 * quartileOfNormal) : 0};
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

/// The fault that ends attempts so; none: it says nothing about the provider.
std::optional<FaultMode> modeOf(RetryReason reason)
{
    switch (reason) {
    case RetryReason::Network: return FaultMode::Refused;
    case RetryReason::NetworkTimeout: return FaultMode::Hang;
    case RetryReason::ServerError:
    case RetryReason::Unknown: return FaultMode::ServerError;
    case RetryReason::TemporaryFailure: return FaultMode::Overloaded;
    case RetryReason::RateLimit: return FaultMode::RateLimit;
    case RetryReason::QuotaExhausted: return FaultMode::QuotaExhausted;
    case RetryReason::Authentication:
    case RetryReason::Permission: return FaultMode::KeyRevoked;
    case RetryReason::ModelUnavailable: return FaultMode::ModelGone;
    case RetryReason::StreamInterrupted: return FaultMode::StreamCut;
    case RetryReason::MalformedResponse: return FaultMode::Malformed;
    default: return std::nullopt;
    }
}

void fitLatency(const QVector<RecordedReply> &replies, LatencyModel *model, FittedProvider *fitted)
{
    std::vector<double> first, late, perSecond;
    for (const RecordedReply &r : replies) {
        if (r.reason != RetryReason::None || !r.firstToken || *r.firstToken <= Duration::zero())
            continue;
        first.push_back(toSeconds(*r.firstToken));
        if (r.tokens > 1 && r.length > *r.firstToken)
            perSecond.push_back(r.tokens / toSeconds(r.length - *r.firstToken));
    }
    fitted->answered = int(first.size());
    if (first.empty())
        return;
    const LogNormal times = logNormalOf(first);
    model->firstToken = fromSeconds(times.median);
    model->spread = std::clamp(times.sigma, 0.0, 5.0);
    const double tailFrom = times.median * std::max(lateTimes, std::exp(3 * times.sigma));
    std::copy_if(first.begin(), first.end(), std::back_inserter(late), [&](double s) { return s > tailFrom; });
    model->tailShare = double(late.size()) / double(first.size());
    if (!late.empty())
        model->tail = fromSeconds(quantile(late, 0.5));
    if (!perSecond.empty())
        model->tokensPerSecond = std::clamp(quantile(perSecond, 0.5), 0.1, 100'000.0);
    if (first.size() < fewestOfSample)
        return;
    fitted->distance = distanceOf(first, [&](double s) {
        constexpr double tailSigma = 0.5;
        return (1 - model->tailShare) * logNormalBelow(s, times.median, times.sigma)
               + model->tailShare * logNormalBelow(s, toSeconds(model->tail), tailSigma);
    });
}

/// Failures in a row, whatever their kinds.
struct FailureRun
{
    std::map<FaultMode, int> modes;
    int failures = 0;
    Duration from{}, last{};

    FaultMode commonest() const
    {
        return std::max_element(modes.begin(), modes.end(), [](const auto &a, const auto &b) {
                   return a.second < b.second;
               })->first;
    }
};

/// A long enough run is a span of its commonest kind, from its first failure until the provider answered again.
void fitFaults(const QVector<RecordedReply> &replies, Duration end, ProviderModel *model, FittedProvider *fitted)
{
    FailureRun run;
    const auto close = [&](Duration until) {
        if (run.failures >= fewestOfSpan)
            fitted->spans.append({run.from, std::max<Duration>(1s, until - run.from), run.commonest(), 1.0});
        else
            fitted->failures += run.failures;
        run = {};
    };
    for (const RecordedReply &r : replies) {
        const auto mode = modeOf(r.reason);
        if (!mode && r.reason != RetryReason::None)
            continue; // the request's own fault
        if (run.failures > 0 && (!mode || r.at - run.last > longestGap))
            close(std::min(r.at, run.last + longestGap));
        if (!mode)
            continue;
        if (run.failures++ == 0)
            run.from = r.at;
        ++run.modes[*mode];
        run.last = r.at;
    }
    close(std::min(end, run.last + 1s));
    model->faults = fitted->spans;
    const int outside = fitted->answered + fitted->failures;
    model->failureShare = outside > 0 ? std::min(1.0, double(fitted->failures) / outside) : 0.0;
}

void fitCalls(const Record &record, Workload *workload, Fit *fit)
{
    const double calls = double(record.calls.size());
    workload->perSecond = std::clamp(calls / toSeconds(record.length), 0.001, 10'000.0);
    double sum = 0, squares = 0;
    for (qsizetype i = 1; i < record.calls.size(); ++i) {
        const double gap = toSeconds(record.calls[i].at - record.calls[i - 1].at);
        sum += gap;
        squares += gap * gap;
    }
    const double gaps = calls - 1;
    if (gaps >= fewestOfSample && sum > 0) {
        const double mean = sum / gaps;
        fit->gapsCv = std::sqrt(std::max(0.0, squares / gaps - mean * mean)) / mean;
        if (std::abs(fit->gapsCv - 1) > independent) {
            workload->kind = Workload::Kind::Renewal;
            workload->cv = std::clamp(fit->gapsCv, 0.1, 10.0);
        }
    }
    std::vector<double> prompts, answers;
    for (const TraceRow &row : record.calls) {
        if (row.promptTokens > 1 && row.answerTokens > 1) {
            prompts.push_back(double(row.promptTokens));
            answers.push_back(double(row.answerTokens));
        }
    }
    fit->tokensKnown = int(prompts.size());
    if (prompts.empty())
        return;
    const LogNormal prompt = logNormalOf(prompts), answer = logNormalOf(answers);
    workload->promptMedian = prompt.median;
    workload->promptSpread = prompt.sigma;
    workload->answerMedian = answer.median;
    workload->answerSpread = answer.sigma;
}

} // namespace

Fit fit(const Record &record, const Targets &chain)
{
    Fit made;
    made.scenario.name = QStringLiteral("fitted");
    made.scenario.length = record.length;
    fitCalls(record, &made.scenario.workload, &made);
    QVector<ProviderId> places;
    for (const Target &target : chain) {
        if (places.contains(target.provider))
            continue;
        places.append(target.provider);
        FittedProvider fitted;
        fitted.id = target.provider;
        ProviderModel model;
        if (const auto replies = record.replies.find(target.provider); replies != record.replies.end()) {
            fitted.asked = int(replies->second.size());
            fitLatency(replies->second, &model.latency, &fitted);
            fitFaults(replies->second, record.length, &model, &fitted);
        }
        made.providers.append(fitted);
        made.scenario.models.append(model);
    }
    return made;
}

} // namespace retryscope
