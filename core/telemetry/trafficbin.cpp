// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/trafficbin.h"

#include "telemetry/against.h"

#include <numeric>

namespace retryscope {
namespace {

template <std::size_t N> void addCounts(std::array<quint64, N> *to, const std::array<quint64, N> &from)
{
    for (std::size_t i = 0; i < N; ++i)
        (*to)[i] += from[i];
}

template <std::size_t N> quint64 sum(const std::array<quint64, N> &counts)
{
    return std::accumulate(counts.begin(), counts.end(), quint64(0));
}

/// Stays within a century instead of wrapping: a stored past may hold anything.
void addWaiting(Duration *total, Duration more)
{
    constexpr Duration zero{}, century = 24h * 36'525;
    *total = std::min(century, *total + std::clamp(more, zero, century));
}

quint64 positive(std::optional<int> tokens) { return quint64(std::max(0, tokens.value_or(0))); }

} // namespace

bool TrafficBin::concerns(const Event &e)
{
    switch (e.kind) {
    case EventKind::CallSubmitted:
    case EventKind::AttemptStarted:
    case EventKind::AttemptFinished:
    case EventKind::RetryScheduled:
    case EventKind::FailedOver: case EventKind::CallFinished: case EventKind::ProviderSkipped: return true;
    case EventKind::FirstToken: return e.firstToken.has_value();
    default: return false;
    }
}

void TrafficBin::add(const Event &e)
{
    if (!concerns(e))
        return;
    ++(e.simulated ? simulated : real);
    const auto reason = std::size_t(e.reason);
    switch (e.kind) {
    case EventKind::CallSubmitted: ++submitted; break;
    case EventKind::AttemptStarted:
        ++started;
        maybeTwice += e.maybeTwice;
        if (e.reason != RetryReason::None)
            ++retries[reason];
        break;
    case EventKind::FirstToken: firstToken.record(*e.firstToken); break;
    case EventKind::AttemptFinished:
        ++ends[reason];
        failures += speaksAgainst(e);
        tokensIn += positive(e.tokensIn);
        tokensOut += positive(e.tokensOut);
        costUsd += e.costUsd.value_or(0.0);
        if (e.reason == RetryReason::None) {
            latency.record(e.duration);
            unpriced += !e.costUsd;
        }
        break;
    case EventKind::RetryScheduled: addWaiting(&waiting, e.delay); break;
    case EventKind::FailedOver: ++failovers[reason]; break;
    case EventKind::ProviderSkipped: ++skips[std::size_t(e.skip)]; break;
    case EventKind::CallFinished:
        ++outcomes[std::size_t(e.outcome)];
        if (e.outcome != CallOutcome::Cancelled)
            callAttempts += quint64(std::max(0, e.attempt));
        if (e.outcome == CallOutcome::Failed)
            ++failedCalls[reason];
        break;
    default: break;
    }
}

void TrafficBin::merge(const TrafficBin &other)
{
    mergeCounts(other);
    latency.merge(other.latency);
    firstToken.merge(other.firstToken);
}

void TrafficBin::mergeCounts(const TrafficBin &other)
{
    for (const auto member : {&TrafficBin::submitted, &TrafficBin::started, &TrafficBin::maybeTwice,
                              &TrafficBin::failures, &TrafficBin::callAttempts, &TrafficBin::tokensIn,
                              &TrafficBin::tokensOut, &TrafficBin::unpriced, &TrafficBin::real, &TrafficBin::simulated})
        this->*member += other.*member;
    for (const auto member :
         {&TrafficBin::ends, &TrafficBin::retries, &TrafficBin::failovers, &TrafficBin::failedCalls})
        addCounts(&(this->*member), other.*member);
    addCounts(&skips, other.skips);
    addCounts(&outcomes, other.outcomes);
    addWaiting(&waiting, other.waiting);
    costUsd += other.costUsd;
}

quint64 TrafficBin::failed() const { return sum(ends) - answered() - cancelled(); }
quint64 TrafficBin::retryCount() const { return sum(retries); }
quint64 TrafficBin::failoverCount() const { return sum(failovers); }
quint64 TrafficBin::skipCount() const { return sum(skips); }

quint64 TrafficBin::served() const
{
    quint64 n = 0;
    for (int o = 0; o < callOutcomeCount; ++o)
        n += isServed(CallOutcome(o)) ? outcomes[std::size_t(o)] : 0;
    return n;
}

} // namespace retryscope
