// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "batch/batchresult.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace retryscope {
namespace {

constexpr double slowestShare = 0.05;

/// Nearest rank, exact. Reorders.
std::optional<Duration> quantile(std::vector<Duration> &values, double q)
{
    if (values.empty())
        return std::nullopt;
    const auto rank = std::size_t(std::max(1.0, std::ceil(q * double(values.size()) - 1e-9))) - 1;
    std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(rank), values.end());
    return values[rank];
}

bool endedByItself(const BatchRow &row) { return row.state == RowState::Done && row.outcome != CallOutcome::Cancelled; }

QVector<int> slowestOf(const BatchRows &rows)
{
    QVector<int> places;
    for (int i = 0; i < int(rows.size()); ++i) {
        if (endedByItself(rows[i]))
            places.append(i);
    }
    const auto many = qsizetype(std::ceil(slowestShare * double(places.size()) - 1e-9));
    std::stable_sort(places.begin(), places.end(),
                     [&rows](int a, int b) { return rows[a].duration > rows[b].duration; });
    places.resize(std::min(many, places.size()));
    std::sort(places.begin(), places.end());
    return places;
}

} // namespace

QString toKey(BatchMode mode)
{
    constexpr std::array keys{"all", "failed", "retried", "failed_over", "slowest"};
    return QString::fromLatin1(keys[std::size_t(mode)]);
}

QString toKey(BatchEnd end)
{
    constexpr std::array keys{"complete", "stopped", "ceiling", "price_unknown"};
    return QString::fromLatin1(keys[std::size_t(end)]);
}

QVector<int> rowsOf(const BatchRows &rows, BatchMode mode)
{
    if (mode == BatchMode::Slowest)
        return slowestOf(rows);
    QVector<int> places;
    for (int i = 0; i < int(rows.size()); ++i) {
        const BatchRow &row = rows[i];
        const bool in = mode == BatchMode::Failed       ? row.outcome == CallOutcome::Failed
                        : mode == BatchMode::Retried    ? row.retries > 0
                        : mode == BatchMode::FailedOver ? row.failovers > 0
                                                        : true;
        if (in)
            places.append(i);
    }
    return places;
}

BatchSummary summaryOf(const BatchRows &rows)
{
    BatchSummary sum;
    std::vector<Duration> durations, firstTokens;
    for (const BatchRow &row : rows) {
        ++sum.began;
        sum.requests += row.attempts;
        sum.retried += row.retries > 0;
        sum.failedOver += row.failovers > 0;
        (row.simulated ? sum.simulated : sum.real) = true;
        if (row.state != RowState::Done)
            continue;
        ++sum.ended;
        sum.served += row.isServed();
        sum.failed += row.outcome == CallOutcome::Failed;
        sum.cancelled += row.outcome == CallOutcome::Cancelled;
        sum.secondChoice += row.outcome == CallOutcome::SecondChoice;
        sum.tokensIn += row.tokensIn.value_or(0);
        sum.tokensOut += row.tokensOut.value_or(0);
        sum.cost += row.costUsd.value_or(0);
        sum.costUnknown += !row.costUsd && row.attempts > 0;
        if (!row.isServed())
            continue;
        durations.push_back(row.duration);
        if (row.firstToken)
            firstTokens.push_back(*row.firstToken);
    }
    sum.median = quantile(durations, 0.5);
    sum.p95 = quantile(durations, 0.95);
    sum.slowest = quantile(durations, 1.0);
    sum.firstToken = quantile(firstTokens, 0.5);
    return sum;
}

} // namespace retryscope
