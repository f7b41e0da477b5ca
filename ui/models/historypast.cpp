// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/historypast.h"

#include "history/historystore.h"

namespace retryscope {
namespace {

SeriesBin toBin(const HistoryCounts &c, bool simulated)
{
    SeriesBin bin;
    bin.simulated = simulated;
    for (std::size_t r = 0; r < c.retries.size(); ++r) {
        bin.retries[r] = quint32(c.retries[r]);
        if (RetryReason(r) != RetryReason::Cancelled)
            bin.attempts += quint32(c.ends[r]);
        if (traits(RetryReason(r)).health == HealthSignal::Failure)
            bin.failures += quint32(c.ends[r]);
    }
    for (std::size_t o = 0; o < c.outcomes.size(); ++o)
        bin.outcomes[o] = quint32(c.outcomes[o]);
    bin.callAttempts = quint32(c.callAttempts);
    const auto good = quint32(c.ends[std::size_t(RetryReason::None)]);
    if (c.p50 && c.p95)
        bin.duration = LatencySketch::ofQuantiles(good, *c.p50, *c.p95);
    if (c.firstTokenP50 && c.firstTokenP95)
        bin.firstToken = LatencySketch::ofQuantiles(good, *c.firstTokenP50, *c.firstTokenP95);
    return bin;
}

} // namespace

void addToPast(const HistoryWindow &window, PastAnswer *answer)
{
    if (!window.problem.isEmpty())
        answer->problem = window.problem;
    for (const HistorySeries &series : window.series) {
        for (const HistoryPoint &point : series.points) {
            if (point.counts.attempts > 0 || point.counts.calls() > 0 || point.counts.ends != ReasonCounts{} || point.counts.retries != ReasonCounts{})
                answer->bins.push_back({series.provider, point.start, toBin(point.counts, series.simulated)});
        }
    }
    for (const CircuitSpan &span : window.circuits) {
        if (span.ongoing)
            continue; // of this run: the window has seen it itself
        answer->changes.push_back({span.provider, {span.from, span.state, false, RetryReason::None}});
        answer->changes.push_back({span.provider, {span.to, CircuitState::Closed, false, RetryReason::None}});
    }
}

/// The store's buckets are asked for in the dashboard's own bins, and the bin that the start of this run falls into
/// second by second, so that nothing is counted twice.
void HistoryPast::request(const PastRequest &request, std::function<void(const PastAnswer &)> reply)
{
    const SeriesSpan &span = seriesSpans[request.span];
    const WallTime border = TimeSeries::startOf(request.span, TimeSeries::keyOf(request.span, request.until));
    const WallTime from = TimeSeries::startOf(request.span, TimeSeries::keyOf(request.span, request.from));
    const auto bins = int(std::max<qint64>(1, (border - from) / std::chrono::duration_cast<std::chrono::milliseconds>(span.bin)));
    auto answer = std::make_shared<PastAnswer>();
    m_store.requestWindow({std::min(from, border), border, bins, {}, HistoryTraffic::Any}, this, [this, border, request, answer, reply = std::move(reply)](const HistoryWindow &whole) {
        addToPast(whole, answer.get());
        const WallTime end = std::chrono::floor<std::chrono::seconds>(request.until);
        if (end <= border || !answer->problem.isEmpty())
            return reply(*answer);
        const auto seconds = int((end - border) / std::chrono::seconds(1));
        m_store.requestWindow({border, end, std::min(5'000, seconds), {}, HistoryTraffic::Any}, this, [answer, reply](const HistoryWindow &rest) {
            addToPast(rest, answer.get());
            reply(*answer);
        });
    });
}

} // namespace retryscope
