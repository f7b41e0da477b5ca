// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/rollup.h"

#include <numeric>

namespace retryscope {
namespace {

template <std::size_t N> void addCounts(std::array<quint64, N> *to, const std::array<quint64, N> &from)
{
    for (std::size_t i = 0; i < N; ++i)
        (*to)[i] += from[i];
}

template <typename E, std::size_t N> QString encode(const std::array<quint64, N> &counts)
{
    QString text;
    for (std::size_t i = 0; i < N; ++i) {
        if (counts[i])
            text += toKey(E(i)) + QLatin1Char(':') + QString::number(counts[i]) + QLatin1Char(' ');
    }
    text.chop(1);
    return text;
}

template <std::size_t N, typename Find> void decode(std::array<quint64, N> *counts, QStringView text, Find find)
{
    for (const QStringView pair : text.split(u' ', Qt::SkipEmptyParts)) {
        const qsizetype colon = pair.indexOf(u':');
        if (colon > 0)
            (*counts)[find(pair.left(colon))] += pair.mid(colon + 1).toULongLong();
    }
}

} // namespace

quint64 HistoryCounts::calls() const { return std::accumulate(outcomes.begin(), outcomes.end(), quint64(0)); }

quint64 HistoryCounts::failures() const
{
    return std::accumulate(ends.begin(), ends.end(), quint64(0)) - ends[std::size_t(RetryReason::None)] - ends[std::size_t(RetryReason::Cancelled)];
}

bool Rollup::concerns(const Event &e)
{
    switch (e.kind) {
    case EventKind::AttemptStarted: case EventKind::AttemptFinished: case EventKind::RetryScheduled:
    case EventKind::FailedOver: case EventKind::CallFinished: return true;
    case EventKind::FirstToken: return e.firstToken.has_value();
    default: return false;
    }
}

void Rollup::add(const Event &e)
{
    const auto reason = std::size_t(e.reason);
    switch (e.kind) {
    case EventKind::AttemptStarted:
        ++counts.attempts;
        counts.maybeTwice += e.maybeTwice;
        break;
    case EventKind::FirstToken:
        if (e.firstToken)
            firstToken.record(*e.firstToken);
        break;
    case EventKind::AttemptFinished:
        ++counts.ends[reason];
        if (e.reason == RetryReason::None)
            latency.record(e.duration);
        counts.tokensIn += e.tokensIn.value_or(0);
        counts.tokensOut += e.tokensOut.value_or(0);
        counts.costUsd += e.costUsd.value_or(0.0);
        break;
    case EventKind::RetryScheduled:
    case EventKind::FailedOver:
        ++counts.retries[reason];
        counts.failovers += e.kind == EventKind::FailedOver;
        counts.waiting += e.delay;
        break;
    case EventKind::CallFinished:
        ++counts.outcomes[std::size_t(e.outcome)];
        counts.callAttempts += quint64(std::max(0, e.attempt));
        if (e.outcome == CallOutcome::Failed)
            ++counts.failedCalls[reason];
        break;
    default: break;
    }
}

void Rollup::add(const Rollup &other)
{
    counts.attempts += other.counts.attempts;
    counts.maybeTwice += other.counts.maybeTwice;
    addCounts(&counts.ends, other.counts.ends);
    addCounts(&counts.retries, other.counts.retries);
    counts.failovers += other.counts.failovers;
    counts.waiting += other.counts.waiting;
    counts.callAttempts += other.counts.callAttempts;
    addCounts(&counts.outcomes, other.counts.outcomes);
    addCounts(&counts.failedCalls, other.counts.failedCalls);
    counts.tokensIn += other.counts.tokensIn;
    counts.tokensOut += other.counts.tokensOut;
    counts.costUsd += other.counts.costUsd;
    if (other.latency.count())
        latency.merge(other.latency);
    if (other.firstToken.count())
        firstToken.merge(other.firstToken);
}

HistoryCounts Rollup::summary() const
{
    HistoryCounts all = counts;
    all.p50 = latency.quantile(0.5);
    all.p95 = latency.quantile(0.95);
    all.firstTokenP50 = firstToken.quantile(0.5);
    all.firstTokenP95 = firstToken.quantile(0.95);
    return all;
}

QString encodeReasons(const ReasonCounts &counts) { return encode<RetryReason>(counts); }
QString encodeOutcomes(const OutcomeCounts &counts) { return encode<CallOutcome>(counts); }

void mergeReasons(ReasonCounts *counts, QStringView text)
{
    decode(counts, text, [](QStringView key) { return std::size_t(retryReasonFromKey(key).value_or(RetryReason::Unknown)); });
}

void mergeOutcomes(OutcomeCounts *counts, QStringView text)
{
    decode(counts, text, [](QStringView key) {
        for (std::size_t i = 0; i < OutcomeCounts().size(); ++i) {
            if (key == toKey(CallOutcome(i)))
                return i;
        }
        return std::size_t(CallOutcome::None);
    });
}

} // namespace retryscope
