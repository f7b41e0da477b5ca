// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// The configurations among which a recommendation looks.
#include "simulator/recommendation.h"

#include "config/retryfields.h"
#include "config/retrypresets.h"
#include "simulator/certificate.h"
#include "simulator/keyedrandom.h"
#include "simulator/sweep.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace retryscope {
namespace {

struct SearchedField
{
    const char *key;
    double from, to;
    bool logarithmic;
};
constexpr SearchedField searchedFields[] = {
    {"max_attempts", 1, 8, false},
    {"attempts_per_provider", 1, 4, false},
    {"base_delay_s", 0.1, 8, true},
    {"max_delay_s", 1, 60, true},
    {"jitter", 1, 4, false},
    {"server_hint_cap_s", 5, 60, true},
    {"hint_patience_s", 0.5, 10, true},
    {"failover_reserve_s", 1, 30, true},
    {"attempt_timeout_s", 10, 120, true},
    {"first_token_timeout_s", 3, 60, true},
    {"circuit_open_time_s", 3, 60, true},
    {"circuit_failure_ratio", 0.3, 0.8, false},
    {"retry_budget_ratio", 0.05, 0.5, true},
    {"max_concurrent", 2, 64, true},
};

/// Two digits are enough for a person, and for the search.
double rounded(double value)
{
    const double places = 1 - std::floor(std::log10(value)); // behind the point
    const double scale = std::pow(10.0, std::abs(places));
    return places >= 0 ? std::round(value * scale) / scale
                       : std::round(value / scale) * scale; // 10^-n is no machine number
}

double valueAt(const SearchedField &searched, const RetryConfigField &field, double share)
{
    if (field.kind == FieldKind::Integer && searched.logarithmic)
        return std::round(searched.from * std::pow(searched.to / searched.from, share));
    if (field.kind == FieldKind::Integer || field.kind == FieldKind::Choice)
        return std::min(searched.to, searched.from + std::floor(share * (searched.to - searched.from + 1)));
    return rounded(searched.logarithmic ? searched.from * std::pow(searched.to / searched.from, share)
                                        : searched.from + share * (searched.to - searched.from));
}

/// The places of `count` candidates in the strata of one field.
std::vector<int> shuffled(int count, quint64 seed, quint64 field)
{
    std::vector<int> places(static_cast<std::size_t>(count));
    std::iota(places.begin(), places.end(), 0);
    for (int i = count - 1; i > 0; --i) {
        const int j = int(uniformAt({seed, Purpose::Jitter, field, quint64(i)}) * (i + 1));
        std::swap(places[std::size_t(i)], places[std::size_t(j)]);
    }
    return places;
}

/// What belongs to the promise, and not to how it is kept.
RetryConfig withPromises(RetryConfig config, const RetryConfig &current)
{
    config.deadline = current.deadline;
    config.streamMode = current.streamMode;
    config.unconfirmedDelivery = current.unconfirmedDelivery;
    config.attemptTimeout = std::min(config.attemptTimeout, current.deadline);
    config.maxDelay = std::max(config.maxDelay, config.baseDelay);
    config.attemptsPerProvider = std::min(config.attemptsPerProvider, config.maxAttempts);
    return config;
}

Duration longestWaits(const RetryConfig &c)
{
    double sum = 0;
    for (int n = 0; n + 1 < c.maxAttempts; ++n) {
        const double grown = c.backoff == BackoffKind::Exponential ? std::pow(c.exponentialBase, n)
                             : c.backoff == BackoffKind::Linear    ? n + 1
                                                                   : 1;
        sum += std::min(toSeconds(c.maxDelay), toSeconds(c.baseDelay) * grown);
    }
    return fromSeconds(sum);
}

/// s that an attempt holds its slot.
double holdsFor(const Scenario &s, const ProviderModel &m)
{
    if (m.capacity.machines > 0 && m.capacity.service > Duration::zero())
        return toSeconds(m.capacity.service);
    const double tokens = s.workload.answerMedian * std::exp(s.workload.answerSpread * s.workload.answerSpread / 2);
    return toSeconds(m.latency.firstToken) + tokens / m.latency.tokensPerSecond;
}

bool storms(const RecommendationTask &task, const Scenario &s, const RetryConfig &config)
{
    const ProviderModel &m = s.model(0);
    const auto stall =
        std::find_if(m.faults.begin(), m.faults.end(), [](const FaultSpan &f) { return f.mode == FaultMode::Stall; });
    if (m.capacity.machines == 0 || stall == m.faults.end())
        return false;
    CertificateQuestion question;
    question.policy = task.current;
    question.policy.config = std::make_shared<const RetryConfig>(config);
    question.capacity = {m.capacity.machines, fromSeconds(holdsFor(s, m))};
    question.stall = stall->length;
    const CertificateFormulas f = formulasFor(question);
    return s.workload.perSecond < f.capacity && !(f.safeLoad && s.workload.perSecond < *f.safeLoad);
}

} // namespace

std::optional<RejectedFor> rejectedFor(const RecommendationTask &task, const RetryConfig &config)
{
    const ConfigIssues known = validate(*task.current.config);
    for (const ConfigIssue &issue : validate(config)) {
        if (!known.contains(issue))
            return RejectedFor::Contradiction;
    }
    if (longestWaits(config) > config.deadline)
        return RejectedFor::WaitsTooLong;
    const std::size_t places = providersOf(task.current.chain).size();
    for (const Scenario &s : task.scenarios) {
        const bool open = s.workload.kind != Workload::Kind::Agents && s.workload.kind != Workload::Kind::Trace;
        const double needed = open ? s.workload.perSecond * holdsFor(s, s.model(0)) : 0.0;
        if (needed > double(config.maxConcurrent) * double(places))
            return RejectedFor::TooFewSlots;
        if (open && storms(task, s, config))
            return RejectedFor::Storms;
    }
    return std::nullopt;
}

QVector<Candidate> candidatesFor(const RecommendationTask &task)
{
    const RetryConfig &current = *task.current.config;
    QVector<Candidate> all;
    all.append(Candidate{current, Candidate::Origin::Current, {}, {}, {}, {}, 0});
    for (const RetryPreset &preset : retryPresets()) {
        const RetryConfig config = withPromises(preset.config, current);
        if (config != current)
            all.append(Candidate{config, Candidate::Origin::Preset, QLatin1String(preset.key), {}, {}, {}, 0});
    }
    std::vector<std::vector<int>> places;
    for (std::size_t f = 0; f < std::size(searchedFields); ++f)
        places.push_back(shuffled(task.candidates, task.seed, f));
    for (int n = 0; n < task.candidates; ++n) {
        RetryConfig config = current;
        for (std::size_t f = 0; f < std::size(searchedFields); ++f) {
            const RetryConfigField &field = *retryConfigField(QLatin1String(searchedFields[f].key));
            const double share =
                (places[f][std::size_t(n)] + uniformAt({task.seed, Purpose::Jitter, 1'000 + f, quint64(n)}))
                / task.candidates;
            field.set(config, valueAt(searchedFields[f], field, share));
        }
        all.append(Candidate{withPromises(config, current), Candidate::Origin::Drawn, {}, {}, {}, {}, 0});
    }
    return all;
}

} // namespace retryscope
