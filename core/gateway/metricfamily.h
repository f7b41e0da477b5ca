// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/otlp.h"

#include <QByteArrayList>

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace retryscope {

enum class MetricKind : quint8 { Counter, UpDown, Gauge, Histogram };

/// A label, as Prometheus and as OpenTelemetry call it.
struct MetricLabel { const char *label, *attribute; };

/// Bounds of a histogram's buckets: the first, and how often the next is that. Seconds: 0.01 to 81.92; tokens: 1 to 67108864.
struct MetricBounds { double first = 0.01, factor = 2.0; };
inline constexpr std::size_t metricBuckets = 14;

/// One metric: its names in both worlds, and what it is.
struct MetricFamily
{
    const char *name;      ///< of Prometheus: from `otel` by the rules of the translation
    const char *otel, *unit;
    MetricKind kind;
    const char *help;
    std::span<const MetricLabel> labels;
    MetricBounds bounds{};
};

struct MetricHistogram
{
    std::array<quint64, metricBuckets> buckets{}; ///< each without those before it
    quint64 count = 0;
    double sum = 0.0;
    void add(double value, const MetricBounds &bounds);
};

struct MetricPoint
{
    QByteArrayList labels; ///< values, in the order of the family's labels
    double value = 0.0;
    MetricHistogram histogram;
};

struct MetricSeries { const MetricFamily *family; std::vector<MetricPoint> points; };
using MetricSet = std::vector<MetricSeries>;

/// The text format 0.0.4 of Prometheus.
QByteArray prometheusText(const MetricSet &set);
/// The same as OTLP has it; sums are cumulative since `start`. Those of gen_ai say whose vendor a provider is.
QJsonArray otlpMetricList(const MetricSet &set, const OtlpPeers &peers, WallTime start, WallTime now);

} // namespace retryscope
