// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/historypast.h"

#include "history/historystore.h"

namespace retryscope {
namespace {

constexpr double tooManyErrors = 0.1; // as the engine judges

/// While a model is shut, whole bins with answers are of others: the provider was not down, as the engine judges, too.
bool othersAnswered(const CircuitSpan &span, const HistoryWindow &window, const HistorySeries &series)
{
    return span.scope == Scope::Model
           && std::any_of(series.points.begin(), series.points.end(), [&](const HistoryPoint &point) {
                  return point.start >= span.from && point.start + window.bucket <= span.to
                         && point.counts.answered() > 0;
              });
}

ProviderState stateOf(const CircuitSpan &span, bool othersAnswered)
{
    if (span.slow)
        return ProviderState::Slow;
    if (othersAnswered && span.state != CircuitState::Isolated)
        return ProviderState::Failing;
    switch (span.state) {
    case CircuitState::Open: return ProviderState::Down;
    case CircuitState::HalfOpen: return ProviderState::Probing;
    case CircuitState::Isolated: return ProviderState::Isolated;
    case CircuitState::Closed: break;
    }
    return ProviderState::Unproven;
}

/// What the bins say of a provider while its circuits are closed: to the width of a bin.
StateChange stateOf(const HistoryPoint &point)
{
    const TrafficBin &bin = point.counts;
    if (double(bin.failures) > tooManyErrors * double(bin.attempts()))
        return {point.start, ProviderState::Failing, RetryReason::None};
    return {point.start, bin.answered() > 0 ? ProviderState::Well : ProviderState::Unproven, RetryReason::None};
}

/// Circuits of several programs may overlap: the gravest stands. Their times are exact.
std::vector<StateChange> changesOf(const HistoryWindow &window, const HistorySeries &series)
{
    struct Edge
    {
        WallTime at{};
        ProviderState state{};
        int more = 0;
    }; // a span begins or ends
    std::vector<Edge> edges;
    for (const CircuitSpan &span : window.circuits) {
        if (span.provider != series.provider || span.simulated != series.simulated
            || span.ongoing) // of this run: the window has seen it itself
            continue;
        const ProviderState state = stateOf(span, othersAnswered(span, window, series));
        edges.insert(edges.end(), {{span.from, state, 1}, {span.to, state, -1}});
    }
    std::stable_sort(edges.begin(), edges.end(), [](const Edge &a, const Edge &b) { return a.at < b.at; });
    std::array<int, providerStateCount> open{};
    StateChange calm;
    std::vector<StateChange> changes;
    auto edge = edges.begin();
    auto point = series.points.begin();
    while (edge != edges.end() || point != series.points.end()) {
        const WallTime at = edge == edges.end()            ? point->start
                            : point == series.points.end() ? edge->at
                                                           : std::min(edge->at, point->start);
        for (; edge != edges.end() && edge->at == at; ++edge)
            open[std::size_t(edge->state)] += edge->more;
        for (; point != series.points.end() && point->start == at; ++point)
            calm = stateOf(*point);
        StateChange now = calm;
        now.at = at;
        for (int s = 0; s < providerStateCount; ++s) {
            const auto state = ProviderState(s);
            if (open[std::size_t(s)] > 0 && (gravity(state) >= gravity(now.state) || isCalm(now.state)))
                now = {at, state, RetryReason::None};
        }
        if (changes.empty() || changes.back().state != now.state)
            changes.push_back(now);
    }
    return changes;
}

} // namespace

void addToPast(const HistoryWindow &window, const PastTraffic &traffic, PastAnswer *answer)
{
    if (!window.problem.isEmpty())
        answer->problem = window.problem;
    for (const HistorySeries &series : window.series) {
        if (!traffic.holds(series.provider, series.simulated))
            continue;
        for (const HistoryPoint &point : series.points) {
            if (!point.counts.isEmpty())
                answer->pieces.push_back({series.provider, point.start, point.counts});
        }
        std::vector<StateChange> &changes = answer->changes[series.provider];
        const std::vector<StateChange> more = changesOf(window, series);
        changes.insert(changes.end(), more.begin(), more.end());
    }
    for (const HistoryRun &run : window.runs)
        answer->watched.push_back({run.from, run.to});
}

namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds starting{5'000}; ///< the first call may come before the first picture

WallTime floorTo(WallTime at, Milliseconds step) { return at - at.time_since_epoch() % step; }
WallTime ceilTo(WallTime at, Milliseconds step) { return floorTo(at + step - Milliseconds(1), step); }

/// [from, to) in steps of `bin`; what is left of a bin at either end in steps of ten seconds and then of one, so that
/// nothing is counted twice.
std::deque<HistoryRequest> piecesOf(WallTime from, WallTime to, Milliseconds bin, qint64 exceptRun)
{
    constexpr Milliseconds second{1'000}, ten{10'000};
    const WallTime whole = std::min(ceilTo(from, bin), to), last = std::max(whole, floorTo(to, bin));
    const WallTime head = std::min(ceilTo(from, ten), whole), tail = std::max(floorTo(to, ten), last);
    std::deque<HistoryRequest> pieces;
    const auto add = [&](WallTime begin, WallTime end, Milliseconds step) {
        if (begin < end)
            pieces.push_back({begin, end, int((end - begin) / step), {}, HistoryTraffic::Any, exceptRun});
    };
    add(ceilTo(from, second), head, second);
    add(head, whole, ten);
    add(whole, last, bin);
    add(last, tail, ten);
    add(tail, floorTo(to, second), second);
    return pieces;
}

} // namespace

/// Of this run the dashboard has seen all itself.
void HistoryPast::request(const PastRequest &request, std::function<void(const PastAnswer &)> reply)
{
    const auto bin = std::chrono::duration_cast<std::chrono::milliseconds>(seriesSpans[request.span].bin);
    const WallTime from = floorTo(request.from, bin), end = ceilTo(request.now + WallTime::duration(1), bin);
    const bool others = request.now > WallTime{} && request.since <= request.now;
    const bool joined = others && request.since <= request.until + starting;
    auto pieces = std::make_shared<std::deque<HistoryRequest>>(
        piecesOf(from, joined ? std::max(end, request.until) : request.until, bin, m_store.run()));
    if (others && !joined) {
        const auto more = piecesOf(std::max(from, request.since), end, bin, m_store.run());
        pieces->insert(pieces->end(), more.begin(), more.end());
    }
    askNext(pieces, request.traffic, std::make_shared<PastAnswer>(), std::move(reply));
}

void HistoryPast::askNext(std::shared_ptr<std::deque<HistoryRequest>> pieces, PastTraffic traffic,
                          std::shared_ptr<PastAnswer> answer, std::function<void(const PastAnswer &)> reply)
{
    const HistoryRequest piece = pieces->empty() ? HistoryRequest{} : pieces->front();
    if (!pieces->empty())
        pieces->pop_front();
    m_store.requestWindow(
        piece, this, [this, pieces, traffic, answer, reply = std::move(reply)](const HistoryWindow &window) mutable {
            addToPast(window, traffic, answer.get());
            if (pieces->empty() || !answer->problem.isEmpty())
                return reply(*answer);
            askNext(pieces, traffic, answer, std::move(reply));
        });
}

} // namespace retryscope
