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
/// The circuit of every provider over time; neighbours of the same state are one band.
TimeChart *makeCircuitTimeline(ChartModel &model, const Theme &theme, QWidget *parent);

/// Which of the latencies a chart made by makeLatencyChart shows.
enum class LatencyView : quint8 { WholeAnswer, FirstToken };

/// A fill that tells the state without its colour too.
QBrush stateBrush(const Theme &theme, ProviderState state);
/// Height of a band or a beat, 0..1: graver is taller.
double stateHeight(ProviderState state);
/// Ticks 1-2-5 for counts: 0, and at most four above; the last one is at least `top`.
std::vector<quint64> countTicks(quint64 top);

} // namespace retryscope
