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

/// The store's buckets are asked for in the dashboard's own bins; the bin that the start of this run falls into in
/// steps of ten seconds and then of one, so that nothing is counted twice.
void HistoryPast::request(const PastRequest &request, std::function<void(const PastAnswer &)> reply)
{
    const auto bin = std::chrono::duration_cast<std::chrono::milliseconds>(seriesSpans[request.span].bin);
    const WallTime border = TimeSeries::startOf(request.span, TimeSeries::keyOf(request.span, request.until));
    auto pieces = std::make_shared<std::deque<HistoryRequest>>();
    const auto add = [&pieces](WallTime from, WallTime to, std::chrono::milliseconds bucket) {
        if (from < to)
            pieces->push_back({from, to, int((to - from) / bucket), {}, HistoryTraffic::Any});
    };
    const WallTime tens = std::max(border, WallTime(std::chrono::floor<std::chrono::duration<qint64, std::ratio<10>>>(request.until.time_since_epoch())));
    add(TimeSeries::startOf(request.span, TimeSeries::keyOf(request.span, request.from)), border, bin);
    add(border, tens, 10s);
    add(tens, std::chrono::floor<std::chrono::seconds>(request.until), 1s);
    askNext(pieces, std::make_shared<PastAnswer>(), std::move(reply));
}

void HistoryPast::askNext(std::shared_ptr<std::deque<HistoryRequest>> pieces, std::shared_ptr<PastAnswer> answer, std::function<void(const PastAnswer &)> reply)
{
    const HistoryRequest piece = pieces->empty() ? HistoryRequest{} : pieces->front();
    if (!pieces->empty())
        pieces->pop_front();
    m_store.requestWindow(piece, this, [this, pieces, answer, reply = std::move(reply)](const HistoryWindow &window) mutable {
        addToPast(window, answer.get());
        if (pieces->empty() || !answer->problem.isEmpty())
            return reply(*answer);
        askNext(pieces, answer, std::move(reply));
    });
}

} // namespace retryscope
