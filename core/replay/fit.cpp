// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "replay/fit.h"

#include "replay/latencyfit.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace retryscope {
namespace {

constexpr int fewestOfSpan = 3;     ///< failures in a row that are more than bad luck
constexpr int fewestOfSample = 20;  ///< under which a distribution says little
constexpr Duration longestGap = 5min; ///< between two failures of one span
constexpr double independent = 0.2; ///< so far from 1 a coefficient of variation is still chance

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
    for (const std::string &name : providersOf(chain)) {
        const ProviderId id = toText(name);
        FittedProvider fitted;
        fitted.id = id;
        ProviderModel model;
        if (const auto replies = record.replies.find(id); replies != record.replies.end()) {
            fitted.asked = int(replies->second.size());
            const FittedLatency latency = fitLatency(replies->second);
            model.latency = latency.model;
            fitted.answered = latency.answered;
            fitted.distance = latency.distance;
            fitFaults(replies->second, record.length, &model, &fitted);
        }
        made.providers.append(fitted);
        made.scenario.models.append(model);
    }
    return made;
}

} // namespace retryscope
