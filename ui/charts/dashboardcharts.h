// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/timechart.h"

namespace retryscope {

/// Next attempts by the reason that made them needed, stacked.
TimeChart *makeReasonChart(ChartModel &model, const Theme &theme, QWidget *parent);
/// p50 and p95 of successful attempts, or the time to the first token, by provider, on a logarithmic scale.
TimeChart *makeLatencyChart(ChartModel &model, const Theme &theme, QWidget *parent);
/// How calls ended, as shares, with the attempts it took for each call.
TimeChart *makeOutcomeChart(ChartModel &model, const Theme &theme, QWidget *parent);
/// The state of every provider over time, from the exact times of its changes.
TimeChart *makeCircuitTimeline(ChartModel &model, const Theme &theme, QWidget *parent);

/// One row a chart: to add one, write its file and name it here.
struct ChartRow
{
    const char *name; ///< of its plot: for tests and style sheets
    TimeChart *(*make)(ChartModel &, const Theme &, QWidget *);
    bool onWall;      ///< also on a screen across the room
};
/// In the order of the page.
inline constexpr std::array<ChartRow, 4> chartTable{{
    {"reasonChart", makeReasonChart, true},
    {"latencyChart", makeLatencyChart, false},
    {"outcomeChart", makeOutcomeChart, false},
    {"circuitTimeline", makeCircuitTimeline, true},
}};

/// Which of the latencies a chart made by makeLatencyChart shows.
enum class LatencyView : quint8 { WholeAnswer, FirstToken };

/// Bins that columns and points stand for: so that some thirty to sixty fill a window.
inline int groupedBins(std::size_t span)
{
    constexpr std::array<int, seriesSpans.size()> bins{4, 3, 3, 3, 3};
    return bins[span];
}
/// A fill that tells the state without its colour too.
QBrush stateBrush(const Theme &theme, ProviderState state);
/// Height of a band or a beat, 0..1: graver is taller.
double stateHeight(ProviderState state);
QColor outcomeColour(const Theme &theme, CallOutcome outcome);
/// Ticks 1-2-5 for counts: 0, and at most four above; the last one is at least `top`.
std::vector<quint64> countTicks(quint64 top);

} // namespace retryscope
